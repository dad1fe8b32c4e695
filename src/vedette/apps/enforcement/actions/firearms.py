"""Records firearms, parts and ammunition that were seized.

A change creates a new version. The texts of the new version are stored in a new row of `Clear`, and the texts
of earlier versions remain. A record that was entered by mistake is struck out, not deleted. Records belong to
a version of the seizure: if the seizure was validated, it gets a new version, which another person must
validate.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Q

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.columns import new_id
from vedette.apps.enforcement.actions.controls import Refused, not_restricted, put
from vedette.apps.enforcement.actions.seizures import reopened
from vedette.apps.enforcement.models import Clear, Firearm, FirearmVersion, Seizure
from vedette.apps.enforcement.selectors.controls import now, texts
from vedette.apps.keyring import keyring
from vedette.core import firearms as forms
from vedette.core import serials

#: The greatest number of records of a seizure, and of versions of a record.
MOST_RECORDS, MOST_VERSIONS = 20_000, 200


class Stale(Exception):
    """The error that is raised if another person changed or struck out the record in the meantime."""


class Withdrawn(Exception):
    """The error that is raised if records cannot be added to a seizure, because it was withdrawn or because
    the processing of its data is restricted.
    """


class Taken(Exception):
    """The error that is raised if the seizure already contains a record with this serial number."""

    def __init__(self, number: int) -> None:
        super().__init__("taken")
        self.number = number


def columns(one: forms.Firearm) -> dict[str, Any]:
    """Returns the columns of a record: its codes, and the tokens of its values in the form in which they are
    compared."""
    token = keyring().token

    def of(kind: str, form: str) -> bytes | None:
        return token(kind, form) if form else None

    number = serials.form(one.serial)
    warned = serials.warning(one.serial)
    return {
        "item": one.item, "type": one.type, "part": one.part, "quantity": one.quantity,
        "serial_state": one.serial_state, "no_serial": one.no_serial,
        "serial_given": bool(one.serial),
        "alike": "" if warned is None else "digits" if warned.plain else "mixed",
        "serial_token": of("serial", number),
        "possible_token": of("serial_alike", serials.possible(one.serial)),
        "lot_token": of("lot", forms.lot_form(one.lot)),
        "make_token": of("make", forms.make_form(one.make)),
        "model_token": of("model", forms.model_form(one.model)),
        "calibre_token": of("calibre", forms.calibre_form(one.calibre)),
        "country": one.country, "import_country": one.import_country,
        "last_country": one.last_country, "made": list(one.made), "iarms_on": one.iarms_on,
    }  # fmt: skip


def locked(seizure: uuid.UUID) -> Seizure:
    """Locks a seizure, so that two records cannot get the same number. Raises `Seizure.DoesNotExist`, and
    `Withdrawn`."""
    found = (
        Seizure.objects.select_for_update(of=("self",)).select_related("subject").get(pk=seizure)
    )
    if found.state == Seizure.State.WITHDRAWN:
        raise Withdrawn
    try:
        not_restricted(found.subject)
    except Refused as refused:
        raise Withdrawn from refused
    return found


def record(user: User, seizure: uuid.UUID, id_: uuid.UUID, one: forms.Firearm) -> Firearm:
    """Adds a record to a seizure. A record that was sent twice with the same id is stored once. Raises
    `Taken`, `Withdrawn`, `Refused`, and `PermissionDenied`."""
    rules.check(user, "seizure.write")
    with transaction.atomic():
        of = locked(seizure)
        stored = Firearm.objects.filter(pk=id_).first()
        if stored is not None:
            if stored.seizure_id != of.pk:
                raise Stale
            return stored
        _check_taken(of.pk, columns(one), None)
        of = reopened(user, of.pk)
        try:
            with transaction.atomic():
                [row] = _add(user, of, [(id_, one)])
        except IntegrityError as error:
            # The id is that of a record which the user does not see.
            raise Stale from error
        acts.write(user, "firearm.record", row.pk, seizure=of.pk, number=row.number)
    return row


def record_all(user: User, seizure: uuid.UUID, some: Sequence[forms.Firearm]) -> list[Firearm]:
    """Adds the records of a file to a seizure. The caller must have checked the records with `duplicates` in
    the same transaction. Raises `Withdrawn`, `Refused`, and `PermissionDenied`."""
    rules.check(user, "seizure.write")
    with transaction.atomic():
        locked(seizure)
        of = reopened(user, seizure)
        rows = _add(user, of, [(new_id(), one) for one in some])
        acts.write(user, "firearm.import", of.pk, records=len(rows))
    return rows


def _add(user: User, of: Seizure, some: Iterable[tuple[uuid.UUID, forms.Firearm]]) -> list[Firearm]:
    at = now()
    last = Firearm.objects.filter(seizure=of).aggregate(last=Max("number"))["last"] or 0
    pairs = [
        (
            Firearm(
                id=id_, organisation_id=of.organisation_id, seizure=of, number=last + n, by=user, at=at,
                **columns(one),
            ),
            one,
        )
        for n, (id_, one) in enumerate(some, 1)
    ]  # fmt: skip
    if last + len(pairs) > MOST_RECORDS:
        raise Refused("many_firearms")
    rows = Firearm.objects.bulk_create([row for row, _ in pairs], batch_size=500)
    FirearmVersion.objects.bulk_create([_version(row, of) for row in rows], batch_size=500)
    subject = of.subject
    Clear.objects.bulk_create(
        [
            Clear(
                subject_id=subject.pk, record=row.text_id, retention_class=subject.retention_class,
                month=subject.month, organisation_id=of.organisation_id, hit_id=of.hit_id,
                decision_id=of.decision_id, restricted=subject.restricted, texts=written(one),
            )
            for row, one in pairs
        ],
        batch_size=500,
    )  # fmt: skip
    return rows


def _version(row: Firearm, of: Seizure) -> FirearmVersion:
    """Returns the version of a record that belongs to the current version of the seizure."""
    return FirearmVersion(
        organisation_id=row.organisation_id, firearm=row, number=row.version, since=of.version,
        struck=row.struck_at is not None, **{name: getattr(row, name) for name in row.COLUMNS},
    )  # fmt: skip


def change(user: User, id_: uuid.UUID, version: int, one: forms.Firearm) -> Firearm:
    """Changes a record if it still has the version that the user read. Raises `Stale`, `Taken`, `Withdrawn`,
    `Refused`, and `PermissionDenied`."""
    rules.check(user, "seizure.write")
    with transaction.atomic():
        of = locked(Firearm.objects.values_list("seizure_id", flat=True).get(pk=id_))
        row = Firearm.objects.select_for_update().get(pk=id_)
        if row.version != version or row.struck_at is not None:
            raise Stale
        found = columns(one)
        before = texts([of.subject_id], [row.text_id]).get(row.text_id)
        if before == written(one):
            return row
        _check_taken(of.pk, found, row.pk)
        if row.version >= MOST_VERSIONS:
            raise Refused("many_versions")
        of = reopened(user, of.pk)
        for name, value in found.items():
            setattr(row, name, value)
        row.version += 1
        row.text_id = new_id()
        row.at, row.by = now(), user
        row.save()
        _version(row, of).save(force_insert=True)
        put(of, written(one), of=row.text_id)
        acts.write(user, "firearm.change", row.pk, version=row.version)
    return row


def strike(user: User, id_: uuid.UUID, version: int) -> None:
    """Strikes out a record that was entered by mistake. Raises `Stale`, `Withdrawn`, `Refused`, and
    `PermissionDenied`."""
    rules.check(user, "seizure.write")
    with transaction.atomic():
        of = locked(Firearm.objects.values_list("seizure_id", flat=True).get(pk=id_))
        row = Firearm.objects.select_for_update().get(pk=id_)
        if row.version != version or row.struck_at is not None:
            raise Stale
        of = reopened(user, of.pk)
        row.struck_at, row.version = now(), row.version + 1
        row.save(update_fields=["struck_at", "version"])
        _version(row, of).save(force_insert=True)
        acts.write(user, "firearm.strike", row.pk)


def written(one: forms.Firearm) -> dict[str, str]:
    """Returns the stated values of a record as texts, to be stored in `Clear`."""
    return {name: text for name, text in forms.given(one).items() if text}


def _check_taken(seizure: uuid.UUID, found: Mapping[str, Any], own: uuid.UUID | None) -> None:
    if found["serial_token"] is None:
        return
    same = Firearm.objects.filter(
        seizure=seizure, struck_at=None, item=found["item"], serial_token=found["serial_token"]
    )
    if own is not None:
        same = same.exclude(pk=own)
    if found["make_token"] is not None:
        same = same.filter(Q(make_token=None) | Q(make_token=found["make_token"]))
    if (number := same.values_list("number", flat=True).first()) is not None:
        raise Taken(number)
