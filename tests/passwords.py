"""Passwords of the people in tests: hashed once a run, because hashing is slow on purpose."""

from __future__ import annotations

from functools import cache

from django.contrib.auth.hashers import make_password

from vedette.apps.accounts.selectors import demo_password


@cache
def hashed_password(username: str) -> str:
    """The demonstration's password of a user name, as the database holds it."""
    return make_password(demo_password(username))
