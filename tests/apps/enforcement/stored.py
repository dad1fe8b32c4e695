"""Rows of a control order with a photograph, and of a seizure, for tests of every page."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.utils import timezone

if TYPE_CHECKING:
    from vedette.apps.accounts.models import User
    from vedette.apps.hits.models import Hit


def fill(hit: Hit, user: User) -> dict[str, uuid.UUID]:
    """Stores the records of a control of a hit. Returns their ids."""
    from tests.apps.enforcement import cases
    from tests.apps.enforcement.scene import photo

    from vedette.apps.enforcement.models import Clear, ControlOrder, Photo, Seizure, SeizureVersion
    from vedette.apps.enforcement.selectors.controls import PHOTO
    from vedette.apps.keyring import lock_bytes
    from vedette.core import pictures

    now, subject = timezone.now(), hit.subject
    of: dict[str, Any] = {
        "organisation_id": hit.organisation_id, "subject_id": subject.pk, "hit_id": hit.pk,
    }  # fmt: skip
    order = ControlOrder.objects.using("intake").create(
        due_at=now, ordered_by_id=user.pk, ordered_at=now, **of
    )
    made = Photo.objects.using("intake").create(
        kind="photo", order_id=order.pk, width=4, height=3, size=1, digest=b"", by_id=user.pk,
        at=now, **of,
    )  # fmt: skip
    Clear.objects.using("intake").create(
        subject_id=subject.pk, record=made.pk, retention_class=subject.retention_class,
        month=subject.month, organisation_id=hit.organisation_id, hit_id=hit.pk,
        picture=lock_bytes(pictures.read(photo(40, 30)).data, PHOTO),
    )  # fmt: skip
    seizure = Seizure.objects.using("intake").create(
        measure="detention", created_by_id=user.pk, created_at=now, **of
    )
    SeizureVersion.objects.using("intake").create(
        organisation_id=hit.organisation_id, seizure=seizure, number=1, day=now.date(),
        by_id=user.pk, at=now,
    )  # fmt: skip
    return {
        "order": order.pk, "photo": made.pk, "seizure": seizure.pk, **cases.fill(seizure.pk, user),
    }  # fmt: skip
