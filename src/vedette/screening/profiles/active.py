"""The profiles in force as records, and what one of them says of a traveller."""

from __future__ import annotations

from typing import Any

import msgspec

from vedette.records import Record


class ActiveProfile(Record, frozen=True, kw_only=True):
    """A version in force. `id` is the profile's, `version` that of its version; `shadow` runs without
    raising a hit. Parameters and code lists are bound when it is compiled."""

    id: str
    version: str
    number: int
    ref: str
    title: str
    expression: str
    weight: int
    theme: str
    purpose: str
    hash: str
    shadow: bool = False
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)


class Fired(Record, frozen=True, kw_only=True):
    """That a profile holds of a traveller, with the conditions that made it hold as plain data
    (`evidence.Held`): value and limit."""

    profile: ActiveProfile
    evidence: tuple[dict[str, Any], ...] = ()
