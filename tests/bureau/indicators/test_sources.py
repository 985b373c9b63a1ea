"""Values of every kind of source: counted from rows, reported, computed; each opens to what it was made of and can be made again."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from qingshan.bureau.base import expressions, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.packs import PackFaults
from qingshan.bureau.cases.models import Case, CaseEvent
from qingshan.bureau.indicators import actions, assessments, queries, reruns
from qingshan.bureau.indicators.models import AssessmentRun, Report
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.values import SHORT
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.sites.models import Device, Network, Station

pytestmark = pytest.mark.django_db
OCTOBER = Period.parse("2026-10")


@pytest.fixture
def day(monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-20T10:00:00")
    assessments.clear()
    yield
    assessments.clear()


@pytest.fixture
def paper():
    return lambda: SimpleUploadedFile("煤炭台账.csv", "月,吨\n10,120\n".encode())


def case(bureau, number, town, opened, *, due=None, closed=None, late=False):
    made = Case.objects.create(
        number=number, workflow="alarm_order", title=f"{town}扬尘", state="closed" if closed else "assigned", area=bureau.towns[town],
        responsible=bureau.governments[town], opened_at=opened, entered_at=closed or opened, due_at=None if closed else due, closed_at=closed,
    )  # fmt: skip
    if closed:
        CaseEvent.objects.create(
            case=made, step="close", title="销号", was="reported", became="closed", at=closed,
            due_at=datetime(2026, 10, 1) if late else datetime(2027, 1, 1),
        )  # fmt: skip
    return made


def remade(value, period=OCTOBER):
    """The value's run recorded and made again from the record alone."""
    with assessments.steady():
        run = actions.record_run(assessments.of(period), value)
    outcome = reruns.again(AssessmentRun.objects.get(pk=run.pk))
    assert outcome.same, outcome.words
    return run


# ── cases ──
def test_cases_are_counted_as_they_stood_at_the_end_of_the_period(bureau, day, clerk, as_):
    case(bureau, "C1", "石门镇", datetime(2026, 10, 1, 9), closed=datetime(2026, 10, 20))
    case(bureau, "C2", "石门镇", datetime(2026, 10, 31, 23, 59, 59), closed=datetime(2026, 11, 2))  # closed after the month
    case(bureau, "C3", "柳泉镇", datetime(2026, 10, 5), closed=datetime(2026, 10, 30), late=True)
    case(bureau, "C4", "柳泉镇", datetime(2026, 10, 6), due=datetime(2026, 10, 8))  # still open, past its limit
    case(bureau, "C5", "柳泉镇", datetime(2026, 11, 1))  # not of October
    ask = lambda name, area: queries.value(name, area=area, period=OCTOBER)  # noqa: E731
    assert ask("cases_opened", bureau.district).value == 4
    assert ask("cases_closed_ratio", bureau.district).value == 50.0
    assert ask("cases_on_time_ratio", bureau.district).value == 50.0
    assert ask("cases_closed_ratio", bureau.towns["石门镇"]).value == 50.0
    value = ask("cases_on_time_ratio", bureau.towns["柳泉镇"])
    assert (value.value, [i.text for i in value.inputs]) == (0, ["已销号，超期", "办理中，超期"])
    empty = ask("cases_closed_ratio", bureau.towns["竹溪乡"])
    assert (empty.text, empty.reason) == (SHORT, "时段内没有符合条件的行，比例无从计算")
    assert ask("cases_opened", bureau.towns["竹溪乡"]).text == "0"
    run = remade(ask("cases_closed_ratio", bureau.district))
    page = as_(clerk).get("/indicators/cases_closed_ratio/?span=2026-10").content.decode()
    assert all(word in page for word in ("50.0", "/orders/C1/", "已销号", "办理中", run.number, "KQ-51"))
    Case.objects.filter(number="C4").update(closed_at=datetime(2026, 10, 31), due_at=None)
    assert ask("cases_closed_ratio", bureau.district).value == 75.0
    assert reruns.again(run).same  # made of what was on record, not of today's rows


def test_a_town_sees_the_district_value_but_only_its_own_rows(bureau, day, town_person, as_):
    case(bureau, "C1", "石门镇", datetime(2026, 10, 1, 9))
    case(bureau, "C3", "柳泉镇", datetime(2026, 10, 5))
    page = as_(town_person).get("/indicators/cases_opened/?span=2026-10").content.decode()
    assert "/orders/C1/" in page
    assert "/orders/C3/" not in page
    assert "1 项不在你的可见范围" in page
    assert as_(town_person).get("/indicators/cases_opened/?span=2026-10&area=990102").status_code == 404


