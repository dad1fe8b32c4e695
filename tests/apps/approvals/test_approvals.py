"""Four eyes: who asks never allows; what waits too long is asked again; alone only under broken glass."""

from __future__ import annotations

import datetime as dt
import uuid
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connections, transaction
from django.test import Client
from django.utils import timezone
from tests.apps.hits import world as worlds
from tests.apps.lists.conftest import LIST, make_house, scope

from vedette.apps.accounts.models import Act, Approval, BreakGlass, Unit, User
from vedette.apps.approvals import actions, glass
from vedette.apps.lists.actions import ask_to_apply, make_draft, set_terms
from vedette.apps.lists.models import ListDraft, ListVersion
from vedette.apps.subjects.models import Subject
from vedette.travellers.app.models import Journey

_ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}
WHY = "The ministry sent a new version of its list this morning."
TERMS = {
    "name": "Fictive list", "purpose": "border", "basis": "decree", "owner": "ministry",
    "expires_on": None, "weight": 70, "themes": ["passengers"],
}  # fmt: skip


@pytest.fixture
def house(database: str) -> SimpleNamespace:
    """An organisation with its roles."""
    return make_house()


def asked(house: SimpleNamespace, by: User | None = None) -> Approval:
    """A list read, its terms given, and a second person asked."""
    by = by or house.list_manager
    draft = make_draft(by, {"list.csv": LIST.encode()})
    set_terms(draft, TERMS)
    return ask_to_apply(draft, by, WHY)


def signed_in(user: User) -> Client:
    """A browser in which `user` is signed in."""
    client = Client()
    client.force_login(user)
    return client


def versions() -> int:
    """Versions of lists stored, whoever's."""
    return ListVersion.objects.using("intake").count()


def test_a_list_is_current_only_when_another_person_allowed_it(house: SimpleNamespace) -> None:
    """Issue "Who may see what", 1: activating a list needs four eyes."""
    with scope(house):
        approval = asked(house)
        assert versions() == 0
        actions.decide(house.supervisor, approval.pk, allow=True)
        approval.refresh_from_db()
        assert approval.state == Approval.State.DONE
    version = ListVersion.objects.using("intake").get()
    assert version.imported_by_id == house.list_manager.pk
    acts = Act.objects.using("intake").values_list("act", flat=True)
    assert {"approval.ask", "approval.allow", "list.import"} <= set(acts)


def test_what_changed_since_it_was_asked_is_not_allowed(house: SimpleNamespace) -> None:
    """Who asks could change the draft in between: the approval is for what was asked, to the byte."""
    with scope(house):
        approval = asked(house)
        ListDraft.objects.update(terms={**TERMS, "weight": 100})
        with pytest.raises(actions.Refused, match="gone"):
            actions.decide(house.supervisor, approval.pk, allow=True)
        approval.refresh_from_db()
        assert approval.state == Approval.State.ASKED
    assert versions() == 0


def test_its_author_cannot_allow_it(house: SimpleNamespace) -> None:
    """ "An approval by its own author": refused with a message, journalled, nothing done."""
    with scope(house):
        approval = asked(house)
    client = signed_in(house.list_manager)
    answer = client.post(f"/approvals/{approval.pk}/", {"decide": "allow"})
    assert answer.status_code == 409
    assert (
        Act.objects.using("intake")
        .filter(act="approval.stop", subject=str(approval.pk), detail={"reason": "own"})
        .exists()
    )
    assert versions() == 0


def test_the_database_refuses_its_author_too(house: SimpleNamespace) -> None:
    """The rule holds for raw SQL of the web role as well."""
    with scope(house):
        approval = asked(house)
        with pytest.raises(DatabaseError), transaction.atomic():
            Approval.objects.filter(pk=approval.pk).update(decided_by_id=house.list_manager.pk)


def test_who_lacks_the_right_decides_nothing(house: SimpleNamespace) -> None:
    """An administrator keeps accounts, not lists."""
    with scope(house):
        approval = asked(house)
        with pytest.raises(PermissionDenied):
            actions.decide(house.administrator, approval.pk, allow=True)
    assert versions() == 0


def test_another_organisation_does_not_see_it(house: SimpleNamespace) -> None:
    """Row-level security: 404, as if it were not there."""
    with scope(house):
        approval = asked(house)
    theirs = make_house("Theirs")
    assert signed_in(theirs.supervisor).get(f"/approvals/{approval.pk}/").status_code == 404


def test_nobody_decides_twice_or_too_late(house: SimpleNamespace) -> None:
    """A refused one stays refused; after three days it must be asked again."""
    with scope(house):
        first, second = asked(house), asked(house)
        actions.decide(house.supervisor, first.pk, allow=False)
        with pytest.raises(actions.Refused, match="decided"):
            actions.decide(house.supervisor, first.pk, allow=True)
        Approval.objects.filter(pk=second.pk).update(
            expires_at=timezone.now() - dt.timedelta(seconds=1)
        )
        with pytest.raises(actions.Refused, match="late"):
            actions.decide(house.supervisor, second.pk, allow=True)
        assert not actions.waiting(house.supervisor)
    assert actions.run_out("intake", timezone.now()) == 1
    assert versions() == 0


