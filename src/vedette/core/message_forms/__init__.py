"""The forms of messages of an operation: fields, changes of a form, and the values that a person enters.

A form is a tuple of fields. Each function that changes a form returns a new tuple. A field has a type, a
unit, and an attribute that states whether its values are nominal. Nominal values can identify a person. A
field that is added, and a text field that is renamed, counts as nominal until the data-protection officer
decides otherwise. The values of nominal fields are not sent to other organisations. The simplified form and
the full form show fields of the same tuple.

Values are stored as text: whole numbers and decimals with a point, days as `2026-11-24`, times as
`2026-11-24T14:35`, answers as `yes` or `no`, choices by their code.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from vedette.core import measures

LANGUAGES = ("en", "fr")
#: The types of fields.
TYPES = ("text", "long", "integer", "number", "choice", "yesno", "day", "time")
#: The types whose values are free text, and can therefore contain a name.
FREE = ("text", "long")
#: Limits of a form, of a field's words, and of texts.
MOST_FIELDS, MOST_CHOICES, MOST_WORDS, MOST_TEXT, MOST_LONG = 100, 8_000, 200, 500, 4_000
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,9})?", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d", re.ASCII)


@dataclass(frozen=True)
class Condition:
    """A condition: a field is shown only if an earlier field has one of the given values."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """A field of a form. `least` and `most` are the limits for numbers; `length` is the maximum length of
    texts. `short` is true if the simplified form shows the field. The value of a system field (`system`) is
    stored in a column of the message; a system field has a fixed type, and some system fields cannot be
    hidden (`kept`).
    """

    id: str
    type: str
    labels: Mapping[str, str]
    unit: str = ""
    nominal: bool = True
    required: bool = False
    hidden: bool = False
    short: bool = False
    system: bool = False
    kept: bool = False
    least: Decimal | None = None
    most: Decimal | None = None
    length: int | None = None
    choices: tuple[tuple[str, Mapping[str, str]], ...] = ()
    condition: Condition | None = None

    def label(self, language: str) -> str:
        """Returns the label in a language, or in the first language that has one."""
        return self.labels.get(language) or next(iter(self.labels.values()), self.id)

    def word(self, code: str, language: str) -> str:
        """Returns the label of a choice in a language. An unknown code is returned unchanged."""
        words = dict(self.choices).get(code)
        return (words.get(language) or next(iter(words.values()), code)) if words else code


Form = tuple[Field, ...]


class WrongChange(Exception):
    """The error that is raised if a change of a form is not possible. `code` identifies the reason, and
    `field` is the id of the field.
    """

    def __init__(self, code: str, field_id: str = "") -> None:
        super().__init__(f"{code}: {field_id}" if field_id else code)
        self.code, self.field = code, field_id


def get(form: Form, id_: str) -> Field:
    """Returns a field. Raises `WrongChange` (`unknown`) if the form has no such field."""
    found = next((one for one in form if one.id == id_), None)
    if found is None:
        raise WrongChange("unknown", id_)
    return found


def _with(form: Form, id_: str, **changes: Any) -> Form:
    get(form, id_)
    return checked(tuple(replace(one, **changes) if one.id == id_ else one for one in form))


def hide(form: Form, id_: str, hidden: bool = True) -> Form:
    """Hides a field, or shows it again. A required field cannot be hidden."""
    return _with(form, id_, hidden=hidden)


def require(form: Form, id_: str, required: bool = True) -> Form:
    """Makes a field required or optional. A hidden field cannot be required."""
    return _with(form, id_, required=required)


def rename(form: Form, id_: str, labels: Mapping[str, str]) -> Form:
    """Renames a field in every language. A field with free text then counts as nominal until the
    data-protection officer decides.
    """
    nominal = get(form, id_).nominal or get(form, id_).type in FREE
    return _with(
        form, id_, labels={key: labels.get(key, "").strip() for key in LANGUAGES}, nominal=nominal
    )


def shorten(form: Form, id_: str, short: bool) -> Form:
    """Shows a field in the simplified form, or only in the full form."""
    return _with(form, id_, short=short)


def limit(
    form: Form, id_: str, least: Decimal | None = None, most: Decimal | None = None,
    length: int | None = None,
) -> Form:  # fmt: skip
    """Sets limits for the numbers that may be entered in a field, or for the length of the texts."""
    return _with(form, id_, least=least, most=most, length=length)


def show_if(form: Form, id_: str, condition: Condition | None) -> Form:
    """Sets the condition under which a field is shown, or removes the condition."""
    return _with(form, id_, condition=condition)


def decide(form: Form, id_: str, nominal: bool) -> Form:
    """Records the decision of the data-protection officer on a field."""
    return _with(form, id_, nominal=nominal)


def add(form: Form, new: Field) -> Form:
    """Adds a field at the end. The new field is always nominal and is never a system field."""
    return checked((*form, replace(new, nominal=True, system=False, kept=False)))


def move(form: Form, id_: str, place: int) -> Form:
    """Moves a field to a position, counted from 0."""
    one = get(form, id_)
    rest = [other for other in form if other.id != id_]
    rest.insert(max(0, min(place, len(rest))), one)
    return checked(tuple(rest))


def checked(form: Form) -> Form:
    """Returns the form. Raises `WrongChange` for the first field that contradicts the rules."""
    if len(form) > MOST_FIELDS:
        raise WrongChange("many_fields")
    if sum(len(one.choices) for one in form) > MOST_CHOICES:
        raise WrongChange("many_choices")
    before: dict[str, Field] = {}
    for one in form:
        if code := _wrong(one, before):
            raise WrongChange(code, one.id)
        before[one.id] = one
    return form


def _wrong(one: Field, before: Mapping[str, Field]) -> str:
    codes = [code for code, _ in one.choices]
    labels = [one.labels, *(words for _, words in one.choices)]
    limits = one.least is not None and one.most is not None and one.least > one.most
    longest = MOST_LONG if one.type == "long" else MOST_TEXT
    found = {
        "id": not _ID.fullmatch(one.id),
        "double": one.id in before,
        "type": one.type not in TYPES,
        "label": any(not words.get(key) for words in labels for key in LANGUAGES),
        "long_label": any(len(text) > MOST_WORDS for words in labels for text in words.values()),
        "kept": one.kept and (one.hidden or not one.required),
        "required_hidden": one.required and one.hidden,
        "choices": (one.type == "choice") != bool(codes),
        "choice": len(set(codes)) != len(codes) or any(not _CODE.fullmatch(code) for code in codes),
        "limits": limits or (one.length is not None and not 1 <= one.length <= longest),
        "condition": one.condition is not None and _wrong_condition(one.condition, before),
    }
    return next((code for code, wrong in found.items() if wrong), "")


def _wrong_condition(condition: Condition, before: Mapping[str, Field]) -> bool:
    """Returns whether a condition is invalid: it must refer to an earlier field with choices or with a
    yes-or-no answer, and to values of this field.
    """
    other = before.get(condition.field)
    if other is None or other.type not in ("choice", "yesno") or not condition.values:
        return True
    known = {"yes", "no"} if other.type == "yesno" else {code for code, _ in other.choices}
    return not set(condition.values) <= known


@dataclass
class Read:
    """The values that a person entered: the values that may be sent with the message, the nominal values, and
    the problems (field → code).
    """

    values: dict[str, str] = field(default_factory=dict)
    nominal: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def shown(form: Form, values: Mapping[str, str], *, short: bool = False) -> list[Field]:
    """Returns the fields that a form shows for these values. The simplified form also shows required
    fields."""
    found: list[Field] = []
    there: set[str] = set()
    for one in form:
        met = one.condition is None or (
            one.condition.field in there and values.get(one.condition.field) in one.condition.values
        )
        if not one.hidden and met and (one.short or one.required or not short):
            found.append(one)
            there.add(one.id)
    return found


def read(form: Form, typed: Mapping[str, str], *, short: bool = False) -> Read:
    """Reads the values that a person entered. A value of a field that is not shown is left out. The problems
    have the codes `missing`, `number`, `integer`, `day`, `time`, `choice`, `small`, `great` and `long`."""
    found = Read()
    canonical: dict[str, str] = {}
    there: set[str] = set()
    for one in form:
        if one.hidden or (short and not (one.short or one.required)):
            continue
        if one.condition is not None and (
            one.condition.field not in there
            or canonical.get(one.condition.field) not in one.condition.values
        ):
            continue
        there.add(one.id)
        stated = typed.get(one.id, "")
        text = stated.strip() if one.type == "long" else " ".join(stated.split())
        if not text:
            if one.required:
                found.problems[one.id] = "missing"
            continue
        value, problem = canonical_value(one, text)
        if problem:
            found.problems[one.id] = problem
            continue
        canonical[one.id] = value
        (found.nominal if one.nominal else found.values)[one.id] = value
    return found


def canonical_value(one: Field, text: str) -> tuple[str, str]:
    """Returns the stored form of a value, and the code of its problem (empty if there is no problem)."""
    match one.type:
        case "text" | "long":
            longest = one.length or (MOST_LONG if one.type == "long" else MOST_TEXT)
            return (text, "") if len(text) <= longest else ("", "long")
        case "choice":
            return (text, "") if text in dict(one.choices) else ("", "choice")
        case "yesno":
            return (text, "") if text in ("yes", "no") else ("", "choice")
        case "day":
            try:
                return dt.date.fromisoformat(text).isoformat(), ""
            except ValueError:
                return "", "day"
        case "time":
            try:
                if not _TIME.fullmatch(text[:16]):
                    raise ValueError
                return dt.datetime.fromisoformat(text[:16]).isoformat(timespec="minutes"), ""
            except ValueError:
                return "", "time"
    return _number(one, text)


def _number(one: Field, text: str) -> tuple[str, str]:
    negative = text[0] in "-\u2212"
    amount = measures.read(text[1:] if negative else text)
    if amount is None:
        plain = "".join(text.split())
        if plain.strip("0.,") or not any(sign.isdigit() for sign in plain):
            return "", "number"
        amount = Decimal(0)
    amount = -amount if negative else amount
    if one.type == "integer" and amount != amount.to_integral_value():
        return "", "integer"
    if one.least is not None and amount < one.least:
        return "", "small"
    if one.most is not None and amount > one.most:
        return "", "great"
    return plain_number(amount), ""


def plain_number(amount: Decimal) -> str:
    """Returns a number as text without an exponent and without trailing zeros."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# The stored form of a template.
