"""Models of the library: items with versions, language variants and files; the index; opinions of readers.

An item belongs to one organisation. The attribute `access` of an item names its readers. `scope` is the
access as one text (`scope_of`). Row-level security compares the scope of a row with the scopes of the reader
(`apps/sql/library.sql`). The scope is the first column of every index table, so that a search reads no row of
an item that the reader may not read.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from vedette.apps.columns import new_id

#: The languages of variants: code → the name in the language itself.
LANGUAGES = {
    "en": "English", "fr": "Français", "es": "Español", "ar": "العربية", "pt": "Português", "ru": "Русский",
}  # fmt: skip
#: The languages that are written from right to left.
RIGHT_TO_LEFT = ("ar",)


class Own(models.Model):
    """The base class of rows with an id and the organisation to which the item belongs."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        abstract = True


class Group(Own):
    """A named group of organisations that may read an item. `organisation` is the organisation that manages
    the group.
    """

    name = models.CharField(max_length=120)
    members = ArrayField(models.UUIDField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="library_group_name")
        ]


class Access(models.TextChoices):
    """Who reads an item."""

    PUBLIC = "public", pgettext_lazy("access", "everybody")
    MEMBERS = "members", pgettext_lazy("access", "all Members")
    ORGANISATION = "organisation", pgettext_lazy("access", "own organisation")
    GROUP = "group", pgettext_lazy("access", "a named group")


class Item(Own):
    """An item of the library. Titles and texts are in the variants of an item."""

    class Kind(models.TextChoices):
        """The kinds of items (`vedette.library.items.KINDS`)."""

        POLICY = "policy", pgettext_lazy("library", "policy")
        STANDARD = "standard", pgettext_lazy("library", "standard")
        GUIDELINE = "guideline", pgettext_lazy("library", "guideline")
        TOOL = "tool", pgettext_lazy("library", "tool")
        TRAINING = "training", pgettext_lazy("library", "training material")
        FORM = "form", pgettext_lazy("library", "form")
        LESSON = "lesson", pgettext_lazy("library", "lesson learned")

    #: The identifier in an imported collection, unique within the organisation.
    reference = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    themes = ArrayField(models.CharField(max_length=20), default=list)
    #: The readers for whom it was written, for example officers at a post.
    audience = models.CharField(max_length=200, blank=True)
    access = models.CharField(max_length=12, choices=Access.choices)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, null=True, related_name="+")
    scope = models.CharField(max_length=60)
    #: Codes of the Harmonised System (beginnings of codes), and names of substances.
    hs = ArrayField(models.CharField(max_length=10), default=list)
    substances = ArrayField(models.CharField(max_length=120), default=list)
    #: Who published it, where it is, and under which licence.
    source = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=500, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    valid_until = models.DateField(null=True)
    #: The item that replaces this one.
    superseded_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="supersedes"
    )
    withdrawn_at = models.DateTimeField(null=True)
    #: The number of the latest version.
    number = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "reference"], name="library_reference",
                condition=~models.Q(reference=""),
            ),
            models.CheckConstraint(
                condition=models.Q(access="group", group__isnull=False)
                | ~models.Q(access="group") & models.Q(group__isnull=True),
                name="library_group_stated",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["scope", "-created_at", "-id"], name="library_list")]


class Version(Own):
    """A version of an item. `number` counts the versions from 1. `label` is the name that the publisher gives
    the version."""

    item = models.ForeignKey(
        Item, on_delete=models.CASCADE, related_name="versions", db_index=False
    )
    number = models.PositiveIntegerField(default=1)
    label = models.CharField(max_length=60, blank=True)
    year = models.PositiveSmallIntegerField(null=True)
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="library_version_number")
        ]


