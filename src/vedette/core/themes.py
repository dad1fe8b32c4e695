"""Shared themes. A shared theme represents several themes whose readers see the same reasons.

A list may serve several themes, for example all programmes for goods. The reasons of such a list then have
one shared theme. The readers of each of these themes see the reasons. A reason therefore always has exactly
one theme.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

#: Shared theme → the themes whose readers see it. The function `vedette_reader_themes` in
#: `apps/sql/scope.sql` has the same content.
SHARED: dict[str, frozenset[str]] = {
    "shield_strategic": frozenset(("global_shield", "strategic")),
    "shield_arms": frozenset(("global_shield", "small_arms")),
    "strategic_arms": frozenset(("strategic", "small_arms")),
    "trade": frozenset(("global_shield", "strategic", "small_arms")),
}


def shared(themes: Collection[str]) -> str:
    """Returns the theme to assign to a reason that the readers of all the given themes may see. If no shared
    theme consists of exactly these themes, returns the first of them."""
    wanted = frozenset(themes)
    return next((name for name, some in SHARED.items() if some == wanted), next(iter(themes), ""))


def reader_themes(own: Iterable[str]) -> list[str]:
    """Returns the themes of the reasons that a reader may see. The result contains the reader's own themes
    and the shared themes that contain one of them."""
    mine = list(dict.fromkeys(own))
    return [*mine, *(name for name, some in SHARED.items() if not some.isdisjoint(mine))]


#: Themes whose subjects are the same data: one declaration of goods serves three programmes. The function
#: `vedette_data_themes` in `apps/sql/scope.sql` has the same content.
TOGETHER: tuple[frozenset[str], ...] = (frozenset(("global_shield", "strategic", "small_arms")),)


def same_data(one: str, other: str) -> bool:
    """Returns whether the subjects of two themes belong to the same shared theme."""
    return one == other or any(one in some and other in some for some in TOGETHER)
