"""The queries about operations, their participants and the persons of their groups."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations import rights
from vedette.apps.operations.models import (
    Member,
    Message,
    NationalPlan,
    Operation,
    Participant,
    Plan,
    PlanReceipt,
    Receipt,
    Role,
)

#: The steps of the readiness matrix, after the acceptance.
STEPS = ("contact", "deputy", "test_contact", "test_deputy", "plan")


def home(user: User) -> uuid.UUID:
    """Returns the organisation of a user who has a right."""
    assert user.organisation_id is not None  # noqa: S101  every right requires one
    return user.organisation_id


def readings() -> dict[str, dict[str, str]]:
    """Maps the id of each operation that the reader may read to the role of the reader and to the time since
    which the reader has had this role.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT vedette_operation_readings()")
        found = cursor.fetchone()[0]
    if isinstance(found, str):
        import json

        found = json.loads(found)
    return dict(found)


def listed(user: User) -> QuerySet[Operation]:
    """Returns the operations that the user may see, the latest first. Exercises are included and are marked
    as exercises.
    """
    return Operation.objects.order_by("-live_from", "-pk")


def real(rows: QuerySet[Operation]) -> QuerySet[Operation]:
    """Leaves out operations that are exercises. Every number that covers several operations is computed from
    the operations that this function returns.
    """
    return rows.filter(exercise=False)


def plan(operation: Operation) -> Plan | None:
    """Returns the latest version of the plan that the reader may see."""
    return operation.plans.order_by("-number").first()


def roles(user: User, operation: Operation) -> list[str]:
    """Returns the roles of the user in the operation that are in force now."""
    at = now()
    if operation.until <= at:
        return []
    found = operation.members.filter(
        user_id=user.pk, until_version=None, begins_at__lte=at, ends_at__gt=at
    ).values_list("role", flat=True)  # fmt: skip
    return [one for one in rights.ROLES if one in set(found)]


def own(user: User, operation: Operation) -> Participant | None:
    """Returns the participant row of the user's organisation."""
    return operation.participants.filter(organisation_id=home(user)).first()


def accepted(operation: Operation) -> QuerySet[Participant]:
    """Returns the participants that accepted the plan, in alphabetical order."""
    return operation.participants.filter(state=Participant.State.ACCEPTED).order_by("name", "pk")


def seconds(operation: Operation) -> QuerySet[Member]:
    """Returns the persons who may approve as second person."""
    return current(operation).filter(role=Role.SECOND)


def current(operation: Operation) -> QuerySet[Member]:
    """Returns the memberships that are in force now."""
    at = now()
    return operation.members.filter(until_version=None, begins_at__lte=at, ends_at__gt=at)


