"""The act of signing in, written before anybody's scope is set."""

from __future__ import annotations

from vedette.apps.accounts import acts
from vedette.apps.accounts.models import User


def signed_in(user: User) -> None:
    """Who came in."""
    acts.write(user, "account.sign_in")
