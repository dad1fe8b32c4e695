"""What a reader may not see changes nothing that he sees.

Two organisations receive the same messages and have the same list. One of them has a list of another purpose
and a list of another theme as well. An officer without this purpose and this theme sees the same in both:
pages, API, orders, counts, status codes.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from unittest import mock

import psycopg
import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from tests.api.conftest import Client, client_of
from tests.apps.enforcement import cases
from tests.apps.enforcement.scene import photo, values
from tests.apps.journal.scene import signed_in
from tests.apps.profiles import office as offices
from tests.apps.profiles.office import Office
from tests.apps.profiles.story import acting, flown, in_force, person
from tests.cash import stated as cash_messages
from tests.cash.app import stored as cash
from tests.emptying import back, keep
from tests.goods import declared

from vedette.apps.accounts.models import Organisation, User
from vedette.apps.accounts.rules import RULES
from vedette.apps.columns import Purpose, Theme, pairs_of, views_of
from vedette.apps.desk import present, work
from vedette.apps.enforcement.actions import controls, reachback, seizures
from vedette.apps.enforcement.models import (
    ControlOrder,
    Firearm,
    Photo,
    Question,
    Seizure,
    TraceRequest,
)
from vedette.apps.enforcement.selectors.reachback import about_hit
from vedette.apps.hits import actions, floods, selectors
from vedette.apps.hits.models import ClearedPair, Hit, Reason, SeenHit
from vedette.apps.hits.selectors import Filters
from vedette.apps.inbox.models import Message
from vedette.apps.inbox.receiving import put_in
from vedette.apps.lists.actions import import_list
from vedette.apps.lists.models import Watchlist
from vedette.apps.notices.models import Notice
from vedette.apps.oversight.actions import transfer
from vedette.apps.profiles import draws
from vedette.apps.profiles.models import Version
from vedette.apps.retention.masking import forget_favours
from vedette.cash.app.models import Movement
from vedette.commands.environment import keys
from vedette.core import themes as shared_themes
from vedette.goods.app.models import GoodsItem
from vedette.travellers.app.models import Journey, JourneyClear
from vedette.travellers.records import Document, Traveller
from vedette.web import access
from vedette.web.access import routes

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
HEAD = "ref,kind,surname,given_names,birth_date,nationality,passport\n"
#: On both lists (DIOP), on the shared list alone (SECK), on the restricted list alone (FAYE), on the
#: restricted list and found by the profile, because the passport expires soon (NIANG).
NUMBERS = {"DIOP": "A1234567", "SECK": "C3456789", "FAYE": "D4567890", "NIANG": "F6789012"}
SHARED = "E-1,person,DIOP,ADA,1984-05-06,FRA,\nE-2,person,SECK,ADA,1984-05-06,FRA,\n"
RESTRICTED = (
    "T-1,person,DIOP,ADA,1984-05-06,FRA,FRA:A1234567\nT-2,person,FAYE,ADA,1984-05-06,FRA,\n"
    "T-3,person,NIANG,ADA,1984-05-06,FRA,\nT-4,company,Entretien Demo SA,,,,\n"
)
#: The carrier of the cash, on a list of the theme "cash" with the restricted purpose.
CASH = "K-1,person,EXEMPLEAU,IDA,1980-02-03,FRA,FRA:X1234567\n"
#: A list of the theme "strategic", which the officer does not have: the exporter of the goods.
STRATEGIC = "S-1,company,Exemple Chimie SARL,,,,\n"
#: A control list of the same theme: the goods of item 2.
CONTROL = "number,text_en,names\nC-1,Shoes,leather shoes\n"
#: The importer of the goods is on the restricted list. Item 1 is on a control list as well, item 2 is not.
GOODS = (declared.ACID, declared.SHOES)
WHY = "Compared with the passport and the booking."


@dataclass
class Place:
    """An organisation with people who have one purpose, a colleague who has all, and a profile."""

    name: str
    office: Office
    profile: Version

    def user(self, role: str) -> User:
        """The colleague, or the user of this role with the officer's purpose."""
        return User.objects.get(username=f"narrow{role}{self.name}")

    @cached_property
    def officer(self) -> User:
        """An officer with one purpose."""
        return self.user("officer")

    @cached_property
    def colleague(self) -> User:
        """An officer with all purposes."""
        return self.user("colleague")

    @cached_property
    def pages(self) -> dict[str, Any]:
        """Role → client of a user of this role with the officer's purpose."""
        return {role: signed_in(self.user(role)) for role in ROLES}

    @cached_property
    def api(self) -> Client:
        """The officer's client of the API."""
        return client_of(self.officer)

    @property
    def page(self) -> Any:
        """The officer's client."""
        return self.pages["officer"]

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

    @property
    def movement(self) -> Movement:
        """The movement of cash that was received."""
        found = Movement.objects.using("intake").filter(organisation=self.office.id)
        return found.earliest("received_at", "pk")

    def item(self, number: int, declaration: int) -> GoodsItem:
        """The first or second item of the first or second declaration."""
        items = GoodsItem.objects.using("intake").filter(organisation=self.office.id, number=number)
        return items.order_by("received_at")[declaration]


