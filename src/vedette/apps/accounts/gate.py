"""Middleware before every page: the user is signed in, the session is within its limits, the initial password
was changed, and a second factor exists if the role requires one.

The form that a user typed when the session expired is kept until the user has signed in again: only for an
expired session (not one that was ended), and shown only to the same user. It is stored in the visitor's new
session, which is encrypted, and is deleted with it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import resolve, reverse
from django.utils.http import urlencode

from vedette.apps.accounts import factors

#: Requests that pages make automatically; they do not count as use.
POLLS = frozenset({"queue-changes"})
#: The pages available to a user who must still set up a second factor.
_SET_UP = frozenset(
    {
        "account", "mfa_index", "account_reauthenticate", "mfa_activate_totp", "mfa_add_webauthn",
        "mfa_view_recovery_codes", "logout",
    }
)  # fmt: skip
#: The pages available to a user who must still change the password that an administrator gave.
_CHANGE = frozenset({"account-password", "logout"})
#: Session key: a second factor exists. Until it is set, the database is queried.
HAS_FACTOR = "has_factor"


class Gate(LoginRequiredMiddleware):
    """Django's middleware, with the limits of sessions, the initial password and the second factor."""

    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        """Returns None if the request may proceed."""
        if request.user.is_authenticated:
            match = request.resolver_match
            name = match.url_name if match else None
            if name not in POLLS and hasattr(request.session, "touch"):
                request.session.touch()
            if getattr(view_func, "login_required", True):
                if request.user.password_given and name not in _CHANGE:
                    return redirect("account-password")
                if name not in _SET_UP | _CHANGE and _lacks(request):
                    return redirect("account")
        found: HttpResponseBase | None = super().process_view(
            request, view_func, view_args, view_kwargs
        )
        return found

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> Any:
        """Redirects to the sign-in page and back; a typed form is kept for the user."""
        target = request.get_full_path()
        if request.method == "POST":
            target = _page_before(request)
            if keep_form(request, target):
                target = reverse("kept")
        answer = f"{reverse('login')}?{urlencode({'next': target})}"
        if request.headers.get("HX-Request"):
            # For a request of a part of a page, the whole page is redirected, and shown again after sign-in.
            answer = f"{reverse('login')}?{urlencode({'next': _page_before(request)})}"
            return HttpResponse(status=204, headers={"HX-Redirect": answer})
        return redirect(answer)


def _lacks(request: HttpRequest) -> bool:
    user: Any = request.user
    if not factors.must_have_factor(user) or request.session.get(HAS_FACTOR):
        return False
    if factors.has_factor(user):
        request.session[HAS_FACTOR] = True
        return False
    return True


def _page_before(request: HttpRequest) -> str:
    """The page that contains the form; the start page if it is unknown."""
    told = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    ours = told.netloc == request.get_host() and told.path.startswith("/")
    return (told.path + (f"?{told.query}" if told.query else "")) if ours else "/"


_KEY = "kept"
#: Maximum number of characters and fields of a kept form; no form of an officer has more.
_MAX_CHARACTERS, _MAX_FIELDS = 20_000, 100
#: Fields that are never kept: secrets. In particular a colleague's password, which the user would see in the
#: form.
_NOT = frozenset({"csrfmiddlewaretoken", "password", "second_password", "code", "credential"})
#: Forms that contain secrets or nothing typed.
_NEVER = frozenset({"login", "logout", "preferences", "account-password", "account_reauthenticate"})


def keep_form(request: HttpRequest, page: str) -> bool:
    """Keeps the form of a refused POST; False if there is nothing to keep, or no user to keep it for."""
    owner = getattr(request.session, "ended_of", None)
    if owner is None or request.FILES or resolve(request.path_info).url_name in _NEVER:
        return False
    fields = [(k, v) for k, vs in request.POST.lists() for v in vs if k not in _NOT]
    if not fields or len(fields) > _MAX_FIELDS or sum(len(v) for _, v in fields) > _MAX_CHARACTERS:
        return False
    request.session[_KEY] = {
        "of": str(owner), "to": request.get_full_path(), "page": page, "fields": fields,
    }  # fmt: skip
    return True


def waiting_form(request: HttpRequest) -> dict[str, Any] | None:
    """The form kept for the signed-in user: `to`, `page`, `fields`; None if there is none."""
    found: dict[str, Any] | None = request.session.get(_KEY)
    return found if found is not None and found["of"] == str(request.user.pk) else None
