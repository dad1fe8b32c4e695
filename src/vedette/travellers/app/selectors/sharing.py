"""Finds identifiers that a traveller has in common with other bookings: documents, contacts, cards, loyalty
numbers.

The identifiers are compared by keyed tokens, which remain after masking. Row-level security determines which
journeys, hits and reasons the reader may see. Restricted travellers are excluded.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from django.utils.translation import gettext, gettext_lazy, ngettext

from vedette.apps import query
from vedette.apps.display import number
from vedette.apps.keyring import keyring
from vedette.screening.exact import fold_email, fold_phone, linking_address
from vedette.travellers import records
from vedette.travellers.app.models import Journey
from vedette.travellers.mentions import document_keys

_WORDS = {
    "document": gettext_lazy("This document"),
    "phone": gettext_lazy("This telephone number"),
    "email": gettext_lazy("This e-mail address"),
    "card": gettext_lazy("This card"),
    "address": gettext_lazy("This address"),
    "loyalty": gettext_lazy("This loyalty number"),
}
#: Kinds of identifiers that link travellers. The locator is not among them, because it identifies the booking
#: itself.
LINKS = tuple(_WORDS)
#: An identifier in more bookings than this number identifies no person (for example, the telephone of an
#: agency).
COMMON = 50
#: Maximum number of journeys of one identifier, and of identifiers of one journey, that the query reads.
MOST, MOST_OWN = 1000, 40

# All travellers of a booking have its identifiers, on each of its flights. Bookings are therefore counted,
# not journeys. A traveller who is only on a passenger list counts as one booking. Only journeys count toward
# the limit, not subjects of other kinds with the same identifier. With OFFSET 0, the planner looks up the
# journeys one by one. Without it, the planner does not know how few there are and would read the whole table.
_NEAR = """
    SELECT j.id, coalesce(j.booking_id, j.traveller_id) AS booking,
           coalesce(s.fingerprint, uuid_send(j.traveller_id)) AS person, i.seen
    FROM (SELECT subject_id, count(*) OVER () AS seen FROM (
              SELECT subject_id FROM subjects_identifier f CROSS JOIN LATERAL (
                  SELECT FROM travellers_journey WHERE id = f.subject_id OFFSET 0) of_journey
              WHERE token = own.token AND kind = own.kind LIMIT %(most)s) first) i
    CROSS JOIN LATERAL (SELECT * FROM travellers_journey WHERE id = i.subject_id OFFSET 0) j
    CROSS JOIN LATERAL (SELECT * FROM subjects_subject WHERE id = i.subject_id OFFSET 0) s
    WHERE NOT s.restricted AND coalesce(j.booking_id, j.traveller_id) <> %(booking)s
"""
_CONFIRMED = """
    SELECT FROM hit_outcome became WHERE became.subject_id = near.id AND became.outcome = 'confirmed'
"""
# The fingerprint of a traveller with a document is that of the document. Travellers with the same document
# are therefore compared by name and birth date (the identifiers `person`), as in the profiles
# (`document_holders`).
SHARED = f"""
    WITH own AS MATERIALIZED (
        SELECT id, kind, token FROM subjects_identifier
        WHERE subject_id = %(journey)s AND kind = ANY(%(kinds)s) ORDER BY kind, id LIMIT %(own)s
    ), named AS MATERIALIZED (
        SELECT array_agg(token) AS tokens FROM subjects_identifier
        WHERE subject_id = %(journey)s AND kind = 'person'
    ), near AS MATERIALIZED (
        SELECT own.id AS identifier, own.kind, own.token, n.id, n.booking, n.seen,
               coalesce(other.person, n.person) AS person
        FROM own CROSS JOIN named CROSS JOIN LATERAL ({_NEAR}) n CROSS JOIN LATERAL (
            SELECT CASE WHEN bool_or(token = ANY(named.tokens)) THEN %(person)s::bytea
                        ELSE (array_agg(token ORDER BY token))[1] END AS person
            FROM subjects_identifier
            WHERE own.kind = 'document' AND named.tokens IS NOT NULL
            AND subject_id = n.id AND kind = 'person') other
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
    """Contains an identifier of a traveller, and the number of other bookings and of other travellers that
    have the same identifier."""

    #: Key of the row in `subjects_identifier`.
    identifier: int
    kind: str
    bookings: int
    travellers: int
    #: Whether all other bookings are of the same traveller.
    same: bool
    #: Number of these bookings that led to a confirmed result.
    confirmed: int
    #: True if there are more than `COMMON` bookings. Their journeys are then not shown, and the other counts
    #: are not used.
    common: bool
    #: The clear value. Empty if it is masked, or if it is the number of a card.
    value: str = ""

    @property
    def what(self) -> str:
        """Returns the beginning of the sentence about the identifier, such as `This card`."""
        return str(_WORDS[self.kind])

    @property
    def rest(self) -> str:
        """Returns the rest of the sentence about the identifier, such as `also appears in 3 other bookings
        (of 2 travellers), 1 of which led to …`."""
        if self.common:
            return gettext("is common: it appears in more than %(n)s bookings") % {
                "n": number(COMMON)
            }
        travellers, result = gettext("of the same traveller"), gettext(", no confirmed result")
        if not self.same:
            travellers = ngettext("of %(n)s traveller", "of %(n)s travellers", self.travellers)
            travellers %= {"n": number(self.travellers)}
            if self.kind == "document" and self.travellers == 1:
                travellers = gettext("of another person")
        if self.confirmed and self.bookings == 1:
            result = gettext(", which led to a confirmed result")
        elif self.confirmed:
            result = ngettext(
                ", %(n)s of which led to a confirmed result",
                ", %(n)s of which led to a confirmed result",
                self.confirmed,
            ) % {"n": number(self.confirmed)}
        bookings = ngettext("%(n)s other booking", "%(n)s other bookings", self.bookings)
        return gettext("also appears in %(bookings)s (%(travellers)s)%(result)s") % {
            "bookings": bookings % {"n": number(self.bookings)},
            "travellers": travellers,
            "result": result,
        }


def shared(journey: Journey, shown: Mapping[bytes, str] | None = None) -> list[Shared]:
    """Returns the identifiers of the traveller that are also in other bookings. The identifiers
    that led to a confirmed result come first, and the common identifiers come last.

    `shown` maps keyed tokens (see `values`) to the values in clear text that the reader may see. The function
    runs one query, which uses the index of tokens.
    """
    if journey.subject.restricted:
        return []
    return [
        Shared(**row, value=(shown or {}).get(bytes(token), ""))
        for token, row in (
            (row.pop("token"), row) for row in query.dicts(SHARED, parameters(journey))
        )
    ]


def journeys(journey: Journey, one: Shared) -> dict[uuid.UUID, bool]:
    """Returns a dict of the other journeys with the same identifier. The value for a journey is true if the
    hit of this journey was confirmed."""
    rows = query.dicts(_JOURNEYS, {**parameters(journey), "identifier": one.identifier})
    return {row["id"]: row["confirmed"] for row in rows}


def parameters(journey: Journey) -> dict[str, Any]:
    """Returns the parameters of the query `SHARED`."""
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
    """Returns the document numbers and the contacts of a traveller, with their tokens as keys."""
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
