"""The real samples, put in by `vedette ingest`, screened against the real UN and OFAC lists."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.shared import shared

from vedette.apps.desk.work import Worker
from vedette.cli import main
from vedette.commands.environment import keys
from vedette.core.records import Envelope
from vedette.formats import lists
from vedette.travellers.formats import paxlst_writer
from vedette.travellers.records import Flight, Message, Traveller

if TYPE_CHECKING:
    from tests.apps.hits.world import World
    from tests.browser.conftest import Desk

TERMS = ("--purpose", "terrorism", "--basis", "UNSCR 2178")


def listed_on_the_flight(path: Path) -> bytes:
    """A passenger list of our own with somebody of the UN list on it: none of the samples has one."""
    entries = lists.read(path).entries
    entry = next(
        e
        for e in entries
        if e.schema == "Person" and e.birth_dates and len(e.names[0].full.split()) > 2
    )
    surname, _, given = entry.names[0].full.rpartition(" ")
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0, second=0)
    person = Traveller(surname=given, given_names=surname, date_of_birth=entry.birth_dates[0].from_)
    flight = Flight(
        carrier="XX", number="417", origin="ADD", destination="DSS",
        departure=now, arrival=now + dt.timedelta(hours=6),
    )  # fmt: skip
    envelope = Envelope(
        sender="XX", recipient="VD", prepared=now, interchange_ref="1", message_ref="1"
    )
    return paxlst_writer.write(
        Message(
            format="PAXLST",
            envelope=envelope,
            function="passengers",
            flights=(flight,),
            travellers=(person,),
        )
    )


@pytest.mark.parametrize("language", ["fr"])
def test_real_messages_against_real_lists(
    page: Desk, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The issue's last line: both lists imported, 14 samples read, hits in the queue with their list."""
    organisation = world.organisation
    un = shared("data", "watchlists", "un_consolidated_2025-08-16.xml")
    ofac = shared("data", "watchlists", "ofac_sdn_2021-06_sdn.csv")
    samples = shared("data", "messages", "passenger")
    for name, path in (("ONU", un), ("OFAC", ofac)):
        assert main(["lists", "import", str(path), "--name", name, *TERMS]) == 0
    (tmp_path / "listed.edi").write_bytes(listed_on_the_flight(un))
    messages = sorted(samples.glob("*.edi"))
    assert main(["ingest", *map(str, messages), str(tmp_path)]) == 0
    assert capsys.readouterr().out.count(": accepted") == len(messages) + 1
    worker = Worker(os.environ["DATABASE_URL_INTAKE"], keys())
    worker.drain()

    page.sign_in("supervisor")
    page.go("/")
    screen = page.page
    row = screen.locator("tr", has_text="XX 417")
    assert "ONU" in row.inner_text()

    # None of the samples' travellers is listed: an officer is called about one of their passports.
    facts = json.loads((samples / "loader_airline2.json").read_text())["read_from_message"]
    wanted = facts["passengers"][0]
    from django.db import transaction

    from vedette.apps.accounts.models import User
    from vedette.apps.accounts.rules import set_scope
    from vedette.apps.lists.actions import create_lookout

    with transaction.atomic():
        set_scope(str(organisation.pk))
        create_lookout(
            User.objects.get(username="supervisor"), caller="PIU", why="asked for by telephone",
            document=wanted["documents"][0]["number"],
        )  # fmt: skip
    worker.drain()
    worker.connection.close()
    page.go("/")
    assert wanted["surname"] in screen.locator("tr", has_text="TN 506").inner_text()
    page.go("/messages/")
    assert screen.locator("tbody tr").count() >= len(messages)
    assert page.axe() == []
