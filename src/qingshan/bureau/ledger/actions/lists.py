"""The lists that go to Excel and come back (清单): each declares its columns, what a row says, and the actions that change it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Generic, TypeVar

from qingshan.bureau.base import clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Organisation, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.base.typed import number
from qingshan.bureau.ledger import queries
from qingshan.bureau.ledger.actions.duties import save_duty
from qingshan.bureau.ledger.actions.groups import MANAGE, save_group, seat, unseat
from qingshan.bureau.ledger.actions.parts import add_part
from qingshan.bureau.ledger.actions.tasks import add_task, edit_task
from qingshan.bureau.ledger.columns import Column, plain
from qingshan.bureau.ledger.models import OPERATORS, Duty, DutyList, Task, WorkGroup
from qingshan.bureau.ledger.units import said
from qingshan.terms.registry import Registry

T = TypeVar("T")
RHYTHMS = tuple(Task.Rhythm.choices)


class SheetList(Generic[T]):
    """One list as Excel sees it. `about` says which of several it is (a year, a task, an edition)."""

    name: ClassVar[str]
    title: ClassVar[str]
    columns: ClassVar[tuple[Column, ...]]
    one: ClassVar[str] = "任务"

    def may_import(self, by: Person) -> None:
        """Go on only where the person may bring a sheet in."""
        raise NotImplementedError

    def all(self, by: Person, about: str) -> list[T]:
        """Every row the person sees."""
        raise NotImplementedError

    def some(self, by: Person, ids: Iterable[int]) -> list[T]:
        """The rows of these ids that the person sees."""
        raise NotImplementedError

    def pk(self, row: T) -> int:
        return row.pk  # type: ignore[attr-defined]

    def version(self, row: T) -> int:
        return row.version  # type: ignore[attr-defined]

    def cells(self, row: T) -> dict[str, str]:
        """What a sheet says of a row, as text by field; kept with the export to see later who changed what."""
        raise NotImplementedError

    def computed(self, row: T) -> dict[str, str]:
        """What the platform adds, as text by column title."""
        return {}

    def names(self, by: Person, about: str) -> dict[str, list[int]]:
        """Ids by the name a row goes by among people, to know a row whose key was lost."""
        raise NotImplementedError

    def name_of(self, cells: dict[str, str]) -> str:
        raise NotImplementedError

    def shut(self, row: T) -> str:
        """Why a row may not be changed; empty where it may."""
        return ""

    def year(self, about: str) -> int:
        """The year that a date written without one lies in."""
        return clock.today().year

    def change(self, pk: int, *, by: Person, fields: dict, basis: str, version: int) -> None:
        raise NotImplementedError

    def add(self, *, by: Person, fields: dict, basis: str, about: str) -> int:
        raise NotImplementedError


lists: Registry[SheetList] = Registry("清单")

TITLE = Column("任务", 46, "title", must=True, also=(
    "任务名称", "工作任务", "主要任务", "重点任务", "任务内容", "工作内容", "重点工作", "重点工作任务", "具体任务", "工作事项",
    "事项", "任务事项", "主要工作", "措施", "主要措施", "目标任务", "任务措施", "工作措施",
))  # fmt: skip
LEADS = Column("牵头单位", 16, "leads", "units", must=True, weighty=True, also=(
    "责任单位", "牵头部门", "主责单位", "主办单位", "责任部门", "牵头责任单位", "承办单位", "牵头科室", "责任科室", "主责部门",
    "牵头", "主办", "单位",
))  # fmt: skip
COOPS = Column(
    "配合单位", 22, "coops", "units", also=("配合部门", "协办单位", "参与单位", "协同单位", "配合", "协办", "配合责任单位", "参加单位")
)
DEADLINE = Column("期限", 12, "deadline", "date", must=True, weighty=True, also=(
    "完成时限", "完成时间", "时限", "截止日期", "办结时限", "完成期限", "截止时间", "时间节点", "时间要求", "完成日期",
    "办理时限", "时间进度",
))  # fmt: skip
OPERATOR = Column("比较", 8, "operator", "operator", tuple(OPERATORS.items()), weighty=True)
VALUE = Column("数值", 10, "value", "figure", weighty=True, also=("目标值", "指标值", "任务量", "目标数", "年度目标值"))
UNIT = Column("单位", 10, "unit", longest=30, also=("计量单位",), beside="数值")
NOTE = Column("备注", 24, "note", also=("说明",))


COLOURS = {"red": "红，", "amber": "黄，", "green": "绿，", "blue": "", "none": ""}


class Tasks(SheetList[queries.Row]):
    """The ledger of a year (任务台账)."""

    name, title = "tasks", "任务台账"
    columns = (
        Column("序号", 6, also=("编号", "项次")), Column("类别", 7, "kind", fixed=True), TITLE,
        Column("章节", 18, "topic", longest=120, also=("类别名称", "工作领域", "领域", "板块", "分类", "所属章节", "项目类别")),
        LEADS, COOPS,
        DEADLINE, OPERATOR, VALUE, UNIT, Column("反馈节奏", 10, "rhythm", "choice", RHYTHMS), NOTE, Column("单位报数", 10),
        Column("核实或实测", 11), Column("完成%", 8), Column("序时%", 8), Column("亮灯", 14), Column("判定", 7),
        Column("时间灯", 20), Column("数据灯", 24), Column("反馈灯", 20), Column("不严不实", 30), Column("最近反馈", 12),
        Column("佐证件数", 8), Column("出处", 30),
    )  # fmt: skip

    def may_import(self, by: Person) -> None:
        need(by, "ledger.import_tasks", "导入台账需要“导入 Excel”权限")

    def all(self, by: Person, about: str) -> list[queries.Row]:
        found = queries.rows(by, queries.Filters(), clock.today(), self.year(about))
        queries.add_signs(found, clock.today())
        return found

    def some(self, by: Person, ids: Iterable[int]) -> list[queries.Row]:
        found = Task.objects.within(by).filter(pk__in=ids).prefetch_related("leads", "coops").select_related("finding", "plan", "parent")
        return queries.judged_rows(list(found), clock.today())

    def pk(self, row: queries.Row) -> int:
        return row.task.pk

    def version(self, row: queries.Row) -> int:
        return row.task.version

    def cells(self, row: queries.Row) -> dict[str, str]:
        task = row.task
        return {
            "title": task.title, "topic": task.topic, "leads": row.leads, "coops": row.coops, "deadline": task.deadline.isoformat(),
            "operator": OPERATORS.get(task.operator, ""), "value": task.value_text if "/" in task.value_text else plain(task.value),
            "unit": task.unit, "rhythm": task.get_rhythm_display(), "note": task.note,
        }  # fmt: skip

    def computed(self, row: queries.Row) -> dict[str, str]:
        task, light = row.task, row.light
        return {
            "序号": task.label, "类别": "子任务" if task.parent_id else task.get_kind_display(), "单位报数": plain(task.reported),
            "核实或实测": light.value if light.source == "数据" else plain(task.verified),
            "完成%": "" if light.done is None else f"{light.done:g}", "序时%": "" if light.due is None else f"{light.due:g}",
            "亮灯": light.words, "判定": light.source, **{f"{one.source}灯": f"{COLOURS[one.colour]}{one.words}" for one in row.signals},
            "不严不实": row.weak_words, "最近反馈": f"{task.last_return:%Y-%m-%d}" if task.last_return else "",
            "佐证件数": str(row.evidence), "出处": f"《{task.plan.title}》{task.finding.place}" if task.finding_id else "手工新增",
        }  # fmt: skip

    def names(self, by: Person, about: str) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for pk, title in Task.objects.within(by).live().filter(year=self.year(about)).values_list("pk", "title"):
            found.setdefault(title, []).append(pk)
        return found

    def name_of(self, cells: dict[str, str]) -> str:
        return cells.get("title", "")

    def shut(self, row: queries.Row) -> str:
        return "" if row.task.is_going else f"这一项{row.task.get_state_display()}，不能改；确需改请先恢复办理"

    def year(self, about: str) -> int:
        return number(about) or clock.today().year

    def change(self, pk: int, *, by: Person, fields: dict, basis: str, version: int) -> None:
        edit_task(pk, by=by, fields=fields, basis=basis, version=version)

    def add(self, *, by: Person, fields: dict, basis: str, about: str) -> int:
        kind = Task.Kind.TARGET if fields.pop("kind", "") == "目标" else Task.Kind.TASK
        return add_task(by=by, kind=kind, fields=fields | {"basis": basis}, year=self.year(about)).pk


class Parts(Tasks):
    """The parts of one task (子任务); `about` is the task's number in the database."""

    name, title, one = "parts", "子任务", "子任务"
    columns = (
        Column("序号", 7), Column("子任务", 46, "title", must=True, also=TITLE.also + ("任务", "子任务名称", "分项任务")),
        Column("工作标准", 30, "standard", also=("标准", "完成标准", "工作要求", "成果形式")), LEADS, COOPS, DEADLINE,
        Column("权重", 8, "weight", "figure"), OPERATOR, VALUE, UNIT, NOTE, Column("完成%", 8), Column("亮灯", 14),
    )  # fmt: skip

    def _whole(self, by: Person, about: str) -> Task:
        return Task.objects.within(by).get(pk=number(about) or 0)

    def all(self, by: Person, about: str) -> list[queries.Row]:
        found = Task.objects.within(by).live().filter(parent=self._whole(by, about)).select_related("parent", "finding", "plan")
        return queries.judged_rows(list(found.prefetch_related("leads", "coops").order_by("number", "pk")), clock.today())

    def cells(self, row: queries.Row) -> dict[str, str]:
        return super().cells(row) | {"standard": row.task.standard, "weight": plain(row.task.weight)}

    def names(self, by: Person, about: str) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for pk, title in Task.objects.within(by).live().filter(parent=self._whole(by, about)).values_list("pk", "title"):
            found.setdefault(title, []).append(pk)
        return found

    def year(self, about: str) -> int:
        return Task.objects.filter(pk=number(about) or 0).values_list("year", flat=True).first() or clock.today().year

    def add(self, *, by: Person, fields: dict, basis: str, about: str) -> int:
        return add_part(self._whole(by, about).pk, by=by, fields=fields | {"basis": basis}).pk


