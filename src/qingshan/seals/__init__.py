"""Seals (封印): hash chains over what must not change."""

from qingshan.seals.chain import GENESIS, METHODS, SIZE, Verdict, link, verify

__all__ = ["GENESIS", "METHODS", "SIZE", "Verdict", "link", "verify"]
