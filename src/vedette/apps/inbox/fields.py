"""Columns of the inbox that are encrypted in the database."""

from __future__ import annotations

from typing import Any

from django.db import models

from vedette.apps.inbox import FILE_NAME
from vedette.keys.ring import KeysError


class LockedTextField(models.TextField):
    """A text column that is encrypted in the database and decrypted in Python. The database cannot search the
    text.

    If a text cannot be decrypted because its key is lost, the value is an empty text. No function of vedette
    requires the value.
    """

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        """Decrypts the value."""
        from vedette.apps.keyring import unlock

        if not value:
            return value
        try:
            return unlock(value, FILE_NAME)
        except KeysError:
            return ""

    def get_prep_value(self, value: Any) -> Any:
        """Encrypts the value, unless it is empty."""
        from vedette.apps.keyring import lock

        return lock(value, FILE_NAME) if value else value
