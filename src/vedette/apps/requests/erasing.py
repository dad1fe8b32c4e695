"""Erasure on request: one person asks, another allows, the database deletes (`apps/sql/requests.sql`)."""

from __future__ import annotations

import json

from django.db import connection

from vedette.apps.accounts import acts
from vedette.apps.accounts.models import Approval, User
from vedette.apps.approvals import actions as approvals
from vedette.apps.journal import leaving
from vedette.apps.requests import ledger
from vedette.apps.requests.models import SubjectRequest


def ask(by: User, request: SubjectRequest, why: str) -> Approval:
    """Asks for the second person. Raises `ValueError` where the reason is too short, the request is
    none of erasure or names no journey, or one is asked for already."""
    waiting = Approval.objects.filter(
        kind=Approval.Kind.DELETE, subject=str(request.pk), state=Approval.State.ASKED
    )
    if request.kind != SubjectRequest.Kind.ERASURE or not request.subjects or waiting.exists():
        raise ValueError("nothing to ask for")
    return approvals.ask(
        by, Approval.Kind.DELETE, request.pk, by.purposes[0], why, case=request.reference,
        detail={"subjects": len(request.subjects)},
    )  # fmt: skip


def carry(approval: Approval) -> None:
    """Deletes what the allowed request names, with all that hangs on it. Raises `Refused` where it is
    gone. The act holds counts, nobody's id."""
    request = SubjectRequest.objects.filter(pk=approval.subject).first()
    if request is None or not request.subjects:
        raise approvals.Refused("gone")
    ledger.note(ledger.ERASED, request.subjects)
    with connection.cursor() as cursor:
        cursor.execute("SELECT vedette_decisions_to_erase(%s)", [approval.pk])
        decisions = [id_ for (id_,) in cursor.fetchall()]
        cursor.execute("SELECT vedette_erase(%s)", [approval.pk])
        [counts] = cursor.fetchone()
        cursor.execute(leaving.LET_GO, [decisions, leaving.proofs(decisions)])
    told = json.loads(counts) if isinstance(counts, str) else counts
    acts.write(approval.decided_by, "subject.erased", request.pk, **told)
