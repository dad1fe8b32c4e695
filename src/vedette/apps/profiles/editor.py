"""The editor of a profile. The editor shows an expression both as a form with conditions and groups, and as
text. This module ensures that the form and the text of an expression have the same content. The module also
contains the pages of the editor, which work with and without JavaScript.

The form is read from the request, changed by its buttons, and converted to a form of
`vedette.profiles.building`. Each part of the form has a path: `r` is the whole form, and `r.0` is the first
part of the form. The input of the author is kept as it was typed, even if it is not a valid value.

Only the text is stored. The page contains an earlier text and an earlier hash of the form. This text and this
hash are from the last time when the text and the form had the same content. The server compares the request
with the earlier text and the earlier hash. The comparison detects whether the author changed the text or the
form. If both the text and the form were changed, neither is overwritten, and the author chooses one of them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from vedette.apps import rendering
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.columns import Purpose, Theme
from vedette.apps.profiles import actions, reading, wording
from vedette.apps.profiles.forms import ProfileForm, as_text, number_in, parameters
from vedette.apps.profiles.models import Backtest, Version
from vedette.apps.profiles.reading import Said
from vedette.apps.profiles.views import find
from vedette.apps.subjects.kinds import app_kind
from vedette.core.names import fold
from vedette.kinds import default, kinds, vocabulary
from vedette.profiles import building, words
from vedette.profiles.building import OPERATORS, Condition, Group, Value, to_form
from vedette.profiles.check import ExpressionError, error_text
from vedette.profiles.tree import quoted, text_of_value
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
    """One condition of the form, with its column and the input of the author. `problem` explains why the
    condition is not valid yet."""

    path: str
    column: Column
    operator: str
    first: str = ""
    second: str = ""
    default: str = ""
    problem: str = ""

    @property
    def label(self) -> str:
        """The label of the column in the language of the user."""
        return rendering.say(words.label(self.column))

    @property
    def unit(self) -> str:
        """The unit of the values, in the plural."""
        return rendering.say(UNIT_NAMES.get(self.column.unit, ""))

    @property
    def takes(self) -> str:
        """The kind of input that the operator needs: `one`, `two` or `many` (values), `list` (a code list),
        or an empty text (no value).
        """
        takes = {"yes": "", "no": "", "missing": "", "known": "",
                 "between": "two", "in": "many", "in list": "list"}  # fmt: skip
        return takes.get(self.operator.removeprefix("not "), "one")

    @property
    def empty(self) -> bool:
        """Whether the operator needs an input that the author has not entered."""
        return bool(self.takes) and not (self.first or self.second).strip()

    @property
    def operators(self) -> list[tuple[str, str]]:
        """The operators that the type of the column allows, each with its description."""
        return [(one, _operator_word(one, self.column.type)) for one in OPERATORS[self.column.type]]

    @property
    def offers_default(self) -> bool:
        """Returns whether the form shows a field for a default value. The default value is used if the column
        has no value.
        """
        known = self.operator not in ("missing", "known")
        return bool(self.default) or (self.column.often_missing and known)


@dataclass(frozen=True)
class Box:
    """A group of conditions and other groups. The group requires that all, any or none of its parts are
    true."""

    path: str
    join: str = "all"
    parts: tuple[Line | Box, ...] = ()
    problem: str = ""

    @property
    def boxes(self) -> list[Box]:
        """Returns this group and all groups in it, outer groups first."""
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
        """A short hash of the form. If the hash has changed, the form was changed."""
        told = repr([
            (p.path, p.join) if isinstance(p, Box)
            else (p.path, p.column.name, p.operator, p.first, p.second, p.default)
            for p in self.all
        ])  # fmt: skip
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def _box(
    post: Mapping[str, Any], vocabulary: Vocabulary, path: str, count: list[int]
) -> Box | None:
    """Returns the group of the form that has the given path in a request, or None if the group is not valid.
    Invalid parts of the group are left out.
    """
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
    """Returns a copy of the form whose parts are numbered consecutively."""
    parts = tuple(
        _numbered(part, f"{path}.{place}")
        if isinstance(part, Box)
        else replace(part, path=f"{path}.{place}")
        for place, part in enumerate(box.parts)
    )
    return replace(box, path=path, parts=parts)


def _rebuilt(box: Box, change: Callable[[Line | Box], Line | Box | None]) -> Box:
    """Applies a function to all parts of a group, at any depth. Parts for which the function returns None are
    removed."""
    parts = (change(_rebuilt(p, change) if isinstance(p, Box) else p) for p in box.parts)
    return replace(box, parts=tuple(part for part in parts if part is not None))


# --- buttons ---------------------------------------------------------------------------------


def _changed(box: Box, vocabulary: Vocabulary, act: str, post: Mapping[str, Any]) -> Box:
    """Returns the form after a button was pressed. The button `add` adds a condition on a column at the end
    of a group. The button `group` adds a new group at the end of a group. The button `remove:<path>` removes
    the part with this path.
    """
    kind, _, path = act.partition(":")
    to, column = post.get("to", ROOT), _chosen(vocabulary, str(post.get("column", "")))
    if kind == "remove" and _PATH.fullmatch(path):
        return _numbered(_rebuilt(box, lambda part: None if part.path == path else part))
    if len(box.all) >= MOST:
        return box
    if kind == "add" and column is not None:
        return _into(box, to, Line("", column, OPERATORS[column.type][0]))
    if kind == "group" and to.count(".") < DEEPEST - 1:
        return _into(box, to, Box("", "any"))
    return box


def _chosen(vocabulary: Vocabulary, typed: str) -> Column | None:
    """Returns the column that an author chose. The author typed the name of the column, its label, or a part
    of the label that no other label contains.
    """
    if (column := vocabulary.column(typed)) is not None:
        return column
    wanted = fold(typed)
    labels = {c.name: fold(rendering.say(words.label(c))) for c in vocabulary.columns}
    for fits in (str.__eq__, str.__contains__):
        found = [name for name, label in labels.items() if wanted and fits(label, wanted)]
        if len(found) == 1:
            return vocabulary.column(found[0])
    return None


def _into(box: Box, to: str, part: Line | Box) -> Box:
    """Adds a part at the end of the group with the path `to`. If there is no such group, the part is added at
    the end of the whole form."""
    if to in {one.path for one in box.boxes} - {ROOT}:
        changed = _rebuilt(
            box,
            lambda p: (
                replace(p, parts=(*p.parts, part)) if isinstance(p, Box) and p.path == to else p
            ),
        )
    else:
        changed = replace(box, parts=(*box.parts, part))
    return _numbered(changed)


# --- to and from the language --------------------------------------------------------------------


def _of(form: Group, vocabulary: Vocabulary) -> Box:
    parts = (
        _of(p, vocabulary) if isinstance(p, Group) else _shown(p, vocabulary) for p in form.parts
    )
    return Box("", form.join, tuple(parts))


def _shown(part: Condition, vocabulary: Vocabulary) -> Line:
    column = vocabulary.column(part.column)
    assert column is not None  # noqa: S101  the form was made with the same vocabulary
    several = part.operator.removeprefix("not ") == "in"
    texts = [_text(value, quote=several) for value in part.values]
    first = ", ".join(texts) if several else texts[0] if texts else ""
    second = texts[1] if len(texts) > 1 and not several else ""
    default = "" if part.default is None else _text(part.default, quote=False)
    return Line("", column, part.operator, first, second, default)


def _text(value: Value, quote: bool) -> str:
    if not isinstance(value, str):
        return text_of_value(value)
    odd = any(letter in value for letter in ",;'") or value != value.strip() or not value
    return quoted(value) if quote and odd else value


def _group(box: Box, problems: dict[str, str]) -> Group | None:
    """Converts a group of the editor to a group of `vedette.profiles.building`. Returns None if the group has
    no valid condition. Adds the problem of each invalid condition to `problems`, with the path of the
    condition as the key."""
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


def _condition(line: Line) -> Condition:
    """Converts a condition of the editor to a condition of `vedette.profiles.building`. Raises `ValueError`
    with the text of the problem if the input is not valid."""
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
        found = number_in(text)
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
                gettext("“%(text)s” is not a date. Write a date in the form 2026-01-31.")
                % {"text": text[:40]}
            ) from None
    if kind == "yes_no":
        return text.casefold() in ("true", "yes", "oui", "1")
    return text


# --- synchronisation of form and text --------------------------------------------------------


@dataclass(frozen=True)
class Desk:
    """The state of the editor. `box` is None if a form cannot show the expression.

    `note` is a code that states why the form and the text differ. `conflict` means that the author changed
    both the form and the text. `unread` means that the text cannot be parsed, so the form was left unchanged.
    `unfinished` means that the form is not valid, and `empty` means that a condition has no value yet. If the
    code is `unfinished` or `empty`, the text was left unchanged.
    """

    text: str
    box: Box | None
    said: Said
    #: The text and the hash of the form, from the last time when the text and the form agreed.
    basis: str
    mark: str
    note: str = ""
    problem: str = ""


class Writing:
    """The text of the author, with the context that the parser needs. The context consists of the vocabulary,
    the code lists, the parameters, the justification, and whether the data-protection officer gave an
    opinion.
    """

    def __init__(self, post: Mapping[str, Any]) -> None:
        asked = str(post.get("kind", ""))
        self.kind = asked if asked in kinds() else default()
        self.words: Vocabulary = vocabulary(self.kind)
        self.lists: dict[str, Type] = reading.lists()
        self.text = _unix(post.get("expression", ""))
        self.justification = _unix(post.get("justification", "")).strip()
        self.heard = False
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
        """Returns the expression as a form of conditions and groups, or None if a form cannot show the
        expression."""
        form = to_form(said.tree) if said.tree is not None else None
        return _numbered(_of(form, self.words)) if form is not None else None


def _unix(text: Any) -> str:
    """Returns a text of a request with normalised line ends."""
    return str(text).replace("\r\n", "\n")


def _agreed(text: str, box: Box | None, said: Said) -> Desk:
    return Desk(text, box, said, text, box.mark if box is not None else "")


def edited(writing: Writing, post: Mapping[str, Any]) -> Desk:
    """Returns the state of the editor after a change. If the author changed the form, the text is updated. If
    the author changed the text, the form is updated. If the author changed both the text and the form,
    `force` determines which of the two is kept. If both the text and the form were changed and `force` is
    empty, neither is overwritten.
    """
    basis, mark = _unix(post.get("was-text", "")), str(post.get("was-mark", ""))
    act, force = str(post.get("act", "")), post.get("force", "")
    text_changed = writing.text.strip() != basis.strip()
    if f"n-{ROOT}" not in post:
        return _by_text(writing, None, basis, mark)
    box = _box(post, writing.words, ROOT, [0]) or Box(ROOT)
    form_changed = bool(act) or (box.mark != mark if mark else bool(box.parts))
    if act == "add" and _chosen(writing.words, typed := str(post.get("column", ""))) is None:
        problem = gettext(
            "The text “%(text)s” does not identify exactly one fact. Choose a fact from the list."
        )
        return Desk(
            writing.text, box, writing.said(writing.text), basis, mark, "unfinished",
            problem % {"text": typed[:100]} if typed else gettext("Choose a fact first."),
        )  # fmt: skip
    if act:
        box = _changed(box, writing.words, act, post)
    if form_changed and text_changed and force not in (FORM, TEXT):
        return Desk(writing.text, box, writing.said(writing.text), basis, mark, "conflict")
    if form_changed and (not text_changed or force == FORM):
        return _by_form(writing, box, basis, mark)
    return _by_text(writing, box, basis, mark)


def _by_form(writing: Writing, box: Box, basis: str, mark: str) -> Desk:
    """Updates the text from the form: if the form is a valid expression, this expression replaces the text.
    Groups without a condition are ignored."""
    problems: dict[str, str] = {}
    form, made = _group(box, problems), ""
    if not problems and form is not None:
        try:
            made = building.to_text(form, writing.words, writing.lists)
        except ExpressionError as error:
            problems[error.params.get("path") or ROOT] = rendering.say(error_text(error))
    if not problems:
        return _agreed(made, box, writing.said(made))
    # A condition without an input yet is not an error.
    empty = {one.path for one in box.lines if one.empty}
    marked = _rebuilt(
        box,
        lambda part: replace(
            part, problem="" if part.path in empty else problems.get(part.path, "")
        ),
    )
    marked = replace(marked, problem=problems.get(ROOT, ""))
    path, problem = min(problems.items(), key=lambda one: one[0] in empty)
    if about := next((line.label for line in box.lines if line.path == path), ""):
        problem = gettext("%(what)s: %(problem)s") % {"what": about, "problem": problem}
    if path in empty:
        problem = gettext("%(what)s: enter a value.") % {"what": about}
    said = writing.said(writing.text)
    note = "empty" if path in empty else "unfinished"
    return Desk(writing.text, marked, said, basis, mark, note, problem)


def _by_text(writing: Writing, box: Box | None, basis: str, mark: str) -> Desk:
    """Updates the form from the text: if the text can be parsed, its form replaces the previous form."""
    said = writing.said(writing.text)
    if not writing.text.strip():
        return _agreed(writing.text, Box(ROOT), said)
    if said.error is not None:
        return Desk(writing.text, box, said, basis, mark, "unread")
    return _agreed(writing.text, writing.box(said), said)


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
    "<": pgettext_lazy("operator", "before, in character order"),
    "<=": pgettext_lazy("operator", "equal or before, in character order"),
    ">": pgettext_lazy("operator", "after, in character order"),
    ">=": pgettext_lazy("operator", "equal or after, in character order"),
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
    """Returns the description of an operator, which depends on the type of the column."""
    first = _DAYS if kind == "day" else _NUMBERS if kind in ("number", "whole") else {}
    return str(first.get(operator) or _ANY.get(operator, operator))


# --- pages ---------------------------------------------------------------------------------

#: The fields that have the same name in a version and in the form.
_SAME = (
    "title", "weight", "theme", "purpose", "basis", "source", "justification", "note_for",
    "note_against", "floor", "months", "lane", "share",
)  # fmt: skip
#: The fields that are translated if they contain the unchanged text of a starter profile.
_WRITTEN = ("title", "basis", "source", "justification", "note_for", "note_against")
#: The number of seconds after which the page polls a count less often, and the number of seconds after which
#: it reports that the count has not started.
SLOW_S, GIVEN_UP_S = 10, 120


@require_http_methods(["GET", "POST"])
@requires("profile.write")
def edit(request: Request, pk: uuid.UUID | None = None, number: int | None = None) -> HttpResponse:
    """Shows the editor of the draft with the id `pk`, or of a new profile if `pk` is not given. For a
    submitted version, redirects to the page of the version.
    """
    version = find(pk, number).version if pk is not None else None
    if request.method == "GET":
        if version is not None and version.state != Version.State.DRAFT:
            return redirect("profile-version", pk=pk, number=number)
        new = {"weight": 20, "months": 6, "kind": request.GET.get("kind", ""), "share": 100,
               "lane": request.GET.get("lane", "")[:10]}  # fmt: skip
        initial = _initial(version) if version is not None else new
        writing = _writing(version, initial)
        desk = _by_text(writing, Box(ROOT), "", Box(ROOT).mark)
        return _page(request, version, ProfileForm(initial=initial), desk, writing)
    writing = _writing(version, request.POST)
    desk = edited(writing, request.POST)
    data = request.POST.copy()
    data["expression"] = desk.text
    form = ProfileForm(data)
    if request.POST.get("do") == "save":
        return _save(request, version, form, desk, writing)
    test = None
    if request.POST.get("do") == "count" and desk.said.tree is not None:
        test = actions.count_matches(request.user, writing.kind, desk.text, writing.parameters)
    # With `quiet`, the page shows no errors of the other fields while the author types.
    return _page(request, version, form, desk, writing, **_following(test), quiet=True)


def _save(
    request: Request, version: Version | None, form: ProfileForm, desk: Desk, writing: Writing
) -> HttpResponse:
    """Stores the draft and shows its page. A draft with an invalid expression is stored too."""
    if not form.is_valid() or desk.note in ("conflict", "unfinished", "empty"):
        return _page(request, version, form, desk, writing, status=422)
    try:
        if version is None:
            saved = actions.begin_draft(request.user, {**form.cleaned_data, "kind": writing.kind})
        else:
            saved = actions.change_draft(
                request.user, version.pk, _kept(version, form.cleaned_data)
            )
    except actions.Refused as refusal:
        # The draft was submitted in the meantime. The page keeps the input, which can be used for a new
        # version.
        refused = wording.REFUSALS[refusal.code]
        return _page(request, version, form, desk, writing, status=409, refused=refused)
    toasts.success(
        request, gettext("Draft saved. The draft raises no hits until another person approves it.")
    )
    return redirect("profile-version", pk=saved.profile_id, number=saved.number)


def _initial(version: Version) -> dict[str, Any]:
    return {
        "kind": version.profile.kind,
        **{name: getattr(version, name) for name in _SAME},
        **{name: rendering.own(getattr(version, name)) for name in _WRITTEN},
        "expression": version.expression,
        "parameters": as_text(version.parameters),
        "indicators": ", ".join(map(str, version.indicators)),
    }


def _kept(version: Version, fields: dict[str, Any]) -> dict[str, Any]:
    """Returns the fields of a form as they are stored. If the author did not change a text of a starter
    profile, the English text is stored. The page can then still translate this text.
    """
    same = {
        name: getattr(version, name)
        for name in _WRITTEN
        if fields[name] == rendering.own(getattr(version, name))
    }
    return {**fields, **same}


def _writing(version: Version | None, fields: Any) -> Writing:
    """Returns the author's text with the context for the parser. The opinion of the data-protection officer
    applies only as long as the form has the same content as the version."""
    writing = Writing(fields)
    if version is not None and actions.heard(version):
        weight = str(fields.get("weight", ""))
        asked = {
            "expression": writing.text,
            "parameters": writing.parameters,
            "weight": int(weight) if weight.isascii() and weight.isdecimal() else 0,
            "lane": version.lane,
            "share": version.share,
        }
        same = actions.content_hash(asked) == version.content_hash
        writing.heard = same and writing.justification == version.justification
    return writing


def _page(
    request: Request, version: Version | None, form: ProfileForm, desk: Desk, writing: Writing,
    status: int = 200, **extra: Any,
) -> HttpResponse:  # fmt: skip
    own = actions.themes_for(request.user, writing.kind)
    context = {
        "listed": version,
        "profile": version.profile if version is not None else None,
        "form": form,
        "themes": [(theme, Theme(theme).label) for theme in own] if len(own) > 1 else [],
        "lanes": list(app_kind(writing.kind).clearance.items()),
        "purposes": [("", ""), *(c for c in Purpose.choices if c[0] in request.user.purposes)],
        **_desk(desk, writing),
        **extra,
    }
    return render(request, "profiles/edit.html", context, status=status)


def _desk(desk: Desk, writing: Writing) -> dict[str, Any]:
    """Returns the template context with which the editor shows its form and its text."""
    grounds: dict[str, list[Any]] = {}
    for column in writing.words.columns:
        grounds.setdefault(column.ground, []).append(column)
    return {
        "kind": writing.kind,
        "desk": desk,
        "said": desk.said,
        "reading": desk.said.reading,
        "read_in": get_language(),
        "grounds": list(grounds.items()),
        "lists": list(writing.lists),
        "joins": [
            ("all", gettext("if all conditions are true")),
            ("any", gettext("if at least one condition is true")),
            ("none", gettext("if no condition is true")),
        ],
        "counted_days": actions.COUNTED,
    }


@require_POST
@requires("profile.write")
def tried(request: Request) -> HttpResponse:
    """Returns the expression in words, the errors of the expression, and the updated form or text. The page
    calls this view while the author types.
    """
    writing = Writing(request.POST)
    desk = edited(writing, request.POST)
    asked = request.headers.get("HX-Trigger-Name", "")
    by_text = asked == "expression"
    context = {
        **_desk(desk, writing),
        # Only the side that the server updated is sent, not the field in which the author types.
        "send_form": "act" in request.POST or "force" in request.POST or (by_text and not desk.note),
        "send_line": _line_changed(desk, asked, request.POST),
        "send_text": not by_text and not desk.note,
    }  # fmt: skip
    return render(request, "profiles/tried.html", context)


def _line_changed(desk: Desk, asked: str, post: Any) -> Line | None:
    """Returns the condition whose operator the author changed, if the new operator needs different input
    fields. Returns None if the new operator needs the same input fields.
    """
    lines = desk.box.lines if desk.box is not None and asked.startswith("o-") else []
    line = next((one for one in lines if one.path == asked.removeprefix("o-")), None)
    return line if line is not None and line.takes != post.get(f"t-{line.path}") else None


@require_POST
@requires("profile.write")
def count(request: Request) -> HttpResponse:
    """Starts a quick count of the recent subjects that match the expression."""
    writing = Writing(request.POST)
    desk = edited(writing, request.POST)
    if desk.said.tree is None:
        return HttpResponse(status=204)
    return _count(
        request, actions.count_matches(request.user, writing.kind, desk.text, writing.parameters)
    )


@require_GET
@requires("profile.write")
def count_state(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the progress or the result of a count."""
    return _count(request, get_object_or_404(Backtest, pk=pk, quick=True))


@require_POST
@requires("profile.write")
def count_stop(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Stops a count."""
    get_object_or_404(Backtest, pk=pk, quick=True)
    return _count(request, actions.cancel_backtest(request.user, pk))


def _count(request: Request, test: Backtest) -> HttpResponse:
    return render(request, "profiles/_count.html", _following(test))


def _following(test: Backtest | None) -> dict[str, Any]:
    """Returns the template context of a count. The context contains whether the page requests the result less
    often. The context also contains whether the page stops its requests because no process has started the
    count.
    """
    waited = (timezone.now() - test.asked_at).total_seconds() if test is not None else 0
    return {
        "test": test,
        "counted_days": actions.COUNTED,
        "slow": waited > SLOW_S,
        "given_up": waited > GIVEN_UP_S and not test.total if test is not None else False,
    }
