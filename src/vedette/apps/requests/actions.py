"""What the data-protection officer does with a request. Each is one transaction and an act."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.requests import full, letter, releasable
from vedette.apps.requests.models import SubjectRequest
from vedette.apps.subjects.kinds import Given

FORMS = {"html": "text/html; charset=utf-8", "json": "application/json"}


@transaction.atomic
def enter(
    by: User,
    kind: str,
    received_on: dt.date,
    reference: str,
    journeys: Sequence[uuid.UUID],
    given: Given,
) -> SubjectRequest:
    """Keeps a request with the journeys it is about; what the person gave stands sealed in the act."""
    rules.check(by, "subject.answer")
    assert by.organisation_id is not None  # noqa: S101  the rule asks for an organisation
    made = SubjectRequest.objects.create(
        organisation_id=by.organisation_id, kind=kind, received_on=received_on, reference=reference,
        due_on=received_on + dt.timedelta(days=settings.SUBJECT_DAYS), subjects=sorted(journeys), by=by,
    )  # fmt: skip
    acts.write(
        by, "subject.ask", made.pk, words=given.words(), kind=kind, subjects=len(journeys),
        received=received_on,
    )  # fmt: skip
    return made


@transaction.atomic
def answer(
    by: User, request: SubjectRequest, ground: str, article: str, language: str, form: str
) -> bytes:
    """Makes the file that is given out, and records ground, hash and time; the file is not kept.

    The ground is recorded always: that one is, tells nothing.
    """
    rules.check(by, "subject.answer")
    now = timezone.now()
    made = releasable.file(request.subjects, request.reference, now.date(), language, form)
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
    """Makes the full file, for the officer's own eyes; nothing of it is kept but the act."""
    rules.check(by, "subject.answer")
    with letter.in_language(language):
        told = full.file(request.subjects, request.reference)
        made = (
            letter.as_json(told)
            if form == "json"
            else letter.as_html("vedette", told, language)
        )  # fmt: skip
    acts.write(by, "subject.full", request.pk, form=form, language=language)
    return made
