"""Pairs of records that may be the same."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from dataclasses import replace
from decimal import Decimal

from vedette.apps.operations.duplicates import Record, pairs, some_pairs

AT = dt.datetime(2026, 11, 3, 8, 0, tzinfo=dt.UTC)
PLACES = (
    "Port de Dunes",
    "Pont de la Rivière",
    "Aéroport Nord",
    "Gare de triage",
    "Centre postal",
    "Quai Est",
)
GOODS = (
    "white powder in sacks",
    "blue drums with crystals",
    "tablets in boxes",
    "liquid in canisters",
)


def _drawn(draw: random.Random) -> Record:
    return Record(
        id=uuid.UUID(int=draw.getrandbits(128)),
        kind="seizure",
        category=draw.choice(("precursor", "drug", "tobacco")),
        at=AT + dt.timedelta(minutes=draw.randrange(30 * 24 * 60)),
        amount=Decimal(draw.randint(10, 99_999)) / 10,
        base="kg",
        place=draw.choice(PLACES),
        reference=f"{draw.choice('ABCD')}{draw.randint(100, 999)} {draw.randint(1000, 9999)}",
        text=draw.choice(GOODS),
    )


def _again(draw: random.Random, one: Record) -> Record:
    """The same seizure by another writer: a typing error, the day before or after, or a wrong unit."""
    made = replace(one, id=uuid.UUID(int=draw.getrandbits(128)), text=draw.choice((one.text, "")))
    match draw.randrange(4):
        case 0:
            letters = list(made.place)
            place = draw.randrange(len(letters) - 1)
            letters[place], letters[place + 1] = letters[place + 1], letters[place]
            return replace(made, place="".join(letters), reference="")
        case 1:
            return replace(made, at=made.at + draw.choice((-1, 1)) * dt.timedelta(hours=24))
        case 2:
            return replace(made, amount=made.amount * 1000)
    return replace(made, amount=(made.amount * Decimal("1.01")).quantize(Decimal("0.1")))


def _twin(draw: random.Random, one: Record) -> Record:
    """Another parcel of the same lorry."""
    return replace(
        one,
        id=uuid.UUID(int=draw.getrandbits(128)),
        amount=one.amount + draw.randint(1, 9) * one.amount / 10 + 1,
    )


def test_pairs_are_proposed_and_parcels_of_one_lorry_are_not() -> None:
    """A drawn set of 1,500 records, 100 pairs and 200 near-twins: at least 95 of 100 pairs, and no more than
    2 % wrong proposals."""
    draw = random.Random(11)
    records = [_drawn(draw) for _ in range(1_500)]
    truth = set()
    for one in records[:100]:
        again = _again(draw, one)
        records.append(again)
        truth.add(frozenset((one.id, again.id)))
    records += [_twin(draw, one) for one in records[100:300]]
    draw.shuffle(records)
    proposed = {frozenset((pair.one, pair.other)) for pair in pairs(records)}
    assert len(proposed & truth) >= 95
    assert len(proposed - truth) <= 0.02 * len(proposed)


def test_reasons_and_order() -> None:
    """The same pair in any order of the records, with its reasons; nothing without a quantity."""
    draw = random.Random(5)
    one = _drawn(draw)
    other = replace(one, id=uuid.UUID(int=1))
    (pair,) = pairs([one, other])
    assert pair == pairs([other, one])[0]
    assert pair.score == 1.0
    assert pair.reasons == ("same_quantity", "same_time", "same_reference", "place", "text")
    assert pairs([replace(one, amount=Decimal(0)), replace(other, amount=Decimal(0))]) == []
    assert pairs([one, replace(other, at=one.at + dt.timedelta(days=3))]) == []
    assert pairs([one, replace(other, reference="ZZ999 0000")]) == []
    assert pairs([one, replace(other, kind="control")]) == []
    controls = [replace(each, kind="control") for each in (one, other)]
    assert len(pairs(controls)) == 1
    assert pairs([replace(each, reference="") for each in controls]) == []


def test_equal_records_do_not_make_the_work_grow() -> None:
    """Equal records have as many pairs as their square. The given number is compared, and the answer says
    whether others were not."""
    one = replace(_drawn(random.Random(7)), reference="", text="a" * 10_000, place="ab" * 5_000)
    records = [replace(one, id=uuid.UUID(int=n)) for n in range(1, 301)]
    found, whole = some_pairs(records, 1_000)
    assert (len(found), whole) == (1_000, False)
    assert some_pairs(records[:20], 1_000) == (pairs(records[:20]), True)
