"""A parcel, and its clear values."""

from __future__ import annotations

from django.db import models

from vedette.apps.columns import Personal


class Parcel(Personal):
    """The row of a parcel; its id is that of its subject."""

    subject = models.OneToOneField(
        "subjects.Subject", on_delete=models.CASCADE, primary_key=True, db_column="id",
        related_name="parcel",
    )  # fmt: skip
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, null=True, related_name="+")
    stated = models.CharField(max_length=100)


class ParcelClear(models.Model):
    """Clear values of a parcel (side table)."""

    pk = models.CompositePrimaryKey("parcel_id", "retention_class", "month")
    parcel_id = models.UUIDField()
    retention_class = models.CharField(max_length=20)
    month = models.DateField()
    organisation_id = models.UUIDField()
    reference = models.TextField()
    surname = models.TextField()
    given_names = models.TextField()
    date_of_birth = models.DateField(null=True)
    document = models.TextField()
    contents = models.TextField()
    weight_kg = models.FloatField(null=True)
    arrives = models.DateTimeField(null=True)
    restricted = models.BooleanField(default=False)

    class Meta:
        managed = False
        db_table = "parcels_parcelclear"
