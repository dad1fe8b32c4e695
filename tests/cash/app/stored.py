"""Rows of a movement of cash, for tests that need no message."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.utils import timezone

if TYPE_CHECKING:
    from vedette.apps.accounts.models import Organisation, User


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


def batch(organisation: Organisation) -> uuid.UUID:
    """Stores a routine batch without records. Returns its id."""
    from vedette.cash.app.referral.models import IntelligenceUnit, RoutineBatch

    now = timezone.now()
    unit = IntelligenceUnit.objects.using("intake").create(
        organisation=organisation, number=1, name="Invented unit", schema=b"", mapping="",
        columns='[columns]\na = "record.id"\n', sends_on=[], variant="eu", at=now,
    )  # fmt: skip
    made = RoutineBatch.objects.using("intake").create(
        organisation=organisation, prescribed=unit, day=now.date(), made_at=now, records=0, late=0
    )
    return made.pk


def suspicion(organisation: Organisation, movement: uuid.UUID, by: User) -> uuid.UUID:
    """Stores a draft of a suspicion report about a movement, of users without a unit. Returns its id."""
    from vedette.cash.app.referral.models import Suspicion
    from vedette.cash.app.referral.suspicions import Content

    made = Suspicion.objects.using("intake").create(
        organisation=organisation, subject_id=movement, theme="cash", purpose="border",
        content=Content(why="An invented reason.").sealed(), created_at=timezone.now(),
        created_by_id=by.pk,
    )  # fmt: skip
    return made.pk


def risk(organisation: Organisation, by: User) -> dict[str, uuid.UUID]:
    """Stores a draft of risk information with a picture. Returns their ids."""
    from vedette.apps.keyring import lock_bytes
    from vedette.cash.app.models import RiskForm, RiskPicture
    from vedette.cash.app.risk.forms import Content

    now = timezone.now()
    form = RiskForm.objects.using("intake").create(
        organisation=organisation, year=2025, half="A", content=Content().sealed(), writers=[by.pk],
        created_at=now, changed_at=now,
    )  # fmt: skip
    picture = RiskPicture.objects.using("intake").create(
        organisation=organisation, form=form, entry="0" * 12, number=1, data=lock_bytes(b"x", "risk"),
        width=1, height=1, at=now, by_id=by.pk,
    )  # fmt: skip
    return {"risk form": form.pk, "risk picture": picture.pk}
