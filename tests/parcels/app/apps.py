"""Registered as `parcels`; tables are named `parcels_…`."""

from django.apps import AppConfig


class ParcelsConfig(AppConfig):
    """The app of the kind."""

    name = "tests.parcels.app"
    label = "parcels"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The pages of messages show parcels as well."""
        from tests.parcels.app.messages import MESSAGES

        from vedette.apps.inbox.wording import register

        register("parcel", MESSAGES)
