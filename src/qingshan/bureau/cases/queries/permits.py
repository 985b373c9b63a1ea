"""Who may do what beside the declared steps (事项操作权限): one table for the actions, the pages and the tests."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from qingshan.bureau.base.models import Person
from qingshan.bureau.cases.declared import actors
from qingshan.bureau.cases.models import Case
from qingshan.bureau.cases.queries.standing import reversible

OFFICE = ("transfer", "join", "extend", "refuse_extension", "merge", "part", "reopen", "answer_rung")
"""done by those who hand cases out"""

TITLES = {
    "transfer": "转办", "join": "联合办理", "ask_extension": "申请延期", "extend": "延期", "refuse_extension": "不同意延期",
    "merge": "并案", "part": "拆出", "reopen": "重启", "undo": "撤回上一步", "answer_rung": "记约谈结果",
}  # fmt: skip


def permits(action: str, case: Case, person: Person) -> bool:
    """Whether a person may do this with the case; that it makes sense now is checked by the action."""
    if not person.is_active:
        return False
    if action == "ask_extension":
        return actors["responsible"](case, person)
    if action == "undo":
        last = reversible(case)
        return actors["office"](case, person) or (last is not None and last.by_id == person.pk)
    if action not in OFFICE:
        raise LookupError(f"没有操作“{action}”；已有：{'、'.join(TITLES)}")
    return actors["office"](case, person)


def need(action: str, case: Case, person: Person) -> None:
    if not permits(action, case, person):
        office = "有“交办事项”权限的人"
        who = {"ask_extension": f"责任单位“{case.responsible}”", "undo": f"办这一步的人或{office}"}
        raise PermissionDenied(f"{TITLES[action]}须由{who.get(action, office)}办理")


def sees_secrets(person: Person) -> bool:
    """Whether who reported is shown to this person (举报人信息只给交办和核查的人)."""
    return person.has_perm("cases.dispatch_case") or person.has_perm("cases.verify_case")
