"""One profile as a YAML file, fit for git: stable order, strict keys, an expression as a block of text.

Files come from outside: they are bounded, have no anchors and no aliases, and are read as text only, by
what each key expects. So a country code NO stays text (YAML would make it false), and an HS code 0102
keeps its zero.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

import msgspec
import yaml

from vedette.records import Record
from vedette.screening.profiles.tokens import MAX_CHARACTERS
from vedette.screening.profiles.tree import Scalar, Tree, type_of_value
from vedette.screening.vocabulary import Type, Vocabulary
from vedette.texts import Text, gettext_lazy

MAX_BYTES = 1 << 18
MAX_VALUES = 20_000
MAX_TEXT = 10_000
_MAX_DEPTH = 6
_MAX_EVENTS = 60_000
#: Reads every value as text. libyaml's, where the wheel has it, is some ten times as fast.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class ProfileFile(Record, frozen=True, kw_only=True):
    """A profile as a file has it. Texts are in the author's language, those of the starter pack in
    English.

    `id`: a slug such as P-014. `weight`: 1 to 100, its share in the priority. `floor`: the precision,
    0 to 1, under which it asks for review. `valid_months`: how long it stays active once approved.
    `factors_for`, `factors_against`: notes on what speaks for and against a traveller it picks.
    `example`: from the starter pack, to be adapted before use.
    """

    id: str
    kind: str
    title: str
    expression: str
    weight: int
    purpose: str
    basis: str
    source: str = ""
    justification: str = ""
    indicators: tuple[int, ...] = ()
    lists: Mapping[str, tuple[Scalar, ...]] = msgspec.field(default_factory=dict)
    parameters: Mapping[str, Scalar] = msgspec.field(default_factory=dict)
    valid_months: int = 6
    floor: float | None = None
    factors_for: str = ""
    factors_against: str = ""
    example: bool = False

    def list_types(self) -> dict[str, Type]:
        """The type of each code list's values."""
        return {
            name: type_of_value(values[0]) if values else "text"
            for name, values in self.lists.items()
        }

    def parsed(self, vocabulary: Vocabulary) -> Tree:
        """The tree of the expression, with the file's lists and parameters; `ExpressionError`."""
        from vedette.screening.profiles.parse import parse

        return parse(self.expression, vocabulary, self.list_types(), self.parameters)


_ERRORS: dict[str, Text] = {
    "large": gettext_lazy("The file has %(length)s bytes, the limit is %(limit)s."),
    "encoding": gettext_lazy("The file is not UTF-8."),
    "yaml": gettext_lazy("Line %(line)s: not readable as YAML."),
    "anchor": gettext_lazy(
        "Line %(line)s: anchors and aliases (& and *) are not taken; write the value out, or quote it."
    ),
    "deep": gettext_lazy("Line %(line)s: nested too deep."),
    "many": gettext_lazy("Line %(line)s: too many values."),
    "mapping": gettext_lazy("%(key)s, line %(line)s: a list of keys with values is needed here."),
    "unknown_key": gettext_lazy("%(key)s, line %(line)s: no such key; known are %(known)s."),
    "twice": gettext_lazy("%(key)s, line %(line)s: this key is there twice."),
    "absent": gettext_lazy("%(key)s is missing; add it."),
    "text": gettext_lazy("%(key)s, line %(line)s: text is needed, %(limit)s characters at most."),
    "slug": gettext_lazy(
        "%(key)s, line %(line)s: letters, digits and hyphens only, such as P-014."
    ),
    "name": gettext_lazy("%(key)s, line %(line)s: a name has letters, digits and _ only."),
    "list_name": gettext_lazy(
        "%(key)s, line %(line)s: the name of a list has letters, digits, spaces, and _ . - only."
    ),
    "whole": gettext_lazy(
        "%(key)s, line %(line)s: a whole number from %(least)s to %(most)s is needed."
    ),
    "share": gettext_lazy("%(key)s, line %(line)s: a share from 0 to 1 is needed, such as 0.1."),
    "yes_no": gettext_lazy("%(key)s, line %(line)s: true or false is needed."),
    "sequence": gettext_lazy("%(key)s, line %(line)s: a list of values is needed, such as [A, B]."),
    "scalar": gettext_lazy("%(key)s, line %(line)s: a single value is needed."),
    "list_type": gettext_lazy(
        "%(key)s, line %(line)s: type is text, whole, number or day, and the values must be of it."
    ),
}


