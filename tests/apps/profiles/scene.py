"""An invented world with profiles in every state, backtests with results, and hits that they raised."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.utils import timezone
from tests.apps.hits import world as worlds
from tests.apps.hits.world import World
from tests.passwords import hashed_password
from tests.profiles.small import explain

from vedette.apps.accounts.models import User
from vedette.apps.hits import models as targeting
from vedette.apps.profiles import actions as profile_actions
from vedette.apps.profiles.models import Backtest, Profile, Version
from vedette.kinds import vocabulary
from vedette.profiles.parse import parse

WHY = "Seen in three cases of this year, and in the guide."
BROKEN = """NOT is_crew
AND COALESCE(same_route_12m, 0) < 6
AND route_detour_ratio > 2.0
AND journey_bookings >= 2
AND payer_is_other
AND lead_time_h < 48"""
#: Two kinds of fact beside the restricted one.
RESTRICTED = "age < 25 AND lead_time_h < 48 AND payer_is_other AND bags = 0"


@dataclass
class Scene:
    """Handles on what was written."""

    world: World
    versions: dict[str, Version] = field(default_factory=dict)

    @property
    def analyst(self) -> User:
        """Who writes."""
        return self.world.users["analyst"]

    @property
    def second(self) -> User:
        """Who approves."""
        return self.world.users["supervisor"]

    @contextmanager
    def by(self, name: str) -> Iterator[User]:
        """As a request of that person has it."""
        with self.world.seen_by(self.world.users[name]) as user:
            yield user

    def draft(
        self, title: str, expression: str = BROKEN, by: str = "analyst", **more: Any
    ) -> Version:
        """A profile with a first draft."""
        with self.by(by) as user:
            return profile_actions.begin_draft(user, {**fields(title, expression), **more})

    def asked(self, version: Version, by: str = "analyst") -> Version:
        """The draft, submitted; tried before, where there is anybody to try it on."""
        with self.by(by):
            untested = "untested" in profile_actions.missing(version)
        if untested:
            self.tested(version)
        with self.by(by) as user:
            profile_actions.submit(user, version.pk, WHY)
        version.refresh_from_db(using="intake")
        return version

    def active(self, title: str, expression: str = BROKEN, **more: Any) -> Version:
        """A profile whose first version is active."""
        version = self.asked(self.draft(title, expression, **more))
        with self.by("supervisor") as user:
            profile_actions.allow(user, version.pk, WHY)
        version.refresh_from_db(using="intake")
        return version

    def tested(self, version: Version, scale: float = 1.0, days: int = 91, **more: Any) -> Backtest:
        """A backtest of a version with a result, as the process writes it."""
        last = timezone.now().date()
        return Backtest.objects.using("intake").create(
            organisation_id=version.organisation_id, version_id=version.pk, expression=version.expression,
            first_day=last - dt.timedelta(days=days - 1), last_day=last, asked_by_id=self.analyst.pk,
            **{"content_hash": version.content_hash, "state": "done", "finished_at": timezone.now(),
               "result": result(last, days, scale), **more},
        )  # fmt: skip

    def hit(self, version: Version, name: str, outcome: str = "", sex: str = "M") -> targeting.Hit:
        """A hit that a version raised; decided and controlled where an outcome is given."""
        world = self.world
        subject = worlds.journey(world, world.flight("YY 417", 41), name, "Jean")
        made = worlds.hit(world, subject, 40, kind="profile")
        reason = made.reasons.using("intake").get()
        reason.key = f"profile:{version.profile_id}"
        reason.profile_version_id = version.pk
        reason.entry_hash = version.content_hash
        reason.params = {
            "ref": version.profile.ref, "number": version.number, "title": version.title,
            "fingerprint": "",
        }  # fmt: skip
        reason.save(using="intake")
        targeting.ReasonClear.objects.using("intake").create(
            reason_id=reason.id, retention_class="passenger", month=made.month,
            organisation_id=world.organisation.id, evidence=EVIDENCE,
        )  # fmt: skip
        if outcome:
            self.answer(made, outcome)
        return made

    def answer(self, hit: targeting.Hit, outcome: str) -> None:
        """Decided; and what the control brought, where there was one."""
        from vedette.apps.hits import actions

        with self.by("officer") as officer:
            seen = frozenset(targeting.Reason.objects.filter(hit=hit).values_list("pk", flat=True))
            choice = "release" if outcome == "release" else "refer"
            why = "Booked late for a funeral, as the agency confirms."
            actions.decide(officer, hit.id, actions.Verdict(choice, why, seen, {}))
            if choice == "refer":
                actions.record_result(officer, hit.id, outcome)


EVIDENCE = [
    msgspec.to_builtins(held)
    for held in explain(
        parse("NOT is_crew AND lead_time_h < 48", vocabulary("traveller"), {}, {}),
        {"is_crew": False, "lead_time_h": 39.5},
    )
]


def fields(title: str, expression: str = BROKEN) -> dict[str, Any]:
    """A draft's fields."""
    return {
        "title": title, "expression": expression, "weight": 24,
        "purpose": "border", "basis": "fictitious law 2025-3, art. 12",
        "source": "indicators 2, 5 and 1 of the directory", "indicators": [1, 2, 5],
        "note_for": "Families and seasonal workers book late too.",
        "note_against": "A route nobody would choose for its price.", "floor": 10,
    }  # fmt: skip


