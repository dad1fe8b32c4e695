"""Releases between three organisations: what the preview shows is what is sent, who reads what, receipts and
sightings, passing on, recall and narrowing."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from typing import Any

import psycopg
import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from tests.apps.profiles.story import acting
from tests.apps.release.offices import BASIS, PURPOSE, WHY, Party, agree

from vedette.apps.accounts.models import Approval

pytestmark = pytest.mark.database
RECORD = {
    "day": "2026-05-10", "country": "SN", "narrative": "planted by Quenehervé",
    "driver": "Quenehervé", "items": [{"kind": "precursor", "quantity": "20", "unit": "kg"}],
}  # fmt: skip
LATER = dt.timedelta(days=400)


class World:
    """Three organisations, an agreement among them, and helpers for one object."""

    def __init__(self, intake: psycopg.Connection[Any]) -> None:
        self.intake = intake
        self.aa, self.bb, self.cc = (Party(intake, name) for name in ("Aa", "Bb", "Cc"))
        self.agreement = agree(self.aa, self.bb, self.cc, onward=[self.cc.id])

    def item(self, marking: str = "AMBER", **more: Any) -> Any:
        from vedette.apps.release.actions.releases import add

        given = {"purpose": PURPOSE, "legal_basis": BASIS, "agreement": self.agreement} | more
        return self.aa.do("officer", add, "warning", RECORD, marking=marking, **given)

    def preview(self, by: Party, item: Any, *to: Any, copy: Any = None) -> Any:
        from vedette.apps.release import deciding
        from vedette.apps.release.deciding import Recipient

        recipients = [one if isinstance(one, Recipient) else Recipient(one.id) for one in to]

        def run(user: Any) -> Any:
            agreement = deciding.agreement_of(item)
            group = deciding.parties(agreement) if agreement else None
            return deciding.preview(user, item, recipients, group, None, copy), group, recipients

        return by.do("officer", run)

    def send(self, by: Party, item: Any, *to: Any, copy: Any = None, token: str = "") -> Any:
        from vedette.apps.release.actions.releases import send

        seen, group, recipients = self.preview(by, item, *to, copy=copy)
        return by.do(
            "officer", send, item, recipients, group, None, copy, token=token or seen.token
        )

    def ask(self, item: Any, to: Any) -> None:
        """AA's officer asks a second person for approval, and the supervisor allows it."""
        from vedette.apps.approvals import actions as approvals
        from vedette.apps.release.actions.releases import ask
        from vedette.apps.release.deciding import Recipient

        recipient = to if isinstance(to, Recipient) else Recipient(to.id)
        asked = self.aa.do("officer", ask, item, [recipient], WHY)
        self.aa.do("supervisor", approvals.decide, asked.pk, allow=True)

    def copy(self, of: Party, item: Any, role: str = "officer") -> Any:
        from vedette.apps.release.models import Copy

        (found,) = of.read(Copy, role, object=item.object)
        return found

    def contents(self, of: Party, item: Any, role: str = "officer") -> list[Any]:
        from vedette.apps.release.models import Content

        return [one.data for one in of.read(Content, role, item__object=item.object)]

    def work(self) -> int:
        from vedette.apps.release.actions import returns
        from vedette.commands.environment import keys

        return returns.carry_out(self.intake, keys(), dt.datetime.now(dt.UTC))


@pytest.fixture
def world(database: Any, intake: psycopg.Connection[Any]) -> World:
    """Three organisations with an agreement."""
    return World(intake)


