"""Requests of persons about their own data: the kind of request, its deadline, the letter, and the
answer.

The details by which the subjects are found (names, birth date, document) are stored only in the
journal, encrypted.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import new_id


class SubjectRequest(models.Model):
    """One request. `subjects` contains the ids of the subjects that the request concerns. When an erasure is
    carried out, all ids are removed from `subjects`.
    """

    class Kind(models.TextChoices):
        """The kinds of requests (Directive (EU) 2016/680, articles 14 and 16)."""

        ACCESS = "access", _("access")
        RECTIFICATION = "rectified", _("rectification")
        RESTRICTION = "restricted", _("restriction")
        ERASURE = "erasure", _("erasure")

    class State(models.TextChoices):
        """The states of a request. A request is answered when the file for the person is made."""

        OPEN = "open", _("open")
        ANSWERED = "answered", _("answered")

    class Ground(models.TextChoices):
        """The grounds on which data may be withheld, which are points (a) to (e) of article 15 (1)."""

        ENQUIRIES = "enquiries", _("not to obstruct official enquiries (a)")
        PREVENTION = "prevention", _("not to prejudice prevention or detection of offences (b)")
        PUBLIC = "public", _("to protect public security (c)")
        NATIONAL = "national", _("to protect national security (d)")
        OTHERS = "others", _("to protect the rights of others (e)")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    received_on = models.DateField()
    due_on = models.DateField()
    #: The number that the mail service gave to the letter.
    reference = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    subjects = ArrayField(models.UUIDField(), default=list)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    #: The ground, and the article of national law. Both are recorded with every answer, whether or not
    #: data is withheld.
    ground = models.CharField(max_length=10, choices=Ground.choices, blank=True)
    article = models.CharField(max_length=200, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    #: SHA-256, in hex, of the file for the person.
    digest = models.CharField(max_length=64, blank=True)
    #: Counts that remain after an erasure, by outcome.
    counts = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["organisation", "state", "due_on"], name="subject_due")]


class Carried(models.Model):
    """An action that was carried out at the request of a person. The row exists until a worker has
    written it to the file of the ledger (`ledger`).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    #: The kind of action: erased, restricted, unrestricted or rectified.
    kind = models.CharField(max_length=12)
    subjects = ArrayField(models.UUIDField())
    at = models.DateTimeField(auto_now_add=True)
