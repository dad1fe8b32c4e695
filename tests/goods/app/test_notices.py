"""Pre-export notices between two organisations: who sees what, what each may do, deadlines at their hour, and
the declarations to which a notice belongs."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from django.db import DatabaseError
from tests.apps.profiles.story import acting, in_force
from tests.clock import ticking
from tests.goods.app.desk import Desk
from tests.goods.app.test_notice_states import FIELDS
from tests.goods.declared import ACID, NOW, SHOES

from vedette.goods.app.notices import states
from vedette.goods.records import Document

pytestmark = pytest.mark.database
#: A notice for the goods of `declared.ACID`, between the parties of `declared.message`.
OF_ACID = {
    **FIELDS, "substance": "cas:7697-37-2", "quantity": "4600",
    "consignor_name": "EXEMPLE CHIMIE SARL", "consignor_number": "",
    "consignee_name": "x", "consignee_number": "SN 987654321",
    "departs": "", "arrives": "", "consent_on": "2026-01-02",
}  # fmt: skip


class Pair:
    """Two authorities that take part, and a third that does too."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        from vedette.goods.app.notices import actions as noticing

        self.connection = connection
        self.exporter, self.importer, self.third = (
            Desk(connection, name) for name in ("Exporter", "Importer", "Third")
        )
        for desk, hours in ((self.exporter, 24), (self.importer, 48), (self.third, 1)):
            with acting(desk.people["supervisor"]):
                noticing.set_desk(desk.people["supervisor"], True, hours)

    def draft(self, fields: dict[str, str] = FIELDS) -> Any:
        from vedette.goods.app.notices import actions as noticing

        content, errors = states.read(fields, NOW.date())
        assert content is not None, errors
        with acting(self.exporter.people["officer"]):
            return noticing.save(self.exporter.people["officer"], content, self.importer.office.id)

    def act(self, desk: Desk, row: Any, action: Any, text: str = "A text.") -> Any:
        from vedette.goods.app.models import ExportNotice
        from vedette.goods.app.notices import actions as noticing

        user = desk.people["officer"]
        with acting(user):
            now = ExportNotice.objects.get(pk=row.pk)
            return noticing.act(user, row.pk, action, now.version, text)

    def sent(self, fields: dict[str, str] = FIELDS) -> Any:
        return self.act(self.exporter, self.draft(fields), "send", "")

    def watch(self, now: dt.datetime) -> int:
        from vedette.commands.environment import keys
        from vedette.goods.app.notices import actions as noticing

        return noticing.watch(self.connection, keys(), now)

    def state(self, row: Any) -> str:
        found = self.connection.execute(
            "SELECT state FROM goods_exportnotice WHERE id = %s", [row.pk]
        ).fetchone()
        assert found is not None
        return str(found[0])

    def told(self, desk: Desk) -> list[tuple[str, str]]:
        """Role and event of the notifications of an authority."""
        return self.connection.execute(
            "SELECT u.role, n.params ->> 'what' FROM notices_notice n"
            " JOIN accounts_user u ON u.id = n.user_id WHERE n.organisation_id = %s ORDER BY n.at, 1",
            [desk.office.id],
        ).fetchall()


@pytest.fixture
def pair(connection: psycopg.Connection[Any]) -> Pair:
    """Two authorities and a third."""
    return Pair(connection)


def test_from_the_form_to_the_acknowledgement_in_both_languages(pair: Pair) -> None:
    """An officer searches the substance, saves a draft, sends it; the other authority reads and acknowledges;
    the first one reads the answer without the name of the person who gave it."""
    writer = pair.exporter.client()
    found = writer.post("/notices/new/", {"q": "ammonium nitrat", "find": "1", **FIELDS})
    assert "cas:6484-52-2" in found.content.decode()
    sent = {**FIELDS, "addressee": str(pair.importer.office.id)}
    answer = writer.post("/notices/new/", sent)
    assert answer.status_code == 302
    page = answer.headers["location"]
    assert "Engrais Démo SA" in writer.get(page).content.decode()
    assert pair.importer.client().get(page).status_code == 404
    assert writer.post(f"{page}act/", {"action": "send", "version": "1"}).status_code == 302
    for language, words in (
        ("en", ("Answer due in", "Ammonium nitrate", "20,000.5 kilograms", "From the authority")),
        ("fr", ("Réponse attendue dans", "Nitrate d", "20\u202f000,5 kilogrammes")),
    ):
        shown = pair.importer.client(language=language).get(page).content.decode()
        for word in (*words, "Engrais Démo SA", "Demo Farms Ltd", "A. Démo", "Exporter"):
            assert word in shown, word
    reader = pair.importer.client()
    assert "Nothing to do" not in reader.get("/notices/").content.decode()
    assert reader.post(f"{page}act/", {"action": "object", "version": "2"}).status_code == 422
    done = reader.post(
        f"{page}act/", {"action": "acknowledge", "version": "2", "text": "Agreed & kept"}
    )
    assert done.status_code == 302
    shown = writer.get(page).content.decode()
    assert "Agreed &amp; kept" in shown
    assert "acknowledged" in shown
    assert "officerImporter" not in shown


