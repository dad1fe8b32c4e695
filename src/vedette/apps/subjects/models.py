"""Subjects: what gets screened, of every kind, and their identifiers as keyed tokens.

A subject holds no value of anybody. The row of its kind has the same id. Hits, identifiers, draws, confirmed
results and shadow fires point to the subject, and to nothing of a kind.
"""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import Personal, new_id


class Subject(Personal):
    """What is common to a traveller's journey, a goods item, a cash movement."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    #: Name of its kind (`vedette.kinds`).
    kind = models.CharField(max_length=20)
    #: The unit that deals with it, as on the row of its kind.
    unit = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    #: The group that is locked while messages are merged (a declaration, a means of transport); None if its
    #: kind has no groups.
    group_id = models.UUIDField(null=True)
    #: When a decision is due; None where that is not known.
    due_at = models.DateTimeField(null=True)
    #: Keyed token of who or what it is: what a clearing binds to.
    fingerprint = models.BinaryField(max_length=16, null=True)
    screened_at = models.DateTimeField(null=True)
    #: A person under 18, by any message: kept here because birth dates get masked.
    minor = models.BooleanField(default=False, db_default=False)
    #: The person asked for it: clear values are for the data-protection officer alone, nothing is
    #: screened. `restricted` of the side tables hides them (`apps/sql/requests.sql`).
    restricted = models.BooleanField(default=False, db_default=False)
    #: The person stated something otherwise: `hits_textclear` has it beside what messages say.
    rectified = models.BooleanField(default=False, db_default=False)
    #: To be screened by a worker though no message came: corrected, no longer restricted, or lists or
    #: profiles changed.
    screen_again = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="subject_minor", condition=models.Q(minor=True)),
            models.Index(fields=["group_id"], name="subject_group"),
            models.Index(
                "organisation",
                # A subject without a group is locked alone, by its own id.
                Coalesce("group_id", "id"),
                name="subject_screen_again",
                condition=models.Q(screen_again=True),
            ),
        ]


class Identifier(models.Model):
    """A document, phone, e-mail, card, address … of a subject, as a keyed token (links, counts)."""

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
    subject = models.ForeignKey(
        Subject, on_delete=models.CASCADE, related_name="identifiers", db_index=False
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    token = models.BinaryField(max_length=16)
    #: When it was first stated: history counts as of a moment.
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "kind", "token"], name="identifier_once"),
        ]
        indexes = [models.Index(fields=["organisation", "token"], name="identifier_token")]
