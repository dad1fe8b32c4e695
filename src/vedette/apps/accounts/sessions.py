"""Sessions in a table of our own: whose they are, when last used, in cipher.

Two limits: so long without use (`SESSION_IDLE`), and so long after the sign-in whatever the use
(`SESSION_COOKIE_AGE`, set as a fixed end when somebody signs in).
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

#: The last use of a session is written at most this often.
NOTED = dt.timedelta(seconds=60)
_USE = "session"


class SessionStore(DatabaseStore):
    """Django's database session with the idle limit, an owner, and nothing in clear.

    `ended_of` is whose session this was where the browser brought one that ran out; None otherwise.
    """

    ended_of: uuid.UUID | None = None
    active_at: dt.datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Our table."""
        return Session

    def load(self) -> dict[str, Any]:
        """What the session holds; nothing where it ran out, was ended, or cannot be opened."""
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
        """In cipher: a session may hold what an officer typed, or a secret not yet confirmed."""
        return lock(JSONSerializer().dumps(session_dict).decode("latin-1"), _USE)

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """The other way; an unreadable one is an empty one, which ends it."""
        try:
            found: dict[str, Any] = json.loads(unlock(str(session_data), _USE))
        except (KeysError, ValueError):
            return {}
        return found

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row to be stored: saving is use."""
        return Session(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            user_id=data.get("_auth_user_id"),
            active_at=timezone.now(),
        )

    def touch(self) -> None:
        """Notes that the session was used just now."""
        now = timezone.now()
        if self.active_at is not None and now - self.active_at > NOTED:
            Session.objects.filter(session_key=self.session_key).update(active_at=now)
            self.active_at = now


def end_sessions(user: uuid.UUID, but: str | None = None, using: str = "default") -> int:
    """Ends the sessions of `user` at once, all `but` the one of that key; gives how many."""
    found = Session.objects.using(using).filter(user_id=user)
    if but is not None:
        found = found.exclude(session_key=but)
    return found.delete()[0]
