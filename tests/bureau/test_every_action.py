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
from datetime import date, datetime

import pytest
from django.contrib.auth.models import Permission
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
from qingshan.bureau.meetings.models import Meeting
from qingshan.bureau.registers import actions as registers_actions
from qingshan.bureau.registers import queries
from qingshan.bureau.registers.models import Verdict
from qingshan.bureau.returns import actions as returns_actions
from qingshan.bureau.returns.models import Line
from qingshan.bureau.sites.models import Network, Station

ROOMS = ("base", "notices", "ledger", "returns", "bulletins", "registers", "cases", "monitor", "sites", "indicators", "meetings")
NOWHERE = 999_999_999
OPEN = {
    "notices.read": "自己的消息",
    "notices.read_all": "自己的消息",
    "notices.choose": "自己的邮箱与偏好",
    "base.save_view": "自己的视图",
    "base.drop_view": "自己的视图",
    "ledger.save_filter": "自己的常用筛选",
    "ledger.drop_filter": "自己的常用筛选",
    "ledger.export_sheet": "只写出交给它的、已按范围取的行",
    "ledger.export_tasks": "只写出交给它的、已按范围取的行",
    "ledger.read_import": "按清单各自的 may_import",
    "ledger.confirm_import": "按清单各自的 may_import",
    "ledger.drop_import": "自己的导入",
    "indicators.check_ranking": "看得到这份排名的人都可以复算，只加一条复算记录",
    "monitor.save": "问在所调的 sites.save_device",
} | dict.fromkeys(
    (f"cases.{name}" for name in (
        "add_proof", "answer_rung", "ask_extension", "ask_extension_many", "extend", "extend_many", "join", "join_many", "merge", "part",
        "prove_many", "publish_many", "refuse_extension", "reopen", "step_many", "take_step", "transfer", "transfer_many", "undo", "undo_many",
        "withdraw_proof",
    )), "按这件事项里各人的身份（责任单位、核查、交办），见事项的矩阵 cases/test_who_may_what.py",
)  # fmt: skip
EITHER = {"meetings.give_paper": "meetings.call_meeting", "monitor.withdraw": "monitor.file_mark"}
"""one permission that does instead of the rule's"""
SCOPED = {
    "registers.entry_id",
    "registers.verdict_id",
    "meetings.meeting_id",
    "sites.code",
    "task_id",
    "task_ids",
    "plan_id",
    "finding_id",
    "period_id",
    "rota_id",
    "line_id",
    "pairs",
}
UNSCOPED = {
    "duty_id": "责任清单全区一份", "group_id": "小组全区共用", "seat_id": "小组全区共用", "filter_id": "本人", "view_id": "本人", "import_id": "本人",
    "remembered_id": "更正记忆全区共用", "reporter_id": "信息员由管安排的人定", "unread_id": "没读成的文件只有上传的人看",
    "issue_id": "通报由局里起草", "pk": "各表自己的编号，见各自的测试", "figure_id": "定格后的数，见定格的测试",
    "drafts": "别人的行不存，见填报的测试", "attendee_id": "只找得到本单位的，见会议的测试",
    "entry_id": "村级成绩由局里确认", "ranking_id": "排名全区一份", "report_id": "填报由局里确认", "draft_id": "考核方案全区一份",
    "deduction_id": "沙尘剔除全区一份", "roster_id": "名单全区一份",
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


def about(name: str) -> str:
    """What the first argument of an action is: by its room where rooms differ (registers.entry_id)."""
    first = next(iter(inspect.signature(ACTIONS[name]).parameters))
    own = f"{name.split('.')[0]}.{first}"
    return own if own in SCOPED else first


def filler(parameter: inspect.Parameter, rows: dict[str, object], app: str):
    """A value that fits the argument's annotation and leads to nothing, or the real row where one is given."""
    if f"{app}.{parameter.name}" in rows:
        return rows[f"{app}.{parameter.name}"]
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
    app = function.__module__.split(".")[2]
    given = {p.name: filler(p, rows or {}, app) for p in needed}
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
    firsts = {name: about(name) for name in ACTIONS}
    told = {n: p for n, p in firsts.items() if n not in OPEN and (p.endswith(("_id", "_ids")) or p in ("pk", "pairs", "drafts"))}
    assert set(told.values()) <= SCOPED | set(UNSCOPED), "新动作的第一个参数是什么的编号：归入 SCOPED 或写明 UNSCOPED 的理由"


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
            if not has and EITHER.get(name) not in role.permissions and not isinstance(answer, PermissionDenied):
                wrong.append(f"{role.title} {name}：没有{'、'.join(rule)}，却没有被拒：{answer!r}")
        assert AuditEvent.objects.count() == before
    assert not wrong, "\n".join(wrong)
    assert n == len(roles.declared()) * (len(ACTIONS) - len(OPEN))


@pytest.fixture
def rows(bureau, ledger, office, plan, rota, monkeypatch) -> dict[str, object]:  # noqa: F811
    """Rows that 住建局 has nothing to do with; every town has a share in the plan."""
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-26T09:00:00")
    returns_actions.open_due()
    stone = bureau.towns["石门镇"]
    said = {"code": "G1", "shop": "河湾汽修", "class": "一类", "paint": "是"}
    repair = queries.register("vehicle_repair")
    one, two = (registers_actions.add_entry(repair, said | {"code": f"G{n}"}, area=stone, by=None) for n in (1, 2))
    three, four = (registers_actions.add_entry(repair, said | {"code": f"G{n}"}, area=stone, by=None) for n in (3, 4))
    kept = Verdict.objects.create(first=three, second=four, kind="apart", reason="两家", at=datetime(2026, 11, 1))
    meeting = Meeting.objects.create(
        kind="visit", title="走访", year=2026, state="held", starts_at=datetime(2026, 11, 1, 9), by=office, made_at=datetime(2026, 11, 1)
    )
    network = Network.objects.create(name="大气", medium="air")
    Station.objects.create(code="S1", name="石门站", network=network, area=stone)
    task, line = ledger["柴油车"], Line.objects.get(task=ledger["柴油车"])
    return {
        "task_id": task.pk, "task_ids": [task.pk], "pairs": {task.pk: None}, "plan_id": plan.pk, "line_id": line.pk,
        "tag": "three_battles.air", "leads": [bureau.departments["住建局"].pk], "deadline": date(2026, 12, 31),
        "group_id": ledger_actions.save_group(None, by=office, fields={"name": "第一组"}).pk, "stages": "x",
        "registers.entry_id": one.pk, "other_id": two.pk, "registers.verdict_id": kept.pk, "meetings.meeting_id": meeting.pk, "sites.code": "S1",
        "reason": "核对", "area": stone, "values": one.values, "summary": "夜间未覆盖", "responsible": bureau.departments["交通局"],
        "finding_id": plan.findings.filter(task=None, kind="target").first().pk, "period_id": line.period_id, "rota_id": rota.pk,
    }  # fmt: skip


def test_rows_of_other_organisations_are_refused_whatever_one_may(bureau, office, rows):  # noqa: F811
    assert set(rows) >= SCOPED
    outsiders = [
        make_person("o_department", "外局", bureau.departments["住建局"], "supervisor"),
        make_person("o_nobody", "没有单位的", None, "supervisor"),
    ]
    everything = Permission.objects.exclude(content_type__app_label="base")
    for person in outsiders:
        person.user_permissions.set(everything)
    outsiders = [type(person).objects.get(pk=person.pk) for person in outsiders]
    scoped = {n: f for n, f in ACTIONS.items() if about(n) in SCOPED and RULES[n]}
    wrong = []
    for name, function in scoped.items():
        for person in outsiders:
            answer = tried(function, person, rows)
            refused = isinstance(answer, Refused) and answer.status in (403, 404)
            if not refused and not isinstance(answer, ObjectDoesNotExist | PermissionDenied):
                wrong.append(f"{person.organisation} {name}：别的单位的，却没有被拒：{answer!r}")
        mine = tried(function, office, rows)
        if all(office.has_perm(one) for one in RULES[name]) and isinstance(mine, ObjectDoesNotExist | PermissionDenied):
            wrong.append(f"区生态办 {name}：自己范围内的，却被拒：{mine!r}")
    assert len(scoped) > 35
    assert not wrong, "\n".join(wrong)
