"""Rectifications: statements of persons, which are stored beside the values of messages. These values stay as
they were sent.

The statements are stored in the table of the officers' texts (`hits_textclear`) with the kind `rectified` and
the subject as owner. They have the class and month of the subject, so that they are masked together with it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

import msgspec
from psycopg import Connection

from vedette.apps.hits.models import TextClear
from vedette.apps.retention.unmask import Row
from vedette.apps.subjects.kinds import app_kind
from vedette.apps.subjects.models import Subject
from vedette.core.records import Record

KIND = "rectified"


class Statement(Record, frozen=True, kw_only=True):
    """One element as the person states it, with the proof, the reference of the letter, and the time of
    entry."""

    #: The name of the element in `AppKind.elements`, and the value as the element's `fitting` returns it.
    element: str
    value: str
    basis: str
    reference: str
    at: dt.datetime


_decode = msgspec.json.Decoder(tuple[Statement, ...]).decode


def statements(subject: Subject, opened: Iterable[Row] = ()) -> tuple[Statement, ...]:
    """The statements about a subject, oldest first. Masked statements are included only if `opened`
    contains them.
    """
    said = {one for row in opened if row.kind == KIND for one in _decode(row.values["text"])}
    if not subject.rectified:
        return ()
    found = TextClear.objects.filter(
        owner_id=subject.pk,
        kind=KIND,
        retention_class=subject.retention_class,
        month=subject.month,
    ).first()
    said.update(_decode(found.text) if found else ())
    return tuple(sorted(said, key=lambda one: one.at))


def keep(subject: Subject, statement: Statement) -> None:
    """Adds a statement. The last statement about an element counts; earlier statements stay
    readable. A worker screens the subject again.
    """
    said = (*statements(subject), statement)
    TextClear.objects.update_or_create(
        owner_id=subject.pk, kind=KIND, retention_class=subject.retention_class, month=subject.month,
        defaults={
            "organisation_id": subject.organisation_id,
            "text": msgspec.json.encode(said).decode(),
            "restricted": subject.restricted,
        },
    )  # fmt: skip
    subject.rectified = subject.screen_again = True
    app_kind(subject.kind).rectified(subject, statement.element, statement.value)
    subject.save(update_fields=["rectified", "screen_again", "minor"])


def corrected(
    connection: Connection[Any],
    organisation: uuid.UUID,
    subject: uuid.UUID,
    retention_class: str,
    month: dt.date,
) -> dict[str, str]:
    """Returns the values that workers screen in place of the values of messages: element → value."""
    row = connection.execute(
        "SELECT text FROM hits_textclear WHERE organisation_id = %s AND owner_id = %s"
        " AND kind = %s AND retention_class = %s AND month = %s",
        [organisation, subject, KIND, retention_class, month],
    ).fetchone()
    return {one.element: one.value for one in _decode(row[0])} if row else {}
