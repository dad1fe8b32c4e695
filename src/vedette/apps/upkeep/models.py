"""Models of rate limits and of heartbeats. Both tables are unlogged: after a crash of the database they are
empty, and are filled again within a minute."""

from __future__ import annotations

from django.db import models

from vedette.apps.columns import new_id


class Rate(models.Model):
    """The state of one caller's limit of one kind: the time at which it is free again (generic cell rate
    algorithm)."""

    #: Keyed hash of the kind with a token, a user or an address; never the address itself.
    key = models.BinaryField(primary_key=True, max_length=16)
    rested_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["rested_at"], name="rate_rested")]


class Beat(models.Model):
    """The heartbeat of a running worker. It is written every few seconds and deleted when the worker ends
    normally."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
