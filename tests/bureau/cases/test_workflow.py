"""The alarm order: who may what, proofs before the end, clocks, history; and faults of a declaration in words."""

from __future__ import annotations

import io
import itertools
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pydantic import ValidationError

from qingshan.bureau.base import packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.cases import actions, clocks, queries, soundness
from qingshan.bureau.cases.declared import Workflow
from qingshan.bureau.cases.models import Case

pytestmark = pytest.mark.django_db
FRIDAY = datetime(2026, 11, 20, 16)
ANSWERS = {"cause": "dust", "finding": "出口道路积尘", "measure": "冲洗两遍并覆盖料堆"}


def photo(name="现场.jpg", colour=(90, 120, 90)) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


@pytest.fixture
def case(bureau, monkeypatch) -> Case:
    monkeypatch.setenv("QINGSHAN_NOW", FRIDAY.isoformat())
    return actions.open_case(
        "alarm_order",
        title="石门站 PM2.5 小时值 140",
        area=bureau.towns["石门镇"],
        responsible=bureau.governments["石门镇"],
        origin="alarm:1",
    )


def through(case: Case, town, clerk, last: str) -> Case:
    """The straight way up to and including the step `last`."""
    for name in ("receive", "find", "measure", "report", "close"):
        if name == "report":
            for kind in ("scene", "after"):
                actions.add_proof(case.number, kind, photo(), by=town)
        by = clerk if name == "close" else town
        case = actions.take_step(case.number, name, by=by, answers=ANSWERS, note="现场核查，料堆已覆盖")
        if name == last:
            break
    return case


def test_the_straight_way_ends_closed_with_every_step_recorded(case, town_person, clerk):
    done = through(case, town_person, clerk, "close")
    assert (done.state, done.closed_at, done.due_at) == ("closed", FRIDAY, None)
    assert [e.title for e in done.events.all()] == ["交办", "签收", "查明原因", "处置措施", "申请销号", "销号"]
    assert done.events.get(step="find").answers == {"原因类别": "扬尘", "查明的情况": "出口道路积尘"}
    assert {"交办事项", "签收", "查明原因", "处置措施", "交佐证", "申请销号", "销号"} <= set(
        AuditEvent.objects.values_list("action", flat=True)
    )


def test_it_cannot_be_reported_without_both_photos(case, town_person, clerk):
    case = through(case, town_person, clerk, "measure")
    actions.add_proof(case.number, "scene", photo(), by=town_person)
    with pytest.raises(Refused, match="不能申请销号：缺处置后照片"):
        actions.take_step(case.number, "report", by=town_person)


def test_it_cannot_be_closed_without_a_note(case, town_person, clerk):
    case = through(case, town_person, clerk, "report")
    with pytest.raises(Refused, match="销号须写明意见") as no:
        actions.take_step(case.number, "close", by=clerk, note="   ")
    assert no.value.field == "note"


def test_sent_back_with_a_reason_it_can_be_reported_again(case, town_person, clerk):
    case = through(case, town_person, clerk, "report")
    with pytest.raises(Refused, match="退回须写明意见"):
        actions.take_step(case.number, "refuse", by=clerk)
    case = actions.take_step(case.number, "refuse", by=clerk, note="东侧料堆未覆盖")
    assert case.state == "handling"
    case = actions.take_step(case.number, "measure", by=town_person, answers=ANSWERS)
    case = actions.take_step(case.number, "report", by=town_person)
    assert case.state == "reported"


def test_no_sequence_of_steps_reaches_closed_without_photos_and_a_note(case, town_person, clerk, chief):
    names = [s.name for s in case.declared.step]
    for order in itertools.product(names, repeat=2):  # whatever is tried, by whoever, without photos
        for name, by in itertools.product(order, (town_person, clerk, chief)):
            try:
                actions.take_step(case.number, name, by=by, answers=ANSWERS, note="无")
            except (Refused, PermissionDenied):
                continue
    case.refresh_from_db()
    assert case.state == "proving"
    assert case.closed_at is None


