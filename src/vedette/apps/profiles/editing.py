"""The editor of a profile: a form of conditions and groups, the text of the expression, and their
synchronisation.

The form is read from the request, changed by its buttons, and converted to the form of the language
(`vedette.profiles.building`). Each part has a path: `r` is the whole form, `r.0` is its first part. Input is
kept as it was typed, even if it is not a valid value.

Only the text is stored. The page contains the text and a hash of the form, as they were when the text and the
form were last equal. The server compares this text and this hash with the request to find whether the text or
the form was changed. This works with and without JavaScript. If both the text and the form were changed,
nothing is overwritten, and the author chooses between the text and the form.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from django.utils.translation import gettext, pgettext_lazy

from vedette.apps import rendering
from vedette.apps.profiles import reading, wording
from vedette.apps.profiles.forms import number, parameters
from vedette.apps.profiles.reading import Said
from vedette.kinds import default, kinds, vocabulary
from vedette.profiles import building, words
from vedette.profiles.building import OPERATORS, Condition, Group, Value, to_form
from vedette.profiles.messages import ExpressionError
from vedette.profiles.tree import quoted
from vedette.profiles.vocabulary import UNIT_NAMES, Column, Type, Vocabulary

FORM, TEXT = "form", "text"
#: The largest number of parts of a form, and the largest depth of groups.
MOST, DEEPEST = building.MAX_PARTS, 6
ROOT = "r"
_PATH = re.compile(r"r(\.[0-9]{1,3}){1,6}", re.ASCII)
#: Finds values that are separated by commas or semicolons. A comma or semicolon in quotes belongs to the
#: value.
_APART = re.compile(r"\s*(?:'((?:[^']|'')*)'|([^,;]+))")


@dataclass(frozen=True)
class Line:
    """One condition: its column and the input of the author. `problem` explains why the condition is not
    valid yet."""

    path: str
    column: Column
    operator: str
    first: str = ""
    second: str = ""
    default: str = ""
    problem: str = ""

    @property
    def label(self) -> str:
        """The label of the column in the reader's language."""
        return rendering.say(words.label(self.column))

    @property
    def unit(self) -> str:
        """The unit of the values, in the plural."""
        return rendering.say(UNIT_NAMES.get(self.column.unit, ""))

    @property
    def takes(self) -> str:
        """The kind of input of the operator: no value (empty), `one`, `two`, `many`, or `list`."""
        takes = {"yes": "", "no": "", "missing": "", "known": "",
                 "between": "two", "in": "many", "in list": "list"}  # fmt: skip
        return takes.get(self.operator.removeprefix("not "), "one")

    @property
    def operators(self) -> list[tuple[str, str]]:
        """The operators for the type of the column, with their words."""
        return [(one, _operator_word(one, self.column.type)) for one in OPERATORS[self.column.type]]

    @property
    def offers_default(self) -> bool:
        """Whether the form shows the field for the value that is used instead of a missing value."""
        known = self.operator not in ("missing", "known")
        return bool(self.default) or (self.column.often_missing and known)


@dataclass(frozen=True)
class Box:
    """A group, of which all, any or none of the parts must be true."""

    path: str
    join: str = "all"
    parts: tuple[Line | Box, ...] = ()
    problem: str = ""

    @property
    def boxes(self) -> list[Box]:
        """This group and all groups in it, the outer groups first."""
        return [one for one in self.all if isinstance(one, Box)]

    @property
    def all(self) -> list[Line | Box]:
        """This group and all its parts, in the order of the page."""
        below = (part.all if isinstance(part, Box) else [part] for part in self.parts)
        return [self, *(one for some in below for one in some)]

    @property
    def lines(self) -> list[Line]:
        """The conditions in this group, at any depth."""
        return [one for one in self.all if isinstance(one, Line)]

    @property
    def number(self) -> str:
        """The number of the group, such as 1 or 1.2."""
        return ".".join(str(int(p) + 1) for p in self.path.split(".")[1:])

    @property
    def mark(self) -> str:
        """A short hash of the form, which shows whether the form was changed."""
        told = repr([
            (p.path, p.join) if isinstance(p, Box)
            else (p.path, p.column.name, p.operator, p.first, p.second, p.default)
            for p in self.all
        ])  # fmt: skip
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def _read(post: Mapping[str, Any], vocabulary: Vocabulary) -> Box:
    """Returns the form in a request. Invalid parts are left out."""
    return _box(post, vocabulary, ROOT, [0]) or Box(ROOT)


