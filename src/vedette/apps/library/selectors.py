"""Reads the library: search with filters, facets and passages; items with versions and languages.

Every query runs with the rights of the web role. The scope is the first column of the index tables, and
row-level security limits each table to the scopes of the reader. Therefore an item that the reader may not
read changes no result, count, order, passage or suggestion.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.db.models.functions import Left
from django.http import QueryDict

from vedette.apps import query
from vedette.apps.accounts.models import User
from vedette.apps.columns import Theme
from vedette.apps.library.indexing import form_hash
from vedette.apps.library.models import LANGUAGES, Entry, Item, Opinion, Variant, Version
from vedette.library.beside import Work
from vedette.library.beside import beside as pick
from vedette.library.items import Item as PureItem
from vedette.library.items import Reader
from vedette.library.search import (
    OWN_LANGUAGE,
    READER_LANGUAGE,
    Asked,
    K,
    asked_words,
    language_of,
    passage_of,
    with_similar,
)
from vedette.library.words import shortened

#: Items of a page, and the last page that can be asked for.
PAGE, LAST_PAGE = 20, 50
#: Characters of a text in which a passage is looked for.
LOOKED = 100_000
#: The most values of a facet that are shown.
FACET = 12

#: The items that contain words of the query. `asked`: number of the word, key, part, quality of the key.
#: The keys of the word itself are one part (an empty text), each similar word another. The rarity of a part
#: counts the entries that the reader may read, and no others. The best variant counts for an item.
_FOUND = """
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(%(words)s::int[], %(keys)s::text[], %(parts)s::text[], %(qualities)s::float8[])
            AS a (word, key, part, quality)
    ), entry AS MATERIALIZED (
        SELECT number, item_id, kind, language, themes, year, source, superseded FROM library_entry
    ), posted AS MATERIALIZED (
        SELECT a.word, a.part, a.quality, u.number, u.weight
        FROM asked a JOIN library_posting p ON p.key = a.key,
             unnest(p.numbers, p.weights) AS u (number, weight)
        JOIN entry e ON e.number = u.number
    ), rare AS MATERIALIZED (
        SELECT word, part, c, ln(1 + (n - c + 0.5) / (c + 0.5)) AS rarity
        FROM (SELECT word, part, count(DISTINCT number)::float8 AS c FROM posted GROUP BY word, part) one,
             (SELECT count(*)::float8 AS n FROM entry) whole
    ), worth AS (
        SELECT p.number, p.word, max(r.rarity * p.weight / (p.weight + %(k)s) * p.quality) AS value
        FROM posted p JOIN rare r USING (word, part) GROUP BY p.number, p.word
    ), scored AS (
        SELECT number, sum(value) * count(*) / %(asked)s AS score FROM worth GROUP BY number
    ), found AS MATERIALIZED (
        SELECT e.item_id, e.number, e.kind, e.language, e.themes, e.year, e.source, e.superseded,
               round((s.score * CASE WHEN e.language = %(language)s THEN %(own)s ELSE 1 END)::numeric, 9)
                   ::float8 AS score
        FROM scored s JOIN entry e USING (number)
    )
"""
#: Without a query, every item is found, the latest first.
_ALL = """
    WITH found AS MATERIALIZED (
        SELECT item_id, number, kind, language, themes, year, source, superseded,
               (number * CASE WHEN language = %(language)s THEN 2 ELSE 1 END)::float8 AS score
        FROM library_entry
    )
"""
_ANSWER = """
    , chosen AS MATERIALIZED (
        SELECT DISTINCT ON (item_id) item_id, number, superseded, score FROM found
        WHERE (%(kind)s = '' OR kind = %(kind)s) AND (%(theme)s = '' OR %(theme)s = ANY (themes))
          AND (%(of)s = '' OR language = %(of)s) AND (%(year)s = 0 OR year = %(year)s)
          AND (%(source)s = '' OR source = %(source)s)
        ORDER BY item_id, score DESC, number
    ), shown AS (
        SELECT * FROM chosen ORDER BY superseded, score DESC, item_id OFFSET %(first)s LIMIT %(limit)s
    )
    SELECT 'item' AS what, number::text AS value, 0 AS n, score,
           row_number() OVER (ORDER BY superseded, score DESC, item_id) AS place FROM shown
    UNION ALL SELECT 'total', '', count(DISTINCT item_id), 0, 0 FROM found
    UNION ALL SELECT 'chosen', '', count(*), 0, 0 FROM chosen
