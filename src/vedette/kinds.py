"""The kinds of subject of this installation, by name, and the reading of their messages.

`VEDETTE_KINDS` lists dotted names of modules that define `KIND`, separated by commas; the default is the
kinds shipped with vedette. Installed apps, URLs, API and navigation bar are made from the same list.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Any

from vedette.core.kind import Kind
from vedette.formats import registry
from vedette.profiles.vocabulary import Vocabulary

#: The kinds shipped with vedette.
SHIPPED = "vedette.travellers.kind"


@cache
def kinds() -> dict[str, Kind]:
    """Every kind by its name, in the order of the list.

    Raises `ImportError` or `AttributeError` if the list names a module that is missing or defines no `KIND`.
    """
    names = os.environ.get("VEDETTE_KINDS", SHIPPED).split(",")
    found: list[Kind] = [import_module(name.strip()).KIND for name in names if name.strip()]
    return {kind.name: kind for kind in found}


def kind(name: str) -> Kind:
    """The kind with that name. Raises `KeyError` if it is not installed."""
    return kinds()[name]


def default() -> str:
    """The name of the first kind: the kind of a profile or a mapping that names none."""
    return next(iter(kinds()))


def default_theme() -> str:
    """The theme of lists and profiles that name none: the first theme of the first kind."""
    found: str = kind(default()).themes[0]
    return found


def vocabulary(name: str) -> Vocabulary:
    """The vocabulary of the profiles of a kind. Raises `KeyError` if the kind is not installed."""
    found: Vocabulary = kind(name).columns()
    return found


@cache
def readers() -> registry.Registry:
    """The formats of all kinds."""
    return registry.Registry([reader for kind in kinds().values() for reader in kind.readers])


def read(data: bytes, format: str | None = None) -> list[Any]:
    """Every message of a file, of any kinds (`registry.Registry.read`)."""
    return readers().read(data, format)


def sniff(data: bytes) -> str:
    """The format of a file (`registry.Registry.sniff`)."""
    return readers().sniff(data)


def missing_parts(messages: Sequence[Any]) -> list[Any]:
    """The same messages, with a warning if parts of a transfer are missing."""
    return registry.missing_parts(messages, kinds())
