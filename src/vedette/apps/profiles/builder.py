"""The form of conditions and groups as a page sends it: read back as typed, changed by its buttons, and
made into the form of the language (`screening.profiles.building`).

Each part has a path: `r` is the whole, `r.0` its first part. What was typed stays as it was typed, also
where it is no value yet.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from django.utils.translation import gettext

from vedette.apps import rendering
from vedette.apps.profiles import wording
from vedette.apps.profiles.operators import operator_word
from vedette.screening.profiles import building, sentences
from vedette.screening.profiles.building import OPERATORS, Condition, Group, Value
from vedette.screening.profiles.messages import ExpressionError
from vedette.screening.vocabulary import UNIT_NAMES, Column, Type, Vocabulary

#: Parts of one form, and how deep they stand in each other.
MOST, DEEPEST = building.MAX_PARTS, 6
ROOT = "r"
_PATH = re.compile(r"r(\.[0-9]{1,3}){0,6}", re.ASCII)
_WHOLE, _NUMBER = re.compile(r"[-−]?[0-9]{1,15}"), re.compile(r"[-−]?[0-9]{1,15}[.,][0-9]{1,10}")
#: Values apart: by commas or semicolons, but not inside quotes.
_APART = re.compile(r"\s*(?:'((?:[^']|'')*)'|([^,;]+))")


@dataclass(frozen=True)
class Line:
    """One condition: its column, and what was typed. `problem`: why it is no condition yet."""

    path: str
    column: Column
    operator: str
    first: str = ""
    second: str = ""
    default: str = ""
    problem: str = ""

    @property
    def label(self) -> str:
        """What the column is, in the reader's language."""
        return rendering.say(sentences.label(self.column))

    @property
    def unit(self) -> str:
        """The unit of its values, in the plural."""
        return rendering.say(UNIT_NAMES.get(self.column.unit, ""))

    @property
    def takes(self) -> str:
        """What the operator takes: nothing, one value, two, several, or a list."""
        kinds = {"yes": "", "no": "", "missing": "", "known": ""}
        bare = self.operator.removeprefix("not ")
        return kinds.get(bare, {"between": "two", "in": "many", "in list": "list"}.get(bare, "one"))

    @property
    def operators(self) -> list[tuple[str, str]]:
        """The operators of its type, with their words."""
        return [(one, operator_word(one, self.column.type)) for one in OPERATORS[self.column.type]]

    @property
    def offers_default(self) -> bool:
        """Whether it is asked what counts where nothing is known."""
        known = self.operator not in ("missing", "known")
        return bool(self.default) or (self.column.often_missing and known)


@dataclass(frozen=True)
class Box:
    """A group: all, any or none of its parts."""

    path: str
    join: str = "all"
    parts: tuple[Line | Box, ...] = ()
    problem: str = ""

    @property
    def boxes(self) -> list[Box]:
        """This group and those in it, from the outside."""
        found = [self]
        for part in self.parts:
            if isinstance(part, Box):
                found += part.boxes
        return found

    @property
    def lines(self) -> list[Line]:
        """The conditions of this group and of those in it."""
        return [part for box in self.boxes for part in box.parts if isinstance(part, Line)]

    @property
    def number(self) -> str:
        """How the group is called beside others: 1, 1.2, …"""
        return ".".join(str(int(p) + 1) for p in self.path.split(".")[1:])


def empty() -> Box:
    """A form without a condition."""
    return Box(ROOT)


def read(post: Mapping[str, Any], vocabulary: Vocabulary) -> Box:
    """The form as it was sent; what makes no sense is left out."""
    return _box(post, vocabulary, ROOT, [0]) or empty()


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
        made: Line | Box | None
        if f"n-{below}" in post:
            made = _box(post, vocabulary, below, count)
        else:
            made = _line(post, vocabulary, below)
        if made is not None:
            parts.append(made)
    join = post.get(f"j-{path}", "all")
    return numbered(Box(path, join if join in get_args(building.Join) else "all", tuple(parts)))


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


def numbered(box: Box, path: str = ROOT) -> Box:
    """The same form with its paths in order."""
    parts: list[Line | Box] = []
    for place, part in enumerate(box.parts):
        below = f"{path}.{place}"
        parts.append(numbered(part, below) if isinstance(part, Box) else replace(part, path=below))
    return replace(box, path=path, parts=tuple(parts))


# --- what its buttons do -------------------------------------------------------------------------


def add(box: Box, vocabulary: Vocabulary, name: str, to: str) -> Box:
    """A condition more, on a column, at the end of a group."""
    column = vocabulary.column(name)
    if column is None or _count(box) >= MOST:
        return box
    return _into(box, to, Line("", column, OPERATORS[column.type][0]))


def add_group(box: Box, to: str) -> Box:
    """A group more, at the end of a group."""
    if to.count(".") >= DEEPEST - 1 or _count(box) >= MOST:
        return box
    return _into(box, to, Box("", "any"))


def remove(box: Box, path: str) -> Box:
    """The form without one of its parts."""
    return numbered(_without(box, path))


def _into(box: Box, to: str, part: Line | Box) -> Box:
    if to not in {one.path for one in box.boxes}:
        to = ROOT

    def changed(of: Box) -> Box:
        parts = tuple(changed(p) if isinstance(p, Box) else p for p in of.parts)
        return replace(of, parts=(*parts, part) if of.path == to else parts)

    return numbered(changed(box))


def _without(box: Box, path: str) -> Box:
    kept = tuple(
        _without(p, path) if isinstance(p, Box) else p for p in box.parts if p.path != path
    )
    return replace(box, parts=kept)


def _count(box: Box) -> int:
    return sum(len(one.parts) for one in box.boxes) + 1


