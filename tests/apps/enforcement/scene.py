"""A hit that was referred to a control, and the people who act on it."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.test import Client
from django.utils import timezone
from PIL import Image
from tests.apps.hits import world as worlds
from tests.apps.journal.scene import signed_in

from vedette.apps.accounts.models import User
from vedette.apps.columns import new_id
from vedette.apps.enforcement.actions import controls, seizures
from vedette.apps.enforcement.models import ControlOrder, Seizure
from vedette.apps.hits import actions
from vedette.apps.hits.models import Hit, Reason
from vedette.apps.profiles.models import Drawn

WHY = "Compared with the passport and the booking."


@dataclass
class Scene:
    """The world, and its referred hit."""

    world: worlds.World
    hit: Hit

    @property
    def officer(self) -> User:
        """The officer who orders and controls."""
        return self.world.officer

    @property
    def supervisor(self) -> User:
        """Who validates."""
        return self.world.users["supervisor"]

    def client(self, user: str = "officer") -> Client:
        """The browser of a user."""
        return signed_in(self.world.users[user])

    def order(self, **more: Any) -> ControlOrder:
        """A control ordered by the officer."""
        given = controls.Ordered(
            id=more.pop("id", None) or new_id(),
            due_at=timezone.now() + dt.timedelta(hours=1),
            place="Quay 4, bay C-17",
            **more,
        )
        with self.world.seen_by() as user:
            return controls.order(user, self.hit.subject_id, self.hit.pk, given)

    def drawn(self) -> uuid.UUID:
        """A traveller without a hit who was selected at random."""
        on = self.world.flight("YY 430", 60)
        journey = worlds.journey(self.world, on, "MARTIN", "JEAN")
        Drawn.objects.using("intake").create(
            organisation=self.world.organisation, subject_id=journey.pk, lane="travellers",
            day=timezone.now().date(), rate=0.1,
        )  # fmt: skip
        return journey.pk

    def seizure(self, *items: seizures.Item, measure: str = "seizure", **columns: Any) -> Seizure:
        """A draft of the officer that follows from the hit."""
        with self.world.seen_by() as user:
            hit = worlds.targeting.SeenHit.objects.get(pk=self.hit.pk)
            given = values(*items, **columns)
            return seizures.create(user, seizures.of_hit(hit), new_id(), measure, given)


def values(*items: seizures.Item, **columns: Any) -> seizures.Given:
    """The values of a complete version."""
    head = {
        "form": "simple", "marking": "amber_strict", "day": timezone.now().date(), "country": "SN",
        "direction": "import", "basis": "Customs code, art. 31", **columns,
    }  # fmt: skip
    some = items or (seizures.Item("precursor", Decimal("4600"), "kg", sub="7697-37-2"),)
    return seizures.Given(head, {"place": "Quay 4", "narrative": "Twenty drums."}, some)


def build() -> Scene:
    """The referred hit of one traveller."""
    world = worlds.build()
    on = world.flight("YY 417", 41)
    hit = worlds.hit(world, worlds.journey(world, on, "ZIVODRAGICH", "DJORDJE"))
    refer(world, hit)
    return Scene(world, hit)


def refer(world: worlds.World, hit: Hit, choice: str = "refer") -> None:
    """The officer decides on the hit."""
    with world.seen_by() as user:
        open_ = Reason.objects.filter(hit=hit.pk, state="open")
        answers = {r.pk: "unsure" for r in open_}
        verdict = actions.Verdict(choice, WHY, frozenset(answers), answers)
        actions.decide(user, hit.pk, verdict)


def photo(width: int = 640, height: int = 480, kind: str = "JPEG") -> bytes:
    """A picture with the metadata of a telephone: place, device and orientation."""
    picture = Image.new("RGB", (width, height), "navy")
    exif = Image.Exif()
    exif[0x010F] = "Maker of telephones"
    exif[0x0112] = 6
    exif[0x8825] = {1: "N", 2: (14.0, 43.0, 0.0)}
    out = io.BytesIO()
    picture.save(out, kind, exif=exif)
    return out.getvalue()
