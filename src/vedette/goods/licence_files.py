"""Reads licences that people enter: the fields of a form, and the rows of a CSV file.

If a value cannot be used, the problem states the field or the row. Only the rows with problems are rejected;
the other rows of the file are kept. Rows of a file with the same number are the lines of one licence.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

import msgspec

from vedette.core.codes import alpha3
from vedette.core.texts import Text, gettext_lazy
from vedette.goods import codes, knowledge
from vedette.goods.licences import MAX_QUANTITY, UNITS, Licence, LicenceLine, plain

#: Columns of a file, in the order of the template. The first ones concern the licence, the others its line.
COLUMNS = (
    "number", "kind", "holders", "destinations", "valid_from", "valid_to", "revoked",
    "hs", "entries", "quantity", "unit", "any_goods",
)  # fmt: skip
HEAD, LINE = COLUMNS[:7], COLUMNS[7:]
#: Names of the columns that other files use.
_OTHER_NAMES = {"code": "kind", "licence": "number"}
#: Limits of a file and of a licence.
MAX_BYTES, MAX_ROWS, MAX_LINES, MAX_VALUES = 8 * 1024 * 1024, 50_000, 100, 200
MAX_NUMBER, MAX_HOLDER, MAX_ENTRY = 60, 200, 60
#: Maximum number of characters of a value.
_MAX_CELL = 10_000
#: Problems of a file that are kept. The number of all is counted.
MOST_PROBLEMS = 1_000
_KIND = re.compile(r"[A-Z0-9]{1,6}")
_HS = re.compile(r"\d{2,12}", re.ASCII)
_ENTRY = re.compile(r"[a-z_]{2,20}:[\w.\-/+]{1,50}")
_UNIT = re.compile(r"[A-Z0-9/]{1,10}")
_THOUSANDS = re.compile(r"\d{1,3}(?:[,.]\d{3})+", re.ASCII)
_NUMBER = re.compile(r"\d{1,16}(?:[.,]\d{1,9})?", re.ASCII)
_DAYS = (dt.date(1950, 1, 1), dt.date(2199, 12, 31))
_YES, _NO = (
    frozenset(("1", "yes", "oui", "true", "x", "on")),
    frozenset(("", "0", "no", "non", "false")),
)

TOO_LARGE = gettext_lazy("The file is larger than 8 MB. Divide the file into several files.")
NO_NUMBER = gettext_lazy("The number of the licence is missing.")
LONG_NUMBER = gettext_lazy(
    "The number has more than 60 characters, or contains no letter and no digit."
)
BAD_KIND = gettext_lazy(
    "The document code must have one to six letters and digits, for example X060."
)
NOT_A_LICENCE = gettext_lazy("The code %(value)s states that no licence is needed.")
BAD_COUNTRY = gettext_lazy("%(value)s is not a two-letter country code.")
MANY_VALUES = gettext_lazy("There are more than 200 values, or a value is too long.")
BAD_DAY = gettext_lazy("%(value)s is not a date in the form 2026-11-30.")
BAD_PERIOD = gettext_lazy("The last day of validity is before the first.")
BAD_HS = gettext_lazy("%(value)s is not a commodity code of two to twelve digits.")
BAD_ENTRY = gettext_lazy(
    "%(value)s is not the key of an entry of a control list, such as cas:7697-37-2."
)
BAD_QUANTITY = gettext_lazy(
    "%(value)s is not a quantity. Write digits without thousands separators, for example 1000.5."
)
BAD_UNIT = gettext_lazy("%(value)s is not a unit code such as KGM, LTR or NAR.")
BAD_YES = gettext_lazy("%(value)s is neither yes nor no.")
NO_GOODS = gettext_lazy(
    "The line does not state any goods. State commodity codes or entries of control lists, or "
    "state that the line covers all goods."
)
NO_LINE = gettext_lazy("No line of the licence states any goods.")
MANY_LINES = gettext_lazy("The licence has more than 100 lines.")
OTHER_HEAD = gettext_lazy(
    "The value of the field %(value)s differs from the value in the first row with this number."
)


class BadFile(ValueError):
    """The error that is raised if the whole file is unreadable. `text` states the position and the remedy."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.msgid)
        self.text = text


@dataclass
class Problem:
    """A problem of a row, and the field with the problem."""

    row: int
    field: str
    text: Text


