"""Schemes: the list, composing one by form, entering scores, importing figures made elsewhere."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qingshan.bureau.base import clock, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.indicators import actions, assessments, compose_pages, composing, entry_pages, losses, queries
from qingshan.bureau.indicators.models import Entry, ImportedFigure, SchemeDraft
from qingshan.bureau.indicators.subjects import described
from qingshan.bureau.indicators.views.rankings import asked


def _bureau_only(request: HttpRequest) -> None:
    """Schemes in the making, entries and figures are the bureau's; to others they do not exist."""
    if not queries.may_see_drafts(request.user):
        raise Http404


@login_required
@require_GET
def schemes(request: HttpRequest) -> HttpResponse:
    """Every scheme with its versions and rules, and the drafts (考核方案)."""
    _bureau_only(request)
    rows = []
    for name, versions in sorted(packs.found().items.get("schemes", {}).items()):
        for found in versions:
            s = found.declaration
            items = [{"title": described(i)[0], "weight": i.weight, "words": losses.rule_words(i)} for i in s.item]
            rows.append({"name": name, "pack": found.pack, "scheme": s, "items": items, "now": s.in_force(clock.today())})
    rows.sort(key=lambda r: (r["scheme"].order, r["name"], r["scheme"].since or date.min))
    drafts = SchemeDraft.objects.filter(published=None).select_related("by")
    context = {"rows": rows, "drafts": drafts, "may": request.user.has_perm("indicators.compose_scheme"),
               "waiting": queries.waiting_entries(request.user).count()}  # fmt: skip
    return render(request, "indicators/schemes.html", context)


def _form(request: HttpRequest) -> dict[str, str]:
    return {key: value for key, value in request.POST.items() if key != "csrfmiddlewaretoken"}


@login_required
@require_http_methods(["GET", "POST"])
def compose(request: HttpRequest) -> HttpResponse:
    """Begin a scheme, empty or from one there is; keep it as a draft (编制方案)."""
    _bureau_only(request)
    if request.method == "POST":
        draft = actions.save_draft(_form(request), by=request.user)
        messages.success(request, "已存草稿")
        return redirect("indicators:draft", draft.pk)
    form = {"units": "town", "rhythm": "month", "missing": "apart", "capture": "75", "decimals": "2", "marked": "3"}
    if request.GET.get("from"):
        try:
            form = composing.form_of(composing.plain(queries.scheme(request.GET["from"])))
        except LookupError as error:
            raise Http404(str(error)) from None
        form["from"] = ""
    return render(request, "indicators/compose.html", compose_pages.compose(form))


@login_required
@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """One draft: change it, see its faults and what it would give on the last period's data."""
    _bureau_only(request)
    found = get_object_or_404(SchemeDraft.objects.select_related("by"), pk=pk)
    if request.method == "POST":
        actions.save_draft(_form(request), by=request.user, draft=found)
        messages.success(request, "已存草稿")
        return redirect("indicators:draft", pk)
    form = dict(found.said.get("form") or composing.form_of(found.said))
    made = composing.read(form)
    context = compose_pages.compose(form, found, faults=made.by_field)
    if made.scheme is not None:
        with assessments.steady():
            context["preview"] = compose_pages.preview(made.scheme, request)
    return render(request, "indicators/compose.html", context)


@login_required
@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """The form as it stands, checked: its faults under the fields, the sum of the marks, the preview (边填边查)."""
    _bureau_only(request)
    form = _form(request)
    made = composing.read(form)
    context = compose_pages.compose(form, faults=made.by_field)
    if made.scheme is not None and form.get("preview"):
        with assessments.steady():
            context["preview"] = compose_pages.preview(made.scheme, request)
    if "HX-Request" in request.headers:
        part = "compose_form" if request.headers.get("HX-Target") == "composed" else "verdict"
        return render(request, f"indicators/parts/{part}.html", context)
    return render(request, "indicators/compose.html", context, status=422 if made.faults else 200)


@login_required
@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a draft as a declaration of the bureau's own pack."""
    _bureau_only(request)
    get_object_or_404(SchemeDraft, pk=pk)
    made = actions.publish_scheme(pk, by=request.user, basis=request.POST.get("basis", ""))
    messages.success(request, f"《{made}》已发布，保存在 {made.file}")
    return redirect("indicators:schemes")


