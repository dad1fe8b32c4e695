"""A movement of cash goes through all that the product does with a subject: from the message to the decision,
the pages, the search, and the count."""

from __future__ import annotations

import datetime as dt
import uuid

import psycopg
import pytest
from tests.cash.app.desk import CASE, Desk
from tests.cash.stated import NOW, announcement, changed, declaration

from vedette.cash import codes
from vedette.cash.records import Transport

pytestmark = pytest.mark.database

LISTED = "L-1,person,EXEMPLEAU,IDA,1980-02-03,FRA,\n"
CODE = codes.encode(0x123456789ABCDEF)


def test_from_the_message_to_the_decision(desk: Desk) -> None:
    """The inbox, a worker, the list, the queue, the page of the hit and its sheet, the decision; both
    languages."""
    assert desk.hits() == []
    desk.import_list(LISTED)
    desk.work()
    [hit] = desk.hits()
    assert hit.subject_id == desk.movement()
    assert hit.theme == "cash"
    assert hit.due_at == NOW + dt.timedelta(hours=5)
    for language, words in (
        ("en", ("Lines of cash", "Count", "Journey", "EUR 12,500", "USD 3,000.5")),
        ("fr", ("Comptage", "Trajet")),
    ):
        client = desk.client(language=language)
        queue = client.get("/").content.decode()
        assert "Ida Exempleau" in queue
        assert "2026-117" in queue
        page = client.get(f"/hits/{hit.pk}/").content.decode()
        for word in words:
            assert word in page, (language, word)
        assert "Bijoux Modele SARL" in page
        assert client.get(f"/hits/{hit.pk}/sheet/").status_code == 200
        assert client.get("/messages/").status_code == 200
        assert client.get("/cash/").status_code == 200
        assert client.get("/cash/new/").status_code == 200
        assert client.get(f"/cash/{desk.movement()}/").status_code == 200
        assert client.get(f"/cash/{desk.movement()}/count/").status_code == 200
    desk.decide("refer", hit)
    [hit] = desk.hits()
    assert hit.state == "decided"


def test_cash_that_crossed_is_due_at_once(desk: Desk) -> None:
    """The crossing of undeclared cash is over when its record is received. Its hit is due two hours later, in
    the class of the hits that are due soon, and keeps its time when it is screened again."""
    crossed = Transport(
        arrival_country="SN", arrival=NOW.replace(tzinfo=None) - dt.timedelta(hours=1)
    )
    desk.receive(changed(declaration(reference="2026-118"), transport=crossed))
    for list_ in (LISTED, LISTED + "L-2,person,OTHER,NAME,1970-01-01,FRA,\n"):
        desk.import_list(list_)
        desk.work(NOW + dt.timedelta(minutes=30))
        assert sorted(hit.due_at - NOW for hit in desk.hits()) == [
            dt.timedelta(hours=2), dt.timedelta(hours=5),
        ]  # fmt: skip


