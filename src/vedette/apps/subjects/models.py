"""Identifiers of subjects, as keyed tokens."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Identifier(models.Model):
    """A document, phone, e-mail, card, address … of a journey, as a keyed token (links, counts)."""

    class Kind(models.TextChoices):
        """What the token was taken of."""

        DOCUMENT = "document", _("document")
        PHONE = "phone", _("telephone")
        EMAIL = "email", _("e-mail")
        CARD = "card", _("card")
        ADDRESS = "address", _("address")
        LOYALTY = "loyalty", _("loyalty number")
        LOCATOR = "locator", _("locator")
        #: Name and birth date: tells a person again whose document changed.
        PERSON = "person", _("name and birth date")
        AGENCY = "agency", _("agency")
        #: Asked by lists only, no link between travellers: a visa; the other forms of an address.
        VISA = "visa", _("visa")
        PLACE = "place", _("address")

    id = models.BigAutoField(primary_key=True)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    journey = models.ForeignKey(
        "travellers.Journey", on_delete=models.CASCADE, related_name="identifiers", db_index=False
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    token = models.BinaryField(max_length=16)
    #: When it was first stated: history counts as of a moment.
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["journey", "kind", "token"], name="identifier_once"),
        ]
        indexes = [models.Index(fields=["organisation", "token"], name="identifier_token")]
