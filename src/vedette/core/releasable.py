"""The types of objects that may be released to other organisations. The types are defined only in this list,
in the same way as the kinds of subject are defined only in `kinds.py`.

For each type, the list contains the fields that may be sent (other fields are never sent), the format that
each value must match, and the fields that a recall removes. `core/nonnominal.py` builds the non-nominal view
from this list.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vedette.core import codes, measures, release

#: Reads a value of a field, and returns it in the form in which it leaves. None: the value does not have the
#: form of its field, and stays.
Form = Callable[[Any, "Plan"], Any]


@dataclass(frozen=True)
class Plan:
    """The parts of an operation's plan that limit which data records may contain: the traits of people that
    may be sent (`TRAITS`), and the codes of offices and places.
    """

    traits: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Field:
    """A field that may be sent. A `text` is sent only if a person has read exactly this text."""

    name: str
    form: Form
    text: bool = False


@dataclass(frozen=True)
class Releasable:
    """A type of object. `fields` may leave. `lists` contains the names of lists of objects inside the object,
    with the fields of these objects. `traits` contains the fields of the persons in the object. `recall`
    contains the fields that a recall removes from the organisations that received them. The note about the
    recall is kept.
    """

    name: str
    fields: tuple[Field, ...]
    lists: Mapping[str, tuple[Field, ...]]
    people: bool = False
    photographs: bool = False
    recall: tuple[str, ...] = ("content", "attachments", "index", "exports")


# Forms of values.


def _one_of(*allowed: str) -> Form:
    return lambda value, plan: value if isinstance(value, str) and value in allowed else None


def _matching(pattern: str) -> Form:
    compiled = re.compile(pattern, re.ASCII)
    return lambda value, plan: (
        value if isinstance(value, str) and compiled.fullmatch(value) else None
    )


def _day(value: Any, plan: Plan) -> str | None:
    try:
        found = dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return value if found.isoformat() == value else None


_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def _time(value: Any, plan: Plan) -> str | None:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return None
    try:
        dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    return value


def _country(value: Any, plan: Plan) -> str | None:
    known = isinstance(value, str) and any(one.alpha2 == value for one in codes.countries())
    return value if known else None


def _countries(value: Any, plan: Plan) -> list[str] | None:
    if not isinstance(value, list) or len(value) > 50:
        return None
    return [one for one in value if _country(one, plan)] or None


def _hs(value: Any, plan: Plan) -> str | None:
    shape = isinstance(value, str) and re.fullmatch(r"\d{4}|\d{6}|\d{8}|\d{10}", value, re.ASCII)
    return value if shape and "01" <= value[:2] <= "97" and value[:2] != "77" else None


def _substance(value: Any, plan: Plan) -> str | None:
    """Accepts a CAS number with a correct check digit and with the prefix that the control lists use
    (`cas:64-67-5`)."""
    found = isinstance(value, str) and re.fullmatch(r"cas:(\d{2,7})-(\d{2})-(\d)", value, re.ASCII)
    if not found:
        return None
    digits = (found[1] + found[2])[::-1]
    total = sum(place * int(digit) for place, digit in enumerate(digits, 1))
    return value if total % 10 == int(found[3]) else None


def _currency(value: Any, plan: Plan) -> str | None:
    return value if isinstance(value, str) and value in codes.CURRENCIES else None


def _count(value: Any, plan: Plan) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value < 1_000_000_000 else None


def _flag(value: Any, plan: Plan) -> bool | None:
    return value if isinstance(value, bool) else None


def _place(value: Any, plan: Plan) -> str | None:
    return value if isinstance(value, str) and value in plan.places else None


def _text(value: Any, plan: Plan) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


_quantity = _matching(r"\d{1,12}(\.\d{1,6})?")
_uuid = _matching(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_hash = _matching(r"[0-9a-f]{64}")
_marking = _one_of(*release.PASSES)

#: The traits of people that a plan can list.
TRAITS = ("nationality", "sex", "age_band")
SEX = _one_of("M", "F", "X", "U")
COUNTRY = _country

#: Kinds of seized goods (`apps/enforcement/kinds.py`; a test compares them).
GOODS = (
    "precursor", "detonator", "detonating_cord", "safety_fuse", "igniter", "ied_component", "explosive",
    "uav_part", "strategic", "firearm", "firearm_part", "ammunition", "drug", "cash", "document", "other",
)  # fmt: skip

_ID = (Field("id", _uuid), Field("version", _count))
_WHERE = (
    Field("day", _day),
    Field("happened_at", _time),
    Field("country", _country),
    Field("place_kind", _one_of("airport", "seaport", "land", "post", "warehouse", "inland")),
    Field("office", _place),
)
_ROUTE = (
    Field("direction", _one_of("import", "export", "transit", "transhipment", "internal")),
    Field("origin", _country),
    Field("departure", _country),
    Field("transit", _countries),
    Field("destination", _country),
    Field("conveyance", _one_of("air", "sea", "road", "rail", "post", "person")),
)
_ITEM = (
    Field("kind", _one_of(*GOODS)),
    Field("substance", _substance),
    Field("hs", _hs),
    Field("quantity", _quantity),
    Field("unit", _one_of(*measures.UNITS, *codes.CURRENCIES)),
    Field("packages", _count),
    Field("value", _quantity),
    Field("currency", _currency),
)
_SEIZED = (
    Field("measure", _one_of("seizure", "detention")),
    Field(
        "concealment",
        _one_of("none", "false_declaration", "among_goods", "in_structure", "on_person", "other"),
    ),
    Field(
        "detection",
        _one_of(
            "profile", "list", "intelligence", "random", "xray", "canine", "field_test", "other"
        ),
    ),
    Field("test", _one_of("none", "waiting", "positive", "negative")),
    Field(
        "disposal",
        _one_of("stored", "evidence", "returned", "handed_over", "destroyed", "sold"),
    ),
    Field("investigation", _one_of("none", "open", "prosecuted", "closed")),
    Field("offence", _text, text=True),
    Field("basis", _text, text=True),
)
_NARRATIVE = (Field("narrative", _text, text=True),)
_GOODS: Mapping[str, tuple[Field, ...]] = {"items": _ITEM}
_ABOUT = (Field("about", _uuid),)
#: What a message states beside its other fields: the reason of a correction or a withdrawal, and the values
#: of its form that have no field of their own. A person reads each of them before it leaves.
_MESSAGE = (
    Field("why", _text, text=True),
    Field("withdrawn", _flag),
    Field("narrative", _text, text=True),
)
_FORM: Mapping[str, tuple[Field, ...]] = {
    "form": (
        Field("field", _matching(r"[a-z][a-z0-9_]{0,39}"), text=True),
        Field("value", _text, text=True),
    )
}


def _figure(value: Any, plan: Plan) -> str | None:
    """The id of a figure of a situation report (`apps/operations/figures.py`)."""
    match value.split(".") if isinstance(value, str) else []:
        case ["controls"] | ["controls", "found" | "nothing"] | ["seizures", "target" | "other"]:
            return str(value)
        case ["quantity" | "records", "target" | "other", kind, unit]:
            known = unit in measures.UNITS or unit in codes.CURRENCIES
            return str(value) if kind in GOODS and known else None
    return None


_FIGURE = Field("figure", _figure)
_REPORT: Mapping[str, tuple[Field, ...]] = {
    "figures": (_FIGURE, Field("amount", _matching(r"\d{1,13}(\.\d{1,9})?"))),
    "corrections": (
        _FIGURE,
        Field("report", _count),
        Field("before", _matching(r"\d{1,13}(\.\d{1,9})?")),
        Field("after", _matching(r"\d{1,13}(\.\d{1,9})?")),
    ),
    "late": (Field("participant", _text, text=True),),
}

#: A final report. The id of a figure contains the name of a substance that a person typed, so that a person
#: reads each id before it leaves.
_AMOUNT = Field("amount", _matching(r"\d{1,17}(\.\d{1,9})?"))
_FINAL: Mapping[str, tuple[Field, ...]] = {
    "figures": (
        Field("figure", _text, text=True),
        _AMOUNT,
        Field("goods", _text, text=True),
    ),
    "publications": (
        Field("title", _text, text=True),
        Field("figure", _text, text=True),
        _AMOUNT,
        Field("unit", _text, text=True),
        Field("source", _text, text=True),
        Field("remark", _text, text=True),
    ),
    "confirmations": (
        Field("participant", _text, text=True),
        Field("confirmed", _one_of("yes", "changed", "no")),
    ),
}

#: The types of mutual assistance, the answers, and the grounds of a refusal (`apps/cooperation/models.py`; a
#: test compares them).
ASSISTANCE = (
    "information", "documents", "verification", "enquiry", "surveillance", "delivery", "notification",
    "officials",
)  # fmt: skip
ANSWERS = ("partial", "complete", "refused")
REFUSALS = (
    "sovereignty", "security", "interest", "commercial", "law", "investigation", "reciprocity", "burden",
)  # fmt: skip
#: The fields common to requests under customs agreements (`domain/programme.md`, section 3), except the names
#: of persons, which are nominal content.
_ASSISTANCE_REQUEST = (
    Field("requesting", _text, text=True),
    Field("requested", _text, text=True),
    Field("basis", _text, text=True),
    Field("reference", _text, text=True),
    Field("assistance", _one_of(*ASSISTANCE)),
    Field("matter", _text, text=True),
    Field("why", _text, text=True),
    Field("case", _text, text=True),
    Field("provisions", _text, text=True),
    Field("procedure", _text, text=True),
    Field("due_at", _time),
    Field("oral_at", _time),
)

#: name → type, in the order of the documentation.
TYPES: Mapping[str, Releasable] = {
    one.name: one
    for one in (
        Releasable(
            "seizure", (*_ID, *_WHERE, *_ROUTE, *_SEIZED, *_MESSAGE), {**_GOODS, **_FORM}, True, True
        ),
        Releasable(
            "control",
            (
                *_ID, *_WHERE, *_ROUTE,
                Field("controls", _count), Field("found", _flag), *_MESSAGE,
            ),
            {**_GOODS, **_FORM}, True, True,
        ),
        Releasable(
            "warning",
            (*_ID, *_WHERE, *_ROUTE, Field("useful_until", _time), *_MESSAGE),
            {**_GOODS, **_FORM}, False, True,
        ),
        Releasable("request", (*_ID, Field("due_at", _time), *_MESSAGE), _FORM),
        Releasable(
            "feedback",
            (
                *_ID, *_ABOUT,
                Field("outcome", _one_of("nothing", "found", "not_controlled", "too_late")),
                *_MESSAGE,
            ),
            _FORM,
        ),
        Releasable(
            "sitrep",
            (*_ID, Field("from", _time), Field("until", _time), Field("controls", _count), *_NARRATIVE),
            {**_GOODS, **_REPORT},
        ),
        Releasable(
            "final",
            (*_ID, Field("until", _time), *_NARRATIVE, Field("narrative_fr", _text, text=True)),
            _FINAL,
        ),
        Releasable("assistance_request", (*_ID, *_ASSISTANCE_REQUEST), {}),
        Releasable(
            "assistance_answer",
            (*_ID, *_ABOUT, Field("answer", _one_of(*ANSWERS)), Field("ground", _one_of(*REFUSALS)),
             *_NARRATIVE),
            {},
        ),
        Releasable("broadcast", (*_ID, *_MESSAGE), _FORM),
        Releasable("test", (*_ID, *_MESSAGE), _FORM),
        Releasable("help", (*_ID, *_MESSAGE), {**_GOODS, **_FORM}, False, True),
        Releasable(
            "notice",
            (
                *_ID, Field("substance", _substance), Field("quantity", _quantity),
                Field("unit", _one_of(*measures.UNITS)),
            ),
            {},
        ),
        Releasable("photograph", (*_ID, *_ABOUT), {}, False, True),
        Releasable(
            "relationship",
            (
                *_ID, Field("from", _uuid), Field("to", _uuid),
                Field("relation", _one_of("same_as", "part_of", "follows", "related_to")),
            ),
            {},
        ),
        Releasable("comment", (*_ID, *_ABOUT, *_NARRATIVE), {}),
        Releasable(
            "receipt",
            (
                *_ID, *_ABOUT, Field("what", _one_of("arrived", "opened")), Field("at", _time),
                Field("role", _one_of("coordinator", "contact", "deputy", "post", "observer", "other")),
            ),
            {}, recall=(),
        ),
        Releasable(
            "sighting",
            (
                *_ID, *_ABOUT, Field("what", _one_of("seen", "nothing_seen", "expired")),
                Field("at", _time),
            ),
            {}, recall=(),
        ),
        Releasable(
            "recall",
            (*_ID, *_ABOUT, Field("hash", _hash), Field("at", _time), Field("why", _text, text=True)),
            {}, recall=(),
        ),
        Releasable(
            "agreement",
            (*_ID, Field("from", _time), Field("until", _time), Field("title", _text, text=True)),
            {"parties": (Field("organisation", _uuid),)},
            recall=(),
        ),
    )
}  # fmt: skip
