"""Schemes as declarations: every fault has its sentence, a form makes the same declaration, a published one is a TOML file."""

from __future__ import annotations

import datetime as dt
import tomllib

import pytest
from django.core.exceptions import PermissionDenied
from pydantic import ValidationError

from qingshan.bureau.base import packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.packs import installed
from qingshan.bureau.base.packs.faults import sentences
from qingshan.bureau.indicators import actions, composing, queries
from qingshan.bureau.indicators.models import SchemeDraft
from qingshan.bureau.indicators.schemes import Scheme

pytestmark = pytest.mark.django_db
LINEAR = {"kind": "linear", "full_at": 25, "zero_at": 75}


def said(**more) -> dict:
    item = {"name": "pm", "indicator": "pm2_5_mean", "weight": 100, "transform": LINEAR}
    return {"name": "trial", "title": "试行考核", "item": [item], **more}


def faults(data: dict) -> str:
    with pytest.raises(ValidationError) as error:
        Scheme.model_validate(data)
    return "\n".join(sentences(error.value, Scheme))


def item(**more) -> list[dict]:
    return [{"name": "pm", "indicator": "pm2_5_mean", "weight": 100, "transform": LINEAR} | more]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (said(item=item(weight=90)), "各项分值之和为 90，应为 100"),
        (said(item=item(transform={"kind": "linear", "full_at": 30, "zero_at": 30})), "两点不能相同"),
        (said(item=item(transform={"kind": "bands", "step": [{"upto": 50, "points": 9}, {"upto": 35, "points": 5}, {"points": 0}]})), "不能重叠"),
        (said(item=item(transform={"kind": "bands", "step": [{"upto": 50, "points": 9}]})), "最后一档不写上限"),
        (said(item=item(transform={"kind": "bands", "step": [{"points": 120}]})), "超过分值 100"),
        (said(item=item(transform={"kind": "deduct", "points": 1, "floor": 120})), "保底分 120 高于分值 100"),
        (said(item=item(transform={"kind": "deduct", "points": 1, "per": 0})), "应大于 0"),
        (said(item=item(transform={"kind": "step"})), "kind 写成“step”；可用：value、points、linear"),
        (said(item=item(transform={"full_at": 3})), "缺少键“kind”"),
        (said(item=item(transform={"kind": "linear", "full_at": float("nan"), "zero_at": 3})), "应为有限的数"),
        (said(item=item(scheme="town_pm2_5")), "写了 2 个"),
        (said(item=item(take={"kind": "ratio"})), "要写 target"),
        (said(missing="none"), "可用：'apart'、'zero'"),
        (said(grade=[{"name": "良好", "at_least": 80}, {"name": "优秀", "at_least": 90}]), "等次要由高到低"),
        (said(veto=[{"name": "v", "title": "事故"}]), "一票否决要有等次"),
        (said(second="no2"), "没有项“no2”；已有：pm"),
        (said(within="group"), "要先声明分组"),
        (said(group=[{"name": "a", "title": "街道", "ends": ["街道"], "weights": {"pm": 80}}]), "分组“街道”各项分值之和为 80，应为 100"),
        (said(group=[{"name": "a", "title": "街道", "ends": ["街道"], "weights": {"no": 100}}]), "没有项“no”"),
        (said(money=[{"title": "奖励", "by": "place"}]), "要写 amounts"),
        (said(publish={"number": "青环考1号"}), "要有 {n}"),
        (said(goal=[{"title": "前五", "top": 5, "not_last": 100}]), "之一"),
        (said(bonus=[{"name": "pm", "title": "加分", "points": 1, "cap": 3}]), "名称“pm”用了两次"),
        (said(accumulate="sum", rhythm="year"), "累计积分按月"),
        (said(titel="x"), "没有键“titel”"),
    ],
)
def test_every_fault_has_its_sentence(data, words):
    assert words in faults(data)


def test_names_of_others_are_checked_and_no_score_feeds_itself(bureau):
    unknown = Scheme.model_validate(said(item=item(indicator="pm25")))
    assert "没有指标口径“pm25”；已有：" in unknown.faults(packs.found())[0]
    circle = Scheme.model_validate(said(name="town_dust_month", item=[
        {"name": "a", "scheme": "town_appraisal", "weight": 100, "transform": {"kind": "points"}}]))  # fmt: skip
    assert "又取自它自己" in circle.faults(packs.found())[-1]


