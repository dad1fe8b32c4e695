"""The first page of each role: its figures equal the rows that they link to, and its charts their tables."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from tests.apps.hits import world as made
from tests.apps.hits.world import World

from vedette.apps import charts
from vedette.apps.accounts.models import User
from vedette.apps.desk import overview, statistics
from vedette.apps.hits import actions
from vedette.apps.hits.models import Hit
from vedette.apps.subjects.models import Subject


def _page(user: User, language: str = "en") -> str:
    client = Client(HTTP_HOST="localhost", HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(user)
    response: HttpResponse = client.get("/home/")
    assert response.status_code == 200
    return response.content.decode()


def _figures(page: str) -> dict[str, str]:
    """Words → number of the leading figures of a page."""
    block = page[page.index('<ul class="kpis') :].split("</ul>")[0]
    found = re.findall(r"<b>([^<]*)</b>([^<]*)</a>", block)
    return {words.strip(): number for number, words in found}


def _hits(world: World) -> dict[str, Hit]:
    """Past due, due soon (two of one flight), due today, due tomorrow."""
    late, soon = world.flight("XX 118", -22, "LIS"), world.flight("YY 417", 41)
    today, later = world.flight("ZZ 76", 300, "CMN"), world.flight("ZZ 902", 60 * 26, "CDG")
    people = {
        "late": (late, 91), "soon": (soon, 82), "soon too": (soon, 40), "today": (today, 20),
        "later": (later, 70),
    }  # fmt: skip
    return {
        name: made.hit(world, made.journey(world, flight, "DOE", name), priority)
        for name, (flight, priority) in people.items()
    }


def test_an_officer_sees_what_is_due_and_what_is_his(world: World) -> None:
    """The figures count the queue; the picture has one row for each flight of the next hours."""
    hits = _hits(world)
    with world.seen_by() as officer:
        actions.claim(officer, hits["today"].id)
    page = _page(world.officer)
    figures = _figures(page)
    assert figures["to decide"] == "5"
    assert figures["to decide within two hours"] == "2"
    assert figures["past due and undecided"] == "1"
    assert figures["claimed by you"] == "1"
    assert figures["unclaimed hits"] == "4"
    with world.seen_by() as officer:
        now = timezone.now()
        ahead = overview.ahead(overview.open_now(officer, now), now)
    assert [(row.mark.name, row.total, row.late) for row in ahead.rows] == [
        ("XX 118", 1, True), ("YY 417", 2, False), ("ZZ 76", 1, False),
    ]  # fmt: skip
    assert [row.levels for row in ahead.rows] == [[(4, 1)], [(4, 1), (2, 1)], [(1, 1)]]
    assert page.count("ZZ 902") == 1, "due tomorrow: in the table of unclaimed hits only"


def test_subjects_without_a_group_share_a_row_of_the_chart(world: World) -> None:
    """Those that are due in the same hour are one row, which leads to the queue of their kind."""
    hits, now = _hits(world), timezone.now()
    alone = Hit.objects.using("intake").filter(pk__in=[hits[name].pk for name in ("late", "soon")])
    subjects = Subject.objects.using("intake").filter(pk__in=alone.values("subject_id"))
    subjects.update(group_id=None)
    alone.update(group_id=None, due_at=now)
    with world.seen_by() as officer:
        rows = overview.ahead(overview.open_now(officer, now), now).rows
    assert [(row.mark.name, row.mark.page, row.total) for row in rows if row.at == now] == [
        ("Passengers", "/?of=traveller", 2)
    ]
    assert sorted(row.mark.name for row in rows if row.at != now) == ["YY 417", "ZZ 76"]


def test_each_figure_leads_to_the_rows_that_it_counts(world: World) -> None:
    """As many rows as the figure says, for officers and supervisors; "past due" contains only what is."""
    hits = _hits(world)
    with world.seen_by() as officer:
        actions.claim(officer, hits["today"].id)
        _decide(officer, hits["soon too"], "release")
    for user, numbers in ((world.officer, "4111310"), (world.users["supervisor"], "411110")):
        client = Client(HTTP_HOST="localhost", HTTP_ACCEPT_LANGUAGE="en")
        client.force_login(user)
        page = _page(user)
        block = page[page.index('<ul class="kpis') :].split("</ul>")[0]
        found = re.findall(r'<a href="([^"]*)"><b>([^<]*)</b>([^<]*)</a>', block)
        queue = [one for one in found if "approval" not in one[2]]
        assert "".join(number for _, number, _ in queue) == numbers
        for address, number, words in queue:
            rows = client.get(address.replace("&amp;", "&")).content.decode()
            assert rows.count('<a class="who"') == int(number), words
            assert ("DOE late" in rows) == (words not in _NOT_LATE), words
    assert _figures(_page(world.officer, "fr"))["à décider"] == "4"
    shown = client.get(f"/queue/decided/?by={world.officer.pk}").content.decode()
    assert ("DOE soon too" in shown, "Release" in shown) == (True, True)
    shown = client.get("/queue/decided/").content.decode()
    assert "No decision was made today." in shown


def test_controls_without_a_result_are_found(world: World) -> None:
    """The figure leads to them, until their result is recorded; a release has no control, and an officer sees
    the controls after his own decisions."""
    hits = _hits(world)
    with world.seen_by() as officer:
        _decide(officer, hits["soon"], "refer")
        _decide(officer, hits["late"], "hold")
        _decide(officer, hits["today"], "release")
    supervisor, other = world.users["supervisor"], world.users["officer2"]
    assert _figures(_page(supervisor))["results to record"] == "2"
    assert _figures(_page(other))["results to record"] == "0"
    assert _figures(_page(world.officer))["results to record"] == "2"
    client = Client(HTTP_HOST="localhost", HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(world.officer)
    page = client.get("/queue/decided/?result=missing").content.decode()
    assert [f"DOE {name}" in page for name in ("soon", "late", "today")] == [True, True, False]
    with world.seen_by() as officer:
        actions.record_result(officer, hits["soon"].id, outcome="nothing")
        actions.reopen(officer, hits["late"].id)
    page = client.get("/queue/decided/?result=missing").content.decode()
    assert "No result is missing." in page
    page = client.get("/queue/decided/").content.decode()
    states = re.findall(r'data-l="State">([^<]*)</td>', page)
    assert sorted(states) == ["Decided", "Nothing found", "Reopened"]


#: The figures that do not count the hit that is past due.
_NOT_LATE = (
    "to decide within two hours", "claimed by you", "decided by you today", "claimed by colleagues",
    "decided today", "results to record", "result to record",
)  # fmt: skip


def test_a_supervisor_sees_work_by_officer(world: World) -> None:
    """Claims and decisions stand beside the officer who made them, the rest beside nobody."""
    hits = _hits(world)
    with world.seen_by() as officer:
        actions.claim(officer, hits["late"].id)
    supervisor = world.users["supervisor"]

    def by_officer() -> dict[Any, overview.Load]:
        with world.seen_by(supervisor):
            now = timezone.now()
            loads = overview.workload(overview.open_now(supervisor, now).claims, now)
        return {load.user and load.user.pk: load for load in loads}

    loads = by_officer()
    assert (loads[world.officer.pk].open, loads[world.officer.pk].late) == (1, 1)
    assert (loads[None].open, loads[None].late) == (4, 0)
    page = _page(world.users["supervisor"])
    assert _figures(page)["claimed by colleagues"] == "1"
    assert "The table does not rate people." in page
    # A hit of a flood counts for the officer who claimed it, and for nobody if no officer did.
    for name in ("late", next(name for name in hits if name != "late")):
        for column in ("flood_id", "flood_profile_id"):
            flooded = Hit.objects.using("intake").filter(pk=hits[name].pk)
            flooded.update(**{"flood_id": None, "flood_profile_id": None, column: uuid.uuid4()})
            loads = by_officer()
            assert (loads[world.officer.pk].open, loads[world.officer.pk].late) == (1, 1)
            assert loads[None].open == (4 if name == "late" else 3)
    with world.seen_by() as officer:
        assert overview.open_now(officer, timezone.now()).mine == [hits["late"].id]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_role_has_a_first_page(world: World, language: str) -> None:
    """Each role gets figures and panels without a row, in both languages, below 100 kB."""
    for role in User.Role:
        user = User(username=f"first.{role}", role=role, organisation=world.organisation)
        user.save(using="intake")
        page = _page(user, language)
        assert len(page.encode()) < 100_000, role
        assert _figures(page), role
        assert 'class="card' in page, role


def test_bars_stand_on_each_other_and_end_at_their_sum() -> None:
    """Heights are in proportion, and a column without a number has no part."""
    columns = [charts.Column("1", [3, 1], "a"), charts.Column("2", [0, 0], "b")]
    made = charts.bars(columns, ["q1", "q2"])
    first, second = made.bars
    assert [kind for kind, _, _ in first.parts] == ["q1", "q2"]
    (_, low_top, _), (_, high_top, high) = first.parts
    assert float(low_top) == pytest.approx(made.foot - charts.TALL * 3 / 5, abs=0.1)
    assert float(high_top) == pytest.approx(float(low_top) - charts.TALL / 5, abs=0.1)
    assert float(high) < charts.TALL / 5, "a line of the ground stays between the parts"
    assert second.parts == []
    assert (first.part, second.part) == (False, True)


@pytest.mark.parametrize(
    ("value", "up"), [(0, 5), (5, 5), (6, 10), (19, 20), (21, 50), (501, 1000)]
)
def test_the_axis_ends_at_a_round_number(value: int, up: int) -> None:
    """1, 2 or 5 times a power of ten."""
    assert charts.round_up(value) == up


def test_statistics_count_a_hit_on_the_day_of_its_last_decision(world: World) -> None:
    """Outcome by outcome, by route and list; the numbers of the file are those of the page."""
    hits = _hits(world)
    with world.seen_by() as officer:
        for name, choice in (("late", "release"), ("soon", "refer"), ("today", "refer")):
            _decide(officer, hits[name], choice)
        actions.record_result(officer, hits["soon"].id, outcome="confirmed")
    with world.seen_by():
        found = statistics.statistics(statistics.Chosen(), timezone.now())
    assert found.total.counts == {"released": 1, "pending": 1, "nothing": 0, "confirmed": 1}
    assert found.opened == 5
    assert found.times[-1].counts == found.total.counts
    tables = {
        table.key: {line.name: line.cells for line, _ in table.lines} for table in found.tables
    }
    assert tables["traveller-route"] == {
        "ADD → DSS": [0, 0, 0, 1], "CMN → DSS": [0, 1, 0, 0], "LIS → DSS": [1, 0, 0, 0],
    }  # fmt: skip
    assert tables["source"] == {"Asset freeze (demonstration)": [1, 1, 0, 1]}
    client = Client(HTTP_HOST="localhost", HTTP_ACCEPT_LANGUAGE="fr")
    client.force_login(world.officer)
    page = client.get("/statistics/?days=7").content.decode()
    assert "3 concordances décidées" in page
    written = client.get("/statistics.csv?days=7").content
    assert written.startswith(b"\xef\xbb\xbf"), "Excel reads accents only with a byte order mark"
    lines = written.decode("utf-8-sig").splitlines()
    assert lines[0] == (
        'tableau,nom,remarque,laissées passer,contrôle sans résultat à ce jour,"contrôle, rien de constaté",'
        "résultat confirmé,total,part de résultats confirmés,limite inférieure (95 %),"
        "limite supérieure (95 %)"
    )
    assert any(line.endswith(",LIS → DSS,,1,0,0,0,1,,,") for line in lines)


def _decide(officer: User, hit: Hit, choice: str) -> None:
    actions.claim(officer, hit.id)
    with_reasons = {r.id: "another" for r in hit.reasons.filter(kind="watchlist")}
    actions.decide(
        officer,
        hit.id,
        actions.Verdict(
            choice=choice, why="Passport and birth date are not those of the entry.",
            seen=frozenset(r.id for r in hit.reasons.all()), answers=with_reasons,
        ),
    )  # fmt: skip


def test_statistics_without_a_decision_say_so(world: World) -> None:
    """An empty state, not an empty chart; wrong parameters are ignored."""
    client = Client(HTTP_HOST="localhost", HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(world.officer)
    page = client.get("/statistics/?days=7000&by=eon").content.decode()
    assert "No decided hit in this period" in page
    assert statistics.Chosen.read({"days": "365"}) == statistics.Chosen(365, "week")
    assert statistics.Chosen.read({"days": "60", "by": "week"}) == statistics.Chosen(60, "week")
