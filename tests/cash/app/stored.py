"""Rows of a movement of cash, for tests that need no message."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.utils import timezone

if TYPE_CHECKING:
    from vedette.apps.accounts.models import Organisation


def fill(organisation: Organisation) -> uuid.UUID:
    """Stores a movement whose values are masked. Returns its id."""
    from vedette.apps.subjects.models import Subject
    from vedette.cash.app.models import Movement

    now = timezone.now()
    personal = {
        "organisation": organisation, "theme": "cash", "retention_class": "cash",
        "month": now.date().replace(day=1), "received_at": now,
    }  # fmt: skip
    subject = Subject.objects.using("intake").create(kind="cash", due_at=now, **personal)
    made = Movement.objects.using("intake").create(
        subject=subject, record="declaration", stated=now.isoformat(), **personal
    )
    return made.pk
