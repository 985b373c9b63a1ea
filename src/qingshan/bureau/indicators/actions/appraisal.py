"""Importing figures made elsewhere, and composing schemes (导入、编制)."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from qingshan.bureau.base import audit, clock, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.indicators import composing
from qingshan.bureau.indicators.models import ImportedFigure, SchemeDraft
from qingshan.bureau.indicators.periods import BadPeriod, Period
from qingshan.bureau.indicators.schemes import Scheme
from qingshan.lake import imports

OWN = "own"
"""the pack folder schemes composed on the page are kept in"""
MOST_ROWS = 20_000
HEADS = {
    "unit": ("单位", "名称", "镇街", "乡镇", "街道", "区", "区县", "断面", "企业", "村居", "村"),
    "code": ("代码", "编码", "区划代码"),
    "period": ("时段", "月份", "年月", "期间", "年份"),
    "value": ("数值", "值", "浓度", "数据"),
}


# ── figures ──
@transaction.atomic
def import_figures(series: str, name: str, data: bytes, *, by: Person, source: str, issued: date, period: str = "") -> int:
    """Import a file of figures made elsewhere (导入外来数据). Any faulty row, and nothing is taken over; how many were."""
    need(by, "indicators.import_figures", "导入外来数据需要“导入外来数据”权限")
    if series not in packs.all("figures"):
        raise Refused(f"没有外来数据“{series}”；已有：{'、'.join(packs.all('figures'))}", field="series")
    if not source.strip():
        raise Refused("请写明来源，例如“市生态环境局2026年10月通报”", field="source")
    if issued > clock.today():
        raise Refused(f"发布日期 {issued} 还没有到", field="issued")
    rows = read_figures(name, data, period)
    at = clock.now()
    same = {"series": series, "source": source.strip()[:200], "issued": issued, "by": by, "at": at}
    ImportedFigure.objects.bulk_create(
        ImportedFigure(unit=unit, code=code, period=token, value=value, **same) for unit, code, token, value in rows
    )
    said = {"数据": series, "行数": len(rows), "时段": sorted({r[2] for r in rows}), "来源": source, "发布日期": issued}
    audit.record(by, "导入外来数据", packs.get("figures", series).title, None, said, source)
    return len(rows)


def read_figures(name: str, data: bytes, period: str = "") -> list[tuple[str, str, str, float]]:
    """(unit, code, period, value) of every row; Refused lists every fault with its row, so that all can be put right at once."""
    try:
        table = imports.read_table(name, data)
    except imports.ImportRefused as no:
        raise Refused(str(no), field="file", status=422) from None
    at, columns = _head(table.rows)
    if len(table.rows) - at > MOST_ROWS:
        raise Refused(f"有 {len(table.rows) - at} 行，一次最多 {MOST_ROWS} 行，请按月拆开", field="file", status=422)
    whole = _token(period) if period.strip() else ""
    if not whole and "period" not in columns:
        raise Refused("表里没有“时段”列，请在页面上填写时段，例如 2026-10", field="period", status=422)
    names, faults, rows, seen = _names(), [], [], {}
    for n, cells in enumerate(table.rows[at + 1 :], at + 2):
        if not any(str(c if c is not None else "").strip() for c in cells):
            continue
        said = {key: _cell(cells, c) for key, c in columns.items()}
        unit, code = names.get(said["unit"], (said["unit"], said.get("code", "")))
        try:
            token = _token(said.get("period", "")) if said.get("period") else whole
            value = _figure(said["value"])
        except (BadPeriod, ValueError) as error:
            faults.append(f"第 {n} 行：{error}")
            continue
        if not unit:
            faults.append(f"第 {n} 行：没有单位名称")
        elif not token:
            faults.append(f"第 {n} 行：没有时段")
        elif value is not None and (unit, code, token) in seen:
            faults.append(f"第 {n} 行：{unit} {token} 与第 {seen[unit, code, token]} 行重复")
        elif value is not None:
            seen[unit, code, token] = n
            rows.append((unit[:80], code[:20], token, value))
    if faults:
        more = f"；另有 {len(faults) - 20} 处" if len(faults) > 20 else ""
        raise Refused("没有导入，请改正后重传：" + "；".join(faults[:20]) + more, field="file", status=422)
    if not rows:
        raise Refused("没有可导入的行：数值都是空的", field="file", status=422)
    return rows


def _head(rows: list) -> tuple[int, dict[str, int]]:
    """The row with the column names, and which column is which."""
    for at, cells in enumerate(rows[:10]):
        columns: dict[str, int] = {}
        for c, cell in enumerate(cells):
            text = re.sub(r"[（(].*", "", str(cell or "")).strip()
            for key, words in HEADS.items():
                if key not in columns and text in words:
                    columns[key] = c
        if {"unit", "value"} <= set(columns):
            return at, columns
    said = "；".join(f"{'、'.join(words[:4])}" for words in (HEADS["unit"], HEADS["value"]))
    raise Refused(f"前 10 行里没有列名。要有单位列和数值列（{said}），可有时段、代码列", field="file", status=422)


def _names() -> dict[str, tuple[str, str]]:
    """Names, aliases and codes of this bureau's areas → (name, code)."""
    found = {}
    for area in Area.objects.all():
        for word in (area.name, area.code, *area.aliases):
            found[word] = (area.name, area.code)
    return found


