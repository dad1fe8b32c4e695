"""The pages of the search for travellers, of one traveller, and of the screening of one person on demand."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from vedette.apps.accounts import acts
from vedette.apps.accounts.models import Approval
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.accounts.sessions import session_purpose
from vedette.apps.approvals import actions as approvals
from vedette.apps.desk.screen_now import Asked, screen_person
from vedette.apps.hits import wording as hit_wording
from vedette.apps.hits.models import Reason
from vedette.apps.keyring import keyring
from vedette.apps.oversight import name_tokens
from vedette.apps.query import page_number
from vedette.screening import reason as screening
from vedette.travellers.app.dossier import Dossier, dossier
from vedette.travellers.app.forms import PersonForm, SearchForm
from vedette.travellers.app.kind import APP
from vedette.travellers.app.models import Journey
from vedette.travellers.app.selectors import sharing
from vedette.travellers.app.selectors import travellers as people


def _with_purpose(request: Request, form: type[forms.Form]) -> tuple[dict[str, Any], bool]:
    """Returns the context of a page whose form needs a purpose, and whether form and purpose are complete."""
    purpose, purpose_form = session_purpose(request)
    bound = form(request.POST) if request.method == "POST" else form()
    valid = bound.is_valid() and purpose is not None
    return {"form": bound, "purpose": purpose, "purpose_form": purpose_form}, valid


@require_http_methods(["GET", "POST"])
@requires("record.see")
def travellers(request: Request) -> HttpResponse:
    """Shows the search form and the travellers found. The terms are sent by POST, so that no
    address and no log contains them."""
    context, valid = _with_purpose(request, SearchForm)
    form, purpose = context["form"], context["purpose"]
    if not valid:
        context["error"] = form.non_field_errors()
        status = 422 if form.is_bound else 200
        return render(request, "travellers/travellers.html", context, status=status)
    asked = {k: form.cleaned_data[k].strip() for k in people.KEYS}
    context["search"] = found = people.search(**asked)
    acts.write(
        request.user, "record.search", purpose=purpose["purpose"],
        words={**asked, "case": purpose["case"]}, by=sorted(k for k, v in asked.items() if v),
        found=len(found.people), name=name_tokens.tokens(keyring(), asked["name"]),
    )  # fmt: skip
    return render(request, "travellers/travellers.html", context)


def _dossier(journey: uuid.UUID) -> Dossier:
    try:
        return dossier(journey)
    except Journey.DoesNotExist as error:
        raise Http404 from error


def _page(request: Request, file: Dossier, journeys: Sequence[uuid.UUID]) -> dict[str, Any]:
    """Returns the context of a page about a traveller. The page shows a part of these crossings."""
    number = page_number(request.GET.get("page", "1"))
    return {
        "file": file,
        "hit": file.journey.hit,
        "crossings": people.crossings(journeys, number),
        "page": number,
        "more": number * people.PAGE < len(journeys),
        "total": len(journeys),
    }


@require_GET
@requires("record.see")
def traveller(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows a traveller: the data of the messages, the crossings with hits and results, the shared
    identifiers, and the clearings."""
    file = _dossier(pk)
    acts.write(request.user, "record.see", pk)
    if file.hidden and approvals.ran_out(request.user, Approval.Kind.UNMASK, pk):
        acts.write(request.user, "record.unmask_ended", pk)
    journeys, cut = people.journeys_of(file.journey, file.clear.name_key if file.clear else None)
    hit = file.journey.hit
    context = {
        **_page(request, file, journeys),
        "pros": hit_wording.favour(hit.favour, APP) if hit else [],
        "cut": cut,
        "cleared": people.cleared(file.journey, journeys),
    }
    return render(request, "travellers/traveller.html", context)


@require_GET
@requires("record.see")
def shared(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the journeys of other bookings with one identifier of the traveller. The identifier is
    the parameter `of`, or else the first identifier that is not common."""
    file = _dossier(pk)
    asked = request.GET.get("of", "")
    chosen = next(
        (s for s in file.shared if not s.common and asked in ("", str(s.identifier))), None
    )
    if asked and chosen is None:
        raise Http404
    found = sharing.journeys(file.journey, chosen) if chosen else {}
    kind = chosen.kind if chosen else ""
    acts.write(request.user, "record.see_shared", pk, kind=kind, shown=len(found))
    context = {**_page(request, file, list(found)), "chosen": chosen}
    for row in context["crossings"]:
        row["confirmed"] = found[row["id"]]
    return render(request, "travellers/shared.html", context)


@require_http_methods(["GET", "POST"])
@requires("person.screen")
def screen(request: Request) -> HttpResponse:
    """Screens one person against all lists immediately, on demand. Only the act in the journal is
    stored."""
    context, valid = _with_purpose(request, PersonForm)
    if not valid:
        status = 422 if context["form"].is_bound else 200
        return render(request, "travellers/screen.html", context, status=status)
    given = {**context["form"].cleaned_data, **context["purpose"]}
    asked = Asked(date_of_birth=given.pop("birth"), **given)
    context["reasons"] = [_card(found) for found in screen_person(request.user, asked)]
    return render(request, "travellers/screen.html", context)


def _card(found: screening.Reason) -> dict[str, Any]:
    """Returns a reason with its title, icon and evidence, as the page of a hit shows it. The reason is not
    stored."""
    reason = Reason(
        kind=found.kind,
        channel=found.channel,
        score=found.score,
        contribution=found.contribution,
        params=found.params,
    )
    return {
        "found": found,
        "title": hit_wording.title(reason, APP),
        "icon": hit_wording.icon(reason),
        "groups": hit_wording.pairs(found.evidence or (), APP),
    }
