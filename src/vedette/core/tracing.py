"""Tracing requests for firearms: states and actions, fields, and the check of an export.

The fields are those of the International Tracing Instrument (2005): the reason why the weapon is considered
illicit, its markings, type and calibre, and the intended use of the information (paragraph 17). A reply may
be delayed, restricted or refused on stated grounds (paragraph 22). A request is written as a file and as a
page, and the national contact point sends it. vedette is not connected to the police or to INTERPOL.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from vedette.core import codes, firearms, serials
from vedette.core.texts import Day, Text, gettext_lazy, pgettext_lazy

STATES = {
    "draft": pgettext_lazy("tracing request", "draft"),
    "submitted": pgettext_lazy("tracing request", "submitted"),
    "acknowledged": pgettext_lazy("tracing request", "acknowledged"),
    "delayed": pgettext_lazy("tracing request", "delayed"),
    "answered": pgettext_lazy("tracing request", "answered"),
    "refused": pgettext_lazy("tracing request", "refused"),
    "withdrawn": pgettext_lazy("tracing request", "withdrawn"),
    "closed": pgettext_lazy("tracing request", "closed"),
}
ACTIONS = {
    "edit": gettext_lazy("Change the request"),
    "submit": gettext_lazy("Record as submitted"),
    "acknowledge": gettext_lazy("Record the acknowledgement"),
    "delay": gettext_lazy("Record a delay"),
    "answer": gettext_lazy("Record the answer"),
    "refuse": gettext_lazy("Record the refusal"),
    "withdraw": gettext_lazy("Withdraw the request"),
    "close": gettext_lazy("Close the request"),
}
#: (state, action) → the next state. Every other pair is refused.
TABLE: Mapping[tuple[str, str], str] = {
    ("draft", "edit"): "draft",
    ("draft", "submit"): "submitted",
    ("draft", "withdraw"): "withdrawn",
    ("submitted", "acknowledge"): "acknowledged",
    ("submitted", "delay"): "delayed",
    ("submitted", "answer"): "answered",
    ("submitted", "refuse"): "refused",
    ("submitted", "withdraw"): "withdrawn",
    ("acknowledged", "delay"): "delayed",
    ("acknowledged", "answer"): "answered",
    ("acknowledged", "refuse"): "refused",
    ("acknowledged", "withdraw"): "withdrawn",
    ("delayed", "delay"): "delayed",
    ("delayed", "answer"): "answered",
    ("delayed", "refuse"): "refused",
    ("delayed", "withdraw"): "withdrawn",
    ("answered", "close"): "closed",
    ("refused", "close"): "closed",
}
#: States that nothing follows.
ENDED = frozenset(("withdrawn", "closed"))
#: States in which an answer is awaited.
WAITING = frozenset(("submitted", "acknowledged", "delayed"))
#: Grounds of a delay or of a refusal (International Tracing Instrument, paragraph 22).
GROUNDS = {
    "investigation": gettext_lazy("the answer would compromise a criminal investigation"),
    "confidential": gettext_lazy(
        "the information is confidential under the law of the other State"
    ),
    "no_guarantee": gettext_lazy("confidentiality cannot be guaranteed"),
    "national_security": gettext_lazy("national security"),
    "searching": gettext_lazy("the records are still being searched"),
    "other": gettext_lazy("another reason, stated in the note"),
}
#: Results of an answered request.
RESULTS = {
    "traced": gettext_lazy("the firearm was traced to the last lawful owner"),
    "partly": gettext_lazy("traced in part"),
    "not_traced": gettext_lazy("not traced"),
}
#: When the firearm left legal possession, as far as the answer states it.
DIVERTED = {
    "manufacture": gettext_lazy("at manufacture"),
    "export": gettext_lazy("at export or transfer"),
    "transit": gettext_lazy("in transit"),
    "import": gettext_lazy("at or after import"),
    "stock": gettext_lazy("from a government stock"),
    "civilian": gettext_lazy("from civilian possession (theft, loss, sale)"),
    "unknown": gettext_lazy("not known"),
}
#: Why the firearm is considered illicit.
ILLICIT = {
    "unlicensed": gettext_lazy("imported, exported or in transit without a licence"),
    "possession": gettext_lazy("possessed without permission"),
    "unmarked": gettext_lazy("not marked as the law requires"),
    "marks_removed": gettext_lazy("the marks of the firearm were removed or altered"),
    "embargo": gettext_lazy("transferred in breach of an arms embargo"),
    "manufacture": gettext_lazy("made or converted without permission"),
    "stolen": gettext_lazy("reported as stolen or lost"),
    "other": gettext_lazy("another reason, stated in the circumstances"),
}
#: What the information is for.
USES = {
    "origin": gettext_lazy("to determine where and when the firearm left legal possession"),
    "investigation": gettext_lazy("to investigate an offence"),
    "court": gettext_lazy("as evidence before a court"),
    "prevention": gettext_lazy("to identify and dismantle a trafficking route"),
}
#: By which way the request is sent.
CHANNELS = {
    "ncb": gettext_lazy("through the INTERPOL national central bureau"),
    "contact_point": gettext_lazy("through the national contact point for tracing"),
    "bilateral": gettext_lazy("directly to the authority of the other State"),
}


class Refused(Exception):
    """The error that is raised if an action is not possible in the state of the request."""


def step(state: str, action: str) -> str:
    """Returns the state after an action. Raises `Refused` if the action is not possible."""
    try:
        return TABLE[state, action]
    except KeyError:
        raise Refused(f"{state}: {action}") from None


def possible(state: str) -> list[str]:
    """Returns the actions that are possible in a state, in the order of `ACTIONS`."""
    return [action for action in ACTIONS if (state, action) in TABLE]


class Field(NamedTuple):
    """A field of an export: its key, label and section, and whether it is required."""

    key: str
    section: str
    label: Text
    required: bool = False


SECTIONS = {
    "request": gettext_lazy("The request"),
    "weapon": gettext_lazy("The weapon"),
    "marks": gettext_lazy("Markings"),
    "found": gettext_lazy("Circumstances"),
    "use": gettext_lazy("Use of the information"),
}
#: The fields that the officer enters for a request, beside those of the firearm and of the seizure.
ASKED = (
    "to_country", "channel", "authority", "contact", "illicit", "basis", "circumstances", "use", "use_note",
)  # fmt: skip
FIELDS: tuple[Field, ...] = (
    Field("reference", "request", gettext_lazy("Reference of the request"), True),
    Field("day", "request", gettext_lazy("Day of the request"), True),
    Field("authority", "request", gettext_lazy("Requesting authority"), True),
    Field("contact", "request", gettext_lazy("Contact for the answer"), True),
    Field("to_country", "request", gettext_lazy("State that receives the request"), True),
    Field("channel", "request", gettext_lazy("Channel"), True),
    Field("item", "weapon", pgettext_lazy("firearm", "Item"), True),
    Field("type", "weapon", pgettext_lazy("firearm", "Type"), True),
    Field("make", "weapon", pgettext_lazy("firearm", "Make"), True),
    Field("model", "weapon", pgettext_lazy("firearm", "Model")),
    Field("calibre", "weapon", pgettext_lazy("firearm", "Calibre"), True),
    Field("made", "weapon", firearms.LABELS["made"]),
    Field("country", "weapon", firearms.LABELS["country"]),
    Field("made_year", "weapon", firearms.LABELS["made_year"]),
    Field("last_country", "weapon", firearms.LABELS["last_country"]),
    Field("serial", "marks", firearms.LABELS["serial"], True),
    Field("serial_state", "marks", firearms.LABELS["serial_state"], True),
    Field("no_serial", "marks", firearms.LABELS["no_serial"]),
    Field("alike", "marks", gettext_lazy("Characters that are easily confused")),
    Field("import_country", "marks", firearms.LABELS["import_country"]),
    Field("import_year", "marks", firearms.LABELS["import_year"]),
    Field("proof_mark", "marks", firearms.LABELS["proof_mark"]),
    Field("marks", "marks", firearms.LABELS["marks"]),
    Field("iarms_on", "marks", firearms.LABELS["iarms_on"]),
    Field("seizure", "found", gettext_lazy("Reference of the seizure"), True),
    Field("seized_on", "found", gettext_lazy("Day of the seizure"), True),
    Field("place", "found", gettext_lazy("Place of the seizure"), True),
    Field("departure", "found", gettext_lazy("Country of departure")),
    Field("destination", "found", gettext_lazy("Country of destination")),
    Field("illicit", "found", gettext_lazy("Why the weapon is considered illicit"), True),
    Field("basis", "found", gettext_lazy("Legal justification"), True),
    Field(
        "circumstances", "found", gettext_lazy("Circumstances in which the weapon was found"), True
    ),
    Field("use", "use", gettext_lazy("Intended use of the information"), True),
    Field("use_note", "use", gettext_lazy("Further explanation")),
)
LABELS = {field.key: field.label for field in FIELDS}


Value: TypeAlias = str | Text | Day


class Cell(NamedTuple):
    """A field of an export with its value, which may be a text to translate. `missing` is true if the field
    is required and has no value."""

    field: Field
    value: Value
    missing: bool


def sheet(values: Mapping[str, Value]) -> list[Cell]:
    """Returns every field of an export, in order, with its value. If the serial number is missing, a reason
    is required instead."""
    cells = []
    for field in FIELDS:
        value = values.get(field.key) or ""
        missing = field.required and not value
        if field.key == "serial" and missing:
            missing = not values.get("no_serial")
        cells.append(Cell(field, value, missing))
    return cells


def missing(cells: Sequence[Cell]) -> list[Field]:
    """Returns the required fields without a value."""
    return [cell.field for cell in cells if cell.missing]


def of_weapon(one: firearms.Firearm) -> dict[str, Value]:
    """Returns the fields of an export that come from a firearm record."""
    found: dict[str, Value] = {
        name: value for name, value in firearms.given(one).items() if name in LABELS
    }
    if one.iarms_on is not None:
        found["iarms_on"] = Day(one.iarms_on)
    found["item"] = firearms.ITEMS[one.item]
    if one.type:
        found["type"] = firearms.TYPES[one.type].name
    elif one.item != "firearm":
        found["type"] = one.named
    found["serial_state"] = firearms.SERIAL_STATES[one.serial_state]
    if one.no_serial:
        found["no_serial"] = firearms.REASONS[one.no_serial]
    if one.made:
        found["made"] = gettext_lazy(
            "%(these)s", these=tuple(firearms.MADE[key] for key in one.made)
        )
    warned = serials.warning(one.serial)
    if warned is not None and warned.digits != warned.letters:
        found["alike"] = f"{warned.digits} / {warned.letters}"
    elif warned is not None:
        found["alike"] = warned.digits
    return found


# --- what the officer enters ----------------------------------------------------------------------

MAX_TEXT, MAX_LONG = 200, 4_000
_LONG = frozenset(("circumstances", "use_note", "note"))
_CODES: Mapping[str, Mapping[str, Text]] = {
    "channel": CHANNELS, "illicit": ILLICIT, "use": USES, "ground": GROUNDS, "result": RESULTS,
    "diverted": DIVERTED,
}  # fmt: skip
#: Action → its fields beside the day, and those of them that are required.
STEP_FIELDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "submit": ((), ()),
    "acknowledge": (("reply_reference", "note"), ()),
    "delay": (("ground", "expected_on", "note"), ("ground",)),
    "answer": (
        ("result", "found_country", "diverted", "reply_reference", "note"), ("result",),
    ),
    "refuse": (("ground", "reply_reference", "note"), ("ground",)),
    "withdraw": (("note",), ("note",)),
    "close": (("note",), ()),
}  # fmt: skip
STEP_LABELS = {
    "day": gettext_lazy("Day"),
    "ground": gettext_lazy("Ground"),
    "expected_on": gettext_lazy("Announced date of the answer"),
    "result": pgettext_lazy("tracing request", "Result"),
    "found_country": gettext_lazy("Last country of legal possession, according to the answer"),
    "diverted": gettext_lazy("How the firearm left legal possession"),
    "reply_reference": gettext_lazy("Reference of the reply"),
    "note": gettext_lazy("Note"),
}

REQUIRED = gettext_lazy("This field is required.")
NOTE_REQUIRED = gettext_lazy("State the reason in the note.")
BEFORE = gettext_lazy("The date is before the date of the previous step of the request.")
FUTURE = gettext_lazy("The date is in the future.")
PAST = gettext_lazy("The announced date is before the date of this step.")

Errors = dict[str, Text]


def _text(fields: Mapping[str, str], name: str, errors: Errors) -> str:
    """Returns the cleaned text of a field. Adds a problem if the text is too long or is not a code of its
    list."""
    most = MAX_LONG if name in _LONG else MAX_TEXT
    value = serials.clean(fields.get(name) or "")
    if len(value) > most:
        errors[name] = firearms.LONG.given(n=most)
    elif value and name in _CODES and value not in _CODES[name]:
        errors[name] = firearms.UNKNOWN_CODE.given(value=value[:30])
    elif value and name.endswith("_country"):
        found = codes.country(value)
        if found is None:
            errors[name] = firearms.BAD_COUNTRY.given(value=value[:30])
        return found or ""
    return value


def read(fields: Mapping[str, str]) -> tuple[dict[str, str], Errors]:
    """Returns the values of a draft (`ASKED`), and the problems by field. A draft may be incomplete."""
    errors: Errors = {}
    return {name: _text(fields, name, errors) for name in ASKED}, errors


class Step(NamedTuple):
    """The data of a step that the officer enters: its day, its codes, and its texts."""

    day: dt.date
    expected_on: dt.date | None
    codes: dict[str, str]
    texts: dict[str, str]


def read_step(
    action: str, fields: Mapping[str, str], since: dt.date, today: dt.date
) -> tuple[Step | None, Errors]:
    """Returns the data of a step from its form, and the problems by field. `since` is the day of the previous
    step of the request."""
    errors: Errors = {}
    names, required = STEP_FIELDS[action]
    values = {name: _text(fields, name, errors) for name in names if name != "expected_on"}
    errors |= {name: REQUIRED for name in required if not values[name] and name not in errors}
    if values.get("ground") == "other" and not values["note"]:
        errors.setdefault("note", NOTE_REQUIRED)
    day = _day(fields, "day", errors) or today
    expected = _day(fields, "expected_on", errors) if "expected_on" in names else None
    if "day" not in errors and not since <= day <= today:
        errors["day"] = FUTURE if day > today else BEFORE
    if expected is not None and expected < day:
        errors["expected_on"] = PAST
    if errors:
        return None, errors
    coded = {
        name: values.get(name, "") for name in ("ground", "result", "diverted", "found_country")
    }
    texts = {name: values[name] for name in ("reply_reference", "note") if values.get(name)}
    return Step(day, expected, coded, texts), {}


def _day(fields: Mapping[str, str], name: str, errors: Errors) -> dt.date | None:
    text = (fields.get(name) or "").strip()
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        errors[name] = firearms.BAD_DAY.given(value=text[:30])
        return None