def test_every_shipped_scheme_goes_through_the_form_and_through_toml(bureau):
    for scheme in queries.schemes():
        data = composing.plain(scheme)
        assert Scheme.model_validate(tomllib.loads(composing.toml(data))) == scheme
        made = composing.read(composing.form_of(data))
        assert made.faults == [], scheme.name
        assert made.scheme == scheme, scheme.name


FULL = {
    "name": "trial", "title": "试行考核", "from": dt.date(2026, 1, 1), "order": 7, "compare": "exact", "second": "tasks", "draws": 60, "full": 120.5,
    "units": {"kind": "village", "words": "村", "only": ["石门村"], "without": ["柳湾村"]}, "missing": "zero", "bonus_cap": 3.25,
    "item": [
        {"name": "pm", "indicator": "pm2_5_mean", "unit": "ug", "better": "higher", "decimals": 2, "span": "to_date", "over": "last", "weight": 70.123456789,
         "transform": {"kind": "deduct", "allowed": 1234567.5, "per": 0.1234567, "points": 2, "floor": -3, "whole": "up"}},
        {"name": "item1", "title": "巡查", "entered": True, "by": ["town"], "better": "lower", "weight": 30.376543211, "transform": {"kind": "points", "floor": 5}},
        {"name": "tasks", "figures": "tsp", "weight": 20, "transform": {"kind": "rank", "step": 2, "floor": 1, "table": [20, 9, 1]},
         "ratchet": {"against": "best", "figures": "tsp", "points": 1, "per": 5, "cap": 4}},
    ],
    "grade": [{"name": "优秀", "at_least": 90.5, "share": 0.07}, {"name": "合格", "at_least": 60}, {"name": "不合格"}],
    "bonus": [{"name": "praise", "title": "通报 表扬", "points": 1, "cap": 3, "basis": "市级 2 次以上 3"}],
    "veto": [{"name": "event", "title": "突发 事件", "basis": "应急预案"}],
    "goal": [{"title": "不进后100", "not_last": 100, "warn": 20, "units": ["石门村", "柳湾村"]}, {"title": "前五", "top": 5}],
    "money": [
        {"title": "得分奖", "by": "score", "start": 80, "per": 0.5, "amount": -1.25, "cap": 20, "basis": "某文"},
        {"title": "超标", "by": "item", "item": "tasks", "start": 3, "amount": -30, "unit": "元"},
        {"title": "前三", "by": "place", "amounts": [30, 20.5, 10]}, {"title": "末位", "by": "last", "amounts": [-5]},
        {"title": "等次", "by": "grade", "grades": {"优秀": 10, "不合格": -10.5}},
    ],
    "publish": {"two": True, "number": "青考{n}号"}, "cutoff": {"days": 3, "hour": 12}, "rules": ["一", "二"], "verify": ["示例"],
}  # fmt: skip


def test_nothing_a_file_says_is_lost_on_the_form(bureau):
    scheme = Scheme.model_validate(FULL)
    form = composing.form_of(composing.plain(scheme))
    made = composing.read(form)
    assert made.faults == []
    assert made.scheme == scheme
    again = Scheme.model_validate(tomllib.loads(composing.toml(composing.plain(made.scheme))))
    assert again == scheme
    before = {key: value for key, value in form.items() if not key.startswith(("goal-", "money-")) and key not in ("whole", "second", "draws", "order", "compare")}
    assert composing.read(before).scheme == scheme, "早先存的草稿没有这些栏，从起草时的方案里取"
    only_form = {key: value for key, value in form.items() if key != "base"}
    assert composing.read(only_form).scheme.money[1].item == "item3", "项的代码变了，奖补仍指同一项"


