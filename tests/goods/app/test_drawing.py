"""Licences as records: entered, imported and changed, drawn by declarations, shown, and used by rules."""

from __future__ import annotations

import datetime as dt
import os
import random
import uuid
from decimal import Decimal
from typing import Any

import msgspec
import psycopg
import pytest
from tests.apps.profiles.story import acting
from tests.goods import declared
from tests.goods.app.desk import Desk
from tests.goods.declared import ACID, EXPORTER, NOW, SHOES

from vedette.goods import declarations, licences
from vedette.goods.licences import Licence, LicenceLine, Use, draw
from vedette.goods.records import Document, Item, Message

pytestmark = pytest.mark.database
NUMBER = "EX 2026/001"
LICENCE = Licence(
    number=NUMBER, kind="X060", holders=("SN 987654321",), destinations=("SN",),
    lines=(LicenceLine(number=1, entries=("cas:7697-37-2",), quantity=Decimal(10_000)),),
    valid_from=NOW.date() - dt.timedelta(days=30), valid_to=NOW.date() + dt.timedelta(days=30),
)  # fmt: skip
X060 = Document(code="X060", reference="ex-2026-001")
#: Nitric acid with a licence, 4,600 kg.
LICENSED = msgspec.structs.replace(ACID, documents=(X060,))


def enter(desk: Desk, licence: Licence = LICENCE, work: bool = True) -> Any:
    from vedette.goods.app.licences import records

    with acting(desk.people["list_manager"]):
        row = records.enter(desk.people["list_manager"], licence)
    if work:
        desk.work(NOW)
    return row


def change(desk: Desk, row: Any, **fields: Any) -> None:
    from vedette.goods.app.licences import records
    from vedette.goods.app.models import Licence as Row

    with acting(desk.people["list_manager"]):
        row = Row.objects.get(pk=row.pk)
        licence = msgspec.structs.replace(records.recorded(row), **fields)
        assert records.change(desk.people["list_manager"], row.pk, row.version, licence)
    desk.work(NOW)


def uses(desk: Desk) -> list[tuple[Any, ...]]:
    return desk.connection.execute(
        "SELECT state, line, asked, drawn FROM goods_licenceuse ORDER BY at, id"
    ).fetchall()


def drawn(desk: Desk) -> list[Decimal]:
    rows = desk.connection.execute("SELECT drawn FROM goods_licencebalance ORDER BY line")
    return [amount for (amount,) in rows]


def page(desk: Desk, number: int = 1, **more: Any) -> str:
    return desk.client(**more).get(f"/goods/{desk.item(number)}/").content.decode()


def after(minutes: int) -> dt.datetime:
    return NOW + dt.timedelta(minutes=minutes)


def test_a_declaration_draws_and_the_pages_show_it(connection: psycopg.Connection[Any]) -> None:
    """The declared quantity is drawn once; the item and the licence say so in both languages; a change of
    the declaration changes what is drawn, and its cancellation gives it back."""
    desk = Desk(connection)
    row = enter(desk)
    desk.receive(LICENSED, SHOES)
    assert uses(desk) == [("present", 1, Decimal(4600), True)]
    assert drawn(desk) == [Decimal(4600)]
    for language, words in (
        ("en", ("Licences, checked as of", "covers the item", "4,600 of 10,000 KGM", "5,400 KGM")),
        ("fr", ("Licences, vérifiées au", "couvre", "4\u202f600", "5\u202f400")),
    ):
        shown = page(desk, language=language)
        of_licence = desk.client(language=language).get(f"/licences/{row.pk}/").content.decode()
        for word in words[:2]:
            assert word in shown, word
        for word in words[2:]:
            assert word in of_licence, word
        assert "LRN-1" in of_licence
        assert NUMBER in desk.client(language=language).get("/licences/").content.decode()
    less = msgspec.structs.replace(LICENSED, net_mass_kg=100.0)
    desk.receive(less, action="amendment", at=after(1))
    assert drawn(desk) == [Decimal(100)]
    _again(desk, declared.message(less, action="amendment", at=after(1)))
    assert drawn(desk) == [Decimal(100)]
    desk.receive(action="cancellation", at=after(2))
    assert (uses(desk), drawn(desk)) == ([], [Decimal(0)])
    [reason] = {state for _, _, state in desk.reasons()}
    assert reason == "void"


