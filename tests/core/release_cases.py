"""Cases for the tests of the release function: one that is allowed, and the changes of single keys."""

from __future__ import annotations

import copy
from typing import Any

NOW = "2026-05-10T12:00:00Z"


def allowed() -> dict[str, Any]:
    """Returns a case that is allowed: AA releases its TLP:AMBER warning to BB, a member of the group."""
    return {
        "object": {
            "owner": "AA",
            "kind": "warning",
            "marking": ["TLP:AMBER"],
            "exercise": False,
            "nominal": False,
            "purpose": "precursors",
            "legal_basis": "Nairobi, annex IX",
            "passes_left": 2,
            "agreement": "agr-1",
        },
        "sender": {"organisation": "AA"},
        "recipient": {
            "organisation": "BB",
            "person": None,
            "groups": [{"id": "g-1", "from": "2026-05-01T00:00:00Z", "until": None}],
            "designated_under": [],
        },
        "group": {"id": "g-1", "exercise": False, "until": None},
        "operation": {"exercise": False, "ended": False, "readers_after": []},
        "agreements": [
            {
                "id": "agr-1",
                "parties": ["AA", "BB", "CC"],
                "purposes": [{"purpose": "precursors", "legal_basis": "Nairobi, annex IX"}],
                "from": "2026-01-01T00:00:00Z",
                "until": None,
                "nominal_instrument": None,
                "onward": [],
            }
        ],
        "approved_by_second": False,
        "known_recipient": True,
        "now": NOW,
    }


def changed(case: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Returns a copy of the case with other values. A name such as `object__marking` is the key `marking` of
    `object`; a number is a place in a list (`agreements__0__until`)."""
    made = copy.deepcopy(allowed() if case is None else case)
    for path, value in changes.items():
        *way, last = [int(part) if part.isdigit() else part for part in path.split("__")]
        parent: Any = made
        for part in way:
            parent = parent[part]
        parent[last] = value
    return made


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Returns the path of every key of every object in a case."""
    found: list[tuple[Any, ...]] = []
    if isinstance(value, dict):
        for key, part in value.items():
            found += [(*before, key), *paths(part, (*before, key))]
    elif isinstance(value, list):
        for place, part in enumerate(value):
            found += paths(part, (*before, place))
    return found
