"""Reads and writes one profile as a YAML file for version control. The keys are written in a fixed order, and
the expression is written as a block of text. Unknown keys are refused.

The authors of files are not trusted, so the size of files is limited, and anchors and aliases are refused.
Values are read as text and then converted to the type of their key. The country code NO therefore remains a
text, although YAML would read NO as false. The HS code 0102 keeps its leading zero.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NoReturn

import msgspec
import yaml

from vedette.core.records import Record
from vedette.core.texts import Text, gettext_lazy
from vedette.profiles.check import MAX_CHARACTERS
from vedette.profiles.tree import Scalar, Tree, text_of_value, type_of_value
from vedette.profiles.vocabulary import Type, Vocabulary

#: The text instead of the legal basis in a starter profile. An administration must replace it by its own
#: legal basis.
PLACEHOLDER = "to be named by the administration"
MAX_BYTES = 1 << 18
MAX_VALUES = 20_000
MAX_TEXT = 10_000
_MAX_DEPTH = 6
_MAX_EVENTS = 60_000
#: Reads every value as text. The loader of libyaml, if it is installed, is about ten times as fast.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class ProfileFile(Record, frozen=True, kw_only=True):
    """A profile in the form in which it is stored in a file. Texts are in the language of the author of the
    profile. The texts of starter profiles are in English.

    `id` is a short identifier such as P-014. `weight` is the contribution of the profile to the priority of a
    hit, from 1 to 100. `floor` is the precision, from 0 to 1, below which the profile must be reviewed.
    `valid_months` is the number of months for which the profile stays active after its approval. `theme` is
    one of the themes of the kind, and it becomes the theme of the hits. The default is the first theme of the
    kind. `factors_for` and `factors_against` are notes on the facts in favour of and against a person who
    matches the profile. `example` is true for a starter profile, which must be adapted before use. Only a
    criterion of clearance has `lane` and `share` (in percent). A criterion raises no hits.
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
    theme: str = ""
    lane: str = ""
    share: float | None = None

    def list_types(self) -> dict[str, Type]:
        """Returns the type of the values of each code list."""
        return {
            name: type_of_value(values[0]) if values else "text"
            for name, values in self.lists.items()
        }

    def parsed(self, vocabulary: Vocabulary) -> Tree:
        """Parses the expression with the code lists and the parameters of the file, and returns its tree.
        Raises `ExpressionError` if the expression is not valid."""
        from vedette.profiles.parse import parse

        return parse(self.expression, vocabulary, self.list_types(), self.parameters)


_ERRORS: dict[str, Text] = {
    "large": gettext_lazy("The file has %(length)s bytes; the limit is %(limit)s."),
    "encoding": gettext_lazy("The file is not UTF-8."),
    "yaml": gettext_lazy("Line %(line)s: this is not valid YAML."),
    "anchor": gettext_lazy(
        "Line %(line)s: anchors and aliases (& and *) are not allowed. Write the value in full,"
        " or in quotes."
    ),
    "deep": gettext_lazy("Line %(line)s: nested too deeply."),
    "many": gettext_lazy("Line %(line)s: too many values."),
    "mapping": gettext_lazy("%(key)s (line %(line)s) must contain keys with values."),
    "unknown_key": gettext_lazy("%(key)s (line %(line)s): unknown key. Known keys are %(known)s."),
    "twice": gettext_lazy("%(key)s (line %(line)s): this key appears twice."),
    "absent": gettext_lazy("%(key)s is missing. Add this key."),
    "text": gettext_lazy("%(key)s (line %(line)s) must be a text of at most %(limit)s characters."),
    "slug": gettext_lazy(
        "%(key)s (line %(line)s): use only letters, digits and hyphens, for example P-014."
    ),
    "name": gettext_lazy("%(key)s (line %(line)s): a name contains only letters, digits and _."),
    "list_name": gettext_lazy(
        "%(key)s (line %(line)s): the name of a list contains only letters, digits, spaces, and _"
        " . -"
    ),
    "whole": gettext_lazy(
        "%(key)s (line %(line)s) must be a whole number from %(least)s to %(most)s."
    ),
    "share": gettext_lazy("%(key)s (line %(line)s) must be a share from 0 to 1, for example 0.1."),
    "yes_no": gettext_lazy("%(key)s (line %(line)s) must be true or false."),
    "sequence": gettext_lazy(
        "%(key)s (line %(line)s) must be a list of values, for example [A, B]."
    ),
    "scalar": gettext_lazy("%(key)s (line %(line)s) must be a single value."),
    "list_type": gettext_lazy(
        "%(key)s (line %(line)s): the type must be text, whole, number or day, and the values must"
        " have this type."
    ),
}


