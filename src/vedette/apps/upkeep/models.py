"""How fast somebody goes, and whether the workers live. Both tables are unlogged: lost in a crash of
the database, and made anew within a minute."""

from __future__ import annotations

from django.db import models

from vedette.apps.columns import new_id


class Rate(models.Model):
    """One caller of one kind of thing: when they would be rested again (generic cell rate algorithm)."""

    #: Keyed hash of the kind with a token, a user or an address; never the address itself.
    key = models.BinaryField(primary_key=True, max_length=16)
    rested_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["rested_at"], name="rate_rested")]


class Beat(models.Model):
    """A worker that lives: written every few seconds, removed when it ends in order."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
