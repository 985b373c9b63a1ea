"""What has been done in the district so far, told through the same actions people use."""

from __future__ import annotations

from datetime import datetime

from qingshan.lake import Lake


def tell(lake: Lake, now: datetime) -> None:
    """Plan read and accepted, returns sent, orders in several states, a bulletin issued."""
