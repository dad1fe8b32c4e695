"""The movements of cash of the demonstration: each message can be read, each case occurs, and a start at the
same moment gives the same bytes."""

from __future__ import annotations

import datetime as dt
from itertools import islice, pairwise

from vedette.cash import announcements
from vedette.cash.formats import table
from vedette.cash.records import Message
from vedette.demo.world.cash_days import _CASES, AUTHORITY, BEFORE, CASES, EVERY, ONE_IN, CashDays

BEGAN = dt.datetime(2026, 12, 2, 18, 40, tzinfo=dt.UTC)
ROUND = ONE_IN * len(_CASES)


def _read(data: bytes) -> list[Message]:
    reader = announcements.read if announcements.READER.sniff(data[:200], data) else table.read
    return reader(data)


def test_every_message_is_read_and_has_its_own_references() -> None:
    days = CashDays(1, BEGAN)
    references: set[str] = set()
    for due in [*days.earlier(), *islice(days.due(), 2 * ROUND)]:
        for message in _read(due.data):
            assert not message.warnings, (due.filename, message.warnings)
            name = message.reference or message.code
            if message.action == "count":
                assert message.amends in references
                continue
            assert name
            assert name not in references, due.filename
            references.add(name)
            official = message.movement.official
            assert message.announcement or (official and official.authority == AUTHORITY)


def test_the_same_moment_gives_the_same_bytes_and_a_later_start_continues() -> None:
    first, again = CashDays(3, BEGAN), CashDays(3, BEGAN)
    assert list(first.earlier()) == list(again.earlier())
    some = list(islice(first.due(), 30))
    assert some == list(islice(again.due(), 30))
    assert some[0].at == BEGAN - BEFORE
    assert [b.at - a.at for a, b in pairwise(some)] == [EVERY] * 29
    assert next(again.due(some[7].at)) == some[7]
    assert all(due.at < some[0].at for due in first.earlier())


def test_each_case_occurs_in_a_round() -> None:
    """Listed persons and companies, gold, instruments, a parcel, counts with and without a difference, days
    below the threshold, and a declaration of a partner."""
    days = CashDays(5, BEGAN)
    assert {*CASES, "announced"} == set(_CASES)
    messages = [one for due in islice(days.due(), ROUND) for one in _read(due.data)]
    movements = [one.movement for one in messages if one.action == "original"]
    assert sum(one.announcement for one in messages) == 1
    assert sum(one.action == "count" for one in messages) == 2
    assert sum(one.partner == "TN" for one in messages) == 1
    assert {line.kind for one in movements for line in one.lines} >= {
        "currency",
        "gold",
        "instrument",
    }
    assert any(not one.accompanied and one.record == "ex_officio" for one in movements)
    people = [
        one.carrier.document.number for one in movements if one.carrier and one.carrier.document
    ]
    assert max(people.count(number) for number in people) >= 3
