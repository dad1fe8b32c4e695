"""Declarations are routed to the unit that serves their customs office or, if there is none, the place of
unloading."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.apps.profiles.story import acting
from tests.goods import declared
from tests.goods.app.desk import Desk
from tests.goods.declared import ACID, NOW, SHOES

if TYPE_CHECKING:
    from vedette.apps.accounts.models import Unit

pytestmark = pytest.mark.database
TABLES = (
    "goods_declaration", "goods_goodsitem", "subjects_subject", "hits_hit", "inbox_message",
)  # fmt: skip


def _unit(desk: Desk, name: str, *offices: str) -> Unit:
    """A unit, saved by the administrator as on its page."""
    from vedette.apps.accounts import actions
    from vedette.apps.accounts.models import Unit

    administrator = desk.people["administrator"]
    with acting(administrator):
        unit = Unit.objects.filter(name=name).first() or Unit()
        actions.save_unit(administrator, unit, name, [], offices)
    return unit


def _units(desk: Desk) -> set[uuid.UUID | None]:
    """The units of all rows of the declaration."""
    return {
        unit
        for table in TABLES
        for (unit,) in desk.connection.execute(f"SELECT unit_id FROM {table}").fetchall()
    }


def _amend(desk: Desk, minutes: int, **about: Any) -> None:
    """An amendment of the head of the declaration, which states its item again."""
    at = NOW + dt.timedelta(minutes=minutes)
    stated = declared.message(ACID, at=at, action="amendment")
    desk.put(msgspec.structs.replace(stated, **about), at=at)


def test_a_declaration_goes_to_the_unit_of_its_office(desk: Desk) -> None:
    """All its rows have the unit, those of messages and hits as well; and they move when the offices of the
    units change."""
    assert _units(desk) == {None}
    port = _unit(desk, "Port", "SNDKR")
    assert _units(desk) == {port.pk}
    office = _unit(desk, "Office", "SN001", "SN002")
    assert _units(desk) == {office.pk}
    desk.receive(ACID, SHOES, lrn="LRN-2")
    assert _units(desk) == {office.pk}
    _unit(desk, "Office", "SN002")
    assert _units(desk) == {port.pk}


def test_an_amendment_of_the_office_moves_the_declaration(desk: Desk) -> None:
    first, second = _unit(desk, "One", "SN001"), _unit(desk, "Two", "SN002")
    assert _units(desk) == {first.pk}
    _amend(desk, 5, office="SN002")
    assert _units(desk) == {second.pk}
    # An office that no unit serves leaves the place of unloading and then nothing.
    _amend(desk, 6, office="SN009")
    assert _units(desk) == {None}


def test_an_officer_of_a_unit_sees_its_declarations_alone(desk: Desk) -> None:
    port, other = _unit(desk, "Port", "SNDKR"), _unit(desk, "Other", "SN777")
    [hit] = desk.hits()
    pages = (
        f"/declarations/{desk.declaration()}/", f"/goods/{desk.item()}/", f"/hits/{hit.pk}/",
    )  # fmt: skip
    for unit, status in ((port, 200), (other, 404)):
        desk.connection.execute(
            "UPDATE accounts_user SET unit_id = %s WHERE role = 'officer'", [unit.pk]
        )
        client = desk.client()
        assert {client.get(page).status_code for page in pages} == {status}
        client.post("/search/", {"purpose": "border", "case": "case 7"})
        found = client.post("/search/", {"q": "LRN-1"}).content.decode()
        assert ("Leather shoes" in found) == (status == 200)


def test_the_page_of_units_takes_offices(desk: Desk) -> None:
    """Codes are checked, an office has one unit, and the list shows them."""
    client = desk.client("administrator")
    made = client.post("/units/new/", {"name": "Port", "offices": "sn001; SNDKR"}, follow=True)
    assert "SN001, SNDKR" in made.content.decode()
    again = client.post("/units/new/", {"name": "Other", "offices": "SNDKR"})
    assert again.status_code == 422
    assert "Another unit is responsible for one of these customs offices" in again.content.decode()
    assert client.post("/units/new/", {"name": "Bad", "offices": "<b>"}).status_code == 422
