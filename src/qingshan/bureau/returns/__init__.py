"""Returns (进展报送、调度): who reports what by which rhythm; periods open, are chased and frozen; weak work is found by rule."""
