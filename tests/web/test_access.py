"""The access matrix: every page and operation, called by each role and by nobody, on rows of their
own, of another unit and of another organisation. The routes come from the code; what each asks for, too.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from tests.api.conftest import client_of
from tests.apps.assistance import stored as assisted
from tests.apps.cooperation import stored as listed
from tests.apps.enforcement import stored as controlled
from tests.apps.hits import world as worlds
from tests.apps.library import stored as shelved
from tests.apps.lists.conftest import LIST
from tests.apps.offline import stored as entered
from tests.apps.operations import stored as operated
from tests.apps.release import stored as released
from tests.cash.app import stored as cash_stored
from tests.goods.app import stored

from vedette.apps.accounts import rules
from vedette.apps.accounts.models import ApiToken, Approval, BreakGlass, Unit, User
from vedette.apps.accounts.rules import PUBLIC
from vedette.apps.inbox.models import Inbox, Message
from vedette.apps.lists.actions import create_lookout, make_draft, set_terms
from vedette.apps.lists.models import ListDraft, ListSubscription
from vedette.apps.profiles.models import Backtest, Profile, Version
from vedette.apps.requests.models import SubjectRequest
from vedette.apps.upkeep.models import Pause
from vedette.web import access, errors
from vedette.web.access import Route, Undeclared, allowed, routes

OWN, UNIT, ELSEWHERE = "own", "another unit", "another organisation"
NOBODY = ""
#: What a placeholder stands for, by how the address begins; the longest that fits counts.
SUBJECTS = {
    "users/": "user", "units/": "unit", "tokens/": "token", "approvals/": "approval",
    "glass/": "glass", "flights/": "flight", "travellers/": "journey", "records/": "journey",
    "messages/inbox/": "inbox", "messages/": "message", "watchlists/import/": "draft",
    "watchlists/imports/": "draft",
    "watchlists/subscriptions/": "subscription", "retention/asked/": "change",
    "subjects/": "request", "watchlists/": "list",
    "lookouts/": "lookout", "hits/": "hit", "profiles/": "profile", "profiles/asked/": "profile version",
    "profiles/versions/": "profile version", "profiles/backtests/": "backtest",
    "profiles/counts/": "count", "status/": "pause",
    "declarations/": "declaration", "goods/": "goods item", "goods/finds/": "find", "licences/": "licence",
    "controls/": "order", "controls/photos/": "photo", "draws/": "journey", "seizures/": "seizure",
    "notices/": "notice", "questions/": "question", "cash/": "cash movement", "suspicions/": "suspicion",
    "batches/": "batch", "risk/": "risk form", "risk/pictures/": "risk picture",
    "agreements/": "agreement", "releases/": "release", "received/": "received",
    "firearms/": "firearm", "traces/": "trace", "links/": "journey", "links/matrix/": "matrix",
    "entries/": "field entry", "entries/photos/": "field photograph",
    "operations/": "operation", "operations/messages/": "operation message",
    "contacts/": "contact", "mutual/": "mutual request",
    "operations/reports/": "sitrep", "library/": "library item", "library/files/": "library file",
    "assistance/": "assistance", "assistance/diagnostics/": "diagnostic",
    "assistance/actions/": "assistance action", "training/courses/": "course",
    "assistance/equipment/": "equipment", "assistance/banks/": "question bank",
    "training/sessions/": "training session", "training/certificates/": "certificate",
    "roster/": "expert profile",
}  # fmt: skip
#: Rows that belong to a unit; the others are the organisation's.
OF_UNIT = {"flight", "journey", "message", "hit", "declaration", "goods item", "order",
           "photo", "seizure", "firearm", "trace", "question", "cash movement",
           "suspicion"}  # fmt: skip
#: One's own way in: the row is the user's, and not there for others.
ONES_OWN = ("account/key/", "account/tokens/", "notifications/")
WHY = "Another person: birth date and nationality differ."
#: What must be sent so that the row is looked for at all.
BODIES: dict[str, Any] = {
    "hit-claim": {"do": "claim"},
    "control-field": {"do": "begin"},
    "assistance-act": {"do": "declare"},
    "diagnostic-act": {"do": "hide"},
    "diagnostic-report": {"do": "write"},
    "diagnostic-question": {"level": "1"},
    "assistance-plan-act": {"do": "complete"},
    "assistance-publication-act": {"do": "release"},
    "assistance-results-act": {"do": "add"},
    "training-session-act": {"do": "certificates"},
    "certificate-act": {"do": "approve"},
    "seizure-act": {"do": "submit", "version": "1"},
    "/api/hits/{id}/claim": {"do": "claim"},
    "/api/hits/{id}/decision": {"choice": "release", "why": WHY, "seen": []},
    "/api/hits/{id}/notes": {"text": "A note."},
    "/api/hits/{id}/results": {"outcome": "nothing"},
    "/api/profiles/versions/{id}/backtests": {"first": "2026-11-20", "last": "2026-11-21"},
}

#: Routes and methods that were answered with 405, which no view decides by role: asked once in a process.
_NOT_TAKEN: set[tuple[str, str]] = set()


@dataclass
class Scene:
    """Rows by where they are and what they are; a client for each role."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    pages: dict[str, Client] = field(default_factory=dict)
    machines: dict[str, Any] = field(default_factory=dict)


