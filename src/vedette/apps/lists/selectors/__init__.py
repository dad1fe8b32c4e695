"""Reads of knowledge: lists with what they bring, entries, differences of versions, lookouts."""

from __future__ import annotations

from vedette.apps.lists.selectors.differences import Change, changes, effect, preview
from vedette.apps.lists.selectors.entries import Entries, entries, entry_of, kinds
from vedette.apps.lists.selectors.lists import ListRow, all_lists, brings, list_row, versions
from vedette.apps.lists.selectors.lookouts import Lookouts, lookouts

__all__ = [
    "Change",
    "Entries",
    "ListRow",
    "Lookouts",
    "all_lists",
    "brings",
    "changes",
    "effect",
    "entries",
    "entry_of",
    "kinds",
    "list_row",
    "lookouts",
    "preview",
    "versions",
]
