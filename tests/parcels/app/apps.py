"""Registered as `parcels`; tables are named `parcels_…`."""

from django.apps import AppConfig


class ParcelsConfig(AppConfig):
    """The app of the kind."""

    name = "tests.parcels.app"
    label = "parcels"
    default_auto_field = "django.db.models.BigAutoField"
