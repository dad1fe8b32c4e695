"""The earlier declarations of parties, as facts for profiles and on the pages, and the route of a
declaration."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import psycopg
import pytest
from tests.apps.profiles.story import acting
from tests.goods.app.desk import Desk
from tests.goods.declared import ACID, EXPORTER, IMPORTER, NOW, SHOES, message

from vedette.core.parties import Address

pytestmark = pytest.mark.database

HOUR = dt.timedelta(hours=1)
LIVES = msgspec.structs.replace(
    IMPORTER, address=Address(street="4 rue du Quai", city="Dakar", postcode="12500", country="SN")
)


@pytest.fixture
def desk(connection: psycopg.Connection[Any]) -> Desk:
    return Desk(connection)


def values(desk: Desk, *names: str) -> list[tuple[Any, ...]]:
    """The values that were known about each item, in the order of receipt."""
    import io

    import polars as pl

    rows = desk.connection.execute(
        "SELECT data FROM profiles_known WHERE organisation_id = %s AND \"column\" = '' ORDER BY block",
        [desk.office.id],
    ).fetchall()
    frames = [pl.read_ipc(io.BytesIO(data)) for (data,) in rows]
    return [
        tuple(row.get(name) for name in names)
        for frame in frames
        for row in frame.iter_rows(named=True)
    ]


def test_history_is_counted_as_of_the_message(desk: Desk) -> None:
    """Declarations, hits and results of the consignee, the address, the declarant and the container; nothing
    of another organisation or of restricted items."""
    from vedette.apps.hits import actions

    other = Desk(desk.connection, "Other")
    for n in range(3):
        other.receive(SHOES, lrn=f"O{n}", parties=(EXPORTER, LIVES))
    desk.receive(ACID, lrn="L1", parties=(EXPORTER, LIVES), at=NOW - 40 * 24 * HOUR)
    desk.receive(SHOES, lrn="R", parties=(EXPORTER, LIVES), at=NOW - 30 * 24 * HOUR)
    desk.connection.execute(
        "UPDATE subjects_subject SET restricted = true WHERE organisation_id = %s AND received_at ="
        " (SELECT max(received_at) FROM subjects_subject WHERE organisation_id = %s)",
        [desk.office.id, desk.office.id],
    )
    [hit] = desk.hits()
    desk.decide("refer", hit)
    with acting(desk.people["officer"]):
        actions.record_result(desk.people["officer"], hit.pk, "nothing")
    desk.receive(SHOES, lrn="L2", parties=(EXPORTER, LIVES), at=NOW + HOUR)
    # Another party at the same address.
    stranger = msgspec.structs.replace(LIVES, identifiers=(), name="Autre SA")
    desk.receive(SHOES, lrn="L3", parties=(EXPORTER, stranger), at=NOW + 2 * HOUR)
    kinds = ("declarations_12m", "hits_12m", "confirmed_12m", "nothing_found_12m", "first_days")
    found = {
        who: values(desk, *(f"{who}_{kind}" for kind in kinds))
        for who in ("consignee", "address", "declarant", "container")
    }
    assert found["consignee"][0] == (0, 0, 0, 0, 0)
    assert found["consignee"][-2:] == [(1, 1, 0, 1, 40), (0, 0, 0, 0, 0)]
    assert found["address"][-2:] == [(1, 1, 0, 1, 40), (2, 1, 0, 1, 40)]
    assert found["declarant"][-1] == found["container"][-1] == (2, 1, 0, 1, 40)


def test_a_party_with_too_many_earlier_items_has_no_counts(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The counts of the period are missing. The first day is missing, too."""
    from vedette.goods.app import history

    monkeypatch.setattr(history, "MOST", 3)
    desk.receive(SHOES, lrn="OLD", parties=(EXPORTER, LIVES), at=NOW - 390 * 24 * HOUR)
    for n in range(3):
        at = NOW - (9 - n) * 24 * HOUR
        desk.receive(SHOES, lrn=f"N{n}", parties=(EXPORTER, LIVES), at=at)
    names = ("consignee_declarations_12m", "consignee_first_days", "address_declarations_12m")
    found = values(desk, *names)
    # The item itself is read, too.
    assert [row[0] for row in found] == [0, 0, 1, None]
    assert [row[1] for row in found] == [0, 381, None, None]
    assert [row[2] for row in found] == [0, 0, 1, None]


