"""Queries about accounts."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Count, QuerySet
from django.utils import timezone

from vedette.apps.accounts.models import ApiToken, Session, Unit, User


def demo_password(username: str) -> str:
    """Returns the password of a demonstration user, which the sign-in page of a demonstration shows."""
    return f"demo-{username}"


def demo_logins() -> QuerySet[User]:
    """Returns the users of fictitious organisations, whose logins the sign-in page of a
    demonstration shows. Users without a usable password, who exist only for the demonstration
    journal, are left out.
    """
    if not settings.DEMO:
        return User.objects.none()
    return (
        User.objects.filter(organisation__synthetic=True, is_active=True)
        .exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)
        .order_by("date_joined")
    )


def colleagues(user: User) -> QuerySet[User]:
    """Returns the other officers and supervisors of the organisation. A user can hand a hit over to one of
    these colleagues, or name one as the second officer.
    """
    return (
        User.objects.filter(organisation=user.organisation_id, is_active=True)
        .filter(role__in=(User.Role.OFFICER, User.Role.SUPERVISOR))
        .exclude(pk=user.pk)
        .order_by("last_name", "first_name", "username")
    )


def tokens(by: User) -> QuerySet[ApiToken]:
    """Returns the API tokens of the organisation, newest first."""
    return (
        ApiToken.objects.filter(user__organisation=by.organisation_id)
        .select_related("user")
        .order_by("-created_at")
    )


def sessions(user: User) -> QuerySet[Session]:
    """Returns the sessions of the user, most recently used first."""
    now = timezone.now()
    return Session.objects.filter(
        user=user, expire_date__gt=now, active_at__gt=now - settings.SESSION_IDLE
    ).order_by("-active_at")


def staff(by: User) -> QuerySet[User]:
    """Returns all users of the organisation, including suspended users, sorted by surname."""
    return (
        User.objects.filter(organisation=by.organisation_id)
        .select_related("unit")
        .order_by("last_name", "first_name", "username")
    )


def units(by: User) -> QuerySet[Unit]:
    """Returns the units of the organisation, each with the number of its users as `people`."""
    return (
        Unit.objects.filter(organisation=by.organisation_id)
        .annotate(people=Count("user"))
        .order_by("name")
    )
