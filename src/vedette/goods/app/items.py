"""The stored data of one goods item and of its declaration, for the pages of a hit, an item and a
declaration."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vedette.apps import charts, display, maps, query, rendering
from vedette.apps.hits import selectors as hit_selectors
from vedette.apps.hits.models import Reason, SeenHit
from vedette.apps.rendering import say
from vedette.apps.requests.corrections import Statement, statements
from vedette.apps.retention.selectors import Masked, masked
from vedette.apps.retention.unmask import Row, seen_by
from vedette.goods import codes, declarations, judging, knowledge, routes
from vedette.goods.app import parties, pictures
from vedette.goods.app.disclosure import ELEMENTS, Clear, clear_goods
from vedette.goods.app.history import SIDES
from vedette.goods.app.licences import records
from vedette.goods.app.models import (
    Declaration,
    DeclarationClear,
    DeclarationName,
    ExportNotice,
    GoodsItem,
)
from vedette.goods.app.notices import actions as noticing
from vedette.goods.app.notices.states import STATE_NAMES
from vedette.goods.app.rows import word_keys
from vedette.goods.declarations import Goods
from vedette.goods.kind import KIND
from vedette.goods.licences import IN_ORDER, NAMES

#: Role of a party → its word.
ROLES = {
    "consignor": _("Consignor"),
    "consignee": _("Consignee"),
    "exporter": _("Exporter"),
    "importer": _("Importer"),
    "declarant": _("Declarant"),
    "representative": _("Representative"),
    "carrier": _("Carrier"),
    "notify": _("Notify party"),
    "buyer": _("Buyer"),
    "seller": _("Seller"),
    "supplier": _("Supplier"),
    "deliver_to": _("Place of delivery"),
    "authorisation_holder": _("Holder of the authorisation"),
    "financial": _("Financial party"),
    "warehouse": _("Warehouse"),
    "sender": _("Sender"),
    "other": _("Other party"),
}
#: Direction of a declaration → its word.
DIRECTIONS = {"import": _("import"), "export": _("export"), "transit": _("transit")}
#: Mode of transport (UN/ECE Recommendation 19) → its word.
MODES = {
    "1": _("sea"),
    "2": _("rail"),
    "3": _("road"),
    "4": _("air"),
    "5": _("post"),
    "7": _("fixed installation"),
    "8": _("inland waterway"),
}
#: Document codes whose meaning an officer of goods needs.
DOCUMENT_WORDS = {
    "Y901": _("The goods are not on the list of dual-use goods"),
    "X002": _("Export authorisation for dual-use goods (code ended in September 2021)"),
    "X060": _("Individual export authorisation for dual-use goods"),
    "X070": _("Global export authorisation for dual-use goods"),
    "X071": _("National general export authorisation for dual-use goods"),
    "X072": _("Transit authorisation for dual-use goods"),
    "N380": _("Commercial invoice"),
    "N935": _("Invoice on which the value is declared"),
    "N705": _("Bill of lading"),
    "N740": _("Air waybill"),
    "N730": _("Road consignment note"),
}
#: How the matcher read marked words → the words for it.
READ_AS = {
    "name": _("name of the entry"),
    "part": _("name of a part"),
    "name_against_hs": _("name that contradicts the declared code"),
    "cas_number": _("CAS number, check digit correct"),
    "un_number": _("UN number"),
}
#: State of a container → its word.
FULLNESS = {"4": _("empty"), "5": _("full"), "7": _("full"), "8": _("part load")}
#: Number of items on one page of a declaration, and of items that a search finds.
PAGE, FOUND = 100, 100
#: Maximum number of items with a hit whose descriptions are marked on the page of a declaration.
MOST_MARKED = 20
#: A value per kilogram from this limit on is not shown.
_MOST_RATIO = Decimal("1e18")
#: Maximum number of declarations of other senders with the same reference that a page shows, and of those
#: that it counts.
MOST_RIVALS, MOST_COUNTED = 20, 1_000
#: Maximum number of items of a declaration among which the page of an item shows its place.
MOST_PLACES = 10_000


@dataclass(frozen=True)
class Place:
    """The position of an item among the current items of its declaration."""

    number: int
    total: int
    previous: uuid.UUID | None
    following: uuid.UUID | None


@dataclass(frozen=True)
class LicenceAnswer:
    """The result for one licence of an item, as text. `id` is the id of the recorded licence."""

    state: str
    word: str
    sentence: str
    number: str
    id: uuid.UUID | None
    #: Why the quantity beside the licence is not that of the item; empty if there is no doubt.
    doubt: str = ""

    @property
    def in_order(self) -> bool:
        """True if the officer does not need to examine the licence."""
        return self.state in IN_ORDER and not self.doubt


@dataclass
class Dossier:
    """A goods item with its declaration.

    `goods` is None if the values are masked and the reader may not see them.
    """

    item: GoodsItem
    goods: Goods | None
    reasons: Sequence[Reason] = ()
    masked: Masked | None = None
    opened: list[Row] = field(default_factory=list)
    rectified: Sequence[tuple[Any, str, Statement]] = ()
    marks: Sequence[tuple[int, dict[str, Any], Reason]] = ()
    #: How the item compares with ordinary trade, as stored.
    stored: Mapping[str, Any] | None = None
    #: What is known about the licences of the item, and the day on which they were checked.
    licences: Sequence[LicenceAnswer] = ()
    licences_on: dt.date | None = None
    #: The day that the declaration states, if it is too long before its receipt.
    backdated: dt.date | None = None
    #: Other declarations with the same reference, which another sender submitted.
    rivals: Rivals | None = None
    #: The pre-export notice that belongs to the item.
    notice: ExportNotice | None = None

    @property
    def compared(self) -> list[pictures.Seen]:
        """Returns the comparison of the item with ordinary trade."""
        return pictures.seen(self.stored)

    @property
    def baseline(self) -> int | None:
        """Returns the number of the baseline with which the item was compared."""
        return self.stored.get("baseline") if self.stored else None

    @property
    def declaration(self) -> Declaration:
        """The declaration of the item."""
        found: Declaration = self.item.declaration
        return found

    @property
    def hidden(self) -> bool:
        """Returns whether the values are masked and have not been made visible to the reader."""
        return self.goods is None

    @property
    def opened_until(self) -> Any:
        """Returns the time until which the reader may see masked values, or None."""
        return min((row.expires_at for row in self.opened), default=None)

    @property
    def said(self) -> SafeString:
        """Returns the description with the matched words marked and numbered."""
        text = (self.goods.item.description if self.goods else None) or ""
        return marked(text, [(line["start"], line["end"], n) for n, line, _ in self.marks])

    @cached_property
    def parties(self) -> list[dict[str, Any]]:
        """Returns the parties with the names of their roles. A party that is stated in several roles is one
        row."""
        rows: dict[Any, dict[str, Any]] = {}
        for party in self.goods.parties if self.goods else ():
            numbers = ", ".join(one.value for one in party.identifiers)
            country = party.country or (party.address.country if party.address else None)
            key = (party.name, numbers, country)
            row = rows.setdefault(
                key, {"party": party, "numbers": numbers, "country": country, "roles": []}
            )
            row["roles"].append(str(ROLES.get(party.role, party.role)))
            row["codes"] = [*row.get("codes", ()), party.role]
        made = list(rows.values())
        known = parties.known([row["party"] for row in made], self.declaration.pk)
        for n, (row, one) in enumerate(zip(made, known, strict=True), 1):
            row |= {"n": n, "known": one}
        return made

    @property
    def notice_state(self) -> str:
        """Returns the state of the pre-export notice as text."""
        return say(STATE_NAMES[self.notice.state]) if self.notice else ""  # type: ignore[index]

    @property
    def importer(self) -> dict[str, Any] | None:
        """Returns the row of the table of parties for the importer."""
        goods = self.goods
        party = goods.party(*SIDES["consignee"]) if goods else None
        return next(
            (row for row in self.parties if party and row["party"].role == party.role), None
        )

    @property
    def months(self) -> charts.Bars | None:
        """Returns the chart of the mass of goods, in tonnes, that the importer received in each of the last
        months."""
        day = self.declaration.stated_on
        found = parties.months(self.goods, day) if self.goods else []
        if not found:
            return None
        columns = [
            charts.Column(
                label=display.short_day(month) if n % 6 == 5 else "", counts=(round(mass / 1000),),
                said=f"{display.short_day(month)} {display.number(round(mass / 1000, 1))} t",
            )
            for n, (month, mass) in enumerate(found)
        ]  # fmt: skip
        return charts.bars(columns, ("q1",))

    @property
    def documents(self) -> list[dict[str, Any]]:
        """Returns the documents with the meaning of their codes. A code that ended before the declaration is
        marked."""
        return [
            {
                "document": one,
                "word": DOCUMENT_WORDS.get(one.code or "", one.name or ""),
                "doubt": one.code == "Y901" and any(r.kind == "control_list" for r in self.reasons),
                "ended": codes.document(one.code or "", self.declaration.stated_on).state
                == "ended",
            }
            for one in (self.goods.documents if self.goods else ())
        ]

    @property
    def equipment(self) -> list[dict[str, Any]]:
        """Returns the containers of the item with their seals, their state, and whether the check digit of
        ISO 6346 is correct."""
        if self.goods is None:
            return []
        stated = (*self.goods.consignment.equipment, *self.goods.message.equipment)
        known = {one.number: one for one in reversed(stated)}
        return [
            {
                "number": number,
                "seals": known[number].seals if number in known else (),
                "size": known[number].size_type if number in known else None,
                "state": FULLNESS.get(known[number].fullness or "", "") if number in known else "",
                "correct": codes.container(number) is not None,
            }
            for number in self.goods.containers
        ]

    @property
    def other_seals(self) -> list[str]:
        """Returns the seals that belong to no container of the item."""
        ours = {seal for row in self.equipment for seal in row["seals"]}
        return [seal for seal in (self.goods.seals if self.goods else ()) if seal not in ours]

    @property
    def mode(self) -> Any:
        """The name of the mode of transport, or its code."""
        code = self.goods.route.mode if self.goods else None
        return MODES.get(code or "", code)

    @property
    def direction(self) -> Any:
        """The name of the direction of the declaration."""
        return DIRECTIONS.get(self.declaration.direction, "")

    @property
    def stops(self) -> list[tuple[str, Any]]:
        """Returns the countries and places of the route, in order, each with the name of its role. A stop
        that is identical to the previous stop is left out.
        """
        if self.goods is None:
            return []
        route = self.goods.route
        stated = (
            (self.goods.dispatch or route.origin, _("dispatch")),
            (route.loading, _("place of loading")),
            *((country, _("on the way")) for country in route.countries),
            (route.discharge, _("place of unloading")),
            (self.goods.destination or route.destination, _("destination")),
        )
        found = [(code, word) for code, word in stated if code]
        return [one for n, one in enumerate(found) if not n or found[n - 1][0] != one[0]]

    @property
    def way(self) -> routes.Way | None:
        """Returns the route of the item on the day of its declaration."""
        if self.goods is None:
            return None
        goods, day = self.goods, self.declaration.stated_on
        return routes.way_of(goods.message, goods.consignment, goods.item, day)

    @property
    def oddities(self) -> list[str]:
        """Returns the unusual features of the route, as sentences."""
        return [rendering.say(one.sentence) for one in routes.examine(self.way)] if self.way else []

    @property
    def map(self) -> Any:
        """Returns the map of the route, or an empty text if fewer than two places are known. The direct route
        is a dashed line."""
        stops = routes.stops_of(self.way) if self.way else []
        legs = list(itertools.pairwise(stops))
        if not legs:
            return ""
        direct = (stops[0], stops[-1]) if len(legs) > 1 and stops[0] != stops[-1] else None
        names = {stop: f"{n} {stop.code}" for n, stop in enumerate(dict.fromkeys(stops), 1)}
        label = gettext("Map of the route: %(stops)s") % {
            "stops": " – ".join(stop.code for stop in stops)
        }
        return maps.draw(legs, direct, names, ("", ""), label)


def marked(text: str, spans: Sequence[tuple[int, int, int]]) -> SafeString:
    """Returns a text in which the given spans are highlighted. A span is (start, end, number of the mark, or
    0). Spans that lie outside the text or overlap an earlier span are left out. The text is escaped.
    """
    parts: list[str] = []
    at = 0
    for start, end, number in sorted(spans):
        if start < at or end <= start or end > len(text):
            continue
        parts.append(escape(text[at:start]))
        mark = f"<sup>{int(number)}</sup>" if number else ""
        parts.append(f"<mark>{escape(text[start:end])}{mark}</mark>")
        at = end
    parts.append(escape(text[at:]))
    return mark_safe("".join(parts))  # noqa: S308 every part is escaped


def dossier(item_id: uuid.UUID) -> Dossier:
    """Returns the dossier of an item. Raises `GoodsItem.DoesNotExist` if the reader may not see the item."""
    item = GoodsItem.objects.select_related("declaration", "subject__hit").get(pk=item_id)
    clear = clear_goods([item.pk]).get(item.pk)
    made = Dossier(item, clear.goods if clear else None)
    made.stored = clear.compared if clear else None
    if clear is None:
        made.masked, made.opened = masked(KIND.name, item.month), seen_by(item.pk)
        made.goods = _unmasked(item, made.opened)
    else:
        made.licences = _licences(item, clear)
        made.licences_on = judging.declared_on(clear.goods, item.first_at, item.received_at).date()
        if judging.backdated(clear.goods, item.received_at):
            stated = judging.stated_on(clear.goods)
            made.backdated = stated.date() if stated else None
    made.rivals = rivals(item.declaration)
    made.notice = noticing.of_item(item.notice_id)
    made.rectified = [
        (ELEMENTS[said.element].label, ELEMENTS[said.element].shown(said.value), said)
        for said in statements(item.subject, made.opened)
        if said.element in ELEMENTS
    ]
    hit = SeenHit.objects.filter(subject_id=item.pk).first()
    if hit is not None:
        made.reasons = hit_selectors.reasons(hit, made.opened)
        made.marks = _marks(made.reasons)
    return made


def _licences(item: GoodsItem, clear: Clear) -> list[LicenceAnswer]:
    """Returns the results for the licences of an item."""
    answers = records.of_item(item, clear.goods, clear.matched, clear.needs_licence)
    return [
        LicenceAnswer(
            one.state,
            say(NAMES[one.state]),
            say(one.sentence),
            one.licence or "",
            id_,
            say(one.doubt) if one.doubt else "",
        )
        for one, id_ in answers
        if one.state != "not_required"
    ]


@dataclass(frozen=True)
class Rivals:
    """The declarations from other senders that have the same reference as this declaration and that the
    reader may see, the earliest first. `more` is the number of declarations that are not listed. If `many` is
    true, there are more than `MOST_COUNTED` declarations, and `more` is a minimum."""

    listed: Sequence[Declaration] = ()
    more: int = 0
    many: bool = False


def rivals(declaration: Declaration) -> Rivals:
    """Returns the declarations from other senders that have the same reference as this declaration. At most
    `MOST_COUNTED` names are read, so that many declarations with one reference do not delay a page."""
    names = DeclarationName.objects.filter(declaration=declaration)
    others = DeclarationName.objects.filter(shared__in=names.values("shared")).exclude(
        token__in=names.values("token")
    )
    ids = list(others.values_list("declaration", flat=True)[: MOST_COUNTED + 1])
    found = Declaration.objects.filter(pk__in=ids, joined_to=None)
    rows = list(found.order_by("stated_on", "pk")[:MOST_RIVALS])
    more = found.count() - len(rows) if len(rows) == MOST_RIVALS else 0
    return Rivals(rows, more, len(ids) > MOST_COUNTED)


def _marks(reasons: Sequence[Reason]) -> list[tuple[int, dict[str, Any], Reason]]:
    """Returns the spans of the description that matched, with their numbers. A span that matched several
    entries has one number, and a line for each entry."""
    found: dict[tuple[int, int], list[tuple[dict[str, Any], Reason]]] = {}
    for reason in reasons:
        for line in reason.evidence if reason.kind == Reason.Kind.CONTROL_LIST else ():
            start, end = line.get("start"), line.get("end")
            if line.get("name") != "description":
                continue
            if isinstance(start, int) and isinstance(end, int):
                found.setdefault((start, end), []).append((dict(line), reason))
    return [(n, *one) for n, key in enumerate(sorted(found), 1) for one in found[key]]


def code_meaning(code: str) -> str:
    """Returns the meaning of a document code, in the language of the reader if it is translated."""
    word = DOCUMENT_WORDS.get(code)
    known = knowledge.documents().get(code)
    return str(word) if word else known.meaning if known else ""


def read_as(reason: Reason) -> Any:
    """Returns the type of the marked words of a reason, such as "CAS number"."""
    return READ_AS.get(reason.params.get("rule", ""), "")


def _unmasked(item: GoodsItem, opened: Sequence[Row]) -> Goods | None:
    """Returns the values of an item from the vault rows that are temporarily visible to the reader."""
    rows = {row.kind: row.values for row in opened}
    mine, group = rows.get("goods_item"), rows.get("declaration")
    if mine is None:
        return None
    return declarations.goods_of(
        declarations.latest(group["state"]) if group else {},
        mine["consignment"],
        declarations.latest(mine["state"]),
    )


def title(goods: Goods | None, item: GoodsItem) -> str:
    """Returns the name of an item: its description in at most 80 letters, or its number."""
    if goods is None:
        return gettext("Masked goods item")
    text = " ".join((goods.item.description or "").split())
    if text:
        return text if len(text) <= 80 else text[:79].rstrip() + "…"
    return gettext("Goods item %(n)s") % {"n": abs(item.number)}


@dataclass
class Line:
    """An item in a list of items."""

    item: GoodsItem
    goods: Goods | None
    hit: SeenHit | None
    #: The spans of the description that matched.
    spans: Sequence[tuple[int, int]] = ()
    reasons: Sequence[Reason] = ()
    #: The lane of the item (`goods.app.clearance.Cleared`), or None.
    lane: Any = None

    @property
    def title(self) -> str | SafeString:
        """The name of the item. The matched words are marked."""
        text = (self.goods.item.description if self.goods else None) or ""
        if not self.spans or len(text) > 200:
            return title(self.goods, self.item)
        return marked(text, [(start, end, 0) for start, end in self.spans])

    @property
    def value_per_kg(self) -> Decimal | None:
        """The value per kilogram of net mass, in the stated currency.

        The value is None if the value has too many digits.
        """
        stated = self.goods.item if self.goods else None
        if stated is None or stated.value is None or not stated.net_mass_kg:
            return None
        ratio = stated.value / Decimal(str(stated.net_mass_kg))
        return ratio.quantize(Decimal("0.01")) if abs(ratio) < _MOST_RATIO else None


@dataclass(frozen=True)
class Totals:
    """The sums of the items of a declaration. A sum is None if an item does not state the value, or if the
    items state several currencies."""

    net_mass_kg: float | None
    value: Decimal | None
    currency: str | None


def totals(lines: Collection[Line]) -> Totals:
    """Returns the sums of these items, without removed items."""
    stated = [one.goods.item if one.goods else None for one in lines if one.item.present]
    masses = [one.net_mass_kg if one else None for one in stated]
    values = [one.value if one else None for one in stated]
    currencies = {one.currency for one in stated if one}
    whole = bool(stated) and None not in values and len(currencies) == 1
    return Totals(
        sum(mass for mass in masses if mass is not None) if masses and None not in masses else None,
        sum((value for value in values if value is not None), Decimal(0)) if whole else None,
        next(iter(currencies)) if whole else None,
    )


def lines(items: Collection[uuid.UUID]) -> list[Line]:
    """Returns these items with their values and hits, in the order of `items`."""
    ids = list(items)
    rows = GoodsItem.objects.select_related("declaration").in_bulk(ids)
    clear = clear_goods(ids)
    hits = {hit.subject_id: hit for hit in SeenHit.objects.filter(subject_id__in=ids)}
    return [
        Line(rows[id_], clear[id_].goods if id_ in clear else None, hits.get(id_))
        for id_ in ids
        if id_ in rows
    ]


def with_marks(lines: Sequence[Line]) -> None:
    """Adds the reasons and the marked words of the descriptions to the first lines with a hit."""
    for one in [line for line in lines if line.hit][:MOST_MARKED]:
        assert one.hit is not None  # noqa: S101  chosen above
        one.reasons = hit_selectors.reasons(one.hit)
        marks = [(line["start"], line["end"]) for _, line, _ in _marks(one.reasons)]
        one.spans = list(dict.fromkeys(marks))


def of_declaration(declaration: Declaration, first: int) -> tuple[list[Line], int]:
    """Returns one page of the items of a declaration, and the number of all items."""
    rows = GoodsItem.objects.filter(declaration=declaration).order_by("consignment", "number")
    ids = list(rows.values_list("pk", flat=True)[first : first + PAGE])
    return lines(ids), rows.count()


def place(item: GoodsItem) -> Place:
    """Returns the position of an item among the current items of its declaration."""
    rows = GoodsItem.objects.filter(declaration=item.declaration_id, present=True)
    ids = list(rows.order_by("consignment", "number").values_list("pk", flat=True)[:MOST_PLACES])
    at = ids.index(item.pk) if item.pk in ids else None
    if at is None:
        return Place(0, len(ids), None, None)
    return Place(
        at + 1,
        len(ids),
        ids[at - 1] if at else None,
        ids[at + 1] if at + 1 < len(ids) else None,
    )


def groups_with_hits(text: str) -> list[uuid.UUID]:
    """Returns the declarations that have a hit that the reader may see and an item that contains every word
    of the text, the newest first."""
    keys = word_keys([text])
    if not keys:
        return []
    rows = query.dicts(
        "SELECT f.group_id FROM vedette_filter_goods(%(keys)s::integer[]) f"
        " WHERE EXISTS (SELECT FROM hits_seen h WHERE h.group_id = f.group_id)"
        " ORDER BY f.received_at DESC, f.group_id",
        {"keys": keys[:20]},
    )
    return [row["group_id"] for row in rows]


def search(text: str) -> list[uuid.UUID]:
    """Returns the items that contain every word of the text, the newest first: at most one more than
    `FOUND`."""
    keys = word_keys([text])
    if not keys:
        return []
    rows = query.dicts(
        "SELECT subject_id FROM vedette_search_goods(%(keys)s::integer[], %(most)s)",
        {"keys": keys[:20], "most": FOUND + 1},
    )
    return [row["subject_id"] for row in rows]


def reference(declaration: Declaration) -> str | None:
    """Returns the reference of a declaration, or None if it is masked."""
    row = DeclarationClear.objects.filter(declaration_id=declaration.pk).first()
    return row.reference if row else None