def _fill(world: worlds.World, users: dict[str, User], flight: str, seat: str) -> dict[str, Any]:
    """One row of each kind."""
    home, now = world.organisation, timezone.now()
    on = world.flight(flight, 41)
    journey = worlds.journey(world, on, "ROE", f"JANE {flight}", seat=seat)
    hit = worlds.hit(world, journey)
    inbox = Inbox.objects.using("intake").create(
        organisation=home, received_at=now, source="ingest", name="a.edi", size=1,
        token=uuid.uuid4().bytes, state="failed",
    )  # fmt: skip
    message = Message.objects.using("intake").create(
        organisation=home, inbox=inbox, kind="traveller", group_id=on.pk, unit_id=on.unit_id,
        number=1, format="PAXLST", received_at=now,
        token=uuid.uuid4().bytes, parser_version="1",
    )  # fmt: skip
    goods = dict(zip(("declaration", "goods item"), stored.fill(home), strict=True))
    cash = cash_stored.fill(home)
    return {"cash movement": cash, "suspicion": cash_stored.suspicion(home, cash, users["officer"]),
            "flight": on.pk, "journey": journey.pk,
            "hit": hit.pk, "inbox": inbox.pk,
            "message": message.pk, **goods, "find": stored.find(home),
            "question": stored.question(hit),
            **controlled.fill(hit, users["officer"])}  # fmt: skip


