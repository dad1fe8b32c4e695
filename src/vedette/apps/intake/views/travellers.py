"""Finding a traveller, one traveller, and one person screened now."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from vedette.apps.accounts.rules import Request, requires
from vedette.apps.intake.actions import act
from vedette.apps.intake.forms import PersonForm, PurposeForm, SearchForm
from vedette.apps.intake.models import Journey
from vedette.apps.intake.selectors import travellers as people
from vedette.apps.intake.views.asked import page_number
from vedette.apps.targeting import wording
from vedette.apps.targeting.dossier import Dossier, dossier
from vedette.apps.targeting.models import Hit, Reason
from vedette.apps.targeting.screen_now import Asked, screen_person
from vedette.joining import document_keys
from vedette.screening.exact import fold_email, fold_phone

#: Where purpose and case rest for the session.
_SESSION = "asked_for"


def _purpose(request: Request) -> tuple[dict[str, str] | None, PurposeForm]:
    """Purpose and case of this session, asked once: None where they are still to be given."""
    if request.method == "POST" and "purpose" in request.POST:
        form = PurposeForm(request.POST)
        if form.is_valid():
            request.session[_SESSION] = form.cleaned_data
        else:
            return None, form
    return request.session.get(_SESSION), PurposeForm()


@require_http_methods(["GET", "POST"])
@requires("passengers.see")
def travellers(request: Request) -> HttpResponse:
    """The search, and who was found; what is searched for is posted and stands in no address or log."""
    purpose, purpose_form = _purpose(request)
    form = SearchForm(request.POST) if request.method == "POST" else SearchForm()
    context: dict[str, Any] = {"form": form, "purpose": purpose, "purpose_form": purpose_form}
    if request.method != "POST":
        return render(request, "intake/travellers.html", context)
    # Purpose alone may be given; a search needs both.
    valid = form.is_valid()
    if purpose is None or not valid:
        context["error"] = form.non_field_errors() if not valid else None
        return render(request, "intake/travellers.html", context, status=422)
    asked = {k: form.cleaned_data[k].strip() for k in ("name", "document", "locator")}
    context["search"] = found = people.search(**asked)
    context["asked"] = asked
    by = sorted(k for k, v in asked.items() if v)
    act(request.user, "traveller.search", **purpose, by=by, found=len(found.people))
    return render(request, "intake/travellers.html", context)


@require_http_methods(["POST"])
@requires("passengers.see")
def purpose_change(request: Request) -> HttpResponse:
    """Forgets purpose and case, so that the next search asks for them."""
    request.session.pop(_SESSION, None)
    return redirect("travellers")


@require_GET
@requires("passengers.see")
def traveller(request: Request, pk: uuid.UUID) -> HttpResponse:
    """A person: what messages say, crossings with hits and results, what is shared, what was cleared."""
    try:
        made = dossier(pk)
    except Journey.DoesNotExist as error:
        raise Http404 from error
    act(request.user, "traveller.view", pk)
    journeys, cut = people.journeys_of(made.journey, made.clear.name_key if made.clear else None)
    number = page_number(request.GET.get("page", "1"))
    hit = Hit.objects.filter(journey=pk).first()
    context = {
        "made": made,
        "hit": hit,
        "pros": wording.favour(hit.favour) if hit else [],
        "facts": wording.facts_in_words(made.journey.facts) if made.journey.facts else "",
        "crossings": people.crossings(journeys, number),
        "page": number,
        "more": number * people.PAGE < len(journeys),
        "total": len(journeys),
        "cut": cut,
        "shared": people.shared(made.journey, _identifiers(made)),
        "cleared": people.cleared(made.journey, journeys),
    }
    return render(request, "intake/traveller.html", context)


def _identifiers(made: Dossier) -> list[tuple[str, str, str]]:
    """(kind, as shown, as its token is taken) of what may be shared with others."""
    found: dict[tuple[str, str], str] = {}
    for stated in (made.api, made.pnr):
        if stated is None:
            continue
        for paper in stated.documents:
            alone = msgspec.structs.replace(stated, documents=(paper,))
            found.update({("document", key): paper.number for key in document_keys(alone)})
        if stated.locator:
            found["locator", stated.locator.upper()] = stated.locator
    found.update({("phone", fold_phone(p)): p for p in made.contacts.phones})
    found.update({("email", fold_email(e)): e for e in made.contacts.emails})
    return [(kind, shown, folded) for (kind, folded), shown in found.items() if folded]


@require_http_methods(["GET", "POST"])
@requires("person.screen")
def screen(request: Request) -> HttpResponse:
    """One person against all lists, now; nothing of it is kept but the act."""
    purpose, purpose_form = _purpose(request)
    form = PersonForm(request.POST) if request.method == "POST" else PersonForm()
    context: dict[str, Any] = {"form": form, "purpose": purpose, "purpose_form": purpose_form}
    if request.method != "POST":
        return render(request, "intake/screen.html", context)
    if not form.is_valid() or purpose is None:
        return render(request, "intake/screen.html", context, status=422)
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
    return render(request, "intake/screen.html", context)


def _card(found: Any) -> dict[str, Any]:
    """A reason as the page of a hit tells it; nothing is stored."""
    entry, known = found.known.entry, found.known
    reason = Reason(
        kind=Reason.Kind.LOOKOUT if known.list.lookouts else Reason.Kind.WATCHLIST,
        channel=found.channel,
        score=found.score,
        contribution=found.contribution,
        params={"list": known.list.name, "list_id": known.list.id, "ref": entry.ref},
    )
    return {
        "found": found,
        "reason": reason,
        "title": wording.title(reason),
        "icon": wording.icon(reason),
        "groups": wording.pairs(
            {
                "name": e.name,
                "ours": e.ours,
                "theirs": e.theirs,
                "relation": e.relation,
                "contribution": e.contribution,
            }
            for e in found.evidence
        ),
    }
