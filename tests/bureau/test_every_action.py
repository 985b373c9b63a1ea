"""Every action for every shipped role and for another organisation, found in the code itself: nothing is listed by hand.

An action is a public function of an app's ``actions`` with an argument ``by: Person``. Its rule is the ``need(by, "app.codename", …)`` it
or a helper of its app asks; an action that asks for none fails here unless `OPEN` says why. What it is about is told by the name of its
first argument: rows of `SCOPED` kinds are refused to people of another organisation whatever they may. A new room joins in `ROOMS`.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from tests.bureau.conftest import make_person
from tests.bureau.ledger.conftest import ledger, office, plan, today  # noqa: F401
from tests.bureau.returns.conftest import rota  # noqa: F401

from qingshan.bureau.base import roles
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.ledger import actions as ledger_actions
from qingshan.bureau.returns import actions as returns_actions
from qingshan.bureau.returns.models import Line

ROOMS = ("base", "notices", "ledger", "returns", "bulletins")
NOWHERE = 999_999_999
OPEN = {
    "notices.read": "自己的消息",
    "notices.read_all": "自己的消息",
    "notices.choose": "自己的邮箱与偏好",
    "ledger.save_filter": "自己的常用筛选",
    "ledger.drop_filter": "自己的常用筛选",
    "ledger.export_sheet": "只写出交给它的、已按范围取的行",
    "ledger.export_tasks": "只写出交给它的、已按范围取的行",
    "ledger.read_import": "按清单各自的 may_import",
    "ledger.confirm_import": "按清单各自的 may_import",
    "ledger.drop_import": "自己的导入",
}
SCOPED = {"task_id", "task_ids", "plan_id", "finding_id", "period_id", "rota_id", "line_id", "pairs"}
UNSCOPED = {
    "duty_id": "责任清单全区一份", "group_id": "小组全区共用", "seat_id": "小组全区共用", "filter_id": "本人", "import_id": "本人",
    "remembered_id": "更正记忆全区共用", "reporter_id": "信息员由管安排的人定", "unread_id": "没读成的文件只有上传的人看",
    "issue_id": "通报由局里起草", "pk": "各表自己的编号，见各自的测试", "figure_id": "定格后的数，见定格的测试",
    "drafts": "别人的行不存，见填报的测试",
}  # fmt: skip


def helpers_of(function: Callable, app: str) -> Iterator[Callable]:
    """The function and every function of its app that it calls, however deep."""
    seen, waiting = set(), [inspect.unwrap(function)]
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        yield one
        for call in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(one)))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                named = one.__globals__.get(call.func.id)
                if inspect.isfunction(named) and named.__module__.startswith(f"qingshan.bureau.{app}"):
                    waiting.append(inspect.unwrap(named))


def asked(function: Callable, app: str) -> set[str]:
    """The permissions it asks for; a name stands for the constant of its module."""
    found = set()
    for one in helpers_of(function, app):
        for call in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(one)))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "need":
                what = call.args[1]
                if isinstance(what, ast.Starred):
                    found.add(one.__globals__[what.value.id][0])
                else:
                    found.add(what.value if isinstance(what, ast.Constant) else one.__globals__[what.id])
    return found


def found() -> dict[str, Callable]:
    """Name → action, of all rooms."""
    actions = {}
    for app in ROOMS:
        package = importlib.import_module(f"qingshan.bureau.{app}.actions")
        paths = [f"{package.__name__}.{one.name}" for one in pkgutil.iter_modules(getattr(package, "__path__", ()))]
        public = getattr(package, "__all__", None)
        for module in map(importlib.import_module, paths or [package.__name__]):
            for name, function in inspect.getmembers(module, inspect.isfunction):
                own = function.__module__ == module.__name__ and not name.startswith("_") and (public is None or name in public)
                if own and "by" in inspect.signature(function).parameters:
                    actions[f"{app}.{name}"] = function
    return actions


ACTIONS = found()
RULES = {name: asked(function, name.split(".")[0]) for name, function in ACTIONS.items()}


def filler(parameter: inspect.Parameter, rows: dict[str, object]):
    """A value that fits the argument's annotation and leads to nothing, or the real row where one is given."""
    if parameter.name in rows:
        return rows[parameter.name]
    kind = str(parameter.annotation).split(" | ")[0]
    made = {
        "int": NOWHERE, "str": "x", "bool": False, "date": date(2026, 11, 30), "dict": {}, "list[int]": [NOWHERE], "list[str]": ["x"],
        "UploadedFile": SimpleUploadedFile("x.txt", "要点".encode()), "dict[int, int": {NOWHERE: None},
        "dict[int, dict[str, str]]": {NOWHERE: {}}, "dict[str, str]": {}, "set[int]": set(),
    }  # fmt: skip
    return made.get(kind)


