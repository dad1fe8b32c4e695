"""Models of watchlists with their versions and entries, and of lookouts."""

from __future__ import annotations

from functools import cached_property

import msgspec
from django.contrib.postgres.fields import ArrayField
from django.db import models

from vedette.apps.columns import Purpose, new_id
from vedette.apps.hits.models import Owned
from vedette.core.entries import Entry
from vedette.kinds import default_theme


def default_themes() -> list[str]:
    """Returns the themes of a list if the user chose no theme."""
    return [default_theme()]


class Watchlist(Owned):
    """A list with its themes, purpose, legal basis, owner and expiry. A watchlist names persons, companies
    and vessels. A control list describes goods."""

    #: The reasons of the list are visible to the readers of these themes (`core/themes.py`).
    themes = ArrayField(models.CharField(max_length=20), default=default_themes)
    #: For a control list, the kind of subject that is compared with it; empty for a watchlist.
    of_kind = models.CharField(max_length=20, blank=True, default="", db_default="")
    #: The key of the supplied control list in whose place this list is used; empty if there is none.
    replaces = models.CharField(max_length=60, blank=True, default="", db_default="")
    #: The last day on which the stored subjects were compared with the entries of a control list that begin
    #: or end on a day; None before the first comparison.
    screened_on = models.DateField(null=True)
    name = models.CharField(max_length=100)
    #: True for the list that contains the lookouts of the organisation.
    lookouts = models.BooleanField(default=False)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    basis = models.CharField(max_length=300)
    owner = models.CharField(max_length=200)
    expires_on = models.DateField(null=True)
    #: The points that a certain match with this list adds to the priority (0 to 100).
    weight = models.PositiveSmallIntegerField(default=70)
    synthetic = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="watchlist_name"),
        ]

    def __str__(self) -> str:
        return self.name


class ListVersion(Owned):
    """One import of a list. Rows of this table are never changed. `added`, `changed` and `removed` are the
    numbers of entries that differ from the version before."""

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
    #: The problems that were found when the list was read: [{code, message, segment, offset}].
    problems = models.JSONField(default=list)
    #: The first day on which the version of a control list is in force; None for a watchlist.
    active_from = models.DateField(null=True)
    #: The rule of a control list: the condition under which a match is a reason.
    rule = models.TextField(blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["watchlist", "number"], name="version_number"),
        ]


class ListEntry(Owned):
    """An entry of a list. An entry is valid from the version that first contains it until a version
    changes or removes it.

    The version of an entry is the hash of its content, so importing the same list again changes nothing.
    """

    watchlist = models.ForeignKey(
        Watchlist, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    ref = models.CharField(max_length=100)
    content_hash = models.CharField(max_length=64)
    #: The entry as JSON.
    content = models.JSONField()
    #: The first name, folded to plain letters, by which pages search and sort.
    name_key = models.TextField()
    since = models.PositiveIntegerField()
    #: The number of the version that ended the entry; None while the entry is current.
    until = models.PositiveIntegerField(null=True)
    #: `asked`: whether the stored subjects were screened against the entry. `withdrawn`: whether the reasons
    #: of the entry were withdrawn after it had ended.
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
                fields=["organisation", "watchlist", "since"],
                name="entry_to_ask",
                condition=models.Q(asked=False, until=None)
                | models.Q(withdrawn=False, until__isnull=False),
            ),
        ]

    @cached_property
    def entry(self) -> Entry:
        """Returns the content of the row as an object of the class `Entry`."""
        return msgspec.convert(self.content, Entry)


class ListDraft(Owned):
    """A list that is not imported yet (`actions.make_draft`), with its entries as `DraftEntry`."""

    #: None for an import on the command line.
    created_by = models.ForeignKey(
        "accounts.User", on_delete=models.CASCADE, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    #: The encrypted files, until a worker has read them.
    upload = models.BinaryField(null=True)
    #: The number of processes that began to read the files or to import the draft, and of the entries that
    #: were read so far.
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    done = models.PositiveIntegerField(default=0, db_default=0)
    #: What was read (`lists.reading.Head`); None before.
    head = models.JSONField(null=True)
    #: Why nothing could be read or imported; empty if it could.
    refusal = models.TextField(blank=True, default="", db_default="")
    #: The name, purpose, basis, owner, expiry and weight of the list, once step 2 is done.
    terms = models.JSONField(default=dict)
    #: The time at which a second person was asked to approve the import.
    asked_at = models.DateTimeField(null=True)
    #: The time at which the import was approved, if a worker imports the list.
    approved_at = models.DateTimeField(null=True)
    #: The hits that the import would raise (`lists.reading.Expected`); None until a worker has counted them.
    #: `counts` is the number of processes that began to count.
    expected = models.JSONField(null=True)
    counts = models.PositiveSmallIntegerField(default=0, db_default=0)


class DraftEntry(models.Model):
    """One entry of a draft of a list. When the draft is imported, the id of this entry becomes the id of the
    list entry."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    draft = models.ForeignKey(
        ListDraft, on_delete=models.CASCADE, related_name="entries", db_index=False
    )
    ref = models.CharField(max_length=100)
    content_hash = models.CharField(max_length=64)
    content = models.JSONField()
    name_key = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["draft", "ref"], name="draft_entry_ref"),
        ]

    @property
    def entry(self) -> Entry:
        """Returns the content of the row as an entry."""
        return msgspec.convert(self.content, Entry)


class Lookout(models.Model):
    """A lookout that an officer entered. A lookout is active immediately and for at most 24 hours; it is then
    reviewed."""

    entry = models.OneToOneField(ListEntry, on_delete=models.PROTECT, primary_key=True)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    #: The group (`Asked.group`), if the lookout concerns only the subjects of one group; otherwise empty.
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
    """The number of changes of the lists of an organisation (one row for each organisation). The
    number increases with every change, so that workers reload the lists."""

    organisation = models.OneToOneField(
        "accounts.Organisation", on_delete=models.PROTECT, primary_key=True
    )
    number = models.BigIntegerField(default=0)
    #: Id of a list → number of its last version that stored subjects were compared with. Workers never use an
    #: earlier version again.
    compared = models.JSONField(default=dict, db_default={})
    #: Kind of subject → the day on which stored subjects were last compared with its supplied control lists.
    supplied = models.JSONField(default=dict, db_default={})
    #: Why the last change cannot be put in force: `disk`, `memory` or `error`; empty if it can.
    problem = models.CharField(max_length=10, blank=True, default="", db_default="")
    problem_at = models.DateTimeField(null=True)


class ListSubscription(Owned):
    """A list that workers fetch from an address. A new version requires the approval of a second person, as
    if the user who subscribed had imported it."""

    url = models.CharField(max_length=500)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    #: The name, purpose, basis, owner, expiry and weight of the list, as in a draft.
    terms = models.JSONField()
    #: The number of hours between two fetches.
    every = models.PositiveSmallIntegerField(default=24)
    created_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(db_index=True)
    #: The time of the last answer of the server, and of the last answer with new content.
    fetched_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(null=True)
    #: The entity tag and the SHA-256 of the content that was last accepted.
    etag = models.CharField(max_length=200, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    #: The code of the last error (`subscriptions.ERRORS`), and the status of the server or the text of the
    #: refusal; empty after a success.
    error = models.CharField(max_length=20, blank=True)
    error_detail = models.CharField(max_length=300, blank=True)
    #: The id of the draft that was last offered for approval. The draft itself is deleted after the decision.
    offered = models.UUIDField(null=True)