def test_the_reason_is_cipher_in_the_table_and_on_the_journal(
    house: SimpleNamespace, database: str
) -> None:
    """Free-text reasons are ciphertext; the second person reads them on the page."""
    with scope(house):
        approval = asked(house)
    page = signed_in(house.supervisor).get(f"/approvals/{approval.pk}/").content.decode()
    assert WHY in page
    with connections["intake"].cursor() as cursor:
        cursor.execute("SELECT row_to_json(a)::text FROM accounts_approval a")
        rows = cursor.fetchall()
        cursor.execute("SELECT row_to_json(a)::text FROM accounts_act a")
        rows += cursor.fetchall()
    assert all("ministry" not in bytes.fromhex(r).decode("latin-1") for (r,) in _hex(rows))
    assert all("ministry sent" not in text for (text,) in rows)


def _hex(rows: list[tuple[str]]) -> list[tuple[str]]:
    """Binary columns as they stand in the rows' JSON."""
    import re

    return [(found,) for (text,) in rows for found in re.findall(r"\\\\x((?:[0-9a-f]{2})+)", text)]


def test_a_reason_and_a_purpose_of_ones_own_are_needed(house: SimpleNamespace) -> None:
    """Twenty characters; a purpose that the asker may not use is refused."""
    with scope(house):
        for why, purpose in (("short", "border"), (WHY, "terrorism")):
            house.list_manager.purposes = ["border"]
            with pytest.raises(ValueError, match="reason is too short"):
                actions.ask(house.list_manager, "list", uuid.uuid4(), purpose, why)


def test_broken_glass_allows_alone_for_an_hour(house: SimpleNamespace) -> None:
    """A post with one person at night: time-limited, on the journal, reviewed by another."""
    User.objects.using("intake").filter(pk=house.supervisor.pk).update(role="list_manager")
    with scope(house):
        with pytest.raises(ValueError, match="too short"):
            glass.break_glass(house.supervisor, "short")
        found = glass.break_glass(house.supervisor, "I am alone until six and the list is urgent.")
        assert glass.break_glass(house.supervisor, "x" * 30).pk == found.pk
        house.supervisor.role = User.Role.LIST_MANAGER
        approval = asked(house, by=house.supervisor)
        assert (approval.state, approval.glass_id) == (Approval.State.DONE, found.pk)
        house.supervisor.role = User.Role.SUPERVISOR
        with pytest.raises(PermissionDenied):
            glass.review(house.supervisor, found.pk, "right")
        BreakGlass.objects.filter(pk=found.pk).update(ends_at=timezone.now())
        assert glass.broken_by(house.supervisor) is None
        assert list(glass.to_see()) == [found]
    assert versions() == 1
    acts = Act.objects.using("intake").values_list("act", "detail__alone")
    assert ("approval.allow", True) in acts


def _broken(house: SimpleNamespace) -> BreakGlass:
    """Broken, and over."""
    found = glass.break_glass(house.supervisor, "I am alone until six and it is urgent.")
    BreakGlass.objects.filter(pk=found.pk).update(ends_at=timezone.now())
    return found


