"""Rounding, percentiles, moving means, validity and capture."""
