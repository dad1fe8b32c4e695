"""Oversight: what the data-protection officer and the auditor read."""

from django.apps import AppConfig


class OversightConfig(AppConfig):
    """Registered as `oversight`; tables are named `oversight_…`."""

    name = "vedette.apps.oversight"
    label = "oversight"
    default_auto_field = "django.db.models.BigAutoField"
