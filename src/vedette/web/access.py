"""Lists every page and API operation with the right that it requires. The rights are read from the code
itself.

A view declares the required right with `requires`, `signed_in` or `public` (`accounts/rules.py`). An API
operation declares the required right with its `Token`. A route without a declaration is an error, and
`scripts/check` fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

from vedette.apps.accounts import rules
from vedette.web.api import operations


class Undeclared(Exception):
    """The error for a route without a declared right."""


@dataclass(frozen=True)
class Route:
    """One route: a page by its name, or an API operation by its method."""

    #: GET or POST for an operation; empty for a page, whose view checks the method.
    method: str
    #: With placeholders as in the code: `hits/<uuid:pk>/`, `/api/hits/{id}`.
    path: str
    name: str
    #: A right of `rules.RULES`, `rules.PUBLIC` or `rules.SIGNED_IN`.
    asks: str
    #: A further right that POST requires.
    to_post: str = ""
    #: Whether a user without the right is redirected to a permitted page instead of refused.
    leads_on: bool = False


def routes() -> list[Route]:
    """Returns every page, and then every API operation. Raises `Undeclared` for the first route without a
    declaration.
    """
    found = [
        *_pages(get_resolver().url_patterns, ""),
        *(Route(one["method"], one["path"], one["summary"], one["right"]) for one in operations()),
    ]
    for route in found:
        if route.asks not in (rules.PUBLIC, rules.SIGNED_IN) and route.asks not in rules.RULES:
            raise Undeclared(f"{route.path} does not declare its right (accounts/rules.py)")
    return found


def _pages(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[Route]:
    told = {re.sub(r"\{\w+\}", "", one["path"]) for one in operations()}
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _pages(pattern.url_patterns, path)
            continue
        if re.sub(r"<[^>]+>", "", f"/{path}") in told:
            continue  # listed by its operations, each with its own right
        view = pattern.callback
        yield Route(
            method="",
            path=path,
            name=pattern.name or "",
            asks=getattr(view, "requires", ""),
            to_post=getattr(view, "to_post", ""),
            leads_on=getattr(view, "leads_on", False),
        )


def allowed(route: Route, role: str) -> bool:
    """Returns whether a user with this role may use the route. An empty role stands for an anonymous user."""
    if route.asks == rules.PUBLIC:
        return True
    if route.asks == rules.SIGNED_IN:
        return bool(role)
    return role in rules.RULES[route.asks]
