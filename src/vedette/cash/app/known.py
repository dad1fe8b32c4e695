"""The data that an administration has about movements of cash in addition to their messages. These data are
the value (at the exchange rates of the day of the statement or journey), earlier movements of the same
persons, the differences found in the count, and the pairs. A few SQL statements read the data of a whole
batch. Each statement contains the id of the organisation.

Announcements, restricted movements and records of partners are not included in a history.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from psycopg import Connection

from vedette.apps.requests.corrections import corrected
from vedette.cash import asking, counts, history, movements, rates
from vedette.cash.app import rows
from vedette.cash.columns import Known
from vedette.cash.history import HABIT_DAYS, MOST_OF_KEY, Facts
from vedette.cash.money import added
from vedette.cash.movements import Item
from vedette.cash.rates import Conversion, MissingRate, Rate
from vedette.cash.records import KINDS_OF_CASH, Count, Message, Movement, Pair
from vedette.cash.valuing import Values, day_of_value, variant_of
from vedette.core.names import fold
from vedette.core.records import day_of, decode
from vedette.keys.ring import Keys

#: The sources of rates in the order of their precedence. All conversions use the first source of which the
#: administration imported a file: the rates of a national law come before published ones.
SOURCES = ("national", "ecb", "un")
#: Kinds of identifiers by which a movement finds others of the same person or household.
_KINDS = frozenset({"document", "person", "phone", "address"})
#: Columns of the history that a masked earlier movement makes unknown, because its values cannot be counted.
_HABITS = (
    "person_movements_12m", "person_movements_60d", "earlier_differences_12m", "provenance_new", "use_new",
    "value_times_usual",
)  # fmt: skip
#: The form of a currency code of ISO 4217.
_CODE = re.compile("[A-Z]{3}", re.ASCII)
_RATES = """
    SELECT r.currency, r.base, r.units, r.worth, r.day, r.until, f.last_day, f.digest
    FROM cash_rate r JOIN cash_ratefile f ON f.id = r.file_id AND f.organisation_id = r.organisation_id
    WHERE r.organisation_id = %s AND r.source = %s AND r.until >= %s AND r.day <= %s
    ORDER BY f.id, r.id
"""
_FOUND = """
    SELECT w.n, i.subject_id
    FROM unnest(%(kinds)s::text[], %(tokens)s::bytea[]) WITH ORDINALITY w (kind, token, n)
    CROSS JOIN LATERAL (
        SELECT i.subject_id FROM subjects_identifier i
        JOIN cash_movement m ON m.id = i.subject_id AND m.organisation_id = i.organisation_id
        JOIN subjects_subject s ON s.id = m.id AND s.organisation_id = m.organisation_id
        WHERE i.organisation_id = %(of)s AND i.kind = w.kind AND i.token = w.token
          AND NOT m.announced AND NOT m.cancelled AND m.partner = '' AND NOT s.restricted
          AND coalesce(m.declared_on, m.crosses_on) BETWEEN %(from)s AND %(to)s
        LIMIT %(most)s
    ) i
"""
_STATES = """
    SELECT m.id, c.state, m.value, s.rectified, m.retention_class, m.month,
           (SELECT n.differs FROM cash_count n
            WHERE n.subject_id = m.id AND n.organisation_id = m.organisation_id
            ORDER BY n.number DESC LIMIT 1)
    FROM cash_movement m JOIN subjects_subject s ON s.id = m.id
    LEFT JOIN cash_movementclear c ON c.movement_id = m.id AND c.organisation_id = m.organisation_id
     AND c.retention_class = m.retention_class AND c.month = m.month
    WHERE m.organisation_id = %s AND m.id = ANY(%s)
"""
_PAIRS = """
    SELECT subject_id, result, departure_value, difference FROM cash_pair
    WHERE organisation_id = %s AND subject_id = ANY(%s) AND separated_at IS NULL
      AND (other_id IS NOT NULL OR answered)
    ORDER BY subject_id, id
