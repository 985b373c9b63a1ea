"""What holds for every workflow, shipped or made up: proofs before the end, a way out of every state, clocks, reverse steps."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.bureau.cases.conftest import NOW

import qingshan.packs
from qingshan.bureau.base import packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.cases import actions, actors, clocks, queries  # noqa: F401 - the actors are registered
from qingshan.bureau.cases.declared import Limit, Workflow
from qingshan.bureau.cases.models import Case

NATIONAL = Path(next(iter(qingshan.packs.__path__))) / "national"
NAMES = sorted(p.stem for p in (NATIONAL / "cases").glob("*.toml"))
LIVE = [n for n in NAMES if n not in ("alarm_order", "device_order", "outlet_order", "section_order")]


def is_proven(case: Case) -> bool:
    """By the rows alone: every proof of 四个不放过 and of the closing step is there, of this round or of the case it was merged into."""
    declared = case.declared
    closing = [s for s in declared.step if s.to == case.state]
    wanted = [set(s.needs) | ({p for names in declared.four.values() for p in names} if case.state not in declared.void else set()) for s in closing]
    own = {p.kind for p in case.proofs.filter(withdrawn=None, round=case.round)}
    lent = {p.kind for p in case.main.proofs.filter(withdrawn=None)} if case.main_id else set()
    return any(names <= own | {k for k in lent if not declared.proof[k].own and declared.proof[k].type != "visit"} for names in wanted)


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_the_straight_way_of_every_workflow_ends_and_each_proof_is_missed(name, opened, hands):
    """One proof after another is left out: the closing step names it and is refused; with all of them it is taken."""
    case = hands.finish(opened(name), short_of=_before_last(packs.get("cases", name)))
    step = case.declared.forward(case.state)
    needs = case.declared.needs_of(step)
    assert needs
    for kind in needs:
        if not case.proofs.filter(kind=kind).exists():
            hands.prove(case, kind)
    for kind in needs:
        case.proofs.filter(kind=kind).update(kind="_away")
        with pytest.raises(Refused, match=f"缺{case.declared.proof[kind].title}".replace("（", ".").replace("）", ".")):
            hands.step(case, step.name)
        case.proofs.filter(kind="_away").update(kind=kind)
    case = hands.step(case, step.name)
    assert case.is_closed
    assert case.due_at is None


def _before_last(flow: Workflow) -> str:
    return flow.line()[-2]


OPS = ("step", "step", "step", "forward", "forward", "prove", "prove", "undo", "reopen", "merge", "part", "transfer", "extend", "withdraw")


@pytest.mark.django_db
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_sequence_of_allowed_actions_reaches_a_closed_case_without_its_proofs(data, opened, hands, bureau, chief):
    people = (hands.responsible, hands.verifier, hands.office, chief)
    picks = st.tuples(st.sampled_from(OPS), st.integers(0, 10**6), st.sampled_from(people))
    names = data.draw(st.tuples(st.sampled_from(LIVE), st.sampled_from(["petition_12345", "petition_letter"])))
    moves = data.draw(st.lists(picks, min_size=25, max_size=45))
    with transaction.atomic():
        cases = [opened(names[0]), opened(names[1])]
        for op, n, by in moves:
            case = cases[n % 2]
            case.refresh_from_db()
            try:
                with transaction.atomic():
                    _do(op, n // 2, by, case, cases[1 - n % 2], hands, bureau)
            except (Refused, PermissionDenied, Case.DoesNotExist):
                continue
            for one in cases:
                one.refresh_from_db()
                assert one.state in one.declared.state
                assert one.is_closed == (one.state in one.declared.final)
                assert not one.is_closed or is_proven(one), f"{one.number} {one.state}：{[(e.title, e.became) for e in one.events.all()]}"
                assert one.is_closed or one.declared.steps_from(one.state)
                assert not (one.is_closed and one.sources.filter(closed_at=None).exists())
        transaction.set_rollback(True)


def _do(op: str, n: int, by, case: Case, other: Case, hands, bureau) -> None:
    flow = case.declared
    if op == "step":
        steps = flow.steps_from(case.state) or list(flow.step)
        step = steps[n % len(steps)]
        answers = {a.name: next(iter(a.choices), "2026-11-20" if a.type == "date" else "3") for a in step.ask}
        actions.take_step(case.number, step.name, by=by if n % 3 else hands.who(step.by), note="好", answers=answers)
    elif op == "forward" and not case.is_closed:
        hands.forward(case)
    elif op == "prove":
        kinds = list(flow.proof)
        hands.prove(case, kinds[n % len(kinds)], passed="no" if n % 5 == 0 else "yes", day="2026-11-19" if n % 4 == 0 else "2026-11-01")
    elif op in ("undo", "reopen", "part"):
        getattr(actions, op)(case.number, by=by, reason="理由")
    elif op == "merge":
        actions.merge(case.number, other.number, by=by, reason="同一件")
    elif op == "transfer":
        units = [*bureau.governments.values(), bureau.offices["大气科"]]
        actions.transfer(case.number, units[n % len(units)], by=by, reason="属地")
    elif op == "extend":
        actions.extend(case.number, 1 + n % 5, by=by, reason="连日降雨")
    elif op == "withdraw":
        proof = case.proofs.filter(withdrawn=None).first()
        if proof:
            actions.withdraw_proof(case.number, proof.pk, by=proof.by)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["handed_over", "petition_12345", "damage_compensation"])
def test_every_step_is_taken_back_to_where_the_case_stood_by_a_recorded_reverse_step(name, opened, hands, monkeypatch):
    case, stood = opened(name), []
    for hour in range(12):
        if case.is_closed:
            break
        monkeypatch.setenv("QINGSHAN_NOW", (NOW + timedelta(hours=hour)).isoformat())
        stood.append((case.state, case.entered_at, case.due_at, case.closed_at, case.answers))
        case = hands.forward(case)
    n = case.events.count()
    for back in range(len(stood)):
        case = actions.undo(case.number, by=hands.office, reason="误办")
        assert (case.state, case.entered_at, case.due_at, case.closed_at, case.answers) == stood[-1 - back]
    assert case.events.count() == n + len(stood)  # nothing went, as many came
    with pytest.raises(Refused, match="没有可撤回的步骤"):
        actions.undo(case.number, by=hands.office, reason="再撤")


STATES = st.integers(2, 5).map(lambda n: [f"s{i}" for i in range(n)])


@pytest.mark.parametrize("name", NAMES)
def test_every_state_of_every_workflow_leads_to_a_real_end_by_steps_some_role_may_take(name):
    """From every state, by steps whose people there are: to an end that is a 销号, its proofs all of kinds someone can give."""
    flow = packs.get("cases", name)
    permissions = {"responsible": "handle", "handler": "handle", "verifier": "verify", "office": "dispatch"}
    held = {role: set(said.permissions) for role, said in packs.all("roles").items()}

    def can(step) -> bool:
        roles = [role for role in step.roles or held if f"cases.{permissions[step.by]}_case" in held[role]]
        return bool(roles)

    for state in flow.state:
        reached, edge = {state}, [state]
        while edge:
            edge = [s.to for at in edge for s in flow.steps_from(at) if can(s) and s.to not in reached]
            reached |= set(edge)
        assert reached & (set(flow.final) - set(flow.void)) or state in flow.final, f"{name} {state}"
    assert flow.line()[-1] in set(flow.final) - set(flow.void)
    assert all(flow.needs_of(s) for s in flow.step if s.to in flow.final)


@given(data=st.data())
@settings(max_examples=150)
def test_a_workflow_that_is_accepted_has_a_way_out_of_every_state_and_one_that_has_none_is_refused(data):
    states = data.draw(STATES)
    arrows = data.draw(st.lists(st.tuples(st.sampled_from(states), st.sampled_from(states)), min_size=1, max_size=8, unique=True))
    final = states[-1]
    steps = [
        {"name": f"n{i}", "title": "走", "from": a, "to": b, "by": "office", "needs": ["p"], "reason": True} for i, (a, b) in enumerate(arrows)
    ]
    reach = {s: {s} for s in states}
    for _ in states:
        for a, b in arrows:
            reach[a] |= reach[b]
    sound = all(final in reach[s] for s in states) and reach[states[0]] == set(states)
    said = {"name": "x", "title": "试", "prefix": "S", "state": dict.fromkeys(states, "态"), "final": [final], "proof": {"p": "照片"}, "step": steps}
    try:
        Workflow.model_validate(said)
    except ValidationError:
        assert not sound
    else:
        assert sound


def of_year(year: int) -> dict:
    """The published days off and days worked of a year."""
    return tomllib.loads((NATIONAL / f"holidays/holidays_{year}.toml").read_text("utf-8"))


NEXT = {"off": ["2027-01-01/2027-01-03", "2027-02-05/2027-02-11"], "work": ["2026-12-27", "2027-01-30"]}
"""a year whose days worked instead lie in the year before it, as may be published"""
YEARS = [of_year(2025), of_year(2026), NEXT]
CALENDAR = clocks.Calendar(
    off=clocks.spans(t for y in YEARS for t in y["off"]), work=clocks.spans(t for y in YEARS for t in y["work"]), years=frozenset({2025, 2026}),
)
YEAR_ENDS = st.one_of(
    st.datetimes(datetime(2024, 12, 20), datetime(2025, 2, 12)), st.datetimes(datetime(2025, 12, 20), datetime(2026, 3, 2)),
    st.datetimes(datetime(2026, 12, 20), datetime(2027, 2, 15)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2024-12-31", 1, "2025-01-02"),  # 元旦一天，不调休
        ("2025-01-24", 1, "2025-01-26"), ("2025-01-27", 1, "2025-02-05"), ("2025-02-07", 1, "2025-02-08"),  # 春节前后的周日、周六上班
        ("2025-09-26", 2, "2025-09-29"), ("2025-09-30", 2, "2025-10-10"), ("2025-10-10", 1, "2025-10-11"),
        ("2025-12-31", 1, "2026-01-04"), ("2025-12-31", 6, "2026-01-09"),  # 1月4日周日上班
        ("2026-02-13", 1, "2026-02-14"), ("2026-02-14", 1, "2026-02-24"), ("2026-02-27", 1, "2026-02-28"),
        ("2026-12-25", 1, "2026-12-27"), ("2026-12-31", 1, "2027-01-04"), ("2027-01-29", 1, "2027-01-30"),
    ],
)  # fmt: skip
def test_days_off_and_days_worked_instead_at_the_year_ends(start, days, due):
    assert CALENDAR.add_workdays(datetime.fromisoformat(f"{start}T10:00"), days).date() == date.fromisoformat(due)


@given(start=YEAR_ENDS, hours=st.integers(1, 60))
@settings(max_examples=60)
def test_so_many_working_hours_lie_between_a_start_and_its_limit(start, hours):
    due = CALENDAR.add_workhours(start, hours)
    assert CALENDAR.is_workday(due.date())
    assert worked(start, due) == timedelta(hours=hours)
    assert worked(start, due - timedelta(seconds=1)) < timedelta(hours=hours)  # and not a moment later than need be
    assert CALENDAR.add_workhours(start + timedelta(hours=1), hours) >= due


def worked(start: datetime, end: datetime) -> timedelta:
    """Working time between two moments, span by span."""
    total, day = timedelta(0), start.date()
    while day <= end.date():
        if day in CALENDAR.work or (day.weekday() < 5 and day not in CALENDAR.off):
            for begin, close in CALENDAR.hours:
                total += max(timedelta(0), min(end, datetime.combine(day, close)) - max(start, datetime.combine(day, begin)))
        day += timedelta(days=1)
    return total


@given(
    start=st.one_of(YEAR_ENDS, st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 20))),
    days=st.integers(1, 40),
)
def test_so_many_working_days_lie_between_a_start_and_its_limit(start, days):
    due = CALENDAR.add_workdays(start, days)
    between = [start.date() + timedelta(days=i) for i in range(1, (due.date() - start.date()).days + 1)]
    worked = [d for d in between if d in CALENDAR.work or (d.weekday() < 5 and d not in CALENDAR.off)]
    assert (len(worked), worked[-1]) == (days, due.date())
    assert CALENDAR.add_workdays(start, days + 1) > due
    assert clocks.late_workdays(due, CALENDAR.add_workdays(due, days), CALENDAR) == days
    assert (2027 in CALENDAR.guesses(start, due)) == (due.year == 2027)


@given(start=st.datetimes(datetime(2026, 9, 25), datetime(2026, 10, 9)), days=st.integers(1, 15))
def test_a_last_day_that_is_off_moves_to_the_next_working_day(start, days):
    plain = clocks.due(Limit(days=days), start, CALENDAR).date()
    moved = clocks.due(Limit(days=days, roll=True), start, CALENDAR).date()
    assert moved == plain if CALENDAR.is_workday(plain) else moved > plain
    assert CALENDAR.is_workday(moved)


@pytest.mark.django_db
def test_at_the_year_s_end_a_limit_over_unpublished_holidays_says_so_and_is_reckoned_anew_once_they_are(opened, monkeypatch, own_folders):
    monkeypatch.setenv("QINGSHAN_NOW", "2025-12-31T09:00")
    last_year = opened("leader_instruction", title="跨年", facts={"leader": "周敏", "words": "速办", "on": "2025-12-31"})
    assert last_year.term_at.date() == date(2026, 1, 12)  # 1月4日上班，4、5、6、7、8、9、12
    monkeypatch.setenv("QINGSHAN_NOW", "2026-12-31T09:00")
    case = opened("leader_instruction", facts={"leader": "周敏", "words": "速办", "on": "2026-12-31"})
    assert (case.term_at.date(), case.guessed) == (date(2027, 1, 11), True)
    assert "2027 年放假安排还没有录入" in queries.unpublished(case.entered_at, case.term_at)
    folder = own_folders / "packs/own/holidays"
    folder.mkdir(parents=True)
    (folder / "holidays_2027.toml").write_text('name = "holidays_2027"\ntitle = "试"\noff = ["2027-01-01/2027-01-03"]\n', "utf-8")
    packs.clear()
    assert "重算期限" in actions.reckon_again()
    case.refresh_from_db()
    assert (case.term_at.date(), case.guessed) == (date(2027, 1, 12), False)
    assert case.events.get(step="reckoned").by is None
