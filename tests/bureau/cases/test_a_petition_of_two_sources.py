"""Two sources of one complaint are found, merged, handled, closed on proofs, and opened again when the measured value comes back."""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from tests.bureau.cases.conftest import CHROMIUM, facts_of, photo, sign_in
from tests.bureau.indicators.observed import put

from qingshan.bureau.base import packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.cases import actions, measures, queries
from qingshan.bureau.cases.declared import Gauge
from qingshan.bureau.cases.models import Case
from qingshan.bureau.monitor import stores
from qingshan.bureau.sites.models import Network, Station
from qingshan.lake import Lake

PLACE = {"place": "石门镇砂石路 9 号料场", "lon": 116.5, "lat": 40.3}


@pytest.fixture
def station(bureau, own_folders):
    stores._lake.cache_clear()
    Lake(own_folders / "lake")
    net = Network.objects.create(name="空气自动监测网")
    return Station.objects.create(code="SM", name="石门站", network=net, level="town", area=bureau.towns["石门镇"], lon=116.5, lat=40.3)


def days(folder, *means: int, first: date) -> None:
    """Whole days of PM10 at 石门站."""
    rows = [
        {"station": "SM", "time": at, "received": at + timedelta(minutes=5), "PM10": float(mean), "origin": "import:2"}
        for i, mean in enumerate(means) for hour in range(1, 25)
        for at in [datetime.combine(first + timedelta(days=i), datetime.min.time()) + timedelta(hours=hour)]
    ]  # fmt: skip
    Lake(folder / "lake").put_rows(rows)


@pytest.fixture
def two(opened, station):
    one = opened("petition_12345", title="砂石路料场露天堆放扬尘大", outside="2026112001", station=station, **PLACE)
    other = opened("petition_12369", title="投诉砂石路料场扬尘，堆放没有苫盖", outside="12369-77", lon=116.5005, lat=40.3, place="砂石路料场")
    opened("petition_12345", title="饭店油烟扰民", place="石门镇南街", lon=116.5003, lat=40.3)
    return one, other


@pytest.mark.django_db
def test_doubles_are_found_by_place_time_and_words_and_only_they(two, clerk, bureau, as_):
    one, other = two
    likes = queries.doubles_of(one, queries.visible(clerk))
    assert [like.other.number for like in likes] == [other.number]
    assert any("相距 42 米" in reason for reason in likes[0].reasons)
    assert [(like.case.number, like.other.number) for like in queries.doubles(queries.visible(clerk))] == [(other.number, one.number)]
    assert "后一件并入前一件" in as_(clerk).get("/orders/doubles/").content.decode()


@pytest.mark.django_db
def test_each_source_keeps_its_own_clock_and_closing_rule_and_is_taken_out_again(two, hands, opened):
    main, source = two
    due = source.due_at, source.term_at
    source = actions.merge(source.number, main.number, by=hands.office, reason="同一料场")
    assert (source.due_at, source.term_at) == due
    main = hands.finish(main, short_of="replied")
    hands.prove(main, "satisfied")
    with pytest.raises(Refused, match=f"并入的{source.number}还没有办结"):
        hands.step(main, "close")
    source = hands.step(hands.step(source, "accept"), "receive")
    source = hands.step(source, "report")  # on the proofs of the main case
    with pytest.raises(Refused, match="缺答复文书"):  # an answer of its own
        hands.step(source, "check")
    hands.prove(source, "reply")
    source = hands.step(source, "check")
    with pytest.raises(Refused, match="缺群众回访"):
        hands.step(source, "close")
    with pytest.raises(Refused, match="没有并入"):
        actions.part(main.number, by=hands.office, reason="错")
    source = actions.part(source.number, by=hands.office, reason="核实是两家料场")
    assert source.events.get(kind="part").undoes == source.events.get(kind="merge")
    hands.prove(source, "satisfied")
    with pytest.raises(Refused, match="缺现场核查记录、缺整改前照片"):  # alone it has none of them
        hands.step(source, "close")
    source = actions.merge(source.number, main.number, by=hands.office, reason="复核后是一家")
    assert hands.step(source, "close").is_closed
    assert hands.step(main, "close").is_closed
    with pytest.raises(Refused, match="先撤回办结"):
        actions.part(source.number, by=hands.office, reason="再拆")
    with pytest.raises(Refused, match="先撤回主件"):
        actions.undo(source.number, by=hands.office, reason="再办")


@pytest.mark.django_db
def test_it_opens_again_by_rule_only_for_enough_bad_days_in_the_window_and_needs_its_proofs_again(two, hands, own_folders, monkeypatch, clerk):
    case = hands.finish(two[0])
    assert case.is_closed
    for day, means, number in (("2026-11-24", (121, 121, 120), 1), ("2026-11-26", (100, 122), 2)):
        days(own_folders, *means, first=date.fromisoformat(day) - timedelta(days=len(means)))
        monkeypatch.setenv("QINGSHAN_NOW", f"{day}T09:00")
        said = actions.watch_relapses()
        case.refresh_from_db()
        assert (case.round, bool(said)) == (number, number == 2), "两天 121、一天 120（不超 120）不重启；七天内第三个超标日重启"
    event = case.events.get(kind="reopen")
    assert event.by is None
    assert "7 天内 3 次超出（11-21 121、11-22 121、11-25 122）" in event.note
    assert case.state == "handling"
    with pytest.raises(Refused, match="缺现场核查记录、缺办理结果"):
        hands.step(case, "report")
    assert actions.watch_relapses() == ""
    back = actions.undo(case.number, by=hands.office, reason="站点旁施工临时影响，已核")
    assert (back.is_closed, back.round) == (True, 1)
    assert actions.watch_relapses() == ""  # the days before the reversal do not count again
    days(own_folders, 130, 130, 130, first=date(2026, 11, 27))
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-30T09:00")
    assert actions.watch_relapses() == "反弹重启 1 件"
    case = hands.finish(Case.objects.get(pk=case.pk))
    assert case.is_closed


