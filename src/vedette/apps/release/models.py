"""Models of releases to other organisations.

Agreements, objects, confirmations of receipt, sightings and recalls have a UUID, an owner organisation and a
hash over their canonical form (`core/canonical.py`). The rows can therefore be transferred if data is later
exchanged between installations. Row-level security decides who reads which row (`apps/sql/release.sql`). The
content of an object, and of each copy, is in `Content`. A recall deletes these rows. The other tables contain
only ids, codes, times and hashes.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from vedette.apps.accounts.models import User
from vedette.apps.columns import new_id
from vedette.apps.release.wording import TYPES


class Own(models.Model):
    """The base class of rows with an id and the organisation that wrote them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        abstract = True


class Agreement(Own):
    """One version of an agreement about the exchange of information. A version is never changed after its
    approval. `organisation` is the organisation that proposed the agreement.
    """

    class State(models.TextChoices):
        """The states of a version."""

        PROPOSED = "proposed", _("waiting for the data-protection officer")
        APPROVED = "approved", pgettext_lazy("agreement", "approved")

    #: The agreement to which the version belongs: the id of its first version.
    root = models.UUIDField()
    number = models.PositiveIntegerField(default=1)
    #: The hash of the version before, and of this one.
    parent = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    parties = ArrayField(models.UUIDField())
    #: Pairs of purpose and legal basis.
    purposes = models.JSONField()
    starts_at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    #: The instrument for nominal content, and the organisations that are designated under it.
    nominal_instrument = models.CharField(max_length=200, blank=True)
    designated = ArrayField(models.UUIDField(), default=list)
    #: The organisations to which others than the owner may pass objects on.
    onward = ArrayField(models.UUIDField(), default=list)
    #: The grounds on which a party may refuse a request (`core/releasable.py`). Empty: the agreement states
    #: no list, and every ground of the customs conventions is possible.
    refusals = ArrayField(models.CharField(max_length=14), default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    approved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["root", "number"], name="agreement_version"),
            models.CheckConstraint(
                condition=models.Q(state="proposed", approved_by__isnull=True)
                | models.Q(state="approved", approved_by__isnull=False)
                & ~models.Q(approved_by=models.F("proposed_by")),
                name="agreement_approved_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gt=models.F("starts_at")),
                name="agreement_in_order",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "-proposed_at"], name="agreement_list")]


class Item(Own):
    """One version of an object that may be released. `organisation` is the owner of the object."""

    object = models.UUIDField()
    number = models.PositiveIntegerField(default=1)
    type = models.CharField(max_length=20)
    parent = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    #: Exactly one marking of TLP 2.0. A list, because an object without or with several markings is denied
    #: by the release function and not by a missing column.
    marking = ArrayField(models.CharField(max_length=16))
    exercise = models.BooleanField()
    nominal = models.BooleanField()
    purpose = models.CharField(max_length=100, blank=True)
    legal_basis = models.CharField(max_length=200, blank=True)
    #: The agreement (`Agreement.root`) under which the object is released.
    agreement = models.UUIDField(null=True)
    passes = models.PositiveSmallIntegerField()
    #: The joint operation in which the object is released, if any. Readers of its copies are then members of
    #: the closed group.
    operation = models.UUIDField(null=True)
    created_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()

    @property
    def word(self) -> Any:
        """The name of the type of the object."""
        return TYPES.get(self.type, self.type)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["object", "number"], name="item_version"),
            models.CheckConstraint(
                condition=models.Q(marking__len=1), name="item_with_one_marking"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "-created_at"], name="item_list")]


class Copy(Own):
    """The copy of an object that an organisation received. `organisation` is the organisation that has the
    copy.
    """

    class State(models.TextChoices):
        """The states of a copy. After a recall, the content of a copy is deleted or locked."""

        ACTIVE = "active", pgettext_lazy("copy", "received")
        SEALED = "sealed", pgettext_lazy("copy", "sealed: the data-protection officer decides")
        KEPT = "kept", pgettext_lazy("copy", "kept as evidence after a recall")
        RECALLED = "recalled", pgettext_lazy("copy", "recalled")

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="copies")
    object = models.UUIDField(db_index=True)
    #: The owner of the object, and the organisation from which the copy came.
    owner = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    sender = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    #: The person to whom the copy was released by name. None: the organisation.
    person = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    passes_left = models.PositiveSmallIntegerField()
    operation = models.UUIDField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    received_at = models.DateTimeField()
    #: Why the holder needs the content although its owner may recall it, for example a case.
    objection = models.CharField(max_length=300, blank=True)
    recalled_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "item", "person"], name="copy_once", nulls_distinct=False
            ),
        ]
        indexes = [models.Index(fields=["organisation", "-received_at"], name="copy_list")]


