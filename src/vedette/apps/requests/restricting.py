"""Restriction: what is clear of a person is for the data-protection officer alone, until it is ended."""

from __future__ import annotations

from django.db import connection, transaction

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.requests import ledger
from vedette.apps.requests.models import SubjectRequest
from vedette.apps.subjects.models import Subject


@transaction.atomic
def restrict(by: User, request: SubjectRequest, on: bool) -> int:
    """Restricts the journeys of a request, or ends that; gives how many changed. What was restricted is
    screened when it ends: lists may have changed meanwhile."""
    rules.check(by, "subject.answer")
    changed = list(
        Subject.objects.filter(pk__in=request.subjects).exclude(restricted=on)
        .order_by("pk").values_list("pk", flat=True)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT vedette_restrict(%s::uuid[], %s)", [changed, on])
    ledger.note(ledger.RESTRICTED if on else ledger.UNRESTRICTED, changed)
    what = "subject.restricted" if on else "subject.restriction_ended"
    acts.write(by, what, request.pk, subjects=changed)
    return len(changed)
