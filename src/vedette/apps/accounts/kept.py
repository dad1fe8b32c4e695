"""Keeps the form that a user typed when the session expired, until the user has signed in again.

Only for an expired session (not one that was ended), and shown only to the same user. It is stored in the
visitor's new session, which is encrypted, and is deleted with it.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import resolve

_KEY = "kept"
#: Maximum number of characters and fields of a kept form; no form of an officer has more.
_LONGEST, _FIELDS = 20_000, 100
#: Fields that are never kept: secrets. In particular a colleague's password, which the user would see in the
#: form.
_NOT = frozenset({"csrfmiddlewaretoken", "password", "second_password", "code", "credential"})
#: Forms that contain secrets or nothing typed.
_NEVER = frozenset({"login", "logout", "preferences", "account-password", "account_reauthenticate"})


def keep(request: HttpRequest, page: str) -> bool:
    """Keeps the form of a refused POST; False if there is nothing to keep, or no user to keep it for."""
    owner = getattr(request.session, "ended_of", None)
    if owner is None or request.FILES or resolve(request.path_info).url_name in _NEVER:
        return False
    fields = [(k, v) for k, vs in request.POST.lists() for v in vs if k not in _NOT]
    if not fields or len(fields) > _FIELDS or sum(len(v) for _, v in fields) > _LONGEST:
        return False
    request.session[_KEY] = {
        "of": str(owner), "to": request.get_full_path(), "page": page, "fields": fields,
    }  # fmt: skip
    return True


def waiting(request: HttpRequest) -> dict[str, Any] | None:
    """The form kept for the signed-in user: `to`, `page`, `fields`; None if there is none."""
    found: dict[str, Any] | None = request.session.get(_KEY)
    return found if found is not None and found["of"] == str(request.user.pk) else None
