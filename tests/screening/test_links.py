"""Links, the purpose matrix, paths, and the resolution of records."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import uuid
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.screening.people import generated

from vedette.kinds import kinds, vocabulary
from vedette.profiles.lint import lint
from vedette.profiles.parse import parse
from vedette.screening import links
from vedette.screening.links import Cell, Edge, Graph, Node, RecordOf
from vedette.screening.names.compare import compare

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
IDS = [uuid.UUID(int=n) for n in range(1, 9)]


def _edge(one: int, other: int, kind: str = "phone", holders: int = 2, token: bytes = b"") -> Edge:
    return Edge(IDS[one], IDS[other], kind, token or bytes([one, other]), holders, NOW)


def _graph(edges: list[Edge], cases: dict[int, str] | None = None) -> Graph:
    nodes = {
        id_: Node(
            id_, "passengers", "border",
            links.matters([("passengers", "border")], (cases or {}).get(n, "")) if n in (cases or {}) else (),
            n in (cases or {}),
        )
        for n, id_ in enumerate(IDS)
    }  # fmt: skip
    return Graph(nodes[IDS[0]], nodes, edges)


@given(st.sampled_from(sorted(links.WEIGHTS)), st.integers(1, 60))
def test_a_weight_never_rises_with_the_number_of_holders(kind: str, holders: int) -> None:
    """It is between 0 and 1, and 0 for a common identifier or one that does not link."""
    weight = links.weight(kind, holders)
    assert 0 <= links.weight(kind, holders + 1) <= weight <= 1
    assert (weight == 0) == (holders >= links.COMMON)
    assert links.weight("locator", holders) == 0


def test_a_path_has_two_links_and_no_identifier_twice() -> None:
    """Three links away is out of reach. One identifier that three records share is one link, not two."""
    same = b"same"
    graph = _graph(
        [_edge(0, 1), _edge(1, 2, "email"), _edge(2, 3), _edge(0, 4, token=same), _edge(4, 5, token=same)],
        {2: "drugs", 3: "drugs", 5: "drugs"},
    )  # fmt: skip
    shown = links.permitted(graph, ())
    assert set(shown.nodes) == {IDS[n] for n in (0, 1, 2, 4, 5)}
    assert list(links.to_cases(shown)) == [IDS[2]]
    assert links.paths(shown, IDS[2])[0].weight == pytest.approx(0.64)
    values = links.values(shown, {"phone", "email"}, True)
    assert (values["links_to_seizures_1"], values["links_to_seizures_2"]) == (0, 1)
    assert values["shared_phone_hits"] == 0
    assert "shared_card_hits" not in values


def test_what_may_have_been_deleted_is_missing_and_not_lower() -> None:
    """If retention is shorter than the period of links, or if not all was read, counts over two steps are
    missing."""
    graph = _graph([_edge(0, 1)], {1: "drugs"})
    whole = links.values(links.permitted(graph, ()), {"phone"}, True)
    assert whole["links_to_seizures_2"] == 1
    assert "links_to_seizures_2" not in links.values(links.permitted(graph, ()), {"phone"}, False)
    graph.cut = True
    cut = links.values(links.permitted(graph, ()), {"phone"}, True)
    assert "links_to_seizures_2" not in cut
    assert cut["links_to_seizures_1"] == 1
    assert links.values(links.permitted(graph, ()), {"visa"}, True) == {}


def test_a_case_without_a_class_is_never_permitted() -> None:
    """An empty class of offence matches no cell; a shared theme stands for each of its themes."""
    subject = Node(IDS[0], "passengers", "border")
    for offence, expected in (("", None), ("arms", "small_arms")):
        case = Node(
            IDS[1], "global_shield", "border", links.matters([("trade", "border")], offence), True
        )
        cell = Cell("passengers", "border", "small_arms", "border", "arms")
        found = links.permitting(subject, case, {cell})
        assert (found.theme if found else None) == expected
        assert links.permitting(subject, case, ()) is None


# --- resolution -----------------------------------------------------------------------------------


def _similar(one: str, other: str) -> float:
    return compare(one, other, "Person").score


def test_resolution_of_generated_persons() -> None:
    """Pairwise F1 of at least 0.95 on generated records with known truth. Records with different documents
    are joined only with a warning."""
    some = generated(7, 400)
    truth = {record.id: person for person, record in some}
    records = {record.id: record for _, record in some}
    found = links.resolve([record for _, record in some], _similar)
    assert sorted(id_ for one in found for id_ in one.records) == sorted(truth)
    together = {pair for one in found for pair in itertools.combinations(sorted(one.records), 2)}
    of: dict[int, list[uuid.UUID]] = defaultdict(list)
    for id_, person in truth.items():
        of[person].append(id_)
    true = {pair for ids in of.values() for pair in itertools.combinations(sorted(ids), 2)}
    right = len(together & true)
    precision, recall = right / len(together), right / len(true)
    f1 = 2 * precision * recall / (precision + recall)
    assert f1 >= 0.95, (precision, recall)
    warned = {tuple(sorted((c.one, c.other))) for one in found for c in one.conflicts}
    for one, other in together:
        left, there = records[one].documents, records[other].documents
        if left and there and not left & there:
            assert (one, other) in warned


def test_separated_records_stay_separate() -> None:
    """Also through a third record that resembles both."""
    chance = random.Random(3)
    some = [
        RecordOf(uuid.UUID(int=chance.getrandbits(128)), False, ("ada diop",), "1979-03-12", frozenset({"d"}))
        for _ in range(6)
    ]  # fmt: skip
    assert len(links.resolve(some, _similar)) == 1
    for n in range(1, 6):
        found = links.resolve(some, _similar, [(some[0].id, some[n].id)])
        assert not any({some[0].id, some[n].id} <= set(one.records) for one in found)


def test_companies_are_not_joined_by_a_contact_or_with_another_number() -> None:
    """Two companies at one address, with similar names and different numbers, stay two."""
    one = RecordOf(
        IDS[0], True, ("acme trading ltd",), "", frozenset({"1"}), frozenset({"address:x"})
    )
    two = RecordOf(
        IDS[1], True, ("acme trading gmbh",), "", frozenset({"2"}), frozenset({"address:x"})
    )
    same = RecordOf(IDS[2], True, ("acme trading",), "", frozenset({"1"}))
    found = links.resolve([one, two, same], lambda a, b: compare(a, b, "Company").score)
    assert sorted(len(entity.records) for entity in found) == [1, 2]


# --- lint -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_a_profile_of_link_columns_only_is_refused(kind: str) -> None:
    """A link needs a fact about the subject itself in each way to match. A condition that is always true, or
    a missing value, is no fact."""
    columns = vocabulary(kind)
    own = next(c for c in columns.columns if c.type == "whole" and not c.link and not c.restricted)
    texts = {
        "shared_phone_hits >= 1": True,
        "shared_phone_hits >= 1 AND links_to_seizures_2 >= 2": True,
        f"shared_phone_hits >= 1 AND {own.name} > 1": False,
        f"shared_phone_hits >= 1 OR {own.name} > 1": True,
        f"shared_phone_hits >= 1 AND {own.name} IS MISSING": True,
        f"{own.name} > 1": False,
    }
    for text, refused in texts.items():
        found = lint(parse(text, columns), columns, True, True)
        assert any(one.id == "links_alone" for one in found) == refused, text
        if refused:
            assert any(one.severity == "error" for one in found if one.id == "links_alone")
