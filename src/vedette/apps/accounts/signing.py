"""Acts written before anybody's scope is set: signing in, or failing to."""

from __future__ import annotations

from django.db import connection

from vedette.apps.accounts.models import User

# Row-level security lets everybody write acts and nobody outside a scope read them: an ORM insert,
# which asks for the new id back, is refused.
_INSERT = """
    INSERT INTO accounts_act (at, organisation_id, user_id, act, subject, detail)
    VALUES (now(), %s, %s, %s, '', '{}')
"""


def signed_in(user: User) -> None:
    """Who came in."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [user.organisation_id, user.pk, "account.sign_in"])


def sign_in_failed() -> None:
    """That somebody did not; names nobody, because the name typed may be a password."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [None, None, "account.sign_in_failed"])
