"""A review step by step: merge, split, accept in bulk, take back; two reviewers notice each other; corrections are remembered."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from tests.bureau.conftest import make_person
from tests.bureau.ledger.conftest import TEXT, find, upload

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.ledger import actions, memory, reading, review, spans
from qingshan.bureau.ledger.actions import ChangedMeanwhile
from qingshan.bureau.ledger.models import Finding, Plan, Remembered, Task

NEXT_YEAR = TEXT.replace("2026", "2027").replace("〔2027〕3号", "〔2027〕8号")


@pytest.fixture
def colleague(bureau):
    """吴核 of the committee's office, who reviews the same plan at the same time."""
    return make_person("wuhe", "吴核", bureau.committee, "supervisor")


@pytest.fixture
def later_plan(plan, office) -> Plan:
    """Next year's plan, in the same words; only made once a test asks for it."""
    return actions.upload_plan(upload(NEXT_YEAR, "明年要点.txt"), by=office)[0]


def standing(plan: Plan) -> dict[int, tuple]:
    """What stands of a plan, without versions."""
    return {f.pk: (f.kind, f.start, f.end, f.state, str(f.fields)) for f in plan.findings.standing()}


def test_a_split_gives_two_findings_with_their_exact_words(plan, office):
    whole = find(plan, "行政村")
    at = whole.start + whole.text.index("行政村")
    first, second = actions.split_finding(whole.pk, at, by=office)
    assert (first.text, second.text) == ("完成16个", "行政村生活污水治理")
    assert (TEXT[first.start : first.end], TEXT[second.start : second.end]) == (first.text, second.text)
    assert first.fields["leads"] == second.fields["leads"] == whole.fields["leads"]
    whole.refresh_from_db()
    assert whole.retired
    assert whole.pk not in {f.pk for f in review.findings(office, plan)}
    actions.undo_step(plan.pk, by=office)
    assert {f.text for f in plan.findings.items() if "行政村" in f.text} == {whole.text}


@pytest.mark.parametrize("at", [0, 1, 10**6, -5])
def test_a_split_outside_or_at_the_edge_is_refused(plan, office, at):
    whole = find(plan, "行政村")
    for place in (at, whole.start, whole.end):
        with pytest.raises(Refused, match="中间"):
            actions.split_finding(whole.pk, place, by=office)
    assert not whole.retired


def test_a_merge_keeps_both_places_and_their_hull(plan, office):
    first, second = find(plan, "柴油车"), find(plan, "岸电")
    merged = actions.merge_findings(first.pk, by=office)
    assert merged.places == [(first.start, first.end), (second.start, second.end)]
    assert (merged.start, merged.end) == (first.start, second.end)
    assert merged.text == TEXT[first.start : second.end]
    assert merged.fields["title"] == f"{first.fields['title']}，{second.fields['title']}"
    assert (merged.fields["value"], merged.fields["deadline"]) == (300, "2026-06-30")
    shown = spans.paragraphs(plan, review.findings(office, plan))
    assert "".join(p.lead + "".join(x.text for x in p.pieces) for p in shown) == "".join(TEXT[a:b] for _, a, b, _ in plan.paragraphs)
    marked = "".join(x.text for p in shown for x in p.pieces if str(merged.pk) in x.ids.split())
    assert first.text in marked
    assert second.text in marked
    actions.accept_finding(merged.pk, by=office)
    task = next(t for t in actions.enter_ledger(plan.pk, by=office) if t.finding_id == merged.pk)
    assert task.plan.text[task.finding.start : task.finding.end] == merged.text
    assert AuditEvent.objects.filter(action="合并识读结果").exists()


def test_a_split_of_a_merge_gives_each_part_its_own_places(plan, office):
    merged = actions.merge_findings(find(plan, "柴油车").pk, by=office)
    mine, other = merged.places
    first, second = actions.split_finding(merged.pk, mine[1], by=office)
    assert (first.start, first.end) == mine
    assert (second.text, second.end) == ("6月底前完成古渡码头岸电改造1个", other[1])


def test_what_is_far_apart_is_not_merged_and_the_last_has_no_next(plan, office, monkeypatch):
    monkeypatch.setattr("qingshan.bureau.ledger.actions.review.LONGEST", 20)
    with pytest.raises(Refused, match="太远"):
        actions.merge_findings(find(plan, "岸电").pk, by=office)
    with pytest.raises(Refused, match="后面没有"):
        actions.merge_findings(find(plan, "行政村").pk, by=office)