@pytest.mark.django_db
def test_the_same_place_reported_again_opens_it_again(two, hands, opened, monkeypatch):
    case = hands.finish(two[0])
    monkeypatch.setenv("QINGSHAN_NOW", "2026-12-10T09:00")
    again = opened("petition_letter", title="料场又扬尘了", lon=116.501, lat=40.3)
    assert actions.watch_relapses() == "反弹重启 1 件"
    case.refresh_from_db()
    assert again.number in case.events.get(kind="reopen").note


@pytest.mark.django_db
def test_a_measured_proof_is_taken_from_the_store_and_says_how_far_it_is(two, own_folders, monkeypatch):
    gauge = Gauge(item="PM10", limit=120)
    days(own_folders, 130, 90, 120, first=date(2026, 11, 17))
    found = measures.stretch(two[0], gauge, 30, date(2026, 11, 20))
    assert (found.good, found.since) == (2, date(2026, 11, 18))
    assert found.words == "PM10 日均值不高于 120，连续达标 2 / 30 天（11月17日为 130）"
    put(own_folders, "SM", datetime(2026, 11, 20, 5), PM10=999.0)
    assert measures.stretch(two[0], gauge, 1, date(2026, 11, 21)).good == 0  # five hours are no day
    assert measures.stretch(two[1], gauge, 3, date(2026, 11, 20)).good == 0  # no station, no values


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM, reason="没有 Chromium")
@pytest.mark.django_db(transaction=True)
def test_in_a_browser_from_two_sources_to_the_relapse(browser, live_server, two, hands, own_folders, monkeypatch, tmp_path):
    main, source = two
    shots = Path(os.environ.get("QINGSHAN_SHOTS", "")) if os.environ.get("QINGSHAN_SHOTS") else None
    desk = sign_in(browser, live_server, hands.office)
    desk.goto(f"{live_server.url}/orders/{source.number}/")
    with desk.expect_navigation():
        desk.click("#sources button")
    assert f"并入 {main.number}" in desk.inner_text(".casehead")
    desk.goto(f"{live_server.url}/orders/{main.number}/")
    assert source.number in desk.inner_text("#sources")
    with desk.expect_navigation():
        desk.click("#step-accept button.primary")

    phone = sign_in(browser, live_server, hands.responsible, 390, 844)
    phone.goto(f"{live_server.url}/orders/{main.number}/")
    phone.click(".dock .btn.primary")  # 签收
    phone.wait_for_selector(".take input[type=file]", state="attached")
    for _ in range(2):
        with phone.expect_navigation():
            image = photo().read()
            phone.locator(".take:not(.again) input[type=file]").first.set_input_files({"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": image})
    for title, number in (("现场核查记录", "青环检7号"), ("办理结果（含责任落实）", "青环办9号")):
        phone.click(f".giveproof summary:has-text('{title}')")
        box = phone.locator(".giveproof[open]")
        box.locator("[name=number]").fill(number)
        box.locator("[name=file]").set_input_files({"name": "记录.txt", "mimeType": "text/plain", "buffer": "已核查".encode()})
        with phone.expect_navigation():
            box.locator("button.primary").click()
    if shots:
        phone.screenshot(path=shots / "phone.png", full_page=True)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.select_option("[name=true]", "yes")
    phone.fill("[name=measure]", "责令苫盖，罚款 2 万元")
    phone.click(".dock .btn.primary")
    phone.wait_for_selector("text=待核查人核实答复")

    case = hands.finish(Case.objects.get(pk=main.pk), short_of="replied")
    source = hands.finish(Case.objects.get(pk=source.pk))
    assert source.is_closed
    desk.goto(f"{live_server.url}/orders/{case.number}/")
    assert desk.locator("#step-close button.primary").is_disabled()
    assert "缺群众回访" in desk.inner_text("#step-close")
    if shots:
        desk.screenshot(path=shots / "desk.png", full_page=True)
    hands.prove(case, "satisfied")
    desk.reload()
    desk.fill("#step-close [name=note]", "四项佐证齐全，群众满意")
    with desk.expect_navigation():
        desk.click("#step-close button.primary")
    assert Case.objects.get(pk=main.pk).is_closed

    days(own_folders, 125, 125, 125, first=date(2026, 11, 21))
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-24T09:00")
    actions.watch_relapses()
    desk.reload()
    assert "第 2 轮" in desk.inner_text(".casehead")
    assert "反弹重启" in desk.inner_text(".timeline")
    if shots:
        desk.screenshot(path=shots / "again.png", full_page=True)
        for view in ("table", "board", "calendar"):
            desk.goto(f"{live_server.url}/orders/?view={view}&workflow=petition_12345")
            desk.screenshot(path=shots / f"{view}.png")
            assert desk.evaluate("document.documentElement.scrollWidth") <= 1366
        for name in ("results", "new/?workflow=petition_12345", "sheet", "doubles"):
            desk.goto(f"{live_server.url}/orders/{name}{'' if '?' in name else '/'}")
            desk.screenshot(path=shots / f"{name.split('/')[0]}.png")
    assert facts_of(packs.get("cases", "petition_12345"))
