"""The act of signing in, written before a scope is set."""

from __future__ import annotations

from vedette.apps.accounts import acts
from vedette.apps.accounts.models import User


def signed_in(user: User) -> None:
    """Records that the user signed in."""
    acts.write(user, "account.sign_in")