FORM = {
    "name": "town_trial", "title": "镇街试行考核", "units": "town", "rhythm": "month", "missing": "zero", "from": "2026-01-01",
    "item-0-title": "PM2.5", "item-0-source": "indicator:pm2_5_mean", "item-0-weight": "60", "item-0-kind": "linear", "item-0-full_at": "25", "item-0-zero_at": "75",
    "item-1-title": "任务", "item-1-source": "entered:", "item-1-better": "higher", "item-1-weight": "40", "item-1-kind": "bands",
    "item-1-bands": "60=0\n80=20\n其余=40", "grades": "优秀 90 30%\n合格 60\n不合格", "bonus": "表扬 1 3", "veto": "重大事件",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"item-0-weight": "50"}, "form", "各项分值之和为 90，应为 100"),
        ({"item-0-weight": ""}, "item-0-weight", "请填写第 1 项的分值"),
        ({"item-0-weight": "六十"}, "item-0-weight", "写成“六十”，应为数"),
        ({"item-0-weight": "nan"}, "item-0-weight", "应为有限的数"),
        ({"item-0-source": "indicator:pm25"}, "item", "没有指标口径“pm25”"),
        ({"item-0-source": ""}, "item-0-source", "没有选数据来源"),
        ({"item-0-zero_at": "25"}, "item-0-kind", "两点不能相同"),
        ({"item-0-zero_at": ""}, "item-0-zero_at", "请填写第 1 项的零分点"),
        ({"item-1-bands": "80=20\n60=0\n其余=40"}, "item-1-kind", "不能重叠"),
        ({"item-1-bands": "六十 0\n其余=40"}, "item-1-bands", "看不懂"),
        ({"grades": "合格 60\n优秀 90"}, "form", "由高到低"),
        ({"bonus": "表扬 1"}, "bonus", "看不懂"),
        ({"groups": "街道：*街道：60"}, "groups", "写了 1 个分值，考核项有 2 个"),
        ({"name": "镇街考评"}, "name", "只能用小写字母"),
        ({"from": "2026年"}, "from", "应如 2026-03-01"),
        ({"title": ""}, "title", "请填写方案名称"),
        ({"goal-0-title": "全市前5", "goal-0-kind": "top"}, "goal-0-number", "请填写第 1 个目标的名次"),
        ({"goal-1-title": "全市前5", "goal-1-kind": "top", "goal-1-number": "0"}, "goal-1-title", "第 2 个目标：应不小于 1"),
        ({"goal-0-title": "前5", "goal-0-number": "5.5"}, "goal-0-number", "应为整数"),
        ({"money-0-title": "补偿", "money-0-by": "item", "money-0-amount": "-30"}, "money-0-item", "没有选按哪一项计"),
        ({"money-0-title": "补偿", "money-0-by": "item", "money-0-amount": "-30", "money-0-item": "7"}, "money-0-item", "没有选按哪一项计"),
        ({"money-0-title": "补偿", "money-0-amount": "三十"}, "money-0-amount", "写成“三十”，应为数"),
        ({"money-2-title": "奖", "money-2-by": "place"}, "money-2-title", "第 3 条奖补：“奖”按 place 计，要写 amounts"),
        ({"money-0-title": "奖", "money-0-by": "grade", "money-0-grades": "良好=3"}, "form", "没有等次“良好”"),
        ({"money-0-title": "", "money-0-by": "score", "money-0-amount": "3"}, "money-0-title", "请填写第 1 条奖补的名称"),
        ({"second": "9"}, "second", "已经没有了"),
        ({"draws": "9000"}, "draws", "应不大于 2000"),
    ],
)
def test_a_fault_of_the_form_stands_at_its_field(bureau, change, field, words):
    made = composing.read(FORM | change)
    assert made.scheme is None
    assert any(words in line for line in made.by_field.get(field, [])), made.faults


def test_a_draft_keeps_what_was_typed_and_a_published_one_is_a_file(bureau, clerk, chief, town_person, as_, own_folders):
    client = as_(clerk)
    page = client.post("/schemes/compose/", FORM | {"item-0-weight": "50"})
    assert page.status_code == 302
    draft = SchemeDraft.objects.get()
    text = client.get(f"/schemes/compose/{draft.pk}/").content.decode()
    assert "各项分值之和为 90，应为 100" in text
    assert 'value="50"' in text
    with pytest.raises(Refused, match="没改好"):
        actions.publish_scheme(draft.pk, by=chief, basis="青办发〔2026〕1号")
    client.post(f"/schemes/compose/{draft.pk}/", FORM)
    with pytest.raises(PermissionDenied):
        actions.publish_scheme(draft.pk, by=town_person, basis="x")
    with pytest.raises(Refused, match="发布依据"):
        actions.publish_scheme(draft.pk, by=chief, basis=" ")
    made = actions.publish_scheme(draft.pk, by=chief, basis="青办发〔2026〕1号")
    path = own_folders / "packs" / "own" / "schemes" / "town_trial-20260101.toml"
    assert made.file == "packs/own/schemes/town_trial-20260101.toml"
    assert tomllib.loads(path.read_text("utf-8"))["item"][1]["transform"]["step"][2] == {"points": 40.0}
    assert queries.scheme("town_trial").title == "镇街试行考核"
    assert as_(town_person).get("/schemes/compose/").status_code == 404


