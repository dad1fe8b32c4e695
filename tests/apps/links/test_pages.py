"""The pages of links and of the matrix, and the actions behind them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import PermissionDenied
from tests.apps.hits import world as worlds
from tests.apps.journal.scene import signed_in
from tests.apps.links.plain import Plain, adopt

from vedette.apps.accounts.models import Act, Approval
from vedette.apps.approvals import actions as approvals
from vedette.apps.hits.models import Reason
from vedette.apps.links import actions, neighbours, selectors
from vedette.apps.links.models import Cleared, Matrix, Offence
from vedette.apps.subjects.models import Identifier, Subject
from vedette.screening.links import Cell
from vedette.travellers.app.models import JourneyClear

if TYPE_CHECKING:
    import uuid

WHY = "Order 2026-17 of the ministry, article 4."
CELL = Cell("passengers", "border", "cash", "border", "money")


def _share(plain: Plain, subject: uuid.UUID, kind: str, value: str) -> None:
    Identifier.objects.using("intake").create(
        organisation=plain.world.organisation, subject_id=subject, kind=kind,
        token=worlds.token(kind + value),
    )  # fmt: skip


def test_the_page_shows_permitted_links_in_a_drawing_and_a_table(plain: Plain) -> None:
    """A traveller with a hit, another with the same telephone number, and a known case of another theme with
    the same e-mail address: the case appears only when a row of the matrix permits it, in the drawing, the
    table, the timeline, the paths and the block of the hit; and disappears with the row. The page is
    journalled."""
    world = plain.world
    on = world.flight("YY 417", 41)
    mine = worlds.journey(world, on, "ZIVODRAGICH", "DJORDJE", phone="0639980101", document="P1")
    other = worlds.journey(world, on, "SECK", "ADA", phone="0639980101", document="P2")
    hit = worlds.hit(world, mine)
    # The record of the other theme has the pages of a traveller.
    item = worlds.journey(world, on, "NIANG", "ALY", document="P3").pk
    Subject.objects.using("intake").filter(pk=item).update(theme="cash")
    _share(plain, mine.pk, "email", "x@example.org")
    _share(plain, item, "email", "x@example.org")
    plain.confirm(Subject.objects.using("intake").get(pk=item), {("cash", "border")}, "money")
    client = signed_in(world.officer)
    address = f"/links/{mine.pk}/"

    def pages() -> tuple[str, str]:
        page = client.get(address, headers={"accept-language": "en"})
        panel = client.get(f"/hits/{hit.pk}/", headers={"accept-language": "en"})
        assert (page.status_code, panel.status_code) == (200, 200)
        return page.content.decode(), panel.content.decode()

    page, panel = pages()
    assert "SECK" in page
    assert "NIANG" not in page
    assert "1 linked record, no known case" in re.sub(r"<[^>]+>|\s+", " ", panel).replace("  ", " ")
    adopt(world, world.users["dpo"], [CELL])
    page, panel = pages()
    assert page.count(f"/links/{item}/") >= 1  # in the drawing
    assert f'href="?to={item}#to"' in page
    assert "1 known case" in panel
    paths = client.get(f"{address}?to={item}").content.decode()
    assert re.search(r"\(\d persons? or compan(y has|ies have) this identifier\)", paths)
    act = Act.objects.using("intake").filter(act="link.see").latest("id")
    assert set(act.detail["subjects"]) == {str(other.pk), str(item)}
    adopt(world, world.users["dpo"], [])
    page, panel = pages()
    assert f"/links/{item}/" not in page
    assert "1 known case" not in panel


def test_a_link_is_a_reason_on_the_page_of_a_hit(plain: Plain) -> None:
    """Beside another reason, with its part of the priority, in both languages."""
    world = plain.world
    hit = worlds.hit(world, worlds.journey(world, world.flight("YY 417", 41), "SECK", "ADA"))
    worlds.reason(world, hit, kind="link")
    Reason.objects.using("intake").filter(hit=hit, kind="link").update(
        params={"cases": 1, "steps": 1, "kinds": ["email"]}
    )
    client = signed_in(world.officer)
    for language, words in (
        ("en", "1 known case has these identifiers in common: e-mail"),
        ("fr", "82 + 10"),
    ):
        page = client.get(f"/hits/{hit.pk}/", headers={"accept-language": language})
        assert page.status_code == 200
        assert words in page.content.decode()


def test_a_masked_record_is_neither_shown_nor_passed(plain: Plain) -> None:
    """A masked traveller has no links. Beside a named traveller it is not shown, no link leads through it,
    and only the number of masked known cases is stated."""
    world = plain.world
    on = world.flight("YY 417", 41)
    mine = worlds.journey(world, on, "DIOP", "ADA", phone="0639980101", document="P1")
    masked = worlds.journey(world, on, "FAYE", "ANTA", phone="0639980101", document="P2")
    beyond = worlds.journey(world, on, "NIANG", "ALY", document="P3")
    for one in (masked, beyond):
        _share(plain, one.pk, "card", "4000")
    plain.confirm(
        Subject.objects.using("intake").get(pk=masked.pk), {("passengers", "border")}, "drugs"
    )
    with world.seen_by():
        assert {one.id for one in selectors.of(mine.pk).others} == {masked.pk, beyond.pk}
    JourneyClear.objects.using("intake").filter(journey_id=masked.pk).delete()
    with world.seen_by():
        seen, own = selectors.of(mine.pk), selectors.of(masked.pk)
    assert (seen.others, seen.hidden) == ([], 1)
    assert own.masked
    assert not own.rows
    page = signed_in(world.officer).get(f"/links/{masked.pk}/").content.decode()
    assert "DIOP" not in page


def test_several_records_of_one_person_until_an_officer_separates_them(plain: Plain) -> None:
    """Two journeys with the same document, name and birth date are one person, with the reason. A record with
    another document gives a warning. After “Other person” they stay separate."""
    world = plain.world
    one = worlds.journey(world, world.flight("YY 417", 41), "DIOP", "ADA", document="P1")
    two = worlds.journey(world, world.flight("YY 418", 90), "DIOP", "ADA", document="P1")
    three = worlds.journey(
        world, world.flight("YY 419", 95), "DIOP", "ADA", document="P9", phone="061"
    )
    JourneyClear.objects.using("intake").update(names=["DIOP|ADA"])
    for journey in (one, three):
        _share(plain, journey.pk, "address", "1 MAIN STREET|DAKAR")
    with world.seen_by():
        rows = selectors.of(one.pk).rows
    assert set(rows[one.pk].same) == {two.pk, three.pk}
    assert rows[three.pk].conflicts
    assert not any({two.pk, one.pk} == {c.one, c.other} for c in rows[one.pk].conflicts)
    client = signed_in(world.officer)
    assert "P9" not in client.get(f"/links/{one.pk}/").content.decode()
    answer = client.post(f"/links/{one.pk}/split/", {"one": str(one.pk), "other": str(three.pk)})
    assert answer.status_code == 302
    with world.seen_by():
        rows = selectors.of(one.pk).rows
    assert set(rows[one.pk].same) == {two.pk}
    assert client.post(f"/links/{one.pk}/split/", {}).status_code == 422


def test_a_class_of_offence_that_opens_a_cell_needs_the_data_protection_officer(
    plain: Plain,
) -> None:
    """The officer states the first class. A change that permits no more links needs nobody; a change that
    does needs the data-protection officer, and a reason."""
    world = plain.world
    case = plain.make("traveller", {("phone", "1")}, case={("passengers", "border")})
    assert Offence.objects.using("intake").get(pk=case.id).offence == ""
    adopt(world, world.users["dpo"], [Cell("cash", "border", "passengers", "border", "money")])
    with world.seen_by() as officer:
        assert actions.set_offence(officer, case.id, "drugs") is None
        assert actions.set_offence(officer, case.id, "arms") is None
        with pytest.raises(ValueError):
            actions.set_offence(officer, case.id, "money")
        with pytest.raises(actions.Unfit):
            actions.set_offence(officer, case.id, "unknown")
    with world.seen_by() as officer:
        asked = actions.set_offence(
            officer, case.id, "money", "The seized notes were hidden for another person."
        )
        assert asked is not None
        assert Offence.objects.get(pk=case.id).offence == "arms"
    with world.seen_by(world.users["supervisor"]) as supervisor, pytest.raises(PermissionDenied):
        approvals.decide(supervisor, asked.pk, True)
    with world.seen_by(world.users["dpo"]) as dpo:
        approvals.decide(dpo, asked.pk, True)
        assert Offence.objects.get(pk=case.id).offence == "money"


def test_the_matrix_is_proposed_and_allowed_by_two_persons(plain: Plain) -> None:
    """The form adds and removes rows. The person who proposed cannot allow. A proposal that was overtaken by
    another version cannot be allowed. Faulty input gets 422 and changes nothing."""
    world = plain.world
    supervisor, dpo = signed_in(world.users["supervisor"]), signed_in(world.users["dpo"])
    row = {"subject_theme": "passengers", "subject_purpose": "border", "case_theme": "cash",
           "case_purpose": "border", "offence": ["money", "drugs"]}  # fmt: skip
    assert supervisor.get("/links/matrix/").status_code == 200
    for wrong in ({**row, "why": "short"}, {"why": WHY}, {**row, "case_theme": "none", "why": WHY}):
        assert supervisor.post("/links/matrix/", wrong).status_code == 422
    assert signed_in(world.officer).post("/links/matrix/", {**row, "why": WHY}).status_code == 403
    assert supervisor.post("/links/matrix/", {**row, "why": WHY}).status_code == 302
    assert (
        supervisor.post("/links/matrix/", {**row, "offence": ["arms"], "why": WHY}).status_code
        == 302
    )
    first, second = Approval.objects.using("intake").filter(kind="matrix").order_by("asked_at")
    assert supervisor.post(f"/approvals/{first.pk}/", {"decide": "allow"}).status_code in (
        403,
        404,
        409,
    )
    assert not Matrix.objects.using("intake").exists()
    assert dpo.get(f"/links/matrix/{first.subject}/").status_code == 200
    assert dpo.post(f"/approvals/{first.pk}/", {"decide": "allow"}).status_code == 302
    assert dpo.post(f"/approvals/{second.pk}/", {"decide": "allow"}).status_code == 409
    with world.seen_by():
        assert neighbours.in_force() == (1, {
            Cell("passengers", "border", "cash", "border", one) for one in ("money", "drugs")
        })  # fmt: skip
    gone = {"remove": ["passengers.border.cash.border.drugs"], "why": WHY}
    assert supervisor.post("/links/matrix/", gone).status_code == 302
    third = Approval.objects.using("intake").filter(kind="matrix").latest("asked_at")
    assert dpo.post(f"/approvals/{third.pk}/", {"decide": "allow"}).status_code == 302
    with world.seen_by():
        assert len(neighbours.in_force()[1]) == 1
    assert "money" in str(Matrix.objects.using("intake").get(version=2).cells)


def test_an_identifier_that_links_nobody(plain: Plain) -> None:
    """After “Links nobody”, the identifier links no record any more, of any kind."""
    world = plain.world
    on = world.flight("YY 417", 41)
    mine = worlds.journey(world, on, "DIOP", "ADA", phone="0639980101")
    worlds.journey(world, on, "SECK", "ADA", phone="0639980101", document="P2")
    client = signed_in(world.officer)
    about = {"kind": "phone", "token": worlds.token("phone0639980101").hex()}
    assert "SECK" in client.get(f"/links/{mine.pk}/").content.decode()
    assert client.post(f"/links/{mine.pk}/clear/", {**about, "token": "zz"}).status_code == 422
    assert client.post(f"/links/{mine.pk}/clear/", {**about, "kind": "visa"}).status_code == 422
    assert client.post(f"/links/{mine.pk}/clear/", about).status_code == 302
    assert Cleared.objects.using("intake").count() == 1
    assert "SECK" not in client.get(f"/links/{mine.pk}/").content.decode()
