"""Columns that several apps share: local times, time-ordered ids, and the scope of personal data."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import combinations
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

# Migrations import it from this module.
from vedette.core.ids import new_id as new_id
from vedette.core.themes import SHARED, TOGETHER, reader_themes


class LocalDateTimeField(models.Field):
    """A local time, stored without its time zone (`timestamp`)."""

    def db_type(self, connection) -> str:
        """Returns the type `timestamp`, because PostgreSQL does not convert values of this type to another
        time zone.
        """
        return "timestamp without time zone"


class Theme(models.TextChoices):
    """The five themes of the WCO Security Programme."""

    PASSENGERS = "passengers", _("Passenger controls")
    GLOBAL_SHIELD = "global_shield", _("Programme Global Shield")
    STRATEGIC = "strategic", _("STCE")
    SMALL_ARMS = "small_arms", _("SALW")
    CASH = "cash", _("Terrorist financing")


def data_themes(some: Iterable[str]) -> set[str]:
    """Returns the themes of the subjects that a user with these themes sees. The theme of a subject is the
    first theme of its kind. A reason has the theme of its list or profile, so a user sees only the hits whose
    reasons have one of the user's own themes."""
    own = set(some)
    return own.union(*(together for together in TOGETHER if together & own))


def themes() -> list[Any]:
    """Returns the choices of a column with a theme. A function returns the choices, so that a new theme needs
    no database migration.
    """
    return Theme.choices


class Purpose(models.TextChoices):
    """The purposes for which personal data may be used (Directive 2016/681, articles 1 (2) and 6 (2); ICAO
    Annex 9, 9.25).
    """

    TERRORISM = "terrorism", _("Terrorist offences")
    SERIOUS_CRIME = "serious_crime", _("Serious crime")
    BORDER = "border", _("Border and customs control")


#: Bits of one theme in a set of pairs: one bit for each purpose.
_BITS = len(Purpose)
#: The themes that a reason may have, in the order of their bits.
_OF_REASONS = [*Theme.values, *SHARED]


def pairs_of(some_themes: Iterable[str], purposes: Iterable[str]) -> int:
    """The pairs of a theme and a purpose, as a set of bits. A theme may be a shared theme, which stands for
    several themes (`core/themes.py`). To compute the pairs of a reader, the caller passes the themes that
    `reader_themes` returns.

    `vedette_pair` in `apps/sql/hits.sql` computes the bit of one pair in the same way.
    """
    return sum(
        1 << (_BITS * _OF_REASONS.index(theme) + Purpose.values.index(purpose))
        for theme in set(some_themes)
        for purpose in set(purposes)
    )


@lru_cache(maxsize=4096)
def views_of(pairs: int) -> tuple[int, ...]:
    """Returns each different subset of `pairs` that some user can see. A user sees only the pairs of the
    user's own themes and purposes."""
    return tuple(sorted({pairs & of_reader for of_reader in _readers()} - {0}))


@cache
def _readers() -> list[int]:
    """Returns all sets of pairs (theme and purpose) that a reader can have."""
    return [
        pairs_of(reader_themes(some), purposes)
        for some in _some(Theme.values)
        for purposes in _some(Purpose.values)
    ]


def _some(values: list[str]) -> list[tuple[str, ...]]:
    return [one for n in range(1, len(values) + 1) for one in combinations(values, n)]


class Personal(models.Model):
    """The columns of every table with personal data."""

    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    theme = models.CharField(max_length=20, choices=themes)
    purpose = models.CharField(max_length=20, choices=Purpose.choices, default=Purpose.BORDER)
    retention_class = models.CharField(max_length=20)
    #: First day of the month in which the retention clock started; side tables are partitioned by it.
    month = models.DateField()
    received_at = models.DateTimeField()

    class Meta:
        abstract = True