def test_a_third_organisation_and_a_reader_of_another_theme_see_nothing(pair: Pair) -> None:
    """No status code, no count, no line tells that a notice exists; a draft does not exist for its
    addressee."""
    from vedette.goods.app.models import ExportNotice, NoticeClear, NoticeCopy, NoticeEvent

    third = pair.third.client()
    before = third.get("/notices/?list=all").content.decode()
    row = pair.draft()
    models = (ExportNotice, NoticeCopy, NoticeClear, NoticeEvent)

    def counts(desk: Desk, role: str = "officer") -> list[int]:
        with acting(desk.people[role]):
            return [model.objects.count() for model in models]

    assert counts(pair.importer) == [0, 0, 0, 0]
    pair.act(pair.exporter, row, "send", "")
    pair.act(pair.importer, row, "ask")
    assert counts(pair.exporter) == counts(pair.importer) == [1, 1, 2, 2]
    assert counts(pair.third) == [0, 0, 0, 0]
    assert _plain(third.get("/notices/?list=all").content.decode()) == _plain(before)
    unknown = third.get(f"/notices/{uuid.uuid4()}/").status_code
    for method, path in (("get", ""), ("get", "edit/"), ("post", "act/")):
        answer = getattr(third, method)(f"/notices/{row.pk}/{path}")
        assert answer.status_code == unknown == 404
    assert pair.watch(NOW) > 0
    assert pair.told(pair.third) == []
    pair.connection.execute(
        "UPDATE accounts_user SET themes = '{small_arms}' WHERE organisation_id = %s",
        [pair.importer.office.id],
    )
    narrowed = pair.importer.client()
    assert narrowed.get(f"/notices/{row.pk}/").status_code == 404
    assert row.number not in narrowed.get("/notices/?list=all").content.decode()


def _plain(page: str) -> str:
    """A page without what changes with each request."""
    return re.sub(
        r'(name="csrfmiddlewaretoken" value|nonce|title|datetime)="[^"]*"|\d\d:\d\d', "", page
    )


def test_neither_authority_changes_what_is_not_its_own(pair: Pair) -> None:
    """By raw SQL in its scope: the other's copy, what was sent, an event in the name of the other."""
    from vedette.goods.app.models import ExportNotice, NoticeCopy, NoticeEvent

    row = pair.sent()
    importer, exporter = pair.importer.people["officer"], pair.exporter.people["officer"]
    with acting(importer):
        assert NoticeCopy.objects.filter(organisation_id=pair.exporter.office.id).count() == 0
    for user in (importer, exporter):
        with pytest.raises(DatabaseError, match="does not change"), acting(user):
            ExportNotice.objects.filter(pk=row.pk).update(quantity=1)
    with pytest.raises(DatabaseError, match="row-level security"), acting(importer):
        NoticeEvent.objects.create(
            organisation_id=pair.exporter.office.id, notice_id=row.pk, number=9, action="close",
            state="closed", at=NOW,
        )  # fmt: skip
    with pytest.raises(DatabaseError, match="permission denied"), acting(exporter):
        NoticeEvent.objects.all().delete()


def test_without_consent_or_participation_nothing_is_sent(pair: Pair) -> None:
    """The form says why; the database refuses it as well."""
    from vedette.goods.app.models import ExportNotice
    from vedette.goods.app.notices import actions as noticing

    bare = pair.draft({**FIELDS, "consent_by": "", "consent_on": "", "consent_basis": ""})
    with pytest.raises(noticing.Refused):
        pair.act(pair.exporter, bare, "send")
    client = pair.exporter.client()
    answer = client.post(f"/notices/{bare.pk}/act/", {"action": "send", "version": "1"})
    assert answer.status_code == 409
    assert "consent of the exporter" in answer.content.decode()
    with (
        pytest.raises(DatabaseError, match="export_notice_consent"),
        acting(pair.exporter.people["officer"]),
    ):
        ExportNotice.objects.filter(pk=bare.pk).update(sent_at=NOW)
    row = pair.draft()
    with acting(pair.importer.people["supervisor"]):
        noticing.set_desk(pair.importer.people["supervisor"], False, 48)
    with pytest.raises(noticing.Closed):
        pair.act(pair.exporter, row, "send")
    assert str(pair.importer.office.id) not in client.get("/notices/new/").content.decode()


