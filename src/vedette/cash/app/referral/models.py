"""Models of the referral to the financial intelligence unit: the settings that the unit prescribes, suspicion
reports, and the batches of the routine transmission."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import Purpose, new_id, themes


class IntelligenceUnit(models.Model):
    """One version of the settings that the financial intelligence unit of the organisation prescribes. The
    latest version applies. A stored version is never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    #: The schema (XSD) and the mapping (TOML) of suspicion reports (`cash.goaml.report`).
    schema = models.BinaryField()
    mapping = models.TextField()
    #: The columns of the file of a routine batch (TOML, `cash.routine.read_columns`).
    columns = models.TextField()
    #: Days on which the unit does not work, and the days of the week on which batches are sent (0: Monday).
    holidays = ArrayField(models.DateField(), default=list)
    sends_on = ArrayField(models.PositiveSmallIntegerField(), default=list)
    #: The national variant whose time limit applies (`cash.variants`).
    variant = models.CharField(max_length=20)
    at = models.DateTimeField()
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "number"], name="intelligence_unit_number"
            ),
        ]


class Suspicion(models.Model):
    """A suspicion report about one movement. Only the post that made the report and the data-protection
    officer can see the report (`sql/referral.sql`). Other posts can make separate reports about the same
    movement."""

    class State(models.TextChoices):
        """The states of a report, in their order."""

        DRAFT = "draft", _("draft")
        SENT = "sent", _("sent")
        ACKNOWLEDGED = "acknowledged", _("acknowledged")
        FEEDBACK = "feedback", _("feedback received")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    subject = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="+")
    theme = models.CharField(max_length=20, choices=themes)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    #: The post that made the report; null for users who belong to no unit.
    unit = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    #: Increases with each change, so that two officers do not overwrite each other.
    version = models.PositiveIntegerField(default=1)
    #: The version of the unit's schema by which the last file was built.
    prescribed = models.ForeignKey(
        IntelligenceUnit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    #: The reason of the decision, what the officer adds, the answers of the unit, and the file. All sealed.
    content = models.BinaryField()
    file = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    sent_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    feedback_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "unit", "subject"], name="suspicion_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(state="draft", sent_at__isnull=True)
                | ~models.Q(state="draft")
                & models.Q(sent_at__isnull=False, file__isnull=False),
                name="suspicion_sent_with_file",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["organisation", "-created_at", "-id"], name="suspicion_list")
        ]


class SuspicionAct(models.Model):
    """An entry in the log of actions on suspicion reports (trail). These actions are not recorded in the
    journal. The reason is that people who must not know about a report can see the numbers and counts of
    journal entries (`referral.trail`). An entry contains only ids and codes, and is never changed or deleted.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    #: The post of the report, or of the reader of a list.
    unit = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    #: Counts the entries of the post, from 1.
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    #: A code of `trail.WORDS`.
    what = models.CharField(max_length=20)
    #: The report, which can be deleted before this entry; null for a list.
    report_id = models.UUIDField(null=True)
    #: A keyed hash over the entry and the mark of the entry before it.
    mark = models.BinaryField(max_length=16)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "unit", "number"], name="suspicion_act_number",
                nulls_distinct=False,
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["report_id", "-number"], name="suspicion_act_report")]


class RoutineBatch(models.Model):
    """A batch of the routine transmission: a file with a date."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    prescribed = models.ForeignKey(
        IntelligenceUnit, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    day = models.DateField()
    made_at = models.DateTimeField()
    #: The number of records, and of late records, when the batch was made.
    records = models.PositiveIntegerField()
    late = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "day"], name="routine_batch_day"),
        ]


class RoutineRecord(models.Model):
    """A movement in a batch. The encrypted row is kept for the period `batches.KEPT` after the creation of
    the batch. The row is also deleted if the movement is deleted.
    """

    subject = models.OneToOneField(
        "subjects.Subject", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    batch = models.ForeignKey(RoutineBatch, on_delete=models.PROTECT, related_name="rows")
    number = models.PositiveIntegerField()
    due_on = models.DateField()
    late = models.BooleanField()
    content = models.BinaryField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "batch", "number"], name="routine_record_list"),
            models.Index(fields=["organisation", "-due_on", "subject"], name="routine_record_late",
                         condition=models.Q(late=True)),
        ]  # fmt: skip
