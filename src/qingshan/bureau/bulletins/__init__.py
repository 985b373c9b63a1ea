"""Bulletins: declared templates, numbered issues, exports in official layout (通报编发)."""
