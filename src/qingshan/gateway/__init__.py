"""Bytes from devices into the journal."""
