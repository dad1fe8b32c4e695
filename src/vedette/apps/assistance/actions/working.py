"""The job of a worker that signs confirmed diagnostics and certificates, sends follow-ups on their days, and
deletes names.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

from psycopg import Connection

from vedette.apps.accounts import acts
from vedette.apps.assistance.actions.certifying import forget_names, sign_certificates
from vedette.apps.assistance.models import Diagnostic
from vedette.apps.assistance.selectors import diagnostics as selectors
from vedette.apps.notices import actions as notices
from vedette.apps.notices.models import Notice
from vedette.assistance import snapshots
from vedette.keys.ring import ISSUER_KINDS, Keys

#: How many rows one execution handles.
CHUNK = 50
#: Days after the request of a follow-up: the reminder, and when it is overdue.
REMIND, OVERDUE = 14, 30


def work(connection: Connection[Any], keys: Keys, at: dt.datetime) -> int:
    """Signs the diagnostics, certificates and lists that are not signed yet, and sends follow-ups. Returns
    the number of changes. If there is no signing key, no document is signed."""
    done = follow_up(connection, keys, at)
    signs = all(keys.ids(kind) for kind in ISSUER_KINDS)
    if signs:
        done += sign_diagnostics(connection, keys)
    for home in _homes(connection):
        done += forget_names(connection, home, at)
        if signs:
            done += sign_certificates(connection, keys, home, at)
    return done


def sign_diagnostics(connection: Connection[Any], keys: Keys) -> int:
    """Signs the frozen answers and scores of confirmed diagnostics. Returns the number of signed
    diagnostics."""
    done = 0
    for home in _homes(connection):
        rows = connection.execute(
            "SELECT id FROM assistance_diagnostic WHERE organisation_id = %s AND state = 'confirmed'"
            " ORDER BY confirmed_at, id LIMIT %s",
            [home, CHUNK],
        ).fetchall()
        for (id_,) in rows:
            _sign(connection, keys, id_, home)
        done += len(rows)
    return done


def _homes(connection: Connection[Any]) -> list[uuid.UUID]:
    """Returns the organisations."""
    return [
        one
        for (one,) in connection.execute(
            "SELECT id FROM accounts_organisation ORDER BY id"
        ).fetchall()
    ]


def _sign(connection: Connection[Any], keys: Keys, id_: uuid.UUID, home: uuid.UUID) -> None:
    one = (
        Diagnostic.objects.using("intake").select_related("bank").get(pk=id_, organisation_id=home)
    )
    found = selectors.answers(one, selectors.bank_of(one), "assessed", "intake")
    assert one.confirmed_at is not None  # noqa: S101  the constraint of the table
    public = keys.key(keys.ids("issuer.pub")[-1]).hex()
    made = snapshots.freeze(
        found.sheet, selectors.evidence_hashes(found.sheet),
        # Ids, because a snapshot may be sent outside the installation: it contains no name of a person.
        (str(one.asked_by_id), str(one.confirmed_by_id)),
        lambda data: keys.sign(data, "issuer")[1], public, one.confirmed_at.isoformat(),
    )  # fmt: skip
    with connection.transaction():
        changed = connection.execute(
            "UPDATE assistance_diagnostic SET state = 'frozen', snapshot = %s::jsonb"
            " WHERE id = %s AND organisation_id = %s AND state = 'confirmed' RETURNING id, request_id",
            [json.dumps(made, ensure_ascii=False), id_, home],
        ).fetchall()
        if changed:
            acts.write_many(connection, keys, [acts.Entry(home, None, "diagnostic.sign", str(id_))])


_DUE = {
    "followup": ("asked_at", "f.asked_at IS NULL AND f.due_on <= %(today)s"),
    "reminder": (
        "reminded_at",
        "f.asked_at IS NOT NULL AND f.reminded_at IS NULL AND f.due_on + %(remind)s <= %(today)s",
    ),
    "overdue": (
        "overdue_at",
        "f.reminded_at IS NOT NULL AND f.overdue_at IS NULL AND f.due_on + %(overdue)s <= %(today)s",
    ),
}


def follow_up(connection: Connection[Any], keys: Keys, at: dt.datetime) -> int:
    """Sends the follow-ups that are due, sends reminders, and marks late follow-ups as overdue, for each
    organisation. Each step is carried out only once, because the row of the follow-up stores the time of the
    step. Returns the number of steps that were carried out.
    """
    done = 0
    values = {"today": at.date(), "remind": REMIND, "overdue": OVERDUE, "most": CHUNK, "at": at}
    for home in _homes(connection):
        with connection.transaction():
            for what, (column, condition) in _DUE.items():
                rows = connection.execute(
                    f"UPDATE assistance_followup u SET {column} = %(at)s"  # noqa: S608  two fixed texts
                    " WHERE u.organisation_id = %(home)s AND u.id IN ("
                    " SELECT f.id FROM assistance_followup f"
                    f" WHERE f.organisation_id = %(home)s AND f.answered_at IS NULL AND {condition}"
                    " AND EXISTS (SELECT 1 FROM assistance_assistancerequest r WHERE r.id = f.request_id"
                    " AND r.organisation_id = %(home)s AND r.state = 'followup')"
                    " ORDER BY f.due_on, f.id LIMIT %(most)s FOR UPDATE SKIP LOCKED)"
                    " RETURNING u.request_id, u.months",
                    values | {"home": home},
                ).fetchall()
                for request, months in rows:
                    _tell(connection, home, what, request, months, at)
                acts.write_many(
                    connection, keys,
                    [
                        acts.Entry(
                            home, None, "assistance.remind", str(request),
                            {"what": what, "months": months},
                        )
                        for request, months in rows
                    ],
                )  # fmt: skip
                done += len(rows)
    return done


def _tell(
    connection: Connection[Any], home: uuid.UUID, what: str, request: uuid.UUID, months: int,
    at: dt.datetime,
) -> None:  # fmt: skip
    event = notices.Event(
        kind=Notice.Kind.ASSISTANCE, right="assistance.request", at=at,
        ref=f"{what}:{months}:{request}",
        params={"what": what, "page": "assistance-request", "id": str(request)},
    )  # fmt: skip
    notices.write(connection.execute, home, [event])
