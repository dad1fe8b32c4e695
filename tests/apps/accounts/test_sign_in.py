"""Signing in by name and password: who is let in, who is not, and what the journal says of it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING

from django.test import Client, RequestFactory, override_settings
from django.utils import timezone
from tests.clock import at_once

if TYPE_CHECKING:
    from vedette.apps.accounts.models import User

PASSWORD = "correct horse battery staple"


def sign_in(client: Client, name: str = "m.sarr", password: str = PASSWORD, **more: str) -> object:
    return client.post("/login/", {"username": name, "password": password, **more})


def test_right_password_opens_a_session(user: User) -> None:
    client = Client()
    answer = sign_in(client)
    assert answer.status_code == 302, answer.content[-500:]
    assert client.get("/").status_code == 200


def acts() -> list[str]:
    from vedette.apps.accounts.models import Act

    return list(Act.objects.using("intake").order_by("id").values_list("act", flat=True))


def test_session_key_changes_at_sign_in_and_ends_after_ten_hours(user: User) -> None:
    """ASVS 3.2.1: a key that was known before the sign-in opens nothing after it."""
    from vedette.apps.accounts.models import Session

    client = Client()
    client.get("/login/")
    before = client.session
    before["x"] = 1
    before.save()
    client.cookies["sessionid"] = before.session_key
    sign_in(client)
    assert client.cookies["sessionid"].value != before.session_key
    row = Session.objects.get(user=user)
    assert abs((row.expire_date - timezone.now()) - dt.timedelta(hours=10)) < dt.timedelta(
        minutes=1
    )
    assert "m.sarr" not in row.session_data
    assert str(user.pk) not in row.session_data


def test_idle_session_ends_and_polling_is_no_use(user: User) -> None:
    """30 minutes without a hand: the queue that asks every five seconds keeps nobody signed in."""
    from vedette.apps.accounts.models import Session

    client = Client()
    sign_in(client)
    then = timezone.now() - dt.timedelta(minutes=29)
    Session.objects.filter(user=user).update(active_at=then)
    client.get("/queue/changes/")
    assert Session.objects.get(user=user).active_at == then
    client.get("/")
    assert Session.objects.get(user=user).active_at > then
    Session.objects.filter(user=user).update(active_at=timezone.now() - dt.timedelta(minutes=31))
    assert client.get("/").headers["Location"].startswith("/login/")


def test_poll_of_an_ended_session_leads_the_page_to_the_sign_in(user: User) -> None:
    """htmx would swap a redirected answer into the page: it is told to leave the page instead."""
    answer = Client().get(
        "/queue/changes/",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/?mine=1"},
    )
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == "/login/?next=%2F%3Fmine%3D1"


def typed(client: Client) -> object:
    fields = {"choice": "release", "why": "Papers seen, the journey is plausible."}
    headers = {"Referer": "http://testserver/hits/x/"}
    return client.post(f"/hits/{uuid.uuid4()}/decide/", fields, headers=headers)


def test_what_was_typed_waits_for_its_writer(user: User) -> None:
    """A decision sent after the session ran out is not lost: it is shown after the next sign-in."""
    from vedette.apps.accounts.models import Session

    client = Client()
    sign_in(client)
    Session.objects.update(active_at=timezone.now() - dt.timedelta(hours=1))
    answer = typed(client)
    assert answer.headers["Location"] == "/login/?next=%2Fkept%2F"
    assert not Session.objects.filter(session_data__contains="plausible").exists()
    assert sign_in(client, next="/kept/").headers["Location"] == "/kept/"
    page = client.get("/kept/").content.decode()
    assert "the journey is plausible" in page
    assert 'name="choice" value="release"' in page
    assert "/decide/" in page


def test_what_was_typed_is_shown_to_nobody_else(user: User) -> None:
    """The next person at the desk signs in and finds nothing of the colleague's."""
    from vedette.apps.accounts.models import Session, User

    User.objects.create_user("other", password=PASSWORD, organisation=user.organisation)
    client = Client()
    sign_in(client)
    Session.objects.update(active_at=timezone.now() - dt.timedelta(hours=1))
    typed(client)
    sign_in(client, "other")
    assert client.get("/kept/").status_code == 302


def test_nothing_is_kept_of_a_session_that_was_ended(user: User) -> None:
    """Signed out, suspended, or never signed in: a POST leaves nothing in the database."""
    from vedette.apps.accounts.models import Session

    typed(Client())
    assert not Session.objects.exists()


def test_elsewhere_is_no_next_page(user: User) -> None:
    """Open redirect: only addresses of ours."""
    answer = sign_in(Client(), next="https://evil.example/")
    assert answer.headers["Location"] == "/home/"


def test_locked_after_five_failures_and_open_after_fifteen_minutes(user: User) -> None:
    """By name and address; the name typed, which may be a password, is kept nowhere in clear."""
    from axes.models import AccessAttempt

    client = Client()
    for _ in range(4):
        assert sign_in(client, password="wrong wrong wrong").status_code == 422
    assert sign_in(client, password="wrong wrong wrong").status_code == 429
    answer = sign_in(client)
    assert answer.status_code == 429
    assert 'name="password"' in answer.content.decode()
    assert sign_in(Client(REMOTE_ADDR="203.0.113.9")).status_code == 302
    kept = str(list(AccessAttempt.objects.values()))
    assert "sarr" not in kept
    assert "wrong" not in kept
    AccessAttempt.objects.update(attempt_time=timezone.now() - dt.timedelta(minutes=16))
    assert sign_in(client).status_code == 302
    assert "account.locked_out" in acts()


def test_forwarded_address_counts_only_from_the_proxy() -> None:
    """Anybody can write X-Forwarded-For; what stands before the proxy's own entry is the client's word."""
    from vedette.apps.accounts.passwords import client_address

    def seen(peer: str, told: str) -> str:
        return client_address(
            RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=told)
        )

    assert seen("203.0.113.9", "10.0.0.1") == "203.0.113.9"
    assert seen("127.0.0.1", "6.6.6.6, 198.51.100.7") == "198.51.100.7"
    assert seen("127.0.0.1", "198.51.100.7, 127.0.0.1") == "198.51.100.7"
    assert seen("127.0.0.1", "' OR 1=1") == "127.0.0.1"
    assert seen("", "") == "0.0.0.0"  # noqa: S104


def test_refusals_of_a_minute_are_two_acts_however_many(user: User) -> None:
    """A flood of forged tokens cannot fill the journal: one act at once, one with the number."""
    from vedette.apps.accounts.actions import keep_accounts
    from vedette.apps.accounts.acts import refused
    from vedette.apps.accounts.models import Act, Refusal

    for _ in range(40):
        refused("token.refused")
    Refusal.objects.update(minute=timezone.now() - dt.timedelta(minutes=2))
    keep_accounts("intake", timezone.now(), at_once)
    found = list(Act.objects.using("intake").filter(act="token.refused").order_by("id"))
    assert len(found) == 2
    assert found[1].detail["count"] == 39
    assert not Refusal.objects.exists()


def test_no_page_without_an_account_and_no_account_by_itself(database: str) -> None:
    """Outside the demonstration nothing is there to sign in with until `createadmin` made it."""
    from vedette.apps.accounts.models import User

    assert not User.objects.exists()
    with override_settings(DEMO=False):
        page = Client().get("/login/", secure=True).content.decode()
    assert "demo-" not in page
    for path in ("signup", "password/reset", "email", "accounts/login", "accounts/signup"):
        assert Client().get(f"/{path}/").status_code == 404
