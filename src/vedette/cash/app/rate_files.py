"""The import of exchange rates, and the content of the page of rates. Imported rates are never changed. If a
later file is imported, its rates are stored as new versions, and earlier conversions keep the old rates.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import connections, transaction
from django.db.models import Count, Max

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.cash import rates
from vedette.cash.app.known import SOURCES
from vedette.cash.app.models import Rate, RateFile
from vedette.cash.rates import RatesError
from vedette.core.texts import gettext_lazy

#: Number of imports that the page shows.
SHOWN = 50
_ADD = """
    INSERT INTO cash_rate (organisation_id, file_id, source, currency, base, units, worth, day, until)
    SELECT %(of)s, %(file)s, %(source)s, t.currency, t.base, t.units, t.worth, t.day, t.until
    FROM unnest(%(currencies)s::text[], %(bases)s::text[], %(units)s::numeric[], %(worth)s::numeric[],
                %(days)s::date[], %(until)s::date[]) t (currency, base, units, worth, day, until)
"""
OTHER_SOURCE = gettext_lazy("The file contains rates of the source %(value)s, not of %(stored)s.")


@dataclass(frozen=True)
class Imported:
    """The result of an import. `again` is true if the same file had already been imported."""

    file: RateFile
    again: bool = False


@dataclass(frozen=True)
class SourceState:
    """The state of a source of rates: the day of the newest rates, the age of these rates in days, and the
    last day on which the rates are valid. `old` is true if the rates are not valid today. Also contains
    whether conversions use the source, and how many files from the source were imported."""

    source: str
    newest: dt.date | None
    age: int | None
    until: dt.date | None
    old: bool
    used: bool
    count: int


@transaction.atomic
def import_by(user: User, data: bytes, source: str = "") -> Imported:
    """Imports a file on behalf of an administrator. Raises `PermissionDenied` if the user may not import
    rates, and `RatesError` if the file cannot be used."""
    rules.check(user, "rates.import")
    assert user.organisation_id is not None  # noqa: S101  the rule asks for an organisation
    return import_file(user.organisation_id, data, source, by=user)


def import_file(
    organisation: uuid.UUID,
    data: bytes,
    source: str = "",
    by: User | None = None,
    using: str = "default",
) -> Imported:
    """Stores the rates of a file in the caller's transaction. `source` is the expected source. If `source` is
    empty, every source is accepted. If a file is damaged, its valid rows and a list of its problems are
    stored. A worker then converts the movements for which a rate was missing.

    Raises `RatesError` if the file contains no rates, is from another source, or is older than the stored
    rates.
    """
    found = rates.read(data)
    if source and found.source != source:
        raise RatesError(OTHER_SOURCE.given(value=found.source, stored=source))
    digest = hashlib.sha256(data).digest()
    files = RateFile.objects.using(using).filter(organisation_id=organisation, source=found.source)
    with connections[using].cursor() as cursor:
        # Two imports of one source follow each other, so that the older one is refused.
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"rates {organisation} {found.source}"],
        )
        cursor.execute("SELECT vedette_now()")
        at: dt.datetime = cursor.fetchone()[0]
    if same := files.filter(digest=digest).first():
        return Imported(same, again=True)
    rates.newer(found, files.aggregate(newest=Max("last_day"))["newest"])
    file = RateFile.objects.using(using).create(
        organisation_id=organisation, source=found.source, format=_format(data),
        first_day=min(rate.valid_from for rate in found.rates), last_day=found.newest,
        count=len(found.rates), digest=digest, at=at, by=by,
        problems=[msgspec.to_builtins(one) for one in found.problems],
    )  # fmt: skip
    some = found.rates
    with connections[using].cursor() as cursor:
        cursor.execute(
            _ADD,
            {
                "of": organisation, "file": file.pk, "source": found.source,
                "currencies": [one.currency for one in some], "bases": [one.base for one in some],
                "units": [one.units for one in some], "worth": [one.worth for one in some],
                "days": [one.valid_from for one in some], "until": [one.valid_until for one in some],
            },
        )  # fmt: skip
    counts: dict[str, Any] = {"count": file.count, "problems": len(found.problems)}
    if by is None:
        counts["by"] = "operator"
    acts.write(by, "rates.import", found.source, organisation=organisation, using=using, **counts)
    return Imported(file)


def _format(data: bytes) -> str:
    return "XML" if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<" else "CSV"


def states(today: dt.date, organisation: uuid.UUID, using: str = "default") -> list[SourceState]:
    """Returns the state of each source of rates. The first source in the result is the source that
    conversions use."""
    files = RateFile.objects.using(using).filter(organisation_id=organisation)
    stored: dict[str, Any] = {
        one["source"]: one
        for one in files.values("source").annotate(
            newest=Max("last_day"), count=Count("pk"), last=Max("pk")
        )
    }
    ends = {
        one["source"]: one["end"]
        for one in Rate.objects.using(using)
        .filter(organisation_id=organisation, file__in=[one["last"] for one in stored.values()])
        .values("source")
        .annotate(end=Max("until"))
    }
    used = next((source for source in SOURCES if source in stored), None)
    made = []
    for source in SOURCES:
        newest = stored[source]["newest"] if source in stored else None
        end = ends.get(source)
        made.append(
            SourceState(
                source=source,
                newest=newest,
                age=max(0, (today - newest).days) if newest else None,
                until=end,
                old=end is not None and end < today,
                used=source == used,
                count=stored[source]["count"] if source in stored else 0,
            )
        )
    return made
