"""Queries about retention: profiles in force, data that is due, runs and their proofs, and times of
masking."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext
from psycopg import Connection

from vedette.apps.retention import parts
from vedette.apps.retention.actions import DEFAULT, templates
from vedette.apps.retention.models import Proof, RetentionProfile, Run
from vedette.apps.retention.parts import Periods, last_day
from vedette.apps.subjects.kinds import app_kind, app_kinds
from vedette.apps.subjects.tables import VAULT, declared

#: The maximum number of runs on the page.
RUNS = 30


@dataclass(frozen=True)
class Masked:
    """The time at which the values of a month were masked, and the retention profile that applied at that
    time."""

    at: dt.datetime
    profile: str
    version: int | None


@dataclass(frozen=True)
class Due:
    """A month of a retention class, with the days on which its last rows are masked and deleted. `masks_on`
    is None if the month is already masked.
    """

    retention_class: str
    month: dt.date
    masks_on: dt.date | None
    ends_on: dt.date
    #: The day on which the first rows of the month are masked and the values on which profiles were evaluated
    #: are deleted.
    masks_from: dt.date | None

    def late(self, today: dt.date) -> bool:
        """Returns whether the day on which the month must be masked or deleted is past."""
        return self.ends_on < today or (self.masks_on is not None and self.masks_on < today)


def profiles() -> list[RetentionProfile]:
    """Returns every version of every retention profile of the user's organisation, sorted by class and then
    newest first.
    """
    return list(
        RetentionProfile.objects.select_related("approval__asked_by", "approval__decided_by")
        .order_by("retention_class", "-version")
    )  # fmt: skip


def in_force(
    on: dt.date | None = None, retention_class: str | None = None
) -> RetentionProfile | None:
    """Returns the profile of the user's organisation that is in force for a class. The default of
    `retention_class` is the class of the first installed kind of subject. Returns None if the default profile
    applies.
    """
    return (
        RetentionProfile.objects.filter(
            retention_class=retention_class or declared().classes[0],
            active_from__lte=on or timezone.now().date(),
        )
        .order_by("-version")
        .first()
    )


@dataclass(frozen=True)
class InForce:
    """The retention that applies to a class today. `word` is the text with which pages name the subjects of
    the class."""

    retention_class: str
    word: str
    profile: RetentionProfile | None
    name: str
    basis: str
    periods: Periods


def classes() -> dict[str, str]:
    """Returns the retention classes of all kinds of subject, with the display names of their subjects."""
    found: dict[str, dict[str, None]] = {}
    for kind in app_kinds():
        found.setdefault(kind.tables.retention_class, {})[str(kind.theme[0])] = None
    return {class_: ", ".join(words) for class_, words in found.items()}


def all_in_force() -> list[InForce]:
    """Returns the retention that applies to each class today."""
    return [
        InForce(
            class_,
            word,
            profile,
            name_of(profile),
            profile.basis if profile else gettext(templates()[DEFAULT].basis),
            periods(class_),
        )
        for class_, word in classes().items()
        for profile in [in_force(retention_class=class_)]
    ]


def name_of(profile: RetentionProfile | None) -> str:
    """Returns the name of a profile in the language of the user. If `profile` is None, returns the name of
    the default profile.
    """
    return profile.name if profile else gettext(templates()[DEFAULT].name)


def periods(retention_class: str | None = None) -> Periods:
    """Returns the periods that apply to a class today. The default of `retention_class` is the class of the
    first installed kind of subject. The periods are the shortest of all organisations of the installation.
    """
    return parts.periods(_raw(), retention_class or declared().classes[0], timezone.now().date())


def masked(kind: str, month: dt.date) -> Masked | None:
    """Returns when the values of the subjects of a kind and month were masked, or None if they are not
    masked.
    """
    tables = app_kind(kind).tables
    proof = Proof.objects.filter(
        deed=Proof.Deed.MASKED, month=month.replace(day=1),
        table__in=[side.table for side in tables.side_tables[:1]],
    ).order_by("-at").first()  # fmt: skip
    if proof is None:
        return None
    profile = in_force(proof.at.date(), tables.retention_class)
    return Masked(proof.at, name_of(profile), profile.version if profile else None)


def due() -> list[Due]:
    """Returns the months that have rows, masked or not. Each month has the day on which it is masked and the
    day on which it is deleted.
    """
    clear, sealed = _months(*declared().side_tables), _months(VAULT)
    today = timezone.now().date()
    found = []
    for class_, month in sorted(clear | sealed):
        if month > today:
            continue
        period = periods(class_)
        last, after = last_day(month), dt.timedelta(days=period.mask_after)
        masks, begins = (last + after, month + after) if (class_, month) in clear else (None, None)
        found.append(Due(class_, month, masks, last + period.lasts(class_), begins))
    return found


def first_clear(today: dt.date) -> dt.date:
    """Returns the first day whose values are not masked and will not be masked today. If the values of all
    days are masked or will be masked today, returns `today`.
    """
    # The values on which profiles were evaluated are deleted when the first day of a month is masked.
    return min(
        (one.month for one in due() if one.masks_from and one.masks_from > today), default=today
    )


def _months(*tables: str) -> set[tuple[str, dt.date]]:
    """Returns the classes and months for which one of the given tables has a partition."""
    return {
        (part.retention_class, part.month)
        for table in tables
        for part in parts.leaves(_raw(), table)
        if part.month
    }


def _raw() -> Connection[Any]:
    """Returns the database connection of the request. The connection is limited to the scope of the user."""
    connection.ensure_connection()
    raw: Connection[Any] = connection.connection
    return raw


def runs() -> list[Run]:
    """Returns the last runs with their proofs, newest first."""
    return list(Run.objects.order_by("-started_at").prefetch_related("proofs")[:RUNS])
