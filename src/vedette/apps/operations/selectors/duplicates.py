"""The queries about duplicates: the records of an operation that are compared, and the decisions of persons
about pairs. Only records that the reader may see, and pairs of such records, are returned.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet

from vedette.apps.accounts.models import User
from vedette.apps.operations import rights
from vedette.apps.operations.duplicates import Record
from vedette.apps.operations.models import Comparison, Message, Nominal, Operation
from vedette.apps.operations.selectors import operations

#: Fields of the starting forms: the number of the means of transport, and what the goods are.
_REFERENCES, _TEXTS = ("conveyance", "reference"), ("substance", "goods", "remark")


def _compared(operation: Operation) -> QuerySet[Message]:
    """Returns the latest versions of the controls and seizures that the reader may see, including those that
    are not sent.
    """
    later = Message.objects.filter(root=OuterRef("root"), version__gt=OuterRef("version"))
    rows = Message.objects.filter(operation=operation, kind__in=rights.COUNTED, withdraws=False)
    # The second condition on the version lets the database read only the few corrections.
    return rows.filter(~Exists(later.filter(version__gt=1)))


def count(operation: Operation) -> int:
    """Returns the number of controls and seizures that the reader may see."""
    return _compared(operation).count()


def current(operation: Operation, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Message]:
    """Returns those of the given versions that are currently counted in the figures."""
    return {one.pk: one for one in _compared(operation).filter(pk__in=ids)}


def decisions(user: User, operation: Operation) -> dict[tuple[uuid.UUID, uuid.UUID], Comparison]:
    """Returns the latest decision of the user's organisation about each pair of versions, latest first."""
    rows = Comparison.objects.filter(operation=operation, organisation_id=operations.home(user))
    found: dict[tuple[uuid.UUID, uuid.UUID], Comparison] = {}
    for one in rows.order_by("-at", "pk"):
        found.setdefault((one.one_id, one.other_id), one)
    return found


def records(operation: Operation, most: int | None = None) -> list[Record]:
    """Returns the latest versions of the controls and seizures. If `most` is given, returns only this number
    of records, latest first. Only the messages of the user's own organisation contain their nominal values.
    """
    rows = _compared(operation)
    order = ("-happened_at", "pk") if most else ("pk",)
    secret = dict(
        Nominal.objects.filter(message__operation=operation).values_list("message_id", "values")
    )
    found = []
    for row in rows.order_by(*order)[:most]:
        values = {**row.values, **secret.get(row.pk, {})}
        found.append(
            Record(
                id=row.pk, kind=row.kind, category=row.category, at=row.happened_at,
                amount=row.amount if row.amount is not None else Decimal(row.controls), base=row.base,
                place=row.place,
                reference=next((values[one] for one in _REFERENCES if values.get(one)), ""),
                text=" ".join(values[one] for one in _TEXTS if values.get(one)),
            )
        )  # fmt: skip
    return found
