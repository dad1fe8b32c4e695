"""Hits, their reasons, and the decisions of officers."""

from django.apps import AppConfig


class HitsConfig(AppConfig):
    """Registered as `hits`; tables are named `hits_…`."""

    name = "vedette.apps.hits"
    label = "hits"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Registers the words of decisions with the journal, and the tables with retention."""
        from vedette.apps.hits.models import Decision
        from vedette.apps.hits.tables import SHARED
        from vedette.apps.journal import wording
        from vedette.apps.subjects import tables

        wording.register("choice", Decision.Choice.choices)
        tables.register(SHARED)