def test_the_bureau_cannot_sign_for_the_town_nor_the_town_close_its_own(case, town_person, clerk):
    with pytest.raises(PermissionDenied, match="签收须由责任单位“石门镇”办理"):
        actions.take_step(case.number, "receive", by=clerk)
    case = through(case, town_person, clerk, "report")
    with pytest.raises(PermissionDenied, match="责任单位以外"):
        actions.take_step(case.number, "close", by=town_person, note="好")


def test_another_towns_case_does_not_exist(case, bureau, town_person, stranger):
    other = actions.open_case("alarm_order", title="柳泉站", area=bureau.towns["柳泉镇"], responsible=bureau.governments["柳泉镇"])
    assert list(queries.visible(town_person)) == [case]
    assert not queries.visible(stranger).exists()
    with pytest.raises(Case.DoesNotExist):
        actions.take_step(other.number, "receive", by=town_person)
    with pytest.raises(Case.DoesNotExist):
        actions.add_proof(other.number, "scene", photo(), by=town_person)


def test_a_step_out_of_turn_says_where_the_case_is(case, town_person):
    with pytest.raises(Refused, match="当前为“待签收”，不能处置措施"):
        actions.take_step(case.number, "measure", by=town_person, answers=ANSWERS)


def test_an_answer_not_among_the_choices_is_refused(case, town_person):
    actions.take_step(case.number, "receive", by=town_person)
    with pytest.raises(Refused, match="请选择“原因类别”"):
        actions.take_step(case.number, "find", by=town_person, answers={"finding": "x"})
    with pytest.raises(Refused, match="没有这一项"):
        actions.take_step(case.number, "find", by=town_person, answers={"cause": "magic", "finding": "x"})


def test_a_photo_must_be_a_photo(case, town_person):
    with pytest.raises(Refused, match="照片"):
        actions.add_proof(case.number, "scene", SimpleUploadedFile("a.jpg", b"%PDF-1.4 no"), by=town_person)


def test_a_proof_is_taken_back_only_before_a_step_relied_on_it(case, town_person, clerk):
    proof = actions.add_proof(case.number, "scene", photo(), by=town_person)
    with pytest.raises(PermissionDenied):
        actions.withdraw_proof(case.number, proof.pk, by=clerk)
    actions.withdraw_proof(case.number, proof.pk, by=town_person)
    assert queries.standing_proofs(case) == []
    kept = actions.add_proof(case.number, "scene", photo(), by=town_person)
    actions.take_step(case.number, "receive", by=town_person)
    with pytest.raises(Refused, match="不能收回"):
        actions.withdraw_proof(case.number, kept.pk, by=town_person)


def test_a_repeated_opening_gives_the_same_case(case, bureau):
    again = actions.open_case("alarm_order", title="再来", area=case.area, responsible=case.responsible, origin="alarm:1")
    assert again.pk == case.pk
    assert again.events.count() == 1


def test_numbers_run_through_the_year(case, bureau):
    other = actions.open_case("alarm_order", title="又一件", area=case.area, responsible=case.responsible)
    assert (case.number, other.number) == ("BJ-2026-0001", "BJ-2026-0002")


@pytest.mark.parametrize(
    ("minutes", "light", "words"),
    [(0, "green", "剩 2 小时"), (89, "green", "剩 31 分钟"), (90, "amber", "剩 30 分钟"), (120, "amber", "剩 0 分钟"), (121, "red", "逾期 1 分钟"), (3060, "red", "逾期 2 天")],
)  # fmt: skip
def test_the_light_follows_the_clock(case, minutes, light, words):
    clock = queries.clock_of(case, FRIDAY + timedelta(minutes=minutes))
    assert (clock.light, clock.words) == (light, words)


