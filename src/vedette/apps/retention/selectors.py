"""Reads of retention: profiles in force, what is due, runs and their proof, when something was masked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext

from vedette.apps.retention.models import Proof, RetentionProfile, Run
from vedette.apps.retention.parts import Part, Periods, last_day
from vedette.apps.retention.profiles import DEFAULT, TEMPLATES
from vedette.apps.subjects.tables import VAULT, declared

#: Runs on the page.
RUNS = 30


@dataclass(frozen=True)
class Masked:
    """When the clear values of a class and month were masked, and by which profile."""

    at: dt.datetime
    profile: str
    version: int | None


@dataclass(frozen=True)
class Due:
    """A month of a class: when its last day is masked, and when it ends; None for what is behind it."""

    retention_class: str
    month: dt.date
    masks_on: dt.date | None
    ends_on: dt.date
    #: When its first day is masked, and what profiles were judged on in it goes.
    masks_from: dt.date | None


def profiles() -> list[RetentionProfile]:
    """Every version of every profile of the organisation in scope, newest first."""
    return list(
        RetentionProfile.objects.select_related("approval__asked_by", "approval__decided_by")
        .order_by("retention_class", "-version")
    )  # fmt: skip


def in_force(
    retention_class: str = "passenger", on: dt.date | None = None
) -> RetentionProfile | None:
    """The profile in force of the organisation in scope; None where the shipped default counts."""
    day = on or timezone.now().date()
    found = RetentionProfile.objects.filter(retention_class=retention_class, active_from__lte=day)
    return found.order_by("-version").first()


def name_of(profile: RetentionProfile | None) -> str:
    """Name of a profile, the default's where there is none, in the reader's language."""
    return profile.name if profile else gettext(TEMPLATES[DEFAULT].name)


def periods(retention_class: str = "passenger", on: dt.date | None = None) -> Periods:
    """The days that count for a class: the shortest of all organisations of the installation."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT mask_after, delete_after, keep_after FROM vedette_periods(%s, %s)",
            [retention_class, on or timezone.now().date()],
        )
        return Periods(*cursor.fetchone())


def masked(month: dt.date) -> Masked | None:
    """When the travellers of a month (class passenger, or linked since) were masked; None before."""
    proof = (
        Proof.objects.filter(
            deed=Proof.Deed.MASKED, table="travellers_journeyclear", month=month.replace(day=1)
        )
        .order_by("-at")
        .first()
    )
    if proof is None:
        return None
    profile = in_force(on=proof.at.date())
    return Masked(proof.at, name_of(profile), profile.version if profile else None)


def due() -> list[Due]:
    """The months that are held, clear or sealed, with the days on which something happens to them."""
    clear, sealed = _months(*declared().side_tables), _months(VAULT)
    found = []
    for part in sorted(clear | sealed, key=lambda p: (p.retention_class, p.month or dt.date.min)):
        month = part.month
        if month is None:
            continue
        period = periods(part.retention_class)
        last, after = last_day(month), dt.timedelta(days=period.mask_after)
        masks, begins = (last + after, month + after) if part in clear else (None, None)
        ends = last + period.lasts(part.retention_class)
        if month <= timezone.now().date():
            found.append(Due(part.retention_class, month, masks, ends, begins))
    return found


def first_clear(today: dt.date) -> dt.date:
    """The first day whose values are in clear, and stay so today; `today` where nothing is held."""
    # What was judged goes with the first day of a month that is masked.
    clear = [one.month for one in due() if one.masks_from and one.masks_from > today]
    return min(clear, default=today)


def _months(*parents: str) -> set[Part]:
    """Classes and months that have a partition, whatever the table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT substring(leaf.relname FROM length(parent.relname) + 2) FROM pg_class parent"
            " JOIN pg_inherits b ON b.inhparent = parent.oid JOIN pg_inherits i ON i.inhparent = b.inhrelid"
            " JOIN pg_class leaf ON leaf.oid = i.inhrelid"
            " WHERE parent.relname = ANY(%s) AND leaf.relname !~ '_rest$'",
            [list(parents)],
        )
        names = [name for (name,) in cursor.fetchall()]
    return {
        Part("", name[:-8], dt.date(int(name[-7:-3]), int(name[-2:]), 1))
        for name in names
    }  # fmt: skip


def runs() -> list[Run]:
    """The last runs with their proofs, newest first."""
    return list(Run.objects.order_by("-started_at").prefetch_related("proofs")[:RUNS])
