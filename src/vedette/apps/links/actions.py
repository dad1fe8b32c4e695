"""Changes the purpose matrix, the classes of offence, and the statements of officers about links. Each
function makes its changes in one transaction and records them in the journal."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Max

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Approval, User
from vedette.apps.approvals import actions as approvals
from vedette.apps.approvals.actions import Refused
from vedette.apps.columns import Purpose, Theme, new_id
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.links import neighbours
from vedette.apps.links.models import Cleared, Matrix, Offence, Split, State
from vedette.apps.subjects.models import Identifier, Subject
from vedette.screening.links import WEIGHTS, Cell

#: Days after which the clearing of an identifier ends, and maximum number of cells of a matrix.
CLEARED_DAYS, MOST_CELLS = 365, 2_000


class Unfit(ValueError):
    """The error that is raised if a request contains an invalid cell or class."""


def valid(cell: Cell) -> bool:
    """Returns whether a cell consists of existing themes, purposes and classes."""
    themes, purposes = set(Theme.values), set(Purpose.values)
    return (
        cell.subject_theme in themes and cell.case_theme in themes
        and cell.subject_purpose in purposes and cell.case_purpose in purposes
        and cell.offence in Offence.Class.values
    )  # fmt: skip


def ask_matrix(by: User, cells: Collection[Cell], why: str) -> Approval:
    """Requests a new version of the matrix with these cells. Raises `Unfit`, and the errors of
    `approvals.ask`."""
    if len(cells) > MOST_CELLS or not all(map(valid, cells)):
        raise Unfit("cells")
    number, _ = neighbours.in_force()
    return approvals.ask(
        by, Approval.Kind.MATRIX, new_id(), by.purposes[0], why,
        detail={"version": number + 1, "cells": sorted(list(one) for one in cells)},
    )  # fmt: skip


def carry_matrix(approval: Approval) -> None:
    """Puts the matrix version of an approved request into force. Raises `Refused` if another version came
    into force after the request, because the cells of that version would be lost.
    """
    given = approval.detail
    last = Matrix.objects.filter(organisation=approval.organisation_id).aggregate(
        last=Max("version")
    )
    if given.get("version") != (last["last"] or 0) + 1:
        raise Refused("gone")
    made = Matrix.objects.create(
        organisation_id=approval.organisation_id, version=given["version"], cells=given["cells"],
        approval=approval,
    )  # fmt: skip
    acts.write(
        approval.decided_by, "matrix.change", made.pk, version=made.version, cells=len(made.cells)
    )


def case_of(subject: uuid.UUID) -> Offence | None:
    """Returns the class of a known case that the user sees, or None."""
    return Offence.objects.select_related("by").filter(pk=subject).first()


def set_offence(by: User, subject: uuid.UUID, offence: str, why: str = "") -> Approval | None:
    """States the class of offence of a known case. If the matrix permits more links with the new class than
    with the present class of the case, the data-protection officer must allow the change. The function then
    returns the request. The first class of a case does not need the approval of a second person: the officer
    who controlled the subject states the class.

    Raises `Unfit`, `Offence.DoesNotExist`, and the errors of `approvals.ask`.
    """
    rules.check(by, "offence.write")
    if offence not in Offence.Class.values:
        raise Unfit("offence")
    with transaction.atomic():
        row = Offence.objects.select_for_update().get(pk=subject)
        if row.offence == offence:
            return None
        if row.offence and _opens(row, offence):
            return approvals.ask(
                by, Approval.Kind.OFFENCE, subject, by.purposes[0], why,
                detail={"before": row.offence, "offence": offence},
            )  # fmt: skip
        _set(row, by, offence)
    return None


def _opens(row: Offence, offence: str) -> bool:
    """Returns whether a cell permits the new class but not the present class. The function considers all
    themes and purposes, because the case may have reasons that the user is not allowed to see.
    """
    _, cells = neighbours.in_force()
    before = {one[:4] for one in cells if one.offence == row.offence}
    return any(one.offence == offence and one[:4] not in before for one in cells)


def carry_offence(approval: Approval) -> None:
    """Changes the class of offence after the request was approved. Raises `Refused` if the class of offence
    changed in the meantime.
    """
    given = approval.detail
    row = Offence.objects.select_for_update().filter(pk=uuid.UUID(approval.subject)).first()
    if row is None or row.offence != given.get("before"):
        raise Refused("gone")
    assert approval.decided_by is not None  # noqa: S101  an approval that was allowed has a second person
    _set(row, approval.decided_by, given["offence"])


def _set(row: Offence, by: User, offence: str) -> None:
    before, row.offence, row.by, row.at, row.changed = (
        row.offence,
        offence,
        by,
        now(),
        True,
    )
    row.save(update_fields=["offence", "by", "at", "changed"])
    acts.write(by, "offence.set", row.pk, offence=offence, before=before)


def split(by: User, one: uuid.UUID, other: uuid.UUID) -> None:
    """Records that two records are of different persons or companies. They stay separate. Raises
    `Subject.DoesNotExist` if the user may not see both records.
    """
    rules.check(by, "link.write")
    with transaction.atomic():
        for subject, beside in ((one, other), (other, one)):
            found = Subject.objects.get(pk=subject, restricted=False)
            Split.objects.get_or_create(
                subject=found, other=beside,
                defaults={"organisation_id": found.organisation_id, "by": by},
            )  # fmt: skip
        acts.write(by, "link.split", one, other=other)


def clear(by: User, subject: uuid.UUID, kind: str, token: bytes) -> dt.datetime:
    """Records that an identifier of a subject is not used for links for `CLEARED_DAYS` days. Returns the time
    from which the identifier is used for links again. Raises `Identifier.DoesNotExist` if the user may see no
    such identifier.
    """
    rules.check(by, "link.write")
    if kind not in WEIGHTS:
        raise Unfit("kind")
    with transaction.atomic():
        found = Identifier.objects.get(subject_id=subject, kind=kind, token=token)
        at = now()
        until = at + dt.timedelta(days=CLEARED_DAYS)
        Cleared.objects.update_or_create(
            organisation_id=found.organisation_id, token=token,
            defaults={"kind": kind, "by": by, "at": at, "expires_at": until},
        )  # fmt: skip
        _changed(found.organisation_id)
        acts.write(by, "link.clear", subject, kind=kind, until=until)
    return until


def _changed(organisation: uuid.UUID) -> None:
    State.objects.update_or_create(organisation_id=organisation, defaults={"changed": True})


def seen(by: User, subject: uuid.UUID, others: Collection[uuid.UUID], **detail: Any) -> None:
    """Records in the journal that a page showed the links of a subject, and the ids of the linked
    subjects."""
    acts.write(by, "link.see", subject, subjects=sorted(others), **detail)