def test_two_persons_at_once_act_once(pair: Pair) -> None:
    """The second one acts on a version that is no longer the present one."""
    from vedette.goods.app.notices import actions as noticing

    row = pair.sent()
    pair.act(pair.importer, row, "ask")
    user = pair.importer.people["supervisor"]
    with acting(user), pytest.raises(noticing.Stale):
        noticing.act(user, row.pk, "object", row.version, "No")
    answer = pair.importer.client().post(
        f"/notices/{row.pk}/act/", {"action": "object", "version": "2", "text": "Keep me"}
    )
    assert answer.status_code == 409
    assert "Keep me" in answer.content.decode()
    assert pair.state(row) == "question"


def test_a_deadline_escalates_exactly_at_its_hour(
    pair: Pair, database: str, connection: psycopg.Connection[Any]
) -> None:
    """48 hours after the sending, by the time of the database, and not a second before; the persons
    responsible in both authorities are notified once; the journal of both has the entry. Then the late answer
    counts, and the question has a deadline of its own, of 24 hours."""
    start = NOW.replace(minute=0, second=0)
    with ticking(database, start) as clock:
        row = pair.sent()
        assert row.due_at == start + dt.timedelta(hours=48)
        pair.watch(start)
        assert [what for _, what in pair.told(pair.importer)] == ["send"] * 2
        clock.passes(hours=47, minutes=59, seconds=59)
        assert pair.watch(clock.at) == 0
        assert pair.state(row) == "sent"
        clock.passes(seconds=1)
        assert pair.watch(clock.at) > 0
        assert pair.state(row) == "expired"
        for desk in (pair.exporter, pair.importer):
            assert [one for one in pair.told(desk) if one[1] == "expire"] == [
                ("supervisor", "expire")
            ]
        assert pair.watch(clock.at) == 0
        logged = connection.execute(
            "SELECT organisation_id FROM accounts_act WHERE act = 'notice.act'"
            " AND detail ->> 'action' = 'expire' ORDER BY 1"
        ).fetchall()
        homes = (pair.exporter.office.id, pair.importer.office.id)
        assert logged == sorted((home,) for home in homes)
        asked = pair.act(pair.importer, row, "ask")
        assert asked.due_at == clock.at + dt.timedelta(hours=24)
        clock.passes(hours=24)
        pair.watch(clock.at)
        assert pair.state(row) == "expired"
        answered = pair.act(pair.exporter, row, "answer")
        assert answered.due_at == clock.at + dt.timedelta(hours=48)
        assert pair.act(pair.importer, row, "acknowledge").due_at is None


def test_an_objection_reaches_the_exporters_authority_and_is_logged(pair: Pair) -> None:
    """Its persons are notified and read the reason; the journals of both authorities name the act; the
    notification leads to the notice."""
    row = pair.sent()
    pair.act(pair.importer, row, "object", "The consignee is not registered.")
    pair.watch(NOW)
    assert [what for _, what in pair.told(pair.exporter)] == ["object"] * 2
    client = pair.exporter.client()
    assert (
        f"Objection to pre-export notice {row.number}"
        in client.get("/notifications/").content.decode()
    )
    note = pair.connection.execute(
        "SELECT n.id FROM notices_notice n JOIN accounts_user u ON u.id = n.user_id WHERE u.username = %s",
        [pair.exporter.people["officer"].username],
    ).fetchone()
    assert note is not None
    assert client.get(f"/notifications/{note[0]}/").headers["location"] == f"/notices/{row.pk}/"
    shown = client.get(f"/notices/{row.pk}/").content.decode()
    assert "The consignee is not registered." in shown
    logged = pair.connection.execute(
        "SELECT act, detail ->> 'action' FROM accounts_act WHERE organisation_id = %s AND subject = %s"
        " AND act LIKE 'notice.%%' ORDER BY id",
        [pair.exporter.office.id, str(row.pk)],
    ).fetchall()
    assert ("notice.reach", "object") in logged
    assert "registered" not in str(
        pair.connection.execute("SELECT detail FROM accounts_act").fetchall()
    )


