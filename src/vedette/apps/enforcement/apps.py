"""The app for the results of controls: control orders, photographs, seizures and detentions."""

from django.apps import AppConfig


class EnforcementConfig(AppConfig):
    """The configuration of the app.

    The label of the app is `enforcement`, so the tables are named `enforcement_…`.
    """

    name = "vedette.apps.enforcement"

    def ready(self) -> None:
        """Registers the table with texts and photographs for masking, deletion and backup, and the words of
        codes that releases show."""
        from vedette.apps.enforcement.kinds import KINDS
        from vedette.apps.enforcement.models import SeizureVersion
        from vedette.apps.enforcement.tables import SHARED
        from vedette.apps.release import wording
        from vedette.apps.subjects import tables

        tables.register(SHARED)
        wording.know(
            {
                "kind": KINDS,
                "direction": dict(SeizureVersion.Direction.choices),
                "place_kind": dict(SeizureVersion.PlaceKind.choices),
                "conveyance": dict(SeizureVersion.Conveyance.choices),
                "detection": dict(SeizureVersion.Detection.choices),
                "concealment": dict(SeizureVersion.Concealment.choices),
                "test": dict(SeizureVersion.Test.choices),
            }
        )
