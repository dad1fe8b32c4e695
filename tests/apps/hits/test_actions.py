"""What officers do with a hit: who is faster, what a decision needs, what it answers and clears."""

from __future__ import annotations

import uuid

import pytest
from django.core.exceptions import PermissionDenied
from django.db import InternalError, ProgrammingError, transaction
from tests.apps.hits import world as made
from tests.apps.hits.world import World

from vedette.apps.accounts.models import Act
from vedette.apps.hits import actions, selectors
from vedette.apps.hits.actions import Conflict, Incomplete, Verdict
from vedette.apps.hits.models import ClearedPair, Confirmed, Decision, Event, Hit, Reason, SeenHit
from vedette.apps.hits.selectors import Filters

WHY = "Passport and birth date are not those of the entry."


@pytest.fixture
def hit(world: World) -> Hit:
    """A hit of one list reason, landing in 41 minutes."""
    return made.hit(world, made.journey(world, world.flight("YY 417", 41), "DOE", "Jane"))


def _verdict(hit: Hit, choice: str = "release", outcome: str = "another", **more) -> Verdict:
    reasons = Reason.objects.filter(hit=hit, state="open").values_list("pk", flat=True)
    seen = frozenset(reasons)
    given = {"why": WHY, "answers": dict.fromkeys(seen, outcome)} | more
    return Verdict(choice=choice, seen=seen, **given)


def test_the_slower_one_learns_who_was_faster(world: World, hit: Hit) -> None:
    """A claimed hit cannot be claimed, decided or handed back by a colleague."""
    with world.seen_by() as officer:
        actions.claim(officer, hit.id)
    with world.seen_by(world.users["officer2"]) as slower:
        for attempt in (
            lambda: actions.claim(slower, hit.id),
            lambda: actions.hand_back(slower, hit.id),
            lambda: actions.decide(slower, hit.id, _verdict(hit)),
        ):
            with pytest.raises(Conflict) as told:
                attempt()
            assert told.value.by == world.officer
            assert told.value.at is not None


def test_take_next_never_gives_one_hit_twice(world: World, hit: Hit) -> None:
    """Two officers who press N at the same time get different hits; the third gets none."""
    other = made.hit(world, made.journey(world, hit.subject.journey.flight, "DOE", "John"), 20)
    with world.seen_by() as officer:
        first = actions.take_next(officer, Filters())
    with world.seen_by(world.users["officer2"]) as colleague:
        second = actions.take_next(colleague, Filters())
        third = actions.take_next(colleague, Filters())
    assert (first, second, third) == (hit, other, None)


def test_hand_over(world: World, hit: Hit) -> None:
    """An officer passes on what is theirs; a supervisor, anybody's; never to who may not decide."""
    officer2, supervisor = world.users["officer2"], world.users["supervisor"]
    with world.seen_by() as officer:
        actions.claim(officer, hit.id)
        assert actions.hand_over(officer, hit.id, officer2).claimed_by == officer2
        with pytest.raises(Conflict):
            actions.hand_over(officer, hit.id, officer)
    with world.seen_by(supervisor):
        assert actions.hand_over(supervisor, hit.id, world.officer).claimed_by == world.officer
        with pytest.raises(PermissionDenied):
            actions.hand_over(supervisor, hit.id, world.users["administrator"])


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"why": "Too short."}, ("why",)),
        ({"why": " " * 40}, ("why",)),
        ({"answers": {}}, ("same",)),
        ({"choice": ""}, ("choice",)),
        ({"choice": "refuse"}, ("basis", "second")),
        ({"choice": "hold", "beyond": True}, ("basis", "second")),
        ({"choice": "refuse", "basis": "Customs Code, art. 12"}, ("second",)),
    ],
)
def test_what_a_decision_needs(
    world: World, hit: Hit, change: dict, missing: tuple[str, ...]
) -> None:
    """A choice, a reason of 20 characters, an answer for each list reason; some a second officer."""
    with world.seen_by() as officer:
        with pytest.raises(Incomplete) as told:
            actions.decide(officer, hit.id, _verdict(hit, **change))
        assert told.value.missing == missing
        assert not Decision.objects.exists()
        assert Hit.objects.get().state == "new"


def test_the_second_officer_is_somebody_else(world: World, hit: Hit) -> None:
    """Nobody is their own second; with a second and a basis the refusal stands, both named."""
    with world.seen_by() as officer:
        basis = {"choice": "refuse", "basis": "Customs Code, art. 12"}
        with pytest.raises(Incomplete):
            actions.decide(officer, hit.id, _verdict(hit, **basis, second=officer))
        done = actions.decide(
            officer, hit.id, _verdict(hit, **basis, second=world.users["officer2"])
        )
    assert done.second == world.users["officer2"]
    assert done.basis == "Customs Code, art. 12"


def test_a_decision_answers_its_reasons_and_clears_the_pair(world: World, hit: Hit) -> None:
    """ "No, another" clears traveller and entry for a year; the history and the acts know."""
    with world.seen_by() as officer:
        done = actions.decide(officer, hit.id, _verdict(hit))
        assert list(done.answers.values()) == ["another"]
        reason = Reason.objects.get()
        assert (reason.state, reason.outcome) == ("answered", "another")
        pair = ClearedPair.objects.get()
        assert pair.entry_hash == reason.entry_hash
        assert bytes(pair.fingerprint) == bytes(hit.subject.fingerprint)
        assert (pair.expires_at - pair.at).days in (364, 365)
        assert list(Event.objects.order_by("pk").values_list("kind", flat=True)) == [
            "opened",
            "decided",
        ]
        act = Act.objects.get(act="hit.decided")
        assert act.detail == {"choice": "release", "decision": str(done.id)}


