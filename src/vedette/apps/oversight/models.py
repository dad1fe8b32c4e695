"""Models of oversight: daily figures, findings, notes and transfers. Workers compute the daily
figures.

The tables contain no names of subjects. Figures are kept after the counted data is deleted. The
statistics of article 20 of Directive 2016/681 cover a year, and some data is deleted earlier.
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
    """A day for which the figures of an organisation were computed, with the time of the computation. Figures
    that were computed after the end of the day are final.
    """

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
        """The kind of access. `accesses.py` and `AppKind.accesses` define which journal entries belong to
        each kind of access.
        """

        PERSON = "person", _("personal records viewed")
        SEARCH = "search", _("searches")
        GROUP = "group", _("whole lists viewed")
        PRINT = "print", _("prints")
        EXPORT = "export", _("exports")
        UNMASKED = "unmasked", _("personal records viewed without masking")

    organisation = models.ForeignKey("accounts.Organisation", **_ORGANISATION)
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    count = models.PositiveIntegerField()
    #: Twenty-four counts, one for each hour (UTC).
    hours = ArrayField(models.PositiveIntegerField(), size=24)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "day", "user", "kind"], name="tally_once"
            ),
        ]


class Figure(models.Model):
    """A figure of one day: a number of subjects, of hits, of decisions, or of officers' answers about a
    watchlist. The figure is kept after the counted data is deleted. If a figure counts subjects, the column
    `kind` contains the kind of these subjects.
    """

    class Kind(models.TextChoices):
        """The kinds of figures that `daily.py` computes."""

        RAISED = "raised", _("hits raised")
        DUE = "due", _("hits that had to be decided")
        DECIDED = "decided", _("hits decided")
        AGAIN = "again", _("decided hits that were also decided on an earlier day")
        IDENTIFIED = "identified", _("hits identified for further examination")
        FALSE = "false", _("false matches")
        ANOTHER = "another", _("reasons with the answer “another person”")
        UNSURE = "unsure", _("reasons with the answer “cannot tell”")
        SAME = "same", _("reasons with the answer “the same person”")

    organisation = models.ForeignKey("accounts.Organisation", **_ORGANISATION)
    day = models.DateField()
    kind = models.CharField(max_length=20)
    #: Id of the watchlist. None if the figure does not concern a list.
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
    """An unusual access that the data-protection officer should examine. A finding is not a proof
    of misuse.
    """

    class Kind(models.TextChoices):
        """The kinds of findings. `accesses.py` contains the thresholds for findings."""

        OWN_NAME = "own_name", _("the user’s own name")
        COLLEAGUE = "colleague", _("the name of a colleague")
        MANY = "many", _("one record viewed by many users")
        VOLUME = "volume", _("far more access than usual")
        HOURS = "hours", _("access at unusual hours")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", **_ORGANISATION)
    day = models.DateField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    #: The user whose accesses the finding concerns. It is None if the finding concerns a record.
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    #: Id of the record or of the journal entry. It is empty if the finding concerns the whole day.
    subject = models.CharField(max_length=60, blank=True)
    #: The values that appear in the explanation of the finding.
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
        """The result that a note records. The grounds are stored encrypted in the journal."""

        SEEN = "seen", _("noted")
        EXPLAINED = "explained", _("explained")
        FOLLOWED = "followed", _("follow-up given")

    class About(models.TextChoices):
        """The kinds of objects on which notes are written."""

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

    The register of transfers is kept longer than the hit and the decision. Therefore the register contains
    the ids of hits and decisions, but no foreign keys.
    """

    class Kind(models.TextChoices):
        """The kinds of receivers (articles 7, 9, 10 and 11 of Directive 2016/681)."""

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
    #: The country of the receiver (ISO 3166 alpha-2). Empty for an international body.
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
