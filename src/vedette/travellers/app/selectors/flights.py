"""Returns the flights of a day, the expected flights without a message, and the figures of carriers over
thirty days. This module also determines whether all messages of a flight were received. Parts of messages may
be missing. Passenger lists and bookings may be late or missing.

`vedette.core.statements.missing_parts` determines the missing parts of a transfer. The same function is used
to decide whether a push marks travellers as absent.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import (
    Count,
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
from django.utils import timezone
from django.utils.translation import gettext_lazy
from psycopg import Connection

from vedette.apps import display, query
from vedette.apps.accounts.models import User
from vedette.apps.hits.selectors import open_hits
from vedette.apps.inbox.models import Message
from vedette.apps.inbox.selectors import FIELDS, PART_GRACE, Transfer, transfers
from vedette.apps.subjects.kinds import Late
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
    WHERE {which} AND group_id IS NOT NULL AND sequence IS NOT NULL
    GROUP BY group_id, sender, coalesce(nullif(common_access_ref, ''), interchange_ref)
    HAVING max(received_at) < %(latest)s AND NOT (max(sequence) = 1 AND bool_or(last) IS TRUE)
"""


def kind_of(message_format: str) -> str:
    """Returns `pnr` for the formats of bookings, and `api` for the formats of passenger and crew lists."""
    return PNR if message_format.startswith("PNR") else API


#: One row for each reference of a sender. If `again` is not null, a part number was repeated, so that the
#: messages may belong to several transfers; `again` contains their ids. A whole message that was sent again
#: is left out.
_TRANSFERS = """
    SELECT group_id, pnr, sender, reference, min(received_at) AS received_at, max(received_at) AS last_at,
           (array_agg(id ORDER BY received_at, id))[1] AS first,
           (array_agg(function ORDER BY received_at, id))[1] AS function,
           (array_agg(prepared_at ORDER BY received_at, id))[1] AS prepared_at,
           array_agg(part) AS parts, array_agg(coalesce(resend_of_id, id)) AS contents,
           max(part) FILTER (WHERE last OR sequence IS NULL) AS ends,
           sum((counts ->> 'bookings')::int) AS bookings, sum((counts ->> 'subjects')::int) AS subjects,
           sum(warning_count) AS warnings,
           CASE WHEN count(*) > count(DISTINCT part) THEN array_agg(id) END AS again
    FROM (SELECT *, format LIKE 'PNR%%' AS pnr, coalesce(nullif(sequence, 0), 1) AS part,
                 coalesce(nullif(common_access_ref, ''), interchange_ref) AS reference
          FROM inbox_message WHERE group_id = ANY(%(flights)s)
              AND NOT (resend_of_id IS NOT NULL AND coalesce(sequence, 1) = 1 AND last IS NOT FALSE)) m
    GROUP BY group_id, pnr, sender, reference
"""


def transfers_of(flights: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Transfer]]:
    """Returns the transfers of each given flight, in the order of receipt, as `transfers` does. Only the
    first message of each transfer is returned. The database adds up the parts of a transfer. The messages
    themselves are read only if a sender repeats a part number."""
    found: dict[uuid.UUID, list[Transfer]] = {flight: [] for flight in flights}
    again: list[uuid.UUID] = []
    for row in query.dicts(_TRANSFERS, {"flights": list(flights)}):
        if row["again"]:
            again += row["again"]
            continue
        counts = {name: row[name] for name in ("bookings", "subjects") if row[name] is not None}
        found[row["group_id"]].append(
            Transfer(
                kind=PNR if row["pnr"] else API,
                sender=row["sender"],
                reference=row["reference"],
                function=row["function"],
                received_at=row["received_at"],
                last_at=row["last_at"],
                prepared_at=row["prepared_at"],
                parts=dict(zip(row["parts"], row["contents"], strict=True)),
                ends=row["ends"],
                counts=Counter(counts),
                warnings=row["warnings"],
                messages=[row["first"]],
            )
        )
    rows: dict[uuid.UUID, list[dict[str, Any]]] = {}
    for row in Message.objects.filter(pk__in=again).values(*FIELDS) if again else ():
        rows.setdefault(row["group_id"], []).append(row)
    for flight, some in rows.items():
        found[flight] += transfers(some, kind_of)
    for own in found.values():
        own.sort(key=lambda one: (one.received_at, one.messages[0]))
    return found


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


