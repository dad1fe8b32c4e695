"""Targeting: hits, their reasons, and the decisions of officers."""

from django.apps import AppConfig


class TargetingConfig(AppConfig):
    """Registered as `targeting`; tables are named `targeting_…`."""

    name = "vedette.apps.hits"
    label = "targeting"
    default_auto_field = "django.db.models.BigAutoField"
