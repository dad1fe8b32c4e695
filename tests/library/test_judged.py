"""Judged queries in four languages, on the half of the words on which the engine was not tuned."""

from __future__ import annotations

from collections import defaultdict

from vedette.bench.library import sample
from vedette.library.items import Reader
from vedette.library.search import Index


def test_the_right_item_is_among_the_first_ten() -> None:
    """Of 1,200 items and 200 queries, in each language: 95 % without a typing error, 85 % with one. The
    query does not state its language. The full measurement is `vedette bench library`."""
    items, queries = sample.build("B", 1_200, 200, 2)
    index, found = Index(items), defaultdict(list)
    for query in queries:
        answer = index.search(query.text, Reader())
        right = any(one.item.id in query.right for one in answer.items)
        found[query.language, query.damage == "typo"].append(right)
    assert len(found) == 8
    for (language, typo), results in found.items():
        assert sum(results) / len(results) >= (0.85 if typo else 0.95), (language, typo)


def test_the_halves_have_no_word_in_common() -> None:
    """So that a rule for a word of one half says nothing about the other."""
    halves = [
        {word.singular for some in sample.words(half).values() for word in some} for half in "AB"
    ]
    assert halves[0].isdisjoint(halves[1])
    assert all(len(some) > 130 for some in halves)
