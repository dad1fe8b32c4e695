"""The job of a worker that sends notifications about invitations and messages, and passes on unanswered
warnings.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from psycopg import Connection

from vedette.apps.accounts import acts
from vedette.apps.notices import actions as notices
from vedette.apps.notices.models import Notice
from vedette.apps.operations.actions.messages import NOMINAL_KEPT
from vedette.keys.ring import Keys

#: How many rows one execution handles for each organisation.
CHUNK = 500

# The warnings to an organisation that reached a further level. The latest version of a warning states its
# hours.
_DUE = """
    WITH open AS (
        SELECT r.id, r.operation_id, r.escalated FROM operations_message r
        JOIN operations_operation o ON o.id = r.operation_id AND o.state NOT IN ('closed', 'abandoned')
        WHERE r.kind = 'warning' AND r.version = 1 AND r.sent_at IS NOT NULL AND r.escalated < 2
          AND %(home)s = ANY (r.recipients) AND EXISTS (
              SELECT FROM operations_recipientset s WHERE s.id = r.recipient_set_id
              AND (%(home)s = ANY (s.organisations) OR EXISTS (
                  SELECT FROM operations_member p WHERE p.operation_id = r.operation_id
                  AND p.organisation_id = %(home)s AND p.user_id = ANY (s.persons))))
    ), latest AS (
        SELECT DISTINCT ON (m.root) m.root, m.withdraws, m.deputy_at, m.unit_at
        FROM operations_message m JOIN open ON open.id = m.root WHERE m.sent_at IS NOT NULL
        ORDER BY m.root, m.version DESC
    ), due AS (
        SELECT l.root, l.level FROM (
            SELECT root, withdraws,
                   CASE WHEN unit_at <= %(now)s THEN 2 WHEN deputy_at <= %(now)s THEN 1 ELSE 0 END AS level
            FROM latest) l
        JOIN open ON open.id = l.root AND open.escalated < l.level
        WHERE NOT l.withdraws AND NOT EXISTS (SELECT FROM operations_answer a WHERE a.message_id = l.root)
        ORDER BY l.level DESC, l.root LIMIT %(most)s
    )
    UPDATE operations_message m SET escalated = due.level
    FROM due WHERE m.id = due.root AND m.escalated < due.level
    RETURNING m.id, m.operation_id, m.escalated, m.exercise
"""
_MEMBERS = """
    SELECT user_id FROM operations_member
    WHERE operation_id = %(operation)s AND organisation_id = %(home)s AND role = ANY (%(roles)s)
      AND until_version IS NULL AND begins_at <= %(now)s AND ends_at > %(now)s
"""
# The coordination unit, if the warning was released to it or is its own.
_UNIT = """
    SELECT o.organisation_id FROM operations_operation o JOIN operations_message m ON m.operation_id = o.id
    WHERE o.id = %s AND m.id = %s
      AND (m.organisation_id = o.organisation_id OR EXISTS (
          SELECT FROM operations_recipientset s
          WHERE s.id = m.recipient_set_id AND o.organisation_id = ANY (s.organisations)))
"""
_CALLS = """
    UPDATE operations_participant p SET told = true FROM operations_operation o
    WHERE o.id = p.operation_id AND p.organisation_id = %(home)s AND NOT p.told AND p.state = 'invited'
      AND o.state IN ('called', 'preparing', 'live')
    RETURNING p.operation_id, o.exercise
"""
_UNTOLD = """
    SELECT m.id, m.operation_id, m.kind, m.exercise,
           coalesce(s.organisations, '{}'), coalesce(s.persons, '{}')
    FROM operations_message m
    JOIN operations_operation o ON o.id = m.operation_id
    LEFT JOIN operations_recipientset s ON s.id = m.recipient_set_id
    WHERE m.organisation_id = %(home)s AND m.escalated = -1 AND m.sent_at IS NOT NULL
      AND m.kind IN ('test', 'broadcast', 'request', 'help', 'feedback')
    ORDER BY m.sent_at LIMIT %(most)s FOR UPDATE OF m SKIP LOCKED
"""
_ALL_MEMBERS = """
    SELECT organisation_id, array_agg(DISTINCT user_id) FROM operations_member
    WHERE operation_id = %(operation)s AND role IN ('coordinator', 'contact', 'deputy')
      AND until_version IS NULL AND begins_at <= %(now)s AND ends_at > %(now)s
      AND (organisation_id = ANY (%(to)s::uuid[]) OR user_id = ANY (%(persons)s::uuid[]))
    GROUP BY organisation_id