def test_the_state_decides_on_the_reason(connection: psycopg.Connection[Any]) -> None:
    """An exhausted licence does not count as a licence, and is a reason of its own with its evidence."""
    desk = Desk(connection)
    enter(desk)
    desk.receive(LICENSED, SHOES)
    [hit] = desk.hits()
    text = desk.client().get(f"/hits/{hit.pk}/").content.decode()
    assert "a recorded licence does not cover the goods" not in text
    desk.receive(msgspec.structs.replace(LICENSED, net_mass_kg=5400.1), lrn="LRN-2", at=after(5))
    assert [state for state, *_ in uses(desk)] == ["present", "exhausted"]
    assert drawn(desk) == [Decimal(4600)]
    [second] = [one for one in desk.hits() if one.pk != hit.pk]
    assert [one["id"] for one in hit.favour] == ["licence_declared"]
    assert second.favour == []
    text = desk.client().get(f"/hits/{second.pk}/").content.decode()
    assert "a recorded licence does not cover the goods" in text
    assert "is 5400 KGM, but the item needs 5400.1 KGM" in text


def test_declarations_out_of_order_give_the_state_of_their_time(
    connection: psycopg.Connection[Any],
) -> None:
    """An earlier declaration that arrives late draws first; the later one is judged again."""
    desk = Desk(connection)
    enter(desk)
    late = msgspec.structs.replace(LICENSED, net_mass_kg=7000.0)
    desk.receive(late, lrn="LRN-2", at=after(5))
    assert [state for state, *_ in uses(desk)] == ["present"]
    [hit] = desk.hits()
    desk.receive(LICENSED)
    assert [state for state, *_ in uses(desk)] == ["present", "exhausted"]
    assert drawn(desk) == [Decimal(4600)]
    assert desk.count("subjects_subject WHERE screen_again") == 0
    assert desk.count("goods_licenceuse WHERE again") == 0
    text = desk.client().get(f"/hits/{hit.pk}/").content.decode()
    assert "a recorded licence does not cover the goods" in text


def test_a_licence_entered_or_changed_later_judges_the_items_again(
    connection: psycopg.Connection[Any],
) -> None:
    desk = Desk(connection)
    desk.receive(LICENSED, SHOES)
    assert "is not in the register of licences" in page(desk)
    row = enter(desk)
    assert "covers the item" in page(desk)
    assert drawn(desk) == [Decimal(4600)]
    for fields, said in (
        (
            {"lines": (LicenceLine(number=1, hs=("3102",), quantity=Decimal(9)),)},
            "does not cover these",
        ),
        ({"lines": LICENCE.lines, "destinations": ("MA",)}, "is not valid for the destination SN"),
        ({"destinations": (), "holders": ("DE1",)}, "No party of the declaration is the holder"),
        ({"holders": (), "valid_from": NOW.date() + dt.timedelta(days=1)}, "is valid from"),
        ({"valid_from": None, "valid_to": NOW.date() - dt.timedelta(days=1)}, "was valid until"),
        ({"valid_to": None, "revoked": NOW.date() - dt.timedelta(days=1)}, "was revoked on"),
    ):
        change(desk, row, **fields)
        assert said in page(desk), said
        assert sum(drawn(desk)) == 0
        [licence_problem] = connection.execute(
            "SELECT params -> 'facts' ? 'licence_problem' FROM hits_reason"
            " WHERE key = 'eu_2019_1148_annex_1:cas:7697-37-2'"
        ).fetchall()
        assert licence_problem == (True,), said
    change(desk, row, revoked=None, lines=(LicenceLine(number=1, any_goods=True),))
    assert "covers the item" in page(desk)
    history = desk.client().get(f"/licences/{row.pk}/").content.decode()
    assert "Version 8" in history
    assert history.count("<del>") >= 7