"""


# --- values ---------------------------------------------------------------------------------------


def book(
    connection: Connection[Any], organisation: uuid.UUID, days: Iterable[dt.date | None]
) -> Values:
    """Returns the exchange rates that are valid on these days. The rates are from the source that the
    administration uses."""
    known = sorted(day for day in days if day is not None)
    found = connection.execute(
        "SELECT DISTINCT source FROM cash_ratefile WHERE organisation_id = %s", [organisation]
    )
    stored = {source for (source,) in found}
    source = next((one for one in SOURCES if one in stored), SOURCES[1])
    if not known or source not in stored:
        return Values(rates.Book(()), source)
    some = connection.execute(_RATES, [organisation, source, known[0], known[-1]])
    return Values(
        rates.Book(
            Rate(
                source=source, currency=currency, base=base, units=units, worth=worth, valid_from=first,
                valid_until=last, version=f"{newest.isoformat()} {bytes(digest).hex()[:12]}",
            )
            for currency, base, units, worth, first, last, newest, digest in some
        ),
        source,
    )  # fmt: skip


def basis(message: Message) -> str:
    """Returns a hash of the data on which the value of a movement depends: its lines, its day and its
    variant."""
    parts = (message.movement.lines, day_of_value(message), variant_of(message).key)
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:32]


def valued(message: Message, values: Values) -> dict[str, Any]:
    """Returns the conversions of the lines of a movement in the form in which they are stored. The conversion
    of a line contains its value and the rates used, or the missing rate. For a line without an amount, the
    conversion is None."""
    day, price = day_of_value(message), None
    if any(line.kind == "gold" for line in message.movement.lines):
        price = values.gold_price(message)
    total = values.total(message)
    return {
        "of": basis(message),
        "source": values.source,
        "to": variant_of(message).currency,
        "day": day.isoformat() if day else None,
        "total": str(total) if total is not None else None,
        "gold_price": str(price) if price is not None else None,
        "lines": [_line(one) for one in values.conversions(message)],
    }


def _line(one: Conversion | MissingRate | None) -> dict[str, Any] | None:
    if isinstance(one, MissingRate):
        return {"missing": one.currency, "day": one.day.isoformat(), "source": one.source}
    if one is None:
        return None
    names = ("currency", "base", "units", "worth", "valid_from", "version")
    return {
        "value": str(one.result),
        "rates": [{name: str(getattr(rate, name)) for name in names} for rate in one.rates],
    }


def lacks(stored: Any) -> bool:
    """Returns whether a rate is missing in a stored value."""
    return any(line is not None and "missing" in line for line in stored["lines"])


def value_items(
    connection: Connection[Any], organisation: uuid.UUID, items: Sequence[Item]
) -> None:
    """Converts the lines of each movement at the exchange rates of the day of its statement or, if the
    statement has no day, of the day of the journey. An earlier conversion is kept unless the lines or the day
    have changed or a rate was missing.
    """
    due = [
        item
        for item in items
        if not item.valued or item.valued["of"] != basis(item.message) or lacks(item.valued)
    ]
    if not due:
        return
    values = book(connection, organisation, (day_of_value(item.message) for item in due))
    for item in due:
        item.valued = valued(item.message, values)


def total(stored: Any) -> Decimal | None:
    """Returns the total of a stored conversion."""
    return Decimal(stored["total"]) if stored and stored["total"] is not None else None


def sums(item: Item) -> tuple[list[str], list[Decimal | None], list[str], list[Decimal | None]]:
    """Returns the currencies of the lines of a movement with their values (`Movement.currencies`), and the
    kinds of cash with their values. The columns for these data are not masked. A currency that is not a valid
    code is therefore left out, because the text could be a name."""
    by_currency: dict[str, list[Decimal]] = {}
    by_kind: dict[str, list[Decimal]] = {}
    for line, stored in zip(item.movement.lines, item.valued["lines"], strict=True):
        known = [Decimal(stored["value"])] if stored and "value" in stored else []
        code = line.currency or ""
        by_currency.setdefault(code if _CODE.fullmatch(code) else "", []).extend(known)
        kind = line.kind if line.kind in KINDS_OF_CASH else "other"
        by_kind.setdefault(kind, []).extend(known)
    return (
        list(by_currency), [added(some) if some else None for some in by_currency.values()],
        list(by_kind), [added(some) if some else None for some in by_kind.values()],
    )  # fmt: skip


# --- the columns of a batch -------------------------------------------------------------------------


def of_batch(
    connection: Connection[Any], keys: Keys, organisation: uuid.UUID, items: Sequence[Item]
) -> dict[uuid.UUID, dict[str, object]]:
    """Returns the data that are known about each movement in addition to its message
    (`columns.of_subjects`)."""
    values = book(connection, organisation, _count_days(items))
    paired = _pairs(connection, organisation, items)
    features = _histories(connection, keys, organisation, items)
    made: dict[uuid.UUID, dict[str, object]] = {}
    for item in items:
        stored, message = item.valued, item.message
        differs = counts.differences(message.movement.lines, item.count) if item.count else ()
        lines = price = None
        if stored:
            lines = tuple(
                Decimal(line["value"]) if line and "value" in line else None
                for line in stored["lines"]
            )
            price = Decimal(stored["gold_price"]) if stored["gold_price"] else None
        pair, before = paired.get(item.id, (None, None))
        made[item.id] = {
            "known": Known(
                values=lines,
                value=total(stored),
                count=item.count,
                differences=differs,
                difference=values.difference(message, differs, _count_day(item)),
                pair=pair,
                departure_value=before,
                gold_price=price,
                history=features.get(item.id, {}),
            )
        }
    return made


def _count_day(item: Item) -> dt.date | None:
    return day_of(item.count.at) if item.count and item.count.at else day_of_value(item.message)


def _count_days(items: Sequence[Item]) -> list[dt.date | None]:
    return [_count_day(item) for item in items if item.count]


def _pairs(
    connection: Connection[Any], organisation: uuid.UUID, items: Sequence[Item]
) -> dict[uuid.UUID, tuple[Pair, Decimal | None]]:
    found = connection.execute(_PAIRS, [organisation, [item.id for item in items]])
    return {
        id_: (Pair(result=result, difference=difference), before)
        for id_, result, before, difference in found
    }


# --- history ----------------------------------------------------------------------------------------


def facts_of(
    id_: uuid.UUID,
    message: Message,
    movement: Movement,
    value: Decimal | None,
    differs: bool | None,
) -> Facts | None:
    """Returns the values of a movement that are compared, or None if the movement states no day."""
    day = day_of_value(message)
    if day is None:
        return None
    threshold = variant_of(message).threshold
    reached = threshold.reached(value) if value is not None else None
    return history.facts(str(id_), movement, day, value, threshold.amount, reached, differs)


def tokens(item: Item, keys: Keys) -> set[tuple[str, bytes]]:
    """Returns the identifiers that are used to find related movements: the identifiers of persons and
    households, and the names of companies.
    """
    movement = asking.corrected(item.movement, item.corrected)
    found = {one for one in rows.values(item) if one[0] in _KINDS}
    found |= {("party", fold(one.name)) for _, one in asking.roles(movement) if one.name}
    return {(kind, keys.token(kind, value)) for kind, value in found if value}


def related(
    connection: Connection[Any],
    keys: Keys,
    organisation: uuid.UUID,
    items: Sequence[Item],
    days: int = HABIT_DAYS,
) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Returns the ids of the movements that have an identifier in common with each of these movements, within
    the given number of days. An identifier that belongs to very many movements does not identify a person,
    and is not used."""
    wanted: dict[tuple[str, bytes], list[uuid.UUID]] = {}
    on = [day for item in items if (day := day_of_value(item.message)) is not None]
    for item in items:
        for one in tokens(item, keys):
            wanted.setdefault(one, []).append(item.id)
    if not wanted or not on:
        return {}
    span = dt.timedelta(days=days)
    rows_ = connection.execute(
        _FOUND,
        {
            "kinds": [kind for kind, _ in wanted], "tokens": [token for _, token in wanted],
            "of": organisation, "from": min(on) - span, "to": max(on) + span, "most": MOST_OF_KEY + 1,
        },
    )  # fmt: skip
    sharing: dict[int, list[uuid.UUID]] = {}
    for place, id_ in rows_:
        sharing.setdefault(place, []).append(id_)
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    for place, some in enumerate(wanted.values(), 1):
        others = sharing.get(place, ())
        if len(others) <= MOST_OF_KEY:
            for id_ in some:
                found.setdefault(id_, set()).update(other for other in others if other != id_)
    return found


