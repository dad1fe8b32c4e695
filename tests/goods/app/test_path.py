"""A goods item goes through all that the product does with a subject: from the file to the decision, the
pages, the search, masking, requests of persons, and two organisations."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from tests.goods import declared
from tests.goods.app.desk import HEAD, PISTOL, Desk
from tests.goods.declared import ACID, EXPORTER, NOW, SHOES

from vedette.goods.records import Container, Document

pytestmark = pytest.mark.database


def test_from_the_file_to_the_decision(desk: Desk) -> None:
    """The inbox, a worker, the queue, the page of the hit and its sheet, the decision; both languages."""
    [hit] = desk.hits()
    assert (hit.subject_id, hit.group_id, hit.theme) == (
        desk.item(), desk.declaration(), "global_shield",
    )  # fmt: skip
    assert ("control_list", "eu_2019_1148_annex_1:cas:7697-37-2", "open") in desk.reasons()
    assert hit.due_at == NOW + dt.timedelta(hours=5)
    for language, words in (
        ("en", ("Nitric acid", "Description, as received", "Parties", "Goods item")),
        (
            "fr",
            ("Acide nitrique", "Désignation", "Parties", "marchandise", "annexe I (précurseurs"),
        ),
    ):
        client = desk.client(language=language)
        queue = client.get("/").content.decode()
        assert "Industrial cleaning agent" in queue
        assert "LRN-1" in queue
        page = client.get(f"/hits/{hit.pk}/").content.decode()
        for word in words:
            assert word in page, (language, word)
        assert "<mark>nitric acid<sup>1</sup></mark>" in page
        assert "Y901" in page
        assert "Exemple Chimie SARL" in page
        assert client.get(f"/hits/{hit.pk}/sheet/").status_code == 200
        assert client.get("/messages/").status_code == 200
    api = desk.client().get(f"/api/hits/{hit.pk}")
    assert api.status_code in (200, 401)
    desk.decide("refer", hit)
    [hit] = desk.hits()
    assert hit.state == "decided"
    assert {state for _, _, state in desk.reasons()} == {"answered"}


def test_the_bar_of_a_hit_shows_its_theme(desk: Desk, connection: psycopg.Connection[Any]) -> None:
    """A reader with the themes of several kinds sees the pages of goods on the page of a goods hit."""
    connection.execute("UPDATE accounts_user SET themes = '{passengers}' || themes")
    page = desk.client().get(f"/hits/{desk.hits()[0].pk}/").content.decode()
    assert 'href="/declarations/"' in page
    assert 'href="/?of=traveller"' in page


def test_the_page_of_the_declaration_and_of_its_items(desk: Desk) -> None:
    client = desk.client()
    day = client.get(f"/declarations/?day={NOW.date()}").content.decode()
    assert "LRN-1" in day
    page = client.get(f"/declarations/{desk.declaration()}/").content.decode()
    for word in ("Industrial cleaning agent", "Leather shoes", "Entretien Demo SA", "CSQU3054383"):
        assert word in page, word
    item = client.get(f"/goods/{desk.item(2)}/").content.decode()
    assert "Leather shoes" in item
    empty = client.get("/declarations/?day=2001-01-01").content.decode()
    assert "No declaration to show" in empty
    acts = desk.connection.execute(
        "SELECT act FROM accounts_act WHERE act IN ('declaration.see', 'record.see') ORDER BY 1"
    ).fetchall()
    assert acts == [("declaration.see",), ("record.see",)]


def test_the_page_of_an_item_says_how_marks_were_read_and_where_the_goods_are(desk: Desk) -> None:
    """In favour first, then the description with its marks, parties, documents, route and containers; the
    place of the item in its declaration, and the ways to the items beside it."""
    client = desk.client()
    page = client.get(f"/goods/{desk.item()}/").content.decode()
    order = [page.index(f'id="{anchor}"') for anchor in ("pro", "said", "par", "doc", "way", "eq")]
    assert order == sorted(order)
    marks = page[page.index('id="said"') : page.index('id="par"')]
    for word in ("name of the entry", "Nitric acid", "Regulation (EU) 2019/1148"):
        assert word in marks, word
    route = page[page.index('id="way"') : page.index('id="eq"')]
    places = ("France", "FRMRS", "on the way", "SNDKR", "Senegal", "MV EXEMPLE", "SN001")
    assert [word for word in places if word not in route] == []
    equipment = page[page.index('id="eq"') :]
    for word in ("CSQU3054383", "S-1", "correct"):
        assert word in equipment, word
    assert "item 1 of 2" in page
    assert f"/goods/{desk.item(2)}/" in page
    hit = client.get(f"/hits/{desk.hits()[0].pk}/").content.decode()
    order = [hit.index(f'id="{anchor}"') for anchor in ("pro", "said", "why", "par", "log")]
    assert order == sorted(order)


def test_a_wrong_container_and_an_ended_code_are_marked(desk: Desk) -> None:
    """A number without a correct check digit, and a document code that ended before the declaration."""
    old = msgspec.structs.replace(SHOES, number=1, documents=(Document(code="X002"),))
    stated = declared.message(old, lrn="LRN-9")
    of = stated.consignments[0]
    wrong = msgspec.structs.replace(of, equipment=(Container(number="CSQU3054384", seals=()),))
    desk.put(msgspec.structs.replace(stated, consignments=(wrong,)))
    rows = desk.connection.execute(
        "SELECT g.id FROM goods_goodsitem g JOIN goods_declarationclear c USING (declaration_id)"
        " WHERE c.reference = 'LRN-9'"
    ).fetchall()
    page = desk.client().get(f"/goods/{rows[0][0]}/").content.decode()
    assert "this is not an ISO 6346 number" in page
    assert "this code is no longer valid" in page


def test_the_page_of_a_declaration_sums_its_items(desk: Desk) -> None:
    page = desk.client().get(f"/declarations/{desk.declaration()}/").content.decode()
    foot = page[page.index("<tfoot>") : page.index("</tfoot>")]
    assert "4,720" in foot
    assert "EUR 10,452" in foot
    assert "EUR 1.62" in page
    # Values in several currencies have no sum.
    desk.receive(ACID, msgspec.structs.replace(SHOES, currency="XOF"), at=NOW, action="replacement")
    page = desk.client().get(f"/declarations/{desk.declaration()}/").content.decode()
    foot = page[page.index("<tfoot>") : page.index("</tfoot>")]
    assert "10,452" not in foot
    assert "4,720" in foot


def test_an_amendment_reopens_the_hit_of_a_changed_item(desk: Desk) -> None:
    [hit] = desk.hits()
    desk.decide("release", hit)
    later = NOW + dt.timedelta(minutes=5)
    desk.receive(msgspec.structs.replace(ACID, net_mass_kg=5000.0), at=later, action="amendment")
    assert [one.state for one in desk.hits()] == ["decided"]
    desk.receive(
        msgspec.structs.replace(ACID, hs="382499"),
        at=later + dt.timedelta(minutes=5), action="amendment",
    )  # fmt: skip
    assert [one.state for one in desk.hits()] == ["reopened"]


def test_a_corrected_declaration_closes_its_hit(desk: Desk) -> None:
    desk.receive(SHOES, at=NOW + dt.timedelta(minutes=5), action="replacement")
    assert [one.state for one in desk.hits()] == ["void"]


def test_a_message_twice_is_stored_once(desk: Desk) -> None:
    before = [desk.count(t) for t in ("goods_goodsitem", "goods_itemclear", "goods_declaration")]
    desk.receive(ACID, SHOES, at=NOW + dt.timedelta(minutes=1))
    assert [
        desk.count(t) for t in ("goods_goodsitem", "goods_itemclear", "goods_declaration")
    ] == before == [2, 2, 1]  # fmt: skip


def test_a_listed_party_is_a_hit(desk: Desk) -> None:
    """A list that is imported later finds the stored items by the name of the party."""
    from vedette.apps.accounts.models import Organisation
    from vedette.apps.lists.actions import import_list

    home = Organisation.objects.using("intake").get(pk=desk.office.id)
    data = (HEAD + "L-1,company,Exemple Chimie SARL,,,,\n").encode()
    import_list(home, None, "List", {"list.csv": data}, purpose="border", basis="decree 1")
    desk.work()
    assert {kind for kind, _, _ in desk.reasons()} == {"control_list", "watchlist"}
    assert len(desk.hits()) == 2


def test_the_search_finds_references_containers_parties_and_words(desk: Desk) -> None:
    client = desk.client()
    client.post("/search/", {"purpose": "border", "case": "case 7"})
    for text in ("LRN-1", "lrn 1", "CSQU3054383", "entretien demo", "nitric acid drums"):
        assert (
            "Industrial cleaning agent" in client.post("/search/", {"q": text}).content.decode()
        ), text
    nothing = client.post("/search/", {"q": "sulphuric acid"}).content.decode()
    assert "Industrial cleaning agent" not in nothing


def test_another_organisation_sees_nothing_of_it(
    desk: Desk, connection: psycopg.Connection[Any]
) -> None:
    other = Desk(connection, "Other")
    client = other.client()
    for page in (f"/hits/{desk.hits()[0].pk}/", f"/goods/{desk.item()}/",
                 f"/declarations/{desk.declaration()}/"):  # fmt: skip
        assert client.get(page).status_code == 404, page
    other.receive(ACID, SHOES)
    assert len(other.hits()) == 1
    assert other.hits()[0].pk != desk.hits()[0].pk
    client.post("/search/", {"purpose": "border", "case": "case 7"})
    found = client.post("/search/", {"q": "CSQU3054383"}).content.decode()
    assert str(other.item()) in found
    assert str(desk.item()) not in found


def test_a_reader_without_the_theme_sees_nothing(desk: Desk) -> None:
    desk.connection.execute(
        "UPDATE accounts_user SET themes = '{passengers}' WHERE role = 'officer'"
    )
    desk.people["officer"].refresh_from_db(using="intake")
    client = desk.client()
    assert client.get(f"/goods/{desk.item()}/").status_code == 404
    assert "Declarations" not in client.get("/").content.decode()


def test_masking_and_the_end_of_retention(desk: Desk, tmp_path: Path) -> None:
    from vedette.apps.retention import runs
    from vedette.commands.environment import keys
    from vedette.keys.months import MonthKeys

    [hit] = desk.hits()
    desk.decide("refer", hit)
    months = MonthKeys.load(tmp_path / "months", create=True, environ={})
    mask_after, delete_after = desk.connection.execute(
        "SELECT mask_after, delete_after FROM vedette_periods('goods', %s)", [NOW.date()]
    ).fetchone()  # type: ignore[misc]

    def run(days: int) -> None:
        runs.run(desk.connection, keys(), months, NOW + dt.timedelta(days=days))

    run(mask_after - 1)
    assert (desk.count("goods_itemclear"), desk.count("goods_declarationclear")) == (2, 1)
    run(mask_after + 32)
    assert (desk.count("goods_itemclear"), desk.count("goods_declarationclear")) == (0, 0)
    page = desk.client().get(f"/hits/{hit.pk}/").content.decode()
    assert "Masked goods item" in page
    for text in ("nitric acid", "Exemple Chimie", "LRN-1"):
        assert text not in page, text
    assert desk.client().get(f"/declarations/{desk.declaration()}/").status_code == 200
    run(delete_after + 40)
    left = desk.connection.execute("SELECT id, retention_class FROM subjects_subject").fetchall()
    assert left == [(desk.item(), "linked")]
    assert desk.count("goods_declaration") == 1


def test_restriction_rectification_and_erasure(desk: Desk) -> None:
    from tests.apps.profiles.story import acting

    from vedette.apps.approvals import actions as approvals
    from vedette.apps.requests import actions, corrections

    dpo, [hit] = desk.office.dpo, desk.hits()
    with acting(dpo):
        assert actions.restrict(dpo, desk.request("restricted", desk.item()), True) == 1
    hidden = desk.client().get(f"/hits/{hit.pk}/").content.decode()
    assert "Exemple Chimie" not in hidden
    assert "Exemple Chimie" in desk.client("dpo").get(f"/hits/{hit.pk}/").content.decode()
    with acting(dpo):
        actions.restrict(dpo, desk.request("restricted", desk.item()), False)
        corrections.rectify(
            dpo, desk.request("rectified", desk.item()), "consignor", "Autre Nom SARL", "register"
        )
    desk.work()
    assert "Autre Nom SARL" in desk.client().get(f"/hits/{hit.pk}/").content.decode()
    with acting(dpo):
        gone = desk.request("erasure", desk.item(), desk.item(2))
        approval = actions.ask_erasure(dpo, gone, "The court ordered the erasure in case 12.")
    with acting(desk.office.supervisor):
        approvals.decide(desk.office.supervisor, approval.pk, True)
    for table in ("subjects_subject", "goods_goodsitem", "goods_itemclear", "goods_declaration",
                  "goods_declarationclear", "hits_hit", "subjects_identifier"):  # fmt: skip
        assert desk.count(table) == 0, table


def test_an_access_request_finds_and_gives_the_item(desk: Desk) -> None:
    from tests.apps.profiles.story import acting

    from vedette.apps.requests import actions, full
    from vedette.apps.subjects.kinds import Given, app_kind

    dpo = desk.office.dpo
    with acting(dpo):
        found, more = app_kind("goods").find(Given(document="FR 123456789000"))
        assert (set(found), more) == ({desk.item(), desk.item(2)}, False)
        named, _ = app_kind("goods").find(Given(surname="Demo SA", given_names="Entretien"))
        assert set(named) == {desk.item(), desk.item(2)}
        request = desk.request("access", desk.item())
        given = actions.answer(dpo, request, "prevention", "law 1", "en", "json").decode()
        whole = json.dumps(full.file(request.subjects, "2026/117"), default=str)
    assert "nitric acid 68" in given
    assert "control_list" not in given
    assert "eu_2019_1148_annex_1" not in given
    assert "eu_2019_1148_annex_1" in whole


def test_the_module_of_disclose_reads_no_targeting() -> None:
    from tests.apps.requests.test_answers import made_of

    from vedette.apps.subjects.kinds import app_kind

    modules = made_of(app_kind("goods").disclose.__module__)
    targeting = ("vedette.apps.hits", "vedette.apps.lists", "vedette.apps.profiles")
    assert not [name for name in modules if name.startswith(targeting)]


def test_arms_have_their_theme(connection: psycopg.Connection[Any]) -> None:
    desk = Desk(connection)
    desk.receive(msgspec.structs.replace(PISTOL, number=1), parties=(EXPORTER,))
    from vedette.apps.hits.models import Reason

    [reason] = Reason.objects.using("intake").all()
    assert (reason.key, reason.theme) == ("salw:salw:930510", "small_arms")


def test_profiles_read_the_vocabulary_of_goods(desk: Desk) -> None:
    from tests.apps.profiles.story import in_force

    in_force(
        desk.office, "hs_chapter = '64' AND net_mass_kg > 100", kind="goods", theme="global_shield",
        purpose="border", weight=40,
    )  # fmt: skip
    desk.work(NOW + dt.timedelta(hours=1))
    assert "profile" in {kind for kind, _, _ in desk.reasons()}
    assert len(desk.hits()) == 2


def test_the_pages_that_count_and_prefill_ask_the_kind(desk: Desk) -> None:
    pages = {
        "officer": ["/watchlists/", f"/lookouts/new/?subject={desk.item()}", "/profiles/", "/messages/",
                    "/statistics/", "/"],
        "dpo": ["/oversight/", "/retention/"],
        "analyst": ["/profiles/new/?kind=goods", "/profiles/vocabulary/?kind=goods"],
    }  # fmt: skip
    for role, addresses in pages.items():
        client = desk.client(role)
        for address in addresses:
            assert client.get(address, follow=True).status_code == 200, (role, address)


def test_the_queue_of_a_theme_shows_its_hits_alone(desk: Desk) -> None:
    client = desk.client()
    goods = client.get("/?of=goods").content.decode()
    assert "Industrial cleaning agent" in goods
    assert "Goods item" in goods
    others = client.get("/?of=traveller").content.decode()
    assert "Industrial cleaning agent" not in others
    found = client.get("/?of=goods&group=csqu3054383").content.decode()
    assert "Industrial cleaning agent" in found
    assert "Industrial cleaning agent" not in client.get("/?group=other").content.decode()
