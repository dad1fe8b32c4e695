"""An administration whose people work on goods, for tests that store messages and read pages."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from typing import TYPE_CHECKING, Any

import psycopg
from tests.apps.profiles import office as offices
from tests.apps.profiles.office import Office
from tests.goods.declared import NOW, message

from vedette.goods.formats import wco_writer
from vedette.goods.records import Item, Message

if TYPE_CHECKING:
    from django.test import Client

    from vedette.apps.accounts.models import User
    from vedette.apps.hits.models import Hit

THEMES = "{global_shield,strategic,small_arms}"
HEAD = "ref,kind,surname,given_names,birth_date,nationality,passport\n"
PISTOL = Item(
    number=3,
    hs="930510",
    description="Spare parts of a pistol: slide and barrel",
    net_mass_kg=2.0,
    origin="IT",
)


class Desk:
    """An administration with people of every role who work on goods."""

    def __init__(self, connection: psycopg.Connection[Any], name: str = "") -> None:
        from vedette.apps.accounts.models import User

        self.connection = connection
        self.office: Office = offices.build(connection, name)
        for role in ("officer", "list_manager", "auditor", "administrator"):
            User(username=f"{role}{name}", role=role, organisation_id=self.office.id).save(
                using="intake"
            )
        connection.execute(
            "UPDATE accounts_user SET themes = %s WHERE organisation_id = %s",
            [THEMES, self.office.id],
        )
        self.people: dict[str, User] = {
            user.role: user for user in User.objects.filter(organisation_id=self.office.id)
        }
        self.office = Office(
            self.office.id, *(self.people[role] for role in ("analyst", "supervisor", "dpo"))
        )

    def client(self, role: str = "officer", language: str = "en") -> Client:
        from django.test import Client

        made = Client(headers={"accept-language": language})
        made.force_login(self.people[role])
        return made

    def receive(self, *items: Item, at: dt.datetime = NOW, work: bool = True, **more: Any) -> None:
        self.put(message(*items, at=at, **more), at=at, work=work)

    def put(
        self,
        *messages: Message,
        at: dt.datetime = NOW,
        work: bool = True,
        submitter: str = "operator",
    ) -> None:
        from vedette.apps.inbox.receiving import put_in
        from vedette.commands.environment import keys

        for one in messages:
            placed = put_in(
                self.connection, keys(), self.office.id, f"{uuid.uuid4()}.xml",
                wco_writer.write(one), "ingest", at, submitter,
            )  # fmt: skip
            assert placed.state == "accepted", placed.why
        if work:
            self.work(at)

    def work(self, at: dt.datetime = NOW) -> None:
        from tests.clock import workers_at

        from vedette.apps.desk import work
        from vedette.commands.environment import keys

        with workers_at(at):
            worker = work.Worker(os.environ["DATABASE_URL_INTAKE"], keys())
            worker.drain()
            worker.connection.close()

    def item(self, number: int = 1) -> uuid.UUID:
        row = self.connection.execute(
            "SELECT id FROM goods_goodsitem WHERE organisation_id = %s AND number = %s",
            [self.office.id, number],
        ).fetchone()
        assert row is not None
        return row[0]

    def licence(self) -> uuid.UUID:
        row = self.connection.execute(
            "SELECT id FROM goods_licence WHERE organisation_id = %s", [self.office.id]
        ).fetchone()
        assert row is not None
        return row[0]

    def declaration(self) -> uuid.UUID:
        row = self.connection.execute(
            "SELECT id FROM goods_declaration WHERE organisation_id = %s", [self.office.id]
        ).fetchone()
        assert row is not None
        return row[0]

    def hits(self) -> list[Hit]:
        from vedette.apps.hits.models import Hit

        found = Hit.objects.using("intake").filter(organisation=self.office.id)
        return list(found.order_by("-priority", "pk"))

    def reasons(self) -> list[tuple[str, str, str]]:
        from vedette.apps.hits.models import Reason

        found = Reason.objects.using("intake").filter(organisation=self.office.id)
        return sorted(found.values_list("kind", "key", "state"))

    def decide(self, choice: str, hit: Hit, **more: Any) -> None:
        from tests.apps.profiles.story import acting

        from vedette.apps.hits import actions
        from vedette.apps.hits.models import Reason

        open_ = list(Reason.objects.using("intake").filter(hit=hit, state="open"))
        verdict = actions.Verdict(
            choice, "Seen with the declaration and its documents.",
            frozenset(one.pk for one in open_),
            {one.pk: "another" for one in open_ if one.kind in ("watchlist", "lookout")}, **more,
        )  # fmt: skip
        with acting(self.people["officer"]):
            actions.decide(self.people["officer"], hit.pk, verdict)

    def request(self, kind: str, *subjects: uuid.UUID) -> Any:
        from vedette.apps.requests.models import SubjectRequest

        made = SubjectRequest.objects.using("intake").create(
            organisation_id=self.office.id, kind=kind, received_on=NOW.date(), due_on=NOW.date(),
            reference="2026/117", subjects=list(subjects), by_id=self.office.dpo.pk,
        )  # fmt: skip
        return SubjectRequest.objects.get(pk=made.pk)

    def count(self, table: str) -> int:
        row = self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert row is not None
        return row[0]
