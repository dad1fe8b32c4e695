"""Administration of users and units. Each action is one transaction with an act, and checks the right.

Users cannot change their own role, scope or status: another administrator must do it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.actions import NameTaken
from vedette.apps.accounts.models import Unit, User
from vedette.apps.accounts.sessions import end_sessions


class Taken(Exception):
    """Another unit has that name, or serves one of these airports: `what` is `name` or `airports`."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True)
class Standing:
    """The role of a user and the data that the user may see."""

    role: str
    unit: Unit | None
    themes: tuple[str, ...]
    purposes: tuple[str, ...]


def create_user(
    by: User, username: str, first: str, last: str, standing: Standing
) -> tuple[User, str]:
    """Creates a user of the organisation and an initial password, which is returned once and must be changed
    at the first sign-in.

    Raises `NameTaken`, `PermissionDenied`; `Unit.DoesNotExist` for a unit of another organisation.
    """
    rules.check(by, "account.manage")
    _own(by, standing.unit)
    password = secrets.token_urlsafe(15)
    with transaction.atomic():
        if _known(username):
            raise NameTaken
        user = User(
            username=username, first_name=first, last_name=last,
            organisation_id=by.organisation_id, password_given=True,
        )  # fmt: skip
        _stand(user, standing)
        user.set_password(password)
        user.save()
        acts.write(by, "user.create", user.pk, **_told(standing))
    return user, password


def change_user(by: User, user: User, standing: Standing) -> None:
    """Changes role, unit, themes and purposes of another user. Raises the same errors as `create_user`."""
    _another(by, user)
    _own(by, standing.unit)
    with transaction.atomic():
        _stand(user, standing)
        user.save(update_fields=["role", "unit", "themes", "purposes"])
        acts.write(by, "user.change", user.pk, **_told(standing))


def suspend(by: User, user: User, stop: bool = True) -> None:
    """Suspends another user: sign-in and tokens stop immediately, and the sessions end. Or ends the
    suspension; then the time without use starts again."""
    _another(by, user)
    with transaction.atomic():
        now = timezone.now()
        user.suspended_at = now if stop else None
        if stop:
            end_sessions(user.pk)
        else:
            user.reactivated_at = now
        user.save(update_fields=["suspended_at", "reactivated_at"])
        acts.write(by, "user.suspend" if stop else "user.resume", user.pk)


def save_unit(by: User, unit: Unit, name: str, airports: Iterable[str]) -> int:
    """Creates or changes a unit. Flights that have not landed, or that have open hits, are assigned to the
    units that now serve them; returns their number. Raises `Taken`, `PermissionDenied`."""
    rules.check(by, "account.manage")
    unit.organisation_id = by.organisation_id  # type: ignore[assignment]
    unit.name, unit.airports = name, sorted(set(airports))
    others = Unit.objects.filter(organisation=by.organisation_id).exclude(pk=unit.pk)
    with transaction.atomic(), connection.cursor() as cursor:
        if others.filter(name=name).exists():
            raise Taken("name")
        if others.filter(airports__overlap=unit.airports).exists():
            raise Taken("airports")
        made = unit._state.adding
        unit.save()
        cursor.execute("SELECT vedette_reassign()")
        [moved] = cursor.fetchone()
        acts.write(
            by, "unit.create" if made else "unit.change", unit.pk,
            airports=[code.lower() for code in unit.airports], flights=moved,
        )  # fmt: skip
    return int(moved)


def _another(by: User, user: User) -> None:
    rules.check(by, "account.manage")
    if user.pk == by.pk or user.organisation_id != by.organisation_id:
        raise PermissionDenied("account.manage")


def _own(by: User, unit: Unit | None) -> None:
    if unit is not None and unit.organisation_id != by.organisation_id:
        raise Unit.DoesNotExist


def _known(username: str) -> bool:
    """Whether a user of any organisation has that sign-in name. Row-level security hides other organisations;
    this database function does not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT vedette_name_taken(%s)", [username])
        [taken] = cursor.fetchone()
    return bool(taken)


def _stand(user: User, standing: Standing) -> None:
    user.role, user.unit = standing.role, standing.unit
    user.themes, user.purposes = list(standing.themes), list(standing.purposes)


def _told(standing: Standing) -> dict[str, Any]:
    return {
        "role": standing.role,
        "unit": standing.unit.pk if standing.unit else None,
        "themes": list(standing.themes),
        "purposes": list(standing.purposes),
    }
