"""The kinds of subject of this installation, by name, and the functions that read their messages.

The environment variable `VEDETTE_KINDS` contains dotted names of modules, separated by commas. Each module in
`VEDETTE_KINDS` defines `KIND`. If `VEDETTE_KINDS` is missing or empty, the kinds that vedette contains are
installed. The installed apps, the URLs, the API and the navigation bar are built from the same list.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Any

from vedette.core.errors import Failure
from vedette.core.kind import FileReader, Kind
from vedette.formats import registry
from vedette.profiles.vocabulary import Vocabulary

#: The kinds shipped with vedette.
SHIPPED = "vedette.travellers.kind,vedette.goods.kind,vedette.cash.kind"
#: Packages of formats (`READERS`) whose kind is not installed yet, because it has no Django part.
#: `vedette parse` reads these formats too. The inbox does not accept them.
PARSED = ("vedette.goods.formats", "vedette.cash.formats")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,19}", re.ASCII)


@cache
def kinds() -> dict[str, Kind]:
    """Returns a mapping from name to kind of subject, in the order of the list `VEDETTE_KINDS`.

    Raises `ImportError` if a listed module is missing, and `AttributeError` if a module defines no `KIND`.
    Raises `Failure` if `VEDETTE_KINDS` contains no name. Also raises `Failure` if the name of a kind of
    subject or of a file format is invalid or not unique.
    """
    names = (os.environ.get("VEDETTE_KINDS", "").strip() or SHIPPED).split(",")
    found: list[Kind] = [import_module(name.strip()).KIND for name in names if name.strip()]
    if not found:
        raise Failure("VEDETTE_KINDS names no kind of subject")
    for kind in found:
        if not _NAME.fullmatch(kind.name):
            raise Failure(
                f"VEDETTE_KINDS: the kind {kind.name!r} needs a name of up to 20 small letters, digits"
                " and underscores"
            )
    # Two kinds with the same name would store their subjects in each other's tables.
    files = [one.name for kind in found for one in kind.readers if isinstance(one, FileReader)]
    for what, given in (("kind", [kind.name for kind in found]), ("format of files", files)):
        if twice := sorted({name for name in given if given.count(name) > 1}):
            raise Failure(f"VEDETTE_KINDS: more than one {what} is called {', '.join(twice)}")
    return {kind.name: kind for kind in found}


def kind(name: str) -> Kind:
    """Returns the kind of subject with the given name. Raises `KeyError` if this kind is not installed."""
    return kinds()[name]


def default() -> str:
    """Returns the name of the first kind of subject in `VEDETTE_KINDS`. Profiles and mappings that contain no
    kind belong to the first kind."""
    return next(iter(kinds()))


def default_theme() -> str:
    """Returns the first theme of the first kind of subject. Lists and profiles without a theme have the first
    theme of the first kind."""
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


@cache
def all_readers() -> registry.Registry:
    """The formats of all installed kinds, and the formats of the packages in `PARSED` whose kind is not
    installed.
    """
    installed = [reader for kind in kinds().values() for reader in kind.readers]
    parsed = [reader for name in PARSED for reader in import_module(name).READERS]
    return registry.Registry([*installed, *(one for one in parsed if one not in installed)])


def read(data: bytes, format: str | None = None) -> list[Any]:
    """Returns the messages of a file, of any kind of subject (`registry.Registry.read`)."""
    return readers().read(data, format)


def sniff(data: bytes) -> str:
    """Returns the format of a file (`registry.Registry.sniff`)."""
    return readers().sniff(data)


def missing_parts(messages: Sequence[Any]) -> list[Any]:
    """Returns the given messages. If parts of a transfer are missing, the messages have a warning."""
    return registry.missing_parts(messages, kinds())
