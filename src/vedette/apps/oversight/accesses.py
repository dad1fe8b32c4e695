"""Counts from the journal how often each user accessed data on a day, and finds unusual accesses.

A worker calls the functions of this module with the intake role of the database. Searched names are compared
by their keyed hashes (tokens).

Unusual accesses are found with the median and the MAD. The MAD is the median of the absolute deviations from
the median. A few days with extreme numbers of accesses hardly change the median and the MAD. The mean and the
standard deviation are not used, because a night with many accesses would raise its own threshold. For a
normal distribution, the standard deviation is 1.4826 times the MAD. A value beyond 3.5 standard deviations is
usually called an outlier (Iglewicz and Hoaglin 1993, `How to Detect and Handle Outliers`).
"""

from __future__ import annotations

import datetime as dt
import json
import statistics
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection

from vedette.apps.oversight.models import Finding, Tally
from vedette.apps.oversight.name_tokens import is_named, of_user, tokens
from vedette.apps.subjects.kinds import app_kinds
from vedette.keys.ring import Keys

_K, _F = Tally.Kind, Finding.Kind
#: Maps the journal entries of the pages that all kinds share to the kind of access. `AppKind.accesses`
#: does so for the journal entries of one kind.
_SHARED: dict[str, str] = {
    "record.see": _K.PERSON, "record.view": _K.PERSON, "hit.see": _K.PERSON,
    "hit.see_linked": _K.PERSON, "link.see": _K.PERSON, "control.see": _K.PERSON, "control.see_photo":
    _K.PERSON, "seizure.see": _K.PERSON, "firearm.see": _K.PERSON, "trace.see": _K.PERSON,
    "firearm.export": _K.EXPORT, "trace.export": _K.EXPORT, "arms.export": _K.EXPORT,
    "record.unmasked": _K.UNMASKED, "record.search": _K.SEARCH, "message.try": _K.SEARCH,
    "hit.printed": _K.PRINT, "list.export": _K.EXPORT, "journal.export": _K.EXPORT,
    "statistics.export": _K.EXPORT,
    "oversight.export": _K.EXPORT,
}  # fmt: skip
#: The kinds of access for which the number and the hours are evaluated.
LOOKS = (_K.PERSON, _K.SEARCH, _K.UNMASKED, _K.PRINT)
#: The standard deviation of a normal distribution in units of the MAD, and the number of standard deviations
#: beyond which a day is a finding.
TO_SIGMA, BEYOND = 1.4826, 3.5
#: The number of past days from which the usual values are computed, and the minimum number of active days
#: among them.
BACK, DAYS_LEAST = 90, 10
#: The minimum number of accesses on a day for a finding about its volume.
LOOKS_LEAST = 20
#: If an hour has at least this share of a user's accesses, the hour and its neighbours are usual. The
#: second value is the minimum number of accesses outside usual hours for a finding.
HOUR_SHARE, OUTSIDE_LEAST = 0.01, 5
#: The number of days over which the readers of one record are counted, and the minimum number of readers for
#: a finding.
READERS_BACK, READERS_LEAST = 30, 5

_COUNTED = """
    SELECT user_id, act, extract(hour FROM at AT TIME ZONE 'UTC')::int, count(*)
    FROM accounts_act WHERE organisation_id = %s AND at >= %s AND at < %s AND act = ANY(%s)
        AND user_id IS NOT NULL
    GROUP BY 1, 2, 3
"""
_SEARCHED = """
    SELECT id, user_id, detail -> 'name' FROM accounts_act
    WHERE organisation_id = %s AND at >= %s AND at < %s AND user_id IS NOT NULL
        AND act = ANY(%s) AND detail ? 'name'
"""
_OPENED = """
    SELECT min(a.id), a.user_id, coalesce(h.subject_id::text, a.subject)
    FROM accounts_act a
    LEFT JOIN hits_hit h ON h.organisation_id = a.organisation_id
        AND h.id = CASE WHEN a.act IN ('hit.see', 'hit.see_linked') THEN a.subject::uuid END
    WHERE a.organisation_id = %s AND a.at >= %s AND a.at < %s AND a.act = ANY(%s)
        AND a.user_id IS NOT NULL AND a.subject <> ''
    GROUP BY 2, 3
"""
_READERS = """
    SELECT coalesce(h.subject_id::text, a.subject), count(DISTINCT a.user_id)
    FROM unnest(%s::text[]) s(subject)
    JOIN accounts_act a ON a.organisation_id = %s AND a.subject = s.subject AND a.subject <> ''
    LEFT JOIN hits_hit h ON h.organisation_id = a.organisation_id
        AND h.id = CASE WHEN a.act IN ('hit.see', 'hit.see_linked') THEN a.subject::uuid END
    WHERE a.at >= %s AND a.at < %s AND a.act = ANY(%s) AND a.user_id IS NOT NULL
    GROUP BY 1
"""


def kinds() -> dict[str, str]:
    """Returns the kind of access for each kind of journal entry."""
    return _SHARED | {act: of for kind in app_kinds() for act, of in kind.accesses.items()}


