"""Sections of a water network: a monthly sheet through the import door, classes by month and year, shares, sources, versions."""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from qingshan.bureau.indicators import actions, assessments, queries, reruns
from qingshan.bureau.indicators.models import AssessmentRun
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.values import SHORT
from qingshan.bureau.monitor.models import ImportRun
from qingshan.bureau.sites.models import Network, Station
from qingshan.lake import Lake

pytestmark = pytest.mark.django_db
HEAD = ("断面名称", "采样日期", "pH值", "溶解氧(mg/L)", "高锰酸盐指数(mg/L)", "氨氮(mg/L)", "总磷(mg/L)", "铜(mg/L)")
GOOD = (7.5, 8.2, 3.1, 0.32, 0.08, "0.001L")
POOR = (7.9, 5.5, 5.2, 1.31, 0.12, "<0.001")
WORST = (8.0, 1.2, 16.0, 2.6, 0.52, 0.002)
SECTIONS = {"W1": ("清河桥", "river", "Ⅲ", "石门镇"), "W2": ("柳河口", "river", "Ⅲ", "柳泉镇"), "W3": ("竹溪湖心", "lake", "Ⅲ", "竹溪乡"),
            "W4": ("新断面", "", "", "城关街道")}  # fmt: skip


@pytest.fixture
def sections(bureau, own_folders, monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-20T10:00:00")
    network = Network.objects.create(name="地表水断面", medium="water")
    for code, (name, body, target, town) in SECTIONS.items():
        Station.objects.create(code=code, name=name, network=network, level="city", area=bureau.towns[town], body=body, target=target)
    assessments.clear()
    yield bureau
    assessments.clear()


def sheet(rows) -> bytes:
    book = openpyxl.Workbook()
    for row in [HEAD, *rows]:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def send(client, rows, name="水质月报.xlsx") -> ImportRun:
    answer = client.post("/imports/", {"file": SimpleUploadedFile(name, sheet(rows)), "what": "samples:water"})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    page = client.get(answer.url).content.decode()
    run = ImportRun.objects.latest("pk")
    from qingshan.bureau.monitor.actions import imports as door

    seen = door.preview(run, run.by)
    assert ">采样时间<" in page
    client.post(answer.url, {"act": "confirm", "digest": seen.digest})
    run.refresh_from_db()
    return run


def three(day: str):
    return [("清河桥", day, *GOOD), ("柳河口", day, *POOR), ("竹溪湖心", day, 7.6, 8.0, 3.0, 0.2, 0.04, 0.001)]


def test_a_monthly_sheet_becomes_a_share_that_opens_to_its_sections(sections, clerk, as_, own_folders):
    run = send(as_(clerk), [*three("2026-10-12"), ("新断面", "2026-10-12", *GOOD)])
    assert (run.state, run.errors, run.stored) == ("stored", 0, 24)
    stored = Lake(own_folders / "lake").samples(["W1"], date(2026, 10, 12), date(2026, 10, 12)).to_pylist()
    copper = next(r for r in stored if r["item"] == "Cu")
    assert (copper["value"], copper["censor"], copper["time"]) == (0.001, "<", datetime(2026, 10, 12))
    october = Period.parse("2026-10")
    value = queries.value("water_good_ratio", area=sections.district, period=october)
    assert value.text == "66.7"  # Ⅲ类以上 2 个 / 定了类别的 3 个
    assert value.capture_text == "100.0"
    assert set(value.stations) == {"W1", "W2", "W3"}
    assert "没有登记水体类型" in value.left_out["新断面"]
    assert "GB 3838—2002" in value.edition
    assert queries.value("water_worst_ratio", area=sections.district, period=october).text == "0.0"
    assert queries.value("water_target_ratio", area=sections.district, period=october).text == "66.7"
    town = queries.value("water_good_ratio", area=sections.towns["柳泉镇"], period=october)
    assert (town.value, town.inputs[0].text.startswith("Ⅳ类（5+X")) == (0, True)
    one = queries.value("water_good_ratio", station="W1", period=october)
    assert one.value == 100
    page = as_(clerk).get("/indicators/water_good_ratio/?span=2026-10").content.decode()
    assert all(words in page for words in ("66.7", "清河桥", "主要污染指标 氨氮", "没有登记水体类型", "GB 3838"))


def test_a_year_needs_six_months_and_takes_the_mean_of_months(sections, clerk, as_):
    rows = [row for month in range(1, 6) for row in three(f"2025-{month:02}-10")]
    send(as_(clerk), rows)
    value = queries.value("water_good_ratio", area=sections.district, period=Period.year(2025))
    assert value.text == SHORT
    assert "采样完成 31.2%" in value.reason or "低于" in value.reason
    more = [row for month in range(6, 13) for row in three(f"2025-{month:02}-10")]
    send(as_(clerk), more, "下半年.xlsx")
    Station.objects.filter(code="W4").delete()
    value = queries.value("water_good_ratio", area=sections.district, period=Period.year(2025))
    assert value.text == "66.7"


def test_a_correction_is_a_new_version_and_the_old_run_is_made_again(sections, clerk, as_, own_folders):
    send(as_(clerk), three("2026-10-12"))
    october = Period.parse("2026-10")
    with assessments.steady():
        held = assessments.of(october)
        old = held.value("water_good_ratio", area=sections.district, period=october)
        run = actions.record_run(held, old)
    assert run.kind == "samples"
    later = send(as_(clerk), [("清河桥", "2026-10-12", *WORST)], "更正.xlsx")
    assert later.changed == 6
    new = queries.value("water_good_ratio", area=sections.district, period=october)
    assert (old.text, new.text) == ("66.7", "33.3")
    assert new.run != old.run
    again = reruns.again(AssessmentRun.objects.get(number=run.number))
    assert again.same, again.words
    assert again.value.text == "66.7"
    same = send(as_(clerk), three("2026-10-12"), "旧表.xlsx")
    assert same.changed == 6  # the old sheet says other things than the correction: a person sent it, so it counts
    versions = Lake(own_folders / "lake").sampled.versions("W1", datetime(2026, 10, 12), "TP")
    assert [v["value"] for v in versions] == [0.08, 0.52, 0.08]


def test_what_is_wrong_in_a_sheet_is_said_row_by_row(sections, clerk, as_):
    rows = [("清河桥", "2026-10-12", 75, 8, 3, 0.3, 0.08, 0.001), ("清河桥", "2026-10-13", 7.5, -8, 3, "未检出", 0.08, 0.001),
            ("没有的断面", "2026-10-12", *GOOD), ("清河桥", "2027-10-12", *GOOD), ("柳河口", "2026-10-12 09:30", *GOOD)]  # fmt: skip
    client = as_(clerk)
    answer = client.post("/imports/", {"file": SimpleUploadedFile("错.xlsx", sheet(rows)), "what": "samples:water"})
    page = client.get(answer.url).content.decode()
    for words in ("pH 在 0—14 之间", "不能为负", "未检出而没有检出限", "没有登记这个站点", "时间还没有到", "2026-10-12 09:30"):
        assert words in page, words


def test_a_group_of_areas_and_a_frozen_section_out_of_use(sections, clerk, as_, own_folders):
    from qingshan.bureau.base import packs

    folder = own_folders / "packs" / "bureau" / "groups"
    folder.mkdir(parents=True)
    (folder / "qing_basin.toml").write_text('name = "qing_basin"\ntitle = "清河流域"\nareas = ["990101", "990102"]\n', "utf-8")
    packs.clear()
    send(as_(clerk), three("2026-10-12"))
    october = Period.parse("2026-10")
    held = assessments.of(october)
    value = held.value("water_good_ratio", area=held.group("qing_basin"), period=october)
    assert (value.text, set(value.stations)) == ("50.0", {"W1", "W2"})
    page = as_(clerk).get("/indicators/water_good_ratio/?span=2026-10&area=group:qing_basin").content.decode()
    assert "清河流域" in page
    Station.objects.filter(code="W2").update(until=date(2026, 9, 30))
    value = queries.value("water_good_ratio", area=sections.district, period=october)
    assert value.left_out["柳河口"] == "2026年10月不在用"


def test_a_share_of_sections_is_worked_back(sections, clerk, town_person, as_):
    """GOOD 9 months of 12; POOR's ammonia 1.31 over 1.0: what its months left may be, how many sections may still fail."""
    from qingshan.bureau.indicators import section_budgets, targets
    from qingshan.bureau.ledger.models import Task

    rows = [row for month in range(1, 10) for row in three(f"2026-{month:02d}-12")]
    send(as_(clerk), rows)
    period = Period(date(2026, 1, 1), date(2026, 9, 30))
    held = queries.assessment(period)
    indicator = queries.indicator("water_good_ratio")
    found = section_budgets.of(held, indicator, held.district, period, 66.7)
    by = {s.name: s for s in found.sections}
    ammonia = next(i for i in by["柳河口"].items if i.symbol == "NH3-N")
    assert (round(ammonia.now, 6), ammonia.limit, ammonia.left) == (1.31, 1.0, 3)
    assert ammonia.allowed == pytest.approx((12 * 1.0 - 9 * 1.31) / 3)  # 0.07
    assert by["柳河口"].tight[0].symbol == "NH3-N"
    assert "余下 3 个月平均不高于 0.070 mg/L" in ammonia.words
    oxygen = next(i for i in by["清河桥"].items if i.symbol == "DO")
    assert oxygen.allowed == pytest.approx((12 * 5 - 9 * 8.2) / 3)
    assert (oxygen.verdict, by["新断面"].reason.startswith("没有登记水体类型")) == ("met", True)
    assert (int(found.share.needed), int(found.share.spare)) == (2, 1)
    assert found.lines[:2] == ("3 个断面，至少 2 个达到要求", "还可有 1 个不达标")
    row = Task.objects.create(
        year=2026, number=1, title="断面优良比例不低于66.7%", kind="target", indicator="water_good_ratio", operator=">=", value=Decimal("66.7"),
        unit="%", begins=date(2026, 1, 1), deadline=date(2026, 12, 31), check_kind="quantified", changed=datetime(2026, 1, 1),
    )  # fmt: skip
    measured = targets.measure(row, date(2026, 9, 30))
    assert (measured.text, measured.light, measured.budget) == ("66.7", "green", ("还可有 1 个不达标",))
    page = as_(clerk).get("/budget/water_good_ratio/?target=66.7&on=2026-09-30")
    assert page.status_code == 200
    assert all(words in page.content.decode() for words in ("还可有 1 个不达标", "氨氮余下 3 个月平均不高于 0.070 mg/L", "没有登记水体类型"))
    town = as_(town_person).get("/budget/water_good_ratio/?target=66.7&on=2026-09-30").content.decode()
    assert "柳河口" not in town
    assert "另有 3 个不在你的可见范围" in town


def test_a_section_beyond_its_months_is_lost(sections, clerk, as_):
    from qingshan.bureau.indicators import section_budgets

    rows = [(n, f"2026-{m:02d}-12", 7.9, 5.5, 5.2, v, 0.12, "<0.001") for m in range(1, 10) for n, v in (("清河桥", 1.0), ("柳河口", 1.34))]
    send(as_(clerk), rows)
    period = Period(date(2026, 1, 1), date(2026, 9, 30))
    held = queries.assessment(period)
    found = section_budgets.of(held, queries.indicator("water_target_ratio"), held.district, period, 100.0)
    by = {s.name: s for s in found.sections}
    assert (by["清河桥"].verdict, by["柳河口"].verdict) == ("open", "impossible")  # 12 − 9 × 1.34 < 0
    assert (found.verdict, found.failed) == ("impossible", 1)
    assert "即使为 0 也达不到" in by["柳河口"].items[0].words


def test_a_lake_has_its_trophic_index(sections, clerk, as_):
    """HJ: TLI(Σ) of one lake point; without chlorophyll it says so instead of a number."""
    run = send_lake(as_(clerk), [("竹溪湖心", "2026-10-12", 6.0, 0.03, 0.62, 2.1, 3.0)])
    assert (run.state, run.errors) == ("stored", 0)
    october = Period.parse("2026-10")
    value = queries.value("lake_trophic_index", area=sections.district, period=october)
    assert 30 < value.value < 50
    page = as_(clerk).get("/indicators/")
    assert page.status_code == 200
    shown = as_(clerk).get("/stations/W3/").content.decode()
    assert "采样结果" in shown
    assert "叶绿素 a" in shown
    assert "竹溪湖心" in as_(clerk).get("/stations/?medium=water").content.decode()
    assert "竹溪湖心" not in as_(clerk).get("/stations/").content.decode()


def send_lake(client, rows) -> ImportRun:
    head = "断面名称,采样日期,叶绿素 a(mg/m³),总磷(mg/L),总氮(mg/L),透明度(m),高锰酸盐指数(mg/L)"
    text = "\n".join([head, *(",".join(map(str, r)) for r in rows)])
    answer = client.post("/imports/", {"file": SimpleUploadedFile("湖.csv", text.encode()), "what": "samples:water"})
    run = ImportRun.objects.latest("pk")
    from qingshan.bureau.monitor.actions import imports as door

    client.post(answer.url, {"act": "confirm", "digest": door.preview(run, run.by).digest})
    run.refresh_from_db()
    return run


def test_the_chance_of_a_share_is_drawn_from_the_sections_own_months(sections, clerk, as_):
    from qingshan.bureau.indicators import goals, section_budgets

    months = [f"{y}-{m:02d}-12" for y in (2023, 2024, 2025, 2026) for m in range(1, 13) if (y, m) <= (2026, 10)]
    client = as_(clerk)
    assert send(client, [row for day in months for row in three(day)]).errors == 0
    period, indicator = Period(date(2026, 1, 1), date(2026, 11, 20)), queries.indicator("water_target_ratio")
    held = assessments.of(period)
    aim = goals.goal(indicator, ">=", 60.0)
    found = section_budgets.told(held, aim, held.district, period)
    of = {s.name: s.probability for s in found.sections if not s.reason}
    assert found.reason == ""
    assert (of["清河桥"], of["竹溪湖心"]) == (1.0, 1.0)  # 年年月月都达标
    assert of["柳河口"] == 0.0  # 月月超标
    assert found.chance.probability == 1.0  # 三个里两个达标，66.7 不低于 60
    page = client.get("/budget/water_target_ratio/?target=60").content.decode()
    assert found.chance.words in page
    assert "柳河口" in page
