"""The records of an operation that are compared for duplicates, as the reader sees them."""

from __future__ import annotations

from decimal import Decimal

from vedette.apps.operations import rights
from vedette.apps.operations.duplicates import Record
from vedette.apps.operations.models import Message, Nominal, Operation
from vedette.apps.operations.selectors import operations

#: Fields of the starting forms: the number of the means of transport, and what the goods are.
_REFERENCES, _TEXTS = ("conveyance", "reference"), ("substance", "goods", "remark")


def records(operation: Operation) -> list[Record]:
    """Returns the latest versions of the controls and seizures. Only those of the own organisation have their
    nominal values."""
    rows = operations.latest(
        Message.objects.filter(operation=operation, kind__in=rights.COUNTED, withdraws=False)
    )
    secret = dict(
        Nominal.objects.filter(message__operation=operation).values_list("message_id", "values")
    )
    found = []
    for row in rows.order_by("pk"):
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
