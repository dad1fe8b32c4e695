"""Who may sign in, and stay signed in."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend

from vedette.apps.accounts.models import User


class Passwords(ModelBackend):
    """Django's own, except that a suspended account is refused: at the sign-in and on every request."""

    def user_can_authenticate(self, user: User | None) -> bool:  # type: ignore[override]
        """Active and not suspended."""
        return bool(
            user is not None and super().user_can_authenticate(user) and user.suspended_at is None
        )
