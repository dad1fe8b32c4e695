"""An immutable snapshot of all watchlist entries of one organisation, and its only query: `screen`.

A snapshot contains every current entry of every list of one organisation. Screening is a pure function of
subjects and snapshot: it returns all reasons, and makes no decision.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from vedette.core.entries import Entry
from vedette.core.parties import Address
from vedette.core.records import Record
from vedette.screening.exact import (
    fold_address,
    fold_document,
    fold_email,
    fold_listed_address,
    fold_phone,
)
from vedette.screening.names import DEFAULT_THRESHOLD, Query
from vedette.screening.names.index import NameIndex
from vedette.screening.names.model import Match
from vedette.screening.priority import contribution

#: Kind of a listed identifier → channel that looks it up.
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
    """The folded values under which the channel finds a listed identifier."""
    if channel == "address":
        return fold_listed_address(value)
    folded = _FOLDS[channel](value)
    return (folded,) if folded else ()


class ListInfo(Record, frozen=True, kw_only=True):
    """A list, with the data that its reasons show."""

    id: str
    name: str
    version: int
    weight: int
    theme: str
    purpose: str
    expires_on: dt.date | None = None
    lookouts: bool = False


class KnownEntry(Record, frozen=True, kw_only=True):
    """An entry with its id in the store. A lookout has an end, and may be limited to one flight."""

    id: str
    list: ListInfo
    entry: Entry
    hash: str
    flight: str = ""
    expires_at: dt.datetime | None = None


class Subject(Record, frozen=True, kw_only=True):
    """The person to be screened: every name and identifier that any source states."""

    names: tuple[tuple[str | None, str | None], ...] = ()
    date_of_birth: dt.date | None = None
    nationality: str | None = None
    sex: str | None = None
    documents: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    #: Carrier and number, for lookouts that are limited to one flight.
    flight: str = ""


class Evidence(Record, frozen=True, kw_only=True):
    """One line of the comparison: our value, the listed value, their relation, and the contribution to the
    score."""

    name: str
    ours: str | None
    theirs: str | None
    relation: str
    contribution: float


class Found(Record, frozen=True, kw_only=True):
    """A reason: entry, channel, score and evidence."""

    known: KnownEntry
    channel: str
    score: float
    contribution: int
    entry_name: str
    evidence: tuple[Evidence, ...]


class Knowledge:
    """An immutable snapshot. `number` increases with every change of the underlying lists. `names` is an
    index of these entries' names, in this order, if one was built before."""

    def __init__(
        self,
        number: int,
        entries: Sequence[KnownEntry],
        threshold: float | None = None,
        names: NameIndex | None = None,
    ) -> None:
        self.number = number
        self.entries = tuple(entries)
        self.threshold = DEFAULT_THRESHOLD if threshold is None else threshold
        if names is None:
            names = NameIndex.build([(str(i), e.entry) for i, e in enumerate(self.entries)])
        self.names = names
        self._exact: dict[tuple[str, str], list[tuple[int, str]]] = {}
        for i, known in enumerate(self.entries):
            for identifier in known.entry.identifiers:
                channel = CHANNELS.get(identifier.kind)
                if channel is None:
                    continue
                for value in listed_keys(channel, identifier.value):
                    self._exact.setdefault((channel, value), []).append((i, identifier.value))

    def screen(
        self, subjects: Sequence[Subject], now: dt.datetime | None = None
    ) -> list[list[Found]]:
        """The reasons for each subject, the highest score first. Expired lists and lookouts give none."""
        now = now or dt.datetime.now(dt.UTC)
        queries, owners = [], []
        for position, subject in enumerate(subjects):
            for surname, given in subject.names:
                if surname or given:
                    owners.append(position)
                    queries.append(
                        Query(
                            surname=surname,
                            given_names=given,
                            date_of_birth=subject.date_of_birth,
                            nationality=subject.nationality,
                            sex=subject.sex,
                            schema="Person",
                        )
                    )
        found: list[dict[tuple[int, str], Found]] = [{} for _ in subjects]
        matches = self.names.search(queries, self.threshold, None) if queries else []
        for owner, group in zip(owners, matches, strict=True):
            for match in group:
                self._keep(found[owner], subjects[owner], now, self._by_name(match))
        if self._exact:
            for position, subject in enumerate(subjects):
                for reason in self._by_identifier(subject):
                    self._keep(found[position], subject, now, reason)
        return [sorted(f.values(), key=lambda r: -r.score) for f in found]

    def _by_name(self, match: Match) -> Found:
        known = self.entries[int(match.list_id)]
        return Found(
            known=known,
            channel="name",
            score=round(float(match.score), 4),
            contribution=contribution(known.list.weight, match.score, self.threshold),
            entry_name=match.name,
            evidence=tuple(
                Evidence(
                    name=t.name,
                    ours=t.ours,
                    theirs=t.theirs,
                    relation=t.relation,
                    contribution=round(float(t.contribution), 4),
                )
                for t in match.terms
            ),
        )

    def _by_identifier(self, subject: Subject) -> list[Found]:
        asked = [
            (channel, value, _FOLDS[channel](value))
            for channel, values in (
                ("document", subject.documents),
                ("phone", subject.phones),
                ("email", subject.emails),
            )
            for value in values
        ] + [("address", _line(a), key) for a in subject.addresses for key in fold_address(a)]
        return [
            self._identified(channel, ours, self.entries[position], theirs)
            for channel, ours, key in asked
            for position, theirs in self._exact.get((channel, key), ())
        ]

    def _identified(self, channel: str, ours: str, known: KnownEntry, theirs: str) -> Found:
        relation = "=" if ours.casefold() == theirs.casefold() else "≈"
        names = known.entry.names
        return Found(
            known=known,
            channel=channel,
            score=1.0,
            contribution=contribution(known.list.weight, 1.0, self.threshold),
            entry_name=names[0].full if names else known.entry.ref,
            evidence=(
                Evidence(
                    name=channel, ours=ours, theirs=theirs, relation=relation, contribution=1.0
                ),
            ),
        )

    @staticmethod
    def _keep(
        held: dict[tuple[int, str], Found], subject: Subject, now: dt.datetime, reason: Found
    ) -> None:
        known = reason.known
        if known.flight and known.flight != subject.flight:
            return
        if known.expires_at is not None and known.expires_at <= now:
            return
        if known.list.expires_on is not None and known.list.expires_on < now.date():
            return
        key = (id(known), reason.channel)
        if key not in held or held[key].score < reason.score:
            held[key] = reason


def _line(address: Address) -> str:
    parts = (address.street, address.postcode, address.city, address.country)
    return ", ".join(part for part in parts if part)