class FileError(Exception):
    """The exception for a file that is not a valid profile. `id` identifies the rule that the file violates,
    and `params` contain the key and the line. `file_text` returns the text of the error."""

    def __init__(self, id: str, **params: object) -> None:
        super().__init__(id)
        self.id = id
        self.params = {key: str(value) for key, value in params.items()}


def file_text(error: FileError) -> Text:
    """Returns a sentence that describes an error in a file."""
    return _ERRORS[error.id].given(**error.params)


def load(data: str | bytes) -> ProfileFile:
    """Returns the profile that the text of a file contains. If the text is not a valid profile, raises
    `FileError` and no other exception.

    The function does not parse the expression, because parsing needs the vocabulary (`ProfileFile.parsed`).
    """
    nodes = _keys("", _node(_decoded(data)), _KEYS)
    for key in _REQUIRED:
        if key not in nodes:
            raise FileError("absent", key=key)
    found = {key: _KEYS[key](key, node) for key, node in nodes.items()}
    stance = {f"factors_{side}": text for side, text in found.pop("stance", {}).items()}
    return ProfileFile(**found, **stance)


def _decoded(data: str | bytes) -> str:
    length = len(data) if isinstance(data, bytes) else len(data.encode("utf-8", "replace"))
    if length > MAX_BYTES:
        raise FileError("large", length=length, limit=MAX_BYTES)
    try:
        return data.decode("utf-8-sig") if isinstance(data, bytes) else data
    except UnicodeDecodeError:
        raise FileError("encoding") from None


def _node(text: str) -> yaml.Node:
    """Returns the root node of the YAML document. The events of the YAML parser are checked first, so that a
    malicious file cannot produce a large structure."""
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


def _keys(path: str, node: yaml.Node, known: Iterable[str] = ()) -> dict[str, yaml.Node]:
    """Returns the values of a YAML mapping by key. Raises `FileError` if a key occurs twice. Also raises
    `FileError` for a key that is not in `known`, unless `known` is empty.
    """
    if not isinstance(node, yaml.MappingNode):
        _fail("mapping", path or "profile", node)
    nodes: dict[str, yaml.Node] = {}
    for key_node, value in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            _fail("mapping", path or "profile", key_node)
        key = str(key_node.value)
        full = f"{path}.{key}" if path else key
        if known and key not in known:
            _fail("unknown_key", full[:80], key_node, known=", ".join(known))
        if key in nodes:
            _fail("twice", full[:80], key_node)
        nodes[key] = value
    return nodes


_Read = Callable[[str, yaml.Node], Any]


def _one(id: str, pattern: str, made: Callable[[str], Any] = str, **params: Any) -> _Read:
    """Returns a function that reads a single value. The value must match the pattern. If `least` and `most`
    are given, the value must be between these limits. For an invalid value, the function raises a `FileError`
    with the given id.
    """

    def read(key: str, node: yaml.Node) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            _fail("text" if id == "text" else "scalar", key, node, **params)
        value = made(node.value) if re.fullmatch(pattern, node.value, re.S) else None
        if value is None or not params.get("least", value) <= value <= params.get("most", value):
            _fail(id, key, node, **params)
        return value

    return read


