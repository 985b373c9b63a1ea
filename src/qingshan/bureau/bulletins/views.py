"""Pages of bulletins: the list, one issue on its desk, and its files."""

from __future__ import annotations

from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.base import attachments, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, Organisation
from qingshan.bureau.base.permissions import need
from qingshan.bureau.bulletins import actions, meetings, pdf, queries, rankings, sheet, word
from qingshan.bureau.bulletins.models import Issue
from qingshan.bureau.indicators import assessments, ranking_pages
from qingshan.bureau.indicators.pages import source
from qingshan.bureau.indicators.periods import BadPeriod, Period
from qingshan.bureau.indicators.views.rankings import asked
from qingshan.bureau.meetings.models import Meeting

TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _issue(request: HttpRequest, pk: int) -> Issue:
    return get_object_or_404(queries.issues(request.user), pk=pk)


@login_required
@require_GET
def issues(request: HttpRequest) -> HttpResponse:
    """Issues newest first, and what may be drafted next (通报编发)."""
    last = assessments.last_day() if assessments.has_data() else None
    found = [(issue, Period.parse(issue.period)) for issue in queries.issues(request.user)]
    may = request.user.has_perm("bulletins.draft_issue")
    context = {"rows": found, "starts": queries.starts(clock.today(), last) if may else [], "may": may}
    return render(request, "bulletins/issues.html", context)


@login_required
@require_POST
def draft(request: HttpRequest) -> HttpResponse:
    """Draft an issue."""
    need(request.user, "bulletins.draft_issue", actions.DRAFTING)
    name, written, town = (*request.POST.get("issue", "").split("|"), "", "")[:3]
    try:
        period = Period.parse(written)
    except BadPeriod as error:
        raise Refused(str(error)) from None
    if name not in {t.name for t in queries.templates()}:
        raise Refused("没有这个通报模板，请刷新页面后重选")
    if town == "all":
        made = actions.draft_for_towns(name, period, by=request.user)
        messages.success(request, f"已为 {len(made)} 个镇街各起草一份，请逐份核对")
        return redirect("bulletins:issues")
    area = get_object_or_404(Area.objects.within(request.user), code=town) if town else None
    made_one = actions.draft_issue(name, period, by=request.user, area=area)
    messages.success(request, "已按模板成文，请核对数值、补写文字")
    return redirect("bulletins:issue", made_one.pk)


@login_required
@require_GET
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """One issue: its outline, its sheet, and every figure beside what the indicators say now."""
    found = _issue(request, pk)
    document, period = queries.document(found), Period.parse(found.period)
    is_open = not found.is_frozen
    figures = queries.figures(found) if is_open else _as_published(found)
    changed = [f for f in figures if f.changed and f.kept != f.now]
    template = queries.template(found.template)
    person = request.user
    drafts = found.state == Issue.State.DRAFT and person.has_perm("bulletins.draft_issue")
    refs = {f.ref: f for f in figures}
    written = [(i, b) for i, b in enumerate(template.block) if b.kind == "written"]
    context = {
        "issue": found, "document": document, "period": period, "figures": figures, "changed": changed,
        "outline": _outline(template, document, refs),
        "blocks": _sheet(document, refs), "annexes": document.annexes, "may_draft": drafts, "style": queries.style(found),
        "texts": [(b.name, found.written.get(b.name, b.text), _heading(template, i)) for i, b in written],
        "may_sign": found.state == Issue.State.NUMBERED and person.has_perm("bulletins.sign_issue"),
        "may_withdraw": found.state == Issue.State.PUBLISHED and person.has_perm("bulletins.sign_issue"),
        "may_correct": found.state in (Issue.State.PUBLISHED, Issue.State.WITHDRAWN) and person.has_perm("bulletins.draft_issue"),
        "fonts": _fonts(found), "checks": _checks(figures, changed, document, queries.unwritten(found)),
    }  # fmt: skip
    return render(request, "bulletins/issue.html", context)


