"""Targeting: hits, their reasons, and the decisions of officers."""

from django.apps import AppConfig


class TargetingConfig(AppConfig):
    """Registered as `targeting`; tables are named `targeting_…`."""

    name = "vedette.apps.hits"
    label = "targeting"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The journal tells decisions in words."""
        from vedette.apps.hits.models import Decision
        from vedette.apps.journal import wording

        wording.register("choice", Decision.Choice.choices)
