"""A workflow composed by form: the form says it again, faults are told where they are, it is tried, and cases keep the version they began by."""

from __future__ import annotations

import tomllib

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from hypothesis import given
from hypothesis import settings as hyp
from hypothesis import strategies as st
from pydantic import ValidationError

from qingshan.bureau.base import audit, composed, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent, Draft
from qingshan.bureau.base.packs import written
from qingshan.bureau.cases import actions, composing, queries
from qingshan.bureau.cases.actions.composing import COMPOSER
from qingshan.bureau.cases.declared import Workflow
from qingshan.bureau.cases.models import Case

pytestmark = pytest.mark.django_db


def form(flow: str = "inspection_finding", **changes) -> dict[str, str]:
    return composing.form_of(packs.get("cases", flow)) | changes


def test_the_form_of_every_national_workflow_says_it_again():
    for name, flow in packs.all("cases").items():
        made = composing.read(form(name))
        assert made.faults == [], name
        assert made.made == flow, name
        assert Workflow.model_validate(tomllib.loads(written.toml(made.said))) == flow, name


def test_a_workflow_like_another_is_composed_published_and_used(bureau, clerk, chief, as_):
    client = as_(clerk)
    started = client.get(reverse("cases:compose"), {"from": "inspection_finding", "new": "1"})
    assert started.status_code == 200
    said = form(
        name="river_patrol", title="河湖巡查问题", prefix="HH", new="1",
        **{"state-0-amount": "8", "state-0-unit": "workhours", "term-amount": "十"},
        **{"proof-7-title": "水样照片", "proof-7-type": "photo", "step-1-needs": "问题照片、整改后照片、责任人和处理情况、水样照片"},
        **{"step-4-roles": "局领导", "field-3-title": "河段", "field-3-type": "text", "field-3-required": "1"},
    )  # fmt: skip
    page = client.post(reverse("cases:compose"), said, follow=True).content.decode()
    assert "全程时限写成“十”，应为数" in page
    draft = Draft.objects.get()
    page = client.post(reverse("cases:draft", args=[draft.pk]), said | {"term-amount": "10"}, follow=True).content.decode()
    assert "办理的走向" in page
    assert "8 个工作小时" in page
    client.post(reverse("cases:publish_workflow", args=[draft.pk]), {"basis": "河长办〔2026〕3号"})
    flow = packs.get("cases", "river_patrol")
    assert (flow.limit["assigned"].workhours, flow.term.workdays, flow.find_step("close").roles) == (8, 10, ("leader",))
    assert [flow.proof[p].title for p in flow.find_step("report").needs][-1] == "水样照片"
    assert packs.get("cases", "inspection_finding").prefix == "JC"
    case = actions.open_case(
        "river_patrol", by=chief, title="清河岸边垃圾", area=bureau.towns["石门镇"], responsible=bureau.governments["石门镇"], place="清河桥",
        summary="垃圾", facts={"unit": "清河", "kind": "other", "found_on": "2026-11-20", "f1": "清河桥至闸口"},
    )  # fmt: skip
    assert case.number.startswith("HH-2026-")


def test_the_form_settled_says_the_same():
    for name, flow in packs.all("cases").items():
        assert composing.read(composing.settled(form(name))).made == flow, name


def test_faults_are_told_where_they_are(bureau):
    made = composing.read(form(**{"step-1-needs": "没有的佐证", "four-done": "", "step-0-roles": "皇帝", "step-2-to": "天上"}))
    told = " ".join(words for _, words in made.faults)
    for words in (
        "没有佐证“没有的佐证”",
        "没有角色“皇帝”",
        "步骤“退回”的“到”：没有状态“天上”；已有：待签收、",
        "缺“整改到位”（done）的佐证",
    ):
        assert words in told
    assert [words for key, words in composing.read({}).faults if key == "name"]


FIRST = composing.FIRST | {"name": "river_patrol", "title": "河湖巡查", "prefix": "HH"}
ROUTE = {
    "step-4-title": "直接销号",
    "step-4-from": "整改中",
    "step-4-to": "已销号",
    "step-4-by": "office",
    "step-4-reason": "1",
    "step-4-needs": "独立复核",
}


