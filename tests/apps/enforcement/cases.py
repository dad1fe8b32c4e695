"""Seizures with firearm records, for tests that need no control."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from tests.goods.app import stored

from vedette.core import firearms as forms

if TYPE_CHECKING:
    from tests.apps.hits.world import World

    from vedette.apps.accounts.models import User
    from vedette.apps.enforcement.models import Firearm, Seizure, TraceRequest

DAY = dt.date(2026, 3, 10)
PISTOL = {
    "item": "firearm", "type": "pistol", "make": "Zastava", "model": "M70", "calibre": "7.65 Browning",
    "serial": "XY4377", "serial_state": "intact", "country": "RS",
}  # fmt: skip


def case(world: World, state: str = "validated", day: dt.date = DAY, **values: Any) -> Seizure:
    """A seizure of a goods item in its first version."""
    from vedette.apps.enforcement.models import Seizure, SeizureVersion

    _, item = stored.fill(world.organisation)
    now, by = timezone.now(), world.officer
    seizure = Seizure.objects.using("intake").create(
        organisation=world.organisation, subject_id=item, measure="seizure", state=state, version=1,
        validated_version=1 if state == "validated" else 0, created_by_id=by.pk, created_at=now,
    )  # fmt: skip
    SeizureVersion.objects.using("intake").create(
        organisation=world.organisation, seizure=seizure, number=1, day=day, by_id=by.pk, at=now,
        **{"country": "SN", "office": "SN001", "place_kind": "post", **values},
    )  # fmt: skip
    return Seizure.objects.using("intake").get(pk=seizure.pk)


@contextmanager
def changing(seizure: uuid.UUID) -> Iterator[None]:
    """Makes a seizure a draft while its firearm records change, and gives it its state back, so that the
    records belong to its present version. The caller is in the scope of a user."""
    from vedette.apps.enforcement.models import Seizure

    found = Seizure.objects.filter(pk=seizure)
    state = found.get().state
    found.update(state="draft")
    yield
    found.update(state=state)


def weapon(by: User, seizure: Seizure, **fields: str) -> Firearm:
    """Records a pistol with other fields. The caller is in the scope of the user."""
    from vedette.apps.enforcement.actions import firearms

    one, errors = forms.read({**PISTOL, **fields})
    assert one is not None, errors
    with changing(seizure.pk):
        return firearms.record(by, seizure.pk, uuid.uuid4(), one)


def part(by: User, seizure: Seizure, **fields: str) -> Firearm:
    """Records a barrel without a number."""
    return weapon(
        by, seizure,
        **{"item": "part", "part": "barrel", "type": "", "serial": "", "serial_state": "none",
           "no_serial": "part_unmarked", "make": "", "model": "", "calibre": "", "country": "", **fields},
    )  # fmt: skip


ASKED = {
    "to_country": "RS", "channel": "ncb", "authority": "Customs directorate", "contact": "arms@example.org",
    "illicit": "unlicensed", "basis": "Customs code, article 88", "circumstances": "In a parcel of toys.",
    "use": "origin", "use_note": "",
}  # fmt: skip


def trace(by: User, row: Firearm) -> TraceRequest:
    """Asks to trace a firearm. The caller is in the scope of the user."""
    from vedette.apps.enforcement.actions import tracing

    return tracing.ask(by, row.pk, uuid.uuid4(), ASKED)


def fill(seizure: uuid.UUID, by: User) -> dict[str, uuid.UUID]:
    """Stores a pistol of a seizure and a request to trace it, as a worker would. Returns their ids."""
    from vedette.apps.enforcement.models import Firearm, FirearmVersion, TraceRequest

    now = timezone.now()
    home = {"organisation_id": by.organisation_id, "by_id": by.pk, "at": now}
    pistol = Firearm.objects.using("intake").create(
        seizure_id=seizure, number=1, item="firearm", type="pistol", serial_state="none",
        no_serial="never_marked", serial_given=False, **home,
    )  # fmt: skip
    FirearmVersion.objects.using("intake").create(
        firearm=pistol, number=1, since=1, item="firearm", type="pistol", serial_state="none",
        text_id=pistol.text_id, **home,
    )  # fmt: skip
    trace = TraceRequest.objects.using("intake").create(
        firearm=pistol, asked_on=now.date(), changed_at=now, **home
    )
    return {"firearm": pistol.pk, "trace": trace.pk}
