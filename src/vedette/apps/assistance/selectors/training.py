"""The queries about training: attendance, tests, the participants who meet the conditions of the course, and
the gain of a group.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import QuerySet

from vedette.apps.assistance.models import (
    Attendance,
    Certificate,
    CertificateList,
    Participant,
    Session,
)
from vedette.assistance import training


def sessions() -> QuerySet[Session]:
    """Returns the sessions that the reader sees, the latest first."""
    return Session.objects.select_related("course").order_by("-first", "-pk")


def runs(session: uuid.UUID) -> bool:
    """Whether the reader is responsible for a session, as its trainer or as a coordinator of its
    organisation.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s = ANY (vedette_assist_sessions())", [session])
        return bool(cursor.fetchone()[0])


def attended(session: Session) -> dict[tuple[dt.date, str], dict[uuid.UUID, bool]]:
    """For each half-day with attendance records, returns the latest record of each participant."""
    rows = (
        Attendance.objects.filter(participant__session=session)
        .order_by("day", "half", "at", "pk")
        .values_list("day", "half", "participant_id", "present")
    )
    found: dict[tuple[dt.date, str], dict[uuid.UUID, bool]] = {}
    for day, half, participant, present in rows:
        found.setdefault((day, half), {})[participant] = present
    return found


@dataclass(frozen=True)
class Line:
    """A participant of a session: the number of half-days attended and held, whether the conditions of the
    certificate are met, and the certificate, if there is one."""

    participant: Participant
    present: int
    held: int
    eligible: bool
    certificate: Certificate | None


def lines(session: Session) -> list[Line]:
    """Returns the participants that the reader sees, in the order of their codes. The conditions are a
    minimum attendance and a minimum result of the post-test.
    """
    records = attended(session)
    rows = list(Participant.objects.filter(session=session).order_by("code"))
    certificates = {
        one.participant_id: one for one in Certificate.objects.filter(participant__in=rows)
    }
    course, found = session.course, []
    for row in rows:
        present = sum(1 for half in records.values() if half.get(row.pk))
        held = len(records)
        eligible = (
            held > 0 and present * 100 >= course.attendance * held
            and row.post is not None and row.post >= course.passing
        )  # fmt: skip
        found.append(Line(row, present, held, eligible, certificates.get(row.pk)))
    return found


def gain(rows: list[Line]) -> training.Gain:
    """Returns the mean difference between the two tests of the group (gain). If fewer than five persons
    (`training.LEAST`) took both tests, no result is shown.
    """
    return training.gain(
        training.Participant(row.code, "", _exact(row.pre), _exact(row.post))
        for row in (one.participant for one in rows)
    )  # fmt: skip


def _exact(value: Decimal | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def newest_list(organisation: uuid.UUID) -> CertificateList | None:
    """Returns the newest signed list of certificates of an organisation."""
    found = CertificateList.objects.filter(organisation_id=organisation)
    return found.order_by("-number").first()


def held_days(session: Session) -> list[dt.date]:
    """Returns the days of a session."""
    count = (session.last - session.first).days + 1
    return [session.first + dt.timedelta(days=number) for number in range(count)]