@pytest.mark.parametrize(
    ("change", "where", "words"),
    [
        ({"state-4-title": "孤岛", "state-4-end": "void"}, "state-4-title", "状态“孤岛”没有步骤能到；请加一个走到它的步骤"),
        ({"step-2-title": "", "step-3-title": ""}, "state-2-title", "状态“待核查”没有出路，到不了“已销号”"),
        (ROUTE, "proof-0-title", "待签收 → 整改中 → 已销号，一路不要它就销号了；请在步骤“直接销号”上要它"),
        ({"state-1-amount": "30"}, "state-1-amount", "“整改中”的时限 30 个工作日 比全程 15 个工作日 还长"),
        ({"state-3-amount": "3"}, "state-3-amount", "“已销号”已经办结，不计时限"),
        ({"state-0-amount": "-2"}, "state-0-amount", "应大于 0"),
        ({"state-0-amount": "9999"}, "state-0-amount", "超过十年，像是单位选错了"),
        (
            {"term-amount": "", "state-0-amount": "", "state-2-amount": "", "extension-most": "1", "extension-amount": "5"},
            "extension-most",
            "没有任何时限",
        ),
        ({"state-3-end": ""}, "state-3-title", "没有销号的状态"),
        ({"state-0-end": "close"}, "state-0-title", "第一个状态“待签收”是交办时的状态，不能是办结的"),
        ({"state-1-title": "待签收"}, "state-1-title", "状态“待签收”写了两次"),
        ({"step-3-reason": ""}, "step-3-title", "第 4 步：步骤“销号”办结事项，须写 needs"),
        ({"step-3-roles": "镇街经办人"}, "form", "没有人能办"),
        ({"step-0-from": ""}, "step-0-from", "步骤“签收”从哪个状态走？"),
        ({"step-2-title": "销号"}, "step-3-title", "从“待核查”走出的步骤有两个都叫“销号”"),
        ({"prefix": "河湖"}, "prefix", "河湖"),
        ({"four-found": "独立复核"}, "four-done", "四个不放过要么四条都写，要么都不写"),
    ],
)
def test_an_unsound_workflow_is_refused_where_it_is_unsound(bureau, change, where, words):
    if "step-3-roles" in change:
        change = {"step-3-roles": next(r.title for r in packs.all("roles").values() if "cases.verify_case" not in r.permissions)}
    assert composing.read(FIRST).faults == []
    told = composing.read(FIRST | change).by_field
    assert any(words in said for said in told.get(where, ())), told


STATES = ["a", "b", "c", "d"]


@given(data=st.data())
@hyp(max_examples=120, deadline=None)
def test_no_accepted_workflow_has_a_way_past_a_proof(data):
    """Every way of up to six steps through an accepted workflow passes each proof; one that is refused for it has such a way."""
    arrow = st.tuples(st.sampled_from(STATES[:-1]), st.sampled_from(STATES), st.sets(st.sampled_from(["p", "q"])))
    arrows = data.draw(st.lists(arrow, min_size=2, max_size=7))
    steps = [
        {"name": f"n{i}", "title": f"步{i}", "from": a, "to": b, "by": "office", "needs": sorted(needs | ({"r"} if b == "d" else set())), "reason": True}
        for i, (a, b, needs) in enumerate(arrows)
    ]  # fmt: skip
    said = {
        "name": "x", "title": "试", "prefix": "S", "state": dict(zip(STATES, "甲乙丙丁")), "final": ["d"], "step": steps,
        "proof": {"p": "照片", "q": "文件", "r": "复核"},
    }  # fmt: skip
    try:
        Workflow.model_validate(said)
        words = ""
    except ValidationError as wrong:
        words = str(wrong)
    if "没有步骤能到" in words or "没有出路" in words:
        return
    ways, ends = [("a", frozenset())], set()
    for _ in range(6):
        ways = list({(s["to"], had | set(s["needs"])) for at, had in ways for s in steps if s["from"] == at})
        ends |= {had for at, had in ways if at == "d"}
    asked = {p for s in steps for p in s["needs"]}
    assert ("可以绕过去" in words) == any(asked - had for had in ends)


