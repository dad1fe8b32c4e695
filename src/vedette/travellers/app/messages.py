"""Provides texts, flights and counts about travellers for the pages and the API of messages, which all kinds
of subject share."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from vedette.apps.display import number
from vedette.apps.inbox.wording import READ, GroupLabel, MessageKind
from vedette.travellers.app.models import Flight
from vedette.travellers.records import Message

#: Code of a warning → the defect, and the part of the message that was kept.
_WARNINGS: dict[str, tuple[Any, Any]] = {
    "cnt_count": (
        _("The stated number of travellers differs from the number in the message"),
        READ,
    ),
    "date_impossible": (
        _("A date or a time does not exist"),
        _("the traveller and the other data, without the date"),
    ),
    "document_unclear": (
        _("A document has no number"),
        _("the traveller, without this document"),
    ),
    "eqn_count": (_("The stated number of bookings differs from the number in the message"), READ),
    "flight_missing": (
        _("No flight could be read"),
        _("the travellers, without a flight"),
    ),
    "traveller_unclear": (
        _("A traveller’s name is damaged"),
        _("the readable part of the traveller’s data"),
    ),
}
#: Pattern for the beginning of a technical reason for refusing a file → the reason in words of the user.
_FAILURES: tuple[tuple[str, Any], ...] = (
    (
        r"XML of another",
        _(
            "The file is an XML message of another type. Only the type IATA_PNRGOV_NotifRQ is"
            " accepted."
        ),
    ),
    (
        r"EDIFACT message (?P<what>[A-Z]{6}|of)",
        _(
            "The file is an EDIFACT message of another type. Only the types PAXLST and PNRGOV"
            " are accepted."
        ),
    ),
    (
        r"(?P<what>\d+) bytes, the limit is (?P<limit>\d+)",
        _("The file has %(what)s bytes; the limit is %(limit)s. Send one flight per file."),
    ),
    (
        r"(?P<what>\d+) segments, the limit is (?P<limit>\d+)",
        _("The file has %(what)s segments; the limit is %(limit)s. Send one flight per file."),
    ),
)
#: Function of a message → its name.
_WORDS = {
    "passengers": _("passenger list"),
    "crew": _("crew list"),
    "22": _("bookings, full push"),
    "141": _("bookings, update"),
}
#: Kind of free text that is deleted → its word.
_DROPPED = {
    "meal": pgettext_lazy("dropped text", "meals"),
    "assistance": pgettext_lazy("dropped text", "assistance"),
    "remark": pgettext_lazy("dropped text", "remarks"),
    "history": pgettext_lazy("dropped text", "history"),
    "service": pgettext_lazy("dropped text", "hotels, cars and other services"),
    "detail": pgettext_lazy("dropped text", "other details"),
}
#: Code of a difference between the messages about a traveller → its word.
FACTS = {
    "name_differs": _("name"),
    "birth_date_differs": _("birth date"),
    "document_differs": _("document"),
    "booked_not_flown": _("in the booking, but not on the passenger list"),
    "flown_not_booked": _("on the passenger list, but not in the booking"),
}


def facts(found: Iterable[str]) -> str:
    """Returns a text that lists the differences, such as `name, birth date`."""
    return ", ".join(str(FACTS[f]) for f in found if f in FACTS) or gettext("not given")


def groups(ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, GroupLabel]:
    """Returns the flights that have the given ids and that the reader may see."""
    return {
        flight.id: GroupLabel(
            f"{flight.carrier} {flight.number}",
            flight.departs_on,
            f"{flight.origin or '–'} → {flight.destination or '–'}",
            reverse("flight", args=[flight.id]),
            "record.see",
        )
        for flight in Flight.objects.filter(pk__in=ids)
    }


def tried(message: Message, most: int) -> Mapping[str, Any]:
    """Returns the context of the template `travellers/_tried.html`, with at most `most` travellers and
    bookings."""
    travellers = [*message.travellers, *(t for b in message.bookings for t in b.travellers)]
    return {
        "flights": message.flights,
        "travellers": travellers[:most],
        "total": len(travellers),
        "bookings": message.bookings[:most],
        "booked": len(message.bookings),
    }


MESSAGES = MessageKind(
    warnings=_WARNINGS,
    failures=_FAILURES,
    word=lambda _format, function: str(_WORDS.get(function, "")),
    dropped=_DROPPED,
    counts={
        "subjects": (
            _("Travellers"),
            lambda n: (
                ngettext("%(number)s traveller", "%(number)s travellers", n) % {"number": number(n)}
            ),
        ),
        "bookings": (
            _("Bookings"),
            lambda n: (
                ngettext("%(number)s booking", "%(number)s bookings", n) % {"number": number(n)}
            ),
        ),
    },
    group_head=_("Flight"),
    groups=groups,
    tried_template="travellers/_tried.html",
    tried=tried,
    api_values=lambda message: {
        "flight_id": message.group_id,
        "travellers": message.counts.get("subjects", 0),
        "bookings": message.counts.get("bookings", 0),
    },
    resend="flight-resend",
)
