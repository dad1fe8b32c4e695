"""What a traveller has in common with other bookings: documents, contacts, cards, loyalty numbers.

Counted by keyed tokens, which outlive masking, and as the reader may see: row-level security decides
which journeys, hits and reasons there are. Travellers under restriction count nowhere.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from vedette.apps import query
from vedette.apps.keyring import keyring
from vedette.screening.exact import fold_email, fold_phone
from vedette.travellers import records
from vedette.travellers.app.models import Journey
from vedette.travellers.app.rows import linking_address
from vedette.travellers.manifest import document_keys

#: What may link travellers. A locator does not: it is the booking itself.
LINKS = ("document", "phone", "email", "card", "address", "loyalty")
#: Bookings beyond which an identifier says nothing of a person (an agency's telephone).
COMMON = 50
#: Journeys looked at for one identifier, and identifiers of one journey.
MOST, MOST_OWN = 1000, 40

# A booking gives what it holds to each of its travellers, on each flight: bookings are counted, not
# journeys. Who is known from a passenger list alone counts as a booking of their own. Journeys are
# looked up one by one (OFFSET 0): the planner does not know how few there are and would read them all.
_NEAR = """
    SELECT j.id, coalesce(j.booking_id, j.traveller_id) AS booking,
           coalesce(s.fingerprint, uuid_send(j.traveller_id)) AS person, i.seen
    FROM (SELECT subject_id, count(*) OVER () AS seen FROM (
              SELECT subject_id FROM subjects_identifier
              WHERE token = own.token AND kind = own.kind LIMIT %(most)s) first) i
    CROSS JOIN LATERAL (SELECT * FROM travellers_journey WHERE id = i.subject_id OFFSET 0) j
    CROSS JOIN LATERAL (SELECT * FROM subjects_subject WHERE id = i.subject_id OFFSET 0) s
    WHERE NOT s.restricted AND coalesce(j.booking_id, j.traveller_id) <> %(booking)s
"""
_CONFIRMED = """
    SELECT FROM hit_outcome became WHERE became.subject_id = near.id AND became.outcome = 'confirmed'
"""
SHARED = f"""
    WITH own AS MATERIALIZED (
        SELECT id, kind, token FROM subjects_identifier
        WHERE subject_id = %(journey)s AND kind = ANY(%(kinds)s) ORDER BY kind, id LIMIT %(own)s
    ), near AS MATERIALIZED (
        SELECT own.id AS identifier, own.kind, own.token, n.*
        FROM own CROSS JOIN LATERAL ({_NEAR}) n
    ), counted AS (
        SELECT identifier, kind, token, count(DISTINCT booking) AS bookings,
               count(DISTINCT person) AS travellers,
               bool_and(person = %(person)s::bytea) IS TRUE AS same,
               max(seen) >= %(most)s OR count(DISTINCT booking) > %(common)s AS common
        FROM near GROUP BY identifier, kind, token
    )
    SELECT c.*, CASE WHEN c.common THEN 0 ELSE (
        SELECT count(DISTINCT near.booking) FROM near
        WHERE near.identifier = c.identifier AND EXISTS ({_CONFIRMED})) END AS confirmed
    FROM counted c
    ORDER BY common, confirmed DESC, bookings DESC, kind, identifier
"""  # noqa: S608  parts of ours
_JOURNEYS = f"""
    SELECT near.id, EXISTS ({_CONFIRMED}) AS confirmed
    FROM subjects_identifier own CROSS JOIN LATERAL ({_NEAR}) near
    WHERE own.id = %(identifier)s AND own.subject_id = %(journey)s
"""  # noqa: S608  parts of ours


@dataclass(frozen=True)
class Shared:
    """In how many other bookings, of how many travellers, an identifier stands as well.

    `same`: all of them are the traveller in question. `common`: more than `COMMON` bookings; such a
    one is not followed, and its other numbers say nothing. `value` is empty where it is masked, or
    not shown (cards).
    """

    identifier: int
    kind: str
    bookings: int
    travellers: int
    same: bool
    confirmed: int
    common: bool
    value: str = ""


def shared(journey: Journey, shown: Mapping[bytes, str] | None = None) -> list[Shared]:
    """What others have too: what led to a confirmed result first, what is common last.

    `shown` gives the value of a token as the reader may see it (`values`). One query, by the index of
    tokens, of at most `MOST` journeys for each of `MOST_OWN` identifiers.
    """
    if journey.subject.restricted:
        return []
    rows = query.dicts(SHARED, parameters(journey))
    shown = shown or {}
    tokens = [bytes(row.pop("token")) for row in rows]
    return [
        Shared(**row, value=shown.get(token, "")) for row, token in zip(rows, tokens, strict=True)
    ]


def journeys(journey: Journey, one: Shared) -> dict[uuid.UUID, bool]:
    """The journeys behind one that is not common, each with whether a hit of it was confirmed."""
    asked = {**parameters(journey), "identifier": one.identifier}
    return {row["id"]: row["confirmed"] for row in query.dicts(_JOURNEYS, asked)}


def parameters(journey: Journey) -> dict[str, Any]:
    """What `SHARED` asks with."""
    own = journey.subject.fingerprint
    return {
        "journey": journey.id,
        "booking": journey.booking_id or journey.traveller_id,
        "person": bytes(own) if own else journey.traveller_id.bytes,
        "kinds": list(LINKS),
        "most": MOST,
        "own": MOST_OWN,
        "common": COMMON,
    }


def values(
    stated: Iterable[records.Traveller | None], contacts: records.Contacts
) -> dict[bytes, str]:
    """Documents and contacts of a traveller by token, to be told apart on a page."""
    found = {
        ("document", key): paper.number
        for one in stated
        if one is not None
        for paper in one.documents
        for key in document_keys(msgspec.structs.replace(one, documents=(paper,)))
    }
    found |= {("phone", fold_phone(p)): p for p in contacts.phones}
    found |= {("email", fold_email(e)): e for e in contacts.emails}
    found |= {
        ("address", linking_address(a)): ", ".join(filter(None, (a.street, a.postcode, a.city)))
        for a in contacts.addresses
    }
    keys = keyring()
    return {keys.token(kind, key): shown for (kind, key), shown in found.items() if key}
