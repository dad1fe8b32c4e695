"""The keys of this installation, where a page or an act needs them."""

from __future__ import annotations

from django.conf import settings

from vedette.keys.ring import Keys


def keyring() -> Keys:
    """The keys that the settings loaded; only what serves nobody runs without them."""
    keys: Keys | None = settings.KEYS
    if keys is None:
        raise RuntimeError("no keys: name their folder in VEDETTE_KEYS")
    return keys
