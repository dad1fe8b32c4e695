"""Pruning is exact: what the postings, weights and bounds leave out could not have been a hit."""

import datetime as dt
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.core.entries import Entry, EntryDate, EntryName
from vedette.screening.names import candidates, columns, compare, evidence
from vedette.screening.names.compare import facts
from vedette.screening.names.index import NameIndex
from vedette.screening.names.model import Query

_WORDS = (
    "ali aly hassan hasan husain husein bin al abu abdul mohamed muhammad ivanov ivanof ivanova "
    "petrov petroff sergey sergei maria marie kim lee li trading traiding ltd llc group grup sea "
    "star stars 5 6 x j dr kader kadir obraztsov obrazcov"
)
WORDS = _WORDS.split()
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=7).map(" ".join)
DAYS = st.sampled_from([None, dt.date(1970, 5, 1), dt.date(1970, 1, 5), dt.date(1990, 7, 7)])
LANDS = st.sampled_from([None, "RU", "PE"])
SCHEMAS = st.sampled_from(["Person", "Person", "Company", "Vessel", None])


def _entry(
    number: int, name: str, day: dt.date | None, land: str | None, schema: str | None
) -> Entry:
    return Entry(
        ref=str(number),
        schema=schema or "Unknown",
        names=(EntryName(full=name),),
        birth_dates=(EntryDate(from_=day, to=day),) if day else (),
        nationalities=(land,) if land else (),
    )


def _weights(index: NameIndex, asked: list[int]) -> list[float]:
    flags = index._vocabulary.table.meta[asked, 0].tolist()
    found = [candidates.search_weight(f) for f in flags]
    return found if sum(found) else [1.0] * len(found)


def _covered(index: NameIndex, asked: list[int], listed: list[int]) -> tuple[float, float]:
    """Weight of our words that a name covers, word by word, without any postings. The first weight is
    multiplied by the similarities of the words; the second is not."""
    begin, rows, sims, _ = index._vocabulary.close
    alike = [
        dict(
            zip(
                rows[begin[w] : begin[w + 1]].tolist(),
                sims[begin[w] : begin[w + 1]].tolist(),
                strict=True,
            )
        )
        for w in asked
    ]
    weights = _weights(index, asked)
    covers = []
    for gain in (lambda similarity: similarity, lambda similarity: float(similarity > 0.0)):
        ours = sum(
            weight * max(gain(near.get(word, 0.0)) for word in listed)
            for weight, near in zip(weights, alike, strict=True)
        )
        theirs = sum(
            max(
                weight * gain(near.get(word, 0.0))
                for weight, near in zip(weights, alike, strict=True)
            )
            for word in listed
        )
        covers.append(min(ours, theirs))
    return covers[0], covers[1]


def _brute(
    index: NameIndex, query: Query, row: int, asked: list[int]
) -> tuple[float, float, float]:
    """Of a listed name: the total score, the most that what it covers allows, and what it needs of it."""
    c = index.columns
    side = compare.Side(
        index._vocabulary.table, np.array([0, len(asked)], np.int32), np.array(asked, np.int32)
    )
    about = int(c["name_about"][row])
    kinds = about >> candidates.KINDS & columns.kind_bits(query.schema)
    scores = [
        compare.align(side, [0], index._side, [row], [kind]).scores[0]
        for kind in range(3)
        if kinds & (1 << kind)
    ]
    points = sum(piece[4] for piece in facts(query, c, int(c["name_entry"][row])))
    whole = sum(_weights(index, asked))
    words = c["tokens"][c["token_starts"][row] : c["token_starts"][row + 1]].tolist()
    hope = (
        candidates.possible(*_covered(index, asked, words), whole, candidates.weight(about))
        + candidates.SLACK
    )
    return evidence.weigh(max(scores, default=0.0), points), hope, points


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(NAMES, DAYS, LANDS, SCHEMAS), min_size=1, max_size=25),
    st.lists(st.tuples(NAMES, DAYS, LANDS, SCHEMAS), min_size=1, max_size=4),
    st.sampled_from([0.55, 0.7, 0.85]),
)
def test_every_name_that_its_words_and_evidence_allow_is_found(
    listed: list[tuple[str, dt.date | None, str | None, str | None]],
    asked: list[tuple[str, dt.date | None, str | None, str | None]],
    threshold: float,
) -> None:
    """The answers are those of scoring every name; nothing is lost on the way to the scorer."""
    index = NameIndex.build([("A", _entry(n, *about)) for n, about in enumerate(listed)])
    queries = [
        Query(full_name=name, date_of_birth=day, nationality=land, schema=schema)
        for name, day, land, schema in asked
    ]
    for query, matches in zip(queries, index.search(queries, threshold), strict=True):
        found = {int(m.entry): m.score for m in matches}
        for words in index._vocabulary.read(query.text):
            for row in range(len(index)):
                total, hope, points = _brute(index, query, row, words)
                needed = evidence.needed(threshold, points)
                # Covered weights are kept in units: a name may seem to cover a little less.
                if total >= threshold + 1e-6 and needed <= min(hope - 0.01, 1.0):
                    entry = int(index.columns["name_entry"][row])
                    assert found[entry] == pytest.approx(min(total, 1.0)), (query, listed[entry])


