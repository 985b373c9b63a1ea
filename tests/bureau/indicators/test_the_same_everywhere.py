"""One number, one definition: cockpit, map, ledger, ranking, source card, definitions, API, Excel and the Word bulletin agree.

And what a value says beside itself: hours, moved stations, moving spans, several years; and that pages ask the database few times.
"""

from __future__ import annotations

import html
import io
import json
import re
from datetime import date, datetime

import numpy as np
import openpyxl
import pytest
from docx import Document as Docx
from tests.bureau.indicators.listed import GOOD, HEAD, WORST, declare, send, water_list
from tests.bureau.indicators.observed import lake_of, put

from qingshan.bureau.api import actions as tokens
from qingshan.bureau.base.models import Area
from qingshan.bureau.bulletins import actions as bulletins
from qingshan.bureau.indicators import actions, assessments, queries, reruns, targets
from qingshan.bureau.indicators.models import AssessmentRun, Ranking
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.values import SHORT
from qingshan.bureau.ledger import queries as ledger
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.monitor.actions import hours
from qingshan.bureau.monitor.models import Arrival
from qingshan.bureau.sites.models import Network, Station

pytestmark = pytest.mark.django_db
OCTOBER = Period.parse("2026-10")


def get(client, url, **more):
    answer = client.get(url, **more)
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return answer


def api(client, name, **query):
    answer = get(client, f"/api/v1/indicators/{name}/values", data=query)
    return {(v["area"] or {}).get("code") or v["station"]: v for v in answer.json()["values"]}


def words_of(docx: bytes) -> str:
    read = Docx(io.BytesIO(docx))
    return "\n".join([*(p.text for p in read.paragraphs), *(c.text for t in read.tables for row in t.rows for c in row.cells)])


def test_the_same_value_on_cockpit_map_ledger_ranking_card_api_and_in_documents(observed, own_folders, clerk, as_):
    client, span = as_(clerk), queries.year_to_date()
    # a target of the district: cockpit, ledger, card, definitions, API
    task = Task.objects.create(
        kind="target", title="PM2.5年均浓度不高于32", year=2026, indicator="pm2_5_mean", operator="<=", value=32, unit="μg/m³",
        begins=date(2026, 1, 1), deadline=date(2026, 12, 31), changed=datetime(2026, 1, 1),
    )  # fmt: skip
    year = queries.value("pm2_5_mean", area=observed.district, period=span)
    measure = targets.measure(task, date(2026, 11, 20))
    assert measure.value == year.value
    assert f">{year.text}</a>" in get(client, "/").content.decode()
    assert year.text in get(client, "/ledger/").content.decode()
    assert year.text in get(client, measure.url, headers={"QS-Card": "1"}).content.decode()
    assert year.text in get(client, measure.url).content.decode()
    assert year.text in get(client, "/indicators/?q=KQ-03").content.decode()
    shown = api(client, "pm2_5_mean", period=span.token)["990100"]
    assert (shown["value"], shown["text"], shown["run"]) == (year.value, year.text, year.run)
    row = next(r for r in ledger.judged_rows([task], date(2026, 11, 20)))
    assert (row.measure.value, row.light.value) == (year.value, year.text)
    # towns of a month: ranking page, Excel, bulletin in Word, API
    month = api(client, "pm2_5_mean", period="2026-10", level="town")
    page = get(client, "/ranking/?scheme=town_pm2_5&period=2026-10").content.decode()
    sheet = openpyxl.load_workbook(io.BytesIO(get(client, "/ranking/export.xlsx?scheme=town_pm2_5&period=2026-10").content)).worksheets[0]
    in_sheet = {cells[1]: cells[2] for cells in sheet.iter_rows(min_row=3, values_only=True)}
    issue = bulletins.draft_issue("town_air_month", OCTOBER, by=clerk)
    said = words_of(get(client, f"/bulletins/{issue.pk}/file.docx").content)
    for name, area in observed.towns.items():
        value = queries.value("pm2_5_mean", area=area, period=OCTOBER)
        assert month[area.code]["text"] == value.text, name
        if value.value is None:
            assert (value.text, month[area.code]["value"]) == (SHORT, None)
            continue
        assert month[area.code]["value"] == value.value
        assert f">{value.text}</a>" in page
        assert float(in_sheet[name]) == value.value
        assert value.text in said
    district = queries.value("pm2_5_mean", area=observed.district, period=OCTOBER)
    assert f"全区PM2.5平均浓度为{district.text}微克/立方米，{district.last_year.words}" in said
    for name, unit in (("good_days", "天"), ("o3_8h_p90", "微克")):
        assert f"{queries.value(name, area=observed.district, period=OCTOBER).text}{unit}" in said
    # an hour of a station: map, station page, API
    put(own_folders, "T1", datetime(2026, 11, 20, 14), **{"PM2.5": 57.0, "PM10": 88.0, "SO2": 5.0, "NO2": 30.0, "CO": 0.6, "O3": 40.0})
    Arrival.objects.create(station=Station.objects.get(code="T1"), time=datetime(2026, 11, 20, 14), received=datetime(2026, 11, 20, 14, 5))
    hours.judge(lake_of(own_folders))
    hour = queries.value("pm2_5_mean", station="T1", period=Period.parse("2026-11-20T14"))
    on_map = next(s for s in json.loads(get(client, "/map/data.json").content)["stations"] if s["code"] == "T1")
    assert hour.value == 57.0
    assert "57" in json.dumps(on_map, ensure_ascii=False)
    assert api(client, "pm2_5_mean", period="2026-11-20T14", station="T1")["T1"]["value"] == 57.0
    assert re.search(r">\s*57\s*<", get(client, "/stations/T1/").content.decode())


