"""Lookouts: active at once, for 24 hours, reviewed after; each change wakes the workers."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from tests.apps.lists.conftest import make_house, scope

from vedette.apps.lists import actions, selectors
from vedette.apps.lists.models import KnowledgeState, ListEntry, Lookout, Watchlist
from vedette.apps.subjects.kinds import app_kind


def enter(house: SimpleNamespace, **more: Any) -> Lookout:
    """A lookout of the officer."""
    asked = {"caller": "Port", "why": "carries undeclared cash today", "document": "ab 123"}
    return actions.create_lookout(house.officer, **{**asked, **more})


def number(house: SimpleNamespace) -> int:
    """The number of the knowledge."""
    return KnowledgeState.objects.using("intake").get(pk=house.organisation.pk).number


def expire(lookout: Lookout) -> None:
    """Let its time be over."""
    past = timezone.now() - dt.timedelta(minutes=1)
    Lookout.objects.using("intake").filter(pk=lookout.pk).update(expires_at=past)


def test_active_at_once_for_a_day(house):
    """The entry and the number of the knowledge come in one transaction: workers see it at once."""
    with scope(house):
        lookout = enter(
            house, group_label="xx 118", birth_date=dt.date(1979, 3, 12), nationality="CH"
        )
        assert lookout.group_label == "XX118"
        assert lookout.expires_at - timezone.now() > dt.timedelta(hours=23)
    entry = ListEntry.objects.using("intake").get()
    assert entry.content["identifiers"] == [{"kind": "document", "value": "AB123"}]
    assert (entry.until, entry.asked) == (None, False)
    assert number(house) == 1
    watchlist = Watchlist.objects.using("intake").get()
    assert (watchlist.lookouts, watchlist.weight) == (True, 80)


@pytest.mark.parametrize("hours", [0, 25, 720])
def test_not_longer_than_a_day_before_its_review(house, hours):
    """Its author may say when it ends; only a supervisor keeps it beyond a day."""
    with scope(house):
        with pytest.raises(ValueError, match="hours"):
            enter(house, hours=hours)
        lookout = enter(house, hours=3)
        assert lookout.expires_at - timezone.now() < dt.timedelta(hours=3)


@pytest.mark.parametrize("more", [{"document": " "}, {"caller": ""}, {"why": " "}], ids=str)
def test_who_called_and_why_are_required(house, more):
    """Without document and name, caller or reason there is no lookout."""
    with scope(house), pytest.raises(ValueError):
        enter(house, **more)
    assert not Lookout.objects.using("intake").exists()


def test_after_a_day_it_waits_for_review(house):
    """Its time over, it hits no more and is not forgotten: a supervisor says what becomes of it."""
    with scope(house):
        lookout = enter(house)
    expire(lookout)
    assert actions.expire_lookouts("intake", timezone.now()) == 1
    assert actions.expire_lookouts("intake", timezone.now()) == 0
    assert ListEntry.objects.using("intake").get().until == number(house) == 2
    with scope(house):
        found = selectors.lookouts()
        assert ([r.lookout.pk for r in found.review], found.active) == ([lookout.pk], [])


def test_a_supervisor_extends_it(house):
    """Extended, its entry is current again and the population is asked again."""
    with scope(house):
        lookout = enter(house)
    expire(lookout)
    actions.expire_lookouts("intake", timezone.now())
    ListEntry.objects.using("intake").update(asked=True, withdrawn=True)
    with scope(house):
        with pytest.raises(PermissionDenied):
            actions.extend_lookout(house.officer, lookout, 24)
        with pytest.raises(ValueError, match="hours"):
            actions.extend_lookout(house.supervisor, lookout, 10_000)
        actions.extend_lookout(house.supervisor, lookout, 72)
    entry = ListEntry.objects.using("intake").get()
    assert (entry.until, entry.asked, entry.withdrawn) == (None, False, False)
    held = Lookout.objects.using("intake").get()
    assert held.reviewed_by_id == house.supervisor.pk
    assert held.expires_at > timezone.now() + dt.timedelta(hours=71)


def test_ended_for_good(house):
    """Its author or a supervisor ends it; what is ended is not extended."""
    with scope(house):
        lookout = enter(house)
        actions.end_lookout(house.officer, lookout)
        with pytest.raises(ValueError, match="ended"):
            actions.extend_lookout(house.supervisor, lookout, 24)
    held = Lookout.objects.using("intake").get()
    assert held.reviewed_by_id is None, "its author's end is no review"
    assert ListEntry.objects.using("intake").get().until == 2


def test_not_anothers(house):
    """An officer does not end another's lookout; another organisation does not see it."""
    theirs = make_house("Theirs")
    with scope(house):
        lookout = enter(house)
        with pytest.raises(PermissionDenied):
            actions.end_lookout(theirs.officer, lookout)
    with scope(theirs):
        found = selectors.lookouts()
        assert (found.active, found.review) == ([], [])


def test_a_traveller_fills_it_in(database):
    """Document, name and the flight to come; a landed flight would find nobody and is left out."""
    from tests.apps.hits import world as made

    here = made.build()
    coming, landed = here.flight("YY 417", 41), here.flight("XX 118", -41)
    first = made.journey(here, coming, "ZIVODRAGICH", "Djordje", document="X1")
    then = made.journey(here, landed, "ZIVODRAGICH", "Djordje", document="X1")
    with here.seen_by():
        found = app_kind("traveller").lookout(first.pk)
        assert app_kind("traveller").lookout(then.pk) == {**found, "group_label": ""}
    assert found == {
        "document": "X1", "name": "ZIVODRAGICH Djordje", "birth_date": "1979-03-12",
        "nationality": "CHE", "group_label": "YY 417",
    }  # fmt: skip


def test_a_traveller_of_another_administration_fills_in_nothing(database):
    """Row-level security: what is not ours is not there, for the reader and on the page."""
    from django.test import Client
    from tests.apps.hits import world as made

    from vedette.travellers.app.models import Journey

    here, there = made.build(), made.build("Elsewhere")
    theirs = made.journey(there, there.flight("YY 417", 41), "ZIVODRAGICH", "Djordje")
    with here.seen_by(), pytest.raises(Journey.DoesNotExist):
        app_kind("traveller").lookout(theirs.pk)
    client = Client(HTTP_HOST="localhost")
    client.force_login(here.officer)
    for asked in (theirs.pk, "nonsense"):
        assert client.get(f"/lookouts/new/?subject={asked}").status_code == 404