def test_a_declaration_shows_its_notice_and_profiles_read_its_state(pair: Pair) -> None:
    """By its number in any document, whoever the parties are; by consignor, consignee and substance; for no
    other item and no other organisation. A changed state is screened again."""
    about = {"kind": "goods", "theme": "global_shield", "purpose": "border", "weight": 40}
    refs = {
        in_force(pair.importer.office, expression, **about).profile.ref: expression
        for expression in ("notice_objected", "notice_unanswered")
    }
    row = pair.sent(OF_ACID)
    pair.importer.receive(ACID, SHOES)
    linked = "SELECT number FROM goods_goodsitem WHERE notice_id IS NOT NULL ORDER BY number"
    assert pair.connection.execute(linked).fetchall() == [(1,)]
    page = pair.importer.client().get(f"/goods/{pair.importer.item()}/").content.decode()
    assert row.number in page
    assert "sent, not yet answered" in page
    assert (
        row.number
        not in pair.importer.client().get(f"/goods/{pair.importer.item(2)}/").content.decode()
    )
    assert _profiles(pair.importer, refs) == ["notice_unanswered"]
    pair.act(pair.importer, row, "object")
    pair.importer.work()
    assert _profiles(pair.importer, refs) == ["notice_objected"]
    pair.third.receive(ACID)
    assert pair.connection.execute(
        "SELECT count(*) FROM goods_goodsitem WHERE notice_id IS NOT NULL"
    ).fetchone() == (1,)
    named = msgspec.structs.replace(
        SHOES, documents=(Document(code="Z999", reference=row.number.lower()),)
    )
    pair.importer.receive(ACID, named, action="amendment", at=NOW + dt.timedelta(minutes=1))
    assert pair.connection.execute(linked).fetchall() == [(1,), (2,)]


def _profiles(desk: Desk, refs: dict[str, str]) -> list[str]:
    """The expressions of the profiles with an open reason."""
    rows = desk.connection.execute(
        "SELECT DISTINCT params ->> 'ref' FROM hits_reason WHERE organisation_id = %s"
        " AND kind = 'profile' AND state = 'open'",
        [desk.office.id],
    )
    return sorted(refs[ref] for (ref,) in rows)


def test_a_notice_that_comes_later_reaches_the_stored_items(pair: Pair) -> None:
    """The declaration was stored before the notice was sent."""
    pair.importer.receive(ACID)
    row = pair.sent(OF_ACID)
    pair.importer.work()
    page = pair.importer.client().get(f"/goods/{pair.importer.item()}/").content.decode()
    assert row.number in page


def test_each_copy_ends_with_its_own_items(pair: Pair) -> None:
    """Restriction and erasure of the item of the importer's authority hide and delete its copy of the parties
    and texts, and leave that of the exporter's authority; an access request gives the notice. When no copy is
    left, the notice ends."""
    from vedette.apps.approvals import actions as approvals
    from vedette.apps.requests import actions

    row = pair.sent(OF_ACID)
    pair.act(pair.importer, row, "ask", "Who is it for?")
    pair.importer.receive(ACID)
    assert pair.importer.count("goods_noticeclear") == 4
    item, dpo = pair.importer.item(), pair.importer.office.dpo
    path = f"/notices/{row.pk}/"
    with acting(dpo):
        asked = pair.importer.request("access", item)
        given = actions.answer(dpo, asked, "prevention", "law 1", "en", "json").decode()
        assert actions.restrict(dpo, pair.importer.request("restricted", item), True) == 1
    assert "EXEMPLE CHIMIE SARL" in given
    hidden = pair.importer.client().get(path).content.decode()
    assert "EXEMPLE CHIMIE" not in hidden
    assert "Who is it for?" not in hidden
    assert "masked or deleted" in hidden
    assert "EXEMPLE CHIMIE" in pair.exporter.client().get(path).content.decode()
    with acting(dpo):
        gone = pair.importer.request("erasure", item)
        approval = actions.ask_erasure(dpo, gone, "The court ordered the erasure in case 12.")
    with acting(pair.importer.office.supervisor):
        approvals.decide(pair.importer.office.supervisor, approval.pk, True)
    assert pair.importer.count("goods_noticeclear") == 2
    assert pair.importer.client().get(path).status_code == 200
    assert "Who is it for?" in pair.exporter.client().get(path).content.decode()
    pair.watch(NOW)
    assert pair.importer.count("goods_exportnotice") == 1
    pair.connection.execute("DELETE FROM goods_noticecopy")
    pair.watch(NOW)
    assert (
        pair.importer.count("goods_exportnotice") == pair.importer.count("goods_noticeevent") == 0
    )