OWN_BULLETIN = """name = "water_month"
title = "地表水通报"
style = "gb_t_9704"
issuer = "{district}生态环境局"
series = "青环水"
heading = ["关于{year}年{month}地表水的通报"]
addressee = "各镇："
signature = "{district}生态环境局"
copies = "无"
printer = "办公室"
[figures]
met = { indicator = "water_target_ratio", span = "month" }
[[block]]
kind = "paragraph"
name = "导语"
text = "本月断面达标率{met}%。"
"""
OWN_SCHEME = """name = "town_water"
title = "镇街断面达标率排名"
basis = "本局"
order = 900
units = { kind = "town" }
item = [{ name = "met", indicator = "water_target_ratio", transform = { kind = "value" } }]
rules = ["断面达标率高者位次靠前"]
"""


def test_what_must_be_read_beside_a_number_stands_everywhere_it_does(four, own_folders, tmp_path, clerk, as_):
    """断面达标率和“名单上谁没有结果”：驾驶舱、台账、来源卡、口径页、地图点开的站点、排名、接口、通报一致。"""
    water_list(own_folders)
    rows = [f"{c},2026-{m:02}-10,{GOOD if c != 'C' else WORST}" for m in range(1, 10) for c in "ABC"]
    assert send(own_folders, tmp_path, HEAD + "\n".join(rows), name="前九月.csv") == 0
    lake_of(own_folders).put_rows([{"station": "N1", "time": datetime(2026, 11, 20), "received": datetime(2026, 11, 20), "PM2.5": 9.0, "origin": "x"}])
    declare(own_folders, "water_month", OWN_BULLETIN, "bulletins")
    declare(own_folders, "town_water", OWN_SCHEME, "schemes")
    client, span = as_(clerk), queries.year_to_date()
    task = Task.objects.create(
        kind="target", title="断面达标率不低于90%", year=2026, indicator="water_target_ratio", operator=">=", value=90, unit="%",
        begins=date(2026, 1, 1), deadline=date(2026, 12, 31), changed=datetime(2026, 1, 1),
    )  # fmt: skip
    year = queries.value("water_target_ratio", area=four.district, period=span)
    note = year.notes[0]
    assert "4 个" in note
    shown = api(client, "water_target_ratio", period=span.token)["990100"]
    assert (shown["value"], shown["text"], shown["notes"], shown["run"]) == (year.value, year.text, list(year.notes), year.run)
    measure = targets.measure(task, date(2026, 11, 20))
    assert (measure.value, measure.notes) == (year.value, year.notes)
    for url, headers in (("/", {}), (f"/ledger/{task.pk}/", {}), (measure.url, {"QS-Card": "1"}), (measure.url, {})):
        page = html.unescape(get(client, url, headers=headers).content.decode())
        assert year.text in page, url
        assert note in page, url
    assert year.text in get(client, "/indicators/?q=KQ-32").content.decode()
    # a town's value: on the ranking, and by the card that ranking, map and definitions open
    ranking = get(client, "/ranking/?scheme=town_water&period=2026-10").content.decode()
    for area in four.towns.values():
        value = queries.value("water_target_ratio", area=area, period=OCTOBER)
        by_api = api(client, "water_target_ratio", period="2026-10", area=area.code)[area.code]
        assert (by_api["value"], by_api["notes"], by_api["reason"]) == (value.value, list(value.notes), value.reason)
        page = html.unescape(get(client, by_api["url"], headers={"QS-Card": "1"}).content.decode())
        assert all(said in page for said in value.notes)
        assert value.value is None or f">{value.text}</a>" in ranking
    month = queries.value("water_target_ratio", area=four.district, period=OCTOBER)
    issue = bulletins.draft_issue("water_month", OCTOBER, by=clerk)
    said = words_of(get(client, f"/bulletins/{issue.pk}/file.docx").content)
    assert f"本月断面达标率{month.text}%" in said
    assert month.notes[0] in said


