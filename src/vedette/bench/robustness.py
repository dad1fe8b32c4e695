"""Damage to the segments of one traveller must not change any other traveller.

A mutation replaces, inserts, deletes or doubles one byte, or swaps two segments. The damage is between the
first byte of the segments of one traveller and the third byte before the end of these segments. The records
of all other travellers must then be the same as before. The damaged traveller may change, become several
travellers or disappear. If the number of travellers changes, there must be a warning. No exception may be
raised.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from vedette.bench import Figure
from vedette.bench.samples import booking_push, passenger_list
from vedette.formats import as_json, edifact
from vedette.travellers import formats, records

SEED = 20261124
MUTATIONS = 100_000
KINDS = ("replaced", "inserted", "deleted", "doubled", "swapped")
#: Bytes that cause damage more often than others.
_SHARP = b"+:'?*\n\r NADLOCTIFUNTSRC0"
#: Segments of group 2 of PNRGOV: they belong to the TIF before them.
_OF_TIF = frozenset(
    {"FTI", "IFT", "REF", "EBD", "FAR", "SSR", "ADD", "TKT", "MON", "PTK", "TXD", "DAT", "FOP"}
)
_SAMPLES = (
    "apisMessage",
    "loader_airline2",
    "tamr_flight1",
    "loader_3_pnrs",
    "loader_codeshare",
    "pnrWithDoco",
)


class Source:
    """A message with the groups of its travellers. A group is a list of segments, each with the positions of
    its first byte and of its end."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.data = data
        self.people, self.warnings, offsets = read(data)
        wards = _wards(data)
        owned = []
        for bounds in groups(data):
            start, end = bounds[0][0], bounds[-1][1]
            own = {n for n, at in enumerate(offsets) if start <= at < end}
            owned.append((bounds, own | {ward for n in own for ward in wards.get(n, ())}))
        #: The name of a group booking is not a traveller: its group is not damaged.
        self.groups = [bounds for bounds, own in owned if own]
        #: For each group, the people whom it states: its traveller, and the infant whose name, document and
        #: ticket a booking states in the group of the adult (INFT, DOCS of gender FI, TKNE INF).
        self.own = [own for _, own in owned if own]

    def mutate(self, rng: random.Random) -> tuple[str, int, bytes]:
        """Returns the kind of mutation, the damaged group, and the damaged message."""
        at = rng.randrange(len(self.groups))
        bounds, data = self.groups[at], self.data
        kind = rng.choice(KINDS)
        if kind == "swapped":
            if len(bounds) < 2:
                return kind, at, data
            (a, b), (c, d) = sorted(rng.sample(bounds, 2))
            return kind, at, data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]
        place = rng.randrange(bounds[0][0], bounds[-1][1] - 2)
        byte = bytes([rng.choice(_SHARP) if rng.random() < 0.5 else rng.randrange(256)])
        there = data[place : place + 1]
        new = {"replaced": byte, "inserted": byte + there, "deleted": b"", "doubled": 2 * there}
        return kind, at, data[:place] + new[kind] + data[place + 1 :]

    def harm(self, at: int, damaged: bytes) -> str | None:
        """Returns the forbidden effect of damage to group `at`, or None if there is none."""
        try:
            people, warnings, _ = read(damaged)
        except Exception as error:  # every exception is a forbidden effect
            return f"raised {type(error).__name__}"
        others = Counter(person for n, person in enumerate(self.people) if n not in self.own[at])
        lost = others - Counter(people)
        if lost:
            return "another traveller reads differently"
        if len(people) != len(self.people) and warnings <= self.warnings:
            return "split or vanished without a warning"
        return None


def read(data: bytes) -> tuple[list[bytes], int, list[int]]:
    """Returns every traveller of a file as JSON bytes, in order; the number of warnings; and the offsets of
    the travellers."""
    people: list[bytes] = []
    offsets: list[int] = []
    warnings = 0
    for message in formats.read(data):
        warnings += len(message.warnings)
        for person in travellers(message):
            people.append(msgspec.json.encode(as_json.plain(person)))
            offsets.append(-1 if person.offset is None else person.offset)
    return people, warnings, offsets


def _wards(data: bytes) -> dict[int, list[int]]:
    """Returns for each adult the accompanied infants. People are given by their positions in the file."""
    found: dict[int, list[int]] = {}
    start = 0
    for message in formats.read(data):
        start += len(message.travellers)
        for booking in message.bookings:
            places = {p.reference: start + n for n, p in enumerate(booking.travellers)}
            for n, person in enumerate(booking.travellers):
                adult = places.get(person.accompanied_by) if person.accompanied_by else None
                if adult is not None:
                    found.setdefault(adult, []).append(start + n)
            start += len(booking.travellers)
    return found


def travellers(message: records.Message) -> Iterator[records.Traveller]:
    """Yields the travellers of the message itself, then the travellers of its bookings."""
    yield from message.travellers
    for booking in message.bookings:
        yield from booking.travellers


def groups(data: bytes) -> list[list[tuple[int, int]]]:
    """Returns for each traveller, in order, the start and end of each of its segments. The end of a segment
    is the position after its terminator."""
    found: list[list[tuple[int, int]]] = []
    for message in edifact.interchanges(data):
        opens, belongs = ("NAD", None) if message.type == "PAXLST" else ("TIF", _OF_TIF)
        current: list[tuple[int, int]] | None = None
        booked = False
        for seg in message.segments:
            if seg.tag == "SRC":
                booked = False
            if seg.tag == "TVL":
                booked = True
            if seg.tag == opens and seg.get(1) != "MS" and not booked:
                current = []
                found.append(current)
            elif seg.tag == "CNT" or (belongs is not None and seg.tag not in belongs):
                current = None
            if current is not None:
                current.append((seg.offset, seg.offset + seg.length + 1))
    return found


def sources() -> list[Source]:
    """Returns three passenger lists and three pushes of bookings: the samples in the folder of the variable
    `VEDETTE_SHARED`, or else messages that vedette writes."""
    folder = Path(os.environ.get("VEDETTE_SHARED", "/nonexistent")) / "data/messages/passenger"
    found = []
    for number, name in enumerate(_SAMPLES):
        path = folder / f"{name}.edi"
        if path.exists():
            found.append(Source(name, path.read_bytes()))
        elif number < 3:
            found.append(Source(f"passenger list {number}", passenger_list(8, seed=number)))
        else:
            found.append(Source(f"push of bookings {number}", booking_push(4, seed=number)))
    return found


def harms(source: Source, count: int, seed: int) -> Iterator[tuple[str, int, bytes, str]]:
    """Makes `count` mutations and yields each harmful mutation: kind, group, damaged message, effect."""
    rng = random.Random(seed)  # noqa: S311 (not for secrets)
    for _ in range(count):
        kind, at, damaged = source.mutate(rng)
        harm = source.harm(at, damaged)
        if harm is not None:
            yield kind, at, damaged, harm


def run() -> Iterator[Figure]:
    """Yields the number of harmful mutations for each source, and the total."""
    all_sources = sources()
    each = -(-MUTATIONS // len(all_sources))
    total = 0
    for source in all_sources:
        found = Counter(harm for *_, harm in harms(source, each, SEED))
        total += sum(found.values())
        what = "; ".join(f"{n} {harm}" for harm, n in found.items()) or "none did harm"
        size = f"{each:,} mutations of one of {len(source.groups)} travellers, seed {SEED}; {what}"
        yield Figure(f"robustness {source.name}", sum(found.values()), "harmful", size, 1, "0")
    yield Figure("robustness", total, "harmful", f"{each * len(all_sources):,} mutations", 1, "0")
