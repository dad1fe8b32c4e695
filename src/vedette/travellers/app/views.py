"""Shows the pages of flights: the flights of a day, one flight, and the request to a carrier to send messages
again. Also shows the pages of travellers: the search, one traveller, and the screening of one person on
demand."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

from django import forms
from django.conf import settings
from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from vedette.apps import charts
from vedette.apps.accounts import acts
from vedette.apps.accounts.models import Approval
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.accounts.sessions import session_purpose
from vedette.apps.approvals import actions as approvals
from vedette.apps.desk.overview import kept
from vedette.apps.desk.screen_now import Asked, screen_person
from vedette.apps.desk.suggestions import suggested
from vedette.apps.hits import wording as hit_wording
from vedette.apps.hits.models import Reason
from vedette.apps.keyring import keyring
from vedette.apps.oversight import name_tokens
from vedette.apps.query import page_number, plain, read_day
from vedette.apps.subjects.kinds import queue_rows
from vedette.core.cells import Table
from vedette.core.errors import ListsNotReady
from vedette.screening import reason as screening
from vedette.travellers.app import axes, pictures, resending
from vedette.travellers.app.dossier import Dossier, dossier, said
from vedette.travellers.app.forms import PersonForm, SearchForm
from vedette.travellers.app.kind import APP, seat_map
from vedette.travellers.app.models import Flight, Journey
from vedette.travellers.app.selectors import flights as days
from vedette.travellers.app.selectors import linked, manifest, sharing
from vedette.travellers.app.selectors import travellers as people
from vedette.travellers.columns.places import km

#: View of the manifest → its word, in the order of the page.
_VIEWS = {
    "hits": pgettext_lazy("manifest", "Hits"),
    "all": pgettext_lazy("manifest", "All"),
    "joined": pgettext_lazy("manifest", "API and PNR"),
    "api": pgettext_lazy("manifest", "API only"),
    "pnr": pgettext_lazy("manifest", "PNR only"),
    "facts": pgettext_lazy("manifest", "Differences"),
    "crew": pgettext_lazy("manifest", "Crew"),
    "absent": pgettext_lazy("manifest", "Removed by a later message"),
}
#: Number of travellers who are named for each group of linked travellers.
NAMED = 3
#: Views that are offered even if they have no traveller.
_ALWAYS = ("hits", "all", "api", "pnr")
#: Maximum number of rows of the table below the plan of the cabin.
SEAT_ROWS = 30
#: Maximum number of carriers in the figures by week. The CSV file contains all carriers.
CARRIERS = 30


@require_GET
@requires("record.see")
def flights(request: Request) -> HttpResponse:
    """Shows the flights of one day, in order of landing. The address of the page contains all filters."""
    chosen = {name: plain(request.GET.get(name, "")) for name in ("carrier", "state", "airport")}
    when = read_day(request.GET.get("day", "")) or timezone.localdate()
    step = dt.timedelta(days=1)
    context = {
        "day": days.day(when, **chosen, after=request.GET.get("after", ""), now=timezone.now()),
        "chosen": chosen,
        "filtered": any(chosen.values()),
        "filters": urlencode({k: v for k, v in chosen.items() if v}),
        "before": when - step,
        "next": when + step,
        "today": timezone.localdate(),
        "states": days.STATES.items(),
    }
    return render(request, "travellers/flights.html", context)


@require_GET
@requires("record.see")
def carriers(request: Request) -> HttpResponse:
    """Shows the figures of carriers over the last thirty days, and the weekly figures. If htmx (a JavaScript
    library) requests the page, only the table of thirty days is returned."""
    context: dict[str, Any] = {"carriers": days.carriers()}
    if request.headers.get("HX-Request"):
        return render(request, "travellers/_carriers.html", context)
    lines = _weeks(request)
    today = timezone.localdate()
    context |= {
        "lines": lines[:CARRIERS],
        "others": max(len(lines) - CARRIERS, 0),
        "starts": [today - dt.timedelta(weeks=days.WEEKS - n) for n in range(days.WEEKS)],
        "until": today - dt.timedelta(days=1),
        "agreed": settings.CARRIER_LEVEL,
        "agreed_y": charts.percent(1 - settings.CARRIER_LEVEL / 100),
    }
    return render(request, "travellers/carriers.html", context)


def _weeks(request: Request) -> list[days.CarrierWeeks]:
    return kept(request.user, "carriers-by-week", days.weeks_of_carriers)


@require_GET
@requires("record.see")
def carriers_csv(request: Request) -> HttpResponse:
    """Returns the figures of carriers by week as CSV. A week without a landed flight has no row in the file.
    The figures contain no personal data."""
    out = io.StringIO()
    table = Table(out)
    table.row(("carrier", "week_from", "week_to", "flights", "complete", "lists", "lists_in_time"))
    first = timezone.localdate() - dt.timedelta(weeks=days.WEEKS)
    for line in _weeks(request):
        for n, week in enumerate(line.weeks):
            start = first + dt.timedelta(weeks=n)
            if week.flights:
                ends = (start.isoformat(), (start + dt.timedelta(days=6)).isoformat())
                table.row(
                    (line.carrier, *ends, week.flights, week.complete, week.lists, week.in_time)
                )
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="carriers.csv"'
    acts.write(request.user, "statistics.export", days=7 * days.WEEKS)
    return response


@require_http_methods(["GET", "POST"])
@requires("record.see")
def flight(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows a flight with its manifest. If a user filters the manifest, this is a search: a purpose is
    required, and the journal records the search. The filter is sent by POST, so that the address contains no
    name."""
    found = get_object_or_404(Flight, pk=pk)
    people = _manifest(request, found)
    _journal(request, people)
    status = 422 if people["asks"] else 200
    if request.headers.get("HX-Request"):
        return render(request, "travellers/_manifest.html", people, status=status)
    before, after = manifest.neighbours(found)
    now = timezone.now()
    sendings = days.transfers_of([found.id])[found.id]
    pushes = {kind: axes.due(found, kind, sendings, now) for kind in (days.PNR, days.API)}
    lanes = []
    for kind, due in pushes.items():
        state = days.standing(found, kind, sendings, now)
        if state == "awaited" and any(push.state == "missing" for push in due):
            state = "missing"
        own = [(one, one.incomplete(now)) for one in sendings if one.kind == kind]
        lanes.append((kind, state, own, due))
    cabin = pictures.cabin(manifest.seats(found.id))
    ends = found.origin, found.destination
    label = gettext("Map of the journey: %(stops)s") % {"stops": " → ".join(filter(None, ends))}
    context = {
        **people,
        "before": before,
        "after": after,
        "lanes": lanes,
        "axis": axes.messages(found, sendings, [*pushes[days.PNR], *pushes[days.API]], now),
        "now": now,
        "map": pictures.route(ends, ends, label),
        "distance": km(*ends),
        "incomplete": sum(one.incomplete(now) for one in sendings),
        "lacks": resending.gaps(found, sendings, now),
        "asked": found.resends_asked.select_related("by").order_by("at"),
        "share": _share(found),
        "warnings": manifest.warnings(found.id),
        "cabin": cabin,
        "seat_rows": cabin["hits"][:SEAT_ROWS],
    }
    return render(request, "travellers/flight.html", context, status=status)


