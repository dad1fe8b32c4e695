"""Contains the models of retention profiles and of the proofs of retention runs. The proofs contain numbers
and no personal data.

Two tables of this app have no model (`apps/sql/side_tables.sql`). The table `retention_vault` contains masked
values, and `retention_unmasked` contains rows that are unmasked for a limited time.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import new_id


class RetentionProfile(models.Model):
    """The periods of one retention class, with their legal basis. The table is append-only. A
    change is stored as a new version.

    The periods are in days from the receipt of the data.
    """

    class Trigger(models.TextChoices):
        """The event at which the periods begin by law."""

        RECEIPT = "receipt", _("receipt")
        DEPARTURE = "departure", _("departure")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    retention_class = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=100)
    #: Key of the template of this profile (`actions.templates`).
    template = models.CharField(max_length=20)
    trigger = models.CharField(max_length=10, choices=Trigger.choices)
    mask_after = models.PositiveIntegerField()
    #: The periods of subjects without an objective link, and of subjects with an objective link.
    delete_after = models.PositiveIntegerField()
    keep_after = models.PositiveIntegerField()
    #: What is masked (`Tables.masked`).
    fields = ArrayField(models.CharField(max_length=40))
    basis = models.CharField(max_length=300)
    source = models.CharField(max_length=300)
    active_from = models.DateField()
    created_at = models.DateTimeField(auto_now_add=True)
    #: The approval, which contains both persons. It is None for a profile that was created with the
    #: installation.
    approval = models.ForeignKey(
        "accounts.Approval", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "retention_class", "version"], name="retention_version"
            ),
            models.CheckConstraint(
                condition=models.Q(mask_after__lte=models.F("delete_after"))
                & models.Q(delete_after__lte=models.F("keep_after")),
                name="retention_in_order",
            ),
        ]


class Run(models.Model):
    """One retention run, and its result."""

    class State(models.TextChoices):
        """The states of a run. A run that was killed stays in the state `running`, and the next run
        continues its work.
        """

        RUNNING = "running", _("running")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    #: The run handles data that is due on this day or before.
    until = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    #: Why the run was refused or failed: `clock`, `kinds`, `key`, `busy`, or the type of an error.
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-started_at"], name="run_recent")]


class Proof(models.Model):
    """The proof of one step of a retention run on one partition. The table is append-only."""

    class Deed(models.TextChoices):
        MASKED = "masked", _("masked")
        KEPT = "kept", _("kept for an objective link")
        DELETED = "deleted", _("deleted")
        DESTROYED = "destroyed", _("key destroyed")

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="proofs")
    at = models.DateTimeField()
    deed = models.CharField(max_length=10, choices=Deed.choices)
    table = models.CharField(max_length=63)
    retention_class = models.CharField(max_length=20)
    month = models.DateField()
    rows = models.PositiveBigIntegerField(default=0)
    key_id = models.CharField(max_length=60, blank=True)
    #: Statistics about the deleted rows: numbers by outcome.
    counts = models.JSONField(default=dict)


class Masking(models.Model):
    """A detached partition that is being copied to the vault, and the progress of the copy."""

    apart = models.CharField(max_length=63, primary_key=True)
    parent = models.CharField(max_length=40)
    retention_class = models.CharField(max_length=20)
    #: None for the partition `rest`, which has rows of several months.
    month = models.DateField(null=True)
    total = models.PositiveBigIntegerField()
    #: The number of copied blocks of the partition, and the number of copied rows.
    block = models.PositiveBigIntegerField(default=0)
    copied = models.PositiveBigIntegerField(default=0)
