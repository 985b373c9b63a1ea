"""Tags by hand and by words, counted by pairs; battles scored as declared; saved filters, one's own and the unit's."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from tests.bureau.conftest import make_person

from qingshan.bureau.base import packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.ledger import actions, battles, declared, queries, tags
from qingshan.bureau.ledger.lights import Light
from qingshan.bureau.ledger.models import SavedFilter, Task


def rows(person):
    found = queries.tasks(person, queries.Filters(), queries.clock.today(), 2026).prefetch_related("tags", "leads", "coops")
    return queries.judged_rows(list(found), queries.clock.today())


def test_words_propose_and_a_person_sets(ledger, clerk):
    task = ledger["柴油车"]
    found = {one.key: one.word for one in tags.proposed(task, [], queries.clock.today())}
    assert found["three_battles.air"] == "蓝天"
    assert found["three_synergies.carbon"] == "柴油车"
    assert not task.tags.exists()
    assert actions.tag_tasks([task.pk, ledger["废气"].pk], "three_battles.air", by=clerk, words="蓝天") == 2
    assert actions.tag_tasks([task.pk], "three_battles.air", by=clerk) == 0
    assert task.events.first().words == "标为“蓝天”（含“蓝天”）"
    assert "three_battles.air" not in {one.key for one in tags.proposed(task, ["three_battles.air"], queries.clock.today())}
    actions.tag_tasks([task.pk], "three_battles.air", by=clerk, off=True)
    assert not task.tags.exists()
    with pytest.raises(Refused, match=r"没有标签“no\.such”"):
        actions.tag_tasks([task.pk], "no.such", by=clerk)
    with pytest.raises(Refused, match="还没有选任务"):
        actions.tag_tasks([], "three_battles.air", by=clerk)


def test_pairs_are_counted_and_open_the_tasks(ledger, clerk, traffic, as_):
    actions.tag_tasks([ledger["柴油车"].pk, ledger["岸电"].pk], "three_synergies.carbon", by=clerk)
    actions.tag_tasks([ledger["柴油车"].pk], "three_synergies.ozone", by=clerk)
    scheme = packs.get("tags", "three_synergies")
    table = tags.pairs(rows(clerk), scheme, scheme)
    counted = {(cell.row, cell.column): cell.n for _, _, cells in table.rows for cell in cells}
    assert counted["three_synergies.carbon", "three_synergies.ozone"] == counted["three_synergies.ozone", "three_synergies.carbon"] == 1
    assert (counted["three_synergies.carbon", "three_synergies.carbon"], table.n_tagged) == (2, 2)
    page = as_(clerk).get(reverse("ledger:battles") + "?across=three_synergies&down=three_synergies").content.decode()
    assert "?tag=three_synergies.carbon%2Bthree_synergies.ozone" in page
    listed = as_(clerk).get(reverse("ledger:tasks") + "?tag=three_synergies.carbon%2Bthree_synergies.ozone").content.decode()
    assert ledger["柴油车"].title in listed
    assert ledger["岸电"].title not in listed
    with pytest.raises(PermissionDenied):
        actions.tag_tasks([ledger["柴油车"].pk], "three_battles.air", by=traffic)


def battle(**more):
    said = {"name": "b", "title": "战役", "pick": {"topics": ["蓝天"]}, "measure": [{"title": "目标", "weight": 40, "of": "reached"}]}
    return declared.Battle.model_validate(said | more)


def row(kind: str, colour: str, topic="打好蓝天保卫战", done=None, due=None) -> queries.Row:
    task = Task(pk=None, kind=kind, topic=topic, title="x", year=2026)
    task._prefetched_objects_cache = {"tags": []}
    return queries.Row(task, Light(colour, "", done=done, due=due), None, queries.clock.today())


def test_a_battle_s_points_are_those_declared():
    measures = [
        {"title": "目标", "weight": 40, "of": "reached"}, {"title": "绿灯", "weight": 30, "of": "green"},
        {"title": "进度", "weight": 20, "of": "paced"}, {"title": "销号", "weight": 10, "of": "closed"},
    ]  # fmt: skip
    some = [
        row("target", "green"), row("target", "red"), row("target", "none"),
        row("task", "green", done=80.0, due=80.0), row("task", "red", done=20.0, due=80.0), row("task", "blue", done=100.0, due=80.0),
        row("task", "red", topic="打好碧水保卫战"),
    ]  # fmt: skip
    found = battles.score(battle(measure=measures), some)
    assert [(part.n, part.share) for part in found.parts] == [(2, 50), (3, 66.7), (3, 75), (3, 33.3)]
    assert found.total == pytest.approx(0.4 * 50 + 0.3 * 66.7 + 0.2 * 75 + 0.1 * 33.3, abs=0.06)
    only_tasks = battles.score(battle(measure=measures), some[3:])
    assert only_tasks.parts[0].points is None
    assert only_tasks.total == pytest.approx((30 * 66.7 + 20 * 75 + 10 * 33.3) / 60, abs=0.06)
    assert battles.score(battle(measure=measures), []).total is None


@pytest.mark.parametrize("more, words", [
    ({"measure": [{"title": "目标", "weight": 40, "of": "reached"}]}, "合计 40"),
    ({"pick": {}, "measure": [{"title": "目标", "weight": 100, "of": "reached"}]}, "至少写一项"),
])  # fmt: skip
def test_a_battle_that_makes_no_sense_is_refused(more, words):
    with pytest.raises(ValueError, match=words):
        battle(**more)


def test_a_battle_may_only_name_declared_tags(own_folders):
    folder = own_folders / "packs" / "own" / "battles"
    folder.mkdir(parents=True)
    (folder / "x.toml").write_text(
        'name="x"\ntitle="战"\npick={tags=["three_battles.fire"]}\nmeasure=[{title="绿灯",weight=100,of="green"}]\n', encoding="utf-8"
    )
    with pytest.raises(packs.PackFaults, match=r"three_battles\.fire"):
        packs.load([*settings.PACK_FOLDERS, own_folders / "packs" / "own"])


def test_the_page_of_battles_and_its_filter(ledger, clerk, as_):
    client = as_(clerk)
    page = client.get(reverse("ledger:battles")).content.decode()
    assert "蓝天保卫战" in page
    assert "待本局确认" in page
    listed = client.get(reverse("ledger:tasks") + "?battle=blue_sky").content.decode()
    assert ledger["柴油车"].title in listed
    assert ledger["污水"].title not in listed
    assert "没有符合条件" in client.get(reverse("ledger:tasks") + "?battle=no_such").content.decode()


def test_filters_are_kept_shared_with_the_unit_and_removed_by_their_owner(ledger, clerk, office, bureau, as_):
    client = as_(clerk)
    client.post(reverse("ledger:save_filter"), {"title": "本科要盯的", "query": "light=red&page=3&period=2026", "share": "1"})
    found = SavedFilter.objects.get()
    assert (found.query, found.organisation) == ("light=red", clerk.organisation)
    colleague = make_person("tongshi", "同事", bureau.offices["大气科"], "officer")
    assert "本科要盯的" in as_(colleague).get(reverse("ledger:tasks")).content.decode()
    assert "本科要盯的" not in as_(office).get(reverse("ledger:tasks")).content.decode()
    assert as_(colleague).post(reverse("ledger:drop_filter", args=[found.pk])).status_code == 404
    actions.save_filter(by=clerk, title="本科要盯的", query="?light=amber")
    found.refresh_from_db()
    assert (found.query, found.organisation) == ("light=amber", None)
    with pytest.raises(Refused, match="起个名字"):
        actions.save_filter(by=clerk, title=" ", query="")
    client.post(reverse("ledger:drop_filter", args=[found.pk]))
    assert not SavedFilter.objects.exists()


def test_the_bulk_bar_tags_routes_and_carries(ledger, clerk, office, as_):
    group = actions.save_group(None, by=office, fields={"name": "大气组"})
    ids = [ledger["柴油车"].pk, ledger["废气"].pk]
    client, back = as_(clerk), {"back": "/ledger/?light=red"}
    answer = client.post(reverse("ledger:tag_chosen"), {"task": ids, "mark": "three_battles.air", **back})
    assert answer.headers["Location"] == "/ledger/?light=red"
    client.post(reverse("ledger:route_chosen"), {"task": ids, "group_to": group.pk})
    client.post(reverse("ledger:carry"), {"task": ids, "carry_reason": "纪要"})
    assert Task.objects.filter(tags__tag="three_battles.air", groups=group, year=2026).count() == 2
    assert Task.objects.filter(carried_from__in=ids, year=2027, groups=group).count() == 2