def _acts(*of: str) -> list[str]:
    """Returns the kinds of journal entries that record the given kinds of access."""
    return [act for act, kind in kinds().items() if kind in of]


@dataclass(frozen=True)
class Person:
    """A user, with the keyed hashes (tokens) of the user's given names and surname."""

    id: uuid.UUID
    role: str
    first: list[str]
    last: list[str]


@dataclass
class Day:
    """One day of an organisation, with the connection and the keys that are needed to evaluate the
    day.
    """

    connection: Connection[Any]
    keys: Keys
    organisation: uuid.UUID
    day: dt.date
    people: dict[uuid.UUID, Person] = field(default_factory=dict)

    @property
    def bounds(self) -> tuple[dt.datetime, dt.datetime]:
        """The start and the end of the day, at midnight UTC."""
        start = dt.datetime.combine(self.day, dt.time(), dt.UTC)
        return start, start + dt.timedelta(days=1)


def look(day: Day) -> None:
    """Counts the accesses of the day and writes the findings. The call can be repeated safely."""
    day.people = {
        pk: Person(pk, role, tokens(day.keys, first), tokens(day.keys, last))
        for pk, role, first, last in day.connection.execute(
            "SELECT id, role, first_name, last_name FROM accounts_user WHERE organisation_id = %s",
            [day.organisation],
        )
    }
    found = [*_volume_and_hours(day, _tally(day)), *_names_searched(day), *_records(day)]
    with day.connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO oversight_finding (id, organisation_id, day, kind, user_id, subject, params, at)"
            " VALUES (gen_random_uuid(), %s, %s, %s, %s, %s, %s::jsonb, now())"
            " ON CONFLICT (organisation_id, day, kind, user_id, subject)"
            " DO UPDATE SET params = excluded.params",
            [(day.organisation, day.day, *one) for one in found],
        )


Row = tuple[str, uuid.UUID | None, str, str]


def _row(kind: str, user: uuid.UUID | None, subject: object, **params: Any) -> Row:
    return kind, user, str(subject), json.dumps(params)


def _tally(day: Day) -> dict[uuid.UUID, list[int]]:
    """Stores the numbers of accesses on the day. Returns the number of accesses of each user by hour."""
    of_act = kinds()
    hours: dict[tuple[uuid.UUID, str], list[int]] = defaultdict(lambda: [0] * 24)
    for user, act, hour, count in day.connection.execute(
        _COUNTED, [day.organisation, *day.bounds, list(of_act)]
    ):
        hours[user, of_act[act]][hour] += count
    day.connection.execute(
        "DELETE FROM oversight_tally WHERE organisation_id = %s AND day = %s",
        [day.organisation, day.day],
    )
    with day.connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO oversight_tally (organisation_id, user_id, day, kind, count, hours)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [
                (day.organisation, user, day.day, str(kind), sum(of), of)
                for (user, kind), of in hours.items()
            ],
        )
    looks: dict[uuid.UUID, list[int]] = {}
    for (user, kind), of in hours.items():
        if kind in LOOKS:
            looks[user] = [a + b for a, b in zip(looks.get(user, [0] * 24), of, strict=True)]
    return looks


def _volume_and_hours(day: Day, today: dict[uuid.UUID, list[int]]) -> Iterator[Row]:
    before: dict[uuid.UUID, dict[dt.date, list[int]]] = defaultdict(dict)
    for user, on, of in day.connection.execute(
        "SELECT user_id, day, hours FROM oversight_tally"
        " WHERE organisation_id = %s AND day >= %s AND day < %s AND kind = ANY(%s)",
        [
            day.organisation, day.day - dt.timedelta(days=BACK), day.day,
            [str(kind) for kind in LOOKS],
        ],
    ):  # fmt: skip
        known = before[user].get(on, [0] * 24)
        before[user][on] = [a + b for a, b in zip(known, of, strict=True)]
    by_role: dict[str, list[int]] = defaultdict(list)
    for user, days in before.items():
        if user in day.people:
            by_role[day.people[user].role] += [sum(of) for of in days.values()]
    for user, hours in today.items():
        if user not in day.people:
            continue
        own = Usual.of([sum(of) for of in before[user].values()])
        role = Usual.of(by_role[day.people[user].role])
        count = sum(hours)
        if far_above(count, own, role):
            yield _row(
                _F.VOLUME, user, "", count=count, own=own and own.median, role=role and role.median,
            )  # fmt: skip
        usual = usual_hours(list(before[user].values()))
        if late := outside(hours, usual):
            count = sum(hours[hour] for hour in late)
            yield _row(_F.HOURS, user, "", count=count, hours=late, usual=sorted(usual or ()))


def _names_searched(day: Day) -> Iterator[Row]:
    for act, user, asked in day.connection.execute(
        _SEARCHED, [day.organisation, *day.bounds, _acts(_K.SEARCH)]
    ).fetchall():
        for person in day.people.values():
            similar = of_user(day.keys, person.id) in asked
            if similar or is_named(asked, person.first, person.last):
                own = person.id == user
                kind = _F.OWN_NAME if own else _F.COLLEAGUE
                yield _row(kind, user, act, opened=False, **({} if own else {"of": str(person.id)}))


