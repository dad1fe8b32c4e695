"""The authentication backend."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend

from vedette.apps.accounts.models import User


class Passwords(ModelBackend):
    """Django's backend, but it refuses suspended accounts: at sign-in and at every request."""

    def user_can_authenticate(self, user: User | None) -> bool:  # type: ignore[override]
        """Whether the account is active and not suspended."""
        return bool(
            user is not None and super().user_can_authenticate(user) and user.suspended_at is None
        )
