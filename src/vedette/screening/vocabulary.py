"""The vocabulary: for each kind of subject the named, typed columns that profiles may use.

Profiles, the form builder, CSV mappings, stored values and the documentation all use this list. The columns
of a kind are in a data file beside this module (`travellers.toml`), so that a lawyer can read them without
reading code; other kinds (goods, cash) add their own file.

Race, ethnic origin, religion, opinion, trade-union membership, health, sexual life and values that reveal
them (meals, assistance, language, origin of a name) have no column and must not get one. Nationality, sex,
age and birthplace have columns marked `restricted`: `profiles/lint.py` defines when a profile may use them.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal

from vedette.core.records import Record

#: `text`; `number` (real) and `whole` (integer), in `unit`; `yes_no`; `day` (a date).
Type = Literal["text", "number", "whole", "yes_no", "day"]
#: Whether a fact can count in favour of a traveller, against, or both.
Serves = Literal["for", "against", "either"]

#: Unit → singular and plural in English, then in French; French uses the plural from 2 on.
UNITS: dict[str, tuple[str, str, str, str]] = {
    "h": ("hour", "hours", "heure", "heures"),
    "d": ("day", "days", "jour", "jours"),
    "night": ("night", "nights", "nuit", "nuits"),
    "min": ("minute", "minutes", "minute", "minutes"),
    "km": ("km", "km", "km", "km"),
    "kg": ("kg", "kg", "kg", "kg"),
    "year": ("year", "years", "an", "ans"),
    "times": ("time", "times", "fois", "fois"),
    "traveller": ("traveller", "travellers", "voyageur", "voyageurs"),
    "booking": ("booking", "bookings", "dossier", "dossiers"),
    "journey": ("journey", "journeys", "voyage", "voyages"),
    "flight": ("flight", "flights", "vol", "vols"),
    "document": ("document", "documents", "pièce", "pièces"),
    "bag": ("bag", "bags", "bagage", "bagages"),
    "payment": ("payment", "payments", "paiement", "paiements"),
    "": ("", "", "", ""),
}


#: Kinds of facts, in English and French, in the order of display.
GROUNDS: dict[str, tuple[str, str]] = {
    "flight": ("Flight", "Vol"),
    "journey": ("Journey", "Trajet"),
    "booking": ("Booking", "Dossier"),
    "payment": ("Payment", "Paiement"),
    "contact": ("Contact", "Contact"),
    "document": ("Document", "Pièce d’identité"),
    "baggage": ("Baggage", "Bagages"),
    "agreement": ("Agreement of the messages", "Accord des messages"),
    "check_in": ("Check-in and seat", "Enregistrement et siège"),
    "company": ("Company on the way", "Compagnons de voyage"),
    "rarity": ("Rarity", "Rareté"),
    "person": ("Person", "Personne"),
    "history": ("History", "Passé"),
    "links": ("Links", "Liens"),
}


class Column(Record, frozen=True, kw_only=True):
    """One named fact about a subject.

    `en`, `fr`: its name, for tables. `says_en`, `says_fr`: its sentence, with `{}` for the value ("booked {}
    before departure"); for a `yes_no` the sentence without a value, with `not_en`, `not_fr` for its negation.
    `ground`: the kind of fact, as lint counts kinds. `source`: the message elements, or the history from
    which it is counted. `often_missing`: lint warns of a negation over it.
    """

    name: str
    type: Type
    unit: str = ""
    en: str
    fr: str
    says_en: str
    says_fr: str
    not_en: str = ""
    not_fr: str = ""
    ground: str
    source: str
    serves: Serves = "either"
    restricted: bool = False
    #: Strongly correlated with a restricted column (the country of a telephone): it may not be used as the
    #: other fact beside a restricted one.
    proxy: bool = False
    often_missing: bool = False
    #: Lower and upper limit of the values of a number; None if there is no limit.
    least: float | None = None
    most: float | None = None
    #: Numbers of the passenger indicators for which it is used (docs/vocabulary.md).
    indicators: tuple[int, ...] = ()


class Vocabulary(Record, frozen=True, kw_only=True):
    """The columns of one kind of subject. `version` changes with any change of meaning."""

    kind: str
    version: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column | None:
        """The column with that name, or None."""
        return _by_name(self).get(name)


@cache
def _by_name(vocabulary: Vocabulary) -> dict[str, Column]:
    return {column.name: column for column in vocabulary.columns}


#: Kind of subject → its data file.
KINDS: dict[str, str] = {"traveller": "travellers.toml"}


@cache
def vocabulary(kind: str) -> Vocabulary:
    """The vocabulary of a kind of subject (`KINDS`); raises KeyError for an unknown kind."""
    path = Path(__file__).with_name(KINDS[kind])
    found: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    columns = tuple(
        Column(name=name, **{**about, "indicators": tuple(about.get("indicators", ()))})
        for name, about in found["column"].items()
    )
    return Vocabulary(kind=kind, version=found["version"], columns=columns)
