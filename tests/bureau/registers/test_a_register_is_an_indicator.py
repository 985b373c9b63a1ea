"""A declared register counts for an indicator: no Python, as it stood on the day, in scope, each row with its page."""

from __future__ import annotations

import datetime as dt

import pytest
from django.conf import settings

from qingshan.bureau.base import packs
from qingshan.bureau.base.packs import PackFaults
from qingshan.bureau.indicators import actions as indicator_actions
from qingshan.bureau.indicators import assessments, pages, queries, reruns, targets
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.registers import actions
from qingshan.bureau.registers import queries as registers

pytestmark = pytest.mark.django_db
JAN = dt.date(2026, 1, 10)


@pytest.fixture(autouse=True)
def today(monkeypatch, bureau):
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-20T10:00:00")
    assessments.clear()
    yield
    assessments.clear()


def truck(n: int, town, clerk, done: str | None, state: str = "scrapped"):
    of = registers.register("diesel_vehicle")
    said = {"plate": f"演Q{n:05}", "owner": "青川运输", "stage": "国三", "done_on": done}
    return actions.add_entry(of, said, area=town, state=state if done else "listed", by=clerk, day=dt.date.fromisoformat(done) if done else JAN)


def field(n: int, town, clerk, mu: float, category: str, state: str):
    of = registers.register("polluted_farmland")
    said = {"code": f"G{n}", "village": f"地块{n}", "area_mu": mu, "category": category}
    return actions.add_entry(of, said, area=town, state=state, by=clerk, day=JAN)


def test_vehicles_done_count_in_the_span_of_their_date(bureau, clerk, town_person):
    stone, willow = bureau.towns["石门镇"], bureau.towns["柳泉镇"]
    for n, (town, done) in enumerate([(stone, "2025-12-31"), (stone, "2026-01-01"), (willow, "2026-11-20"), (willow, "2026-11-21"), (stone, None)]):
        truck(n, town, clerk, done)
    year = Period.year_to(dt.date(2026, 11, 20))
    value = queries.value("diesel_vehicles_done", area=bureau.district, period=year)
    assert (value.text, len(value.inputs)) == ("2", 2)
    assert value.inputs[0].url.startswith("/registers/diesel_vehicle/")
    assert "已淘汰，完成日期 2026-01-01" in value.inputs[0].text
    assert queries.value("diesel_vehicles_done", area=bureau.district, period=Period.parse("2025")).text == "1"
    assert queries.value("diesel_vehicles_done", area=stone, period=year).text == "1"
    assert {i.area for i in queries.inputs_for(value, town_person)} == {stone.pk}
    run = indicator_actions.record_run(queries.assessment(year), value)
    truck(9, stone, clerk, "2026-11-19")
    assert reruns.again(run).same  # what was registered later does not touch the value on record


def test_a_past_day_is_answered_as_the_register_stood_then(bureau, clerk):
    made = field(1, bureau.towns["石门镇"], clerk, 30.1, "safe_use", "listed")
    field(2, bureau.towns["石门镇"], clerk, 69.9, "strict", "measured")
    said = {"code": "G1", "village": "地块1", "area_mu": 30.1, "category": "safe_use"}
    actions.change_entry(made.pk, said, area=bureau.towns["石门镇"], state="measured", by=clerk, day=dt.date(2026, 6, 30), basis="核实")
    before, after = (queries.value("arable_safe_use_ratio", area=bureau.district, period=Period.parse(t)) for t in ("2026-05", "2026-06"))
    assert (before.text, after.text) == ("69.9", "100.0")
    assert queries.value("strict_farmland_ratio", area=bureau.district, period=Period.parse("2026-05")).text == "100.0"
    empty = queries.value("strict_farmland_ratio", area=bureau.towns["柳泉镇"], period=Period.parse("2026-05"))
    assert empty.value is None
    assert "合计为 0" in empty.reason


def test_plots_nobody_reused_give_no_rate(bureau, clerk):
    of = registers.register("contaminated_plot")
    for n, (mu, reused, safe) in enumerate([(10.1, "是", "是"), (20.2, "是", "否"), (99, "否", None)]):
        said = {"code": f"P{n}", "plot": f"地块{n}", "area_mu": mu, "use": "第一类用地", "reused": reused, "safe": safe}
        actions.add_entry(of, said, area=bureau.towns["石门镇"] if n < 2 else bureau.towns["柳泉镇"], by=clerk, day=JAN)
    year = Period.year_to(dt.date(2026, 11, 20))
    assert queries.value("plot_safe_use_ratio", area=bureau.district, period=year).text == "33.3"
    none = queries.value("plot_safe_use_ratio", area=bureau.towns["柳泉镇"], period=year)
    assert none.value is None
    assert none.reason


def test_a_ledger_row_follows_the_register(bureau, clerk, as_):
    for n in range(30):
        truck(n, bureau.towns["石门镇"], clerk, "2026-03-01")
    row = Task.objects.create(
        year=2026, number=1, title="淘汰柴油车40辆", kind="task", indicator="diesel_vehicles_done", operator=">=", value=40, unit="辆",
        begins=dt.date(2026, 1, 1), deadline=dt.date(2026, 12, 31), check_kind="quantified", changed=dt.datetime(2026, 1, 1),
    )  # fmt: skip
    found = targets.measure(row, dt.date(2026, 11, 20))
    assert (found.value, found.light, found.gap, found.done) == (30, "red", "还差 10 辆", 75.0)
    assert found.budget == ("还差 10 辆，余下 2 个月每月至少 5",)
    for n in range(30, 40):
        truck(n, bureau.towns["石门镇"], clerk, "2026-11-20")
    assert targets.measure(row, dt.date(2026, 11, 20)).light == "green"
    page = as_(clerk).get(f"/budget/task/{row.pk}/")
    assert page.status_code == 200
    assert "40" in page.content.decode()


def test_a_register_of_the_bureau_needs_no_python(bureau, clerk, own_folders):
    pack = own_folders / "packs" / "own"
    (pack / "registers").mkdir(parents=True)
    (pack / "indicators").mkdir()
    (pack / "registers" / "own_stove.toml").write_text(
        'name = "own_stove"\ntitle = "锅炉"\nstate = { on = "在用", off = "停用" }\nbasis = "本局"\n'
        'field = [{ name = "no", title = "编号", key = true }, { name = "power", title = "功率", type = "number", unit = "MW" }]\n'
    )
    text = (
        'name = "own_stove_power"\ncode = "KQ-901"\ntitle = "在用锅炉功率"\nshort = "锅炉功率"\nunit = "MW"\nbetter = "lower"\ndecimals = 1\n'
        'definition = "合计"\nbasis = "本局"\nsource = { kind = "register", register = "own_stove", measure = "sum", field = "%s", where = { state = ["%s"] } }\n'
    )
    (pack / "indicators" / "own_stove_power.toml").write_text(text % ("power", "on"))
    national = packs.found().packs
    folders = [*settings.PACK_FOLDERS, pack]
    packs.load(folders)
    assert national
    for wrong, words in ((("no", "on"), "不是数，不能相加"), (("power", "broken"), "broken"), (("colour", "on"), "colour")):
        (pack / "indicators" / "own_stove_power.toml").write_text(text % wrong)
        with pytest.raises(PackFaults, match=words):
            packs.load(folders)
    assert "登记册" in pages.method_words(queries.indicator("plot_safe_use_ratio"))
