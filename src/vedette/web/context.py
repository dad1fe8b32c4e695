"""What every page knows: the theme chosen, the version, and whether what it shows is synthetic."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from vedette import __version__


def page(request: HttpRequest) -> dict[str, object]:
    """`demo` for the strip, `theme` (light, dark or empty for the system's), `version`."""
    theme = request.COOKIES.get("theme", "")
    return {
        "demo": settings.DEMO,
        "theme": theme if theme in ("light", "dark") else "",
        "version": __version__,
    }
