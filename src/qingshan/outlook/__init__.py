"""Remaining budget, forecasts, verification, source apportionment."""
