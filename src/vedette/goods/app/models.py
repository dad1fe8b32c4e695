"""Declarations and their goods items, and their values in clear text."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

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

    @property
    def id(self) -> UUID:
        """The id of the subject."""
        return self.subject_id

    @property
    def hit(self) -> Any:
        """Returns the hit of the subject, or None if the subject has no hit."""
        return getattr(self.subject, "hit", None)


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
    #: The texts beside the description that control lists read.
    further = ArrayField(models.TextField(), default=list)
    restricted = models.BooleanField(default=False)
    #: Every element with its stamp (`vedette.core.statements`).
    state = models.JSONField()

    class Meta:
        managed = False
        db_table = "goods_itemclear"
