"""Titles behind given names, and names that only end like one."""

from __future__ import annotations

import pytest

from vedette.core.names import plain_given, spellings, title


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("KEVINMICHAELMR", ("KEVINMICHAEL", "KEVINMICHAELMR")),
        ("DOLAN MR", ("DOLAN",)),
        ("MOLLYMRS", ("MOLLY",)),
        ("LISA MS", ("LISA",)),
        ("ALEKSANDR", ("ALEKSANDR",)),
        ("BADR", ("BADR",)),
        ("ALI DR", ("ALI",)),
        ("ADAMS", ("ADAMS", "ADA")),
        ("SHAMS", ("SHAMS", "SHA")),
        ("NOUR SHAMS", ("NOUR SHAMS", "NOUR SHA")),
        ("ABU QAMR", ("ABU QAMR", "ABU QA")),
        ("QAMR", ("QAMR", "QA")),
        ("AMR", ("AMR",)),
        ("OMAR", ("OMAR",)),
        ("SAMIR", ("SAMIR",)),
        ("MISS", ("MISS",)),
        ("Kayla Ms", ("KAYLA",)),
        (None, ("",)),
    ],
)
def test_titles_are_taken_off_but_names_stay(given: str | None, expected: tuple[str, ...]) -> None:
    """DR is never glued; where MR or MS may end a name both spellings stand, the likelier first."""
    assert spellings(given) == expected
    assert plain_given(given) == expected[0]


def test_the_title_is_what_was_taken_off() -> None:
    """Apart or glued; the end of a name is none, nor is the mark of a child."""
    assert [title(given) for given in ("DOLANMR", "KONG CHUN MRS", "SHAMS", "ALEKSANDR", "ANN CHD")] == [
        "MR", "MRS", None, None, None,
    ]  # fmt: skip