def tried(function: Callable, person, rows: dict[str, object] | None = None) -> BaseException | None:
    """What the action answers this person; nothing of it stays."""
    needed = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty and p.name != "by"]
    given = {p.name: filler(p, rows or {}) for p in needed}
    try:
        with transaction.atomic():
            function(**given, by=person)
            transaction.set_rollback(True)
    except Exception as answer:
        return answer
    return None


def test_every_action_asks_for_a_permission_or_says_why_not():
    assert len(ACTIONS) > 70
    assert {name for name, rule in RULES.items() if not rule} == set(OPEN)
    firsts = {name: next(iter(inspect.signature(f).parameters)) for name, f in ACTIONS.items()}
    about = {n: p for n, p in firsts.items() if n not in OPEN and (p.endswith(("_id", "_ids")) or p in ("pk", "pairs", "drafts"))}
    assert set(about.values()) <= SCOPED | set(UNSCOPED), "新动作的第一个参数是什么的编号：归入 SCOPED 或写明 UNSCOPED 的理由"


def test_each_shipped_role_may_what_it_declares_and_nothing_else(bureau):
    wrong, n = [], 0
    for role in roles.declared():
        person = make_person(f"m_{role.name}", role.title, bureau.own, role.name)
        before = AuditEvent.objects.count()
        for name, rule in RULES.items():
            if not rule:
                continue
            has, n = rule & set(role.permissions), n + 1
            answer = tried(ACTIONS[name], person)
            if has == rule and isinstance(answer, PermissionDenied):
                wrong.append(f"{role.title} {name}：有{'、'.join(rule)}，却被拒：{answer}")
            if not has and not isinstance(answer, PermissionDenied):
                wrong.append(f"{role.title} {name}：没有{'、'.join(rule)}，却没有被拒：{answer!r}")
        assert AuditEvent.objects.count() == before
    assert not wrong, "\n".join(wrong)
    assert n == len(roles.declared()) * (len(ACTIONS) - len(OPEN))


@pytest.fixture
def rows(bureau, ledger, office, plan, rota, monkeypatch) -> dict[str, object]:  # noqa: F811
    """Rows that 住建局 has nothing to do with; every town has a share in the plan."""
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-26T09:00:00")
    returns_actions.open_due()
    task, line = ledger["柴油车"], Line.objects.get(task=ledger["柴油车"])
    return {
        "task_id": task.pk, "task_ids": [task.pk], "pairs": {task.pk: None}, "plan_id": plan.pk, "line_id": line.pk,
        "tag": "three_battles.air", "leads": [bureau.departments["住建局"].pk], "deadline": date(2026, 12, 31),
        "group_id": ledger_actions.save_group(None, by=office, fields={"name": "第一组"}).pk, "stages": "x",
        "finding_id": plan.findings.filter(task=None, kind="target").first().pk, "period_id": line.period_id, "rota_id": rota.pk,
    }  # fmt: skip


def test_rows_of_other_organisations_are_refused_whatever_one_may(bureau, office, rows):  # noqa: F811
    assert set(rows) >= SCOPED
    outsiders = [
        make_person("o_department", "外局", bureau.departments["住建局"], "supervisor"),
        make_person("o_nobody", "没有单位的", None, "supervisor"),
    ]
    about = {n: f for n, f in ACTIONS.items() if next(iter(inspect.signature(f).parameters)) in SCOPED and RULES[n]}
    wrong = []
    for name, function in about.items():
        for person in outsiders:
            answer = tried(function, person, rows)
            refused = isinstance(answer, Refused) and answer.status in (403, 404)
            if not refused and not isinstance(answer, ObjectDoesNotExist | PermissionDenied):
                wrong.append(f"{person.organisation} {name}：别的单位的，却没有被拒：{answer!r}")
        mine = tried(function, office, rows)
        if all(office.has_perm(one) for one in RULES[name]) and isinstance(mine, ObjectDoesNotExist | PermissionDenied):
            wrong.append(f"区生态办 {name}：自己范围内的，却被拒：{mine!r}")
    assert len(about) > 30
    assert not wrong, "\n".join(wrong)
