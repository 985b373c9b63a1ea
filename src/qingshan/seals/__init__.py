"""Hash chains and their verification."""