def _text(limit: int = MAX_TEXT) -> _Read:
    return _one("text", rf"[^\0]{{0,{limit}}}", str.strip, limit=limit)


def _whole(least: int, most: int) -> _Read:
    return _one("whole", "[0-9]{1,9}", int, least=least, most=most)


_SLUG = _one("slug", "[A-Za-z0-9][A-Za-z0-9-]{0,39}")
_ANY = _one("scalar", ".*")


def _items(key: str, node: yaml.Node, read: _Read = _ANY) -> tuple[Any, ...]:
    if not isinstance(node, yaml.SequenceNode):
        _fail("sequence", key, node)
    if len(node.value) > MAX_VALUES:
        raise FileError("many", line=node.start_mark.line + 1)
    return tuple(read(key, item) for item in node.value)


def _number(text: str) -> float | None:
    value = float(text)
    return value if abs(value) <= 10**15 else None


#: Type of a constant in a file → the pattern of the constant, and the function that converts the constant.
_TYPED: dict[str, tuple[str, Callable[[str], Scalar | None]]] = {
    "text": (".*", str),
    "whole": ("-?[0-9]{1,15}", int),
    "number": ("-?[0-9.]{1,400}", _number),
    "day": ("[0-9]{4}-[0-9]{2}-[0-9]{2}", dt.date.fromisoformat),
}


def _typed(text: str, type_: str) -> Scalar | None:
    """Converts a text to a constant of the given type, or returns None if the text does not fit the type."""
    pattern, made = _TYPED[type_]
    try:
        return made(text) if re.fullmatch(pattern, text, re.S) else None
    except ValueError:
        return None


def _lists(key: str, node: yaml.Node) -> dict[str, tuple[Scalar, ...]]:
    """Reads code lists: `name: [A, B]` for text, or `name: {type: whole, values: [1, 2]}`."""
    found: dict[str, tuple[Scalar, ...]] = {}
    for name, value in _keys(key, node).items():
        full = f"{key}.{name}"
        # In an expression, the name of a list is in quotes, so the name may consist of several words.
        if not re.fullmatch(r"\w[\w .-]{0,59}", name):
            _fail("list_name", full[:80], value)
        if isinstance(value, yaml.SequenceNode):
            found[name] = _items(full, value)
            continue
        parts = _keys(full, value, ("type", "values"))
        for part in ("type", "values"):
            if part not in parts:
                raise FileError("absent", key=f"{full}.{part}")
        type_ = _ANY(f"{full}.type", parts["type"])
        if type_ not in _TYPED:
            _fail("list_type", f"{full}.type", parts["type"])
        read = _one("list_type", ".*", partial(_typed, type_=type_))
        found[name] = _items(full, parts["values"], read)
    return found


def _parameters(key: str, node: yaml.Node) -> dict[str, Scalar]:
    """Reads parameters. A value in quotes is a text. A value without quotes is read as a number, a day, true
    or false if possible, and otherwise as a text."""
    found: dict[str, Scalar] = {}
    for name, value in _keys(key, node).items():
        if not re.fullmatch(r"[^\W\d]\w{0,59}", name):
            _fail("name", f"{key}.{name}"[:80], value)
        text = _ANY(f"{key}.{name}", value)
        plain = isinstance(value, yaml.ScalarNode) and not value.style
        made: Scalar | None = {"true": True, "false": False}.get(text)
        for type_ in ("whole", "number", "day") if plain else ():
            made = _typed(text, type_) if made is None else made
        found[name] = made if plain and made is not None else text
    return found


def _stance(key: str, node: yaml.Node) -> dict[str, str]:
    sides = _keys(key, node, ("for", "against"))
    return {side: _text()(f"{key}.{side}", value) for side, value in sides.items()}


def _percent(text: str) -> float | None:
    value = float(text)
    return value if 0 < value <= 100 else None


