"""Profiles as YAML files: what is written is read back the same, and nothing else is read."""

from __future__ import annotations

import datetime as dt
import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.profiles.small import FRENCH, VOCABULARY

from vedette.core.texts import render
from vedette.profiles import files
from vedette.profiles.files import FileError, ProfileFile, dump, file_text, load
from vedette.profiles.tree import lines_of

FILE = """\
id: P-014
kind: traveller
title: Itinéraire rompu, payé par un tiers
example: true
expression: |
  NOT is_crew
  AND lead_time_h < :hours
  AND origin IN LIST 'nordic'
weight: 24
purpose: serious crime
basis: fictitious law 2025-3, art. 12
source: indicators 2, 5 and 1
indicators: [2, 5, 1]
stance:
  for: a crew, a family
  against: paid by another, late
parameters:
  hours: 48
lists:
  nordic: [SE, 'NO', FI]
valid_months: 6
floor: 0.1
"""


def test_a_file_is_read_and_written_the_same() -> None:
    """The file of a profile, byte for byte, and its tree."""
    profile = load(FILE)
    assert profile.title == "Itinéraire rompu, payé par un tiers"
    assert profile.expression.splitlines()[1] == "AND lead_time_h < :hours"
    assert dump(profile) == FILE
    assert lines_of(profile.parsed(VOCABULARY)) == profile.expression
    assert load(FILE.encode()) == profile


def test_norway_stays_a_country() -> None:
    """YAML 1.1 makes NO false, 0102 sixty-six and 2026-01-31 a date: what a code list holds is text."""
    profile = load(
        FILE.replace("[SE, 'NO', FI]", "[SE, NO, FI, 0102, 1e3, 2026-01-31, ~, true, 1_000]")
    )
    assert profile.lists["nordic"] == (
        "SE", "NO", "FI", "0102", "1e3", "2026-01-31", "~", "true", "1_000",
    )  # fmt: skip
    assert load(dump(profile)) == profile


def test_lists_and_parameters_with_types() -> None:
    """A list says the type of its values where it is not text; a parameter shows it by how it is
    written, and in quotes is text."""
    text = FILE.replace(
        "  hours: 48\n", "  a: 48\n  b: 2.5\n  c: 2026-01-31\n  d: true\n  e: '48'\n  f: AB\n"
    )
    text = text.replace(
        "[SE, 'NO', FI]", "{type: whole, values: [1, -2]}\n  n: {type: number, values: [1.5]}"
    )
    profile = load(text)
    assert profile.parameters == {
        "a": 48, "b": 2.5, "c": dt.date(2026, 1, 31), "d": True, "e": "48", "f": "AB",
    }  # fmt: skip
    assert profile.lists == {"nordic": (1, -2), "n": (1.5,)}
    assert profile.list_types() == {"nordic": "whole", "n": "number"}
    assert load(dump(profile)) == profile


#: A change of the file, the rule it breaks, and what the message names.
BAD: tuple[tuple[str, str, str, str], ...] = (
    ("weight: 24", "wieght: 24", "unknown_key", "wieght (line 9)"),
    ("weight: 24\n", "", "absent", "weight"),
    ("title: Itinéraire rompu, payé par un tiers\n", "", "absent", "title"),
    ("weight: 24", "weight: 24\nweight: 25", "twice", "weight (line 10)"),
    ("weight: 24", "weight: heavy", "whole", "1 to 100"),
    ("weight: 24", "weight: 101", "whole", "1 to 100"),
    ("weight: 24", "weight: [24]", "scalar", "weight (line 9)"),
    ("id: P-014", "id: ../P-014", "slug", "id (line 1)"),
    ("floor: 0.1", "floor: 10 %", "share", "floor"),
    ("example: true", "example: maybe", "yes_no", "example"),
    ("[2, 5, 1]", "2, 5, 1", "sequence", "indicators"),
    ("[SE, 'NO', FI]", "{type: whole, values: [one]}", "list_type", "lists.nordic"),
    ("[SE, 'NO', FI]", "{type: code, values: [one]}", "list_type", "lists.nordic.type"),
    ("[SE, 'NO', FI]", "{values: [one]}", "absent", "lists.nordic.type"),
    ("nordic:", "'nor/dic':", "list_name", "lists.nor/dic"),
    (
        "stance:\n  for: a crew, a family\n  against: paid by another, late",
        "stance: x",
        "mapping",
        "stance",
    ),
    ("purpose: serious crime", "purpose: {a: b}", "text", "purpose"),
    ("purpose: serious crime", f"purpose: {'x' * 300}", "text", "200"),
    ("purpose: serious crime", "purpose: &p serious crime", "anchor", "Line 10"),
    ("purpose: serious crime", "purpose: *p", "anchor", "Line 10"),
    ("[2, 5, 1]", "[[[[[[[1]]]]]]]", "deep", "Line 13"),
    ("weight: 24", "weight: 24: 25", "yaml", "Line 9"),
    ("weight: 24", "weight: \x00", "yaml", "Line"),
    ("weight: 24", "weight: 24\n--- \nid: P-15", "yaml", "Line"),
)