class Content(models.Model):
    """The content of a version (`of` is the id of the `Item`) or of a copy (`of` is the id of the `Copy`), as
    it was sent: the non-nominal view, or the nominal content that an instrument covers."""

    of = models.UUIDField(primary_key=True)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+")
    data = models.JSONField()
    operation = models.UUIDField(null=True)
    #: When the content is deleted; None for non-nominal content.
    delete_at = models.DateTimeField(null=True, db_index=True)


class Release(Own):
    """One release: the data that were sent, the recipient, the reason, and the hash of the bytes.
    `organisation` is the sender."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="releases")
    object = models.UUIDField()
    owner = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recipient = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    person = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    copy = models.ForeignKey(Copy, on_delete=models.PROTECT, related_name="releases")
    #: The group and the version of the membership on which the release rests, and the operation, if any.
    group = models.UUIDField()
    membership = models.CharField(max_length=60)
    operation = models.UUIDField(null=True)
    #: The version of the agreement, the purpose with its legal basis, and the approval of the second person.
    agreement_version = models.UUIDField(null=True)
    purpose = models.CharField(max_length=100, blank=True)
    legal_basis = models.CharField(max_length=200, blank=True)
    approval = models.UUIDField(null=True)
    marking = models.CharField(max_length=16)
    exercise = models.BooleanField()
    nominal = models.BooleanField()
    #: The names of the fields that left, and the SHA-256 of the bytes that left.
    fields = ArrayField(models.CharField(max_length=40))
    hash = models.CharField(max_length=64)
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-at", "-id"], name="release_list"),
            models.Index(fields=["organisation", "recipient"], name="release_to"),
        ]


class Feedback(Own):
    """A confirmation of receipt, or a sighting, of an object, from the organisation that received it. This
    report has its own id and hash. The report is sent to the owner of the object, even if the object may not
    be passed on.
    """

    class What(models.TextChoices):
        """The kinds of reports of the recipient: first the confirmations of receipt, then the sightings."""

        ARRIVED = "arrived", pgettext_lazy("receipt", "arrived")
        OPENED = "opened", pgettext_lazy("receipt", "opened")
        SEEN = "seen", pgettext_lazy("sighting", "seen")
        NOTHING_SEEN = "nothing_seen", pgettext_lazy("sighting", "nothing seen")
        EXPIRED = "expired", pgettext_lazy("sighting", "expired")

    SIGHTINGS = (What.SEEN, What.NOTHING_SEEN, What.EXPIRED)

    object = models.UUIDField()
    owner = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    copy = models.ForeignKey(Copy, on_delete=models.PROTECT, related_name="feedback")
    what = models.CharField(max_length=12, choices=What.choices)
    #: The role of the reader. Other organisations do not read the names of persons.
    role = models.CharField(max_length=20, blank=True)
    hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    @property
    def role_word(self) -> Any:
        """The name of the role of the reader."""
        return dict(User.Role.choices).get(self.role, self.role)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["copy", "what", "role"], name="feedback_once"),
        ]
        indexes = [models.Index(fields=["owner", "-at"], name="feedback_to")]


class Recall(Own):
    """A recall of an object from all organisations or from some of them. `organisation` is the owner of the
    object. A worker carries out the recall. This row and the rows of `Copy` are kept.
    """

    object = models.UUIDField(db_index=True)
    #: The organisations that keep their copy. Empty: nobody does.
    keep = ArrayField(models.UUIDField(), default=list)
    #: The hash of the latest version at the time of the recall.
    of_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    why = models.CharField(max_length=300)
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    #: How many copies were removed and sealed.
    removed = models.PositiveIntegerField(default=0)
    sealed = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(
                fields=["at"], name="recall_open", condition=models.Q(done_at__isnull=True)
            ),
        ]
