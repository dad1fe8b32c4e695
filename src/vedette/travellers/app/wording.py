"""Words about travellers in the language of the reader: differences, points in favour, links.

The database stores codes and parameters. The functions of this module convert the codes and
parameters to words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext_lazy

from vedette.apps.display import number

#: Act of the journal → its text.
ACTS: dict[str, Any] = {
    "flight.search": gettext_lazy("list of a flight searched"),
    "flight.see": gettext_lazy("flight and its list seen"),
}
LOCATOR = pgettext_lazy("detail", "locator")

#: Id of a point in favour → its words.
FAVOUR = {
    "birth_date_differs": gettext_lazy("Birth date differs from that on the list"),
    "nationality_differs": gettext_lazy("Nationality differs from that on the list"),
    "sex_differs": gettext_lazy("Sex differs from that on the list"),
    "messages_agree": gettext_lazy("Passenger list and booking agree"),
    "return_booked": gettext_lazy("Return booked"),
    "travels_with_family": gettext_lazy("Travels with family"),
    "cleared_before": gettext_lazy("Found before to be another person than on the list"),
    "earlier_crossings": gettext_lazy("Earlier border crossings, nothing found"),
}
#: Code of a difference between the messages about a traveller → its word.
FACTS = {
    "name_differs": gettext_lazy("name"),
    "birth_date_differs": gettext_lazy("birth date"),
    "document_differs": gettext_lazy("document"),
    "booked_not_flown": gettext_lazy("booked, but not on the passenger list"),
    "flown_not_booked": gettext_lazy("on the passenger list, but not booked"),
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


def facts(found: Iterable[str]) -> str:
    """Returns the differences in words: `name, birth date`."""
    return ", ".join(str(FACTS[f]) for f in found if f in FACTS) or gettext("not given")


def counted(count: int) -> str:
    """Returns the number of travellers in words: `12 travellers`."""
    return ngettext("%(n)s traveller", "%(n)s travellers", count) % {"n": number(count)}


def disagreement(params: Mapping[str, Any]) -> str:
    """Returns the sentence for messages that do not agree: `API and booking differ: name`."""
    found = facts(params.get("facts") or ())
    return gettext("API and booking differ: %(facts)s") % {"facts": found}


def favour(name: str, params: Mapping[str, Any]) -> str:
    """Returns the sentence for one point in favour. Returns an empty text if the id is unknown."""
    count = int(params.get("count", 0) or 0)
    if name == "earlier_crossings" and count:
        return ngettext(
            "%(n)s earlier border crossing, nothing found",
            "%(n)s earlier border crossings, nothing found",
            count,
        ) % {"n": number(count)}
    if name == "travels_with_family" and count:
        return gettext("Travels with family (%(n)s)") % {"n": number(count)}
    return str(FAVOUR.get(name, ""))
