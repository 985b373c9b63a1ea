"""Pages on which declarations are composed by form, for every kind alike (编制): drafts, one draft, handing in, publication."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qingshan.bureau.base import composed, packs
from qingshan.bureau.base.composed import Composer
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.form_lines import table
from qingshan.bureau.base.models import Draft, Person


@dataclass(frozen=True)
class Words:
    """What the pages of one kind say."""

    title: str
    """编制登记册"""
    room: str
    """登记册: the page above"""
    home: str
    """its address by name"""
    new: str
    lead: str
    style: str
    seen: str
    done: str


@dataclass(frozen=True)
class Bench:
    """The pages of one kind: what the room brings, and the pages all kinds share."""

    composer: Composer
    noun: str
    """how the addresses call one: register, workflow"""
    words: Words
    may: Callable[[Person], None]
    """refuses who may not compose"""
    actions: Mapping[str, Callable[..., Draft]]
    """save, ask, publish, refuse of the room"""
    first: Mapping[str, str]
    """what an empty form begins with"""
    rows: Mapping[str, tuple[Iterable[str], int]]
    """kind of row → its fields, and how many empty ones are kept below"""
    about: Callable[[dict[str, str], dict[str, list[str]]], dict[str, Any]]
    """what else the form's template shows"""
    sight: Callable[[Any, HttpRequest], dict[str, Any]]
    """how a declaration without faults will look"""
    after: Callable[[Draft], str]
    """where one goes once it is published"""
    size: Callable[[Any], str]
    """the declaration in a few words"""

    @property
    def space(self) -> str:
        return self.composer.kind

    def paths(self, at: str) -> list[URLPattern]:
        """The addresses of all pages of this kind."""
        both = require_http_methods(["GET", "POST"])
        return [
            path(f"{at}/", login_required(require_GET(self.listing)), name="composing"),
            path(f"{at}/new/", login_required(both(self.begin)), name="compose"),
            path(f"{at}/<int:pk>/", login_required(both(self.draft)), name="draft"),
            path(f"{at}/<int:pk>/ask/", login_required(require_POST(self.ask)), name=f"ask_{self.noun}"),
            path(f"{at}/<int:pk>/refuse/", login_required(require_POST(self.refuse)), name=f"refuse_{self.noun}"),
            path(f"{at}/<int:pk>/publish/", login_required(require_POST(self.publish)), name=f"publish_{self.noun}"),
        ]

    def listing(self, request: HttpRequest) -> HttpResponse:
        """Drafts, what waits for a word, declarations to begin from, and what has been published."""
        self.may(request.user)
        found = Draft.objects.filter(kind=self.composer.kind).select_related("by", "published_by", "asked_by", "changed_by")
        drafts = list(found.filter(published=None))
        there = packs.found().items.get(self.composer.kind, {}).values()
        rows = [(v[-1].declaration, self.size(v[-1].declaration), v[-1].pack == composed.OWN) for v in there]
        context = {
            "drafts": drafts, "waiting": [one for one in drafts if composed.may_approve(one, request.user)],
            "published": found.exclude(published=None).order_by("-published")[:50], "there": sorted(rows, key=lambda row: row[0].title),
        }  # fmt: skip
        return render(request, "base/composing.html", context | self._words())

    def begin(self, request: HttpRequest) -> HttpResponse:
        """Begin one, from nothing or from one there is (``?from=``); with ``?new=1`` another like it."""
        self.may(request.user)
        if request.method == "POST":
            draft = self.actions["save"](_typed(request), by=request.user)
            return redirect(f"{self.space}:draft", draft.pk)
        form = dict(self.first)
        if name := request.GET.get("from"):
            there = packs.all(self.composer.kind).get(name)
            if there is None:
                raise Http404(f"没有{self.composer.word}“{name}”")
            form = dict(self.composer.form_of(there))
            if request.GET.get("new"):
                form |= {"name": "", "title": "", "basis": "", "new": "1"}
        return render(request, f"{self.space}/compose.html", self._form(form, {}))

    def draft(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One draft: change it, see its faults, how it will look, and what is to be done with it next."""
        self.may(request.user)
        found = self._found(pk)
        if request.method == "POST":
            try:
                self.actions["save"](_typed(request), by=request.user, draft=found, seen=request.POST.get("seen", ""))
                messages.success(request, self.words.seen)
            except Refused as no:
                mine = self.actions["save"](_typed(request), by=request.user)
                messages.error(request, f"{no.message}。您填的没有丢，另存为这一份草稿；请对照原来那份再改")
                return redirect(f"{self.space}:draft", mine.pk)
            return redirect(f"{self.space}:draft", pk)
        made = self.composer.read(found.form)
        asked = composed.second(self.composer.kind)
        context = self._form(found.form, made.by_field) | {
            "draft": found, "seen": composed.stamp(found), "notes": made.notes, "second": asked is not None and not found.published,
            "may_approve": composed.may_approve(found, request.user), "mine": found.asked_by_id == request.user.pk, "made": made.made,
        }  # fmt: skip
        if made.made is not None:
            context |= self.sight(made.made, request)
            context |= {"lost": [] if found.published else list(self.composer.lost(made.made))}
            context["versions"] = composed.versions(self.composer.kind, made.made.name)
        return render(request, f"{self.space}/compose.html", context)

    def ask(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hand a draft in for a second person's word."""
        return self._act(request, pk, "ask", lambda made: f"“{made}”已送审，等第二个人审定", basis=request.POST.get("basis", ""))

    def refuse(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send a draft that was handed in back, with the reason."""
        return self._act(request, pk, "refuse", lambda made: f"“{made}”已退回草稿", reason=request.POST.get("reason", ""))

    def publish(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Publish a draft: it is there at once."""
        done = lambda made: f"“{made}”第 {made.version} 版已发布，{self.words.done}"  # noqa: E731
        return self._act(request, pk, "publish", done, basis=request.POST.get("basis", ""))

    def _act(self, request: HttpRequest, pk: int, name: str, words: Callable[[Draft], str], **said: str) -> HttpResponse:
        self.may(request.user)
        self._found(pk)
        try:
            made = self.actions[name](pk, by=request.user, **said)
        except Refused as no:
            messages.error(request, no.message)
            return redirect(f"{self.space}:draft", pk)
        messages.success(request, words(made))
        return redirect(self.after(made)) if name == "publish" else redirect(f"{self.space}:draft", pk)

    def _found(self, pk: int) -> Draft:
        whole = Draft.objects.select_related("by", "changed_by", "asked_by", "refused_by", "published_by")
        return get_object_or_404(whole, pk=pk, kind=self.composer.kind)

    def _form(self, form: dict[str, str], faults: dict[str, list[str]]) -> dict[str, Any]:
        """The form's rows with the faults of each; those that belong to no field stand above."""
        rows = {f"{kind}s": table(form, kind, keys, faults, more) for kind, (keys, more) in self.rows.items()}
        placed = {key for key in faults if "-" in key or key in ("name", "title", "prefix", "numbering", "reopen")}
        general = [words for key, said in faults.items() if key not in placed for words in said]
        said = {"form": form, "faults": faults, "n_faults": sum(map(len, faults.values())), "general": general}
        return self._words() | rows | said | self.about(form, faults)

    def _words(self) -> dict[str, Any]:
        names = {"list": "composing", "new": "compose", "draft": "draft"} | {do: f"{do}_{self.noun}" for do in ("ask", "refuse", "publish")}
        urls = {key: f"{self.space}:{name}" for key, name in names.items()}
        return {"words": self.words, "space": self.space, "kind_word": self.composer.word, "urls": urls}


def _typed(request: HttpRequest) -> dict[str, str]:
    return {key: value for key, value in request.POST.items() if key not in ("csrfmiddlewaretoken", "seen")}
