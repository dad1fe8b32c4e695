"""Retention profiles, and what runs did: rows of numbers, never of persons.

The vault (`retention_vault`) and what is unmasked for a while (`retention_unmasked`) are tables of
their own, partitioned and not logged (`apps/sql/side_tables.sql`).
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import new_id


class RetentionProfile(models.Model):
    """How long one retention class is kept, as one law has it: append-only, a change is a version.

    Periods are days from the first day of the month in which the clock of a row started.
    """

    class Trigger(models.TextChoices):
        """What starts the clock."""

        RECEIPT = "receipt", _("receipt")
        DEPARTURE = "departure", _("departure")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    retention_class = models.CharField(max_length=20, default="passenger")
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=100)
    #: Key of the template it was made from (`profiles.TEMPLATES`).
    template = models.CharField(max_length=20)
    trigger = models.CharField(max_length=10, choices=Trigger.choices)
    mask_after = models.PositiveIntegerField()
    #: For persons without an objective link, and for those with one.
    delete_after = models.PositiveIntegerField()
    keep_after = models.PositiveIntegerField()
    #: Names of `profiles.FIELDS` that are masked.
    fields = ArrayField(models.CharField(max_length=40))
    basis = models.CharField(max_length=300)
    source = models.CharField(max_length=300)
    active_from = models.DateField()
    created_at = models.DateTimeField(auto_now_add=True)
    #: Who asked and who allowed; None for the first, which the installation brings.
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
    """One retention run: what it was asked for, and how it ended."""

    class State(models.TextChoices):
        """A run that was killed stays `running`; the next one goes on where it stood."""

        RUNNING = "running", _("running")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    #: Last day of which what is due is dealt with.
    until = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    #: Why it was refused or failed: a code, `clock`, `key`, `busy`, or the kind of an error.
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-started_at"], name="run_recent")]


class Proof(models.Model):
    """One thing a run did to one partition: append-only."""

    class Deed(models.TextChoices):
        """What was done."""

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
    #: Statistics that stay of what was deleted: how many, by what came of them.
    counts = models.JSONField(default=dict)


class Masking(models.Model):
    """A partition taken apart and on its way into the vault: where the copying stands."""

    apart = models.CharField(max_length=63, primary_key=True)
    parent = models.CharField(max_length=40)
    retention_class = models.CharField(max_length=20)
    #: None for the rest, whose rows name their month themselves.
    month = models.DateField(null=True)
    total = models.PositiveBigIntegerField()
    #: Blocks of the table's file that are copied, and rows.
    block = models.PositiveBigIntegerField(default=0)
    copied = models.PositiveBigIntegerField(default=0)
