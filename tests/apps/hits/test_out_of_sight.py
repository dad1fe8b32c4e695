"""What a reader may not see changes nothing that he sees.

Two organisations receive the same messages and have the same list. One of them has a list of another purpose
as well. An officer without this purpose sees the same in both: pages, API, orders, counts, status codes.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
import re
import uuid
from dataclasses import dataclass
from typing import Any
from unittest import mock

import psycopg
import pytest
from tests.api.conftest import Client, client_of
from tests.apps.journal.scene import signed_in
from tests.apps.profiles import office as offices
from tests.apps.profiles.office import Office
from tests.apps.profiles.story import acting, flown, person

from vedette.apps.accounts.models import Organisation, User
from vedette.apps.accounts.rules import RULES
from vedette.apps.columns import Purpose, Theme, pairs_of, views_of
from vedette.apps.desk import work
from vedette.apps.hits import actions, floods
from vedette.apps.hits.models import Hit, Reason, SeenHit
from vedette.apps.lists.actions import import_list
from vedette.apps.profiles import draws
from vedette.commands.environment import keys
from vedette.travellers.app.models import Journey, JourneyClear
from vedette.web.access import routes

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
HEAD = "ref,kind,surname,given_names,birth_date,nationality,passport\n"
#: On both lists (DIOP), on the shared list alone (SECK), on the restricted list alone (FAYE), on none.
NUMBERS = {"DIOP": "A1234567", "SECK": "C3456789", "FAYE": "D4567890", "NIANG": "F6789012"}
SHARED = "E-1,person,DIOP,ADA,1984-05-06,FRA,\nE-2,person,SECK,ADA,1984-05-06,FRA,\n"
RESTRICTED = (
    "T-1,person,DIOP,ADA,1984-05-06,FRA,FRA:A1234567\nT-2,person,FAYE,ADA,1984-05-06,FRA,\n"
)
WHY = "Compared with the passport and the booking."


@dataclass
class Place:
    """An organisation with an officer who has one purpose, and a colleague who has all."""

    office: Office
    officer: User
    colleague: User
    page: Any
    api: Client

    def hit(self, surname: str, flight: int) -> Hit | None:
        """The stored hit of a traveller on the first or second flight."""
        ids = JourneyClear.objects.using("intake").filter(
            surname=surname, organisation_id=self.office.id
        )
        journeys = Journey.objects.using("intake").filter(
            pk__in=list(ids.values_list("journey_id", flat=True))
        )
        journey = journeys.order_by("flight__arrives_at")[flight]
        return Hit.objects.using("intake").filter(subject=journey.pk).first()


@dataclass
class Two:
    """With the restricted list, and without."""

    having: Place
    lacking: Place

    @property
    def places(self) -> tuple[Place, Place]:
        """Both."""
        return self.having, self.lacking


def _place(connection: psycopg.Connection[Any], name: str) -> Place:
    office = offices.build(connection, name)
    people = []
    for role, purposes in (("narrow", ["border"]), ("wide", None)):
        user = User(username=f"{role}{name}", role="officer", organisation_id=office.id)
        if purposes:
            user.purposes = purposes
        user.save(using="intake")
        people.append(User.objects.get(pk=user.pk))
    return Place(office, *people, signed_in(people[0]), client_of(people[0]))


def _import(place: Place, rows: str, purpose: str) -> None:
    home = Organisation.objects.using("intake").get(pk=place.office.id)
    import_list(
        home, None, f"List {purpose}", {"list.csv": (HEAD + rows).encode()}, purpose=purpose,
        basis="decree 1",
    )  # fmt: skip


def _rounds(connection: psycopg.Connection[Any]) -> None:
    worker = work.Worker(os.environ["DATABASE_URL_INTAKE"], keys())
    worker.drain()
    worker.connection.close()


@pytest.fixture
def two(database: str) -> Two:
    """The shared list is there before the first flight, the restricted one between the two flights."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        made = Two(_place(connection, "North"), _place(connection, "South"))
        draws.keep_promises(connection, keys(), NOW)
        people = [person(surname, number) for surname, number in NUMBERS.items()]
        for place in made.places:
            _import(place, SHARED, "border")
        for place in made.places:
            flown(connection, place.office, NOW, people)
        _import(made.having, RESTRICTED, "terrorism")
        _rounds(connection)
        for place in made.places:
            flown(
                connection, place.office, NOW, people, number="419",
                leaves=NOW + dt.timedelta(hours=5),
            )  # fmt: skip
        _rounds(connection)
    return made


