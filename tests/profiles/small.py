"""A vocabulary of our own, and four subjects that are asked everything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import polars as pl
from tests.french import French

from vedette.profiles.frames import DTYPES, Lists
from vedette.profiles.parse import parse
from vedette.profiles.run import Explaining, Held
from vedette.profiles.tree import Tree, columns
from vedette.profiles.vocabulary import Column, Vocabulary

#: English → French of the vocabulary.
_TEXTS: dict[str, str] = {}
FRENCH = French(_TEXTS)


def _column(
    name: str, type_: Any, label: str, fr: str, says: str, says_fr: str, **more: Any
) -> Column:
    says_fr = says_fr.replace(" :", "\N{NO-BREAK SPACE}:")
    _TEXTS.update({label: fr, says: says_fr, more.get("denies", ""): more.pop("denies_fr", "")})
    about = {"ground": "journey", "source": "test"} | more
    return Column(name=name, type=type_, label=label, says=says, **about)


VOCABULARY = Vocabulary(
    kind="traveller",
    version="test",
    columns=(
        _column("is_crew", "yes_no", "crew", "équipage", "crew member", "membre d’équipage",
            denies="not a crew member", denies_fr="pas membre d’équipage", serves="for"),
        _column("one_way", "yes_no", "one way", "aller simple", "no return is booked",
            "aucun retour n’est réservé", denies="a return is booked", denies_fr="un retour est réservé"),
        _column("payer_is_other", "yes_no", "payer is another", "payeur autre", "another person pays",
            "le payeur est une autre personne", ground="payment", often_missing=True),
        _column("with_child", "yes_no", "with a child", "avec un enfant", "family with a child",
            "famille avec un enfant", serves="for"),
        _column("lead_time_h", "number", "lead time", "délai", "booked %(value)s before departure",
            "la réservation date de %(value)s", unit="h", ground="booking"),
        _column("detour", "number", "detour", "détour", "the way is %(value)s the direct one",
            "le trajet fait %(value)s la route directe", unit="times", ground="route"),
        _column("bags_kg", "number", "weight of bags", "poids des bagages", "the bags weigh %(value)s",
            "les bagages pèsent %(value)s", unit="kg", ground="bags", least=0),
        _column("bags", "whole", "bags", "bagages", "number of bags: %(value)s",
            "nombre de bagages : %(value)s",
            ground="bags", least=0, most=99),
        _column("phone_country", "text", "phone", "téléphone", "phone of %(value)s", "téléphone de %(value)s",
            ground="contact", proxy=True),
        _column("same_route_12m", "whole", "trips on the route", "trajets sur la route",
            "made the same route %(value)s in 12 months",
            "a fait la même route %(value)s en 12 mois", unit="times",
            ground="history", serves="for"),
        _column("origin", "text", "origin", "provenance", "comes from %(value)s",
            "vient de %(value)s", ground="route"),
        _column("destination", "text", "destination", "destination", "goes to %(value)s", "va à %(value)s",
            ground="route"),
        _column("agency", "text", "agency", "agence", "sold by %(value)s",
            "vendu par %(value)s", ground="seller",
            often_missing=True),
        _column("departure", "day", "departure", "départ", "leaves %(value)s", "part %(value)s"),
        _column("issued", "day", "issue of the document", "délivrance de la pièce",
            "the document was issued %(value)s", "la pièce a été délivrée %(value)s", ground="document"),
        _column("nationality", "text", "nationality", "nationalité", "nationality: %(value)s",
            "nationalité : %(value)s", ground="person", restricted=True),
        _column("age", "whole", "age", "âge", "is %(value)s old", "a %(value)s", unit="year", ground="person",
            restricted=True),
    ),
)  # fmt: skip

LISTS = {"conflict_2026": ("AA", "BB"), "small_numbers": (1, 2, 3), "days": (dt.date(2026, 1, 31),)}
LIST_TYPES: dict[str, Any] = {"conflict_2026": "text", "small_numbers": "whole", "days": "day"}
PARAMETERS = {"hours": 48, "from": "2026-01-01", "agent": "ACME"}

#: Everything known; zeros and empty text; nothing known; numbers that are none, or too large.
ROWS: tuple[dict[str, Any], ...] = (
    {"is_crew": False, "one_way": True, "payer_is_other": True, "with_child": False,
     "lead_time_h": 36.0, "detour": 2.5, "bags_kg": 46.0, "bags": 2, "same_route_12m": 1,
     "origin": "AA", "destination": "CC", "agency": "Acme Travel", "departure": dt.date(2026, 5, 14),
     "issued": dt.date(2026, 5, 1), "nationality": "XXX", "age": 30},
    {"is_crew": True, "one_way": False, "payer_is_other": False, "with_child": True,
     "lead_time_h": 0.0, "detour": 1.0, "bags_kg": 0.0, "bags": 0, "same_route_12m": 8,
     "origin": "", "destination": "DD", "agency": "L'Hiver 100% (Été_1)", "departure": dt.date(2026, 1, 31),
     "issued": dt.date(2020, 2, 29), "nationality": "YYY", "age": 8},
    {},
    {"lead_time_h": float("nan"), "detour": float("inf"), "bags_kg": 1e308, "bags": 2**62,
     "same_route_12m": -1, "origin": "BB", "departure": dt.date(9999, 12, 31),
     "issued": dt.date(1, 1, 1)},
)  # fmt: skip


def frame(rows: Any = ROWS) -> pl.DataFrame:
    """Rows as a frame of all columns."""
    return pl.DataFrame(
        {c.name: [row.get(c.name) for row in rows] for c in VOCABULARY.columns},
        schema={c.name: DTYPES[c.type] for c in VOCABULARY.columns},
    )


def tree(text: str) -> Tree:
    """The tree of an expression over all of this."""
    return parse(text, VOCABULARY, LIST_TYPES, PARAMETERS)


def explain(tree: Tree, row: Mapping[str, Any], lists: Lists | None = None) -> tuple[Held, ...]:
    """The conditions of a tree that hold for one row (column → value); empty if the tree is not true."""
    read = columns(tree)
    schema = {column.name: DTYPES[column.type] for column in read}
    values = {column.name: [row.get(column.name)] for column in read}
    frame = pl.DataFrame(values or {"": [None]}, schema=schema or None, strict=False)
    return Explaining(tree, lists).rows(frame)[0]
