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

#: `text`; `number` (real) and `whole` (integer), in `unit`; `yes_no`; `day` (a date).
Type = Literal["text", "number", "whole", "yes_no", "day"]
#: Which way a fact may speak: for a traveller, against, or either.
Serves = Literal["for", "against", "either"]

#: Unit → singular and plural in English, then in French; French takes the plural from 2 on.
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


#: Kinds of fact, in English and French, in the order in which they are shown.
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

    `en`, `fr`: what it is, for tables. `says_en`, `says_fr`: the sentence it makes, with `{}` for the
    value ("booked {} before departure"); of a `yes_no` the sentence itself, with `not_en`, `not_fr` for
    its opposite. `ground`: which kind of fact it is, as lint counts kinds. `source`: message elements,
    or the history it is counted from. `often_missing`: a negation over it is warned of.
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
