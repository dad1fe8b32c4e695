"""Daily figures that workers take from the journal, findings, what was noted, and transfers.

None holds a name of a traveller. Figures stay when what they count is deleted: the statistics of
Directive 2016/681 art. 20 are asked for a year, and travellers go after six months.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import Purpose, new_id

_ORGANISATION: dict[str, Any] = {
    "on_delete": models.PROTECT,
    "related_name": "+",
    "db_index": False,
}


class Rolled(models.Model):
    """One day of an organisation whose acts and decisions were counted, and when: once that is after
    the day's end, the day is not counted again."""

    organisation = models.ForeignKey("accounts.Organisation", **_ORGANISATION)
    day = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "day"], name="rolled_once"),
        ]


class Tally(models.Model):
    """How often one user did one kind of looking on one day, by hour."""

    class Kind(models.TextChoices):
        """What was looked at, or how; `looking.KINDS` says which acts."""

        PERSON = "person", _("persons opened")
        SEARCH = "search", _("searches")
        FLIGHT = "flight", _("passenger lists")
        PRINT = "print", _("prints")
        EXPORT = "export", _("exports")
        UNMASKED = "unmasked", _("unmasked persons opened")

    organisation = models.ForeignKey("accounts.Organisation", **_ORGANISATION)
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    count = models.PositiveIntegerField()
    #: Twenty-four counts, by hour of UTC.
    hours = ArrayField(models.PositiveIntegerField(), size=24)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "day", "user", "kind"], name="tally_once"
            ),
        ]


class Figure(models.Model):
    """One number of one day that stays: travellers expected, hits, decisions, answers by list."""

    class Kind(models.TextChoices):
        """What is counted (`counting.py`)."""

        TRAVELLERS = "travellers", _("travellers on flights that landed")
        RAISED = "raised", _("hits raised")
        DECIDED = "decided", _("hits decided")
        AGAIN = "again", _("of these decided before")
        IDENTIFIED = "identified", _("identified for further examination")
        FALSE = "false", _("false matches")
        ANOTHER = "another", _("reasons answered “another person”")
        UNSURE = "unsure", _("reasons answered “cannot tell”")
        SAME = "same", _("reasons answered “the same person”")

    organisation = models.ForeignKey("accounts.Organisation", **_ORGANISATION)
    day = models.DateField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    #: Id of the watchlist; None where the figure is not of one.
    of_list = models.UUIDField(null=True)
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "day", "kind", "of_list"],
                name="figure_once",
                nulls_distinct=False,
            ),
        ]


class Finding(models.Model):
    """Something of one day that a person should look at: a question, never an answer."""

    class Kind(models.TextChoices):
        """`unusual.py` says what each is and from when on."""

        OWN_NAME = "own_name", _("own name")
        COLLEAGUE = "colleague", _("name of a colleague")
        MANY = "many", _("one record, many readers")
        VOLUME = "volume", _("far more than usual")
        HOURS = "hours", _("unusual hours")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", **_ORGANISATION)
    day = models.DateField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    #: Whose looking it is; None where it is about a record.
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    #: Id of the record, of a colleague, or of the act; empty where it is about the whole day.
    subject = models.CharField(max_length=60, blank=True)
    #: Numbers of its sentence.
    params = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "day", "kind", "user", "subject"],
                name="finding_once",
                nulls_distinct=False,
            ),
        ]


class Noted(models.Model):
    """That the data-protection officer took note of a finding or of an unmasking: append-only."""

    class Outcome(models.TextChoices):
        """What the officer says to it; the grounds are on the journal, sealed."""

        SEEN = "seen", _("taken note of")
        EXPLAINED = "explained", _("explained")
        FOLLOWED = "followed", _("followed up")

    class About(models.TextChoices):
        """What is noted."""

        FINDING = "finding", _("finding")
        UNMASK = "unmask", _("unmasking")

    organisation = models.ForeignKey("accounts.Organisation", **_ORGANISATION)
    about = models.CharField(max_length=10, choices=About.choices)
    subject = models.UUIDField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["organisation", "about", "subject"], name="noted_of")]


class Transfer(models.Model):
    """That what a decided hit shows was given to another authority: append-only.

    The register outlives hit and decision, so it refers to them by id alone.
    """

    class Kind(models.TextChoices):
        """Who received it (Directive 2016/681 art. 7, 9, 10 and 11)."""

        NATIONAL = "national", _("national authority")
        MEMBER = "member", _("passenger information unit of another state")
        EUROPOL = "europol", _("Europol or another international body")
        THIRD = "third", _("authority of a third state")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", **_ORGANISATION)
    hit = models.UUIDField()
    decision = models.UUIDField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    receiver = models.CharField(max_length=120)
    #: ISO 3166 alpha-2 of the receiver; empty for an international body.
    country = models.CharField(max_length=2, blank=True)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    #: Law and article.
    basis = models.CharField(max_length=200)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-at"], name="transfer_recent"),
            models.Index(fields=["hit"], name="transfer_of"),
        ]
