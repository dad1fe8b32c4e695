"""Hits, their reasons, and the decisions of officers."""

from django.apps import AppConfig


class HitsConfig(AppConfig):
    """Registered as `hits`; tables are named `hits_…`."""

    name = "vedette.apps.hits"
    label = "hits"
    default_auto_field = "django.db.models.BigAutoField"