@login_required
@require_http_methods(["GET", "POST"])
def entries(request: HttpRequest) -> HttpResponse:
    """What people have entered for a scheme's period, and entering more (填报): the bureau, and a township for its villages."""
    ready = queries.fillable(request.user)
    if not ready or not (queries.may_see_drafts(request.user) or request.user.has_perm("indicators.enter_score")):
        raise Http404
    said = (request.POST if request.method == "POST" else request.GET).copy()
    said["scheme"] = said.get("scheme") or ready[0].name
    scheme, period = asked(request, said)
    if not queries.entered(scheme, request.user) and not queries.may_see_drafts(request.user):
        raise Http404
    error, status = "", 200
    if request.method == "POST":
        try:
            value = _number(said.get("value", "")) if not said.get("withdraw") else None
            item, unit, basis = (said.get(key, "") for key in ("item", "unit", "basis"))
            files = request.FILES.getlist("file")
            made = actions.enter_score(scheme.name, item, unit, period, value, by=request.user, basis=basis, files=files)
            messages.success(request, _told(made))
            return redirect(_entries_of(made))
        except Refused as no:
            error, status = no.message, no.status
    context = entry_pages.page(request, scheme, period, said) | {"error": error}
    return render(request, "indicators/entries.html", context, status=status)


def _told(made: Entry) -> str:
    what = f"{made.unit}{'的撤回' if made.value is None else ''}"
    return f"已填报 {what}，待区局确认后计入" if made.state == Entry.State.WAITING else f"已{made.get_state_display()[1:]} {what}"


def _entries_of(entry: Entry) -> str:
    return f"{reverse('indicators:entries')}?{urlencode({'scheme': entry.scheme, 'period': entry.period})}"


@login_required
@require_POST
def decide_entry(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm what a township entered, or send it back."""
    found = get_object_or_404(Entry.objects.within(request.user), pk=pk)
    if request.POST.get("act") == "refuse":
        actions.refuse_entry(pk, by=request.user, reason=request.POST.get("reason", ""))
        messages.success(request, f"已退回 {found.unit}，镇街可以重填")
    else:
        actions.confirm_entry(pk, by=request.user)
        messages.success(request, f"已确认 {found.unit}，从现在起计入")
    return redirect(_entries_of(found))


def _number(text: str) -> float:
    try:
        return float(text.strip().replace(",", "").replace("−", "-"))
    except ValueError:
        raise Refused(f"数值写成“{text}”，应为数" if text.strip() else "请填写数值", field="value", status=422) from None


@login_required
@require_http_methods(["GET", "POST"])
def figures(request: HttpRequest) -> HttpResponse:
    """Figures made elsewhere: what has been imported, and importing a file (外来数据)."""
    _bureau_only(request)
    context = {"sets": queries.imported_sets(), "form": request.POST, "may": request.user.has_perm("indicators.import_figures")}
    status = 200
    if request.method == "POST":
        try:
            count = _import(request)
            strange = queries.strange_units(request.POST.get("series", ""))
            more = f"；{len(strange)} 个名称不在本区区划里：{'、'.join(strange[:5])}{' 等' if len(strange) > 5 else ''}" if strange else ""
            messages.success(request, f"已导入 {count} 行{more}")
            return redirect(f"{reverse('indicators:figures')}?series={request.POST.get('series')}")
        except Refused as no:
            context["error"], status = no.message, no.status
    chosen = request.POST.get("series") or request.GET.get("series") or ""
    context["chosen"] = chosen
    context["rows"] = ImportedFigure.objects.filter(series=chosen).select_related("by").order_by("-pk")[:200] if chosen else ()
    return render(request, "indicators/figures.html", context, status=status)


def _import(request: HttpRequest) -> int:
    upload = request.FILES.get("file")
    if upload is None:
        raise Refused("请选择 CSV 或 Excel 文件", field="file", status=422)
    try:
        issued = date.fromisoformat(request.POST.get("issued", ""))
    except ValueError:
        raise Refused("请填写发布日期，例如 2026-11-05", field="issued", status=422) from None
    said = request.POST
    return actions.import_figures(
        said.get("series", ""), upload.name or "", upload.read(), by=request.user, source=said.get("source", ""), issued=issued,
        period=said.get("period", ""),
    )  # fmt: skip
