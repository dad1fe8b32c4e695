"""Models of the hash chain: seals, rows that wait for a seal, the history of settings, and the id
of the installation.
"""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Installation(models.Model):
    """A table with one row, which contains the id of this installation. The first seal and every
    head contain this id.
    """

    id = models.UUIDField(primary_key=True, editable=False)


class Pending(models.Model):
    """A note about a committed row that must still be added to the hash chain. Database triggers write the
    note. Only the sealer, which adds the row to the chain, deletes the note.
    """

    #: Key of `canonical.CHAINED`.
    kind = models.CharField(max_length=20)
    row_id = models.CharField(max_length=36)
    #: True if the row was deleted because the law required it.
    gone = models.BooleanField(default=False)
    #: For a deleted row: the proof that its deletion was required by law (`canonical.py`).
    proof = models.BinaryField(null=True)
    since = models.DateTimeField(db_default=Now())


class Seal(models.Model):
    """One link of the hash chain. The table is append-only."""

    seq = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=20)
    row_id = models.CharField(max_length=36)
    gone = models.BooleanField()
    at = models.DateTimeField()
    #: Epoch of the key of the chain.
    epoch = models.PositiveSmallIntegerField()
    #: Keyed hash of the texts of a decision, which are stored beside the row until they are masked.
    words = models.BinaryField(null=True)
    #: HMAC-SHA-256 over the previous hash, the values of this seal and the sealed row (`canonical.py`).
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "row_id", "gone"], name="sealed_once"),
        ]


class Setting(models.Model):
    """One change of a setting, with the old and new values of the changed columns.

    The rows of this table are
    written only by the database triggers of the tables of settings (`journal.sql`). The table is
    append-only and part of the hash chain. The table contains no password hashes and no personal
    data of subjects.
    """

    at = models.DateTimeField(db_default=Now())
    organisation_id = models.UUIDField(null=True)
    #: The signed-in user. None for a change on the command line.
    user_id = models.UUIDField(null=True)
    #: `user`, `unit`, `organisation`, `watchlist`.
    thing = models.CharField(max_length=20)
    row_id = models.CharField(max_length=36)
    #: `INSERT`, `UPDATE` or `DELETE`.
    deed = models.CharField(max_length=6)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["organisation_id", "-id"], name="setting_recent"),
            models.Index(fields=["thing", "row_id", "-id"], name="setting_of"),
        ]