def _manifest(request: Request, found: Flight) -> dict[str, Any]:
    asked = request.POST if request.method == "POST" else request.GET
    view = asked.get("show", "all")
    view = view if view in _VIEWS else "all"
    text = plain(request.POST.get("text", ""))
    counts = manifest.counts(found.id)
    purpose, purpose_form = session_purpose(request)
    asks = bool(text.strip()) and purpose is None
    # Without a purpose, the filter is not applied.
    page = manifest.page(found.id, view, "" if asks else text, page_number(asked.get("page", "1")))
    return {
        "flight": found,
        "people": page,
        "shown": view,
        "view_word": _VIEWS[view],
        "text": text,
        "asks": asks,
        "purpose": purpose,
        "purpose_form": purpose_form,
        "views": [
            (v, word, counts[v])
            for v, word in _VIEWS.items()
            if counts[v] or v in _ALWAYS or v == view
        ],
        "counts": counts,
    }


def _journal(request: Request, people: dict[str, Any]) -> None:
    """Writes a journal entry for each page of the manifest. If the manifest is filtered, the journal entry
    records a search. If the manifest is not filtered, the journal entry records a view."""
    flight_id, page, text = people["flight"].id, people["people"], people["text"].strip()
    if not text or people["asks"]:
        acts.write(request.user, "flight.see", flight_id, page=page.number)
        return
    name = "" if any(c.isdigit() for c in text) else text
    purpose = people["purpose"]
    acts.write(
        request.user, "flight.search", flight_id, purpose=purpose["purpose"],
        words={"text": text, "case": purpose["case"]}, found=page.matching, page=page.number,
        name=name_tokens.tokens(keyring(), name),
    )  # fmt: skip


