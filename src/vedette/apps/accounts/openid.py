"""Sign-in by OpenID Connect with the issuer named in the settings. Id tokens are verified as section 3.1.3.7
of OpenID Connect Core requires.

The library allauth implements the state, PKCE and the exchange of the code. However, allauth sends
no nonce and does not verify the signature of a token that was fetched over TLS. This module
therefore sends and checks a nonce, and verifies the signature of the token.
"""

from __future__ import annotations

from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from requests import RequestException

__all__ = ["Provider", "Refused", "RequestException", "answer", "nonce", "verified"]

#: Permitted signature algorithms. Algorithms with a shared secret and "none" are not permitted.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
#: Permitted difference between the clocks of issuer and server, in seconds.
LEEWAY_S = 30
_REASONS = (
    (jwt.ExpiredSignatureError, "expired"),
    (jwt.InvalidAudienceError, "audience"),
    (jwt.InvalidIssuerError, "issuer"),
)


class Refused(OAuth2Error):
    """An answer of the sign-in service failed a check. `reason` is the code of the failed check."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def nonce(state: str) -> str:
    """Returns the nonce of a sign-in: a keyed hash of the state. A state belongs to one session and is used
    once.
    """
    return salted_hmac("vedette.oidc.nonce", state, algorithm="sha256").hexdigest()


def verified(token: str, keys: dict[str, Any], issuer: str, client: str, state: str) -> str:
    """Returns the subject of an id token. Raises `Refused` if the signature, the issuer, the
    audience, the time or the nonce is wrong. `keys` is the issuer's JSON Web Key Set.
    """
    try:
        header = jwt.get_unverified_header(token)
        found = [k for k in jwt.PyJWKSet.from_dict(keys).keys if k.key_id == header.get("kid")]
        if not found or header.get("alg") not in ALGORITHMS:
            raise Refused("signature")
        claims = jwt.decode(
            token, found[0].key, algorithms=[header["alg"]], audience=client, issuer=issuer,
            leeway=LEEWAY_S, options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )  # fmt: skip
    except jwt.PyJWTError as error:
        raise Refused(
            next((r for kind, r in _REASONS if isinstance(error, kind)), "signature")
        ) from error
    if not constant_time_compare(str(claims.get("nonce", "")), nonce(state)):
        raise Refused("nonce")
    # With several audiences, the token must name this client as authorised party.
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != client:
        raise Refused("audience")
    return str(claims["sub"])


class Client(OAuth2Client):
    """The client of allauth, extended to send a nonce."""

    def get_redirect_url(self, authorization_url: str, scope: Any, extra_params: Any) -> str:
        """Returns the sign-in address of the service, with the nonce."""
        return super().get_redirect_url(
            authorization_url, scope, {**extra_params, "nonce": nonce(str(self.state))}
        )


class Adapter(OpenIDConnectOAuth2Adapter):
    """An adapter of allauth that accepts an answer of the sign-in service only if every check
    succeeds.
    """

    client_class = Client

    @property
    def openid_config(self) -> dict[str, Any]:
        """The configuration document of the issuer (OpenID Connect discovery). Raises `Refused` if the
        document names another issuer.
        """
        config: dict[str, Any] = super().openid_config
        if config.get("issuer") != self.get_provider().app.settings["issuer"]:
            raise Refused("issuer")
        return config

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """Returns the address to which the service redirects users after sign-in."""
        return request.build_absolute_uri(reverse("oidc_callback"))

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        """Returns the sign-in (an object of the library allauth) of the user whom the id token identifies. No
        other data of the answer is read or stored.
        """
        answer = kwargs["response"].get("id_token")
        if not isinstance(answer, str):
            raise Refused("signature")
        with get_adapter().get_requests_session() as session:
            response = session.get(self.openid_config["jwks_uri"])
            response.raise_for_status()
            keys = response.json()
        state = request.GET.get("state", "")
        subject = verified(answer, keys, app.settings["issuer"], app.client_id, state)
        return self.get_provider().sociallogin_from_response(request, {"sub": subject})


class Provider(OpenIDConnectProvider):
    """The organisation's sign-in service, as configured in the settings."""

    id = "oidc"
    name = "OpenID Connect"
    oauth2_adapter_class = Adapter
    pkce_enabled_default = True

    def get_default_scope(self) -> list[str]:
        """Returns the scope `openid`, which requests the identity and no profile data."""
        return ["openid"]

    def extract_extra_data(self, data: Any) -> dict[str, Any]:
        """Stores no data."""
        return {}


def answer(request: HttpRequest) -> HttpResponse:
    """Returns the HTTP response to the answer of the sign-in service."""
    response: HttpResponse = OAuth2CallbackView.adapter_view(Adapter(request, "oidc"))(request)
    return response
