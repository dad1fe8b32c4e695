"""Notifies the other administration of events of requests, sends reminders of deadlines, and deletes old
drafts. The jobs of the workers for requests for mutual assistance. A notification states that a request is
waiting, and contains no text of a request."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from psycopg import Connection

from vedette.apps.cooperation.selectors.mutual import CONFIRM
from vedette.apps.notices import actions as notices
from vedette.apps.notices.models import Notice

#: Number of rows of an organisation in one round.
CHUNK = 500
_UNTOLD = """
    UPDATE cooperation_mutualevent e SET told = true FROM cooperation_mutualrequest r
    WHERE e.id IN (SELECT id FROM cooperation_mutualevent WHERE NOT told AND organisation_id = %(home)s
                   ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
      AND e.organisation_id = %(home)s AND r.id = e.request_id
      AND %(home)s IN (r.organisation_id, r.requested_id)
    RETURNING e.id, e.what, r.id, r.spontaneous,
        CASE WHEN r.organisation_id = %(home)s THEN r.requested_id ELSE r.organisation_id END,
        CASE WHEN r.organisation_id = %(home)s THEN r.addressees ELSE ARRAY[r.by_id] END
"""
_OVERDUE = """
    UPDATE cooperation_mutualrequest r SET overdue_told = true
    WHERE r.organisation_id = %(home)s AND r.state IN ('sent', 'acknowledged', 'partial')
      AND r.closed_at IS NULL AND r.due_at <= %(at)s AND NOT r.overdue_told
    RETURNING r.id, r.by_id, r.requested_id, r.addressees
"""
_ORAL = """
    UPDATE cooperation_mutualrequest r SET oral_told = true
    WHERE r.organisation_id = %(home)s AND r.state = 'draft' AND r.oral_at <= %(before)s AND NOT r.oral_told
    RETURNING r.id, r.by_id
"""
# The texts of an answer that were stored for an approval, and not sent. The object of an answer is not in a
# table before the answer is sent, so its content names the request.
_UNSENT_ANSWERS = """
    DELETE FROM release_content c USING release_item i
    WHERE c.organisation_id = %(home)s AND i.id = c.item_id AND c.of = i.id AND i.organisation_id = %(home)s
      AND i.type = 'assistance_answer' AND c.data ->> 'about' = ANY (%(requests)s::text[])
      AND NOT EXISTS (SELECT FROM release_release r WHERE r.item_id = i.id AND r.organisation_id = %(home)s)
"""


def tell(connection: Connection[Any], at: dt.datetime) -> int:
    """Writes the notifications that are due. Returns the number of events and deadlines for which
    notifications were written."""
    done = 0
    for (home,) in connection.execute(
        "SELECT id FROM accounts_organisation ORDER BY id"
    ).fetchall():
        with connection.transaction():
            rows = connection.execute(_UNTOLD, {"home": home, "most": CHUNK}).fetchall()
            for id_, what, request, spontaneous, other, to in rows:
                word = "information" if what == "sent" and spontaneous else what
                _write(connection, other, word, request, f"mutual:{id_}", at, to)
            overdue = connection.execute(_OVERDUE, {"home": home, "at": at}).fetchall()
            for request, author, requested, to in overdue:
                _write(
                    connection, home, "unanswered", request, f"unanswered:{request}", at, [author]
                )
                _write(connection, requested, "overdue", request, f"overdue:{request}", at, to)
            oral = connection.execute(_ORAL, {"home": home, "before": at - CONFIRM}).fetchall()
            for request, author in oral:
                _write(connection, home, "oral", request, f"oral:{request}", at, [author])
            done += len(rows) + len(overdue) + len(oral)
    return done


def _write(
    connection: Connection[Any], home: uuid.UUID, what: str, request: uuid.UUID, ref: str, at: dt.datetime,
    to: list[uuid.UUID],
) -> None:  # fmt: skip
    event = notices.Event(
        kind=Notice.Kind.MUTUAL, to=to, at=at, ref=ref,
        params={"what": what, "page": "mutual-request", "id": str(request)},
    )  # fmt: skip
    notices.write(connection.execute, home, [event])


def forget(connection: Connection[Any], at: dt.datetime) -> int:
    """Deletes, at the end of their period, the texts that were not sent, the versions of these texts that
    were stored for an approval, and the requests that existed only as drafts. Returns the number of deleted
    drafts."""
    done = 0
    for (home,) in connection.execute(
        "SELECT id FROM accounts_organisation ORDER BY id"
    ).fetchall():
        values = {"home": home, "at": at}
        with connection.transaction():
            old = connection.execute(
                "DELETE FROM cooperation_mutualdraft WHERE organisation_id = %(home)s"
                " AND delete_at <= %(at)s RETURNING request_id",
                values,
            ).fetchall()
            done += len(old)
            connection.execute(
                _UNSENT_ANSWERS, {"home": home, "requests": [str(one) for (one,) in old]}
            )
            gone = connection.execute(
                "DELETE FROM cooperation_mutualrequest r WHERE r.organisation_id = %(home)s"
                " AND r.state = 'draft' AND NOT EXISTS (SELECT FROM cooperation_mutualdraft d"
                " WHERE d.request_id = r.id AND d.organisation_id = %(home)s) RETURNING r.id",
                values,
            ).fetchall()
            for (request,) in gone:
                connection.execute(
                    "DELETE FROM release_content c USING release_item i WHERE c.organisation_id = %(home)s"
                    " AND i.id = c.item_id AND i.organisation_id = %(home)s AND i.object = %(request)s",
                    {"home": home, "request": request},
                )
    return done