def _box(
    post: Mapping[str, Any], vocabulary: Vocabulary, path: str, count: list[int]
) -> Box | None:
    size = post.get(f"n-{path}", "0")
    if path.count(".") > DEEPEST or not (size.isascii() and size.isdecimal() and len(size) < 4):
        return None
    parts: list[Line | Box] = []
    for place in range(int(size)):
        below = f"{path}.{place}"
        count[0] += 1
        if count[0] > MOST:
            break
        is_box = f"n-{below}" in post
        made = _box(post, vocabulary, below, count) if is_box else _line(post, vocabulary, below)
        if made is not None:
            parts.append(made)
    join = post.get(f"j-{path}", "all")
    return _numbered(Box(path, join if join in get_args(building.Join) else "all", tuple(parts)))


def _line(post: Mapping[str, Any], vocabulary: Vocabulary, path: str) -> Line | None:
    column = vocabulary.column(post.get(f"c-{path}", ""))
    if column is None:
        return None
    operator = post.get(f"o-{path}", "")
    offered = OPERATORS[column.type]
    return Line(
        path, column, operator if operator in offered else offered[0],
        post.get(f"v-{path}", "")[:4000], post.get(f"w-{path}", "")[:200],
        post.get(f"d-{path}", "")[:200],
    )  # fmt: skip


def _numbered(box: Box, path: str = ROOT) -> Box:
    """Returns the same form with consecutive paths."""
    parts: list[Line | Box] = []
    for place, part in enumerate(box.parts):
        below = f"{path}.{place}"
        parts.append(_numbered(part, below) if isinstance(part, Box) else replace(part, path=below))
    return replace(box, path=path, parts=tuple(parts))


# --- buttons ---------------------------------------------------------------------------------


def _changed(box: Box, vocabulary: Vocabulary, act: str, post: Mapping[str, Any]) -> Box:
    """Returns the form after a button was pressed. `add` adds a condition on a column and `group` adds a
    group, both at the end of a group. `remove:<path>` removes a part."""
    kind, _, path = act.partition(":")
    to, column = post.get("to", ROOT), vocabulary.column(post.get("column", ""))
    if kind == "remove" and _PATH.fullmatch(path):
        return _numbered(_without(box, path))
    if len(box.all) >= MOST:
        return box
    if kind == "add" and column is not None:
        return _into(box, to, Line("", column, OPERATORS[column.type][0]))
    if kind == "group" and to.count(".") < DEEPEST - 1:
        return _into(box, to, Box("", "any"))
    return box


def _into(box: Box, to: str, part: Line | Box) -> Box:
    if to not in {one.path for one in box.boxes}:
        to = ROOT

    def changed(of: Box) -> Box:
        parts = tuple(changed(p) if isinstance(p, Box) else p for p in of.parts)
        return replace(of, parts=(*parts, part) if of.path == to else parts)

    return _numbered(changed(box))


def _without(box: Box, path: str) -> Box:
    kept = tuple(
        _without(p, path) if isinstance(p, Box) else p for p in box.parts if p.path != path
    )
    return replace(box, parts=kept)


# --- to and from the language --------------------------------------------------------------------


def _of(form: Group, vocabulary: Vocabulary) -> Box:
    parts: list[Line | Box] = []
    for part in form.parts:
        if isinstance(part, Group):
            parts.append(_of(part, vocabulary))
            continue
        column = vocabulary.column(part.column)
        if column is not None:
            parts.append(_shown(part, column))
    return Box("", form.join, tuple(parts))


def _shown(part: Condition, column: Column) -> Line:
    several = part.operator.removeprefix("not ") == "in"
    texts = [_text(value, quote=several) for value in part.values]
    first = ", ".join(texts) if several else texts[0] if texts else ""
    second = texts[1] if len(texts) > 1 and not several else ""
    default = "" if part.default is None else _text(part.default, quote=False)
    return Line("", column, part.operator, first, second, default)


def _text(value: Value, quote: bool) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, str):
        odd = any(letter in value for letter in ",;'") or value != value.strip() or not value
        return quoted(value) if quote and odd else value
    return str(value)


def _make(box: Box, vocabulary: Vocabulary, lists: Mapping[str, Type]) -> tuple[str, Box, str]:
    """Returns the expression of a form. If the form has problems, returns an empty text, the form with its
    problems, and the first problem. Groups without a condition are ignored."""
    problems: dict[str, str] = {}
    form = _group(box, problems)
    if not problems and form is not None:
        try:
            return building.to_text(form, vocabulary, lists), box, ""
        except ExpressionError as error:
            problems[error.params.get("path") or ROOT] = wording.problem(error)
    if not problems:
        return "", box, ""
    path, problem = next(iter(problems.items()))
    about = next((line.label for line in box.lines if line.path == path), "")
    told = gettext("%(what)s: %(problem)s") % {"what": about, "problem": problem}
    return "", _marked(box, problems), told if about else problem


