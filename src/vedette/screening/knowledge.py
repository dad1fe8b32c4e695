"""An immutable snapshot of all watchlist entries of one organisation, and its only query: `screen`.

A snapshot contains every current entry of every list of one organisation. Screening is a pure function of the
subjects and the snapshot. It returns all reasons and makes no decision.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import asdict

from vedette.core.entries import Entry
from vedette.core.parties import Asked, Party
from vedette.core.records import Record
from vedette.screening.exact import (
    fold_address,
    fold_document,
    fold_email,
    fold_listed_address,
    fold_phone,
)
from vedette.screening.names.index import NameIndex
from vedette.screening.names.model import DEFAULT_THRESHOLD, Match, Query
from vedette.screening.reason import Reason, contribution

ENGINE = "names 1"
#: Kind of a listed identifier → channel on which it is compared with the identifiers of subjects.
CHANNELS = {
    "passport": "document",
    "id_card": "document",
    "document": "document",
    "visa": "document",
    "phone": "phone",
    "email": "email",
    "address": "address",
}
_FOLDS: dict[str, Callable[[str], str]] = {
    "document": fold_document,
    "phone": fold_phone,
    "email": fold_email,
}


def listed_keys(channel: str, value: str) -> tuple[str, ...]:
    """Returns the folded values of a listed identifier. A channel is a kind of comparison, such as document
    or phone."""
    if channel == "address":
        return fold_listed_address(value)
    folded = _FOLDS[channel](value)
    return (folded,) if folded else ()


class ListInfo(Record, frozen=True, kw_only=True):
    """A watchlist, with the data that is shown in each reason from this list."""

    id: str
    name: str
    version: int
    weight: int
    theme: str
    purpose: str
    expires_on: dt.date | None = None
    lookouts: bool = False


class KnownEntry(Record, frozen=True, kw_only=True):
    """A watchlist entry with its id in the database. A lookout has an end, and may be limited to one
    group."""

    id: str
    list: ListInfo
    entry: Entry
    hash: str
    group: str = ""
    expires_at: dt.datetime | None = None


@dataclass(slots=True)
class _Agreement:
    """The parts of one entry that agree with a subject: the best match of a name, and the identifiers by
    channel."""

    match: Match | None = None
    #: (channel, ours, theirs), each once.
    identifiers: dict[tuple[str, str, str], None] = field(default_factory=dict)


class Knowledge:
    """An immutable snapshot. `number` increases with every change of the underlying lists. `names` is an
    index of the names of these entries, in the same order. If it is None, the index is built here."""

    def __init__(
        self,
        number: int,
        entries: Sequence[KnownEntry],
        names: NameIndex | None = None,
    ) -> None:
        self.number = number
        #: The version that reasons state: the number of this snapshot, and the engine.
        self.version = f"{number} · {ENGINE}"
        self.entries = tuple(entries)
        if names is None:
            names = NameIndex.build([(str(i), e.entry) for i, e in enumerate(self.entries)])
        self.names = names
        self._exact: dict[tuple[str, str], list[tuple[int, str]]] = {}
        for i, known in enumerate(self.entries):
            for identifier in known.entry.identifiers:
                channel = CHANNELS.get(identifier.kind, "")
                for value in listed_keys(channel, identifier.value) if channel else ():
                    self._exact.setdefault((channel, value), []).append((i, identifier.value))

    def screen(self, asked: Sequence[Asked], now: dt.datetime | None = None) -> list[list[Reason]]:
        """Returns the reasons of each subject: one for each matching entry, the highest score first. Expired
        lists and expired lookouts are ignored."""
        now = now or dt.datetime.now(dt.UTC)
        found: list[dict[int, _Agreement]] = [{} for _ in asked]
        self._by_name(asked, found)
        if self._exact:
            for one, agreements in zip(asked, found, strict=True):
                for party in one.parties:
                    self._by_identifier(party, agreements)
        return [
            sorted(
                (
                    self._reason(self.entries[position], agreement)
                    for position, agreement in agreements.items()
                    if in_force(self.entries[position], one.group, now)
                ),
                key=lambda reason: -(reason.score or 0.0),
            )
            for one, agreements in zip(asked, found, strict=True)
        ]

    def _by_name(self, asked: Sequence[Asked], found: Sequence[dict[int, _Agreement]]) -> None:
        """Finds the entries that have a name similar to a name of a subject. Adds the best match of each
        entry."""
        queries = [
            (
                position,
                Query(
                    surname=surname,
                    given_names=given,
                    date_of_birth=party.date_of_birth,
                    nationality=party.nationality,
                    sex=party.sex,
                    schema=party.schema or None,
                ),
            )
            for position, one in enumerate(asked)
            for party in one.parties
            for surname, given in party.names
            if surname or given
        ]
        matches = self.names.search([query for _, query in queries])
        for (position, _), group in zip(queries, matches, strict=True):
            for match in group:
                agreement = found[position].setdefault(int(match.list_id), _Agreement())
                if agreement.match is None or agreement.match.score < match.score:
                    agreement.match = match

    def _by_identifier(self, party: Party, found: dict[int, _Agreement]) -> None:
        """Adds each match between an identifier of a party and the same identifier of an entry."""
        asked = [
            (channel, value, _FOLDS[channel](value))
            for channel, values in (
                ("document", party.documents),
                ("phone", party.phones),
                ("email", party.emails),
            )
            for value in values
        ]
        for a in party.addresses:
            line = ", ".join(filter(None, (a.street, a.postcode, a.city, a.country)))
            asked += [("address", line, key) for key in fold_address(a)]
        for channel, ours, key in asked:
            for position, theirs in self._exact.get((channel, key), ()):
                agreement = found.setdefault(position, _Agreement())
                agreement.identifiers[channel, ours, theirs] = None

    def _reason(self, known: KnownEntry, agreement: _Agreement) -> Reason:
        """Returns the reason for a match with an entry. The score is the highest score of a channel (name or
        kind of identifier). The evidence contains the lines of all channels."""
        listed, match = known.list, agreement.match
        scores = dict.fromkeys((channel for channel, _, _ in agreement.identifiers), 1.0)
        evidence: list[dict[str, Any]] = [
            {
                "name": channel,
                "ours": ours,
                "theirs": theirs,
                "relation": "=" if ours.casefold() == theirs.casefold() else "≈",
                "contribution": 1.0,
            }
            for channel, ours, theirs in agreement.identifiers
        ]
        name = known.entry.names[0].full if known.entry.names else known.entry.ref
        if match is not None:
            scores["name"], name = round(float(match.score), 4), match.name
            evidence[:0] = [
                asdict(term) | {"contribution": round(float(term.contribution), 4)}
                for term in match.terms
            ]
        # Channels with equal scores are in the order in which they were searched: identifiers before the
        # name.
        channels = sorted(scores, key=lambda channel: -scores[channel])
        score = match.score if match is not None and channels[0] == "name" else 1.0
        return Reason(
            kind="lookout" if listed.lookouts else "watchlist",
            key=f"{listed.id}:{known.entry.ref}"[:200],
            contribution=contribution(listed.weight, score, DEFAULT_THRESHOLD),
            score=scores[channels[0]],
            channels=tuple(channels),
            params={
                "list": listed.name,
                "list_id": listed.id,
                "ref": known.entry.ref,
                "version": listed.version,
                "scores": {channel: scores[channel] for channel in channels},
            },
            evidence=tuple(evidence),
            knowledge=self.version,
            theme=listed.theme,
            purpose=listed.purpose,
            entry=known.id,
            hash=known.hash,
            listed_as=name,
        )


def in_force(known: KnownEntry, group: str, now: dt.datetime) -> bool:
    """Returns whether an entry is in force now for a subject of this group."""
    ended = known.expires_at is not None and known.expires_at <= now
    list_ended = known.list.expires_on is not None and known.list.expires_on < now.date()
    return known.group in ("", group) and not ended and not list_ended
