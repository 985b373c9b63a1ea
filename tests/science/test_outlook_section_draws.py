"""The chance of a share of sections: joint draws of their own months, seeded; nothing later is read; the band holds on made-up rivers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qingshan.outlook.resampling import TooShort
from qingshan.outlook.section_draws import SectionHistory, draw_sections, share_chance

nan = float("nan")


def months(first: str, end: str) -> np.ndarray:
    return np.arange(first, end, dtype="datetime64[M]")


def river(seed: int, sections: int = 8, years: int = 4, centre: float = -0.3) -> tuple[np.ndarray, np.ndarray]:
    """Ammonia of sections that share season, year and month: (months of whole years, values)."""
    random = np.random.default_rng(seed)
    n = 12 * years
    season = 0.35 * np.cos(2 * np.pi * np.arange(n) / 12)
    year = np.repeat(random.normal(0, 0.15, years), 12)
    shared, own = random.normal(0, 0.25, n), random.normal(0, 0.25, (sections, n))
    return months("2022-01", f"{2022 + years}-01"), np.exp(centre + np.linspace(-0.5, 0.5, sections)[:, None] + season + year + shared + own)


def told(values: np.ndarray, at: np.ndarray, left: int, *, target: float = 75.0, seed: int = 1, draws: int = 800):
    history = SectionHistory.of(at[: at.size - left], {"NH3-N": values[:, : at.size - left]})
    made = draw_sections(history, at[at.size - left :], seed=seed, draws=draws)
    return share_chance(history, made, {"NH3-N": np.ones(len(values))}, decimals=1, operator=">=", target=target)


def test_the_same_arguments_give_the_same_draws_and_the_future_is_not_read() -> None:
    at, values = river(3)
    full = SectionHistory.of(at, {"NH3-N": values})
    spoiled = SectionHistory.of(at, {"NH3-N": np.where(np.arange(at.size) >= at.size - 3, 99.0, values)})
    first, second = (draw_sections(h, at[-3:], seed=5, draws=50) for h in (full, spoiled))
    assert np.array_equal(first.columns["NH3-N"], second.columns["NH3-N"])
    assert not np.array_equal(first.columns["NH3-N"], draw_sections(full, at[-3:], seed=6, draws=50).columns["NH3-N"])
    assert first.years == (2022, 2023, 2024)


def test_sections_are_drawn_together() -> None:
    """Months that were wet everywhere stay so: sections of one draw rise and fall together, as they did."""
    at, values = river(4, sections=6)
    drawn = draw_sections(SectionHistory.of(at, {"NH3-N": values}), at[-3:], seed=1, draws=1500).columns["NH3-N"]
    together = np.corrcoef(np.log(drawn).mean(axis=2).T)
    assert together[np.triu_indices(6, 1)].mean() > 0.3


@pytest.mark.parametrize("left", [2, 3, 6, 9])
def test_the_band_holds_on_rivers_made_up(left: int) -> None:
    inside = []
    for seed in range(120):
        at, values = river(seed, years=2 + seed % 4)
        outcome = 100 * float((values[:, -12:].mean(axis=1) <= 1.0).mean())
        found = told(values, at, left, draws=300).whole
        inside.append(found.low - 1e-9 <= outcome <= found.high + 1e-9)
    assert np.mean(inside) >= 0.85


def test_stated_chances_come_true_as_often_as_stated() -> None:
    stated, happened = [], []
    for seed in range(150):
        at, values = river(seed, years=3, centre=-0.15)
        found = told(values, at, 4, draws=300)
        stated.append(found.sections)
        happened.append(values[:, -12:].mean(axis=1) <= 1.0)
    p, y = np.ravel(stated), np.ravel(happened)
    assert ((p - y) ** 2).mean() < 0.6 * ((y.mean() - y) ** 2).mean()  # 强于只报平均达标率
    for low, high in ((0.0, 0.2), (0.2, 0.8), (0.8, 1.01)):
        part = (p >= low) & (p < high)
        assert abs(p[part].mean() - y[part].mean()) < 0.15


def test_what_is_settled_is_certain_and_limits_work_both_ways() -> None:
    at, values = river(1, sections=3)
    low = values.copy()
    low[:, -12:-1] = 0.01
    assert told(low, at, 1, target=100).whole.probability > 0.95
    high = values.copy()
    high[:, -12:-1] = 5.0
    lost = told(high, at, 1, target=30)
    assert lost.whole.probability == 0
    assert lost.sections.tolist() == [0.0, 0.0, 0.0]
    history = SectionHistory.of(at[:-1], {"DO": high[:, :-1]})
    made = draw_sections(history, at[-1:], seed=1, draws=100)
    oxygen = share_chance(history, made, {"DO": np.full(3, 4.0)}, decimals=1, operator=">=", target=100)
    assert oxygen.whole.probability == 1  # 溶解氧不低于
    bad = share_chance(history, made, {"DO": np.full(3, 4.0)}, bad=True, decimals=1, operator="<=", target=0)
    assert (bad.whole.probability, bad.whole.high) == (1, 0)


def test_a_section_without_history_is_not_certain() -> None:
    """New this year: its months are moved as the others' were, with a spread of their own."""
    at, values = river(2, sections=5)
    values[0, :-9] = nan
    values[0, -9:-3] = 0.97
    found = told(values, at, 3)
    assert 0.05 < found.sections[0] < 0.95


def test_a_running_month_that_was_measured_is_kept() -> None:
    at, values = river(2, sections=2)
    history = SectionHistory.of(at[:-2], {"NH3-N": values[:, :-2]})
    made = draw_sections(history, at[-3:], seed=1, draws=60)
    limits = {"NH3-N": np.ones(2)}
    whole = share_chance(history, made, limits, decimals=1, operator=">=", target=50)
    spoiled = replace(made, columns={"NH3-N": np.where(np.arange(3) == 0, 1e9, made.columns["NH3-N"])})
    assert np.array_equal(whole.whole.values, share_chance(history, spoiled, limits, decimals=1, operator=">=", target=50).whole.values)


def test_too_little_is_said() -> None:
    at, values = river(1)
    with pytest.raises(TooShort, match="不满一年"):
        draw_sections(SectionHistory.of(at[:11], {"NH3-N": values[:, :11]}), months("2022-12", "2023-01"), seed=1)
    gone = values.copy()
    gone[:, 9:12] = nan
    with pytest.raises(TooShort, match="往年同期监测的断面不足一半"):
        draw_sections(SectionHistory.of(at[:21], {"NH3-N": gone[:, :21]}), months("2023-10", "2024-01"), seed=1)
    with pytest.raises(ValueError, match="月份须连续"):
        SectionHistory.of(at[[0, 2]], {"NH3-N": values[:, :2]})
    with pytest.raises(ValueError, match="负值或无穷大"):
        SectionHistory.of(at, {"NH3-N": -values})


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 0.6), st.integers(1, 11))
def test_draws_are_positive_and_chances_are_chances(seed: int, gaps: float, left: int) -> None:
    at, values = river(seed % 50, sections=4, years=3)
    values[np.random.default_rng(seed).random(values.shape) < gaps] = nan
    try:
        found = told(values, at, left, seed=seed, draws=60)
    except TooShort:
        return
    assert 0 <= found.whole.probability <= 1
    assert 0 <= found.whole.low <= found.whole.middle <= found.whole.high <= 100
