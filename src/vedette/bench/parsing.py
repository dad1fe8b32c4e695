"""The speed at which one process reads messages, from bytes to records, and the time that it takes to refuse
a huge input."""

from __future__ import annotations

import time
from collections.abc import Iterator

from vedette.bench import Figure
from vedette.bench.samples import booking_push, passenger_list
from vedette.bench.stage import seconds
from vedette.travellers import formats

_LISTS, _PEOPLE = 40, 300
_PUSHES, _BOOKINGS = 8, 200
_ROUNDS = 5


def run() -> Iterator[Figure]:
    """Yields travellers per second of passenger lists and bookings per second of pushes. The result is that
    of the best round. The time of a round is the CPU time of this process, because other work on the machine
    affects this time least."""
    lists = [passenger_list(_PEOPLE, seed) for seed in range(_LISTS)]
    people = _LISTS * _PEOPLE
    size = f"{_LISTS} lists of {_PEOPLE}, {sum(map(len, lists)) // 1024:,} kB, CPU time"
    yield Figure("parsing PAXLST", people / _best(lists), "travellers/s", size, 1, "15,000")
    pushes = [booking_push(_BOOKINGS, seed) for seed in range(_PUSHES)]
    bookings = _PUSHES * _BOOKINGS
    segments = sum(data.count(b"'") for data in pushes) / bookings
    size = f"{_PUSHES} pushes of {_BOOKINGS}, {segments:.0f} segments a booking, CPU time"
    yield Figure("parsing PNRGOV", bookings / _best(pushes), "bookings/s", size, 1, "3,000")
    yield from _refusals()


def _best(files: list[bytes]) -> float:
    def read() -> None:
        for data in files:
            formats.read(data)

    return min(seconds(read, time.process_time) for _ in range(_ROUNDS))


def _refusals() -> Iterator[Figure]:
    """Measures the time that vedette takes to refuse a message of 200 MB and a message of a million segments.
    The time does not depend on the size of the message."""
    head = b"UNB+UNOA:1+A+B+261124:0800+1'UNH+1+PAXLST:D:05B:UN:IATA'"
    huge = {
        "200 MB": head + b"FTX+AAA+++X'" * (200 * 1024 * 1024 // 12),
        "1,000,000 segments": head + b"FTX+AAA+++X'" * 1_000_000,
    }
    for name, data in huge.items():
        start = time.perf_counter()
        try:
            formats.read(data)
            said = "read"
        except formats.Unreadable as error:
            said = error.reason
        yield Figure(f"refusing {name}", time.perf_counter() - start, "s", said)