def test_glass_is_not_broken_on_and_on_without_a_review(
    house: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice in a shift; then, and after the shift, a reviewer comes first: one who may renew it without
    end needs no second person. The refusal says so and is an act."""
    with scope(house):
        first = _broken(house)
        with monkeypatch.context() as later:
            later.setattr(glass, "SHIFT", dt.timedelta(0))
            with pytest.raises(glass.Unreviewed):
                _broken(house)
        _broken(house)
        with pytest.raises(glass.Unreviewed):
            _broken(house)
    page = signed_in(house.supervisor).post(
        "/glass/", {"why": WHY}, headers={"Accept-Language": "en"}
    )
    assert page.status_code == 409
    assert "has not been reviewed yet" in page.content.decode()
    assert Act.objects.using("intake").get(act="glass.stop").user_id == house.supervisor.pk
    chief = User(role="supervisor", organisation=house.organisation, username="chief")
    chief.save(using="intake")
    with scope(house):
        glass.review(chief, first.pk, "right")
        assert _broken(house).reviewed_at is None


def test_broken_glass_opens_no_bulk_export(house: SimpleNamespace) -> None:
    """Nothing at night needs a thousand records at once."""
    with scope(house):
        glass.break_glass(house.supervisor, "I am alone until six and it is urgent.")
        made = actions.ask(
            house.supervisor, Approval.Kind.EXPORT, house.organisation.pk, "border", WHY
        )
        assert made.state == Approval.State.ASKED


def test_without_broken_glass_nobody_acts_alone(house: SimpleNamespace) -> None:
    """Once its hour is over, the second person is needed again."""
    house.supervisor.role = User.Role.LIST_MANAGER
    with scope(house):
        approval = asked(house, by=house.supervisor)
        assert (approval.state, approval.glass_id) == (Approval.State.ASKED, None)


def test_many_records_leave_with_a_second_person(house: SimpleNamespace, settings: object) -> None:
    """More rows than the limit: refused with the form that asks; allowed, taken by who asked only."""
    with scope(house):
        actions.decide(house.supervisor, asked(house).pk, allow=True)
    version = ListVersion.objects.using("intake").get()
    address = f"/watchlists/{version.watchlist_id}/1/changes.csv"
    manager, chief = signed_in(house.list_manager), signed_in(house.supervisor)
    assert manager.get(address).status_code == 200
    settings.EXPORT_ROWS = 2  # type: ignore[attr-defined]
    assert manager.get(address).status_code == 403
    given = {"subject": version.watchlist_id, "rows": 3, "purpose": "border", "why": WHY}
    assert manager.post("/approvals/export/", {**given, "why": "short"}).status_code == 422
    assert manager.post("/approvals/export/", given).status_code == 302
    assert manager.get(address).status_code == 403
    approval = Approval.objects.using("intake").get(kind="export")
    assert chief.post(f"/approvals/{approval.pk}/", {"decide": "allow"}).status_code == 302
    assert manager.get(address).status_code == 200
    assert chief.get(address).status_code == 403
    Approval.objects.using("intake").update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert manager.get(address).status_code == 403


def test_a_supervisor_of_another_unit_reads_and_allows_no_unmasking(database: str) -> None:
    """Reason and case are of the traveller's unit; who sees every unit is a second person for it too."""
    world = worlds.build()
    journey = worlds.journey(world, world.flight("YY 417", 41), "ROE", "JANE")
    units = {
        name: Unit.objects.using("intake").create(organisation=world.organisation, name=name)
        for name in ("A", "B")
    }
    for model in (Journey, Subject):
        model.objects.using("intake").filter(pk=journey.pk).update(unit=units["A"])
    chiefs = {}
    for name, unit in (*units.items(), ("every", None)):
        chiefs[name] = User(
            username=f"chief-{name}", role="supervisor", organisation=world.organisation, unit=unit
        )
        chiefs[name].save(using="intake")
    User.objects.using("intake").filter(pk=world.officer.pk).update(unit=units["A"])
    with world.seen_by(User.objects.get(pk=world.officer.pk)) as by:
        made = actions.ask(by, Approval.Kind.UNMASK, journey.pk, "border", WHY)
        assert list(actions.visible(by)) == [made]
    for name, sees in (("A", True), ("B", False), ("every", True)):
        page = signed_in(chiefs[name]).get(f"/approvals/{made.pk}/")
        assert page.status_code == (200 if sees else 404)
        assert (WHY in page.content.decode()) is sees
    with world.seen_by(chiefs["B"]), pytest.raises(Approval.DoesNotExist):
        actions.decide(chiefs["B"], made.pk, allow=True)
    with world.seen_by(chiefs["A"]):
        assert actions.decide(chiefs["A"], made.pk, allow=True).state == Approval.State.ALLOWED


def test_the_second_person_reads_what_is_approved(house: SimpleNamespace) -> None:
    """The list of requests names the list, its basis and the differences, not only "activate a list"."""
    with scope(house):
        asked(house)
    page = signed_in(house.supervisor).get("/approvals/", **_ENGLISH).content.decode()
    for part in ("Fictive list", "decree", "Entries added"):
        assert part in page, part
    found = Approval.objects.using("intake").get()
    page = signed_in(house.supervisor).get(f"/approvals/{found.pk}/").content.decode()
    assert "Fictive list" in page
    assert found.detail["entries_added"] == found.detail["entries"] > 0
    assert (found.detail["entries_changed"], found.detail["entries_removed"]) == (0, 0)


def test_the_page_of_a_list_says_that_a_version_waits(house: SimpleNamespace) -> None:
    """After the import, the list manager still sees that a version is pending, and by whom it was
    requested."""
    with scope(house):
        actions.decide(house.supervisor, asked(house).pk, allow=True)
        asked(house)
    found = ListVersion.objects.using("intake").get()
    path = f"/watchlists/{found.watchlist_id}/"
    page = signed_in(house.list_manager).get(path, **_ENGLISH).content.decode()
    assert "needs the approval of a second person" in page
    waits = Approval.objects.using("intake").get(state="asked")
    with scope(house):
        actions.decide(house.supervisor, waits.pk, allow=False)
    page = signed_in(house.list_manager).get(path, **_ENGLISH).content.decode()
    assert "needs the approval of a second person" not in page
