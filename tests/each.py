"""One test for one rule over many cases: every case is tried, and all that break it are told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest

Case = TypeVar("Case")


def each(
    cases: Iterable[Case], check: Callable[[Case], None], name: Callable[[Case], object] = repr
) -> None:
    """Fails with the name and the message of each case that `check` does not accept."""
    tried, failures = 0, []
    for case in cases:
        tried += 1
        try:
            check(case)
        except (Exception, pytest.fail.Exception) as error:
            failures.append(f"{name(case)}: {type(error).__name__}: {error}")
    assert tried, "no case"
    assert not failures, f"{len(failures)} of {tried}:\n" + "\n".join(failures)