@pytest.mark.parametrize(("old", "new", "rule", "named"), BAD)
def test_a_wrong_file_is_refused_by_key_and_line(old: str, new: str, rule: str, named: str) -> None:
    """Strict keys and types: each message names the key or line, in both languages."""
    assert old in FILE
    with pytest.raises(FileError) as refused:
        load(FILE.replace(old, new, 1))
    assert refused.value.id == rule
    assert named in render(file_text(refused.value))
    assert "%(" not in render(file_text(refused.value), FRENCH)


def test_a_file_never_builds_an_object() -> None:
    """Tags that make other readers of YAML call functions are text like any other, or refused."""
    profile = load(FILE.replace("serious crime", "!!python/name:os.system serious"))
    assert profile.purpose == "serious"
    with pytest.raises(FileError):
        load("!!python/object/apply:os.system ['true']")


def test_a_file_is_bounded() -> None:
    """A million bytes, a million aliases, brackets without end, not UTF-8: refused, and at once."""
    bombs: tuple[str | bytes, ...] = (
        "x" * (files.MAX_BYTES + 1),
        "a: &a [x]\nb: &b [*a, *a]\n" + "c: [*b, *b]\n" * 9,
        "[" * 200_000,
        "{a: " * 50_000,
        "? " * 50_000,
        "- " * 100_000,
        "lists: {a: [" + "A," * 100_000 + "]}",
        b"\xff\xfe\x00",
        "",
        "# nothing",
        "\ud800",
    )
    began = time.process_time()
    for bomb in bombs:
        with pytest.raises(FileError) as refused:
            load(bomb)
        assert render(file_text(refused.value))
    assert time.process_time() - began < 20


@given(st.text(max_size=80) | st.binary(max_size=80))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_no_file_raises_anything_else(data: str | bytes) -> None:
    """Whatever a file holds, it is a profile or a message."""
    for whole in (data, FILE + (data if isinstance(data, str) else data.decode("latin-1"))):
        try:
            load(whole)
        except FileError as error:
            assert render(file_text(error), FRENCH)  # noqa: PT017 — no error is fine too


_WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20).map(str.strip)
_VALUES = st.one_of(
    st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8), max_size=4),
    st.lists(st.integers(-(10**14), 10**14), min_size=1, max_size=4),
    st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=4),
    st.lists(st.dates(), min_size=1, max_size=4),
).map(tuple)
_PARAMETER = st.one_of(
    _WORDS,
    st.from_regex(r"[0-9.-]{1,10}", fullmatch=True),
    st.integers(-(10**14), 10**14),
    st.booleans(),
    st.dates(),
    st.floats(-1e9, 1e9),
)


@given(
    st.builds(
        ProfileFile,
        id=st.from_regex(r"[A-Z]-[0-9]{3}", fullmatch=True),
        kind=st.just("traveller"),
        title=_WORDS,
        expression=_WORDS,
        weight=st.integers(1, 100),
        purpose=_WORDS,
        basis=_WORDS,
        justification=_WORDS,
        indicators=st.lists(st.integers(1, 25), max_size=3).map(tuple),
        lists=st.dictionaries(
            st.from_regex(r"[a-z_][a-z0-9 .-]{0,8}", fullmatch=True), _VALUES, max_size=3
        ),
        parameters=st.dictionaries(
            st.from_regex(r"[a-z]{1,4}", fullmatch=True), _PARAMETER, max_size=3
        ),
        factors_for=_WORDS,
        floor=st.none() | st.sampled_from([0.0, 0.1, 0.25, 1.0]),
        example=st.booleans(),
    )
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_what_is_written_is_read_back(profile: ProfileFile) -> None:
    """Any profile, whatever its texts look like to YAML, comes back equal, and other readers of YAML
    can read it."""
    text = dump(profile)
    assert load(text) == profile
    assert yaml.safe_load(text)["id"] == profile.id