class FileError(Exception):
    """A file that is no profile: which rule, with the key, the line and what to do (`file_text`)."""

    def __init__(self, id: str, **params: object) -> None:
        super().__init__(id)
        self.id = id
        self.params = {key: str(value) for key, value in params.items()}


def file_text(error: FileError) -> Text:
    """What is wrong with a file, in a sentence."""
    return _ERRORS[error.id].given(**error.params)


def load(data: str | bytes) -> ProfileFile:
    """A profile from a file's text; `FileError`, and nothing else, where it is none.

    The expression is not looked at: `ProfileFile.parsed` needs the vocabulary.
    """
    root = _node(_text(data))
    top = _Keys("", root, _KEYS)
    found: dict[str, Any] = {}
    for key, read in _KEYS.items():
        if key in top.nodes:
            found |= read(key, top.nodes[key])
        elif key in REQUIRED:
            raise FileError("absent", key=key)
    return ProfileFile(**found)


def _text(data: str | bytes) -> str:
    length = len(data) if isinstance(data, bytes) else len(data.encode("utf-8", "replace"))
    if length > MAX_BYTES:
        raise FileError("large", length=length, limit=MAX_BYTES)
    try:
        return data.decode("utf-8-sig") if isinstance(data, bytes) else data
    except UnicodeDecodeError:
        raise FileError("encoding") from None


def _node(text: str) -> yaml.Node:
    """The document as nodes, after a look at its events: nothing is built that is too large."""
    depth = 0
    try:
        for count, event in enumerate(yaml.parse(text, Loader=_LOADER)):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise FileError("anchor", line=line)
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _MAX_DEPTH:
                raise FileError("deep", line=line)
            if count > _MAX_EVENTS:
                raise FileError("many", line=line)
        node = yaml.compose(text, Loader=_LOADER)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise FileError("yaml", line=mark.line + 1 if mark else 1) from None
    if node is None:
        raise FileError("absent", key="id")
    return node


def _fail(id: str, key: str, node: yaml.Node, **params: object) -> NoReturn:
    raise FileError(id, key=key, line=node.start_mark.line + 1, **params)


class _Keys:
    """The keys of a mapping, each once, all known."""

    def __init__(self, path: str, node: yaml.Node, known: Mapping[str, Any] | None) -> None:
        if not isinstance(node, yaml.MappingNode):
            _fail("mapping", path or "profile", node)
        self.nodes: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                _fail("mapping", path or "profile", key_node)
            key = str(key_node.value)
            full = f"{path}.{key}" if path else key
            if known is not None and key not in known:
                _fail("unknown_key", full[:80], key_node, known=", ".join(known))
            if key in self.nodes:
                _fail("twice", full[:80], key_node)
            self.nodes[key] = value


_Read = Callable[[str, yaml.Node], dict[str, Any]]


def _scalar(key: str, node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        _fail("scalar", key, node)
    return str(node.value)


def _text_of(field: str, limit: int = MAX_TEXT) -> _Read:
    def read(key: str, node: yaml.Node) -> dict[str, Any]:
        if not isinstance(node, yaml.ScalarNode) or len(node.value) > limit or "\x00" in node.value:
            _fail("text", key, node, limit=limit)
        return {field: str(node.value).strip()}

    return read


def _slug(field: str) -> _Read:
    def read(key: str, node: yaml.Node) -> dict[str, Any]:
        value = _scalar(key, node)
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}", value):
            _fail("slug", key, node)
        return {field: value}

    return read


def _whole(key: str, node: yaml.Node, least: int, most: int) -> int:
    value = _scalar(key, node)
    if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
        _fail("whole", key, node, least=least, most=most)
    return int(value)


def _whole_of(field: str, least: int, most: int) -> _Read:
    return lambda key, node: {field: _whole(key, node, least, most)}


def _stance(key: str, node: yaml.Node) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for side, value in _Keys(key, node, {"for": None, "against": None}).nodes.items():
        found |= _text_of(f"factors_{side}")(f"{key}.{side}", value)
    return found


def _floor(key: str, node: yaml.Node) -> dict[str, Any]:
    value = _scalar(key, node)
    if not re.fullmatch(r"0(\.[0-9]{1,6})?|1(\.0{1,6})?", value):
        _fail("share", key, node)
    return {"floor": float(value)}


