"""What became of a hit: every place that counts, shows or keeps hits says what the view says."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.utils import timezone, translation
from tests.apps.hits import world as worlds
from tests.apps.profiles.scene import Scene, build, fields
from tests.apps.retention.old import month_keys

from vedette.apps.accounts.models import all_purposes, all_themes
from vedette.apps.columns import pairs_of
from vedette.apps.hits import actions
from vedette.apps.hits.models import Decision, Hit, Reason
from vedette.apps.oversight.accesses import Day
from vedette.apps.oversight.daily import count
from vedette.apps.profiles import backtesting, selectors
from vedette.apps.profiles.models import Profile, Version
from vedette.apps.retention import deletion
from vedette.profiles.frames import halves
from vedette.travellers.app.history import earlier_crossings, history
from vedette.travellers.app.models import Journey
from vedette.travellers.app.selectors import sharing

CHOICES = ("release", "refer", "hold", "refuse")
ANSWERS = ("another", "unsure", "same")
RESULTS = ("", "nothing", "confirmed")
#: Steps are (choice, answer), a result, or `reopened`; each story with what became of the hit.
Story = tuple[tuple[str, str] | str, ...]


def expected(choice: str, answer: str, result: str, reopened: bool) -> str:
    """What becomes of a hit with one decision."""
    if result == "confirmed":
        return "confirmed"
    if reopened:
        return "open"
    if result:
        return "nothing_found"
    if answer == "same":
        return "confirmed"
    return "cleared" if choice == "release" else "pending"


def stories() -> dict[Story, str]:
    """Every combination that the pages allow: what is released is not controlled."""
    found: dict[Story, str] = {(): "open", ("void",): "void"}
    for choice, answer, result, again in itertools.product(
        CHOICES, ANSWERS, RESULTS, (False, True)
    ):
        if choice != "release" or not result:
            steps = ((choice, answer), result, "reopened" if again else "")
            found[tuple(s for s in steps if s)] = expected(choice, answer, result, again)
    refer, release = ("refer", "another"), ("release", "another")
    return found | {
        (refer, "reopened", release): "cleared",
        (("refer", "same"), "nothing", "reopened", ("refer", "same")): "confirmed",
        (("refer", "same"), "nothing", "reopened", release): "cleared",
        (refer, "confirmed", "nothing"): "nothing_found",
        (refer, "confirmed", "reopened", release): "confirmed",
        (("refer", "same"), "reopened by a worker"): "open",
        (("refer", "same"), "reason no longer applies"): "confirmed",
        (("release", "same"), "reason no longer applies"): "cleared",
    }


@dataclass
class Told:
    """A hit with its story, the version that raised it, and a later journey with the same document."""

    story: Story
    outcome: str
    hit: Hit
    version: uuid.UUID
    later: Journey

    @property
    def last(self) -> tuple[str, str] | None:
        """The last decision and its answer."""
        return next((s for s in reversed(self.story) if isinstance(s, tuple)), None)

    @property
    def linked(self) -> bool:
        """Whether somebody ever decided against a release, or answered "same" and did not reopen."""
        taken = [s for s in self.story if isinstance(s, tuple)]
        same = self.last is not None and self.last[1] == "same" and self.outcome == "confirmed"
        return same or any(choice != "release" for choice, _ in taken)


@dataclass
class Scenes:
    """All stories, told in one organisation."""

    scene: Scene
    told: list[Told] = field(default_factory=list)

    def tell(self, number: int, story: Story, outcome: str) -> None:
        """Raises a hit by a list and a profile of its own, and lets an officer go through the story."""
        world, scene = self.scene.world, self.scene
        document = f"D{number:06d}"
        early, late = world.flight("YY 417", -600), world.flight("YY 419", 41)
        subject = worlds.journey(world, early, f"DIOP{number}", "AWA", document=document)
        later = worlds.journey(world, late, f"DIOP{number}", "AWA", document=document)
        hit = worlds.hit(world, subject)
        version = Version.objects.using("intake").create(
            organisation=world.organisation, number=1, state="active", content_hash=f"{number:064d}",
            profile=Profile.objects.using("intake").create(
                organisation=world.organisation, ref=f"S-{number}"
            ),
            author_id=scene.analyst.pk, approved_by_id=scene.second.pk, active_from=timezone.now(),
            active_until=timezone.now() + dt.timedelta(days=90),
            **{**fields(f"Story {number}", "legs >= 3"), "floor": None},
        )  # fmt: skip
        reason = worlds.reason(world, hit, kind="profile", key=f"profile:{version.profile_id}")
        Reason.objects.using("intake").filter(pk=reason.pk).update(profile_version_id=version.pk)
        for step in story:
            self._take(hit, step)
        self.told.append(Told(story, outcome, hit, version.pk, later))

    def _take(self, hit: Hit, step: tuple[str, str] | str) -> None:
        stored = Hit.objects.using("intake").filter(pk=hit.pk)
        if step == "void":
            Reason.objects.using("intake").filter(hit=hit).update(state="void")
            stored.update(state="void")
        elif step == "reopened by a worker":
            worlds.reason(self.scene.world, hit, key="another entry")
            stored.update(state="reopened")
        elif step == "reason no longer applies":
            Reason.objects.using("intake").filter(hit=hit, kind="watchlist").update(
                state="void", outcome=""
            )
        else:
            with self.scene.by("officer") as officer:
                if step == "reopened":
                    actions.reopen(officer, hit.pk)
                elif isinstance(step, str):
                    actions.record_result(officer, hit.pk, step)
                else:
                    choice, answer = step
                    reasons = Reason.objects.filter(hit=hit, state="open")
                    seen = {r.pk: r for r in reasons}
                    answers = {pk: answer for pk, r in seen.items() if r.kind == "watchlist"}
                    actions.decide(officer, hit.pk, actions.Verdict(
                        choice, "The passport was compared with the entry.", frozenset(seen), answers,
                        basis="fictitious law 12", second=self.scene.second,
                    ))  # fmt: skip

    def number(self, *outcomes: str) -> int:
        """How many hits have one of these outcomes."""
        return sum(one.outcome in outcomes for one in self.told)


@pytest.fixture
def scenes(database: str) -> Scenes:
    """Every story."""
    made = Scenes(build())
    for number, (story, outcome) in enumerate(stories().items()):
        made.tell(number, story, outcome)
    return made


@pytest.fixture
def connection(database: str) -> Any:
    """A connection of the workers."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as opened:
        yield opened