@pytest.mark.parametrize("outcome", ["unsure", "same"])
def test_only_another_clears(world: World, hit: Hit, outcome: str) -> None:
    """Doubt clears nobody."""
    with world.seen_by() as officer:
        actions.decide(officer, hit.id, _verdict(hit, outcome=outcome))
        assert not ClearedPair.objects.exists()


def test_a_reason_that_came_meanwhile_stops_the_decision(world: World, hit: Hit) -> None:
    """Nobody decides on a reason that was not on the page."""
    with world.seen_by() as officer:
        verdict = _verdict(hit)
    made.reason(world, hit, kind="lookout", channel="document")
    with world.seen_by() as officer, pytest.raises(Conflict) as told:
        actions.decide(officer, hit.id, verdict)
    assert told.value.what == "reasons"


def test_reopening_undoes_answers_and_clearing(world: World, hit: Hit) -> None:
    """The way back: the hit is open and one's own, its reason open, the pair no longer cleared."""
    with world.seen_by() as officer:
        actions.decide(officer, hit.id, _verdict(hit))
    with world.seen_by(world.users["officer2"]) as stranger, pytest.raises(PermissionDenied):
        actions.reopen(stranger, hit.id)
    with world.seen_by() as officer:
        again = actions.reopen(officer, hit.id)
        assert (again.state, again.claimed_by) == ("reopened", officer)
        assert Reason.objects.get().state == "open"
        assert not ClearedPair.objects.exists()
        assert Decision.objects.count() == 1
        with pytest.raises(Conflict):
            actions.reopen(officer, hit.id)
        actions.hand_back(officer, hit.id)
        actions.decide(officer, hit.id, _verdict(hit, "refer", "same"))
    with world.seen_by(world.users["supervisor"]) as supervisor:
        assert actions.reopen(supervisor, hit.id).claimed_by == supervisor


def test_decisions_and_acts_are_written_once(world: World, hit: Hit) -> None:
    """No role of ours may change or take away what was decided."""
    with world.seen_by() as officer:
        actions.decide(officer, hit.id, _verdict(hit))
    for change in (
        lambda: Decision.objects.update(choice="refuse"),
        lambda: Decision.objects.all().delete(),
        lambda: Act.objects.update(act="x"),
    ):
        with (
            pytest.raises((ProgrammingError, InternalError)),
            world.seen_by(),
            transaction.atomic(),
        ):
            change()


def test_an_administrator_reads_and_decides_nothing(world: World, hit: Hit) -> None:
    """Who manages accounts does not decide about travellers."""
    with world.seen_by(world.users["administrator"]) as administrator:
        for attempt in (
            lambda: actions.claim(administrator, hit.id),
            lambda: actions.decide(administrator, hit.id, _verdict(hit)),
            lambda: actions.note(administrator, hit.id, "A note."),
        ):
            with pytest.raises(PermissionDenied):
                attempt()


def test_a_note_is_text_in_the_history_and_not_in_the_act(world: World, hit: Hit) -> None:
    """Free text may name people: the act keeps ids only."""
    with world.seen_by() as officer:
        actions.note(officer, hit.id, " Asked the carrier. ")
        with pytest.raises(Incomplete):
            actions.note(officer, hit.id, "  ")
        events = selectors.history(SeenHit.objects.get(pk=hit.pk))
        [told] = [event for event in events if event.kind == "note"]
        assert told.text == "Asked the carrier."
        assert Act.objects.get(act="hit.note").detail == {}


def test_what_belongs_to_others_does_not_exist(world: World, hit: Hit) -> None:
    """A hit of another organisation cannot be told from one that never was."""
    other = made.build("Another administration")
    with other.seen_by() as stranger:
        for pk in (hit.id, uuid.uuid4()):
            with pytest.raises(Hit.DoesNotExist):
                actions.claim(stranger, pk)


def test_the_latest_result_says_whether_it_is_confirmed(world: World, hit: Hit) -> None:
    """Answered "the same" a hit counts as confirmed until a control found nothing, and again if one did,
    or if it was opened and answered so anew: the old control was of the old decision."""

    def confirmed() -> bool:
        return Confirmed.objects.filter(subject_id=hit.subject_id, until=None).exists()

    with world.seen_by() as officer:
        actions.decide(officer, hit.id, _verdict(hit, "refer", "same"))
        told = [confirmed()]
        for outcome in ("nothing", "confirmed", "nothing"):
            actions.record_result(officer, hit.id, outcome)
            told.append(confirmed())
        actions.reopen(officer, hit.id)
        told.append(confirmed())
        actions.decide(officer, hit.id, _verdict(hit, "refer", "same"))
        told.append(confirmed())
    assert told == [True, False, True, False, False, True]


def test_a_reason_longer_than_a_page_is_refused(world: World, hit: Hit) -> None:
    """The text is kept for shortening; nothing is decided."""
    with world.seen_by() as officer, pytest.raises(Incomplete) as told:
        actions.decide(officer, hit.id, _verdict(hit, why="x" * (actions.WHY_MOST + 1)))
    assert told.value.missing == ("long",)
