"""Import of a list in three steps: files, terms, check. A second person then makes it current."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.approvals.actions import SHORTEST
from vedette.apps.lists import actions, selectors, words
from vedette.apps.lists.actions.drafts import kept, read_draft
from vedette.apps.lists.forms import FilesForm, TermsForm
from vedette.apps.lists.models import ListDraft, Watchlist
from vedette.apps.lists.selectors import differences
from vedette.formats.lists import LISTS, UnknownList

#: Changes shown before confirming; their number is always said.
_SHOWN = 25
_TERMS = ("name", "purpose", "basis", "owner", "expires_on", "weight")


def _draft(request: Request, pk: uuid.UUID) -> ListDraft:
    """One's own that is not asked for yet."""
    return get_object_or_404(kept().filter(created_by=request.user.pk, asked_at=None), pk=pk)


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
            acts.write(request.user, "list.refuse")
            refused = words.refusal(str(error))
        else:
            return redirect("watchlist-import-terms", pk=draft.pk)
    context = {"form": form, "refused": refused, "formats": LISTS.values(), "name": name}
    status = 422 if form.is_bound else 200
    return render(request, "lists/import_files.html", context, status=status)


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
    return render(request, "lists/import_terms.html", context, status=status)


class WhyForm(forms.Form):
    """Why the list should become current: for the second person."""

    why = forms.CharField(min_length=SHORTEST, max_length=1000)


@require_http_methods(["GET", "POST"])
@requires("list.import")
def check(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Step 3: what would change and whom it touches; then a second person is asked to allow it."""
    draft = _draft(request, pk)
    if "purpose" not in draft.terms:
        return redirect("watchlist-import-terms", pk=draft.pk)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _ask(request, draft, form.cleaned_data["why"])
    context = {**_changes(request, draft), "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "lists/import_check.html", context, status=status)


@require_safe
@requires("list.activate")
def asked(request: Request, pk: uuid.UUID) -> HttpResponse:
    """What a second person reads before allowing it: the same as step 3."""
    draft = get_object_or_404(kept().exclude(asked_at=None), pk=pk)
    return render(request, "lists/import_check.html", {**_changes(request, draft), "asked": True})


def _changes(request: Request, draft: ListDraft) -> dict[str, Any]:
    """What the draft would change; it shows entries, so that it is a look at them."""
    known = Watchlist.objects.filter(name=draft.terms["name"]).first()
    changed = selectors.preview(known, read_draft(draft))
    acts.write(
        request.user, "list.see", draft.pk, purpose=draft.terms["purpose"],
        shown=len(changed[:_SHOWN]),
    )  # fmt: skip
    return {
        "draft": draft,
        "known": known,
        "counts": differences.counts(changed),
        "changed": len(changed),
        "changes": [words.change(change) for change in changed[:_SHOWN]],
        "effect": selectors.effect(changed),
        **_read(draft),
    }


def _ask(request: Request, draft: ListDraft, why: str) -> HttpResponse:
    approval = actions.ask_to_apply(draft, request.user, why)
    if approval.state == approval.State.DONE:
        text = gettext(
            "The list is in force. You approved it alone; the approval will be reviewed."
        )
    else:
        text = gettext("Request sent. The list comes into force when a second person approves it.")
    toasts.success(request, text)
    return redirect("watchlists")


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
