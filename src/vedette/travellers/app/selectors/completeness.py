"""Whether the picture of a flight is complete: parts missing, lists late or never come.

A transfer is one sending, in one part or several, joined on the common access reference (UNH 0068).
Which parts are missing is told by `vedette.core.statements.missing_parts`, here as where a push marks absent.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import (
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Coalesce

from vedette.travellers.app.models import Flight, Message
from vedette.travellers.sendings import missing_parts

#: A passenger list is due this long before the flight lands: later, nobody can act on it.
API_DUE = dt.timedelta(minutes=60)
#: Bookings are due this long before the flight lands (the last push but one, 2 h to departure).
PNR_DUE = dt.timedelta(minutes=120)
#: A part may be this late behind its fellows before the transfer counts as incomplete.
PART_GRACE = dt.timedelta(minutes=10)

API, PNR = "api", "pnr"

#: The parts of each transfer that has several, or whose only part is not the whole, among the
#: messages that `{which}` names.
_IN_PARTS = """
    SELECT flight_id, array_agg(sequence), max(sequence) FILTER (WHERE last) FROM intake_message
    WHERE {which} AND flight_id IS NOT NULL AND sequence IS NOT NULL AND resend_of_id IS NULL
    GROUP BY flight_id, sender, coalesce(nullif(common_access_ref, ''), interchange_ref)
    HAVING max(received_at) < %(latest)s AND NOT (max(sequence) = 1 AND bool_or(last) IS TRUE)
"""


@dataclass
class Transfer:
    """One sending of one sender about one flight, as far as it has come."""

    kind: str
    sender: str
    reference: str
    function: str
    received_at: dt.datetime
    last_at: dt.datetime
    prepared_at: dt.datetime | None = None
    parts: set[int] = field(default_factory=set)
    ends: int | None = None
    travellers: int = 0
    bookings: int = 0
    warnings: int = 0
    messages: list[uuid.UUID] = field(default_factory=list)

    @property
    def missing(self) -> list[int]:
        """Numbers of the parts between the first and the last known that did not come."""
        return missing_parts(self.parts, self.ends)

    @property
    def whole(self) -> bool:
        """True when every part up to the one marked last is there."""
        return self.ends is not None and not self.missing

    def incomplete(self, now: dt.datetime) -> bool:
        """True when parts lack and the time allowed for them is over."""
        return not self.whole and self.last_at < now - PART_GRACE


def kind_of(message_format: str) -> str:
    """`api` for passenger and crew lists, `pnr` for bookings."""
    return PNR if message_format.startswith("PNR") else API


def transfers(rows: Iterable[dict[str, Any]]) -> list[Transfer]:
    """Messages (dicts with `FIELDS`) as transfers, in the order they came; resends add nothing."""
    found: list[Transfer] = []
    latest: dict[tuple[Any, ...], Transfer] = {}
    rows = sorted(rows, key=lambda r: (r["received_at"], r["id"]))
    for row in (r for r in rows if r["resend_of_id"] is None):
        kind = kind_of(row["format"])
        reference = row["common_access_ref"] or row["interchange_ref"]
        key = (row["flight_id"], kind, row["sender"], reference)
        one = latest.get(key)
        # Some carriers keep one reference for all pushes: a part again is another sending.
        if one is None or (row["sequence"] or 1) in one.parts:
            one = latest[key] = Transfer(
                kind=kind,
                sender=row["sender"],
                reference=reference,
                function=row["function"],
                received_at=row["received_at"],
                last_at=row["received_at"],
                prepared_at=row["prepared_at"],
            )
            found.append(one)
        _add(one, row)
    for row in (r for r in rows if r["resend_of_id"] is not None):
        for one in found:
            if row["resend_of_id"] in one.messages:
                one.messages.append(row["id"])
    return found


def _add(one: Transfer, row: dict[str, Any]) -> None:
    one.last_at = max(one.last_at, row["received_at"])
    one.messages.append(row["id"])
    number = row["sequence"] or 1
    one.parts.add(number)
    if row["last"] or row["sequence"] is None:
        one.ends = max(number, one.ends or 1)
    one.travellers += row["traveller_count"]
    one.bookings += row["booking_count"]
    one.warnings += row["warning_count"]


FIELDS = (
    "id", "flight_id", "format", "function", "sender", "interchange_ref", "common_access_ref",
    "sequence", "last", "prepared_at", "received_at", "resend_of_id", "traveller_count",
    "booking_count", "warning_count",
)  # fmt: skip


def transfers_of(flights: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Transfer]]:
    """For each of these flights its transfers; one query."""
    rows: dict[uuid.UUID, list[dict[str, Any]]] = {flight: [] for flight in flights}
    for row in Message.objects.filter(flight_id__in=flights).values(*FIELDS):
        rows[row["flight_id"]].append(row)
    return {flight: transfers(found) for flight, found in rows.items()}


def incomplete_flights(which: str, params: dict[str, Any], now: dt.datetime) -> set[uuid.UUID]:
    """Flights with an incomplete transfer; `which` is a fixed SQL condition on `intake_message`."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_PARTS.format(which=which), {**params, "latest": now - PART_GRACE})
        return {
            flight
            for flight, numbers, end in cursor.fetchall()
            if end is None or missing_parts(numbers, end)
        }


def _before_landing(margin: dt.timedelta, of: type[F] = F) -> ExpressionWrapper:
    lands = Coalesce(of("arrives_at"), of("departs_at"))
    return ExpressionWrapper(
        lands - Value(margin, output_field=DurationField()),
        output_field=DateTimeField(),
    )


def with_due(flights: QuerySet[Flight]) -> QuerySet[Any]:
    """Flights with `lands`, `api_due` and `pnr_due`, which `without` and `late` read."""
    return flights.annotate(
        lands=Coalesce("arrives_at", "departs_at"),
        api_due=_before_landing(API_DUE),
        pnr_due=_before_landing(PNR_DUE),
    )


def without(now: dt.datetime) -> Q:
    """Flights whose passenger list or bookings are due and have not come."""
    return Q(api_at=None, api_due__lt=now) | Q(pnr_at=None, pnr_due__lt=now)


def late() -> Q:
    """Flights whose first passenger list came after it was due."""
    in_time = Message.objects.filter(
        flight=OuterRef("pk"),
        format__startswith="PAX",
        received_at__lte=_before_landing(API_DUE, OuterRef),
    )
    return Q(api_at__isnull=False, api_due__isnull=False) & ~Q(Exists(in_time))


def standing(flight: Flight, kind: str, sendings: Iterable[Transfer], now: dt.datetime) -> str:
    """`received`, `late`, `missing` or `awaited`: how the messages of one kind stand."""
    lands = flight.arrives_at or flight.departs_at
    due = lands - (API_DUE if kind == API else PNR_DUE) if lands else None
    came = [one.received_at for one in sendings if one.kind == kind]
    if came or (flight.api_at if kind == API else flight.pnr_at):
        late = kind == API and due is not None and came and min(came) > due
        return "late" if late else "received"
    return "missing" if due is not None and due < now else "awaited"