@dataclass
class Two:
    """With the restricted list, and without."""

    having: Place
    lacking: Place

    @property
    def places(self) -> tuple[Place, Place]:
        """Both."""
        return self.having, self.lacking


#: The roles that see hits, or counts of them.
ROLES = ("officer", "supervisor", "analyst", "list_manager")


def _place(connection: psycopg.Connection[Any], name: str) -> Place:
    office = offices.build(connection, name)
    for role in (*ROLES, "colleague"):
        whole = role == "colleague"
        user = User(
            username=f"narrow{role}{name}",
            role="officer" if whole else role,
            organisation_id=office.id,
        )
        if not whole:
            user.purposes = ["border"]
            user.themes = [theme for theme in Theme.values if theme != Theme.STRATEGIC]
        user.save(using="intake")
    return Place(name, office, in_force(office, "document_valid_d < 400", purpose="border"))


def _traveller(surname: str) -> Traveller:
    days = 100 if surname == "NIANG" else 2000
    expiry = NOW.date() + dt.timedelta(days=days)
    paper = Document(type="P", number=NUMBERS[surname], issuer="FRA", expiry=expiry)
    return person(surname, paper.number, documents=(paper,))


def _import(place: Place, rows: str, purpose: str, *themes: str, head: str = HEAD) -> None:
    home = Organisation.objects.using("intake").get(pk=place.office.id)
    themes = themes or ("passengers",)
    name = f"List {themes[0]} {purpose} {'' if head else 'of goods'}"
    import_list(
        home, None, name, {"list.csv": (head + rows).encode()}, purpose=purpose, basis="decree 1",
        themes=themes,
    )  # fmt: skip


def _declared(connection: psycopg.Connection[Any], place: Place, lrn: str, hours: int) -> None:
    """A declaration with two goods items, which was prepared and received some hours ago."""
    at = NOW - dt.timedelta(hours=hours)
    data = declared.written(*GOODS, lrn=lrn, at=at)
    placed = put_in(connection, keys(), place.office.id, f"{lrn}.xml", data, "ingest", at)
    assert placed.state == "accepted", placed.why


def _carried(connection: psycopg.Connection[Any], place: Place) -> None:
    """A declaration of cash, received now."""
    data = cash_messages.written(cash_messages.declaration(NOW))
    placed = put_in(connection, keys(), place.office.id, "cash.json", data, "ingest", NOW)
    assert placed.state == "accepted", placed.why


def _rounds(connection: psycopg.Connection[Any]) -> None:
    worker = work.Worker(os.environ["DATABASE_URL_INTAKE"], keys())
    worker.drain()
    worker.connection.close()


@pytest.fixture(scope="module")
def made(emptier: psycopg.Connection[Any]) -> Iterator[dict[str, Two]]:
    """What was made once: its rows are put back before each test."""
    found: dict[str, Two] = {}
    yield found
    for first in found:
        emptier.execute(f"DROP SCHEMA two_{first} CASCADE")


@pytest.fixture
def two(
    database: str,
    emptier: psycopg.Connection[Any],
    made: dict[str, Two],
    request: pytest.FixtureRequest,
) -> Two:
    """One of the lists is there before the first flight, the other one between the two flights: first the
    shared list, or the restricted one if the parameter is "restricted"."""
    first = getattr(request, "param", "shared")
    if first in made:
        back(emptier, f"two_{first}")
    else:
        made[first] = _make(restricted_first=first == "restricted")
        keep(emptier, f"two_{first}")
    return Two(*(Place(place.name, place.office, place.profile) for place in made[first].places))


