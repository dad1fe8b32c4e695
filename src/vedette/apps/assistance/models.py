"""Models of assistance: requests, missions, diagnostics, action plans, training, certificates and experts.

The rows of a request belong to several organisations: `organisation` is the Member that requests assistance,
and `provider` is the organisation that gives assistance. Row-level security shows the rows to both
organisations, and to the persons who have a role in the request (`apps/sql/assistance.sql`). Only the Member
and the mission can see answers and scores until the Member releases them.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from vedette.apps.hits.models import Owned


def _user(null: bool = False) -> Any:
    return models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=null, related_name="+", db_index=False
    )


class Theme(models.TextChoices):
    """The themes of assistance, as the question bank names them."""

    GLOBAL_SHIELD = "global-shield", _("Programme Global Shield")
    ACES = "aces", _("Strategic trade (ACES)")
    ALPC = "alpc", _("Small arms and light weapons (ALPC)")
    PASSENGERS = "passengers", _("Passengers")
    CASH = "cash", _("Terrorist financing and cash")


class AssistanceRequest(Owned):
    """A request of a Member for assistance. `organisation` is the Member that requests assistance."""

    class State(models.TextChoices):
        """The states of a request (`rights.NEXT`)."""

        DRAFT = "draft", pgettext_lazy("assistance", "draft")
        SENT = "sent", pgettext_lazy("assistance", "sent")
        REFUSED = "refused", pgettext_lazy("assistance", "refused")
        APPROVED = "approved", pgettext_lazy("assistance", "approved")
        MISSION = "mission", pgettext_lazy("assistance", "mission")
        PLAN = "plan", pgettext_lazy("assistance", "action plan")
        FOLLOWUP = "followup", pgettext_lazy("assistance", "follow-up")
        CLOSED = "closed", pgettext_lazy("assistance", "closed")

    #: The name of the Member. Other organisations do not read its row.
    member = models.CharField(max_length=200)
    provider = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    provider_name = models.CharField(max_length=200)
    reference = models.CharField(max_length=40)
    #: The Member and its data are invented. Every page states this.
    invented = models.BooleanField(default=False)
    theme = models.CharField(max_length=20, choices=Theme.choices)
    problem = models.TextField()
    tried = models.TextField(blank=True)
    evidence = models.TextField(blank=True)
    expected = models.TextField(blank=True)
    observe = models.TextField(blank=True)
    contribution = models.TextField(blank=True)
    signatory = models.CharField(max_length=160, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    #: Why the request was approved or refused; what the Member answered to a refusal.
    reason = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    due_at = models.DateTimeField(null=True)
    created_by = _user()
    created_at = models.DateTimeField()
    state_at = models.DateTimeField()
    approved_by = _user(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "reference"], name="assistance_ref"),
        ]
        indexes = [models.Index(fields=["provider", "-created_at"], name="assistance_of_provider")]


class FileAssessment(Owned):
    """One version of the assessment on file of a request. `facts` are the stored facts on which the
    assessment is based: [{source, what, at}]. A version is never changed."""

    request = models.ForeignKey(
        AssistanceRequest, on_delete=models.CASCADE, related_name="assessments"
    )
    number = models.PositiveIntegerField()
    text = models.TextField()
    facts = models.JSONField(default=list)
    by = _user()
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "number"], name="file_assessment_version")
        ]


class Assignment(Owned):
    """A role in the mission of a request, with its start and its end. `organisation` is the organisation of
    the person.
    """

    class Role(models.TextChoices):
        """The roles in a mission."""

        LEADER = "leader", _("team leader")
        ASSESSOR = "assessor", _("assessor")

    request = models.ForeignKey(
        AssistanceRequest, on_delete=models.CASCADE, related_name="assignments"
    )
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=10, choices=Role.choices)
    name = models.CharField(max_length=160)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    #: What the person declared about conflicts of interest, and who checked the declaration.
    conflict = models.CharField(max_length=500, blank=True)
    declared_at = models.DateTimeField(null=True)
    checked_by = _user(null=True)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "user", "role"], name="assignment_once"),
            models.CheckConstraint(
                condition=models.Q(begins_at__lt=models.F("ends_at")), name="assignment_in_order"
            ),
            models.CheckConstraint(
                condition=models.Q(checked_by__isnull=True)
                | ~models.Q(checked_by=models.F("user")),
                name="conflict_checked_by_another",
            ),
        ]
        indexes = [models.Index(fields=["user", "request"], name="assignment_of_user")]


class Mission(Owned):
    """The mission of a request. `organisation` is the provider."""

    request = models.OneToOneField(
        AssistanceRequest, on_delete=models.CASCADE, related_name="mission"
    )
    first = models.DateField()
    last = models.DateField()
    place = models.CharField(max_length=160, blank=True)
    terms = models.TextField()
    #: One line for each point: day and time, and what happens.
    agenda = models.TextField(blank=True)
    documents = models.TextField(blank=True)
    closing_at = models.DateTimeField(null=True)
    by = _user()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(first__lte=models.F("last")), name="mission_in_order"
            )
        ]


class Bank(Owned):
    """One version of a question bank: the content of its file (`vedette/assistance/banks.py`)."""

    version = models.CharField(max_length=40)
    content = models.JSONField()
    by = _user(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "version"], name="bank_version")
        ]


class Diagnostic(Owned):
    """A questionnaire with its answers. `organisation` is the Member."""

    class State(models.TextChoices):
        """The states of a diagnostic. A worker signs a confirmed diagnostic."""

        OPEN = "open", pgettext_lazy("diagnostic", "open")
        ASKED = "asked", pgettext_lazy("diagnostic", "freeze requested")
        CONFIRMED = "confirmed", pgettext_lazy("diagnostic", "confirmed, not signed yet")
        FROZEN = "frozen", pgettext_lazy("diagnostic", "frozen")

    request = models.ForeignKey(
        AssistanceRequest, on_delete=models.CASCADE, related_name="diagnostics"
    )
    number = models.PositiveIntegerField()
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, null=True, related_name="+")
    bank_version = models.CharField(max_length=40)
    #: Whether assessors see the self-assessment of a question only after the mission has answered it.
    hide_self = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    asked_by = _user(null=True)
    asked_at = models.DateTimeField(null=True)
    confirmed_by = _user(null=True)
    confirmed_at = models.DateTimeField(null=True)
    snapshot = models.JSONField(null=True)
    #: When the Member released the scores to the provider.
    shared_at = models.DateTimeField(null=True)
    opened_by = _user()
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "number"], name="diagnostic_number"),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True)
                | ~models.Q(confirmed_by=models.F("asked_by")),
                name="frozen_by_two",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "asked"])
                | models.Q(confirmed_by__isnull=False, asked_by__isnull=False),
                name="frozen_after_confirmation",
            ),
        ]
        indexes = [
            models.Index(
                fields=["confirmed_at"], name="diagnostic_to_sign",
                condition=models.Q(state="confirmed"),
            )
        ]  # fmt: skip


class Entry(Owned):
    """One answer of one person to one question. An entry is never changed. A later entry names the entries on
    which it is based (`vedette/assistance/merging.py`). The device that sends the answer creates the id.
    `organisation` is the organisation of the author.
    """

    class Side(models.TextChoices):
        """Whose answer it is."""

        SELF = "self", _("self-assessment")
        ASSESSED = "assessed", _("assessment")

    diagnostic = models.ForeignKey(Diagnostic, on_delete=models.CASCADE, related_name="entries")
    side = models.CharField(max_length=10, choices=Side.choices)
    question = models.CharField(max_length=100)
    device = models.CharField(max_length=100)
    number = models.PositiveIntegerField()
    author = _user()
    author_name = models.CharField(max_length=160)
    #: The time of the device, which may be wrong, and the time of arrival.
    time = models.DateTimeField()
    at = models.DateTimeField()
    based_on = ArrayField(models.UUIDField(), default=list)
    value = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["diagnostic", "side", "question"], name="entry_of")]


class MissionReport(Owned):
    """The report of a mission about a diagnostic. The row contains only the words of the team leader: the
    numbers are calculated from the answers (`vedette/assistance/reports.py`). `organisation` is the Member,
    which confirms the facts; `confirmed` is the digest of the figures and words that it confirmed."""

    request = models.ForeignKey(AssistanceRequest, on_delete=models.CASCADE, related_name="reports")
    diagnostic = models.OneToOneField(Diagnostic, on_delete=models.CASCADE, related_name="report")
    #: Part of the report → language → text.
    words = models.JSONField(default=dict)
    written_by = _user()
    written_at = models.DateTimeField()
    confirmed = models.CharField(max_length=64, blank=True)
    confirmed_by = _user(null=True)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed="", confirmed_by__isnull=True)
                | ~models.Q(confirmed="")
                & models.Q(confirmed_by__isnull=False, confirmed_at__isnull=False)
                & ~models.Q(confirmed_by=models.F("written_by")),
                name="report_confirmed_by_another",
            )
        ]


class Action(Owned):
    """An action of the plan. `organisation` is the Member. `question` is the question with the gap from which
    the rule proposed the action. `points` is the priority that the rule calculated.
    """

    class State(models.TextChoices):
        """The states of an action. No proposal is accepted automatically."""

        PROPOSED = "proposed", pgettext_lazy("action", "proposed")
        ACCEPTED = "accepted", pgettext_lazy("action", "accepted")
        CHANGED = "changed", pgettext_lazy("action", "changed")
        WAIVED = "waived", pgettext_lazy("action", "waived")
        DONE = "done", pgettext_lazy("action", "done")

    request = models.ForeignKey(AssistanceRequest, on_delete=models.CASCADE, related_name="actions")
    diagnostic = models.ForeignKey(Diagnostic, on_delete=models.CASCADE, related_name="actions")
    question = models.CharField(max_length=100)
    area = models.CharField(max_length=100)
    position = models.PositiveIntegerField()
    gap = models.PositiveSmallIntegerField()
    risk = models.PositiveSmallIntegerField()
    effort = models.PositiveSmallIntegerField()
    points = models.DecimalField(max_digits=6, decimal_places=2)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    text = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    owner = models.CharField(max_length=160, blank=True)
    start = models.DateField(null=True)
    due = models.DateField(null=True)
    cost = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, blank=True)
    donor = models.CharField(max_length=160, blank=True)
    indicator = models.CharField(max_length=300, blank=True)
    #: The evidence of an action that is done, and when it was reported.
    evidence = models.TextField(blank=True)
    done_on = models.DateField(null=True)
    decided_by = _user(null=True)
    decided_at = models.DateTimeField(null=True)
    #: Who of the provider requested that it is published, and who of the Member released it.
    asked_by = _user(null=True)
    asked_at = models.DateTimeField(null=True)
    released_by = _user(null=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["diagnostic", "question"], name="action_of_gap"),
            models.CheckConstraint(
                condition=models.Q(released_by__isnull=True)
                | models.Q(asked_by__isnull=False) & ~models.Q(released_by=models.F("asked_by")),
                name="action_released_by_two",
            ),
            models.CheckConstraint(
                condition=models.Q(state="proposed")
                | models.Q(decided_by__isnull=False, decided_at__isnull=False)
                & ~models.Q(reason=""),
                name="action_decided_by_a_person",
            ),
            models.CheckConstraint(
                condition=models.Q(start__isnull=True)
                | models.Q(due__isnull=True)
                | models.Q(start__lte=models.F("due")),
                name="action_in_order",
            ),
            models.CheckConstraint(
                condition=models.Q(cost__isnull=True) | ~models.Q(currency=""),
                name="action_with_currency",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="done") | ~models.Q(evidence=""),
                name="action_done_with_evidence",
            ),
        ]


class FollowUp(Owned):
    """The follow-up question, six or twelve months after the plan, which asks what has changed. A worker
    sends the question, sends a reminder, and marks a late answer as overdue. `organisation` is the Member.
    """

    request = models.ForeignKey(
        AssistanceRequest, on_delete=models.CASCADE, related_name="followups"
    )
    months = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    asked_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    overdue_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    answered_by = _user(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "months"], name="followup_once")]
        indexes = [
            models.Index(
                fields=["due_on"], name="followup_waiting",
                condition=models.Q(answered_at__isnull=True, overdue_at__isnull=True),
            )
        ]  # fmt: skip


class EquipmentEvent(Owned):
    """One event of the register of equipment (`vedette/assistance/equipment.py`): the purchase of a number of
    pieces, or an event of one piece with its serial number. `organisation` is the Member, which receives the
    equipment. An event is never changed. A wrong event is withdrawn and is then ignored in the calculation.
    """

    class Event(models.TextChoices):
        """The events, in the order in which events of one day are evaluated."""

        ORDERED = "ordered", pgettext_lazy("equipment", "ordered")
        DELIVERED = "delivered", pgettext_lazy("equipment", "delivered")
        ACCEPTED = "accepted", pgettext_lazy("equipment", "accepted after a test")
        REJECTED = "rejected", pgettext_lazy("equipment", "rejected after a test")
        TRAINED = "users_trained", pgettext_lazy("equipment", "users trained")
        IN_USE = "in_use", pgettext_lazy("equipment", "in use")
        MOVED = "moved", pgettext_lazy("equipment", "moved")
        MAINTENANCE = "maintenance", pgettext_lazy("equipment", "in maintenance")
        OUT_OF_ORDER = "out_of_order", pgettext_lazy("equipment", "out of order")
        LOST = "lost", pgettext_lazy("equipment", "lost")

    request = models.ForeignKey(
        AssistanceRequest, on_delete=models.CASCADE, related_name="equipment"
    )
    item = models.CharField(max_length=80)
    event = models.CharField(max_length=14, choices=Event.choices)
    on = models.DateField()
    serial = models.CharField(max_length=60, blank=True)
    place = models.CharField(max_length=160, blank=True)
    #: Pieces of a purchase, or persons who were trained.
    number = models.PositiveIntegerField(default=1)
    note = models.CharField(max_length=300, blank=True)
    by = _user()
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()
    withdrawn_by = _user(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(event="ordered", serial="")
                | ~models.Q(event="ordered") & ~models.Q(serial=""),
                name="equipment_serial",
            ),
            models.CheckConstraint(
                condition=models.Q(number__range=(1, 100_000)), name="equipment_number"
            ),
        ]
        indexes = [models.Index(fields=["request", "item", "serial"], name="equipment_of")]


class Indicator(Owned):
    """An indicator of the results framework of a request.

    `organisation` is the Member. The definition of an indicator is never changed; a wrong indicator is
    withdrawn. `title` contains the title of the indicator by language.
    """

    class Source(models.TextChoices):
        """Where actual values come from: a person enters them, or the system counts them."""

        ENTERED = "entered", pgettext_lazy("indicator", "entered by the Member")
        TRAINED = "trained", pgettext_lazy("indicator", "counted: persons who attended training")
        CERTIFIED = "certified", pgettext_lazy("indicator", "counted: certificates issued")
        EQUIPMENT = "equipment", pgettext_lazy("indicator", "counted: pieces of equipment in use")
        ACTIONS = (
            "actions",
            pgettext_lazy("indicator", "counted: actions of the plan that are done"),
        )

    request = models.ForeignKey(
        AssistanceRequest, on_delete=models.CASCADE, related_name="indicators"
    )
    code = models.CharField(max_length=20)
    title = models.JSONField()
    unit = models.CharField(max_length=40)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.ENTERED)
    baseline_on = models.DateField()
    target_on = models.DateField()
    by = _user()
    at = models.DateTimeField()
    withdrawn_by = _user(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    #: Who of the provider requested that it is published, and who of the Member released it.
    asked_by = _user(null=True)
    asked_at = models.DateTimeField(null=True)
    released_by = _user(null=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request", "code"], condition=models.Q(withdrawn_at__isnull=True),
                name="indicator_code",
            ),
            models.CheckConstraint(
                condition=models.Q(baseline_on__lt=models.F("target_on")), name="indicator_in_order"
            ),
            models.CheckConstraint(
                condition=models.Q(released_by__isnull=True)
                | models.Q(asked_by__isnull=False) & ~models.Q(released_by=models.F("asked_by")),
                name="indicator_released_by_two",
            ),
        ]  # fmt: skip


class IndicatorValue(Owned):
    """A value of an indicator in a period: the total (`sex` and `region` are empty), or the part for one sex
    or one region. `organisation` is the Member. A value is never changed: when a new value is recorded, the
    earlier value is withdrawn."""

    class Period(models.TextChoices):
        """The periods of the results framework, in their order."""

        BASELINE = "baseline", pgettext_lazy("indicator", "Baseline")
        TARGET = "target", pgettext_lazy("indicator", "Target")
        SIX = "m6", pgettext_lazy("indicator", "After 6 months")
        TWELVE = "m12", pgettext_lazy("indicator", "After 12 months")

    request = models.ForeignKey(AssistanceRequest, on_delete=models.CASCADE, related_name="+")
    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="values")
    period = models.CharField(max_length=8, choices=Period.choices)
    sex = models.CharField(max_length=1, blank=True, choices=[("f", _("women")), ("m", _("men"))])
    region = models.CharField(max_length=60, blank=True)
    value = models.DecimalField(max_digits=12, decimal_places=2)
    #: The day to which the value belongs.
    on = models.DateField()
    by = _user()
    at = models.DateTimeField()
    withdrawn_by = _user(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "period", "sex", "region"],
                condition=models.Q(withdrawn_at__isnull=True), name="indicator_value_once",
            ),
            models.CheckConstraint(
                condition=models.Q(value__gte=0) & (models.Q(sex="") | models.Q(region="")),
                name="indicator_value_division",
            ),
        ]  # fmt: skip


class ResultPeriod(Owned):
    """A period of the results framework of a request that is frozen: its values cannot change any more.
    `organisation` is the Member."""

    request = models.ForeignKey(AssistanceRequest, on_delete=models.CASCADE, related_name="+")
    period = models.CharField(max_length=8, choices=IndicatorValue.Period.choices)
    by = _user()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "period"], name="result_period_once")
        ]


class Course(Owned):
    """A course with its modules. `organisation` is the organisation that gives the course. `title` contains
    the title in each language. `modules` contains the modules of the training pack in order: [{id, title,
    minutes}].
    """

    code = models.CharField(max_length=40)
    title = models.JSONField()
    theme = models.CharField(max_length=20, choices=Theme.choices)
    modules = models.JSONField(default=list)
    #: The rule of the certificate: the least attendance and the least result of the post-test, in per cent.
    attendance = models.PositiveSmallIntegerField(default=80)
    passing = models.PositiveSmallIntegerField(default=60)
    invented = models.BooleanField(default=False)
    by = _user()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="course_code")]


class Session(Owned):
    """A session of a course: its days, and the request for which it is given, if there is one."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="sessions")
    request = models.ForeignKey(
        AssistanceRequest, on_delete=models.PROTECT, null=True, related_name="sessions"
    )
    first = models.DateField()
    last = models.DateField()
    place = models.CharField(max_length=160)
    language = models.CharField(max_length=2)
    trainers = models.CharField(max_length=300, blank=True)
    #: The account of the trainer, who records attendance and tests.
    trainer = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    by = _user()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(first__lte=models.F("last")), name="session_in_order"
            )
        ]


