"""Functions that the actions on officials and on requests use, for example to raise `Refused` and to
translate a database error."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, IntegrityError, transaction

from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User

_WORD = re.compile(r"mutual: (\w+)")
_CONSTRAINTS = {"official_once": "twice", "official_by_another": "oneself"}


class Refused(rules.Coded):
    """The error that is raised if an action on an official or on a request is not possible.

    The codes are the keys of `wording.PROBLEMS`. `detail` names the field, if there is one.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.detail = detail


@contextmanager
def guarded() -> Iterator[None]:
    """Runs statements in a separate transaction. A refusal of the database (`apps/sql/cooperation.sql`)
    becomes `Refused`, and the transaction of the request can continue."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
        raise Refused(_CONSTRAINTS.get(name, "state")) from error
    except DatabaseError as error:
        found = _WORD.search(str(error))
        if found is None:
            raise
        raise Refused(found[1]) from error


def home(user: User) -> uuid.UUID:
    """Returns the organisation of the user."""
    assert user.organisation_id is not None  # noqa: S101  every right requires one
    return user.organisation_id


def person(user: User) -> str:
    """Returns the name of the user, as other organisations read it."""
    return (user.get_full_name() or user.username)[:160]


def text(value: str, most: int, name: str) -> str:
    """Returns a text that a person typed, without the character NUL.

    Raises `Refused` if the text is too long.
    """
    value = value.replace("\0", "").replace("\r\n", "\n").strip()
    if len(value) > most:
        raise Refused("long", name)
    return value
