"""A unit sends its lines: checked, once, late or not, for the units one reports for, into the ledger."""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.bureau.conftest import make_person
from tests.bureau.ledger.conftest import photo

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.ledger import actions as ledger_actions
from qingshan.bureau.ledger.measures import Measure
from qingshan.bureau.ledger.models import Task, TaskEvent, TaskReturn
from qingshan.bureau.returns import actions, photos
from qingshan.bureau.returns.models import Line, Period, Reporter, Sending
from qingshan.bureau.returns.queries import due

MINE = reverse("returns:mine")


def send(line, by, token="token-0001", **more):
    return actions.send_line(line.pk, by=by, token=token, **more)


def test_a_return_reaches_the_ledger_with_its_evidence(line, traffic, ledger):
    sending = send(line, traffic, value="２41", words="已淘汰 241 辆", files=[photo()])
    task = Task.objects.get(pk=line.task_id)
    line.refresh_from_db()
    assert (line.value, line.is_late, line.sent_by, task.reported, task.last_return_by) == (241, False, traffic, 241, traffic)
    event = TaskEvent.objects.filter(task=task).first()
    assert (event.act, event.returned, event.returned.organisation) == ("return", sending.returned, line.organisation)
    assert event.returned.evidence.count() == 1
    assert AuditEvent.objects.filter(action="反馈", object_id=str(task.pk)).exists()


def test_the_same_token_twice_is_one_sending(line, traffic):
    assert send(line, traffic, value=10) == send(line, traffic, value=999)
    assert (Sending.objects.count(), TaskReturn.objects.count()) == (1, 1)
    again = send(line, traffic, token="token-0002", value=12)
    line.refresh_from_db()
    assert (again.value, line.value, Sending.objects.count()) == (12, 12, 2)


def test_only_those_who_report_for_the_unit_send(line, traffic, stranger, office, clerk, administrator):
    with pytest.raises(Line.DoesNotExist):
        send(line, stranger, value=1)
    with pytest.raises(Refused, match="不能代为报送"):
        send(line, clerk, value=1)
    with pytest.raises(PermissionDenied):
        send(line, administrator, value=1)
    assert Sending.objects.count() == 0


def test_a_named_reporter_sends_for_several_units_and_a_leader_does_not(line, november, stranger, office, bureau, as_):
    row = actions.name_reporter(by=office, organisation_id=line.organisation_id, person_id=stranger.pk, duty="deputy")
    stranger = type(stranger).objects.get(pk=stranger.pk)
    page = as_(stranger).get(MINE).content.decode()
    assert line.task.title in page
    assert "B角" in page
    sent = send(line, stranger, value=5, files=[photo()])
    assert sent.returned.organisation == line.organisation
    assert as_(stranger).get(reverse("base:attachment", args=[sent.returned.evidence.get().pk])).status_code == 200
    actions.end_reporter(row.pk, by=office)
    stranger = type(stranger).objects.get(pk=stranger.pk)
    with pytest.raises(Line.DoesNotExist):
        send(line, stranger, token="token-0009", value=6)
    actions.name_reporter(by=office, organisation_id=line.organisation_id, person_id=stranger.pk, duty="leader")
    with pytest.raises(Line.DoesNotExist):
        send(line, type(stranger).objects.get(pk=stranger.pk), token="token-0010", value=6)


def test_a_unit_has_one_main_reporter(line, traffic, office, bureau):
    other = make_person("b", "乙", bureau.departments["交通局"], "department_officer")
    actions.name_reporter(by=office, organisation_id=line.organisation_id, person_id=traffic.pk, duty="main")
    actions.name_reporter(by=office, organisation_id=line.organisation_id, person_id=other.pk, duty="main")
    assert [(r.person, r.duty) for r in Reporter.objects.filter(until=None)] == [(other, "main")]
    with pytest.raises(Refused, match="没有“报送进展”权限"):
        actions.name_reporter(
            by=office, organisation_id=line.organisation_id, person_id=make_person("c", "丙", bureau.departments["交通局"]).pk, duty="main"
        )


def test_late_is_allowed_until_frozen_and_marked(line, traffic, today):
    today("2026-12-03T17:30:00")
    assert not send(line, traffic, value=1).is_late
    today("2026-12-03T17:31:00")
    assert send(line, traffic, token="token-0002", value=2).is_late
    today("2026-12-07T17:30:00")
    assert actions.freeze_due() == "定格 1 期"
    with pytest.raises(Refused, match="已定格，不能再报"):
        send(line, traffic, token="token-0003", value=3)


