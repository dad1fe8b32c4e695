"""Records refused sign-ins and tokens without letting them flood the journal.

The first refusal of a kind in a minute becomes an act immediately; the others of that minute are counted, and
the worker's housekeeping writes them as one act with their number. If the given name or token belongs to an
account, the act refers to that account and belongs to its organisation; the typed text is not stored.
"""

from __future__ import annotations

from django.db import connection, connections, transaction

from vedette.apps.accounts import acts
from vedette.apps.accounts.models import User

_COUNT = """
    INSERT INTO accounts_refusal (act, about, minute, count)
    VALUES (%s, %s, date_trunc('minute', now()), 1)
    ON CONFLICT (act, minute, about) DO UPDATE SET count = accounts_refusal.count + 1 RETURNING count
"""
_CLOSE = """
    DELETE FROM accounts_refusal WHERE minute < date_trunc('minute', now())
    RETURNING act, about, minute, count - 1,
        (SELECT organisation_id FROM accounts_user u WHERE u.id = about)
"""


def refused(act: str, about: User | None = None) -> None:
    """Records a refusal, for the account `about` if it is known: an act, or an increment of this minute's
    counter. The act has no author, because the caller is not authenticated."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [act, about.pk if about else None])
        (count,) = cursor.fetchone()
    if count == 1:
        subject, organisation = (about.pk, about.organisation_id) if about else ("", None)
        acts.write(None, act, subject, organisation=organisation)


def close_minutes(using: str) -> int:
    """Writes an act for the counted refusals of past minutes; returns the number of acts."""
    with transaction.atomic(using=using):
        with connections[using].cursor() as cursor:
            cursor.execute(_CLOSE)
            rows = [row for row in cursor.fetchall() if row[3]]
        for act, about, minute, count, organisation in rows:
            acts.write(
                None, act, about or "", organisation=organisation, using=using, minute=minute,
                count=count,
            )  # fmt: skip
    return len(rows)
