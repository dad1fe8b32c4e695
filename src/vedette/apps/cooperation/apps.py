"""Cooperation between administrations."""

from django.apps import AppConfig


class CooperationConfig(AppConfig):
    """The configuration of the app.

    The label of the app is `cooperation`, so the tables are named `cooperation_…`.
    """

    name = "vedette.apps.cooperation"

    def ready(self) -> None:
        """Registers the display texts for the types of assistance and of answers, which the pages of releases
        show."""
        from vedette.apps.cooperation.models import MutualEvent, MutualRequest
        from vedette.apps.release import wording

        wording.know(
            {
                "assistance": dict(MutualRequest.Assistance.choices),
                "answer": {one.value: one.label for one in MutualEvent.ANSWERS},
            }
        )