def _example(key: str, node: yaml.Node) -> dict[str, Any]:
    value = _scalar(key, node)
    if value not in ("true", "false"):
        _fail("yes_no", key, node)
    return {"example": value == "true"}


def _items(key: str, node: yaml.Node) -> list[yaml.Node]:
    if not isinstance(node, yaml.SequenceNode):
        _fail("sequence", key, node)
    if len(node.value) > MAX_VALUES:
        raise FileError("many", line=node.start_mark.line + 1)
    return list(node.value)


def _indicators(key: str, node: yaml.Node) -> dict[str, Any]:
    return {"indicators": tuple(_whole(key, item, 1, 999) for item in _items(key, node))}


#: Names of parameters; and of code lists, which stand in quotes and may be more than a word.
_WORD, _LIST = r"[^\W\d]\w{0,59}", r"\w[\w .-]{0,59}"


def _name(path: str, key: str, node: yaml.Node, pattern: str = _WORD, id: str = "name") -> str:
    full = f"{path}.{key}"
    if not re.fullmatch(pattern, key):
        _fail(id, full[:80], node)
    return full


def _lists(key: str, node: yaml.Node) -> dict[str, Any]:
    """Code lists: `name: [A, B]` of text, or `name: {type: whole, values: [1, 2]}`."""
    found: dict[str, tuple[Scalar, ...]] = {}
    for name, value in _Keys(key, node, None).nodes.items():
        full = _name(key, name, value, _LIST, "list_name")
        if isinstance(value, yaml.SequenceNode):
            found[name] = tuple(_scalar(full, item) for item in _items(full, value))
            continue
        parts = _Keys(full, value, {"type": None, "values": None}).nodes
        for part in ("type", "values"):
            if part not in parts:
                raise FileError("absent", key=f"{full}.{part}")
        convert = _CONVERT.get(_scalar(f"{full}.type", parts["type"]))
        if convert is None:
            _fail("list_type", f"{full}.type", parts["type"])
        made: list[Scalar] = []
        for item in _items(f"{full}.values", parts["values"]):
            converted = convert(_scalar(full, item))
            if converted is None:
                _fail("list_type", full, item)
            made.append(converted)
        found[name] = tuple(made)
    return {"lists": found}


def _as_whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?[0-9]{1,15}", text) else None


def _as_number(text: str) -> float | None:
    try:
        value = Decimal(text) if re.fullmatch(r"-?[0-9.]{1,400}", text) else None
    except InvalidOperation:
        return None
    return None if value is None or abs(value) > 10**15 else float(value)


def _as_day(text: str) -> dt.date | None:
    try:
        return (
            dt.date.fromisoformat(text)
            if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text)
            else None
        )
    except ValueError:
        return None


_CONVERT: dict[str, Callable[[str], Scalar | None]] = {
    "text": lambda text: text,
    "whole": _as_whole,
    "number": _as_number,
    "day": _as_day,
}


def _parameters(key: str, node: yaml.Node) -> dict[str, Any]:
    """Parameters: quoted values are text; others numbers, days, true and false where they read so."""
    found: dict[str, Scalar] = {}
    for name, value in _Keys(key, node, None).nodes.items():
        full = _name(key, name, value)
        text = _scalar(full, value)
        made: Scalar | None = text
        if isinstance(value, yaml.ScalarNode) and not value.style:
            made = {"true": True, "false": False}.get(text)
            for convert in (_as_whole, _as_number, _as_day):
                made = convert(text) if made is None else made
        found[name] = text if made is None else made
    return {"parameters": found}


#: Keys in the order in which they are written → how each is read.
_KEYS: dict[str, _Read] = {
    "id": _slug("id"),
    "kind": _slug("kind"),
    "title": _text_of("title", 200),
    "example": _example,
    "expression": _text_of("expression", MAX_CHARACTERS),
    "weight": _whole_of("weight", 1, 100),
    "purpose": _text_of("purpose", 200),
    "basis": _text_of("basis", 500),
    "source": _text_of("source"),
    "justification": _text_of("justification"),
    "indicators": _indicators,
    "stance": _stance,
    "parameters": _parameters,
    "lists": _lists,
    "valid_months": _whole_of("valid_months", 1, 24),
    "floor": _floor,
}
REQUIRED = frozenset(("id", "kind", "title", "expression", "weight", "purpose", "basis"))