# --- the comparison -----------------------------------------------------------------------------

_LEFT_OUT = (
    (re.compile(r'"[a-f][0-9a-f]{32}"'), "#"),
    (re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}"), "#"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d:?\d\d|Z)?"), "@"),
    (re.compile(r"\b\d\d:\d\d(:\d\d)?\b"), "@"),
    (re.compile(r"\b\d{10}(\.\d+)?\b|\b\d{16}_"), "@"),
    (re.compile(r'(csrfmiddlewaretoken" value|"X-CSRFToken"|nonce)[=:] ?"[^"]+"'), "csrf"),
    (re.compile(r"\b\d+ (min|h|s)\b( \d+)?"), "@"),
    (re.compile(r"\b([0-9a-f]{12}|[0-9a-f]{16,64})\b"), "#"),
    (re.compile(r"\?of=\d+"), "?of=#"),
    # The number of changes of all lists of the organisation, and nothing about a hit.
    (re.compile(r"\b\d+ (·|\\u00b7) names"), "# names"),
    (re.compile(r"North|South"), "here"),
)


def _told(answer: Any) -> tuple[int, str]:
    text = answer.content.decode()
    for pattern, by in _LEFT_OUT:
        text = pattern.sub(by, text)
    return answer.status_code, text


def _compare(two: Two, address: str, *, api: bool = False, **names: tuple[Any, Any]) -> None:
    """The answers to the officers of both organisations; `names` are the ids of each."""
    left, right = (
        _told(
            (place.api if api else place.page).get(
                address.format(**{name: ids[n] for name, ids in names.items()})
            )
        )
        for n, place in enumerate(two.places)
    )
    assert left[0] == right[0], f"{address}: {left[0]} and {right[0]}"
    if left[1] != right[1]:
        parts = (re.split(r"(?=<)|\n|(?<=,)", text) for _, text in (left, right))
        lines = zip(*parts, strict=False)
        other = next((pair for pair in lines if pair[0] != pair[1]), ("", ""))
        pytest.fail(f"{address}: {other[0][:300]!r} and {other[1][:300]!r}")


QUEUES = (
    "", "order=priority", "kind=watchlist", "kind=lookout", "whose=free", "whose=mine", "whose=others",
    "priority=1", "priority=2", "priority=3", "priority=4", "group=XX 417", "group=XX 419", "flood=all",
)  # fmt: skip


def _compare_all(two: Two) -> None:
    """Every page and operation that shows, lists or counts hits."""
    failures = []

    def compare(address: str, **more: Any) -> None:
        try:
            _compare(two, address, **more)
        except (AssertionError, pytest.fail.Exception) as error:
            failures.append(str(error))

    since = dt.datetime.now(dt.UTC).timestamp()
    for query in QUEUES:
        compare(f"/?{query}")
        compare(f"/queue/changes/?{query}&since={since - 3600}&last={since - 3600}")
        if "flood" not in query and "order" not in query:
            compare(f"/queue?{query}", api=True)
    for route in routes():
        address = "/" + route.path.lstrip("/")
        if "<" in address or "{" in address or route.method not in ("", "GET"):
            continue
        if route.asks in RULES:
            compare(address.removeprefix("/api"), api=bool(route.method))
    for flight in (0, 1):
        hits = {name: [place.hit(name, flight) for place in two.places] for name in NUMBERS}
        for name in ("DIOP", "SECK"):
            ids = tuple(hit.pk for hit in hits[name] if hit)
            subjects = tuple(hit.subject_id for hit in hits[name] if hit)
            groups = tuple(hit.group_id for hit in hits[name] if hit)
            for page in ("/hits/{id}/", "/hits/{id}/?order=priority", "/hits/{id}/sheet/"):
                compare(page, id=ids)
            compare("/hits/{id}", api=True, id=ids)
            compare("/travellers/{id}/", id=subjects)
            compare("/travellers/{id}/shared/", id=subjects)
            for view in ("all", "hits", "api"):
                compare("/flights/{id}/?view=" + view, id=groups)
            compare("/flights/{id}", api=True, id=groups)
        hidden = hits["FAYE"][0]
        assert hidden
        assert hits["FAYE"][1] is None
        _no_such_hit(two.having, hidden.pk)
    assert not failures, "\n".join(failures)