def standing(flight: Flight, kind: str, sendings: Iterable[Transfer], now: dt.datetime) -> str:
    """Returns `received`, `late`, `missing` or `awaited` for the messages of one kind (`API` or `PNR`)."""
    lands = flight.arrives_at or flight.departs_at
    due = lands - (API_DUE if kind == API else PNR_DUE) if lands else None
    came = [one.received_at for one in sendings if one.kind == kind]
    if came or (flight.api_at if kind == API else flight.pnr_at):
        late = kind == API and due is not None and came and min(came) > due
        return "late" if late else "received"
    return "missing" if due is not None and due < now else "awaited"


#: Number of seconds for which the number of flights without any message is cached.
SILENT_FOR = 60
#: Flights on one page of a day.
PAGE = 50
#: Time zones are from UTC−12 to UTC+14. A local day is therefore within this time of the same day in UTC.
_ZONES = dt.timedelta(hours=14)
#: State by which the flights of a day are filtered → its words.
STATES = {
    "hits": gettext_lazy("with hits to decide"),
    "without": gettext_lazy("without message"),
    "late": gettext_lazy("API late"),
    "incomplete": gettext_lazy("parts missing"),
}


@dataclass(frozen=True)
class Row:
    """Represents a flight on the page of a day. `api` and `pnr` are the states (`standing`) of the passenger
    lists and of the bookings of the flight."""

    flight: Flight
    transfers: list[Transfer]
    api: str
    pnr: str
    #: (level 4 to 1, number of open hits), highest level first. Levels without hits are left out.
    levels: list[tuple[int, int]]
    incomplete: bool


@dataclass(frozen=True)
class Day:
    """Contains one page of the flights of a day, with the counts of the whole day."""

    day: dt.date
    rows: list[Row]
    total: int
    matching: int
    counts: dict[str, int]
    carriers: list[str]
    airports: list[str]
    #: Key of the next page. None on the last page.
    following: str | None
    #: Flights that are expected and have no message (`silent`).
    silent: list[dict[str, Any]]


def on_day(day: dt.date) -> QuerySet[Flight]:
    """Returns the flights that land on the given day in local time of the airport. If the time of landing is
    not known, the day of departure is used."""
    start = dt.datetime.combine(day, dt.time())
    end = start + dt.timedelta(days=1)
    lands = Q(
        arrives_at__gte=start.replace(tzinfo=dt.UTC) - _ZONES,
        arrives_at__lt=end.replace(tzinfo=dt.UTC) + _ZONES,
        arrives_local__gte=start,
        arrives_local__lt=end,
    )
    return Flight.objects.filter(lands | Q(arrives_local=None, departs_on=day))


def levels_of(flights: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[tuple[int, int]]]:
    """Returns the number of open hits of each flight by level, the highest level first."""
    counts: dict[uuid.UUID, Counter[int]] = {flight: Counter() for flight in flights}
    grouped = (
        open_hits()
        .filter(group_id__in=flights)
        .values_list("group_id", "priority")
        .annotate(number=Count("id"))
        .order_by()
    )
    for flight, priority, number in grouped:
        counts[flight][display.level(priority)] += number
    return {flight: sorted(found.items(), reverse=True) for flight, found in counts.items()}


def _after(flights: QuerySet[Any], key: str) -> QuerySet[Any]:
    """Returns the flights after `key` (`<ISO time of landing>_<id>`). Returns all flights if the key is
    malformed."""
    try:
        at_text, _, id_text = key.partition("_")
        at, flight = dt.datetime.fromisoformat(at_text), uuid.UUID(id_text)
    except ValueError:
        return flights
    return flights.filter(Q(lands__gt=at) | Q(lands=at, id__gt=flight) | Q(lands=None))


