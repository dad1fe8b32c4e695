"""Control lists that an organisation imports: files, rules, and the comparison with lines of declarations."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Iterable
from typing import Any

import pytest
from tests.shared import shared

from vedette.apps.lists.reading import Reading
from vedette.core.entries import ControlList, ControlLists, Entry
from vedette.core.errors import Failure
from vedette.formats.lists import UnknownList
from vedette.goods import imported, knowledge, listed
from vedette.goods.controls import OF_KIND
from vedette.screening.control_lists.model import Line

DAY = dt.date(2026, 11, 27)
COLUMNS = "number,text_en,names,cas,un,hs,limit,valid_from,valid_to\n"
ROWS = (
    "N1,Zorbium,zorbium|quorbite prism,,,900580,,,\n"
    "A1,Acetone,,67-64-1,,291411,35,,\n"
    "U1,Stated by its number,,,UN3082,,,,\n"
)


def _entries(text: str = COLUMNS + ROWS) -> list[Entry]:
    return imported.read({"list.csv": text.encode()})[1]


def _own(entries: Iterable[Entry] | None = None, **more: Any) -> ControlLists:
    values: dict[str, Any] = {
        "id": "own", "name": "Own list", "version": 1, "weight": 70, "themes": ("strategic",),
        "purpose": "border", "rule": "", "replaces": "", "basis": "decree 1", **more,
    }  # fmt: skip
    some = _entries() if entries is None else entries
    rows = tuple((f"id-{one.ref}", f"hash-{one.ref}", one) for one in some)
    return ControlLists(DAY, (ControlList(entries=rows, **values),))


def _keys(own: ControlLists, description: str, hs: str = "", day: dt.date = DAY) -> set[str]:
    known = listed.in_force(own, day, OF_KIND)
    [found] = known.matcher.check_many([description], [hs])
    return {known.first[one.list, one.key][2] for one in found.matches if one.list == "own"}


@pytest.mark.parametrize(
    ("description", "found"),
    [
        ("5 boxes zorbium, new", {"N1"}), ("quorbite prisms", {"N1"}), ("free of zorbium", set()),
        ("acetone 99 %, drums", {"A1"}), ("solvent CAS 67-64-1, 99 %, drums", {"A1"}),
        ("chemical UN 3082 in drums", {"U1"}), ("leather shoes", set()),
    ],
)  # fmt: skip
def test_entries_are_found_by_names_and_numbers(description: str, found: set[str]) -> None:
    assert _keys(_own(), description) == found


def test_an_hs_code_alone_identifies_no_entry_and_supplied_lists_keep_their_matches() -> None:
    own, line = _own(), ("cleaning agent", "900580")
    assert _keys(own, *line) == set()
    supplied = knowledge.matcher(DAY)
    together = listed.in_force(own, DAY, OF_KIND).matcher
    for text, hs in (
        ("acetone 99 %, drums", "291411"), ("nitric acid 68 %", "280800"), ("drums", "291411"),
        ("detonating cord", "360320"), ("night vision goggles", "900580"),
    ):  # fmt: skip
        alone = {(one.list, one.key) for one in supplied.check_many([text], [hs])[0].matches}
        both = {(one.list, one.key) for one in together.check_many([text], [hs])[0].matches}
        assert {one for one in both if one[0] != "own"} == alone, text


def test_an_entry_is_listed_on_its_days_only() -> None:
    own = _own(_entries(COLUMNS + f"N1,Zorbium,zorbium,,,,,{DAY},{DAY}\n"))
    days = [DAY + dt.timedelta(days=days) for days in (-1, 0, 1)]
    assert [_keys(own, "zorbium", day=day) for day in days] == [set(), {"N1"}, set()]


def test_lists_with_the_same_words_share_one_index() -> None:
    """The index is large. It does not depend on the day, or on the id of the list."""
    own = _own()
    known = listed.in_force(own, DAY, OF_KIND).matcher
    later = listed.in_force(own, DAY + dt.timedelta(days=1), OF_KIND).matcher
    other = listed.in_force(_own(id="other"), DAY, OF_KIND).matcher
    assert known.index is later.index is other.index
    more = listed.in_force(
        _own(_entries(COLUMNS + "N7,Florium,florium,,,,,,\n")), DAY, OF_KIND
    ).matcher
    assert more.index is not known.index


def test_a_list_in_place_of_a_supplied_one_ends_its_matches() -> None:
    own = _own([], replaces="global_shield", themes=("global_shield",))
    known = listed.in_force(own, DAY, OF_KIND)
    [found] = known.matcher.check_many(["nitric acid 68 %"], ["280800"])
    lists = {one.list for one in found.matches}
    assert "global_shield" not in lists
    assert "eu_2019_1148_annex_1" in lists


def test_a_list_without_the_theme_of_a_supplied_list_does_not_replace_it() -> None:
    known = listed.in_force(_own([], replaces="global_shield", themes=("strategic",)), DAY, OF_KIND)
    [found] = known.matcher.check_many(["nitric acid 68 %"], ["280800"])
    assert "global_shield" in {one.list for one in found.matches}


@pytest.mark.parametrize(
    ("rule", "documents", "holds"),
    [
        ("", (), [True, True]), ("not licence", (), [True, True]),
        ("NOT licence", ("X060",), [False, False]), ("declared_not_listed", ("Y901",), [True, True]),
        ("listed_destination", (), [False, False]), ("net_mass_kg > 50", (), [False, True]),
        ("not licence and net_mass_kg < 50", (), [True, False]), ("hs_chapter = '93'", (), [False, False]),
    ],
)  # fmt: skip
def test_a_rule_reads_facts_and_values(
    rule: str, documents: tuple[str, ...], holds: list[bool]
) -> None:
    """Two items of 10 and 100 kg. A value that is missing makes no match a reason."""
    import polars as pl

    known = listed.in_force(_own(rule=rule), DAY, OF_KIND)
    line = Line(description="zorbium", documents=documents)
    [result] = known.matcher.check_many([line.description], [""])
    [match] = [one for one in result.matches if one.list == "own"]
    facts = known.rules.match_facts(line, match, known.rules.line_facts(line, result.facts, DAY))
    values = pl.DataFrame({"net_mass_kg": [10.0, 100.0]})
    assert known.conditions.hold([(0, match, facts), (1, match, facts)], values) == holds


def test_goods_below_the_limit_are_asked_about_only_if_the_rule_names_it() -> None:
    for rule, holds in (("not licence", False), ("above_limit or not licence", True)):
        known = listed.in_force(_own(rule=rule), DAY, OF_KIND)
        [result] = known.matcher.check_many(["acetone 20 %, drums"], ["291411"])
        below = [one for one in (*result.matches, *result.below) if one.list == "own"]
        assert below, rule
        facts = frozenset(result.facts)
        assert known.conditions.hold([(0, below[0], facts)], None) == [holds], rule


def test_only_lines_with_a_changed_entry_are_found() -> None:
    lines = [
        ("zorbium, 3 pcs", "900580"), ("leather shoes", "640399"), ("acetone 99 %, drums", "291411"),
        ("cleaning agent", "900580"), ("UN 3082", ""),
    ]  # fmt: skip
    own = _own()
    for changed, found in (
        ({"own": {"id-N1"}}, [0]), ({"own": {"id-A1", "id-U1"}}, [2, 4]), ({"own": set()}, []),
        ({"global_shield_components": {"*"}}, []), ({"global_shield": {"*"}}, [2]),
    ):  # fmt: skip
        assert listed.finder(own, changed, OF_KIND)(lines) == found, changed


def test_files_are_recognised_and_problems_keep_their_places() -> None:
    text = COLUMNS + ROWS + "N1,Twice,,,,,,,\nX,Bad number,,67-64-2,,,,,\nY,Bad limit,,,,,120,,\n"
    reading = Reading({"national.csv": text.encode()})
    assert [one.entry.ref for one in reading.items()] == ["N1", "A1", "U1"]
    head = reading.head()
    assert (head.format, head.of_kind, head.entries) == ("template", "goods", 3)
    assert [(one.code, one.segment) for one in head.problems] == [
        ("number_twice", "line 5"), ("cas_wrong", "line 6"), ("limit_wrong", "line 7"),
    ]  # fmt: skip
    packed = Reading({"national.csv.gz": gzip.compress(text.encode(), mtime=0)})
    assert len(list(packed.items())) == 3
    assert packed.head().content_hash == head.content_hash


def test_a_correlation_table_adds_its_codes() -> None:
    table = "CN code,dual-use code\n9005 80 00,N1\n"
    annex = COLUMNS + "N1,Zorbium,zorbium,,,,,,\n"
    name, entries, _ = imported.read({"a.csv": annex.encode(), "b.csv": table.encode()})
    assert name == "template"
    [one] = entries
    assert not [i.value for i in one.identifiers], "N1 is no number of Annex I"
    annex = annex.replace("N1", "6A002")
    [one] = imported.read(
        {"a.csv": annex.encode(), "b.csv": table.replace("N1", "6A002").encode()}
    )[1]
    assert [i.value for i in one.identifiers] == ["90058000"]


def test_official_files_are_control_lists() -> None:
    """The samples of the US Commerce Control List and Munitions List."""
    for name, of, least in (
        ("eccn_entries.csv.gz", "us_ccl", 1_000), ("usml_headings.csv", "us_usml", 10),
    ):  # fmt: skip
        reading = Reading({name: shared(f"data/reference/us_ccl/{name}").read_bytes()})
        entries = [one.entry for one in reading.items()]
        assert (reading.head().format, reading.head().of_kind) == (of, "goods")
        assert len(entries) >= least
        assert all(one.schema == "Goods" and one.names for one in entries)


@pytest.mark.parametrize(
    "data", [b"", b"number;text\n", b"<html><p>nothing</p></html>", b"\xff\xd8\xff\xe0photo", b"a,b\n1,2\n"]
)  # fmt: skip
def test_other_files_are_refused_as_before(data: bytes) -> None:
    with pytest.raises(UnknownList):
        list(Reading({"file": data}).items())
    with pytest.raises(Failure):
        imported.read({"file": data})


def test_supplied_lists_can_be_changed_and_read_again() -> None:
    """Every supplied list becomes entries, with a rule that can be read."""
    for one in knowledge.shipped().lists:
        entries = imported.supplied_entries(one.key)
        own = [entry for entry in knowledge.shipped().entries if entry.list == one.key]
        assert len(entries) == len(own) > 0
        rule = imported.proposed("template", one.key)
        assert rule
        assert imported.problem(rule) is None, (one.key, rule)
    assert imported.problem("licence and (") is not None
    assert imported.problem("import_os") is not None
    rows = imported.read({"t.csv": imported.template().encode()})[1]
    assert [row.ref for row in rows] == ["EX-1"]
