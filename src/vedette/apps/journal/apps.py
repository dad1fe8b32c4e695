"""Django configuration of the journal app."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """Label `journal`."""

    name = "vedette.apps.journal"
    label = "journal"
    default_auto_field = "django.db.models.BigAutoField"