@pytest.mark.parametrize(
    "said, wrong",
    [
        ({"value": "", "words": ""}, "请填累计完成，或写进展"),
        ({"value": "一百多"}, "应为数字"),
        ({"value": "-3"}, "不能是负数"),
        ({"value": "290", "how": "done"}, "还不能报完成"),
        ({"value": "300", "how": "done"}, "报完成须附佐证"),
        ({"value": "1", "how": "blocked"}, "为什么办不了"),
        ({"value": "1", "how": "great"}, "请选状态"),
        ({"value": "1", "token": "x"}, "提交标记不对"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(line, traffic, said, wrong):
    with pytest.raises(Refused, match=wrong):
        send(line, traffic, **said)
    assert Sending.objects.count() == TaskReturn.objects.count() == 0


def test_done_with_evidence_waits_for_the_office_and_is_not_owed_next_time(line, traffic, today):
    send(line, traffic, value=300, how="done", files=[photo()])
    assert Task.objects.get(pk=line.task_id).state == "reported"
    assert due.n_owed(traffic) == 1  # the berth
    today("2026-12-28T09:00:00")
    actions.open_due()
    assert not Line.objects.filter(period__key="2026-12", task=line.task_id).exists()


def test_units_that_share_a_task_count_up_together(november, ledger, office, bureau, today, traffic):
    task = ledger["柴油车"]
    build = bureau.departments["住建局"]
    ledger_actions.edit_task(task.pk, by=office, fields={"leads": [bureau.departments["交通局"].pk, build.pk]}, basis="会议")
    actions.open_due()
    builder = make_person("zj", "何工", build, "department_officer")
    mine, theirs = (Line.objects.get(period=november, task=task, organisation=unit) for unit in (bureau.departments["交通局"], build))
    send(mine, traffic, value=200)
    send(theirs, builder, value=60)
    task.refresh_from_db()
    assert task.reported == 260
    with pytest.raises(Refused, match="还不能报完成"):
        send(theirs, builder, token="token-0002", value=90, how="done", files=[photo()])
    send(theirs, builder, token="token-0003", value=100, how="done", files=[photo()])
    task.refresh_from_db()
    assert (task.reported, task.state) == (300, "reported")


def test_one_number_entered_once_stands_in_every_form(line, traffic, office, ledger, today):
    actions.make_rota(by=office, title="柴油车专项月报", rhythm="month", task_ids=[ledger["柴油车"].pk], began=date(2026, 11, 1))
    actions.open_due()
    [(_, [shown, *_]), *_] = due.mine(traffic, datetime(2026, 11, 26, 9))
    assert shown.also == ["柴油车专项月报"]
    sending = send(line, traffic, value=250)
    other = Line.objects.exclude(pk=line.pk).get(task=line.task_id)
    assert (other.value, other.sendings.get().copied_from) == (250, sending)
    assert TaskReturn.objects.count() == 1


def test_what_is_offered_comes_from_data_then_the_last_return_then_the_ledger(line, traffic, ledger, provider, today):
    assert due.offers([line], date(2026, 11, 26))[line.pk].value is None
    ledger_actions.return_task(line.task_id, by=traffic, words="一季度", value=120)
    fresh = Line.objects.select_related("task").get(pk=line.pk)
    assert (due.offers([fresh], date(2026, 11, 26))[line.pk].source, due.offers([fresh], date(2026, 11, 26))[line.pk].value) == ("台账", 120)
    send(line, traffic, value=200)
    today("2026-12-28T09:00:00")
    actions.open_due()
    december = Line.objects.select_related("task", "period").get(period__key="2026-12", task=line.task_id)
    assert (due.offers([december], date(2026, 12, 28))[december.pk].source, due.offers([december], date(2026, 12, 28))[december.pk].value) == ("上期", 200)
    today("2026-12-29T09:00:00")
    ledger_actions.return_task(line.task_id, by=traffic, words="年底又办一批", value=260)
    december = Line.objects.select_related("task", "period").get(pk=december.pk)
    assert due.offers([december], date(2026, 12, 29))[december.pk].value == 260  # newer than the last return in a period
    Task.objects.filter(pk=line.task_id).update(indicator="diesel_vehicles_done")
    december.task.refresh_from_db()
    asked = []
    provider(lambda task, on: asked.append(on) or Measure(276, "辆", "amber", "偏紧", on=date(2026, 12, 27), url="/indicators/"))
    offer = due.offers([december], date(2027, 1, 4))[december.pk]
    assert (offer.value, offer.source, offer.url, asked) == (Decimal(276), "数据", "/indicators/", [date(2026, 12, 31)])


def test_the_page_shows_everything_due_and_sends_it_at_once(november, traffic, as_, ledger):
    client = as_(traffic)
    page = client.get(MINE).content.decode()
    diesel, berth = (Line.objects.get(task=ledger[w]) for w in ("柴油车", "岸电"))
    assert page.count('<article class="due') == 2
    data = {"token": "page-token-1", "do": "all", f"value-{diesel.pk}": "12", f"take-{diesel.pk}": "1", f"words-{diesel.pk}": "",
            f"how-{diesel.pk}": "normal", f"value-{berth.pk}": "1", f"words-{berth.pk}": "", f"how-{berth.pk}": "normal"}  # fmt: skip
    assert client.post(reverse("returns:send"), data).status_code == 302
    assert [line.pk for line in Line.objects.exclude(sent_at=None)] == [diesel.pk]  # the other row was neither written in nor ticked
    data |= {f"words-{berth.pk}": "设备到货", f"value-{berth.pk}": "xx"}
    answer = client.post(reverse("returns:send"), data)
    assert answer.status_code == 422
    assert "应为数字" in answer.content.decode()
    assert "设备到货" in answer.content.decode()  # nothing typed is lost
    assert Sending.objects.count() == 1


def test_a_draft_is_kept_unchecked_and_used_up_by_sending(line, traffic, as_):
    client = as_(traffic)
    data = {"token": "page-token-1", "do": "save", f"value-{line.pk}": "约二百", f"words-{line.pk}": "正在统计", f"how-{line.pk}": "normal"}
    client.post(reverse("returns:send"), data)
    line.refresh_from_db()
    assert line.draft["value"] == "约二百"
    assert line.sent_at is None
    assert "正在统计" in client.get(MINE).content.decode()
    send(line, traffic, value=200)
    line.refresh_from_db()
    assert line.draft is None


def test_the_phone_gets_its_answer_in_json_and_the_same_token_changes_nothing(line, traffic, as_):
    client, address = as_(traffic), reverse("returns:send")
    data = {"token": "phone-token", "do": str(line.pk), f"value-{line.pk}": "7", f"words-{line.pk}": "", f"how-{line.pk}": "normal"}
    first = client.post(address, data, headers={"accept": "application/json"}).json()
    again = client.post(address, data, headers={"accept": "application/json"}).json()
    assert first["ok"]
    assert first == again
    assert Sending.objects.count() == 1
    data |= {"token": "phone-token-2", f"value-{line.pk}": "?"}
    answer = client.post(address, data, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["ok"], answer.json()["field"]) == (422, False, "value")


def camera(taken: str, lat=(31, 12, 0.0), lon=(109, 18, 0.0), name="现场.jpg") -> SimpleUploadedFile:
    image, out = Image.new("RGB", (64, 48), (90, 120, 100)), io.BytesIO()
    notes = image.getexif()
    notes.get_ifd(photos.CAMERA_TAGS)[photos.TAKEN] = taken
    notes.get_ifd(photos.GPS_TAGS).update({1: "N", 2: lat, 3: "E", 4: lon})
    image.save(out, "JPEG", exif=notes)
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def test_a_photo_says_when_and_where_it_was_taken_and_what_does_not_agree(line, traffic):
    near = {"at": "2026-11-26T08:50:00", "lat": 31.2001, "lon": 109.3001, "accuracy": 20}
    far = {"at": "2026-11-26T08:50:00", "lat": 31.25, "lon": 109.3, "accuracy": 20}
    files = [camera("2026:11:26 08:48:12"), camera("2026:09:03 10:00:00"), camera("2026:11:26 08:48:12"), photo()]
    sending = send(line, traffic, value=3, files=files, notes=[near, near, far, near])
    good, old, away, plain = sending.shots.order_by("pk")
    assert (good.taken_at, good.mismatch, good.lat) == (datetime(2026, 11, 26, 8, 48, 12), "", 31.2)
    assert "早于本期" in old.mismatch
    assert "相距 5.6 公里" in away.mismatch
    assert (plain.taken_at, plain.lat, plain.said_lat, plain.mismatch) == (None, None, 31.2001, "")


@given(st.binary(max_size=400))
def test_hostile_bytes_have_no_notes(data):
    assert photos.told(b"\xff\xd8\xff\xe1" + len(data).to_bytes(2, "big") + b"Exif\x00\x00" + data) == photos.Told()


@pytest.mark.parametrize("note", [None, [], "x", {"lat": "31", "lon": True}, {"lat": 1e999, "lon": 3}, {"lat": 91, "lon": 0}, {"at": "昨天"}])
def test_a_note_that_makes_no_sense_says_nothing(note):
    assert photos.said(note) == photos.Said()


def test_pages_of_periods_show_a_unit_only_its_own(line, traffic, stranger, as_, november, office):
    send(line, traffic, value=7, words="只给自己和局里看")
    address = reverse("returns:period", args=[november.pk])
    assert "只给自己和局里看" in as_(office).get(address).content.decode()
    assert "只给自己和局里看" in as_(traffic).get(address).content.decode()
    assert "只给自己和局里看" not in as_(stranger).get(address).content.decode()
    assert Period.objects.within(make_person("z", "镇", Line.objects.first().organisation.__class__.objects.get(short="竹溪乡"), "town_officer")).count() == 0


def test_what_is_owed_stands_in_my_work_until_it_is_sent(line, traffic, as_):
    page = as_(traffic).get("/work/").content.decode()
    owed = Line.objects.filter(period=line.period, organisation=line.organisation, sent_at=None).count()
    assert f"{owed} 项" in page
    for one in Line.objects.filter(period=line.period, organisation=line.organisation):
        send(one, traffic, token=f"token-{one.pk:04d}", value=200, words="淘汰 200 辆")
    assert f"{owed} 项" not in as_(traffic).get("/work/").content.decode()
