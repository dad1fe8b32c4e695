"""Columns of the inbox that people read and the database holds in cipher."""

from __future__ import annotations

from typing import Any

from django.db import models

from vedette.keys.ring import KeysError

FILE_NAME = "file name"


class LockedTextField(models.TextField):
    """A text that is locked on its way into the database and clear in Python; it cannot be searched.

    What does not open (a lost key) reads as empty: it is a help for people, nothing hangs on it.
    """

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        """In clear."""
        from vedette.apps.accounts.locking import unlock

        if not value:
            return value
        try:
            return unlock(value, FILE_NAME)
        except KeysError:
            return ""

    def get_prep_value(self, value: Any) -> Any:
        """In cipher; empty stays empty."""
        from vedette.apps.accounts.locking import lock

        return lock(value, FILE_NAME) if value else value
