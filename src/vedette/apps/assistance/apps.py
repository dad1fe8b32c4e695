"""The Django app of assistance."""

from __future__ import annotations

from django.apps import AppConfig


class AssistanceConfig(AppConfig):
    """The configuration of the app.

    The label of the app is `assistance`, so the tables are named `assistance_…`.
    """

    name = "vedette.apps.assistance"

    def ready(self) -> None:
        """Registers the form with which answers to diagnostics are entered on devices without a network
        connection."""
        from vedette.apps.assistance import field
        from vedette.apps.offline import kinds

        kinds.register(field.KIND)
