"""What a person is told: travel data, and a wording that is the same whatever else is known.

Whether somebody is on a list, had a hit, was referred or was looked at is neither confirmed nor denied
(Directive (EU) 2016/680, article 15). So that it cannot slip in, nothing here, nor what it imports,
imports of `targeting` or `knowledge` or reads their tables; a test holds it to that. Journeys that are
kept beyond their time for an objective link (class `linked`) are left out: that they are still there
would tell of the link.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from django.utils.translation import gettext

from vedette.apps.requests import letter
from vedette.apps.retention.selectors import periods
from vedette.core.statements import everything, rebuild
from vedette.travellers import records
from vedette.travellers.app.models import BookingClear, Journey, JourneyClear

_LINKED = "linked"
#: Where a record stands in its message says nothing to the person.
_PROVENANCE = {"segment", "offset"}


def answer(journeys: Sequence[uuid.UUID], reference: str, on: dt.date) -> dict[str, Any]:
    """The releasable file as nested values, texts in the language in force."""
    kept = periods()
    return {
        "reference": reference,
        "answered_on": on,
        "about": gettext(
            "These are the travel data found with the identity details that you"
            " gave: what carriers sent (advance passenger information, booking), when"
            " it was received, and how long it is kept. The data serve border and"
            " customs control and the fight against terrorist offences and serious"
            " crime. You may ask for rectification, restriction or erasure, and"
            " complain to the supervisory authority or a court."
        ),
        "masked_after_days": kept.mask_after,
        "deleted_after_days": kept.delete_after,
        "journeys": travel(journeys),
        "withheld": gettext(
            "We neither confirm nor deny to anybody whether data were compared with"
            " lists, with what result, who consulted them, and what was decided: the"
            " law allows this information to be withheld (Directive (EU) 2016/680,"
            " article 15). This sentence appears in every answer, whether or not"
            " anything is withheld. The supervisory authority can verify this for you"
            " (article 17)."
        ),
    }


def file(
    journeys: Sequence[uuid.UUID], reference: str, on: dt.date, language: str, form: str
) -> bytes:
    """The file itself, `form` html or json."""
    with letter.in_language(language):
        told = answer(journeys, reference, on)
        if form == "json":
            return letter.as_json(told)
        return letter.as_html(gettext("Answer to your request about your data"), told, language)


def travel(journeys: Sequence[uuid.UUID], linked: bool = False) -> list[dict[str, Any]]:
    """Journeys as messages state them, in order of time; with those of class `linked` if asked."""
    rows = Journey.objects.filter(pk__in=list(journeys)).select_related("flight")
    rows = rows.order_by("flight__departs_on", "pk")
    chosen = [j for j in rows if linked or j.retention_class != _LINKED]
    ids = [j.pk for j in chosen]
    clear = {c.journey_id: c for c in JourneyClear.objects.filter(journey_id__in=ids)}
    booked = {
        (b.booking_id, b.flight_id): b
        for b in BookingClear.objects.filter(booking_id__in=[j.booking_id for j in chosen])
    }
    return [
        _journey(j, clear.get(j.pk), booked.get((j.booking_id, j.flight_id)))  # type: ignore[arg-type]
        for j in chosen
    ]


def _journey(
    journey: Journey, clear: JourneyClear | None, booking: BookingClear | None
) -> dict[str, Any]:
    flight = journey.flight
    told: dict[str, Any] = {
        "flight": f"{flight.carrier} {flight.number}",
        "origin": flight.origin,
        "destination": flight.destination,
        "departs": flight.departs_local or flight.departs_on,
        "arrives": flight.arrives_local,
        "role": journey.role,
        "received_on": journey.received_at.date(),
        "masked": clear is None,
    }
    for source in ("api", "pnr"):
        stated = everything((clear.state.get(source) or {}) if clear else {})
        if stated:
            told[source] = _said(stated, records.Traveller)
            told.update({k: stated[k] for k in ("seats", "booked_bags") if stated.get(k)})
    if booking is not None:
        told["booking"] = _said(everything(booking.state), records.Booking)
    return {key: value for key, value in told.items() if value not in (None, "", [], {})}


def _said(stated: dict[str, Any], kind: type[Any]) -> Any:
    """A record without what is empty; what no longer fits the record is given as it is stored."""
    try:
        record = rebuild(stated, kind)
    except msgspec.ValidationError:
        return stated
    return _bare(msgspec.to_builtins(record, builtin_types=(dt.date, dt.datetime)))


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        shown = {k: _bare(v) for k, v in value.items() if k not in _PROVENANCE}
        return {k: v for k, v in shown.items() if v is not False and v not in (None, "", [], {})}
    return [_bare(one) for one in value] if isinstance(value, list | tuple) else value
