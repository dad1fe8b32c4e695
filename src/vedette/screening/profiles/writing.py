"""A profile → its YAML file: what `files.load` reads back the same."""

from __future__ import annotations

from typing import Any

import yaml

from vedette.screening.profiles.canonical import constant_text
from vedette.screening.profiles.files import REQUIRED, ProfileFile
from vedette.screening.profiles.tree import Scalar, type_of_value


class _Block(str):
    """Text of several lines, written as a literal block."""

    __slots__ = ()


class _Quoted(str):
    """Text that must not be read as a number: 0899 is none to YAML, but is one to us."""

    __slots__ = ()


class _Inline(list[Any]):
    """A list written on one line."""


class _Dumper(yaml.SafeDumper):
    """Writes blocks and short lists as a person would."""


def _block(dumper: yaml.SafeDumper, text: _Block) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|")


def _inline(dumper: yaml.SafeDumper, values: _Inline) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=True)


def _number(dumper: yaml.SafeDumper, value: float) -> yaml.ScalarNode:
    # Without an exponent, which other readers of YAML take for text.
    return dumper.represent_scalar("tag:yaml.org,2002:float", constant_text(value))


def _quote(dumper: yaml.SafeDumper, value: _Quoted) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(value), style="'")


_Dumper.add_representer(_Quoted, _quote)
_Dumper.add_representer(float, _number)
_Dumper.add_representer(_Block, _block)
_Dumper.add_representer(_Inline, _inline)


def dump(profile: ProfileFile) -> str:
    """The file of a profile: keys in a fixed order, lines of an expression kept; what is empty is left
    out unless it is required."""
    whole: dict[str, Any] = {
        "id": profile.id,
        "kind": profile.kind,
        "title": profile.title,
        "example": profile.example or None,
        "expression": _Block(profile.expression.strip() + "\n"),
        "weight": profile.weight,
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
        if key in REQUIRED or value not in ("", None, [], {})
    }
    text: str = yaml.dump(kept, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text


def _list(values: tuple[Scalar, ...]) -> Any:
    if not values or type_of_value(values[0]) == "text":
        return _Inline(values)
    return {"type": type_of_value(values[0]), "values": _Inline(values)}
