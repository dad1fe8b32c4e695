"""A declaration belongs to who submitted it: nobody else's message amends it or takes its goods away."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import psycopg
import pytest
from tests.apps.profiles.story import acting
from tests.goods import declared
from tests.goods.app.desk import Desk
from tests.goods.declared import ACID, NOW, SHOES

pytestmark = pytest.mark.database
MRN = "26SN00000000000417"
FORGER = "account:00000000-0000-4000-8000-000000000001"


def _later(minutes: int) -> dt.datetime:
    return NOW + dt.timedelta(minutes=minutes)


def _present(desk: Desk) -> list[tuple[int, bool, int]]:
    """The items of each declaration: number, whether they are present, and the number of the declaration in
    the order of receipt."""
    return desk.connection.execute(
        "SELECT g.number, g.present, dense_rank() OVER (ORDER BY d.received_at, d.id)::int"
        " FROM goods_goodsitem g JOIN goods_declaration d ON d.id = g.declaration_id"
        " WHERE g.organisation_id = %s ORDER BY 3, 1",
        [desk.office.id],
    ).fetchall()


@pytest.mark.parametrize("action", ["cancellation", "replacement", "amendment", "original"])
@pytest.mark.parametrize("mrn", [None, MRN])
def test_the_message_of_another_sender_is_kept_beside(
    connection: psycopg.Connection[Any], action: str, mrn: str | None
) -> None:
    """The forger knows the number, the office, the declarant and the reference."""
    desk = Desk(connection)
    desk.receive(ACID, SHOES, mrn=mrn)
    [hit] = desk.hits()
    harmless = msgspec.structs.replace(ACID, description="Soap", hs="340111", documents=())
    forged = declared.message(harmless, at=_later(5), action=action, mrn=mrn, amends=mrn)
    desk.put(forged, at=_later(5), submitter=FORGER)
    of_sender = [row for row in _present(desk) if row[2] == 1]
    assert of_sender == [(1, True, 1), (2, True, 1)]
    assert [one.state for one in desk.hits() if one.pk == hit.pk] == ["new"]
    assert connection.execute("SELECT count(*) FROM goods_declaration").fetchone() == (2,)
    warned = connection.execute(
        "SELECT warnings #>> '{0,code}' FROM inbox_message ORDER BY received_at, number"
    ).fetchall()
    assert warned == [(None,), ("reference_contested",)]
    for language, words in (
        ("en", "Another sender has submitted a declaration with the same reference"),
        ("fr", "Un autre expéditeur a déposé une déclaration avec la même référence"),
    ):
        client = desk.client(language=language)
        for id_ in connection.execute(
            "SELECT DISTINCT declaration_id FROM goods_goodsitem"
        ).fetchall():
            assert words in client.get(f"/declarations/{id_[0]}/").content.decode()
        assert words in client.get(f"/hits/{hit.pk}/").content.decode()


def test_both_declarations_are_screened_whoever_is_first(
    connection: psycopg.Connection[Any],
) -> None:
    """A forger who states the reference before the declarant captures nothing: the declaration of the
    declarant raises its hit."""
    desk = Desk(connection)
    harmless = msgspec.structs.replace(ACID, description="Soap", hs="340111", documents=())
    desk.put(declared.message(harmless, mrn=MRN), submitter=FORGER)
    assert desk.hits() == []
    desk.receive(ACID, at=_later(1), mrn=MRN)
    assert [hit.state for hit in desk.hits()] == ["new"]
    both = _present(desk)
    assert [(number, here) for number, here, _ in both] == [(1, True), (1, True)]


def test_two_senders_in_one_frame_are_kept_apart(connection: psycopg.Connection[Any]) -> None:
    desk = Desk(connection)
    desk.put(declared.message(ACID), work=False)
    desk.put(declared.message(SHOES, action="replacement"), submitter=FORGER, work=False)
    desk.work()
    # Both were received at the same moment, so the order of the declarations is that of their ids.
    assert sorted((number, here) for number, here, _ in _present(desk)) == [(1, True), (2, True)]
    warned = connection.execute("SELECT warnings #>> '{0,code}' FROM inbox_message").fetchall()
    assert warned == [("reference_contested",)] * 2


def test_the_same_account_amends_over_every_channel(connection: psycopg.Connection[Any]) -> None:
    """What an API client delivered is amended by hand with `vedette ingest --account`, and the reverse; the
    operator amends what a watched folder delivered."""
    from vedette.apps.inbox import actions
    from vedette.apps.inbox.models import Inbox
    from vedette.apps.inbox.receiving import of_account
    from vedette.commands.ingest import of
    from vedette.goods.formats import wco_writer

    desk = Desk(connection)
    machine = desk.people["administrator"]
    with acting(machine):
        data = wco_writer.write(declared.message(ACID, SHOES))
        actions.receive(machine, "x.xml", data)
        assert actions.receive(machine, "x.xml", data).duplicate
        assert Inbox.objects.get().submitter == of_account(machine.pk)
    desk.work()
    by_hand = of(connection, desk.office.id, machine.username)
    assert by_hand == of_account(machine.pk)
    assert of(connection, desk.office.id, "nobody") is None
    assert of(connection, desk.office.id, None) == "operator"
    assert by_hand is not None
    desk.put(
        declared.message(SHOES, action="replacement", at=_later(1)), at=_later(1), submitter=by_hand
    )
    assert _present(desk) == [(1, False, 1), (2, True, 1)]
    assert connection.execute(
        "SELECT count(*) FROM inbox_message WHERE warning_count > 0"
    ).fetchone() == (0,)


def test_a_copy_of_a_file_from_another_account_is_another_file(
    connection: psycopg.Connection[Any],
) -> None:
    """Whoever sends a copy first does not prevent the file of the declarant."""
    from vedette.apps.inbox.receiving import put_in
    from vedette.commands.environment import keys

    desk = Desk(connection)
    data = declared.written(ACID)
    states = [
        put_in(connection, keys(), desk.office.id, "x", data, "api", NOW, submitter).state
        for submitter in (FORGER, "operator", "operator", FORGER)
    ]
    assert states == ["accepted", "accepted", "duplicate", "duplicate"]
    desk.work()
    assert _present(desk) == [(1, True, 1), (1, True, 2)]
    desk.put(declared.message(action="cancellation", at=_later(1)), at=_later(1), submitter=FORGER)
    assert sorted(here for _, here, _ in _present(desk)) == [False, True]


def test_a_flood_of_one_reference_does_not_slow_later_messages(
    connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many declarations of one submitter and of others have one local reference: a message reads a limited
    number of them, and still finds its own declaration and that there are others. The page states how many
    declarations it does not list."""
    from vedette.commands.environment import keys
    from vedette.goods.app import items, store
    from vedette.goods.declarations import Group

    desk = Desk(connection)
    desk.receive(ACID, mrn=MRN)
    first = desk.declaration()
    for n in range(6):
        desk.put(
            declared.message(SHOES, mrn=f"26SN000000000010{n:02}"), submitter=f"account:{n % 2}",
            work=False,
        )  # fmt: skip
    desk.work()
    assert desk.count("goods_declaration") == 7
    monkeypatch.setattr(store, "MOST_NAMED", 2)
    sizes: list[int] = []

    class Counted:
        def execute(self, *args: Any) -> Any:
            found = connection.execute(*args)
            sizes.append(found.rowcount)
            return found

    made = store.Store(connection, keys(), desk.office.id, NOW)
    made.connection = Counted()  # type: ignore[assignment]
    names = (("lrn", "SN55500011", "LRN1", "operator"),)
    group = Group(first, "2026", names=names)
    with connection.transaction():
        found = made.known([group])
    assert max(sizes) <= 2
    assert found[first].contested
    [(stored,)] = connection.execute("SELECT count(*) FROM goods_declarationname").fetchall()
    assert stored >= 14
    monkeypatch.setattr(items, "MOST_RIVALS", 2)
    for language, words in (("en", "and 4 others"), ("fr", "et 4 autres")):
        page = desk.client(language=language).get(f"/declarations/{first}/").content.decode()
        assert words in page
    monkeypatch.setattr(items, "MOST_COUNTED", 3)
    page = desk.client().get(f"/declarations/{first}/").content.decode()
    assert "and more than 1,000 others" in page


