"""Filters and tags of the pages of flights and travellers, and of their parts of the queue and the hit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext, pgettext_lazy

from vedette.apps import display
from vedette.apps.accounts.models import User
from vedette.apps.inbox import wording as inbox
from vedette.apps.inbox.transfers import Transfer
from vedette.core.airports import airport
from vedette.travellers.app import wording
from vedette.travellers.app.cabin import Seat
from vedette.travellers.app.dossier import Dossier
from vedette.travellers.app.models import Flight
from vedette.travellers.app.selectors.flights import Row

register = template.Library()

_STATES = {
    "hits": gettext_lazy("with hits to decide"),
    "without": gettext_lazy("without message"),
    "late": gettext_lazy("API late"),
    "incomplete": gettext_lazy("parts missing"),
}
_VIEWS = {
    "hits": pgettext_lazy("manifest", "Hits"),
    "all": pgettext_lazy("manifest", "All"),
    "joined": pgettext_lazy("manifest", "API and PNR"),
    "api": pgettext_lazy("manifest", "API only"),
    "pnr": pgettext_lazy("manifest", "PNR only"),
    "facts": pgettext_lazy("manifest", "Differences"),
    "crew": pgettext_lazy("manifest", "Crew"),
    "absent": pgettext_lazy("manifest", "Removed since"),
}
_STANDING = {
    "received": ("pro", gettext_lazy("received")),
    "late": ("p3", gettext_lazy("received, late")),
    "missing": ("p4", gettext_lazy("due, not received")),
    "awaited": ("", gettext_lazy("not due yet")),
}
_WHY = {
    "name": gettext_lazy("beginning of the name"),
    "document": gettext_lazy("same document"),
    "locator": gettext_lazy("same locator"),
}
_ROLES = {
    "crew": gettext_lazy("crew"),
    "transit": gettext_lazy("in transit"),
    "transit_crew": gettext_lazy("crew in transit"),
}


register.simple_tag(wording.facts, name="facts")


@register.simple_tag
def lands(at: dt.datetime, local: dt.datetime | None) -> str:
    """When a flight lands, in the airport's time where known, else UTC; with the day if not today."""
    shown, zone = (local, "") if local else (at, " UTC")
    today = abs(at - timezone.now()) < dt.timedelta(hours=14)
    return f"{'' if today else display.short_day(shown) + ' '}{display.hour(shown)}{zone}"


#: Document types as sent (ICAO 9303, PAXLST DOC, PNRGOV DOCS and DOCO).
_DOCUMENTS = {
    "P": gettext_lazy("passport"),
    "V": gettext_lazy("visa"),
    "I": gettext_lazy("identity card"),
    "A": gettext_lazy("identity card"),
    "C": gettext_lazy("identity card"),
}


@register.filter
def document_kind(code: str | None) -> str:
    """The word for a document type, the type as sent where it is not a common one."""
    return str(_DOCUMENTS.get((code or "")[:1], code or gettext("document")))


@register.filter
def flight_state(code: str) -> str:
    """The word for a state flights are narrowed by."""
    return str(_STATES.get(code, code))


@register.filter
def manifest_view(code: str) -> str:
    """The word for what a manifest shows."""
    return str(_VIEWS.get(code, code))


@register.filter
def api_only(flight: Flight) -> int:
    """Travellers of the passenger list without a booking."""
    return max(flight.api_count - flight.joined_count, 0)


@register.filter
def pnr_only(flight: Flight) -> int:
    """Travellers booked and not on the passenger list."""
    return max(flight.pnr_count - flight.joined_count, 0)


@register.simple_tag
def dots(row: Row, kind: str) -> SafeString:
    """One sign a transfer: a dot where whole, a crossed ring where parts lack; and what to do without."""
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
    """What the signs of `dots` mean."""
    svg = '<svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">{}</svg> {}'
    return format_html(
        svg + " · " + svg,
        _sign(8, False), gettext("one complete transfer"), _sign(8, True), gettext("parts missing"),
    )  # fmt: skip


def _sign(x: int, bad: bool) -> SafeString:
    if not bad:
        return format_html('<circle class="ok" cx="{}" cy="8" r="5"/>', x)
    return format_html(
        '<g class="no"><circle cx="{}" cy="8" r="5.5"/><path d="M{} 5l6 6m0-6-6 6"/></g>', x, x - 3
    )


@register.simple_tag
def standing(code: str) -> SafeString:
    """How the messages of one kind stand, as a tag."""
    colour, word = _STANDING[code]
    return format_html('<span class="tag {}">{}</span>', colour, word)


@register.simple_tag
def landing(at: dt.datetime) -> str:
    """`Lands in 41 min`, `Landed 22 min ago`."""
    left = (at - timezone.now()).total_seconds()
    if left >= 0:
        return gettext("Lands in %(span)s") % {"span": display.span(left)}
    return gettext("Landed %(span)s ago") % {"span": display.span(-left)}


@register.filter
def place(code: str) -> str:
    """`Dakar (DSS)`, the code alone where its city is unknown."""
    found = airport(code) if code else None
    return f"{found.city} ({code})" if found and found.city else code or "–"


