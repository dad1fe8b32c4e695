"""Models of joint operations.

The rows of a closed group belong to several organisations. The column `organisation` names the organisation
that wrote the row. Row-level security permits members of a group to read the rows of the group during their
membership (`apps/sql/operations.sql`). The database checks with its own clock that no message is written
after the end.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from vedette.apps.columns import Purpose
from vedette.apps.enforcement.models import SeizureVersion
from vedette.apps.hits.models import Owned

Marking = SeizureVersion.Marking


class Role(models.TextChoices):
    """The roles in an operation (`rights.ROLES`)."""

    COORDINATOR = "coordinator", _("coordinator")
    SECOND = "second", _("second person")
    CONTACT = "contact", _("contact point")
    DEPUTY = "deputy", _("deputy contact point")
    OBSERVER = "observer", _("observer")
    POST = "post", _("post")


class Mode(models.TextChoices):
    """The modes of transport of an operation."""

    SEA = "sea", _("sea")
    AIR = "air", _("air")
    ROAD = "road", _("road")
    RAIL = "rail", _("rail")
    POST = "post", _("post and express")


def readers() -> list[str]:
    """Returns the roles that can read a group after its end if the plan does not state them."""
    return [Role.COORDINATOR]


class RecipientSet(models.Model):
    """The readers of rows that were released to the same recipients: their owner, the organisations and the
    persons. A row refers to its set, so that the ids of up to 90 organisations are stored and compared only
    once for all rows with the same recipients. A set is never changed: if the recipients of a row change, the
    row refers to another set. Functions of the database write the sets, and the web role cannot read them
    (`apps/sql/operations.sql`). The ids are random, so that nobody can derive the number of sets from them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    operation = models.ForeignKey(
        "operations.Operation", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    #: The owner and the organisations that hold an active copy, in ascending order.
    organisations = ArrayField(models.UUIDField())
    #: The persons who hold an active copy by name, in ascending order.
    persons = ArrayField(models.UUIDField(), default=list)
    #: SHA-256 of both arrays.
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operation", "digest"], name="recipient_set_once"),
        ]
        indexes = [
            GinIndex(fields=["organisations"], name="recipient_set_home", fastupdate=False),
            GinIndex(fields=["persons"], name="recipient_set_person", fastupdate=False),
        ]


class Released(Owned):
    """The base class of rows that the release function sends to other organisations."""

    #: The readers of the row. The database writes the column when a copy is made or recalled
    #: (`apps/sql/operations.sql`). None: no other organisation can read the row.
    recipient_set = models.ForeignKey(
        RecipientSet, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        abstract = True


class Operation(Owned):
    """A joint operation. `organisation` is the coordinating organisation."""

    class State(models.TextChoices):
        """The states of an operation (`rights.NEXT`)."""

        DRAFT = "draft", _("draft")
        PROPOSED = "proposed", _("proposed")
        CALLED = "called", _("invitation sent to the participants")
        PREPARING = "preparing", _("preparation")
        LIVE = "live", _("live phase")
        FOLLOWUP = "followup", _("follow-up")
        DEBRIEF = "debrief", _("debrief")
        CLOSED = "closed", pgettext_lazy("operation", "closed")
        ABANDONED = "abandoned", _("abandoned")

    name = models.CharField(max_length=80)
    reference = models.CharField(max_length=40)
    #: Chosen at creation and never changed.
    exercise = models.BooleanField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    #: Why the operation was abandoned.
    reason = models.CharField(max_length=500, blank=True)
    #: The live phase; the end of the group, after which nobody writes.
    live_from = models.DateTimeField()
    live_until = models.DateTimeField()
    until = models.DateTimeField()
    marking = models.CharField(max_length=12, choices=Marking.choices, default=Marking.AMBER)
    #: The roles that read the group after its end.
    readers_after = ArrayField(models.CharField(max_length=12), default=readers)
    #: The kinds of messages that observers read.
    observed = ArrayField(models.CharField(max_length=12), default=list)
    #: The number of the latest version of the plan, and of the group. The database counts the versions of the
    #: group.
    plan_version = models.PositiveIntegerField(default=0)
    group_version = models.PositiveIntegerField(default=0)
    #: Counts the changes of the state, the times and the marking. An approval names the number at which it
    #: was requested, so that it serves once.
    changes = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    state_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(live_from__lt=models.F("live_until"))
                & models.Q(live_until__lte=models.F("until")),
                name="operation_in_order",
            ),
            models.UniqueConstraint(fields=["organisation", "reference"], name="operation_ref"),
        ]


