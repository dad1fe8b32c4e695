"""The parts of the torture: processes are started again, and every difference is reported."""

from __future__ import annotations

import os
import time
from collections import Counter

import pytest

from vedette.bench import torture
from vedette.bench.stage import wait_until


def test_a_killed_process_is_started_again() -> None:
    """As systemd does; with its child processes."""
    kept = torture._Kept(dict(os.environ), ["parse", "/dev/stdin"])
    with kept:
        first = kept._process
        kept.kill()
        wait_until(lambda: kept._process is not first, 0.05, 20)
    assert kept._process.wait(20) is not None


def test_a_process_that_ends_is_not_started_again_after_the_end() -> None:
    """After the block, nothing runs."""
    with torture._Kept(dict(os.environ), ["parse", "/dev/stdin"]) as kept:
        pass
    time.sleep(0.7)
    assert kept._process.poll() is not None


@pytest.mark.parametrize(
    ("calm", "tortured", "expected"),
    [
        ({"a": 1}, {"a": 1}, {}),
        ({"a": 1}, {}, {"torture_lost_files": 1}),
        ({"a": 1}, {"a": 2}, {"torture_more_files": 1}),
        ({"a": 1}, {"b": 1}, {"torture_lost_files": 1, "torture_more_files": 1}),
    ],
)
def test_what_is_lost_and_what_is_more(database, calm, tortured, expected) -> None:
    """A row that is missing, doubled or different is counted."""
    found = [
        {name: Counter() for name in torture._COMPARED}
        | {"files": Counter({(key,): n for key, n in one.items()})}
        for one in (calm, tortured)
    ]
    figures = list(torture._figures(found, [set(), {"11111111-1111-1111-1111-111111111111"}], ""))
    told = {figure.name: figure.value for figure in figures if figure.value}
    assert told == expected | {"torture_acknowledged_lost": 1}


def test_what_is_compared_can_be_read(database) -> None:
    """Each query fits the schema."""
    rows = torture._read()
    assert rows.pop("numbers").total() == 1
    assert not any(one.total() for one in rows.values())