def test_masking_and_the_end_of_retention_take_a_notice(pair: Pair, tmp_path: Path) -> None:
    """The parties and texts are sealed when the period of masking is over, in both copies; later the copies
    and then the notice end."""
    from vedette.apps.retention import runs
    from vedette.commands.environment import keys
    from vedette.keys.months import MonthKeys

    row = pair.sent(OF_ACID)
    pair.act(pair.importer, row, "object", "Not registered.")
    months = MonthKeys.load(tmp_path / "months", create=True, environ={})
    mask_after, delete_after = pair.connection.execute(
        "SELECT mask_after, delete_after FROM vedette_periods('goods', %s)", [NOW.date()]
    ).fetchone()  # type: ignore[misc]

    def run(days: int) -> None:
        runs.run(pair.connection, keys(), months, NOW + dt.timedelta(days=days))

    run(mask_after - 1)
    assert pair.importer.count("goods_noticeclear") == 4
    run(mask_after + 32)
    assert pair.importer.count("goods_noticeclear") == 0
    assert pair.importer.count("retention_vault") == 4
    for desk in (pair.exporter, pair.importer):
        page = desk.client().get(f"/notices/{row.pk}/").content.decode()
        assert "masked or deleted" in page
        assert "EXEMPLE CHIMIE" not in page
        assert "Not registered." not in page
    run(delete_after + 40)
    assert pair.importer.count("goods_noticecopy") == pair.importer.count("retention_vault") == 0
    pair.watch(NOW)
    assert pair.importer.count("goods_exportnotice") == 0


def test_neither_authority_writes_texts_or_states_of_the_other(pair: Pair) -> None:
    """By raw SQL: a text without an event of the user, a state of the other side, another theme."""
    from django.db import connection as web

    from vedette.goods.app.models import ExportNotice, NoticeEvent

    row = pair.sent()
    importer, exporter = pair.importer.people["officer"], pair.exporter.people["officer"]
    count = pair.exporter.count("goods_noticeclear")
    event = NoticeEvent.objects.using("intake").get()
    for id_ in (uuid.uuid4(), event.pk):
        with acting(importer), web.cursor() as cursor:
            cursor.execute(
                "SELECT vedette_notice_text(%s, %s, %s::jsonb)", [row.pk, id_, '{"text": "Forged"}']
            )
    assert pair.exporter.count("goods_noticeclear") == count
    pair.connection.execute(
        "DELETE FROM goods_noticecopy WHERE organisation_id = %s", [pair.importer.office.id]
    )
    with acting(exporter), web.cursor() as cursor:
        cursor.execute("SELECT vedette_send_notice(%s)", [row.pk])
    assert pair.exporter.count("goods_noticecopy") == 1
    for user, states_ in (
        (importer, ("withdrawn", "closed", "answered", "expired")),
        (exporter, ("acknowledged", "objected", "question", "expired")),
    ):
        for state in states_:
            with pytest.raises(DatabaseError, match="other authority"), acting(user):
                ExportNotice.objects.filter(pk=row.pk).update(state=state)
        with pytest.raises(DatabaseError, match="does not change"), acting(user):
            ExportNotice.objects.filter(pk=row.pk).update(theme="strategic")


def test_an_objection_is_hidden_by_no_other_notice(pair: Pair) -> None:
    """Neither by a number that the declarant states, nor by a later notice of a third authority with the same
    parties."""
    from vedette.goods.app.models import ExportNotice
    from vedette.goods.app.notices import actions as noticing

    agreed = pair.sent({**OF_ACID, "consignor_name": "Another", "consignee_number": "1"})
    pair.act(pair.importer, agreed, "acknowledge")
    objected = pair.sent(OF_ACID)
    pair.act(pair.importer, objected, "object")
    content, _ = states.read(OF_ACID, NOW.date())
    assert content is not None
    user = pair.third.people["officer"]
    with acting(user):
        row = noticing.save(user, content, pair.importer.office.id)
    pair.act(pair.third, row, "send", "")
    named = msgspec.structs.replace(
        ACID, documents=(*ACID.documents, Document(code="Z999", reference=agreed.number))
    )
    pair.importer.receive(named)
    assert pair.connection.execute(
        "SELECT c.notice_id FROM goods_goodsitem g JOIN goods_noticecopy c ON c.id = g.notice_id"
    ).fetchall() == [(objected.pk,)]
    assert ExportNotice.objects.using("intake").count() == 3