def _histories(
    connection: Connection[Any], keys: Keys, organisation: uuid.UUID, items: Sequence[Item]
) -> Mapping[uuid.UUID, Mapping[str, object]]:
    """Returns the history columns of each movement of the user's own administration."""
    own = [item for item in items if not item.announced and not item.message.partner]
    near = related(connection, keys, organisation, own)
    stored, masked = _facts(
        connection, organisation, {id_ for some in near.values() for id_ in some}
    )
    made: dict[uuid.UUID, Mapping[str, object]] = {}
    for item in own:
        differs = bool(counts.differences(item.movement.lines, item.count)) if item.count else None
        movement = asking.corrected(item.movement, item.corrected)
        one = facts_of(item.id, item.message, movement, total(item.valued), differs)
        if one is None:
            continue
        some = near.get(item.id, set())
        features = history.features(one, [stored[id_] for id_ in sorted(some & stored.keys())])
        if some & masked:
            features = {name: value for name, value in features.items() if name not in _HABITS}
        made[item.id] = features
    return made


def _facts(
    connection: Connection[Any], organisation: uuid.UUID, ids: Collection[uuid.UUID]
) -> tuple[dict[uuid.UUID, Facts], set[uuid.UUID]]:
    """Returns the facts of stored movements. Also returns the movements that have no facts because their
    values are masked."""
    if not ids:
        return {}, set()
    found: dict[uuid.UUID, Facts] = {}
    masked: set[uuid.UUID] = set()
    for id_, state, value, rectified, class_, month, differs in connection.execute(
        _STATES, [organisation, sorted(ids)]
    ).fetchall():
        message = movements.decoded(state).message if state is not None else None
        if message is None:
            masked.add(id_)
            continue
        fixed = corrected(connection, organisation, id_, class_, month) if rectified else {}
        movement = asking.corrected(message.movement, fixed)
        facts = facts_of(id_, message, movement, value, differs)
        if facts is not None:
            found[id_] = facts
    return found, masked


def count_of(content: Any) -> Count | None:
    """Returns the stored content of a count."""
    return msgspec.convert(content, Count, dec_hook=decode) if content is not None else None
