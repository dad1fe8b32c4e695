"""Models of questions to experts: the experts of each theme, the questions, and their messages."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import themes
from vedette.apps.enforcement.models.controls import Recorded
from vedette.apps.hits.models import Owned


class Expert(Owned):
    """A user who answers questions about a theme, for the whole organisation. The experts with the lowest
    rank are asked first. If nobody answers in time, the experts with the next rank are asked."""

    theme = models.CharField(max_length=20, choices=themes)
    rank = models.PositiveSmallIntegerField()
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "theme", "user"], name="expert_once"),
            models.CheckConstraint(
                condition=models.Q(rank__gte=1) & models.Q(rank__lte=9), name="expert_rank"
            ),
        ]


class Question(Recorded):
    """A question to the experts of a theme, about a subject, its hit, a control order or a seizure. The texts
    and copies of photographs are in `Asked`. An expert who may not see the hit sees only these texts and
    copies."""

    class Urgency(models.TextChoices):
        """How soon an answer is needed."""

        IMMEDIATE = "immediate", _("immediate: the control cannot continue without the answer")
        TODAY = "today", _("within four hours")
        NORMAL = "normal", _("within two days")

    class State(models.TextChoices):
        """The states of a question."""

        OPEN = "open", _("waits for an answer")
        ANSWERED = "answered", _("answered")
        CLOSED = "closed", _("closed")

    theme = models.CharField(max_length=20, choices=themes)
    urgency = models.CharField(max_length=10, choices=Urgency.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    #: The pairs of theme and purpose of the reasons of the hit that the person who asked saw.
    pairs = models.IntegerField(default=0, db_default=0)
    order_id = models.UUIDField(null=True, db_index=True)
    seizure_id = models.UUIDField(null=True, db_index=True)
    asked_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    asked_at = models.DateTimeField()
    #: When the first answer was due when the question was asked.
    first_due_at = models.DateTimeField()
    #: When the next escalation happens; None if nobody must answer.
    due_at = models.DateTimeField(null=True)
    #: The rank of the experts who are asked now. 0: no expert is left, and the supervisors are asked.
    rank = models.PositiveSmallIntegerField()
    escalations = models.PositiveSmallIntegerField(default=0)
    first_answer_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    #: It increases with each message.
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-asked_at", "-id"], name="question_list"),
            models.Index(
                fields=["due_at"], name="question_due", condition=models.Q(due_at__isnull=False)
            ),
        ]  # fmt: skip


class QuestionMessage(Owned):
    """An event of a question. The text of an event is in `Asked`. A row is changed only by the worker that
    sends the notifications."""

    class Kind(models.TextChoices):
        """What happened."""

        ASK = "ask", _("Question")
        FURTHER = "further", _("Further question")
        ANSWER = "answer", _("Answer")
        ESCALATE = "escalate", _("Not answered in time, so passed on to other persons")
        CLOSE = "close", _("Question closed")

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="messages")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField()
    #: None if a worker acted.
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    #: The rank of the experts who were asked by it.
    rank = models.PositiveSmallIntegerField(default=0)
    told = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["question", "number"], name="question_message_once"),
        ]
        indexes = [
            models.Index(fields=["at"], name="question_untold", condition=models.Q(told=False)),
        ]


class Asked(models.Model):
    """The texts of a message of a question, or the copy of a photograph. The owner of a row is the subject;
    this is also the case in `Clear`. A row is written once and never changed."""

    pk = models.CompositePrimaryKey("subject_id", "record", "retention_class", "month")
    subject_id = models.UUIDField()
    #: The id of the message, or an id computed from those of the question and of the photograph.
    record = models.UUIDField()
    question_id = models.UUIDField()
    retention_class = models.CharField(max_length=20)
    month = models.DateField()
    organisation_id = models.UUIDField()
    #: Name of a text → the text.
    texts = models.JSONField(default=dict)
    #: An encrypted picture (`keyring.lock_bytes`).
    picture = models.BinaryField(null=True)
    restricted = models.BooleanField(default=False)

    class Meta:
        managed = False
        db_table = "enforcement_asked"
