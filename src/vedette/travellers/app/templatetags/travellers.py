"""Contains template filters and tags for the pages of flights and travellers. The filters and tags are also
used to display travellers in the queue and on the page of a hit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext

from vedette.apps import display
from vedette.apps.accounts.models import User
from vedette.apps.inbox import wording as inbox
from vedette.apps.inbox.selectors import Transfer
from vedette.apps.profiles.wording import share
from vedette.core.codes import airport
from vedette.travellers.app.dossier import Dossier
from vedette.travellers.app.messages import facts
from vedette.travellers.app.selectors.flights import CarrierWeeks, Row

register = template.Library()

#: State of messages (`selectors.flights.standing`) → class of the tag, words.
_STANDING = {
    "received": ("pro", gettext_lazy("received")),
    "late": ("p3", gettext_lazy("received, late")),
    "missing": ("p4", gettext_lazy("expected, not received")),
    "awaited": ("", gettext_lazy("not expected yet")),
}
#: Search term → words, in the order of the page.
_WHY = {
    "document": gettext_lazy("same document"),
    "locator": gettext_lazy("same record locator"),
    "name": gettext_lazy("same beginning of the name"),
    "similar": gettext_lazy("similar name"),
}
_ROLES = {
    "crew": gettext_lazy("crew"),
    "transit": gettext_lazy("in transit"),
    "transit_crew": gettext_lazy("crew in transit"),
}


register.simple_tag(facts)


@register.simple_tag
def lands(at: dt.datetime) -> str:
    """Returns the time of landing as text. The text contains the day if the landing is 14 hours or more from
    now."""
    today = abs(at - timezone.now()) < dt.timedelta(hours=14)
    return f"{'' if today else display.short_day(at) + ' '}{display.hour(at)}"


#: First letter of a document type (ICAO 9303, PAXLST DOC, PNRGOV DOCS and DOCO) → its word.
_DOCUMENTS = {
    "P": gettext_lazy("passport"),
    "V": gettext_lazy("visa"),
    "I": gettext_lazy("identity card"),
    "A": gettext_lazy("identity card"),
    "C": gettext_lazy("identity card"),
}


@register.filter
def document_kind(code: str | None) -> str:
    """Returns the word for a document type. If there is no word for the type, returns the type as it was
    sent."""
    return str(_DOCUMENTS.get((code or "")[:1], code or gettext("document")))


@register.simple_tag
def dots(row: Row, kind: str) -> SafeString:
    """Returns one sign for each transfer of a flight: a dot if the transfer is complete, or a crossed ring if
    it is incomplete. If there is no transfer, returns the state of the messages."""
    now = timezone.now()
    own = [one for one in row.transfers if one.kind == kind]
    stands = row.api if kind == "api" else row.pnr
    if not own:
        return standing(stands)
    bad = [one.incomplete(now) for one in own]
    words = ngettext("%(n)d received", "%(n)d received", len(own)) % {"n": len(own)}
    if any(bad):
        words += ", " + gettext("%(n)d with parts missing") % {"n": sum(bad)}
    signs = format_html_join("", "{}", ((_sign(8 + 16 * n, x),) for n, x in enumerate(bad)))
    shown = format_html(
        '<svg width="{0}" height="16" viewBox="0 0 {0} 16" role="img" aria-label="{1}">{2}</svg>',
        16 * len(own), words, signs,
    )  # fmt: skip
    if stands == "late":
        shown = format_html('{} <span class="tag p3">{}</span>', shown, pgettext("list", "late"))
    return shown


@register.simple_tag
def legend() -> SafeString:
    """Returns the explanation of the signs of `dots`."""
    svg = '<svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">{}</svg> {}'
    return format_html(
        svg + " · " + svg,
        _sign(8, False), gettext("one complete transmission"), _sign(8, True), gettext("parts missing"),
    )  # fmt: skip


def _sign(x: int, bad: bool) -> SafeString:
    if not bad:
        return format_html('<circle class="ok" cx="{}" cy="8" r="5"/>', x)
    return format_html(
        '<g class="no"><circle cx="{}" cy="8" r="5.5"/><path d="M{} 5l6 6m0-6-6 6"/></g>', x, x - 3
    )


@register.simple_tag
def standing(code: str) -> SafeString:
    """Returns a tag with the state of the messages of one kind."""
    return format_html('<span class="tag {}">{}</span>', *_STANDING[code])


@register.simple_tag
def landing(at: dt.datetime) -> str:
    """Returns the time until the landing or since the landing: `Landing in 41 min`, `Landed 22 min ago`."""
    left = (at - timezone.now()).total_seconds()
    if left >= 0:
        return gettext("Landing in %(span)s") % {"span": display.span(left)}
    return gettext("Landed %(span)s ago") % {"span": display.span(-left)}


@register.filter
def share_or_dash(value: float | None) -> str:
    """Returns a share in whole per cent, or a dash if the share is None."""
    return "–" if value is None else share(value)


@register.filter
def shares(line: CarrierWeeks, name: str) -> list[float | None]:
    """Returns the value of one of the shares of `Week` for each week."""
    return [getattr(week, name) for week in line.weeks]


@register.simple_tag
def weekly(line: CarrierWeeks, name: str, agreed: str) -> SafeString:
    """Returns a line chart of a share over the weeks. A dashed line shows the agreed level."""
    values = shares(line, name)
    known = [value for value in values if value is not None]
    if not known:
        return format_html('<span class="s">{}</span>', gettext("no figures"))
    words = gettext("%(carrier)s: %(first)s in the first week with data, %(last)s in the last "
                    "week") % {
        "carrier": line.carrier, "first": share(known[0]), "last": share(known[-1]),
    }  # fmt: skip
    return format_html(
        '<svg class="ch" width="100%" height="44" role="img" aria-label="{}">'
        '<svg y="3" width="100%" height="38" overflow="visible">'
        '<line class="gr" x1="0" x2="100%" y1="100%" y2="100%"/>'
        '<line class="lim" x1="0" x2="100%" y1="{}" y2="{}"/>'
        '<svg width="100%" height="100%" viewBox="0 0 {} 100" preserveAspectRatio="none"'
        ' overflow="visible"><path class="line" d="{}"/></svg></svg></svg>',
        words, agreed, agreed, len(values) - 1, line.drawn(name),
    )  # fmt: skip


@register.filter
def stamp_moment(prepared: str) -> str:
    """Returns the time in a stamp (`core.statements`) as text. The text is empty if the stamp contains no
    time."""
    try:
        return display.moment(dt.datetime.fromisoformat(prepared))
    except ValueError:
        return ""


@register.filter
def city(code: str) -> str:
    """Returns the city of an airport. Returns an empty text if the airport is unknown."""
    found = airport(code)
    return found.city if found else ""


@register.filter
def place(code: str) -> str:
    """Returns the city and the code of an airport, such as `Dakar (DSS)`. Returns only the code if the city
    is unknown."""
    return f"{city(code)} ({code})" if city(code) else code or "–"


@register.filter
def sending_kind(one: Transfer) -> str:
    """Returns the name of the messages of a transfer: `passenger list` or `bookings, full push`."""
    return inbox.kind("PNRGOV" if one.kind == "pnr" else "PAXLST", one.function)


@register.filter
def asked_for(missing: list[dict[str, Any]]) -> str:
    """Returns a description of the messages that were requested from a carrier: `passenger list; bookings,
    parts 2, 4, the last part`."""
    asked = []
    for gap in missing:
        words = [inbox.kind("PNRGOV" if gap["kind"] == "pnr" else "PAXLST", "")]
        if gap["parts"]:
            numbers = ", ".join(map(str, gap["parts"]))
            words.append(ngettext("part %(n)s", "parts %(n)s", len(gap["parts"])) % {"n": numbers})
        if gap["last"]:
            words.append(gettext("the last part"))
        asked.append(", ".join(words))
    return "; ".join(asked)


@register.filter
def hit_word(person: dict[str, Any], user: User) -> str:
    """Returns the state of the hit in a row of the manifest: decided, unclaimed, claimed, or claimed by
    `user`."""
    if person["hit_state"] == "decided":
        return gettext("decided")
    if person["claimed_by_id"] is None:
        return gettext("unclaimed")
    return gettext("claimed by you") if person["claimed_by_id"] == user.pk else gettext("claimed")


@register.filter
def role(person: Any) -> str:
    """Returns the role of a traveller, such as `crew, infant`. If the role is passenger, the text is empty.
    `person` is a record or a row of the manifest."""
    row = person if isinstance(person, dict) else {"role": person.role, "infant": person.infant}
    words = [str(_ROLES[row["role"]])] if row["role"] in _ROLES else []
    return ", ".join([*words, gettext("infant")] if row["infant"] else words)


@register.simple_tag
def sources(person: dict[str, Any]) -> SafeString:
    """Returns the sources of a traveller (API, PNR) and the differences between them."""
    if person["in_api"] and person["in_pnr"]:
        text = format_html("{}, PNR", gettext("API"))
    else:
        only = gettext("API only") if person["in_api"] else gettext("PNR only")
        text = format_html("<b>{}</b>", only)
    told = [fact for fact in person.get("facts") or () if fact.endswith("_differs")]
    if told:
        differs = gettext("%(what)s differs") % {"what": facts(told)}
        text = format_html("{} · <b>{}</b>", text, differs)
    return (
        text
        if person["present"]
        else format_html("{}, {}", text, gettext("removed by a later message"))
    )


@register.simple_tag
def person(sex: str | None, birth: dt.date | str | None, nationality: str | None) -> SafeString:
    """Returns the sex, the birth date and the nationality as text, such as `M · 12 Mar 1979 (47) · CHE`. A
    dash replaces a missing value."""
    born = display.born(birth) if birth else "–"
    return format_html("{} · {} · {}", sex or "–", born, display.country(nationality))


@register.filter
def birth(person: Any) -> dt.date | str | None:
    """Returns the birth date of a person or, if no message states the day, the year or the year and month as
    a text. Returns None if the person is masked or if no fact is known."""
    if isinstance(person, dict):
        return person.get("date_of_birth") or person.get("birth_period")
    return getattr(person, "date_of_birth", None) or getattr(person, "birth_period", None)


@register.filter
def why(terms: Iterable[str]) -> str:
    """Returns the search terms that matched a traveller."""
    return ", ".join(str(word) for term, word in _WHY.items() if term in terms)


@register.filter
def statements(file: Dossier) -> list[tuple[str, Any, Any]]:
    """Returns a row for each element of a traveller: the name of the element, its value on the passenger
    list, and its value in the booking."""
    return [
        (str(word), file.api and read(file.api), file.pnr and read(file.pnr))
        for word, read in _ELEMENTS
    ]


def _joined(values: Iterable[str | None]) -> str:
    return ", ".join(value for value in values if value)


#: Word of an element, and the function that reads the element from a traveller.
_ELEMENTS: tuple[tuple[Any, Any], ...] = (
    (gettext_lazy("Surname"), lambda t: t.surname),
    (gettext_lazy("Given names"), lambda t: t.given_names),
    (gettext_lazy("Birth date"), lambda t: display.day(t.date_of_birth or t.birth_period)),
    (gettext_lazy("Sex"), lambda t: t.sex),
    (gettext_lazy("Nationality"), lambda t: t.nationality),
    (gettext_lazy("Residence"), lambda t: t.residence),
    (gettext_lazy("Seat"), lambda t: t.seat),
    (gettext_lazy("Locator"), lambda t: t.locator),
    (gettext_lazy("Bags"), lambda t: t.bags and t.bags.count),
    (gettext_lazy("Telephone"), lambda t: _joined(t.contacts.phones)),
    (gettext_lazy("E-mail"), lambda t: _joined(t.contacts.emails)),
    (
        gettext_lazy("Address"),
        lambda t: "; ".join(
            _joined((a.street, a.postcode, a.city, a.country)) for a in t.contacts.addresses
        ),
    ),
)