def test_a_late_step_says_so_for_ever(case, town_person, monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", (FRIDAY + timedelta(hours=3)).isoformat())
    case = actions.take_step(case.number, "receive", by=town_person)
    assert case.events.get(step="receive").was_late
    assert "超时" in queries.stages(case)[1].note


CALENDAR = clocks.Calendar(
    off=clocks.spans(["2026-10-01/2026-10-07", "2026-01-01/2026-01-03"]), work=clocks.spans(["2026-10-10", "2026-01-04"])
)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        (datetime(2026, 11, 20, 16), 1, datetime(2026, 11, 23, 17, 30)),  # Friday → Monday
        (datetime(2026, 9, 30, 9), 2, datetime(2026, 10, 9, 17, 30)),  # over the National Day
        (datetime(2026, 10, 9, 9), 1, datetime(2026, 10, 10, 17, 30)),  # a Saturday worked
        (datetime(2025, 12, 31, 9), 1, datetime(2026, 1, 4, 17, 30)),  # over the new year, a Sunday worked
    ],
)
def test_work_days_skip_holidays_and_count_days_worked_instead(start, days, due):
    assert CALENDAR.add_workdays(start, days) == due


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        (datetime(2026, 11, 20, 9), 3, datetime(2026, 11, 20, 12)),
        (datetime(2026, 11, 20, 11), 2, datetime(2026, 11, 20, 14, 30)),  # over noon
        (datetime(2026, 11, 20, 17), 1, datetime(2026, 11, 23, 9, 30)),  # over the weekend
        (datetime(2026, 11, 21, 3), 1, datetime(2026, 11, 23, 10)),
    ],
)
def test_work_hours_pass_only_at_work(start, hours, due):
    assert CALENDAR.add_workhours(start, hours) == due


def declared(**changes) -> dict:
    base = {
        "name": "x", "title": "试", "prefix": "S", "state": {"a": "甲", "b": "乙"}, "final": ["b"], "proof": {"p": "照片"},
        "step": [{"name": "go", "title": "走", "from": "a", "to": "b", "by": "office", "needs": ["p"], "reason": True}],
    }  # fmt: skip
    return base | changes


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"final": ["c"]}, "final：没有状态“c”；已有：a、b"),
        ({"step": [declared()["step"][0] | {"to": "z"}]}, "步骤“go”：没有状态“z”；已有：a、b"),
        ({"step": [declared()["step"][0] | {"by": "nobody"}]}, "没有办理人“nobody”；已有：handler、office、responsible、verifier"),
        ({"step": [declared()["step"][0] | {"needs": []}]}, "办结事项，须写 needs"),
        ({"step": [declared()["step"][0] | {"needs": ["q"]}]}, "没有佐证“q”；已有：p"),
        ({"state": {"a": "甲", "b": "乙", "c": "丙"}}, "状态“丙”没有步骤能到"),
        ({"limit": {"a": {"hours": 1, "days": 2}}}, "时限须恰好写"),
    ],
)
def test_a_faulty_workflow_says_what_is_wrong(changes, said):
    with pytest.raises(ValidationError) as wrong:
        Workflow.model_validate(declared(**changes))
    assert said in str(wrong.value)


def test_every_state_of_every_shipped_workflow_has_a_way_out(bureau):
    for workflow in packs.all("cases").values():
        assert list(soundness.shape(workflow)) == []
        assert all(s.needs and s.reason for s in workflow.step if s.to in workflow.final)


def test_a_closed_case_is_called_by_its_own_workflow_s_word(bureau):
    words = {w.name: w.state[w.final[0]] for w in packs.all("cases").values()}
    assert words["inspection_order"] == "已办结"
    assert words["alarm_order"] == "已销号"
    for name, word in words.items():
        case = Case(workflow=name, state=packs.get("cases", name).final[0], opened_at=FRIDAY, closed_at=FRIDAY)
        assert queries.clock_of(case, FRIDAY).words == word