# ── what stands beside a value ──
def test_an_hour_of_an_area_needs_enough_stations(observed, own_folders):
    hour = Period.parse("2026-11-19T10")
    value = queries.value("pm2_5_mean", area=observed.district, period=hour)
    held = lake_of(own_folders).hours(["N1", "C1"], datetime(2026, 11, 19, 10), datetime(2026, 11, 19, 10), ["PM2.5"])["PM2.5"].to_pylist()
    assert value.exact == sum(held) / 2
    assert (value.valid, value.capture_text, value.stations) == (2, "100.0", ("C1", "N1"))
    assert value.last_year.then.period.token == "2025-11-19T10"
    assert "没有小时值" in queries.value("good_days", area=observed.district, period=hour).reason
    Station.objects.filter(code="C1").update(since=date(2026, 12, 1))
    alone = queries.value("pm2_5_mean", area=observed.district, period=hour)
    assert (alone.stations, alone.exact) == (("N1",), queries.value("pm2_5_mean", station="N1", period=hour).exact)
    future = queries.value("pm2_5_mean", area=observed.district, period=Period.parse("2026-11-20T10"))
    assert (future.text, future.reason) == (SHORT, "有效站点 0 个，应不少于 1 个")


@pytest.mark.parametrize("token", ["2026-W44", "2026-10-T2", "2026-10-B1", "2026-Q3", "2026-H1", "2025..2026", "30d@2026-11-19", "12m@2026-10"])
def test_every_span_is_the_mean_of_its_days(observed, token):
    period = Period.parse(token)
    value = queries.value("pm2_5_mean", area=observed.district, period=period)
    held = assessments.of(period)
    series = held.table.area(("N1", "C1"))
    inside = (series.days >= np.datetime64(period.start)) & (series.days <= np.datetime64(period.end))
    days = series.conc["PM2.5"][inside]
    assert value.exact == pytest.approx(float(np.nanmean(days)), abs=1e-9)
    assert value.valid == int((~np.isnan(days)).sum())


