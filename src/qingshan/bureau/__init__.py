"""The Django project: one app a noun."""
