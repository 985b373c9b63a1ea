"""What parts say of the whole: between the least and the most done, never better than the worst, the same in any order and scale."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingshan.bureau.ledger.declared import LightScheme
from qingshan.bureau.ledger.lights import Light
from qingshan.bureau.ledger.rollup import SEVERITY, Part, progress, roll_up, share

SCHEME = LightScheme(name="task_pace", title="亮灯", amber_behind=2, red_behind=8, due_soon=15, starting=10)
WORDS = {"red": "滞后", "amber": "偏紧", "none": "未开始", "green": "按序时", "blue": "已销号"}
lights = st.builds(
    lambda colour, done: Light(colour, WORDS[colour], done=done),
    st.sampled_from(list(WORDS)),
    st.none() | st.floats(0, 250),
)
parts = st.lists(st.builds(Part, st.floats(0.01, 1000), lights), min_size=1, max_size=12)
OPEN = Light("none", "未开始")


@given(parts)
def test_progress_lies_between_the_least_and_the_most(some):
    shares = [share(part.light) for part in some]
    assert min(shares) - 0.05 <= progress(some) <= max(shares) + 0.05


@given(parts, st.floats(0.01, 50), st.randoms())
def test_scale_and_order_do_not_matter(some, factor, random):
    shuffled = list(some)
    random.shuffle(shuffled)
    assert progress([Part(part.weight * factor, part.light) for part in shuffled]) == pytest.approx(progress(some), abs=0.11)
    assert roll_up(OPEN, shuffled, 50, SCHEME).colour == roll_up(OPEN, some, 50, SCHEME).colour


@given(parts, lights, st.floats(0, 100))
def test_the_whole_is_never_better_than_its_worst_part_or_its_own_light(some, own, due):
    rolled = roll_up(own, some, due, SCHEME)
    if own.colour == "blue":
        assert rolled is own
        return
    late = [part.light.colour for part in some if part.light.colour in ("red", "amber")]
    assert SEVERITY[rolled.colour] >= max([SEVERITY[colour] for colour in late], default=0)
    if own.colour in ("red", "amber"):
        assert SEVERITY[rolled.colour] >= SEVERITY[own.colour]


@given(parts, st.integers(0, 11), st.floats(0, 100))
def test_closing_a_part_never_lowers_progress_nor_worsens_the_light(some, at, due):
    closed = list(some)
    i = at % len(closed)
    closed[i] = replace(closed[i], light=Light("blue", "已销号", done=100.0))
    assert progress(closed) >= progress(some)
    assert SEVERITY[roll_up(OPEN, closed, due, SCHEME).colour] <= max(SEVERITY[roll_up(OPEN, some, due, SCHEME).colour], 1)


def test_what_was_only_said_counts_for_nothing_and_all_closed_waits_for_the_whole():
    said = [Part(1, Light("green", "已报完成")), Part(1, Light("blue", "已销号"))]
    assert progress(said) == 50
    done = [Part(3, Light("blue", "已销号")), Part(1, Light("blue", "已销号"))]
    assert (roll_up(OPEN, done, 60, SCHEME).words, roll_up(OPEN, done, 60, SCHEME).done) == ("子任务已全部销号", 100)


def test_a_late_part_is_named_and_counted():
    some = [Part(1, Light("red", "逾期 3 天")), Part(1, Light("green", "按序时", done=80.0)), Part(2, Light("red", "滞后", done=10.0))]
    rolled = roll_up(OPEN, some, 70, SCHEME)
    assert (rolled.colour, rolled.words, rolled.done) == ("red", "子任务滞后 2/3", 25)


def test_a_whole_with_its_own_figure_keeps_its_bar():
    own = Light("green", "按序时", done=72.0, due=70.0)
    rolled = roll_up(own, [Part(1, Light("amber", "偏紧", done=20.0))], 70, SCHEME)
    assert (rolled.colour, rolled.done, rolled.words) == ("amber", 72.0, "子任务偏紧 1/1")
