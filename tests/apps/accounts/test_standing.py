"""Accounts that nobody uses, accounts that are stopped, and forged tokens."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from tests.clock import at_once

if TYPE_CHECKING:
    from vedette.apps.accounts.models import User

PASSWORD = "correct horse battery staple"
OLD = dt.timedelta(days=91)


def acts() -> list[str]:
    from vedette.apps.accounts.models import Act

    return list(Act.objects.using("intake").order_by("id").values_list("act", flat=True))


def unused(*users: User) -> None:
    from vedette.apps.accounts.models import User

    then = timezone.now() - OLD
    User.objects.filter(pk__in=[u.pk for u in users]).update(date_joined=then, last_login=then)


def round_of_housekeeping() -> None:
    from vedette.apps.accounts.actions import keep_accounts

    keep_accounts("intake", timezone.now(), at_once)


def test_unused_for_ninety_days_is_suspended(user: User, boss: User) -> None:
    """At once: the session it still has is refused, and so is its right password."""
    client = Client()
    client.post("/login/", {"username": "m.sarr", "password": PASSWORD})
    unused(user)
    round_of_housekeeping()
    user.refresh_from_db()
    assert user.suspended_at is not None
    assert client.get("/").status_code == 302
    answer = client.post("/login/", {"username": "m.sarr", "password": PASSWORD})
    assert answer.status_code == 422
    assert acts().count("account.unused") == 1
    round_of_housekeeping()
    assert acts().count("account.unused") == 1


def test_a_token_in_use_keeps_a_machines_account(user: User, boss: User) -> None:
    """Machines never sign in: the use of their token counts."""
    from vedette.apps.accounts.models import ApiToken

    now = timezone.now()
    ApiToken.objects.create(
        user=user, name="gateway", digest=b"x" * 32, rights=["message.submit"],
        expires_at=now + OLD, last_used_at=now,
    )  # fmt: skip
    unused(user)
    round_of_housekeeping()
    user.refresh_from_db()
    assert user.suspended_at is None


def test_the_last_administrator_is_warned_of_once_a_day_and_stays(boss: User) -> None:
    """An administration is not locked out of itself; the journal says that nobody looks after it."""
    from vedette.apps.accounts.models import User

    other = User.objects.create_user(
        "second", password=PASSWORD, organisation=boss.organisation, role="administrator"
    )
    unused(boss, other)
    round_of_housekeeping()
    round_of_housekeeping()
    left = User.objects.filter(role="administrator", suspended_at=None)
    assert left.count() == 1
    assert acts().count("account.unused_administrator") == 1
    assert acts().count("account.unused") == 1


def test_reactivated_the_time_without_use_counts_anew(user: User, boss: User) -> None:
    from vedette.apps.accounts import actions
    from vedette.apps.accounts.rules import set_scope

    unused(user)
    round_of_housekeeping()
    user.refresh_from_db()
    with transaction.atomic():
        set_scope(boss)
        actions.suspend(boss, user, stop=False)
    round_of_housekeeping()
    user.refresh_from_db()
    assert user.suspended_at is None


def test_suspending_ends_the_sessions_at_once(user: User, boss: User) -> None:
    from vedette.apps.accounts import actions
    from vedette.apps.accounts.models import Session
    from vedette.apps.accounts.rules import set_scope

    client = Client()
    client.post("/login/", {"username": "m.sarr", "password": PASSWORD})
    with transaction.atomic():
        set_scope(boss)
        actions.suspend(boss, user)
    assert not Session.objects.filter(user=user).exists()
    assert client.get("/").status_code == 302


def test_ending_the_other_sessions_leaves_this_one(user: User) -> None:
    here, there = Client(), Client()
    for client in (here, there):
        client.post("/login/", {"username": "m.sarr", "password": PASSWORD})
    assert here.post("/account/sessions/end/").status_code == 302
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302
    assert "account.end_sessions" in acts()


def test_a_new_password_ends_the_other_sessions(user: User) -> None:
    """Whoever knew the old one is out."""
    here, there = Client(), Client()
    for client in (here, there):
        client.post("/login/", {"username": "m.sarr", "password": PASSWORD})
    new = "quatre vents et marées"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert here.post("/account/password/", {**form, "old_password": "x"}).status_code == 422
    weak = {"new_password1": "password1234", "new_password2": "password1234"}
    assert here.post("/account/password/", {**form, **weak}).status_code == 422
    assert here.post("/account/password/", form).status_code == 302
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302
    assert "account.password" in acts()


@pytest.mark.parametrize("token", ["vedette_" + "x" * 43, "x", "\u00e9" * 10])
def test_a_forged_token_is_refused_with_an_act(user: User, token: str) -> None:
    answer = Client().get("/api/queue", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert acts() == ["token.refused"]


def test_housekeeping_forgets_attempts_after_thirty_days(user: User) -> None:
    """Addresses of those who failed serve for a month."""
    from axes.models import AccessAttempt

    from vedette.apps.accounts.models import Session

    client = Client()
    client.post("/login/", {"username": "m.sarr", "password": "wrong wrong"})
    client.post("/login/", {"username": "m.sarr", "password": PASSWORD})
    AccessAttempt.objects.create(ip_address="203.0.113.9", failures_since_start=1)
    AccessAttempt.objects.update(attempt_time=timezone.now() - dt.timedelta(days=31))
    Session.objects.update(expire_date=timezone.now() - dt.timedelta(days=2))
    round_of_housekeeping()
    assert not AccessAttempt.objects.exists()
    assert not Session.objects.exists()


def test_the_administrators_page_of_somebodys_sign_in(user: User, boss: User) -> None:
    """Lost factors go; the page shows nobody of another organisation, and officers not at all."""
    from allauth.mfa.models import Authenticator

    from vedette.apps.accounts.models import Organisation, User

    other = User.objects.create_user(
        "x", organisation=Organisation.objects.create(name="Elsewhere")
    )
    Authenticator.objects.create(user=user, type="totp", data={"secret": "s"})
    client = Client()
    client.post("/login/", {"username": "i.duval", "password": PASSWORD})
    assert client.get(f"/users/{user.pk}/sign-in/").status_code == 200
    assert client.get(f"/users/{other.pk}/sign-in/").status_code == 404
    assert client.post(f"/users/{boss.pk}/sign-in/", {"reset": ""}).status_code == 422
    assert client.post(f"/users/{user.pk}/sign-in/", {"reset": ""}).status_code == 302
    assert not Authenticator.objects.filter(user=user).exists()
    assert "account.factor_reset" in acts()
    officer = Client()
    officer.post("/login/", {"username": "m.sarr", "password": PASSWORD})
    assert officer.get(f"/users/{user.pk}/sign-in/").status_code == 403
