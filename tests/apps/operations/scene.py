"""Three organisations and an operation, taken to any of its states through the actions."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connections, transaction
from django.test import Client
from django.utils import timezone
from tests.apps.journal.scene import signed_in

from vedette.apps.accounts.models import Approval, Organisation, Unit, User
from vedette.apps.accounts.rules import set_scope
from vedette.apps.approvals import actions as approvals
from vedette.apps.columns import new_id
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations.actions import group, lifecycle, messages, plans, reports
from vedette.apps.operations.models import Message, Operation, Report
from vedette.apps.release.models import Agreement

AGREEMENT = uuid.UUID("6f1c4f0e-0f0e-4b5e-9d2e-0a0b0c0d0e0f")
PURPOSE, BASIS = "precursors", "Agreement A-B, article 9"
WHY = "Every prerequisite is met, and the posts are informed."
#: Role in the operation → role of the account.
ACCOUNTS = {
    "coordinator": "coordinator",
    "second": "supervisor",
    "contact": "contact",
    "deputy": "contact",
    "post": "officer",
    "observer": "analyst",
}
HOMES = ("aa", "bb", "cc")


@contextmanager
def acting(user: User) -> Iterator[User]:
    """As a request of this user has it: the web role, in a transaction, with a scope."""
    with transaction.atomic():
        set_scope(user)
        yield user


def recipient_set(
    operation: uuid.UUID, homes: Iterable[Organisation], people: Iterable[User] = ()
) -> uuid.UUID:
    """The set of recipients with these organisations and persons, as the database makes it for copies."""
    with connections["intake"].cursor() as cursor:
        cursor.execute(
            "SELECT vedette_recipient_set(%s, %s::uuid[], %s::uuid[])",
            [operation, [one.pk for one in homes], [one.pk for one in people]],
        )
        found: uuid.UUID = cursor.fetchone()[0]
    return found


@dataclass
class Scene:
    """The organisations (`aa` coordinates), their people by `home.role`, and the operation."""

    homes: dict[str, Organisation]
    people: dict[str, User]
    units: dict[str, Unit]
    operation: uuid.UUID = field(default_factory=new_id)
    exercise: bool = False

    @contextmanager
    def by(self, who: str) -> Iterator[User]:
        """As this person: `aa.coordinator`, `bb.contact`."""
        with acting(self.people[who]) as user:
            yield user

    def client(self, who: str) -> Client:
        """The browser of a person."""
        return signed_in(self.people[who])

    def one(self) -> Operation:
        """The operation, as a worker reads it."""
        return Operation.objects.using("intake").get(pk=self.operation)

    def create(self, *, days: int = 10, **columns: Any) -> None:
        """Creates the operation, which is live from now on, for some days."""
        with self.by("aa.coordinator") as user:
            lifecycle.create(user, self.operation, self.exercise, given(days=days, **columns))
            group.name_member(user, self.operation, self.people["aa.second"], "second")

    def state(self, to: str) -> None:
        """The coordinator takes the operation to its next state."""
        with self.by("aa.coordinator") as user:
            one = Operation.objects.get(pk=self.operation)
            lifecycle.advance(user, self.operation, one.state, to, "No longer needed.")

    def call(self) -> None:
        """Calls the three organisations, which accept and name their people."""
        self.state("proposed")
        with self.by("aa.coordinator") as user:
            group.invite(user, self.operation, [one.pk for one in self.homes.values()])
        self.state("called")
        for home in HOMES:
            with self.by(f"{home}.contact") as user:
                one = Operation.objects.get(pk=self.operation)
                group.answer_call(
                    user, self.operation, True, one.plan_version, "Customs act, section 9"
                )
            self.name(home)

    def name(self, home: str, roles: tuple[str, ...] = ("contact", "deputy", "post")) -> None:
        """The contact point names the people of an organisation."""
        with self.by(f"{home}.contact") as user:
            for role in roles:
                group.name_member(
                    user, self.operation, self.people[f"{home}.{role}"], role, "Head office"
                )

    def test(self) -> uuid.UUID:
        """Sends a test message, and everybody answers."""
        with self.by("aa.coordinator") as user:
            entered = messages.Entered(new_id(), "test", text="Test. Please answer.")
            sent = send(user, self.operation, entered)
        for home in HOMES:
            for role in ("contact", "deputy"):
                with self.by(f"{home}.{role}") as user:
                    messages.answer_test(user, sent.pk)
        return sent.pk

    def plan(self, home: str) -> None:
        """An organisation sends its national plan to its posts."""
        with self.by(f"{home}.contact") as user:
            plans.send_plan(
                user,
                self.operation,
                "Controls at each post.",
                "P-1: fertiliser",
                [self.units[home].pk],
                now() + dt.timedelta(days=1),
            )

    def prepare(self) -> None:
        """Everything up to the approval."""
        self.create()
        self.call()
        self.state("preparing")
        self.test()
        for home in HOMES:
            self.plan(home)

    def approve(self, what: str = "live", **changes: Any) -> None:
        """The coordinator asks, and the second person allows."""
        with self.by("aa.coordinator") as user:
            asked = lifecycle.ask(user, self.operation, what, WHY, **changes)
        with self.by("aa.second") as user:
            approvals.decide(user, asked.pk, True)

    def live(self) -> None:
        """A live operation."""
        self.prepare()
        self.approve()

    def send(
        self, who: str, kind: str, typed: Mapping[str, str] | None = None, **more: Any
    ) -> Message:
        """Sends a message."""
        with self.by(who) as user:
            entered = messages.Entered(
                more.pop("id", None) or new_id(),
                kind,
                {**TYPED.get(kind, {}), "happened": when(), **(typed or {})},
                **more,
            )
            offer = messages.preview(user, self.operation, entered).offer
            if offer is None or not offer.second:
                return send(user, self.operation, entered)
            # A recipient that is new above TLP:GREEN: a second person of the group approves.
            made = messages.ask(user, self.operation, entered, WHY)
        home = who.partition(".")[0]
        with self.by("aa.second" if home == "aa" else f"{home}.deputy") as second:
            asked = Approval.objects.get(kind="release", subject=str(made.pk))
            approvals.decide(second, asked.pk, True)
        with self.by(who) as user:
            ready = messages.waiting(user, Message.objects.get(pk=made.pk))
            assert ready is not None
            return messages.send_stored(user, made.pk, ready.preview.token)

    def answer(self, who: str, warning: uuid.UUID, outcome: str, reason: str) -> None:
        """Answers a warning as a person does: with the preview that the page shows."""
        with self.by(who) as user:
            _, offer = messages.preview_answer(user, warning, outcome, reason)
            messages.answer(user, warning, outcome, reason, offer.preview.token)

    def report(self, who: str, report: Report, remark: str = "") -> Report:
        """Confirms and sends a draft of a situation report."""
        with self.by(who) as user:
            offer = reports.preview(user, report.pk, report.known_at, remark)
            return reports.send(user, report.pk, report.known_at, remark, offer.preview.token)

    def warn(self, hours: float = 3, to: str = "bb", who: str = "aa.post", **more: Any) -> Message:
        """A warning, useful for some hours."""
        return self.send(
            who,
            "warning",
            recipients=[self.homes[to].pk],
            useful_until=now() + dt.timedelta(hours=hours),
            **more,
        )


def send(user: User, operation: uuid.UUID, entered: messages.Entered) -> Message:
    """Sends a message as a person does: with the preview that the page shows."""
    offer = messages.preview(user, operation, entered).offer
    return messages.send(user, operation, entered, offer.preview.token if offer else "")


def correct(
    user: User, message: uuid.UUID, version: int, why: str, entered: messages.Entered | None
) -> Message:
    """Corrects or withdraws a message as a person does: with the preview that the page shows."""
    offer = messages.preview_correction(user, message, version, why, entered).offer
    token = offer.preview.token if offer else ""
    return messages.correct(user, message, version, why, entered, token)


def when(days: float = 3) -> str:
    """A time some days ago, as a person types it."""
    return (timezone.localtime() - dt.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")


#: Complete values of the starting forms.
TYPED: dict[str, dict[str, str]] = {
    "control": {
        "place": "Post 1",
        "category": "precursor",
        "controls": "4",
        "found": "no",
        "mode": "sea",
    },
    "seizure": {
        "place": "Post 1",
        "category": "precursor",
        "quantity": "12,5",
        "unit": "kg",
        "target": "yes",
        "person": "Jane Planted",
        "conveyance": "ZZZU 100214 6",
    },
    "warning": {
        "means": "transport",
        "reference": "ZZZU 100214 6",
        "why": "Three senders, one telephone.",
    },
    "request": {"question": "Who owns the lorry?"},
    "help": {"seen": "White crystals in a blue drum."},
}


def given(*, days: int = 10, **columns: Any) -> lifecycle.Given:
    """The values of the form of an operation."""
    at = now()
    operation = {
        "name": "CLEAR COAST",
        "reference": f"PGS-{uuid.uuid4().hex[:6]}",
        "live_from": at - dt.timedelta(hours=1),
        "live_until": at + dt.timedelta(days=days),
        "until": at + dt.timedelta(days=days + 30),
        # A marking above TLP:GREEN needs a second person for each recipient that is new.
        "marking": "green",
        "readers_after": ["coordinator", "contact"],
        "observed": ["broadcast"],
    } | columns
    plan = {
        "threat": "Precursors in containers.",
        "basis": "Agreement A-B, article 9",
        "purpose": "border",
        "agreement": AGREEMENT,
        "agreement_purpose": PURPOSE,
        "agreement_basis": BASIS,
        "hs": ["310520"],
        "substances": "Ammonium nitrate",
        "lists": "Global Shield, version 13",
        "targets": ["precursor"],
        "modes": ["sea", "road"],
        "places": "All seaports",
        "zone": "Africa/Dakar",
        "cutoff": dt.time(18),
        "tasks": "Control each container of fertiliser.",
        "indicators": "Share of controls with a finding",
        "plans_due": at + dt.timedelta(days=1),
    }
    return lifecycle.Given(operation, plan)


def agree(
    homes: Mapping[str, Organisation], by: User, number: int = 1, until: dt.datetime | None = None
) -> None:
    """A version of the agreement between the organisations, as the data-protection officer approved it."""
    other = (
        User.objects.using("intake").filter(organisation_id=by.organisation_id, role="dpo").get()
    )
    at = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    Agreement.objects.using("intake").create(
        root=AGREEMENT, organisation_id=by.organisation_id, number=number, until=until, hash="ab" * 32,
        title="Exchange in operations",
        parties=[one.pk for one in homes.values()],
        purposes=[{"purpose": PURPOSE, "legal_basis": BASIS}], starts_at=at, state="approved",
        proposed_by_id=by.pk, proposed_at=at, approved_by_id=other.pk, approved_at=at,
    )  # fmt: skip


def build() -> Scene:
    """Three organisations with a person for each role, and an agreement between them."""
    homes, people, units = {}, {}, {}
    for home in HOMES:
        homes[home] = Organisation.objects.using("intake").create(
            name=f"Customs of {home.upper()}",
            synthetic=True,
            country="SN",
            kind="administration" if home == "aa" else "foreign",
        )
        units[home] = Unit.objects.using("intake").create(
            organisation=homes[home], name=f"Post 1 of {home}", airports=[]
        )
        for role, account in {**ACCOUNTS, "dpo": "dpo"}.items():
            user = User(
                username=f"{home}-{role}",
                organisation=homes[home],
                role=account,
                first_name=role.title(),
                last_name=home.upper(),
                unit=units[home] if role == "post" else None,
                password="!",
            )
            user.save(using="intake")
            people[f"{home}.{role}"] = User.objects.get(pk=user.pk)
    agree(homes, people["aa.coordinator"])
    return Scene(homes, people, units)
