"""Functions that all actions on operations use: raising a refusal, and translating a database error."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, IntegrityError, transaction

from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User
from vedette.apps.operations.models import Operation
from vedette.apps.operations.selectors.operations import home as home

_WORD = re.compile(r"operation: (\w+)")


class Refused(rules.Coded):
    """The error that is raised if an action on an operation is not possible. The codes are the keys of
    `wording.PROBLEMS`. `detail` is the name of the field that caused the error, if there is one.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.detail = detail


@contextmanager
def guarded() -> Iterator[None]:
    """Runs statements in a separate transaction. If the database refuses a statement
    (`apps/sql/operations.sql`), raises `Refused`; the transaction of the request can then continue.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
        raise Refused(_CONSTRAINTS.get(name, "conflict")) from error
    except DatabaseError as error:
        found = _WORD.search(str(error))
        if found is None:
            raise
        raise Refused(found[1]) from error


_CONSTRAINTS = {
    "operation_in_order": "order",
    "operation_ref": "reference",
    "participant_once": "participant_twice",
    "accepted_with_basis": "basis",
    "member_contact": "contact_twice",
    "member_once": "member_twice",
    "message_quantity": "quantity",
    "template_version": "stale",
    "plan_version": "stale",
}


def locked(user: User, id_: uuid.UUID, right: str) -> Operation:
    """Returns an operation that the user may see. Raises `PermissionDenied` if the account lacks the right,
    and `Operation.DoesNotExist` if the user may not see the operation.
    """
    rules.check(user, right)
    return Operation.objects.select_for_update(of=("self",)).get(pk=id_)


def person(user: User) -> str:
    """Returns the name of the user in the form in which other organisations read it."""
    return (user.get_full_name() or user.username)[:160]


def text(value: str, most: int, code: str = "", *, required: bool = False) -> str:
    """Returns a text that a person typed. Raises `Refused` if the text is too long, or is empty although it
    is required.
    """
    value = value.strip()
    if required and not value:
        raise Refused("missing", code)
    if len(value) > most:
        raise Refused("long", code)
    return value
