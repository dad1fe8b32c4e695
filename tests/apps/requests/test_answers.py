"""Access: who is found, the full file, and the releasable one that tells nothing of lists and hits."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.apps.hits import world as worlds
from tests.apps.requests import scene

from vedette.apps.accounts.models import Act, User
from vedette.apps.requests.models import SubjectRequest
from vedette.apps.subjects.kinds import app_kinds
from vedette.apps.subjects.models import Identifier, Subject
from vedette.commands.environment import keys
from vedette.core.names import fold
from vedette.travellers.app.models import Journey, JourneyClear


def made_of(name: str) -> set[str]:
    """Modules of ours that a module imports, and those that these import, whatever the depth."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        spec = importlib.util.find_spec(waiting.pop())
        if spec is None or spec.origin is None or spec.name in found:
            continue
        found.add(spec.name)
        for node in ast.walk(ast.parse(Path(spec.origin).read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names = [a.name for a in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
            else:
                continue
            for one in names:
                try:
                    if one.startswith("vedette") and importlib.util.find_spec(one):
                        waiting.append(one)
                except ModuleNotFoundError:
                    continue  # a name of a module, no module
    return found


def test_the_releasable_file_is_made_without_targeting_and_knowledge() -> None:
    """The modules that make the file, and those that they import, import no hits, lists or profiles."""
    modules = made_of("vedette.apps.requests.releasable")
    for kind in app_kinds():
        modules |= made_of(kind.disclose.__module__)
    assert "vedette.travellers.app.models" in modules
    targeting = ("vedette.apps.hits", "vedette.apps.lists", "vedette.apps.profiles")
    wrong = [m for m in modules if m.startswith(targeting)]
    assert wrong == []


def given_out(
    desk: Client, pk: Any, **changes: str
) -> tuple[int, dict[str, str], bytes, list[str]]:
    """Status, headers, body and queries of an answer; the number of the request is another each time."""
    with CaptureQueriesContext(connection) as queries:
        answer = desk.post(f"/subjects/{pk}/answer/", {**scene.ANSWER, **changes})
    return (
        answer.status_code, {k: v for k, v in answer.headers.items() if k != "X-Request-ID"}, answer.content,
        [q["sql"].split(" ", 1)[0] for q in queries.captured_queries],
    )  # fmt: skip


@pytest.mark.parametrize("form", ["html", "json"])
def test_the_answer_is_the_same_whether_or_not_there_is_a_hit(
    world: worlds.World, dpo: User, desk: Client, form: str
) -> None:
    """Byte for byte, with its headers and the number of queries: whoever has the file learns nothing of
    lists, hits, decisions, lookouts (Directive 2016/680 art. 15: neither confirmed nor denied)."""
    journey = scene.traveller(world)
    kept = scene.request(world, dpo, journeys=(journey.pk,))
    desk.get("/subjects/")
    before = given_out(desk, kept.pk, form=form)
    hit = worlds.hit(world, journey, 95)
    worlds.reason(world, hit, kind="lookout")
    from vedette.apps.hits import actions
    from vedette.apps.hits.models import Decision

    with world.seen_by() as by:
        seen = frozenset(hit.reasons.values_list("pk", flat=True))
        actions.decide(
            by, hit.pk,
            actions.Verdict("hold", "The same person, told by the passport.", seen,
                            dict.fromkeys(seen, "same")),
        )  # fmt: skip
        actions.note(by, hit.pk, "He was referred.")
    assert Decision.objects.using("intake").count() == 1
    after = given_out(desk, kept.pk, form=form)
    assert after == before
    assert after[0] == 200
    assert b"ZIVODRAGICH" in after[2]
    assert b"1979-03-12" in after[2] or b"12 Mar 1979" in after[2]
    row = SubjectRequest.objects.using("intake").get(pk=kept.pk)
    assert row.digest == hashlib.sha256(after[2]).hexdigest()
    assert row.ground == "prevention"


def test_who_is_only_on_a_list_is_answered_as_who_is_unknown(
    world: worlds.World, dpo: User, desk: Client
) -> None:
    """The list has the entry; no journey is held: the answer is that of a stranger."""
    asked = {**scene.LETTER, "kind": "access", "keep": "1", "birth": "1978-03-12"}
    desk.post("/subjects/new/", {**asked, "surname": "ŽIVODRAGIĆ", "given_names": "ĐORĐE"})
    desk.post("/subjects/new/", {**asked, "surname": "NOBODY", "given_names": "NONE"})
    listed, unknown = SubjectRequest.objects.using("intake").order_by("at")
    assert listed.subjects == unknown.subjects == []
    one, two = given_out(desk, listed.pk), given_out(desk, unknown.pk)
    one, two = given_out(desk, listed.pk), given_out(desk, unknown.pk)
    assert one == two
    assert one[0] == 200


def test_kept_for_a_link_is_not_told(world: worlds.World, dpo: User, desk: Client) -> None:
    """A journey of class `linked` outlives the others because of a hit: that it is held would tell."""
    journey = scene.traveller(world)
    kept = scene.request(world, dpo, journeys=(journey.pk,))
    Subject.objects.using("intake").filter(pk=journey.pk).update(retention_class="linked")
    told = json.loads(given_out(desk, kept.pk, form="json")[2])
    assert told["subjects"] == []
    full = desk.post(f"/subjects/{kept.pk}/full/", {"language": "en", "form": "json"})
    assert len(json.loads(full.content)["subjects"]) == 1


def test_the_full_file_says_everything(world: worlds.World, dpo: User, desk: Client) -> None:
    """Hits with evidence, decisions, notes, who looked: for the officer, not for the person."""
    journey = scene.traveller(world)
    hit = worlds.hit(world, journey, 95)
    scene.client(world.officer).get("/")
    scene.client(world.officer).get(f"/hits/{hit.pk}/")
    kept = scene.request(world, dpo, journeys=(journey.pk,))
    answer = desk.post(f"/subjects/{kept.pk}/full/", {"language": "en", "form": "json"})
    [told] = json.loads(answer.content)["subjects"]
    assert told["hit"]["reasons"][0]["evidence"][0]["theirs"] == "ŽIVODRAGIĆ"
    assert [v["act"] for v in told["viewers"]] == ["queue.see", "hit.see"]
    assert told["retention"]["class"] == "passenger"
    page = desk.post(f"/subjects/{kept.pk}/full/", {"language": "fr", "form": "html"})
    assert "ŽIVODRAGIĆ" in page.content.decode()
    assert page.headers["Content-Disposition"] == 'attachment; filename="full.html"'


def test_a_person_is_found_by_document_or_by_name_and_birth_date(
    world: worlds.World, dpo: User, desk: Client
) -> None:
    """The officer unticks who is another; what was given is sealed on the journal, stored nowhere."""
    one, two = scene.traveller(world), scene.traveller(world, "MILENA", "Y1")
    named = {**scene.LETTER, "kind": "access", "surname": "Zivodragich", "birth": "1979-03-12"}
    page = desk.post("/subjects/new/", named).content.decode()
    assert str(one.pk) in page
    assert str(two.pk) in page
    assert (
        str(one.pk)
        not in desk.post("/subjects/new/", {**named, "birth": "1980-01-01"}).content.decode()
    )
    by_document = {**scene.LETTER, "kind": "access", "document": "x0142 O7"}
    page = desk.post("/subjects/new/", by_document).content.decode()
    assert str(one.pk) in page
    assert str(two.pk) not in page
    desk.post("/subjects/new/", {**named, "keep": "1", "subject": [str(one.pk)]})
    row = SubjectRequest.objects.using("intake").get()
    assert row.subjects == [one.pk]
    assert (row.due_on - row.received_on).days == 30
    act = Act.objects.using("intake").get(act="subject.ask")
    assert act.sealed
    assert "ZIVODRAGICH" not in str(act.detail).upper()


def masked(world: worlds.World, given_names: str) -> Journey:
    """A journey whose clear values went into the vault: its tokens stay."""
    made = scene.traveller(world, given_names)
    token = keys().token("person", f"ZIVODRAGICH|{fold(given_names)}|1979-03-12")
    Identifier.objects.using("intake").create(
        organisation=world.organisation, subject_id=made.pk, kind="person", token=token
    )
    JourneyClear.objects.using("intake").filter(journey_id=made.pk).delete()
    return made


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"given_names": "Djordje"}, ["DJORDJE"]),
        ({"given_names": "Djordje Milan"}, ["DJORDJE MILAN", "DJORDJE"]),
        ({"surname": "Djordje", "given_names": "ŽIVODRAGIĆH"}, ["DJORDJE"]),
        ({"given_names": "Milena"}, []),
        ({"given_names": "Djordje", "birth": "1980-01-01"}, []),
    ],
)
def test_who_is_masked_is_found_by_name_and_birth_date(
    world: worlds.World, desk: Client, given: dict[str, str], found: list[str]
) -> None:
    """By the token that masking leaves: nobody is told that nothing is held because it is masked."""
    of = {name: masked(world, name) for name in ("DJORDJE", "DJORDJE MILAN")}
    asked = {
        **scene.LETTER, "kind": "access", "surname": "Zivodragich", "birth": "1979-03-12", **given,
    }  # fmt: skip
    page = desk.post("/subjects/new/", asked).content.decode()
    assert [name for name in of if str(of[name].pk) in page] == sorted(found)