"""
#: The parts of the query that are in an item, with the number of the word.
_PARTS = "UNION ALL SELECT 'part', part, c::int, 0, word FROM rare"
#: An item has each language once, and one kind, year and source: no value is counted twice.
_FACETS = """
    UNION ALL SELECT 'language', language, count(*), 0, 0 FROM found GROUP BY language
    UNION ALL SELECT * FROM (
        WITH each AS MATERIALIZED (
            SELECT kind, themes, year, source, count(*) AS n FROM (
                SELECT DISTINCT item_id, kind, themes, year, source FROM found
            ) one GROUP BY kind, themes, year, source
        )
        SELECT 'kind', kind, sum(n)::bigint, 0::float8, 0::bigint FROM each GROUP BY kind
        UNION ALL SELECT 'year', year::text, sum(n)::bigint, 0, 0 FROM each
            WHERE year IS NOT NULL GROUP BY year
        UNION ALL SELECT 'source', source, sum(n)::bigint, 0, 0 FROM each WHERE source <> '' GROUP BY source
        UNION ALL SELECT 'theme', theme, sum(n)::bigint, 0, 0 FROM each, unnest(themes) theme GROUP BY theme
    ) facet
"""
_NEAR = "SELECT form, key, word FROM library_near WHERE form = ANY (%(forms)s)"
#: One variant of each item that fits a theme: in the language of the reader, or the first.
_BESIDE = """
    SELECT * FROM (
        SELECT DISTINCT ON (i.id) v.id AS variant_id, i.kind, v.language, v.title, i.hs, i.substances,
            i.themes
        FROM library_item i JOIN library_variant v ON v.item_id = i.id
        JOIN library_version r ON r.id = v.version_id AND r.number = i.number
        WHERE %(theme)s = ANY (i.themes) AND i.superseded_by_id IS NULL AND i.withdrawn_at IS NULL
          AND (i.valid_until IS NULL OR i.valid_until >= %(today)s)
        ORDER BY i.id, v.language <> %(language)s, v.language
    ) one
    ORDER BY %(substance)s <> '' AND lower(%(substance)s) = ANY (lower(substances::text)::text[]) DESC,
        (SELECT coalesce(max(length(code)), 0) FROM unnest(hs) code WHERE starts_with(%(hs)s, code)) DESC,
        hs <> '{}' OR substances <> '{}', language <> %(language)s, cardinality(themes), variant_id
    LIMIT 60
