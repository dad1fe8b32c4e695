"""Computes the values of the vocabulary of goods (`goods/columns.toml`) from the merged messages."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from vedette.core.texts import pgettext_lazy
from vedette.goods import controls, declarations, judging
from vedette.goods.declarations import Goods, Held, Item
from vedette.profiles.vocabulary import Vocabulary, add_words, load

Values = dict[str, object]
#: Document codes by which a declarant states an export licence for dual-use goods.
LICENCES = frozenset(("X002", *(f"X0{number}" for number in range(60, 73))))
NOT_LISTED = "Y901"

add_words(
    {},
    {},
    {
        "goods": pgettext_lazy("kind of fact", "goods"),
        "amount": pgettext_lazy("kind of fact", "mass, value and number"),
        "route": pgettext_lazy("kind of fact", "route"),
        "party": pgettext_lazy("kind of fact", "parties"),
        "declaration": pgettext_lazy("kind of fact", "declaration"),
        "history": pgettext_lazy("kind of fact", "history"),
    },
)


def vocabulary() -> Vocabulary:
    """Returns the vocabulary of goods (`goods/columns.toml`)."""
    return load("goods", "vedette.goods")


def of_subjects(
    subjects: Sequence[tuple[Held, Item]],
    history: Mapping[uuid.UUID, Mapping[str, object]],
    now: dt.datetime,
) -> list[Values]:
    """Returns the known values of each item, in the order of `subjects`. An item that a later message removed
    has no values."""
    controls.examine(subjects, now)
    # Imported here, because it loads the airports, which the web process does not need at its start.
    from vedette.goods import routes

    counts = {hold.row.id: sum(item.here for item in hold.subjects) for hold, _ in subjects}
    made: list[Values] = []
    for hold, item in subjects:
        if not item.here:
            made.append({})
            continue
        goods = declarations.read(hold, item)
        way = routes.way_of(goods.message, goods.consignment, goods.item, hold.day)
        made.append(
            {
                **values(goods, counts[hold.row.id]),
                **routes.facts(way),
                **_licences(item),
                **history.get(item.id, {}),
            }
        )
    return made


def _licences(item: Item) -> Values:
    """Returns the values about the licences of an item."""
    examined: controls.Examined = item.examined
    states = {one.state for one in examined.answers}
    return {
        "licence_state": judging.state_of(examined.answers),
        "licence_problem": bool(examined.bad),
        "licence_quantity_low": any(one.doubt is not None for one in examined.answers),
        "backdated": judging.backdated(examined.goods, item.received),
        "licence_missing": "missing" in states,
        "licence_recorded": bool(states & (judging.PROBLEMS | {"present", "code_ended"})),
    }


def values(goods: Goods, items: int) -> Values:
    """Returns the known values of an item of a declaration with `items` items."""
    # Imported here, because it loads NumPy, which the web process does not need at its start.
    from vedette.goods.vague import is_vague

    item, route = goods.item, goods.route
    hs = item.hs or ""
    _, value, currency = amounts(goods)
    known = [package.count for package in item.packages if package.count is not None]
    consignor = goods.party("consignor", "exporter", "seller")
    consignee = goods.party("consignee", "importer", "buyer")
    codes = goods.document_codes
    net, gross = _least(item.net_mass_kg), _least(item.gross_mass_kg)
    amount = _least(value)
    found: Values = {
        "hs_chapter": hs[:2] if len(hs) >= 2 else None,
        "hs_heading": hs[:4] if len(hs) >= 4 else None,
        "hs_code": hs[:6] if len(hs) >= 6 else None,
        "hs_length": len(hs) or None,
        "description_words": len(item.description.split()) if item.description else None,
        "vague": is_vague(item.description) if item.description else None,
        "un_numbers": len(item.un_numbers),
        "net_mass_kg": net,
        "gross_mass_kg": gross,
        "net_share": net / gross if net is not None and gross else None,
        "packages": float(sum(known)) if known else None,
        "value": amount,
        "currency": currency,
        "value_per_kg": amount / net if amount is not None and net else None,
        "items": items,
        "origin": goods.origin,
        "dispatch": goods.dispatch,
        "destination": goods.destination,
        "transit_countries": len(route.countries) or None,
        "transport_mode": route.mode,
        "containerised": bool(goods.containers),
        "consignor_country": consignor.country if consignor else None,
        "consignee_country": consignee.country if consignee else None,
        "represented": any(party.role == "representative" for party in goods.parties),
        "direction": goods.message.direction or goods.consignment.direction,
        "document_type": goods.message.document,
        "procedure": item.procedure,
        "office": goods.message.office or goods.message.entry_office or goods.message.exit_office,
        "not_listed_declared": NOT_LISTED in codes,
        "licence_declared": not LICENCES.isdisjoint(codes),
        "documents": len(goods.documents),
    }
    return {name: value for name, value in found.items() if value is not None}


class Amounts(NamedTuple):
    """The net mass of an item in kilograms, and its value with the currency."""

    mass: float | None
    value: Decimal | None
    currency: str | None


def amounts(goods: Goods) -> Amounts:
    """Returns the net mass of an item and its statistical value. Without a statistical value, returns the
    invoice amount."""
    item = goods.item
    if item.statistical_value is not None:
        return Amounts(item.net_mass_kg, item.statistical_value, item.statistical_currency)
    return Amounts(item.net_mass_kg, item.value, item.currency)


def _least(value: Decimal | float | None) -> float | None:
    """Returns a number that is not negative, and None for any other value."""
    return float(value) if value is not None and value >= 0 else None