def test_a_station_that_moved_leaves_only_comparable_ones(observed):
    """城关南站 2026年迁到新址，新址另立站号：同比写明两侧站点不同，并只按共有的站再比一次。"""
    old = Station.objects.get(code="C1")
    old.until = date(2026, 6, 30)
    old.save()
    value = queries.value("pm2_5_mean", area=observed.district, period=OCTOBER)
    note = value.last_year.note
    assert value.stations == ("N1",)
    assert "两侧站点不同（同期有而本期没有：城关南站）" in note
    assert "只按共有的 1 个站" in note
    same = queries.value("pm2_5_mean", station="N1", period=OCTOBER)
    assert value.last_year.now_same.value == same.value
    assert value.last_year.then_same.value == same.last_year.then.value
    Station.objects.filter(code="N1").update(since=date(2026, 1, 1))
    assert "没有可比站点" in queries.value("pm2_5_mean", area=observed.district, period=OCTOBER).last_year.note


def test_tsp_of_micro_stations_needs_all_its_hours(observed, own_folders):
    rows = []
    for day in (1, 2, 3):
        for hour in range(24 if day != 2 else 23):
            at = datetime(2026, 10, day, hour) if hour else datetime(2026, 10, day + 1)
            rows.append({"station": "M1", "time": at, "received": datetime(2026, 11, 1), "TSP": 100.0 + day, "origin": "x"})
    lake_of(own_folders).put_rows(rows)
    value = queries.value("tsp_mean", area=observed.towns["石门镇"], period=Period.parse("2026-10-01..2026-10-03"))
    assert (value.valid, value.computed) == (2, "102")
    assert value.reason.startswith("有效 2 天，不足 3 天的 75%")
    assert queries.value("tsp_mean", station="M1", period=Period.parse("2026-10-01")).text == "101"


def test_days_of_one_item_go_by_the_limit_of_their_day(observed):
    period = Period.parse("2026-02..2026-03")
    value = queries.value("pm2_5_day_ratio", area=observed.district, period=period)
    series = assessments.of(period).table.area(("N1", "C1")).cut(period)
    conc = series.conc["PM2.5"]
    bar = np.where(series.days < np.datetime64("2026-03-01"), 75, 60)
    assert value.exact == pytest.approx(100 * float((conc <= bar).sum()) / float((~np.isnan(conc)).sum()))
    assert len(value.editions) == 2
    assert "GB 3095—2026" in value.editions


def test_a_run_of_station_days_is_made_again_though_stations_and_data_changed(observed, own_folders, clerk):
    with assessments.steady():
        held = assessments.of(OCTOBER)
        run = actions.record_run(held, held.value("pm2_5_mean", area=observed.district, period=OCTOBER))
    put(own_folders, "N1", datetime(2026, 10, 3, 5), **{"PM2.5": 300.0})
    Station.objects.filter(code="C1").update(until=date(2026, 1, 31))
    actions.deduct_day(by=clerk, day=date(2026, 10, 20), symbols=("PM10", "PM2.5"), basis="总站结果")
    outcome = reruns.again(AssessmentRun.objects.get(pk=run.pk))
    assert outcome.same, outcome.words
    AssessmentRun.objects.filter(pk=run.pk).update(code_version="0.0+x", result_hash="0" * 64)
    assert "已换版" in reruns.again(AssessmentRun.objects.get(pk=run.pk)).words


# ── the database is asked few times ──
def test_values_of_many_areas_cost_no_more_queries_than_of_one(observed, django_assert_max_num_queries, django_assert_num_queries):
    for n in range(40):
        Area.objects.create(code=f"9902{n:02}", name=f"村镇{n}", level="town", parent=observed.district)
    areas = list(Area.objects.filter(level="town").defer("geometry"))
    for name in ("pm2_5_mean", "cases_closed_ratio", "coal_use", "stations_in_use", "coal_per_person", "tasks_closed_ratio"):
        queries.values(name, areas, OCTOBER)
        with django_assert_max_num_queries(9):
            assert len(queries.values(name, areas, OCTOBER)) == len(areas)