def _group(box: Box, problems: dict[str, str]) -> Group | None:
    """Returns the group as the language represents it; None if it has no valid condition. The problems of its
    conditions are added to `problems`, by path."""
    parts: list[Condition | Group] = []
    for part in box.parts:
        try:
            made = _group(part, problems) if isinstance(part, Box) else _condition(part)
        except ValueError as error:
            problems[part.path] = str(error)
            continue
        if made is not None:
            parts.append(made)
    join: Any = box.join
    return Group(join=join, parts=tuple(parts)) if parts else None


def _marked(box: Box, problems: Mapping[str, str]) -> Box:
    parts = tuple(
        _marked(p, problems) if isinstance(p, Box) else replace(p, problem=problems.get(p.path, ""))
        for p in box.parts
    )
    return replace(box, parts=parts, problem=problems.get(box.path, ""))


def _condition(line: Line) -> Condition:
    """Returns the condition as the language represents it. Raises `ValueError` with the text of the problem
    if the input is not valid."""
    kind, takes = line.column.type, line.takes
    values: list[Value] = []
    if takes == "list":
        values = [line.first] if line.first else []
    elif takes == "many":
        texts = [m[1].replace("''", "'") if m[2] is None else m[2].strip()
                 for m in _APART.finditer(line.first) if m[2] is None or m[2].strip()]  # fmt: skip
        values = [_value(text, kind) for text in texts]
    elif takes:
        values = [_value(text, kind) for text in (line.first, line.second)[: 1 + (takes == "two")]]
    if takes in ("many", "list") and not values:
        raise ValueError(gettext("Write at least one value."))
    default = _value(line.default, kind) if line.default.strip() else None
    operator: Any = line.operator
    return Condition(
        column=line.column.name, operator=operator, values=tuple(values), default=default,
        path=line.path,
    )  # fmt: skip


def _value(text: str, kind: Type) -> Value:
    text = text.strip()
    if not text:
        raise ValueError(gettext("Write a value."))
    if kind in ("number", "whole"):
        found = number(text)
        if kind == "whole" and isinstance(found, float):
            raise ValueError(gettext("“%(text)s” is not a whole number.") % {"text": text[:40]})
        if found is None:
            raise ValueError(gettext("“%(text)s” is not a number.") % {"text": text[:40]})
        return found
    if kind == "day":
        try:
            return dt.date.fromisoformat(text).isoformat()
        except ValueError:
            raise ValueError(
                gettext("“%(text)s” is not a date. Write a date as 2026-01-31.")
                % {"text": text[:40]}
            ) from None
    if kind == "yes_no":
        return text.casefold() in ("true", "yes", "oui", "1")
    return text


# --- synchronisation of form and text --------------------------------------------------------


@dataclass(frozen=True)
class Desk:
    """The state of the editor. `box` is None if a form cannot show the expression.

    `note` explains why the two sides differ. `conflict`: both the text and the form were changed. `unread`:
    the text cannot be parsed, and the form was left as it was. `unfinished`: the form is incomplete, and the
    text was left as it was.
    """

    text: str
    box: Box | None
    said: Said
    #: The text, and the hash of the form, from the last time when both were equal.
    basis: str
    mark: str
    note: str = ""
    problem: str = ""


class Writing:
    """The context in which an expression is parsed: vocabulary, code lists, parameters, justification, and
    whether the data-protection officer was heard."""

    def __init__(self, post: Mapping[str, Any], heard: bool = False) -> None:
        asked = str(post.get("kind", ""))
        self.kind = asked if asked in kinds() else default()
        self.words: Vocabulary = vocabulary(self.kind)
        self.lists: dict[str, Type] = reading.lists()
        self.justification = str(post.get("justification", ""))
        self.heard = heard
        try:
            self.parameters = parameters(str(post.get("parameters", "")).replace("\r", ""))
        except ValueError:
            self.parameters = {}

    def said(self, text: str) -> Said:
        """Returns the parsed text (`reading.said`)."""
        return reading.said(
            self.kind, text, self.parameters, self.justification, self.heard, self.lists
        )

    def box(self, said: Said) -> Box | None:
        """Returns the form of an expression; None if a form cannot show the expression."""
        form = to_form(said.tree) if said.tree is not None else None
        return _numbered(_of(form, self.words)) if form is not None else None


def begin(writing: Writing, text: str) -> Desk:
    """Returns the state of the editor when it is opened."""
    said = writing.said(text)
    if not text.strip():
        return _agreed(text, Box(ROOT), said)
    if said.error is not None:
        return Desk(text, Box(ROOT), said, "", Box(ROOT).mark, "unread")
    return _agreed(text, writing.box(said), said)


def _agreed(text: str, box: Box | None, said: Said) -> Desk:
    return Desk(text, box, said, text, box.mark if box is not None else "")


