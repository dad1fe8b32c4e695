"""Models of the purpose matrix, of the classes of offence of known cases, and of the statements of officers
about links. Officers can state that two records belong to different persons, and that an identifier is not
used for links.
"""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from vedette.apps.hits.models import Owned


class Matrix(Owned):
    """One version of the purpose matrix. The table is append-only; the latest version is in force. If there
    is no version, data of different themes are not linked."""

    version = models.PositiveIntegerField()
    #: The permitted cells, each a list in the order of `screening.links.Cell`.
    cells = models.JSONField(default=list)
    created_at = models.DateTimeField(db_default=Now())
    approval = models.ForeignKey("accounts.Approval", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "version"], name="matrix_version"),
        ]


class Offence(models.Model):
    """The class of offence of a known case. A trigger writes the row when the result is confirmed."""

    class Class(models.TextChoices):
        """The classes of offences. Annex II to Directive (EU) 2016/681 names the serious crimes among these
        classes.
        """

        TERRORISM = "terrorism", _("terrorism and its financing")
        MONEY = "money", _("money laundering and undeclared cash")
        EXPLOSIVES = "explosives", _("explosives and their precursors")
        STRATEGIC = "strategic", _("strategic goods and sanctions")
        ARMS = "arms", _("firearms, ammunition and explosive weapons")
        DRUGS = "drugs", _("narcotic drugs")
        PERSONS = "persons", _("trafficking in human beings, smuggling of migrants")
        WILDLIFE = "wildlife", _("protected species, cultural property, waste")
        FRAUD = "fraud", _("customs and excise fraud, counterfeits")
        OTHER = "other", _("other offence")

    subject = models.OneToOneField(
        "subjects.Subject", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    #: Empty until an officer states the class.
    offence = models.CharField(max_length=12, choices=Class.choices, blank=True)
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    at = models.DateTimeField(null=True)
    #: Whether a worker must still screen the hits of the linked subjects again.
    changed = models.BooleanField(default=True, db_default=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["organisation"], name="offence_changed", condition=models.Q(changed=True)
            ),
        ]


class Split(Owned):
    """The statement of an officer that two records belong to different persons or companies. The statement is
    stored in two rows, one for each of the two records, so that each row is deleted together with its record.
    The rows stay until the records are deleted.
    """

    subject = models.ForeignKey(
        "subjects.Subject", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    other = models.UUIDField()
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "other"], name="split_once"),
        ]


class Cleared(Owned):
    """An identifier that is not used for links until `expires_at`, such as the telephone number of a
    hotel."""

    kind = models.CharField(max_length=10)
    token = models.BinaryField(max_length=16)
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "token"], name="link_cleared_once"),
        ]


class State(models.Model):
    """The version of the matrix with which the open hits were last screened, for each organisation. `changed`
    is true if an officer changed data from which the links of open hits are computed."""

    organisation = models.OneToOneField(
        "accounts.Organisation", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=0, db_default=0)
    changed = models.BooleanField(default=False, db_default=False)