def _records(day: Day) -> Iterator[Row]:
    """Yields findings about users who opened a record with their own name, and about records with
    very many readers.
    """
    opened = day.connection.execute(
        _OPENED, [day.organisation, *day.bounds, _acts(_K.PERSON, _K.UNMASKED)]
    ).fetchall()
    readers_of: dict[str, list[tuple[int, uuid.UUID]]] = defaultdict(list)
    for act, user, subject in opened:
        readers_of[subject].append((act, user))
    ids = _ids(readers_of)
    for subject, parts in (
        named
        for kind in app_kinds()
        for named in kind.clear_names(day.connection, day.organisation, ids)
    ):
        named = tokens(day.keys, *parts)
        for act, user in readers_of[str(subject)]:
            person = day.people.get(user)
            if person and is_named(named, person.first, person.last):
                yield _row(_F.OWN_NAME, user, act, opened=True)
    yield from _many_readers(day, list(readers_of))


def _many_readers(day: Day, opened: list[str]) -> Iterator[Row]:
    subjects = [
        *opened,
        *(
            hit
            for (hit,) in day.connection.execute(
                "SELECT id::text FROM hits_hit WHERE organisation_id = %s"
                " AND subject_id = ANY(%s::uuid[])",
                [day.organisation, _ids(opened)],
            )
        ),
    ]
    start, end = day.bounds
    back = start - dt.timedelta(days=READERS_BACK - 1)
    readers = dict(
        day.connection.execute(
            _READERS, [subjects, day.organisation, back, end, _acts(_K.PERSON, _K.UNMASKED)]
        ).fetchall()
    )
    usual = Usual.of(list(readers.values()))
    for subject, count in readers.items():
        if too_many_readers(count, usual):
            yield _row(
                _F.MANY, None, subject, readers=count, usual=usual and usual.median,
                days=READERS_BACK,
            )  # fmt: skip


def _ids(subjects: Iterable[str]) -> list[uuid.UUID]:
    """Returns the given subjects of journal entries that are ids. The subject of a journal entry may also be
    a code.
    """
    found = []
    for subject in subjects:
        try:
            found.append(uuid.UUID(subject))
        except ValueError:
            continue
    return found


@dataclass(frozen=True)
class Usual:
    """The median and the MAD of several numbers, for example the accesses on several days."""

    median: float
    mad: float

    @classmethod
    def of(cls, values: Sequence[int]) -> Usual | None:
        """Returns the median and the MAD of the values, or None if there are fewer than
        `DAYS_LEAST` values.
        """
        if len(values) < DAYS_LEAST:
            return None
        median = statistics.median(values)
        return cls(median, statistics.median(abs(v - median) for v in values))

    @property
    def limit(self) -> float:
        """The greatest value that is still usual. The MAD is taken to be at least a tenth of the
        median, and at least 1. Without this minimum, 21 accesses after many days with 20 accesses
        would be a finding.
        """
        return self.median + BEYOND * TO_SIGMA * max(self.mad, self.median / 10, 1.0)


def far_above(count: int, own: Usual | None, role: Usual | None) -> bool:
    """Returns whether the number of accesses on a day exceeds the usual limits of the user and of the user's
    role. If only one limit is known, the other limit is not checked. If both limits are unknown, the result
    is False.
    """
    known = [usual for usual in (own, role) if usual is not None]
    return count >= LOOKS_LEAST and bool(known) and all(count > usual.limit for usual in known)


def usual_hours(days: Sequence[Sequence[int]]) -> set[int] | None:
    """Returns the hours of the day (UTC) in which the user usually accesses data. An hour is usual if the
    hour, or one of the two adjacent hours, has at least the share `HOUR_SHARE` of all accesses. Returns None
    for fewer than `DAYS_LEAST` days.
    """
    if len(days) < DAYS_LEAST:
        return None
    hours = [sum(column) for column in zip(*days, strict=True)]
    least = HOUR_SHARE * sum(hours)
    at_work = [hour for hour, count in enumerate(hours) if count and count >= least]
    return {(hour + beside) % 24 for hour in at_work for beside in (-1, 0, 1)}


def outside(hours: Sequence[int], usual: set[int] | None) -> list[int]:
    """Returns the hours of a day that have accesses and are not usual hours. The result is empty if
    there are fewer than `OUTSIDE_LEAST` accesses in unusual hours.
    """
    if usual is None:
        return []
    found = [hour for hour, count in enumerate(hours) if count and hour not in usual]
    return found if sum(hours[hour] for hour in found) >= OUTSIDE_LEAST else []


def too_many_readers(readers: int, of_others: Usual | None) -> bool:
    """Returns whether the number of users who opened a record is unusually high."""
    return readers >= READERS_LEAST and (of_others is None or readers > of_others.limit)
