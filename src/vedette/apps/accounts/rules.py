"""Who may do what, in one place. Views and API ask here; actions ask again before they write."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from vedette.apps.accounts.models import User

_OFFICER, _SUPERVISOR, _ADMINISTRATOR = (
    User.Role.OFFICER,
    User.Role.SUPERVISOR,
    User.Role.ADMINISTRATOR,
)

#: Right → roles that have it. "2. Who may see what" refines this by theme and partner.
RULES: dict[str, frozenset[str]] = {
    "passengers.see": frozenset((_OFFICER, _SUPERVISOR, _ADMINISTRATOR)),
    "hit.claim": frozenset((_OFFICER, _SUPERVISOR)),
    "hit.decide": frozenset((_OFFICER, _SUPERVISOR)),
    "hit.note": frozenset((_OFFICER, _SUPERVISOR)),
    #: One's own decision may be reopened by who took it; anybody's, by a supervisor.
    "hit.reopen": frozenset((_OFFICER, _SUPERVISOR)),
    "hit.reopen_any": frozenset((_SUPERVISOR,)),
    "hit.hand_over": frozenset((_OFFICER, _SUPERVISOR)),
    "hit.hand_over_any": frozenset((_SUPERVISOR,)),
    "lookout.create": frozenset((_OFFICER, _SUPERVISOR)),
    "lookout.review": frozenset((_SUPERVISOR,)),
    "person.screen": frozenset((_OFFICER, _SUPERVISOR)),
    "list.import": frozenset((_SUPERVISOR,)),
    "message.retry": frozenset((_SUPERVISOR, _ADMINISTRATOR)),
    "message.try": frozenset((_OFFICER, _SUPERVISOR, _ADMINISTRATOR)),
    "message.submit": frozenset((_ADMINISTRATOR,)),
    "account.manage": frozenset((_ADMINISTRATOR,)),
}


class Request(HttpRequest):
    """A request that `requires` let through: somebody is signed in."""

    user: User


def may(user: Any, right: str) -> bool:
    """Whether a signed-in, active user of an organisation has a right of `RULES` (else `KeyError`)."""
    roles = RULES[right]
    return bool(
        user.is_authenticated and user.is_active and user.organisation_id and user.role in roles
    )


def check(user: Any, right: str) -> None:
    """Raises `PermissionDenied` where `may` says no."""
    if not may(user, right):
        raise PermissionDenied(right)


View = Callable[..., HttpResponse]


def requires(right: str) -> Callable[[View], View]:
    """A view that only those with the right reach; others get 403."""
    RULES[right]

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            check(request.user, right)
            return view(request, *args, **kwargs)

        return guarded

    return wrap
