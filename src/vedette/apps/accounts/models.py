"""Organisations, users, API tokens, and the append-only acts."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import new_id


class Organisation(models.Model):
    """Whose data it is: an administration, a partner agency, a foreign member, an international body."""

    class Kind(models.TextChoices):
        """Who they are to the administration that runs this installation."""

        ADMINISTRATION = "administration", _("administration")
        PARTNER = "partner", _("partner agency")
        FOREIGN = "foreign", _("foreign member")
        INTERNATIONAL = "international", _("international body")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.ADMINISTRATION)
    #: ISO 3166 alpha-2.
    country = models.CharField(max_length=2, blank=True)
    #: Demonstration: every page carries the strip.
    synthetic = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A person who signs in. The role says what may be done; the organisation, whose data is seen."""

    class Role(models.TextChoices):
        """Roles for now; "2. Who may see what" adds analyst, list manager, DPO and auditor."""

        OFFICER = "officer", _("officer")
        SUPERVISOR = "supervisor", _("supervisor")
        ADMINISTRATOR = "administrator", _("administrator")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.OFFICER)
    language = models.CharField(max_length=5, default="fr")
    theme_choice = models.CharField(max_length=5, default="", blank=True)

    def display(self) -> str:
        """Initial and surname, as on the queue: `M. Sarr`."""
        if self.last_name:
            return f"{self.first_name[:1]}. {self.last_name}" if self.first_name else self.last_name
        return self.username


class ApiToken(models.Model):
    """A machine's way in: only the hash is kept; the value is shown once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    name = models.CharField(max_length=100)
    digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)


class Act(models.Model):
    """One thing somebody did: append-only (no role but the owner may change a row).

    `detail` holds ids and numbers, never a name or a searched term. Sealing comes with the journal.
    """

    at = models.DateTimeField(auto_now_add=True)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    #: e.g. `hit.decide`, `list.import`, `traveller.search`, `message.store`.
    act = models.CharField(max_length=40)
    subject = models.CharField(max_length=60, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["organisation", "at"])]