def test_a_changed_control_list_changes_what_is_drawn(
    connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stored item is screened by a list that has no entry any more: the licence no longer covers it."""
    from vedette.goods import controls

    desk = Desk(connection)
    enter(desk)
    desk.receive(LICENSED, SHOES)
    assert drawn(desk) == [Decimal(4600)]
    monkeypatch.setattr(controls, "entries_of", lambda checked: ())
    connection.execute("UPDATE subjects_subject SET screen_again = true")
    desk.work(NOW)
    assert [state for state, *_ in uses(desk)] == ["wrong_goods"]
    assert drawn(desk) == [Decimal(0)]
    monkeypatch.undo()
    connection.execute("UPDATE subjects_subject SET screen_again = true")
    desk.work(NOW)
    assert drawn(desk) == [Decimal(4600)]
    assert desk.count("goods_licence WHERE applied < version") == 0


def test_self_declared_goods_and_goods_without_a_licence(
    connection: psycopg.Connection[Any],
) -> None:
    """A list whose goods need a licence: the declaration names none, or says that none is needed."""
    desk = Desk(connection)
    pistol = Item(number=1, hs="930200", description="Semi-automatic pistol 9 mm", net_mass_kg=1.0)
    desk.receive(pistol)
    assert "the declaration names none" in page(desk)
    self_declared = msgspec.structs.replace(pistol, documents=(Document(code="Y901"),))
    desk.receive(self_declared, action="replacement", at=after(1))
    assert "states with code Y901 that the goods are not listed" in page(desk)


def test_the_expressions_of_profiles_see_the_licence(connection: psycopg.Connection[Any]) -> None:
    from vedette.commands.environment import keys
    from vedette.goods import declarations
    from vedette.goods.app.licences.drawing import load
    from vedette.goods.app.store import Store
    from vedette.goods.columns import of_subjects

    desk = Desk(connection)
    enter(desk)
    desk.receive(LICENSED, SHOES)
    desk.receive(msgspec.structs.replace(LICENSED, net_mass_kg=9000.0), lrn="LRN-2", at=after(1))
    with connection.transaction():
        store = Store(connection, keys(), desk.office.id, NOW)
        ids = [id_ for (id_,) in connection.execute("SELECT id FROM subjects_subject ORDER BY id")]
        held = store.hold(store.groups(ids))
        pairs = [(hold, item) for hold in held.values() for item in hold.subjects]
        load(connection, desk.office.id, [item for _, item in pairs])
        rows = of_subjects(pairs, {}, NOW)
    found = {
        (declarations.read(hold, item).message.lrn, item.number): (
            row["licence_state"], row["licence_problem"], row["licence_recorded"],
        )
        for (hold, item), row in zip(pairs, rows, strict=True)
    }  # fmt: skip
    assert found == {
        ("LRN-1", 1): ("present", False, True),
        ("LRN-1", 2): ("not_required", False, False),
        ("LRN-2", 1): ("exhausted", True, True),
    }


def test_a_licence_that_is_not_recorded_counts_only_where_none_of_its_kind_is(
    connection: psycopg.Connection[Any],
) -> None:
    from vedette.goods import knowledge

    desk = Desk(connection)
    pistol = Item(
        number=1, hs="930200", description="Semi-automatic pistol 9 mm", net_mass_kg=1.0,
        documents=(Document(code="X060", reference="NOT RECORDED"),),
    )  # fmt: skip
    assert knowledge.documents()["X060"].licence
    desk.receive(pistol)
    before = {key for _, key, state in desk.reasons() if state == "open"}
    enter(desk)
    desk.receive(pistol, lrn="LRN-2", at=after(1))
    now = {key for _, key, state in desk.reasons() if state == "open"}
    assert not any(key.startswith("salw:") for key in before)
    assert any(key.startswith("salw:") for key in now)


# --- drawing in the database ----------------------------------------------------------------------


def _case(rng: random.Random) -> tuple[Licence, list[Message]]:
    lines = tuple(
        LicenceLine(number=n, any_goods=True, quantity=Decimal(rng.choice([50, 120, 300])))
        for n in range(1, rng.randint(2, 3))
    )
    licence = Licence(number=NUMBER, kind="X060", lines=lines)
    messages = []
    for n in range(7):
        item = msgspec.structs.replace(
            SHOES, number=1, net_mass_kg=float(rng.choice([10, 40, 60])), documents=(X060,)
        )
        messages.append(declared.message(item, lrn=f"D-{n}", at=after(rng.randint(0, 6))))
        if rng.random() < 0.4:
            item = msgspec.structs.replace(item, net_mass_kg=float(rng.choice([5, 90])))
            messages.append(
                declared.message(item, lrn=f"D-{n}", at=after(10 + n), action="amendment")
            )
        elif rng.random() < 0.3:
            messages.append(declared.message(lrn=f"D-{n}", at=after(20 + n), action="cancellation"))
    return licence, messages


def _expected(desk: Desk, licence: Licence) -> tuple[Any, ...]:
    """What `draw` computes from the stored items."""
    rows = desk.connection.execute(
        "SELECT u.id, g.first_at, c.state FROM goods_licenceuse u"
        " JOIN goods_goodsitem g ON g.id = u.subject_id"
        " JOIN goods_itemclear c ON c.item_id = g.id WHERE g.present"
    ).fetchall()
    some = []
    for id_, at, state in rows:
        mass = max(state, key=lambda one: one[0] if "net_mass_kg" in one[1] else ["", "", 0])
        some.append(
            Use(
                key=str(id_), at=at, documents=(X060,), hs="640399",
                net_mass_kg=Decimal(repr(mass[1]["net_mass_kg"])),
            )
        )  # fmt: skip
    drawings = draw(licence, some)
    return (
        sorted((one.use, one.line, one.asked, one.drawn) for one in drawings),
        sorted(licences.balance(licence, drawings).values()),
    )


def _found(desk: Desk) -> tuple[Any, ...]:
    rows = desk.connection.execute(
        "SELECT id::text, line, asked, drawn FROM goods_licenceuse ORDER BY id::text"
    ).fetchall()
    left = desk.connection.execute("SELECT quantity - drawn FROM goods_licencebalance").fetchall()
    return rows, sorted(one for (one,) in left)


@pytest.mark.parametrize("seed", range(3))
def test_the_database_draws_as_the_pure_function_in_any_order(
    connection: psycopg.Connection[Any], seed: int
) -> None:
    """The same messages in three orders, with repetitions, one by one and together."""
    rng = random.Random(seed)
    licence, messages = _case(rng)
    for n in range(3):
        desk = Desk(connection, f"-{n}")
        enter(desk, licence)
        some = messages + rng.sample(messages, 2)
        rng.shuffle(some)
        for message in some:
            _again(desk, message)
        found = _found(desk)
        assert found[0]
        assert [list(map(str, row)) for row in found[0]] == [
            list(map(str, row)) for row in map(_scaled, _expected(desk, licence)[0])
        ]
        assert found[1] == _expected(desk, licence)[1]
        connection.execute("DELETE FROM goods_licenceuse")
        connection.execute("DELETE FROM goods_licencebalance")


def _scaled(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*row[:2], row[2].quantize(Decimal("1e-9")), row[3])


def _again(desk: Desk, message: Message) -> None:
    """Puts a message in; the bytes of a repetition differ, because the same bytes are stored once."""
    from vedette.apps.inbox.receiving import put_in
    from vedette.commands.environment import keys
    from vedette.goods.formats import wco_writer

    data = wco_writer.write(message) + f"<!-- {uuid.uuid4()} -->".encode()
    put_in(desk.connection, keys(), desk.office.id, f"{uuid.uuid4()}.xml", data, "ingest", NOW)
    desk.work(NOW)


def test_eight_workers_draw_from_one_licence(connection: psycopg.Connection[Any]) -> None:
    """Eight threads, each with a connection of its own: the sum is exact, and no balance is below zero."""
    from vedette.bench.licences import drawn_by_workers

    desk = Desk(connection)
    row = enter(
        desk, Licence(number=NUMBER, lines=(LicenceLine(any_goods=True, quantity=Decimal(300)),))
    )
    found = drawn_by_workers(
        os.environ["DATABASE_URL_INTAKE"], desk.office.id, row.pk, workers=8, draws=400
    )
    assert (found.drawn, found.refused) == (300, 100)
    assert found.lowest >= 0
    assert found.left == 0


# --- people ---------------------------------------------------------------------------------------


FORM = {
    "number": "A-77", "kind": "x060", "holders": "FR1\nExemple SARL", "destinations": "sn, MA",
    "valid_from": "2026-01-01", "valid_to": "2027-01-01", "revoked": "", "lines": "2", "version": "0",
    "hs-0": "2808", "entries-0": "", "quantity-0": "10.5", "unit-0": "kg", "any_goods-0": "",
    "hs-1": "", "entries-1": "", "quantity-1": "", "unit-1": "", "any_goods-1": "",
}  # fmt: skip


def test_the_form_enters_and_changes_a_licence(connection: psycopg.Connection[Any]) -> None:
    desk = Desk(connection)
    client = desk.client("list_manager")
    assert "No licence yet" in client.get("/licences/").content.decode()
    assert desk.client().get("/licences/new/").status_code == 403
    wrong = client.post("/licences/new/", {**FORM, "quantity-0": "many", "valid_to": "2020-01-01"})
    assert wrong.status_code == 422
    text = wrong.content.decode()
    assert "many is not a quantity" in text
    assert "The last day of validity is before the first." in text
    assert 'value="A-77"' in text
    more = client.post("/licences/new/", {**FORM, "more": "1"}).content.decode()
    assert 'name="hs-4"' in more
    made = client.post("/licences/new/", FORM)
    assert made.status_code == 302
    pk = made["Location"].split("/")[-2]
    taken = client.post("/licences/new/", {**FORM, "number": "a 77"})
    assert (taken.status_code, pk in taken.content.decode()) == (422, True)
    form = client.get(f"/licences/{pk}/edit/").content.decode()
    assert 'value="10.5"' in form
    edited = client.post(f"/licences/{pk}/edit/", {**FORM, "version": "1", "quantity-0": "7"})
    assert edited.status_code == 302
    stale = client.post(f"/licences/{pk}/edit/", {**FORM, "version": "1", "quantity-0": "8"})
    assert stale.status_code == 409
    shown = client.get(f"/licences/{pk}/").content.decode()
    assert "Version 2" in shown
    assert "Declarations that name the licence" not in shown
    found = client.post("/licences/", {"q": "exemple"}).content.decode()
    assert "A-77" in found
    none = client.post("/licences/", {"q": "nobody"}).content.decode()
    assert "No licence found" in none
    acts = connection.execute(
        "SELECT act FROM accounts_act WHERE act LIKE 'licence.%' GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert acts == [
        ("licence.change",), ("licence.enter",), ("licence.search",), ("licence.see",),
    ]  # fmt: skip
    details = connection.execute(
        "SELECT detail::text FROM accounts_act WHERE act = 'licence.search'"
    ).fetchall()
    assert sorted(details) == [('{"found": 0}',), ('{"found": 1}',)]


def test_the_import_keeps_good_rows_and_names_the_others(
    connection: psycopg.Connection[Any],
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    desk = Desk(connection)
    client = desk.client("list_manager", "fr")
    template = client.get("/licences/template.csv").content
    rows = template + b"B-1,X060,,,,,,2808,,x,KGM,\r\nC-1,X060,,,,,,2808,,5,KGM,\r\n"

    def post(data: bytes, **fields: str) -> Any:
        file = SimpleUploadedFile("licences.csv", data)
        return client.post("/licences/import/", {"file": file, **fields})

    checked = post(rows, check="1").content.decode()
    assert "x n’est pas une quantité" in checked
    assert desk.count("goods_licence") == 0
    post(rows)
    assert desk.count("goods_licence") == 2
    post(rows.replace(b",5,KGM", b",6,KGM"))
    assert desk.count("goods_licenceversion") == 3
    assert post(b"\xff").status_code == 422
    assert client.post("/licences/import/", {}).status_code == 422


def test_readers_of_other_themes_and_organisations_see_no_licence(
    connection: psycopg.Connection[Any],
) -> None:
    desk, other = Desk(connection), Desk(connection, "-other")
    row = enter(desk)
    desk.receive(LICENSED)
    assert other.client().get(f"/licences/{row.pk}/").status_code == 404
    assert NUMBER not in other.client().get("/licences/").content.decode()
    other.receive(LICENSED)
    assert "is not in the register of licences" in page(other)
    connection.execute(
        "UPDATE accounts_user SET themes = '{passengers}' WHERE id = %s",
        [desk.people["officer"].pk],
    )
    assert desk.client().get(f"/licences/{row.pk}/").status_code == 404


def test_the_balance_stays_when_an_item_is_deleted(connection: psycopg.Connection[Any]) -> None:
    """The row of the item stays without the id of the item; a restricted item is not shown."""
    desk = Desk(connection)
    row = enter(desk)
    desk.receive(LICENSED)
    connection.execute("UPDATE subjects_subject SET restricted = true")
    text = desk.client().get(f"/licences/{row.pk}/").content.decode()
    assert "4,600 were used by declarations that you may not see" in text
    assert "LRN-1" not in text
    _delete(connection)
    assert connection.execute("SELECT subject_id, drawn FROM goods_licenceuse").fetchall() == [
        (None, True)
    ]
    desk.receive(msgspec.structs.replace(LICENSED, net_mass_kg=6000.0), lrn="LRN-3", at=after(3))
    assert drawn(desk) == [Decimal(4600)]


def _rows(desk: Desk, *names: str) -> list[tuple[Any, ...]]:
    """Columns of the rows of items that name a licence, in their order of time."""
    return desk.connection.execute(
        f"SELECT {', '.join(names)} FROM goods_licenceuse ORDER BY at, id"
    ).fetchall()


def test_the_time_of_a_sender_does_not_come_before_the_receipt_by_more_than_some_days(
    connection: psycopg.Connection[Any],
) -> None:
    """A message of the year 1900 does not draw before the declarations of the last days, and the pages of the
    licence and the item are shown."""
    desk = Desk(connection)
    row = enter(desk)
    before = NOW - dt.timedelta(days=3)
    desk.receive(LICENSED, at=before)
    late = msgspec.structs.replace(LICENSED, net_mass_kg=6000.0)
    desk.put(declared.message(late, lrn="LRN-2", at=dt.datetime(1900, 1, 1, tzinfo=dt.UTC)))
    [[early], [stated]] = _rows(desk, "at")
    assert stated == before
    assert early == NOW - dt.timedelta(days=declarations.MOST_DAYS_BACK)
    [(backdated,)] = connection.execute(
        "SELECT state FROM goods_licenceuse ORDER BY at LIMIT 1"
    ).fetchall()
    assert backdated == "present"
    assert desk.client().get(f"/licences/{row.pk}/").status_code == 200
    for id_ in connection.execute("SELECT id FROM goods_goodsitem").fetchall():
        assert desk.client().get(f"/goods/{id_[0]}/").status_code == 200


def test_a_declaration_dated_back_does_not_use_an_ended_licence(
    connection: psycopg.Connection[Any],
) -> None:
    desk = Desk(connection)
    enter(desk, msgspec.structs.replace(LICENCE, valid_to=NOW.date() - dt.timedelta(days=15)))
    desk.put(declared.message(LICENSED, at=NOW - dt.timedelta(days=20)))
    assert _rows(desk, "state", "drawn") == [("backdated", False)]
    for language, words in (
        ("en", ("backdated declaration", "long before it was received")),
        ("fr", ("antidatée", "bien avant sa réception")),
    ):
        shown = page(desk, language=language)
        for word in words:
            assert word in shown, word
    # Some days back, the licence counts as on the day that the declaration states.
    enter(desk, msgspec.structs.replace(LICENCE, number="B", valid_to=NOW.date() - dt.timedelta(3)))
    other = msgspec.structs.replace(ACID, documents=(Document(code="X060", reference="B"),))
    desk.put(declared.message(other, lrn="LRN-2", at=NOW - dt.timedelta(days=4)))
    assert ("present", True) in _rows(desk, "state", "drawn")


def test_a_party_that_only_names_the_holder_does_not_draw(
    connection: psycopg.Connection[Any],
) -> None:
    """The holder of a licence for an import is the importer, the declarant, or the holder of the
    authorisation; a seller, a carrier or the exporter is not."""
    desk = Desk(connection)
    row = enter(desk)
    other = msgspec.structs.replace(declared.IMPORTER, name="Other SA", identifiers=())
    for n, role in enumerate(("exporter", "seller", "consignee", "deliver_to")):
        named = msgspec.structs.replace(declared.IMPORTER, role=role)
        desk.receive(LICENSED, lrn=f"LRN-{role}", at=after(n), parties=(other, named))
    assert {state for (state,) in _rows(desk, "state")} == {"wrong_holder"}
    assert drawn(desk) == [Decimal(0)]
    change(desk, row, holders=("SN 55500011",))
    assert {state for (state,) in _rows(desk, "state")} == {"present", "exhausted"}


def test_a_copy_of_a_declaration_from_another_account_does_not_draw(
    connection: psycopg.Connection[Any],
) -> None:
    desk = Desk(connection)
    enter(desk)
    desk.receive(LICENSED)
    desk.put(declared.message(LICENSED, at=after(-5)), submitter="account:another")
    assert sorted(_rows(desk, "state", "drawn")) == [("contested", False), ("present", True)]
    assert drawn(desk) == [Decimal(4600)]
    # The first declaration stays the one that draws after an amendment.
    less = msgspec.structs.replace(LICENSED, net_mass_kg=100.0)
    desk.receive(less, action="amendment", at=after(1))
    assert drawn(desk) == [Decimal(100)]
    shown = [
        desk.client().get(f"/goods/{id_}/").content.decode()
        for (id_,) in connection.execute("SELECT id FROM goods_goodsitem").fetchall()
    ]
    words = "Another sender has already submitted a declaration with the same reference."
    assert sorted(words in one for one in shown) == [False, True]


def test_further_documents_do_not_keep_a_licence_from_being_checked(
    connection: psycopg.Connection[Any],
) -> None:
    """Sixty documents with numbers stand before the licence: it is checked. Sixty licences: the item says
    that not all were checked, and the code counts as contradicted."""
    desk = Desk(connection)
    enter(desk)
    many = tuple(Document(code="1Z99", reference=f"N-{n}") for n in range(60))
    desk.receive(msgspec.structs.replace(ACID, documents=(*many, X060)))
    assert _rows(desk, "state", "drawn") == [("present", True)]
    named = tuple(Document(code="ZZZZ", reference=f"M-{n}") for n in range(60))
    plain = Document(code="1Z99", reference=NUMBER)
    small = msgspec.structs.replace(ACID, net_mass_kg=1.0, documents=(*named, plain))
    desk.receive(small, lrn="LRN-2", at=after(1))
    assert _rows(desk, "state", "drawn")[1:] == [("present", True)]
    licences_ = tuple(Document(code="X060", reference=f"L-{n}") for n in range(60))
    desk.receive(msgspec.structs.replace(ACID, documents=licences_), lrn="LRN-3", at=after(2))
    [id_] = connection.execute(
        "SELECT g.id FROM goods_goodsitem g JOIN goods_declarationclear d USING (declaration_id)"
        " WHERE d.reference = 'LRN-3'"
    ).fetchall()
    shown = desk.client().get(f"/goods/{id_[0]}/").content.decode()
    assert "Some licences with code X060 were not checked" in shown


def _added(desk: Desk, row: Any, n: int, draws: bool = True, wants: bool = True) -> int:
    """Posts the claim of item `n`, and returns the number of rows that the database read and changed."""
    from vedette.goods.app.licences import drawing

    id_ = uuid.uuid5(row.pk, str(n))
    claim = licences.Claim(key=str(id_), at=after(n), wants=((1, Decimal(1)),)) if wants else None
    change = drawing.Change({id_: (None, after(n), "present", claim, draws)})
    seen = []

    class Counted:
        def execute(self, *args: Any) -> Any:
            found = desk.connection.execute(*args)
            seen.append(found.rowcount)
            return found

    with desk.connection.transaction():
        locked = drawing.read(desk.connection, desk.office.id, [row.pk], lock=True)[row.pk]
        drawing.post(Counted(), desk.office.id, locked, change)  # type: ignore[arg-type]
    return sum(seen)


def test_a_later_deduction_reads_no_earlier_item(connection: psycopg.Connection[Any]) -> None:
    """After the waybill of a stranger, after many items, and after the licence is exhausted, one more item
    reads as many rows as the first ones."""
    desk = Desk(connection)
    row = enter(
        desk, Licence(number=NUMBER, lines=(LicenceLine(any_goods=True, quantity=Decimal(40)),))
    )
    first = [_added(desk, row, n) for n in range(3)]
    _added(desk, row, 3, draws=False)
    _added(desk, row, 4, draws=False, wants=False)
    later = [_added(desk, row, n) for n in range(5, 60)]
    assert max(later) <= max(first) + 2
    assert drawn(desk) == [Decimal(40)]
    # An item that comes before all others is deducted first, and the last one no longer is.
    _added(desk, row, -1)
    assert drawn(desk) == [Decimal(40)]
    assert [drew for drew, _ in _rows(desk, "drawn", "at")][:4] == [True] * 4
    assert sum(drew for (drew,) in _rows(desk, "drawn")) == 40


def test_a_changed_match_checks_only_the_item(
    connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If one stored item matches other entries, the other items of the licence are not checked again."""
    from vedette.goods.app.licences import drawing

    desk = Desk(connection)
    row = enter(desk)
    for n in range(3):
        small = msgspec.structs.replace(LICENSED, net_mass_kg=10.0)
        desk.receive(small, lrn=f"LRN-{n}", at=after(n))
    [(subject,), *_] = _rows(desk, "subject_id")
    with connection.transaction():
        drawing.judge_later(connection, desk.office.id, {subject: ["EX2026001"]})
    asked: list[int] = []
    post = drawing.post
    monkeypatch.setattr(
        drawing,
        "post",
        lambda *args, **more: asked.append(len(args[3].entries)) or post(*args, **more),
    )
    desk.work(NOW)
    assert asked == [1]
    assert desk.count("goods_licenceuse WHERE again OR recheck") == 0
    assert desk.count(f"goods_licence WHERE applied < version AND id = '{row.pk}'") == 0


def test_an_officer_of_one_unit_does_not_see_the_rows_of_deleted_items(
    connection: psycopg.Connection[Any],
) -> None:
    """A deleted item has no unit. Only readers of the whole organisation see its row."""
    from vedette.goods.app.models import LicenceUse

    desk = Desk(connection)
    enter(desk)
    desk.receive(LICENSED)
    _delete(connection)
    with acting(desk.people["officer"]):
        assert LicenceUse.objects.count() == 0
    assert desk.count("goods_licenceuse") == 1


def test_a_request_of_a_person_finds_the_licences_that_name_the_holder(
    connection: psycopg.Connection[Any],
) -> None:
    desk = Desk(connection)
    enter(desk, msgspec.structs.replace(LICENCE, holders=("Élodie Exemple", "SN 11")))
    enter(desk, msgspec.structs.replace(LICENCE, number="OTHER-1", holders=("Élodie Autre",)))
    dpo = desk.client("dpo")
    letter = {"kind": "access", "received_on": NOW.date().isoformat(), "reference": "2026/9"}
    for given in (
        {"surname": "exemple", "given_names": "Elodie", "birth": "1980-01-01"},
        {"document": "sn-11"},
    ):
        text = dpo.post("/subjects/new/", {**letter, **given}).content.decode()
        assert NUMBER in text
        assert "OTHER-1" not in text


def _delete(connection: psycopg.Connection[Any]) -> None:
    """Deletes all subjects, as erasure and retention do."""
    for table in (
        "hits_reason", "hits_event", "hits_hit", "subjects_identifier", "goods_goodsitem",
        "subjects_subject",
    ):  # fmt: skip
        connection.execute(f"DELETE FROM {table}")


def test_a_document_that_is_no_declaration_draws_nothing(
    connection: psycopg.Connection[Any],
) -> None:
    desk = Desk(connection)
    enter(desk)
    manifest = msgspec.structs.replace(
        declared.message(LICENSED, parties=(EXPORTER,)), document="manifest", type="85"
    )
    desk.put(manifest)
    found = uses(desk)
    document = connection.execute("SELECT document FROM goods_declaration").fetchall()
    if document == [("manifest",)]:
        assert [row[3] for row in found] == [False]
        assert drawn(desk) == [Decimal(0)]
