"""A small invented world for the pages: an administration, its people, a flight, hits.

Written as the workers write it: through the role `intake`, committed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from tests.passwords import hashed_password

from vedette.apps.accounts.models import Organisation, User
from vedette.apps.accounts.rules import set_scope
from vedette.apps.columns import new_id, pairs_of
from vedette.apps.hits import models as targeting
from vedette.apps.lists.models import ListEntry, ListVersion, Watchlist
from vedette.apps.subjects.models import Identifier, Subject
from vedette.core import entries, statements
from vedette.formats.lists import entry_hash, list_hash
from vedette.travellers import records
from vedette.travellers.app import models as intake

STAMP = ["2026-11-24T06:00:00", "REF1", 1]


def token(text: str) -> bytes:
    """A stand-in for a keyed token: what matters here is which are equal."""
    return hashlib.sha256(text.encode()).digest()[:16]


@dataclass
class World:
    """Handles on what was written."""

    organisation: Organisation
    users: dict[str, User]
    entry: ListEntry
    version: ListVersion
    flights: dict[str, intake.Flight] = field(default_factory=dict)

    @property
    def officer(self) -> User:
        """The officer who signs in."""
        return self.users["officer"]

    def flight(self, name: str, minutes: float, origin: str = "ADD") -> intake.Flight:
        """A flight to Dakar that lands in so many minutes; made once for a name like `YY 417`."""
        if name not in self.flights:
            carrier, number = name.split()
            lands = (timezone.now() + dt.timedelta(minutes=minutes)).replace(second=30)
            leaves = lands - dt.timedelta(hours=6)
            self.flights[name] = intake.Flight.objects.using("intake").create(
                id=new_id(), organisation=self.organisation, carrier=carrier, number=number,
                origin=origin, destination="DSS", departs_on=leaves.date(),
                departs_local=leaves.replace(tzinfo=None), arrives_local=lands.replace(tzinfo=None),
                departs_at=leaves, arrives_at=lands,
            )  # fmt: skip
        return self.flights[name]

    @contextmanager
    def seen_by(self, user: User | None = None) -> Iterator[User]:
        """As a request of this user has it: the web role, in a transaction, with a scope."""
        chosen = user or self.officer
        with transaction.atomic():
            set_scope(chosen)
            yield chosen


def build(name: str = "National targeting centre (demonstration)") -> World:
    """The administration, a person for each of most roles and a list with one entry."""
    organisation = Organisation.objects.using("intake").create(name=name, synthetic=True)
    users = {}
    people = (
        ("officer", "Awa", "Diallo", User.Role.OFFICER),
        ("officer2", "Moussa", "Sarr", User.Role.OFFICER),
        ("supervisor", "Khady", "Bâ", User.Role.SUPERVISOR),
        ("list_manager", "Paulo", "Teixeira", User.Role.LIST_MANAGER),
        ("administrator", "Seynabou", "Kane", User.Role.ADMINISTRATOR),
    )
    known = User.objects.using("intake").exists()
    for username, first, last, role in people:
        user = User(
            username=f"{username}.{organisation.pk}" if known else username,
            first_name=first, last_name=last, role=role, organisation=organisation,
        )  # fmt: skip
        user.password = hashed_password(username)
        user.save(using="intake")
        # As a request has it: read by the web role.
        users[username] = User.objects.get(pk=user.pk)
    watchlist = Watchlist.objects.using("intake").create(
        organisation=organisation, name="Asset freeze (demonstration)", purpose="terrorism",
        basis="fictitious order 2026-17", owner="Demonstration",
    )  # fmt: skip
    listed = entries.Entry(ref="DM-0421")
    version = ListVersion.objects.using("intake").create(
        organisation=organisation, watchlist=watchlist, number=42, format="vedette-csv",
        file_name="list.csv", content_hash=list_hash([listed]), entry_count=1, added=1, changed=0, removed=0,
    )  # fmt: skip
    entry = ListEntry.objects.using("intake").create(
        organisation=organisation, watchlist=watchlist, ref=listed.ref, content_hash=entry_hash(listed),
        content={"ref": "DM-0421"}, name_key="zivodragic", since=42,
    )  # fmt: skip
    return World(organisation, users, entry, version)


def _line(name: str, ours: str, theirs: str | None, relation: str, points: float) -> dict[str, Any]:
    return {
        "name": name, "ours": ours, "theirs": theirs, "relation": relation, "contribution": points,
    }  # fmt: skip


EVIDENCE = [
    _line("surname", "ZIVODRAGICH", "ŽIVODRAGIĆ", "≈", 0.49),
    _line("given", "DJORDJE", "ĐORĐE", "≈", 0.3),
    _line("birth_date", "1979-03-12", "1978-03-12", "≈", 0.08),
    _line("sex", "M", "M", "=", 0.03),
    _line("nationality", "CH", "RS", "≠", -0.04),
    _line("document", "X0142O7", None, "–", -0.02),
]


def journey(
    world: World, flight: intake.Flight, surname: str, given: str, *, seat: str = "23A",
    document: str | None = None, booking: intake.Booking | None = None, phone: str = "",
    facts: tuple[str, ...] = (),
) -> intake.Journey:  # fmt: skip
    """A traveller of a flight, stated by passenger list and booking."""
    number = document or f"P{abs(hash((surname, given))) % 10**7:07d}"
    personal = {
        "organisation": world.organisation, "theme": "passengers", "retention_class": "passenger",
        "month": dt.date(2026, 11, 1), "received_at": timezone.now(),
    }  # fmt: skip
    traveller = intake.Traveller.objects.using("intake").create(
        id=new_id(), booking=booking, **personal
    )
    subject = Subject.objects.using("intake").create(
        kind="traveller", group_id=flight.pk, due_at=flight.arrives_at, fingerprint=token(number),
        **personal,
    )  # fmt: skip
    made = intake.Journey.objects.using("intake").create(
        subject=subject, traveller=traveller, flight=flight, booking=booking, in_api=True,
        in_pnr=True, facts=list(facts), **personal,
    )  # fmt: skip
    stated = records.Traveller(
        surname=surname, given_names=given, date_of_birth=dt.date(1979, 3, 12), sex="M",
        nationality="CHE", seat=seat, bags=records.Bags(count=1, weight_kg=14.0),
        documents=(records.Document(type="P", number=number, issuer="CHE", expiry=dt.date(2030, 4, 2)),),
        contacts=records.Contacts(phones=(phone,) if phone else ()),
    )  # fmt: skip
    view = statements.state([], STAMP, statements.elements(stated))
    intake.JourneyClear.objects.using("intake").create(
        journey_id=made.id, retention_class="passenger", month=dt.date(2026, 11, 1),
        organisation_id=world.organisation.id, surname=surname, given_names=given,
        name_key=f"{surname} {given}".lower(), date_of_birth=dt.date(1979, 3, 12), sex="M",
        nationality="CHE", document=number, seat=seat, locator="M2V8KD",
        state={"api": {"YY": view}, "pnr": {"YY": view}},
    )  # fmt: skip
    tokens = [("document", number)] + ([("phone", phone)] if phone else [])
    for kind, value in tokens:
        Identifier.objects.using("intake").create(
            organisation=world.organisation,
            subject_id=made.pk,
            kind=kind,
            token=token(kind + value),
        )
    return made


def booking(world: World, flight: intake.Flight) -> intake.Booking:
    """A booking Zurich, Istanbul, Addis Ababa, Dakar, paid in cash."""
    made = intake.Booking.objects.using("intake").create(
        organisation=world.organisation, month=dt.date(2026, 11, 1), received_at=timezone.now(),
        created_on=dt.date(2026, 11, 22),
    )  # fmt: skip
    start = flight.departs_local
    stops = (("ZRH", "IST", 18.0, 15.0), ("IST", "ADD", 12.0, 7.0), ("ADD", "DSS", 0.0, -6.0))
    segments = tuple(
        records.Segment(
            carrier="YY", number=str(300 + i), origin=a, destination=b,
            departure=start - dt.timedelta(hours=h), arrival=start - dt.timedelta(hours=g),
        )
        for i, (a, b, h, g) in enumerate(stops)
    )  # fmt: skip
    stated = records.Booking(
        locators=(records.Locator(company="YY", locator="M2V8KD"),),
        created=dt.datetime(2026, 11, 22, 17, 4),
        agency=records.Agency(company="Demo Travel", city="GVA", iata="99000012"),
        segments=segments,
        payments=(records.Payment(type="CA", amount=1284, currency="CHF"),),
        contacts=records.Contacts(phones=("+33 6 39 98 12 47",), emails=("d@example.org",)),
    )
    intake.BookingClear.objects.using("intake").create(
        booking_id=made.id, flight_id=flight.id, retention_class="passenger",
        month=dt.date(2026, 11, 1), organisation_id=world.organisation.id,
        state={"YY": statements.state([], STAMP, statements.elements(stated))},
    )  # fmt: skip
    return made


def hit(
    world: World, subject: intake.Journey, priority: int = 82, *, kind: str = "watchlist",
    channel: str = "name", evidence: list[dict[str, Any]] | None = None,
    favour: list[dict[str, Any]] | None = None,
) -> targeting.Hit:  # fmt: skip
    """A hit of one reason."""
    now = timezone.now()
    flight = world.flights[f"{subject.flight.carrier} {subject.flight.number}"]
    made = targeting.Hit.objects.using("intake").create(
        organisation=world.organisation, theme=subject.theme, month=subject.month,
        retention_class=subject.retention_class, received_at=now, subject=subject.subject, group_id=flight.pk,
        priority=priority, reason_count=1, opened_at=now, changed_at=now,
        due_at=flight.arrives_at,
        favour=favour if favour is not None else [
            {"id": "nationality_differs", "params": {}, "points": 4},
            {"id": "messages_agree", "params": {}, "points": 2},
        ],
    )  # fmt: skip
    reason(world, made, kind=kind, channel=channel, points=priority, evidence=evidence)
    targeting.Event.objects.using("intake").create(
        organisation=world.organisation, hit=made, kind="opened", priority=priority
    )
    return made


def reason(
    world: World, of: targeting.Hit, *, kind: str = "watchlist", channel: str = "name",
    points: int = 10, evidence: list[dict[str, Any]] | None = None, key: str = "",
) -> targeting.Reason:  # fmt: skip
    """One more reason of a hit, with its evidence."""
    listed = kind == "watchlist"
    made = targeting.Reason.objects.using("intake").create(
        organisation=world.organisation, hit=of, kind=kind, key=key or f"{kind}:{uuid.uuid4()}",
        channel=channel, contribution=points, theme=of.theme, created_at=timezone.now(),
        score=0.84 if channel == "name" and listed else None,
        entry_id=world.entry.pk if listed else None, entry_hash="a" * 64 if listed else "",
        params={"list": "Asset freeze (demonstration)", "list_id": str(world.version.watchlist_id),
                "ref": "DM-0421", "version": 42} if listed else
               {"facts": list(of.subject.journey.facts)} if kind == "disagreement" else {},
        knowledge="names 1.0",
    )  # fmt: skip
    # As `raising.write` has it.
    bit = pairs_of([made.theme], [made.purpose])
    targeting.Hit.objects.using("intake").filter(pk=of.pk).update(
        pairs=F("pairs").bitor(bit), open_pairs=F("open_pairs").bitor(bit)
    )
    if listed:
        targeting.ReasonClear.objects.using("intake").create(
            reason_id=made.id, retention_class="passenger", month=of.month,
            organisation_id=world.organisation.id,
            evidence=EVIDENCE if evidence is None else evidence,
        )  # fmt: skip
    return made