class Variant(Own):
    """A version in one language: title, summary, keywords, and the text of its file."""

    class State(models.TextChoices):
        """The state of the file of a variant."""

        NONE = "none", _("no file")
        WAITING = "waiting", _("the text is being read")
        READY = "ready", _("the search covers the text of the file")
        EMPTY = (
            "empty",
            _("the file contains no readable text; the search finds it by title and summary"),
        )
        FAILED = (
            "failed",
            _("the text could not be read; the search finds the item by title and summary"),
        )

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="variants")
    version = models.ForeignKey(
        Version, on_delete=models.CASCADE, related_name="variants", db_index=False
    )
    language = models.CharField(max_length=2, choices=list(LANGUAGES.items()))
    title = models.CharField(max_length=300)
    summary = models.TextField(blank=True)
    keywords = ArrayField(models.CharField(max_length=120), default=list)
    file_name = models.CharField(max_length=200, blank=True)
    media = models.CharField(max_length=10, blank=True)
    size = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.NONE)
    attempts = models.PositiveSmallIntegerField(default=0)
    text = models.TextField(blank=True)
    #: Whether a worker must index the variant (again).
    to_index = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "language"], name="library_variant_once")
        ]
        indexes = [
            models.Index(fields=["id"], name="library_to_index", condition=models.Q(to_index=True)),
            models.Index(
                fields=["id"], name="library_to_read", condition=models.Q(state="waiting")
            ),
        ]


class File(models.Model):
    """The bytes of the file of a variant."""

    variant = models.OneToOneField(
        Variant, on_delete=models.CASCADE, primary_key=True, related_name="file"
    )
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    data = models.BinaryField()


class Opinion(Own):
    """The opinion of a reader on whether an item was helpful on a page about a hit, a goods item, a cash
    movement or an operation. `organisation` is the organisation of the reader.
    """

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    theme = models.CharField(max_length=20)
    helps = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "item", "theme"], name="library_opinion_once")
        ]


class Entry(models.Model):
    """A variant in the index. The row is deleted in the transaction that changes the item. A search can
    therefore never find an item through an index row with outdated access rights. A worker then writes the
    row again.
    """

    number = models.AutoField(primary_key=True)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    scope = models.CharField(max_length=60)
    variant = models.OneToOneField(Variant, on_delete=models.CASCADE, related_name="entry")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+")
    language = models.CharField(max_length=2)
    kind = models.CharField(max_length=10)
    themes = ArrayField(models.CharField(max_length=20))
    year = models.PositiveSmallIntegerField(null=True)
    source = models.CharField(max_length=200)
    superseded = models.BooleanField()

    class Meta:
        indexes = [models.Index(fields=["scope"], name="library_entry_scope")]


class Posting(models.Model):
    """The index entries that contain a key, with the weight of the key in each entry. One row contains the
    entries of one scope that were indexed together (`batch`).
    """

    scope = models.CharField(max_length=60)
    key = models.CharField(max_length=60)
    batch = models.IntegerField()
    numbers = ArrayField(models.IntegerField())
    weights = ArrayField(models.IntegerField())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "key", "batch"], name="library_posting_once")
        ]


class Near(models.Model):
    """A shortened form of a word: the word without some of its letters, as a hash (`indexing.form_hash`). The
    row contains the word in normalised form, and its most exact key. A correct word and the same word with a
    typing error share at least one shortened form.
    """

    scope = models.CharField(max_length=60)
    form = models.BigIntegerField()
    word = models.CharField(max_length=60)
    key = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "form", "word", "key"], name="library_near_once"
            )
        ]


def scope_of(item: Item) -> str:
    """Returns the scope of an item, which is a text that identifies the users who may read the item. A
    withdrawn item has the scope `withdrawn:` of its organisation.
    """
    home: uuid.UUID = item.organisation_id
    if item.withdrawn_at is not None:
        return f"withdrawn:{home}"
    if item.access == Access.ORGANISATION:
        return f"organisation:{home}"
    if item.access == Access.GROUP:
        return f"group:{item.group_id}"
    return str(item.access)
