"""Writes and reads a question bank as an XLSForm workbook (a documented subset of the XLSForm standard,
xlsform.org), so that assessors can use ODK Collect.

Each question is a `select_one` of the levels of its scale, `na` and `not_seen`, with the requested evidence
as its hint. Each question is followed by a text question for the evidence, which is shown and required from
level 3. Data for which XLSForm has no column is stored in columns whose names begin with `vedette_` and in
the sheet `areas`, which other programs ignore. Groups, repeats, calculations, conditions and other types are
refused, and the error states the row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from vedette.assistance import banks
from vedette.assistance.sheets import EVIDENCE_FROM, LEVELS
from vedette.core.message_forms.xlsform import workbook

_LABELS = {"en": "label::English (en)", "fr": "label::French (fr)"}
_HINTS = {"en": "hint::English (en)", "fr": "hint::French (fr)"}
_NUMBERS = ("weight", "minimum", "target", "risk", "effort")
_HEADINGS = (
    "type", "name", *_LABELS.values(), *_HINTS.values(), "required", "relevant",
    "vedette_area", "vedette_theme", "vedette_source", *(f"vedette_{name}" for name in _NUMBERS),
)  # fmt: skip
_CHOICES = ("list_name", "name", *_LABELS.values())
_AREAS = ("vedette_area", *_LABELS.values(), "vedette_weight")
_STATES = {
    "na": {"en": "Not applicable", "fr": "Sans objet"},
    "not_seen": {"en": "Not seen", "fr": "Non vu"},
}
_EVIDENCE = {"en": "Evidence (from level 3)", "fr": "Preuve (dès le niveau 3)"}
#: The end of the name of the question for the evidence.
_SUFFIX = "_evidence"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,90}", re.ASCII)
#: Greatest number of characters of a text, and of questions of a workbook.
MOST_CELL, MOST_QUESTIONS = 2_000, 1_000
#: Greatest size of a workbook in bytes, as a file and unpacked, and greatest number of its cells.
MOST_BYTES, MOST_UNPACKED, MOST_CELLS = 4 << 20, 64 << 20, 400_000

Rows = Sequence[tuple[int, Sequence[str]]]


class Unreadable(Exception):
    """The error that is raised if a workbook is not a question bank in the supported subset of XLSForm: the
    sheet, the row (0 for the whole sheet), and the code of the reason (`REASONS`)."""

    def __init__(self, code: str, sheet: str, row: int = 0) -> None:
        super().__init__(
            f"{sheet}, row {row}: {REASONS[code]}" if row else f"{sheet}: {REASONS[code]}"
        )
        self.code, self.sheet, self.row = code, sheet, row


#: Code of a reason → its text.
REASONS = {
    "sheet": "the sheets survey, choices and areas with their headings are needed",
    "heading": "a column is missing",
    "empty": "contains no question",
    "many": "contains too many rows",
    "type": "this type of question is not part of the subset",
    "name": "the name is missing, is not valid or occurs twice",
    "choices": "the levels 0 to 5 of the list are missing or not in their order",
    "text": "the text is missing in one of the languages, or is too long",
    "area": "the area is not in the sheet areas",
    "number": "a number is missing or is out of its limits",
    "relevant": "conditions are not part of the subset",
    "theme": "theme or source is missing",
}


def sheets(bank: banks.Bank) -> dict[str, list[list[str]]]:
    """Returns the rows of each sheet, with their headings."""
    lists: dict[tuple[Any, ...], str] = {}
    survey, choices = [list(_HEADINGS)], [list(_CHOICES)]
    for one in bank.questions:
        key = tuple(one.levels[tongue] for tongue in banks.LANGUAGES)
        if key not in lists:
            lists[key] = f"scale_{len(lists) + 1}"
            choices += [
                [lists[key], str(level), *(words[level] for words in key)] for level in LEVELS
            ]
            choices += [
                [lists[key], state, *(words[tongue] for tongue in banks.LANGUAGES)]
                for state, words in _STATES.items()
            ]
        numbers = [str(one.scoring.get(name, "")) for name in _NUMBERS]
        survey.append(
            [f"select_one {lists[key]}", one.id, *(one.text[tongue] for tongue in banks.LANGUAGES),
             *(one.evidence[tongue] for tongue in banks.LANGUAGES), "yes", "",
             one.area, one.theme, one.source, *numbers]
        )  # fmt: skip
        relevant = " or ".join(
            f"${{{one.id}}} = '{level}'" for level in LEVELS if level >= EVIDENCE_FROM
        )
        survey.append(
            ["text", one.id + _SUFFIX, *_EVIDENCE.values(), "", "", "yes", relevant]
        )  # fmt: skip
    areas = [list(_AREAS)]
    areas += [
        [area, *(names[tongue] for tongue in banks.LANGUAGES), str(bank.weights[area])]
        for area, names in bank.areas.items()
    ]
    settings = [
        ["form_title", "form_id", "version", "default_language"],
        ["Diagnostic", "vedette_diagnostic", bank.version, "English (en)"],
    ]
    return {"survey": survey, "choices": choices, "settings": settings, "areas": areas}


def write(bank: banks.Bank) -> bytes:
    """Returns a bank as a workbook. Every cell is stored as text, so that a spreadsheet does not interpret a
    value as a formula."""
    return workbook(sheets(bank))


def read(tables: Sequence[Rows], version: str = "") -> dict[str, Any]:
    """Returns the content of a bank (`banks.read_bank`) that a workbook contains. `tables` contains the rows
    of each sheet, each row with its number and its cells. `version` replaces the version that the workbook
    states. Raises `Unreadable`."""
    found = _by_headings(tables)
    areas = [_area(row, number) for number, row in found["areas"] if any(row.values())]
    if len({one["id"] for one in areas}) != len(areas) or not areas:
        raise Unreadable("area", "areas")
    lists = _lists(found["choices"])
    known = {one["id"] for one in areas}
    questions: dict[str, dict[str, Any]] = {}
    scales: dict[str, dict[str, Any]] = {}
    # A scale of a bank contains the requested evidence. In a workbook it is the hint of a question.
    names: dict[tuple[str, ...], str] = {}
    for number, row in found["survey"]:
        if not any(row.values()) or _is_evidence(row, questions):
            continue
        one, hints = _question(row, number, known, lists)
        if one["id"] in questions:
            raise Unreadable("name", "survey", number)
        key = (one["scale"], *hints.values())
        name = names.setdefault(key, f"{one['scale']}/{len(names) + 1}")
        scales.setdefault(name, lists[one["scale"]] | hints)
        questions[one["id"]] = one | {"scale": name}
    if not questions:
        raise Unreadable("empty", "survey")
    if len(questions) > MOST_QUESTIONS:
        raise Unreadable("many", "survey")
    stated = next((row.get("version", "") for _, row in found["settings"]), "")
    return {
        "version": (version or stated or "1")[:40], "areas": areas, "scales": scales,
        "questions": list(questions.values()),
    }  # fmt: skip


def _area(row: Mapping[str, str], number: int) -> dict[str, Any]:
    weight = row.get("vedette_weight", "") or "1"
    return {
        "id": _name(row["vedette_area"], "areas", number), **_words(row, _LABELS, "areas", number),
        "weight": _whole(weight, 0, 1000, "areas", number),
    }  # fmt: skip


def _by_headings(tables: Sequence[Rows]) -> dict[str, list[tuple[int, dict[str, str]]]]:
    wanted = {
        "survey": {"type", "name"}, "choices": {"list_name", "name"},
        "areas": {"vedette_area", _LABELS["en"]}, "settings": {"form_id"},
    }  # fmt: skip
    found: dict[str, list[tuple[int, dict[str, str]]]] = {"settings": []}
    for rows in tables:
        heads = [cell.strip() for cell in rows[0][1]] if rows else []
        for name, needed in wanted.items():
            if needed <= set(heads) and (name not in found or not found[name]):
                found[name] = _named(name, heads, rows[1:])
                break
    if "survey" not in found:
        raise Unreadable("sheet", "survey")
    for number, row in found["survey"]:
        # A form of another program is refused at its first question, before its sheets are.
        if any(row.values()) and not row.get("name", "").endswith(_SUFFIX):
            _kind(row, number)
    if missing := sorted({"choices", "areas"} - set(found)):
        raise Unreadable("sheet", missing[0])
    return found


def _kind(row: Mapping[str, str], number: int) -> str:
    """Returns the name of the list of levels that a question uses."""
    kind = row.get("type", "").split()
    if len(kind) != 2 or kind[0] != "select_one":
        raise Unreadable("type", "survey", number)
    return kind[1]


def _named(name: str, heads: Sequence[str], rows: Rows) -> list[tuple[int, dict[str, str]]]:
    if len(rows) > 10 * MOST_QUESTIONS:
        raise Unreadable("many", name)
    made = []
    for number, cells in rows:
        full = [*cells, *[""] * (len(heads) - len(cells))]
        pairs = zip(heads, full, strict=False)
        made.append((number, {head: cell.strip() for head, cell in pairs if head}))
    return made


def _name(text: str, sheet: str, number: int) -> str:
    if not _NAME.fullmatch(text):
        raise Unreadable("name", sheet, number)
    return text


def _words(
    row: Mapping[str, str], headings: Mapping[str, str], sheet: str, number: int, prefix: str = ""
) -> dict[str, str]:
    words = {f"{prefix}{tongue}": row.get(heading, "") for tongue, heading in headings.items()}
    if not all(words.values()) or any(len(text) > MOST_CELL for text in words.values()):
        raise Unreadable("text", sheet, number)
    return words


def _lists(rows: Sequence[tuple[int, Mapping[str, str]]]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for number, row in rows:
        name, choice = row.get("list_name", ""), row.get("name", "")
        if not name and not choice:
            continue
        if choice in _STATES:
            continue
        words = _words(row, _LABELS, "choices", number)
        scale = found.setdefault(name, {tongue: [] for tongue in banks.LANGUAGES})
        if choice != str(len(scale["en"])) or int(choice) not in LEVELS:
            raise Unreadable("choices", "choices", number)
        for tongue in banks.LANGUAGES:
            scale[tongue].append(words[tongue])
    return found


def _is_evidence(row: Mapping[str, str], questions: Mapping[str, Any]) -> bool:
    """Returns whether a row asks for the evidence of an earlier question."""
    name = row.get("name", "")
    return (
        row.get("type") == "text"
        and name.removesuffix(_SUFFIX) in questions
        and name.endswith(_SUFFIX)
    )


def _question(
    row: Mapping[str, str], number: int, areas: set[str], lists: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Returns a question, the name of its list of levels, and the requested evidence in each language."""
    list_ = _kind(row, number)
    name = _name(row.get("name", ""), "survey", number)
    if list_ not in lists or len(lists[list_]["en"]) != len(LEVELS):
        raise Unreadable("choices", "survey", number)
    if row.get("relevant") or row.get("constraint") or row.get("calculation"):
        raise Unreadable("relevant", "survey", number)
    if row.get("vedette_area", "") not in areas:
        raise Unreadable("area", "survey", number)
    theme, source = row.get("vedette_theme", ""), row.get("vedette_source", "")
    if not theme or not source or len(theme) > 20 or len(source) > MOST_CELL:
        raise Unreadable("theme", "survey", number)
    one: dict[str, Any] = {
        "id": name, "area": row["vedette_area"], "theme": theme, "source": source, "scale": list_,
        **_words(row, _LABELS, "survey", number),
    }  # fmt: skip
    limits = {
        "weight": (0, 1000),
        "minimum": (0, 5),
        "target": (0, 5),
        "risk": (1, 5),
        "effort": (1, 5),
    }
    for key, (least, most) in limits.items():
        if typed := row.get(f"vedette_{key}", ""):
            one[key] = _whole(typed, least, most, "survey", number)
    return one, _words(row, _HINTS, "survey", number, "evidence_")


def _whole(typed: str, least: int, most: int, sheet: str, number: int) -> int:
    if not (
        typed.isascii() and typed.isdecimal() and len(typed) < 5 and least <= int(typed) <= most
    ):
        raise Unreadable("number", sheet, number)
    return int(typed)
