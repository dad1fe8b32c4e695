"""Sessions in a table of this app: with user, time of last use, and encrypted content.

There are two limits: a time without use (`SESSION_IDLE`), and a maximum time from sign-in
(`SESSION_COOKIE_AGE`, set as a fixed end at sign-in).
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.serializers import JSONSerializer
from django.utils import timezone

from vedette.apps.accounts.locking import lock, unlock
from vedette.apps.accounts.models import Session
from vedette.keys.ring import KeysError

#: Minimum time between two updates of a session's last use.
NOTED = dt.timedelta(seconds=60)
_USE = "session"


class SessionStore(DatabaseStore):
    """Django's database session with an idle limit, a user, and encrypted content.

    `ended_of` is the user of an expired session that the browser sent; otherwise None.
    """

    ended_of: uuid.UUID | None = None
    active_at: dt.datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The session model of this app."""
        return Session

    def load(self) -> dict[str, Any]:
        """The content of the session; empty if it expired, was ended, or cannot be decrypted."""
        row = Session.objects.filter(session_key=self.session_key).first()
        if row is not None:
            now = timezone.now()
            if row.expire_date > now and row.active_at > now - settings.SESSION_IDLE:
                self.active_at = row.active_at
                return self.decode(row.session_data)
            self.ended_of = row.user_id
        self._session_key = None
        return {}

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Encrypts the content, because it may contain a typed form or an unconfirmed secret."""
        return lock(JSONSerializer().dumps(session_dict).decode("latin-1"), _USE)

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Decrypts the content; an unreadable one becomes empty, which ends the session."""
        try:
            found: dict[str, Any] = json.loads(unlock(str(session_data), _USE))
        except (KeysError, ValueError):
            return {}
        return found

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row to be stored; saving counts as use."""
        return Session(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            user_id=data.get("_auth_user_id"),
            active_at=timezone.now(),
        )

    def touch(self) -> None:
        """Records that the session was used now."""
        now = timezone.now()
        if self.active_at is not None and now - self.active_at > NOTED:
            Session.objects.filter(session_key=self.session_key).update(active_at=now)
            self.active_at = now


def end_sessions(user: uuid.UUID, but: str | None = None, using: str = "default") -> int:
    """Ends the sessions of `user` immediately, except the one with the key `but`; returns their number."""
    found = Session.objects.using(using).filter(user_id=user)
    if but is not None:
        found = found.exclude(session_key=but)
    return found.delete()[0]
