"""Evaluators by medium, on whole columns."""
