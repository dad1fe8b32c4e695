"""Finding a traveller, one traveller, and one person screened now."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from vedette.apps.accounts import acts
from vedette.apps.accounts.models import Approval
from vedette.apps.accounts.purposes import session_purpose
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.approvals import actions as approvals
from vedette.apps.desk.screen_now import Asked, screen_person
from vedette.apps.hits import wording as hit_wording
from vedette.apps.hits.models import Hit, Reason
from vedette.apps.keyring import keyring
from vedette.apps.oversight import names
from vedette.apps.query import page_number
from vedette.screening import reason as screening
from vedette.travellers.app import wording
from vedette.travellers.app.dossier import dossier
from vedette.travellers.app.forms import PersonForm, SearchForm
from vedette.travellers.app.kind import APP
from vedette.travellers.app.models import Journey
from vedette.travellers.app.selectors import sharing
from vedette.travellers.app.selectors import travellers as people


@require_http_methods(["GET", "POST"])
@requires("subjects.see")
def travellers(request: Request) -> HttpResponse:
    """The search, and who was found; what is searched for is posted and stands in no address or log."""
    purpose, purpose_form = session_purpose(request)
    form = SearchForm(request.POST) if request.method == "POST" else SearchForm()
    context: dict[str, Any] = {"form": form, "purpose": purpose, "purpose_form": purpose_form}
    if request.method != "POST":
        return render(request, "travellers/travellers.html", context)
    # Purpose alone may be given; a search needs both.
    valid = form.is_valid()
    if purpose is None or not valid:
        context["error"] = form.non_field_errors() if not valid else None
        return render(request, "travellers/travellers.html", context, status=422)
    asked = {k: form.cleaned_data[k].strip() for k in people.KEYS}
    context["search"] = found = people.search(**asked)
    context["asked"] = asked
    by = sorted(k for k, v in asked.items() if v)
    acts.write(
        request.user, "traveller.search", purpose=purpose["purpose"],
        words={**asked, "case": purpose["case"]}, by=by, found=len(found.people),
        name=names.tokens(keyring(), asked["name"]),
    )  # fmt: skip
    return render(request, "travellers/travellers.html", context)


@require_GET
@requires("subjects.see")
def traveller(request: Request, pk: uuid.UUID) -> HttpResponse:
    """A person: what messages say, crossings with hits and results, what is shared, what was cleared."""
    try:
        made = dossier(pk)
    except Journey.DoesNotExist as error:
        raise Http404 from error
    acts.write(request.user, "traveller.see", pk)
    if made.hidden and approvals.ran_out(request.user, Approval.Kind.UNMASK, pk):
        acts.write(request.user, "traveller.unmask_ended", pk)
    journeys, cut = people.journeys_of(made.journey, made.clear.name_key if made.clear else None)
    number = page_number(request.GET.get("page", "1"))
    hit = Hit.objects.filter(subject=pk).first()
    context = {
        "made": made,
        "hit": hit,
        "pros": hit_wording.favour(hit.favour, APP) if hit else [],
        "facts": wording.facts(made.journey.facts) if made.journey.facts else "",
        "crossings": people.crossings(journeys, number),
        "page": number,
        "more": number * people.PAGE < len(journeys),
        "total": len(journeys),
        "cut": cut,
        "shared": [(one, *wording.shared(one)) for one in made.shared],
        "cleared": people.cleared(made.journey, journeys),
    }
    return render(request, "travellers/traveller.html", context)


@require_GET
@requires("subjects.see")
def shared(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The journeys of other bookings in which one identifier of the traveller stands: `of`, or the
    first that may be followed."""
    try:
        made = dossier(pk)
    except Journey.DoesNotExist as error:
        raise Http404 from error
    asked = request.GET.get("of", "")
    chosen = next(
        (s for s in made.shared if not s.common and asked in ("", str(s.identifier))), None
    )
    if asked and chosen is None:
        raise Http404
    found = sharing.journeys(made.journey, chosen) if chosen else {}
    acts.write(
        request.user,
        "traveller.see_shared",
        pk,
        kind=chosen.kind if chosen else "",
        shown=len(found),
    )
    number = page_number(request.GET.get("page", "1"))
    crossings = people.crossings(list(found), number)
    for row in crossings:
        row["confirmed"] = found[row["id"]]
    context = {
        "made": made,
        "hit": Hit.objects.filter(subject=pk).first(),
        "shared": [(one, *wording.shared(one)) for one in made.shared],
        "chosen": chosen,
        "crossings": crossings,
        "page": number,
        "more": number * people.PAGE < len(found),
        "total": len(found),
    }
    return render(request, "travellers/shared.html", context)


@require_http_methods(["GET", "POST"])
@requires("person.screen")
def screen(request: Request) -> HttpResponse:
    """One person against all lists, now; nothing of it is kept but the act."""
    purpose, purpose_form = session_purpose(request)
    form = PersonForm(request.POST) if request.method == "POST" else PersonForm()
    context: dict[str, Any] = {"form": form, "purpose": purpose, "purpose_form": purpose_form}
    if request.method != "POST":
        return render(request, "travellers/screen.html", context)
    if not form.is_valid() or purpose is None:
        return render(request, "travellers/screen.html", context, status=422)
    given = form.cleaned_data
    asked = Asked(
        surname=given["surname"],
        given_names=given["given_names"],
        date_of_birth=given["birth"],
        nationality=given["nationality"],
        document=given["document"],
        **purpose,
    )
    context["reasons"] = [_card(found) for found in screen_person(request.user, asked)]
    context["asked"] = asked
    return render(request, "travellers/screen.html", context)


def _card(found: screening.Reason) -> dict[str, Any]:
    """A reason as the page of a hit tells it; nothing is stored."""
    reason = Reason(
        kind=found.kind,
        channel=found.channel,
        score=found.score,
        contribution=found.contribution,
        params=found.params,
    )
    return {
        "found": found,
        "reason": reason,
        "title": hit_wording.title(reason, APP),
        "icon": hit_wording.icon(reason),
        "groups": hit_wording.pairs(found.evidence or (), APP),
    }
