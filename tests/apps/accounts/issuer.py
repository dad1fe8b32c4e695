"""A small OpenID Connect issuer on the loopback, with a real RSA key, that lies when it is told to."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa


class Issuer:
    """Give out `code`, then answer its exchange with an id token made of `claims` over good ones."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        self.signs_with: Any = self.key
        self.algorithm = "RS256"
        self.claims: dict[str, Any] = {}
        self.exchanged: dict[str, list[str]] = {}
        self.nonce = ""
        self.redirects = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}
        )
        self._thread.start()

    def close(self) -> None:
        """Stops it."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def sign_in(self, location: str) -> dict[str, str]:
        """What a browser brings back: somebody signed in at the address they were sent to."""
        asked = {k: v[0] for k, v in parse_qs(urlsplit(location).query).items()}
        self.nonce = asked["nonce"]
        assert asked["scope"] == "openid"
        assert asked["code_challenge_method"] == "S256"
        return {"code": "abc", "state": asked["state"]}

    def token(self) -> str:
        """The id token."""
        now = int(time.time())
        claims = {
            "iss": self.address, "aud": "vedette", "sub": "s-1", "iat": now, "exp": now + 60,
            "nonce": self.nonce,
        }  # fmt: skip
        return jwt.encode({**claims, **self.claims}, self.signs_with, self.algorithm, {"kid": "k1"})

    def _answer(self, path: str) -> dict[str, Any]:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        if path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return {"keys": [{**public, "kid": "k1", "use": "sig", "alg": "RS256"}]}
        return {"access_token": "t", "token_type": "Bearer", "id_token": self.token()}

    def _handler(issuer) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if issuer.redirects:
                    self.send_response(302)
                    self.send_header("Location", "http://169.254.169.254/latest/")
                    self.end_headers()
                    return
                body = json.dumps(issuer._answer(urlsplit(self.path).path)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                issuer.exchanged = parse_qs(self.rfile.read(length).decode())
                self.do_GET()

            def log_message(self, *args: object) -> None:
                """Requests are not news."""

        return Handler