def test_an_announcement_counts_only_after_an_officer_accepts_it(desk: Desk) -> None:
    """It is found by its code, its document and its name, and is screened against lists. Its identifiers are
    those of no movement. After the acceptance they are, and a correction of the public form changes
    nothing."""
    [paper] = desk.movements()
    desk.import_list(LISTED)
    desk.receive(announcement(CODE))
    announced = next(one for one in desk.movements() if one != paper)
    kinds = {
        kind for (kind,) in desk.rows(
            "SELECT DISTINCT kind FROM subjects_identifier WHERE subject_id = %s", announced
        )
    }  # fmt: skip
    assert kinds == {"announced"}
    assert {hit.subject_id for hit in desk.hits()} == {paper, announced}
    client = desk.client()
    for text in (CODE, codes.grouped(CODE).lower(), "X1234567", "Exempleau Ida"):
        found = client.post("/cash/find/", {"q": text, **CASE}, follow=True).content.decode()
        assert "announcement" in found, text
    wrong = CODE[:-1] + ("0" if CODE[-1] != "0" else "1")
    assert "check character is wrong" in client.post("/cash/find/", {"q": wrong}).content.decode()
    page = client.get("/cash/").content.decode()
    assert str(announced) not in page
    # A day without movements leads to the last day that has some.
    later = client.get("/cash/?day=2099-01-01").content.decode()
    [(day,)] = desk.rows("SELECT crosses_on FROM cash_movement WHERE id = %s", paper)
    assert f'href="?day={day}">Show the last movements' in later
    assert "Show the last" not in client.get("/cash/?day=2001-01-01").content.decode()
    assert client.get(f"/cash/{announced}/count/").status_code == 422
    assert client.post(f"/cash/{announced}/accept/", {}).status_code == 422
    done = client.post(f"/cash/{announced}/accept/", desk.seen(announced))
    assert done.status_code == 302
    kinds = {
        kind for (kind,) in desk.rows(
            "SELECT DISTINCT kind FROM subjects_identifier WHERE subject_id = %s", announced
        )
    }  # fmt: skip
    assert {"document", "person", "party", "reference", "phone", "email"} <= kinds
    assert "announced" not in kinds
    later = NOW + dt.timedelta(minutes=5)
    other = changed(announcement("", later, amends=CODE), lines=())
    desk.receive(other, at=later)
    assert len(desk.movements()) == 2
    page = client.get(f"/cash/{announced}/").content.decode()
    assert "EUR 12,500" in page


def test_a_count_keeps_its_versions_and_its_differences(desk: Desk) -> None:
    """The officer counts, another officer counts again, and a form that is sent twice is one count."""
    id_, client = desk.movement(), desk.client()
    page = client.get(f"/cash/{id_}/count/").content.decode()
    assert "Declared line 3" in page
    form = {
        "id": str(uuid.uuid4()), "version": "0", "place": "Dakar T1", "day": f"{NOW:%Y-%m-%d}",
        "time": "00:01", "person-0-name": "A. Sarr", "person-0-role": "officer",
        "rows-1": "2", "found-1-0-kind": "currency", "found-1-0-currency": "EUR",
        "found-1-0-denomination": "500", "found-1-0-quantity": "24",
        "found-1-1-kind": "currency", "found-1-1-currency": "EUR",
        "rows-2": "1", "found-2-0-kind": "currency", "found-2-0-currency": "USD",
        "found-2-0-amount": "3000.50",
        "rows-3": "1", "found-3-0-kind": "gold", "found-3-0-type": "bullion", "found-3-0-weight": "200",
        "found-3-0-quantity": "2",
        "rows-0": "1", "found-0-0-kind": "currency", "found-0-0-currency": "CHF", "found-0-0-amount": "900",
    }  # fmt: skip
    assert client.post(f"/cash/{id_}/count/", {**form, "place": ""}).status_code == 422
    for _ in range(2):
        assert client.post(f"/cash/{id_}/count/", form).status_code == 302
    page = client.get(f"/cash/{id_}/").content.decode()
    assert "− EUR 500" in page
    assert "+ CHF 900" in page
    assert desk.rows("SELECT number, differs FROM cash_count") == [(1, True)]
    stale = client.post(f"/cash/{id_}/count/", {**form, "id": str(uuid.uuid4())})
    assert "Another person counted" in stale.content.decode()
    again = {**form, "id": str(uuid.uuid4()), "version": "1", "found-1-0-quantity": "25"}
    del again["found-0-0-amount"]
    again["found-0-0-kind"] = again["found-0-0-currency"] = ""
    assert client.post(f"/cash/{id_}/count/", again).status_code == 302
    assert desk.rows("SELECT number, differs FROM cash_count ORDER BY 1") == [(1, True), (2, False)]
    page = client.get(f"/cash/{id_}/").content.decode()
    assert "2 versions" in page
    desk.work()