def test_pages_with_all_values_ask_the_database_few_times(observed, clerk, as_, django_assert_max_num_queries):
    client = as_(clerk)
    client.get("/indicators/")
    with django_assert_max_num_queries(60):
        get(client, "/indicators/")
    with django_assert_max_num_queries(40):
        get(client, "/api/v1/indicators/pm2_5_mean/values?level=town&period=2026-10")


# ── the API ──
def test_the_api_by_token_within_its_persons_scope(observed, town_person, clerk, as_, client, settings):
    made, secret = tokens.make_token("大屏取数", by=clerk, person=clerk)
    assert secret not in str(made.__dict__)
    bearer = {"Authorization": f"Bearer {secret}"}
    answer = get(client, "/api/v1/indicators/pm2_5_mean/values?period=2026-10&level=town", headers=bearer).json()
    assert len(answer["values"]) == 4
    assert answer["values"][0]["last_year"]["words"].startswith("同比")
    detail = get(client, "/api/v1/indicators/good_days/values?period=2026-03&detail=true", headers=bearer).json()["values"][0]
    assert detail["last_year"]["crosses"] is True
    run = get(client, f"/api/v1/runs/{detail['number']}", headers=bearer).json()
    assert (run["identity"], run["kind"]) == (detail["run"], "days")
    assert client.get("/api/v1/runs/2026-0101-99", headers=bearer).status_code == 404
    town = as_(town_person)
    assert [v["area"]["name"] for v in get(town, "/api/v1/indicators/pm2_5_mean/values?level=town").json()["values"]] == ["石门镇"]
    assert town.get("/api/v1/indicators/pm2_5_mean/values?area=990102").status_code == 404
    assert town.get("/api/v1/indicators/pm2_5_mean/values?station=N1").status_code == 404
    for url, status in (("none/values", 404), ("pm2_5_mean/values?period=上月", 400), ("pm2_5_mean/values?level=x", 400), ("pm2_5_mean/values?detail=maybe", 422)):
        wrong = client.get(f"/api/v1/indicators/{url}", headers=bearer)
        assert wrong.status_code == status, url
        assert re.search("[\u4e00-\u9fff]", wrong.json()["detail"])
    for header in ({}, {"Authorization": "Bearer qs_x"}, {"Authorization": f"Basic {secret}"}, {"Authorization": f"Bearer {made.digest}"}):
        assert client.get("/api/v1/indicators", headers=header).status_code == 401
    tokens.withdraw_token(made.pk, by=clerk)
    assert client.get("/api/v1/indicators", headers=bearer).status_code == 401


def test_a_token_ends_with_its_days_its_person_and_its_right(observed, clerk, client, monkeypatch):
    _, secret = tokens.make_token("取数", by=None, person=clerk, days=10)
    bearer = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/indicators", headers=bearer).status_code == 200
    monkeypatch.setenv("QINGSHAN_NOW", "2026-12-01T00:00:00")
    assert client.get("/api/v1/indicators", headers=bearer).status_code == 401
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-21T00:00:00")
    clerk.is_active = False
    clerk.save()
    assert client.get("/api/v1/indicators", headers=bearer).status_code == 401
    clerk.is_active = True
    clerk.save()
    clerk.groups.clear()
    assert client.get("/api/v1/indicators", headers=bearer).status_code == 401


