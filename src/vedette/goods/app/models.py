"""Declarations and their goods items, and their values in clear text."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import Personal, new_id


class Declaration(Personal):
    """A declaration, a manifest or a waybill: the group of its items. It contains no value in clear text that
    identifies a party."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    unit = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    #: declaration, entry_summary, manifest, waybill or report.
    document = models.CharField(max_length=20)
    #: import, export or transit; empty if unknown.
    direction = models.CharField(max_length=10, blank=True)
    #: The customs offices and the UN/LOCODEs that decide which unit serves the declaration, the first first
    #: (`goods.declarations.places`).
    places = ArrayField(models.CharField(max_length=17), default=list)
    #: The declaration with which this one was joined, because a message states the names of both.
    joined_to = models.UUIDField(null=True)
    #: The day of the last statement.
    stated_on = models.DateField()
    #: The stamp of the last statement, as text (`goods.declarations.Group`).
    stated = models.CharField(max_length=100)
    #: The stamps of the last whole statement and of the last cancellation.
    whole = models.JSONField(default=list)
    cancelled = models.JSONField(default=list)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-stated_on", "-id"], name="declaration_day"),
        ]


class DeclarationName(models.Model):
    """A name by which messages find a declaration, as a keyed token: the MRN, or the declarant with the local
    reference. `number` is true for an MRN."""

    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    declaration = models.ForeignKey(Declaration, on_delete=models.CASCADE, related_name="names")
    token = models.BinaryField(max_length=16)
    number = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "token", "declaration"], name="declaration_name_once"
            ),
        ]


class GoodsItem(Personal):
    """A goods item; its id is that of its subject."""

    subject = models.OneToOneField(
        "subjects.Subject", on_delete=models.CASCADE, primary_key=True, db_column="id",
        related_name="goods",
    )  # fmt: skip
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="items")
    unit = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    #: The key of the consignment in its declaration, as a hash, and the number of the item.
    consignment = models.CharField(max_length=32, blank=True)
    number = models.IntegerField()
    #: The first six digits of the declared commodity code.
    hs = models.CharField(max_length=6, blank=True)
    #: False if a later message removed the item.
    present = models.BooleanField(default=True)
    #: Whether criteria of clearance or a random rate were in force when the item was last screened. Then it
    #: has a lane: the strictest of its rows in `Lane`, red if it was drawn at random, or else green.
    assessed = models.BooleanField(default=False)
    #: The keyed token of the importer, by which its earlier items are found. It remains after masking.
    importer = models.BinaryField(max_length=16, null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["organisation", "importer", "-received_at"], name="goods_importer",
                condition=models.Q(importer__isnull=False),
            ),
        ]  # fmt: skip

    @property
    def id(self) -> UUID:
        """The id of the subject."""
        return self.subject_id

    @property
    def hit(self) -> Any:
        """Returns the hit of the subject, or None if the subject has no hit."""
        return getattr(self.subject, "hit", None)


class Lane(models.Model):
    """A criterion of clearance that an item fulfils. `selected` is false if the criterion selects only a
    share of the items and did not select this one. The theme and the purpose are those of the criterion, so
    that a reader sees only the effect of criteria that the reader may see."""

    id = models.BigAutoField(primary_key=True)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    subject = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="+")
    version = models.ForeignKey(
        "profiles.Version", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    lane = models.CharField(max_length=10)
    selected = models.BooleanField()
    theme = models.CharField(max_length=20)
    purpose = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "version"], name="lane_once")]
        indexes = [
            models.Index(fields=["organisation", "lane", "selected"], name="goods_lane_of"),
            models.Index(fields=["version", "-id"], name="goods_lane_version"),
        ]


class DeclarationClear(models.Model):
    """The values of a declaration in clear text (side table)."""

    pk = models.CompositePrimaryKey("declaration_id", "retention_class", "month")
    declaration_id = models.UUIDField()
    retention_class = models.CharField(max_length=20)
    month = models.DateField()
    organisation_id = models.UUIDField()
    #: The MRN, or else the local reference.
    reference = models.TextField(null=True)
    restricted = models.BooleanField(default=False)
    #: Every element with its stamp (`vedette.core.statements`).
    state = models.JSONField()

    class Meta:
        managed = False
        db_table = "goods_declarationclear"


class ItemClear(models.Model):
    """The values of a goods item in clear text (side table)."""

    pk = models.CompositePrimaryKey("item_id", "retention_class", "month")
    item_id = models.UUIDField()
    retention_class = models.CharField(max_length=20)
    month = models.DateField()
    organisation_id = models.UUIDField()
    #: The key of its consignment in the elements of the declaration.
    consignment = models.TextField()
    description = models.TextField(null=True)
    hs = models.TextField(null=True)
    #: The names of all parties.
    names = ArrayField(models.TextField(), default=list)
    #: Hashes of the words by which the search finds the item (`goods.app.rows.word_keys`).
    word_keys = ArrayField(models.IntegerField(), default=list)
    #: The net mass in kilograms, and the value with its currency, which are compared with ordinary trade.
    mass = models.DecimalField(max_digits=40, decimal_places=12, null=True)
    value = models.DecimalField(max_digits=40, decimal_places=12, null=True)
    currency = models.TextField(null=True)
    #: How the item compares with ordinary trade (`goods.trade.Compared.shown`).
    compared = models.JSONField(null=True)
    restricted = models.BooleanField(default=False)
    #: Every element with its stamp (`vedette.core.statements`).
    state = models.JSONField()

    class Meta:
        managed = False
        db_table = "goods_itemclear"


class Baseline(models.Model):
    """A baseline of ordinary trade, or the request to build one. The latest that is ready is used."""

    class State(models.TextChoices):
        """The state of a baseline."""

        WAITING = "waiting", _("waiting")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    #: The user who requested it; None for a scheduled one.
    asked_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    built_at = models.DateTimeField(null=True)
    #: The imported table, until it is read; None for a baseline of stored items.
    table = models.BinaryField(null=True)
    imported = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    #: Why it could not be built: a code of `baselines.PROBLEMS`, with a detail.
    problem = models.CharField(max_length=20, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    #: The number of items, of values that could not be used, and the period.
    items = models.PositiveBigIntegerField(default=0)
    unused = models.PositiveBigIntegerField(default=0)
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    #: The first day of the history of the organisation.
    since = models.DateField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    #: The rates and thresholds with which it was built (`Terms`).
    rates = models.JSONField(default=dict)
    thresholds = models.JSONField(default=list)
    #: The ranges of the unit value, for the page: rows of subheading, band, number and quantiles.
    ranges = models.JSONField(default=list)
    #: The baseline as a text (`screening.anomalies.dump`).
    content = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="baseline_number"),
            models.UniqueConstraint(
                fields=["organisation"], condition=models.Q(state="waiting"),
                name="baseline_one_waits",
            ),
        ]  # fmt: skip


class Terms(models.Model):
    """What an administration states for the comparison with ordinary trade: the common currency, the rates of
    other currencies, and the thresholds below which items may be split."""

    organisation = models.OneToOneField(
        "accounts.Organisation", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    currency = models.CharField(max_length=3, blank=True)
    #: Currency → the value of one unit in the common currency, as text.
    rates = models.JSONField(default=dict)
    #: Rows of measure (mass or value), amount as text, and codes.
    thresholds = models.JSONField(default=list)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
