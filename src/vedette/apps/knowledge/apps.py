"""Knowledge: watchlists, their versions and entries, lookouts."""

from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    """Registered as `knowledge`; tables are named `knowledge_…`."""

    name = "vedette.apps.knowledge"
    label = "knowledge"
    default_auto_field = "django.db.models.BigAutoField"
