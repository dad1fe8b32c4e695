"""Fetches a file from another server, within limits that the server cannot change.

The address must use https and have no user name. The host name of the URL is resolved once, and every
resulting IP address is checked. The connection is made to one of the checked IP addresses, so that a later
change of the DNS has no effect. Redirects are followed only on the same host. The size of the file and the
total time are limited.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit

#: Maximum total time in seconds, and the maximum time without a byte.
MAX_S, MAX_SILENCE_S = 300.0, 30.0
_REDIRECTS = 3
_STEP = 1 << 16
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class FetchError(Exception):
    """The file could not be fetched. `code` is a key of `subscriptions.ERRORS`. `detail` is the HTTP status,
    if the server returned a status."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


class Fetched(NamedTuple):
    """The response of the server from which a file is fetched. `data` is None if the file has not changed
    since the fetch whose entity tag (ETag) was sent with the request."""

    data: bytes | None
    etag: str
    name: str


def check_url(url: str) -> SplitResult:
    """Returns the parts of a URL. Raises `FetchError` if vedette may not fetch a file from this URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise FetchError("address") from error
    plain = url.isascii() and url.isprintable() and " " not in url
    if (
        parts.scheme != "https" or not parts.hostname or parts.username is not None
        or parts.password is not None or port == 0 or not plain or len(url) > 500
    ):  # fmt: skip
        raise FetchError("address")
    return parts


def shown(url: str) -> str:
    """Returns the address without the user name and without the content of the query, which may be secret."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}{'?…' if parts.query else ''}"


def fetch(
    url: str,
    etag: str = "",
    *,
    most: int,
    allowed: Sequence[Network] = (),
    seconds: float = MAX_S,
) -> Fetched:
    """Fetches a file of at most `most` bytes. `allowed` contains the private networks to which connections
    are permitted.

    Raises `FetchError`.
    """
    ends = time.monotonic() + seconds
    first = check_url(url)
    for _ in range(_REDIRECTS + 1):
        parts = check_url(url)
        if (parts.hostname, parts.port or 443) != (first.hostname, first.port or 443):
            raise FetchError("redirect")
        try:
            answer = _ask(parts, etag, most, allowed, ends)
        except FetchError:
            raise
        except ssl.SSLError as error:
            raise FetchError("late" if time.monotonic() >= ends else "tls") from error
        except TimeoutError as error:
            raise FetchError("late") from error
        except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
            raise FetchError("late" if time.monotonic() >= ends else "connection") from error
        if isinstance(answer, Fetched):
            return answer
        url = urljoin(url, answer)
    raise FetchError("redirect")


def _ask(
    parts: SplitResult, etag: str, most: int, allowed: Sequence[Network], ends: float
) -> Fetched | str:
    """Returns the response to one request, or the URL of a redirect."""
    assert parts.hostname is not None  # noqa: S101  check_url requires it
    port = parts.port or 443
    raw = _connect(parts.hostname, port, allowed, ends)
    context = ssl.create_default_context()
    with context.wrap_socket(
        raw, server_hostname=parts.hostname, do_handshake_on_connect=False
    ) as secure:
        # A timer ends the connection at the time limit, even if single bytes arrive so often that no read
        # reaches its own limit.
        watchdog = threading.Timer(max(ends - time.monotonic(), 0.01), _cut, [secure])
        watchdog.daemon = True
        watchdog.start()
        try:
            secure.do_handshake()
            connection = http.client.HTTPConnection(parts.hostname, port)
            connection.sock = secure
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            headers = {
                "Host": parts.netloc,
                "Accept-Encoding": "identity",
                "User-Agent": "vedette",
                "Connection": "close",
            }
            if etag:
                headers["If-None-Match"] = etag
            connection.request("GET", target, headers=headers)
            with connection.getresponse() as response:
                if response.status == 304 and etag:
                    return Fetched(None, etag, "")
                if response.status in (301, 302, 303, 307, 308):
                    return response.getheader("Location") or ""
                if response.status != 200:
                    raise FetchError("status", str(response.status))
                name = parts.path.rpartition("/")[2][:100] or "list"
                tag = (response.getheader("ETag") or "")[:200]
                return Fetched(_body(response, most, ends), tag, name)
        finally:
            watchdog.cancel()


def _cut(secure: ssl.SSLSocket) -> None:
    """Closes the connection in both directions, so that a read in another thread returns immediately."""
    with suppress(OSError):
        # The method of the TLS socket is not used, because it also deletes the TLS state that the other
        # thread uses.
        socket.socket.shutdown(secure, socket.SHUT_RDWR)


def _connect(host: str, port: int, allowed: Sequence[Network], ends: float) -> socket.socket:
    """Opens a connection to a checked IP address of the host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(place[4][0]) for place in found))
    if not addresses or not all(_may(address, allowed) for address in addresses):
        raise FetchError("private")
    failed: OSError | None = None
    for address in addresses[:4]:
        left = ends - time.monotonic()
        if left <= 0:
            raise FetchError("late")
        try:
            return socket.create_connection((address, port), timeout=min(left, MAX_SILENCE_S))
        except OSError as error:
            failed = error
    raise failed or FetchError("connection")


def _may(address: str, allowed: Sequence[Network]) -> bool:
    one = ipaddress.ip_address(address.partition("%")[0])
    inner = _inner(one) if isinstance(one, ipaddress.IPv6Address) else None
    if any(
        address.version == network.version and address in network
        for network in allowed
        for address in (one, inner)
        if address is not None
    ):
        return True
    last = inner or one
    return last.is_global and not last.is_multicast and not getattr(last, "is_site_local", False)


#: Networks of IPv6 in which a translator or tunnel passes on to an IPv4 address → the number of bits to the
#: right of that address: NAT64, 6to4, and IPv4-compatible addresses.
_TRANSLATED = {
    ipaddress.IPv6Network("64:ff9b::/96"): 0,
    ipaddress.IPv6Network("2002::/16"): 80,
    ipaddress.IPv6Network("::/96"): 0,
}


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Returns the IPv4 address that is contained in an IPv6 address. This IPv4 address is checked instead of
    the IPv6 address. An IPv6 address may appear to be public although its connections are forwarded to a
    private IPv4 address."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    found = (shift for network, shift in _TRANSLATED.items() if address in network)
    shift = next(found, None)
    return None if shift is None else ipaddress.IPv4Address(int(address) >> shift & 0xFFFFFFFF)


def _body(response: http.client.HTTPResponse, most: int, ends: float) -> bytes:
    stated = response.getheader("Content-Length") or ""
    if stated.isdigit() and int(stated[:20]) > most:
        raise FetchError("size")
    data = bytearray()
    while part := response.read1(_STEP):
        data += part
        if len(data) > most:
            raise FetchError("size")
        if time.monotonic() > ends:
            raise FetchError("late")
    if response.length:
        raise FetchError("late" if time.monotonic() > ends else "connection")
    return bytes(data)
