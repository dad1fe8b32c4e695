"""The formats of messages about cash."""

from __future__ import annotations

from vedette.core.kind import Reader

READERS: tuple[Reader, ...] = ()
