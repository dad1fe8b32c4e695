"""Django configuration of upkeep: rate limits, heartbeats of the workers, figures for monitoring."""

from django.apps import AppConfig


class UpkeepConfig(AppConfig):
    """Label `upkeep`; tables are named `upkeep_…`."""

    name = "vedette.apps.upkeep"
    label = "upkeep"
    default_auto_field = "django.db.models.BigAutoField"