def _no_such_hit(place: Place, hit: uuid.UUID) -> None:
    """A hit out of sight answers like one that does not exist."""
    for route in routes():
        if "hits/" not in route.path or not ("<uuid:pk>" in route.path or "{id}" in route.path):
            continue
        path = "/" + route.path.lstrip("/").replace("<uuid:pk>", "{id}")
        for method in ("get", "post"):
            if route.method and route.method.lower() != method:
                continue
            answers = []
            for id_ in (hit, uuid.uuid4()):
                client = place.api if route.method else place.page
                address = path.removeprefix("/api").format(id=id_)
                answers.append(_told(getattr(client, method)(address)))
            assert answers[0] == answers[1], f"{method} {path}"


def _decide(user: User, hit: uuid.UUID, choice: str = "release", said: str = "another") -> None:
    with acting(user):
        open_ = Reason.objects.filter(hit=hit, state="open")
        answers = {r.pk: said for r in open_ if r.kind != "profile"}
        verdict = actions.Verdict(choice, WHY, frozenset(answers), answers)
        actions.decide(user, hit, verdict)


def _seen(user: User, hit: uuid.UUID) -> tuple[str, int, str]:
    with acting(user):
        found = SeenHit.objects.get(pk=hit)
        return found.state, found.priority, str(found.claimed_by_id or "")


def test_the_world_is_mixed(two: Two) -> None:
    """The test compares what it says: hits of one reason, of the other, and of both."""
    mixed, hidden = two.having.hit("DIOP", 1), two.having.hit("FAYE", 1)
    assert mixed
    assert hidden
    state, priority, _ = _seen(two.having.officer, mixed.pk)
    whole = _seen(two.having.colleague, mixed.pk)
    assert state == "new"
    assert priority < whole[1]
    assert _seen(two.having.colleague, hidden.pk)[0] == "new"
    with acting(two.having.officer):
        assert SeenHit.objects.count() == 4
        assert not Reason.objects.filter(hit=hidden.pk).exists()
    with acting(two.having.colleague):
        assert SeenHit.objects.count() == 6


def test_a_list_out_of_sight_changes_no_page(two: Two) -> None:
    """Before anybody has done anything."""
    _compare_all(two)


def test_the_work_of_a_colleague_shows_no_hit_out_of_sight(two: Two) -> None:
    """A colleague with all purposes claims and decides, in both organisations and more in the first."""
    for place in two.places:
        first, second = place.hit("DIOP", 0), place.hit("DIOP", 1)
        assert first
        assert second
        with acting(place.colleague):
            actions.claim(place.colleague, first.pk)
            actions.claim(place.colleague, second.pk)
            actions.hand_back(place.colleague, second.pk)
        _decide(place.colleague, first.pk)
    hidden = two.having.hit("FAYE", 0)
    assert hidden
    with acting(two.having.colleague):
        actions.claim(two.having.colleague, hidden.pk)
        actions.note(two.having.colleague, two.having.hit("DIOP", 1).pk, "On the restricted list.")  # type: ignore[union-attr]
    _decide(two.having.colleague, hidden.pk, "refer", "same")
    with acting(two.having.colleague):
        actions.record_result(two.having.colleague, hidden.pk, "confirmed")
    _compare_all(two)