def test_the_answer_of_who_is_masked_tells_no_more_than_that(
    world: worlds.World, dpo: User, desk: Client
) -> None:
    """Found by name, masked: byte for byte the same with a hit, and as a stranger's where it is kept
    for a link alone."""
    journey = masked(world, "DJORDJE")
    asked = {**scene.LETTER, "kind": "access", "keep": "1", "birth": "1979-03-12"}
    named = {"surname": "Zivodragich", "given_names": "Djordje", "subject": [str(journey.pk)]}
    desk.post("/subjects/new/", {**asked, **named})
    desk.post("/subjects/new/", {**asked, "surname": "NOBODY", "given_names": "NONE"})
    kept, unknown = SubjectRequest.objects.using("intake").order_by("at")
    assert kept.subjects == [journey.pk]
    desk.get("/subjects/")
    before = given_out(desk, kept.pk)
    worlds.hit(world, journey, 95)
    assert given_out(desk, kept.pk) == before
    assert b"YY 417" in before[2]
    assert b"ZIVODRAGICH" not in before[2]
    Subject.objects.using("intake").filter(pk=journey.pk).update(retention_class="linked")
    assert given_out(desk, kept.pk)[:3] == given_out(desk, unknown.pk)[:3]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"surname": "X"},
        {"document": "A1", "reference": "Mr Smith"},
        {"document": "A1", "received_on": "2999-01-01"},
        {"document": "A1", "kind": "everything"},
    ],
)
def test_too_little_or_wrong_is_refused(desk: Client, given: dict[str, str]) -> None:
    """A surname alone would find strangers; a reference must not be a name."""
    answer = desk.post("/subjects/new/", {**scene.LETTER, "kind": "access", **given})
    assert answer.status_code == 422


