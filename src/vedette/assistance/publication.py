"""Exports the released items of an assistance programme in the format IATI 2.03.

An item is published only if it is marked as released. The export never contains places, names of persons,
scores or serial numbers. The data of a programme state, for each total, the items that add up to this total
(`Sum`). A released item is not published if a reader could compute an unreleased value from the published
values and these sums. The function `publishable` checks this by solving the system of linear equations.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from lxml import etree

from vedette.assistance.sheets import Problem, objects, text
from vedette.core.errors import Failure

MAX_ACTIVITIES, MAX_ITEMS, MAX_SUMS = 500, 2_000, 5_000
#: The region "developing countries, unspecified", if the country is not released.
_UNSPECIFIED = "998"
_KINDS = ("budget", "transaction", "period")


@dataclass(frozen=True)
class Sum:
    """A sum: an item that is the total, and the items that are its parts. The total and the parts are given
    as ids of items."""

    total: str
    parts: tuple[str, ...]


def publishable(items: Sequence[str], released: Iterable[str], sums: Sequence[Sum]) -> list[str]:
    """Returns the released items that can be published, in the order of `items`.

    Items that are not the total of a sum are checked first, and totals are checked last. An item is left out
    if its publication would allow a reader to compute the value of an unreleased item.
    """
    wanted, totals = set(released), {one.total for one in sums}
    secret = [one for one in items if one not in wanted]
    groups = _groups(items, sums)
    published: set[str] = set()
    for one in sorted((i for i in items if i in wanted), key=lambda i: i in totals):
        group = groups[one]
        own = [s for s in sums if groups[s.total] == group]
        hidden = [i for i in items if groups[i] == group and i not in published and i != one]
        if not _follows(hidden, own, {i for i in secret if groups[i] == group}):
            published.add(one)
    return [one for one in items if one in published]


def _groups(items: Iterable[str], sums: Iterable[Sum]) -> dict[str, str]:
    """Maps each item to the name of its group. Items that are connected by sums are in the same group."""
    group = {one: one for one in items}

    def find(one: str) -> str:
        while group[one] != one:
            group[one] = group[group[one]]
            one = group[one]
        return one

    for row in sums:
        for part in row.parts:
            group[find(part)] = find(row.total)
    return {one: find(one) for one in group}


def _follows(hidden: Sequence[str], sums: Iterable[Sum], secret: set[str]) -> bool:
    """Returns whether the value of a secret item can be computed if all items except the `hidden` items are
    known. A value can be computed if a row of the reduced system of equations contains only one unknown, and
    this unknown is a secret item.
    """
    place = {one: n for n, one in enumerate(hidden)}
    rows: list[dict[int, Fraction]] = []
    for one in sums:
        row: dict[int, Fraction] = {}
        for name, factor in [(one.total, 1), *((part, -1) for part in one.parts)]:
            if name in place:
                row[place[name]] = row.get(place[name], Fraction(0)) + factor
        row = {n: value for n, value in row.items() if value}
        for former in rows:
            row = _without(row, former)
        if row:
            rows = [*(_without(former, row) for former in rows), row]
    return any(len(row) == 1 and hidden[next(iter(row))] in secret for row in rows)


def _without(row: dict[int, Fraction], other: dict[int, Fraction]) -> dict[int, Fraction]:
    """Eliminates the first unknown of the row `other` from a row of the system."""
    pivot = next(iter(other))
    if pivot not in row:
        return row
    factor = row[pivot] / other[pivot]
    merged = {
        n: row.get(n, Fraction(0)) - factor * other.get(n, Fraction(0)) for n in {**row, **other}
    }
    return {n: value for n, value in merged.items() if value}


@dataclass
class Export:
    """The XML file and the ids of the published items. Also contains the ids of the items that were not
    published, and the parts with an error.
    """

    xml: bytes
    published: list[str]
    held_back: list[str]
    problems: list[Problem] = field(default_factory=list)


def export(data: Any, now: dt.datetime) -> Export:
    """Converts the JSON object of a programme (docs/assistance.md) to an `Export`.

    Raises `Failure` if the reporting organisation or the list of activities is missing. A part with an error
    is left out and reported.
    """
    reporting = data.get("reporting") if isinstance(data, dict) else None
    if (
        not isinstance(reporting, dict)
        or not text(reporting.get("ref"))
        or not text(reporting.get("name"))
    ):
        raise Failure('reporting: needs "ref" and "name"')
    problems: list[Problem] = []
    activities = list(objects(data.get("activities"), "activities", MAX_ACTIVITIES))
    values = _values(activities, problems)
    names = list(values)
    released = [name for name, (_, is_released) in values.items() if is_released]
    sums = _sums(data.get("sums", []), values, problems)
    published = publishable(names, released, sums)
    root = etree.Element("iati-activities", version="2.03")
    root.set("generated-datetime", now.strftime("%Y-%m-%dT%H:%M:%SZ"))
    for place, one in activities:
        element = _activity(place, one, data, reporting, set(published), problems)
        if element is not None:
            root.append(element)
    xml = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    held = [name for name in released if name not in set(published)]
    return Export(xml, published, held, problems)


def _items(place: str, activity: Mapping[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    yield from objects(activity.get("items", []), f"{place}.items", MAX_ITEMS)


def _values(
    activities: Iterable[tuple[str, dict[str, Any]]], problems: list[Problem]
) -> dict[str, tuple[Decimal, bool]]:
    """Returns the value of each item that has a number, and whether the item is released."""
    values: dict[str, tuple[Decimal, bool]] = {}
    for place, activity in activities:
        for where, item in _items(place, activity):
            name = text(item.get("id"))
            if not name or name in values or item.get("kind") not in _KINDS:
                problems.append(
                    Problem(where, "needs an own id, and the kind budget, transaction or period")
                )
                continue
            try:
                value = Decimal(str(item.get("value")))
                if not value.is_finite():
                    raise InvalidOperation
            except InvalidOperation:
                problems.append(Problem(f"{where}.value", "is not a number"))
                continue
            values[name] = value, item.get("released") is True
    return values


def _sums(value: Any, known: Mapping[str, Any], problems: list[Problem]) -> list[Sum]:
    sums = []
    for place, one in objects(value, "sums", MAX_SUMS):
        parts = one.get("parts")
        names = [one.get("total"), *(parts if isinstance(parts, list) else [])]
        if len(names) < 2 or not all(isinstance(name, str) and name in known for name in names):
            problems.append(Problem(place, "needs a total and parts that are ids of items"))
            continue
        sums.append(Sum(names[0], tuple(names[1:])))
    return sums


def _activity(
    place: str, one: Mapping[str, Any], data: Mapping[str, Any], reporting: Mapping[str, Any],
    published: set[str], problems: list[Problem],
) -> etree._Element | None:  # fmt: skip
    """Returns the XML element of an activity. Returns None if the activity is not released or lacks a
    required part."""
    if one.get("released") is not True:
        return None
    required = ("id", "title", "description", "status", "start", "sector")
    missing = [key for key in required if not text(one.get(key))]
    if missing or not _is_day(one.get("start")):
        problems.append(
            Problem(place, f"is left out: needs {', '.join(missing) or 'a start (date)'}")
        )
        return None
    element = etree.Element("iati-activity")
    currency = text(one.get("currency")) or text(data.get("currency")) or "USD"
    element.set("default-currency", currency)
    language = text(data.get("language")) or "en"
    element.set("{http://www.w3.org/XML/1998/namespace}lang", language)
    _add(element, "iati-identifier", f"{reporting['ref']}-{one['id']}")
    own = _add(
        element, "reporting-org", ref=str(reporting["ref"]), type=str(reporting.get("type", "10"))
    )
    _add(own, "narrative", text(reporting["name"]))
    _add(_add(element, "title"), "narrative", text(one["title"]))
    _add(_add(element, "description", type="1"), "narrative", text(one["description"]))
    role = _add(
        element,
        "participating-org",
        ref=str(reporting["ref"]),
        role="2",
        type=str(reporting.get("type", "10")),
    )
    _add(role, "narrative", text(reporting["name"]))
    _add(element, "activity-status", code=text(one["status"]))
    _add(element, "activity-date", **{"iso-date": text(one["start"])[:10], "type": "1"})
    if _is_day(one.get("end")):
        _add(element, "activity-date", **{"iso-date": text(one["end"])[:10], "type": "3"})
    country = one.get("country")
    if isinstance(country, dict) and country.get("released") is True and text(country.get("code")):
        _add(element, "recipient-country", code=text(country["code"]), percentage="100")
    else:
        _add(element, "recipient-region", code=_UNSPECIFIED, vocabulary="1", percentage="100")
    _add(element, "sector", code=text(one["sector"]), vocabulary="1", percentage="100")
    _add_items(element, place, one, published, problems)
    return element


def _add_items(
    element: etree._Element,
    place: str,
    one: Mapping[str, Any],
    published: set[str],
    problems: list[Problem],
) -> None:
    """Adds the budgets, transactions and results in the order that the schema requires."""
    items = [(where, item) for where, item in _items(place, one) if item.get("id") in published]
    results: dict[str, list[Mapping[str, Any]]] = {}
    for kind in _KINDS:
        for where, item in items:
            if item["kind"] != kind:
                continue
            days = ("date",) if kind == "transaction" else ("from", "to")
            if not all(_is_day(item.get(day)) for day in days):
                problems.append(Problem(where, f"is left out: needs {', '.join(days)} (dates)"))
                published.discard(str(item["id"]))
            elif kind == "budget":
                _add_budget(element, item)
            elif kind == "transaction":
                _add_transaction(element, item)
            else:
                results.setdefault(text(item.get("indicator")) or "Indicator", []).append(item)
    for title, periods in results.items():
        _add_result(element, title, periods)


def _add_budget(element: etree._Element, item: Mapping[str, Any]) -> None:
    budget = _add(element, "budget", type="1", status="1")
    _add(budget, "period-start", **{"iso-date": item["from"][:10]})
    _add(budget, "period-end", **{"iso-date": item["to"][:10]})
    _add(budget, "value", str(item["value"]), **{"value-date": item["from"][:10]})


def _add_transaction(element: etree._Element, item: Mapping[str, Any]) -> None:
    transaction = _add(element, "transaction")
    _add(transaction, "transaction-type", code=text(item.get("type")) or "4")
    _add(transaction, "transaction-date", **{"iso-date": item["date"][:10]})
    _add(transaction, "value", str(item["value"]), **{"value-date": item["date"][:10]})


def _add_result(element: etree._Element, title: str, periods: Sequence[Mapping[str, Any]]) -> None:
    result = _add(element, "result", type="1")
    _add(_add(result, "title"), "narrative", title)
    indicator = _add(result, "indicator", measure="1")
    _add(_add(indicator, "title"), "narrative", title)
    baseline = periods[0].get("baseline")
    if isinstance(baseline, dict) and _is_day(baseline.get("date")):
        day = text(baseline["date"])[:10]
        _add(
            indicator,
            "baseline",
            **{"year": day[:4], "iso-date": day, "value": str(baseline.get("value"))},
        )
    for item in periods:
        period = _add(indicator, "period")
        _add(period, "period-start", **{"iso-date": item["from"][:10]})
        _add(period, "period-end", **{"iso-date": item["to"][:10]})
        if text(str(item.get("target") or "")):
            _add(period, "target", value=str(item["target"]))
        _add(period, "actual", value=str(item["value"]))


def _add(parent: etree._Element, tag: str, content: str = "", **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, tag, attributes)
    if content:
        element.text = "".join(sign for sign in content if sign >= " " or sign in "\n\t")
    return element


def _is_day(value: Any) -> bool:
    try:
        dt.date.fromisoformat(text(value)[:10])
    except ValueError:
        return False
    return bool(text(value))