def _make(*, restricted_first: bool) -> Two:
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        made = Two(_place(connection, "North"), _place(connection, "South"))
        draws.keep_promises(connection, keys(), NOW)
        people = [_traveller(surname) for surname in NUMBERS]

        def shared() -> None:
            # The list has a further theme in one of the organisations.
            _import(made.having, SHARED, "border", "passengers", "strategic")
            _import(made.lacking, SHARED, "border")

        def restricted() -> None:
            _import(made.having, RESTRICTED, "terrorism")
            _import(made.having, CASH, "terrorism", "cash")
            _import(made.having, STRATEGIC, "border", "strategic")
            _import(made.having, CONTROL, "border", "strategic", head="")

        (restricted if restricted_first else shared)()
        for place in made.places:
            flown(connection, place.office, NOW, people)
        # `flown` processes every waiting file at its own time. Declarations come after all flights: both
        # organisations process them at the present time.
        for place in made.places:
            _declared(connection, place, "D-1", 1)
            _carried(connection, place)
        (shared if restricted_first else restricted)()
        _rounds(connection)
        for place in made.places:
            flown(
                connection, place.office, NOW, people, number="419",
                leaves=NOW + dt.timedelta(hours=5),
            )  # fmt: skip
        for place in made.places:
            _declared(connection, place, "D-2", 0)
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
    # The reference of a control order or a seizure, which is made from its id.
    (re.compile(r"\b[0-9A-F]{8}\b"), "#"),
    (re.compile(r"\?of=\d+"), "?of=#"),
    # The number of changes of all lists of the organisation, and nothing about a hit.
    (re.compile(r"\b\d+ (·|\\u00b7) names"), "# names"),
    (re.compile(r"North|South"), "here"),
    # The delays of decisions are real times. Their numbers are left out above, and here the drawing of them.
    (re.compile(r'<(line class="whisk"|circle class="q1")[^>]*>'), "drawn"),
    # The line of the present time in a chart, and the place of its label.
    (re.compile(r'<line class="nowl"[^>]*/><svg x="[^"]*"'), "now"),
)


def _told(answer: Any) -> tuple[int, str]:
    text = answer.content.decode(errors="replace")
    for pattern, by in _LEFT_OUT:
        text = pattern.sub(by, text)
    return answer.status_code, text


def _compare(
    two: Two, address: str, *, role: str = "officer", api: bool = False, post: Any = None,
    **names: Any,
) -> None:  # fmt: skip
    """The answers in both organisations; `names` are the ids of each."""
    answers = []
    for n, place in enumerate(two.places):
        client = place.api if api else place.pages[role]
        path = address.format(**{name: ids[n] for name, ids in names.items()})
        answers.append(_told(client.get(path) if post is None else client.post(path, post)))
    left, right = answers
    assert left[0] == right[0], f"{address}: {left[0]} and {right[0]}"
    if left[1] != right[1]:
        parts = (re.split(r"(?=<)|\n|(?<=,)", text) for _, text in (left, right))
        lines = zip(*parts, strict=False)
        other = next((pair for pair in lines if pair[0] != pair[1]), ("", ""))
        pytest.fail(f"{address} ({role}): {other[0][:300]!r} and {other[1][:300]!r}")