def day(
    when: dt.date,
    *,
    carrier: str = "",
    state: str = "",
    airport: str = "",
    after: str = "",
    now: dt.datetime | None = None,
) -> Day:
    """Returns one page of the flights of a day, in order of landing. `state` is one of `STATES` or empty."""
    now = now or timezone.now()
    whole: QuerySet[Any] = on_day(when).annotate(
        lands=Coalesce("arrives_at", "departs_at"),
        api_due=_before_landing(API_DUE),
        pnr_due=_before_landing(PNR_DUE),
    )
    incomplete = incomplete_flights(
        "group_id = ANY(%(flights)s)", {"flights": list(whole.values_list("id", flat=True))}, now
    )
    lists_in_time = Message.objects.filter(
        group_id=OuterRef("pk"),
        format__startswith="PAX",
        received_at__lte=_before_landing(API_DUE, OuterRef),
    )
    states = {
        "hits": Q(Exists(open_hits().filter(group_id=OuterRef("pk")))),
        # The passenger list or the bookings are due and were not received.
        "without": Q(api_at=None, api_due__lt=now) | Q(pnr_at=None, pnr_due__lt=now),
        # The first passenger list was received after it was due.
        "late": Q(api_at__isnull=False, api_due__isnull=False) & ~Q(Exists(lists_in_time)),
    }
    counts = whole.aggregate(
        total=Count("id"), **{name: Count("id", filter=test) for name, test in states.items()}
    )
    chosen = whole.filter({**states, "incomplete": Q(id__in=incomplete)}.get(state, Q()))
    if carrier:
        chosen = chosen.filter(carrier=carrier)
    if airport:
        chosen = chosen.filter(Q(origin=airport) | Q(destination=airport))
    found = list(_after(chosen, after).order_by("lands", "id")[: PAGE + 1])
    names = list(whole.values_list("carrier", "origin", "destination").distinct())
    last = found[PAGE - 1] if len(found) > PAGE else None
    ids = [flight.id for flight in found[:PAGE]]
    sendings, levels = transfers_of(ids), levels_of(ids)
    return Day(
        day=when,
        rows=[
            Row(
                flight=flight,
                transfers=sendings[flight.id],
                api=standing(flight, API, sendings[flight.id], now),
                pnr=standing(flight, PNR, sendings[flight.id], now),
                levels=levels[flight.id],
                incomplete=flight.id in incomplete,
            )
            for flight in found[:PAGE]
        ],
        total=counts["total"],
        matching=chosen.count(),
        counts={**counts, "incomplete": len(incomplete)},
        carriers=sorted({c for c, _, _ in names}),
        airports=sorted({place for _, *places in names for place in places if place}),
        following=f"{last.lands.isoformat()}_{last.id}" if last and last.lands else None,
        silent=[
            row
            for row in ([] if after or state in ("hits", "late", "incomplete") else silent(when))
            if carrier in ("", row["carrier"])
            and airport in ("", row["origin"], row["destination"])
        ],
    )


#: Flights that messages name, with the day of landing as in `on_day`.
_HEARD = """
    SELECT DISTINCT carrier, number, origin, destination,
           coalesce(arrives_local::date, departs_on) AS day,
           arrives_local::time AS lands
    FROM travellers_flight
    WHERE {when}
"""