def _cell(cells: list, c: int) -> str:
    value = cells[c] if c < len(cells) else None
    if isinstance(value, datetime | date):
        return f"{value:%Y-%m}"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return "" if value is None else str(value).strip()


def _token(text: str) -> str:
    text = str(text).strip()
    if m := re.fullmatch(r"(\d{4})年(?:(\d{1,2})月)?", text):
        text = f"{m[1]}-{m[2]}" if m[2] else m[1]
    elif (m := re.fullmatch(r"(\d{4})(\d{2})", text)) or (m := re.fullmatch(r"(\d{4})[/.](\d{1,2})", text)):
        text = f"{m[1]}-{m[2]}"
    return Period.parse(text).token


def _figure(text: str) -> float | None:
    """A number as people type it; None where the cell is empty or says there is none."""
    plain = text.replace(",", "").replace("，", "").replace("−", "-").replace("\u2009", "")
    if plain in ("", "—", "-", "/", "缺测", "无"):
        return None
    try:
        value = float(plain)
    except ValueError:
        raise ValueError(f"数值写成“{text}”，应为数；没有数据请留空") from None
    if value != value or abs(value) == float("inf"):
        raise ValueError(f"数值写成“{text}”，应为有限的数")
    return value


# ── schemes ──
@transaction.atomic
def save_draft(form: dict[str, str], *, by: Person, draft: SchemeDraft | None = None) -> SchemeDraft:
    """Keep a scheme being composed (存草稿), faults and all: nothing typed is lost."""
    need(by, "indicators.compose_scheme", "编制考核方案需要“编制考核方案”权限")
    made = composing.read(form)
    said = {**made.said, "form": {k: str(v)[:60_000] for k, v in form.items() if k != "csrfmiddlewaretoken"}}
    if draft is not None:
        draft = SchemeDraft.objects.select_for_update().get(pk=draft.pk)
        if draft.published:
            raise Refused("这份草稿已发布，请另起一份")
        before = {"声明": draft.said}
        draft.name, draft.said, draft.changed = made.said["name"][:60], said, clock.now()
        draft.save(update_fields=["name", "said", "changed"])
        audit.record(by, "修改方案草稿", draft, before, {"声明": said})
        return draft
    draft = SchemeDraft.objects.create(name=made.said["name"][:60], said=said, by=by, changed=clock.now())
    audit.record(by, "起草方案", draft, None, {"声明": said})
    return draft


@transaction.atomic
def publish_scheme(draft_id: int, *, by: Person, basis: str) -> SchemeDraft:
    """Publish a composed scheme as a TOML file of the bureau's own pack (发布方案); it holds from the day it names.

    A scheme of that name in force before is closed the day before. One with which the packs would no longer load is not written.
    """
    need(by, "indicators.compose_scheme", "发布考核方案需要“编制考核方案”权限")
    draft = SchemeDraft.objects.select_for_update().get(pk=draft_id)
    if draft.published:
        raise Refused(f"《{draft}》已于 {draft.published:%Y-%m-%d} 发布")
    if not basis.strip():
        raise Refused("请写明发布依据，例如“青办发〔2026〕12号”", field="basis")
    made = composing.read(draft.said["form"])
    if made.scheme is None:
        raise Refused("还有没改好的地方：" + "；".join(words for _, words in made.faults[:8]), status=422)
    said = {**made.said, "basis": made.said.get("basis") or basis.strip()}
    since = made.scheme.since
    if since is None:
        raise Refused("请填写起用日期：方案从哪一天起施行", field="from", status=422)
    packs.refresh(now=True)  # another process may have published since this request began
    files = _files(said, made.scheme, since)
    _keep(files)
    draft.published, draft.file = clock.now(), f"packs/{OWN}/schemes/{said['name']}-{since:%Y%m%d}.toml"
    draft.save(update_fields=["published", "file"])
    audit.record(by, "发布方案", draft, None, {path.name: text for path, text in files.items()}, basis)
    return draft


def _files(said: dict, scheme: Scheme, since: date) -> dict[Path, str]:
    """What to write: the new version, and the one before with the day it ends."""
    folder = Path(settings.BUREAU_PACKS) / OWN / "schemes"
    name, files = said["name"], {}
    there = packs.found().items.get("schemes", {}).get(name, [])
    foreign = [f for f in there if f.pack not in (OWN,)]
    overrides = next((f.pack for f in (*foreign, *(r for v in there for r in v.replaced))), "")
    for one in there:
        old = one.declaration
        if old.since is not None and old.since >= since:
            raise Refused(f"“{name}”已有 {old.since} 起施行的版本，新版本的起用日期要更晚", field="from", status=409)
        ends = min(old.until or date.max, since - timedelta(days=1))
        data = composing.plain(old) | ({"overrides": overrides} if overrides else {}) | {"to": ends.isoformat()}
        head = f"{old.since:%Y%m%d}" if old.since else "before"
        files[folder / f"{name}-{head}.toml"] = composing.toml(data)
    new = said | ({"overrides": overrides} if overrides else {})
    files[folder / f"{name}-{since:%Y%m%d}.toml"] = composing.toml(new)
    return files


def _keep(files: dict[Path, str]) -> None:
    try:
        packs.replace(files)
    except (packs.PackFaults, OSError) as error:
        raise Refused("方案没有发布，制度包校核不过：" + "；".join(str(error).splitlines()[:6]), status=422) from None