def missing(operation: Operation) -> list[tuple[uuid.UUID, str]]:
    """Returns the prerequisites of the live phase that are not met yet, each with the organisation and the
    step that is missing. The database calls the same function when it refuses to start the live phase.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.organisation, m.step FROM vedette_operation_missing(%s) m"
            " WHERE %s = ANY (vedette_operations_seen())", [operation.pk, operation.pk],
        )  # fmt: skip
        return list(cursor.fetchall())


@dataclass
class Cell:
    """One cell of the readiness matrix."""

    step: str
    done: bool
    who: str = ""
    at: dt.datetime | None = None


@dataclass
class Readiness:
    """One participant in the readiness matrix."""

    participant: Participant
    cells: list[Cell] = field(default_factory=list)

    @property
    def missing(self) -> list[str]:
        """The missing steps."""
        return [one.step for one in self.cells if not one.done]


def readiness(operation: Operation) -> list[Readiness]:
    """Returns the table of participants and prerequisites, with the person and the time of each step."""
    lacking = set(missing(operation))
    members = {(one.organisation_id, one.role): one for one in current(operation)}
    answered = dict(
        Receipt.objects.filter(
            operation=operation, what=Receipt.What.ANSWERED, message__kind=Message.Kind.TEST
        ).order_by("-at").values_list("user_id", "at")
    )  # fmt: skip
    plans = dict(
        NationalPlan.objects.filter(operation=operation).order_by("number")
        .values_list("organisation_id", "at")
    )  # fmt: skip
    found = []
    for one in accepted(operation):
        row = Readiness(one)
        for step in STEPS:
            cell = Cell(step, (one.organisation_id, step) not in lacking)
            member = members.get((one.organisation_id, step.removeprefix("test_")))
            if step == "plan":
                cell.at = plans.get(one.organisation_id)
            elif member is not None:
                cell.who = member.name
                cell.at = (
                    answered.get(member.user_id) if step.startswith("test_") else member.begins_at
                )
            row.cells.append(cell)
        found.append(row)
    return found


def receipts(plan_: NationalPlan) -> list[PlanReceipt]:
    """Returns the posts with their confirmations of receipt; posts without a confirmation come first."""
    return list(
        plan_.receipts.select_related("unit", "confirmed_by").order_by(
            "-confirmed_at", "unit__name"
        )
    )


def overdue(operation: Operation, organisation: uuid.UUID) -> list[PlanReceipt]:
    """Returns the posts of an organisation that did not confirm the receipt of the latest national plan in
    time.
    """
    last = (
        NationalPlan.objects.filter(operation=operation, organisation_id=organisation)
        .order_by("-number").first()
    )  # fmt: skip
    if last is None:
        return []
    late = PlanReceipt.objects.filter(plan=last, confirmed_at=None, due_at__lte=now())
    return list(late.select_related("unit").order_by("unit__name"))


@dataclass(frozen=True)
class Waiting:
    """A pending task of a person: the sentence that describes the task (`wording.WAITING`), the page on which
    the task is done, and the start or due time."""

    what: str
    operation: Operation
    page: str
    id: uuid.UUID
    at: dt.datetime | None = None
    count: int = 1


def latest(rows: QuerySet[Message]) -> QuerySet[Message]:
    """Excludes versions of messages that were replaced by a later version that was sent."""
    # The second condition on the version lets the database read only the few corrections.
    later = Message.objects.filter(
        root=OuterRef("root"), version__gt=OuterRef("version"), sent_at__isnull=False
    ).filter(version__gt=1)
    return rows.filter(~Exists(later))


def unanswered(
    operation: Operation | None = None, to: uuid.UUID | None = None
) -> QuerySet[Message]:
    """Returns the warnings without an answer that the reader may see, the most urgent first. Operations that
    are exercises are included, and are marked as exercises.
    """
    rows = Message.objects.filter(
        kind=Message.Kind.WARNING, sent_at__isnull=False, withdraws=False
    ).exclude(operation__state__in=("closed", "abandoned"))
    if operation is not None:
        rows = rows.filter(operation=operation)
    if to is not None:
        rows = rows.filter(recipients__contains=[to])
    answered = Message.objects.filter(pk=OuterRef("root"), answers__isnull=False)
    return latest(rows).filter(~Exists(answered)).order_by("useful_until", "pk")


def unsent(user: User) -> QuerySet[Message]:
    """Returns the latest version of each message that the user stored in the national record and has not sent
    yet. A withdrawal is included if the message was sent before. Messages of exercises are included and are
    marked as exercises.
    """
    rows = Message.objects.filter(root=OuterRef("root"))
    mine = Message.objects.filter(
        by=user, sent_at=None, late_at=None, operation__state__in=("live", "followup", "debrief")
    )
    return mine.filter(
        ~Exists(rows.filter(version__gt=OuterRef("version"))),
        Q(withdraws=False) | Exists(rows.filter(sent_at__isnull=False)),
    )


def waits(user: User, operation: Operation | None = None) -> list[Waiting]:
    """Returns the user's pending tasks in one operation, or in all operations, the most urgent first."""
    found: list[Waiting] = []
    only = {} if operation is None else {"operation": operation}
    at = now()
    joins, plans = rules.may(user, "operation.join"), rules.may(user, "operation.plan")
    reports = rules.may(user, "operation.report")
    mine = readings()
    if reports:
        found += [
            Waiting("warning", one.operation, "operation-message", one.pk, one.useful_until)
            for one in unanswered(operation, user.organisation_id).select_related("operation")[:50]
        ]
        counts = (
            unsent(user)
            .filter(**only)
            .values_list("operation")
            .annotate(Count("pk"))
            .order_by("operation")
        )
        kept = dict(counts)
        found += [
            Waiting("unsent", one, "operation-send", one.pk, None, kept[one.pk])
            for one in Operation.objects.filter(pk__in=list(kept)).order_by("pk")
        ]
    tests = Message.objects.filter(
        kind=Message.Kind.TEST,
        sent_at__isnull=False,
        operation__state__in=("preparing", "live"),
        **only,
    ).exclude(receipts__user_id=user.pk, receipts__what=Receipt.What.ANSWERED)
    contact = [id_ for id_, one in mine.items() if one["role"] in ("contact", "deputy")]
    found += [
        Waiting("test", one.operation, "operation-message", one.pk, one.sent_at)
        for one in tests.filter(operation_id__in=contact).select_related("operation")[:20]
    ]
    if user.unit_id:
        to_confirm = PlanReceipt.objects.filter(
            unit_id=user.unit_id, confirmed_at=None,
            operation__state__in=("called", "preparing", "live"), **only,
        ).select_related("operation")  # fmt: skip
        found += [
            Waiting("national", one.operation, "operation-national", one.operation_id, one.due_at)
            for one in to_confirm[:20]
        ]
    if joins:
        calls = Participant.objects.filter(
            organisation_id=home(user), state=Participant.State.INVITED,
            operation__state__in=("called", "preparing", "live"), **only,
        ).select_related("operation")  # fmt: skip
        found += [
            Waiting("call", one.operation, "operation", one.operation_id, one.at)
            for one in calls[:20]
        ]
    if plans:
        late = Message.objects.filter(
            late_at__isnull=False, accepted_at=None, operation__organisation_id=home(user),
            operation__state__in=("live", "followup", "debrief"), **only,
        ).values("operation").annotate(n=Count("pk"))  # fmt: skip
        known = {
            one.pk: one
            for one in Operation.objects.filter(pk__in=[row["operation"] for row in late])
        }
        found += [
            Waiting("late", known[row["operation"]], "operation-messages", row["operation"], None, row["n"])
            for row in late if row["operation"] in known
        ]  # fmt: skip
    return sorted(found, key=lambda one: (one.at or at, str(one.id)))


def people(user: User) -> QuerySet[User]:
    """Returns the persons of the user's own organisation who may have a role in an operation."""
    return User.objects.filter(
        Q(role__in=sorted(rules.RULES["operation.see"])), organisation_id=home(user),
        is_active=True, suspended_at=None,
    ).order_by("last_name", "first_name", "pk")  # fmt: skip


def participants(operation: Operation) -> dict[uuid.UUID, str]:
    """Returns the names of the organisations that take part."""
    return dict(operation.participants.values_list("organisation_id", "name"))


def names(known: Mapping[uuid.UUID, str], ids: Sequence[uuid.UUID]) -> list[str]:
    """Returns the names of organisations (`participants`)."""
    return [known.get(one, "–") for one in ids]
