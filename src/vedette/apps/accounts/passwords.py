"""Counts failed attempts to sign in by client address and name, and checks passwords against a file
of breached passwords without network access.

The file is the Pwned Passwords download: one line `SHA1:COUNT` for each password, in upper-case hexadecimal,
sorted by hash. Binary search reads about 30 lines of the 40 GB.
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
    """The address of the client. `X-Forwarded-For` is used only if a proxy of `TRUSTED_PROXIES`
    sent it. The result is then its last address that is not such a proxy, because a client can
    forge the addresses before that address.
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
    """The keyed token of the typed name. Attempts are counted by this token, and the name itself is
    not stored.
    """
    name = (credentials or {}).get("username") or request.POST.get("username", "")
    return keyring().token("sign-in", str(name).strip().casefold()).hex()


def named(request: HttpRequest) -> User | None:
    """The account with the typed name, if there is one."""
    name = request.POST.get("username", "").replace("\0", "").strip()
    return User.objects.filter(username__iexact=name).first()


def unchanged(
    request: HttpRequest, response: HttpResponse, credentials: Mapping[str, Any] | None = None
) -> HttpResponse:
    """Returns the response unchanged, because the pages of vedette inform a user who is locked out."""
    return response


def locked_out(request: HttpRequest, user: User | None = None) -> bool:
    """Whether this name is locked at this address, as far as known in this request."""
    if user is not None:
        return not AxesProxyHandler.is_allowed(request, {"username": user.get_username()})
    return bool(getattr(request, "axes_locked_out", False))


def minutes() -> int:
    """Duration of a lock in minutes."""
    return int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)


def factor_failed(request: HttpRequest, user: User) -> None:
    """Counts a wrong second factor like a wrong password."""
    _failed(request, user)
    refused("account.factor_refused", user)


def agrees(request: HttpRequest, user: User, given: str) -> bool:
    """Whether `given`, which the user typed into a page, is the password of `user`. Wrong passwords
    are counted and lock the name as at sign-in.
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
    """A copy of the request without form and address, which would otherwise be stored with the count."""
    bare = HttpRequest()
    names = {"REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "HTTP_USER_AGENT"} & request.META.keys()
    bare.META = {name: request.META[name] for name in names}
    return bare


_HASH = 40
#: Maximum length of a line: a hash, a colon, a count and the line end.
_LONGEST_LINE = 80


class BreachedPasswordValidator:
    """Refuses a password whose hash is in the file of `VEDETTE_BREACHED_PASSWORDS`, if that is set."""

    def validate(self, password: str, user: object = None) -> None:
        """Raises `ValidationError` for a breached password, `ImproperlyConfigured` if the file cannot be
        read."""
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
        """The text shown where a password is asked for, and where it is refused."""
        return gettext(
            "This password appears in a known data breach. Choose a password that you use nowhere"
            " else."
        )


def holds(file: BinaryIO, digest: bytes) -> bool:
    """Whether a line of the sorted `file` begins with `digest` (40 upper-case hexadecimal characters)."""

    def hash_from(offset: int) -> bytes:
        """The hash of the first line that begins at or after `offset`. At the end of the file, the
        result is a text that sorts after every hash.
        """
        file.seek(max(0, offset - 1))
        if offset:
            file.readline(_LONGEST_LINE)
        return file.readline(_LONGEST_LINE)[:_HASH] or b"~"

    size = os.fstat(file.fileno()).st_size
    return hash_from(bisect_left(range(size), digest, key=hash_from)) == digest