@dataclass
class File:
    """The licences of a file, and the problems of its rows. `total` is the number of all problems."""

    licences: list[Licence] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    total: int = 0

    def add(self, row: int, name: str, text: Text) -> None:
        self.total += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(row, name, text))


Errors = dict[str, Text]


def head_of(fields: Mapping[str, str]) -> tuple[Licence | None, Errors]:
    """Returns a licence without lines from its fields, and the problems by field."""
    errors: Errors = {}
    number = " ".join(_cell(fields, "number").split())
    if not number:
        errors["number"] = NO_NUMBER
    elif len(number) > MAX_NUMBER or not 0 < len(plain(number)) <= MAX_NUMBER:
        # The form without case and marks can be longer than the number.
        errors["number"] = LONG_NUMBER
    kind = _cell(fields, "kind").upper()
    known = knowledge.documents().get(kind)
    if kind and not _KIND.fullmatch(kind):
        errors["kind"] = BAD_KIND
    elif known is not None and not known.licence:
        errors["kind"] = NOT_A_LICENCE.given(value=kind)
    holders = _values(_cell(fields, "holders"), "\n;|")
    if len(holders) > MAX_VALUES or any(len(one) > MAX_HOLDER for one in holders):
        errors["holders"] = MANY_VALUES
    destinations = tuple(one.upper() for one in _values(_cell(fields, "destinations"), "\n;|, "))
    wrong = next((one for one in destinations if len(one) != 2 or alpha3(one) is None), None)
    if wrong is not None:
        errors["destinations"] = BAD_COUNTRY.given(value=wrong[:20])
    elif len(destinations) > MAX_VALUES:
        errors["destinations"] = MANY_VALUES
    days: dict[str, dt.date | None] = {}
    for name in ("valid_from", "valid_to", "revoked"):
        text = _cell(fields, name)
        days[name] = _day(text)
        if text and days[name] is None:
            errors[name] = BAD_DAY.given(value=text[:30])
    start, end = days["valid_from"], days["valid_to"]
    if start is not None and end is not None and end < start:
        errors["valid_to"] = BAD_PERIOD
    if errors:
        return None, errors
    return (
        Licence(
            number=number, kind=kind, holders=holders, destinations=destinations, valid_from=start,
            valid_to=end, revoked=days["revoked"],
        ),
        {},
    )  # fmt: skip


def line_of(fields: Mapping[str, str], number: int) -> tuple[LicenceLine | None, Errors]:
    """Returns a line from its fields, and the problems by field. If the line has no values, returns None and
    no problem."""
    stated = {name: _cell(fields, name) for name in LINE}
    if not any(value for name, value in stated.items() if name != "unit"):
        return None, {}
    errors: Errors = {}
    hs = tuple(
        re.sub(r"[.\s]", "", one) for one in _values(stated["hs"], "\n;|,")
    )  # fmt: skip
    wrong = next((one for one in hs if not _HS.fullmatch(one)), None)
    if wrong is not None:
        errors["hs"] = BAD_HS.given(value=wrong[:30])
    entries = tuple(
        f"cas:{one}" if codes.cas_number(one) else one
        for one in _values(stated["entries"], "\n;|, ")
    )
    wrong = next((one for one in entries if not _ENTRY.fullmatch(one)), None)
    if wrong is not None:
        errors["entries"] = BAD_ENTRY.given(value=wrong[:60])
    for name, values in (("hs", hs), ("entries", entries)):
        if len(values) > MAX_VALUES:
            errors[name] = MANY_VALUES
    quantity = _quantity(stated["quantity"])
    if stated["quantity"] and quantity is None:
        errors["quantity"] = BAD_QUANTITY.given(value=stated["quantity"][:30])
    unit = stated["unit"].upper() or "KGM"
    if unit not in UNITS and not _UNIT.fullmatch(unit):
        errors["unit"] = BAD_UNIT.given(value=unit[:20])
    every = stated["any_goods"].lower()
    if every not in _YES | _NO:
        errors["any_goods"] = BAD_YES.given(value=every[:20])
    elif not hs and not entries and every not in _YES and not errors:
        errors["hs"] = NO_GOODS
    if errors:
        return None, errors
    return (
        LicenceLine(
            number=number, any_goods=every in _YES, hs=hs, entries=entries, quantity=quantity,
            unit=unit,
        ),
        {},
    )  # fmt: skip


