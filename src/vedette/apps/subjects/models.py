"""Models of the subjects of all kinds and of their identifiers, which are stored as keyed hashes
(tokens).

The row of a subject contains no personal value in clear text. The row of a subject and the row in the main
table of its kind have the same id. Hits, identifiers, random controls, confirmed results and matches in
shadow mode refer to this row, and not to the tables of a kind.
"""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import Personal, new_id


class Subject(Personal):
    """A subject: the columns that all kinds have in common."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    #: Name of its kind (`vedette.kinds`).
    kind = models.CharField(max_length=20)
    #: The unit that is responsible for the subject, as in the row of its kind.
    unit = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    #: The group that is locked while messages are merged (a declaration, a means of transport). If its kind
    #: has no groups, it is None, and the subject is locked by its own id.
    group_id = models.UUIDField(null=True)
    #: The time by which a decision is due. None if it is unknown.
    due_at = models.DateTimeField(null=True)
    #: Keyed hash that identifies the person or the goods. If an officer clears a subject of a match,
    #: this is valid only for the same fingerprint.
    fingerprint = models.BinaryField(max_length=16, null=True)
    screened_at = models.DateTimeField(null=True)
    #: Whether a message states that the person is under 18. It is stored because birth dates are masked
    #: later.
    minor = models.BooleanField(default=False, db_default=False)
    #: Whether processing is restricted at the request of the person. Then only the data-protection
    #: officer sees the values, and the subject is not screened. The column `restricted` of the side
    #: tables hides their rows.
    restricted = models.BooleanField(default=False, db_default=False)
    #: Whether values were rectified at the request of the person. The rectified values are stored in
    #: `hits_textclear`, in addition to the values of messages.
    rectified = models.BooleanField(default=False, db_default=False)
    #: Whether a worker must screen the subject again, because it was rectified, is no longer
    #: restricted, or lists or profiles changed.
    screen_again = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="subject_minor", condition=models.Q(minor=True)),
            models.Index(
                fields=["organisation", "id"], name="subject_restricted",
                condition=models.Q(restricted=True),
            ),
            models.Index(fields=["group_id"], name="subject_group"),
            models.Index(
                "organisation",
                # A subject without a group is locked by its own id.
                Coalesce("group_id", "id"),
                name="subject_screen_again",
                condition=models.Q(screen_again=True),
            ),
        ]  # fmt: skip


class Identifier(models.Model):
    """An identifier of a subject, stored as a keyed hash (token). Identifiers are used to link and
    count subjects, and to compare subjects with new entries of watchlists.
    """

    class Kind(models.TextChoices):
        """The kinds of identifiers. The kind is also the first argument of `Keys.token`."""

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
        #: These are compared with lists only, and do not link subjects: a visa, and the other forms of an
        #: address.
        VISA = "visa", _("visa")
        PLACE = "place", _("address")
        #: The MRN or the local reference of a declaration, a container, and the name of a party of goods.
        REFERENCE = "reference", _("reference of a declaration")
        CONTAINER = "container", _("container")
        PARTY = "party", _("name of a party")
        LICENCE = "licence", _("number of a licence")
        #: An account or another bank reference, a vessel (IMO number or name), the registration of a vehicle,
        #: and a serial number.
        BANK = "bank", _("bank reference")
        VESSEL = "vessel", _("vessel")
        VEHICLE = "vehicle", _("vehicle")
        SERIAL = "serial", _("serial number")
        #: Any identifier of a record that no officer has accepted yet. It is compared with lists and found by
        #: the search. Counts, history and links do not read this kind.
        ANNOUNCED = "announced", _("identifier of a cash announcement")

    id = models.BigAutoField(primary_key=True)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    subject = models.ForeignKey(
        Subject, on_delete=models.CASCADE, related_name="identifiers", db_index=False
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    token = models.BinaryField(max_length=16)
    #: The time at which the identifier was first received. It is needed because history is computed as
    #: of a given time.
    at = models.DateTimeField(db_default=Now())
    #: Token of the name and the number of the person or company that has the identifier, if the subject has
    #: several parties. None if the subject itself is the person: then `Subject.fingerprint` identifies it.
    holder = models.BinaryField(max_length=16, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "kind", "token"], name="identifier_once"),
        ]
        indexes = [
            # The links read the newest rows of a token from the index alone.
            models.Index(
                fields=["organisation", "token", "at"],
                include=["kind", "subject", "holder"],
                name="identifier_token",
            )
        ]
