"""Links between seizures of firearms, parts and ammunition, each with its reasons.

A reason has one of three levels. The value `certain` means one of three cases: the serial number and the make
agree, and no other stated value differs; the lot, the maker of the lot and the calibre agree; or a number of
a party agrees. The value `possible` means that all stated values agree, or that they differ only by
characters that look alike. The value `route` means that the seizures have only their route in common. The
same serial number with another make or calibre does not create a link, because several makers use the same
numbers.

One SQL statement computes the links from tokens, so it also finds records whose values are masked. The
statement reads only rows that the reader may see.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vedette.apps import query
from vedette.apps.enforcement.models import Firearm
from vedette.core.texts import Text, gettext_lazy

#: Number of pairs on a page.
PAGE = 50
#: Maximum number of days between two seizures that are linked by their route.
ROUTE_DAYS = 180
#: A name or number of a party that more subjects have is that of a carrier or an agent, and links nothing.
MOST_SUBJECTS = 200
#: A serial number, a lot, a party, a message or a route that more seizures have links nothing. It does not
#: distinguish them, and the number of pairs grows with the square of the number of seizures.
MOST_SEIZURES = 200
#: Maximum number of records of one seizure with the same serial number or lot that are compared. Two imports
#: of 5,000 boxes of one lot would otherwise give 25 million reasons of one link. The first record of each
#: make and calibre is compared first.
MOST_SAME = 20
LEVELS = {
    "certain": gettext_lazy("certain"),
    "possible": gettext_lazy("possible"),
    "route": gettext_lazy("same route"),
}
REASONS = {
    "serial": gettext_lazy("Same serial number and make"),
    "serial_no_make": gettext_lazy("Same serial number; one record does not state the make"),
    "serial_differs": gettext_lazy(
        "Same serial number and make, but the type, model or country of manufacture differs"
    ),
    "serial_alike": gettext_lazy(
        "The serial numbers differ only in characters that look alike: compare both numbers with the weapons"
    ),
    "lot": gettext_lazy("Same lot of ammunition and same maker"),
    "lot_no_make": gettext_lazy("Same lot of ammunition; one record does not state the maker"),
    "party_number": gettext_lazy(
        "Same identification number of a sender, consignee or other party"
    ),
    "party_name": gettext_lazy("Same name, address or contact of a party"),
    "declaration": gettext_lazy("Goods in the same message"),
    "route": gettext_lazy("Same departure, transit, destination and means of transport"),
    "parts": gettext_lazy(
        "Both seizures contain only parts and have the same party or the same route"
    ),
}

_PAIRS = """
WITH armed AS MATERIALIZED (
    SELECT f.seizure_id AS id, s.subject_id, j.group_id, bool_and(f.item = 'part') AS parts,
           v.day, v.departure, v.transit, v.destination, v.conveyance
    FROM enforcement_firearm f
    JOIN enforcement_seizure s ON s.id = f.seizure_id AND s.state <> 'withdrawn'
    JOIN subjects_subject j ON j.id = s.subject_id AND NOT j.restricted
    JOIN enforcement_seizureversion v ON v.seizure_id = s.id AND v.number = s.version
    WHERE f.struck_at IS NULL AND f.organisation_id = (SELECT vedette_scope())
    GROUP BY f.seizure_id, s.subject_id, j.group_id, v.id
), weapon AS MATERIALIZED (
    SELECT k.*,
           row_number() OVER (PARTITION BY seizure_id, possible_token
                              ORDER BY asked DESC, of_serial, number) AS nth_serial,
           row_number() OVER (PARTITION BY seizure_id, lot_token
                              ORDER BY asked DESC, of_lot, number) AS nth_lot
    FROM (
        SELECT f.*, f.number IS NOT DISTINCT FROM %(number)s::integer
                    AND f.seizure_id IS NOT DISTINCT FROM %(seizure)s::uuid AS asked,
               row_number() OVER (PARTITION BY f.seizure_id, f.possible_token, f.make_token, f.calibre_token
                                  ORDER BY f.number) AS of_serial,
               row_number() OVER (PARTITION BY f.seizure_id, f.lot_token, f.make_token, f.calibre_token
                                  ORDER BY f.number) AS of_lot
        FROM enforcement_firearm f JOIN armed ON armed.id = f.seizure_id
        WHERE f.struck_at IS NULL) k
), rare_serial AS MATERIALIZED (
    SELECT possible_token AS token FROM weapon WHERE possible_token IS NOT NULL
    GROUP BY 1 HAVING count(DISTINCT seizure_id) BETWEEN 2 AND %(seizures)s
), rare_lot AS MATERIALIZED (
    SELECT lot_token AS token FROM weapon WHERE lot_token IS NOT NULL
    GROUP BY 1 HAVING count(DISTINCT seizure_id) BETWEEN 2 AND %(seizures)s
), rare_message AS MATERIALIZED (
    SELECT group_id FROM armed WHERE group_id IS NOT NULL
    GROUP BY 1 HAVING count(*) BETWEEN 2 AND %(seizures)s
), routed AS MATERIALIZED (
    SELECT * FROM (
        SELECT a.*, count(*) OVER (
                   PARTITION BY departure, transit, destination, conveyance ORDER BY day
                   RANGE BETWEEN %(days)s * interval '1 day' PRECEDING
                             AND %(days)s * interval '1 day' FOLLOWING) AS near
        FROM armed a WHERE departure <> '' AND destination <> '' AND conveyance <> '') k
    WHERE near BETWEEN 2 AND %(seizures)s
), named AS MATERIALIZED (
    SELECT a.id, i.kind, i.token FROM armed a JOIN subjects_identifier i ON i.subject_id = a.subject_id
    WHERE i.organisation_id = (SELECT vedette_scope())
      AND i.kind IN ('document', 'party', 'place', 'phone', 'email', 'person')
), shared AS (
    SELECT n.kind, n.token FROM named n GROUP BY n.kind, n.token
    HAVING count(DISTINCT n.id) BETWEEN 2 AND %(seizures)s
       AND (SELECT count(*) FROM (SELECT FROM subjects_identifier i
            WHERE i.organisation_id = (SELECT vedette_scope()) AND i.token = n.token AND i.kind = n.kind
            LIMIT %(most)s + 1) few) <= %(most)s
), agreed AS (
    SELECT a.seizure_id AS one, b.seizure_id AS other, a.number AS one_number, b.number AS other_number,
           CASE WHEN a.serial_token IS DISTINCT FROM b.serial_token THEN 'serial_alike'
                WHEN a.make_token IS NULL OR b.make_token IS NULL THEN 'serial_no_make'
                WHEN a.model_token <> b.model_token OR a.country <> b.country AND a.country <> '' AND
                b.country <> ''   OR a.type <> b.type AND a.item = b.item AND a.type <> '' AND b.type <> ''
                THEN 'serial_differs'
                ELSE 'serial' END AS reason
    FROM weapon a JOIN weapon b ON b.possible_token = a.possible_token AND b.seizure_id <> a.seizure_id
     AND a.nth_serial <= %(same)s AND b.nth_serial <= %(same)s
    JOIN rare_serial r ON r.token = a.possible_token
    WHERE (%(seizure)s::uuid IS NULL OR a.seizure_id = %(seizure)s::uuid)
      AND (a.make_token = b.make_token OR a.make_token IS NULL OR b.make_token IS NULL)
      AND (a.calibre_token = b.calibre_token OR a.calibre_token IS NULL OR b.calibre_token IS NULL)
    UNION ALL
    SELECT a.seizure_id, b.seizure_id, a.number, b.number,
           CASE WHEN a.make_token IS NULL OR b.make_token IS NULL THEN 'lot_no_make' ELSE 'lot' END
    FROM weapon a JOIN weapon b ON b.lot_token = a.lot_token AND b.seizure_id <> a.seizure_id
     AND a.nth_lot <= %(same)s AND b.nth_lot <= %(same)s
    JOIN rare_lot r ON r.token = a.lot_token
    WHERE (%(seizure)s::uuid IS NULL OR a.seizure_id = %(seizure)s::uuid)
      AND (a.make_token = b.make_token OR a.make_token IS NULL OR b.make_token IS NULL)
      AND (a.calibre_token = b.calibre_token OR a.calibre_token IS NULL OR b.calibre_token IS NULL)
    UNION ALL
    SELECT DISTINCT a.id, b.id, NULL::integer, NULL::integer,
           CASE a.kind WHEN 'document' THEN 'party_number' ELSE 'party_name' END
    FROM shared JOIN named a USING (kind, token)
    JOIN named b ON b.kind = a.kind AND b.token = a.token AND b.id <> a.id
    WHERE %(seizure)s::uuid IS NULL OR a.id = %(seizure)s::uuid
    UNION ALL
    SELECT a.id, b.id, NULL, NULL, 'declaration'
    FROM armed a JOIN rare_message USING (group_id)
    JOIN armed b ON b.group_id = a.group_id AND b.id <> a.id
    WHERE %(seizure)s::uuid IS NULL OR a.id = %(seizure)s::uuid
    UNION ALL
    SELECT a.id, b.id, NULL, NULL, 'route'
    FROM routed a JOIN routed b ON b.departure = a.departure AND b.destination = a.destination
     AND b.transit = a.transit AND b.conveyance = a.conveyance AND b.id <> a.id
     AND b.day BETWEEN a.day - %(days)s AND a.day + %(days)s
    WHERE %(seizure)s::uuid IS NULL OR a.id = %(seizure)s::uuid
), found AS (
    SELECT one, other, reason, one_number, other_number FROM agreed
    WHERE CASE WHEN %(seizure)s::uuid IS NULL THEN one < other ELSE one = %(seizure)s::uuid END
    UNION ALL
    SELECT DISTINCT g.one, g.other, 'parts', NULL::integer, NULL::integer FROM agreed g
    JOIN armed a ON a.id = g.one AND a.parts JOIN armed b ON b.id = g.other AND b.parts
    WHERE g.reason IN ('party_number', 'party_name', 'route')
      AND CASE WHEN %(seizure)s::uuid IS NULL THEN g.one < g.other ELSE g.one = %(seizure)s::uuid END
), pairs AS (
    SELECT one, other,
           jsonb_agg(DISTINCT jsonb_build_array(reason, one_number, other_number)) AS reasons,
           min(CASE WHEN reason IN ('serial', 'lot', 'party_number', 'declaration') THEN 1
                    WHEN reason = 'route' THEN 3 ELSE 2 END) AS level
    FROM found GROUP BY one, other
)
SELECT p.one, p.other, p.reasons, p.level, a.day AS one_day, b.day AS other_day,
       a.parts AS one_parts, b.parts AS other_parts, greatest(a.day, b.day) AS day