QUEUES = (
    "", "order=priority", "kind=watchlist", "kind=lookout", "kind=profile", "whose=free", "whose=mine",
    "whose=others", "priority=1", "priority=2", "priority=3", "priority=4", "group=XX 417", "group=XX 419",
    "flood=all", "due=past", "due=soon", "due=today", "due=later", "of=goods", "of=traveller",
    "of=goods&kind=watchlist", "of=goods&order=priority", "of=goods&group=D-1",
    "of=goods&lane=green",
)  # fmt: skip
#: The queues that an action on a hit can change in another way than the queue without a filter.
ACTED = ("", "order=priority", "whose=free", "whose=mine", "whose=others", "flood=all", "of=goods")
#: Routes with the id of something that shows or counts hits → what it is the id of.
COMPARED = {
    "hits/<uuid:pk>/": "hit",
    "hits/<uuid:pk>/sheet/": "hit",
    "hits/<uuid:pk>/claimed/": "hit",
    "hits/<uuid:pk>/transfers/": "hit",
    "hits/<uuid:pk>/linked/": "hit",
    "travellers/<uuid:pk>/": "subject",
    "travellers/<uuid:pk>/shared/": "subject",
    "records/<uuid:pk>/": "subject",
    "flights/<uuid:pk>/": "group",
    "flights/<uuid:pk>/linked/": "group",
    "goods/<uuid:pk>/": "item",
    "goods/<uuid:pk>/parties/<int:number>/": "item",
    "declarations/<uuid:pk>/": "declaration",
    "cash/<uuid:pk>/": "movement",
    "cash/<uuid:pk>/receipt/": "movement",
    "messages/<uuid:pk>/": "message",
    "controls/<uuid:pk>/": "order",
    "controls/photos/<uuid:pk>/": "photo",
    "seizures/<uuid:pk>/": "seizure",
    "questions/<uuid:pk>/": "question",
    "seizures/<uuid:pk>/firearms.csv": "seizure",
    "firearms/<uuid:pk>/": "firearm",
    "traces/<uuid:pk>/": "trace",
    "traces/<uuid:pk>/sheet/": "trace",
    "traces/<uuid:pk>/export.csv": "trace",
    "watchlists/<uuid:pk>/": "list",
    "watchlists/<uuid:pk>/entries/": "list",
    "watchlists/<uuid:pk>/<int:number>/": "list",
    "profiles/<uuid:pk>/": "profile",
    "profiles/<uuid:pk>/<int:number>/": "profile",
    "/api/hits/{id}": "hit",
    "/api/hits/{id}/results": "hit",
    "/api/flights/{id}": "group",
    "/api/messages/{id}": "message",
    "/api/watchlists/{id}/entries": "list",
    "/api/profiles/{id}": "profile",
    "/api/profiles/versions/{id}": "version",
}
#: Routes with an id that show no hit: forms, answers to a click, files of rules, requests and approvals.
OTHERS = {
    "profiles/<uuid:pk>/<int:number>/profile.yaml", "profiles/<uuid:pk>/compare/",
    "profiles/<uuid:pk>/<int:number>/backtest/", "profiles/backtests/<uuid:pk>/",
    "profiles/backtests/<uuid:pk>/sample/", "profiles/asked/<uuid:pk>/",
    "watchlists/<uuid:pk>/<int:number>/changes.csv", "approvals/<uuid:pk>/",
    "/api/profiles/backtests/{id}", "/api/profiles/versions/{id}/yaml",
    "questions/<uuid:pk>/act/", "questions/<uuid:pk>/photos/<uuid:record>/",
    # Links of equal weight are in the order of random ids, which differ in the two organisations. What a
    # reader sees of links is tested in tests/apps/links.
    "links/<uuid:pk>/",
}  # fmt: skip
#: Rights to see. The pages of the other rights are forms and receivers of forms.
SEEING = (
    "record.see", "list.see", "profile.see", "message.see", "approval.see", "question.see",
)  # fmt: skip


def test_every_page_with_an_id_is_compared() -> None:
    """A new page that shows hits is added to the comparison."""
    with_id = {
        route.path
        for route in routes()
        if route.method in ("", "GET") and route.asks in SEEING and re.search("[<{]", route.path)
    }
    assert with_id == COMPARED.keys() | OTHERS