#: Key → the function that reads the value of the key. The keys are written in this order.
_KEYS: dict[str, _Read] = {
    "id": _SLUG,
    "kind": _SLUG,
    "title": _text(200),
    "example": _one("yes_no", "true|false", "true".__eq__),
    "expression": _text(MAX_CHARACTERS),
    "weight": _whole(1, 100),
    "theme": _one("slug", "[a-z][a-z_]{0,19}"),
    "lane": _one("slug", "[a-z]{1,10}"),
    "share": _one("whole", r"[0-9]{1,3}(\.[0-9]{1,6})?", _percent, least=0, most=100),
    "purpose": _text(200),
    "basis": _text(500),
    "source": _text(),
    "justification": _text(),
    "indicators": partial(_items, read=_whole(1, 999)),
    "stance": _stance,
    "parameters": _parameters,
    "lists": _lists,
    "valid_months": _whole(1, 24),
    "floor": _one("share", r"0(\.[0-9]{1,6})?|1(\.0{1,6})?", float),
}
_REQUIRED = ("id", "kind", "title", "expression", "weight", "purpose", "basis")


# --- writing ---------------------------------------------------------------------------------------


class _Block(str):
    """A text of several lines. The text is written as a YAML literal block."""

    __slots__ = ()


class _Quoted(str):
    """A text that is written in quotes. Without quotes, `load` would read a text such as 0899 as a number.
    The YAML library does not add quotes to 0899, because 0899 is not a number in YAML.
    """

    __slots__ = ()


class _Inline(list[Any]):
    """A list that is written on one line."""


class _Dumper(yaml.SafeDumper):
    """A YAML writer that writes texts of several lines as blocks, and short lists on one line."""


def _represented(tag: str, **how: Any) -> Callable[[yaml.SafeDumper, Any], yaml.Node]:
    """Returns a function that writes a value in a given YAML style. Numbers are written without an exponent,
    because some YAML parsers read a number with an exponent as text."""
    return lambda dumper, value: dumper.represent_scalar(
        f"tag:yaml.org,2002:{tag}", text_of_value(value) if tag == "float" else str(value), **how
    )


_Dumper.add_representer(_Quoted, _represented("str", style="'"))
_Dumper.add_representer(_Block, _represented("str", style="|"))
_Dumper.add_representer(float, _represented("float"))
_Dumper.add_representer(
    _Inline,
    lambda dumper, values: dumper.represent_sequence(
        "tag:yaml.org,2002:seq", values, flow_style=True
    ),
)


def dump(profile: ProfileFile) -> str:
    """Returns a profile as the text of a YAML file. The keys are in a fixed order, and the line breaks of the
    expression are kept. Optional keys without a value are left out."""
    whole: dict[str, Any] = {
        "id": profile.id,
        "kind": profile.kind,
        "title": profile.title,
        "example": profile.example or None,
        "expression": _Block(profile.expression.strip() + "\n"),
        "weight": profile.weight,
        "theme": profile.theme,
        "lane": profile.lane,
        "share": profile.share,
        "purpose": profile.purpose,
        "basis": profile.basis,
        "source": profile.source,
        "justification": profile.justification,
        "indicators": _Inline(profile.indicators),
        "stance": {
            side: note
            for side, note in (("for", profile.factors_for), ("against", profile.factors_against))
            if note
        },
        "parameters": {
            name: _Quoted(value) if isinstance(value, str) else value
            for name, value in profile.parameters.items()
        },
        "lists": {name: _list(values) for name, values in profile.lists.items()},
        "valid_months": profile.valid_months,
        "floor": profile.floor,
    }
    kept = {
        key: value
        for key, value in whole.items()
        if key in _REQUIRED or value not in ("", None, [], {})
    }
    text: str = yaml.dump(kept, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text


def _list(values: tuple[Scalar, ...]) -> Any:
    if not values or type_of_value(values[0]) == "text":
        return _Inline(values)
    return {"type": type_of_value(values[0]), "values": _Inline(values)}
