"""Functions that all pages of assistance use: the head of a request, and the page after a refused action."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request
from vedette.apps.assistance import rights, wording
from vedette.apps.assistance.actions.common import Refused
from vedette.apps.assistance.models import AssistanceRequest, Diagnostic
from vedette.apps.assistance.selectors import requests as selectors
from vedette.apps.enforcement.selectors.controls import now


def find(pk: uuid.UUID) -> AssistanceRequest:
    """Returns a request that the reader can see. Raises `Http404`."""
    return get_object_or_404(AssistanceRequest, pk=pk)


def page(
    request: Request, one: AssistanceRequest, template: str, context: Mapping[str, Any],
    problem: Refused | None = None, tab: str = "",
) -> HttpResponse:  # fmt: skip
    """Renders a page of a request, with the head of the request. Records the access in the journal. After a
    refused action, the status is 422 and the page keeps the values that the user entered.
    """
    acts.write(request.user, "assistance.see", one.pk)
    roles = selectors.roles(request.user, one)
    at = now()
    made = list(Diagnostic.objects.filter(request=one).order_by("number"))
    whole = {
        "one": one,
        "roles": roles,
        "can": {act for act in rights.ACTS if rights.may(act, roles, one.state)},
        "waits_for": [wording.ROLES[role] for role in rights.who(one.state)],
        "mine": bool(roles & set(rights.who(one.state))),
        "late": one.due_at is not None and one.due_at < at,
        "diagnostics": made,
        "open_diagnostic": any(row.state != "frozen" for row in made),
        "now_utc": at,
        "typed": request.POST,
        "problem": said(problem) if problem else "",
        "tab": tab or template,
        **context,
    }
    return render(request, f"assistance/{template}.html", whole, status=422 if problem else 200)


def said(problem: Refused) -> str:
    """Returns the sentence that explains a refused action, with the name of the field."""
    sentence = str(wording.PROBLEMS.get(problem.code, wording.PROBLEMS["conflict"]))
    if problem.values:
        sentence %= {
            name: str(wording.PIECES.get(value) or wording.EVENTS.get(value) or value)
            for name, value in problem.values.items()
        }
    field = wording.FIELDS.get(problem.detail)
    if not field:
        return sentence
    return gettext("%(label)s: %(value)s") % {"label": field, "value": sentence}


def uuid_of(text: str) -> uuid.UUID | None:
    """Returns an id that a form contains, or None."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
