"""The app part of each kind: what shared code asks of a kind that needs Django or the database.

Each kind's app defines `APP` in its module `kind`. It is imported on first use, so that neither settings
nor `vedette parse` load Django models through it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module

from vedette.kinds import kinds


@dataclass(frozen=True, kw_only=True)
class AppKind:
    """What one kind brings to the pages, the store and the law."""

    name: str


@cache
def app_kind(name: str) -> AppKind:
    """The app part of the kind of that name. Raises `KeyError` where no such kind is installed."""
    found: AppKind = import_module(f"{kinds()[name].app}.kind").APP
    return found


def app_kinds() -> list[AppKind]:
    """The app parts of all kinds, in the order of the list."""
    return [app_kind(name) for name in kinds()]