# ── tasks ──
def test_tasks_due_in_the_period(bureau, day):
    def task(number, deadline, closed=None, **more):
        made = Task.objects.create(
            title=f"任务{number}", number=number, year=2026, begins=date(2026, 1, 1), deadline=deadline, closed=closed,
            state="closed" if closed else more.pop("state", "doing"), changed=datetime(2026, 1, 1), **more,
        )  # fmt: skip
        return made

    task(1, date(2026, 10, 1), date(2026, 9, 30))
    task(2, date(2026, 10, 31), date(2026, 10, 31))
    task(3, date(2026, 10, 15), date(2026, 10, 16))  # late
    task(4, date(2026, 10, 15), date(2026, 11, 5))  # closed after the period
    task(5, date(2026, 10, 15), state="cancelled")
    task(6, date(2026, 11, 1), date(2026, 10, 1))
    task(7, date(2026, 10, 15), kind="target")
    assert queries.value("tasks_closed_ratio", area=bureau.district, period=OCTOBER).value == 75.0
    assert queries.value("tasks_on_time_ratio", area=bureau.district, period=OCTOBER).value == 50.0
    year = queries.value("year_tasks_done_ratio", area=bureau.district, period=OCTOBER)
    assert (year.value, year.valid) == (80.0, 5)
    remade(year)


# ── registers ──
def test_stations_and_devices_are_registers(bureau, day):
    network = Network.objects.create(name="空气自动监测网")
    for code, town, level, until in (
        ("A", "石门镇", "town", None),
        ("B", "石门镇", "micro", None),
        ("C", "柳泉镇", "town", date(2026, 9, 30)),
    ):
        Station.objects.create(code=code, name=code, network=network, level=level, area=bureau.towns[town], until=until)
    Device.objects.create(mn="M1", station_id=Station.objects.get(code="A").pk, admitted=True, admitted_at=datetime(2026, 10, 1))
    Device.objects.create(mn="M2")
    assert queries.value("stations_in_use", area=bureau.district, period=OCTOBER).value == 2
    assert queries.value("stations_in_use", area=bureau.district, period=Period.parse("2026-09")).value == 3
    cover = queries.value("station_town_coverage", area=bureau.district, period=OCTOBER)
    assert cover.value == 25.0
    assert queries.value("station_town_coverage", area=bureau.towns["石门镇"], period=OCTOBER).value == 100.0
    assert queries.value("device_admitted_ratio", area=bureau.district, period=OCTOBER).value == 50.0
    assert queries.value("stations_in_use", station="A", period=OCTOBER).reason == "登记册没有单个站点的值"
    remade(cover)


# ── reported ──
def report(by, town, token, value, paper=None, **more):
    files = [paper()] if paper else []
    return actions.report_value("coal_use", town.pk, Period.parse(token), Decimal(value), by=by, files=files, **more)


def test_a_report_counts_once_a_second_person_confirmed_it(bureau, day, town_person, clerk, paper):
    town = bureau.towns["石门镇"]
    made = report(town_person, town, "2026-10", "120.5", paper)
    ask = lambda area=town, period=OCTOBER: queries.value("coal_use", area=area, period=period)  # noqa: E731
    assert ask().text == SHORT
    with pytest.raises(PermissionDenied):
        actions.confirm_report(made.pk, by=town_person)
    actions.confirm_report(made.pk, by=clerk)
    assert ask().text == "120"  # 四舍六入五成双
    assert ask().exact == 120.5
    assert "填报" in ask(bureau.district).reason
    own = report(clerk, bureau.towns["柳泉镇"], "2026-10", "10", paper)
    with pytest.raises(Refused, match="第二人"):
        actions.confirm_report(own.pk, by=clerk)


def test_a_correction_is_a_new_version_and_needs_its_reason(bureau, day, town_person, clerk, chief, paper):
    town = bureau.towns["石门镇"]
    first = report(town_person, town, "2026-10", "120", paper)
    with pytest.raises(Refused, match="待确认"):
        report(town_person, town, "2026-10", "130", paper)
    actions.confirm_report(first.pk, by=clerk)
    run = remade(queries.value("coal_use", area=town, period=OCTOBER))
    with pytest.raises(Refused, match="相同"):
        report(town_person, town, "2026-10", "120", paper, note="x")
    with pytest.raises(Refused, match="原因"):
        report(town_person, town, "2026-10", "130", paper)
    second = report(town_person, town, "2026-10", "130", paper, note="漏报一户")
    assert (second.version, queries.value("coal_use", area=town, period=OCTOBER).text) == (2, "120")
    actions.refuse_report(second.pk, by=chief, reason="佐证不清")
    third = report(town_person, town, "2026-10", "131", paper, note="漏报一户")
    actions.confirm_report(third.pk, by=chief)
    assert queries.value("coal_use", area=town, period=OCTOBER).text == "131"
    assert list(Report.objects.order_by("version").values_list("version", "state")) == [(1, "confirmed"), (2, "refused"), (3, "confirmed")]
    assert reruns.again(run).same