@pytest.mark.parametrize("analysed", ["never", "after a flood of one reference", "now"])
def test_the_search_for_other_senders_reads_only_the_names_that_it_asks_for(
    desk: Desk, emptier: psycopg.Connection[Any], analysed: str
) -> None:
    """The planner read all declarations of the organisation for each name of a batch: 4 ms an item at 6,000
    items.

    The planner may read a table of a few pages whole, so the test uses 4,000 names. Earlier tests and
    autovacuum leave statistics behind; the test therefore sets them, which only the superuser may do.
    """
    from vedette.goods.app.store import _OTHERS

    connection, home, number, batch = emptier, desk.office.id, 4000, 200
    tables = ["goods_declaration", "goods_declarationname"]
    [(declaration,)] = connection.execute("SELECT id FROM goods_declaration LIMIT 1")

    def more(copies: int, shared: str) -> None:
        """Adds declarations, each with a name whose reference has the token `shared`."""
        connection.execute(
            "INSERT INTO goods_declaration"
            " SELECT (jsonb_populate_record(d, jsonb_build_object('id', gen_random_uuid()))).*"
            " FROM goods_declaration d, generate_series(1, %s) WHERE d.id = %s",
            [copies, declaration],
        )
        connection.execute(
            "INSERT INTO goods_declarationname (organisation_id, declaration_id, token, shared, number)"
            f" SELECT organisation_id, id, decode(md5(id::text), 'hex'), {shared}, false"
            " FROM goods_declaration d"
            " WHERE NOT EXISTS (SELECT FROM goods_declarationname n WHERE n.declaration_id = d.id)"
        )

    with connection.transaction(force_rollback=True):
        # The lock keeps autovacuum away until the end of the test.
        connection.execute(
            "LOCK TABLE goods_declaration, goods_declarationname IN SHARE UPDATE EXCLUSIVE MODE"
        )
        connection.execute(
            "UPDATE pg_class SET relpages = 0, reltuples = -1 WHERE oid IN (SELECT indexrelid FROM pg_index"
            " WHERE indrelid = ANY(%(of)s::regclass[])) OR oid = ANY(%(of)s::regclass[])",
            {"of": tables},
        )
        connection.execute(
            "DELETE FROM pg_statistic WHERE starelid = ANY(%s::regclass[])", [tables]
        )
        if analysed == "after a flood of one reference":
            more(copies=number, shared="decode(md5('flood'), 'hex')")
            connection.execute("ANALYZE goods_declaration, goods_declarationname")
        more(copies=number, shared="decode(md5(id::text || '?'), 'hex')")
        if analysed == "now":
            connection.execute("ANALYZE goods_declaration, goods_declarationname")
        names = connection.execute("SELECT token, shared FROM goods_declarationname").fetchall()
        asked = {
            "tokens": [one for one, _ in names[-batch:]], "shared": [one for _, one in names[-batch:]],
            "home": home, "most": 100,
        }  # fmt: skip
        [(found,)] = connection.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + _OTHERS, asked)
        assert connection.execute(_OTHERS, asked).fetchall() == []
    assert len(names) > number
    assert _rows_read(found[0]["Plan"]) <= batch


def _rows_read(plan: dict[str, Any]) -> float:
    """The number of rows that the scans of tables in a plan read."""
    own = sum(plan.get(name, 0) for name in ("Actual Rows", "Rows Removed by Filter"))
    of_table = own * plan["Actual Loops"] if "Relation Name" in plan else 0
    return of_table + sum(_rows_read(one) for one in plan.get("Plans", ()))
