"""Loads the control lists of vedette, with their names and the words of the rules.

The files of the folder `lists` contain public facts and general nomenclature. `lists/README.md` states the
source and the licence of each file.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
import importlib.resources
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from vedette.screening.control_lists.hits import DocumentCode, Rule, Rules
from vedette.screening.control_lists.model import ControlList, Entry, Knowledge

if TYPE_CHECKING:
    # Loads NumPy. Processes that compare no goods need only the lists.
    from vedette.screening.control_lists.matcher import Matcher

#: The files with names, and the column that names the term.
_NAMES = (("names.csv", "key"), ("armsnames.csv", "key"), ("strategic.csv", "key"))
_WORDS = ("words.csv", "arms.csv")


def _rows(name: str) -> Iterator[dict[str, str]]:
    file = importlib.resources.files("vedette.goods") / "lists" / name
    yield from csv.DictReader(file.read_text(encoding="utf-8").splitlines())


def _split(text: str, separator: str = ";") -> tuple[str, ...]:
    return tuple(part for part in text.split(separator) if part)


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _entry(row: dict[str, str]) -> Entry:
    return Entry(
        list=row["list"], key=row["key"], name_en=row["name_en"], name_fr=row["name_fr"],
        cas=_split(row["cas"]), un=_split(row["un"]), hs=_split(row["hs"]),
        limit=_decimal(row["limit"]), limit_nitrogen=_decimal(row["limit_nitrogen"]),
        least=_decimal(row["least"]), unit_um=_decimal(row["unit_um"]), form=row["form"],
        residual=row["residual"] == "1", category=row["category"], source=row["source"],
        valid_from=_day(row["valid_from"]), valid_to=_day(row["valid_to"]),
    )  # fmt: skip


@functools.cache
def shipped() -> Knowledge:
    """Returns the control lists of vedette with all their entries, including entries that are not valid
    today."""
    names: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for file, column in _NAMES:
        for row in _rows(file):
            names[row[column]] += _split(row["names"], "|")
    for row in _rows("others.csv"):
        names["other"] += _split(row["names"], "|")
    words: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for file in _WORDS:
        for row in _rows(file):
            words[row["role"]] += _split(row["words"], "|")
    return Knowledge(
        lists=tuple(ControlList(r["list"], r["title"], r["version"], r["theme"], r["source"], r["licence"],
                                r["title_fr"])
                    for r in _rows("lists.csv")),
        entries=tuple(_entry(row) for row in _rows("entries.csv")),
        names=dict(names),
        classes={row["class"]: _split(row["words"], "|") for row in _rows("classes.csv")},
        words=dict(words),
        numbers={row["un"].removeprefix("UN"): _split(row["keys"]) for row in _rows("numbers.csv")},
    )  # fmt: skip


@functools.cache
def matcher(day: dt.date | None = None) -> Matcher:
    """Returns the matcher for the lists that are valid on a day (default: today)."""
    from vedette.screening.control_lists.matcher import Matcher

    return Matcher(shipped().on(day or dt.datetime.now(dt.UTC).date()))


@functools.cache
def documents() -> dict[str, DocumentCode]:
    """Returns the document codes that vedette knows, with the days on which they are valid."""
    return {
        row["code"]: DocumentCode(
            row["code"], row["meaning"], row["kind"] == "licence",
            _day(row["valid_from"]), _day(row["valid_to"]),
        )
        for row in _rows("documents.csv")
    }  # fmt: skip


@functools.cache
def conditions() -> tuple[Rule, ...]:
    """Returns the rules that are supplied with the lists, as they are written."""
    return tuple(
        Rule(row["rule"], frozenset(_split(row["lists"])), row["condition"])
        for row in _rows("rules.csv")
    )


@functools.cache
def rules() -> Rules:
    """Returns the rules of the lists, which decide whether a match becomes a hit."""
    return rules_of(conditions())


def rules_of(some: Iterable[Rule]) -> Rules:
    """Returns rules with the destinations and document codes that are supplied with the lists."""
    sets: dict[str, set[str]] = defaultdict(set)
    for row in _rows("destinations.csv"):
        sets[row["set"]].add(row["country"])
    embargoes = frozenset(sets.pop("embargo", ()))
    return Rules(
        some,
        {name: frozenset(countries) for name, countries in sets.items()},
        embargoes,
        documents(),
    )