def test_a_proof_asked_on_one_branch_only_may_be_marked_so(bureau):
    marked = {"proof-0-branch": "1", "proof-1-branch": "1"}
    made = composing.read(FIRST | ROUTE | marked).made
    assert [p.title for p in made.proof.values() if p.branch] == ["整改前照片", "整改后照片"]


def test_states_are_added_renamed_moved_and_steps_follow(bureau, clerk):
    said = FIRST | {
        "state-1-title": "办理中", "state-1-was": "整改中", "state-4-title": "待会签", "state-4-place": "2.5", "state-4-amount": "2", "state-4-unit": "days",
        "step-1-to": "待会签", "step-4-title": "会签", "step-4-from": "待会签", "step-4-to": "待核查", "step-4-by": "office", "step-4-place": "2.5",
        "proof-2-title": "现场复核", "proof-2-was": "独立复核",
    }  # fmt: skip
    draft = actions.save_workflow_draft(said, by=clerk)
    flow = composing.read(draft.form).made
    assert list(flow.state.values()) == ["待签收", "办理中", "待会签", "待核查", "已销号"]
    assert [s.title for s in flow.step] == ["签收", "报整改结果", "会签", "退回重办", "销号"]
    assert draft.form["step-0-to"] == "办理中"
    assert draft.form["step-4-needs"] == "整改前照片、整改后照片、现场复核"
    again = actions.save_workflow_draft(draft.form | {"state-1-title": "整改"}, by=clerk, draft=draft)
    assert again.form["step-0-to"] == "整改"
    assert composing.read(again.form).made.state == flow.state | {list(flow.state)[1]: "整改"}


def opened(bureau, by, flow="inspection_finding", **facts):
    return actions.open_case(
        flow, by=by, title="料场扬尘", area=bureau.towns["石门镇"], responsible=bureau.governments["石门镇"], place="料场",
        summary="扬尘", facts={"unit": "料场", "kind": "dust", "found_on": "2026-11-20"} | facts,
    )  # fmt: skip


def test_cases_under_way_keep_their_version(bureau, chief, clerk, town_person):
    old = opened(bureau, chief)
    n = list(packs.get("cases", "inspection_finding").proof).index("other")
    said = form(
        **{f"proof-{n}-title": "", "state-0-title": "等回执", "state-0-was": "待签收", "step-0-title": "回执", "step-0-by": "office"}
    )
    for key in [key for key in said if key.startswith("step-") and said[key] == "待签收"]:
        said[key] = "等回执"
    first = actions.publish_workflow(actions.save_workflow_draft(said, by=chief).pk, by=chief, basis="局务会")
    new = opened(bureau, chief)
    assert ((old.state_words, old.edition), (new.state_words, new.edition)) == (("待签收", 0), ("等回执", 1))
    assert first.text.rstrip().endswith("edition = 1")
    assert "other" in old.declared.proof
    assert "other" not in new.declared.proof
    assert set(queries.my_work(town_person)) == {old}
    assert new in queries.my_work(chief)
    second = composing.form_of(packs.get("cases", "inspection_finding")) | {"state-0-title": "候回执"}
    actions.publish_workflow(actions.save_workflow_draft(second, by=chief).pk, by=chief, basis="局务会")
    old, new, last = type(old).objects.get(pk=old.pk), type(new).objects.get(pk=new.pk), opened(bureau, chief)
    assert [case.state_words for case in (old, new, last)] == ["待签收", "等回执", "候回执"]
    actions.take_step(old.number, "receive", by=town_person)
    with pytest.raises(PermissionDenied):
        actions.take_step(new.number, "receive", by=town_person)
    assert packs.get("cases", "inspection_finding").overrides == "national"


def test_it_is_tried_before_it_is_published(bureau, clerk, as_):
    client = as_(clerk)
    draft = actions.save_workflow_draft(FIRST, by=clerk)
    address = reverse("cases:try", args=[draft.pk])
    page = client.get(address).content.decode()
    assert "现在：待签收" in page
    names = [step.name for step in composing.read(draft.form).made.step]
    went = client.get(address, {"way": f"{names[0]}:0", "go": names[1], "wait": "1"}).content.decode()
    assert "不能报整改结果：缺整改前照片、整改后照片" in went
    page = client.get(address, {"way": f"{names[0]}:0,{names[1]}:25", "go": names[3], "have": ["p1", "p2", "p3"]})
    assert page.context["trial"].is_over
    assert [one.late for one in page.context["trial"].passed] == [False, True, True]
    assert [step.title for step in page.context["trial"].unseen] == ["退回重办"]
    assert "没有这一步" in client.get(address, {"way": "nope:1"}).content.decode()
    assert not Case.objects.exists()


