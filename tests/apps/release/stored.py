"""Rows of releases, written by a worker, for tests that need one of each kind."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from vedette.apps.release.models import Agreement, Content, Copy, Item, Release

AT = dt.datetime(2026, 5, 10, tzinfo=dt.UTC)


def fill(home: uuid.UUID, by: uuid.UUID, operation: uuid.UUID | None) -> dict[str, Any]:
    """An agreement, an object that the organisation released to itself in an operation, and the copy that it
    received. Coordinators and contact points see releases of their operations only."""
    own = {"organisation_id": home}
    agreement = Agreement.objects.using("intake").create(
        **own, root=uuid.uuid4(), hash="ab" * 32, title="Exchange", parties=[home], purposes=[],
        starts_at=AT, proposed_by_id=by, proposed_at=AT,
    )  # fmt: skip
    item = Item.objects.using("intake").create(
        **own, object=uuid.uuid4(), type="warning", hash="ab" * 32, marking=["TLP:GREEN"],
        exercise=False, nominal=False, passes=3, operation=operation, created_by_id=by, created_at=AT,
    )  # fmt: skip
    copy = Copy.objects.using("intake").create(
        **own, item=item, object=item.object, owner_id=home, sender_id=home, passes_left=2,
        operation=operation, received_at=AT,
    )  # fmt: skip
    Content.objects.using("intake").create(
        of=copy.pk,
        **own,
        item=item,
        data={"type": "warning", "country": "SN"},
        operation=operation,
    )
    release = Release.objects.using("intake").create(
        **own, item=item, object=item.object, owner_id=home, recipient_id=home, copy=copy,
        group=uuid.uuid4(), operation=operation, membership="1", marking="TLP:GREEN", exercise=False,
        nominal=False, fields=["country", "type"], hash="cd" * 32, by_id=by, at=AT,
    )  # fmt: skip
    return {"agreement": agreement.pk, "release": release.pk, "received": copy.pk}
