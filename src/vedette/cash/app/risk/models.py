"""Models of the anonymised risk information: the form of a half-year, and its pictures."""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models

from vedette.apps.columns import new_id


class RiskForm(models.Model):
    """A form with the risk information of a half-year. If there are several forms for the same half-year,
    they are numbered. The database also enforces the rules about changes of a form and about the second
    person (`sql/risk.sql`).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    year = models.PositiveSmallIntegerField()
    #: A: January to June. B: July to December.
    half = models.CharField(max_length=1)
    number = models.PositiveSmallIntegerField(default=1)
    #: Increases with each change of the content or of the pictures.
    version = models.PositiveIntegerField(default=1)
    #: The content (`forms.Content`), sealed, because a draft can contain a name by mistake.
    content = models.BinaryField()
    #: The users who wrote a version. None of them confirms the form.
    writers = ArrayField(models.UUIDField(), default=list)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    asked_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    #: The second person, who confirms that nobody is recognisable.
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year", "half", "number"], name="cash_risk_form_once"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | models.Q(
                    confirmed_at__isnull=False, confirmed_by__isnull=False, asked_at__isnull=False
                ),
                name="cash_risk_form_confirmed",
            ),
        ]

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """Returns the first and the last day of the half-year."""
        if self.half == "A":
            return dt.date(self.year, 1, 1), dt.date(self.year, 6, 30)
        return dt.date(self.year, 7, 1), dt.date(self.year, 12, 31)


class RiskPicture(models.Model):
    """An encrypted picture of an entry of a form. The picture is encoded again without metadata
    (`core.pictures`)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    form = models.ForeignKey(RiskForm, on_delete=models.PROTECT, related_name="pictures")
    #: The id of the entry in the content of the form.
    entry = models.CharField(max_length=12)
    number = models.PositiveSmallIntegerField()
    data = models.BinaryField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