def _wrong(scenes: Scenes, said: dict[str, dict[uuid.UUID, object]]) -> list[tuple[Any, ...]]:
    """Place, story, outcome and what the place said instead."""
    due = {
        "view": lambda one: one.outcome,
        "table": lambda one: one.outcome == "confirmed",
        "statistics": lambda one: {
            "open": (1, 0, 0), "confirmed": (0, 1, 0), "cleared": (0, 0, 1), "nothing_found": (0, 0, 1),
        }.get(one.outcome, (0, 0, 0)),
        "tallying": lambda one: {
            "confirmed": "right", "cleared": "wrong", "nothing_found": "wrong",
        }.get(one.outcome, ""),
        "sharing": lambda one: one.outcome == "confirmed",
        "page": lambda one: one.outcome == "confirmed",
        "history confirmed": lambda one: int(one.outcome == "confirmed"),
        "history cleared": lambda one: one.outcome == "cleared",
        "history crossings": lambda one: int(one.outcome == "cleared"),
        "favour": lambda one: int(one.outcome == "cleared"),
        "kept": lambda one: one.outcome == "open" or one.linked,
        "minors": lambda one: not one.linked,
    }  # fmt: skip
    return [
        (place, one.story, one.outcome, answers.get(one.hit.subject_id))
        for place, answers in said.items()
        for one in scenes.told
        if answers.get(one.hit.subject_id) != due[place](one)
    ]


