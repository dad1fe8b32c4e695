"""Computes the values of the vocabulary of cash (`cash/columns.toml`).

All amounts are compared as decimals and fractions. Numbers are converted to floats (`as_number`) only for the
language of profiles, which computes with floats.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from babel.core import get_global

from vedette.cash import counts, money, variants
from vedette.cash.counts import Difference
from vedette.cash.records import Count, Line, Message, Movement, Pair, Party
from vedette.core.codes import alpha3
from vedette.core.records import Record, day_of
from vedette.core.texts import pgettext_lazy
from vedette.profiles.vocabulary import Vocabulary, add_words, load

Values = dict[str, object]
#: Currencies that are usual on every journey.
USUAL = frozenset({"EUR", "USD", "GBP"})
#: The least of the highest denominations of a currency. Other currencies: the two highest counted ones.
HIGHEST = {"EUR": Decimal(200), "USD": Decimal(100), "GBP": Decimal(50), "CHF": Decimal(200)}
#: Words that stand for cash in the stated contents of a parcel.
_CASH_WORDS = (
    "cash", "money", "banknote", "currency", "gold", "bullion", "coin", "cheque", "espèces", "argent",
    "billets", "monnaie", "devises", "chèque", "dinero", "efectivo", "billetes", "oro", "نقد", "ذهب",
)  # fmt: skip
_PRIVATE = frozenset({"private_jet", "yacht", "car"})
#: Kinds of record whose form has a section for provenance, use and recipient, and for gold.
_EU_FORMS = frozenset({"declaration", "disclosure", "ex_officio", "below_threshold"})
#: The heaviest gold coin in trade has one kilogram; a coin of more than 100 g is rare.
_HEAVIEST_COIN = Decimal(100)

add_words(
    {},
    {},
    {
        "cash_record": pgettext_lazy("kind of fact", "record"),
        "cash_amount": pgettext_lazy("kind of fact", "amount"),
        "cash_kind": pgettext_lazy("kind of fact", "kind of cash"),
        "cash_count": pgettext_lazy("kind of fact", "count"),
        "cash_pair": pgettext_lazy("kind of fact", "departure and arrival"),
        "cash_owner": pgettext_lazy("kind of fact", "owner and recipient"),
        "cash_reason": pgettext_lazy("kind of fact", "provenance and use"),
        "cash_route": pgettext_lazy("kind of fact", "journey"),
        "cash_person": pgettext_lazy("kind of fact", "carrier"),
    },
)


class Known(Record, frozen=True, kw_only=True):
    """The data about a movement that the caller knows in addition to its message. Amounts are in the currency
    of the threshold.

    `values` contains the value of each line, in the order of the lines, at the applicable exchange rate; the
    value is None if a rate is missing. `pair` is None if the partner of the journey sends no declarations.
    `history` is the result of `history.features`.
    """

    values: tuple[Decimal | None, ...] | None = None
    value: Decimal | None = None
    count: Count | None = None
    #: The differences of the last count, and their value.
    differences: tuple[Difference, ...] = ()
    difference: Decimal | None = None
    pair: Pair | None = None
    #: The value at departure, for a pair.
    departure_value: Decimal | None = None
    #: The price of one gram of pure gold on the day.
    gold_price: Decimal | None = None
    history: Mapping[str, object] = {}


NOTHING_KNOWN = Known()


def vocabulary() -> Vocabulary:
    """Returns the vocabulary of cash (`cash/columns.toml`)."""
    return load("cash", "vedette.cash")


def of_subjects(
    subjects: Sequence[tuple[Any, Any]],
    history: Mapping[uuid.UUID, Mapping[str, object]],
    now: dt.datetime,
) -> list[Values]:
    """Returns the known values of each movement, in the order of `subjects`. In the history of a movement,
    the optional key `known` contains a `Known` object; every other key is the name of a column. A cancelled
    movement has no values."""
    rows: list[Values] = []
    for _, item in subjects:
        stated = dict(history.get(item.id, {}))
        known = stated.pop("known", None)
        if item.state.is_cancelled:
            rows.append({})
            continue
        found = known if isinstance(known, Known) else Known(count=item.count)
        rows.append(
            {**of_movement(item.message, found), **{k: as_value(v) for k, v in stated.items()}}
        )
    return rows


def of_movement(message: Message, known: Known = NOTHING_KNOWN) -> Values:
    """Returns the values of one movement. If a value is missing, the result has no key for it."""
    movement = message.movement
    variant = variants.variants().get(message.variant or "") or variants.variant("eu")
    found: dict[str, object] = {
        "record": movement.record,
        "source": message.source,
        "direction": movement.direction,
        "accompanied": movement.accompanied,
        "missing_fields": len(variants.missing(movement, variant)),
        **_amounts(message, variant, known),
        **_kinds(message, variant, known),
        **_counted(known),
        **_paired(known),
        **_owners(movement),
        **_reasons(movement),
        **_journey(movement),
        **_person(movement),
        **known.history,
    }
    return {name: as_value(value) for name, value in found.items() if value is not None}


def as_value(value: object) -> object:
    """Returns a value in a type that the language of profiles supports."""
    return as_number(value) if isinstance(value, Decimal | Fraction) else value


def as_number(value: Decimal | Fraction) -> float:
    """Converts a decimal or a fraction to a float, because the language of profiles computes with floats."""
    return float(value)


def _amounts(message: Message, variant: variants.Variant, known: Known) -> dict[str, object]:
    lines, value = message.movement.lines, known.value
    money_lines = [line for line in lines if line.kind == "currency" and line.amount is not None]
    whole = [line.amount % 1000 == 0 for line in money_lines if line.amount is not None]
    return {
        "value": value,
        "times_threshold": Fraction(value) / Fraction(variant.threshold.amount)
        if value is not None
        else None,
        "reached": variant.threshold.reached(value) if value is not None else None,
        "lines": len(lines),
        "round_amounts": all(whole) if whole else None,
    }


def _kinds(message: Message, variant: variants.Variant, known: Known) -> dict[str, object]:
    movement = message.movement
    lines = movement.lines
    codes = {line.currency for line in lines if line.kind == "currency" and line.currency}
    day = day_of(message.declared) if message.declared is not None else None
    instruments = [line for line in lines if line.kind == "instrument"]
    gold = [line for line in lines if line.kind == "gold"]
    found: dict[str, object] = {
        "currencies": len(codes),
        "ended_currency": any(money.ended(code, day) for code in codes) if day else None,
        "instruments": len(instruments),
        "instruments_without_issuer": sum(
            not (line.issuer and line.serial) for line in instruments
        ),
    }
    values = known.values
    if values is not None and len(values) == len(lines):
        by_currency: dict[str, Decimal] = {}
        for line, value in zip(lines, values, strict=True):
            if line.kind == "currency" and line.currency and value is not None:
                by_currency[line.currency] = by_currency.get(line.currency, Decimal(0)) + value
        if by_currency:
            found["main_currency"] = max(by_currency, key=lambda code: (by_currency[code], code))
        if None not in values and known.value:
            found["currency_share"] = Fraction(sum(by_currency.values())) / Fraction(known.value)
    elif len(codes) == 1:
        found["main_currency"] = next(iter(codes))
    way = movement.transport
    main = found.get("main_currency")
    if isinstance(main, str) and way.departure_country and way.arrival_country:
        used = {*_used_in(way.departure_country), *_used_in(way.arrival_country), variant.currency}
        found["foreign_currency"] = main not in used | USUAL
    if "gold" in variant.kinds:
        weight = money.totals(gold).weight if gold else Decimal(0)
        found["gold_grams"] = weight
        if gold:
            found["gold_contradicts"] = any(_contradicts(line, variant) for line in gold)
            found["gold_price_ratio"] = _gold_ratio(gold, lines, known)
    return found


def _used_in(country: str) -> tuple[str, ...]:
    used = get_global("territory_currencies").get(country, ())
    return tuple(code for code, _, until, tender in used if until is None and tender)


def _contradicts(line: Line, variant: variants.Variant) -> bool:
    if line.fineness is not None and (line.fineness > 1000 or not variant.counts(line)):
        return True
    if line.weight is None or line.weight <= 0:
        return True
    pieces = line.quantity
    return line.type == "coin" and bool(pieces) and line.weight / (pieces or 1) > _HEAVIEST_COIN


def _gold_ratio(gold: Sequence[Line], lines: Sequence[Line], known: Known) -> Fraction | None:
    """Returns the declared value of the gold divided by its value at the price of the day. Gold without a
    stated fineness is treated as pure gold."""
    if known.gold_price is None or known.values is None or len(known.values) != len(lines):
        return None
    declared, weight = Fraction(0), Fraction(0)
    for line, value in zip(lines, known.values, strict=True):
        if line.kind == "gold":
            if value is None or not line.weight:
                return None
            declared += Fraction(value)
            weight += Fraction(line.weight) * Fraction(line.fineness or 1000) / 1000
    return declared / (weight * Fraction(known.gold_price)) if weight > 0 else None


def _counted(known: Known) -> dict[str, object]:
    count = known.count
    if count is None:
        return {"counted": False}
    found: dict[str, object] = {
        "counted": True,
        "count_lines_differ": len(known.differences),
        "count_difference": known.difference,
        "high_notes_share": _high_notes(count),
    }
    if known.difference is not None and known.value:
        found["count_difference_share"] = abs(Fraction(known.difference)) / Fraction(known.value)
    return found


def _high_notes(count: Count) -> Fraction | None:
    """Returns the share of the highest denominations in the counted notes. Only the currency with the
    greatest amount in notes is considered. Amounts of different currencies are not added.
    """
    sums: dict[str, dict[Decimal, Decimal]] = {}
    for line in count.lines:
        amount = counts.amount_of(line)
        if line.kind == "currency" and line.currency and line.denomination and amount:
            of_currency = sums.setdefault(line.currency, {})
            of_currency[line.denomination] = of_currency.get(line.denomination, Decimal(0)) + amount
    shares = []
    for currency, by_note in sums.items():
        least = HIGHEST.get(currency) or sorted(by_note)[-2:][0]
        total = money.added(by_note.values())
        high = money.added(amount for note, amount in by_note.items() if note >= least)
        if total > 0:
            shares.append(Fraction(high) / Fraction(total))
    return max(shares) if shares else None


def _paired(known: Known) -> dict[str, object]:
    pair = known.pair
    if pair is None:
        return {}
    found: dict[str, object] = {"pair_state": pair.result}
    before = known.departure_value
    if pair.difference is not None and before:
        share = Fraction(pair.difference) / Fraction(before)
        found["pair_lost_share"] = max(Fraction(0), min(Fraction(1), -share))
        found["pair_gained_share"] = max(Fraction(0), share)
    return found


def _owners(movement: Movement) -> dict[str, object]:
    way = movement.transport
    ends = {country for country in (way.departure_country, way.arrival_country) if country}
    person = movement.carrier or movement.sender or movement.declarant
    owners = [one for one in movement.owners if one != person]
    recipients = [one for one in movement.recipients if one != person]
    found: dict[str, object] = {}
    if movement.carrier_is_owner or movement.owners or movement.carrier_is_owner is False:
        other = not movement.carrier_is_owner and (
            bool(owners) or movement.carrier_is_owner is False
        )
        found["owner_not_carrier"] = other
        found["owner_unknown"] = other and not any(one.full_name for one in owners)
        found["owner_is_company"] = any(_company(one) for one in owners)
        countries = {one.country for one in owners if one.country}
        if countries and ends:
            found["owner_elsewhere"] = not countries & ends
    if movement.record in _EU_FORMS and (
        movement.carrier_is_recipient is not None or movement.recipients
    ):
        other = not movement.carrier_is_recipient
        found["recipient_not_carrier"] = other
        found["recipient_unknown"] = other and not any(one.full_name for one in recipients)
        found["recipient_is_company"] = any(_company(one) for one in recipients)
    if found:
        found["regular_company"] = any(
            _company(one) and bool(one.bank or one.business_activity)
            for one in (*owners, *recipients)
        )
    return found


def _company(one: Party) -> bool:
    return bool(one.legal or (one.name and not one.last_names))


def _reasons(movement: Movement) -> dict[str, object]:
    found: dict[str, object] = {}
    if movement.record in _EU_FORMS:
        if movement.provenance:
            found["provenance"] = ";".join(sorted(movement.provenance))
        if movement.uses:
            found["uses"] = ";".join(sorted(movement.uses))
            found["payroll"] = "payment_of_employees" in movement.uses
        if movement.provenance and movement.uses:
            found["only_other"] = set(movement.provenance) | set(movement.uses) == {"other"}
    contents = movement.transport.stated_contents
    if contents and not movement.accompanied and movement.record == "ex_officio":
        lower = contents.casefold()
        found["parcel_hides_cash"] = not any(word in lower for word in _CASH_WORDS)
    return found


def _journey(movement: Movement) -> dict[str, object]:
    way = movement.transport
    return {
        "departure_country": way.departure_country,
        "arrival_country": way.arrival_country,
        "transit_countries": len(way.via),
        "mode": way.mode,
        "private_means": way.means in _PRIVATE if way.means else None,
    }


def _person(movement: Movement) -> dict[str, object]:
    person = movement.carrier or movement.sender or movement.declarant
    document = person.document if person else None
    if person is None or document is None or not document.issuer:
        return {}
    known = {alpha3(one) for one in (*person.nationalities, person.country or "") if one} - {None}
    return {
        "document_country": document.issuer,
        "document_country_differs": document.issuer not in known if known else None,
    }