def _fill_organisation(
    world: worlds.World, users: dict[str, User], operation: uuid.UUID
) -> dict[str, Any]:
    home, now = world.organisation, timezone.now()
    token = ApiToken.objects.using("intake").create(
        user_id=users["officer"].pk, name="t", digest=uuid.uuid4().bytes * 2,
        expires_at=now + dt.timedelta(days=1),
    )  # fmt: skip
    approval = Approval.objects.using("intake").create(
        organisation=home, kind="list", subject=str(uuid.uuid4()), purpose="border", why=b"",
        asked_by_id=users["list_manager"].pk, asked_at=now, expires_at=now + dt.timedelta(days=1),
    )  # fmt: skip
    change = Approval.objects.using("intake").create(
        organisation=home, kind="retention", subject=str(uuid.uuid4()), purpose="border", why=b"",
        asked_by_id=users["list_manager"].pk, asked_at=now, expires_at=now + dt.timedelta(days=1),
    )  # fmt: skip
    matrix = Approval.objects.using("intake").create(
        organisation=home, kind="matrix", subject=str(uuid.uuid4()), purpose="border", why=b"",
        asked_by_id=users["officer"].pk, asked_at=now, expires_at=now + dt.timedelta(days=1),
        detail={"version": 1, "cells": []},
    )  # fmt: skip
    glass = BreakGlass.objects.using("intake").create(
        organisation=home, user_id=users["officer"].pk, why=b"", started_at=now,
        ends_at=now + dt.timedelta(hours=1),
    )  # fmt: skip
    letter = SubjectRequest.objects.using("intake").create(
        organisation=home, kind="access", received_on=now.date(), due_on=now.date(), reference="1",
        by_id=users["officer"].pk,
    )  # fmt: skip
    pause = Pause.objects.using("intake").create(
        organisation=home, act="accounts", why="mass", at=now, count=12, total=20
    )
    with world.seen_by(User.objects.get(pk=users["list_manager"].pk)) as by:
        draft = make_draft(by, {"l.csv": LIST.encode()})
        set_terms(draft, {"name": "L", "purpose": "border", "basis": "b"})
        asked = ListDraft.objects.create(
            organisation_id=home.pk, created_by_id=by.pk, head=draft.head, asked_at=now,
            terms={"name": "L", "purpose": "border", "basis": "b", "themes": ["passengers"]},
        )  # fmt: skip
    followed = ListSubscription.objects.using("intake").create(
        organisation=home, created_by_id=users["list_manager"].pk, url="https://lists.example/l.csv",
        purpose="border", terms={"name": "L", "purpose": "border", "basis": "b", "themes": ["passengers"]},
        next_at=now,
    )  # fmt: skip
    with world.seen_by(User.objects.get(pk=users["officer"].pk)) as by:
        lookout = create_lookout(by, caller="Port", why="carries undeclared cash", document="AB123")
    made = _fill_profile(home, users["list_manager"])
    made |= released.fill(home.pk, users["officer"].pk, operation)
    return {"licence": stored.licence(home), "notice": stored.notice(home),
            "batch": cash_stored.batch(home), **cash_stored.risk(home, users["officer"]),
            "token": token.pk, "approval": approval.pk,
            "glass": glass.pk, "draft": draft.pk,
            "asked draft": asked.pk, "subscription": followed.pk, "change": change.subject, "matrix":
            matrix.subject, "request": letter.pk, "lookout": lookout.pk, "pause": pause.pk,
            "list": world.version.watchlist_id, **made, "user": world.users["officer2"].pk}  # fmt: skip


def _fill_profile(home: Any, author: User) -> dict[str, Any]:
    """A draft, number 42 as the placeholder asks, with a backtest and a count."""
    profile = Profile.objects.using("intake").create(
        organisation=home, ref=f"P-{uuid.uuid4().hex[:9]}"
    )
    version = Version.objects.using("intake").create(
        organisation=home, profile=profile, number=42, title="T", purpose="border",
        expression="legs > 2", basis="law", author_id=author.pk,
    )  # fmt: skip
    asked = {
        "organisation": home, "expression": "legs > 2", "first_day": dt.date(2026, 11, 20),
        "last_day": dt.date(2026, 11, 21), "asked_by_id": author.pk,
    }  # fmt: skip
    test = Backtest.objects.using("intake").create(version=version, **asked)
    count = Backtest.objects.using("intake").create(quick=True, **asked)
    return {
        "profile": profile.pk,
        "profile version": version.pk,
        "backtest": test.pk,
        "count": count.pk,
    }


