"""Models of watchlists with their versions and entries, and of lookouts."""

from __future__ import annotations

from django.db import models

from vedette.apps.columns import Purpose, Theme, new_id
from vedette.kinds import default_theme


class Watchlist(models.Model):
    """A list with its purpose, legal basis, owner and expiry."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    theme = models.CharField(max_length=20, choices=Theme.choices, default=default_theme)
    name = models.CharField(max_length=100)
    #: True for the list that contains the lookouts of the organisation.
    lookouts = models.BooleanField(default=False)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    basis = models.CharField(max_length=300)
    owner = models.CharField(max_length=200)
    expires_on = models.DateField(null=True)
    #: Points a certain match with this list gives to the priority (0 to 100).
    weight = models.PositiveSmallIntegerField(default=70)
    synthetic = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="watchlist_name"),
        ]

    def __str__(self) -> str:
        return self.name


class ListVersion(models.Model):
    """One import; rows are never changed. `added`, `changed` and `removed` count the differences from the
    version before."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    watchlist = models.ForeignKey(
        Watchlist, on_delete=models.PROTECT, related_name="versions", db_index=False
    )
    number = models.PositiveIntegerField()
    format = models.CharField(max_length=30)
    file_name = models.CharField(max_length=200)
    content_hash = models.CharField(max_length=64)
    published_at = models.DateTimeField(null=True)
    imported_at = models.DateTimeField(auto_now_add=True)
    imported_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    entry_count = models.PositiveIntegerField()
    added = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    removed = models.PositiveIntegerField()
    #: Problems of reading: [{code, message, segment, offset}].
    problems = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["watchlist", "number"], name="version_number"),
        ]


class ListEntry(models.Model):
    """An entry of a list, valid from the version that contains it first until one that changes or removes it.

    The hash of the content is the version of the entry: importing the list again changes nothing.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    watchlist = models.ForeignKey(
        Watchlist, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    ref = models.CharField(max_length=100)
    content_hash = models.CharField(max_length=64)
    #: `vedette.core.entries.Entry` as JSON.
    content = models.JSONField()
    #: Folded first name, by which pages search and sort.
    name_key = models.TextField()
    since = models.PositiveIntegerField()
    #: Number of the version that ended the entry; None while it is current.
    until = models.PositiveIntegerField(null=True)
    #: True after the stored subjects were screened against it; and, once it has ended, after its reasons were
    #: withdrawn.
    asked = models.BooleanField(default=False, db_default=False)
    withdrawn = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["watchlist", "ref"], condition=models.Q(until=None), name="entry_current"
            ),
        ]
        indexes = [
            models.Index(fields=["watchlist", "name_key", "id"], name="entry_name"),
            models.Index(fields=["watchlist", "since"], name="entry_since"),
            models.Index(fields=["watchlist", "until"], name="entry_until"),
            models.Index(
                fields=["organisation"],
                name="entry_to_ask",
                condition=models.Q(asked=False, until=None)
                | models.Q(withdrawn=False, until__isnull=False),
            ),
        ]


class ListDraft(models.Model):
    """A list that was read and not imported yet (`actions.make_draft`)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_by = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    #: The list as read (`lists.reading.ReadList`), packed and compressed.
    content = models.BinaryField()
    #: Name, purpose, basis, owner, expiry and weight, once step 2 is done.
    terms = models.JSONField(default=dict)
    #: Time of the request to a second person.
    asked_at = models.DateTimeField(null=True)


class Lookout(models.Model):
    """A lookout entered by an officer: active immediately, for 24 hours at most, then reviewed."""

    entry = models.OneToOneField(ListEntry, on_delete=models.PROTECT, primary_key=True)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    #: The group (`Asked.group`) if only the subjects of one group are meant; otherwise empty.
    group_label = models.CharField(max_length=40, blank=True)
    caller = models.CharField(max_length=200)
    why = models.TextField()
    created_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "expires_at"], name="lookout_expiry")]


class KnowledgeState(models.Model):
    """One row per organisation with a number that increases with every change, so that workers reload."""

    organisation = models.OneToOneField(
        "accounts.Organisation", on_delete=models.PROTECT, primary_key=True
    )
    number = models.BigIntegerField(default=0)
