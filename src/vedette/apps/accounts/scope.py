"""The rows that a transaction may see: organisation, unit, themes, purposes, as row-level security reads
them.

The settings are local to the transaction: the next request on the same connection starts without any, and
without a scope the web role sees no rows (`apps/sql/scope.sql`).
"""

from __future__ import annotations

import uuid

from django.db import connection

from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User, all_purposes, all_themes

_SET = """
    SELECT set_config('vedette.organisation', %s, true), set_config('vedette.unit', %s, true),
           set_config('vedette.themes', %s, true), set_config('vedette.purposes', %s, true),
           set_config('vedette.whole', %s, true), set_config('vedette.user', %s, true),
           set_config('vedette.restricted', %s, true)
"""
#: The value for all units. An empty unit would mean no scope.
EVERY_UNIT = "every"


def set_scope(of: User | uuid.UUID | str) -> None:
    """Sets the rows that this transaction may see: those of a user, or of a whole organisation (by id) for a
    command without a user.

    `vedette.whole` means that there is no restriction below the organisation, so that dependent rows need not
    check their parents. Restricted rows are visible to the users who answer requests of persons.
    """
    organisation: uuid.UUID | str | None
    if isinstance(of, User):
        organisation, unit = of.organisation_id, of.unit_id
        themes, purposes = of.themes, of.purposes
    else:
        organisation, unit, themes, purposes = of, None, all_themes(), all_purposes()
    restricted = isinstance(of, User) and rules.may(of, "subject.answer")
    whole = unit is None and set(themes) >= {*all_themes()} and set(purposes) >= {*all_purposes()}
    with connection.cursor() as cursor:
        cursor.execute(
            _SET,
            [
                str(organisation or ""),
                str(unit or EVERY_UNIT),
                ",".join(themes),
                ",".join(purposes),
                "yes" if whole else "",
                str(of.pk) if isinstance(of, User) else "",
                "yes" if restricted else "",
            ],
        )
