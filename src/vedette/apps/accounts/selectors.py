"""Reads of accounts."""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet

from vedette.apps.accounts.models import ApiToken, User


def demo_password(username: str) -> str:
    """The password of a login of the demonstration; never set outside it, and shown with it."""
    return f"demo-{username}"


def demo_logins() -> QuerySet[User]:
    """The logins that the sign-in page offers: those of synthetic organisations, in a demonstration."""
    if not settings.DEMO:
        return User.objects.none()
    return User.objects.filter(organisation__synthetic=True, is_active=True).order_by("date_joined")


def colleagues(user: User) -> QuerySet[User]:
    """Who a hit may be handed to, or who may be the second officer: others of the organisation."""
    roles = (User.Role.OFFICER, User.Role.SUPERVISOR)
    return (
        User.objects.filter(organisation=user.organisation_id, is_active=True, role__in=roles)
        .exclude(pk=user.pk)
        .order_by("last_name", "first_name", "username")
    )


def people(by: User) -> QuerySet[User]:
    """Everybody active in the organisation."""
    return User.objects.filter(organisation=by.organisation_id, is_active=True).order_by("username")


def tokens(by: User) -> QuerySet[ApiToken]:
    """The API tokens of the organisation, latest first."""
    found = ApiToken.objects.filter(user__organisation=by.organisation_id)
    return found.select_related("user").order_by("-created_at")
