"""Upkeep: limits on rates, the workers' heartbeats, figures for monitoring."""

from django.apps import AppConfig


class UpkeepConfig(AppConfig):
    """Registered as `upkeep`; tables are named `upkeep_…`."""

    name = "vedette.apps.upkeep"
    label = "upkeep"
    default_auto_field = "django.db.models.BigAutoField"
