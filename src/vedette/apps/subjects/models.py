"""Models of the subjects of all kinds, and of their identifiers as keyed tokens.

The row of a subject contains no clear value; its row in the own table of its kind has the same id. Hits,
identifiers, draws, confirmed results and shadow matches refer to the subject and to no table of a kind.
"""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import Personal, new_id


class Subject(Personal):
    """The columns that subjects of every kind have."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    #: Name of its kind (`vedette.kinds`).
    kind = models.CharField(max_length=20)
    #: The unit that is responsible for it, as on the row of its kind.
    unit = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    #: The group that is locked while messages are merged (a declaration, a means of transport). None if its
    #: kind has no groups: then the subject is locked by its own id.
    group_id = models.UUIDField(null=True)
    #: The time by which a decision is due; None if unknown.
    due_at = models.DateTimeField(null=True)
    #: Keyed token that identifies the person or thing; a clearing is valid for one fingerprint.
    fingerprint = models.BinaryField(max_length=16, null=True)
    screened_at = models.DateTimeField(null=True)
    #: Whether a message states a person under 18; stored because birth dates get masked.
    minor = models.BooleanField(default=False, db_default=False)
    #: Processing is restricted at the request of the person: only the data-protection officer sees the clear
    #: values, and the subject is not screened. `restricted` of the side tables hides their rows.
    restricted = models.BooleanField(default=False, db_default=False)
    #: The person had values rectified; these are in `hits_textclear`, beside the values of messages.
    rectified = models.BooleanField(default=False, db_default=False)
    #: A worker is to screen it again, because it was rectified, is no longer restricted, or lists or profiles
    #: changed.
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
    """An identifier of a subject as a keyed token, for links, counts, and the comparison with new entries of
    lists."""

    class Kind(models.TextChoices):
        """The kind of the identifying value; also the first argument of `Keys.token`."""

        DOCUMENT = "document", _("document")
        PHONE = "phone", _("telephone")
        EMAIL = "email", _("e-mail")
        CARD = "card", _("card")
        ADDRESS = "address", _("address")
        LOYALTY = "loyalty", _("loyalty number")
        LOCATOR = "locator", _("locator")
        #: Name and birth date, which identify a person whose document changed.
        PERSON = "person", _("name and birth date")
        AGENCY = "agency", _("agency")
        #: Compared with lists only, no link between subjects: a visa; the other forms of an address.
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
    #: The time at which it was first stated, because history is computed as of a moment.
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "kind", "token"], name="identifier_once"),
        ]
        indexes = [models.Index(fields=["organisation", "token"], name="identifier_token")]
