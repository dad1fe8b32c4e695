"""One filled scene for the pages: an evening of flights with everything that can be wrong in it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from tests.travellers.app import world
from tests.travellers.app.world import NOW, USING

from vedette.apps.accounts.models import Organisation, User
from vedette.apps.hits.models import ClearedPair, Decision, Hit, Reason
from vedette.apps.inbox.models import DroppedCount, Inbox, Message
from vedette.apps.lists.models import ListEntry, Watchlist
from vedette.travellers.app import models as intake
from vedette.travellers.records import Traveller

_SURNAMES = (
    "ANDERSSON", "BAUTISTA", "BONNEFOY", "CHUKWUMA",
    "DEMIRCI", "FITZWILLIAM", "GRUNEWALD", "HASHIMOTO",
)  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """What the tests point at."""

    home: Organisation
    officer: User
    supervisor: User
    flight: intake.Flight
    zivo: intake.Journey
    earlier: intake.Journey
    message: Message
    parts: Message
    failed: Inbox
    gone: Inbox
    hit: Hit


def zivo(**values: object) -> Traveller:
    """The one who is looked for."""
    return world.person(
        "ZIVODRAGICH", "DJORDJE", document="X0142O7", phone="+33 6 39 98 01 02",
        date_of_birth=dt.date(1979, 3, 12), sex="M", nationality="CHE", locator="M2V8KD", **values,
    )  # fmt: skip


def _crowd(flight: intake.Flight, count: int) -> None:
    for n in range(count):
        who = world.person(
            f"{_SURNAMES[n % 8]}{'ABCDEFGH'[n // 8 % 8]}", "Per-Olof", document=f"SE{220000 + n}",
            date_of_birth=dt.date(1950 + n % 50, 1 + n % 12, 1 + n % 28), sex="MF"[n % 2],
            nationality="SWE", seat=f"{4 + n // 6}{'ABCDEF'[n % 6]}", locator="R7BB3A",
        )  # fmt: skip
        # Every fifth is on the list alone, every ninth booked alone.
        world.journey(
            flight,
            None if n % 9 == 8 else who,
            None if n % 5 == 4 and n % 9 != 8 else who,
            facts=["booked_not_flown"] if n % 9 == 8 else [],
        )


def _messages(flight: intake.Flight) -> tuple[Message, Message]:
    push = {"subjects": 187, "bookings": 140}
    world.message(flight, "PNRGOV", counts=push, received_at=NOW - dt.timedelta(hours=20))
    for number in (1, 3):
        parts = world.message(
            flight, "PNRGOV", counts={**push, "bookings": 60}, common_access_ref="CAR24", sequence=number,
            last=number == 3, received_at=NOW - dt.timedelta(hours=6, minutes=-number),
        )  # fmt: skip
    listed = world.message(
        flight,
        received_at=NOW - dt.timedelta(hours=1),
        warnings=[
            {"code": "date_impossible", "message": "DTM is no day", "segment": "DTM", "offset": 20511},
            {"code": "cnt_count", "message": "CNT says 136, 187 passengers present", "segment": "CNT",
             "offset": 30511},
        ],
        unread=[{"segment": "FTX", "offset": 1200, "length": 44}],
        warning_count=2,
    )  # fmt: skip
    world.message(flight, resend_of=listed, received_at=NOW - dt.timedelta(minutes=30))
    return listed, parts


def _known(home: Organisation, hit: Hit, journey: intake.Journey, by: User) -> None:
    watchlist = Watchlist.objects.using(USING).create(
        organisation=home, name="Liste d’essai", purpose="serious_crime", basis="art. 1", owner="DG"
    )
    entry = ListEntry.objects.using(USING).create(
        organisation=home, watchlist=watchlist, ref="42", content_hash="a" * 64,
        content={"ref": "42", "names": [{"full": "Djordje ŽIVODRAGIĆ"}], "nationalities": ["RS"]},
        name_key="zivodragic", since=1,
    )  # fmt: skip
    Reason.objects.using(USING).create(
        organisation=home, hit=hit, kind="watchlist", key="list:1:42:name", channel="name",
        contribution=60, score=0.84, entry_id=entry.pk, entry_hash="a" * 64, created_at=NOW,
        theme=hit.theme,
        params={"list": "Liste d’essai", "ref": "42", "version": 3},
    )  # fmt: skip
    ClearedPair.objects.using(USING).create(
        organisation=home, fingerprint=bytes(journey.subject.fingerprint), entry_hash="a" * 64, by=by,
        theme="passengers", purpose="border",
        expires_at=NOW + dt.timedelta(days=200),
    )  # fmt: skip


def _inbox(home: Organisation) -> tuple[Inbox, Inbox]:
    failed = world.inbox(
        home, name="photo.edi", state="failed", sealed=b"sealed", finished_at=NOW,
        failure={"reason": "no EDIFACT: neither UNA, UNB nor UNH", "offset": 0},
    )  # fmt: skip
    gone = world.inbox(
        home, name="old.edi", state="quarantined", finished_at=NOW - dt.timedelta(days=4),
        failure={"reason": "three workers ended while they read this file alone"},
    )  # fmt: skip
    world.inbox(home, name="next.edi", state="waiting", sealed=b"sealed")
    return failed, gone


@transaction.atomic(using=USING)
def fill() -> Scene:
    """Writes the scene, committed, and names its parts."""
    home = world.organisation()
    officer, supervisor = world.user(home), world.user(home, "supervisor", "diallo")
    flight = world.flight(home)
    listed, parts = _messages(flight)
    held = world.booking(flight, route="ZRH IST ADD DSS")
    subject = world.journey(
        flight, zivo(seat="23A"), zivo(seat="23A"), booking=held, bags=("TN1", "TN2"),
        facts=["name_differs"],
    )  # fmt: skip
    hit = world.hit(
        subject, 82, favour=[{"id": "earlier_crossings", "params": {"count": 1}, "points": 3}]
    )
    world.journey(flight, None, world.person("LINDEGAARD", "Pia", seat="22C"), booking=held)
    second = world.person("HOLMQVIST", "Alva", seat="23B", phone="+33639980102")
    world.hit(world.journey(flight, second), 64, claimed_by=officer)
    world.hit(world.journey(flight, world.person("GEBREKIDAN-ROSSI", "Selam", seat="09E")), 40,
              state="decided")  # fmt: skip
    world.hit(world.journey(flight, world.person("KOUASSI", "Aya", seat="12D")), 12)
    _crowd(flight, 110)
    journeys = intake.Journey.objects.using(USING).filter(flight=flight)
    intake.Flight.objects.using(USING).filter(pk=flight.pk).update(
        api_count=journeys.filter(in_api=True).count(),
        pnr_count=journeys.filter(in_pnr=True).count(),
        joined_count=journeys.filter(in_api=True, in_pnr=True).count(),
    )
    past = world.flight(home, "418", lands=NOW - dt.timedelta(days=40))
    earlier = world.journey(past, zivo())
    done = world.hit(earlier, 55, state="decided")
    Decision.objects.using(USING).create(
        organisation=home, hit=done, choice="release", by=officer,
        priority=55,
    )  # fmt: skip
    world.flight(home, "233", carrier="ZZ", origin="CAI", lands=NOW + dt.timedelta(minutes=20))
    for weeks in (1, 2, 3):
        world.flight(home, "700", lands=NOW + dt.timedelta(hours=2) - dt.timedelta(weeks=weeks))
    _known(home, hit, subject, officer)
    failed, gone = _inbox(home)
    for n, kind in enumerate(("meal", "assistance", "remark")):
        DroppedCount.objects.using(USING).create(
            organisation=home, sender="YY", day=NOW.date() - dt.timedelta(days=n), kind=kind,
            count=12 + n,
        )  # fmt: skip
    return Scene(
        home, officer, supervisor, flight, subject, earlier, listed, parts, failed, gone, hit
    )
