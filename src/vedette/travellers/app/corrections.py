"""Statements that travellers had rectified. The statements of messages remain as they were sent.

They are stored with the texts of officers (`hits_textclear`, kind `rectified`, owner the journey), in the
retention class and month of the journey, so that masking includes them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy
from psycopg import Connection

from vedette.apps.display import day
from vedette.apps.hits.models import TextClear
from vedette.apps.retention.unmask import Row
from vedette.core.records import Record
from vedette.travellers.app.models import Journey
from vedette.travellers.app.rows import under_age

KIND = "rectified"


#: Element → its word, in the order of the form.
ELEMENTS: dict[str, Any] = {
    "surname": gettext_lazy("Surname"),
    "given_names": gettext_lazy("Given names"),
    "date_of_birth": gettext_lazy("Birth date"),
    "nationality": gettext_lazy("Nationality"),
    "sex": gettext_lazy("Sex"),
    "document": gettext_lazy("Document"),
}


class Statement(Record, frozen=True, kw_only=True):
    """One rectified element: its value, the basis of the rectification, the reference of the letter, the
    time of entry."""

    #: One of `ELEMENTS`. A birth date is YYYY-MM-DD, a nationality ISO 3166-1 alpha-3.
    element: str
    value: str
    basis: str
    reference: str
    at: dt.datetime

    @property
    def word(self) -> str:
        """The word for the element in the reader's language."""
        return str(ELEMENTS.get(self.element, self.element))

    @property
    def shown(self) -> str:
        """The value in the form of the reader's language."""
        born = self.element == "date_of_birth"
        return day(dt.date.fromisoformat(self.value)) if born else self.value


_decode = msgspec.json.Decoder(tuple[Statement, ...]).decode


def statements(journey: Journey, opened: Iterable[Row] = ()) -> tuple[Statement, ...]:
    """Returns the statements about a journey, oldest first. Masked ones are included if they are in
    `opened`."""
    said = {one for row in opened if row.kind == KIND for one in _decode(row.values["text"])}
    if not journey.subject.rectified:
        return ()
    found = TextClear.objects.filter(
        owner_id=journey.pk,
        kind=KIND,
        retention_class=journey.retention_class,
        month=journey.month,
    ).first()
    said.update(_decode(found.text) if found else ())
    return tuple(sorted(said, key=lambda one: one.at))


def keep(journey: Journey, statement: Statement) -> None:
    """Adds a statement and marks the journey to be screened again. The last statement about an element is
    in force; the earlier ones remain readable."""
    said = (*statements(journey), statement)
    TextClear.objects.update_or_create(
        owner_id=journey.pk, kind=KIND, retention_class=journey.retention_class, month=journey.month,
        defaults={
            "organisation_id": journey.organisation_id,
            "text": msgspec.json.encode(said).decode(),
            "restricted": journey.subject.restricted,
        },
    )  # fmt: skip
    subject = journey.subject
    subject.rectified = subject.screen_again = True
    if statement.element == "date_of_birth":
        subject.minor = under_age(dt.date.fromisoformat(statement.value), journey.flight.departs_on)
    subject.save(update_fields=["rectified", "screen_again", "minor"])


def corrected(
    connection: Connection[Any],
    organisation: uuid.UUID,
    journey: uuid.UUID,
    retention_class: str,
    month: dt.date,
) -> dict[str, str]:
    """Returns the rectified elements, which are screened in place of those of the messages: element →
    value (for workers)."""
    row = connection.execute(
        "SELECT text FROM hits_textclear WHERE organisation_id = %s AND owner_id = %s"
        " AND kind = %s AND retention_class = %s AND month = %s",
        [organisation, journey, KIND, retention_class, month],
    ).fetchone()
    return {one.element: one.value for one in _decode(row[0])} if row else {}
