"""Composing a bulletin's content from its template (通报成文): every figure asked of the indicators, none written by hand."""

from __future__ import annotations

from datetime import date, datetime
from urllib.parse import urlencode

from django.conf import settings

from qingshan.bureau.base import packs, trail
from qingshan.bureau.base.models import Area, Organisation
from qingshan.bureau.bulletins.declared import CASE_COLUMNS, TABLE_COLUMNS, TASK_COLUMNS, UNIT_COLUMNS, Block, Figure, Template
from qingshan.bureau.bulletins.document import Block as Part
from qingshan.bureau.bulletins.document import Document, Run
from qingshan.bureau.bulletins.ledger import Ledger, Standing, case_text, picked_query, picked_words, task_text
from qingshan.bureau.bulletins.phrases import split
from qingshan.bureau.indicators import queries
from qingshan.bureau.indicators.assessments import Assessment
from qingshan.bureau.indicators.models import AssessmentRun
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.rankings import Row, Table, compute
from qingshan.bureau.indicators.schemes import Scheme
from qingshan.bureau.indicators.values import Value

MARK = "演示数据，非真实公文"


class Composer:
    """One bulletin in the making: its template, period, assessment (None where it needs no observations), the day on which the ledger
    is looked at, its township where it is one of a township, and the texts people wrote."""

    def __init__(
        self, template: Template, period: Period, held: Assessment | None, written: dict[str, str], on: date, area: Area | None = None
    ):
        self.template, self.period, self.held, self.written, self.on, self.area = template, period, held, written, on, area
        self.refs: dict[str, dict] = {}
        self.tables: dict[str, Table] = {}
        self.ledger = Ledger(on, area)
        self.district = held.district if held else Area.objects.filter(level=Area.Level.DISTRICT).first()
        self.words = {
            "year": str(period.start.year), "month": period.short, "months": period.to_date().short, "period": period.title,
            "district": self.district.name if self.district else "", "area": area.name if area else "", "day": f"{on.month}月{on.day}日",
            "count": str(len(held.towns) if held else Organisation.objects.filter(kind=Organisation.Kind.TOWN).count()),
        }  # fmt: skip

    def document(self, number: str, day: date, run: AssessmentRun | None, at: datetime) -> Document:
        template = self.template
        blocks, annexes = [], []
        for i, block in enumerate(template.block):
            for part in self.paragraphs(block, str(i)):
                (annexes if block.annex and part.kind == "table" else blocks).append(part)
        said = f"{day.year}年{day.month}月{day.day}日"
        return Document(
            issuer=self._plain(template.issuer), number=number, title=tuple(self._plain(line) for line in template.heading),
            addressee=self._plain(template.addressee), blocks=tuple(blocks), annexes=tuple(annexes),
            signature=self._plain(template.signature), day=said,
            copies=self._plain(template.copies), printer=self._plain(template.printer), printed=said, provenance=self._provenance(run, at),
            mark=MARK if settings.DEMO_MARK.exists() else "", refs=self.refs,
        )  # fmt: skip

    # ── figures ──
    def value(self, name: str) -> Value:
        figure = self.template.figures[name]
        period = self.period if figure.span == "month" else self.period.to_date()
        return self.held.value(figure.indicator, area=self.held.district, period=period)

    def _figure(self, name: str, part: str) -> Run:
        figure = self.template.figures[name]
        if figure.tasks is not None:
            return self._counted(name, figure)
        value = self.value(name)
        text = {
            "": value.text, "change": value.last_year.words if value.last_year else "同比不作比较（没有去年同期数据）",
            "then": value.last_year.then.text if value.last_year else "—", "valid": str(value.valid), "capture": value.capture_text,
        }[part]  # fmt: skip
        ref = f"{name}:{part}" if part else name
        what = f"{value.period.short}{value.indicator.short}"
        self.refs[ref] = {
            "label": what + {"": "", "change": "同比", "then": "去年同期", "valid": "有效天数", "capture": "捕集率"}[part], "text": text,
            "indicator": value.name, "code": value.indicator.code, "period": value.period.token, "area": self.held.district.code,
        }  # fmt: skip
        return Run(text, ref)

    def _counted(self, name: str, figure: Figure) -> Run:
        label, query = picked_words(figure.tasks), picked_query(figure.tasks)
        text = self.ledger.figure(figure.tasks, figure.share)
        return self._noted(name, text, label + ("占比" if figure.share else "数"), f"/ledger/?{urlencode(query)}")

    def _noted(self, ref: str, text: str, label: str, url: str) -> Run:
        """A figure out of the ledger, with where it opens."""
        area = self.area or self.district
        self.refs[ref] = {
            "label": label, "text": text, "indicator": "", "code": "", "period": self.period.token, "area": area.code if area else "",
            "url": url,
        }  # fmt: skip
        return Run(text, ref)

    def _runs(self, text: str) -> tuple[Run, ...]:
        out: list[Run] = []
        for piece, found in split(text):
            if found is None:
                out.append(Run(piece))
            elif found[0] in self.words:
                out.append(Run(self.words[found[0]]))
            else:
                out.append(self._figure(*found))
        return tuple(out)

    def _plain(self, text: str) -> str:
        return "".join(run.text for run in self._runs(text))

    # ── blocks ──
    def paragraphs(self, block: Block, source: str) -> list[Part]:
        return getattr(self, f"_{block.kind}")(block, source)

    def _heading(self, block: Block, source: str) -> list[Part]:
        return [Part("heading", self._runs(block.text), block.level, source)]

    def _paragraph(self, block: Block, source: str) -> list[Part]:
        return [Part("paragraph", self._runs(block.text), source=source)]

    def _written(self, block: Block, source: str) -> list[Part]:
        text = self.written.get(block.name, block.text).strip() or f"（待填写：{block.prompt or '这一节的文字'}）"
        return [Part("paragraph", (Run(line.strip()),), source=source) for line in text.splitlines() if line.strip()]

    def _editions(self, block: Block, source: str) -> list[Part]:
        """Where a comparison crosses a change of edition: by which the days are judged, and both sides under one edition (回算)."""
        runs: list[Run] = []
        for name, figure in self.template.figures.items():
            if not figure.indicator:
                continue
            value = self.value(name)
            again = value.last_year
            if not queries.indicator(figure.indicator).is_sensitive or not again or not again.crosses:
                continue
            runs.append(Run(f"{'；' if runs else ''}{value.period.short}{value.indicator.short}本期"))
            runs += [self._again(name, "again", again.now_again.text, value), Run("、去年同期")]
            runs += [self._again(name, "then_again", again.then_again.text, value), Run(f"，{again.words_again}")]
        if not runs:
            return []
        head = (
            "优良天数、重污染天数逐日按监测时施行的HJ 633版本评价，综合指数按时段末日施行的限值计算。"
            "同比跨2026年3月1日标准换版，两侧都按2026年版标准回算为："
        )
        return [Part("paragraph", (Run(head), *runs, Run("。")), source=source)]

    def _again(self, name: str, part: str, text: str, value: Value) -> Run:
        ref = f"{name}:{part}"
        self.refs[ref] = {
            "label": f"{value.period.short}{value.indicator.short}{'去年同期' if part == 'then_again' else ''}回算", "text": text,
            "indicator": value.name, "code": value.indicator.code, "period": value.period.token, "area": self.held.district.code,
        }  # fmt: skip
        return Run(text, ref)

    def scheme(self, name: str) -> Scheme:
        """A scheme by its version in force at the period's end."""
        return queries.scheme(name, self.period.end)

    def table(self, scheme: str) -> Table:
        if scheme not in self.tables:
            said = self.scheme(scheme)
            held = queries.assessed(said, self.period) if said.cutoff else self.held
            self.tables[scheme] = compute(held, said, self.period)
        return self.tables[scheme]

    def _ranked(self, block: Block, source: str) -> list[Part]:
        """The towns at the top or at the bottom, with their values; joint places say so."""
        table, count = self.table(block.scheme), self.scheme(block.scheme).marked
        indicator = queries.subject(self.scheme(table.scheme))
        ranked = table.rows
        rows = [r for r in ranked if r.rank <= count] if block.take == "top" else [r for r in ranked if r.rank > len(ranked) - count]
        if not rows:
            return [Part("paragraph", (Run("本期没有镇街参与排名。"),), source=source)]
        runs = [
            Run(
                "、".join(r.name for r in rows) + f"位列{'前' if block.take == 'top' else '后'}{_count(len(rows))}，{indicator.title}分别为"
            )
        ]
        if len(rows) == 1:
            runs = [Run(f"{rows[0].name}位列{'首位' if block.take == 'top' else '末位'}，{indicator.title}为")]
        for i, row in enumerate(rows):
            runs += [Run("、")] if i else []
            runs.append(self._cell(block.scheme, table, row, "value", row.text))
        runs.append(Run(_unit(indicator.unit)))
        changes = [r for r in rows if r.change not in ("—", "")]
        if block.take == "bottom" and changes and indicator.change_words == "同比":
            runs.append(Run("；其中同比上升的有" if any(r.rising for r in changes) else "；同比均未上升"))
            for i, row in enumerate(r for r in changes if r.rising):
                runs += [Run("、")] if i else []
                runs += [Run(f"{row.name}（"), self._cell(block.scheme, table, row, "change", row.change), Run("%）")]
        tied = [r.name for r in rows if r.tied]
        runs.append(Run(f"。{'、'.join(tied)}并列。" if tied else "。"))
        return [Part("paragraph", tuple(runs), source=source)]

    def _reasons(self, block: Block, source: str) -> list[Part]:
        """Who takes no part, and why (不参与排名的说明); nothing where all do."""
        table = self.table(block.scheme)
        if not table.out:
            return []
        text = "；".join(f"{row.name}（{row.reason}）" for row in table.out)
        return [Part("paragraph", (Run(f"{text}不参与本期排名，不记末位。"),), source=source)]

    def _table(self, block: Block, source: str) -> list[Part]:
        table, indicator = self.table(block.scheme), queries.subject(self.scheme(block.scheme))
        head = {**TABLE_COLUMNS, "value": f"{indicator.short}\n（{indicator.unit}）" if indicator.unit else indicator.short}
        head |= {} if indicator.change_words == "同比" else {"change": indicator.change_words, "to_date": "—", "to_date_rank": "—"}
        columns = tuple(head[c].replace("（%）", "\n（%）") for c in block.columns)
        rows = tuple(
            tuple(self._cell(block.scheme, table, row, c, _text(row, c)) for c in block.columns) for row in (*table.rows, *table.out)
        )
        notes = ["注：位次按发布的数值比较，相同即并列，取小位次，其后顺延；位次变化按本期和上期均参与的镇街计。"]
        if table.out:
            notes[0] += f"{'、'.join(r.name for r in table.out)}不参与排名，所列数值仅供参考。"
        notes[0] += f"{table.note}。" if table.note else ""
        title = self._plain(block.text)
        return [
            Part(
                "table", title=title, columns=columns, widths=block.widths, rows=rows, out=len(table.out), notes=tuple(notes), source=source
            )
        ]

    def _tasks(self, block: Block, source: str) -> list[Part]:
        """Rows of the ledger as a list; one without rows says so in words."""
        rows = self.ledger.picked(block.tasks)
        if not rows:
            return [Part("paragraph", self._runs(block.empty), source=source)] if block.empty else []
        cells = [tuple(self._task_cell(at, row, column) for column in block.columns) for at, row in enumerate(rows, 1)]
        return [self._listed(block, source, TASK_COLUMNS, cells)]

    def _task_cell(self, at: int, row, column: str) -> Run:
        if column == "number":
            return Run(str(at))
        text = task_text(row, column)
        if column not in ("value", "light"):
            return Run(text)
        return self._noted(f"task.{row.task.pk}.{column}", text, f"{row.task.title} {TASK_COLUMNS[column]}", f"/ledger/{row.task.pk}/")

    def _units(self, block: Block, source: str) -> list[Part]:
        """How the rows of each lead unit stand (各单位进展)."""
        found = self.ledger.standings(block.tasks)
        if not found:
            return [Part("paragraph", self._runs(block.empty), source=source)] if block.empty else []
        cells = [tuple(self._unit_cell(at, standing, column) for column in block.columns) for at, standing in enumerate(found, 1)]
        return [self._listed(block, source, UNIT_COLUMNS, cells)]

    def _unit_cell(self, at: int, standing: Standing, column: str) -> Run:
        if column in ("number", "unit"):
            return Run(str(at) if column == "number" else standing.unit)
        label = f"{standing.unit} {UNIT_COLUMNS[column].partition(chr(10))[0]}"
        return self._noted(f"unit.{standing.unit}.{column}", standing.text(column), label, "/ledger/?group=unit")

    def _cases(self, block: Block, source: str) -> list[Part]:
        """Problems not yet closed (未销号问题)."""
        if not self.ledger.cases:
            return [Part("paragraph", self._runs(block.empty), source=source)] if block.empty else []
        cells = [
            tuple(
                self._state(case) if c == "state" else Run(case_text(case, c, self.on)) for c in block.columns
            ) for case in self.ledger.cases
        ]  # fmt: skip
        return [self._listed(block, source, CASE_COLUMNS, cells)]

    def _state(self, case) -> Run:
        return self._noted(f"case.{case.pk}.state", case.state_words, f"{case.noun} {case.number} 状态", f"/orders/{case.number}/")

    def _listed(self, block: Block, source: str, heads: dict[str, str], cells: list[tuple[Run, ...]]) -> Part:
        columns = tuple(heads[c] for c in block.columns)
        return Part("table", title=self._plain(block.text), columns=columns, widths=block.widths, rows=tuple(cells), source=source)

    def _cell(self, scheme: str, table: Table, row: Row, column: str, text: str) -> Run:
        if column in ("name",):
            return Run(text)
        ref = f"{scheme}.{row.code}.{column}"
        indicator = queries.subject(self.scheme(table.scheme))
        span = self.period.to_date() if column.startswith("to_date") else self.period
        self.refs[ref] = {
            "label": row.name + (TABLE_COLUMNS[column].replace("（%）", "") or indicator.short), "text": text, "indicator": indicator.name,
            "code": indicator.code, "period": span.token, "area": row.code,
        }  # fmt: skip
        return Run(text, ref)

    def _provenance(self, run: AssessmentRun | None, at: datetime) -> tuple[str, ...]:
        """Editions, data version, run and what nobody has read, as printed at the end (数据说明)."""
        lines = [self._of_ledger(at)] if self.template.is_of_ledger else []
        root = tuple(filter(None, [trail.words(at)]))
        return (*lines, self._of_run(run, at), *self._notes(), *root) if run else (*lines, *root)

    def _of_ledger(self, at: datetime) -> str:
        rule = packs.get("lights", "task_pace", at=self.on)
        unread = "，其中几项门槛待本局确认" if rule.verify else ""
        return (
            f"任务数、亮灯和进展取自平台计划台账，按{self.on.year}年{self.on.month}月{self.on.day}日的期限和序时判定，"
            f"台账内容截至{at.year}年{at.month}月{at.day}日{at.hour}时；有实测或核实的以它为准，没有的以单位填报为准；"
            f"亮灯规则为“{rule.title}”{unread}。"
        )

    def _of_run(self, run: AssessmentRun, at: datetime) -> str:
        air = "、".join(e for e in run.editions if e.startswith("HJ 633")) or "HJ 633"
        other = "、".join(e for e in run.editions if not e.startswith("HJ 633")) or "GB 3095"
        codes = "、".join(sorted({ref["code"] for ref in self.refs.values() if ref["code"]}))
        said = (
            f"浓度按{other}统计，空气质量指数按监测当日施行的{air}评价，口径{codes}。评价批次{run.number}，数据版本{run.table_version}"
            f"（序号{run.sequence}），程序版本{run.code_version}，输入指纹{run.input_hash[:16]}，结果指纹{run.result_hash[:16]}；"
            f"数据截至{at.year}年{at.month}月{at.day}日{at.hour}时。"
        )
        return said + (f"所依据的标准有{len(run.verify)}处尚未与原件核对，见平台“指标口径”。" if run.verify else "")

    def _notes(self) -> tuple[str, ...]:
        """What must be read beside the figures out of indicators (数的说明), each once."""
        values = [self.value(name) for name, figure in self.template.figures.items() if figure.indicator]
        said = dict.fromkeys((v.indicator.short, note) for v in values for note in v.notes)
        return tuple(f"{short}：{note.rstrip('。')}。" for short, note in said)


def template(name: str) -> Template:
    return packs.get("bulletins", name)


def _text(row: Row, column: str) -> str:
    if column == "rank":
        return str(row.rank) if row.rank else "—"
    if column == "movement":
        return moved(row)
    if column == "to_date_rank":
        return str(row.to_date_rank) if row.to_date_rank else "—"
    return str({"name": row.name, "value": row.text, "change": row.change, "to_date": row.to_date, "capture": row.capture}[column])


def moved(row: Row) -> str:
    """The movement of places in words (位次变化)."""
    return "—" if row.movement is None else "持平" if row.movement == 0 else f"{'升' if row.movement > 0 else '降'}{abs(row.movement)}"


def _count(n: int) -> str:
    return "零一二三四五六七八九十"[n] if n <= 10 else str(n)


def _unit(unit: str) -> str:
    return {"μg/m³": "微克/立方米", "mg/m³": "毫克/立方米"}.get(unit, unit)
