"""Designates the officials of the user's own administration under an agreement, and ends a designation."""

from __future__ import annotations

import uuid

from django.db import transaction

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.cooperation.actions.common import Refused, guarded, home, person, text
from vedette.apps.cooperation.models import Official
from vedette.apps.cooperation.selectors import mutual as selectors
from vedette.apps.query import now

#: The roles of accounts that may be designated: those that read and answer requests.
ROLES = (User.Role.OFFICER, User.Role.SUPERVISOR, User.Role.CONTACT)


def designate(by: User, agreement: uuid.UUID, user: uuid.UUID, post: str) -> Official:
    """Designates a person of the user's own administration for an agreement in force. Raises `Refused`."""
    rules.check(by, "official.name")
    if agreement not in {one.root for one in selectors.grounds(home(by))}:
        raise Refused("instrument", "agreement")
    if user == by.pk:
        raise Refused("oneself", "user")
    named = User.objects.filter(
        pk=user, organisation_id=home(by), is_active=True, suspended_at=None, role__in=ROLES
    ).first()
    if named is None:
        raise Refused("person", "user")
    made = Official(
        organisation_id=home(by), agreement=agreement, user=named, name=person(named),
        post=text(post, 160, "post"), by=by, at=now(),
    )  # fmt: skip
    with guarded():
        made.save(force_insert=True)
        acts.write(by, "official.name", made.pk, about=agreement, person=named.pk)
    return made


@transaction.atomic
def end(by: User, id_: uuid.UUID) -> None:
    """Ends a designation of the user's own administration. Raises `Refused`."""
    rules.check(by, "official.name")
    rows = Official.objects.filter(pk=id_, organisation_id=home(by), ended_at=None)
    if not rows.update(ended_by=by, ended_at=now()):
        raise Refused("gone")
    acts.write(by, "official.end", id_)