def _as_published(found: Issue) -> list[queries.Figure]:
    """The figures of a closed issue as they were; they are not asked again on every visit."""
    document = queries.document(found)
    said = dict(document.figures())
    return [
        queries.Figure(ref, document.refs[ref]["label"], text, text, document.refs[ref]["indicator"], document.refs[ref]["code"],
                       document.refs[ref]["period"], document.refs[ref]["area"], found.kept.get(ref, ""), document.refs[ref].get("url", ""))
        for ref, text in said.items()
    ]  # fmt: skip


def _heading(template, at: int) -> str:
    return next((b.text for b in reversed(template.block[:at]) if b.kind == "heading" and b.level == 1), "")


def _outline(template, document, refs) -> list[dict]:
    """What the issue is made of, section by section, with how many figures each holds."""
    lines = [{"title": "版头", "sub": "发文机关、发文字号"}, {"title": "标题、主送", "sub": "自动取期号与月份"}]
    current = None
    for i, block in enumerate(template.block):
        if block.kind == "heading" and block.level == 1:
            current = {"title": block.text, "figures": 0, "rows": 0, "changed": 0, "anchor": f"b{i}", "words": ""}
            lines.append(current)
        if current is None or block.annex:
            continue
        mine = [run.ref for part in document.blocks if part.source == str(i) for run in part.runs if run.ref]
        current["figures"] += len(mine)
        current["rows"] += sum(len(part.rows) for part in document.blocks if part.source == str(i))
        current["changed"] += sum(refs[r].changed for r in mine if r in refs)
        current["words"] = "手写" if block.kind == "written" else current["words"]
    for line in lines[2:]:
        counted = [f"{line[key]} {unit}" for key, unit in (("figures", "个数"), ("changed", "个已变"), ("rows", "行表")) if line[key]]
        line["sub"] = "，".join(counted) or line["words"] or "文字"
    lines += [{"title": "附件", "sub": annex.title, "anchor": "annex"} for annex in document.annexes]
    return [*lines, {"title": "版记", "sub": "抄送、印发机关和日期", "anchor": "colophon"}]


def _sheet(document, refs) -> list[dict]:
    """Blocks for the page's sheet; each figure with its source and whether it has changed."""
    seen: set[str] = set()
    out = []
    for part in document.blocks:
        runs = [_run(run, refs) for run in part.runs]
        anchor = f"b{part.source}" if part.source not in seen else ""
        seen.add(part.source)
        out.append({"part": part, "runs": runs, "anchor": anchor})
    return out


def _run(run, refs) -> dict:
    figure = refs.get(run.ref)
    if not run.ref or figure is None:
        return {"text": run.text}
    return {
        "text": run.text,
        "stale": figure.changed,
        "now": figure.now,
        "source": source(figure.indicator, Period.parse(figure.period), area=figure.area) if figure.indicator else "",
        "url": figure.url,
    }


def _fonts(found: Issue) -> str:
    style = queries.style(found)
    return pdf.substitute(style, actions.font_folders())


def _checks(figures, changed, document, unwritten) -> list[tuple[str, str, str]]:
    """What is looked at before an issue is passed on (送签前检查)."""
    table = {ref for annex in document.annexes for row in annex.rows for cell in row if (ref := cell.ref)}
    body = {run.ref: run.text for block in document.blocks for run in block.runs if run.ref}
    cells = {cell.ref: cell.text for annex in document.annexes for row in annex.rows for cell in row if cell.ref}
    apart = [ref for ref in body.keys() & cells.keys() if body[ref] != cells[ref]]
    return [
        ("green", "版式", "GB/T 9704—2012，22 行 × 28 字"),
        ("amber" if changed else "green", "数值", f"{len(figures)} 个数，" + (f"{len(changed)} 个已变待定" if changed else "与指标一致")),
        ("red" if apart else "green", "附件", f"{len(apart)} 处与正文不一致" if apart else f"附表 {len(table)} 个数，与正文一致"),
        ("green", "来源", "每个数都有口径、批次和数据版本"),
        *[("red", "文字", f"待填写：{block.prompt or block.name}") for block in unwritten],
    ]


