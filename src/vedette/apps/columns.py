"""Columns that several apps share: local times, time-ordered ids, and what the law asks of a row."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

# The migrations know it by this name.
from vedette.core.ids import new_id as new_id


class LocalDateTimeField(models.Field):
    """A time in the zone of the airport it belongs to, without that zone (`timestamp`, naive)."""

    def db_type(self, connection) -> str:
        """PostgreSQL's `timestamp`: the only type that does not convert."""
        return "timestamp without time zone"


class Theme(models.TextChoices):
    """The five themes of the brochure."""

    PASSENGERS = "passengers", _("Passenger controls")
    GLOBAL_SHIELD = "global_shield", _("Programme Global Shield")
    STRATEGIC = "strategic", _("STCE")
    SMALL_ARMS = "small_arms", _("SALW")
    CASH = "cash", _("Terrorist financing")


class Purpose(models.TextChoices):
    """What personal data may be used for (Directive 2016/681 art. 1 (2) and 6 (2); ICAO Annex 9, 9.25)."""

    TERRORISM = "terrorism", _("Terrorist offences")
    SERIOUS_CRIME = "serious_crime", _("Serious crime")
    BORDER = "border", _("Border and customs control")


class Personal(models.Model):
    """What every table with personal data carries from the first migration on."""

    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    theme = models.CharField(max_length=20, choices=Theme.choices, default=Theme.PASSENGERS)
    purpose = models.CharField(max_length=20, choices=Purpose.choices, default=Purpose.BORDER)
    retention_class = models.CharField(max_length=20, default="passenger")
    #: First day of the month in which the retention clock started; side tables are partitioned by it.
    month = models.DateField()
    received_at = models.DateTimeField()

    class Meta:
        abstract = True
