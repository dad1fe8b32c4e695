"""The themes of a reason that several themes share.

A list may serve several themes, for example all programmes for goods. Its reasons then have one shared theme,
which the readers of each of these themes see. A reason therefore always has one theme.
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
    """Returns the theme of a reason that the readers of each of these themes see. If no shared theme has
    exactly these themes, returns the first of them."""
    wanted = frozenset(themes)
    return next((name for name, some in SHARED.items() if some == wanted), next(iter(themes), ""))


def reader_themes(own: Iterable[str]) -> list[str]:
    """Returns the themes of the reasons that a reader of these themes sees: the own themes, and the shared
    themes that contain one of them."""
    mine = list(dict.fromkeys(own))
    return [*mine, *(name for name, some in SHARED.items() if not some.isdisjoint(mine))]
