"""Sessions: the store of the sessions, the checks before every page, and the purpose of searches
for people.

A session ends after a time without use (`SESSION_IDLE`). Regardless of use, a session also ends at
a fixed time after sign-in (`SESSION_COOKIE_AGE`).

If a session expires while a user types a form, the content of the form is kept until the user has signed in
again. The content is shown only to the same user. If the session was ended before it expired, the content of
the form is not kept. The content of the form is stored in the visitor's new session, which is encrypted, and
is deleted together with that session.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.serializers import JSONSerializer
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from vedette.apps.accounts import factors
from vedette.apps.accounts.models import Session
from vedette.apps.accounts.rules import Request
from vedette.apps.columns import Purpose
from vedette.apps.keyring import lock, unlock
from vedette.keys.ring import KeysError

#: Minimum time between two updates of a session's last use.
NOTED = dt.timedelta(seconds=60)
_USE = "session"


class SessionStore(DatabaseStore):
    """Django's database session, extended by an idle limit, a user, and encryption of the content.

    `ended_of` is the id of the user of an expired session that the browser sent. For all other requests,
    `ended_of` is None.
    """

    ended_of: uuid.UUID | None = None
    active_at: dt.datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Returns the session model of this app."""
        return Session

    def load(self) -> dict[str, Any]:
        """Returns the content of the session. The content is empty if the session expired, was ended, or
        cannot be decrypted.
        """
        row = Session.objects.filter(session_key=self.session_key).first()
        if row is not None:
            now = timezone.now()
            if row.expire_date > now and row.active_at > now - settings.SESSION_IDLE:
                self.active_at = row.active_at
                return self.decode(row.session_data)
            self.ended_of = row.user_id
        self._session_key = None
        return {}

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Encrypts the content of the session, because it may contain a typed form or an unconfirmed
        secret."""
        return lock(JSONSerializer().dumps(session_dict).decode("latin-1"), _USE)

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Decrypts the content of the session. Content that cannot be decrypted is replaced by empty content,
        which ends the session.
        """
        try:
            return dict(json.loads(unlock(str(session_data), _USE)))
        except (KeysError, ValueError):
            return {}

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """Returns the row to be stored. Saving a session counts as use of the session."""
        return Session(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            user_id=data.get("_auth_user_id"),
            active_at=timezone.now(),
        )

    def touch(self) -> None:
        """Records that the session was used now."""
        now = timezone.now()
        if self.active_at is not None and now - self.active_at > NOTED:
            Session.objects.filter(session_key=self.session_key).update(active_at=now)
            self.active_at = now


def end_sessions(user: uuid.UUID, but: str | None = None, using: str = "default") -> int:
    """Ends the sessions of `user` immediately, except the session with the key `but`. Returns the number of
    ended sessions.
    """
    return Session.objects.using(using).filter(user_id=user).exclude(session_key=but).delete()[0]


#: Requests that pages make automatically. They do not count as use of the session.
POLLS = frozenset(
    {
        "queue-changes",
        "hit-claimed",
        "notification-count",
        "watchlist-import-reading",
        "watchlist-import-expected",
        "watchlist-import-asked-expected",
        # The page for field work asks and sends by itself.
        "field-state",
        "field-send",
    }
)
#: Parts of every page. They stay as they are if the user may not open other pages now, so that the page with
#: its typed forms stays too.
_EVERYWHERE = frozenset({"notification-count", "notification-menu"})
#: The pages available to a user who must still set up a second factor.
_SET_UP = frozenset(
    {
        "account", "mfa_index", "account_reauthenticate", "mfa_activate_totp", "mfa_add_webauthn",
        "mfa_view_recovery_codes", "logout",
    }
)  # fmt: skip
#: The pages available to a user who must still change the password that an administrator gave.
_CHANGE = frozenset({"account-password", "logout"})
#: Session key that records that the user has a second factor. Until it is set, the database is queried.
HAS_FACTOR = "has_factor"


class Gate(LoginRequiredMiddleware):
    """Django's middleware, which also redirects users who must first change their initial password or set up
    a second factor.
    """

    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        """Checks a request before the view is called. Returns None if the request may proceed."""
        if request.user.is_authenticated:
            match = request.resolver_match
            name = match.url_name if match else None
            if name not in POLLS and hasattr(request.session, "touch"):
                request.session.touch()
            if getattr(view_func, "login_required", True):
                if request.user.password_given and name not in _CHANGE:
                    return _elsewhere(name, "account-password")
                if name not in _SET_UP | _CHANGE and _lacks(request):
                    return _elsewhere(name, "account")
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> Any:
        """Redirects to the sign-in page. After sign-in, the user is redirected to the requested page. The
        content that the user typed into a form is kept for the user.
        """
        match = request.resolver_match
        part = "HX-Request" in request.headers
        if part and match and match.url_name in _EVERYWHERE:
            return HttpResponse(status=204)
        page, target = _page_before(request), request.get_full_path()
        if request.method == "POST":
            target = reverse("kept") if keep_form(request, page) else page
        # After a request for a part of a page, the whole page is shown again.
        answer = f"{reverse('login')}?{urlencode({'next': page if part else target})}"
        if part:
            return HttpResponse(status=204, headers={"HX-Redirect": answer})
        return redirect(answer)


