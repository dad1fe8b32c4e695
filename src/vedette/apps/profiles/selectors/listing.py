"""The table of profiles: a page of them with the version that counts, what it brought, and the counts."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from vedette.apps import query, rendering
from vedette.apps.profiles import statistics
from vedette.apps.profiles.models import Version
from vedette.apps.profiles.statistics import Brought
from vedette.kinds import kinds
from vedette.profiles.files import load
from vedette.profiles.vocabulary import Vocabulary

#: Rows of a page, and days over which hits are counted.
PAGE, PERIOD = 25, 30
#: What a profile can be found by; the last three are marks, not states.
STATES = ("active", "suspended", "asked", "draft", "ended", "review", "ending", "hear")

# One row a profile: its active version, else the open one, else the last; and the open one beside it.
# A draft counts as one to be heard where it names a restricted column, and nobody was heard on what it
# says now: reading the expression itself is for its page.
_PROFILES = """
    WITH held AS MATERIALIZED (
        SELECT v.*, row_number() OVER (
                   PARTITION BY v.profile_id
                   ORDER BY v.state <> 'active', v.state = 'ended', v.number DESC) AS place
        FROM profiles_version v
    ), open AS (
        SELECT h.*, h.expression ~* (%(restricted)s::jsonb ->> p.kind) AND NOT EXISTS (
            SELECT FROM profiles_versionevent e WHERE e.version_id = h.id AND e.kind = 'heard'
              AND e.params ->> 'hash' = h.content_hash
              AND e.params ->> 'justification' = encode(sha256(convert_to(h.justification, 'UTF8')), 'hex')
            ) AS hear
        FROM held h JOIN profiles_profile p ON p.id = h.profile_id
        WHERE h.state IN ('draft', 'asked')
    ), told AS (
        SELECT p.id, p.ref, p.suspended_at IS NOT NULL AND v.state = 'active' AS suspended,
               v.id AS version, v.state, v.title, v.number,
               o.id AS open, o.state AS open_state, coalesce(o.hear, false) AS hear,
               v.state = 'active' AND v.active_until <= %(soon)s AS ending,
               v.state = 'active' AND v.id = ANY(%(below)s) AS below
        FROM profiles_profile p
        JOIN held v ON v.profile_id = p.id AND v.place = 1
        LEFT JOIN open o ON o.profile_id = p.id
    )
"""
_IS = {
    "active": "state = 'active' AND NOT suspended",
    "suspended": "suspended",
    "asked": "open_state = 'asked'",
    "draft": "open_state = 'draft'",
    "ended": "state = 'ended' AND open IS NULL",
    "review": "ending OR below",
    "ending": "ending",
    "hear": "hear",
}
_EACH = ", ".join(f"count(*) FILTER (WHERE {test}) AS {name}" for name, test in _IS.items())
_COUNTS = f"{_PROFILES} SELECT count(*) AS all, {_EACH} FROM told"  # noqa: S608  constants of ours
# `P-9` before `P-10`: by what stands before the number, then by the number.
_SOME = """
    SELECT id, version, open, suspended, count(*) OVER () AS total FROM told
    WHERE ({state}) AND (%(text)s = '' OR ref ILIKE %(like)s OR title ILIKE %(like)s
           OR title = ANY(%(titles)s))
    ORDER BY regexp_replace(ref, '[0-9]+$', ''), substring(ref FROM '[0-9]{{1,18}}$')::bigint NULLS FIRST,
             ref LIMIT %(most)s OFFSET %(from)s
"""


@dataclass(frozen=True)
class Filters:
    """What was asked for; all of it is in the address."""

    state: str = ""
    text: str = ""
    page: int = 1

    @classmethod
    def read(cls, asked: Any) -> Filters:
        """From a request's parameters; what makes no sense is as if it were not there."""
        state, page = asked.get("state", ""), asked.get("page", "1")
        number = int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 1
        return cls(
            state=state if state in STATES else "",
            text=" ".join(asked.get("q", "").replace("\0", "").split())[:100],
            page=max(number, 1),
        )

    def query(self, **changes: Any) -> str:
        """These filters as a query string, some of them changed."""
        parts: dict[str, Any] = {"state": self.state, "q": self.text, **changes}
        return urlencode({name: value for name, value in parts.items() if value})


@dataclass(frozen=True)
class Row:
    """A profile in the table."""

    version: Version
    open: Version | None
    suspended: bool
    brought: Brought
    #: Why it asks for review: `ends`, `precision`.
    review: list[str]

    @property
    def state(self) -> str:
        """The state that the table tells: of the version shown."""
        return "suspended" if self.suspended else self.version.state


@dataclass(frozen=True)
class Page:
    """A page of the table."""

    rows: list[Row]
    counts: dict[str, int]
    total: int
    first: int


def page(filters: Filters) -> Page:
    """The profiles that the filters let through, in the order of their numbers: six queries."""
    start = (filters.page - 1) * PAGE
    asked = {
        "soon": timezone.now() + statistics.REVIEW,
        "below": statistics.below_floor(),
        "restricted": json.dumps(
            {name: restricted(kind.columns()) for name, kind in kinds().items()}
        ),
        "text": filters.text,
        "like": f"%{_plain(filters.text)}%",
        "titles": _starter_titles(filters.text) if filters.text else [],
        "most": PAGE,
        "from": start,
    }
    (counts,) = query.dicts(_COUNTS, asked)
    found = query.dicts(_PROFILES + _SOME.format(state=_IS.get(filters.state, "true")), asked)
    ids = [id_ for row in found for id_ in (row["version"], row["open"]) if id_]
    versions = Version.objects.select_related("profile").in_bulk(ids)
    shown = [row["version"] for row in found]
    brought = statistics.brought(shown, PERIOD)
    # A floor is asked of all that a version brought: thirty days are few, but to who began since.
    then = timezone.now() - dt.timedelta(days=PERIOD)
    floored = [
        id_
        for id_ in shown
        if versions[id_].floor is not None and (begun := versions[id_].active_from) and begun < then
    ]
    ever = statistics.brought(floored) if floored else {}
    rows = [_row(row, versions, brought, ever) for row in found]
    total = found[0]["total"] if found else 0
    return Page(rows, counts, total, start + 1)


def _row(
    row: dict[str, Any],
    versions: dict[uuid.UUID, Version],
    brought: dict[uuid.UUID, Brought],
    ever: dict[uuid.UUID, Brought],
) -> Row:
    version = versions[row["version"]]
    other = versions[row["open"]] if row["open"] and row["open"] != row["version"] else None
    now = brought[version.pk]
    active = version.state == Version.State.ACTIVE
    due = statistics.review_due(version, ever.get(version.pk, now)) if active else []
    return Row(version, other, row["suspended"], now, due)


def _starter_titles(text: str) -> list[str]:
    """Titles of starter profiles whose translation has a text in it."""
    titles = [load(path.read_bytes()).title for kind in kinds().values() for path in kind.starter()]
    return [title for title in titles if text.casefold() in rendering.own(title).casefold()]


def _plain(text: str) -> str:
    """Text with nothing in it that LIKE reads."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def restricted(vocabulary: Vocabulary) -> str:
    """A regular expression that finds the names of restricted columns."""
    names = [column.name for column in vocabulary.columns if column.restricted]
    return rf"\m({'|'.join(names) or '-'})\M"


def ends_within(version: Version, now: dt.datetime) -> int | None:
    """Days until an active version ends, where that is soon; None else."""
    until = version.active_until
    if until is None or until - statistics.REVIEW > now:
        return None
    return max((until.date() - now.date()).days, 0)