"""


def watch(connection: Connection[Any], keys: Keys, at: dt.datetime) -> int:
    """Sends the notifications and passes on the warnings that are due at a given time. Returns the number of
    changes."""
    done = 0
    for (home,) in connection.execute(
        "SELECT id FROM accounts_organisation ORDER BY id"
    ).fetchall():
        with connection.transaction():
            done += _calls(connection, home, at) + _messages(connection, home, at)
            done += _warnings(connection, keys, home, at)
    return done


def _tell(
    connection: Connection[Any], home: uuid.UUID, what: str, page: str, id_: uuid.UUID, at: dt.datetime,
    to: list[uuid.UUID], exercise: bool, right: str = "",
) -> None:  # fmt: skip
    event = notices.Event(
        kind=Notice.Kind.OPERATION, to=to, right=right, at=at, ref=f"{what}:{id_}",
        params={"what": what, "page": page, "id": str(id_)} | ({"exercise": True} if exercise else {}),
    )  # fmt: skip
    notices.write(connection.execute, home, [event])


def _calls(connection: Connection[Any], home: uuid.UUID, at: dt.datetime) -> int:
    rows = connection.execute(_CALLS, {"home": home}).fetchall()
    for operation, exercise in rows:
        _tell(
            connection,
            home,
            "call",
            "operation",
            operation,
            at,
            [],
            exercise,
            right="operation.join",
        )
    return len(rows)


def _messages(connection: Connection[Any], home: uuid.UUID, at: dt.datetime) -> int:
    rows = connection.execute(_UNTOLD, {"home": home, "most": CHUNK}).fetchall()
    for id_, operation, kind, exercise, to, persons in rows:
        values = {"operation": operation, "now": at, "to": to, "persons": persons}
        for organisation, users in connection.execute(_ALL_MEMBERS, values).fetchall():
            if organisation != home:
                _tell(connection, organisation, kind, "operation-message", id_, at, users, exercise)
        connection.execute(
            "UPDATE operations_message SET escalated = 0 WHERE organisation_id = %s AND id = %s",
            [home, id_],
        )
    return len(rows)


def _warnings(connection: Connection[Any], keys: Keys, home: uuid.UUID, at: dt.datetime) -> int:
    """Passes on the warnings to an organisation: first to its contact point, then to the deputy, then to the
    coordination unit.
    """
    rows = connection.execute(_DUE, {"home": home, "now": at, "most": CHUNK}).fetchall()
    for id_, operation, level, exercise in rows:
        roles = {0: ["contact", "post"], 1: ["deputy"], 2: ["contact", "deputy"]}[level]
        values = {"operation": operation, "home": home, "roles": roles, "now": at}
        members = [one for (one,) in connection.execute(_MEMBERS, values)]
        what = ("warning", "warning_deputy", "warning_late")[level]
        _tell(connection, home, what, "operation-message", id_, at, members, exercise)
        if level == 2:
            unit = connection.execute(_UNIT, [operation, id_]).fetchone()
            if unit is not None:
                values = {
                    "operation": operation,
                    "home": unit[0],
                    "roles": ["coordinator"],
                    "now": at,
                }
                members = [one for (one,) in connection.execute(_MEMBERS, values)]
                _tell(
                    connection,
                    unit[0],
                    "warning_unit",
                    "operation-message",
                    id_,
                    at,
                    members,
                    exercise,
                )
        if level:
            entry = acts.Entry(
                home,
                None,
                "operation.escalate",
                str(id_),
                {"level": level, "about": str(operation)},
            )
            acts.write_many(connection, keys, [entry])
    return len(rows)


def forget(connection: Connection[Any], at: dt.datetime) -> int:
    """Deletes the nominal values of the national record at the end of their retention period. The retention
    period begins earlier if the operation was closed or abandoned before the planned end of its group.
    Returns how many.
    """
    done = 0
    for (home,) in connection.execute(
        "SELECT id FROM accounts_organisation ORDER BY id"
    ).fetchall():
        done += connection.execute(
            "DELETE FROM operations_nominal n USING operations_message m, operations_operation o"
            " WHERE n.organisation_id = %(home)s AND m.id = n.message_id AND o.id = m.operation_id"
            " AND (n.delete_at <= %(at)s OR o.state IN ('closed', 'abandoned')"
            "      AND greatest(o.state_at, m.at) + %(kept)s <= %(at)s)",
            {"home": home, "at": at, "kept": NOMINAL_KEPT},
        ).rowcount
    return done