def test_every_step_is_taken_back_in_turn(plan, office):
    before = [standing(plan)]
    waste = find(plan, "废气")

    def then(step):
        step()
        before.append(standing(plan))

    then(lambda: actions.accept_finding(waste.pk, by=office, fields={"value": "18"}))
    then(lambda: actions.reject_finding(find(plan, "优良天数").pk, by=office))
    then(lambda: actions.reset_finding(waste.pk, by=office))
    then(lambda: actions.accept_finding(waste.pk, by=office, fields={"value": "20"}))
    then(lambda: actions.merge_findings(find(plan, "柴油车").pk, by=office))
    then(lambda: actions.split_finding(find(plan, "行政村").pk, find(plan, "行政村").start + 5, by=office))
    start = TEXT.index("深化工业污染控制")
    then(lambda: actions.add_finding(plan.pk, "task", start, start + 8, by=office))
    then(lambda: actions.accept_sure(plan.pk, by=office, seal=seal_of(plan, office)))
    before.pop()
    while before:
        actions.undo_step(plan.pk, by=office)
        assert standing(plan) == before.pop()
    with pytest.raises(Refused, match="没有可以撤回"):
        actions.undo_step(plan.pk, by=office)
    assert not Remembered.objects.filter(forgotten=None).exists()
    assert AuditEvent.objects.filter(action="撤回核对步骤").count() == 8


def test_what_another_has_worked_on_since_is_not_taken_back(plan, office, colleague):
    waste = find(plan, "废气")
    actions.accept_finding(waste.pk, by=office)
    actions.reject_finding(waste.pk, by=colleague)
    with pytest.raises(ChangedMeanwhile, match="别的改动"):
        actions.undo_step(plan.pk, by=office)
    step, _ = actions.undo_step(plan.pk, by=colleague)
    assert step.act == "不入账"
    waste.refresh_from_db()
    assert waste.state == "accepted"


def test_what_a_colleague_put_in_the_ledger_is_not_taken_back(plan, office, colleague):
    actions.accept_finding(find(plan, "废气").pk, by=office)
    actions.enter_ledger(plan.pk, by=colleague)
    with pytest.raises(Refused, match="已入台账"):
        actions.undo_step(plan.pk, by=office)


def test_the_second_of_two_reviewers_is_told_and_loses_nothing(plan, office, colleague, as_):
    waste = find(plan, "废气")
    actions.accept_finding(waste.pk, by=colleague, fields={"value": "18"})
    for act in (actions.accept_finding, actions.reject_finding, actions.reset_finding, actions.merge_findings):
        with pytest.raises(ChangedMeanwhile, match="吴核 15:00 已确认"):
            act(waste.pk, by=office, version=1)
    answer = as_(office).post(reverse("ledger:accept", args=[waste.pk]), {"value": "21", "version": "1"}, headers={"HX-Request": "true"})
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "吴核" in said
    assert 'value="21"' in said
    assert 'name="version" value="2"' in said
    waste.refresh_from_db()
    assert waste.fields["value"] == 18


def seal_of(plan: Plan, person) -> str:
    return review.seal(review.sure(plan, review.rows(person, plan)))


def test_bulk_accepts_what_is_in_no_doubt_and_only_that(plan, office):
    found = actions.accept_sure(plan.pk, by=office, seal=seal_of(plan, office))
    assert {f.state for f in plan.findings.items()} == {"accepted", "pending"}
    left = [f.text for f in plan.findings.items().filter(state="pending")]
    assert left == [find(plan, "建设用地").text]
    assert len(found) == plan.findings.items().count() - 1
    actions.undo_step(plan.pk, by=office)
    assert not plan.findings.filter(state="accepted").exists()


def test_bulk_refuses_what_the_person_has_not_seen(plan, office, colleague):
    seal = seal_of(plan, office)
    actions.reject_finding(find(plan, "废气").pk, by=colleague)
    with pytest.raises(ChangedMeanwhile, match="刚才有人动过"):
        actions.accept_sure(plan.pk, by=office, seal=seal)


def test_a_correction_is_proposed_for_the_same_wording_and_says_where_from(plan, office, bureau, as_):
    waste = find(plan, "废气")
    water = bureau.offices["水科"].pk
    actions.accept_finding(waste.pk, by=office, fields={"leads": [water], "deadline": "11月30日", "check": "ongoing"})
    later = actions.upload_plan(upload(NEXT_YEAR, "明年.txt"), by=office)[0]
    same = find(later, "废气")
    assert same.fields["leads"] != [water]
    proposal = memory.proposals(later, list(later.findings.all()))[same.pk]
    assert proposal.fields == {"leads": [water], "deadline": "2027-11-30", "check": "ongoing"}
    assert "青川区2026年" in proposal.source
    assert "周督办" in proposal.source
    client = as_(office)
    card = client.get(reverse("ledger:finding", args=[same.pk]), headers={"HX-Request": "true"}).content.decode()
    assert "牵头单位：水科" in card
    assert "青川区2026年生态环境保护工作要点" in card
    assert 'value="2027-12-31"' in card
    filled = client.get(reverse("ledger:finding", args=[same.pk]) + "?fill=1", headers={"HX-Request": "true"}).content.decode()
    assert 'value="2027-11-30"' in filled
    assert same.pk not in [f.pk for f in actions.accept_sure(later.pk, by=office, seal=seal_of(later, office))]