@register.filter
def sending_kind(one: Transfer) -> str:
    """What was sent: passenger list, bookings, full push …"""
    return inbox.kind("PNRGOV" if one.kind == "pnr" else "PAXLST", one.function)


@register.filter
def asked_for(missing: list[dict[str, Any]]) -> str:
    """What a carrier was asked for: `passenger list; bookings, parts 2, 4, the last part`."""
    return "; ".join(_asked_for(gap) for gap in missing)


def _asked_for(gap: dict[str, Any]) -> str:
    words = [inbox.kind("PNRGOV" if gap["kind"] == "pnr" else "PAXLST", "")]
    if gap["parts"]:
        numbers = ", ".join(map(str, gap["parts"]))
        words.append(ngettext("part %(n)s", "parts %(n)s", len(gap["parts"])) % {"n": numbers})
    if gap["last"]:
        words.append(gettext("the last part"))
    return ", ".join(words)


@register.simple_tag
def seat(one: Seat) -> SafeString:
    """One seat of the plan; a hit is a link with a name, the rest is described by the plan's own label."""
    kind = "" if one.taken else " vd"
    box = '<rect class="st{}" x="{}" y="{}" width="16" height="20" rx="3"/>'
    if one.hit is None:
        shown = format_html(box, kind, one.x, one.y)
        if one.linked:
            shown += format_html(
                '<circle class="mk" cx="{}" cy="{}" r="4"/>', one.x + 8, one.y + 10
            )
        return shown
    _, _, word = display.LEVELS[one.level]
    label = gettext("Seat %(seat)s: hit %(priority)d, %(word)s") % {
        "seat": one.name, "priority": one.priority, "word": word,
    }  # fmt: skip
    return format_html(
        '<a href="{}" aria-label="{}">{}{}</a>',
        reverse("hit", args=[one.hit]),
        label,
        format_html(box, f" l{one.level}", one.x, one.y),
        _mark(one),
    )


def _mark(one: Seat) -> SafeString:
    x, y = one.x, one.y
    path = {
        4: f"M{x + 8} {y + 4}l6 6-6 6-6-6z",
        3: f"M{x + 8} {y + 4}l6 11h-12z",
        2: f"M{x + 3} {y + 5}h10v10h-10z",
        1: f"M{x + 3} {y + 10}a5 5 0 1 0 10 0a5 5 0 1 0-10 0zm2 0a3 3 0 1 1 6 0a3 3 0 1 1-6 0z",
    }[one.level]
    return format_html('<path class="mk" fill-rule="evenodd" d="{}"/>', path)


@register.filter
def hit_word(person: Any, user: User) -> str:
    """Where a hit of the manifest stands: with you, with somebody else, unclaimed, decided."""
    if person.hit_state == "decided":
        return gettext("decided")
    if person.claimed_by_id is None:
        return gettext("unclaimed")
    return gettext("yours") if person.claimed_by_id == user.pk else gettext("claimed")


@register.filter
def role(person: Any) -> str:
    """`crew`, `in transit`, `infant`: what a traveller is beside a passenger."""
    words = [str(_ROLES[person.role])] if person.role in _ROLES else []
    if person.infant:
        words.append(gettext("infant"))
    return ", ".join(words)


@register.simple_tag
def sources(person: Any) -> SafeString:
    """Which messages speak of a traveller, and what differs between them."""
    get = (
        person.get
        if isinstance(person, dict)
        else lambda name, default=None: getattr(person, name, default)
    )
    api, pnr = get("in_api"), get("in_pnr")
    if api and pnr:
        text = format_html("{}, PNR", gettext("API"))
    else:
        text = format_html("<b>{}</b>", gettext("API only") if api else gettext("PNR only"))
    told = [fact for fact in get("facts") or () if fact.endswith("_differs")]
    if told:
        differs = gettext("%(what)s differs") % {"what": wording.facts(told)}
        text = format_html("{} · <b>{}</b>", text, differs)
    if get("present") is False:
        text = format_html("{}, {}", text, gettext("removed since"))
    return text


@register.simple_tag
def person(sex: str | None, birth: dt.date | None, nationality: str | None) -> SafeString:
    """`M · 12 Mar 1979 (47) · CHE`; what is missing is a dash."""
    shown = display.country(nationality)
    return format_html("{} · {} · {}", sex or "–", display.born(birth) if birth else "–", shown)


@register.filter
def why(channels: Iterable[str]) -> str:
    """Why a search found somebody."""
    return ", ".join(str(_WHY[c]) for c in ("document", "locator", "name") if c in channels)


@register.filter
def statements(made: Dossier) -> list[tuple[str, Any, Any]]:
    """What passenger list and booking state of a person, element by element."""
    return [
        (str(word), made.api and read(made.api), made.pnr and read(made.pnr))
        for word, read in _ELEMENTS
    ]


def _joined(values: Iterable[str | None]) -> str:
    return ", ".join(value for value in values if value)


_ELEMENTS: tuple[tuple[Any, Any], ...] = (
    (gettext_lazy("Surname"), lambda t: t.surname),
    (gettext_lazy("Given names"), lambda t: t.given_names),
    (gettext_lazy("Birth date"), lambda t: display.day(t.date_of_birth)),
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