def _compare_all(
    two: Two,
    roles: Sequence[str] = ("officer",),
    *,
    hidden_too: bool = False,
    counts_too: bool = True,
) -> None:
    """Every page and operation that shows, lists or counts hits. Without all roles, the pages about hits
    alone: not the searches and those of lists, profiles and messages. A role opens the pages that it may
    open. A page that asks for no right to see is opened by one role. `hidden_too`: also every address of two
    hits out of sight. `counts_too`: also the pages without an id, apart from the queue."""
    failures = []
    every = roles == ROLES
    by_path = {route.path: route for route in routes() if route.method in ("", "GET")}

    def may(path: str, role: str) -> bool:
        return access.allowed(by_path[path], role)

    # The first pages keep figures for a minute.
    cache.clear()

    def compare(address: str, **more: Any) -> None:
        try:
            _compare(two, address, **more)
        except (AssertionError, pytest.fail.Exception) as error:
            failures.append(str(error))

    since = dt.datetime.now(dt.UTC).timestamp()
    for query in QUEUES if every else ACTED:
        compare(f"/?{query}")
        compare(f"/queue/changes/?{query}&since={since - 3600}&last={since - 3600}")
        if "flood" not in query:
            compare(f"/queue?{query}", api=True)
    for text in (*NUMBERS, "D-1", "Entretien Demo", "CSQU3054383") if every else ():
        asked = {"purpose": "border", "case": "7"}
        compare("/search/", post={"q": text, **asked})
        compare("/travellers/screen/", post={"surname": text, "given_names": "ADA", **asked})
    for route in routes() if counts_too else ():
        address = "/" + route.path.lstrip("/")
        if re.search("[<{]", address) or route.method not in ("", "GET"):
            continue
        if route.asks not in RULES or (not every and route.asks != "record.see"):
            continue
        openers = roles if not route.method else ("officer",)
        openers = [role for role in openers if may(route.path, role)]
        for role in openers if route.asks in SEEING else openers[:1]:
            compare(address.removeprefix("/api"), api=bool(route.method), role=role)
    for page, role in itertools.product(("", "menu/", "count/"), roles):
        compare(f"/notifications/{page}", role=role)
    # An action changes the hits of one traveller. The others are compared in the two full tests.
    names = ("DIOP", "SECK", "NIANG") if every else ("DIOP",)
    for flight, name in (*((0, one) for one in names), (1, "DIOP")):
        hits = [hit for place in two.places if (hit := place.hit(name, flight))]
        ids: dict[str, list[Any]] = {
            "hit": [hit.pk for hit in hits],
            "subject": [hit.subject_id for hit in hits],
            "group": [hit.group_id for hit in hits],
        }
        others = roles[:1]
        if name == "DIOP" and flight == 0 and every:
            others = roles
            ids["list"] = [_list_of(place, "border") for place in two.places]
            ids["profile"] = [place.profile.profile_id for place in two.places]
            ids["version"] = [place.profile.pk for place in two.places]
            ids["message"] = [
                Message.objects.using("intake")
                .filter(group_id=hit.group_id)
                .values_list("pk")[0][0]
                for hit in hits
            ]
        for path, kind in COMPARED.items():
            if kind not in ids:
                continue
            api = path.startswith("/api")
            address = re.sub("<uuid:pk>|{id}", "{id}", path.removeprefix("/api").lstrip("/"))
            address = "/" + address.replace("<int:number>", "1")
            queries = {"hit": ("", "?order=priority"), "group": ("?view=hits", "?view=api", "")}
            if not every:
                queries = {"group": ("?view=hits",)}
            for query in queries.get(kind, ("",)):
                for role in ("officer",) if api else others:
                    if role != "officer" and not may(path, role):
                        continue
                    compare(address + query, api=api, role=role, id=ids[kind])
    for number, declaration in itertools.product((1, 2) if every else (1,), (0, 1)):
        items = [place.item(number, declaration) for place in two.places]
        ids = {
            "item": [one.pk for one in items],
            "declaration": [one.declaration_id for one in items],
        }
        hits = Hit.objects.using("intake").filter(subject__in=ids["item"])
        if number == 1:
            of = dict(hits.values_list("subject", "pk"))
            ids["hit"] = [of[one] for one in ids["item"]]
        for path, kind in COMPARED.items():
            if kind in ids:
                api = path.startswith("/api")
                address = re.sub("<uuid:pk>|{id}", "{id}", path.removeprefix("/api").lstrip("/"))
                some = roles if (number, declaration) == (1, 0) else roles[:1]
                for role in ("officer",) if api else some:
                    if role != "officer" and not may(path, role):
                        continue
                    compare(f"/{address}", api=api, role=role, id=ids[kind])
    records = _records(two)
    # A movement of cash whose only hit is out of sight in one of the organisations.
    records["movement"] = [place.movement.pk for place in two.places]
    moved = Hit.objects.using("intake").filter(subject__in=records["movement"])
    assert [one.subject_id for one in moved] == [two.having.movement.pk]
    for path in ("/cash/", "/cash/detentions/", "/cash/rates/"):
        compare(path)
    compare("/cash/find/", post={"q": "2026-117", "purpose": "border", "case": "2026-1"})
    for kind, pks in records.items():
        for path in (path for path, of in COMPARED.items() if of == kind):
            compare("/" + path.replace("<uuid:pk>", "{id}"), id=pks)
    if hidden_too:
        # A movement of cash that is masked and has no hit.
        offices = [Organisation.objects.using("intake").get(pk=p.office.id) for p in two.places]
        compare("/cash/{id}/", id=[cash.fill(office) for office in offices])
    if hidden_too:
        hidden = two.having.hit("FAYE", 1)
        assert hidden
        assert two.lacking.hit("FAYE", 1) is None
        _no_such_hit(two.having, hidden.pk)
        hidden_item = two.having.item(2, 1).pk
        _no_such_hit(two.having, Hit.objects.using("intake").get(subject=hidden_item).pk)
        assert not Hit.objects.using("intake").filter(subject=two.lacking.item(2, 1).pk).exists()
    assert not failures, "\n".join(failures)


