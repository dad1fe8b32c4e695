"""Moves records of a control to another subject, if two subjects are found to be the same. Workers call
it."""

from __future__ import annotations

import uuid
from typing import Any

from psycopg import Connection, sql

from vedette.apps.enforcement.models import Recorded

#: A second open order of the same random control is withdrawn.
_WITHDRAW = """
    UPDATE enforcement_controlorder o SET state = 'withdrawn', ended_at = vedette_now(),
           ended_by_id = o.ordered_by_id
    WHERE organisation_id = %(home)s AND subject_id = %(gone)s AND decision_id IS NULL
      AND state IN ('ordered', 'begun') AND EXISTS (
          SELECT FROM enforcement_controlorder k WHERE k.organisation_id = %(home)s
            AND k.subject_id = %(kept)s AND k.decision_id IS NULL AND k.state IN ('ordered', 'begun'))
"""
# A record with a hit follows its hit. The other records belong to the subject that remains.
_MOVE = sql.SQL("""
    UPDATE {table} r SET subject_id = coalesce((
        SELECT h.subject_id FROM hits_hit h WHERE h.organisation_id = %(home)s AND h.id = r.hit_id),
        %(kept)s)
    WHERE organisation_id = %(home)s AND subject_id = ANY(%(both)s)
""")
# Texts lie in the partition of the subject, and are restricted with it.
_CLEAR = """
    UPDATE enforcement_clear r SET subject_id = s.id, retention_class = s.retention_class, month = s.month,
           restricted = r.restricted OR s.restricted
    FROM subjects_subject s
    WHERE r.organisation_id = %(home)s AND r.subject_id = ANY(%(both)s)
      AND s.organisation_id = %(home)s AND s.id <> r.subject_id AND s.id = coalesce((
          SELECT h.subject_id FROM hits_hit h WHERE h.organisation_id = %(home)s AND h.id = r.hit_id),
          %(kept)s)
"""
# The texts and photographs of a question follow the question, which was moved before.
_ASKED = """
    UPDATE enforcement_asked r SET subject_id = s.id, retention_class = s.retention_class, month = s.month,
           restricted = r.restricted OR s.restricted
    FROM enforcement_question q JOIN subjects_subject s ON s.id = q.subject_id
    WHERE r.organisation_id = %(home)s AND r.subject_id = ANY(%(both)s)
      AND q.organisation_id = %(home)s AND q.id = r.question_id
      AND s.organisation_id = %(home)s AND s.id <> r.subject_id
"""


def follow(
    connection: Connection[Any], organisation: uuid.UUID, kept: uuid.UUID, gone: uuid.UUID
) -> None:
    """Moves the records of the two subjects. A record with a hit moves to the subject of the hit, and a
    record without a hit moves to `kept`. The caller must have moved the hits before."""
    values = {"home": organisation, "kept": kept, "gone": gone, "both": [kept, gone]}
    connection.execute(_WITHDRAW, values)
    for model in Recorded.__subclasses__():
        table = sql.Identifier(model._meta.db_table)
        connection.execute(_MOVE.format(table=table), values)
    connection.execute(_CLEAR, values)
    connection.execute(_ASKED, values)