def test_the_weights_of_the_paired_words_decide_how_much_other_words_count() -> None:
    """The estimate decides as the score does, and does not multiply the weights by the similarities.

    The weights of two frequent words are 0.8 and 0.8. With the similarities of two other spellings, the words
    cover about 1.5, which is the limit.
    """
    spellings = {
        "ali": "aly", "hassan": "hasan", "mohamed": "muhamad", "ivanova": "ivanov",
        "sergei": "sergey", "abdullah": "abdallah", "ahmed": "ahmad", "fatima": "fatma",
    }  # fmt: skip
    pairs = list(itertools.permutations(spellings, 2))
    listed = [f"{a} {c} {b} {d}" for a, b in pairs for c, d in (("ali", "kim"), ("maria", "omar"))]
    listed.append("ali ivanova ali sergei")
    index = NameIndex.build(
        [("A", _entry(n, name, None, None, "Person")) for n, name in enumerate(listed)]
    )
    queries = [Query(full_name=f"{spellings[a]} {spellings[b]}", schema="Person") for a, b in pairs]
    expected = [
        {m.entry for m in matches if m.score >= 0.7} for matches in index.search(queries, 0.3)
    ]
    found = [{m.entry for m in matches} for matches in index.search(queries, 0.7)]
    assert found == expected


def test_words_whose_numbers_share_a_slot_are_told_apart() -> None:
    """Postings tell words by a part of their numbers; names are read before they count."""
    letters = "bdfgklmnprstvz"
    words = ["".join(parts) for parts in itertools.product(letters, "aio", letters, "aeu", letters)]
    names = [f"{a}x {b}" for a, b in zip(words, words[len(words) // 2 :] + words, strict=False)]
    index = NameIndex.build(
        [("A", _entry(n, name, None, None, None)) for n, name in enumerate(names)]
    )
    assert len(index.columns["hashes"]) > candidates.SLOTS
    for place in (0, 7, 9_000, len(names) - 1):
        (matches,) = index.search([Query(full_name=names[place])], 0.99)
        assert names[place] in {m.name for m in matches}
        assert all(m.score >= 0.99 for m in matches)


def test_more_similar_words_than_there_is_room_for() -> None:
    """The room for similar words grows."""
    crowd = ["".join(p) for p in itertools.product("aeiou", "lr", "aeiou", "lr", "aeiou", "lr")]
    long = " ".join(f"{word}mohamed" for word in crowd[:16])
    names = [*(f"{word}mohamed {word}" for word in crowd), long]
    index = NameIndex.build(
        [("A", _entry(n, name, None, None, None)) for n, name in enumerate(names)]
    )
    (matches,) = index.search([Query(full_name=long)], 0.99)
    assert [m.name for m in matches] == [long]
    words = np.array(index._vocabulary.read(long)[0], np.int32)
    assert candidates.similar_words(words, index._vocabulary.close[0]) > 1024
