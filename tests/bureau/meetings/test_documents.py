"""会议通知、会议纪要 as Word in the house style: what stands in them comes from the meeting."""

from __future__ import annotations

import io

from docx import Document as Docx
from tests.bureau.meetings.conftest import decision

from qingshan.bureau.meetings import actions


def lines(response) -> list[str]:
    assert response.status_code == 200, response.status_code
    docx = Docx(io.BytesIO(response.content))
    cells = [cell.text for table in docx.tables for row in table.rows for cell in row.cells]
    return [p.text for p in docx.paragraphs if p.text.strip()] + cells


def test_the_notice_says_when_where_who_and_what(called, office, town_person, as_):
    actions.add_item(called.pk, by=office, title="通报10月空气质量")
    said = lines(as_(town_person).get(f"/bulletins/meetings/{called.pk}/notice.docx"))
    assert said[0] == "青川区生态环境局"
    assert "2026年第1次" in said
    assert "关于召开11月月度例会" in said
    assert "定于2026年11月20日召开11月月度例会，调度四季度攻坚任务。现将有关事项通知如下：" in said
    for words in ("一、时间", "2026年11月20日（星期五）上午9:00。", "区政府三楼会议室。", "1. 通报10月空气质量。", "请分管负责同志参加。"):
        assert words in said
    assert any(line.startswith("列席：大气科") for line in said)


def test_the_minutes_keep_the_words_and_end_with_the_list_of_what_was_decided(bureau, held, office, as_):
    rows = held.attendees.filter(organisation=bureau.departments["住建局"]).values_list("pk", flat=True)
    actions.hold_meeting(held.pk, by=office, came=list(rows))
    actions.accept_decision(decision(held, "26个重点工地").pk, by=office)
    actions.accept_decision(decision(held, "砂石料场").pk, by=office, become="case")
    said = lines(as_(office).get(f"/bulletins/meetings/{held.pk}/minutes.docx"))
    assert said[0] == "月度例会纪要"
    assert "区生态文明委2026年11月月度例会纪要" in said
    assert "一、住建局牵头，交通局、各镇街配合，12月5日前完成26个重点工地围挡整改。" in said
    assert "出席：住建局。" in said
    assert "2026年11月21日" not in said  # the signature of the pasted text is not repeated
    assert "议定事项清单" in said
    assert [c for c in said if c in ("1", "住建局", "12月5日")] == ["1", "住建局", "12月5日"]
    assert "石门镇5个工作日内报送砂石料场封闭改造方案" in said