def _records(two: Two) -> dict[str, list[Any]]:
    """The control, its photograph, the seizure, its firearm, the tracing request and the question of the
    first hit in both organisations, if they exist."""
    found: dict[str, list[Any]] = {}
    for name, model, of in (
        ("order", ControlOrder, "hit_id"), ("photo", Photo, "hit_id"), ("seizure", Seizure, "hit_id"),
        ("firearm", Firearm, "seizure__hit_id"), ("trace", TraceRequest, "firearm__seizure__hit_id"),
        ("question", Question, "hit_id"),
    ):  # fmt: skip
        hits = [place.hit("SECK", 0) for place in two.places]
        rows = [
            model.objects.using("intake").filter(**{of: one and one.pk}).first() for one in hits
        ]
        if all(rows):
            found[name] = [one.pk for one in rows if one]
    return found


def _list_of(place: Place, purpose: str) -> uuid.UUID:
    lists = Watchlist.objects.using("intake").filter(organisation_id=place.office.id)
    return lists.get(purpose=purpose, themes__contains=["passengers"], lookouts=False).pk


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


def _controlled(user: User, hit: uuid.UUID) -> None:
    """A control of the hit, with a photograph, the draft of a seizure, and a question to an expert."""
    with acting(user):
        subject = Hit.objects.get(pk=hit).subject_id
        due = NOW + dt.timedelta(days=1)
        given = controls.Ordered(uuid.uuid4(), due, "Gate 7", team="Team 7")
        order = controls.order(user, subject, hit, given)
        controls.photograph(user, order, [(uuid.uuid4(), photo(40, 30))], "photo")
        order.refresh_from_db()
        about = about_hit(hit)
        assert about is not None
        asked = ("passengers", "today", "Is it allowed?", "Two boxes")
        reachback.ask(user, about, reachback.Given(uuid.uuid4(), *asked))
        made = seizures.create(user, seizures.of_order(order), uuid.uuid4(), "seizure", values())
        # The same weapon in every seizure: a reader must not see the link to a hidden one.
        cases.trace(user, cases.weapon(user, made))


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
        # Two hits of goods by a control list are among them.
        assert SeenHit.objects.count() == 8
        assert not Reason.objects.filter(hit=hidden.pk).exists()
    with acting(two.having.colleague):
        # The hit of the movement of cash is among them.
        assert SeenHit.objects.count() == 13
    goods = Reason.objects.using("intake").filter(hit__subject=two.having.item(1, 1).pk)
    themes = set(goods.values_list("theme", "purpose"))
    assert themes >= {
        ("global_shield", "border"), ("passengers", "terrorism"), ("strategic", "border"),
    }  # fmt: skip
    with acting(two.having.officer):
        seen = Reason.objects.filter(hit__subject=two.having.item(1, 1).pk)
        assert {theme for (theme,) in seen.values_list("theme")} == {"global_shield"}


@pytest.mark.parametrize("two", ["shared", "restricted"], indirect=True)
def test_a_list_out_of_sight_changes_no_page(two: Two) -> None:
    """Before anybody has done anything, whichever list raised the hits first."""
    first = two.having.hit("DIOP", 0)
    assert first
    restricted_first = Reason.objects.using("intake").filter(hit=first).earliest("created_at")
    roles = ROLES if restricted_first.purpose == "border" else ("officer", "supervisor")
    _compare_all(two, roles, hidden_too=True)
    with acting(two.having.officer):
        orders = [
            [row.hit.subject_id for row in selectors.page(Filters(order=order), user).rows]
            for order in selectors.ORDERS
            for user in [two.having.officer]
        ]
        # Equal hits stand in the order of their subjects, not in the order in which a list raised them.
        equal = list(SeenHit.objects.order_by("due_at", "-priority", "subject_id"))
        assert orders[0] == [hit.subject_id for hit in equal]


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
        other = place.hit("SECK", 0)
        assert other
        _decide(place.colleague, other.pk, "refer", "unsure")
        _controlled(place.colleague, other.pk)
    assert set(_records(two)) == {
        "order", "photo", "seizure", "firearm", "trace", "question",
    }  # fmt: skip
    hidden = two.having.hit("FAYE", 0)
    assert hidden
    with acting(two.having.colleague):
        actions.claim(two.having.colleague, hidden.pk)
        actions.note(two.having.colleague, two.having.hit("DIOP", 1).pk, "On the restricted list.")  # type: ignore[union-attr]
    _decide(two.having.colleague, hidden.pk, "refer", "same")
    _controlled(two.having.colleague, hidden.pk)
    with acting(two.having.colleague):
        actions.record_result(two.having.colleague, hidden.pk, "confirmed")
    _compare_all(two, ("officer", "supervisor"), hidden_too=True)
    for path in ("/controls/{}/", "/seizures/{}/"):
        model = ControlOrder if "controls" in path else Seizure
        pk = model.objects.using("intake").get(hit_id=hidden.pk).pk
        assert two.having.page.get(path.format(pk)).status_code == 404


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
    _compare_all(two, counts_too=False)
    with acting(two.having.colleague):
        actions.claim(two.having.colleague, mixed.pk)
    _decide(two.having.colleague, mixed.pk, "refer", "same")
    with acting(two.having.colleague):
        actions.record_result(two.having.colleague, mixed.pk, "confirmed")
        assert SeenHit.objects.get(pk=mixed.pk).state == "decided"
    _compare_all(two, counts_too=False)
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


