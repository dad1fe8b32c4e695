"""Django configuration of oversight by the data-protection officer and the auditor."""

from django.apps import AppConfig


class OversightConfig(AppConfig):
    """Label `oversight`; tables are named `oversight_…`."""

    name = "vedette.apps.oversight"
    label = "oversight"
    default_auto_field = "django.db.models.BigAutoField"
