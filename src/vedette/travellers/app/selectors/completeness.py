"""Whether all messages of a flight were received: missing parts, and late or missing passenger lists and
bookings.

`vedette.core.statements.missing_parts` determines the missing parts of a transfer. The decision whether a
push marks travellers as absent uses the same function.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
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

from vedette.apps.inbox.models import Message
from vedette.apps.inbox.selectors import FIELDS, PART_GRACE, Transfer, transfers
from vedette.core.statements import missing_parts
from vedette.travellers.app.models import Flight

#: Time before the landing of the flight at which a passenger list is due. A list that is received later is
#: too late to act on.
API_DUE = dt.timedelta(minutes=60)
#: Time before the landing of the flight at which bookings are due. The last push but one is sent two hours
#: before departure.
PNR_DUE = dt.timedelta(minutes=120)
API, PNR = "api", "pnr"

#: For each transfer that is not one whole message: the numbers of its parts, and the number of its last part.
#: `{which}` is a condition on the messages.
_IN_PARTS = """
    SELECT group_id, array_agg(sequence), max(sequence) FILTER (WHERE last) FROM inbox_message
    WHERE {which} AND group_id IS NOT NULL AND sequence IS NOT NULL AND resend_of_id IS NULL
    GROUP BY group_id, sender, coalesce(nullif(common_access_ref, ''), interchange_ref)
    HAVING max(received_at) < %(latest)s AND NOT (max(sequence) = 1 AND bool_or(last) IS TRUE)
"""


def kind_of(message_format: str) -> str:
    """Returns `pnr` for the formats of bookings, and `api` for the formats of passenger and crew lists."""
    return PNR if message_format.startswith("PNR") else API


def transfers_of(flights: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Transfer]]:
    """Returns the transfers of each of these flights. Runs one query."""
    rows: dict[uuid.UUID, list[dict[str, Any]]] = {flight: [] for flight in flights}
    for row in Message.objects.filter(group_id__in=flights).values(*FIELDS):
        rows[row["group_id"]].append(row)
    return {flight: transfers(found, kind_of) for flight, found in rows.items()}


def incomplete_flights(which: str, params: dict[str, Any], now: dt.datetime) -> set[uuid.UUID]:
    """Returns the flights with an incomplete transfer. `which` is a constant SQL condition on
    `inbox_message`."""
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
    """Returns the flights with the columns `lands`, `api_due` and `pnr_due`, which `without` and `late`
    use."""
    return flights.annotate(
        lands=Coalesce("arrives_at", "departs_at"),
        api_due=_before_landing(API_DUE),
        pnr_due=_before_landing(PNR_DUE),
    )


def without(now: dt.datetime) -> Q:
    """Returns the condition that the passenger list or the bookings are due and were not received."""
    return Q(api_at=None, api_due__lt=now) | Q(pnr_at=None, pnr_due__lt=now)


def late() -> Q:
    """Returns the condition that the first passenger list was received after it was due."""
    in_time = Message.objects.filter(
        group_id=OuterRef("pk"),
        format__startswith="PAX",
        received_at__lte=_before_landing(API_DUE, OuterRef),
    )
    return Q(api_at__isnull=False, api_due__isnull=False) & ~Q(Exists(in_time))


def standing(flight: Flight, kind: str, sendings: Iterable[Transfer], now: dt.datetime) -> str:
    """Returns `received`, `late`, `missing` or `awaited` for the messages of one kind (`API` or `PNR`)."""
    lands = flight.arrives_at or flight.departs_at
    due = lands - (API_DUE if kind == API else PNR_DUE) if lands else None
    came = [one.received_at for one in sendings if one.kind == kind]
    if came or (flight.api_at if kind == API else flight.pnr_at):
        late = kind == API and due is not None and came and min(came) > due
        return "late" if late else "received"
    return "missing" if due is not None and due < now else "awaited"
