"""One profile with its versions, its life, what it brought, and what it overlaps."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from vedette.apps.profiles import statistics
from vedette.apps.profiles.models import Profile, ShadowFire, Version, VersionEvent
from vedette.apps.profiles.statistics import Brought, Overlap

#: Events of a life that are shown, the latest; their number is always said.
SHOWN = 60


@dataclass(frozen=True)
class File:
    """A profile, the version looked at, and the others."""

    profile: Profile
    version: Version
    versions: list[Version]

    @property
    def active(self) -> Version | None:
        """The version that runs, or would if it were not suspended."""
        return next((v for v in self.versions if v.state == Version.State.ACTIVE), None)

    @property
    def open(self) -> Version | None:
        """The draft, or what waits for approval."""
        states = (Version.State.DRAFT, Version.State.ASKED)
        return next((v for v in self.versions if v.state in states), None)

    @property
    def before(self) -> Version | None:
        """The version to compare with: the active one, else the one before."""
        if self.active is not None and self.active.pk != self.version.pk:
            return self.active
        return next((v for v in self.versions if v.number < self.version.number), None)


def file(pk: uuid.UUID, number: int | None = None) -> File:
    """A profile with one of its versions: that number, else what is open, what is active, the last.

    Raises `Profile.DoesNotExist` and `Version.DoesNotExist`.
    """
    rows = Version.objects.select_related("profile__suspended_by", "author", "approved_by")
    versions = list(rows.filter(profile=pk).order_by("-number"))
    if not versions:
        raise Profile.DoesNotExist
    whole = File(versions[0].profile, versions[0], versions)
    if number is None:
        chosen = whole.open or whole.active or versions[0]
    else:
        known = (v for v in versions if v.number == number)
        found = next(known, None)
        if found is None:
            raise Version.DoesNotExist
        chosen = found
    return File(chosen.profile, chosen, versions)


def life(version: Version) -> QuerySet[VersionEvent]:
    """The life of a version, oldest first."""
    return VersionEvent.objects.select_related("by").filter(version=version).order_by("at", "pk")


@dataclass(frozen=True)
class Results:
    """What a version raised in all and per active day, and other profiles that raised the same subjects."""

    ever: Brought
    overlap: list[Overlap]
    per_day: float | None
    review: list[str]


def results(version: Version) -> Results | None:
    """What an active or ended version brought; None of one that never ran."""
    if version.active_from is None:
        return None
    ever = statistics.brought([version.pk])[version.pk]
    due = statistics.review_due(version, ever) if version.state == Version.State.ACTIVE else []
    return Results(
        ever=ever,
        overlap=statistics.overlap(version),
        per_day=ever.hits / max(statistics.days_run(version), 1.0) if ever.hits else None,
        review=due,
    )


def shadowed(version: Version) -> int:
    """Number of subjects that a version in shadow mode would have raised."""
    return ShadowFire.objects.filter(version=version).aggregate(n=Count("pk"))["n"]


def shadow_overlap(version: Version) -> int:
    """Of those, how many have a hit all the same, raised by something else."""
    fires = ShadowFire.objects.filter(version=version)
    return fires.filter(subject__hit__isnull=False).count()