def test_an_earlier_hit_out_of_sight_is_no_fact(two: Two) -> None:
    """An earlier journey counts in the traveller's favour, if its hit is out of sight, or is released for
    those who do not see all of its reasons."""
    people = [_traveller(name) for name in ("FAYE", "DIOP")]
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        for place in two.places:
            earlier = NOW - dt.timedelta(days=3)
            flown(connection, place.office, earlier, people, number="421")
            in_force(place.office, "document_valid_d > 400", purpose="border")
            released = place.hit("DIOP", 0)
            assert released
            _decide(place.officer, released.pk, "release", "unsure")
        for place in two.places:
            flown(
                connection, place.office, NOW, people, number="423",
                leaves=NOW + dt.timedelta(hours=8),
            )  # fmt: skip
    for name in ("FAYE", "DIOP"):
        hits = [hit for place in two.places if (hit := place.hit(name, 3))]
        for address in ("/hits/{id}/", "/hits/{id}/sheet/"):
            _compare(two, address, id=tuple(hit.pk for hit in hits))
        for place, hit in zip(two.places, hits, strict=True):
            with acting(place.officer):
                facts = {fact["id"]: fact for fact in SeenHit.objects.get(pk=hit.pk).favour}
            assert facts["earlier_crossings"]["params"] == {"count": 1}
    with acting(two.having.colleague):
        whole = SeenHit.objects.get(pk=hits[0].pk).favour
    assert "earlier_crossings" not in {fact["id"] for fact in whole}
    # The number is masked although the readers of all reasons see no fact with a number.
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        forget_favours(connection, hits[0].retention_class, hits[0].month, NOW.date())
    parts = Hit.objects.using("intake").get(pk=hits[0].pk).parts
    assert {str(fact["params"]) for part in parts.values() for fact in part["favour"]} == {"{}"}


def test_notifications_are_those_of_the_reader(two: Two) -> None:
    """An officer is notified of a hit that is open again, although a colleague decided later on a reason out
    of sight. Nobody is notified of a hold on a hit out of sight, and addresses do not count notifications."""
    for place in two.places:
        decided = place.hit("DIOP", 0)
        assert decided
        _decide(place.officer, decided.pk, said="unsure")
        for n in range(3 if place is two.having else 1):
            Notice.objects.using("intake").create(
                organisation_id=place.office.id, user_id=place.colleague.pk, kind="late",
                ref=str(n),
            )  # fmt: skip
    mixed, hidden = two.having.hit("DIOP", 0), two.having.hit("FAYE", 1)
    assert mixed
    assert hidden
    _decide(two.having.colleague, mixed.pk, "hold", "unsure")
    _decide(two.having.colleague, hidden.pk, "hold", "unsure")
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        again = "E-9,person,DIOP,ADA,1984-05-06,FRA,FRA:A1234567\n"
        for place in two.places:
            _import(place, SHARED + again, "border")
        _rounds(connection)
    for place in two.places:
        told = Notice.objects.using("intake").filter(user=place.officer.pk)
        assert list(told.values_list("kind", flat=True)) == ["reopened"]
    assert Notice.objects.using("intake").filter(kind="hold").exists()
    _compare_all(two)
    for role, page in itertools.product(
        ROLES, ("/notifications/", "/notifications/menu/", "/home/")
    ):
        _compare(two, page, role=role)


