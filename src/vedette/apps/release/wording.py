"""Words of releases for the pages."""

from __future__ import annotations

from typing import Any

from django.utils.translation import pgettext_lazy

#: Type of an object (`core/releasable.py`) → its word.
TYPES: dict[str, Any] = {
    "seizure": pgettext_lazy("object", "seizure"),
    "control": pgettext_lazy("object", "control"),
    "warning": pgettext_lazy("object", "warning"),
    "request": pgettext_lazy("object", "request"),
    "feedback": pgettext_lazy("object", "feedback"),
    "sitrep": pgettext_lazy("object", "situation report"),
    "broadcast": pgettext_lazy("object", "broadcast"),
    "help": pgettext_lazy("object", "help with identification"),
    "notice": pgettext_lazy("object", "pre-export notice"),
    "photograph": pgettext_lazy("object", "photograph"),
    "relationship": pgettext_lazy("object", "relationship"),
    "comment": pgettext_lazy("object", "comment"),
    "receipt": pgettext_lazy("object", "receipt"),
    "sighting": pgettext_lazy("object", "sighting"),
    "recall": pgettext_lazy("object", "recall"),
    "agreement": pgettext_lazy("object", "agreement"),
}
