"""Words about travellers in the reader's language: messages, differences, points in favour, links.

The database stores codes and parameters; these functions make the words of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext_lazy

from vedette.apps.display import number
from vedette.apps.inbox.wording import READ

#: Code of a warning → the defect, and the part of the message that was kept.
WARNINGS: dict[str, tuple[Any, Any]] = {
    "cnt_count": (gettext_lazy("The stated number of travellers is not the number present"), READ),
    "date_impossible": (
        gettext_lazy("A date or time that does not exist"),
        gettext_lazy("the traveller and the rest, without the date"),
    ),
    "document_unclear": (
        gettext_lazy("A document without a number"),
        gettext_lazy("the traveller, without this document"),
    ),
    "eqn_count": (gettext_lazy("The stated number of bookings is not the number present"), READ),
    "flight_missing": (
        gettext_lazy("No flight could be read"),
        gettext_lazy("the travellers, without a flight"),
    ),
    "traveller_unclear": (
        gettext_lazy("A traveller’s name is damaged"),
        gettext_lazy("the readable part of the traveller’s data"),
    ),
}
#: Pattern of the beginning of a reason for refusing a file → the reason in the reader's words.
FAILURES: tuple[tuple[str, Any], ...] = (
    (
        r"XML of another",
        gettext_lazy("The file is XML of another kind. Only IATA_PNRGOV_NotifRQ is read here."),
    ),
    (
        r"EDIFACT message (?P<what>[A-Z]{6}|of)",
        gettext_lazy("The file is EDIFACT of another type. Only PAXLST and PNRGOV are read here."),
    ),
    (
        r"(?P<what>\d+) bytes, the limit is (?P<limit>\d+)",
        gettext_lazy(
            "The file has %(what)s bytes; the limit is %(limit)s. Send one flight per file."
        ),
    ),
    (
        r"(?P<what>\d+) segments, the limit is (?P<limit>\d+)",
        gettext_lazy(
            "The file has %(what)s segments; the limit is %(limit)s. Send one flight per file."
        ),
    ),
)
#: Function of a message → its name.
MESSAGES = {
    "passengers": gettext_lazy("passenger list"),
    "crew": gettext_lazy("crew list"),
    "22": gettext_lazy("bookings, full push"),
    "141": gettext_lazy("bookings, update"),
}
#: Kind of free text that is deleted → its word.
DROPPED = {
    "meal": pgettext_lazy("dropped text", "meals"),
    "assistance": pgettext_lazy("dropped text", "assistance"),
    "remark": pgettext_lazy("dropped text", "remarks"),
    "history": pgettext_lazy("dropped text", "history"),
}
#: Id of a point in favour → its words.
FAVOUR = {
    "birth_date_differs": gettext_lazy("Birth date differs from the list"),
    "nationality_differs": gettext_lazy("Nationality differs from the list"),
    "sex_differs": gettext_lazy("Sex differs from the list"),
    "messages_agree": gettext_lazy("Passenger list and booking agree"),
    "return_booked": gettext_lazy("Return booked"),
    "travels_with_family": gettext_lazy("Travels with family"),
    "cleared_before": gettext_lazy("Distinguished from a list entry before"),
    "earlier_crossings": gettext_lazy("Earlier crossings, nothing found"),
}
#: Code of a difference between the messages about a traveller → its word.
FACTS = {
    "name_differs": gettext_lazy("name"),
    "birth_date_differs": gettext_lazy("birth date"),
    "document_differs": gettext_lazy("document"),
    "booked_not_flown": gettext_lazy("booked, not on the passenger list"),
    "flown_not_booked": gettext_lazy("on the passenger list, not booked"),
}
#: Kind of an identifier that two travellers of a flight share → its words.
LINKS = {
    "phone": gettext_lazy("same telephone"),
    "email": gettext_lazy("same e-mail"),
    "card": gettext_lazy("same card"),
    "address": gettext_lazy("same address"),
    "document": gettext_lazy("same document"),
    "loyalty": gettext_lazy("same loyalty number"),
}


def message(message_format: str, function: str) -> str:
    """Returns the name of a message: `passenger list`, `bookings, full push`; empty if it has none."""
    return str(MESSAGES.get(function, ""))


def facts(found: Iterable[str]) -> str:
    """Returns the differences in words: `name, birth date`."""
    return ", ".join(str(FACTS[f]) for f in found if f in FACTS) or gettext("not given")


def disagreement(params: Mapping[str, Any]) -> str:
    """Returns the sentence for messages that disagree: `API and booking differ: name`."""
    found = facts(params.get("facts") or ())
    return gettext("API and booking differ: %(facts)s") % {"facts": found}


def favour(name: str, params: Mapping[str, Any]) -> str:
    """Returns the sentence for one point in favour; empty if the id is unknown."""
    count = int(params.get("count", 0) or 0)
    if name == "earlier_crossings" and count:
        return ngettext(
            "%(n)s earlier crossing, nothing found", "%(n)s earlier crossings, nothing found", count
        ) % {"n": number(count)}
    if name == "travels_with_family" and count:
        return gettext("Travels with family (%(n)s)") % {"n": number(count)}
    return str(FAVOUR.get(name, ""))