def test_what_was_left_out_is_proposed_to_be_left_out(plan, office):
    actions.reject_finding(find(plan, "废气").pk, by=office)
    later = actions.upload_plan(upload(NEXT_YEAR, "明年.txt"), by=office)[0]
    assert memory.proposals(later, list(later.findings.all()))[find(later, "废气").pk].words == ("不入账",)


def test_a_masked_figure_is_never_remembered(plan, office):
    land = find(plan, "建设用地")
    actions.accept_finding(land.pk, by=office, fields={"value": "95"}, basis="市环委办〔2026〕5号附件2")
    later = actions.upload_plan(upload(NEXT_YEAR, "明年.txt"), by=office)[0]
    assert find(later, "建设用地").pk not in memory.proposals(later, list(later.findings.all()))


def test_a_person_sees_what_is_remembered_forgets_it_and_recalls_it(plan, later_plan, office, town_person, as_):
    actions.accept_finding(find(plan, "废气").pk, by=office, fields={"deadline": "11月30日"})
    (one,) = Remembered.objects.all()
    client = as_(office)
    assert "11-30" in client.get(reverse("ledger:remembered")).content.decode()
    client.post(reverse("ledger:forget", args=[one.pk]))
    assert memory.proposals(later_plan, list(later_plan.findings.all())) == {}
    client.post(reverse("ledger:forget", args=[one.pk]), {"recall": "1"})
    assert find(later_plan, "废气").pk in memory.proposals(later_plan, list(later_plan.findings.all()))
    assert AuditEvent.objects.filter(action__in=["不再提示更正", "恢复记住的更正"]).count() == 2
    assert as_(town_person).post(reverse("ledger:forget", args=[one.pk])).status_code == 403


def test_every_step_needs_the_right(plan, town_person, stranger):
    waste = find(plan, "废气")
    for person in (town_person, stranger):
        for act in (
            lambda p: actions.merge_findings(waste.pk, by=p),
            lambda p: actions.split_finding(waste.pk, waste.start + 3, by=p),
            lambda p: actions.accept_sure(plan.pk, by=p, seal=""),
            lambda p: actions.undo_step(plan.pk, by=p),
            lambda p: actions.add_finding(plan.pk, "task", 0, 4, by=p),
        ):
            with pytest.raises(PermissionDenied):
                act(person)


def test_a_doubt_from_last_years_plan_stands_at_the_weaker_figure(plan, office):
    later = actions.upload_plan(upload(NEXT_YEAR.replace("300天以上", "290天以上"), "明年.txt"), by=office)[0]
    doubts = {f.fields["code"]: f for f in later.findings.filter(kind="doubt")}
    assert doubts["weaker"].text == find(later, "优良天数").text
    assert "那时 ≥ 300 天，现在 ≥ 290 天" in doubts["weaker"].fields["message"]
    assert find(later, "优良天数").pk not in [f.pk for f in actions.accept_sure(later.pk, by=office, seal=seal_of(later, office))]


def test_looking_again_finds_what_a_plan_uploaded_later_shows(plan, office):
    assert actions.recheck_plan(plan.pk, by=office) == (0, 0)
    last = TEXT.replace("2026", "2025").replace("300天以上", "310天以上")
    older = actions.upload_plan(upload(last, "去年.txt"), by=office)[0]
    assert actions.recheck_plan(plan.pk, by=office) == (1, 0)
    doubt = plan.findings.standing().get(code="weaker")
    assert doubt.text == find(plan, "优良天数").text
    actions.reject_finding(find(older, "优良天数").pk, by=office)
    assert actions.recheck_plan(plan.pk, by=office) == (0, 1)
    actions.undo_step(plan.pk, by=office)
    assert plan.findings.standing().filter(code="weaker").exists()


def test_filters_narrow_the_list_and_long_plans_come_in_sheets(office, as_):
    items = "\n".join(f"{n}.完成第{n}片区废气治理{n}家。（牵头单位：大气科）\n开展第{n}片区裸地巡查，督促工地落实各项扬尘防治措施和要求。" for n in range(1, 401))
    plan, _ = actions.upload_plan(upload(f"青川区2026年工作要点\n二、重点任务\n{items}\n", "长.txt"), by=office)
    parts = review.sheets(plan)
    assert len(parts) > 2
    assert [row for s in parts for row in s.paragraphs] == plan.paragraphs
    client, address = as_(office), reverse("ledger:plan", args=[plan.pk])
    page = client.get(address).content.decode()
    assert f"第 1 / {len(parts)} 页" in page
    assert "完成第400片区" not in page
    last = find(plan, "第400片区废气")
    assert "完成第400片区" in client.get(f"{address}?at={last.pk}").content.decode()
    narrowed = client.get(f"{address}?q=第399片区废气").content.decode()
    assert "完成第399片区废气治理399家" in narrowed
    assert narrowed.count('<article class="find') == 1
    assert "没有符合条件" in client.get(f"{address}?q=没有的字").content.decode()


