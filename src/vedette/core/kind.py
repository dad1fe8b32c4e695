"""The definition of a kind of subject that needs no Django and no database.

A subject is a unit of screening: a traveller's journey, a goods item, a cash movement. All functions after
storage (hits, decisions, the queue, retention, links, search) work on subjects of any kind. The Django part
of a kind is in its app (`vedette.apps.subjects.kinds`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of subject. `app` is the dotted name of its Django app, which contains a module `kind`."""

    name: str
    themes: tuple[str, ...]
    app: str
