"""Damage inside one traveller's group must not reach any other traveller.

One byte replaced, inserted, deleted or doubled, or two segments swapped, between the first byte of one
traveller's group and the third byte from its end: every other traveller reads equal; the mutated one
may change, split or vanish, and if it splits or vanishes there is a warning; nothing raises.
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
#: Bytes that do harm more often than others.
_SHARP = b"+:'?*\n\r NADLOCTIFUNTSRC0"
#: Segments of PNRGOV's group 2: they belong to the TIF before them.
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
    """A message with its travellers' groups: for each the bounds of its segments in bytes."""

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
        #: The name of a group of travellers has no traveller of its own: it is not damaged here.
        self.groups = [bounds for bounds, own in owned if own]
        #: For each group the people it speaks of: itself, and the infant whose name, document and
        #: ticket a booking states in the group of the adult (INFT, DOCS of gender FI, TKNE INF).
        self.own = [own for _, own in owned if own]

    def mutate(self, rng: random.Random) -> tuple[str, int, bytes]:
        """What was done, to which group, and the damaged message."""
        at = rng.randrange(len(self.groups))
        bounds = self.groups[at]
        kind = rng.choice(KINDS)
        data = self.data
        if kind == "swapped":
            if len(bounds) < 2:
                return kind, at, data
            (a, b), (c, d) = sorted(rng.sample(bounds, 2))
            return kind, at, data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]
        place = rng.randrange(bounds[0][0], bounds[-1][1] - 2)
        byte = bytes([rng.choice(_SHARP) if rng.random() < 0.5 else rng.randrange(256)])
        if kind == "replaced":
            return kind, at, data[:place] + byte + data[place + 1 :]
        if kind == "inserted":
            return kind, at, data[:place] + byte + data[place:]
        if kind == "deleted":
            return kind, at, data[:place] + data[place + 1 :]
        return kind, at, data[: place + 1] + data[place:]

    def harm(self, at: int, damaged: bytes) -> str | None:
        """What damage to group `at` did that it must not; None where it did no harm."""
        try:
            people, warnings, _ = read(damaged)
        except Exception as error:  # any exception at all is the finding
            return f"raised {type(error).__name__}"
        others = Counter(person for n, person in enumerate(self.people) if n not in self.own[at])
        lost = others - Counter(people)
        if lost:
            return "another traveller reads differently"
        if len(people) != len(self.people) and warnings <= self.warnings:
            return "split or vanished without a warning"
        return None


def read(data: bytes) -> tuple[list[bytes], int, list[int]]:
    """Every traveller of a file as JSON bytes, in order; the number of warnings; their offsets."""
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
    """For each adult the infants who travel with him, by their places in the file."""
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
    """Those of the message itself, then those of its bookings."""
    yield from message.travellers
    for booking in message.bookings:
        yield from booking.travellers


def groups(data: bytes) -> list[list[tuple[int, int]]]:
    """For each traveller, in order, the start and end of each of its segments, terminator included."""
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
    """Three passenger lists and three pushes of bookings: the shared samples where they are named by
    `VEDETTE_SHARED`, else messages of our own writers."""
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
    """Of `count` mutations those that did harm: kind, group, damaged message, what it did."""
    rng = random.Random(seed)  # noqa: S311 (not for secrets)
    for _ in range(count):
        kind, at, damaged = source.mutate(rng)
        harm = source.harm(at, damaged)
        if harm is not None:
            yield kind, at, damaged, harm


def run() -> Iterator[Figure]:
    """Harmful mutations over all sources; 0 is the aim. The seed is in the figure."""
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