def test_two_plans_are_laid_side_by_side_on_a_page_and_a_sheet(plan, office, town_person, as_):
    changed = NEXT_YEAR.replace("废气深度治理15家", "废气深度治理20家").replace("300天以上", "290天以上")
    later = actions.upload_plan(upload(changed, "明年.txt"), by=office)[0]
    client, query = as_(office), f"?before={plan.pk}&after={later.pk}"
    page = client.get(reverse("ledger:compare") + query).content.decode()
    for finding in (find(plan, "废气"), find(later, "废气"), find(plan, "优良天数"), find(later, "优良天数")):
        assert f"?at={finding.pk}" in page
    assert "15 家 → 20 家" in page
    assert "≥ 300 天 → ≥ 290 天" in page
    assert "柴油车" not in page
    sheet = client.get(reverse("ledger:compare_sheet") + query)
    assert sheet.content[:2] == b"PK"
    assert client.get(reverse("ledger:compare") + f"?before={plan.pk}&after={plan.pk}").status_code == 200
    assert as_(town_person).get(reverse("ledger:compare") + query).status_code == 403


def test_a_correction_is_what_is_compared(plan, office):
    later = actions.upload_plan(upload(NEXT_YEAR, "明年.txt"), by=office)[0]
    actions.accept_finding(find(later, "废气").pk, by=office, fields={"value": "22"})
    mine = {p.ref: p for p in reading.promises(later)}
    assert mine[find(later, "废气").pk].value == 22


def test_a_row_made_before_this_release_is_still_compared(plan):
    finding = find(plan, "废气")
    finding.read = finding.fields = {k: v for k, v in finding.read.items() if k not in ("verb", "object", "recurrence")}
    finding.save()
    promise = reading.promise_of(Finding.objects.select_related("plan").get(pk=finding.pk))
    assert (promise.verb, promise.value, promise.unit) == ("完成", 15, "家")
    assert Task.objects.count() == 0


def test_entering_the_ledger_can_be_taken_back_while_nothing_hangs_on_it(plan, office):
    finding = find(plan, "行政村")
    actions.accept_finding(finding.pk, by=office)
    (row,) = actions.enter_ledger(plan.pk, by=office)
    step, _ = actions.undo_step(plan.pk, by=office)
    row.refresh_from_db()
    assert (step.act, row.state, row.finding) == ("入台账", Task.State.CANCELLED, None)
    event = row.events.first()
    assert (event.words, event.data) == ("撤回入台账", {"finding": finding.pk})
    assert AuditEvent.objects.filter(action="撤回入台账").count() == 1
    (again,) = actions.enter_ledger(plan.pk, by=office)
    assert (again.finding_id, again.number) == (finding.pk, row.number + 1)
    actions.undo_step(plan.pk, by=office)
    actions.undo_step(plan.pk, by=office)  # the acceptance before it
    assert Finding.objects.get(pk=finding.pk).state == Finding.State.PENDING


def test_a_row_that_was_worked_on_keeps_the_ledger_entry(plan, office):
    actions.accept_finding(find(plan, "行政村").pk, by=office)
    (row,) = actions.enter_ledger(plan.pk, by=office)
    actions.cancel_task(row.pk, by=office, basis="会议纪要〔2026〕1号")
    with pytest.raises(Refused, match="不能整批撤回"):
        actions.undo_step(plan.pk, by=office)
    again = Task.objects.get(pk=row.pk)
    assert again.finding_id == row.finding_id


def test_the_page_lists_named_systems_with_their_paragraphs(office, bureau, client):
    words = "建立扬尘智慧监管平台，落实《白石河流域治理规划》，完善河道巡查台账。\n\n4.用好扬尘智慧监管平台，完成联网20家。"
    plan = actions.upload_plan(upload(TEXT.replace("3.完成16个", words + "\n\n3.完成16个"), "要点.txt"), by=office)[0]
    named = review.systems(plan, review.sheets(plan))
    assert [(one.name, len(one.places)) for one in named][:2] == [("扬尘智慧监管平台", 2), ("白石河流域治理规划", 1)]
    client.force_login(office)
    page = client.get(reverse("ledger:plan", args=[plan.pk])).content.decode()
    for one in named:
        assert f'<th scope="row">{one.name}</th>' in page
        for number, _ in one.places:
            assert f'id="p{number}"' in page
