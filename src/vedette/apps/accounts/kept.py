"""What somebody had typed when their session ran out: kept for them until they are signed in again.

Only for a session that ran out (not one that was ended), and shown only to the person whose it was.
It lies in the visitor's new session, which is stored in cipher, and goes with it.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import resolve

_KEY = "kept"
#: Characters of a form that are kept, and fields; no form that an officer types has more.
_LONGEST, _FIELDS = 20_000, 100
#: Fields that are never kept: secrets, a colleague's above all, who would read them in the form again.
_NOT = frozenset({"csrfmiddlewaretoken", "password", "second_password", "code", "credential"})
#: Forms that hold secrets or nothing that was typed.
_NEVER = frozenset({"login", "logout", "preferences", "account-password", "account_reauthenticate"})


def keep(request: HttpRequest, page: str) -> bool:
    """Keeps the form of a refused POST; False where there is nothing to keep, or for nobody."""
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
    """What waits for the signed-in user: `to`, `page`, `fields`; None where nothing does for them."""
    found: dict[str, Any] | None = request.session.get(_KEY)
    return found if found is not None and found["of"] == str(request.user.pk) else None
