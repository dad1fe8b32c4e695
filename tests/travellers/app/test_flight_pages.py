"""The pages of flights, as a signed-in officer gets them."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.conf import settings
from django.test import Client
from tests.travellers.app import world
from tests.travellers.app.scene import Scene
from tests.travellers.app.world import USING

from vedette.apps.accounts.models import Act
from vedette.apps.inbox.models import Message
from vedette.travellers.app import models as intake

PURPOSE = {"purpose": "serious_crime", "case": "2026-114"}


def _text(response) -> str:
    return response.content.decode()


def _acts(name: str) -> list[Act]:
    return list(Act.objects.using(USING).filter(act=name))


def test_flights_of_the_day(client: Client, scene: Scene) -> None:
    """Signs for each sending, what is missing, hits by level, and who was expected."""
    page = _text(client.get(f"/flights/?day={scene.flight.arrives_local.date()}"))
    assert "YY 417" in page
    assert "with parts missing" in page
    assert "expected from the three previous weeks" in page
    assert "Very high" in page
    assert page.count("<h1") == 1


def test_flights_keep_filters_and_say_why_nothing_shows(client: Client, scene: Scene) -> None:
    """A filter stands in the address, and an empty answer names the way out."""
    day = scene.flight.arrives_local.date()
    page = _text(client.get(f"/flights/?day={day}&carrier=QQ"))
    assert "matches these filters" in page
    assert f"?day={day}" in page
    assert client.get("/flights/?day=nonsense&after=_&state=x&airport=%00").status_code == 200
    for far in ("9999-12-31", "0001-01-01"):
        assert client.get(f"/flights/?day={far}").status_code == 200


def test_carriers_alone_and_as_a_part(client: Client) -> None:
    """Without script the link leads to a page; htmx gets the table alone."""
    assert "<h1" in _text(client.get("/flights/carriers/"))
    assert "/flights/carriers/csv/" in _text(client.get("/flights/carriers/"))
    part = _text(client.get("/flights/carriers/", headers={"HX-Request": "true"}))
    assert "<h1" not in part
    assert "<table" in part


def test_weeks_of_carriers(client: Client, scene: Scene) -> None:
    """A line over twelve weeks with the agreed level, the same shares in a table, and the counts as CSV."""
    page = _text(client.get("/flights/carriers/"))
    # No list was received for these flights, so only the share of complete messages has a line.
    assert page.count('class="lim"') == 1
    assert "agreed share of 95%" in page
    table = page[page.index("Complete messages by week") :]
    assert "0%" in table.partition("</table>")[0]
    response = client.get("/flights/carriers/csv/")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    head, *rows = response.content.decode().splitlines()
    assert head == "carrier,week_from,week_to,flights,complete,lists,lists_in_time"
    # The flight of the scene that landed forty days ago, and those of the three previous weeks.
    assert [row.split(",")[3:] for row in rows] == [["1", "0", "0", "0"]] * 4
    assert [act.detail for act in _acts("statistics.export")] == [{"days": 84}]


def test_flight_shows_hits_first_and_pages_all(client: Client, scene: Scene) -> None:
    """115 travellers are two pages, said as such; hits lead, and seats with hits are links."""
    address = f"/flights/{scene.flight.id}/"
    page = _text(client.get(address))
    assert page.index("ZIVODRAGICH") < page.index("HOLMQVIST") < page.index("ANDERSSON")
    assert "1 to 100 of 115" in page
    assert "Seat 23A: hit of priority 82, Very high · ZIVODRAGICH Djordje" in page
    assert "part 2 missing" in page
    assert "136 stated, 187 present" in page
    assert "ZRH IST ADD DSS" in page
    assert "101 to 115 of 115" in _text(client.get(address + "?page=2"))
    assert [a.subject for a in _acts("flight.see")] == [str(scene.flight.id)] * 2


@pytest.mark.parametrize(
    ("show", "inside", "outside"),
    [
        ("hits", "KOUASSI", "ANDERSSON"),
        ("pnr", "LINDEGAARD", "ZIVODRAGICH"),
        ("facts", "ZIVODRAGICH", "HOLMQVIST"),
    ],
)
def test_views_of_a_manifest(
    client: Client, scene: Scene, show: str, inside: str, outside: str
) -> None:
    """Each view shows who belongs to it, and nobody else."""
    page = _text(client.get(f"/flights/{scene.flight.id}/?show={show}"))
    shown = page[page.index('id="man"') :]
    assert inside in shown
    assert outside not in shown


@pytest.mark.parametrize("text", ["zivod djor", "x0142o7", "23a", "m2v8"])
def test_manifest_filter_by_anything_typed(client: Client, scene: Scene, text: str) -> None:
    """Name in any order, document, seat, locator; posted, answered with the manifest alone."""
    response = client.post(
        f"/flights/{scene.flight.id}/",
        {"text": text, "show": "all", **PURPOSE},
        headers={"HX-Request": "true"},
    )
    page = _text(response)
    assert "ZIVODRAGICH" in page
    assert "ANDERSSON" not in page
    assert "<h1" not in page
    wild = client.post(f"/flights/{scene.flight.id}/", {"text": "%", **PURPOSE})
    assert "No traveller to show" in _text(wild)


def test_a_part_of_the_page_is_a_look_too(client: Client, scene: Scene) -> None:
    """Who pages through the list by the part that htmx asks for leaves an act for each page."""
    address = f"/flights/{scene.flight.id}/"
    part = client.get(address + "?page=2", headers={"HX-Request": "true"})
    assert "101 to 115 of 115" in _text(part)
    [act] = _acts("flight.see")
    assert (act.subject, act.detail) == (str(scene.flight.id), {"page": 2})


def test_a_filter_is_a_search_with_purpose_and_sealed_words(client: Client, scene: Scene) -> None:
    """Nobody is looked for before a purpose is given; then the act holds no word in clear."""
    address, part = f"/flights/{scene.flight.id}/", {"HX-Request": "true"}
    asked = client.post(address, {"text": "zivod djor"}, headers=part)
    assert asked.status_code == 422
    assert "Enter the purpose and the case" in _text(asked)
    assert 'value="zivod djor"' in _text(asked)
    assert "1 to 100 of 115" in _text(asked)
    assert not _acts("flight.search")
    assert client.post(address, {"text": "zivod djor", **PURPOSE}, headers=part).status_code == 200
    again = _text(client.post(address, {"text": "X0142O7"}, headers=part))
    assert "case 2026-114" in again
    by_name, by_number = _acts("flight.search")
    assert len(by_name.detail.pop("name")) == 2
    assert by_name.detail == {"purpose": "serious_crime", "found": 1, "page": 1}
    assert by_number.detail["name"] == []
    words = json.loads(settings.KEYS.open_sealed(bytes(by_name.sealed)))
    assert words == {"text": "zivod djor", "case": "2026-114"}


def test_messages_seats_and_route_of_a_flight(client: Client, scene: Scene) -> None:
    """The messages stand on a time axis with words for what is missing; the list states the same. Seats with
    hits have names and a table; the route is a map."""
    response = client.get(f"/flights/{scene.flight.id}/")
    page = _text(response)
    axis = page[page.index('class="ch axis"') :].partition("</svg></div>")[0]
    for word in ("−72 h", "−24 h", "closure", "now", "parts missing"):
        assert word in axis, word
    assert axis.count('<g class="no">') == 1
    # Two pushes and a list; the parts of a push are one mark, and a resend has no mark of its own.
    assert axis.count('<a href="/messages/') == 3
    table = page[page.index("Travellers with a hit, by seat") :].partition("</table>")[0]
    assert table.index("GEBREKIDAN") < table.index("KOUASSI") < table.index("ZIVODRAGICH")
    assert "Seat 22C: in the same booking as a traveller with a hit · LINDEGAARD Pia" in page
    assert 'class="leg now"' in page
    assert len(response.content) < 100_000


def test_a_flight_without_messages_or_times(client: Client, scene: Scene) -> None:
    """Nothing received: what is to come is said; without a time of departure the page says that as well."""
    later = world.flight(scene.home, "900", lands=world.NOW + dt.timedelta(hours=60))
    page = _text(client.get(f"/flights/{later.id}/"))
    assert "−24 h: to come" in page
    assert "No message contains a seat." in page
    unknown = world.flight(
        scene.home, "901", departs_at=None, departs_local=None, origin="QQQ", arrives_local=None
    )
    page = _text(client.get(f"/flights/{unknown.id}/"))
    assert "The messages are not shown on a time axis." in page
    assert "There is no map, because an airport of the flight is not known." in page


def test_masked_seats_name_nobody(client: Client, scene: Scene) -> None:
    """A masked traveller has no seat and no name on the plan; the table keeps the hit."""
    intake.JourneyClear.objects.using(USING).filter(journey_id=scene.zivo.id).delete()
    page = _text(client.get(f"/flights/{scene.flight.id}/"))
    table = page[page.index("Travellers with a hit, by seat") :].partition("</table>")[0]
    assert f"/travellers/{scene.zivo.id}/" in table
    assert "masked" in table
    assert "ZIVODRAGICH" not in page


def test_flight_of_others_is_not_found(client: Client) -> None:
    """404 and not 403: nobody learns that it exists."""
    foreign = world.flight(world.organisation("Autre"))
    assert client.get(f"/flights/{foreign.id}/").status_code == 404


def test_a_carrier_is_asked_for_what_lacks(client: Client, scene: Scene) -> None:
    """Both languages name the flight, the transfer and its missing part, and nothing of a traveller;
    that it was asked, by whom and when, stands on the flight's page."""
    address = f"/flights/{scene.flight.id}/resend/"
    assert address in _text(client.get(f"/flights/{scene.flight.id}/"))
    assert address in _text(client.get(f"/messages/{scene.parts.id}/"))
    page = _text(client.get(address))
    assert "reference CAR24" in page
    assert "missing parts: 2" in page
    assert 'lang="fr"' in page
    assert "mailto:?subject=" in page
    assert "ZIVODRAGICH" not in page
    client.post(address)
    asked = intake.ResendAsked.objects.using(USING).get()
    assert (asked.by, asked.missing) == (
        scene.officer, [{"kind": "pnr", "parts": [2], "last": False}],
    )  # fmt: skip
    assert len(_acts("flight.ask_resend")) == 1
    assert "asked the carrier to send the messages again," in _text(
        client.get(f"/flights/{scene.flight.id}/")
    )


def test_a_whole_flight_asks_for_nothing(client: Client, scene: Scene) -> None:
    """Where nothing lacks there is no text, and posting records nothing."""
    Message.objects.using(USING).filter(sequence=3).update(sequence=2)
    page = _text(client.post(f"/flights/{scene.flight.id}/resend/"))
    assert "Nothing to request" in page
    assert not intake.ResendAsked.objects.using(USING).exists()