def dump(form: Form) -> list[dict[str, Any]]:
    """Returns a form as JSON. Numbers are texts."""
    return [
        {
            "id": one.id, "type": one.type, "labels": dict(one.labels), "unit": one.unit,
            "nominal": one.nominal, "required": one.required, "hidden": one.hidden, "short": one.short,
            "system": one.system, "kept": one.kept,
            "least": None if one.least is None else plain_number(one.least),
            "most": None if one.most is None else plain_number(one.most),
            "length": one.length, "choices": [[code, dict(words)] for code, words in one.choices],
            "condition": one.condition and [one.condition.field, list(one.condition.values)],
        }
        for one in form
    ]  # fmt: skip


def load(stored: Sequence[Mapping[str, Any]]) -> Form:
    """Returns the form that `dump` wrote."""
    return tuple(
        Field(
            **{key: one[key] for key in _PLAIN},
            least=None if one["least"] is None else Decimal(one["least"]),
            most=None if one["most"] is None else Decimal(one["most"]),
            choices=tuple((code, words) for code, words in one["choices"]),
            condition=Condition(one["condition"][0], tuple(one["condition"][1]))
            if one["condition"]
            else None,
        )
        for one in stored
    )


_PLAIN = (
    "id", "type", "labels", "unit", "nominal", "required", "hidden", "short", "system", "kept", "length",
)  # fmt: skip
