"""Query files → lines of JSON."""

import datetime as dt
import json

import pytest

from vedette.core.entries import Entry, EntryName
from vedette.screening.names import answers
from vedette.screening.names.answers import born, workers
from vedette.screening.names.fairness import shares
from vedette.screening.names.index import NameIndex
from vedette.screening.names.model import DEFAULT_THRESHOLD

ROWS = [{"full_name": "Ann Exampel", "nationality": "FR"}, {"full_name": "Nobody Known"}, {}]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1965-02-11", dt.date(1965, 2, 11)),
        ("1969-7-16", dt.date(1969, 7, 16)),
        ("1974-01-32", 1974),
    ],
)
def test_birth_dates_are_read_as_files_write_them(text: str, day: dt.date) -> None:
    """Months without a zero; a day that no month has still tells the year."""
    assert born(text) == day
    assert born("1965") == 1965
    assert born("na") is born("") is born(None) is born("0000") is None


@pytest.mark.parametrize("count", [1, 2])
def test_answers_are_in_order_whatever_the_number_of_processes(count: int) -> None:
    """`--workers 2` prints what one process prints."""
    index = NameIndex.build([("A", Entry(ref="7", names=(EntryName(full="Ann Example"),)))])
    with workers(index, count) as answering:
        lines = b"".join(answering.answers(ROWS, DEFAULT_THRESHOLD, 10)).splitlines()
    found = [json.loads(line) for line in lines]
    assert [f["row"] for f in found] == [0, 1, 2]
    assert [len(f["candidates"]) for f in found] == [1, 0, 0]
    candidate = found[0]["candidates"][0]
    assert (candidate["list"], candidate["entry"], candidate["name"]) == ("A", "7", "Ann Example")
    assert {"name", "relation", "contribution"} <= set(candidate["reasons"][0])


def test_who_hands_out_answers_too_and_the_order_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many more chunks than wait at a time: every row once, in order, the same as by one process."""
    monkeypatch.setattr(answers, "CHUNK", 3)
    monkeypatch.setattr(answers, "MOST_MADE", 4)
    index = NameIndex.build([("A", Entry(ref="7", names=(EntryName(full="Ann Example"),)))])
    rows = ROWS * 100
    told = []
    for count in (1, 2):
        with workers(index, count) as answering:
            told.append(b"".join(answering.answers(rows, DEFAULT_THRESHOLD, 10)))
    assert told[0] == told[1]
    assert [json.loads(line)["row"] for line in told[1].splitlines()] == list(range(300))


def test_shares_of_false_alarms_are_counted_by_group() -> None:
    """Nobody's names fare worse unnoticed; small groups are counted together."""
    rows = [{"full_name": "Ann", "gender": "female", "nationality": "FR"}] * 150
    rows += [{"full_name": "安", "gender": "female", "nationality": "CN"}] * 50
    found = {(s.kind, s.group): (s.asked, s.hit) for s in shares(rows, [False] * 150 + [True] * 50)}
    assert found["script", "LATIN"] == (150, 0)
    assert found["script", "other"] == (50, 50)
    assert found["sex", "female"] == (200, 50)
