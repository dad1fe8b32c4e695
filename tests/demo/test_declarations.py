"""The declarations of the demonstration: the same for the same seed, readable, and with the inserted
cases."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from dataclasses import dataclass

from vedette.demo.world.declarations import CASES, ONE_IN, SYNTHETIC, Declarations
from vedette.goods import controls, declarations, formats
from vedette.goods.kind import KIND

BEGAN = dt.datetime(2026, 11, 27, 8, 0, tzinfo=dt.UTC)
COUNT = 12 * ONE_IN
HOME = uuid.UUID(int=7)


@dataclass
class Received:
    """A received file."""

    received_at: dt.datetime
    organisation: uuid.UUID = HOME
    submitter: str = "operator"


def test_the_same_seed_gives_the_same_bytes() -> None:
    one = list(itertools.islice(Declarations(5, BEGAN).due(), 40))
    two = list(itertools.islice(Declarations(5, BEGAN).due(), 40))
    assert one == two
    assert one != list(itertools.islice(Declarations(6, BEGAN).due(), 40))
    # After a restart, the sequence continues with the declaration that was stored last.
    assert next(Declarations(5, BEGAN).due(one[7].at)) == one[7]


def test_the_planted_cases_and_nothing_else_give_reasons() -> None:
    found: list[str] = []
    items = 0
    for due in itertools.islice(Declarations(5, BEGAN).due(), COUNT):
        [message] = formats.read(due.data)
        assert message.warnings == ()
        assert SYNTHETIC.encode() in due.data
        received = Received(due.at)
        group = KIND.group(message, received)
        hold = declarations.Held(group)
        declarations._place(message, ["2026-11-27", "", 0], hold, due.at)
        for item in hold.subjects:
            items += 1
            if controls.reasons([(hold, item)], BEGAN)[0]:
                found.append(declarations.read(hold, item).item.description or "")
    planted = {item.description for item, _ in CASES.values()}
    assert items > COUNT
    assert set(found) == planted
    assert len(found) == COUNT // ONE_IN
