"""Middleware before every page: the user is signed in, the session is within its limits, the initial password
was changed, and a second factor exists if the role requires one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from vedette.apps.accounts import factors, kept

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
            if kept.keep(request, target):
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
