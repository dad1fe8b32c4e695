"""Sign-in by the organisation's own service: a good answer opens, each bad one is named and journalled.

The issuer is a real HTTP server on the loopback with a real RSA key (`issuer.py`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client, override_settings
from tests.apps.accounts.issuer import Issuer

if TYPE_CHECKING:
    from vedette.apps.accounts.models import User


@pytest.fixture
def issuer(user: User, boss: User) -> Iterator[Issuer]:
    """An issuer configured here, with the officer linked to its subject `s-1`."""
    from vedette.web.settings import oidc_app

    running = Issuer()
    oidc = {
        "issuer": running.address,
        "name": "Douanes ID",
        "client_id": "vedette",
        "secret": "hush",
    }
    with override_settings(OIDC=oidc, SOCIALACCOUNT_PROVIDERS=oidc_app(oidc)):
        link(boss, user, "s-1")
        yield running
    running.close()


def link(by: User, user: User, subject: str) -> None:
    from django.db import transaction

    from vedette.apps.accounts import actions
    from vedette.apps.accounts.rules import set_scope

    with transaction.atomic():
        set_scope(by)
        actions.link(by, user, subject)


def acts() -> list[str]:
    from vedette.apps.accounts.models import Act

    return list(Act.objects.using("intake").order_by("id").values_list("act", flat=True))


def answered(client: Client, issuer: Issuer, **changed: str) -> Any:
    sent = client.get("/login/service/", {"next": "/flights/"})
    assert sent.status_code == 302
    return client.get("/login/service/answer/", {**issuer.sign_in(sent["Location"]), **changed})


def refused_with(client: Client, answer: Any, words: str, act: str) -> None:
    assert answer["Location"] == "/login/"
    page = client.get("/login/", headers={"Accept-Language": "en"}).content.decode()
    assert words in page
    assert act in acts()
    assert client.get("/").status_code == 302


def test_a_good_answer_opens_the_linked_account(issuer: Issuer) -> None:
    """PKCE is sent and the page asked for comes next; nothing of the answer is kept but the subject."""
    from allauth.socialaccount.models import SocialAccount

    client = Client()
    assert answered(client, issuer)["Location"] == "/flights/"
    assert client.get("/").status_code == 200
    assert "code_verifier" in issuer.exchanged
    assert SocialAccount.objects.get().extra_data == {}
    assert "account.sign_in" in acts()


HOUR_AGO = {"exp": int(time.time()) - 3600, "iat": int(time.time()) - 7200}


@pytest.mark.parametrize(
    ("claims", "reason", "words"),
    [
        ({"nonce": "of another sign-in"}, "nonce", "belongs to another sign-in"),
        ({"nonce": None}, "nonce", "belongs to another sign-in"),
        ({"aud": "another system"}, "audience", "addressed to another system"),
        ({"aud": ["vedette", "another"]}, "audience", "addressed to another system"),
        ({"iss": "https://evil.example"}, "issuer", "from the configured sign-in service"),
        (HOUR_AGO, "expired", "arrived too late"),
        ({"sub": "nobody"}, "unknown", "not linked to any account"),
    ],
)
def test_an_answer_that_is_not_right_is_refused(
    issuer: Issuer, claims: dict[str, Any], reason: str, words: str
) -> None:
    """OpenID Connect Core 3.1.3.7, check by check; no account is ever made of an answer."""
    from vedette.apps.accounts.models import User

    issuer.claims = claims
    client = Client()
    refused_with(client, answered(client, issuer), words, f"account.oidc_{reason}")
    assert User.objects.count() == 2


def test_a_signature_by_another_key_is_refused(issuer: Issuer) -> None:
    """The token comes over the back channel; its signature is checked all the same."""
    issuer.signs_with = rsa.generate_private_key(65537, 2048)
    client = Client()
    refused_with(
        client,
        answered(client, issuer),
        "The signature of the response does not match",
        "account.oidc_signature",
    )


def test_a_token_without_signature_is_refused(issuer: Issuer) -> None:
    """`alg: none`, and a shared secret where a public key is agreed."""
    client = Client()
    for algorithm, key in (("none", None), ("HS256", "x" * 40)):
        issuer.algorithm, issuer.signs_with = algorithm, key
        refused_with(
            client,
            answered(client, issuer),
            "The signature of the response does not match",
            "account.oidc_signature",
        )


def test_an_answer_serves_once_and_in_its_own_session(issuer: Issuer) -> None:
    """A replayed state, one of another browser, and one made up."""
    client = Client()
    sent = issuer.sign_in(client.get("/login/service/")["Location"])
    assert client.get("/login/service/answer/", sent)["Location"] == "/home/"
    client.post("/logout/")
    again = client.get("/login/service/answer/", sent)
    refused_with(client, again, "already used", "account.oidc_state")
    other = Client()
    sent = issuer.sign_in(client.get("/login/service/")["Location"])
    refused_with(
        other, other.get("/login/service/answer/", sent), "already used", "account.oidc_state"
    )
    refused_with(client, answered(client, issuer, state="x"), "already used", "account.oidc_state")


def test_a_suspended_account_is_refused_whoever_vouches(issuer: Issuer, user: User) -> None:
    from django.utils import timezone

    from vedette.apps.accounts.models import User

    User.objects.filter(pk=user.pk).update(suspended_at=timezone.now())
    client = Client()
    refused_with(client, answered(client, issuer), "suspended", "account.sign_in_failed")


def test_the_server_asks_no_address_but_the_issuers(issuer: Issuer) -> None:
    """No SSRF: a redirect to an inner address is not followed; the request names no address."""
    issuer.redirects = True
    client = Client()
    answer = client.get("/login/service/", {"scope": "email", "auth_params": "prompt=none"})
    refused_with(client, answer, "does not respond", "account.oidc_service")


def test_a_service_that_says_no_is_told_so(issuer: Issuer) -> None:
    client = Client()
    state = issuer.sign_in(client.get("/login/service/")["Location"])["state"]
    answer = client.get("/login/service/answer/", {"error": "access_denied", "state": state})
    refused_with(client, answer, "refused the request or does not respond", "account.oidc_service")


def test_without_settings_there_is_no_such_way(user: User) -> None:
    """Off by default."""
    assert Client().get("/login/service/").status_code == 404
    assert Client().get("/login/service/answer/").status_code == 404


def test_one_identity_opens_one_account(issuer: Issuer, user: User, boss: User) -> None:
    from vedette.apps.accounts.actions import NotPossible

    with pytest.raises(NotPossible, match="taken"):
        link(boss, boss, "s-1")
    link(boss, user, "")
    client = Client()
    refused_with(
        client, answered(client, issuer), "not linked to any account", "account.oidc_unknown"
    )