class Groups(SheetList[WorkGroup]):
    """Groups and work teams with their member units (专项小组、专班)."""

    name, title, one = "groups", "小组", "小组"
    columns = (
        Column("名称", 24, "name", longest=80, must=True, also=("小组名称", "小组", "组别", "专班名称")),
        Column("类别", 10, "kind", "choice", tuple(WorkGroup.Kind.choices)),
        Column("所属委员会", 20, "committee", longest=80, also=("委员会",)),
        Column("牵头单位", 16, "lead", "unit", also=("组长单位", "主责单位")),
        Column("成员单位", 36, "members", "units", also=("成员", "组成单位")), Column("职责", 40, "duty", also=("主要职责", "工作职责")),
        Column("认领词", 24, "words", longest=200), Column("成立", 12, "begins", "date"), Column("到期", 12, "ends", "date"),
        Column("任务数", 8),
        Column("人员", 24),
    )  # fmt: skip

    def may_import(self, by: Person) -> None:
        need(by, "ledger.manage_groups", MANAGE)

    def all(self, by: Person, about: str) -> list[WorkGroup]:
        return list(WorkGroup.objects.select_related("lead").prefetch_related("seats__organisation", "seats__person", "tasks"))

    def some(self, by: Person, ids: Iterable[int]) -> list[WorkGroup]:
        return [group for group in self.all(by, "") if group.pk in set(ids)]

    def cells(self, row: WorkGroup) -> dict[str, str]:
        units = [one.organisation for one in row.seats.all() if one.person_id is None]
        return {
            "name": row.name, "kind": row.get_kind_display(), "committee": row.committee, "lead": str(row.lead or ""),
            "members": said(units, self._towns()), "duty": row.duty, "words": row.words,
            "begins": row.begins.isoformat() if row.begins else "", "ends": row.ends.isoformat() if row.ends else "",
        }  # fmt: skip

    def _towns(self) -> int:
        return Organisation.objects.filter(kind=Organisation.Kind.TOWN).count()

    def computed(self, row: WorkGroup) -> dict[str, str]:
        people = [f"{one.person}（{one.get_post_display()}）" for one in row.seats.all() if one.person_id]
        return {"任务数": str(len(row.tasks.all())), "人员": "、".join(people)}

    def names(self, by: Person, about: str) -> dict[str, list[int]]:
        return {name: [pk] for pk, name in WorkGroup.objects.values_list("pk", "name")}

    def name_of(self, cells: dict[str, str]) -> str:
        return cells.get("name", "")

    def change(self, pk: int, *, by: Person, fields: dict, basis: str, version: int) -> None:
        save_group(pk, by=by, fields=fields | {"basis": basis}, version=version)
        self._seat(pk, by, fields)

    def add(self, *, by: Person, fields: dict, basis: str, about: str) -> int:
        group = save_group(None, by=by, fields=fields | {"basis": basis})
        self._seat(group.pk, by, fields)
        return group.pk

    def _seat(self, pk: int, by: Person, fields: dict) -> None:
        """The units of the sheet are the units of the group; people keep their places."""
        if "members" not in fields:
            return
        there = {one.organisation_id: one.pk for one in WorkGroup.objects.get(pk=pk).seats.filter(person=None)}
        for unit in fields["members"]:
            if unit not in there:
                seat(pk, by=by, organisation=unit)
        for unit, seat_id in there.items():
            if unit not in fields["members"]:
                unseat(seat_id, by=by)