class Participant(Owned):
    """A participant of a session. The name is personal data: a worker deletes it at `delete_at`."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="participants")
    code = models.CharField(max_length=12)
    name = models.CharField(max_length=160, blank=True)
    #: The account of the participant, who reads the own results.
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    pre = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    post = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    delete_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "code"], name="participant_code"),
            models.CheckConstraint(
                condition=(models.Q(pre__isnull=True) | models.Q(pre__range=(0, 100)))
                & (models.Q(post__isnull=True) | models.Q(post__range=(0, 100))),
                name="participant_results",
            ),
        ]
        indexes = [
            models.Index(
                fields=["delete_at"], name="participant_named", condition=~models.Q(name="")
            )
        ]


class Attendance(Owned):
    """Whether a participant attended a half-day. A later entry corrects an earlier entry; both are kept."""

    class Half(models.TextChoices):
        """The two halves of a day."""

        MORNING = "am", _("morning")
        AFTERNOON = "pm", _("afternoon")

    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="attendances"
    )
    day = models.DateField()
    half = models.CharField(max_length=2, choices=Half.choices)
    present = models.BooleanField()
    by = _user()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["participant", "day", "half", "-at"], name="attendance_of")]


class Certificate(Owned):
    """A certificate of training.

    The trainer proposes the certificate, a coordinator who is another person issues the certificate, and a
    worker signs the certificate. The token contains the holder's name only as a salted hash.
    """

    class State(models.TextChoices):
        """The states of a certificate."""

        PROPOSED = "proposed", pgettext_lazy("certificate", "proposed")
        APPROVED = "approved", pgettext_lazy("certificate", "approved, not signed yet")
        ISSUED = "issued", pgettext_lazy("certificate", "issued")
        REVOKED = "revoked", pgettext_lazy("certificate", "revoked")

    participant = models.OneToOneField(
        Participant, on_delete=models.PROTECT, related_name="certificate"
    )
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=2)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    proposed_by = _user()
    proposed_at = models.DateTimeField()
    approved_by = _user(null=True)
    approved_at = models.DateTimeField(null=True)
    token = models.TextField(blank=True)
    hash = models.CharField(max_length=32, blank=True, db_index=True)
    issued_at = models.DateTimeField(null=True)
    #: Why it was revoked, who requested it, and who confirmed it.
    why = models.CharField(max_length=300, blank=True)
    revoke_asked_by = _user(null=True)
    revoked_by = _user(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True)
                | ~models.Q(approved_by=models.F("proposed_by")),
                name="certificate_by_two",
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_by__isnull=True)
                | ~models.Q(revoked_by=models.F("revoke_asked_by")),
                name="revocation_by_two",
            ),
            models.CheckConstraint(
                condition=models.Q(state="proposed") | models.Q(approved_by__isnull=False),
                name="certificate_after_approval",
            ),
        ]
        indexes = [
            models.Index(
                fields=["approved_at"], name="certificate_to_sign",
                condition=models.Q(state="approved"),
            )
        ]  # fmt: skip


class CertificateList(Owned):
    """A signed list of issued and revoked certificates. A worker publishes the next list after each
    change."""

    number = models.PositiveIntegerField()
    #: How many certificates and how many revocations the list has.
    issued = models.PositiveIntegerField()
    revoked = models.PositiveIntegerField()
    token = models.TextField()
    #: The published keys at the time of the list (`certificates.read_trust`).
    trust = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="certificate_list_once")
        ]


class Expert(Owned):
    """The profile of an expert. The expert edits the profile. `organisation` is the organisation of the
    expert; `provider` is the organisation that keeps the roster.
    """

    class State(models.TextChoices):
        """The states of an accreditation, from the highest (`experts.STATES`)."""

        RECOGNISED = "recognised", pgettext_lazy("expert", "recognised")
        ACCREDITED = "accredited", pgettext_lazy("expert", "accredited")
        PRE = "pre-accredited", pgettext_lazy("expert", "pre-accredited")

    provider = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    user = models.OneToOneField("accounts.User", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=160)
    #: Country of the administration; themes, languages and regions; Members with which there is a conflict.
    member = models.CharField(max_length=2, blank=True)
    themes = ArrayField(models.CharField(max_length=20), default=list)
    languages = ArrayField(models.CharField(max_length=2), default=list)
    regions = ArrayField(models.CharField(max_length=40), default=list)
    conflicts = ArrayField(models.CharField(max_length=2), default=list)
    #: Periods [first, last] of availability. Empty: always.
    available = models.JSONField(default=list)
    state = models.CharField(max_length=14, choices=State.choices, default=State.PRE)
    state_until = models.DateField(null=True)
    #: Who evaluated the expert.
    referees = ArrayField(models.UUIDField(), default=list)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["provider", "name"], name="expert_roster")]
