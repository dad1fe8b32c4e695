"""Protects passwords by two measures. Failed sign-in attempts are counted for each pair of client address and
sign-in name. Passwords are checked, without network access, against a file of breached passwords.

The file is the Pwned Passwords download: one line `SHA1:COUNT` for each password, in upper-case
hexadecimal, sorted by hash. The file is about 40 GB large, and a binary search reads about 30 lines
of it.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
from bisect import bisect_left
from collections.abc import Mapping
from typing import Any, BinaryIO

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from vedette.apps.accounts.acts import refused
from vedette.apps.accounts.models import User
from vedette.apps.keyring import keyring


def client_address(request: HttpRequest) -> str:
    """Returns the address of the client. The header `X-Forwarded-For` is used only if a proxy in
    `TRUSTED_PROXIES` sent the request. If a trusted proxy sent the request, the client address is the last
    address in `X-Forwarded-For` that does not belong to a trusted proxy. A client can forge the earlier
    addresses in `X-Forwarded-For`.
    """
    address = _address(request.META.get("REMOTE_ADDR", ""))
    told = request.headers.get("X-Forwarded-For", "").split(",")
    while _trusted(address) and told:
        before = _address(told.pop().strip())
        if before is None:
            break
        address = before
    return str(address) if address is not None else "0.0.0.0"  # noqa: S104


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _trusted(address: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
    return address is not None and any(
        address in ipaddress.ip_network(network) for network in settings.TRUSTED_PROXIES
    )


def counted_name(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str:
    """Returns a keyed hash of the typed name. Failed attempts are counted under this hash, so that the name
    itself is not stored.
    """
    name = (credentials or {}).get("username") or request.POST.get("username", "")
    return keyring().token("sign-in", str(name).strip().casefold()).hex()


def named(request: HttpRequest) -> User | None:
    """Returns the account with the typed sign-in name, or None."""
    name = request.POST.get("username", "").replace("\0", "").strip()
    return User.objects.filter(username__iexact=name).first()


def unchanged(
    request: HttpRequest, response: HttpResponse, credentials: Mapping[str, Any] | None = None
) -> HttpResponse:
    """Returns the given response of the library allauth unchanged. The pages of vedette show a locked user
    that the name is locked.
    """
    return response


def locked_out(request: HttpRequest, user: User | None = None) -> bool:
    """Whether the sign-in name is locked for the client address. Without `user`, returns whether
    the sign-in of the current request was refused because of a lock.
    """
    if user is not None:
        return not AxesProxyHandler.is_allowed(request, {"username": user.get_username()})
    return bool(getattr(request, "axes_locked_out", False))


def minutes() -> int:
    """Returns the number of minutes for which a sign-in name is locked after too many failures."""
    return int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)


def factor_failed(request: HttpRequest, user: User) -> None:
    """Counts a wrong second factor in the same way as a wrong password."""
    _failed(request, user)
    refused("account.factor_refused", user)


def agrees(request: HttpRequest, user: User, given: str) -> bool:
    """Whether the typed text `given` is the password of `user`. As at sign-in, wrong passwords are
    counted, and too many wrong passwords lock the sign-in name.
    """
    if locked_out(_bare(request), user):
        refused("account.locked_out", user)
        return False
    if user.check_password(given):
        return True
    _failed(request, user)
    refused("account.password_refused", user)
    return False


def _failed(request: HttpRequest, user: User) -> None:
    user_login_failed.send(
        sender=__name__, credentials={"username": user.get_username()}, request=_bare(request)
    )


def _bare(request: HttpRequest) -> HttpRequest:
    """Returns a copy of the request without the form and the URL, which would otherwise be stored
    with the failed attempt.
    """
    bare = HttpRequest()
    names = {"REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "HTTP_USER_AGENT"} & request.META.keys()
    bare.META = {name: request.META[name] for name in names}
    return bare


_HASH = 40
#: Maximum length of a line: a hash, a colon, a count and the line end.
_LONGEST_LINE = 80


class BreachedPasswordValidator:
    """Refuses a password whose hash is in the file `VEDETTE_BREACHED_PASSWORDS`, if this setting is
    not empty.
    """

    def validate(self, password: str, user: object = None) -> None:
        """Raises `ValidationError` for a breached password, and `ImproperlyConfigured` if the file
        cannot be read.
        """
        if settings.BREACHED_PASSWORDS is None:
            return
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        try:
            with open(settings.BREACHED_PASSWORDS, "rb") as file:
                found = holds(file, digest.encode())
        except OSError as error:
            raise ImproperlyConfigured(
                "VEDETTE_BREACHED_PASSWORDS names a file that cannot be read"
            ) from error
        if found:
            raise ValidationError(self.get_help_text(), code="password_breached")

    def get_help_text(self) -> str:
        """Returns the text that is shown next to a password field and when a password is refused."""
        return gettext(
            "This password appears in a known data breach. Choose a password that you use nowhere"
            " else."
        )


def holds(file: BinaryIO, digest: bytes) -> bool:
    """Whether a line of the sorted `file` begins with `digest` (40 upper-case hexadecimal characters)."""

    def hash_from(offset: int) -> bytes:
        """Returns the hash in the first line that begins at position `offset` or later. At the end of the
        file, returns a text that sorts after every hash.
        """
        file.seek(max(0, offset - 1))
        if offset:
            file.readline(_LONGEST_LINE)
        return file.readline(_LONGEST_LINE)[:_HASH] or b"~"

    size = os.fstat(file.fileno()).st_size
    return hash_from(bisect_left(range(size), digest, key=hash_from)) == digest
