"""Packs (制度包): folders of declarations, one TOML file each, checked whole before any is used."""

from qingshan.bureau.base.packs.catalogue import PackFaults, load
from qingshan.bureau.base.packs.declared import Declaration, kinds
from qingshan.bureau.base.packs.installed import all, clear, editions, found, get, refresh, replace, steady, trouble

__all__ = [
    "Declaration",
    "PackFaults",
    "all",
    "clear",
    "editions",
    "found",
    "get",
    "kinds",
    "load",
    "refresh",
    "replace",
    "steady",
    "trouble",
]
