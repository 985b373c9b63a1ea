"""Qingshan (青山): the open platform of a Chinese district ecology and environment bureau."""

__version__ = "0.1.0"
