"""A scheduled task that would change unusually many rows waits until an administrator confirms the task."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection as web
from psycopg import Connection

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Organisation, User
from vedette.apps.columns import new_id
from vedette.apps.upkeep.models import Pause
from vedette.keys.ring import Keys

logger = logging.getLogger(__name__)

#: A scheduled task waits if it would change at least `MANY` accounts or profiles of an organisation, and more
#: than one in `SHARE`. The retention run waits if it would change more than `MONTHS` months of a class.
MANY, SHARE, MONTHS = 10, 10, 1

_OPEN = """
    SELECT id, at, confirmed_at FROM upkeep_pause
    WHERE organisation_id IS NOT DISTINCT FROM %s AND act = %s AND ended_at IS NULL
"""
_ASK = """
    INSERT INTO upkeep_pause (id, organisation_id, act, why, at, boot, boot_s, count, total)
    VALUES (%s, %s, %s, 'mass', %s, '', 0, %s, %s) ON CONFLICT DO NOTHING RETURNING id
"""


class Asking:
    """Decides for one execution of the scheduled tasks whether each task is executed, and which time the task
    uses."""

    def __init__(self, connection: Connection[Any], keys: Keys, now: dt.datetime) -> None:
        self._connection, self._keys, self.now = connection, keys, now

    @contextmanager
    def ask(
        self, act: str, organisation: uuid.UUID | None, count: int, total: int, many: bool
    ) -> Iterator[dt.datetime | None]:
        """Yields the time that the task uses, or None if the task waits. If the task would change unusually
        many rows (`many`), an administrator must first confirm the task. A confirmed task uses the time at
        which the pause began, so that it changes only what the administrator saw."""
        found = self._connection.execute(_OPEN, [organisation, act]).fetchone()
        if found is None and many:
            self._begin(act, organisation, count, total)
            yield None
            return
        id_, at, confirmed = found or (None, None, None)
        if many and not confirmed:
            yield None
            return
        yield at if many else self.now
        if id_ is not None:
            self._end(id_, organisation)

    def rows(
        self, act: str, organisation: uuid.UUID, count: int, total: int
    ) -> AbstractContextManager[dt.datetime | None]:
        """Calls `ask` for a task that would change `count` rows (accounts or profiles) of an organisation
        that has `total` rows."""
        many = count >= MANY and count * SHARE > total
        return self.ask(act, organisation, count, total, many)

    def _begin(self, act: str, organisation: uuid.UUID | None, count: int, total: int) -> None:
        with self._connection.transaction():
            values = [new_id(), organisation, act, self.now, count, total]
            begun = self._connection.execute(_ASK, values).fetchone()
            if begun is None:
                return
            detail: dict[str, acts.Detail] = {"act": act, "count": count, "total": total}
            self._tell("pause.begin", begun[0], organisation, detail)
        logger.error("a timed act waits for an administrator: %s", act)

    def _end(self, pause: uuid.UUID, organisation: uuid.UUID | None) -> None:
        with self._connection.transaction():
            ended = self._connection.execute(
                "UPDATE upkeep_pause SET ended_at = vedette_now() WHERE id = %s AND ended_at IS NULL"
                " AND organisation_id IS NOT DISTINCT FROM %s RETURNING confirmed_at",
                [pause, organisation],
            ).fetchone()
            if ended:
                why = "confirmed" if ended[0] else "few"
                self._tell("pause.end", pause, organisation, {"why": why})

    def _tell(
        self, what: str, pause: uuid.UUID, organisation: uuid.UUID | None,
        detail: dict[str, acts.Detail],
    ) -> None:  # fmt: skip
        if organisation is None:
            acts.write_everywhere(self._connection, self._keys, what, str(pause), detail)
        else:
            entry = acts.Entry(organisation, None, what, str(pause), detail)
            acts.write_many(self._connection, self._keys, [entry])


def state(connection: Connection[Any], act: str) -> str:
    """Returns the state of a task that concerns all organisations: `waits`, `confirmed`, or an empty text if
    the task is not paused."""
    found = connection.execute(_OPEN, [None, act]).fetchone()
    return "" if found is None else "confirmed" if found[2] else "waits"


def waiting(by: User) -> list[Pause]:
    """Returns the unconfirmed pauses of tasks of the user's organisation, and of tasks of all organisations
    together. Returns no pauses if the user may not see the status page."""
    if not rules.may(by, "status.see"):
        return []
    found = list(Pause.objects.filter(ended_at=None, confirmed_at=None).order_by("at"))
    for one in found:
        one.confirmable = rules.may(by, "status.confirm") and _of(by, one)
    return found


def _of(by: User, pause: Pause) -> bool:
    """Whether the user's organisation may confirm the paused task. Partners may not confirm a task that
    concerns all organisations, because such a task also deletes data of other organisations."""
    kind = by.organisation.kind if by.organisation else None
    return pause.organisation_id is not None or kind == Organisation.Kind.ADMINISTRATION


def confirm(by: User, pk: uuid.UUID) -> bool:
    """Confirms a waiting task that was shown on the status page. Returns whether the task was still waiting.
    Workers continue within a minute. Raises `PermissionDenied` if the task concerns all organisations and the
    user does not belong to the administration."""
    rules.check(by, "status.confirm")
    if not _of(by, Pause.objects.get(pk=pk)):
        raise PermissionDenied("status.confirm")
    with web.cursor() as cursor:
        cursor.execute(
            "UPDATE upkeep_pause SET confirmed_at = vedette_now(), confirmed_by_id = %s"
            " WHERE id = %s AND ended_at IS NULL AND confirmed_at IS NULL RETURNING act",
            [by.pk, pk],
        )
        found = cursor.fetchone()
    if found is not None:
        acts.write(by, "pause.confirm", pk, act=found[0])
    return found is not None
