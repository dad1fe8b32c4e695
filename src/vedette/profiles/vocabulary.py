"""The vocabulary: for each kind of subject, the named and typed columns that profiles may use.

Profiles, the form, CSV mappings, stored values and the documentation all use this list of columns. The
columns of a kind of subject are in a data file of its package (`columns.toml`), so that a lawyer can check
them without reading code.

Race, ethnic origin, religion, opinion, trade-union membership, health, sexual life and facts that
reveal them (meals, assistance, language, origin of a name) have no column and must not get one.
Nationality, sex, age and birthplace have columns that are marked `restricted`. `profiles/lint.py`
defines when a profile may use restricted columns.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from vedette.core.records import Record
from vedette.core.texts import Text, ngettext_lazy, pgettext_lazy

#: The type of a column: `text`; `number` (real) and `whole` (integer), both in a `unit`; `yes_no`; `day` (a
#: date).
Type = Literal["text", "number", "whole", "yes_no", "day"]
#: Whether a fact can count in favour of a person, against the person, or both.
Serves = Literal["for", "against", "either"]

#: Unit → the text for a number of this unit. Plain counts have no unit. A kind of subject adds its own units
#: with `add_words`.
UNITS: dict[str, Text] = {
    "h": ngettext_lazy("%(n)s hour", "%(n)s hours"),
    "d": ngettext_lazy("%(n)s day", "%(n)s days"),
    "night": ngettext_lazy("%(n)s night", "%(n)s nights"),
    "min": ngettext_lazy("%(n)s minute", "%(n)s minutes"),
    "km": ngettext_lazy("%(n)s km", "%(n)s km"),
    "kg": ngettext_lazy("%(n)s kg", "%(n)s kg"),
    "year": ngettext_lazy("%(n)s year", "%(n)s years"),
    "times": ngettext_lazy("%(n)s time", "%(n)s times"),
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
    "document": pgettext_lazy("unit", "documents"),
    "bag": pgettext_lazy("unit", "bags"),
    "payment": pgettext_lazy("unit", "payments"),
}

#: Kind of fact → its name. A kind of subject adds its own kinds of fact with `add_words`.
GROUNDS: dict[str, Text] = {
    "payment": pgettext_lazy("kind of fact", "payment"),
    "contact": pgettext_lazy("kind of fact", "contact"),
    "document": pgettext_lazy("kind of fact", "document"),
    "baggage": pgettext_lazy("kind of fact", "baggage"),
    "agreement": pgettext_lazy("kind of fact", "agreement between the messages"),
    "check_in": pgettext_lazy("kind of fact", "check-in and seat"),
    "company": pgettext_lazy("kind of fact", "companions"),
    "rarity": pgettext_lazy("kind of fact", "rarity"),
    "person": pgettext_lazy("kind of fact", "person"),
    "history": pgettext_lazy("kind of fact", "history"),
    "links": pgettext_lazy("kind of fact", "links"),
}


class Column(Record, frozen=True, kw_only=True):
    """One named fact about a subject.

    `label`: the name, for tables. `says`: the sentence, with `%(value)s` for the value ("booked
    %(value)s before departure"). For a `yes_no` column, `says` has no value, and `denies` is the
    sentence of the negation. `label`, `says` and `denies` are in English; the function `text` makes
    them translatable. `ground`: the kind of fact, which `lint` counts. `source`: the elements of
    the messages, or the history from which the fact is counted. `often_missing`: `lint` warns of a
    negated condition on the column.
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
    #: Whether the column is strongly correlated with a restricted column (the country of a telephone). Such a
    #: column may not be used as the other fact beside a restricted one.
    proxy: bool = False
    often_missing: bool = False
    #: The lower and the upper limit of a number; None if there is no limit.
    least: float | None = None
    most: float | None = None
    #: The numbers of the published indicators for which the column is used (docs/vocabulary.md).
    indicators: tuple[int, ...] = ()


class Vocabulary(Record, frozen=True, kw_only=True):
    """The columns of one kind of subject. `version` changes whenever the meaning of a column changes."""

    kind: str
    version: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column | None:
        """Returns the column with the name; None if there is no such column."""
        return _by_name(self).get(name)


def text(english: str) -> Text:
    """Returns the label or a sentence of a column as a text. A module `data_texts` adds the texts of the data
    files to the catalogue."""
    return Text(msgid=english, context="column")


@cache
def _by_name(vocabulary: Vocabulary) -> dict[str, Column]:
    return {column.name: column for column in vocabulary.columns}


def add_words(
    units: Mapping[str, Text], unit_names: Mapping[str, Text], grounds: Mapping[str, Text]
) -> None:
    """Adds the units and the kinds of fact of a kind of subject."""
    UNITS.update(units)
    UNIT_NAMES.update(unit_names)
    GROUNDS.update(grounds)


@cache
def load(kind: str, package: str) -> Vocabulary:
    """Returns the vocabulary of a kind of subject, from the file `columns.toml` of its package.

    Code that knows only the name of a kind uses `vedette.kinds.vocabulary`.
    """
    found: dict[str, Any] = tomllib.loads((files(package) / "columns.toml").read_text("utf-8"))
    columns = tuple(
        Column(name=name, **{**about, "indicators": tuple(about.get("indicators", ()))})
        for name, about in found["column"].items()
    )
    return Vocabulary(kind=kind, version=found["version"], columns=columns)
