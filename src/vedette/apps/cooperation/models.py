"""The directory of contacts. All organisations of the installation read it; each keeps its own entries."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from vedette.apps.hits.models import Owned


class Contact(Owned):
    """A contact: who answers for what, in which languages, when, and how to reach them. The hours are in the
    time zone of the contact; hours that end before they begin end on the next day."""

    class Kind(models.TextChoices):
        """The kinds of contacts."""

        POINT = "point", _("contact point")
        DEPUTY = "deputy", _("deputy contact point")
        REGION = "region", _("regional office")
        EXPERT = "expert", _("expert")
        DESK = "desk", _("partner desk")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=160)
    #: The name and the country of the organisation. Other organisations do not read its own row.
    organisation_name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, blank=True)
    post = models.CharField(max_length=160, blank=True)
    #: Codes of `Theme`.
    themes = ArrayField(models.CharField(max_length=20))
    #: Codes of languages (ISO 639-1).
    languages = ArrayField(models.CharField(max_length=2))
    zone = models.CharField(max_length=40)
    #: Days of the week on which the hours begin, 1 is Monday.
    days = ArrayField(models.SmallIntegerField())
    opens = models.TimeField()
    closes = models.TimeField()
    #: How to reach the contact: a telephone number, an e-mail address, a channel.
    channel = models.CharField(max_length=200)
    #: Who keeps the entry, and when it was confirmed last. Nobody is asked twice for the same confirmation.
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    confirmed_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(themes=[]) & ~models.Q(languages=[]) & ~models.Q(days=[]),
                name="contact_answers",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_name", "name", "id"], name="contact_list"),
            models.Index(fields=["confirmed_at"], name="contact_to_ask"),
        ]
