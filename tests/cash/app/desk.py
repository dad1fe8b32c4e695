"""An administration whose people work on cash, for tests that store messages and read pages."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from typing import TYPE_CHECKING, Any

import psycopg
from tests.apps.profiles import office as offices
from tests.apps.profiles.office import Office
from tests.cash.stated import NOW, written

from vedette.cash.records import Message

if TYPE_CHECKING:
    from django.test import Client

    from vedette.apps.accounts.models import User
    from vedette.apps.hits.models import Hit

#: The purpose and the case of a search for persons.
CASE = {"purpose": "border", "case": "2026-114"}
HEAD = "ref,kind,surname,given_names,birth_date,nationality,passport\n"


class Desk:
    """An administration with people of every role who work on cash."""

    def __init__(self, connection: psycopg.Connection[Any], name: str = "") -> None:
        from vedette.apps.accounts.models import User

        self.connection = connection
        self.office: Office = offices.build(connection, name)
        for role in ("officer", "list_manager", "auditor", "administrator"):
            User(username=f"{role}{name}", role=role, organisation_id=self.office.id).save(
                using="intake"
            )
        connection.execute(
            "UPDATE accounts_user SET themes = '{cash}' WHERE organisation_id = %s",
            [self.office.id],
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

    def receive(self, *messages: Message, at: dt.datetime = NOW, work: bool = True) -> None:
        from vedette.apps.inbox.receiving import put_in
        from vedette.commands.environment import keys

        for one in messages:
            placed = put_in(
                self.connection, keys(), self.office.id, f"{uuid.uuid4()}.json", written(one),
                "ingest", at,
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

    def import_list(self, rows: str, name: str = "Persons", **more: Any) -> None:
        from vedette.apps.accounts.models import Organisation
        from vedette.apps.lists.actions import import_list

        home = Organisation.objects.using("intake").get(pk=self.office.id)
        given = {"purpose": "border", "basis": "decree 1", "themes": ["cash"], **more}
        import_list(home, None, name, {"list.csv": (HEAD + rows).encode()}, **given)

    def seen(self, id_: uuid.UUID) -> dict[str, str]:
        """The form with which an officer accepts an announcement, as the page shows it."""
        page = self.client().get(f"/cash/{id_}/").content.decode()
        return {
            "compared": "yes",
            "seen": page.partition('name="seen" value="')[2].partition('"')[0],
        }

    def movements(self) -> list[uuid.UUID]:
        rows = self.connection.execute(
            "SELECT id FROM cash_movement WHERE organisation_id = %s ORDER BY received_at, id",
            [self.office.id],
        )
        return [id_ for (id_,) in rows]

    def movement(self) -> uuid.UUID:
        [one] = self.movements()
        return one

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
            choice, "Seen with the declaration and the passport.",
            frozenset(one.pk for one in open_),
            {one.pk: "same" for one in open_ if one.kind in ("watchlist", "lookout")}, **more,
        )  # fmt: skip
        with acting(self.people["officer"]):
            actions.decide(self.people["officer"], hit.pk, verdict)

    def sums(self) -> tuple[dict[uuid.UUID, Any], dict[uuid.UUID, Any]]:
        """The sums of the lines in the states of the movements by currency and by kind of cash, and the
        stored sums. They must be equal."""
        stated: dict[uuid.UUID, Any] = {}
        for key, column in (("currency", "currencies"), ("kind", "kinds")):
            for id_, of, value in self.rows(
                f"SELECT c.movement_id, coalesce(l ->> '{key}', %s) AS of,"
                " sum((c.valued -> 'lines' -> (n::int - 1) ->> 'value')::numeric)"
                " FROM cash_movementclear c, jsonb_array_elements("
                "  c.state -> 'message' -> 'movement' -> 'lines') WITH ORDINALITY l (l, n)"
                " WHERE c.organisation_id = %s GROUP BY 1, 2",
                "" if key == "currency" else "currency", self.office.id,
            ):  # fmt: skip
                stated.setdefault(id_, {}).setdefault(column, {})[of] = value
        stored = {
            id_: {"currencies": dict(zip(a, b, strict=True)), "kinds": dict(zip(c, d, strict=True))}
            for id_, a, b, c, d in self.rows(
                "SELECT id, currencies, currency_values, kinds, kind_values FROM cash_movement"
                " WHERE organisation_id = %s AND kinds <> '{}'",
                self.office.id,
            )
        }
        return stated, stored

    def rows(self, query: str, *values: Any) -> list[Any]:
        return self.connection.execute(query, values).fetchall()
