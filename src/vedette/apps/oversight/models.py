"""Models of daily figures that workers count from the journal, of findings, notes and transfers.

They contain no names of persons. Figures are kept when the counted data is deleted, because the statistics of
article 20 of Directive 2016/681 cover a year and subjects are deleted earlier.
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
    """A day of an organisation whose acts and decisions were counted, with the time of counting. If that time
    is after the end of the day, the day is not counted again."""

    organisation = models.ForeignKey("accounts.Organisation", **_ORGANISATION)
    day = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "day"], name="rolled_once"),
        ]


class Tally(models.Model):
    """The number of accesses of one kind by one user on one day, by hour."""

    class Kind(models.TextChoices):
        """The kind of access; `accesses.py` and `AppKind.accesses` list the acts of each."""

        PERSON = "person", _("records of persons seen")
        SEARCH = "search", _("searches")
        GROUP = "group", _("lists seen as a whole")
        PRINT = "print", _("prints")
        EXPORT = "export", _("exports")
        UNMASKED = "unmasked", _("records of persons seen unmasked")

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
    """A figure of one day: subjects, hits, decisions, answers by list. A figure is kept when the
    counted data is deleted. A figure that counts subjects has the kind of these subjects in its
    column `kind`.
    """

    class Kind(models.TextChoices):
        """The kind of figure (`daily.py`)."""

        RAISED = "raised", _("hits raised")
        DECIDED = "decided", _("hits decided")
        AGAIN = "again", _("of which decided before")
        IDENTIFIED = "identified", _("identified for further examination")
        FALSE = "false", _("false matches")
        ANOTHER = "another", _("reasons with the answer “another person”")
        UNSURE = "unsure", _("reasons with the answer “cannot tell”")
        SAME = "same", _("reasons with the answer “the same person”")

    organisation = models.ForeignKey("accounts.Organisation", **_ORGANISATION)
    day = models.DateField()
    kind = models.CharField(max_length=20)
    #: Id of the watchlist; None if the figure does not concern a list.
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
    """An unusual access of one day that a person should examine; it proves nothing by itself."""

    class Kind(models.TextChoices):
        """The kinds of findings; `accesses.py` contains their thresholds."""

        OWN_NAME = "own_name", _("the user’s own name")
        COLLEAGUE = "colleague", _("the name of a colleague")
        MANY = "many", _("one record, many readers")
        VOLUME = "volume", _("far more access than usual")
        HOURS = "hours", _("access at unusual hours")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", **_ORGANISATION)
    day = models.DateField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    #: The user whose accesses it concerns; None if it concerns a record.
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    #: Id of the record or of the act; empty if it concerns the whole day.
    subject = models.CharField(max_length=60, blank=True)
    #: The values that its explanation contains.
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
    """A note of the data-protection officer on a finding or an unmasking. The table is append-only."""

    class Outcome(models.TextChoices):
        """The result that the note states. The grounds are encrypted in the journal."""

        SEEN = "seen", _("noted")
        EXPLAINED = "explained", _("explained")
        FOLLOWED = "followed", _("follow-up given")

    class About(models.TextChoices):
        """The kind of object to which the note belongs."""

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
    """A transfer of a decided hit to another authority. The table is append-only.

    The register is kept longer than the hit and the decision. Therefore it contains their ids and
    has no foreign keys.
    """

    class Kind(models.TextChoices):
        """The kind of receiver (articles 7, 9, 10 and 11 of Directive 2016/681)."""

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
