"""The identifiers of a subject beside those of a list entry."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation

from vedette.apps.desk import compared
from vedette.apps.hits import wording
from vedette.apps.subjects.kinds import app_kind
from vedette.core.entries import Entry, EntryIdentifier


def _one(kind: str, value: str, country: str | None = None) -> EntryIdentifier:
    return EntryIdentifier(kind=kind, value=value, country=country)


def _names(ours: list[EntryIdentifier], *theirs: EntryIdentifier) -> list[str]:
    return [line["name"] for line in compared.lines(ours, Entry(ref="1", identifiers=theirs))]


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


OURS = [_one("passport", "N60014004", "CHN"), _one("phone", "+20 000 10014002")]


@pytest.mark.parametrize(
    ("listed", "names"),
    [
        (_one("passport", "T39500212", "CI"), ["document"]),
        (_one("document", "T39500212"), ["document"]),
        (_one("id_card", "T39500212", "CI"), []),
        (_one("passport", "n60014oo4", "CI"), ["issuer"]),
        (_one("passport", "N60014004", "CN"), []),
        (_one("passport", "N60014004"), []),
        (_one("phone", "+20 000 950106"), ["phone"]),
        (_one("phone", "0020 00010014002"), []),
        (_one("phone", "–"), []),
        (_one("email", "a@b.example"), []),
        (_one("imo", "9074729"), []),
    ],
)
def test_only_comparable_identifiers_differ(listed: EntryIdentifier, names: list[str]) -> None:
    """A passport is not compared with an identity card, nor a value with a missing one."""
    assert _names(OURS, listed) == names


def test_one_agreeing_value_is_enough() -> None:
    """An entry with several passports differs only if none of them agrees."""
    assert not _names(OURS, _one("passport", "T39500212"), _one("passport", "N60014004"))


def test_a_line_shows_both_values_and_is_bounded() -> None:
    """The issuing states are shown; of many values, the first and a number."""
    [line] = compared.lines(
        OURS, Entry(ref="1", identifiers=tuple(_one("passport", f"T{n}", "CI") for n in range(300)))
    )
    assert (line["ours"], line["relation"]) == ("passport N60014004 (CHN)", "≠")
    assert line["theirs"].startswith("passport T0 (CIV), passport T1 (CIV)")
    assert line["theirs"].endswith("and 295 more")


def test_stored_agreement_is_not_contradicted() -> None:
    """An entry that changed since the reason was stored gives no line against the stored evidence."""
    entry = Entry(ref="1", identifiers=(_one("phone", "+20 000 950106"),))
    assert not compared.lines(OURS, entry, [{"name": "phone", "relation": "="}])


def test_favour_names_what_differs_in_every_reason() -> None:
    """As the facts in favour do."""
    assert compared.differing([["document", "phone"], ["phone"]]) == (
        "Differs from the entry: telephone number"
    )
    assert compared.differing([["document"], ["phone"]]) == compared.differing([]) == ""


def test_a_condition_of_two_branches_is_shown_once() -> None:
    """A profile may state the same condition in several branches."""
    line = {
        "condition": "one_way",
        "column": "one_way",
        "what": "One way",
        "operator": "is",
        "found": "yes",
    }
    [group] = wording.pairs([line, dict(line)], app_kind("traveller"))
    assert len(group["pairs"]) == 1
