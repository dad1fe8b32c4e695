"""Travellers as a kind of subject: the app part."""

from __future__ import annotations

from vedette.apps.subjects.kinds import AppKind

APP = AppKind(name="traveller")