class Duties(SheetList[Duty]):
    """One edition of the list of duties (责任清单); `about` is the edition's number in the database."""

    name, title, one = "duties", "责任清单", "职责"
    columns = (
        Column("序号", 6),
        Column("职责", 50, "text", must=True, also=("责任事项", "工作职责", "主要职责", "责任内容", "职责内容", "责任")),
        Column("关键词", 26, "words", must=True, longest=200),
        Column("责任单位", 18, "unit", "unit", must=True, also=("牵头单位", "责任部门", "部门", "单位")),
        Column("依据", 34, "basis", longest=200, also=("法律依据", "政策依据", "文件依据")),
    )  # fmt: skip

    def may_import(self, by: Person) -> None:
        need(by, "ledger.manage_groups", MANAGE)

    def all(self, by: Person, about: str) -> list[Duty]:
        return list(Duty.objects.filter(edition=number(about) or 0, dropped=False).select_related("unit"))

    def some(self, by: Person, ids: Iterable[int]) -> list[Duty]:
        return list(Duty.objects.filter(pk__in=ids).select_related("unit", "edition"))

    def cells(self, row: Duty) -> dict[str, str]:
        return {"text": row.text, "words": row.words, "unit": str(row.unit), "basis": row.basis}

    def computed(self, row: Duty) -> dict[str, str]:
        return {"序号": str(row.number)}

    def names(self, by: Person, about: str) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for duty in self.all(by, about):
            found.setdefault(duty.text, []).append(duty.pk)
        return found

    def name_of(self, cells: dict[str, str]) -> str:
        return cells.get("text", "")

    def shut(self, row: Duty) -> str:
        ends = row.edition.ends
        if row.dropped:
            return "这一项已删去，要用请先恢复"
        return f"“{row.edition}”{ends} 已废止，不能再改" if ends is not None and ends < clock.today() else ""

    def change(self, pk: int, *, by: Person, fields: dict, basis: str, version: int) -> None:
        save_duty(pk, by=by, fields=fields, version=version)

    def add(self, *, by: Person, fields: dict, basis: str, about: str) -> int:
        edition = DutyList.objects.filter(pk=number(about) or 0).first()
        if edition is None:
            raise Refused("没有这一版责任清单，请先新建一版", status=404)
        return save_duty(None, by=by, fields=fields, edition_id=edition.pk).pk


for _list in (Tasks(), Parts(), Groups(), Duties()):
    lists.add(_list.name)(_list)
