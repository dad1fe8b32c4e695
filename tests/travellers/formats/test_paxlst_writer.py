"""What is written as PAXLST reads the same again, with no warning."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from vedette.travellers import formats, records
from vedette.travellers.formats import paxlst_writer


def people() -> tuple[records.Traveller, ...]:
    return (
        records.Traveller(
            surname="O'NEILL+SONS",
            given_names="ANA MARIA? LUZ",
            date_of_birth=dt.date(1931, 2, 28),
            sex="F",
            nationality="IRL",
            residence="FRA",
            first_clearance="CDG",
            place_of_birth="CORK: OLD TOWN",
            locator="ABC123",
            reference="P1",
            seat="12A",
            embarkation="DUB",
            debarkation="CDG",
            redress="7",
            bags=records.Bags(count=2, weight_kg=31.5, tags=("EI0001", "EI0002")),
            documents=(
                records.Document(type="P", number="X1", issuer="IRL", expiry=dt.date(2031, 5, 4)),
                records.Document(type="V", number="V+2", issuer="FRA"),
            ),
            contacts=records.Contacts(
                phones=("+353 1 000",),
                emails=("a@b.example",),
                addresses=(records.Address(street="1 RUE", city="PARIS", country="FRA"),),
            ),
            frequent_flyer=(records.FrequentFlyer(number="77"),),
            tickets=("0531234567890",),
        ),
        records.Traveller(surname="ÉVRARD", role="transit", date_of_birth=dt.date(2020, 1, 2)),
        records.Traveller(surname="MBEKI", role="crew", crew_function="CR1", sex="X"),
    )


def bare(record: Any) -> Any:
    return msgspec.structs.replace(record, segment=None, offset=None)


def test_a_written_list_reads_the_same() -> None:
    """Every field that the reader knows, released separators and a name outside Latin-1 included."""
    flight = records.Flight(
        carrier="EI",
        number="0521",
        origin="DUB",
        destination="CDG",
        departure=dt.datetime(2026, 11, 24, 9, 5),
        arrival=dt.datetime(2026, 11, 24, 11, 50),
    )
    envelope = records.Envelope(
        sender="EI'X",
        recipient="PIU",
        prepared=dt.datetime(2026, 11, 24, 8, 0),
        interchange_ref="R1",
        message_ref="M1",
        release="D:05B",
        common_access_ref="EI0521",
        sequence=1,
        last=True,
    )
    message = records.Message(
        format="PAXLST",
        function="passengers",
        envelope=envelope,
        flights=(flight,),
        travellers=people(),
    )
    (read,) = formats.read(paxlst_writer.write(message))
    assert read.warnings == ()
    assert read.envelope == envelope
    assert read.flights == (flight,)
    assert tuple(map(bare, read.travellers)) == people()
    assert read.function == "passengers"