def test_a_new_version_closes_the_one_before_and_replaces_the_national_on_purpose(bureau, chief):
    form = composing.form_of(composing.plain(queries.scheme("town_pm2_5"))) | {"from": "2026-07-01", "title": "镇街PM2.5排名（新）"}
    draft = actions.save_draft(form, by=chief)
    actions.publish_scheme(draft.pk, by=chief, basis="青环发〔2026〕3号")
    assert queries.scheme("town_pm2_5", dt.date(2026, 6, 30)).title == "镇街PM2.5排名"
    assert queries.scheme("town_pm2_5", dt.date(2026, 7, 1)).title == "镇街PM2.5排名（新）"
    later = actions.save_draft(form | {"from": "2026-05-01"}, by=chief)
    with pytest.raises(Refused, match="起用日期要更晚"):
        actions.publish_scheme(later.pk, by=chief, basis="x")
    third = actions.save_draft(form | {"from": "2026-10-01", "title": "再改"}, by=chief)
    actions.publish_scheme(third.pk, by=chief, basis="青环发〔2026〕9号")
    assert queries.scheme("town_pm2_5", dt.date(2026, 9, 30)).title == "镇街PM2.5排名（新）"
    assert queries.scheme("town_pm2_5", dt.date(2026, 10, 1)).title == "再改"


def test_goals_and_money_are_filled_in_previewed_and_written(bureau, clerk, chief, as_, own_folders):
    more = {"whole": "1", "goal-0-title": "", "goal-0-kind": "top", "goal-0-number": "2", "goal-0-warn": "1", "money-0-title": "等次奖", "money-0-by": "grade",
            "money-0-grades": "优秀=10\n不合格=-10", "second": "1", "draws": "0"}  # fmt: skip
    client = as_(clerk)
    page = client.post("/schemes/compose/check/", FORM | more | {"preview": "1"}, headers={"HX-Request": "true", "HX-Target": "composed"}).content.decode()
    assert 'name="goal-1-title"' in page
    assert 'name="money-0-grades"' in page
    client.post("/schemes/compose/", FORM | more)
    draft = SchemeDraft.objects.get()
    actions.publish_scheme(draft.pk, by=chief, basis="青办发〔2026〕1号")
    said = queries.scheme("town_trial")
    assert (said.goal[0].title, said.goal[0].top, said.goal[0].warn) == ("前 2 名", 2, 1)
    assert said.money[0].grades == {"优秀": 10, "不合格": -10}
    assert (said.second, said.draws) == ("item2", 0)
    assert 'value="等次奖"' in client.get("/schemes/compose/?from=town_trial").content.decode()


def test_the_form_is_checked_while_it_is_filled(bureau, clerk, as_):
    answer = as_(clerk).post("/schemes/compose/check/", FORM | {"item-0-weight": "50"}, headers={"HX-Request": "true", "HX-Target": "verdict"})
    assert answer.status_code == 200
    assert "应为 100" in answer.content.decode()
    assert as_(clerk).post("/schemes/compose/check/", FORM | {"item-0-weight": "50"}).status_code == 422


def test_a_scheme_another_process_published_is_on_the_next_page_and_a_broken_one_is_told(bureau, clerk, town_person, as_, own_folders, monkeypatch):
    monkeypatch.setattr(installed, "EVERY", 0.0)
    assert "外来的方案" not in as_(clerk).get("/schemes/").content.decode()
    path = own_folders / "packs" / "own" / "schemes" / "other.toml"
    path.parent.mkdir(parents=True)
    path.write_text(composing.toml(said(name="other", title="外来的方案")), encoding="utf-8")
    assert "外来的方案" in as_(clerk).get("/schemes/").content.decode()
    path.write_text(composing.toml(said(name="other", title="改坏的方案", item=item(weight=90))), encoding="utf-8")
    page = as_(clerk).get("/schemes/").content.decode()
    assert "外来的方案" in page
    assert "改坏的方案" not in page
    assert "制度包改动后校核不过，没有启用" in page
    assert "各项分值之和为 90，应为 100" in page
    assert "没有启用" not in as_(town_person).get("/indicators/").content.decode()
    draft = actions.save_draft(FORM, by=clerk)
    with pytest.raises(Refused, match="各项分值之和为 90"):
        actions.publish_scheme(draft.pk, by=clerk, basis="x")
    path.unlink()
    assert "没有启用" not in as_(clerk).get("/schemes/").content.decode()
