"""Packs (制度包): folders of declarations, one TOML file each, checked whole before any is used."""

from qingshan.bureau.base.packs.catalogue import PackFaults, all, clear, found, get, load
from qingshan.bureau.base.packs.declared import Declaration, kinds

__all__ = ["Declaration", "PackFaults", "all", "clear", "found", "get", "kinds", "load"]