def test_an_officer_decides_on_the_reasons_that_he_sees(two: Two) -> None:
    """The other reason stays open for those who see it, and their decision on it changes nothing for him."""
    for place in two.places:
        hit = place.hit("DIOP", 1)
        assert hit
        with acting(place.officer):
            assert actions.take_next(place.officer, actions.Filters(group="XX 419")) is not None
            if not SeenHit.objects.get(pk=hit.pk).claimed_by_id:
                actions.claim(place.officer, hit.pk)
        _decide(place.officer, hit.pk)
    mixed = two.having.hit("DIOP", 1)
    assert mixed
    state, priority, claimed = _seen(two.having.colleague, mixed.pk)
    assert (state, claimed) == ("reopened", "")
    with acting(two.having.colleague):
        [left] = Reason.objects.filter(hit=mixed.pk, state="open")
        assert left.purpose == "terrorism"
        assert priority <= left.contribution
    _compare_all(two)
    with acting(two.having.colleague):
        actions.claim(two.having.colleague, mixed.pk)
    _decide(two.having.colleague, mixed.pk, "refer", "same")
    with acting(two.having.colleague):
        actions.record_result(two.having.colleague, mixed.pk, "confirmed")
        assert SeenHit.objects.get(pk=mixed.pk).state == "decided"
    _compare_all(two)
    for place in two.places:
        hit = place.hit("DIOP", 1)
        assert hit
        with acting(place.officer):
            actions.reopen(place.officer, hit.pk)
    assert _seen(two.having.officer, mixed.pk)[0] == "reopened"
    with acting(two.having.colleague):
        [again] = Reason.objects.filter(hit=mixed.pk, state="open")
        assert again.purpose == "border"
    _compare_all(two)


def test_floods_are_those_of_the_reader(two: Two) -> None:
    """A hit that two floods raised belongs, for each reader, to a flood of an entry that he sees."""
    with (
        psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection,
        mock.patch.multiple(floods, STARTS_AT=2, STAYS_AT=1),
    ):
        floods.mark(connection, dt.datetime.now(dt.UTC))
    _compare_all(two)
    [entry] = Reason.objects.using("intake").filter(hit=two.having.hit("DIOP", 0), purpose="border")
    [other] = Reason.objects.using("intake").filter(hit=two.lacking.hit("DIOP", 0))
    _compare(two, "/?flood={id}", id=(entry.entry_id, other.entry_id))
    rows = json.loads(two.having.api.get("/queue").content)["total"]
    assert rows == 4


def test_no_poll_answers_because_of_a_hit_out_of_sight(two: Two) -> None:
    """The poll of the queue gets 204 when only hits or reasons out of sight have changed."""
    last = dt.datetime.now(dt.UTC).timestamp()
    hidden = two.having.hit("FAYE", 1)
    assert hidden
    with acting(two.having.colleague):
        actions.claim(two.having.colleague, hidden.pk)
    _import(two.having, RESTRICTED.replace("T-1", "T-3"), "terrorism")
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        _rounds(connection)
    answer = two.having.page.get(f"/queue/changes/?since={last}&last={last}")
    minute = dt.datetime.fromtimestamp(last, dt.UTC).minute
    if dt.datetime.now(dt.UTC).minute == minute:
        assert answer.status_code == 204


def test_the_database_and_the_code_number_pairs_alike(database: str) -> None:
    """`vedette_pair` and `pairs_of` give the same bit, and no two pairs share one."""
    with psycopg.connect(database) as connection:
        bits = {
            (theme, purpose): connection.execute(
                "SELECT vedette_pair(%s, %s)", [theme, purpose]
            ).fetchone()
            for theme in Theme.values
            for purpose in Purpose.values
        }
    assert bits == {pair: (pairs_of([pair[0]], [pair[1]]),) for pair in bits}
    assert len(set(bits.values())) == len(bits)


def test_the_parts_are_those_that_readers_see() -> None:
    """Every choice of themes and purposes gives a part, and nothing else does."""
    some = [("passengers", "border"), ("passengers", "terrorism"), ("cash", "terrorism")]
    pairs = sum(pairs_of([theme], [purpose]) for theme, purpose in some)
    expected = {
        pairs & pairs_of(themes, purposes)
        for n in range(1, len(Theme) + 1)
        for themes in itertools.combinations(Theme.values, n)
        for m in range(1, len(Purpose) + 1)
        for purposes in itertools.combinations(Purpose.values, m)
    }
    assert set(views_of(pairs)) == expected - {0}
