"""Stores the decision of a person on whether two records of an operation describe the same event. No records
are merged: if a record was entered twice, the organisation of the record withdraws it.
"""

from __future__ import annotations

import uuid

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations.actions.common import Refused, guarded, home, person, text
from vedette.apps.operations.models import Comparison, Operation
from vedette.apps.operations.selectors import duplicates


def decide(
    user: User, operation: uuid.UUID, one: uuid.UUID, other: uuid.UUID, same: bool, why: str
) -> Comparison:
    """Stores the decision whether two records describe the same event, together with the reason for the
    decision. `one` and `other` are the versions that the page showed. Raises `Refused` if the reason is
    missing, or if a record changed in the meantime.
    """
    rules.check(user, "operation.report")
    found = Operation.objects.get(pk=operation)
    why = text(why, 500, "why", required=True)
    first, second = sorted((one, other))
    if len(duplicates.current(found, {first, second})) != 2:
        raise Refused("stale")
    made = Comparison(
        organisation_id=home(user), operation=found, one_id=first, other_id=second, same=same, why=why,
        by=user, by_name=person(user), at=now(),
    )  # fmt: skip
    with guarded():
        made.save(force_insert=True)
    acts.write(user, "operation.compare", first, about=operation, same=same)
    return made
