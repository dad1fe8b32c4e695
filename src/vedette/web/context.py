"""Template variables of every page: the navigation bar, the display settings, the version, and whether the
data is synthetic."""

from __future__ import annotations

from functools import cache
from typing import cast

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from vedette import __version__
from vedette.apps import display
from vedette.apps.accounts.models import User
from vedette.apps.approvals import actions, glass
from vedette.apps.desk.notifications import unread_count
from vedette.apps.upkeep import pauses
from vedette.web import help, navigation


def page(request: HttpRequest) -> dict[str, object]:
    """Returns `demo` (whether the data is synthetic), `theme` (light, dark, or empty for the theme of the
    operating system) and `vedette_version`. `bar` contains the links of the bar, and `zone` is the time zone
    of the workplace. `help_page` is the name of the page for which help is offered.

    The result also contains the number of approvals that the user may decide, the scheduled tasks that are
    waiting, and the active emergency accesses. The values about approvals, scheduled tasks and emergency
    accesses are computed only if a page uses them.
    """
    theme = getattr(request, "theme", "") or request.COOKIES.get("theme", "")
    return {
        "demo": settings.DEMO,
        "theme": theme if theme in ("light", "dark") else "",
        "vedette_version": __version__,
        "waiting_count": cache(
            lambda: actions.waiting(request.user).count() if request.user.is_authenticated else 0
        ),
        "bar": SimpleLazyObject(lambda: navigation.bar(request)),
        "zone": display.zone,
        "help_page": _help_page(request),
        "unread_notices": cache(
            lambda: unread_count(request.user) if request.user.is_authenticated else 0
        ),
        "mails": bool(settings.EMAIL_HOST),
        "pauses": SimpleLazyObject(lambda: pauses.waiting(cast(User, request.user))),
        "loud": SimpleLazyObject(lambda: list(glass.to_see()[:5])),
    }


def _help_page(request: HttpRequest) -> str:
    match = request.resolver_match
    name = (match.url_name if match else "") or ""
    return name if help.of(name) else "home"