#: Flights that are expected and have no message. They operated on the same weekday in each of the three
#: previous weeks.
_SILENT = f"""
    WITH heard AS ({_HEARD.format(when="departs_on = ANY(%(days)s)")})
    SELECT a.carrier, a.number, a.origin, a.destination, min(a.lands) AS lands
    FROM heard a
    JOIN heard b ON (b.carrier, b.number) = (a.carrier, a.number) AND b.day = %(day)s - 14
    JOIN heard c ON (c.carrier, c.number) = (a.carrier, a.number) AND c.day = %(day)s - 21
    WHERE a.day = %(day)s - 7
      AND NOT EXISTS (SELECT 1 FROM heard n
                      WHERE (n.carrier, n.number) = (a.carrier, a.number) AND n.day = %(day)s)
    GROUP BY a.carrier, a.number, a.origin, a.destination
    ORDER BY lands NULLS LAST, a.carrier, a.number
"""  # noqa: S608


def silent(when: dt.date) -> list[dict[str, Any]]:
    """Returns the flights that have no message for the given day but operated on the same weekday in each of
    the three previous weeks."""
    # Because of time zones, a flight may land on the day of departure, or one day before or after it.
    near = [
        when + dt.timedelta(weeks=-weeks, days=days) for weeks in range(4) for days in (-1, 0, 1)
    ]
    return query.dicts(_SILENT, {"day": when, "days": near})


def silent_today(user: User) -> int:
    """Returns the number of today's flights that are expected and have no message. Every page of the queue
    shows the number of expected flights without a message. All readers in the same unit see the same flights.
    The number of expected flights without a message is therefore computed only once a minute for each
    unit."""
    today = timezone.localdate()
    key = f"silent:{user.organisation_id}:{user.unit_id}:{today}"
    count: Any = cache.get_or_set(key, lambda: len(silent(today)), SILENT_FOR)
    return count


#: How long after its landing a flight without messages is still reported.
_REPORTED = dt.timedelta(hours=12)
#: Flights whose passenger list or bookings are due and were not received, if their carrier has sent such
#: messages in the last thirty days. Then the flights that no message has named and that departed on the same
#: weekday in each of the three previous weeks.
_LATE = """
    WITH recent AS (
        SELECT *, coalesce(arrives_at, departs_at) AS landing FROM travellers_flight
        WHERE organisation_id = %(organisation)s AND departs_on BETWEEN %(today)s - 30 AND %(today)s + 2
    ), sent AS (
        SELECT carrier, bool_or(api_at IS NOT NULL) AS api, bool_or(pnr_at IS NOT NULL) AS pnr
        FROM recent GROUP BY carrier
    )
    SELECT f.id::text, f.carrier || ' ' || f.number, f.unit_id, f.id
    FROM recent f JOIN sent s ON s.carrier = f.carrier
    WHERE f.landing > %(since)s
      AND (s.api AND f.api_at IS NULL AND f.landing - %(api_due)s < %(now)s
           OR s.pnr AND f.pnr_at IS NULL AND f.landing - %(pnr_due)s < %(now)s)
    UNION ALL
    SELECT concat_ws(' ', a.carrier, a.number, a.departs_on + 7), a.carrier || ' ' || a.number, a.unit_id,
           NULL
    FROM recent a
    WHERE a.landing + interval '7 days' > %(since)s
      AND a.landing + interval '7 days' - %(api_due)s < %(now)s
      AND EXISTS (SELECT FROM recent b WHERE b.carrier = a.carrier AND b.number = a.number
                  AND b.departs_on = a.departs_on - 7)
      AND EXISTS (SELECT FROM recent c WHERE c.carrier = a.carrier AND c.number = a.number
                  AND c.departs_on = a.departs_on - 14)
      AND NOT EXISTS (SELECT FROM recent n WHERE n.carrier = a.carrier AND n.number = a.number
                      AND n.departs_on = a.departs_on + 7)
"""


def late(db: Connection[Any], organisation: uuid.UUID, now: dt.datetime) -> list[Late]:
    """The flights whose messages are late now, and the expected flights without any message."""
    params = {
        "organisation": organisation, "now": now, "today": now.date(), "since": now - _REPORTED,
        "api_due": API_DUE, "pnr_due": PNR_DUE,
    }  # fmt: skip
    return [Late(*row) for row in db.execute(_LATE, params)]


