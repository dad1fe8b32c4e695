"""An immutable snapshot of all watchlist entries of one organisation, and its only query: `screen`.

A snapshot contains every current entry of every list of one organisation. A snapshot consists of parts, each
with its own index. One large saved part is in files that processes map into memory (`screening/saved.py`).
Small parts in memory contain the entries that changed since the large part was saved. Screening is a pure
function of the subjects and the snapshot. Screening returns all reasons and makes no decision.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from msgspec.structs import asdict

from vedette.core.entries import Entry
from vedette.core.parties import Asked, Party
from vedette.core.records import Record
from vedette.core.themes import shared
from vedette.screening.exact import CHANNELS, FOLDS, fold_address, fold_listed_address
from vedette.screening.names.index import NameIndex
from vedette.screening.names.model import DEFAULT_THRESHOLD, Match, Query
from vedette.screening.names.sounds import Array
from vedette.screening.reason import Reason, contribution

ENGINE = "names 1"


def listed_keys(channel: str, value: str) -> tuple[str, ...]:
    """Returns the normalised values of a listed identifier. A channel is a kind of comparison, such as
    document or phone."""
    if channel == "address":
        return fold_listed_address(value)
    folded = FOLDS[channel](value)
    return (folded,) if folded else ()


class ListInfo(Record, frozen=True, kw_only=True):
    """A watchlist, with the data that is shown in each reason from this list."""

    id: str
    name: str
    version: int
    weight: int
    #: The themes of the list (`core/themes.py`).
    themes: tuple[str, ...]
    purpose: str
    expires_on: dt.date | None = None
    lookouts: bool = False


class KnownEntry(Record, frozen=True, kw_only=True):
    """A watchlist entry with its id in the database. A lookout has an end, and may be limited to one group of
    subjects.
    """

    id: str
    list: ListInfo
    entry: Entry
    hash: str
    group: str = ""
    expires_at: dt.datetime | None = None


@dataclass(slots=True)
class _Agreement:
    """The agreement of one entry with a subject: the best match of a name, and the matching identifiers by
    channel.
    """

    match: Match | None = None
    #: (channel, ours, theirs), each once.
    identifiers: dict[tuple[str, str, str], None] = field(default_factory=dict)


#: The agreements of one subject with the entries of a part, by the number of the entry.
_Found = dict[int, _Agreement]


class _Identifier(NamedTuple):
    """An identifier of the subject at `position`, with its normalised value."""

    position: int
    channel: str
    ours: str
    key: str


class Identifiers:
    """The identifiers of listed entries: sorted hashes of channel and normalised value, with the row numbers
    of the entries. Two different values may have the same hash, so the caller compares the values themselves.
    """

    def __init__(self, hashes: Array, owners: Array) -> None:
        self.hashes, self.owners = hashes, owners

    def find(self, hashes: Array) -> Iterator[tuple[int, int]]:
        """For each entry with one of the given hashes, yields the position of the hash in `hashes` and the
        number of the entry.
        """
        first = np.searchsorted(self.hashes, hashes, "left")
        last = np.searchsorted(self.hashes, hashes, "right")
        for place in np.flatnonzero(last > first).tolist():
            for number in self.owners[first[place] : last[place]].tolist():
                yield place, number


class IdentifierBuilder:
    """Collects the hashes of the identifiers of entries, one entry after the other."""

    def __init__(self) -> None:
        self._hashes, self._owners = array("Q"), array("i")

    def add(self, number: int, entry: Entry) -> None:
        """Adds the identifiers of the entry with this number."""
        for identifier in entry.identifiers:
            channel = CHANNELS.get(identifier.kind, "")
            for value in listed_keys(channel, identifier.value) if channel else ():
                self._hashes.append(_hash(channel, value))
                self._owners.append(number)

    def finish(self) -> Identifiers:
        """Returns the identifiers in sorted order."""
        hashes = np.array(self._hashes, np.uint64)
        order = np.argsort(hashes, kind="stable")
        return Identifiers(hashes[order], np.array(self._owners, np.int32)[order])


def _hash(channel: str, value: str) -> int:
    text = f"{channel}\0{value}".encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")


class Part:
    """A set of entries with an index of their names and identifiers. If the array `shown` is given, a match
    gives a reason only if the array contains true for the entry.
    """

    def __init__(
        self,
        entries: Sequence[KnownEntry],
        names: NameIndex,
        identifiers: Identifiers,
        shown: Array | None = None,
    ) -> None:
        self.entries, self.names, self.identifiers = entries, names, identifiers
        self.shown = shown

    @classmethod
    def of(cls, entries: Sequence[KnownEntry]) -> Part:
        """A part in memory."""
        identifiers = IdentifierBuilder()
        for number, known in enumerate(entries):
            identifiers.add(number, known.entry)
        names = NameIndex.build((known.list.id, known.entry) for known in entries)
        return cls(tuple(entries), names, identifiers.finish())

    def by_name(self, queries: Sequence[tuple[int, Query]], found: Sequence[_Found]) -> None:
        """For each entry with a name similar to a name of a subject, adds the best match."""
        if not len(self.names):
            return
        # An index of names is used by one thread at a time.
        with _searching:
            matches = self.names.search([query for _, query in queries])
        for (position, _), group in zip(queries, matches, strict=True):
            for match in group:
                if self._shows(match.number):
                    agreement = found[position].setdefault(match.number, _Agreement())
                    if agreement.match is None or agreement.match.score < match.score:
                        agreement.match = match

    def similar(
        self, text: str, threshold: float, most: int, now: dt.datetime
    ) -> list[tuple[Match, KnownEntry]]:
        """Returns the entries that are shown and in force, and that have a name similar to the text."""
        if not len(self.names):
            return []
        limit = most
        while True:
            with _searching:
                [matches] = self.names.search([Query(full_name=text)], threshold, limit)
            shown = [
                (match, known)
                for match in matches
                if self._shows(match.number)
                and in_force(known := self.entries[match.number], known.group, now)
            ]
            if len(shown) >= most or len(matches) < limit or limit > MOST_SIMILAR:
                return shown
            limit *= 8

    def by_identifier(
        self, asked: Sequence[_Identifier], hashes: Array, found: Sequence[_Found]
    ) -> None:
        """Adds every identifier that a subject and an entry have in common."""
        for place, number in self.identifiers.find(hashes):
            if not self._shows(number):
                continue
            position, channel, ours, key = asked[place]
            for identifier in self.entries[number].entry.identifiers:
                if CHANNELS.get(identifier.kind) == channel and key in listed_keys(
                    channel, identifier.value
                ):
                    agreement = found[position].setdefault(number, _Agreement())
                    agreement.identifiers[channel, ours, identifier.value] = None

    def every(self) -> Array:
        """Returns, for each entry, whether a match with the entry gives a reason."""
        return np.ones(len(self.entries), np.bool_) if self.shown is None else self.shown

    def _shows(self, number: int) -> bool:
        return self.shown is None or bool(self.shown[number])


_searching = threading.Lock()
#: The largest number of names that a search for similar names examines.
MOST_SIMILAR = 10_000


class Knowledge:
    """An immutable snapshot of watchlist entries. `number` increases with every change of the underlying
    lists. `versions` maps the id of each list to the number of its version in this snapshot. `others`
    contains the ids of the entries of lists without versions.
    """

    def __init__(
        self,
        number: int,
        entries: Sequence[KnownEntry] = (),
        parts: Sequence[Part] = (),
        versions: Mapping[str, int] | None = None,
        others: Collection[str] = (),
    ) -> None:
        self.number = number
        #: The version that reasons state: the number of this snapshot, and the engine.
        self.version = f"{number} · {ENGINE}"
        self.parts = [*parts, *([Part.of(entries)] if entries else ())]
        self.versions, self.others = versions or {}, others

    def screen(
        self,
        asked: Sequence[Asked],
        now: dt.datetime | None = None,
        themes: Collection[str] = (),
    ) -> list[list[Reason]]:
        """Returns the reasons for each subject: one reason for each matching entry, beginning with the
        highest score. Expired lists and expired lookouts are ignored.

        `themes` contains the themes of the kind of the subjects. A reason has the themes that the list and
        the kind have in common. If the list and the kind of subject have no theme in common, the reason has
        the themes of the list.
        """
        now = now or dt.datetime.now(dt.UTC)
        queries, identifiers = _queries(asked), _identifiers(asked)
        hashes = np.array([_hash(one.channel, one.key) for one in identifiers], np.uint64)
        reasons: list[list[Reason]] = [[] for _ in asked]
        for part in self.parts:
            found: list[_Found] = [{} for _ in asked]
            part.by_name(queries, found)
            part.by_identifier(identifiers, hashes, found)
            for one, agreements, mine in zip(asked, found, reasons, strict=True):
                for number, agreement in agreements.items():
                    known = part.entries[number]
                    if in_force(known, one.group, now):
                        mine.append(self._reason(known, agreement, themes))
        for mine in reasons:
            mine.sort(key=lambda reason: (-(reason.score or 0.0), reason.key))
        return reasons

    def similar(
        self, text: str, threshold: float, most: int, now: dt.datetime
    ) -> list[tuple[Match, KnownEntry]]:
        """Returns at most `most` entries in force that have a name similar to the text, beginning with the
        most similar entry. Entries that are not shown do not count towards `most`.
        """
        found: list[tuple[Match, KnownEntry]] = []
        for part in self.parts:
            found += part.similar(text, threshold, most, now)
        return sorted(found, key=lambda pair: -pair[0].score)[:most]

    def _reason(self, known: KnownEntry, agreement: _Agreement, themes: Collection[str]) -> Reason:
        """Returns the reason for a match with an entry. The score of the reason is the highest score of all
        channels (name and kinds of identifier). The evidence contains the explanations of all channels.
        """
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
            theme=shared([one for one in listed.themes if one in themes] or listed.themes),
            purpose=listed.purpose,
            entry=known.id,
            hash=known.hash,
            listed_as=name,
        )


def _queries(asked: Sequence[Asked]) -> list[tuple[int, Query]]:
    """Returns the names of all subjects as queries, each with the position of its subject."""
    return [
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


def _identifiers(asked: Sequence[Asked]) -> list[_Identifier]:
    """Returns the identifiers of all subjects, except identifiers without a normalised value."""
    return [
        one
        for position, subject in enumerate(asked)
        for party in subject.parties
        for one in _of_party(position, party)
        if one.key
    ]


def _of_party(position: int, party: Party) -> Iterator[_Identifier]:
    for channel, values in (
        ("document", party.documents),
        ("phone", party.phones),
        ("email", party.emails),
    ):
        for value in values:
            yield _Identifier(position, channel, value, FOLDS[channel](value))
    for a in party.addresses:
        line = ", ".join(filter(None, (a.street, a.postcode, a.city, a.country)))
        for key in fold_address(a):
            yield _Identifier(position, "address", line, key)


def in_force(known: KnownEntry, group: str, now: dt.datetime) -> bool:
    """Returns whether an entry is in force at the time `now` for a subject of the group `group`."""
    ended = known.expires_at is not None and known.expires_at <= now
    list_ended = known.list.expires_on is not None and known.list.expires_on < now.date()
    return known.group in ("", group) and not ended and not list_ended
