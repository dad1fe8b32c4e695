"""The second factor: set up, asked for, used once, lost; in cipher at rest."""

from __future__ import annotations

import re
import sys
import time
import types
from typing import TYPE_CHECKING

import pytest
from django.test import Client, override_settings

if TYPE_CHECKING:
    from vedette.apps.accounts.models import User

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def held_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """The step of 30 s does not change during a test. Otherwise, a test at the end of a step would
    use another code than it means."""
    from allauth.mfa.totp.internal import auth

    now = time.time()
    held = types.SimpleNamespace(time=lambda: now)
    monkeypatch.setattr(auth, "time", held)
    monkeypatch.setattr(sys.modules[__name__], "time", held)


def code(secret: str, steps: int = 0) -> str:
    """What an app shows for the secret, some steps of 30 s from now (RFC 6238)."""
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def first_step(name: str = "m.sarr") -> tuple[Client, object]:
    client = Client()
    return client, client.post("/login/", {"username": name, "password": PASSWORD})


def set_up(client: Client) -> tuple[str, list[str]]:
    """Secret and recovery codes of a new app, set up as a person does it."""
    page = client.get("/account/app/").content.decode()
    secret = re.search(r'id="secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    answer = client.post("/account/app/", {"code": code(secret, -1)})
    assert answer.headers["Location"] == "/account/recovery/", answer.content.decode()[-800:]
    found = re.findall(r"<li>(\d+)</li>", client.get("/account/recovery/").content.decode())
    return secret, found


def acts() -> list[str]:
    from vedette.apps.accounts.models import Act

    return list(Act.objects.using("intake").order_by("id").values_list("act", flat=True))


def test_code_is_asked_for_and_taken_once(user: User) -> None:
    """RFC 6238, 5.2: a code is accepted once; one that was seen over a shoulder opens nothing."""
    client, _ = first_step()
    secret, _ = set_up(client)
    client, answer = first_step()
    assert answer.headers["Location"] == "/login/code/"
    assert client.get("/").status_code == 302
    assert client.post("/login/code/", {"code": "000000"}).status_code == 422
    now = code(secret)
    assert client.post("/login/code/", {"code": now}).headers["Location"] == "/home/"
    assert client.get("/").status_code == 200
    from django.core.cache import cache

    cache.clear()  # another process has another cache
    client, _ = first_step()
    assert client.post("/login/code/", {"code": now}).status_code == 422
    assert client.get("/").status_code == 302
    assert client.post("/login/code/", {"code": code(secret, 1)}).status_code == 302
    assert "account.factor_add" in acts()
    assert "account.factor_refused" in acts()


def test_code_that_set_up_the_app_signs_nobody_in(user: User) -> None:
    """The first code is spent by the setting up."""
    client, _ = first_step()
    secret, _ = set_up(client)
    client, _ = first_step()
    assert client.post("/login/code/", {"code": code(secret, -1)}).status_code == 422


def test_recovery_code_opens_once_and_is_shown_once(user: User) -> None:
    client, _ = first_step()
    _, codes = set_up(client)
    assert len(codes) == 10
    assert codes[0] not in client.get("/account/recovery/").content.decode()
    client, _ = first_step()
    assert client.post("/login/code/", {"code": codes[0]}).status_code == 302
    client, _ = first_step()
    assert client.post("/login/code/", {"code": codes[0]}).status_code == 422


def test_secrets_lie_in_cipher(user: User) -> None:
    """A copy of the database gives nobody a second factor; a lost key is named."""
    import json

    from allauth.mfa.models import Authenticator

    from vedette.apps.keyring import lock, unlock
    from vedette.keys.ring import KeysError

    client, _ = first_step()
    secret, codes = set_up(client)
    stored = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert not any(one in stored for one in codes)
    locked = lock("x", "test")
    with pytest.raises(KeysError, match="django-9-00000000"):
        unlock("django-9-00000000:" + locked.partition(":")[2], "test")
    with pytest.raises(KeysError, match="cannot be decrypted"):
        unlock(locked, "other")


def test_wrong_codes_lock_like_wrong_passwords(user: User) -> None:
    """Six digits cannot be guessed: five failures lock, whichever factor failed."""
    client, _ = first_step()
    secret, _ = set_up(client)
    client, _ = first_step()
    for _ in range(5):
        client.post("/login/code/", {"code": "000000"})
    assert client.post("/login/code/", {"code": code(secret)}).status_code == 429
    assert first_step()[1].status_code == 429


@override_settings(SECOND_FACTOR_ROLES=frozenset({"administrator"}))
def test_role_that_needs_a_factor_is_led_to_it_and_nowhere_else(boss: User) -> None:
    """Outside the demonstration: who sees much or decides on accounts has two factors."""
    client, _ = first_step("i.duval")
    for path in ("/", "/tokens/", "/users/", "/travellers/"):
        assert client.get(path).headers["Location"] == "/account/", path
    assert (
        "second factor"
        in client.get("/account/", headers={"Accept-Language": "en"}).content.decode()
    )
    set_up(client)
    assert client.get("/tokens/").status_code == 200


def test_adding_a_factor_asks_for_the_password_again_later(user: User) -> None:
    """A desk left open for five minutes does not give its finder a lasting way in."""
    client, _ = first_step()
    session = client.session
    for record in (records := session["account_authentication_methods"]):
        record["at"] -= 301
    session["account_authentication_methods"] = records
    session.save()
    assert client.get("/account/app/").headers["Location"].startswith("/account/confirm/")
    wrong = {"password": "wrong wrong wrong", "next": "/account/app/"}
    assert client.post("/account/confirm/", wrong).status_code == 422
    right = {"password": PASSWORD, "next": "/account/app/"}
    assert client.post("/account/confirm/", right).headers["Location"] == "/account/app/"
    assert client.get("/account/app/").status_code == 200


def test_administrator_takes_lost_factors_away(user: User, boss: User) -> None:
    """Sessions end with it; one's own are not taken away like this."""
    from vedette.apps.accounts import actions

    client, _ = first_step()
    set_up(client)
    standing_by(boss, lambda: actions.reset_factors(boss, user))
    assert client.get("/").status_code == 302
    assert first_step()[1].headers["Location"] == "/home/"
    with pytest.raises(actions.NotPossible):
        actions.reset_factors(boss, boss)


def standing_by(who: User, act: object) -> None:
    from django.db import transaction

    from vedette.apps.accounts.rules import set_scope

    with transaction.atomic():
        set_scope(who)
        act()


def test_each_way_of_confirming_leads_on(user: User) -> None:
    """By code where there is an app; the pages of the three ways name each other."""
    client, _ = first_step()
    secret, codes = set_up(client)
    assert "/account/confirm/code/" in client.get("/account/confirm/").content.decode()
    assert client.get("/account/confirm/key/").status_code == 302
    wrong = client.post(
        "/account/confirm/code/", {"code": "000000", "next": "/account/app/remove/"}
    )
    assert wrong.status_code == 422
    right = client.post(
        "/account/confirm/code/", {"code": code(secret), "next": "/account/app/remove/"}
    )
    assert right.headers["Location"] == "/account/app/remove/"
    assert client.get("/account/recovery/new/").status_code == 200
    assert client.post("/account/recovery/new/").headers["Location"] == "/account/recovery/"
    assert codes[0] not in client.get("/account/recovery/").content.decode()
    assert client.post("/account/app/remove/").headers["Location"] == "/account/"
    assert "account.factor_remove" in acts()
    assert first_step()[1].headers["Location"] == "/home/"
