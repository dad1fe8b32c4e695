"""The flights of a day and one flight."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods

from vedette.apps.accounts import acts
from vedette.apps.accounts.purposes import session_purpose
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.days import read_day
from vedette.apps.inbox import wording
from vedette.apps.inbox.transfers import Transfer
from vedette.apps.keyring import keyring
from vedette.apps.oversight import names
from vedette.apps.query import page_number, plain
from vedette.travellers.app import resending
from vedette.travellers.app.cabin import cabin
from vedette.travellers.app.models import Flight
from vedette.travellers.app.selectors import completeness, manifest
from vedette.travellers.app.selectors import flights as days

#: What the manifest may show, in this order; crew and absent only where there are any.
_SHOWN = ("hits", "all", "joined", "api", "pnr", "facts", "crew", "absent")
_ALWAYS = ("hits", "all", "api", "pnr")


@require_GET
@requires("subjects.see")
def flights(request: Request) -> HttpResponse:
    """One day, by time of landing; every filter is in the address."""
    chosen = {name: plain(request.GET.get(name, "")) for name in ("carrier", "state", "airport")}
    when = read_day(request.GET.get("day", "")) or timezone.now().date()
    found = days.day(when, **chosen, after=request.GET.get("after", ""), now=timezone.now())
    step = dt.timedelta(days=1)
    context = {
        "day": found,
        "chosen": chosen,
        "filtered": any(chosen.values()),
        "filters": urlencode({k: v for k, v in chosen.items() if v}),
        "before": when - step,
        "next": when + step,
        "today": timezone.now().date(),
        "states": days.STATES,
    }
    return render(request, "travellers/flights.html", context)


@require_GET
@requires("subjects.see")
def carriers(request: Request) -> HttpResponse:
    """How carriers did over thirty days: a page of its own, and a part of the page of flights."""
    template = (
        "travellers/_carriers.html"
        if request.headers.get("HX-Request")
        else "travellers/carriers.html"
    )
    return render(request, template, {"carriers": days.carriers()})


@require_http_methods(["GET", "POST"])
@requires("subjects.see")
def flight(request: Request, pk: uuid.UUID) -> HttpResponse:
    """A flight. A filter of its manifest is a search: posted, so that no name stands in an address, for
    a purpose that is asked once a session, and journalled as such."""
    found = get_object_or_404(Flight, pk=pk)
    people = _manifest(request, found)
    _journal(request, people)
    status = 422 if people["asks"] else 200
    if request.headers.get("HX-Request"):
        return render(request, "travellers/_manifest.html", people, status=status)
    before, after = manifest.neighbours(found)
    now = timezone.now()
    sendings = completeness.transfers_of([found.id])[found.id]
    context = {
        **people,
        "before": before,
        "after": after,
        "sendings": _lanes(found, sendings, now),
        "incomplete": sum(one.incomplete(now) for one in sendings),
        "lacks": resending.gaps(found, sendings, now),
        "asked": found.resends_asked.select_related("by").order_by("at"),
        "share": _share(found),
        "warnings": _warnings(found),
        "cabin": cabin(manifest.seats(found.id)),
    }
    return render(request, "travellers/flight.html", context, status=status)


def _manifest(request: Request, found: Flight) -> dict[str, Any]:
    asked = request.POST if request.method == "POST" else request.GET
    view = asked.get("show", "all")
    view = view if view in manifest.VIEWS else "all"
    text = plain(request.POST.get("text", ""))
    number = page_number(asked.get("page", "1"))
    counts = manifest.counts(found.id)
    purpose, purpose_form = session_purpose(request)
    asks = bool(text.strip()) and purpose is None
    return {
        "flight": found,
        # Without a purpose nobody is looked for: the list stands as before.
        "people": manifest.page(found.id, view, "" if asks else text, number),
        "shown": view,
        "text": text,
        "asks": asks,
        "purpose": purpose,
        "purpose_form": purpose_form,
        "views": [(v, counts[v]) for v in _SHOWN if counts[v] or v in _ALWAYS or v == view],
        "counts": counts,
    }


def _journal(request: Request, people: dict[str, Any]) -> None:
    """Each page of the list is a look at its people; a filtered one a search."""
    flight_id, page, text = people["flight"].id, people["people"], people["text"].strip()
    if not text or people["asks"]:
        acts.write(request.user, "flight.see", flight_id, page=page.number)
        return
    name = "" if any(c.isdigit() for c in text) else text
    purpose = people["purpose"]
    acts.write(
        request.user, "flight.search", flight_id, purpose=purpose["purpose"],
        words={"text": text, "case": purpose["case"]}, found=page.matching, page=page.number,
        name=names.tokens(keyring(), name),
    )  # fmt: skip


def _lanes(found: Flight, sendings: list[Transfer], now: dt.datetime) -> list[dict[str, Any]]:
    """Passenger list and bookings, each with how it stands and its transfers placed on a time line."""
    lanes = []
    for kind in (completeness.PNR, completeness.API):
        own = [one for one in sendings if one.kind == kind]
        lanes.append(
            {
                "kind": kind,
                "standing": completeness.standing(found, kind, own, now),
                "sendings": [(one, one.incomplete(now)) for one in own],
            }
        )
    return lanes


def _share(found: Flight) -> dict[str, Any]:
    """Joined, passenger list only, booking only: numbers, and widths of the bar in percent."""
    api, pnr = found.api_count - found.joined_count, found.pnr_count - found.joined_count
    total = found.joined_count + api + pnr
    parts = [("joined", found.joined_count), ("api", api), ("pnr", pnr)]
    start = 0.0
    bars = []
    for name, count in parts:
        width = 100 * count / total if total else 0
        bars.append(
            {
                "name": name,
                "count": count,
                "x": f"{start:.2f}%",
                "width": f"{width:.2f}%",
                "middle": f"{start + width / 2:.2f}%",
                "room": width > 4,
            }
        )
        start += width
    return {"total": total, "joined": found.joined_count, "api": api, "pnr": pnr, "bars": bars}


def _warnings(found: Flight) -> list[dict[str, Any]]:
    return [
        {**message, "kind": wording.kind(message["format"], message["function"]),
         "told": wording.grouped(message["warnings"])}
        for message in manifest.warnings(found.id)
    ]  # fmt: skip
