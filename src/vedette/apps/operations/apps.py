"""Joint operations of several organisations."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """The configuration of the app.

    The label of the app is `operations`, so the tables are named `operations_…`.
    """

    name = "vedette.apps.operations"

    def ready(self) -> None:
        """Registers the approval by a second person of a change of an operation, the texts of outcomes that
        releases show, and the kind of field entries.
        """
        from vedette.apps.accounts.models import Approval
        from vedette.apps.approvals.actions import Doing, register
        from vedette.apps.offline import kinds
        from vedette.apps.operations import field, starting
        from vedette.apps.operations import wording as own
        from vedette.apps.operations.actions import lifecycle
        from vedette.apps.operations.models import Answer
        from vedette.apps.release import wording

        wording.know(
            {"outcome": dict(Answer.Outcome.choices), "confirmed": own.CONFIRMED}
            | starting.words(),
            {"figure": _figure},
        )
        register(
            Approval.Kind.OPERATION,
            Doing(
                "operation.plan",
                "operation.approve",
                lifecycle.carry,
                page="operation",
                later=lifecycle.described,
                named=lifecycle.is_second,
            ),
        )
        kinds.register(field.KIND)


def _figure(id_: str) -> str:
    from vedette.apps.operations.views.reports import label

    return label(id_)
