"""Pages every app stands in: frame, sign-in, search, errors, static files."""
