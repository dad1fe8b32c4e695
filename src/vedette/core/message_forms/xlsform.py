"""Writes and reads the forms of messages as XLSForm workbooks. A subset of the XLSForm standard (xlsform.org)
is supported.

The supported features are: the types `text`, `integer`, `decimal`, `select_one`, `date` and `dateTime`;
labels in English and French; `required`; `relevant` as a comparison of one earlier question with values,
joined by `or`; `constraint` as limits of a number, or of the length of a text; `appearance` `multiline` for
long texts. Properties that are not part of XLSForm are in columns that begin with `vedette_`, which other
programs ignore: unit, nominal, hidden, simplified form, field of the system. Groups, repeats, calculations
and files of choices are refused; the error states the row.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from vedette.core.message_forms import (
    LANGUAGES,
    Condition,
    Field,
    Form,
    WrongChange,
    checked,
    plain_number,
)

_LABELS = {"en": "label::English (en)", "fr": "label::French (fr)"}
_TYPES = {
    "integer": "integer",
    "number": "decimal",
    "day": "date",
    "time": "dateTime",
    "text": "text",
    "long": "text",
}
_BACK = {
    "integer": "integer",
    "decimal": "number",
    "date": "day",
    "dateTime": "time",
    "datetime": "time",
    "text": "text",
}
_EXTRA = (
    "vedette_unit",
    "vedette_nominal",
    "vedette_hidden",
    "vedette_short",
    "vedette_system",
    "vedette_kept",
)
_HEADINGS = (
    "type",
    "name",
    *_LABELS.values(),
    "required",
    "relevant",
    "constraint",
    "appearance",
    *_EXTRA,
)
_CHOICES = ("list_name", "name", *_LABELS.values())
_YESNO = "vedette_yesno"
_ONE = re.compile(r"\$\{(\w+)\}\s*=\s*'([^']*)'")
_LEAST, _MOST = re.compile(r"\.\s*>=\s*(-?[\d.]+)"), re.compile(r"\.\s*<=\s*(-?[\d.]+)")
_LENGTH = re.compile(r"string-length\(\.\)\s*<=\s*(\d+)")
#: Limits of a workbook that is read.
MOST_ROWS, MOST_CELL = 10_000, 2_000


def survey(form: Form) -> tuple[list[list[str]], list[list[str]]]:
    """Returns the rows of the sheets `survey` and `choices`, with their headings."""
    rows, choices = [list(_HEADINGS)], [list(_CHOICES)]
    if any(one.type == "yesno" for one in form):
        choices += [[_YESNO, "yes", "yes", "oui"], [_YESNO, "no", "no", "non"]]
    for one in form:
        kind = _TYPES.get(one.type, f"select_one {_YESNO if one.type == 'yesno' else one.id}")
        rows.append(
            [
                kind,
                one.id,
                *(one.labels.get(key, "") for key in LANGUAGES),
                _yes(one.required),
                _relevant(one.condition),
                _constraint(one),
                "multiline" if one.type == "long" else "",
                one.unit,
                _yes(one.nominal),
                _yes(one.hidden),
                _yes(one.short),
                _yes(one.system),
                _yes(one.kept),
            ]
        )
        choices += [
            [one.id, code, *(words.get(key, "") for key in LANGUAGES)]
            for code, words in one.choices
        ]
    return rows, choices


def write(form: Form, title: str, form_id: str, version: int) -> bytes:
    """Returns a form as a workbook. Every cell is text, so that no value is interpreted as a formula."""
    settings = [
        ["form_title", "form_id", "version", "default_language"],
        [title, re.sub(r"\W", "_", form_id), str(version), "English (en)"],
    ]
    rows, choices = survey(form)
    return workbook({"survey": rows, "choices": choices, "settings": settings})


def workbook(sheets: Mapping[str, Sequence[Sequence[str]]]) -> bytes:
    """Returns a workbook with these sheets and their rows. Every cell is text, so that no value becomes a
    formula. The same rows give the same bytes at any time."""
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    # Loaded here, because the web process and the readers of messages do not need it for other pages.
    import xlsxwriter

    book = xlsxwriter.Workbook(out, options)
    # Without a date of creation, the workbook would contain the present time.
    book.set_properties({"created": dt.datetime(1980, 1, 1, tzinfo=dt.UTC)})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for y, row in enumerate(rows):
            for x, text in enumerate(row):
                if text:
                    sheet.write_string(y, x, text)
    book.close()
    return out.getvalue()


def _yes(value: bool) -> str:
    return "yes" if value else ""


def _relevant(condition: Condition | None) -> str:
    if condition is None:
        return ""
    return " or ".join(f"${{{condition.field}}} = '{value}'" for value in condition.values)


def _constraint(one: Field) -> str:
    parts = []
    if one.least is not None:
        parts.append(f". >= {plain_number(one.least)}")
    if one.most is not None:
        parts.append(f". <= {plain_number(one.most)}")
    if one.length is not None:
        parts.append(f"string-length(.) <= {one.length}")
    return " and ".join(parts)


class Unreadable(Exception):
    """The error that is raised if a workbook is not a form in the supported subset of XLSForm. `row` is the
    row of the sheet `survey` or `choices`, and `code` is the reason (`message_forms.WrongChange`, or `sheet`,
    `heading`, `row`, `relevant`, `constraint`).
    """

    def __init__(self, code: str, row: int = 0, field: str = "") -> None:
        super().__init__(f"{code}: row {row}" if row else code)
        self.code, self.row, self.field = code, row, field


def read(sheets: Mapping[str, Sequence[tuple[int, Sequence[str]]]]) -> Form:
    """Returns the form of a workbook. `sheets` maps the name of a sheet to its rows; each row has its number
    and its cells. If a workbook does not have the columns of vedette, all its fields count as nominal. Raises
    `Unreadable`.
    """
    if "survey" not in sheets:
        raise Unreadable("sheet")
    lists = _lists(sheets.get("choices", ()))
    form: list[Field] = []
    for number, row in _rows(sheets["survey"]):
        kind = row.get("type", "")
        if not kind and not row.get("name"):
            continue
        try:
            form.append(_field(row, kind, lists, form))
        except Unreadable as wrong:
            raise Unreadable(wrong.code, number, row.get("name", "")) from wrong
        except (ValueError, InvalidOperation) as error:
            raise Unreadable("constraint", number, row.get("name", "")) from error
    try:
        return checked(tuple(form))
    except WrongChange as wrong:
        raise Unreadable(wrong.code, field=wrong.field) from wrong


def by_headings(
    tables: Sequence[Sequence[tuple[int, Sequence[str]]]],
) -> dict[str, Sequence[tuple[int, Sequence[str]]]]:
    """Returns the sheets `survey` and `choices` among the sheets of a workbook, by their headings."""
    found: dict[str, Sequence[tuple[int, Sequence[str]]]] = {}
    for rows in tables:
        heads = {cell.strip() for cell in rows[0][1]} if rows else set()
        if {"type", "name"} <= heads:
            found.setdefault("survey", rows)
        elif "name" in heads and heads & {"list_name", "list name"}:
            found.setdefault("choices", rows)
    return found


def _rows(rows: Sequence[tuple[int, Sequence[str]]]) -> list[tuple[int, dict[str, str]]]:
    if not rows:
        raise Unreadable("heading")
    if len(rows) > MOST_ROWS:
        raise Unreadable("row", MOST_ROWS)
    heads = [cell.strip() for cell in rows[0][1]]
    found = []
    for number, cells in rows[1:]:
        # A row ends at its last cell that is not empty.
        full = [*cells, *[""] * (len(heads) - len(cells))]
        named = zip(heads, full, strict=False)
        found.append((number, {head: cell.strip()[:MOST_CELL] for head, cell in named if head}))
    return found


def _lists(
    rows: Sequence[tuple[int, Sequence[str]]],
) -> dict[str, list[tuple[str, dict[str, str]]]]:
    found: dict[str, list[tuple[str, dict[str, str]]]] = {}
    for _, row in _rows(rows) if rows else ():
        name = row.get("list_name") or row.get("list name") or ""
        if name and row.get("name"):
            found.setdefault(name, []).append((row["name"], _words(row)))
    return found


def _words(row: Mapping[str, str]) -> dict[str, str]:
    """Returns the label in each language. A label without a language is used for both languages."""
    plain = row.get("label", "")
    return {key: row.get(heading, "") or plain for key, heading in _LABELS.items()}


def _field(
    row: Mapping[str, str],
    kind: str,
    lists: Mapping[str, list[tuple[str, dict[str, str]]]],
    before: Sequence[Field],
) -> Field:
    choices: tuple[tuple[str, dict[str, str]], ...] = ()
    words = kind.split()
    if len(words) == 2 and words[0] == "select_one":
        if words[1] == _YESNO:
            type_ = "yesno"
        elif words[1] in lists:
            type_, choices = "choice", tuple(lists[words[1]])
        else:
            raise Unreadable("choices")
    elif kind in _BACK:
        type_ = "long" if kind == "text" and row.get("appearance") == "multiline" else _BACK[kind]
    else:
        raise Unreadable("type")
    ours = any(heading in row for heading in _EXTRA)
    made = Field(
        row.get("name", ""),
        type_,
        _words(row),
        unit=row.get("vedette_unit", ""),
        choices=choices,
        nominal=row.get("vedette_nominal") == "yes" or not ours,
        required=row.get("required") in ("yes", "true", "true()"),
        hidden=row.get("vedette_hidden") == "yes",
        short=row.get("vedette_short") == "yes",
        system=row.get("vedette_system") == "yes",
        kept=row.get("vedette_kept") == "yes",
    )
    made = replace(made, condition=_condition(row.get("relevant", "")))
    return _limited(made, row.get("constraint", ""))


def _condition(text: str) -> Condition | None:
    if not text:
        return None
    parts = [_ONE.fullmatch(part.strip()) for part in text.split(" or ")]
    fields = {part[1] for part in parts if part}
    if None in parts or len(fields) != 1:
        raise Unreadable("relevant")
    return Condition(fields.pop(), tuple(part[2] for part in parts if part))


def _limited(one: Field, text: str) -> Field:
    """Returns the field with the limits that a constraint states."""
    for part in (each.strip() for each in text.split(" and ") if each.strip()):
        if match := _LEAST.fullmatch(part):
            one = replace(one, least=Decimal(match[1]))
        elif match := _MOST.fullmatch(part):
            one = replace(one, most=Decimal(match[1]))
        elif match := _LENGTH.fullmatch(part):
            one = replace(one, length=int(match[1]))
        else:
            raise Unreadable("constraint")
    return one
