"""Fetching from a server on loopback with TLS: what a server may do, and what it may not."""

from __future__ import annotations

import datetime as dt
import http.server
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from vedette.apps.lists import fetching
from vedette.apps.lists.fetching import FetchError, fetch

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


def certificate(folder: Path) -> Path:
    """A certificate for localhost with its key, which is also its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "localhost.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


class Server:
    """A server on loopback. `answer` answers the next requests; `asked` are their headers."""

    def __init__(self, pem: Path) -> None:
        self.answer: Answer = lambda handler: handler.send_error(500)
        self.asked: list[dict[str, str]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(dict(self.headers))
                outer.answer(self)

            def log_message(self, *args: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._server.handle_error = lambda *args: None  # type: ignore[method-assign]
        self.url = f"https://localhost:{self._server.server_address[1]}/list.csv"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    def stop(self) -> None:
        """Ends the server."""
        self._server.shutdown()
        self._server.server_close()

    def gives(self, data: bytes, **headers: str) -> None:
        """Answers with this content from now on."""

        def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(data)))
            for name, value in headers.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(data)

        self.answer = answer


@pytest.fixture
def origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server whose certificate is trusted, on a name that resolves to loopback only."""
    pem = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *a, **k: real("127.0.0.1" if host == "localhost" else host, *a, **k),
    )
    made = Server(pem)
    yield made
    made.stop()


def refused(url: str, **how: object) -> str:
    """The code of the error."""
    with pytest.raises(FetchError) as caught:
        fetch(url, **{"most": 1000, "allowed": LOOPBACK, **how})  # type: ignore[arg-type]
    return caught.value.code


def test_a_file_is_fetched_and_its_tag_asked_for(origin: Server) -> None:
    """The second request names the entity tag; 304 means no change."""
    origin.gives(b"hello", ETag='"one"')
    got = fetch(origin.url, most=1000, allowed=LOOPBACK)
    assert (got.data, got.etag, got.name) == (b"hello", '"one"', "list.csv")

    def unchanged(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(304)
        handler.end_headers()

    origin.answer = unchanged
    assert fetch(origin.url, got.etag, most=1000, allowed=LOOPBACK).data is None
    assert origin.asked[1]["If-None-Match"] == '"one"'


def test_a_private_address_is_refused_before_a_byte_is_sent(origin: Server) -> None:
    """Loopback, link-local, private and mapped addresses, unless their network is allowed."""
    assert refused(origin.url, allowed=()) == "private"
    for host in (
        "10.1.2.3",
        "169.254.169.254",
        "192.168.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "100.64.0.1",
        # IPv4 addresses behind a translator or tunnel of IPv6, and site-local addresses.
        "[64:ff9b::a9fe:a9fe]",
        "[2002:a01:203::1]",
        "[::10.1.2.3]",
        "[fec0::1]",
    ):
        assert refused(f"https://{host}/list", allowed=()) == "private"
    assert not origin.asked


def test_a_name_that_resolves_to_a_public_and_a_private_address_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every address counts, and the connection goes to an address that was checked."""
    asked: list[str] = []

    def resolve(host: str, port: int, **how: object) -> list[object]:
        asked.append(host)
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("93.184.215.14", "127.0.0.1")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert refused("https://lists.example/", allowed=()) == "private"
    connected: list[object] = []

    def connect(address: object, timeout: float) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    assert refused("https://lists.example/") == "connection"
    assert connected == [("93.184.215.14", 443), ("127.0.0.1", 443)]
    assert asked == ["lists.example"] * 2, "the name is resolved once for each fetch"


def test_redirections_stay_on_the_host(origin: Server) -> None:
    """Another host, another port, plain http and a loop are refused; the same host is followed."""

    def to(place: str) -> Answer:
        def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
            handler.send_response(302)
            handler.send_header("Location", place)
            handler.end_headers()

        return answer

    for place, code in (
        ("https://elsewhere.example/list", "redirect"),
        ("https://localhost:1/list", "redirect"),
        ("http://localhost/list", "address"),
        ("/list.csv", "redirect"),
    ):
        origin.answer = to(place)
        assert refused(origin.url) == code

    def once(handler: http.server.BaseHTTPRequestHandler) -> None:
        if handler.path == "/list.csv":
            to("/new.csv")(handler)
        else:
            handler.send_response(200)
            handler.end_headers()
            handler.wfile.write(b"new")

    origin.answer = once
    assert fetch(origin.url, most=1000, allowed=LOOPBACK).data == b"new"


def test_errors_of_the_server(origin: Server) -> None:
    """500, a file that is too large by its header or by its bytes, and a transfer that breaks off."""
    with pytest.raises(FetchError) as caught:
        fetch(origin.url, most=1000, allowed=LOOPBACK)
    assert (caught.value.code, caught.value.detail) == ("status", "500")
    origin.gives(b"x" * 2000)
    assert refused(origin.url) == "size"

    def endless(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(10_000):
            handler.wfile.write(b"x" * 1_000_000)

    origin.answer = endless
    assert refused(origin.url, most=3_000_000) == "size"

    def huge(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(10 * 1024**3))
        handler.end_headers()

    origin.answer = huge
    assert refused(origin.url, most=256 << 20) == "size"

    def broken(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"half")

    origin.answer = broken
    assert refused(origin.url) == "connection"


@pytest.mark.parametrize("part", ["header", "body"])
def test_a_slow_server_is_left_in_time(origin: Server, part: str) -> None:
    """A byte every tenth of a second, in the header or in the body, does not extend the time."""

    def slow(handler: http.server.BaseHTTPRequestHandler) -> None:
        if part == "body":
            handler.send_response(200)
            handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"X")
            handler.wfile.flush()
            time.sleep(0.1)

    origin.answer = slow
    began = time.monotonic()
    assert refused(origin.url, seconds=1.0) == "late"
    assert time.monotonic() - began < 3


def test_the_certificate_counts(origin: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown authority is refused."""
    monkeypatch.delenv("SSL_CERT_FILE")
    origin.gives(b"hello")
    assert refused(origin.url) == "tls"


@pytest.mark.parametrize(
    "url",
    ["http://a.example/", "ftp://a.example/", "https://u:p@a.example/", "https:///x", "https://a b/",
     "https://a.example:99999/", "file:///etc/passwd",
     "https://é.example/", "https://a.example/" + "x" * 500],
)  # fmt: skip
def test_addresses_that_are_never_fetched(url: str) -> None:
    """Only https, without a user name."""
    with pytest.raises(FetchError, match="address"):
        fetching.check_url(url)
