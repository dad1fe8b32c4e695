"""Hits, their reasons, and the decisions of officers."""

from django.apps import AppConfig


class HitsConfig(AppConfig):
    """The configuration of the app. The label of the app is `hits`, so the tables are named `hits_…`."""

    name = "vedette.apps.hits"

    def ready(self) -> None:
        """Registers the names of the decisions for the pages of the journal, and the tables of hits
        for masking, deletion and backup.
        """
        from vedette.apps.hits.models import Decision
        from vedette.apps.hits.tables import SHARED
        from vedette.apps.journal import wording
        from vedette.apps.subjects import tables

        wording.register(choice=Decision.Choice.choices)
        tables.register(SHARED)