def _elsewhere(name: str | None, page: str) -> HttpResponse:
    return HttpResponse(status=204) if name in _EVERYWHERE else redirect(page)


def _lacks(request: HttpRequest) -> bool:
    user: Any = request.user
    if not factors.must_have_factor(user) or request.session.get(HAS_FACTOR):
        return False
    if has := factors.has_factor(user):
        request.session[HAS_FACTOR] = True
    return not has


def _page_before(request: HttpRequest) -> str:
    """Returns the page that contains the form, or the start page if that page is unknown."""
    told = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    ours = told.netloc == request.get_host() and told.path.startswith("/")
    return (told.path + (f"?{told.query}" if told.query else "")) if ours else "/"


_FORM = "kept"
#: Maximum number of characters and fields of a kept form. No form of an officer has more.
_MAX_CHARACTERS, _MAX_FIELDS = 20_000, 100
#: Fields that are not kept, because they contain secrets. Otherwise the kept form would show the user
#: the password of a colleague.
_NOT = frozenset({"csrfmiddlewaretoken", "password", "second_password", "code", "credential"})
#: Forms that are not kept, because they contain secrets or no typed text.
_NEVER = frozenset({"login", "logout", "preferences", "account-password", "account_reauthenticate"})


def keep_form(request: HttpRequest, page: str) -> bool:
    """Stores the form of a refused POST in the session. Returns False if the form must not be kept or the
    user is unknown.
    """
    owner = getattr(request.session, "ended_of", None)
    if owner is None or request.FILES or resolve(request.path_info).url_name in _NEVER:
        return False
    fields = [(k, v) for k, vs in request.POST.lists() for v in vs if k not in _NOT]
    if not fields or len(fields) > _MAX_FIELDS or sum(len(v) for _, v in fields) > _MAX_CHARACTERS:
        return False
    request.session[_FORM] = {
        "of": str(owner), "to": request.get_full_path(), "page": page, "fields": fields,
    }  # fmt: skip
    return True


def waiting_form(request: HttpRequest) -> dict[str, Any] | None:
    """Returns the form that was kept for the signed-in user, with the keys `to`, `page` and `fields`. Returns
    None if there is no such form.
    """
    found: dict[str, Any] | None = request.session.get(_FORM)
    return found if found is not None and found["of"] == str(request.user.pk) else None


#: A case is a reference and not a name. It consists of letters, digits and separators, with at least
#: one digit.
_CASE = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9 ./_-]{1,39}")
#: Session keys: the case given for each purpose, and the current purpose.
CASES, PURPOSE = "cases", "purpose"


class PurposeForm(forms.Form):
    """The form for the purpose and the case of a search for people.

    The form offers only the purposes that the user may choose. `cases` maps each purpose to the case that the
    user gave for it in this session. If a purpose already has a case, the user may leave the field for the
    case empty.
    """

    case = forms.RegexField(
        _CASE,
        max_length=40,
        required=False,
        error_messages={
            "invalid": _(
                "Identify the case by a reference number, for example 2026-114, never by a name."
            ),
        },
    )

    def __init__(
        self, purposes: Collection[str], cases: Mapping[str, str], data: Any = None
    ) -> None:
        super().__init__(data)
        self.cases = cases
        own = (choice for choice in Purpose.choices if choice[0] in purposes)
        self.fields["purpose"] = forms.ChoiceField(
            choices=[("", _("Choose")), *own],
            error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose a purpose.")),
        )

    def clean(self) -> dict[str, Any]:
        """If the user entered no case, adds the case that the user entered earlier for the same purpose."""
        given = super().clean() or {}
        if not given.get("case") and "case" not in self.errors:
            given["case"] = self.cases.get(given.get("purpose", ""), "")
            if not given["case"]:
                self.add_error("case", _("Enter the reference of the case."))
        return given


def session_purpose(request: Request) -> tuple[dict[str, str] | None, PurposeForm]:
    """Returns the purpose and the case of this session, and the form to enter them. The first element of the
    result is None if the user must enter the purpose and the case or asked to change them.
    """
    cases = request.session.get(CASES, {})
    own = request.user.purposes
    if request.method == "POST" and "change" in request.POST:
        request.session.pop(PURPOSE, None)
    if request.method == "POST" and "purpose" in request.POST:
        form = PurposeForm(own, cases, request.POST)
        if not form.is_valid():
            return None, form
        now = form.cleaned_data["purpose"]
        cases = {**cases, now: form.cleaned_data["case"]}
        request.session[CASES], request.session[PURPOSE] = cases, now
    now = request.session.get(PURPOSE)
    given = {"purpose": now, "case": cases[now]} if now in cases and now in own else None
    return given, PurposeForm(own, cases)