def whole(head: Licence, lines: Sequence[LicenceLine]) -> Licence:
    """Returns a licence with its lines."""
    return msgspec.structs.replace(head, lines=tuple(lines))


def read(data: bytes) -> File:
    """Reads a CSV file with the columns `COLUMNS`. Only the column `number` is required. Raises `BadFile`."""
    if len(data) > MAX_BYTES:
        raise BadFile(TOO_LARGE)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile(
            gettext_lazy(
                "The file is not encoded in UTF-8 (byte %(value)s). Save the file as “CSV UTF-8”.",
                value=str(error.start),
            )
        ) from error
    first = text.partition("\n")[0]
    separator = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        names = [name.strip().lower().replace(" ", "_") for name in next(reader, [])]
    except csv.Error as error:
        raise _unreadable(1) from error
    names = [_OTHER_NAMES.get(name, name) for name in names]
    if "number" not in names:
        raise BadFile(
            gettext_lazy("Line 1 has no column “number”. Download the template for the columns.")
        )
    if twice := next((name for name in names if name in COLUMNS and names.count(name) > 1), None):
        raise BadFile(gettext_lazy("Line 1 has the column “%(value)s” twice.", value=twice))
    found = File()
    heads: dict[str, tuple[Licence, dict[str, str]]] = {}
    lines: dict[str, list[LicenceLine]] = {}
    damaged: set[str] = set()
    rows = 0
    try:
        for cells in reader:
            rows += 1
            if rows > MAX_ROWS:
                raise BadFile(
                    gettext_lazy(
                        "The file has more than 50,000 rows. Divide the file into several files."
                    )
                )
            _row(
                reader.line_num, dict(zip(names, cells, strict=False)), found, heads, lines, damaged
            )
    except csv.Error as error:
        raise _unreadable(reader.line_num) from error
    for key, (head, _) in heads.items():
        if key in damaged:
            continue
        found.licences.append(whole(head, lines.get(key, [])))
    return found


def _row(
    place: int, row: dict[str, str], found: File, heads: dict[str, tuple[Licence, dict[str, str]]],
    lines: dict[str, list[LicenceLine]], damaged: set[str],
) -> None:  # fmt: skip
    """Adds one row of a file. If a row has a problem, no row with its number is kept, because a licence must
    not be recorded in part."""
    if not any(value.strip() for value in row.values()):
        return
    key = plain(_cell(row, "number"))
    stated = {name: _cell(row, name) for name in HEAD}
    if key not in heads:
        head, errors = head_of(stated)
        if head is not None:
            heads[key] = head, stated
    else:
        errors = {
            name: OTHER_HEAD.given(value=name) for name in HEAD[1:]
            if stated[name] and stated[name] != heads[key][1][name]
        }  # fmt: skip
    line, of_line = line_of(row, len(lines.get(key, ())) + 1)
    if line is None and not of_line and not errors:
        of_line = {"hs": NO_LINE}
    if line is not None:
        lines.setdefault(key, []).append(line)
        if len(lines[key]) > MAX_LINES:
            errors["number"] = MANY_LINES
    for name, text in {**errors, **of_line}.items():
        damaged.add(key)
        found.add(place, name, text)


def _unreadable(line: int) -> BadFile:
    return BadFile(
        gettext_lazy(
            "The file cannot be read after line %(value)s: a quotation mark may be missing.",
            value=str(line),
        )
    )


def _cell(fields: Mapping[str, str], name: str) -> str:
    return (fields.get(name) or "")[:_MAX_CELL].replace("\0", "").strip()


def _values(text: str, separators: str) -> tuple[str, ...]:
    parts = re.split(f"[{re.escape(separators)}]", text)
    return tuple(dict.fromkeys(" ".join(part.split()) for part in parts if part.strip()))


def _day(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if _DAYS[0] <= day <= _DAYS[1] else None


def _quantity(text: str) -> Decimal | None:
    """Returns a quantity. Returns None if the text is not a number, or if a comma or a point can also
    separate thousands."""
    text = re.sub(r"[\s']", "", text)
    if not _NUMBER.fullmatch(text) or (_THOUSANDS.fullmatch(text) and "," in text):
        return None
    try:
        found = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return found if found <= MAX_QUANTITY else None