def test_an_answer_without_a_ground_is_not_made(
    world: worlds.World, dpo: User, desk: Client
) -> None:
    """The ground is recorded always; without it nothing leaves the house."""
    kept = scene.request(world, dpo)
    answer = desk.post(f"/subjects/{kept.pk}/answer/", {**scene.ANSWER, "article": ""})
    assert answer.status_code == 422
    assert SubjectRequest.objects.using("intake").get().state == "open"


def test_markup_in_a_name_is_escaped(world: worlds.World, dpo: User, desk: Client) -> None:
    """The letter is opened on a machine that is not ours."""
    journey = scene.traveller(world, "<script>alert(1)</script>")
    kept = scene.request(world, dpo, journeys=(journey.pk,))
    assert b"<script" not in given_out(desk, kept.pk)[2].lower()


def test_a_person_of_whom_only_the_year_of_birth_is_known_is_found(
    world: worlds.World, dpo: User, desk: Client
) -> None:
    """The year must agree with the birth date of the request."""
    one = scene.traveller(world)
    JourneyClear.objects.using("intake").filter(journey_id=one.pk).update(
        date_of_birth=None, birth_period="1979"
    )
    named = {**scene.LETTER, "kind": "access", "surname": "Zivodragich"}
    found = [
        str(one.pk) in desk.post("/subjects/new/", {**named, "birth": birth}).content.decode()
        for birth in ("1979-03-12", "1980-03-12")
    ]
    assert found == [True, False]
