"""The kinds of subject that this installation handles, by name.

`VEDETTE_KINDS` lists dotted names of modules that define `KIND`, separated by commas; by default those
that ship. Settings derive INSTALLED_APPS from the same list.
"""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module

from vedette.core.kind import Kind

#: The kinds that ship.
SHIPPED = "vedette.travellers.kind"


@cache
def kinds() -> dict[str, Kind]:
    """Every kind by its name, in the order of the list.

    Raises `ImportError` or `AttributeError` where the list names a module that is missing or defines no
    `KIND`.
    """
    names = os.environ.get("VEDETTE_KINDS", SHIPPED).split(",")
    found: list[Kind] = [import_module(name.strip()).KIND for name in names if name.strip()]
    return {kind.name: kind for kind in found}
