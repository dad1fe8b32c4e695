"""Travellers: the spine of flights, bookings, travellers and journeys."""

from django.apps import AppConfig


class TravellersConfig(AppConfig):
    """Registered as `travellers`; tables are named `travellers_…`."""

    name = "vedette.travellers.app"
    label = "travellers"
    default_auto_field = "django.db.models.BigAutoField"
