"""A workflow composed by form on top of one there is: the form says it again, faults are told, cases go by it at once, no proof is lost."""

from __future__ import annotations

import tomllib

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from qingshan.bureau.base import packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Draft
from qingshan.bureau.base.packs import written
from qingshan.bureau.cases import actions, composing
from qingshan.bureau.cases.declared import Workflow
from qingshan.bureau.cases.models import Proof

pytestmark = pytest.mark.django_db


def form(flow: str = "inspection_finding", **changes) -> dict[str, str]:
    return composing.form_of(packs.get("cases", flow)) | changes


def test_the_form_of_every_national_workflow_says_it_again():
    for name, flow in packs.all("cases").items():
        made = composing.read(form(name))
        assert made.faults == [], name
        assert made.workflow == flow, name
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


def test_faults_are_told_where_they_are(bureau):
    made = composing.read(form(**{"step-1-needs": "没有的佐证", "four-done": "", "step-0-roles": "皇帝", "state-1-title": ""}))
    told = " ".join(words for _, words in made.faults)
    for words in ("没有佐证“没有的佐证”", "没有角色“皇帝”", "流程的状态和走向不在表单里增减", "缺“整改到位”（done）的佐证"):
        assert words in told
    assert composing.read({}).faults == [("form", "请从一种已有的办理流程起草")]


def test_a_proof_that_was_given_does_not_go(bureau, chief, clerk):
    case = actions.open_case(
        "inspection_finding", by=chief, title="料场扬尘", area=bureau.towns["石门镇"], responsible=bureau.governments["石门镇"], place="料场",
        summary="扬尘", facts={"unit": "料场", "kind": "dust", "found_on": "2026-11-20"},
    )  # fmt: skip
    Proof.objects.create(case=case, kind="other", by=clerk, at="2026-11-20T10:00:00")
    n = list(packs.get("cases", "inspection_finding").proof).index("other")
    draft = actions.save_workflow_draft(form(**{f"proof-{n}-title": ""}), by=chief)
    with pytest.raises(Refused, match="佐证“其他材料”已有 1 份，不能去掉"):
        actions.publish_workflow(draft.pk, by=chief, basis="局务会")
    draft = actions.save_workflow_draft(form(**{f"proof-{n}-title": "补充材料", "state-0-title": "等签收"}), by=chief)
    actions.publish_workflow(draft.pk, by=chief, basis="局务会")
    case.refresh_from_db()
    assert (case.state_words, packs.get("cases", "inspection_finding").overrides) == ("等签收", "national")


def test_two_drafts_meet_and_others_may_not(bureau, chief, clerk, town_person):
    one, two = (actions.save_workflow_draft(form(title=title), by=chief) for title in ("甲", "乙"))
    actions.publish_workflow(one.pk, by=clerk, basis="局务会")
    with pytest.raises(Refused, match="又发布过新的版本"):
        actions.publish_workflow(two.pk, by=chief, basis="局务会")
    with pytest.raises(PermissionDenied):
        actions.save_workflow_draft(form(), by=town_person)
