"""The three lights of a row and the mark of weak work, everywhere a row is shown."""

from __future__ import annotations

from datetime import date

from tests.bureau.ledger.conftest import photo

from qingshan.bureau.ledger import actions, queries, weak
from qingshan.bureau.ledger.actions.lists import lists
from qingshan.terms.registry import Registry


def test_the_three_lights_and_weak_work_are_seen_in_list_board_card_task_page_and_sheet(ledger, office, traffic, as_, monkeypatch):
    task = ledger["柴油车"]
    actions.return_task(task.pk, by=traffic, words="都淘汰了", value=300, done=True, files=[photo()])
    actions.verify_task(task.pk, by=office, value=240, basis="现场核查单 17")
    actions.return_task(ledger["岸电"].pk, by=traffic, words="没有场地", blocked=True)
    monkeypatch.setattr(weak, "provider", Registry("不严不实"))
    weak.provider.add("试")(lambda on: {ledger["岸电"].pk: {"同一佐证用于几项任务": "佐证“现场.jpg”也用在别处"}})
    rows = {row.task.pk: row for row in queries.rows(office, queries.Filters(), date(2026, 11, 19), 2026)}
    queries.add_signs(list(rows.values()), date(2026, 11, 19))
    three = rows[task.pk].signals
    assert [(one.source, one.colour) for one in three] == [("时间", "red"), ("数据", "red"), ("反馈", "green")]
    client, said = as_(office), str(three)
    for address in ("/ledger/", "/ledger/?view=board", "/ledger/?tab=weak"):
        page = client.get(address).content.decode()
        assert said in page, address
        assert page.count("不严不实</span>") >= 2, address
    assert ledger["废气"].title not in client.get("/ledger/?tab=weak").content.decode()
    for address in (f"/ledger/{task.pk}/", f"/ledger/{task.pk}/card/"):
        page = client.get(address).content.decode()
        assert all(one.words in page and one.why in page for one in three), address
    assert "也用在别处" in client.get(f"/ledger/{ledger['岸电'].pk}/").content.decode()
    assert rows[ledger["岸电"].pk].signals.report.words == "报办不了"
    cells = lists["tasks"].computed(rows[task.pk])
    assert cells["反馈灯"] == "绿，已报完成"
    assert cells["不严不实"].startswith("报完成而数未达：单位报 300，核实 240")
