"""Hits, their reasons, and the decisions of officers."""

from django.apps import AppConfig


class HitsConfig(AppConfig):
    """Registered as `hits`; tables are named `hits_…`."""

    name = "vedette.apps.hits"
    label = "hits"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The journal tells decisions in words."""
        from vedette.apps.hits.models import Decision
        from vedette.apps.journal import wording

        wording.register(choice=Decision.Choice.choices)
