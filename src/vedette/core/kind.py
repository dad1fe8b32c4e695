"""What a kind of subject brings: the pure part, which needs no Django and no database.

A subject is what gets screened: a traveller's journey, a goods item, a cash movement. Everything after
"stored" (hits, decisions, the queue, retention, links, search) works on subjects and does not know their
kind. What a kind needs of Django stands in its app part (`vedette.apps.subjects.kinds`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of subject. `app` is the dotted name of its app part: a Django app with a module `kind`."""

    name: str
    themes: tuple[str, ...]
    app: str
