"""Declared registers and their entries (登记册、清单、名录)."""
