"""Whose names fare worse on a list: counts of groups, never of one person."""

from __future__ import annotations

from django.test import Client
from tests.apps.hits import world as made
from tests.apps.hits.world import World

from vedette.apps.hits.fairness import OTHERS
from vedette.apps.hits.models import Reason
from vedette.apps.lists import selectors
from vedette.travellers.app.models import JourneyClear


def _raise(world: World, count: int, surname: str, nationality: str, outcome: str = "") -> None:
    flight = world.flight("YY 417", 41)
    for n in range(count):
        subject = made.journey(world, flight, surname, f"{outcome}{n}")
        found = made.hit(world, subject)
        JourneyClear.objects.using("intake").filter(journey_id=subject.pk).update(
            nationality=nationality
        )
        if outcome:
            Reason.objects.using("intake").filter(hit=found).update(
                state="answered", outcome=outcome
            )


def test_groups_and_how_they_were_answered(database) -> None:
    """By script, sex and nationality; groups of fewer than five together, and left out alone."""
    world = made.build()
    _raise(world, 6, "ИВАНОВ", "SRB", "another")
    _raise(world, 5, "DUPONT", "FRA")
    _raise(world, 2, "MÜLLER", "CHE", "same")
    with world.seen_by():
        found = {by.column: by.groups for by in selectors.groups(world.entry.watchlist_id)}
    told = {name: (g.raised, g.another, g.same, g.open) for name, g in found["script"].items()}
    assert list(told.items()) == [("LATIN", (7, 0, 2, 5)), ("CYRILLIC", (6, 6, 0, 0))]
    assert [(name, g.raised) for name, g in found["sex"].items()] == [("M", 13)]
    nations = [(name, g.raised) for name, g in found["nationality"].items()]
    assert nations == [("SRB", 6), (OTHERS, 7)], "two left out would follow from the sum"
    assert found["script"]["LATIN"].share is None, "too few answers for a share"


def test_a_share_needs_a_hundred_answers() -> None:
    """Of 100 answered 25 were another person: a quarter; of 99 it would be chance."""
    assert selectors.Group(130, 25, 0, 75, 30).share == 25
    assert selectors.Group(130, 25, 0, 74, 31).share is None


def test_the_page_tells_and_names_nobody(database) -> None:
    """The list's page has the groups with their counts, and no name of a traveller."""
    world = made.build()
    _raise(world, 6, "ИВАНОВ", "SRB", "another")
    client = Client(HTTP_HOST="localhost", HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(world.officer)
    page = client.get(f"/watchlists/{world.entry.watchlist_id}/").content.decode()
    assert "Cyrillic" in page
    assert "fewer than 5 reasons" in page
    assert "ИВАНОВ" not in page