def _act(request: HttpRequest, pk: int, action, words: str, **more) -> HttpResponse:
    _issue(request, pk)
    done = action(pk, by=request.user, **more)
    messages.success(request, words)
    return redirect("bulletins:issue", done.pk)


@login_required
@require_POST
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the written paragraphs."""
    written = {key.removeprefix("text-"): value for key, value in request.POST.items() if key.startswith("text-")}
    return _act(request, pk, actions.write_issue, "已保存文字", written=written)


@login_required
@require_POST
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the new figures."""
    return _act(request, pk, actions.renew_issue, "已换成现在的数")


@login_required
@require_POST
def keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the drafted figures."""
    return _act(request, pk, actions.keep_figures, "已保留起草时的数，记录在案")


@login_required
@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Number it and pass it on."""
    return _act(request, pk, actions.submit_issue, "已编号，等待签发")


@login_required
@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Send it back."""
    return _act(request, pk, actions.send_back_issue, "已退回修改", basis=request.POST.get("basis", ""))


@login_required
@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign it."""
    return _act(request, pk, actions.publish_issue, "已签发，Word、PDF、Excel 已存档")


@login_required
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw it."""
    return _act(request, pk, actions.withdraw_issue, "已撤回", basis=request.POST.get("basis", ""))


@login_required
@require_POST
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct it by a new issue."""
    return _act(request, pk, actions.correct_issue, "已另起草一期更正，发布后原期标为已更正")


@login_required
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away."""
    _issue(request, pk)
    actions.discard_issue(pk, by=request.user)
    messages.success(request, "草稿已删除")
    return redirect("bulletins:issues")


@login_required
@require_GET
def file(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Word, PDF or Excel: the stored file of a closed issue, else as the draft stands."""
    found = _issue(request, pk)
    if kind not in TYPES:
        raise Http404
    stored = {"docx": found.word, "pdf": found.pdf, "xlsx": found.sheet}[kind]
    if stored:
        data = attachments.read(stored)
    else:
        document, style = queries.document(found), queries.style(found)
        try:
            makers = {
                "docx": lambda: word.write(document, style),
                "pdf": lambda: pdf.write(document, style, font_folders=actions.font_folders()),
                "xlsx": lambda: sheet.write(document),
            }
            data = makers[kind]()
        except pdf.NoChineseFont as error:
            raise Refused(str(error)) from None
    answer = HttpResponse(data, content_type=TYPES[kind])
    name = actions.file_name(found) + (" 附表" if kind == "xlsx" else "")
    answer["Content-Disposition"] = f"{'inline' if kind == 'pdf' else 'attachment'}; filename*=UTF-8''{quote(f'{name}.{kind}')}"
    return answer


@login_required
@require_GET
def ranking_document(request: HttpRequest) -> HttpResponse:
    """A scheme's table as Word (导出 Word): as published, the bureau also the trial, marked as one."""
    scheme, period = asked(request)
    shown = ranking_pages.table(request, scheme, period)
    if shown is None:
        raise Http404(f"{period.title}的排名还没有发布")
    own = Organisation.objects.filter(kind=Organisation.Kind.BUREAU).first()
    data = rankings.docx(scheme, period, shown, own.name if own else "生态环境局")
    answer = HttpResponse(data, content_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{scheme.title}（{period.title}）.docx')}"
    return answer


@login_required
@require_GET
def meeting_document(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The notice or the minutes of a meeting as Word; the minutes for the units once they were signed."""
    person = request.user
    meeting = get_object_or_404(Meeting.objects.within(person), pk=pk)
    if kind not in ("notice", "minutes") or meeting.form == "instruction":
        raise Http404(kind)
    if kind == "minutes" and (not meeting.text or (person.scope_areas() is not None and meeting.state != Meeting.State.CLOSED)):
        raise Http404("纪要还没有签发")
    answer = HttpResponse(meetings.docx(meeting, kind), content_type=TYPES["docx"])
    name = f"{meeting.title}{'通知' if kind == 'notice' else '纪要'}.docx"
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return answer
