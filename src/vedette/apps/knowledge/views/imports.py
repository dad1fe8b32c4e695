"""Import of a list in three steps: files, terms, check. Nothing is applied before the third."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from vedette.apps import display
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.knowledge import actions, selectors, words
from vedette.apps.knowledge.actions.drafts import KEPT, read_draft
from vedette.apps.knowledge.forms import FilesForm, TermsForm
from vedette.apps.knowledge.models import ListDraft, Watchlist
from vedette.apps.knowledge.selectors import differences
from vedette.formats.lists import LISTS, UnknownList

#: Changes shown before confirming; their number is always said.
_SHOWN = 25
_TERMS = ("name", "purpose", "basis", "owner", "expires_on", "weight")


def _draft(request: Request, pk: uuid.UUID) -> ListDraft:
    fresh = timezone.now() - KEPT
    drafts = ListDraft.objects.filter(created_by=request.user.pk, created_at__gte=fresh)
    return get_object_or_404(drafts, pk=pk)


@require_http_methods(["GET", "POST"])
@requires("list.import")
def files(request: Request) -> HttpResponse:
    """Step 1: the files are read; what cannot be read at all is said, with the remedy."""
    form = FilesForm(request.POST, request.FILES) if request.method == "POST" else FilesForm()
    refused = ""
    name = request.GET.get("list", "")[:100]
    if form.is_bound and form.is_valid():
        try:
            draft = actions.make_draft(request.user, form.cleaned_data["lists"], name)
        except UnknownList as error:
            refused = words.refusal(str(error))
        else:
            return redirect("watchlist-import-terms", pk=draft.pk)
    context = {"form": form, "refused": refused, "formats": LISTS.values(), "name": name}
    status = 422 if form.is_bound else 200
    return render(request, "knowledge/import_files.html", context, status=status)


@require_http_methods(["GET", "POST"])
@requires("list.import")
def terms(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Step 2: what the list is for. A list that exists brings its own terms."""
    draft = _draft(request, pk)
    known = Watchlist.objects.filter(name=draft.terms.get("name", ""), lookouts=False).first()
    initial = {field: getattr(known, field) for field in _TERMS} if known else {}
    if known and known.expires_on:
        initial["expires_on"] = known.expires_on.isoformat()
    initial = {"owner": request.user.display(), "weight": 70, **initial, **draft.terms}
    form = TermsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.set_terms(draft, form.cleaned_data)
        return redirect("watchlist-import-check", pk=draft.pk)
    context = {"form": form, "draft": draft, **_read(draft), "names": _names()}
    status = 422 if form.is_bound else 200
    return render(request, "knowledge/import_terms.html", context, status=status)


@require_http_methods(["GET", "POST"])
@requires("list.import")
def check(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Step 3: what would change and whom it touches; then it is applied."""
    draft = _draft(request, pk)
    if "purpose" not in draft.terms:
        return redirect("watchlist-import-terms", pk=draft.pk)
    if request.method == "POST":
        return _apply(request, draft)
    known = Watchlist.objects.filter(name=draft.terms["name"]).first()
    changed = selectors.preview(known, read_draft(draft))
    context = {
        "draft": draft,
        "known": known,
        "counts": differences.counts(changed),
        "changed": len(changed),
        "changes": [words.change(change) for change in changed[:_SHOWN]],
        "effect": selectors.effect(changed),
        **_read(draft),
    }
    return render(request, "knowledge/import_check.html", context)


def _apply(request: Request, draft: ListDraft) -> HttpResponse:
    done = actions.apply_draft(draft, request.user)
    if done.new:
        text = gettext(
            "Version %(number)s is current: %(added)s added, %(changed)s changed, %(removed)s "
            "removed. Travellers already received are being compared with what changed."
        )
    else:
        text = gettext("No change: version %(number)s has the same content. Nothing was imported.")
    version = done.version
    counts = {
        "number": version.number,
        "added": display.number(version.added),
        "changed": display.number(version.changed),
        "removed": display.number(version.removed),
    }
    toasts.success(request, text % counts)
    return redirect("watchlist", pk=version.watchlist_id)


def _read(draft: ListDraft) -> dict[str, Any]:
    read = read_draft(draft)
    return {
        "read": read,
        "entry_count": len(read.items),
        "format_name": words.format_name(read.format),
        "doubts": [(words.place(p), words.problem(p)) for p in _builtins(read.problems)],
    }


def _builtins(problems: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [{"code": p.code, "message": p.message, "segment": p.segment} for p in problems[:_SHOWN]]


def _names() -> list[str]:
    return list(Watchlist.objects.filter(lookouts=False).values_list("name", flat=True))