_CARRIERS = f"""
    WITH heard AS ({_HEARD.format(when="departs_on BETWEEN %(first)s AND %(last)s")}),
    expected AS (
        SELECT a.carrier, count(*) AS silent
        FROM (SELECT DISTINCT carrier, number, day FROM heard) a
        JOIN (SELECT DISTINCT carrier, number, day FROM heard) b
          ON (b.carrier, b.number) = (a.carrier, a.number) AND b.day = a.day - 7
        JOIN (SELECT DISTINCT carrier, number, day FROM heard) c
          ON (c.carrier, c.number) = (a.carrier, a.number) AND c.day = a.day - 14
        WHERE a.day + 7 > %(today)s - 30 AND a.day + 7 < %(today)s
          AND NOT EXISTS (SELECT 1 FROM heard n
                          WHERE (n.carrier, n.number) = (a.carrier, a.number)
                            AND n.day = a.day + 7)
        GROUP BY a.carrier
    ),
    landed AS (
        SELECT f.id, f.carrier, f.api_at, f.pnr_at,
               coalesce(f.arrives_at, f.departs_at) - %(api_due)s AS api_due
        FROM travellers_flight f
        WHERE f.departs_on > %(today)s - 31 AND coalesce(f.arrives_at, f.departs_at) < %(now)s
          AND coalesce(f.arrives_local::date, f.departs_on) > %(today)s - 30
    ),
    counted AS (
        SELECT carrier, count(*) AS flights,
               count(*) FILTER (WHERE api_at IS NULL) AS without_api,
               count(*) FILTER (WHERE pnr_at IS NULL) AS without_pnr,
               count(*) FILTER (WHERE api_at IS NOT NULL AND NOT EXISTS (
                   SELECT 1 FROM inbox_message m
                   WHERE m.group_id = landed.id AND m.format LIKE 'PAX%%'
                     AND m.received_at <= landed.api_due)) AS late,
               count(*) FILTER (WHERE id = ANY(%(incomplete)s)) AS incomplete
        FROM landed GROUP BY carrier
    )
    SELECT coalesce(c.carrier, e.carrier) AS carrier, coalesce(flights, 0) AS flights,
           coalesce(silent, 0) AS silent, coalesce(without_api, 0) AS without_api,
           coalesce(without_pnr, 0) AS without_pnr, coalesce(late, 0) AS late,
           coalesce(incomplete, 0) AS incomplete
    FROM counted c FULL JOIN expected e ON e.carrier = c.carrier
    ORDER BY coalesce(silent, 0) + coalesce(without_api, 0) + coalesce(without_pnr, 0)
           + coalesce(late, 0) + coalesce(incomplete, 0) DESC, 1
"""  # noqa: S608


def carriers(today: dt.date | None = None, now: dt.datetime | None = None) -> list[dict[str, Any]]:
    """Returns the figures of each carrier over the thirty days before `now`. The first figures of a carrier
    are the number of landed flights and the number of expected flights without any message (`silent`).
    Further figures of a carrier are the numbers of flights without a passenger list, without bookings, with a
    late list, and with missing parts."""
    now = now or timezone.now()
    today = today or timezone.localdate(now)
    incomplete = incomplete_flights(
        "received_at > %(since)s", {"since": now - dt.timedelta(days=32)}, now
    )
    return query.dicts(
        _CARRIERS,
        {
            "now": now,
            "today": today,
            "first": today - dt.timedelta(days=53),
            "last": today + dt.timedelta(days=1),
            "api_due": API_DUE,
            "incomplete": list(incomplete),
        },
    )


