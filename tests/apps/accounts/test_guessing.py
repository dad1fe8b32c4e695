"""Passwords asked for beside the sign-in are guessed no more often than there."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.utils import timezone
from tests.apps.accounts.conftest import PASSWORD

if TYPE_CHECKING:
    from vedette.apps.accounts.models import User

WHY = "Named in the case by a witness who knows them well."


@pytest.fixture
def client(user: User) -> Client:
    """Where the officer is signed in."""
    client = Client()
    client.force_login(user)
    return client


def kept() -> str:
    """All that is kept of failed attempts."""
    from axes.models import AccessAttempt

    return str(list(AccessAttempt.objects.values()))


def test_a_session_left_open_does_not_guess_its_password(client: Client) -> None:
    """Five wrong ones lock, also the right one; the new password is kept nowhere."""
    new = "an entirely new phrase"
    form = {"old_password": "wrong", "new_password1": new, "new_password2": new}
    for _ in range(5):
        assert client.post("/account/password/", form).status_code == 422
    assert client.post("/account/password/", {**form, "old_password": PASSWORD}).status_code == 422
    assert "failures_since_start" in kept()
    assert "entirely" not in kept()


def test_confirming_is_no_oracle(client: Client, user: User) -> None:
    """Nor where a password or a code is asked for once more before a change."""
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    TOTP.activate(user, generate_totp_secret())
    for _ in range(5):
        assert client.post("/account/confirm/code/", {"code": "000000"}).status_code == 422
    assert client.post("/account/confirm/code/", {"code": "000000"}).status_code == 429
    assert client.post("/account/confirm/", {"password": PASSWORD}).status_code == 422
    assert "000000" not in kept()


def test_a_colleagues_password_is_not_guessed_on_the_page_of_the_second_officer(
    database: str,
) -> None:
    """A hit could be sent again and again with another guess; the reason typed goes into no count."""
    from tests.apps.hits import world as worlds

    from vedette.apps.accounts.selectors import demo_password
    from vedette.apps.hits.models import Decision, Reason

    world = worlds.build()
    hit = worlds.hit(world, worlds.journey(world, world.flight("YY 417", 41), "ZIVO", "DJ"))
    reason = Reason.objects.using("intake").get(hit=hit)
    form = {
        "seen": reason.id.hex, "choice": "refuse", "why": WHY, f"same-{reason.id.hex}": "same",
        "basis": "art. 12", "second": str(world.users["officer2"].pk),
    }  # fmt: skip
    client = Client(HTTP_HOST="localhost")
    client.force_login(world.officer)
    address = f"/hits/{hit.id}/decide/"
    for _ in range(5):
        assert client.post(address, form | {"second_password": "guess"}).status_code == 422
    right = form | {"second_password": demo_password("officer2")}
    assert client.post(address, right).status_code == 422
    assert not Decision.objects.using("intake").exists()
    assert "witness" not in kept()
    assert "guess" not in kept()
    assert str(hit.id) not in kept()


def test_a_colleagues_password_does_not_wait_in_a_form(client: Client) -> None:
    """A session that ran out keeps what was typed: not the secret another typed into the same form."""
    from vedette.apps.accounts.models import Session

    Session.objects.update(active_at=timezone.now() - dt.timedelta(hours=1))
    form = {"why": WHY, "second_password": "the colleague's own"}
    answer = client.post(f"/hits/{'0' * 8}-0000-7000-8000-{'0' * 12}/decide/", form)
    assert answer.headers["Location"] == "/login/?next=%2Fkept%2F"
    client.post("/login/", {"username": "m.sarr", "password": PASSWORD, "next": "/kept/"})
    page = client.get("/kept/").content.decode()
    assert "who knows them well" in page
    assert "own" not in page.split("who knows them well")[1].split("</form>")[0]
    assert "second_password" not in page