@pytest.fixture
def intake(database: Any) -> Any:
    """A connection of a worker."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as made:
        yield made


def test_preview_is_what_is_sent(world: World) -> None:
    """The preview names the organisations with the number of readers; the sending gives exactly the allowed
    ones a copy of the non-nominal view; nobody else reads it; receipts return to the owner."""
    from vedette.apps.release.actions.releases import Changed, Refused
    from vedette.apps.release.models import Feedback, Item, Release

    item = world.item("GREEN")
    seen, _, _ = world.preview(world.aa, item, world.bb, world.cc)
    assert [(one.name, one.people, one.decision.allow) for one in seen.lines] == [
        ("Bb", 3, True),
        ("Cc", 3, True),
    ]
    assert len(world.send(world.aa, item, world.bb)) == 1
    assert world.contents(world.bb, item) == [
        {"type": "warning", "day": "2026-05-10", "country": "SN", "items": RECORD["items"]}
    ]
    assert world.contents(world.cc, item) == []
    assert world.cc.read(Item) == []
    assert world.cc.read(Release) == []
    assert [one.what for one in world.aa.read(Feedback)] == ["arrived"]
    (sent,) = world.bb.read(Release)
    assert sent.fields == ["country", "day", "items", "type"]
    assert sent.hash == world.aa.read(Release)[0].hash
    assert (sent.purpose, sent.legal_basis, sent.marking) == (PURPOSE, BASIS, "TLP:GREEN")
    # An answer that changed since the preview: nothing is sent, and the new preview is there.
    with pytest.raises(Changed) as raised:
        world.send(world.aa, item, world.cc, token=seen.token)
    assert [one.name for one in raised.value.preview.lines] == ["Cc"]
    assert world.contents(world.cc, item) == []
    # TLP:AMBER to a recipient that is new needs a second person.
    second = world.item("AMBER")
    (line,) = world.preview(world.aa, second, world.cc)[0].lines
    assert (line.decision.ground, line.second) == ("new_recipient", True)
    with pytest.raises(Refused, match="nobody"):
        world.send(world.aa, second, world.cc)
    world.ask(second, world.cc)
    assert len(world.send(world.aa, second, world.cc)) == 1
    (release,) = world.aa.read(Release, object=second.object)
    assert release.approval is not None
    # An agreement of others does not help: DD is no party.
    dd = Party(world.intake, "Dd")
    assert world.preview(world.aa, item, dd)[0].lines[0].decision.ground == "no_recipient"
    # TLP:CLEAR without agreement has no group, and an empty group is nobody (MISP #4200).
    clear = world.item("CLEAR", agreement=None)
    assert world.preview(world.aa, clear, world.bb)[0].lines[0].decision.ground == "no_recipient"


def test_red_and_nominal_content(world: World) -> None:
    """TLP:RED goes to a person by name, whom alone the database shows the copy. Names of people need an
    instrument and a second person, and their content is deleted after its period."""
    from vedette.apps.release.actions import returns
    from vedette.apps.release.deciding import Recipient
    from vedette.apps.release.models import Copy

    red = world.item("RED")
    assert world.preview(world.aa, red, world.bb)[0].lines[0].decision.ground == "red"
    named = Recipient(world.bb.id, world.bb.people["supervisor"].pk)
    stranger = Recipient(world.bb.id, world.cc.people["supervisor"].pk)
    assert world.preview(world.aa, red, stranger)[0].lines[0].decision.ground == "red"
    world.ask(red, named)
    world.send(world.aa, red, named)
    assert world.bb.read(Copy, "officer") == []
    assert world.contents(world.bb, red) == []
    assert len(world.contents(world.bb, red, "supervisor")) == 1
    with pytest.raises(DatabaseError, match="raised passes"), acting(world.aa.people["officer"]):
        _send_raw(red, None, world.cc, 1)

    nominal = world.item("AMBER", nominal={"driver": "Quenehervé"})
    assert world.preview(world.aa, nominal, world.bb)[0].lines[0].decision.ground == "nominal"
    assert not world.preview(world.aa, nominal, world.bb)[0].lines[0].second
    world.agreement = agree(
        world.aa, world.bb, world.cc, nominal_instrument="MAA 2019", designated=[world.bb.id]
    )
    nominal = world.item("AMBER", nominal={"driver": "Quenehervé"})
    lines = world.preview(world.aa, nominal, world.bb, world.cc)[0].lines
    assert [(one.decision.ground, one.second) for one in lines] == [
        ("nominal", True),
        ("nominal", False),
    ]
    world.ask(nominal, world.bb)
    world.send(world.aa, nominal, world.bb)
    assert world.contents(world.bb, nominal)[0]["nominal"] == {"driver": "Quenehervé"}
    assert returns.forget(world.intake, dt.datetime.now(dt.UTC)) == 0
    assert returns.forget(world.intake, dt.datetime.now(dt.UTC) + LATER) == 3
    assert world.contents(world.bb, nominal) == []


def test_a_copy_for_a_person_is_hidden_from_colleagues(world: World) -> None:
    """SQL as the web role, without any join: the colleagues of the named person see no row in any table. The
    named person, the sender and the data-protection officer do."""
    from vedette.apps.release.actions import returns
    from vedette.apps.release.deciding import Recipient

    red = world.item("RED")
    named = Recipient(world.bb.id, world.bb.people["supervisor"].pk)
    world.ask(red, named)
    world.send(world.aa, red, named)
    world.aa.do("officer", returns.recall, red.object, "The lorry was another one.")

    def seen(of: Party, role: str) -> dict[str, int]:
        found = {}
        with acting(of.people[role]), connection.cursor() as cursor:
            for table in ("release", "copy", "content", "item", "feedback", "recall"):
                cursor.execute(f"SELECT count(*) FROM release_{table}")
                found[table] = cursor.fetchone()[0]
        return found

    everything = dict.fromkeys(("release", "copy", "content", "item", "feedback", "recall"), 1)
    assert seen(world.bb, "officer") == dict.fromkeys(everything, 0)
    assert seen(world.bb, "administrator") == dict.fromkeys(everything, 0)
    assert seen(world.bb, "supervisor") == everything
    assert seen(world.bb, "dpo") == everything
    assert seen(world.aa, "officer") == everything | {"copy": 0}
    assert seen(world.cc, "supervisor") == dict.fromkeys(everything, 0)
    assert str(red.pk) not in _client(world.bb, "officer").get("/releases/").content.decode()


def test_every_field_has_a_label() -> None:
    """Each field of each type of object, and each code of a closed list, has a word in both languages."""
    from django.utils import translation

    from vedette.apps.release import selectors, wording
    from vedette.core.releasable import GOODS, TYPES, Plan

    names = set(selectors.fields()) | {
        one.name for of in TYPES.values() for fields in of.lists.values() for one in fields
    }
    assert names | {"nationality", "sex", "age_band"} == set(wording.FIELDS)
    assert set(TYPES) == set(wording.TYPES)
    assert set(wording.VALUES["kind"]) == set(GOODS)
    for of in TYPES.values():
        for one in (*of.fields, *(each for part in of.lists.values() for each in part)):
            for code in wording.VALUES.get(one.name, {}):
                if one.name != "what":  # receipts and sightings share the field
                    assert one.form(code, Plan()) == code, (of.name, one.name, code)
    content = {
        "country": "SN",
        "found": True,
        "items": [{"kind": "drug", "quantity": "2.5", "unit": "kg"}],
    }
    with translation.override("fr"):
        assert wording.lines(content) == [
            ("Pays", "Sénégal"),
            ("Découverte", "oui"),
            ("Marchandises", "Nature\u00a0: stupéfiants; Quantité\u00a0: 2,5; Unité\u00a0: kg"),
        ]


def _send_raw(item: Any, copy: Any, to: Party, passes: int) -> None:
    """Calls the function of the database without the release function, as an attacker in the web role."""
    from psycopg.types.json import Jsonb

    facts = {"group": str(uuid.uuid4()), "membership": "", "purpose": "", "legal_basis": "",
             "fields": [], "hash": "", "receipt": str(uuid.uuid4()), "receipt_hash": ""}  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT vedette_release_send(%s, %s, %s, %s, %s, %s, %s)",
            [uuid.uuid4(), item.pk, copy and copy.pk, to.id, None, passes, Jsonb(facts)],
        )


def test_passing_on_and_recall(world: World) -> None:
    """BB passes on to CC with one pass fewer; sightings return to the owner; a recall by the owner follows
    both paths and leaves a mark; what is queued before the recall stays out; nobody else recalls."""
    from vedette.apps.release.actions import releases, returns
    from vedette.apps.release.models import Copy, Feedback, Recall

    item = world.item("AMBER")
    world.ask(item, world.bb)
    world.send(world.aa, item, world.bb)
    held = world.copy(world.bb, item)
    assert held.passes_left == 1
    (line,) = world.preview(world.bb, item, world.aa, copy=held)[0].lines
    assert line.decision.ground == "not_named"
    # AA sent an object to CC before under the agreement, but BB does not read this: CC is new for BB.
    (line,) = world.preview(world.bb, item, world.cc, copy=held)[0].lines
    assert line.decision.ground == "new_recipient"
    green = world.item("GREEN")
    world.send(world.aa, green, world.bb)
    world.send(world.bb, green, world.cc, copy=world.copy(world.bb, green))
    passed = world.copy(world.cc, green)
    assert (passed.sender_id, passed.owner_id, passed.passes_left) == (world.bb.id, world.aa.id, 1)
    for bad in (2, 5):
        with pytest.raises(DatabaseError, match="pass left"), acting(world.cc.people["officer"]):
            _send_raw(green, passed, world.bb, bad)
    # Receipts and sightings, each once.
    for _ in range(2):
        world.cc.do("officer", returns.record, passed, "opened")
        world.cc.do("officer", returns.record, passed, "seen")
    told = [
        (one.what, one.role, one.organisation_id)
        for one in world.aa.read(Feedback, object=green.object)
    ]
    assert sorted(told) == sorted(
        [
            ("arrived", "", world.bb.id), ("arrived", "", world.cc.id),
            ("opened", "officer", world.cc.id), ("seen", "", world.cc.id),
        ]
    )  # fmt: skip
    assert world.bb.read(Feedback, object=green.object, organisation_id=world.cc.id) == []
    # Only the owner recalls, and only what was sent.
    why = "The lorry was another one."
    with pytest.raises(returns.Refused, match="not_owner"):
        world.bb.do("officer", returns.recall, green.object, why)
    with pytest.raises(returns.Refused, match="never_sent"):
        world.aa.do("officer", returns.recall, world.item("GREEN").object, why)
    with pytest.raises(returns.Refused, match="why"):
        world.aa.do("officer", returns.recall, green.object, "short")
    world.cc.do("officer", returns.object_to_removal, passed, "Evidence in case 2026/17.")
    queued = world.preview(world.aa, green, world.cc)[0].token
    made = world.aa.do("officer", returns.recall, green.object, why)
    with pytest.raises(releases.Refused, match="recalled"):
        world.send(world.aa, green, world.cc, token=queued)
    assert world.work() == 2
    assert world.work() == 0
    bb, cc = world.copy(world.bb, green), world.copy(world.cc, green)
    assert (bb.state, cc.state) == (Copy.State.RECALLED, Copy.State.SEALED)
    assert world.contents(world.bb, green) == world.contents(world.cc, green) == []
    left = world.intake.execute(
        "SELECT count(*) FROM release_content WHERE organisation_id = %s AND item_id = %s",
        [world.bb.id, green.pk],
    ).fetchone()
    assert left == (0,)
    for party in (world.aa, world.bb, world.cc):
        (mark,) = party.read(Recall)
        assert (mark.pk, mark.why, mark.of_hash, mark.removed, mark.sealed) == (
            made.pk, why, green.hash, 1, 1,
        )  # fmt: skip
    # The data-protection officer of the holder decides about the sealed content.
    with pytest.raises(PermissionDenied):
        world.cc.do("officer", returns.decide_sealed, cc, True)
    assert len(world.contents(world.cc, green, "dpo")) == 1
    world.cc.do("dpo", returns.decide_sealed, cc, True)
    assert world.copy(world.cc, green).state == Copy.State.KEPT
    assert len(world.contents(world.cc, green)) == 1
    with pytest.raises(returns.Refused, match="state"):
        world.bb.do("officer", returns.record, bb, "seen")


def test_narrowing_and_a_new_version(world: World) -> None:
    """A narrowing keeps the copies of some organisations (MISP #4784). A new version names its parent and
    can be released after the recall of the old one."""
    from vedette.apps.release.actions import returns
    from vedette.apps.release.models import Copy, Item

    item = world.item("GREEN")
    world.send(world.aa, item, world.bb, world.cc)
    world.aa.do("officer", returns.recall, item.object, "Only for BB now.", keep=[world.bb.id])
    world.work()
    assert world.copy(world.bb, item).state == Copy.State.ACTIVE
    assert world.copy(world.cc, item).state == Copy.State.RECALLED
    newer = world.item("GREEN", object=item.object)
    assert (newer.number, newer.parent) == (2, item.hash)
    assert world.send(world.aa, newer, world.cc)
    assert [one.state for one in world.cc.read(Copy, item_id=newer.pk)] == [Copy.State.ACTIVE]
    assert world.work() == 0
    with acting(world.bb.people["officer"]), pytest.raises(DatabaseError):
        Item.objects.filter(pk=item.pk).update(marking=["TLP:CLEAR"])
    with acting(world.bb.people["officer"]), pytest.raises(DatabaseError):
        Copy.objects.filter(organisation_id=world.bb.id).update(passes_left=9)
    with acting(world.bb.people["dpo"]), pytest.raises(DatabaseError, match="only a recall"):
        Copy.objects.filter(organisation_id=world.bb.id).update(state="kept")


def test_agreements(world: World) -> None:
    """An administrator proposes and the data-protection officer approves; before that, other parties do not
    read the version. A new version names its parent. Bad terms are refused with a reason."""
    from vedette.apps.release.actions import agreements
    from vedette.apps.release.models import Agreement
    from vedette.core import canonical

    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    terms: dict[str, Any] = {
        "title": "Second", "parties": [world.aa.id, world.bb.id], "purposes": [(PURPOSE, BASIS)],
        "starts_at": start,
    }  # fmt: skip
    for change, code in (
        ({"title": " "}, "title"),
        ({"parties": [world.aa.id]}, "parties"),
        ({"parties": [world.cc.id, world.bb.id]}, "parties"),
        ({"purposes": [(PURPOSE, "")]}, "purposes"),
        ({"until": start}, "order"),
        ({"onward": [world.cc.id]}, "designated"),
        ({"nominal_instrument": "MAA"}, "instrument"),
    ):
        with pytest.raises(agreements.Refused, match=code):
            world.aa.do(
                "administrator", agreements.propose, agreements.Terms(**terms | change), WHY
            )
    with pytest.raises(PermissionDenied):
        world.aa.do("supervisor", agreements.propose, agreements.Terms(**terms), WHY)
    made = world.aa.do(
        "administrator", agreements.propose, agreements.Terms(**terms), WHY, world.agreement
    )
    assert world.bb.read(Agreement, pk=made.pk) == []
    (asked,) = world.aa.read(Approval, "dpo", subject=str(made.pk))
    from vedette.apps.approvals import actions as approvals

    with pytest.raises(PermissionDenied):
        world.aa.do("supervisor", approvals.decide, asked.pk, allow=True)
    with pytest.raises(agreements.Refused, match="stale"):
        world.aa.do(
            "administrator", agreements.propose, agreements.Terms(**terms), WHY, world.agreement
        )
    other = agreements.Terms(**terms)
    with pytest.raises(agreements.Refused, match="not_own"):
        world.bb.do("administrator", agreements.propose, other, WHY, world.agreement)
    world.aa.do("dpo", approvals.decide, asked.pk, allow=True)
    (found,) = world.bb.read(Agreement, pk=made.pk)
    first = world.aa.read(Agreement, root=world.agreement, number=1)[0]
    assert (found.number, found.parent) == (2, first.hash)
    assert canonical.digest(agreements.version(found)) == found.hash
    # The latest version is in force: CC is no longer a party.
    item = world.item("GREEN")
    lines = world.preview(world.aa, item, world.bb, world.cc)[0].lines
    assert [one.decision.ground for one in lines] == [None, "no_recipient"]
    with acting(world.aa.people["administrator"]), pytest.raises(DatabaseError):
        Agreement.objects.filter(pk=made.pk).update(parties=[world.cc.id])


def _client(of: Party, role: str) -> Any:
    from django.test import Client

    made = Client(headers={"accept-language": "en"})
    with acting(of.people[role]):
        made.force_login(of.people[role])
    return made


def test_pages(world: World) -> None:
    """Each party opens the agreement; the owner finds the release, the recipient opens the copy and reports;
    the owner recalls it; a third organisation finds none of it."""
    from vedette.apps.release.models import Agreement, Release

    (agreement,) = world.aa.read(Agreement)
    aa, bb, cc = (_client(one, "officer") for one in (world.aa, world.bb, world.cc))
    for client in (aa, bb, cc):
        assert "Exchange" in client.get("/agreements/").content.decode()
        page = client.get(f"/agreements/{agreement.pk}/")
        assert (page.status_code, page.content.decode().count(BASIS)) == (200, 1)
    item = world.item("GREEN")
    world.send(world.aa, item, world.bb)
    (release,), copy = world.aa.read(Release), world.copy(world.bb, item)
    assert (
        str(release.pk)
        in aa.get(f"/releases/?recipient={world.bb.id}&field=country").content.decode()
    )
    assert str(release.pk) not in aa.get(f"/releases/?recipient={world.cc.id}").content.decode()
    assert aa.get(f"/releases/{release.pk}/").status_code == 200
    assert str(copy.pk) in bb.get("/received/").content.decode()
    opened = bb.get(f"/received/{copy.pk}/").content.decode()
    assert "10 May 2026" in opened
    assert "Senegal" in opened
    assert "Quenehervé" not in opened
    for path in (f"/releases/{release.pk}/", f"/received/{copy.pk}/"):
        assert cc.get(path).status_code == 404
    assert str(release.pk) not in cc.get("/releases/").content.decode()
    assert bb.post(f"/received/{copy.pk}/act/", {"do": "nonsense"}).status_code == 422
    assert bb.post(f"/received/{copy.pk}/act/", {"do": "nothing_seen"}).status_code == 302
    assert "nothing seen, Bb" in aa.get(f"/releases/{release.pk}/").content.decode()
    assert (
        bb.post(f"/releases/{release.pk}/recall/", {"why": "not ours to recall"}).status_code == 422
    )
    assert aa.post(f"/releases/{release.pk}/recall/", {"why": "short"}).status_code == 422
    assert (
        aa.post(f"/releases/{release.pk}/recall/", {"why": "The driver is innocent."}).status_code
        == 302
    )
    world.work()
    after = bb.get(f"/received/{copy.pk}/").content.decode()
    assert "10 May 2026" not in after
    assert "The driver is innocent." in after


def test_the_form_of_an_agreement(world: World) -> None:
    """A mistake keeps what was typed and names what is missing; a right form makes a version to approve."""
    from vedette.apps.release.models import Agreement

    administrator = _client(world.aa, "administrator")
    given = {
        "title": "Second exchange", "starts": "2026-01-01", "until": "", "parties": [str(world.bb.id)],
        "purposes": f"{PURPOSE}; {BASIS}", "why": WHY,
    }  # fmt: skip
    assert administrator.get("/agreements/new/").status_code == 200
    for wrong in (
        {"starts": "yesterday"}, {"until": "2025-12-31"}, {"purposes": PURPOSE}, {"parties": []},
        {"why": "short"}, {"title": " "}, {"until": "nonsense"}, {"instrument": "Nairobi"},
    ):  # fmt: skip
        page = administrator.post("/agreements/new/", given | wrong)
        assert (page.status_code, wrong) == (422, wrong)
        assert PURPOSE in page.content.decode()
    made = administrator.post(
        "/agreements/new/", given | {"parties": [str(world.aa.id), str(world.bb.id)]}
    )
    assert made.status_code == 302
    [proposed] = world.aa.read(Agreement, title="Second exchange")
    assert proposed.state == "proposed"
    assert _client(world.bb, "officer").get(f"/agreements/{proposed.pk}/").status_code == 404


def test_pages_of_many_rows(world: World) -> None:
    """Each row is on exactly one page, the latest first, also if many rows have the same time; a key that is
    none gives the first page."""
    from vedette.apps.release import selectors
    from vedette.apps.release.models import Agreement, Copy, Release

    item = world.item("GREEN")
    world.send(world.aa, item, world.bb)
    for table, other in (
        ("release_item", "'object', gen_random_uuid()"),
        ("release_copy", "'item_id', i.id, 'object', i.object"),
        ("release_release", "'item_id', i.id"),
        ("release_agreement", "'root', gen_random_uuid()"),
    ):
        rows = (
            "generate_series(1, 120) i"
            if "i." not in other
            else "release_item i WHERE i.id <> r.item_id"
        )
        world.intake.execute(
            f"INSERT INTO {table} SELECT (jsonb_populate_record(r, jsonb_build_object("
            f"'id', gen_random_uuid(), {other}))).* FROM {table} r, {rows}"
        )
    home, filters = world.bb.id, selectors.Filters()
    for model, page, path in (
        (Release, lambda key: selectors.register(filters, key), "/releases/"),
        (Copy, lambda key: selectors.received(home, key), "/received/"),
        (Agreement, selectors.agreements, "/agreements/"),
    ):
        with acting(world.bb.people["officer"]):
            (rows, key), found = page("nonsense"), []
            while True:
                found += rows
                if not key:
                    break
                rows, key = page(key)
        assert len(found) == 121
        assert {one.pk for one in found} == {one.pk for one in world.bb.read(model)}
        text = _client(world.bb, "officer").get(path).content.decode()
        assert text.count('<tr><th scope="row"') == selectors.PAGE, path
        assert "before=" in text