def _share(found: Flight) -> dict[str, Any]:
    """Returns the number of travellers and three bars: travellers in both sources, travellers only on the
    passenger list, and travellers only in a booking. The positions of the bars are in percent."""
    counts = {"joined": found.joined_count, "api": found.api_only, "pnr": found.pnr_only}
    total, start, bars = sum(counts.values()), 0.0, []
    for name, count in counts.items():
        width = 100 * count / total if total else 0
        place = {"x": start, "width": width, "middle": start + width / 2}
        positions = {key: f"{value:.2f}%" for key, value in place.items()}
        bars.append({"name": name, "count": count, "room": width > 4, **positions})
        start += width
    return {"total": total, "bars": bars}


@require_GET
@requires("record.see")
def flight_linked(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the groups of linked travellers of a flight. A group is shown only if one of its travellers has a
    hit."""
    found = get_object_or_404(Flight, pk=pk)
    groups, more = linked.of_flight(found.pk)
    names = queue_rows([hit.subject_id for one in groups for hit in one["hits"][:NAMED]])
    for one in groups:
        shown = [(hit, names[hit.subject_id]) for hit in one["hits"][:NAMED]]
        one.update(named=shown, unnamed=len(one["hits"]) - len(shown))
    acts.write(request.user, "flight.see", pk, groups=len(groups))
    context = {"flight": found, "groups": groups, "more": more, "note": linked.note()}
    return render(request, "travellers/flight_linked.html", context)


@require_http_methods(["GET", "POST"])
@requires("resend.ask")
def resend(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the text of the request, which the user can copy, print or open in a mail program. A POST request
    records that the messages were requested from the carrier."""
    found = get_object_or_404(Flight, pk=pk)
    sendings = days.transfers_of([found.id])[found.id]
    gaps = resending.gaps(found, sendings, timezone.now())
    if request.method == "POST" and gaps:
        resending.ask(request.user, found, [gap.numbers() for gap in gaps])
        toasts.success(request, gettext("The request to the carrier is recorded."))
        return redirect("flight", pk)
    texts = resending.texts(found, gaps, str(request.user.organisation)) if gaps else []
    context = {
        "flight": found,
        # Lines of a mailto address end with CRLF (RFC 6068, section 5).
        "texts": [
            (code, subject, text, f"mailto:?subject={quote(subject)}&body={quote(mail)}")
            for code, subject, text in texts
            for mail in [text.replace("\n", "\r\n")]
        ],
        "asked": found.resends_asked.select_related("by").order_by("at"),
    }
    return render(request, "travellers/resend.html", context)


def _with_purpose(request: Request, form: type[forms.Form]) -> tuple[dict[str, Any], bool]:
    """Returns the template context for a page with a form in which the user must state a purpose. Also
    returns whether the form and the purpose are complete."""
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
    context["text"] = form.cleaned_data["q"] or next(filter(None, asked.values()))
    context["suggested"] = suggested(request.user, form.cleaned_data["q"] or asked["name"])
    acts.write(
        request.user, "record.search", purpose=purpose["purpose"],
        words={**asked, "case": purpose["case"]}, by=sorted(k for k, v in asked.items() if v),
        found=len(found.people), name=name_tokens.searched(keyring(), request.user, asked["name"]),
    )  # fmt: skip
    return render(request, "travellers/travellers.html", context)


def _dossier(journey: uuid.UUID) -> Dossier:
    try:
        return dossier(journey)
    except Journey.DoesNotExist as error:
        raise Http404 from error


def _page(request: Request, file: Dossier, journeys: Sequence[uuid.UUID]) -> dict[str, Any]:
    """Returns the template context of a page about a traveller. Each page shows only a part of the crossings
    in `journeys`."""
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
    """Shows the page of a traveller: the crossings on a time axis and on a map, the data from each message,
    hits and results, linked travellers, shared identifiers, and clearings."""
    file = _dossier(pk)
    acts.write(request.user, "record.see", pk)
    if file.hidden and approvals.ran_out(request.user, Approval.Kind.UNMASK, pk):
        acts.write(request.user, "record.unmask_ended", pk)
    journeys, cut = people.journeys_of(file.journey, file.clear.name_key if file.clear else None)
    hit, flight = file.journey.hit, file.journey.flight
    rows = people.travelled(journeys)
    ends = flight.origin, flight.destination
    flown = [(row["origin"], row["destination"]) for row in reversed(rows) if row["present"]]
    booked = [(leg.origin, leg.destination) for leg in file.legs]
    context = {
        **_page(request, file, journeys),
        "axis": axes.travel(rows, pk, timezone.localdate()),
        "map": pictures.travels([ends, *flown, *booked], ends, gettext("Map of all flights")),
        "said": said(file),
        "others": file.others,
        "seat_map": seat_map(file),
        "pros": hit_wording.favour(hit.favour, APP) if hit else [],
        "cut": cut,
        "cleared": people.cleared(file.journey, journeys),
    }
    return render(request, "travellers/traveller.html", context)


@require_GET
@requires("record.see")
def shared(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the journeys in other bookings that have one of the traveller's identifiers. The parameter `of`
    names the identifier. Without the parameter `of`, the page shows the first identifier that is not
    common."""
    file = _dossier(pk)
    asked = request.GET.get("of", "")
    chosen = next(
        (s for s in file.shared if not s.common and asked in ("", str(s.identifier))), None
    )
    if asked and chosen is None:
        raise Http404
    found = sharing.journeys(file.journey, chosen) if chosen else {}
    acts.write(
        request.user, "record.see_shared", pk, kind=chosen.kind if chosen else "", shown=len(found)
    )
    context = {**_page(request, file, list(found)), "chosen": chosen}
    for row in context["crossings"]:
        row["confirmed"] = found[row["id"]]
    return render(request, "travellers/shared.html", context)


@require_http_methods(["GET", "POST"])
@requires("person.screen")
def screen(request: Request) -> HttpResponse:
    """Screens one person against all lists immediately, on demand. Only a journal entry is stored."""
    context, valid = _with_purpose(request, PersonForm)
    if not valid:
        status = 422 if context["form"].is_bound else 200
        return render(request, "travellers/screen.html", context, status=status)
    given = {**context["form"].cleaned_data, **context["purpose"]}
    asked = Asked(date_of_birth=given.pop("birth"), **given)
    try:
        found = screen_person(request.user, asked)
    except ListsNotReady:
        return render(request, "travellers/screen.html", {**context, "not_ready": True}, status=503)
    context["reasons"] = [_card(reason) for reason in found]
    return render(request, "travellers/screen.html", context)


def _card(found: screening.Reason) -> dict[str, Any]:
    """Returns a reason with its title, icon and evidence, in the form that the page of a hit displays. The
    reason is not stored."""
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