def test_the_page_of_a_declaration_shows_the_parties_with_their_history(desk: Desk) -> None:
    """What speaks in favour is first; the numbers contain only what the reader may see; the declarations of a
    party are one page away."""
    from vedette.apps.hits import actions

    desk.receive(ACID, lrn="L1", at=NOW - 24 * HOUR)
    desk.receive(ACID, SHOES, lrn="L2", at=NOW)
    first = desk.hits()
    old = next(hit for hit in first if hit.opened_at < NOW)
    desk.decide("refer", old)
    with acting(desk.people["officer"]):
        actions.record_result(desk.people["officer"], old.pk, "confirmed")
    url = _url(desk, "L2")
    page = desk.client().get(url).content.decode()
    assert page.index('id="pro"') < page.index('id="hits"') < page.index('id="items"')
    assert "Industrial cleaning agent, <mark>nitric acid 68 %" in page or "<mark>" in page
    assert '<svg class="map' in page
    assert "Entretien Demo SA" in page
    party = _party(page, "Entretien Demo SA")
    assert [_numbers(page, "Entretien Demo SA")] == [["1", "1", "1", "0"]]
    listed = desk.client("officer", "fr").get(party).content.decode()
    assert "L1" in listed
    assert "L2" in listed
    assert "confirmé" in listed
    # An officer of arms sees the same declarations, and neither the hit nor its result.
    desk.connection.execute(
        "UPDATE accounts_user SET themes = '{small_arms}' WHERE role = 'officer'"
    )
    page = desk.client().get(url).content.decode()
    assert _numbers(page, "Entretien Demo SA") == ["1", "0", "0", "0"]
    assert (
        "confirmed"
        not in desk.client().get(party).content.decode().split("<tbody>")[1].split("</tbody>")[0]
    )
    other = Desk(desk.connection, "Other")
    assert other.client().get(party).status_code == 404
    assert desk.client().get(party.replace("/parties/", "/parties/9")).status_code == 404


def _url(desk: Desk, reference: str) -> str:
    row = desk.connection.execute(
        "SELECT declaration_id FROM goods_declarationclear WHERE reference = %s", [reference]
    ).fetchone()
    assert row is not None
    return f"/declarations/{row[0]}/"


def _row(page: str, name: str) -> str:
    return next(
        row for row in page.split("<tr>") if f"<bdi>{name}</bdi>" in row and "/parties/" in row
    )


def _party(page: str, name: str) -> str:
    return _row(page, name).split('href="')[1].split('"')[0]


def _numbers(page: str, name: str) -> list[str]:
    cells = _row(page, name).split('<td class="num"')[1:]
    return [cell.split(">")[1].split("<")[0] for cell in cells]


def test_a_detour_and_an_embargo_are_facts_and_drawn(desk: Desk) -> None:
    """A hostile code of a place is text on the map."""
    at = NOW
    stated = message(SHOES, lrn="FAR", at=at)
    [one] = stated.consignments
    assert one.route is not None
    route = msgspec.structs.replace(
        one.route, loading="FRMRS", countries=("SG", "FR<b>"), discharge="LYMRA", destination=None
    )
    far = msgspec.structs.replace(one, route=route, destination="LY")
    desk.put(msgspec.structs.replace(stated, consignments=(far,)), at=at)
    desk.receive(SHOES, lrn="NEAR")
    facts = values(desk, "route_detour", "route_embargo", "route_hub")
    assert sorted(facts, key=str) == [(False, False, False), (True, True, True)]
    page = desk.client().get(_url(desk, "FAR")).content.decode()
    assert "arms embargo of the United Nations" in page
    assert "<b>" not in page.split('<svg class="map')[1].split("</svg>")[0].replace('class="b"', "")
