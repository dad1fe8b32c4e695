"""Measures the search of the library in PostgreSQL with 20,000 public items in four languages and 5,000
restricted items. The restricted items contain planted words that do not occur in the public items. The
figures are the share of relevant items that the test queries find, the response time, and the response times
for planted words and for invented words.
"""

from __future__ import annotations

import dataclasses
import random
import statistics
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator

from vedette.bench import Figure
from vedette.bench.library import sample
from vedette.bench.stage import Stage, percentile, stage, timed
from vedette.library.items import Item

#: Public and restricted items, queries, planted words, and alternating queries for the comparison of times.
ITEMS, RESTRICTED, QUERIES, PLANTED, ALTERNATING = 20_000, 5_000, 200, 500, 1_000
#: The half of the words on which the engine was not tuned, and the seed.
HALF, SEED = "B", 2
_LETTERS = "bcdfghklmnprstvz"


def nonsense(drawn: random.Random) -> str:
    """Returns a word that no text contains."""
    return "".join(drawn.choice(_LETTERS) + drawn.choice("aeiou") for _ in range(5)) + "qx"


def run() -> Iterator[Figure]:
    """Stores and indexes the items, then searches as a user of another organisation."""
    drawn = random.Random(SEED)  # noqa: S311
    planted = [nonsense(drawn) for _ in range(PLANTED)]
    items, queries = sample.build(HALF, ITEMS, QUERIES, SEED)
    restricted, _ = sample.build(HALF, RESTRICTED, 4, SEED + 1)
    hidden = [
        dataclasses.replace(
            one,
            id=f"r-{one.id}",
            access="organisation",
            title=f"{one.title} {planted[n % PLANTED]}",
        )
        for n, one in enumerate(restricted)
    ]
    with stage("bench_library") as on:
        yield from _index(on, [*items, *hidden])
        reader = _reader(on)
        yield from _judged(on, reader, queries)
        yield from _planted(reader, planted, drawn)


def _index(on: Stage, items: list[Item]) -> Iterator[Figure]:
    import datetime as dt

    from vedette.apps.library import importing, indexing

    now = dt.datetime.now(dt.UTC)
    count, spent = timed(lambda: importing.store(on.connection, on.organisation, items, {}, now))
    yield Figure("items stored", count / spent, "items/s", f"{count:,} items")
    began, done = time.perf_counter(), 0
    while found := indexing.index(on.connection, on.organisation):
        done += found
    spent = time.perf_counter() - began
    yield Figure("items indexed", done / spent, "items/s", f"{done:,} items in {spent:.0f} s")
    on.connection.execute(
        "VACUUM ANALYZE library_posting, library_near, library_entry, library_variant"
    )
    [size] = on.one(
        "SELECT sum(pg_total_relation_size(name)) FROM unnest(ARRAY['library_posting', 'library_near',"
        " 'library_entry']::regclass[]) name"
    )
    yield Figure("size of the index", float(size) / 2**20, "MB", f"{done:,} items")


def _reader(on: Stage) -> uuid.UUID:
    """Returns the other organisation. The users of this organisation may read only the public items."""
    other = uuid.uuid4()
    on.connection.execute(
        "INSERT INTO accounts_organisation (id, name, kind, country, synthetic)"
        " VALUES (%s, 'Reader', 'foreign', 'XB', true)",
        [other],
    )
    return other


def _found(reader: uuid.UUID, text: str) -> tuple[list[str], int, str, float]:
    """Returns the references of the first ten items found, the total number of items found, the suggested
    query, and the response time in milliseconds.
    """
    from django.db import transaction

    from vedette.apps.accounts.rules import set_scope
    from vedette.apps.library import selectors

    with transaction.atomic():
        set_scope(reader)
        began = time.perf_counter()
        answer = selectors.find(text, selectors.Filters(), "fr")
        spent = 1000 * (time.perf_counter() - began)
        first = [one.variant.item.reference for one in answer.hits[:10]]
    return first, answer.total, answer.suggestion, spent


def _judged(on: Stage, reader: uuid.UUID, queries: list[sample.Query]) -> Iterator[Figure]:
    right: dict[tuple[str, bool], list[bool]] = defaultdict(list)
    times = []
    for number, query in enumerate([*queries[:10], *queries]):
        first, _, _, spent = _found(reader, query.text)
        if number >= 10:
            times.append(spent)
            right[query.language, query.damage == "typo"].append(
                bool(query.right.intersection(first))
            )
    for (language, typo), some in sorted(right.items()):
        what = "with a typing error" if typo else "without a typing error"
        yield Figure(
            f"right item in the first ten, {language}, {what}", 100 * sum(some) / len(some), "%",
            f"{len(some)} queries, {ITEMS:,} items", target="85" if typo else "95",
        )  # fmt: skip
    yield Figure(
        "search with facets and passages, p95", percentile(times, 0.95), "ms", f"{len(times)} queries",
        target="100",
    )  # fmt: skip


def _planted(reader: uuid.UUID, planted: list[str], drawn: random.Random) -> Iterator[Figure]:
    """Measures the response times of queries for planted words of restricted items and for invented words.
    The two kinds of queries alternate."""
    shown, times = 0, ([], [])  # type: tuple[int, tuple[list[float], list[float]]]
    for number in range(ALTERNATING):
        for kind, word in enumerate((planted[number % len(planted)], nonsense(drawn))):
            first, total, suggestion, spent = _found(reader, word)
            times[kind].append(spent)
            shown += kind == 0 and bool(first or total or suggestion)
    medians = [statistics.median(some) for some in times]
    yield Figure("planted words that show something", shown, "words", f"{ALTERNATING} queries")
    yield Figure(
        "median of a planted word less that of a nonsense word", medians[0] - medians[1], "ms",
        f"{ALTERNATING} alternating queries each; nonsense {medians[1]:.2f} ms",
    )  # fmt: skip