def test_longer_periods_and_the_district_are_made_of_the_reports(bureau, day, clerk, chief, paper):
    for town in bureau.towns.values():
        for month in ("2026-07", "2026-08", "2026-09"):
            actions.confirm_report(report(clerk, town, month, "10.5", paper).pk, by=chief)
    quarter = queries.value("coal_use", area=bureau.district, period=Period.parse("2026-Q3"))
    assert (quarter.value, quarter.valid) == (126, 12)
    assert "2026年10月" in queries.value("coal_use", area=bureau.towns["石门镇"], period=Period.parse("2026-07..2026-10")).reason
    part = queries.value("coal_use", area=bureau.towns["石门镇"], period=Period.parse("2026-07-01..2026-08-15"))
    assert "不由整月组成" in part.reason
    remade(quarter, Period.parse("2026-Q3"))


@pytest.mark.parametrize(("token", "value", "words"), [
    ("2026-Q3", "1", "不是一个整月"), ("2026-12", "1", "还没有到"), ("2026-10", "-1", "请核对单位"), ("2026-10", "NaN", "请填一个数"),
    ("2026-10", "0.1234567", "6 位小数"), ("2026-10", "1e20", "请核对单位"),
])  # fmt: skip
def test_a_wrong_report_is_refused_in_words(bureau, day, town_person, paper, token, value, words):
    with pytest.raises(Refused, match=words):
        report(town_person, bureau.towns["石门镇"], token, value, paper)
    assert not Report.objects.exists()


def test_a_report_needs_evidence_and_its_own_area(bureau, day, town_person, stranger, paper):
    with pytest.raises(Refused, match="佐证"):
        report(town_person, bureau.towns["石门镇"], "2026-10", "1")
    with pytest.raises(Refused, match="区域"):
        report(town_person, bureau.towns["柳泉镇"], "2026-10", "1", paper)
    with pytest.raises(Refused, match="区域"):
        report(stranger, bureau.towns["石门镇"], "2026-10", "1", paper)
    assert report(stranger, bureau.district, "2026-10", "1", paper).organisation == stranger.organisation


def test_the_page_reports_and_confirms(bureau, day, town_person, clerk, stranger, as_, paper):
    data = {"indicator": "coal_use", "area": bureau.towns["石门镇"].pk, "period": "2026-10", "value": "12", "note": "", "file": paper()}
    answer = as_(town_person).post("/indicators/reports/", data)
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    made = Report.objects.get()
    assert "待确认" in as_(clerk).get("/indicators/reports/").content.decode()
    assert "煤炭台账.csv" in as_(clerk).get("/indicators/reports/").content.decode()
    assert "煤炭台账.csv" not in as_(stranger).get("/indicators/reports/").content.decode()
    assert as_(stranger).post(f"/indicators/reports/{made.pk}/decide/").status_code == 404
    as_(clerk).post(f"/indicators/reports/{made.pk}/decide/", {"act": "confirm"})
    made.refresh_from_db()
    assert made.state == "confirmed"
    assert as_(town_person).post("/indicators/reports/", data | {"file": paper(), "period": "上月"}).status_code == 422


# ── formulas ──
def test_a_formula_is_computed_from_unrounded_parts_and_opens_to_them(bureau, day, clerk, chief, paper, as_):
    town = bureau.towns["石门镇"]
    year = Period.year(2025)
    for month in range(1, 13):
        actions.confirm_report(report(clerk, town, f"2025-{month:02}", "10.4", paper).pk, by=chief)
    value = queries.value("coal_per_person", area=town, period=year)
    assert (value.text, "常住人口" in value.reason) == (SHORT, True)
    made = actions.report_value("population", town.pk, year, Decimal("3000"), by=clerk, files=[paper()])
    actions.confirm_report(made.pk, by=chief)
    value = queries.value("coal_per_person", area=town, period=year)
    assert value.value == 41.6  # 1000 × 124.8 ÷ 3000, not 125
    remade(value, year)
    page = as_(clerk).get("/indicators/coal_per_person/?span=2025&area=990101").content.decode()
    assert "KQ-60 煤炭消费量" in page
    assert "/indicators/coal_use/?span=2025&amp;area=990101" in page
    zero = actions.report_value("population", town.pk, year, Decimal("0"), by=clerk, files=[paper()], note="错报")
    actions.confirm_report(zero.pk, by=chief)
    value = queries.value("coal_per_person", area=town, period=year)
    assert (value.value, value.reason) == (None, "分母“population”为 0，无从计算")
    remade(value, year)


