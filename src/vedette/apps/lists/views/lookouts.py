"""Lookouts: new, active, to review, ended."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages as toasts
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.lists import actions, selectors, words
from vedette.apps.lists.forms import ExtendForm, LookoutForm
from vedette.apps.lists.models import Lookout
from vedette.apps.lists.selectors.lookouts import Row
from vedette.apps.subjects.kinds import kind_of


@require_GET
@requires("record.see")
def lookouts(request: Request) -> HttpResponse:
    """Those to review first, then the active ones, then what was ended."""
    found = selectors.lookouts()
    acts.write(
        request.user, "lookout.see", shown=len(found.review) + len(found.active) + len(found.ended)
    )
    context = {
        "review": _told(found.review),
        "active": _told(found.active),
        "ended": _told(found.ended),
        "ended_total": found.ended_total,
    }
    return render(request, "lists/lookouts.html", context)


def _told(rows: list[Row]) -> list[dict[str, Any]]:
    return [
        {
            "lookout": row.lookout,
            "ref": row.entry.ref,
            "title": words.title(row.entry),
            # The nature is always a person's; a document alone is the title already.
            "facts": words.facts(row.entry)[1 if row.entry.names else 2 :],
            "hits": row.hits,
        }
        for row in rows
    ]


@require_http_methods(["GET", "POST"])
@requires("lookout.create")
def new(request: Request) -> HttpResponse:
    """The form of a new lookout: the target of the dialog, and a page for browsers without popovers, for
    corrections, and for a subject: `?subject=` fills the form, so that the address contains no name."""
    filled = _of_subject(request) if request.method == "GET" else {}
    form = LookoutForm(request.POST or None, initial=filled)
    if request.method == "POST" and form.is_valid():
        made = actions.create_lookout(request.user, **form.cleaned_data)
        text = gettext(
            "Lookout %(ref)s is active for %(hours)s hours. Subjects already"
            " received are being screened."
        )
        hours = form.cleaned_data["hours"]
        toasts.success(request, text % {"ref": made.entry.ref, "hours": hours})
        return redirect("lookouts")
    status = 422 if form.is_bound else 200
    return render(request, "lists/lookout_new.html", {"form": form}, status=status)


def _of_subject(request: Request) -> dict[str, str]:
    asked = request.GET.get("subject")
    if not asked:
        return {}
    try:
        subject = uuid.UUID(asked)
        found = kind_of(subject).lookout(subject)
    except (ValueError, ObjectDoesNotExist) as error:
        raise Http404 from error
    acts.write(request.user, "record.view", subject)
    return found


@require_POST
@requires("lookout.review")
def extend(request: Request, pk: uuid.UUID) -> HttpResponse:
    """A supervisor keeps it."""
    form = ExtendForm(request.POST)
    lookout = get_object_or_404(Lookout, pk=pk)
    try:
        actions.extend_lookout(
            request.user, lookout, form.cleaned_data["hours"] if form.is_valid() else 0
        )
        toasts.success(request, gettext("The lookout is extended."))
    except ValueError:
        toasts.warning(request, gettext("Nothing changed: the lookout had already ended."))
    return redirect("lookouts")


@require_POST
@requires("lookout.create")
def end(request: Request, pk: uuid.UUID) -> HttpResponse:
    """A supervisor, or whoever entered it, ends it."""
    lookout = get_object_or_404(Lookout, pk=pk)
    try:
        actions.end_lookout(request.user, lookout)
        toasts.success(request, gettext("The lookout was ended. Its open hits are now void."))
    except ValueError:
        toasts.warning(request, gettext("Nothing changed: the lookout had already ended."))
    return redirect("lookouts")
