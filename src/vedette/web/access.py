"""Who reaches what: every page and operation with what it asks for, found on the code itself.

A view says it by `requires`, `signed_in` or `public` (`accounts/rules.py`), an operation of the API by
its `Token`. What says nothing is an error: `scripts/check` fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

from vedette.apps.accounts import rules
from vedette.web.api import operations


class Undeclared(Exception):
    """A route that does not say who may reach it."""


@dataclass(frozen=True)
class Route:
    """One address: a page by its name, or an operation of the API by its method."""

    #: GET or POST for an operation; empty for a page, which says itself what it takes.
    method: str
    #: With placeholders as in the code: `hits/<uuid:pk>/`, `/api/hits/{id}`.
    path: str
    name: str
    #: A right of `rules.RULES`, `rules.PUBLIC` or `rules.SIGNED_IN`.
    asks: str
    #: A further right that posting asks for.
    to_post: str = ""
    #: Whether whoever lacks the right is led to a page of theirs instead of refused.
    leads_on: bool = False


def routes() -> list[Route]:
    """Every page, then every operation of the API. Raises `Undeclared` naming the first without a
    declaration."""
    pages = list(_pages(get_resolver().url_patterns, ""))
    found = [
        *pages,
        *(Route(one["method"], one["path"], one["summary"], one["right"]) for one in operations()),
    ]
    for route in found:
        if route.asks not in (rules.PUBLIC, rules.SIGNED_IN) and route.asks not in rules.RULES:
            raise Undeclared(f"{route.path} says not who may reach it (accounts/rules.py)")
    return found


def _pages(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[Route]:
    told = {re.sub(r"\{\w+\}", "", one["path"]) for one in operations()}
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _pages(pattern.url_patterns, path)
            continue
        if re.sub(r"<[^>]+>", "", f"/{path}") in told:
            continue  # told by its operations, each with a right of its own
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
    """Whether somebody of that role reaches it; an empty role is nobody signed in."""
    if route.asks == rules.PUBLIC:
        return True
    if route.asks == rules.SIGNED_IN:
        return bool(role)
    return role in rules.RULES[route.asks]