def test_the_form_of_an_officer_becomes_a_movement(desk: Desk) -> None:
    """Undeclared cash is recorded without a script, screened, and found by its reference."""
    client = desk.client()
    form = {
        "id": str(uuid.uuid4()), "record": "ex_officio", "direction": "entry", "day": f"{NOW:%Y-%m-%d}",
        "reference": "2026-118", "reason": "not_declared",
        "line-TOTAL_FORMS": "2", "line-INITIAL_FORMS": "0",
        "line-0-kind": "currency", "line-0-currency": "xof", "line-0-amount": "9 000 000",
        "carrier-last_names": "Modelli", "carrier-first_names": "Ugo", "carrier-document_type": "I",
        "carrier-document_number": "CA00000AA", "carrier-document_issuer": "ITA",
    }  # fmt: skip
    assert client.post("/cash/new/", {**form, "carrier-last_names": ""}).status_code == 422
    assert client.post("/cash/new/", {**form, "line-0-amount": "-5"}).status_code == 422
    for _ in range(2):
        assert client.post("/cash/new/", form).status_code == 302
    desk.work()
    assert len(desk.movements()) == 2
    found = client.post("/cash/find/", {"q": "2026-118", **CASE}).content.decode()
    assert "Ugo Modelli" in found
    rows = desk.rows("SELECT record, announced FROM cash_movement WHERE record = 'ex_officio'")
    assert rows == [("ex_officio", False)]


def test_corrections_and_cancellations_arrive_in_any_order(desk: Desk) -> None:
    """A correction names the reference. The later statement applies, whichever is received first."""
    id_, later = desk.movement(), NOW + dt.timedelta(minutes=9)
    corrected = changed(
        declaration(later, action="correction", amends="2026-117"), uses=("charity",)
    )
    desk.receive(corrected)
    desk.receive(changed(declaration(NOW + dt.timedelta(minutes=3)), uses=("gambling",)))
    assert desk.movements() == [id_]
    assert "charity" in desk.client().get(f"/cash/{id_}/").content.decode()
    desk.receive(
        declaration(later + dt.timedelta(minutes=1), action="cancellation", amends="2026-117")
    )
    assert "cancelled" in desk.client().get(f"/cash/{id_}/").content.decode()


def test_two_administrations_do_not_see_each_other(
    desk: Desk, connection: psycopg.Connection[object]
) -> None:
    other = Desk(connection, "B")
    other.receive(declaration())
    assert other.movement() != desk.movement()
    assert other.client().get(f"/cash/{desk.movement()}/").status_code == 404
    found = other.client().post("/cash/find/", {"q": "2026-117", **CASE}).content.decode()
    assert str(desk.movement()) not in found


def test_a_search_without_a_code_states_its_purpose(desk: Desk) -> None:
    """A code needs none: the person stands before the officer. Any other text does, and is kept meanwhile.
    The journal contains the purpose."""
    desk.receive(announcement(CODE))
    client = desk.client()
    assert client.post("/cash/find/", {"q": CODE}).status_code == 302
    for given in (
        {},
        {"purpose": "x", "case": "2026-1"},
        {"purpose": "border", "case": "Exempleau"},
    ):
        asked = client.post("/cash/find/", {"q": "Ida Exempleau", **given})
        page = asked.content.decode()
        assert asked.status_code == 422, given
        assert 'value="Ida Exempleau"' in page
        assert "2026-117" not in page
    query = (
        "SELECT detail ->> 'purpose', detail ->> 'found' FROM accounts_act WHERE act = 'cash.find'"
        " ORDER BY id"
    )
    assert desk.rows(query) == [(None, "1")]
    found = client.post("/cash/find/", {"q": "Ida Exempleau", **CASE})
    assert "2026-117" in found.content.decode()
    assert "case 2026-114" in found.content.decode()
    # The purpose stays for the session.
    assert client.post("/cash/find/", {"q": "X1234567"}).status_code == 200
    assert desk.rows(query)[1:] == [("border", "2"), ("border", "2")]
