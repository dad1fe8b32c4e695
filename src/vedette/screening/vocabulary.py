"""The vocabulary: for each kind of subject the named, typed columns that profiles may speak of.

Profiles, the form builder, CSV mappings, stored values and the documentation all read this list. The
columns of a kind are a data file beside this module (`travellers.toml`), so that a lawyer can read them
without reading code; other kinds (goods, cash) add a file of their own.

Race, ethnic origin, religion, opinion, union, health, sexual life and what betrays them (meals,
assistance, language, origin of a name) have no column and get none. Nationality, sex, age and birthplace
have one, marked `restricted`: `profiles/lint.py` says when a profile may use them.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal

from vedette.core.records import Record
from vedette.core.texts import Text, ngettext_lazy, pgettext_lazy

#: `text`; `number` (real) and `whole` (integer), in `unit`; `yes_no`; `day` (a date).
Type = Literal["text", "number", "whole", "yes_no", "day"]
#: Which way a fact may speak: for a traveller, against, or either.
Serves = Literal["for", "against", "either"]

#: Unit → a number of it; what is counted has none.
UNITS: dict[str, Text] = {
    "h": ngettext_lazy("%(n)s hour", "%(n)s hours"),
    "d": ngettext_lazy("%(n)s day", "%(n)s days"),
    "night": ngettext_lazy("%(n)s night", "%(n)s nights"),
    "min": ngettext_lazy("%(n)s minute", "%(n)s minutes"),
    "km": ngettext_lazy("%(n)s km", "%(n)s km"),
    "kg": ngettext_lazy("%(n)s kg", "%(n)s kg"),
    "year": ngettext_lazy("%(n)s year", "%(n)s years"),
    "times": ngettext_lazy("%(n)s time", "%(n)s times"),
    "traveller": ngettext_lazy("%(n)s traveller", "%(n)s travellers"),
    "booking": ngettext_lazy("%(n)s booking", "%(n)s bookings"),
    "journey": ngettext_lazy("%(n)s journey", "%(n)s journeys"),
    "flight": ngettext_lazy("%(n)s flight", "%(n)s flights"),
    "document": ngettext_lazy("%(n)s document", "%(n)s documents"),
    "bag": ngettext_lazy("%(n)s bag", "%(n)s bags"),
    "payment": ngettext_lazy("%(n)s payment", "%(n)s payments"),
}
#: Unit → its name beside a field.
UNIT_NAMES: dict[str, Text] = {
    "h": pgettext_lazy("unit", "hours"),
    "d": pgettext_lazy("unit", "days"),
    "night": pgettext_lazy("unit", "nights"),
    "min": pgettext_lazy("unit", "minutes"),
    "km": pgettext_lazy("unit", "km"),
    "kg": pgettext_lazy("unit", "kg"),
    "year": pgettext_lazy("unit", "years"),
    "times": pgettext_lazy("unit", "times"),
    "traveller": pgettext_lazy("unit", "travellers"),
    "booking": pgettext_lazy("unit", "bookings"),
    "journey": pgettext_lazy("unit", "journeys"),
    "flight": pgettext_lazy("unit", "flights"),
    "document": pgettext_lazy("unit", "documents"),
    "bag": pgettext_lazy("unit", "bags"),
    "payment": pgettext_lazy("unit", "payments"),
}

#: Kinds of fact in the order in which they are shown.
GROUNDS: dict[str, Text] = {
    "flight": pgettext_lazy("kind of fact", "flight"),
    "journey": pgettext_lazy("kind of fact", "journey"),
    "booking": pgettext_lazy("kind of fact", "booking"),
    "payment": pgettext_lazy("kind of fact", "payment"),
    "contact": pgettext_lazy("kind of fact", "contact"),
    "document": pgettext_lazy("kind of fact", "document"),
    "baggage": pgettext_lazy("kind of fact", "baggage"),
    "agreement": pgettext_lazy("kind of fact", "agreement of the messages"),
    "check_in": pgettext_lazy("kind of fact", "check-in and seat"),
    "company": pgettext_lazy("kind of fact", "company on the way"),
    "rarity": pgettext_lazy("kind of fact", "rarity"),
    "person": pgettext_lazy("kind of fact", "person"),
    "history": pgettext_lazy("kind of fact", "history"),
    "links": pgettext_lazy("kind of fact", "links"),
}


class Column(Record, frozen=True, kw_only=True):
    """One named fact about a subject.

    `label`: what it is, for tables. `says`: the sentence it makes, with `%(value)s` for the value
    ("booked %(value)s before departure"); of a `yes_no` the sentence itself, with `denies` for its
    opposite. All three are English; `text` makes them translatable. `ground`: which kind of fact it is, as
    lint counts kinds. `source`: message elements, or the history it is counted from. `often_missing`: a
    negation over it is warned of.
    """

    name: str
    type: Type
    unit: str = ""
    label: str
    says: str
    denies: str = ""
    ground: str
    source: str
    serves: Serves = "either"
    restricted: bool = False
    #: Says nearly what a restricted column says (the country of a telephone): no other fact beside one.
    proxy: bool = False
    often_missing: bool = False
    #: What no value of a number can be below, and above; None where nothing is said.
    least: float | None = None
    most: float | None = None
    #: Numbers of the passenger indicators that it serves (docs/vocabulary.md).
    indicators: tuple[int, ...] = ()


class Vocabulary(Record, frozen=True, kw_only=True):
    """The columns of one kind of subject. `version` changes with any change of meaning."""

    kind: str
    version: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return _by_name(self).get(name)


def text(english: str) -> Text:
    """The label or a sentence of a column as a text. Those of the data files are in the catalogue by way
    of `web/data_texts.py`."""
    return Text(msgid=english, context="column")


@cache
def _by_name(vocabulary: Vocabulary) -> dict[str, Column]:
    return {column.name: column for column in vocabulary.columns}


#: Kind of subject → its data file.
KINDS: dict[str, str] = {"traveller": "travellers.toml"}


@cache
def vocabulary(kind: str) -> Vocabulary:
    """The vocabulary of a kind of subject (`KINDS`); KeyError where there is none."""
    path = Path(__file__).with_name(KINDS[kind])
    found: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    columns = tuple(
        Column(name=name, **{**about, "indicators": tuple(about.get("indicators", ()))})
        for name, about in found["column"].items()
    )
    return Vocabulary(kind=kind, version=found["version"], columns=columns)
