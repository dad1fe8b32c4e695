"""Records tracing requests and their steps.

A request is sent outside vedette: by the national central bureau of INTERPOL, by the national contact point,
or directly. An officer records each step. The states and their actions are defined in `core/tracing.py`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.columns import new_id
from vedette.apps.enforcement.actions.controls import put
from vedette.apps.enforcement.actions.firearms import Stale, locked
from vedette.apps.enforcement.models import Firearm, Seizure, TraceEvent, TraceRequest
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.enforcement.selectors.tracing import sheet
from vedette.core import tracing as forms


class Incomplete(Exception):
    """The error that is raised if a request cannot be recorded as submitted, because required fields are
    missing.
    """

    def __init__(self, missing: Sequence[forms.Field]) -> None:
        super().__init__("incomplete")
        self.missing = missing


class Taken(Exception):
    """The error that is raised if an open request to the same State about the same firearm already exists."""


def _seizure(firearm: uuid.UUID) -> Seizure:
    """Locks the seizure of a firearm. Every transaction locks the seizure first, so that no deadlock
    occurs."""
    return locked(Firearm.objects.values_list("seizure_id", flat=True).get(pk=firearm))


def ask(user: User, firearm: uuid.UUID, id_: uuid.UUID, values: Mapping[str, str]) -> TraceRequest:
    """Creates the draft of a request. A draft that was sent twice with the same id is stored once. Raises
    `Taken`, `Stale` (the firearm was struck out), and `PermissionDenied`."""
    rules.check(user, "seizure.write")
    with transaction.atomic():
        of = _seizure(firearm)
        stored = TraceRequest.objects.filter(pk=id_).first()
        if stored is not None:
            if stored.firearm_id != firearm:
                raise Stale
            return stored
        weapon = Firearm.objects.get(pk=firearm)
        if weapon.struck_at is not None:
            raise Stale
        at = now()
        row = TraceRequest(
            id=id_, organisation_id=of.organisation_id, firearm=weapon, by=user, at=at,
            changed_at=at, asked_on=timezone.localdate(at), **_codes(values),
        )  # fmt: skip
        _save(row, new=True)
        put(of, _texts(values), of=row.text_id)
        acts.write(user, "trace.ask", row.pk, firearm=weapon.pk)
    return row


def edit(user: User, id_: uuid.UUID, version: int, values: Mapping[str, str]) -> TraceRequest:
    """Changes a draft if it still has the version that the user read. Raises `Taken`, `Stale`,
    `forms.Refused`, and `PermissionDenied`."""
    rules.check(user, "seizure.write")
    with transaction.atomic():
        of, row = _locked(id_, version)
        row.state = forms.step(row.state, "edit")
        for name, value in _codes(values).items():
            setattr(row, name, value)
        row.text_id = new_id()
        row.version, row.changed_at = row.version + 1, now()
        _save(row)
        put(of, _texts(values), of=row.text_id)
        acts.write(user, "trace.edit", row.pk, version=row.version)
    return row


def act(
    user: User, id_: uuid.UUID, version: int, action: str, fields: Mapping[str, str]
) -> tuple[TraceRequest, forms.Errors]:
    """Records a step of a request if it still has the version that the user read. Returns the request, and
    the problems of the fields. If the fields have problems, no step is recorded. Raises `Incomplete`,
    `Stale`, `forms.Refused`, and `PermissionDenied`."""
    rules.check(user, "seizure.write")
    with transaction.atomic():
        of, row = _locked(id_, version)
        state = forms.step(row.state, action)
        if action == "edit":
            raise forms.Refused("edit is no step")
        at = now()
        last = row.events.order_by("-at", "-id").first()
        since = last.day if last is not None else row.asked_on
        step, errors = forms.read_step(action, fields, since, timezone.localdate(at))
        if step is None:
            return row, errors
        if action == "submit":
            lacking = forms.missing(sheet(row))
            if lacking:
                raise Incomplete(lacking)
            row.sent_on = step.day
        row.state = state
        if action in ("answer", "refuse"):
            row.replied_on = step.day
        row.ground = step.codes["ground"] if action in ("delay", "refuse") else ""
        row.expected_on = step.expected_on if action == "delay" else None
        if action == "answer":
            row.result, row.diverted = step.codes["result"], step.codes["diverted"]
            row.found_country = step.codes["found_country"]
        row.version, row.changed_at = row.version + 1, at
        row.save()
        event = TraceEvent.objects.create(
            organisation_id=row.organisation_id, trace=row, action=action, state=state, day=step.day,
            ground=step.codes["ground"], result=step.codes["result"], by=user, at=at,
        )  # fmt: skip
        if step.texts:
            put(of, step.texts, of=event.pk)
        acts.write(user, "trace.step", row.pk, action=action, state=state)
    return row, {}


def _locked(id_: uuid.UUID, version: int) -> tuple[Seizure, TraceRequest]:
    of = _seizure(TraceRequest.objects.values_list("firearm_id", flat=True).get(pk=id_))
    row = TraceRequest.objects.select_for_update(of=("self",)).select_related("firearm").get(pk=id_)
    if row.version != version:
        raise Stale
    return of, row


def _save(row: TraceRequest, new: bool = False) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=new)
    except IntegrityError as error:
        if "trace_open_once" in str(error):
            raise Taken from None
        if new:
            # The id is that of a request which the user does not see.
            raise Stale from error
        raise


def _codes(values: Mapping[str, str]) -> dict[str, str]:
    return {name: values[name] for name in ("to_country", "channel", "illicit", "use")}


def _texts(values: Mapping[str, str]) -> dict[str, str]:
    return {
        name: values[name]
        for name in ("authority", "contact", "basis", "circumstances", "use_note")
    }
