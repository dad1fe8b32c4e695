"""A Member, the organisation that gives assistance and another organisation, and a request that goes through
its states by the actions."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.conf import settings
from django.db import transaction
from django.test import Client
from tests.apps.journal.scene import signed_in

from vedette.apps.accounts.models import Organisation, User
from vedette.apps.accounts.rules import set_scope
from vedette.apps.assistance.actions import diagnostics, requests, working
from vedette.apps.assistance.models import Assignment, AssistanceRequest, Diagnostic, Entry
from vedette.apps.columns import new_id
from vedette.apps.enforcement.selectors.controls import now

WHY = "The facts on file support the request."
#: The people: organisation and name → role of the account.
PEOPLE = {
    "mm.contact": "contact", "mm.officer": "officer", "mm.dpo": "dpo",
    "pp.coordinator": "coordinator", "pp.second": "supervisor", "pp.other": "coordinator",
    "pp.leader": "analyst", "oo.assessor": "officer", "oo.contact": "contact",
    "oo.coordinator": "coordinator",
}  # fmt: skip
TEXTS = {
    "reference": "D-1", "theme": "global-shield", "problem": "Precursors are not recognised at 3 of 5 posts.",
    "expected": "Each post recognises them.", "observe": "By samples.",
}  # fmt: skip


@dataclass
class Scene:
    """The organisations (`mm` asks, `pp` gives), their people, and the request."""

    homes: dict[str, Organisation]
    people: dict[str, User]
    request: uuid.UUID = field(default_factory=new_id)
    database: str = ""

    @contextmanager
    def by(self, who: str) -> Iterator[User]:
        """As a request of this person has it: the web role, in a transaction, with a scope."""
        with transaction.atomic():
            set_scope(self.people[who])
            yield self.people[who]

    def client(self, who: str) -> Client:
        """The browser of a person."""
        return signed_in(self.people[who])

    def one(self) -> AssistanceRequest:
        """The request, as a worker reads it."""
        return AssistanceRequest.objects.using("intake").get(pk=self.request)

    def diagnostic(self) -> Diagnostic:
        """The latest diagnostic, as a worker reads it."""
        found = Diagnostic.objects.using("intake").filter(request_id=self.request)
        return found.order_by("-number")[0]

    def do(self, who: str, action: Any, *given: Any, **more: Any) -> Any:
        """Carries out an action as a person."""
        with self.by(who) as user:
            return action(user, *given, **more)

    def create(self) -> None:
        """A draft."""
        provider = self.homes["pp"].pk
        self.do("mm.contact", requests.create, self.request, provider, TEXTS)

    def approve(self) -> None:
        """A request that was sent, assessed on file and approved by another person."""
        self.create()
        self.do("mm.contact", requests.send, self.request)
        self.do("pp.coordinator", requests.assess, self.request, "Two earlier missions.")
        self.do("pp.second", requests.decide, self.request, True, WHY)

    def mission(self) -> None:
        """A mission with a leader and an assessor, whose declarations were checked."""
        self.approve()
        until = now() + dt.timedelta(days=60)
        for who, role in (("pp.leader", "leader"), ("oo.assessor", "assessor")):
            person = self.people[who].pk
            self.do("pp.coordinator", requests.name, self.request, person, role, until)
            self.do(who, requests.declare, self.request, "There is none.")
        for row in Assignment.objects.using("intake").filter(request_id=self.request):
            self.do("pp.coordinator", requests.check_conflict, row.pk)
        values = {"first": "2027-03-01", "last": "2027-03-05", "terms": "Visit five posts."}
        self.do("pp.coordinator", requests.plan_mission, self.request, values)

    def opened(self) -> Diagnostic:
        """A mission with an open diagnostic."""
        self.mission()
        self.do("pp.leader", diagnostics.open_new, self.request)
        return self.diagnostic()

    def answer(
        self, who: str, number: int, level: int | str, side: str = "assessed", **value: Any
    ) -> Entry:
        """An answer to the question with this number, based on nothing."""
        from vedette.assistance import banks

        question = banks.example().questions[number - 1].id
        given = {"level": level} if isinstance(level, int) else {"state": level}
        if isinstance(level, int) and level >= 3:
            given["evidence"] = ["observation: the register"]
        entry: Entry = self.do(
            who, diagnostics.answer, self.diagnostic().pk, side, question, given | value, []
        )
        return entry

    def frozen(self) -> Diagnostic:
        """A diagnostic that two persons froze and a worker signed."""
        self.opened()
        for number in range(1, 71):
            self.answer("oo.assessor", number, number % 4)
        self.freeze()
        return self.diagnostic()

    def freeze(self) -> None:
        """The leader requests, the Member confirms, and a worker signs."""
        id_ = self.diagnostic().pk
        self.do("pp.leader", diagnostics.ask_freeze, id_)
        self.do("mm.contact", diagnostics.confirm, id_)
        self.work()

    def work(self, at: dt.datetime | None = None) -> int:
        """The job of a worker, at a time (now)."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            return working.work(connection, settings.KEYS, at or dt.datetime.now(dt.UTC))


def build() -> Scene:
    """Creates the organisations and their people."""
    homes, people = {}, {}
    for short in ("mm", "pp", "oo"):
        homes[short] = Organisation.objects.using("intake").create(
            name=f"Organisation {short}", kind="administration", country="SN"
        )
    for name, role in PEOPLE.items():
        user = User(
            username=name.replace(".", "-"), organisation=homes[name[:2]], role=role, last_name=name,
            password="!",
        )  # fmt: skip
        user.save(using="intake")
        people[name] = User.objects.get(pk=user.pk)
    return Scene(homes, people)