class Plan(Owned):
    """One version of the plan of an operation. A version is never changed."""

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="plans")
    number = models.PositiveIntegerField()
    threat = models.TextField(blank=True)
    basis = models.CharField(max_length=300)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    #: The agreement (its root) under which the messages of the operation are released, with one of its pairs
    #: of purpose and legal basis. None: only TLP:CLEAR leaves an organisation.
    agreement = models.UUIDField(null=True)
    agreement_purpose = models.CharField(max_length=100, blank=True)
    agreement_basis = models.CharField(max_length=200, blank=True)
    #: The scope: HS codes, substances with the versions of the lists that name them, kinds of goods that are
    #: the target.
    hs = ArrayField(models.CharField(max_length=10), default=list)
    substances = models.TextField(blank=True)
    lists = models.CharField(max_length=300, blank=True)
    targets = ArrayField(models.CharField(max_length=20), default=list)
    modes = ArrayField(models.CharField(max_length=6, choices=Mode.choices), default=list)
    places = models.TextField(blank=True)
    #: The time zone of the operation, and the hour in it at which a situation report ends.
    zone = models.CharField(max_length=40, default="UTC")
    cutoff = models.TimeField()
    tasks = models.TextField(blank=True)
    indicators = models.TextField(blank=True)
    #: When a national implementation plan is due.
    plans_due = models.DateTimeField()
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operation", "number"], name="plan_version"),
        ]


class Participant(Owned):
    """An organisation that is invited to an operation. `organisation` is the invited organisation."""

    class State(models.TextChoices):
        """The states of a participant. Withdrawn and excluded participants cannot return."""

        INVITED = "invited", _("invited")
        ACCEPTED = "accepted", pgettext_lazy("participant", "accepted")
        DECLINED = "declined", pgettext_lazy("participant", "declined")
        WITHDRAWN = "withdrawn", pgettext_lazy("participant", "withdrawn")
        EXCLUDED = "excluded", pgettext_lazy("participant", "excluded")

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="participants")
    #: The name and the country of the organisation. Other organisations do not read its own row.
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.INVITED)
    #: The version of the plan that was answered; what was accepted, if it is a part only; the national legal
    #: basis.
    plan_version = models.PositiveIntegerField(null=True)
    part = models.TextField(blank=True)
    basis = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    #: Whether a worker notified its contact points of the call.
    told = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operation", "organisation"], name="participant_once"),
            models.CheckConstraint(
                condition=~models.Q(state="accepted") | ~models.Q(basis=""),
                name="accepted_with_basis",
            ),
        ]


class Member(Owned):
    """A person in the closed group of an operation, with a role, a start and an end. Other organisations see
    the row as the contact data of the person. To change a membership, the end time of the existing row is set
    and a new row is added. Each change creates a new version of the group.
    """

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=12, choices=Role.choices)
    #: The name, the post and how to reach the person, as the organisation states them.
    name = models.CharField(max_length=160)
    post = models.CharField(max_length=160, blank=True)
    reach = models.CharField(max_length=200, blank=True)
    unit = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    #: The version of the group that began with the row, and the version that ended it. The end by the clock
    #: needs no version.
    since_version = models.PositiveIntegerField()
    until_version = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(begins_at__lte=models.F("ends_at")), name="member_in_order"
            ),
            # One contact point and one deputy of each organisation at a time.
            models.UniqueConstraint(
                fields=["operation", "organisation", "role"], name="member_contact",
                condition=models.Q(role__in=["contact", "deputy"], until_version__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["operation", "user", "role"], name="member_once",
                condition=models.Q(until_version__isnull=True),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["user", "operation"], name="member_of_user")]


class Template(Owned):
    """One version of the form of a kind of message. A version is never changed, so that a message is always
    shown with the version with which it was written (`core/message_forms.py`)."""

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="templates")
    kind = models.CharField(max_length=12)
    number = models.PositiveIntegerField()
    fields = models.JSONField()
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["operation", "kind", "number"], name="template_version"
            ),
        ]


