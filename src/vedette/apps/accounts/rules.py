"""Who may do what, in one place. Views and API declare here what they ask for; actions ask again
before they write. Whose data is seen is not a matter of rights: `scope.py`.

Each view carries its declaration as an attribute, so that the table of who reaches what is made from
the code, and a route without one fails the checks (`web/access.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from vedette.apps.accounts.models import User

_OFFICER, _SUPERVISOR, _ANALYST, _LIST_MANAGER, _DPO, _AUDITOR, _ADMINISTRATOR = User.Role

#: Right → roles that have it; each role has what its work needs and no more. The administrator keeps
#: accounts, tokens and settings and sees no passenger; the auditor reads the journal and settings;
#: the data-protection officer reads everything and decides nothing.
RULES: dict[str, frozenset[str]] = {
    "passengers.see": frozenset((_OFFICER, _SUPERVISOR, _ANALYST, _DPO)),
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
    #: Lists with their entries; of travellers only how many they touch.
    "list.see": frozenset((_OFFICER, _SUPERVISOR, _ANALYST, _LIST_MANAGER, _DPO)),
    "list.import": frozenset((_LIST_MANAGER,)),
    #: Files and messages: who sent what, when, and what was wrong with it; never a value of it.
    "message.see": frozenset((_OFFICER, _SUPERVISOR, _ANALYST, _DPO, _ADMINISTRATOR)),
    #: Records that a carrier was asked to send again; the sending itself is done elsewhere.
    "resend.ask": frozenset((_OFFICER, _SUPERVISOR)),
    "message.retry": frozenset((_SUPERVISOR, _ADMINISTRATOR)),
    #: Shows the travellers of the message tried.
    "message.try": frozenset((_OFFICER, _SUPERVISOR)),
    "message.submit": frozenset((_ADMINISTRATOR,)),
    "account.see": frozenset((_DPO, _AUDITOR, _ADMINISTRATOR)),
    "account.manage": frozenset((_ADMINISTRATOR,)),
    "journal.read": frozenset((_DPO, _AUDITOR)),
    "report.read": frozenset((_DPO, _AUDITOR)),
    #: That a finding or an unmasking was noted.
    "oversight.note": frozenset((_DPO,)),
    #: That a decided hit was given to another authority; the giving itself is done elsewhere.
    "transfer.record": frozenset((_OFFICER, _SUPERVISOR)),
    #: Approvals by a second person: who reads theirs, and who decides each kind.
    "approval.see": frozenset(User.Role),
    "list.activate": frozenset((_SUPERVISOR, _LIST_MANAGER)),
    "unmask.decide": frozenset((_SUPERVISOR,)),
    "export.decide": frozenset((_SUPERVISOR,)),
    "delete.decide": frozenset((_SUPERVISOR,)),
    "retention.decide": frozenset((_DPO,)),
    "glass.see": frozenset((_OFFICER, _SUPERVISOR, _DPO, _AUDITOR)),
    "glass.break": frozenset((_OFFICER, _SUPERVISOR)),
    #: Reviewing says whether it was right to act alone; it decides on no traveller.
    "glass.review": frozenset((_SUPERVISOR, _DPO)),
    "unmask.ask": frozenset((_OFFICER, _SUPERVISOR)),
    "subject.answer": frozenset((_DPO,)),
    "retention.see": frozenset((_DPO, _AUDITOR, _ADMINISTRATOR)),
    "retention.change": frozenset((_ADMINISTRATOR,)),
    #: What a control brought.
    "result.record": frozenset((_OFFICER, _SUPERVISOR)),
    #: Profiles with what they found, as numbers; which travellers, only with `passengers.see`.
    "profile.see": frozenset((_OFFICER, _SUPERVISOR, _ANALYST, _DPO, _AUDITOR)),
    "profile.write": frozenset((_SUPERVISOR, _ANALYST)),
    #: Never one's own: `profiles.actions.life`.
    "profile.approve": frozenset((_SUPERVISOR, _ANALYST)),
    "profile.suspend": frozenset((_SUPERVISOR, _ANALYST)),
    #: The data-protection officer's opinion on restricted grounds.
    "profile.hear": frozenset((_DPO,)),
    "export.ask": frozenset((_OFFICER, _SUPERVISOR, _ANALYST, _LIST_MANAGER, _DPO, _AUDITOR)),
}

#: Declarations of a view that asks for no right: for everybody, and for whoever is signed in.
PUBLIC, SIGNED_IN = "public", "signed in"


class Request(HttpRequest):
    """A request that `requires` let through: somebody is signed in."""

    user: User


def may(user: Any, right: str) -> bool:
    """Whether a signed-in, active user of an organisation has a right of `RULES` (else `KeyError`).

    Who came with a token has of these rights only those of the token.
    """
    roles = RULES[right]
    return bool(
        user.is_authenticated
        and user.is_active
        and user.suspended_at is None
        and user.organisation_id
        and user.role in roles
        and (user.granted is None or right in user.granted)
    )


def rights_of(role: str) -> list[str]:
    """The rights of a role, in the order of `RULES`."""
    return [right for right, roles in RULES.items() if role in roles]


def check(user: Any, right: str) -> None:
    """Raises `PermissionDenied` where `may` says no."""
    if not may(user, right):
        raise PermissionDenied(right)


View = Callable[..., HttpResponse]


def requires(right: str, else_to: str = "", to_post: str = "") -> Callable[[View], View]:
    """A view that only those with the right reach; others get 403, or are led to the page `else_to`.

    `to_post` is a further right that a POST asks for.
    """
    RULES[right], RULES[to_post or right]

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if else_to and not may(request.user, right):
                return redirect(else_to)
            check(request.user, right)
            if to_post and request.method == "POST":
                check(request.user, to_post)
            return view(request, *args, **kwargs)

        guarded.leads_on, guarded.to_post = bool(else_to), to_post  # type: ignore[attr-defined]
        return declare(guarded, right)

    return wrap


def signed_in(view: View) -> View:
    """A view for whoever is signed in (`LoginRequiredMiddleware` sees to it)."""
    return declare(view, SIGNED_IN)


def public(view: View) -> View:
    """A view for everybody: it shows nothing of anybody's."""
    return declare(login_not_required(view), PUBLIC)


def declare(view: Any, what: str) -> Any:
    """Leaves on the view what it asks for; `web/access.py` reads it."""
    view.requires = what
    return view
