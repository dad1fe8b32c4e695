"""Listed identifiers find their holder in a new message and among those stored, by whatever was stated."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
import psycopg
import pytest
from tests.travellers.app import test_store as told

from vedette.core.entries import Entry, EntryIdentifier, EntryName
from vedette.core.parties import Address, Contacts, Document

connection, organisation, records_as_bytes = (
    told.connection,
    told.organisation,
    told.records_as_bytes,
)
ADDRESS = Address(kind="residence", street="12, rue de l'Église", postcode="69001", city="Lyon")
HOLDER = msgspec.structs.replace(
    told.MOREL,
    documents=(*told.MOREL.documents, Document(type="V", number="V77O1", valid_for="SEN")),
    contacts=Contacts(addresses=(ADDRESS,)),
)


def _entry(kind: str, value: str) -> Entry:
    return Entry(
        ref=kind,
        schema="Organization",
        names=(EntryName(full="Comptoir Imaginaire"),),
        identifiers=(EntryIdentifier(kind=kind, value=value),),
    )


@pytest.mark.parametrize("stored", [False, True], ids=["live", "rescreened"])
@pytest.mark.parametrize(
    ("kind", "value", "channel"),
    [
        ("address", "12 rue de l’Eglise, 69001 LYON, France", "address"),
        ("address", "Bâtiment A, Rue de l'Eglise 12, Lyon", None),
        ("address", "Rue de l'Eglise 12, Lyon, Rhône, France", "address"),
        ("address", "14 rue de l'Eglise, Lyon, France", None),
        ("visa", "V-7701", "document"),
        ("document", "V7701", "document"),
    ],
)
def test_a_listed_identifier_finds_its_holder(
    connection: psycopg.Connection[Any],
    organisation: uuid.UUID,
    stored: bool,
    kind: str,
    value: str,
    channel: str | None,
) -> None:
    """Address and visa, listed before the message came and after: one reason either way, with both
    values side by side. A neighbour's number is another address."""
    push = told.pnr(told.NOW, told.booking("ABC123", HOLDER))
    if stored:
        told.receive(connection, organisation, push)
        told.work()
    told.listed(connection, organisation, _entry(kind, value))
    if not stored:
        told.receive(connection, organisation, push)
    told.work()
    reasons = connection.execute("SELECT evidence FROM hits_reasonclear").fetchall()
    lines = [line for (evidence,) in reasons for line in evidence]
    assert [(line["name"], line["theirs"]) for line in lines] == (
        [(channel, value)] if channel else []
    )


def test_neither_visa_nor_a_second_form_links_travellers(
    connection: psycopg.Connection[Any], organisation: uuid.UUID
) -> None:
    """An address is one link however many ways lists may write it; a visa is no key of who is who."""
    told.receive(connection, organisation, told.pnr(told.NOW, told.booking("ABC123", HOLDER)))
    told.work()
    kinds = connection.execute("SELECT kind, count(*) FROM subjects_identifier GROUP BY kind")
    counted = dict(kinds.fetchall())
    assert (counted["address"], counted["place"], counted["visa"]) == (1, 1, 1)