def result(last: dt.date, days: int, scale: float = 1.0) -> dict[str, Any]:
    """The result of a backtest: 131 flagged of 412,380, 19 of them confirmed, times `scale`."""
    first = last - dt.timedelta(days=days - 1)
    weeks = [9, 12, 8, 11, 14, 7, 9, 10, 13, 8, 11, 10, 9]
    sure = [1, 2, 1, 1, 3, 0, 2, 1, 2, 1, 2, 1, 2]
    by_day = {
        (first + dt.timedelta(days=7 * n)).isoformat(): [round(scale * w), s]
        for n, (w, s) in enumerate(zip(weeks, sure, strict=True))
        if first + dt.timedelta(days=7 * n) <= last
    }
    return {
        "rows": 800_000, "judged": 412_380, "unjudged": 3112, "fired": round(131 * scale),
        "confirmed": 19, "nothing": 57, "known": 24, "precision": [0.168, 0.358], "days": by_day,
        "days_held": days,
        "groups": {
            "sex": [["M", 214_702, 75, 12], ["F", 196_410, 56, 7], ["", 60, 0, 0]],
            "age": [["25", 188_930, 66, 9], ["45", 130_246, 40, 6], ["18", 61_204, 21, 4],
                    ["65", 32_000, 4, 0]],
            "script": [["LATIN", 301_877, 95, 14], ["ARABIC", 80_503, 26, 4], ["–", 30_000, 10, 1]],
            "nationality": [["FRA", 100_000, 30, 4], ["SEN", 90_000, 20, 5], ["CHE", 20_000, 40, 1],
                            ["", 300, 1, 0]],
        },
        "sample": [], "seconds": 3.4,
    }  # fmt: skip


def build() -> Scene:
    """The world with an analyst, a data-protection officer and an auditor besides."""
    world = worlds.build()
    for name, first, last, role in (
        ("analyst", "Fatou", "Ndour", User.Role.ANALYST),
        ("analyst2", "Ibra", "Sow", User.Role.ANALYST),
        ("dpo", "Aminata", "Fall", User.Role.DPO),
        ("auditor", "Omar", "Ly", User.Role.AUDITOR),
    ):
        user = User(
            username=name, first_name=first, last_name=last, role=role,
            organisation=world.organisation,
        )  # fmt: skip
        user.password = hashed_password(name)
        user.save(using="intake")
        world.users[name] = User.objects.get(pk=user.pk)
    return Scene(world)


def full() -> Scene:
    """Profiles in every state: active with results, waiting, drafts, suspended, ended, many."""
    scene = build()
    first = scene.active("Broken route, paid by another")
    scene.tested(first, 1.1)
    for n in range(6):
        scene.hit(first, f"DUPONT {n}", ("nothing", "release", "confirmed", "", "", "nothing")[n])
    with scene.by("analyst") as user:
        again = profile_actions.new_version(user, first.profile_id)
        changed = BROKEN.replace("< 6", "< 4").replace("lead_time_h < 48", "lead_time_h < 36")
        again = profile_actions.change_draft(user, again.pk, {**fields("Broken route, paid by another"),
                                                 "expression": changed, "weight": 30})  # fmt: skip
    scene.tested(again)
    scene.versions["first"], scene.versions["asked"] = first, scene.asked(again)
    scene.versions["draft"] = scene.draft("One way, cash, no bag", "one_way AND is_cash")
    scene.versions["restricted"] = scene.draft(
        "Young, paid by another", RESTRICTED, justification="Victims of trafficking are young."
    )
    scene.versions["wrong"] = scene.draft("Does not read", "lead_tme_h < 48 AND payer_is_other")
    stopped = scene.active("Shared card", "shared_card_travellers_90d >= 3 AND lead_time_h < 24")
    with scene.by("supervisor") as user:
        profile_actions.suspend(user, stopped.profile_id)
    scene.versions["suspended"] = stopped
    gone = scene.active("Old idea", "legs >= 5 AND lead_time_h < 12")
    with scene.by("supervisor") as user:
        profile_actions.end(user, gone.pk)
    scene.versions["ended"] = gone
    return scene


def many(scene: Scene, count: int) -> None:
    """So many active profiles more, as an import leaves them."""
    now = timezone.now()
    made = [Profile(organisation=scene.world.organisation, ref=f"I-{n:04d}") for n in range(count)]
    Profile.objects.using("intake").bulk_create(made)
    Version.objects.using("intake").bulk_create(
        Version(
            organisation=scene.world.organisation, profile=one, number=1, state="active",
            author_id=scene.analyst.pk, approved_by_id=scene.second.pk, active_from=now,
            active_until=now + dt.timedelta(days=180), content_hash=uuid.uuid4().hex * 2,
            **{**fields(f"Indicator {n}", f"legs >= {n % 9}"), "floor": None},
        )
        for n, one in enumerate(made)
    )  # fmt: skip
