"""What measurements say about a case (数据佐证): conditions that steps of a workflow may name."""

from __future__ import annotations

from qingshan.bureau.cases.declared import checks
from qingshan.bureau.monitor.levels import item_words, span_words
from qingshan.bureau.monitor.models import Alarm


@checks.add("episode_over")
def episode_over(case) -> str:
    """Empty once every alarm of the case has ended; else which value is still above."""
    going = Alarm.objects.filter(case=case, ended_at=None).select_related("station__network").first()
    if going is None:
        return ""
    return f"{going.station.name} {item_words(going)} 至 {span_words(going, going.last_at)} 仍未回落"