def test_published_rankings_and_the_description_of_the_api(observed, clerk, as_):
    client = as_(clerk)
    assert get(client, "/api/v1/rankings").json() == []
    actions.publish_ranking("town_pm2_5", OCTOBER, by=clerk)
    found = get(client, "/api/v1/rankings?period=2026-10").json()
    assert (found[0]["period"]["token"], found[0]["version"]) == ("2026-10", 1)
    assert found[0]["table"]["rows"]
    Ranking.objects.update(state="proposed")
    assert get(client, "/api/v1/rankings").json() == []  # what waits for a second person is not published
    paths = get(client, "/api/openapi.json").json()["paths"]
    assert set(paths) == {
        "/api/v1/indicators", "/api/v1/indicators/{name}", "/api/v1/indicators/{name}/values", "/api/v1/runs/{number}", "/api/v1/rankings",
        "/api/v1/observations", "/api/v1/observations/{delivery}",
    }  # fmt: skip


def test_a_token_is_made_and_withdrawn_on_its_page(observed, clerk, town_person, as_):
    client = as_(clerk)
    page = client.post("/tokens/", {"name": "大屏", "days": "30"}).content.decode()
    secret = re.search(r"qs_[\w-]{40,}", page)[0]
    assert secret not in client.get("/tokens/").content.decode()
    made = tokens.Token.objects.get()
    assert as_(town_person).get("/tokens/").status_code == 403
    assert as_(town_person).post(f"/tokens/{made.pk}/withdraw/").status_code == 404
    client.post(f"/tokens/{made.pk}/withdraw/")
    made.refresh_from_db()
    assert made.withdrawn
    assert client.post("/tokens/", {"name": "x", "days": "9999"}).status_code == 422


def test_a_water_section_has_no_air_pages_to_break(observed, clerk, as_):
    network = Network.objects.create(name="地表水断面", medium="water")
    Station.objects.create(code="W1", name="清河桥", network=network, level="city", area=observed.towns["石门镇"], body="river", target="Ⅲ")
    client = as_(clerk)
    for url in ("/stations/", "/stations/W1/", "/map/", "/map/data.json", "/", "/indicators/water_good_ratio/?station=W1&span=2026-10"):
        get(client, url)


@pytest.mark.parametrize("span", ["2010", "2015", "2016", "2031-01", "2150", "1990..1999", "2026-11-25", "2010-05-01T12"])
def test_a_time_without_standard_or_data_has_a_reason_not_a_fault(observed, clerk, as_, span):
    client = as_(clerk)
    for name in ("good_days", "pm2_5_mean", "pm2_5_day_ratio", "composite_index", "water_good_ratio", "cases_closed_ratio", "coal_per_person"):
        for url in (f"/indicators/{name}/?span={span}", f"/api/v1/indicators/{name}/values?period={span}"):
            answer = client.get(url)
            assert answer.status_code in (200, 404), (url, answer.status_code)
            if answer.status_code == 200 and url.startswith("/api"):
                value = answer.json()["values"][0]
                assert value["value"] is None
                assert value["reason"]
    for url in ("/indicators/good_days/?span=1990..2200", "/ranking/?period=1990..2200"):
        assert client.get(url).status_code == 404


def test_a_run_of_the_bureau_is_made_again_by_its_number_on_the_command_line(observed, own_folders, clerk, capsys, tmp_path):
    from qingshan.cli import rerun

    with assessments.steady():
        held = assessments.of(OCTOBER)
        days = actions.record_run(held, held.value("pm2_5_mean", area=observed.district, period=OCTOBER))
        rows = actions.record_run(held, held.value("stations_in_use", area=observed.district, period=OCTOBER))
    assert rerun.run(days.number, own_folders, tmp_path / "days.csv") == 0
    assert rerun.run(rows.number, own_folders, tmp_path / "rows.json") == 0
    assert rerun.run(rows.identity, own_folders, None) == 0
    assert "结果一致" in capsys.readouterr().out
    assert json.loads((tmp_path / "rows.json").read_text("utf-8"))["text"] == "6"
    assert (tmp_path / "days.csv").stat().st_size > 10_000
    assert rerun.run("2020-0101-01", own_folders, None) == 1
    assert "没有评价批次" in capsys.readouterr().err
