"""Frozen figures never change: not by a later return, a correction, a thaw, a second freeze, nor by hand in the database."""

from __future__ import annotations

import io
from datetime import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.returns import actions
from qingshan.bureau.returns.actions.freezing import is_whole
from qingshan.bureau.returns.models import Correction, Figure, Line, Period, PeriodStep


@pytest.fixture
def sent(line, traffic):
    actions.send_line(line.pk, by=traffic, token="token-0001", value=241, words="已淘汰 241 辆")
    return line


@pytest.fixture
def frozen(sent, november, office, today) -> Period:
    today("2026-12-04T09:00:00")
    return actions.freeze_period(november.pk, by=office, reason="收齐")


def test_freezing_keeps_every_line_the_silent_too(frozen, sent):
    figures = {f.line_id: f for f in frozen.figures.all()}
    assert len(figures) == frozen.lines.count() == 4
    assert (figures[sent.pk].value, figures[sent.pk].how_words) == (241, "正常推进")
    assert {f.how_words for pk, f in figures.items() if pk != sent.pk} == {"未报"}
    assert set(figures[sent.pk].lights) == {"time", "data", "report", "all"}
    assert is_whole(frozen)
    step = PeriodStep.objects.get(act="freeze")
    assert AuditEvent.objects.get(action="定格").after["sha256"] == step.sha256


def test_freezing_has_its_conditions(sent, november, office, clerk, today):
    with pytest.raises(PermissionDenied):
        actions.freeze_period(november.pk, by=clerk)
    with pytest.raises(Refused, match="还有 3 项未报，不能定格"):
        actions.freeze_period(november.pk, by=office)
    Task.objects.exclude(pk=sent.task_id).update(state="reported")
    assert actions.freeze_period(november.pk, by=office).is_frozen  # everyone has reported: no need to wait
    with pytest.raises(Refused, match="定格"):
        actions.freeze_period(november.pk, by=office)


def test_a_correction_stands_beside_and_the_ledger_follows(frozen, sent, traffic, stranger, as_):
    figure = Figure.objects.get(line=sent)
    with pytest.raises(Line.DoesNotExist):
        actions.correct_figure(figure.pk, by=stranger, value=1, reason="x")
    for said, wrong in (({"value": ""}, "请填更正后"), ({"value": "多"}, "应为数字"), ({"value": 238, "reason": " "}, "请写更正的理由")):
        with pytest.raises(Refused, match=wrong):
            actions.correct_figure(figure.pk, by=traffic, **{"reason": "重复计 3 辆", **said})
    actions.correct_figure(figure.pk, by=traffic, value=238, reason="重复计 3 辆")
    figure.refresh_from_db()
    assert (figure.value, figure.corrections.get().value, is_whole(frozen)) == (241, 238, True)
    assert Task.objects.get(pk=sent.task_id).reported == 238
    page = as_(traffic).get(reverse("returns:period", args=[frozen.pk])).content.decode()
    assert "241" in page
    assert "238" in page
    assert "重复计 3 辆" in page


def test_a_thaw_is_a_recorded_step_and_the_earlier_figures_stay(frozen, sent, traffic, office, today):
    with pytest.raises(Refused, match="请写解冻的理由"):
        actions.thaw_period(frozen.pk, by=office, reason="")
    actions.thaw_period(frozen.pk, by=office, reason="区领导同意补报")
    actions.send_line(sent.pk, by=traffic, token="token-0002", value=250)
    today("2027-02-01T09:00:00")
    assert actions.freeze_due() == ""  # after a thaw it is frozen by hand only
    period = actions.freeze_period(frozen.pk, by=office)
    assert [(f.edition, f.value) for f in Figure.objects.filter(line=sent).order_by("edition")] == [(1, 241), (2, 250)]
    assert is_whole(period, 1)
    assert is_whole(period, 2)
    assert [s.act for s in period.steps.all()] == ["open", "freeze", "thaw", "freeze"]


@pytest.mark.parametrize("statement", [
    "UPDATE returns_figure SET value = 300", "UPDATE returns_correction SET value = 1", "UPDATE returns_periodstep SET sha256 = ''",
])  # fmt: skip
def test_the_database_itself_refuses(frozen, sent, traffic, statement):
    actions.correct_figure(Figure.objects.get(line=sent).pk, by=traffic, value=238, reason="重复计")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    with pytest.raises(Refused):
        Figure.objects.all().update(value=1)
    with pytest.raises(Refused):
        Correction.objects.all().delete()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.integers(0, 400)),
        st.tuples(st.just("correct"), st.integers(0, 400)),
        st.tuples(st.sampled_from(["thaw", "freeze", "open", "chase", "cancel"]), st.just(0)),
    ),
    max_size=8,
)


@given(steps=STEPS)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_follows_frozen_figures_are_what_they_were(steps, frozen, sent, traffic, office):
    """Any order of returns, corrections, thaws and freezes: each edition keeps its figures and its fingerprint."""
    try:
        with transaction.atomic():
            kept = {}
            for n, (do, value) in enumerate([("freeze", 0), *steps]):
                try:
                    _do(do, value, n, frozen.pk, sent, traffic, office)
                except Refused:
                    pass
                for figure in Figure.objects.all():
                    row = (figure.value, figure.words, figure.how, figure.sent_at, figure.is_late, figure.measured, str(figure.lights))
                    assert kept.setdefault((figure.line_id, figure.edition), row) == row
            period = Period.objects.get(pk=frozen.pk)
            assert all(is_whole(period, edition) for edition in range(1, period.edition + 1))
            raise Undo
    except Undo:
        pass


class Undo(Exception):
    pass


def _do(do, value, n, period_id, line, traffic, office) -> None:
    period = Period.objects.get(pk=period_id)
    if do == "send":
        actions.send_line(line.pk, by=traffic, token=f"property-{n:04}", value=value)
    elif do == "correct":
        actions.correct_figure(Figure.objects.get(line=line, edition=period.edition).pk, by=traffic, value=value, reason="更正")
    elif do == "thaw":
        actions.thaw_period(period_id, by=office, reason="补报")
    elif do == "freeze":
        actions.freeze_period(period_id, by=office)
    elif do == "chase":
        actions.chase_due()
    elif do == "cancel":
        Task.objects.filter(pk=line.task_id).update(title=f"改过的题目{n}")
    else:
        actions.open_due()


def test_the_sheet_has_frozen_figures_and_corrections_side_by_side(frozen, sent, traffic, office, as_):
    actions.correct_figure(Figure.objects.get(line=sent).pk, by=traffic, value=238, reason="重复计 3 辆")
    answer = as_(office).get(reverse("returns:export", args=[frozen.pk]))
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    head = rows[2]
    row = next(r for r in rows[3:] if "柴油车" in r[1])
    assert (row[head.index("累计完成")], row[head.index("更正为")]) == (241, 238)
    assert "重复计 3 辆" in row[head.index("更正说明")]
    assert PeriodStep.objects.get(act="freeze").sha256[:16] in rows[1][0]
    assert len(rows) - 3 == 4


def test_frozen_by_the_rhythm_late_in_the_night(sent, november, today):
    today("2026-12-07T17:29:00")
    assert actions.freeze_due() == ""
    today("2026-12-30T03:00:00")
    assert actions.freeze_due() == "定格 1 期"
    assert Period.objects.get(pk=november.pk).frozen_at == datetime(2026, 12, 30, 3)
    assert Figure.objects.get(line=sent).value == Decimal(241)
