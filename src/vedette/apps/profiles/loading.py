"""The active profiles of an organisation. The profiles are cached until the counter of profile
changes increases, or until the next version begins or ends.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import uuid
from typing import Any, NamedTuple

from django.db import connections
from psycopg import Connection

from vedette.apps import query
from vedette.apps.profiles.backtesting import code_lists
from vedette.kinds import vocabulary
from vedette.profiles.run import ActiveProfile, Profiles

logger = logging.getLogger(__name__)


class _Held(NamedTuple):
    """Loaded profiles, with the counter of profile changes when they were loaded, and the period in which
    they are valid."""

    number: int
    since: dt.datetime
    until: dt.datetime | None
    profiles: Profiles


_held: dict[tuple[uuid.UUID, str], _Held] = {}
_lock = threading.Lock()

_IN_FORCE = """
    SELECT p.id::text AS id, v.id::text AS version, v.number, p.ref, v.title,
           v.expression, v.parameters, v.weight, v.theme, v.purpose, v.content_hash AS hash,
           v.state IN ('draft', 'asked') AS shadow
    FROM profiles_version v JOIN profiles_profile p ON p.id = v.profile_id
    WHERE v.organisation_id = %(home)s AND p.kind = %(kind)s
      -- A criterion of clearance raises no hits. In shadow mode, its matches are counted.
      AND (v.lane = '' OR v.state IN ('draft', 'asked'))
      AND (v.state = 'active' AND coalesce(v.active_from <= %(now)s, true) AND p.suspended_at IS NULL
           -- An ended version stays active until the next version begins.
           OR v.state = 'ended' AND v.ended_at > %(now)s AND v.active_until > %(now)s
              AND p.suspended_at IS NULL
           OR v.state IN ('draft', 'asked') AND v.shadow_from <= now() AND v.shadow_until > now())
    ORDER BY p.ref, v.number
"""
#: The criteria of clearance in force: version, reference, lane, percentage, expression, parameters.
_CRITERIA = """
    SELECT v.id, p.ref, v.lane, v.share, v.expression, v.parameters
    FROM profiles_version v JOIN profiles_profile p ON p.id = v.profile_id
    WHERE v.organisation_id = %s AND p.kind = %s AND v.lane <> '' AND p.suspended_at IS NULL
      AND (v.state = 'active' AND coalesce(v.active_from <= %s, true)
           OR v.state = 'ended' AND v.ended_at > %s AND v.active_until > %s)
    ORDER BY p.ref
"""
#: The next time at which a version begins or ends.
_NEXT = """
    SELECT min(at) FROM profiles_version v, LATERAL (
        VALUES (active_from), (active_until), (ended_at), (shadow_from), (shadow_until)) t (at)
    WHERE v.organisation_id = %(home)s AND at > %(now)s
"""


def current(organisation: uuid.UUID, kind: str, using: str, now: dt.datetime) -> Profiles:
    """Returns the profiles that are active at the time `now`."""
    wanted = number(organisation, using)
    key = (organisation, kind)
    held = _held.get(key)
    if (
        held is None
        or held.number != wanted
        or now < held.since
        or (held.until is not None and now >= held.until)
    ):
        with _lock:
            with connections[using].cursor() as cursor:
                lists = code_lists(cursor, organisation)
                cursor.execute(_NEXT, {"home": organisation, "now": now})
                until = cursor.fetchone()[0]
            profiles = Profiles(vocabulary(kind), in_force(organisation, kind, using, now), lists)
            if profiles.refused:
                # The expressions were valid when they were submitted. An error means that a column was
                # removed since then.
                logger.error(
                    "%d profiles can no longer be parsed and are not evaluated",
                    len(profiles.refused),
                )
            held = _held[key] = _Held(wanted, now, until, profiles)
    return held.profiles


def number(organisation: uuid.UUID, using: str) -> int:
    """Returns an organisation's counter of profile changes."""
    return query.changes("profiles_profilestate", organisation, using)


def in_force(
    organisation: uuid.UUID, kind: str, using: str, now: dt.datetime
) -> list[ActiveProfile]:
    """Returns the active versions that have begun and are not suspended, and the drafts in shadow mode."""
    with connections[using].cursor() as cursor:
        cursor.execute(_IN_FORCE, {"home": organisation, "kind": kind, "now": now})
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [ActiveProfile(**row) for row in rows]


def criteria(
    connection: Connection[Any], organisation: uuid.UUID, kind: str, now: dt.datetime
) -> list[tuple[uuid.UUID, str, str, float, str, dict[str, Any]]]:
    """Returns the criteria of clearance that are in force: the version, the reference of the profile, the
    lane, the percentage, the expression and the parameters."""
    return connection.execute(_CRITERIA, [organisation, kind, now, now, now]).fetchall()
