"""The header of a data segment: QN, ST, CN, PW, MN, Flag, PNUM, PNO, RF.

A device sends the same header all day but for its QN: what follows the QN is read once and then known. Headers in any order,
with stray commas, other spelling, missing or strange fields are read field by field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from qingshan.hj212.layouts import Layout

_Fields = tuple[str, str, str, str, int | None, int | None, int | None, bool, Mapping[str, str]]
_NAMES = ("QN", "ST", "CN", "PW", "MN", "FLAG", "PNUM", "PNO", "RF")
_PARTS = re.compile(r"(?:QN=([0-9]++))?([^&]*+)&&(.*)&&", re.DOTALL).fullmatch  # QN; the rest, up to "CP="; data area
KNOWN: dict[str, Header] = {}  # the rest after a QN, from ";" to "CP=" → what it says; without QN the rest stands behind a "&"
_KEPT, _LONGEST = 20_000, 300


class Header:
    """What a header says beside its QN.

    ``fields`` st, cn, pw, mn, flag, pnum, pno, rf, others; ``notes`` on it; ``layouts`` of the last data areas under it.
    """

    __slots__ = ("fields", "layouts", "notes")

    def __init__(self, fields: _Fields, notes: tuple[str, ...] = ()) -> None:
        self.fields = fields
        self.notes = notes
        self.layouts: list[Layout] = []


NO_HEADER = Header(("", "", "", "", None, None, None, False, MappingProxyType({})))


def read_header(text: str) -> tuple[str, Header, str]:
    """QN, header and data area of a data segment."""
    parts = _PARTS(text)
    if parts is None:
        return _read_fields(text)
    qn, rest, cp = parts.groups("")
    known = rest if qn else f"&{rest}"
    header = KNOWN.get(known)
    if header is not None:
        return qn, header, cp
    read = _read_fields(text)
    if (read[0], read[2]) == (qn, cp) and len(rest) <= _LONGEST and len(KNOWN) < _KEPT and rest.find("CP=") == len(rest) - 3:
        KNOWN[known] = read[1]
    return read


def _read_fields(text: str) -> tuple[str, Header, str]:
    head, mark, area = text.partition("CP=")
    values, others = {}, {}
    for part in head.replace(",", ";").replace("&&", ";").split(";"):
        key, equals, value = part.strip().partition("=")
        if equals:
            if key.upper() in _NAMES:
                values[key.upper()] = value.strip()
            else:
                others[key] = value.strip()
    qn, st, cn, pw, mn = (values.get(name, "") for name in _NAMES[:5])
    flag, pnum, pno = (_number(values.get(name)) for name in _NAMES[5:8])
    notes: tuple[str, ...] = () if mark else ("no_data_area",)
    if pno is not None and not (flag or 0) & 2:
        notes += ("split_unmarked",)
    header = Header((st, cn, pw, mn, flag, pnum, pno, values.get("RF") == "1", others), notes)
    return qn, header, area.removesuffix("&&").removeprefix("&&")


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None
