"""The Django app for field entries, which are recorded on a device without a network."""

from __future__ import annotations

from django.apps import AppConfig


class OfflineConfig(AppConfig):
    """The configuration of the app. Its label is `offline`, so its tables are named `offline_…`."""

    name = "vedette.apps.offline"
