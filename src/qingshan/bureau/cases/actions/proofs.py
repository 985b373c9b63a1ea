"""Evidence is given and taken back (佐证)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.db import transaction

from qingshan.bureau.base import attachments, audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.cases import measures, queries
from qingshan.bureau.cases.actions import marks
from qingshan.bureau.cases.declared import Evidence, actors
from qingshan.bureau.cases.models import Case, Proof

MAX_PROOFS = 30
FILES = {"photo": ("image",), "document": ("document", "image", "sheet"), "file": ("image", "document", "sheet")}


@transaction.atomic
def add_proof(
    number: str, kind: str, upload=None, *, by: Person, place: str = "", details: Mapping[str, str] | None = None
) -> Proof:
    """Keep a piece of evidence, while the case is open: by those who handle it or verify it, as its type wants.

    `details`: number and day of a document, link and day of a publication, what was said and whether it passed.
    """
    case = marks.locked(number, by)
    declared = case.declared
    if kind not in declared.proof:
        raise Refused(f"没有佐证“{kind[:20]}”；可交：{'、'.join(e.title for e in declared.proof.values())}")
    if case.is_closed:
        raise Refused(f"{case.number} {case.state_words}，不能再交佐证")
    wanted = declared.proof[kind]
    _may_give(case, wanted, by)
    if wanted.type == "recheck" and not queries.is_reported(case, kind):
        raise Refused(f"{case.number} 现在“{case.state_words}”，责任单位还没有报完成，不能做“{wanted.title}”", field="said")
    if case.proofs.filter(withdrawn=None, round=case.round).count() >= MAX_PROOFS:
        raise Refused(f"一件事项最多 {MAX_PROOFS} 份佐证，请先收回不用的")
    said = _read(case, wanted, {k: str(v).strip() for k, v in (details or {}).items()}, upload is not None)
    attachment = attachments.keep(upload, by, kinds=FILES.get(wanted.type, FILES["file"]), owner=case) if upload is not None else None
    proof = Proof.objects.create(
        case=case, kind=kind, attachment=attachment, by=by, at=clock.now(), place=place[:120], details=said, round=case.round
    )
    shown = {"kind": wanted.title, **said}
    if attachment:
        shown |= {"sha256": attachment.sha256, "name": attachment.name}
    audit.record(by, "交佐证", case, None, shown)
    return proof


def _may_give(case: Case, wanted: Evidence, by: Person) -> None:
    if wanted.type == "recheck" and not actors["verifier"](case, by):
        raise PermissionDenied(f"{wanted.title}须由责任单位、配合单位以外有“核查销号”权限的人做（谁整改，不由谁复核）")
    if not queries.may_prove(case, by) and wanted.type != "recheck":
        raise PermissionDenied("只有责任单位和正在核查的人可以交佐证")


def _read(case: Case, wanted: Evidence, given: dict[str, str], has_file: bool) -> dict:
    """What a proof of a type says, each checked; Refused says what is missing."""
    if wanted.type in ("file", "photo", "document") and not has_file:
        raise Refused(f"请选择“{wanted.title}”的{'照片' if wanted.type == 'photo' else '文件'}", field="file")
    if wanted.type == "document":
        if not given.get("number"):
            raise Refused(f"请填写“{wanted.title}”的文号或编号", field="number")
        return {"number": given["number"][:60], "day": _day(given, wanted, False)}
    if wanted.type == "link":
        link = given.get("link", "")
        if urlsplit(link).scheme not in ("http", "https") or not urlsplit(link).netloc:
            raise Refused(f"“{wanted.title}”须填公开网页的地址，以 http:// 或 https:// 开头", field="link")
        return {"link": link[:300], "day": _day(given, wanted, True)}
    if wanted.type in ("recheck", "visit"):
        if given.get("passed") not in ("yes", "no"):
            raise Refused(f"请选择“{wanted.title}”的结果", field="passed")
        if not given.get("said"):
            raise Refused(f"请写明“{wanted.title}”的情况：何时、谁、看到或听到什么", field="said")
        words = {"recheck": ("复核通过", "复核未通过"), "visit": ("满意", "不满意")}[wanted.type]
        return {"passed": given["passed"] == "yes", "said": given["said"][:1000], "found": words[given["passed"] == "no"]}
    if wanted.type == "measured":
        return _measured(case, wanted)
    return {}


def _day(given: dict[str, str], wanted: Evidence, needed: bool) -> str:
    text = given.get("day", "")
    if not text and not needed:
        return ""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Refused(f"“{wanted.title}”的日期须写成 2026-11-27 的样子", field="day") from None
    if day > clock.today():
        raise Refused(f"“{wanted.title}”的日期 {day} 还没有到", field="day")
    return day.isoformat()


def _measured(case: Case, wanted: Evidence) -> dict:
    """The values of the last days, all there and all within the limit; else how far it is."""
    found = measures.stretch(case, wanted.gauge, wanted.days, clock.today())
    if found.good < wanted.days:
        raise Refused(f"“{wanted.title}”还不能取：{found.words}", field="measured")
    return {"found": found.words, "since": str(found.since), "until": str(found.until), "limit": wanted.gauge.limit}


@transaction.atomic
def withdraw_proof(number: str, proof_id: int, *, by: Person) -> Proof:
    """Take back one's own proof before any step relied on it; the file stays in the trail."""
    case = marks.locked(number, by)
    proof = case.proofs.get(pk=proof_id, withdrawn=None)
    if proof.by_id != by.pk:
        raise PermissionDenied("只能收回自己交的佐证")
    if proof.used:
        raise Refused("这份佐证已随步骤提交，不能收回；可以再补交一份")
    proof.withdrawn = clock.now()
    proof.save(update_fields=["withdrawn"])
    before = {"sha256": proof.attachment.sha256} if proof.attachment else {"details": proof.details}
    audit.record(by, "收回佐证", case, before, {"withdrawn": str(proof.withdrawn)})
    return proof
