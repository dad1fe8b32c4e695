"""Intake: messages in, and the spine of bookings, travellers and journeys."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """Registered as `intake`; tables are named `intake_…`."""

    name = "vedette.travellers.app"
    label = "intake"
    default_auto_field = "django.db.models.BigAutoField"