def test_every_place_says_what_became_of_a_hit(
    scenes: Scenes, connection: psycopg.Connection[Any], tmp_path: Path
) -> None:
    """Statistics, backtests, links, history, favour, reports and retention, for every combination."""
    _reports(scenes, connection)
    _as_of_a_moment(scenes, connection)
    said: dict[str, dict[uuid.UUID, object]] = {}
    by_journey = {one.hit.subject_id: one for one in scenes.told}
    home = scenes.scene.world.organisation.pk
    said["view"] = dict(
        connection.execute("SELECT subject_id, outcome FROM hit_outcome").fetchall()
    )
    held = connection.execute("SELECT subject_id FROM hits_confirmed WHERE until IS NULL")
    now_confirmed = {id_ for (id_,) in held}
    said["table"] = {id_: id_ in now_confirmed for id_ in by_journey}

    with scenes.scene.by("analyst"):
        brought = selectors.brought([one.version for one in scenes.told])
    said["statistics"] = {
        id_: (b.open, b.confirmed, b.nothing)
        for id_, one in by_journey.items()
        for b in [brought[one.version]]
    }
    right, wrong = (set(series) for series in backtesting.answered(connection, home))
    said["tallying"] = {
        id_: "right" * (halves(id_)[1] in right) + "wrong" * (halves(id_)[1] in wrong)
        for id_ in by_journey
    }

    said["sharing"], said["page"] = {}, {}
    with scenes.scene.by("officer"), translation.override("en"):
        for id_, one in by_journey.items():
            [shared] = sharing.shared(one.later)
            said["sharing"] |= sharing.journeys(one.later, shared)
            said["page"][id_] = "led to a confirmed result" in shared.rest

    later = {one.later.pk: None for one in scenes.told}
    now = dt.datetime.now(dt.UTC)
    told = history(connection, home, later, now)
    for name, column in (
        ("confirmed", "own_confirmed"), ("cleared", "cleared_before"), ("crossings", "earlier_crossings"),
    ):  # fmt: skip
        said[f"history {name}"] = {
            id_: told[one.later.pk][column] for id_, one in by_journey.items()
        }
    seen = pairs_of(all_themes(), all_purposes())
    crossings = earlier_crossings(connection, home, [(id_, seen) for id_ in later], now)
    said["favour"] = {
        id_: crossings.get((one.later.pk, seen), 0) for id_, one in by_journey.items()
    }

    month = scenes.told[0].hit.month
    with connection.transaction(force_rollback=True):
        deletion.keep_linked(connection, month_keys(tmp_path), "passenger", month)
        kept = connection.execute(
            "SELECT id FROM travellers_journey WHERE retention_class = 'linked'"
        )
        linked = {id_ for (id_,) in kept}
    said["kept"] = {id_: id_ in linked for id_ in by_journey}
    connection.execute("UPDATE subjects_subject SET minor = true")
    connection.execute("UPDATE hits_hit SET opened_at = now() - interval '2 years'")
    deletion.end_minors(connection, timezone.now().date())
    left = {id_ for (id_,) in connection.execute("SELECT subject_id FROM hits_hit")}
    said["minors"] = {id_: id_ not in left for id_ in by_journey}
    assert _wrong(scenes, said) == []


def _reports(scenes: Scenes, connection: psycopg.Connection[Any]) -> None:
    """The standing report over all profiles, and the figures of article 20."""
    with scenes.scene.by("analyst"):
        every = selectors.report(30).all
    nothing = scenes.number("cleared", "nothing_found")
    assert (every.hits, every.open, every.confirmed, every.nothing) == (
        len(scenes.told), scenes.number("open"), scenes.number("confirmed"), nothing,
    )  # fmt: skip

    home = scenes.scene.world.organisation.pk
    days = {at.date() for at in Decision.objects.using("intake").values_list("at", flat=True)}
    for day in days:
        count(Day(connection, settings.KEYS, home, day))
    figures: Counter[str] = Counter()
    for kind, n in connection.execute(
        "SELECT kind, count FROM oversight_figure WHERE of_list IS NULL"
    ):
        figures[kind] += n
    decided = [one.last for one in scenes.told if one.last is not None]
    assert figures["decided"] == len(decided)
    assert figures["identified"] == sum(choice != "release" for choice, _ in decided)
    for one in scenes.told:
        if one.outcome in ("pending", "nothing_found"):
            assert one.last is not None
            assert one.last[0] != "release"


def _as_of_a_moment(scenes: Scenes, connection: psycopg.Connection[Any]) -> None:
    """As of a moment history says what the view said then: not before the decision, not after a control
    found nothing."""
    one = next(t for t in scenes.told if t.story == (("refer", "same"), "nothing"))
    [decided] = Decision.objects.using("intake").filter(hit=one.hit).values_list("at", flat=True)
    row = connection.execute(
        "SELECT since, until FROM hits_confirmed WHERE subject_id = %s", [one.hit.subject_id]
    ).fetchone()
    assert row is not None
    since, until = row
    assert since == decided < until
    moment = dt.timedelta(microseconds=1)
    assert [
        history(connection, one.hit.organisation_id, {one.later.pk: None}, at)[one.later.pk].get(
            "own_confirmed"
        )
        for at in (since - moment, since, until - moment, until)
    ] == [0, 1, 1, 0]
