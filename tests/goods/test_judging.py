"""Results for licences that the rules of control lists use."""

from __future__ import annotations

import datetime as dt

import pytest

from vedette.goods import judging
from vedette.goods.declarations import Known
from vedette.goods.licences import Use
from vedette.goods.records import Document

AT = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "documents",
    [
        (Document(code="X060", reference="FAKE-1"),),
        (Document(code="x060", reference="FAKE-1"),),
        (Document(code="X060"),),
        (Document(code="X060", reference="FAKE-1"), Document(code="ZZZ", reference="FAKE 1")),
        (Document(code="X060", reference="--"),),
    ],
)
def test_a_licence_that_is_not_recorded_is_contradicted_if_its_type_is(
    documents: tuple[Document, ...],
) -> None:
    """Whatever else the declaration states: no number, or another document with the same number."""
    use = Use(key="1", at=AT, hs="280800", entries=("cas:7697-37-2",), documents=documents)
    known = Known(kinds=frozenset({"X060"}))
    found = judging.answers(use, known, required=True)
    bad = judging.problems(found, use, known)
    assert bad
    assert {one.state for one in bad} == {"unknown"}
    codes = tuple(one.code or "" for one in documents)
    assert not {"X060", "x060"} & {*judging.codes_in_order(codes, use, bad)}
    assert judging.problems(found, use, Known()) == []
