"""Defines the Django app of the kind "traveller"."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TravellersConfig(AppConfig):
    """Configures the Django app. The label of the app is `travellers`, so the tables of the app are named
    `travellers_…`."""

    name = "vedette.travellers.app"
    label = "travellers"

    def ready(self) -> None:
        """Registers the texts about travellers that the pages of messages and the journal show."""
        from vedette.apps.inbox.wording import register
        from vedette.apps.journal import wording as journal
        from vedette.apps.subjects.models import Identifier
        from vedette.travellers.app.messages import MESSAGES
        from vedette.travellers.kind import NAME

        register(NAME, MESSAGES)
        journal.register(
            {
                "flight.search": _("search in the manifest of a flight"),
                "flight.see": _("flight and its manifest viewed"),
            },
            kind=Identifier.Kind.choices,
            by=[("locator", pgettext_lazy("detail", "locator"))],
        )