class Message(Released):
    """One version of a message, or of an entry that was not sent yet. An entry that was not sent is part of
    the national record, and only the organisation that recorded it can see it.
    """

    class Kind(models.TextChoices):
        """The kinds of messages (`rights.KINDS`)."""

        WARNING = "warning", _("warning")
        REQUEST = "request", _("request")
        CONTROL = "control", pgettext_lazy("message", "control")
        SEIZURE = "seizure", _("seizure")
        FEEDBACK = "feedback", _("feedback")
        SITREP = "sitrep", _("situation report")
        BROADCAST = "broadcast", _("broadcast")
        HELP = "help", _("help with identification")
        TEST = "test", _("test message")

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    #: The mark of an exercise is a column of the row: no query needs the operation to leave exercises out.
    exercise = models.BooleanField()
    #: The first version of the message; the number of this version; whether this version withdraws it.
    root = models.UUIDField(db_index=True)
    version = models.PositiveIntegerField(default=1)
    withdraws = models.BooleanField(default=False)
    why = models.CharField(max_length=500, blank=True)
    #: Number of the template's version, 0 for a kind without one.
    template = models.PositiveIntegerField(default=0)
    #: Field → value, as text. Nominal values are in `Nominal`.
    values = models.JSONField(default=dict)
    #: The fields in `values`, each between commas: `,hs,place,`. The database fills it, so that a count of
    #: many records need not read the values of each.
    stated = models.TextField(default="", editable=False)
    text = models.TextField(blank=True)
    marking = models.CharField(max_length=12, choices=Marking.choices)
    #: The organisations to which it is addressed. Empty: the whole group.
    recipients = ArrayField(models.UUIDField(), default=list)
    #: The message to which it answers, and the record of the user's own organisation from which it was made.
    about = models.UUIDField(null=True)
    record = models.UUIDField(null=True)
    #: When and where it happened, as the sender states it.
    happened_at = models.DateTimeField()
    place = models.CharField(max_length=160, blank=True)
    #: The figures of a control or a seizure: the kind of goods; how many controls; whether something was
    #: found; the quantity as entered, and in the base unit; whether the goods are the operation's target.
    category = models.CharField(max_length=20, blank=True)
    controls = models.PositiveIntegerField(default=0)
    found = models.BooleanField(null=True)
    quantity = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    unit = models.CharField(max_length=10, blank=True)
    amount = models.DecimalField(max_digits=26, decimal_places=9, null=True)
    base = models.CharField(max_length=10, blank=True)
    target = models.BooleanField(null=True)
    #: A warning: the hour until which it is useful; when it is passed on.
    useful_until = models.DateTimeField(null=True)
    deputy_at = models.DateTimeField(null=True)
    unit_at = models.DateTimeField(null=True)
    #: −1: nobody was notified yet; otherwise the level of `warnings.py` that it reached.
    escalated = models.SmallIntegerField(default=-1)
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    by_name = models.CharField(max_length=160)
    by_organisation = models.CharField(max_length=200)
    at = models.DateTimeField()
    #: When it reached the group; None: it is only in the national record.
    sent_at = models.DateTimeField(null=True)
    group_version = models.PositiveIntegerField(default=0)
    #: Why it could not be sent; when the coordinator took it into the final report.
    late_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["root", "version"], name="message_version"),
            models.CheckConstraint(
                condition=models.Q(quantity__isnull=True) | models.Q(quantity__gt=0),
                name="message_quantity",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="warning") | models.Q(useful_until__isnull=False),
                name="warning_until",
            ),
        ]
        indexes = [
            models.Index(fields=["operation", "-sent_at", "-id"], name="message_list"),
            models.Index(
                fields=["operation", "kind", "-happened_at", "-id"], name="message_counted",
                condition=models.Q(kind__in=["control", "seizure"]),
            ),
            models.Index(
                fields=["operation", "useful_until", "id"], name="message_useful",
                condition=models.Q(kind="warning"),
            ),
            models.Index(
                fields=["useful_until"], name="warning_open",
                condition=models.Q(kind="warning", sent_at__isnull=False, escalated__lt=2),
            ),
            models.Index(
                fields=["sent_at"], name="message_untold",
                condition=models.Q(escalated=-1, sent_at__isnull=False)
                & models.Q(kind__in=["test", "broadcast", "request", "help", "feedback"]),
            ),
            models.Index(
                fields=["by", "operation", "at"], name="message_unsent",
                condition=models.Q(sent_at__isnull=True, late_at__isnull=True),
            ),
            models.Index(
                fields=["organisation", "-late_at"], name="message_late",
                condition=models.Q(late_at__isnull=False),
            ),
        ]  # fmt: skip


class Nominal(Owned):
    """The nominal values of a message. Only the organisation that wrote the message can read the nominal
    values. The nominal values are never sent with the message. A worker deletes the values after the
    retention period of the national record.
    """

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="nominal")
    values = models.JSONField()
    delete_at = models.DateTimeField(db_index=True)
    #: When the data-protection officer erased the values, and on what ground.
    erased_at = models.DateTimeField(null=True)
    erased_why = models.CharField(max_length=500, blank=True)


class Shown(Owned):
    """An earlier message that a member who joined later may read, because the coordinator selected it."""

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "message"], name="shown_once")]


class Receipt(Owned):
    """Records that a person opened a message, or answered a test message."""

    class What(models.TextChoices):
        """The action that the person took."""

        OPENED = "opened", pgettext_lazy("receipt", "opened")
        ANSWERED = "answered", pgettext_lazy("receipt", "answered")

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="receipts")
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=160)
    what = models.CharField(max_length=10, choices=What.choices)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "user", "what"], name="receipt_once"),
        ]