@pytest.fixture
def scene(database: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Two organisations, two units in ours; everybody of ours is of the first unit."""
    from vedette.apps.accounts import factors

    # Who lacks a second factor is led to set one up: another test's matter (test_sign_in).
    monkeypatch.setattr(factors, "must_have_factor", lambda user: False)
    _draw_errors_once(monkeypatch)
    ours, theirs = worlds.build("Ours"), worlds.build("Theirs")
    made = Scene()
    units = {
        name: Unit.objects.using("intake").create(
            organisation=home.organisation, name=name, airports=airports
        )
        for name, home, airports in (
            ("A", ours, ["DSS"]), ("B", ours, ["ZIG"]), ("C", theirs, ["DSS"]),
        )
    }  # fmt: skip
    people = {}
    for role in User.Role:
        people[role.value] = User.objects.using("intake").create(
            username=f"m-{role}", organisation=ours.organisation, role=role, unit=units["A"],
            first_name="A", last_name=role.title(), password="!",
        )  # fmt: skip
    foreign = {
        "officer": theirs.users["officer"], "list_manager": theirs.users["list_manager"],
    }  # fmt: skip
    taking_part = [user for role, user in people.items() if role in rules.RULES["operation.see"]]
    operated_here = operated.fill(ours.organisation, taking_part)
    made.rows[OWN] = {
        **operated_here,
        **entered.fill(
            ours.organisation.pk,
            [user for role, user in people.items() if role in rules.RULES["field.enter"]],
        ),
        **shelved.fill(ours.organisation.pk, people["administrator"].pk),
        **assisted.fill(ours.organisation, taking_part),
        "contact": listed.fill(ours.organisation, taking_part[0]),
        "mutual request": listed.mutual(ours.organisation, people["officer"], people["contact"]),
        **_fill(ours, people, "YY 417", "1A"), **_fill_organisation(ours, people, operated_here["operation"]),
        "unit": units["A"].pk,
    }  # fmt: skip
    made.rows[UNIT] = _fill(ours, people, "YY 418", "2A")
    operated_there = operated.fill(theirs.organisation, [theirs.users["officer"]])
    made.rows[ELSEWHERE] = {
        **operated_there,
        **entered.fill(theirs.organisation.pk, [theirs.users["officer"]]),
        **shelved.fill(theirs.organisation.pk, theirs.users["officer"].pk),
        **assisted.fill(theirs.organisation, [theirs.users["officer"]]),
        "contact": listed.fill(theirs.organisation, theirs.users["officer"]),
        "mutual request": listed.mutual(
            theirs.organisation, theirs.users["officer"], theirs.users["supervisor"]
        ),
        **_fill(theirs, foreign, "YY 419", "3A"),
        **_fill_organisation(theirs, foreign, operated_there["operation"]),
        "unit": units["C"].pk,
    }  # fmt: skip
    _stamp(made, units)
    for role, user in people.items():
        made.pages[role] = Client(raise_request_exception=False)
        made.pages[role].force_login(User.objects.get(pk=user.pk))
        made.machines[role] = client_of(user)
    made.pages[NOBODY], made.machines[NOBODY] = Client(), client_of_nobody()
    return made


def _draw_errors_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an answer only the status counts here. The page of an error costs more than the answer, so it
    is drawn once for each person."""
    draw, drawn = errors._page, {}

    def page(request: Any, template: str, status: int, **context: object) -> HttpResponse:
        user = getattr(request, "user", None)
        key = (user and user.pk, request.path.startswith("/api/"), template, status)
        if key not in drawn:
            drawn[key] = draw(request, template, status, **context).content
        return HttpResponse(drawn[key], status=status)

    monkeypatch.setattr(errors, "_page", page)


def client_of_nobody() -> Any:
    """A machine without a token."""
    from tests.api.conftest import Client as Machine

    return Machine("")


def _stamp(made: Scene, units: dict[str, Unit]) -> None:
    from vedette.apps.hits.models import Hit
    from vedette.apps.subjects.models import Subject
    from vedette.cash.app.models import Movement, Suspicion
    from vedette.goods.app.models import Declaration, GoodsItem
    from vedette.travellers.app.models import Flight, Journey

    for where, unit in ((OWN, "A"), (UNIT, "B"), (ELSEWHERE, "C")):
        row = made.rows[where]
        for model, key in (
            (Flight, "flight"), (Subject, "journey"), (Journey, "journey"), (Hit, "hit"),
            (Message, "message"), (Declaration, "declaration"), (GoodsItem, "goods item"),
            (Subject, "goods item"), (Movement, "cash movement"), (Subject, "cash movement"),
            (Suspicion, "suspicion"),
        ):  # fmt: skip
            model.objects.using("intake").filter(pk=row[key]).update(unit=units[unit])


def _subject(path: str) -> str:
    if path.endswith("/asked/"):
        return "asked draft"
    fits = [begin for begin in SUBJECTS if path.startswith(begin)]
    assert fits, f"{path}: say in SUBJECTS what its placeholder stands for"
    return SUBJECTS[max(fits, key=len)]


def _address(route: Route, scene: Scene, where: str) -> str | None:
    """The route on a row of that place; None where there is no such row."""
    path = route.path.removeprefix("/api/")
    if path.startswith(ONES_OWN) and "<" in path:
        theirs = str(scene.rows[ELSEWHERE]["token"])
        path = path.replace("<int:pk>", "0").replace("<uuid:pk>", theirs)
        return f"/{path}" if where == ELSEWHERE else None
    if "uuid:pk" not in path and "{id}" not in path:
        if where != OWN:
            return None
        path = route.path.lstrip("/").replace("<slug:name>", "home")
        return "/" + path.replace("<slug:digest>/<path:path>", "x/ui.css")
    subject = _subject(path)
    if where == UNIT and subject not in OF_UNIT:
        return None
    found = str(scene.rows[where][subject])
    # The values of the goods item are masked: its first party has a page that says so.
    number = "1" if subject == "goods item" else "42"
    path = re.sub(r"<uuid:\w+>|\{id\}", found, route.path).replace("<int:number>", number)
    assert "<" not in path, f"{path}: a placeholder that the test does not know"
    return path if path.startswith("/") else f"/{path}"


@contextmanager
def _undone() -> Iterator[None]:
    """What a call does is undone, so that the next role finds the same rows."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _calls(route: Route, scene: Scene, role: str, address: str) -> Iterator[tuple[str, Any]]:
    """Each method that the route takes, with its answer."""
    body = BODIES.get(route.name) or BODIES.get(route.path) or {}
    if route.method:
        machine = scene.machines[role]
        with _undone():
            if "import" in address:
                form = {"files": SimpleUploadedFile("a.csv", b"ref\n"), "why": WHY}
                yield route.method, machine.send(address.removeprefix("/api"), form)
            elif route.method == "GET":
                yield "GET", machine.get(address.removeprefix("/api"))
            else:
                yield route.method, machine.post(address.removeprefix("/api"), body)
        return
    browser = scene.pages[role]
    for method in ("GET", "POST"):
        if (route.path, method) in _NOT_TAKEN:
            continue
        with _undone():
            answer = browser.generic(
                method, address, *(() if method == "GET" else (_form(body),)),
                content_type="application/x-www-form-urlencoded",
            )  # fmt: skip
        if answer.status_code == 405:
            _NOT_TAKEN.add((route.path, method))
        else:
            yield method, answer


def _form(body: dict[str, str]) -> str:
    from urllib.parse import urlencode

    return urlencode(body)


def _wrong(route: Route, role: str, where: str, method: str, answer: Any) -> str:
    """What is not as declared, or nothing."""
    status, to = answer.status_code, getattr(answer, "url", "")
    signing_in = status == 302 and to.startswith(("/login/", "/kept/"))
    if status >= 500:
        return "broke"
    if route.asks == PUBLIC:
        # `known` answers the proxy whether there is a caller: 401 is one of its answers.
        return "public, yet refused" if status in (401, 403) and route.name != "known" else ""
    if role == NOBODY:
        return "" if status == 401 or signing_in else "let in without signing in"
    may = allowed(route, role)
    if may and method == "POST" and route.to_post:
        may = allowed(Route("", "", "", route.to_post), role)
    if not may:
        led = route.leads_on and status == 302
        return "" if status == 403 or led else "let in without the right"
    if where != OWN:
        return "" if status == 404 else "tells of what is not theirs"
    # Who sees and decides which approval is told by its kind; and of one's own ways in there is here
    # nothing to confirm or to remove.
    if route.name == "approval" or route.path.startswith("account/"):
        return ""
    return "refused with the right" if status in (401, 403, 404) or signing_in else ""


@pytest.mark.parametrize("role", [NOBODY, *User.Role.values])
def test_everybody_reaches_what_is_declared_and_nothing_else(scene: Scene, role: str) -> None:
    """Least privilege on every address; what is foreign answers 404, whether it exists or not."""
    wrong, called = [], 0
    for route in routes():
        if route.name == "logout":
            continue  # ends the session that the other calls need
        for where in (OWN, UNIT, ELSEWHERE):
            address = _address(route, scene, where)
            if address is None:
                continue
            for method, answer in _calls(route, scene, role, address):
                called += 1
                if what := _wrong(route, role, where, method, answer):
                    wrong.append((what, method, route.path, where, answer.status_code))
    assert wrong == [], "\n".join(map(str, wrong))
    assert called > 100


def test_a_route_without_a_declaration_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The build fails on it: the table of docs/access.md is made from these routes."""
    from django.urls import path

    def bare(request: Any) -> None:
        """A view that says nothing."""

    pattern = path("bare/", bare)
    monkeypatch.setattr(access.get_resolver(), "url_patterns", [pattern])
    with pytest.raises(Undeclared, match="bare/"):
        routes()