#: Number of weeks in the figures by week. The last week ends yesterday.
WEEKS = 12
_BY_WEEK = """
    WITH landed AS (
        SELECT f.id, f.carrier, f.api_at, f.pnr_at, d.day,
               coalesce(f.arrives_at, f.departs_at) - %(api_due)s AS api_due
        FROM travellers_flight f, LATERAL (SELECT coalesce(f.arrives_local::date, f.departs_on)) d (day)
        WHERE f.departs_on BETWEEN %(first)s - 1 AND %(today)s
          AND d.day >= %(first)s AND d.day < %(today)s
    )
    SELECT carrier, (day - %(first)s) / 7 AS week, count(*) AS flights,
           count(*) FILTER (WHERE api_at IS NOT NULL AND pnr_at IS NOT NULL
                              AND NOT id = ANY(%(incomplete)s)) AS complete,
           count(api_at) AS lists,
           count(*) FILTER (WHERE api_at IS NOT NULL AND EXISTS (
               SELECT 1 FROM inbox_message m
               WHERE m.group_id = landed.id AND m.format LIKE 'PAX%%'
                 AND m.received_at <= landed.api_due)) AS in_time
    FROM landed GROUP BY 1, 2
"""


@dataclass
class Week:
    """Contains the numbers of a carrier's flights in a week: landed flights, flights with complete messages,
    flights with a passenger list, and flights whose list was received in time."""

    flights: int = 0
    complete: int = 0
    lists: int = 0
    in_time: int = 0

    @property
    def share_complete(self) -> float | None:
        """Returns the share of flights with complete messages, or None if no flight landed."""
        return self.complete / self.flights if self.flights else None

    @property
    def share_in_time(self) -> float | None:
        """Returns the share of passenger lists that were received in time, or None if no list was
        received."""
        return self.in_time / self.lists if self.lists else None


@dataclass(frozen=True)
class CarrierWeeks:
    """Contains the figures of a carrier by week, the earliest week first."""

    carrier: str
    weeks: list[Week]

    @property
    def whole(self) -> Week:
        """Returns the sum of the figures of all weeks."""
        names = ("flights", "complete", "lists", "in_time")
        return Week(*(sum(getattr(week, name) for week in self.weeks) for name in names))

    @property
    def flights(self) -> int:
        """Returns the number of landed flights in all weeks."""
        return self.whole.flights

    @property
    def complete(self) -> float | None:
        """Returns the share of flights with complete messages, over all weeks."""
        return self.whole.share_complete

    @property
    def in_time(self) -> float | None:
        """Returns the share of passenger lists that were received in time, over all weeks."""
        return self.whole.share_in_time

    def drawn(self, share: str) -> str:
        """Returns an SVG path that shows one of the shares of `Week`. Each week is one unit wide, and the
        height of the path is 100. A week without a share causes a gap in the path."""
        steps, pen = [], "M"
        for n, week in enumerate(self.weeks):
            value = getattr(week, share)
            if value is not None:
                steps.append(f"{pen}{n} {100 * (1 - value):.0f}h0")
            pen = "M" if value is None else "L"
        return "".join(steps)


def weeks_of_carriers(
    today: dt.date | None = None, now: dt.datetime | None = None
) -> list[CarrierWeeks]:
    """Returns the figures of each carrier over twelve weeks. The carriers with the most flights come first.
    The weekly figures do not include flights without any message, which the function `carriers` counts."""
    now = now or timezone.now()
    today = today or timezone.localdate(now)
    first = today - dt.timedelta(weeks=WEEKS)
    incomplete = incomplete_flights(
        "received_at > %(since)s", {"since": now - dt.timedelta(weeks=WEEKS, days=5)}, now
    )
    found: dict[str, list[Week]] = {}
    params = {
        "first": first, "today": today, "api_due": API_DUE, "incomplete": list(incomplete),
    }  # fmt: skip
    for row in query.dicts(_BY_WEEK, params):
        weeks = found.setdefault(row.pop("carrier"), [Week() for _ in range(WEEKS)])
        week = row.pop("week")
        weeks[week] = Week(**row)
    lines = [CarrierWeeks(carrier, weeks) for carrier, weeks in found.items()]
    return sorted(lines, key=lambda one: (-one.flights, one.carrier))
