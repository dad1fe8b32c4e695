"""The actions of the data-protection officer on the request of a person. Each action writes one
journal entry in the same transaction.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Sequence

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone, translation

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Approval, User
from vedette.apps.approvals import actions as approvals
from vedette.apps.journal import canonical
from vedette.apps.requests import full, ledger, releasable
from vedette.apps.requests.models import SubjectRequest
from vedette.apps.subjects.kinds import Given
from vedette.apps.subjects.models import Subject

FORMS = {"html": "text/html; charset=utf-8", "json": "application/json"}


@transaction.atomic
def enter(
    by: User,
    kind: str,
    received_on: dt.date,
    reference: str,
    subjects: Sequence[uuid.UUID],
    given: Given,
) -> SubjectRequest:
    """Stores a request and the ids of the subjects that the request concerns. The details of the
    person are stored only in the journal, encrypted.
    """
    rules.check(by, "subject.answer")
    assert by.organisation_id is not None  # noqa: S101  the rule asks for an organisation
    made = SubjectRequest.objects.create(
        organisation_id=by.organisation_id, kind=kind, received_on=received_on, reference=reference,
        due_on=received_on + dt.timedelta(days=settings.SUBJECT_DAYS), subjects=sorted(subjects), by=by,
    )  # fmt: skip
    acts.write(
        by, "subject.ask", made.pk, words=given.words(), kind=kind, subjects=len(subjects),
        received=received_on,
    )  # fmt: skip
    return made


@transaction.atomic
def answer(
    by: User, request: SubjectRequest, ground: str, article: str, language: str, form: str
) -> bytes:
    """Makes the file for the person. Records the hash of the file, the time, and the legal ground
    on which data may be withheld. The file is not stored.

    The legal ground is recorded for every answer, so that the record does not reveal whether data is
    withheld.
    """
    rules.check(by, "subject.answer")
    now = timezone.now()
    made = releasable.file(
        request.subjects, request.reference, timezone.localdate(now), language, form
    )
    request.ground = SubjectRequest.Ground(ground)
    request.article, request.answered_by, request.answered_at = article, by, now
    request.state, request.digest = SubjectRequest.State.ANSWERED, hashlib.sha256(made).hexdigest()
    request.save(
        update_fields=["ground", "article", "answered_by", "answered_at", "state", "digest"]
    )
    acts.write(
        by, "subject.answer", request.pk, words={"article": article}, ground=ground, form=form,
        language=language, digest=request.digest,
    )  # fmt: skip
    return made


@transaction.atomic
def full_file(by: User, request: SubjectRequest, language: str, form: str) -> bytes:
    """Makes the file with all data for the data-protection officer. The file is not stored."""
    rules.check(by, "subject.answer")
    with translation.override(language):
        told = full.file(request.subjects, request.reference)
        made = releasable.rendered("vedette", told, language, form)
    acts.write(by, "subject.full", request.pk, form=form, language=language)
    return made


@transaction.atomic
def restrict(by: User, request: SubjectRequest, on: bool) -> int:
    """Restricts the processing of the subjects of a request, or ends the restriction. Returns the
    number of changed subjects. After the end of a restriction, the subjects are screened again,
    because lists may have changed.
    """
    rules.check(by, "subject.answer")
    changed = list(
        Subject.objects.filter(pk__in=request.subjects).exclude(restricted=on)
        .order_by("pk").values_list("pk", flat=True)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT vedette_restrict(%s::uuid[], %s)", [changed, on])
    ledger.note(ledger.RESTRICTED if on else ledger.UNRESTRICTED, changed)
    acts.write(
        by,
        "subject.restricted" if on else "subject.restriction_ended",
        request.pk,
        subjects=changed,
    )
    return len(changed)


def erasure_requested(request: SubjectRequest) -> bool:
    """Whether the approval of the erasure was requested and is not decided yet."""
    return Approval.objects.filter(
        kind=Approval.Kind.DELETE, subject=str(request.pk), state=Approval.State.ASKED
    ).exists()


def ask_erasure(by: User, request: SubjectRequest, why: str) -> Approval:
    """Requests the approval of a second person for an erasure. Raises `ValueError` if the reason is too short
    or if the approval was already requested. Also raises `ValueError` if the request is not for erasure or
    has no subjects.
    """
    if (
        request.kind != SubjectRequest.Kind.ERASURE
        or not request.subjects
        or erasure_requested(request)
    ):
        raise ValueError("nothing to ask for")
    return approvals.ask(
        by, Approval.Kind.DELETE, request.pk, by.purposes[0], why, case=request.reference,
        detail={"subjects": len(request.subjects)},
    )  # fmt: skip


def erase(approval: Approval) -> None:
    """Deletes the subjects of the approved request with all data about them. Raises `Refused` if the request
    no longer has any subjects. The journal entry contains counts and no ids.
    """
    request = SubjectRequest.objects.filter(pk=approval.subject).first()
    if request is None or not request.subjects:
        raise approvals.Refused("gone")
    ledger.note(ledger.ERASED, request.subjects)
    with connection.cursor() as cursor:
        cursor.execute("SELECT vedette_decisions_to_erase(%s)", [approval.pk])
        decisions = [id_ for (id_,) in cursor.fetchall()]
        cursor.execute("SELECT vedette_erase(%s)", [approval.pk])
        [counts] = cursor.fetchone()
        cursor.execute(canonical.LET_GO, [decisions, canonical.proofs(decisions)])
    told = json.loads(counts) if isinstance(counts, str) else counts
    acts.write(approval.decided_by, "subject.erased", request.pk, **told)