@pytest.mark.parametrize(("text", "values", "expected"), [
    ("a + b * 2", {"a": 1, "b": 3}, 7), ("(a + b) / 3", {"a": 1, "b": 1}, 2 / 3), ("-a", {"a": 2}, -2), ("max(a, b) - min(a, 1)", {"a": 0, "b": 5}, 5),
    ("abs(a)", {"a": -3}, 3), ("0.1 + a", {"a": "0.2"}, 0.3),
])  # fmt: skip
def test_arithmetic_on_names(text, values, expected):
    from fractions import Fraction

    assert float(expressions.parse(text).value({k: Fraction(str(v)) for k, v in values.items()})) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("text", [
    "__import__('os').system('x')", "a.b", "a[0]", "a ** 9", "a if b else c", "lambda: 1", "[a]", "a < b", "1 + 2", "", "a +", "a; b", "f'{a}'",
    "pow(a, 2)", "max(*a)", "max(a, key=b)", "'a'", "True + a", "a @ b", "a // b", "1e999 * a", "(" * 50 + "a" + ")" * 50 + "+" + "(-" * 50 + "a" + ")" * 50,
    "a := 1", "x" * 500,
])  # fmt: skip
def test_what_is_not_arithmetic_is_refused(text):
    with pytest.raises(expressions.BadExpression):
        expressions.parse(text)


# ── declarations ──
def declare(folder, name, source, **more):
    path = folder / "packs" / "bureau" / "indicators"
    path.mkdir(parents=True, exist_ok=True)
    said = {
        "code": '"KQ-90"',
        "title": '"甲"',
        "short": '"甲"',
        "unit": '"个"',
        "better": '"lower"',
        "decimals": "1",
        "definition": '"甲"',
    } | more
    (path / f"{name}.toml").write_text(
        "\n".join([f'name = "{name}"', *(f"{k} = {v}" for k, v in said.items()), f"source = {source}"]), "utf-8"
    )
    packs.clear()


@pytest.mark.parametrize(("source", "words"), [
    ('{ kind = "registr", register = "stations" }', "可用：observations、register"),
    ('{ kind = "register", register = "station" }', "没有登记册“station”；已有：access_rule、accountability、assessment_item"),
    ('{ kind = "register", register = "stations", measure = "ratio" }', "要写明 part"),
    ('{ kind = "register", register = "stations", measure = "sum" }', "要写明 field"),
    ('{ kind = "register", register = "stations", where = { mediun = ["air"] } }', "没有“stations”的字段“mediun”"),
    ('{ kind = "register", register = "stations", where = { medium = ["aer"] } }', "没有“stations.medium”的取值“aer”"),
    ('{ kind = "register", register = "stations", part = { in_use = ["yes"] } }', "应为 true 或 false"),
    ('{ kind = "cases", workflow = ["alarm"] }', "没有流程“alarm”"),
    ('{ kind = "cases", mesure = "count" }', "没有键“mesure”"),
    ('{ kind = "formula", expression = "good_days / nothing" }', "没有指标口径“nothing”"),
    ('{ kind = "formula", expression = "a.b" }', "算式里不能写"),
    ('{ kind = "formula", expression = "good_days / wrong" }', "引用成环：wrong → wrong"),
    ('{ kind = "reported", every = "hour" }', "可用"),
    ('{ method = "mean", item = "PM25", standard = "GB 3095" }', "没有监测项目“PM25”"),
    ('{ method = "water.class_share", grade = ["Ⅲ"], standard = "GB 3838" }', "用于水"),
    ('{ medium = "water", method = "water.class_share", standard = "GB 3838" }', "要写明 grade"),
    ('{ medium = "water", method = "water.class_share", grade = ["Ⅶ"], standard = "GB 3838" }', "没有水质类别“Ⅶ”"),
    ('{ medium = "water", method = "sample_mean", item = "PM10" }', "没有监测项目“PM10”"),
    ('{ medium = "watre", method = "sample_mean", item = "TP" }', "没有介质“watre”"),
])  # fmt: skip
def test_every_fault_of_a_source_has_its_sentence(bureau, own_folders, source, words):
    declare(own_folders, "wrong", source)
    with pytest.raises(PackFaults) as faults:
        packs.found()
    assert any(words in line for line in faults.value.lines), faults.value.lines


def test_a_circle_through_two_formulas_and_a_number_taken_twice_are_named(bureau, own_folders):
    declare(own_folders, "first", '{ kind = "formula", expression = "1 + second" }')
    declare(own_folders, "second", '{ kind = "formula", expression = "first * 2" }', code='"KQ-01"')
    with pytest.raises(PackFaults) as faults:
        packs.found()
    said = "\n".join(faults.value.lines)
    assert "first → second → first" in said
    assert "KQ-01 已由“good_days”使用" in said
