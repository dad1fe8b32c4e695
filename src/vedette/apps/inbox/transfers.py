"""Transfers: the content that one sender sent at once, in one message or in several parts.

Parts of one transfer have the same common access reference (UNH 0068).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from vedette.core.statements import missing_parts

#: The time after the last part received until a transfer with missing parts counts as incomplete.
PART_GRACE = dt.timedelta(minutes=10)


@dataclass
class Transfer:
    """One transfer of one sender about one group, with the parts received so far."""

    kind: str
    sender: str
    reference: str
    function: str
    received_at: dt.datetime
    last_at: dt.datetime
    prepared_at: dt.datetime | None = None
    parts: set[int] = field(default_factory=set)
    ends: int | None = None
    counts: Counter[str] = field(default_factory=Counter)
    warnings: int = 0
    messages: list[uuid.UUID] = field(default_factory=list)

    @property
    def missing(self) -> list[int]:
        """The numbers of the parts that were not received, up to the highest known."""
        return missing_parts(self.parts, self.ends)

    @property
    def whole(self) -> bool:
        """True if every part was received, up to the part that is marked as the last."""
        return self.ends is not None and not self.missing

    def incomplete(self, now: dt.datetime) -> bool:
        """True if parts are missing and the time allowed for them is over."""
        return not self.whole and self.last_at < now - PART_GRACE


def transfers(
    rows: Iterable[dict[str, Any]], kind_of: Callable[[str], str] = str
) -> list[Transfer]:
    """Joins messages (dicts with `FIELDS`) to transfers, in the order of receipt; resends add no part.
    `kind_of` gives the kind of content of a format. Transfers of one sender with the same reference but
    different kinds of content are separate."""
    found: list[Transfer] = []
    latest: dict[tuple[Any, ...], Transfer] = {}
    rows = sorted(rows, key=lambda r: (r["received_at"], r["id"]))
    for row in (r for r in rows if r["resend_of_id"] is None):
        kind = kind_of(row["format"])
        reference = row["common_access_ref"] or row["interchange_ref"]
        key = (row["group_id"], kind, row["sender"], reference)
        one = latest.get(key)
        # Some senders use one reference for all transfers: a repeated part starts another one.
        if one is None or (row["sequence"] or 1) in one.parts:
            one = latest[key] = Transfer(
                kind=kind,
                sender=row["sender"],
                reference=reference,
                function=row["function"],
                received_at=row["received_at"],
                last_at=row["received_at"],
                prepared_at=row["prepared_at"],
            )
            found.append(one)
        _add(one, row)
    for row in (r for r in rows if r["resend_of_id"] is not None):
        for one in found:
            if row["resend_of_id"] in one.messages:
                one.messages.append(row["id"])
    return found


def _add(one: Transfer, row: dict[str, Any]) -> None:
    one.last_at = max(one.last_at, row["received_at"])
    one.messages.append(row["id"])
    number = row["sequence"] or 1
    one.parts.add(number)
    if row["last"] or row["sequence"] is None:
        one.ends = max(number, one.ends or 1)
    one.counts.update(row["counts"])
    one.warnings += row["warning_count"]


FIELDS = (
    "id", "group_id", "format", "function", "sender", "interchange_ref", "common_access_ref",
    "sequence", "last", "prepared_at", "received_at", "resend_of_id", "counts", "warning_count",
)  # fmt: skip
