"""What a control found: control orders, photographs, seizures and detentions."""

from django.apps import AppConfig


class EnforcementConfig(AppConfig):
    """The configuration of the app. Its label is `enforcement`, so its tables are named `enforcement_…`."""

    name = "vedette.apps.enforcement"

    def ready(self) -> None:
        """Registers the table with texts and photographs for masking, deletion and backup."""
        from vedette.apps.enforcement.tables import SHARED
        from vedette.apps.subjects import tables

        tables.register(SHARED)
