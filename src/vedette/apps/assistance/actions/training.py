"""Courses, sessions, participants, attendance, tests and certificates."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.assistance.actions import certifying
from vedette.apps.assistance.actions.common import Refused, day, guarded, text
from vedette.apps.assistance.models import (
    AssistanceRequest,
    Attendance,
    Certificate,
    Course,
    Participant,
    Session,
    Theme,
)
from vedette.apps.assistance.selectors import training as selectors
from vedette.apps.assistance.selectors.requests import home, people
from vedette.apps.columns import new_id
from vedette.apps.enforcement.selectors.controls import now
from vedette.assistance import certificates
from vedette.assistance.certificates import MAX_TEXT
from vedette.core.errors import Failure

#: How long the names of participants are kept after the end of the session.
NAMES_KEPT = dt.timedelta(days=3 * 365)
#: Greatest number of participants of a session, and of its days.
MOST, MOST_DAYS = 200, 60


@transaction.atomic
def create_course(
    by: User, given: Mapping[str, str], modules: Sequence[Mapping[str, Any]] = ()
) -> Course:
    """Creates a course with its title in English and French, and with the conditions for its certificate.
    Raises `Refused`.
    """
    rules.check(by, "assistance.coordinate")
    assert by.organisation is not None  # noqa: S101  the right requires one
    if given.get("theme") not in Theme.values:
        raise Refused("missing", "theme")
    made = Course(
        organisation_id=home(by), code=text(given.get("code", ""), 40, "code", required=True),
        title={
            tongue: text(given.get(f"title_{tongue}", ""), MAX_TEXT, "title", required=True)
            for tongue in ("en", "fr")
        },
        theme=given["theme"], modules=list(modules),
        attendance=_whole(given.get("attendance", "80"), "attendance"),
        passing=_whole(given.get("passing", "60"), "passing"), invented=by.organisation.synthetic,
        by=by, at=now(),
    )  # fmt: skip
    if not all(_fits(made, by.organisation.name, tongue) for tongue in made.title):
        raise Refused("certificate_long", "title")
    with guarded():
        made.save(force_insert=True)
    acts.write(by, "training.course", made.pk)
    return made


def _fits(course: Course, issuer: str, language: str) -> bool:
    """Whether the data of a certificate of the course fits into a QR code for every possible name of the
    holder."""
    request = certificates.Request(
        id=str(course.pk), holder="A", salt="0" * 16, issuer_name=issuer[:MAX_TEXT],
        course_id=str(course.pk), course=course.title[language],
        criteria=certifying.criteria(language, 100, 100), at=now(),
    )  # fmt: skip
    try:
        certificates.issue(request, certificates.did_of(bytes(32)), lambda data: bytes(64))
    except Failure:
        return False
    return True


def _whole(typed: str, field: str) -> int:
    if not (typed.strip().isascii() and typed.strip().isdecimal()) or len(typed.strip()) > 3:
        raise Refused("number", field)
    if (number := int(typed)) > 100:
        raise Refused("number", field)
    return number


@transaction.atomic
def create_session(by: User, course: uuid.UUID, given: Mapping[str, str]) -> Session:
    """Creates a session of a course, with its trainer. Raises `Refused`."""
    rules.check(by, "assistance.coordinate")
    of = Course.objects.get(pk=course, organisation_id=home(by))
    if given.get("language") not in ("en", "fr"):
        raise Refused("missing", "language")
    first, last = day(given.get("first", ""), "first"), day(given.get("last", ""), "last")
    assert first is not None and last is not None  # noqa: S101, PT018  required days
    if last < first:
        raise Refused("order_of_days", "last")
    if (last - first).days >= MOST_DAYS:
        raise Refused("long_session", "last")
    trainer = _id(given.get("trainer", ""))
    if trainer is not None and not people(trainer):
        raise Refused("missing", "trainer")
    request = _id(given.get("request", ""))
    if request is not None and not AssistanceRequest.objects.filter(pk=request).exists():
        raise Refused("missing", "request")
    made = Session(
        organisation_id=home(by), course=of, request_id=request, first=first, last=last,
        place=text(given.get("place", ""), 160, "place", required=True), language=given["language"],
        trainers=text(given.get("trainers", ""), 300, "trainers"), trainer_id=trainer, by=by,
        at=now(),
    )  # fmt: skip
    with guarded():
        made.save(force_insert=True)
    acts.write(by, "training.session", made.pk)
    return made


def _id(typed: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(typed)
    except ValueError:
        return None


def _session(by: User, id_: uuid.UUID) -> Session:
    """Returns a session for which the user is responsible. Raises `Session.DoesNotExist` and `Refused`."""
    rules.check(by, "assistance.work")
    one = Session.objects.get(pk=id_)
    if not selectors.runs(one.pk):
        raise Refused("role")
    return one


@transaction.atomic
def add_participants(by: User, session: uuid.UUID, names: str) -> int:
    """Adds participants, one name in each line.

    Each gets a code. Returns the number of participants that were added. Raises `Refused`.
    """
    one = _session(by, session)
    typed = [line.replace("\0", "").strip() for line in names.splitlines()]
    wanted = [text(line, 160, "names") for line in typed if line]
    count = Participant.objects.filter(session=one).count()
    if not wanted:
        raise Refused("missing", "names")
    if not all(certificates.normal_name(name) for name in wanted):
        raise Refused("letters", "names")
    if count + len(wanted) > MOST:
        raise Refused("many", "names")
    kept = dt.datetime.combine(one.last, dt.time(), dt.UTC) + NAMES_KEPT
    with guarded():
        Participant.objects.bulk_create(
            Participant(
                id=new_id(), organisation_id=one.organisation_id, session=one,
                code=f"P{number:03}", name=name, delete_at=kept,
            )
            for number, name in enumerate(wanted, count + 1)
        )  # fmt: skip
    acts.write(by, "training.participants", one.pk, count=len(wanted))
    return len(wanted)


@transaction.atomic
def attend(
    by: User, session: uuid.UUID, on: dt.date, half: str, present: Collection[uuid.UUID]
) -> None:
    """Records who attended a half-day. Attendance and results that were recorded before are kept. Raises
    `Refused`."""
    one = _session(by, session)
    if not one.first <= on <= one.last or half not in Attendance.Half.values:
        raise Refused("half_day", "day")
    at, known = now(), selectors.attended(one).get((on, half), {})
    rows = [
        Attendance(
            id=new_id(), organisation_id=one.organisation_id, participant_id=id_, day=on, half=half,
            present=id_ in present, by=by, at=at,
        )
        for id_ in Participant.objects.filter(session=one).order_by("code").values_list("pk", flat=True)
        if known.get(id_) is not (id_ in present)
    ]  # fmt: skip
    with guarded():
        Attendance.objects.bulk_create(rows)
    acts.write(by, "training.attend", one.pk, day=on, half=half, count=len(rows))


@transaction.atomic
def record_tests(
    by: User, session: uuid.UUID, results: Mapping[uuid.UUID, tuple[str, str]]
) -> None:
    """Records the results of the pre-test and the post-test in per cent. An empty result means that the
    person missed the test. Raises `Refused`."""
    one = _session(by, session)
    rows = list(Participant.objects.filter(session=one, pk__in=list(results)))
    for row in rows:
        row.pre, row.post = (_percent(typed) for typed in results[row.pk])
    with guarded():
        Participant.objects.bulk_update(rows, ["pre", "post"])
    acts.write(by, "training.tests", one.pk, count=len(rows))


def _percent(typed: str) -> Decimal | None:
    typed = typed.strip().replace(",", ".")
    if not typed:
        return None
    try:
        value = Decimal(typed)
    except InvalidOperation as error:
        raise Refused("percent", "results") from error
    if not value.is_finite() or not 0 <= value <= 100:
        raise Refused("percent", "results")
    return value.quantize(Decimal("0.01"))


@transaction.atomic
def propose_certificates(by: User, session: uuid.UUID) -> int:
    """Proposes a certificate for each participant who meets the rule of the course and has none.

    Returns the number of proposed certificates. Raises `Refused`.
    """
    one = _session(by, session)
    at = now()
    rows = [
        Certificate(
            id=new_id(), organisation_id=one.organisation_id, participant=line.participant,
            course_id=one.course_id, language=one.language, proposed_by=by, proposed_at=at,
        )
        for line in selectors.lines(one)
        if line.eligible and line.certificate is None and line.participant.name
    ]  # fmt: skip
    if not rows:
        raise Refused("nobody")
    with guarded():
        Certificate.objects.bulk_create(rows)
    acts.write(by, "certificate.propose", one.pk, count=len(rows))
    return len(rows)


def _certificate(by: User, id_: uuid.UUID) -> Certificate:
    rules.check(by, "assistance.coordinate")
    one = Certificate.objects.select_for_update(of=("self",)).get(pk=id_)
    if one.organisation_id != by.organisation_id:
        raise Refused("role")
    return one


@transaction.atomic
def approve_certificate(by: User, id_: uuid.UUID) -> None:
    """Issues a certificate. The coordinator who issues the certificate must not be the person who proposed
    it. A worker signs it. Raises `Refused`.
    """
    one = _certificate(by, id_)
    if one.proposed_by_id == by.pk or one.participant.user_id == by.pk:
        raise Refused("own")
    if one.state != Certificate.State.PROPOSED:
        raise Refused("order")
    with guarded():
        Certificate.objects.filter(pk=one.pk).update(
            state="approved", approved_by_id=by.pk, approved_at=now()
        )
    acts.write(by, "certificate.approve", one.pk)


@transaction.atomic
def ask_revocation(by: User, id_: uuid.UUID, why: str) -> None:
    """Requests the revocation of a certificate with a reason. Raises `Refused`."""
    one = _certificate(by, id_)
    if one.state != Certificate.State.ISSUED:
        raise Refused("order")
    with guarded():
        Certificate.objects.filter(pk=one.pk).update(
            why=text(why, 300, "why", required=True), revoke_asked_by_id=by.pk
        )
    acts.write(by, "certificate.revoke_ask", one.pk)


@transaction.atomic
def revoke(by: User, id_: uuid.UUID) -> None:
    """Another coordinator must confirm the revocation. The next list of certificates contains the revocation.
    Raises `Refused`.
    """
    one = _certificate(by, id_)
    if one.state != Certificate.State.ISSUED or one.revoke_asked_by_id is None:
        raise Refused("order")
    if one.revoke_asked_by_id == by.pk:
        raise Refused("own")
    with guarded():
        Certificate.objects.filter(pk=one.pk).update(
            state="revoked", revoked_by_id=by.pk, revoked_at=now()
        )
    acts.write(by, "certificate.revoke", one.pk)
