"""Calls of the cases for noise."""

from __future__ import annotations

from qingshan import standards
from qingshan.methods import noise


def _hj706():
    return standards.get("HJ 706", edition="2014")


def _emission(std, measured, background=None, when="day", **more):
    found = noise.emission(std, _hj706(), when, measured, background, **more)
    return {"level": found.level, "limit": found.limit, "over": found.over, "met": found.met, "judged": found.judged}


def _judged(found):
    return {"over": found.over, "met": found.met, "judged": found.judged}


def _days(std, hours, day_from=None, day_to=None, **more):
    found = noise.day_levels(std, hours, times=noise.period(std, day_from=day_from, day_to=day_to), **more)
    return {"ld": found.ld, "ln": found.ln, "ldn": found.ldn}


def _functional(std, area, day, night):
    found = noise.functional(std, standards.get("GB 3096", edition="2008"), area, day, night)
    return [[c.area, c.when, c.met, c.times, c.missing, c.rate] for c in found]


def _road(std, levels, lengths, **more):
    found = noise.road_mean(std, levels, lengths, **more)
    return {"mean": found.mean, "share": found.exceeding_share, "missing": found.missing}


CALLS = {
    "noise.limit": noise.limit,
    "noise.meets": lambda std, area, when, levels: _judged(noise.meets(std, area, when, levels)),
    "noise.sudden": lambda std, area, lmax: _judged(noise.sudden(std, area, lmax)),
    "noise.leq": lambda std, levels, seconds=None: noise.leq(levels, seconds=seconds),
    "noise.ldn": lambda std, ld, ln: noise.ldn(ld, ln),
    "noise.statistical": lambda std, levels, percents=(10, 50, 90): noise.statistical(levels, percents),
    "noise.day_levels": _days,
    "noise.period": lambda std, **more: [noise.period(std, **more).day_from, noise.period(std, **more).day_to],
    "noise.grade": lambda std, subject, when, means: noise.grade(std, subject, when, means),
    "noise.grade_words": lambda std, subject, when, means: noise.grade_words(std, subject, noise.grade(std, subject, when, means)),
    "noise.region_mean": noise.region_mean,
    "noise.road_mean": _road,
    "noise.functional": _functional,
    "noise.corrected": lambda std, measured, background: noise.corrected(std, measured, background).level,
    "noise.correction": lambda std, measured, background: noise.corrected(std, measured, background).correction,
    "noise.redo": lambda std, measured, background: noise.corrected(std, measured, background).redo,
    "noise.emission": _emission,
    "noise.peak": lambda std, lmax, **more: _judged(noise.peak(std, lmax, **more)),
}
