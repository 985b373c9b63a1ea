"""Questions about meetings and what they decided."""
