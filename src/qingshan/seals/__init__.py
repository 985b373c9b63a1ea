"""Seals (封印): hash chains over what must not change."""

from qingshan.seals.chain import GENESIS, SIZE, Verdict, link, verify

__all__ = ["GENESIS", "SIZE", "Verdict", "link", "verify"]