def edited(writing: Writing, post: Mapping[str, Any]) -> Desk:
    """Returns the state of the editor after a change. The side that was changed is used. If both
    the text and the form were changed, the side that `force` names is used; without `force`,
    neither side is used."""
    text = str(post.get("expression", "")).replace("\r\n", "\n")
    basis = str(post.get("was-text", "")).replace("\r\n", "\n")
    mark, act = str(post.get("was-mark", "")), str(post.get("act", ""))
    box = _read(post, writing.words) if f"n-{ROOT}" in post else None
    text_changed = text.strip() != basis.strip()
    changed = box is not None and (box.mark != mark if mark else bool(box.parts))
    form_changed = changed or (box is not None and bool(act))
    if box is not None and act:
        box = _changed(box, writing.words, act, post)
    force = post.get("force", "")
    if form_changed and text_changed and force not in (FORM, TEXT):
        return Desk(text, box, writing.said(text), basis, mark, "conflict")
    if box is not None and form_changed and (not text_changed or force == FORM):
        return _by_form(writing, box, text, basis, mark)
    return _by_text(writing, box, text, basis, mark)


def _by_form(writing: Writing, box: Box, text: str, basis: str, mark: str) -> Desk:
    """Uses the form: if the form is a valid expression, this expression replaces the text."""
    made, marked, problem = _make(box, writing.words, writing.lists)
    if problem:
        return Desk(text, marked, writing.said(text), basis, mark, "unfinished", problem)
    return _agreed(made, box, writing.said(made))


def _by_text(writing: Writing, box: Box | None, text: str, basis: str, mark: str) -> Desk:
    """Uses the text: if the text can be parsed, its form replaces the previous form."""
    said = writing.said(text)
    if not text.strip():
        return _agreed(text, Box(ROOT), said)
    if said.error is not None:
        return Desk(text, box, said, basis, mark, "unread")
    return _agreed(text, writing.box(said), said)


# --- operators in words --------------------------------------------------------------------------

_DAYS: dict[str, Any] = {
    "<": pgettext_lazy("operator", "before"),
    "<=": pgettext_lazy("operator", "on or before"),
    ">": pgettext_lazy("operator", "after"),
    ">=": pgettext_lazy("operator", "on or after"),
    "=": pgettext_lazy("operator", "on"),
    "<>": pgettext_lazy("operator", "not on"),
}
_NUMBERS: dict[str, Any] = {
    "<": pgettext_lazy("operator", "less than"),
    "<=": pgettext_lazy("operator", "at most"),
    ">": pgettext_lazy("operator", "more than"),
    ">=": pgettext_lazy("operator", "at least"),
    "=": pgettext_lazy("operator", "exactly"),
    "<>": pgettext_lazy("operator", "other than"),
}
_ANY: dict[str, Any] = {
    "yes": pgettext_lazy("operator", "yes"),
    "no": pgettext_lazy("operator", "no"),
    "=": pgettext_lazy("operator", "is"),
    "<>": pgettext_lazy("operator", "is not"),
    "<": pgettext_lazy("operator", "sorts before"),
    "<=": pgettext_lazy("operator", "is, or sorts before"),
    ">": pgettext_lazy("operator", "sorts after"),
    ">=": pgettext_lazy("operator", "is, or sorts after"),
    "between": pgettext_lazy("operator", "between"),
    "not between": pgettext_lazy("operator", "not between"),
    "in": pgettext_lazy("operator", "one of"),
    "not in": pgettext_lazy("operator", "none of"),
    "in list": pgettext_lazy("operator", "on the list"),
    "not in list": pgettext_lazy("operator", "not on the list"),
    "begins": pgettext_lazy("operator", "begins with"),
    "not begins": pgettext_lazy("operator", "does not begin with"),
    "ends": pgettext_lazy("operator", "ends with"),
    "not ends": pgettext_lazy("operator", "does not end with"),
    "contains": pgettext_lazy("operator", "contains"),
    "not contains": pgettext_lazy("operator", "does not contain"),
    "like": pgettext_lazy("operator", "like the pattern (%, _)"),
    "not like": pgettext_lazy("operator", "not like the pattern (%, _)"),
    "ilike": pgettext_lazy("operator", "like the pattern, in capitals or small letters"),
    "not ilike": pgettext_lazy("operator", "not like the pattern, in capitals or small letters"),
    "matches": pgettext_lazy("operator", "matches the regular expression"),
    "not matches": pgettext_lazy("operator", "does not match the regular expression"),
    "missing": pgettext_lazy("operator", "is unknown"),
    "known": pgettext_lazy("operator", "is known"),
}


def _operator_word(operator: str, kind: Type) -> str:
    """Returns the words for an operator, which depend on the type of the column."""
    first = _DAYS if kind == "day" else _NUMBERS if kind in ("number", "whole") else {}
    return str(first.get(operator) or _ANY.get(operator, operator))
