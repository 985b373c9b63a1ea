"""The base's entries in the page frame."""
