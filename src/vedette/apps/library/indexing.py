"""Workers write the index of the library: entries, postings, and shortened forms of words, with which a
search also finds words that contain typing errors.

The index is in tables of PostgreSQL and not in a file. The index has these properties: it changes in the same
transaction as the items, row-level security applies to it, web processes need no memory for it, and a backup
contains it. Words are normalised in Python (`vedette.library.words`), so that no extension of PostgreSQL is
needed.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from psycopg import Connection

from vedette.apps.copying import copy_in
from vedette.library.items import Item
from vedette.library.search import frequencies, spelled
from vedette.library.words import shortened

#: Variants of a batch, and the number of batches from which they are merged.
BATCH, MERGED_FROM = 200, 24
#: The lock of the one process that writes the index.
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('vedette library index'))"
#: The row of the item is locked, so that no change of its access goes unseen.
_WAITING = """
    SELECT v.id, v.organisation_id, v.item_id, v.language, v.title, v.summary, v.keywords, v.text,
           i.scope, i.kind, i.themes, i.hs, i.substances, i.source, i.superseded_by_id IS NOT NULL,
           r.year, r.number = i.number AND i.withdrawn_at IS NULL
    FROM library_variant v JOIN library_item i ON i.id = v.item_id
    JOIN library_version r ON r.id = v.version_id
    WHERE v.to_index AND v.organisation_id = %s ORDER BY v.id LIMIT %s FOR SHARE OF i
"""
_FORGET = "DELETE FROM library_entry WHERE organisation_id = %s AND variant_id = ANY (%s)"
_DONE = "UPDATE library_variant SET to_index = false WHERE organisation_id = %s AND id = ANY (%s)"
_ENTER = """
    INSERT INTO library_entry
        (organisation_id, scope, variant_id, item_id, language, kind, themes, year, source, superseded)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING number
"""
_KNOWN = (
    "SELECT word, key FROM library_near WHERE scope = %s AND form = ANY (%s) AND word = ANY (%s)"
)
#: Joins the postings of all batches, without the entries that no longer exist.
_MERGE = """
    WITH old AS (DELETE FROM library_posting RETURNING scope, key, numbers, weights)
    INSERT INTO library_posting (scope, key, batch, numbers, weights)
    SELECT o.scope, o.key, %s, array_agg(u.number ORDER BY u.number), array_agg(u.weight ORDER BY u.number)
    FROM old o CROSS JOIN LATERAL unnest(o.numbers, o.weights) u (number, weight)
    JOIN library_entry e ON e.number = u.number AND e.scope = o.scope GROUP BY o.scope, o.key
"""
#: Deletes the forms of keys that no posting contains.
_CLEAR = """
    DELETE FROM library_near n WHERE NOT EXISTS
        (SELECT FROM library_posting p WHERE p.scope = n.scope AND p.key = n.key)
"""


def index(connection: Connection[Any], organisation: uuid.UUID) -> int:
    """Indexes a batch of the variants of an organisation that are not indexed yet. Returns how many. Also
    returns 0 if another process writes the index.
    """
    with connection.transaction():
        if connection.execute(_LOCK).fetchone() != (True,):
            return 0
        rows = connection.execute(_WAITING, [organisation, BATCH]).fetchall()
        if not rows:
            return 0
        ids = [row[0] for row in rows]
        connection.execute(_FORGET, [organisation, ids])
        _write(connection, [row[:-1] for row in rows if row[-1]])
        connection.execute(_DONE, [organisation, ids])
        batches = connection.execute("SELECT count(DISTINCT batch) FROM library_posting").fetchone()
        if batches and batches[0] >= MERGED_FROM:
            merge(connection)
    return len(rows)


def merge(connection: Connection[Any]) -> None:
    """Merges the batches of postings into one batch, in the transaction of the caller. Deletes the postings
    of entries that no longer exist."""
    connection.execute(_MERGE, [_next_batch(connection)])
    connection.execute(_CLEAR)


def _next_batch(connection: Connection[Any]) -> int:
    row = connection.execute("SELECT coalesce(max(batch), 0) + 1 FROM library_posting").fetchone()
    assert row is not None  # noqa: S101  an aggregate
    return int(row[0])


def _write(connection: Connection[Any], rows: Iterable[tuple[Any, ...]]) -> None:
    batch = _next_batch(connection)
    postings: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    spellings: set[tuple[str, str, str]] = set()
    for (
        id_,
        home,
        item,
        language,
        title,
        summary,
        keywords,
        text,
        scope,
        kind,
        themes,
        hs,
        *rest,
    ) in rows:
        substances, source, superseded, year = rest
        entry = connection.execute(
            _ENTER,
            [home, scope, id_, item, language, kind, themes, year, source, superseded],
        ).fetchone()
        assert entry is not None  # noqa: S101  the statement returns its row
        whole = Item(
            str(id_), kind, language, title, summary=summary, keywords=tuple(keywords), text=text,
            hs=tuple(hs), substances=tuple(substances),
        )  # fmt: skip
        for key, weight in frequencies(whole).items():
            postings[scope, key].append((entry[0], weight))
        spellings.update((scope, word, key) for word, key in spelled(whole))
    known = _known(connection, spellings)
    copy_in(
        connection, "library_posting", ("scope", "key", "batch", "numbers", "weights"),
        (
            (scope, key, batch, [number for number, _ in some], [weight for _, weight in some])
            for (scope, key), some in postings.items()
        ),
    )  # fmt: skip
    near = [
        (scope, form_hash(form), word, key)
        for scope, word, key in sorted(spellings - known)
        for form in shortened(word)
    ]
    copy_in(connection, "library_near", ("scope", "form", "word", "key"), near)


def _known(
    connection: Connection[Any], spellings: Iterable[tuple[str, str, str]]
) -> set[tuple[str, str, str]]:
    """Returns the spellings whose shortened forms are stored. The unshortened spelling is also treated as one
    of the shortened forms.
    """
    by_scope: dict[str, set[str]] = defaultdict(set)
    for scope, word, _ in spellings:
        by_scope[scope].add(word)
    return {
        (scope, word, key)
        for scope, some in by_scope.items()
        for word, key in connection.execute(
            _KNOWN, [scope, [form_hash(word) for word in some], list(some)]
        )
    }


def form_hash(form: str) -> int:
    """Returns the hash of a shortened form, as a signed integer of eight bytes."""
    return int.from_bytes(
        hashlib.blake2b(form.encode(), digest_size=8).digest(), "big", signed=True
    )


#: Organisations with variants that wait for the index (`lists.drafts.Step`).
WAITS = """
    SELECT DISTINCT ON (organisation_id) organisation_id, organisation_id FROM library_variant WHERE to_index
"""


def work(organisation: uuid.UUID, id_: uuid.UUID) -> None:
    """Indexes all variants of an organisation that are not indexed yet."""
    from django.db import connections

    with connections["intake"].cursor() as cursor:
        connection = cursor.cursor.connection
        while index(connection, organisation):
            pass


def late(organisation: uuid.UUID, id_: uuid.UUID) -> None:
    """Does nothing, because each batch is stored in a separate transaction and the next process continues
    with the next batch.
    """
