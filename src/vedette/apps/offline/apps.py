"""The Django app for field entries, which are recorded on a device without a network."""

from __future__ import annotations

from django.apps import AppConfig


class OfflineConfig(AppConfig):
    """The configuration of the app.

    The label of the app is `offline`, so the tables are named `offline_…`.
    """

    name = "vedette.apps.offline"