"""


@dataclass(frozen=True)
class Filters:
    """The filters of the list. An empty value is not used as a filter."""

    theme: str = ""
    kind: str = ""
    language: str = ""
    year: int = 0
    source: str = ""

    @classmethod
    def read(cls, given: QueryDict) -> Filters:
        """Reads the filters from a URL. Unknown values are ignored."""
        theme, kind, language = (given.get(name, "") for name in ("theme", "kind", "language"))
        year = given.get("year", "")
        return cls(
            theme if theme in Theme.values else "",
            kind if kind in Item.Kind.values else "",
            language if language in LANGUAGES else "",
            int(year) if year.isascii() and year.isdecimal() and len(year) == 4 else 0,
            given.get("source", "").replace("\0", "")[:200],
        )

    @property
    def any(self) -> bool:
        """Whether one of the filters is set."""
        return self != Filters()


@dataclass(frozen=True)
class Hit:
    """An item that was found: its best variant, the passage with the positions of the words of the query, and
    the languages of its current version.
    """

    variant: Variant
    passage: str
    marks: tuple[tuple[int, int], ...]
    languages: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """The result of a search. The result contains a page of items, the number of items found, the number of
    items with the filters, the facets (name → values with their number of items), and a corrected spelling of
    the query."""

    hits: tuple[Hit, ...]
    total: int
    chosen: int
    facets: dict[str, list[tuple[str, int]]]
    suggestion: str


def find(
    text: str, filters: Filters, language: str = "", page: int = 1, *, tongue: str = "", facets: bool = True
) -> Answer:  # fmt: skip
    """Searches the library. `language` is the language of the reader. Among variants with the same score,
    those in this language come first. `tongue` is the language of the query, if it is known.
    """
    asked = asked_words(text, tongue)
    known = tongue or language_of(text)
    own = (known, OWN_LANGUAGE) if known else (language, READER_LANGUAGE)
    rows, suggestion = _rows(text, asked, filters, own, page, facets)
    order = [int(row["value"]) for row in rows if row["what"] == "item"]
    found: dict[str, list[tuple[str, int]]] = {}
    for row in rows:
        if row["what"] in ("kind", "language", "theme", "year", "source"):
            found.setdefault(row["what"], []).append((row["value"], row["n"]))
    for name, values in found.items():
        values.sort(key=lambda one: one[0], reverse=name == "year")
        if name == "source":
            values.sort(key=lambda one: -one[1])
        del values[FACET:]
    return Answer(
        hits=_hits(order, asked),
        total=next((row["n"] for row in rows if row["what"] == "total"), 0),
        chosen=next((row["n"] for row in rows if row["what"] == "chosen"), 0),
        facets=found,
        suggestion=suggestion,
    )


def _rows(
    text: str, asked: Sequence[Asked], filters: Filters, own: tuple[str, float], page: int, facets: bool
) -> tuple[list[dict[str, Any]], str]:  # fmt: skip
    values: dict[str, Any] = {
        "kind": filters.kind, "theme": filters.theme, "of": filters.language, "year": filters.year,
        "source": filters.source, "language": own[0], "own": own[1], "k": K,
        "first": (min(page, LAST_PAGE) - 1) * PAGE, "limit": PAGE,
    }  # fmt: skip
    facet = _FACETS if facets else ""
    if not text.strip():
        return query.dicts(_ALL + _ANSWER + facet, values), ""
    pairs, words = _similar(asked)
    values |= {
        "words": [one for one, _, _ in pairs], "keys": [one for _, one, _ in pairs],
        "parts": ["" if key in asked[one].keys else key for one, key, _ in pairs],
        "qualities": [one for _, _, one in pairs], "asked": max(1, len(asked)),
    }  # fmt: skip
    rows = query.dicts(_FOUND + _ANSWER + _PARTS + facet, values)
    counts = {(row["place"], row["value"]): row["n"] for row in rows if row["what"] == "part"}
    return rows, _suggestion(text, asked, counts, words)


def _similar(asked: Sequence[Asked]) -> tuple[list[tuple[int, str, float]], dict[str, str]]:
    """Returns the keys of the words in a query and of similar words, each with the position of the word in
    the query and with the quality of the match. For each key of a similar word, also returns a word that
    occurs in the texts.
    """
    wanted = [
        {form_hash(form) for word in one.spellings for form in shortened(word)} for one in asked
    ]
    every = sorted(set().union(*wanted)) if wanted else []
    rows = query.dicts(_NEAR, {"forms": every}) if every else []
    by_form: dict[int, list[tuple[str, str]]] = {}
    for row in rows:
        by_form.setdefault(row["form"], []).append((row["word"], row["key"]))
    found = []
    for number, one in enumerate(asked):
        pairs = {pair for form in wanted[number] for pair in by_form.get(form, ())}
        found += [(number, key, worth) for key, worth in with_similar(one, pairs).items()]
    return found, {row["key"]: row["word"] for row in rows}


def _suggestion(
    text: str, asked: Sequence[Asked], counts: dict[tuple[int, str], int], words: dict[str, str]
) -> str:
    """Returns the query in which each unknown word is replaced by the most common similar word. Returns an
    empty text if no word is replaced."""
    better = text
    for number, one in enumerate(asked):
        near = [(n, key) for (word, key), n in counts.items() if word == number and key in words]
        if (number, "") not in counts and near:
            better = better.replace(one.word, words[max(near)[1]])
    return better if better != text else ""


def _hits(order: Sequence[int], asked: Sequence[Asked]) -> tuple[Hit, ...]:
    entries = Entry.objects.filter(number__in=order).values_list("number", "variant_id")
    variant_of = dict(entries)
    variants = {
        one.pk: one
        for one in Variant.objects.filter(pk__in=variant_of.values())
        .select_related("item", "version")
        .annotate(beginning=Left("text", LOOKED))
        .defer("text")
    }
    tongues: dict[uuid.UUID, list[str]] = {}
    versions = [one.version_id for one in variants.values()]
    pairs = Variant.objects.filter(version__in=versions).order_by("language")
    for version, language in pairs.values_list("version_id", "language"):
        tongues.setdefault(version, []).append(language)
    hits = []
    for number in order:
        if number not in variant_of or variant_of[number] not in variants:
            continue  # changed since the search
        variant = variants[variant_of[number]]
        texts = (variant.beginning, variant.summary, variant.title)
        passage, marks = passage_of(texts, variant.language, asked)
        if passage == variant.title:
            passage, marks = variant.summary[:200], ()
        hits.append(Hit(variant, passage, marks, tuple(tongues.get(variant.version_id, ()))))
    return tuple(hits)


def parts(passage: str, marks: Sequence[tuple[int, int]]) -> list[tuple[str, bool]]:
    """Returns the parts of a passage. Each part states whether it is a word of the query."""
    made, at = [], 0
    for start, end in marks:
        made += [(passage[at:start], False), (passage[start:end], True)]
        at = end
    return [(text, marked) for text, marked in (*made, (passage[at:], False)) if text]


def versions(item: Item) -> list[tuple[Version, list[Variant]]]:
    """Returns the versions of an item, the latest first, each with its variants in the order of the
    languages."""
    order = list(LANGUAGES)
    rows = sorted(
        Variant.objects.filter(item=item).defer("text"), key=lambda one: order.index(one.language)
    )
    return [
        (one, [variant for variant in rows if variant.version_id == one.pk])
        for one in Version.objects.filter(item=item).order_by("-number")
    ]


def successor(item: Item) -> Variant | None:
    """Returns the variant of the item that replaces an item, if the reader may read it."""
    if item.superseded_by_id is None:
        return None
    return (
        Variant.objects.filter(item_id=item.superseded_by_id).defer("text")
        .order_by("-version__number", "language").first()
    )  # fmt: skip


def beside(work: Work, today: dt.date) -> list[Variant]:
    """Returns up to three items that match the theme, the substance or the HS code of a page, best match
    first (`vedette.library.beside`). The database selects the valid items of the theme that the reader may
    read. Items about the substance or the HS code come first.
    """
    asked = {
        "theme": work.theme,
        "hs": work.hs,
        "substance": work.substance,
        "language": work.language,
    }
    rows = query.dicts(_BESIDE, {**asked, "today": today})
    items = [
        PureItem(
            id=str(row["variant_id"]), kind=row["kind"], language=row["language"], title=row["title"],
            themes=tuple(row["themes"]), hs=tuple(row["hs"]), substances=tuple(row["substances"]),
        )
        for row in rows
    ]  # fmt: skip
    chosen = [uuid.UUID(one.id) for one in pick(items, work, Reader(), today)]
    found = Variant.objects.select_related("item").defer("text").in_bulk(chosen)
    return [found[id_] for id_ in chosen if id_ in found]


def home(user: User) -> uuid.UUID:
    """Returns the organisation of a user. Every user with a right of the library belongs to an
    organisation."""
    assert user.organisation_id is not None  # noqa: S101  see above
    return user.organisation_id


def opinions(item: Item, user: User) -> dict[bool, int]:
    """Returns the number of readers of the organisation who found an item helpful, and the number of readers
    who did not."""
    rows = Opinion.objects.filter(item=item, organisation_id=home(user))
    return dict(rows.values_list("helps").annotate(n=Count("pk")))
