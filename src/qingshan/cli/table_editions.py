"""Which edition rules which row of a table: by option, or by the day of the row; there is no silent latest."""

from __future__ import annotations

import numpy as np

from qingshan import standards
from qingshan.cli.samples import Samples
from qingshan.cli.table_cells import read_day
from qingshan.cli.table_files import Refused
from qingshan.standards import Edition, NotInForce


def edition_spans(out: Samples, code: str, at: str, edition: str) -> list[tuple[Edition, np.ndarray]]:
    """The editions of a standard that rule the rows, each with its rows: by ``--edition``, ``--at``, or each row's day.

    A day before the first edition is its row's fault; where ``--at`` says such a day the table is refused (NotInForce).
    """
    everything = np.ones(out.size, bool)
    if at and edition:
        raise Refused("--at 与 --edition 只写一个")
    if edition:
        return [(standards.get(code, edition=edition), everything)]
    if at:
        day = read_day(at)
        if day is None or len(at) < 8:
            raise Refused(f"--at {at}：不是日期；写成 2026-03-01")
        return [(standards.get(code, at=day.item()), everything)]
    if out.days is None:
        known = "、".join(e.edition for e in standards.editions(code))
        raise Refused(f"没有时间列，不能定 {code} 的版本：加“时间”列，或写 --at 2026-03-01，或 --edition（已有：{known}）")
    spans: dict[str, tuple[Edition, np.ndarray]] = {}
    for row in np.flatnonzero(out.good & ~np.isnat(out.days)).tolist():
        try:
            one = standards.get(code, at=out.days[row].item())
        except NotInForce as error:
            out.fault(row, str(error))
            continue
        spans.setdefault(one.edition, (one, np.zeros(out.size, bool)))[1][row] = True
    return list(spans.values())


def ruling(out: Samples, code: str, at: str) -> Edition:
    """The edition of a companion rule (评价规则) for the days of the table; none in force then: the nearest, and a note says so."""
    days = [] if out.days is None else [d for d, fine in zip(out.days, out.good, strict=True) if fine and not np.isnat(d)]
    day = read_day(at) if at else max(days, default=None)
    if day is None:
        return standards.editions(code)[-1]
    try:
        return standards.get(code, at=day.item())
    except NotInForce as error:
        words = f"{error}；按该版回算"
        if words not in out.notes:
            out.notes.append(words)
        every = standards.editions(code)
        return every[0] if day < np.datetime64(every[0].phases[0].start, "D") else every[-1]