class Answer(Released):
    """The answer to a warning. A later answer replaces an earlier answer, and both are kept."""

    class Outcome(models.TextChoices):
        """The outcomes of a warning."""

        NOTHING = "nothing", _("controlled, nothing found")
        FOUND = "found", _("controlled, found")
        NOT_CONTROLLED = "not_controlled", _("not controlled")
        TOO_LATE = "too_late", _("arrived too late")

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="answers")
    outcome = models.CharField(max_length=14, choices=Outcome.choices)
    reason = models.CharField(max_length=1000)
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    by_name = models.CharField(max_length=160)
    by_organisation = models.CharField(max_length=200)
    at = models.DateTimeField()


class Comparison(Owned):
    """The decision of a person on whether two records describe the same event. The decision refers to
    versions of the records. If one of the records changes, the pair is proposed again. Each organisation
    makes its own decision; if it decides again, the latest decision applies. Nothing is merged.
    """

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="+")
    #: The versions that the person compared; `one` has the smaller id.
    one = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+", db_index=False)
    same = models.BooleanField()
    why = models.CharField(max_length=500)
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(one__lt=models.F("other")), name="comparison_in_order"
            ),
        ]


class NationalPlan(Owned):
    """One version of the national implementation plan of a participant, with its risk profiles. The plan
    counts as received when it is stored, because the coordinator can then read it.
    """

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="nationals")
    number = models.PositiveIntegerField()
    text = models.TextField()
    profiles = models.TextField(blank=True)
    #: By when each post confirms the receipt.
    due_at = models.DateTimeField()
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["operation", "organisation", "number"], name="national_version"
            ),
        ]


class PlanReceipt(Owned):
    """Records that a national plan was sent to a post, and that the post confirmed the receipt."""

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="+")
    plan = models.ForeignKey(NationalPlan, on_delete=models.CASCADE, related_name="receipts")
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "unit"], name="plan_to_unit")]


class Report(Released):
    """A situation report of one participant, or the consolidated situation report of the operation. A
    confirmed report does not change.
    """

    class State(models.TextChoices):
        """The states of a report."""

        DRAFT = "draft", _("draft")
        SENT = "sent", pgettext_lazy("report", "sent")

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="reports")
    consolidated = models.BooleanField()
    number = models.PositiveIntegerField()
    cutoff_at = models.DateTimeField()
    #: The records that were known at this time are counted.
    known_at = models.DateTimeField()
    state = models.CharField(max_length=6, choices=State.choices, default=State.DRAFT)
    #: Id of a figure → its value, as text.
    figures = models.JSONField(default=dict)
    #: Figures of earlier reports that changed: id, cut-off, value before, value now.
    corrections = models.JSONField(default=list)
    #: Names of the participants whose report is missing.
    late = models.JSONField(default=list)
    remark = models.TextField(blank=True)
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    by_name = models.CharField(max_length=160)
    by_organisation = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["operation", "organisation", "consolidated", "number"], name="report_number"
            ),
        ]


class Publication(Owned):
    """A published figure about the operation, with its source. The final report shows the published figure
    beside the figure that was counted from the records, and beside the values that other publications state
    for this figure.
    """

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="publications")
    #: What was counted, in the words of the publication.
    measure = models.CharField(max_length=160)
    #: The id of the figure of the final report that it is about, or empty.
    figure = models.CharField(max_length=120, blank=True)
    value = models.DecimalField(max_digits=26, decimal_places=9)
    unit = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=500)
    note = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    #: When the coordinator took it out of the next draft. The row stays.
    removed_at = models.DateTimeField(null=True)


class Confirmation(Owned):
    """The confirmation by a participant that its own figures for the final report, as counted at a given
    time, are correct.
    """

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="confirmations")
    #: Id of a figure → its value, as text.
    figures = models.JSONField()
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["operation", "organisation", "-at"], name="confirmation_latest"),
        ]


class Final(Released):
    """A version of the final report. A second person approves exactly this content (`vedette_final_digest`).
    The version is then sent to the participants. An approved version does not change.
    """

    class State(models.TextChoices):
        """The states of a final report."""

        DRAFT = "draft", _("draft")
        APPROVED = "approved", pgettext_lazy("report", "approved")
        SENT = "sent", pgettext_lazy("report", "sent")

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="finals")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    #: Records that happened before the cut-off and were known at this time are counted.
    cutoff_at = models.DateTimeField()
    known_at = models.DateTimeField()
    #: Id of a figure → its value, as text.
    figures = models.JSONField(default=dict)
    #: `labels`: id of a figure → name of the goods, as typed; `records`: id → number of records;
    #: `participants`: who confirmed; `publications`.
    content = models.JSONField(default=dict)
    summary_en = models.TextField(blank=True)
    summary_fr = models.TextField(blank=True)
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()
    approved_by_name = models.CharField(max_length=160, blank=True)
    approved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operation", "number"], name="final_number"),
        ]
