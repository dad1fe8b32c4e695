"""Failed sign-ins: the client address, the name under which they are counted, and their acts."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse

from vedette.apps.accounts.acts import refused
from vedette.apps.accounts.models import User
from vedette.apps.keyring import keyring


def client_address(request: HttpRequest) -> str:
    """The address of the client. `X-Forwarded-For` is used only if a proxy of `TRUSTED_PROXIES` sent it: then
    its last address that is not such a proxy, because a client can forge those before it."""
    address = _address(request.META.get("REMOTE_ADDR", ""))
    told = request.headers.get("X-Forwarded-For", "").split(",") if _trusted(address) else []
    for one in reversed(told):
        before = _address(one.strip())
        if before is None:
            break
        address = before
        if not _trusted(address):
            break
    return str(address) if address is not None else "0.0.0.0"  # noqa: S104


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _trusted(address: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
    networks = map(ipaddress.ip_network, settings.TRUSTED_PROXIES)
    return address is not None and any(address in network for network in networks)


def counted_name(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str:
    """The keyed token of the typed name: attempts are counted by it, and the name itself is not stored."""
    name = (credentials or {}).get("username") or request.POST.get("username", "")
    return keyring().token("sign-in", str(name).strip().casefold()).hex()


def named(request: HttpRequest) -> User | None:
    """The account with the typed name, if there is one."""
    name = request.POST.get("username", "").replace("\0", "").strip()
    return User.objects.filter(username__iexact=name).first()


def unchanged(
    request: HttpRequest, response: HttpResponse, credentials: Mapping[str, Any] | None = None
) -> HttpResponse:
    """Returns the response unchanged: the pages of vedette inform a locked-out user themselves."""
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
    """Whether `given` is the password of `user`, asked for within a page. Wrong passwords are counted and
    lock the name as at sign-in."""
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
    names = ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "HTTP_USER_AGENT")
    bare.META = {name: request.META[name] for name in names if name in request.META}
    return bare