def change(box: Box, vocabulary: Vocabulary, act: str, post: Mapping[str, Any]) -> Box:
    """What a button of the form asks for: `add`, `group`, `remove:<path>`."""
    kind, _, path = act.partition(":")
    to = post.get("to", ROOT)
    if kind == "add":
        return add(box, vocabulary, post.get("column", ""), to)
    if kind == "group":
        return add_group(box, to)
    if kind == "remove" and _PATH.fullmatch(path) and path != ROOT:
        return remove(box, path)
    return box


# --- to and from the language --------------------------------------------------------------------


def of(form: Group, vocabulary: Vocabulary) -> Box:
    """The form of the language as this one."""
    return numbered(_of(form, vocabulary))


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
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        odd = any(letter in value for letter in ",;'") or value != value.strip() or not value
        return "'" + value.replace("'", "''") + "'" if quote and odd else value
    return str(value)


@dataclass(frozen=True)
class Made:
    """What became of a form: its expression, or the problem of the first part that has one."""

    text: str = ""
    box: Box = field(default_factory=empty)
    problem: str = ""


def make(box: Box, vocabulary: Vocabulary, lists: Mapping[str, Type]) -> Made:
    """The expression that a form writes. A group without a condition is as if it were not there."""
    problems: dict[str, str] = {}
    places: list[str] = []
    form = _group(box, problems, places)
    if not problems and form is None:
        return Made("", box)
    if not problems and form is not None:
        try:
            return Made(building.to_text(form, vocabulary, lists), box)
        except ExpressionError as error:
            path = _path_of(form, error.params.get("path", ""), places)
            problems[path] = wording.problem(error)
    path, problem = next(iter(problems.items()))
    about = next((line.label for line in box.lines if line.path == path), "")
    told = gettext("%(what)s: %(problem)s") % {"what": about, "problem": problem}
    return Made("", _marked(box, problems), told if about else problem)


def _group(box: Box, problems: dict[str, str], places: list[str]) -> Group | None:
    """A group of the language, and the paths of its conditions in their order."""
    parts: list[Condition | Group] = []
    for part in box.parts:
        if isinstance(part, Box):
            below = _group(part, problems, places)
            if below is not None:
                parts.append(below)
            continue
        try:
            parts.append(_condition(part))
            places.append(part.path)
        except ValueError as error:
            problems[part.path] = str(error)
    join: Any = box.join
    return Group(join=join, parts=tuple(parts)) if parts else None


def _path_of(form: Group, path: str, places: list[str]) -> str:
    """Our path of a condition by its path in the language's form, which has no empty groups."""
    order = [at for at, _ in _leaves(form, "")]
    return places[order.index(path)] if path in order else ROOT


def _leaves(form: Group, path: str) -> Iterator[tuple[str, Condition]]:
    for place, part in enumerate(form.parts):
        at = f"{path}.{place}".lstrip(".")
        if isinstance(part, Group):
            yield from _leaves(part, at)
        else:
            yield at, part


def _marked(box: Box, problems: Mapping[str, str]) -> Box:
    parts = tuple(
        _marked(p, problems) if isinstance(p, Box) else replace(p, problem=problems.get(p.path, ""))
        for p in box.parts
    )
    return replace(box, parts=parts, problem=problems.get(box.path, ""))


def _condition(line: Line) -> Condition:
    """A condition of the language; `ValueError` with what is to be mended."""
    kind, takes = line.column.type, line.takes
    if takes == "list":
        values: list[Value] = [line.first] if line.first else []
    elif takes == "many":
        texts = [m[1].replace("''", "'") if m[2] is None else m[2].strip()
                 for m in _APART.finditer(line.first) if m[2] is None or m[2].strip()]  # fmt: skip
        values = [_value(text, kind) for text in texts]
    elif takes == "two":
        values = [_value(line.first, kind), _value(line.second, kind)]
    elif takes == "one":
        values = [_value(line.first, kind)]
    else:
        values = []
    if takes in ("many", "list") and not values:
        raise ValueError(gettext("Write at least one value."))
    default = _value(line.default, kind) if line.default.strip() else None
    operator: Any = line.operator
    return Condition(
        column=line.column.name, operator=operator, values=tuple(values), default=default
    )


def _value(text: str, kind: Type) -> Value:
    text = text.strip()
    if not text:
        raise ValueError(gettext("Write a value."))
    if kind in ("number", "whole"):
        return _number(text, kind)
    if kind == "day":
        try:
            return dt.date.fromisoformat(text).isoformat()
        except ValueError:
            raise ValueError(
                gettext("“%(text)s” is no day; write it as 2026-01-31.") % {"text": text[:40]}
            ) from None
    if kind == "yes_no":
        return text.casefold() in ("true", "yes", "oui", "1")
    return text


def _number(text: str, kind: Type) -> int | float:
    plain = text.replace("−", "-").replace("\u202f", "").replace("\u00a0", "")
    if _WHOLE.fullmatch(text):
        return int(plain)
    if kind == "number" and _NUMBER.fullmatch(plain):
        return float(plain.replace(",", "."))
    message = gettext("“%(text)s” is no number.")
    if kind == "whole" and _NUMBER.fullmatch(plain):
        message = gettext("“%(text)s” is no whole number.")
    raise ValueError(message % {"text": text[:40]})


def mark(box: Box) -> str:
    """A short hash of a form as it stands: whether it was changed since."""
    told = repr([
        (p.path, p.join) if isinstance(p, Box)
        else (p.path, p.column.name, p.operator, p.first, p.second, p.default)
        for p in _all(box)
    ])  # fmt: skip
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _all(box: Box) -> Iterator[Line | Box]:
    yield box
    for part in box.parts:
        if isinstance(part, Box):
            yield from _all(part)
        else:
            yield part
