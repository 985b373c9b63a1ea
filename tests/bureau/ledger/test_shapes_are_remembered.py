"""Merges and splits are remembered for a wording: the next plan's same words are proposed in the same shape, with a way back."""

from __future__ import annotations

import pytest
from django.urls import reverse
from tests.bureau.ledger.conftest import TEXT, find, upload

from qingshan.bureau.ledger import actions, memory, review, shapes
from qingshan.bureau.ledger.actions import ChangedMeanwhile
from qingshan.bureau.ledger.models import Plan, Remembered

HTMX = {"HX-Request": "true"}


@pytest.fixture
def later(plan, office) -> Plan:
    """Next year's plan in the same words, some of them spaced otherwise."""
    text = TEXT.replace("2026", "2027").replace("〔2027〕3号", "〔2027〕8号").replace("完成16个行政村", "完成16个 行政村")
    return actions.upload_plan(upload(text, "明年要点.txt"), by=office)[0]


def shaped(plan: Plan, person) -> dict[int, shapes.Shape]:
    return shapes.proposed(plan, review.rows(person, plan))


def cut(plan: Plan, by):
    whole = find(plan, "行政村")
    return whole, actions.split_finding(whole.pk, whole.start + whole.text.index("行政村"), by=by)


def test_a_split_is_proposed_for_the_same_words_and_taken_with_one_button(plan, later, office, as_):
    cut(plan, office)
    same = find(later, "行政村")
    assert list(shaped(later, office)) == [same.pk]
    client = as_(office)
    card = client.get(reverse("ledger:finding", args=[same.pk]), headers=HTMX).content.decode()
    assert "同样的话上次拆成“完成16个”和“行政村生活污水治理”" in card
    assert "青川区2026年生态环境保护工作要点" in card
    at = shaped(later, office)[same.pk].at
    assert f'"at": {at}' in card
    assert "上次拆分过" in client.get(f"{reverse('ledger:plan', args=[later.pk])}?doubt=memory").content.decode()
    client.post(reverse("ledger:split", args=[same.pk]), {"at": at, "version": same.version}, headers=HTMX)
    parts = [f.text for f in later.findings.items() if f.sources == [same.pk]]
    assert parts == ["完成16个", "行政村生活污水治理"]
    assert [later.text[f.start : f.end] for f in later.findings.items() if f.sources == [same.pk]] == parts
    assert shaped(later, office) == {}


def test_a_merge_is_proposed_where_the_same_two_follow_each_other(plan, later, office, as_):
    merged = actions.merge_findings(find(plan, "柴油车").pk, by=office)
    first, second = find(later, "柴油车"), find(later, "岸电")
    shape = shaped(later, office)[first.pk]
    assert (shape.second, shape.remembered.finding_id) == (second.pk, merged.pk)
    card = as_(office).get(reverse("ledger:finding", args=[first.pk]), headers=HTMX).content.decode()
    assert "同样的话上次并入下一项" in card
    as_(office).post(reverse("ledger:merge", args=[first.pk]), {"second": second.pk, "version": first.version}, headers=HTMX)
    joined = later.findings.items().get(sources=[first.pk, second.pk])
    assert joined.places == [(first.start, first.end), (second.start, second.end)]
    actions.undo_step(later.pk, by=office)
    assert list(shaped(later, office)) == [first.pk]  # taken back: the words are remembered as before, and proposed again
    actions.reject_finding(second.pk, by=office)
    assert shaped(later, office) == {}


def test_a_merge_of_what_no_longer_follows_is_refused(later, office):
    first = find(later, "柴油车")
    with pytest.raises(ChangedMeanwhile, match="后一项刚才变了"):
        actions.merge_findings(first.pk, by=office, second=find(later, "行政村").pk)


def test_what_is_proposed_is_not_accepted_in_bulk(plan, later, office):
    cut(plan, office)
    actions.merge_findings(find(plan, "柴油车").pk, by=office)
    sure = {row.pk for row in review.sure(later, review.rows(office, later))}
    assert not sure & {find(later, word).pk for word in ("柴油车", "岸电", "行政村")}
    assert find(later, "废气").pk in sure


def test_taking_the_step_back_forgets_it_and_revives_what_gave_way(plan, later, office):
    whole, _ = cut(plan, office)
    actions.undo_step(plan.pk, by=office)
    assert shaped(later, office) == {}
    actions.split_finding(whole.pk, whole.start + 4, by=office)
    same = find(later, "行政村")
    actions.split_finding(same.pk, same.start + same.text.index("生活"), by=office)
    third = actions.upload_plan(upload(TEXT.replace("2026", "2028"), "后年.txt"), by=office)[0]
    assert shaped(third, office)[find(third, "行政村").pk].remembered.pieces == ["完成16个行政村", "生活污水治理"]
    actions.undo_step(later.pk, by=office)
    assert shaped(third, office)[find(third, "行政村").pk].remembered.pieces == ["完成16", "个行政村生活污水治理"]


def test_putting_the_parts_together_again_forgets_the_split_and_parting_again_forgets_the_merge(plan, later, office):
    _, (first, _) = cut(plan, office)
    actions.merge_findings(first.pk, by=office)
    merged = actions.merge_findings(find(plan, "柴油车").pk, by=office)
    actions.split_finding(merged.pk, merged.places[0][1], by=office)
    assert not Remembered.objects.filter(forgotten=None).exists()
    assert shaped(later, office) == {}


def test_a_correction_of_a_part_is_remembered_for_the_part(plan, later, office, bureau):
    _, (_, second) = cut(plan, office)
    actions.accept_finding(second.pk, by=office, fields={"leads": [bureau.offices["大气科"].pk]})
    same = find(later, "行政村")
    _, part = actions.split_finding(same.pk, shaped(later, office)[same.pk].at, by=office)
    assert memory.proposals(later, [part])[part.pk].words == ("牵头单位：大气科",)


def test_leaving_a_wording_out_and_splitting_it_give_way_to_each_other(plan, later, office):
    whole, _ = cut(plan, office)
    same = find(later, "行政村")
    step = actions.reject_finding(same.pk, by=office)
    assert [r.left_out for r in Remembered.objects.filter(forgotten=None)] == [True]
    actions.undo_step(later.pk, by=office)
    assert [(r.act, r.left_out) for r in Remembered.objects.filter(forgotten=None)] == [("split", False)]
    assert step.pk != whole.pk


def test_a_person_sees_a_remembered_split_forgets_it_and_recalls_it(plan, later, office, as_):
    cut(plan, office)
    client, (one,) = as_(office), Remembered.objects.all()
    assert "拆成“完成16个”和“行政村生活污水治理”" in client.get(reverse("ledger:remembered")).content.decode()
    client.post(reverse("ledger:forget", args=[one.pk]))
    assert shaped(later, office) == {}
    client.post(reverse("ledger:forget", args=[one.pk]), {"recall": "1"})
    assert list(shaped(later, office)) == [find(later, "行政村").pk]
