"""Functions that all actions on assistance use: raising a refusal, translating a database error, and checking
a role in a request.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db import DatabaseError, IntegrityError, transaction

from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User
from vedette.apps.assistance import rights
from vedette.apps.assistance.models import AssistanceRequest, Diagnostic
from vedette.apps.assistance.selectors import requests as selectors

_WORD = re.compile(r"assistance: (\w+)")
_CONSTRAINTS = {
    "assistance_ref": "reference",
    "assignment_once": "named_twice",
    "mission_in_order": "order_of_days",
    "frozen_by_two": "own",
    "certificate_by_two": "own",
    "revocation_by_two": "own",
    "conflict_checked_by_another": "own",
    "action_released_by_two": "own",
    "action_in_order": "order_of_days",
    "report_confirmed_by_another": "own",
    "session_in_order": "order_of_days",
    "participant_code": "code_twice",
    "course_code": "reference",
    "bank_version": "reference",
    "indicator_code": "reference",
    "indicator_released_by_two": "own",
    "indicator_value_once": "conflict",
    "result_period_once": "frozen_period",
}


class Refused(rules.Coded):
    """The error that is raised if an action on assistance is not possible. The codes are the keys of
    `wording.PROBLEMS`. `detail` is the name of the field that caused the error, if there is one. `values`
    contains the values that the text of the error shows.
    """

    def __init__(
        self, code: str, detail: str = "", values: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.detail = detail
        self.values = values or {}


def same(seen: str | None, present: object) -> None:
    """Raises `Refused` if the version that the page showed is not the current version. `seen` is the version
    that the page showed; callers that are not pages pass None.
    """
    if seen is not None and seen != str(present):
        raise Refused("conflict")


@contextmanager
def guarded() -> Iterator[None]:
    """Runs statements in a separate transaction. If the database refuses a statement
    (`apps/sql/assistance.sql`), raises `Refused`; the transaction of the request can then continue.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
        raise Refused(_CONSTRAINTS.get(name, "conflict")) from error
    except DatabaseError as error:
        found = _WORD.search(str(error))
        if found is None and "row-level security" not in str(error):
            raise
        raise Refused(found[1] if found else "role") from error


def locked(
    user: User, id_: uuid.UUID, act: str, right: str = "assistance.see"
) -> AssistanceRequest:
    """Returns a request in which the user may perform an action. Raises `PermissionDenied` if the account
    does not have the right, `AssistanceRequest.DoesNotExist` if the user cannot see the request, and
    `Refused` if the role or the state does not permit the action.
    """
    rules.check(user, right)
    one = AssistanceRequest.objects.select_for_update(of=("self",)).get(pk=id_)
    check(user, one, act)
    return one


def check(user: User, one: AssistanceRequest, act: str) -> None:
    """Raises `Refused` if the role of the user or the state of the request does not permit an action."""
    roles = selectors.roles(user, one)
    if not roles & set(rights.ACTS[act].roles):
        raise Refused("role")
    if not rights.may(act, roles, one.state):
        raise Refused("order")


def diagnostic(user: User, id_: uuid.UUID, act: str) -> Diagnostic:
    """Returns a diagnostic in whose request the user may perform an action. Raises the same errors as
    `locked`.
    """
    rules.check(user, "assistance.see")
    one = Diagnostic.objects.select_for_update(of=("self",)).get(pk=id_)
    check(user, AssistanceRequest.objects.get(pk=one.request_id), act)
    return one


def person(user: User) -> str:
    """Returns the name of the user in the form in which other organisations read it."""
    return (user.get_full_name() or user.username)[:160]


def text(value: str, most: int, field: str, *, required: bool = False) -> str:
    """Returns a text that a person typed. Raises `Refused` if the text is too long, or is empty although it
    is required.
    """
    value = value.replace("\0", "").strip()
    if required and not value:
        raise Refused("missing", field)
    if len(value) > most:
        raise Refused("long", field)
    return value


def day(value: str, field: str, *, required: bool = True) -> dt.date | None:
    """Returns the date that a person typed. Raises `Refused` if the text is not a date."""
    if not value.strip() and not required:
        return None
    try:
        found = dt.date.fromisoformat(value.strip()[:10])
    except ValueError as error:
        raise Refused("day", field) from error
    if not 2000 <= found.year <= 2200:
        raise Refused("day", field)
    return found