def test_two_people_change_one_draft_and_nothing_typed_is_lost(bureau, chief, clerk, as_):
    draft = actions.save_workflow_draft(FIRST, by=chief)
    address = reverse("cases:draft", args=[draft.pk])
    seen = as_(clerk).get(address).context["seen"]
    as_(chief).post(address, draft.form | {"title": "河湖巡查（局长改）", "seen": seen})
    page = as_(clerk).post(address, draft.form | {"title": "河湖巡查（科员改）", "seen": seen}, follow=True).content.decode()
    assert "由 周敏 改过。您填的没有丢，另存为这一份草稿" in page
    assert set(Draft.objects.values_list("title", flat=True)) == {"河湖巡查（局长改）", "河湖巡查（科员改）"}


def test_a_second_person_approves_where_the_bureau_asks_it(bureau, chief, clerk, as_, settings):
    (settings.BUREAU_PACKS / "own/publishing").mkdir(parents=True)
    rule = 'name = "publishing"\ntitle = "发布规则"\noverrides = "national"\nsecond = { cases = ["leader"] }\n'
    (settings.BUREAU_PACKS / "own/publishing/publishing.toml").write_text(rule, "utf-8")
    packs.clear()
    draft = actions.save_workflow_draft(FIRST, by=clerk)
    with pytest.raises(Refused, match="请先送审"):
        actions.publish_workflow(draft.pk, by=clerk, basis="局务会")
    client = as_(clerk)
    client.post(reverse("cases:ask_workflow", args=[draft.pk]), {"basis": "河长办〔2026〕3号"})
    with pytest.raises(Refused, match="须由起草、送审以外的人审定发布"):
        actions.publish_workflow(draft.pk, by=clerk)
    boss = as_(chief)
    assert "等您审定" in boss.get(reverse("cases:composing")).content.decode()
    assert [one.why for one in composed.waiting(COMPOSER, chief)] == ["李响 送审，待审定"]
    assert composed.waiting(COMPOSER, clerk) == []
    with pytest.raises(Refused, match="请写明退回的理由"):
        actions.refuse_workflow(draft.pk, by=chief, reason=" ")
    boss.post(reverse("cases:refuse_workflow", args=[draft.pk]), {"reason": "缺会签"})
    assert "周敏 退回：缺会签" in client.get(reverse("cases:draft", args=[draft.pk])).content.decode()
    assert Draft.objects.get().published is None
    actions.ask_workflow(draft.pk, by=clerk, basis="河长办〔2026〕3号")
    actions.save_workflow_draft(draft.form | {"title": "河湖巡查问题"}, by=clerk, draft=draft)
    with pytest.raises(Refused, match="请先送审"):  # what is approved is what was handed in
        actions.publish_workflow(draft.pk, by=chief)
    actions.ask_workflow(draft.pk, by=clerk, basis="河长办〔2026〕3号")
    boss.post(reverse("cases:publish_workflow", args=[draft.pk]))
    done = Draft.objects.get()
    assert (done.version, done.asked_by, done.published_by, done.basis) == (1, clerk, chief, "河长办〔2026〕3号")
    assert "李响 送审，周敏 审定" in done.text
    words = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"送审声明", "退回声明", "发布声明"} <= words
    assert audit.verify().is_whole


def test_two_drafts_meet_and_others_may_not(bureau, chief, clerk, town_person):
    one, two = (actions.save_workflow_draft(form(title=title), by=chief) for title in ("甲", "乙"))
    actions.publish_workflow(one.pk, by=clerk, basis="局务会")
    with pytest.raises(Refused, match="又发布过新的版本"):
        actions.publish_workflow(two.pk, by=chief, basis="局务会")
    with pytest.raises(PermissionDenied):
        actions.save_workflow_draft(form(), by=town_person)