FROM pairs p JOIN armed a ON a.id = p.one JOIN armed b ON b.id = p.other
WHERE p.level <= %(level)s
  AND (%(after_day)s::date IS NULL
       OR (greatest(a.day, b.day), p.one, p.other)
          < (%(after_day)s::date, %(after_one)s::uuid, %(after_other)s::uuid))
ORDER BY greatest(a.day, b.day) DESC, p.one DESC, p.other DESC
LIMIT %(limit)s
"""
_LEVEL = ("certain", "possible", "route")


@dataclass(frozen=True)
class Reason:
    """A reason of a link. If the reason concerns firearm records, it contains the numbers of the two
    records."""

    key: str
    one: int | None
    other: int | None

    @property
    def text(self) -> Text:
        """Returns the sentence that states the reason of the link."""
        return REASONS[self.key]


@dataclass(frozen=True)
class Link:
    """Two seizures with the link between them.

    `parts` is true for a seizure that contains only parts of firearms.
    """

    one: uuid.UUID
    other: uuid.UUID
    level: str
    reasons: Sequence[Reason]
    one_day: dt.date
    other_day: dt.date
    one_parts: bool
    other_parts: bool

    @property
    def word(self) -> Text:
        """Returns the name of the level of the link."""
        return LEVELS[self.level]


def _read(rows: list[dict[str, Any]]) -> list[Link]:
    order = list(REASONS)
    return [
        Link(
            row["one"], row["other"], _LEVEL[row["level"] - 1],
            sorted(
                (Reason(*one) for one in json.loads(row["reasons"])),
                key=lambda one: (order.index(one.key), one.one or 0, one.other or 0),
            ),
            row["one_day"], row["other_day"], row["one_parts"], row["other_parts"],
        )
        for row in rows
    ]  # fmt: skip


def of_seizure(seizure: uuid.UUID, most: int = 200, number: int | None = None) -> list[Link]:
    """Returns the links of a seizure. In each returned link, this seizure is the field `one`. `record` is the
    number of a record that is always compared.
    """
    rows = query.dicts(
        _PAIRS,
        {
            "seizure": seizure, "number": number, "most": MOST_SUBJECTS, "same": MOST_SAME,
            "seizures": MOST_SEIZURES,
            "days": ROUTE_DAYS, "level": 3, "limit": most,
            "after_day": None, "after_one": None, "after_other": None,
        },
    )  # fmt: skip
    return sorted(_read(rows), key=lambda one: _LEVEL.index(one.level))


def listed(level: str, after: str) -> tuple[list[Link], str]:
    """Returns one page of the links of the organisation up to a level, the newest first, and the position of
    the next page."""
    day, one, other = None, None, None
    parts = after.split("_")
    if len(parts) == 3:
        try:
            day, one, other = (
                dt.date.fromisoformat(parts[0]),
                uuid.UUID(parts[1]),
                uuid.UUID(parts[2]),
            )
        except ValueError:
            day = None
    rows = query.dicts(
        _PAIRS,
        {
            "seizure": None, "number": None, "most": MOST_SUBJECTS, "same": MOST_SAME,
            "seizures": MOST_SEIZURES,
            "days": ROUTE_DAYS,
            "level": _LEVEL.index(level) + 1, "limit": PAGE + 1,
            "after_day": day, "after_one": one, "after_other": other,
        },
    )  # fmt: skip
    page = rows[:PAGE]
    following = ""
    if len(rows) > PAGE:
        last = page[-1]
        following = f"{last['day'].isoformat()}_{last['one'].hex}_{last['other'].hex}"
    return _read(page), following


@dataclass(frozen=True)
class Named:
    """A link with the references of its seizures."""

    link: Link
    one: str
    other: str


def named(one: Link) -> Named:
    """Returns a link with the references of its seizures (`Recorded.reference`)."""
    return Named(one, one.one.hex[-8:].upper(), one.other.hex[-8:].upper())


def of_firearm(row: Firearm) -> list[tuple[Named, list[Reason]]]:
    """Returns the links that are based on a record, with their reasons."""
    found = [
        (named(one), [reason for reason in one.reasons if reason.one == row.number])
        for one in of_seizure(row.seizure_id, number=row.number)
    ]
    return [(one, reasons) for one, reasons in found if reasons]
