"""Three sources, three lights, each for itself; a declared table makes one of them."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from tests.bureau.ledger.conftest import scheme  # noqa: F401

from qingshan.bureau.base import packs
from qingshan.bureau.ledger.lights import Signal, Signals, signals
from qingshan.bureau.ledger.measures import Measure
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.returns.declared import LightRule
from qingshan.bureau.returns.queries.summary import combine

ON = date(2026, 7, 2)  # half of the year is gone: 50.1 %


def task(**more) -> Task:
    said = {"title": "路检", "year": 2026, "kind": "task", "operator": "", "value": 3000, "unit": "辆次", "begins": date(2026, 1, 1),
            "deadline": date(2026, 12, 31), "rhythm": "month", "last_return": datetime(2026, 6, 20, 9)}  # fmt: skip
    return Task(**said | more)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "more, measure, three, joined",
    [
        ({"state": "reported", "reported": 3000}, Measure(2180, "辆次", "red", "滞后"), ("green", "red", "green"), ("red", "滞后")),
        ({"state": "reported", "reported": 3000, "verified": 1000}, None, ("red", "red", "green"), ("red", "报而未达")),
        ({"reported": 1550}, None, ("green", "none", "green"), ("green", "报推进中")),
        ({"reported": 1450}, None, ("green", "none", "green"), ("green", "报推进中")),
        ({"reported": 1420}, None, ("amber", "none", "green"), ("amber", "偏紧")),
        ({"reported": 1200}, None, ("red", "none", "green"), ("red", "滞后")),
        ({"reported": 1550, "last_return": datetime(2026, 5, 1)}, None, ("green", "none", "amber"), ("amber", "62 天未反馈")),
        ({"state": "closed", "closed": date(2026, 6, 30), "reported": 3000}, None, ("none", "none", "blue"), ("blue", "已销号")),
        ({"deadline": date(2026, 6, 30), "reported": 2000}, None, ("red", "none", "green"), ("red", "逾期 2 天")),
        ({"value": None, "last_return": None, "begins": date(2026, 7, 1)}, None, ("green", "none", "none"), ("none", "未反馈")),
        ({"reported": 1550}, Measure(None, reason="还没有监测数据"), ("green", "none", "green"), ("green", "报推进中")),
        ({"reported": 100}, Measure(3100, "辆次", "green", "已达到"), ("green", "green", "green"), ("green", "数已达到")),
    ],
)
def test_each_source_has_its_own_light(scheme, more, measure, three, joined):  # noqa: F811
    found = signals(task(**more), scheme, ON, measure)
    one = combine(found, ON)
    assert tuple(s.colour for s in found) == three
    assert (one.colour, one.words) == joined


def test_reported_done_but_short_is_one_red_light_with_its_own_word(scheme):  # noqa: F811
    found = signals(task(state="reported", reported=3000), scheme, ON, Measure(1000, "辆次", "red", "滞后"))
    assert (found.time.colour, found.data.colour, found.report.words) == ("red", "red", "已报完成")
    assert combine(found, ON).words == "报而未达"


def test_blocked_is_said_by_the_unit(scheme):  # noqa: F811
    found = signals(task(reported=1550), scheme, ON, None, blocked=True)
    assert (found.report.colour, combine(found, ON).words) == ("red", "报办不了")


def test_the_table_decides_and_its_last_row_catches_the_rest():
    with pytest.raises(ValueError, match="兜住其余"):
        LightRule(name="x", title="x", row=[{"time": ["red"], "light": "red"}])
    rule = packs.get("light_rules", "three_sources")
    colours = ("red", "amber", "green", "none", "blue")
    for time in colours:
        for data in colours:
            for report in colours:
                one = combine(Signals(Signal("时间", time, "时"), Signal("数据", data, "数"), Signal("反馈", report, "报")), ON)
                assert one.colour in colours
                assert one.words
                if "red" in (time, data, report) and report != "blue":
                    assert one.colour == "red"
    assert rule.verify