def test_a_hit_is_handed_over_to_those_who_see_it(two: Two) -> None:
    """A colleague who sees some of the reasons gets these; one who sees none gets nothing."""
    place = two.having
    mixed, hidden = place.hit("DIOP", 1), place.hit("FAYE", 1)
    assert mixed
    assert hidden
    with acting(place.colleague):
        with pytest.raises(PermissionDenied):
            actions.hand_over(place.colleague, hidden.pk, place.officer)
        actions.hand_over(place.colleague, mixed.pk, place.officer)
    assert _seen(place.officer, mixed.pk)[2] == str(place.officer.pk)
    _decide(place.officer, mixed.pk)
    assert _seen(place.colleague, mixed.pk)[::2] == ("reopened", "")
    page = signed_in(place.colleague)
    assert place.officer.display() not in page.get(f"/hits/{hidden.pk}/").content.decode()


def test_a_hit_is_not_handed_over_to_those_who_see_only_its_reasons(two: Two) -> None:
    """Whoever has the purpose of a reason, but not that of the subject, does not see the hit. A hit that is
    claimed by such a person would be in nobody's queue."""
    place = two.having
    mixed = place.hit("DIOP", 1)
    assert mixed
    blind = User(username="blind", role="officer", organisation_id=place.office.id)
    blind.purposes = ["terrorism"]
    blind.save(using="intake")
    with acting(blind):
        assert not SeenHit.objects.filter(pk=mixed.pk).exists()
    with acting(place.colleague), pytest.raises(PermissionDenied):
        actions.hand_over(place.colleague, mixed.pk, blind)
    page = signed_in(place.colleague).get(f"/hits/{mixed.pk}/").content.decode()
    assert str(blind.pk) not in page
    assert str(place.officer.pk) in page


def test_a_clearing_is_of_the_list_whose_readers_see_it(two: Two) -> None:
    """The restricted list has the same entry as the shared one: each is cleared for its own readers."""
    place = two.having
    same = SHARED.splitlines(keepends=True)[1]
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        _import(place, RESTRICTED + same, "terrorism")
        _rounds(connection)
        hit = place.hit("SECK", 0)
        assert hit
        _decide(place.officer, hit.pk)
        with acting(place.officer):
            assert ClearedPair.objects.count() == 1
        with acting(place.colleague):
            [left] = Reason.objects.filter(hit=hit.pk, state="open")
            assert left.purpose == "terrorism"
        flown(
            connection, place.office, NOW, [_traveller("SECK")], number="423",
            leaves=NOW + dt.timedelta(hours=8),
        )  # fmt: skip
    later = place.hit("SECK", 2)
    assert later
    states = Reason.objects.using("intake").filter(hit=later.pk)
    assert dict(states.values_list("purpose", "state")) == {
        "border": "cleared",
        "terrorism": "open",
    }


def test_a_transfer_is_shown_to_readers_of_its_decision(two: Two) -> None:
    """The register of a hit shows no transfer for a purpose or a decision out of sight."""
    for place in two.places:
        hit = place.hit("DIOP", 1)
        assert hit
        _decide(place.officer, hit.pk, "refer", "same")
    mixed = two.having.hit("DIOP", 1)
    assert mixed
    _decide(two.having.colleague, mixed.pk, "refer", "same")
    with acting(two.having.colleague):
        transfer(
            two.having.colleague, mixed.pk, kind="national", receiver="Prosecutor", country="SN",
            purpose="terrorism", basis="law 7",
        )  # fmt: skip
    _compare(
        two, "/hits/{id}/transfers/", id=tuple(place.hit("DIOP", 1).pk for place in two.places)
    )  # type: ignore[union-attr]


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
    assert rows == 8
    # Floods of equal size are in the order of their texts, in whatever order the database returns them.
    with acting(two.having.colleague):
        found = selectors.floods(Filters(), two.having.colleague)
        ordered = [row["what"] for row in present.floods(found, Filters())]
        again = [row["what"] for row in present.floods(found[::-1], Filters())]
    assert len(ordered) > 1
    assert ordered == again


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
            for theme in (*Theme.values, *shared_themes.SHARED)
            for purpose in Purpose.values
        }
        readers = connection.execute(
            "SELECT vedette_reader_themes(ARRAY[%s::text]), %s", ["strategic", "strategic"]
        ).fetchone()
    assert readers is not None
    assert readers[0] == shared_themes.reader_themes(["strategic"])
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
