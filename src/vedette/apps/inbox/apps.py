"""Django configuration of the inbox."""

from django.apps import AppConfig


class InboxConfig(AppConfig):
    """Registered as `inbox`; tables are named `inbox_…`."""

    name = "vedette.apps.inbox"
    label = "inbox"
    default_auto_field = "django.db.models.BigAutoField"
