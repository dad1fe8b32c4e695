"""Tokens and first passwords: nobody acts in another's name, not even the administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import Client
from tests.apps.accounts.conftest import PASSWORD

if TYPE_CHECKING:
    from vedette.apps.accounts.models import User

NEW = {"name": "gateway", "days": "30", "rights": ["record.see"]}
CHOSEN = "another horse, another staple"


def _signed_in(username: str, password: str = PASSWORD) -> Client:
    client = Client()
    answer = client.post("/login/", {"username": username, "password": password})
    assert answer.status_code == 302, answer.content
    return client


def _tokens() -> Any:
    from vedette.apps.accounts.models import ApiToken

    return ApiToken.objects.using("intake")


def _change(client: Client, old: str, new: str) -> Any:
    given = {"old_password": old, "new_password1": new, "new_password2": new}
    return client.post("/account/password/", given)


def test_a_token_acts_as_its_maker(user: User) -> None:
    """Made on one's own page, told once, with the own rights only; its maker ends it."""
    client = _signed_in("m.sarr")
    assert client.post("/account/tokens/", {**NEW, "rights": ["message.submit"]}).status_code == 422
    value = client.post("/account/tokens/", NEW).context["value"]
    made = _tokens().get()
    assert (made.user_id, made.own, made.rights) == (user.pk, True, ["record.see"])
    headers = {"Authorization": f"Bearer {value}"}
    assert Client().get("/api/queue", headers=headers).status_code == 200
    assert value not in client.get("/account/tokens/").content.decode()
    assert client.post(f"/account/tokens/{made.pk}/end/").status_code == 302
    assert Client().get("/api/queue", headers=headers).status_code == 401


def test_nobody_makes_a_token_for_another(user: User, boss: User) -> None:
    """Whoever holds its value acts in that name: an administrator sees and ends tokens of others, and
    what is asked for another becomes none of theirs."""
    client = _signed_in("i.duval")
    assert client.post("/tokens/", {**NEW, "user": str(user.pk)}).status_code == 405
    asked = client.post("/account/tokens/", {**NEW, "user": str(user.pk)})
    assert asked.status_code == 422  # an administrator sees no passenger
    assert not _tokens().exists()
    _signed_in("m.sarr").post("/account/tokens/", NEW)
    made = _tokens().get()
    assert client.post(f"/account/tokens/{made.pk}/end/").status_code == 404
    assert "gateway" in client.get("/tokens/").content.decode()
    assert client.post(f"/tokens/{made.pk}/revoke/").status_code == 302
    assert not _tokens().exists()


def test_who_is_no_administrator_ends_only_their_own(user: User, boss: User) -> None:
    """Also past the pages."""
    from vedette.apps.accounts.actions import create_token, revoke_token
    from vedette.apps.accounts.rules import set_scope

    with transaction.atomic():
        set_scope(boss)
        theirs, _ = create_token(boss, "gateway", 30, ["message.submit"])
    with transaction.atomic():
        set_scope(user)
        with pytest.raises(PermissionDenied):
            revoke_token(user, theirs.pk)
    assert _tokens().get().pk == theirs.pk


def test_a_token_is_made_by_whoever_knows_the_password(user: User) -> None:
    """It outlasts the session: a desk left open does not give it away; what was typed is kept."""
    client = _signed_in("m.sarr")
    session = client.session
    for record in (records := session["account_authentication_methods"]):
        record["at"] -= 301
    session["account_authentication_methods"] = records
    session.save()
    assert client.get("/account/tokens/").status_code == 200
    answer = client.post("/account/tokens/", NEW)
    assert answer.headers["Location"].startswith("/account/confirm/")
    assert not _tokens().exists()
    confirmed = client.post("/account/confirm/", {"password": PASSWORD, "next": "/account/tokens/"})
    assert "token-value" in confirmed.content.decode()
    assert _tokens().count() == 1


def _given(boss: User) -> tuple[User, str]:
    from vedette.apps.accounts.actions import Standing, create_user
    from vedette.apps.accounts.rules import set_scope

    standing = Standing("supervisor", None, ("passengers",), ("border",))
    with transaction.atomic():
        set_scope(boss)
        return create_user(boss, "l.okafor", "Lena", "Okafor", standing)


def test_a_given_password_opens_nothing_but_its_change(boss: User) -> None:
    """Its giver still knows it; the same again is no change."""
    _, first = _given(boss)
    client = _signed_in("l.okafor", first)
    for path in ("/", "/flights/", "/account/", "/account/app/", "/account/tokens/"):
        assert client.get(path).headers["Location"] == "/account/password/", path
    assert client.post("/account/tokens/", NEW).headers["Location"] == "/account/password/"
    assert not _tokens().exists()
    page = client.get("/account/password/", headers={"Accept-Language": "en"})
    assert "Until you have a new password, you cannot open any other page" in page.content.decode()
    assert _change(client, first, first).status_code == 422
    assert _change(client, first, CHOSEN).status_code == 302
    assert client.get("/flights/").status_code == 200
    assert _signed_in("l.okafor", CHOSEN).get("/flights/").status_code == 200


def test_who_signs_in_by_a_service_has_no_given_password(boss: User) -> None:
    """They were never told it and cannot change it; its giver must not keep it."""
    from vedette.apps.accounts.actions import link
    from vedette.apps.accounts.models import User
    from vedette.apps.accounts.rules import set_scope

    made, first = _given(boss)
    with transaction.atomic():
        set_scope(boss)
        link(boss, made, "s-7")
    made = User.objects.using("intake").get(pk=made.pk)
    assert (made.has_usable_password(), made.password_given) == (False, False)
    refused = Client().post("/login/", {"username": "l.okafor", "password": first})
    assert refused.status_code == 422
