"""Describes the tables of travellers for masking, retention, erasure, restriction and backup
(`vedette.apps.subjects.tables`)."""

from __future__ import annotations

from vedette.apps.subjects.tables import Above, SideTable, Tables
from vedette.travellers.app.retention import FIELDS, TEMPLATES

_STATE = (
    b" destination departure arrival class status payments billing contacts phones emails addresses"
    b" remarks frequent_flyer documents type number issuer expiry surname given_names date_of_birth"
    b" sex nationality locator seat bags role embarkation debarkation placeholder infant"
    b' interchange stated omitted sender {"api": {}, "pnr": {}} null,"state":{"api":{"pnr":{'
)

TABLES = Tables(
    table="travellers_journey",
    retention_class="passenger",
    templates=TEMPLATES,
    masked=FIELDS,
    side_tables=(
        SideTable(
            table="travellers_journeyclear",
            owner="journey_id",
            kind="'journey'",
            words=_STATE
            + b'{"journey_id":"","retention_class":"passenger","month":"20-01","organisation_id":"",'
            b'"surname":"","given_names":"","name_key":"","names":["|"],"date_of_birth":"19","birth_period":"","sex":"M","nationality":"'
            b'","document":"","seat":"","locator":""',
            owners="SELECT id FROM subjects_subject WHERE id = ANY({subjects})",
            came="(SELECT received_at FROM subjects_subject WHERE id = t.journey_id)",
            derived=("name_keys",),
        ),
    ),
    above=(
        Above(
            table="travellers_traveller",
            column="traveller_id",
            users=(("travellers_journey", "traveller_id"),),
        ),
        Above(
            table="travellers_booking",
            column="booking_id",
            users=(("travellers_journey", "booking_id"), ("travellers_traveller", "booking_id")),
            hanging=(("travellers_bookinglocator", "booking_id"),),
            side_tables=(
                # A row contains a booking as stated for one flight. Its time of receipt is that of the last
                # of its travellers on that flight or, if none is left, that of the booking. It is restricted
                # as long as one of these travellers is restricted.
                SideTable(
                    table="travellers_bookingclear",
                    owner="booking_id",
                    part="flight_id",
                    kind="'booking'",
                    words=b"segments:carrier number origin"
                    + _STATE
                    + b'{"booking_id":"","flight_id":"","retention_class":"passenger","month":"20-01",'
                    b'"organisation_id":"","state":',
                    owners="SELECT booking_id FROM travellers_journey"
                    " WHERE id = ANY({subjects}) AND booking_id IS NOT NULL",
                    came="coalesce((SELECT max(received_at) FROM travellers_journey"
                    " WHERE booking_id = t.booking_id AND flight_id = t.flight_id),"
                    " (SELECT received_at FROM travellers_booking WHERE id = t.booking_id))",
                    restricted="EXISTS (SELECT FROM travellers_journey j"
                    " JOIN subjects_subject s ON s.id = j.id WHERE j.booking_id = t.booking_id"
                    " AND j.flight_id = t.flight_id AND s.restricted)",
                ),
            ),
        ),
    ),
    reassign="vedette_reassign_flights",
)
