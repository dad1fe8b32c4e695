"""Lists for goods: watchlists with the themes of goods, and control lists that an organisation imports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.core.exceptions import PermissionDenied
from tests.apps.profiles.story import acting
from tests.goods.app.desk import HEAD, Desk
from tests.goods.declared import ACID, NOW, SHOES

from vedette.goods.records import Item

if TYPE_CHECKING:
    from vedette.apps.lists.models import ListDraft, Watchlist

pytestmark = pytest.mark.database
#: The exporter of the declarations.
PARTY = HEAD + "W-1,company,Exemple Chimie SARL,,,,\n"
COLUMNS = "number,text_en,text_fr,names,cas,un,hs,limit,valid_from,valid_to\n"
GOGGLES = Item(number=3, hs="900580", description="Zorbium lenses, 5 pcs", origin="FR")
MILITARY = COLUMNS + "ML5,Zorbium optics,Optique au zorbium,zorbium,,,900580,,,\n"
TODAY = NOW.date()
_REASON = "Compared with the Official Journal."


def _day(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


def _import(desk: Desk, name: str, text: str, **terms: Any) -> Any:
    from vedette.apps.accounts.models import Organisation
    from vedette.apps.lists.actions import import_list

    home = Organisation.objects.using("intake").get(pk=desk.office.id)
    terms = {"purpose": "border", "basis": "decree 1", **terms}
    return import_list(home, None, name, {"list.csv": text.encode()}, **terms).version


def _list(desk: Desk, name: str) -> Watchlist:
    from vedette.apps.lists.models import Watchlist

    return Watchlist.objects.using("intake").get(organisation=desk.office.id, name=name)


def _themes(desk: Desk, role: str, themes: Iterable[str]) -> Any:
    from vedette.apps.accounts.models import User

    user = desk.people[role]
    desk.connection.execute(
        "UPDATE accounts_user SET themes = %s WHERE id = %s", [list(themes), user.pk]
    )
    desk.people[role] = User.objects.get(pk=user.pk)
    return desk.people[role]


def _seen(desk: Desk, *themes: str) -> set[tuple[str, str]]:
    """The kind and the theme of the reasons that an officer with these themes sees."""
    from vedette.apps.hits.models import Reason, SeenHit

    with acting(_themes(desk, "officer", themes)):
        hits = list(SeenHit.objects.values_list("pk", flat=True))
        return set(Reason.objects.filter(hit__in=hits).values_list("kind", "theme"))


def _open(desk: Desk, number: int) -> set[str]:
    """The open reasons of an item."""
    from vedette.apps.hits.models import Reason

    found = Reason.objects.using("intake").filter(
        organisation=desk.office.id, hit__subject=desk.item(number), state="open"
    )
    return set(found.values_list("params__list", flat=True))


def _draft(desk: Desk, text: str, **terms: Any) -> ListDraft:
    from vedette.apps.lists import actions

    user = desk.people["list_manager"]
    with acting(user):
        draft = actions.make_draft(user, {"list.csv": text.encode()})
        terms = {
            "name": "Own list", "themes": ["strategic"], "purpose": "border", "basis": "decree 1",
            "owner": "Unit", "expires_on": None, "weight": 70, **terms,
        }  # fmt: skip
        actions.set_terms(draft, terms)
    return draft


# --- watchlists with themes ---------------------------------------------------------------------


def test_a_party_on_a_list_is_a_reason_for_the_readers_of_each_theme_of_the_list(
    desk: Desk,
) -> None:
    """One reason, which the readers of both themes see and nobody else; an answer of one of them counts for
    the other."""
    from vedette.apps.hits.models import SeenHit

    _import(desk, "Parties", PARTY, themes=["strategic", "small_arms"])
    desk.work()
    listed = {("watchlist", "strategic_arms")}
    for themes, sees in (
        (("strategic",), True), (("small_arms",), True), (("strategic", "small_arms"), True),
        (("global_shield",), False), (("passengers", "cash"), False),
    ):  # fmt: skip
        assert (listed <= _seen(desk, *themes)) is sees, themes
    _themes(desk, "officer", ["strategic"])
    [shoes] = [hit for hit in desk.hits() if hit.subject_id == desk.item(2)]
    desk.decide("release", shoes)
    with acting(_themes(desk, "officer", ["small_arms"])):
        assert SeenHit.objects.get(pk=shoes.pk).state == "decided"


def test_changed_themes_of_a_list_apply_to_stored_items(desk: Desk) -> None:
    """A list of passengers gives goods officers nothing; with a theme of goods, the stored items have its
    reason."""
    _import(desk, "Parties", PARTY)
    desk.work()
    assert not {one for one in _seen(desk, "strategic") if one[0] == "watchlist"}
    _import(desk, "Parties", PARTY, themes=["passengers", "strategic"])
    desk.work()
    assert ("watchlist", "strategic") in _seen(desk, "strategic")
    assert _list(desk, "Parties").themes == ["passengers", "strategic"]


def test_a_list_keeps_the_themes_that_its_importer_does_not_see(desk: Desk) -> None:
    """The manager of one theme changes nothing of another, and may not choose it."""
    from vedette.apps.lists import actions

    _import(desk, "Own list", PARTY, themes=["passengers", "strategic"])
    user = _themes(desk, "list_manager", ["strategic", "small_arms"])
    changed = PARTY + "W-2,company,Fictif SA,,,,\n"
    with acting(user):
        actions.apply_draft(_draft(desk, changed, themes=["small_arms"]), user)
    assert _list(desk, "Own list").themes == ["passengers", "small_arms"]
    with pytest.raises(PermissionDenied):
        _draft(desk, PARTY, themes=["passengers"])


def test_the_request_for_a_list_is_out_of_sight_without_its_themes(desk: Desk) -> None:
    """The draft, its page and the approval exist only for readers of one of the themes."""
    from vedette.apps.accounts.models import Approval
    from vedette.apps.lists import actions
    from vedette.apps.lists.models import ListDraft

    draft = _draft(desk, PARTY, themes=["strategic"])
    with acting(desk.people["list_manager"]):
        draft = ListDraft.objects.get(pk=draft.pk)
        actions.ask_to_apply(draft, desk.people["list_manager"], _REASON)
    for themes, sees in (("strategic",), 1), (("passengers", "cash"), 0):
        with acting(_themes(desk, "officer", themes)):
            counts = Approval.objects.count(), ListDraft.objects.count()
        assert counts == (sees, sees), themes


# --- control lists ------------------------------------------------------------------------------


def test_an_imported_control_list_gives_reasons_for_stored_and_new_items(desk: Desk) -> None:
    """The national list names goods that no supplied list has. Stored items are compared with it, and new
    ones; an entry that a version removes takes its reason with it. Only readers of its theme see it."""
    desk.receive(GOGGLES, lrn="LRN-2")
    assert _open(desk, 3) == set()
    _import(desk, "National list", MILITARY, themes=["small_arms"])
    desk.work()
    assert _open(desk, 3) == {"National list"}
    assert ("control_list", "small_arms") in _seen(desk, "small_arms")
    [hit] = [one for one in desk.hits() if one.subject_id == desk.item(3)]
    for address in (f"/hits/{hit.pk}/", f"/goods/{desk.item(3)}/"):
        page = desk.client().get(address)
        assert page.status_code == 200
        assert "National list" in page.content.decode(), address
    assert ("control_list", "small_arms") not in _seen(desk, "strategic", "global_shield")
    desk.receive(Item(number=4, hs="900580", description="zorbium prism"), lrn="LRN-3")
    assert _open(desk, 4) == {"National list"}
    _import(desk, "National list", COLUMNS + "ML6,Other goods,,obscurium,,,,,,\n")
    desk.work()
    assert _open(desk, 3) == _open(desk, 4) == set()


def test_the_rule_of_a_list_says_when_a_match_is_a_reason(desk: Desk) -> None:
    """A version with the same entries and another rule is a new version, and the stored items follow it."""
    desk.receive(GOGGLES, lrn="LRN-2")
    _import(desk, "National list", MILITARY, themes=["strategic"], rule="embargo")
    desk.work()
    assert _open(desk, 3) == set()
    version = _import(desk, "National list", MILITARY, rule="embargo or not licence")
    assert (version.number, version.added, version.changed) == (2, 0, 0)
    desk.work()
    assert _open(desk, 3) == {"National list"}
    # A rule reads the vocabulary of risk profiles, too.
    for rule, found in (("hs_chapter = '90'", {"National list"}), ("hs_chapter = '91'", set())):
        _import(desk, "National list", MILITARY, rule=f"not licence AND {rule}")
        desk.work()
        assert _open(desk, 3) == found, rule
    with pytest.raises(ValueError, match="has no column"):
        _import(desk, "National list", MILITARY, rule="import_os")


def test_a_version_is_in_force_from_its_day_on(desk: Desk) -> None:
    """A version that begins in three days gives no reason before; then the stored items are compared."""
    desk.receive(GOGGLES, lrn="LRN-2")
    _import(desk, "National list", MILITARY, themes=["strategic"], active_from=_day(3))
    desk.work()
    assert _open(desk, 3) == set()
    desk.work(NOW + dt.timedelta(days=2))
    assert _open(desk, 3) == set()
    desk.work(NOW + dt.timedelta(days=3))
    assert _open(desk, 3) == {"National list"}


def test_an_entry_begins_and_ends_on_its_days(desk: Desk) -> None:
    """The last day of an entry counts; on the day after it, its reasons are void."""
    desk.receive(GOGGLES, lrn="LRN-2")
    text = COLUMNS + f"ML5,Optics,,zorbium,,,,,{_day(1)},{_day(2)}\n"
    _import(desk, "National list", text, themes=["strategic"], active_from=TODAY)
    found = []
    for days in range(4):
        desk.work(NOW + dt.timedelta(days=days))
        found.append(_open(desk, 3))
    assert found == [set(), {"National list"}, {"National list"}, set()]


def test_a_list_in_place_of_a_supplied_one_is_read_by_the_day(desk: Desk) -> None:
    """Programme Global Shield had 14 chemicals, then 13. The administration enters the day on which one of
    them ended: a report of the day before reads 14, one of the day itself 13."""
    from vedette.apps.lists import selectors
    from vedette.goods import knowledge

    own = [one for one in knowledge.shipped().entries if one.list == "global_shield"]
    assert len(own) == 14
    ended = "cas:7697-37-2"  # nitric acid
    rows = "".join(
        f"{one.key},{one.name_en},,,{';'.join(one.cas)},,,,,{_day(-1) if one.key == ended else ''}\n"
        for one in own
    )
    _import(
        desk, "Global Shield", COLUMNS + rows, themes=["global_shield"], replaces="global_shield",
        active_from=_day(-10),
    )  # fmt: skip
    desk.work()
    listed = _list(desk, "Global Shield")
    with acting(desk.people["officer"]):
        counts = [selectors.entries_on(listed, _day(days)).count() for days in (-11, -2, -1, 0)]
        page = desk.client().get(f"/watchlists/{listed.pk}/entries/?day={_day(-1)}")
    assert counts == [0, 14, 14, 13]
    assert "14 entries on" in page.content.decode()
    # The supplied list is not used beside it: the acid is still on Annex I of Regulation (EU) 2019/1148.
    lists = {key.partition(":")[0] for kind, key, state in desk.reasons() if state == "open"}
    assert "global_shield" not in lists
    assert "eu_2019_1148_annex_1" in lists
    # When the list of the administration ends, the supplied list applies to the stored items again.
    assert "global_shield" not in _states(desk, "open")
    desk.connection.execute(
        "UPDATE lists_watchlist SET expires_on = %s WHERE id = %s", [_day(1), listed.pk]
    )
    desk.connection.execute("UPDATE lists_knowledgestate SET number = number + 1")
    desk.work(NOW + dt.timedelta(days=2))
    assert "global_shield" in _states(desk, "open")


def test_only_a_reader_of_its_theme_replaces_a_supplied_list(desk: Desk) -> None:
    """A list manager for strategic goods can end the reasons of no list of Programme Global Shield: not by
    the import, the attributes, the approval, the page or the API, and not with a list of another theme."""
    from vedette.apps.accounts.models import Approval, Organisation
    from vedette.apps.approvals import actions as approvals
    from vedette.apps.lists import actions
    from vedette.apps.lists.models import ListDraft

    with pytest.raises(ValueError, match="needs this theme"):
        _import(desk, "Own", MILITARY, themes=["strategic"], replaces="global_shield")
    instead = {"themes": ["global_shield", "strategic"], "replaces": "global_shield"}
    asked = _draft(desk, MILITARY, **instead, rule="", active_from=TODAY)
    manager, supervisor = _themes(desk, "list_manager", ["strategic"]), desk.office.supervisor
    home = Organisation.objects.using("intake").get(pk=desk.office.id)
    files = {"list.csv": MILITARY.encode()}
    with acting(manager):
        with pytest.raises(PermissionDenied):
            actions.import_list(
                home, manager, "Own", files, "border", "decree 1", themes=["strategic"],
                replaces="global_shield", using="default",
            )  # fmt: skip
        with pytest.raises(PermissionDenied):
            actions.supplied_draft(manager, "goods", "global_shield")
        with pytest.raises(PermissionDenied):
            actions.ask_to_apply(ListDraft.objects.get(pk=asked.pk), manager, _REASON)
    with pytest.raises(PermissionDenied):
        _draft(desk, MILITARY, themes=["strategic"], replaces="global_shield")
    client = desk.client("list_manager")
    assert "global_shield" not in client.get("/watchlists/").content.decode()
    taken = client.post("/watchlists/supplied/", {"of": "goods", "key": "global_shield"})
    assert taken.status_code == 400
    # The second person needs the theme as well.
    manager = _themes(desk, "list_manager", ["strategic", "global_shield"])
    asked = _draft(desk, MILITARY, **instead, rule="", active_from=TODAY)
    with acting(manager):
        actions.ask_to_apply(asked, manager, _REASON)
    approval = Approval.objects.using("intake").get(organisation=desk.office.id)
    other = _themes(desk, "supervisor", ["strategic"])
    with acting(other), pytest.raises(PermissionDenied):
        approvals.decide(other, approval.pk, True)
    with acting(supervisor):
        supervisor = _themes(desk, "supervisor", ["strategic", "global_shield"])
        approvals.decide(supervisor, approval.pk, True)
    assert _list(desk, "Own list").replaces == "global_shield"
    # Nor does a list manager without the theme change the list that replaces it, or end the replacement.
    manager = _themes(desk, "list_manager", ["strategic"])
    draft = _draft(desk, MILITARY.replace("ML5", "ML6"), replaces="", rule="", active_from=TODAY)
    with acting(manager), pytest.raises(PermissionDenied):
        actions.apply_draft(draft, manager)
    form = client.post(
        f"/watchlists/import/{draft.pk}/",
        {"name": "Own list", "themes": ["strategic"], "purpose": "border", "basis": "decree 1",
         "owner": "Unit", "weight": "70", "replaces": "", "active_from": TODAY.isoformat()},
    )  # fmt: skip
    assert form.status_code == 422
    assert "a theme that is not assigned to you" in form.content.decode()


def _states(desk: Desk, state: str) -> set[str]:
    return {key.partition(":")[0] for _, key, own in desk.reasons() if own == state}


def test_control_lists_of_two_organisations_do_not_meet(connection: Any) -> None:
    """The list of one organisation changes nothing of the other."""
    first, second = Desk(connection, "North"), Desk(connection, "South")
    for desk in (first, second):
        desk.receive(GOGGLES)
    _import(first, "National list", MILITARY, themes=["strategic"])
    first.work()
    assert (_open(first, 3), _open(second, 3)) == ({"National list"}, set())


def test_expected_alarms_are_those_that_the_list_then_raises(
    desk: Desk, connection: psycopg.Connection[Any]
) -> None:
    """Two of four stored items match; they came on two days. The rule of the draft counts. Nothing is
    stored."""
    from vedette.apps.lists import selectors
    from vedette.apps.lists.models import ListDraft

    desk.receive(GOGGLES, lrn="LRN-2")
    before = NOW - dt.timedelta(days=1)
    desk.receive(Item(number=4, hs="900580", description="zorbium prism"), lrn="LRN-3", at=before)
    user = desk.people["list_manager"]
    for rule, alarms in (("not licence", 2), ("licence", 0)):
        draft = _draft(desk, MILITARY, rule=rule, replaces="", active_from=TODAY)
        desk.work()
        with acting(user):
            found = selectors.expected(ListDraft.objects.get(pk=draft.pk), user)
        assert found is not None
        assert not found.found.problem
        assert (found.alarms, found.new, found.stored, found.days) == (alarms, alarms, 4, 2)
        assert found.daily == alarms / 2
    assert _open(desk, 3) == set()


def test_the_pages_of_a_control_list(desk: Desk) -> None:
    """Import, rule, approval by a second person, page of the list, change of the rule, in both languages."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from vedette.apps.accounts.models import Approval
    from vedette.apps.approvals import actions as approvals

    manager = desk.client("list_manager")
    upload = SimpleUploadedFile("national.csv", MILITARY.encode())
    assert "template for control lists" in manager.get("/watchlists/import/").content.decode()
    sent = manager.post("/watchlists/import/", {"lists": [upload]})
    assert sent.status_code == 302, sent.content.decode()
    address = sent["Location"]
    form = manager.get(address).content.decode()
    assert "declared_not_listed" in form
    terms = {
        "name": "National list", "themes": ["strategic"], "purpose": "border", "basis": "decree 1",
        "owner": "Unit", "weight": "70", "replaces": "", "active_from": TODAY.isoformat(),
    }  # fmt: skip
    refused = manager.post(address, {**terms, "rule": "licence and ("})
    assert refused.status_code == 422
    assert "The rule cannot be read" in refused.content.decode()
    past = manager.post(address, {**terms, "rule": "", "active_from": _day(-1).isoformat()})
    assert past.status_code == 422
    assert manager.post(address, {**terms, "rule": "not licence"}).status_code == 302
    desk.work()
    check = manager.get(f"{address}check/").content.decode()
    assert "alarms among 2 stored records" in check
    assert manager.post(f"{address}check/", {"why": _REASON}).status_code == 302
    approval = Approval.objects.using("intake").get(organisation=desk.office.id)
    with acting(desk.office.supervisor):
        approvals.decide(desk.office.supervisor, approval.pk, True)
    listed = _list(desk, "National list")
    assert (listed.of_kind, listed.themes) == ("goods", ["strategic"])
    page = manager.get(f"/watchlists/{listed.pk}/").content.decode()
    assert "<code>not licence</code>" in page
    french = desk.client("list_manager", "fr").get(f"/watchlists/{listed.pk}/").content.decode()
    assert "Modifier la règle" in french
    change = manager.post(f"/watchlists/{listed.pk}/change/")
    assert "not licence" in manager.get(change["Location"]).content.decode()
    taken = manager.post("/watchlists/supplied/", {"of": "goods", "key": "global_shield"})
    assert 'value="global_shield" selected' in manager.get(taken["Location"]).content.decode()
    assert manager.post("/watchlists/supplied/", {"of": "goods", "key": "x"}).status_code == 400
    assert desk.client("officer").post(f"/watchlists/{listed.pk}/change/").status_code == 403


def test_a_watchlist_and_a_control_list_do_not_share_a_name(desk: Desk) -> None:
    _import(desk, "One name", PARTY)
    with pytest.raises(ValueError, match="cannot have the same name"):
        _import(desk, "One name", MILITARY)


def test_items_without_a_listed_word_are_not_screened_again(desk: Desk) -> None:
    """A changed list marks the items that match, and no other."""
    from vedette.apps.desk.rescreen import described
    from vedette.apps.lists import controls

    desk.receive(GOGGLES, SHOES, ACID, lrn="LRN-2")
    _import(desk, "National list", MILITARY, themes=["strategic"])
    lists = controls.load(desk.office.id, "intake", TODAY)["goods"]
    with desk.connection.transaction():
        found = list(
            described(desk.connection, desk.office.id, "goods", lists, controls.ids_of(lists.lists))
        )
    rows = desk.connection.execute(
        "SELECT number FROM goods_goodsitem WHERE id = ANY(%s)", [found]
    ).fetchall()
    assert rows == [(3,)]


def test_an_entry_of_a_supplied_list_that_ends_on_a_day_ends_its_reasons(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No organisation has a list of its own. An entry of a supplied list ends, and begins again: the stored
    items are screened on each of these days, without a message."""
    from dataclasses import replace

    from vedette.goods import controls, knowledge, listed

    caches = (knowledge.shipped, controls._changes, controls._matcher, listed.in_force)
    supplied = knowledge.shipped()

    def ending(**days: dt.date | None) -> Any:
        return replace(
            supplied,
            entries=tuple(
                replace(one, **days)
                if (one.list, one.key) == ("global_shield", "cas:7697-37-2")
                else one
                for one in supplied.entries
            ),
        )

    def states(made: Any, day: int) -> set[str]:
        for cache in caches[1:]:
            cache.cache_clear()
        monkeypatch.setattr(knowledge, "shipped", lambda: made)
        desk.work(NOW + dt.timedelta(days=day))
        return _states(desk, "open")

    assert "global_shield" in states(supplied, 0)
    ended = ending(valid_to=_day(1))
    assert "global_shield" in states(ended, 1)
    assert "global_shield" not in states(ended, 2)
    again = ending(valid_to=None, valid_from=_day(3))
    assert "global_shield" in states(again, 3)
    monkeypatch.undo()
    for cache in caches[1:]:
        cache.cache_clear()


def test_an_officer_of_goods_alone_creates_a_lookout(desk: Desk) -> None:
    """The lookouts of officers of goods are in a list of their own, which officers of passengers do not
    see. A party of a later declaration is a hit."""
    from vedette.apps.hits.models import Reason
    from vedette.apps.lists import actions, selectors

    officer = _themes(desk, "officer", ["strategic"])
    for number in range(2):
        with acting(officer):
            actions.create_lookout(
                officer, caller="Port", why="announced by the port authority",
                name="Entretien Demo SA" if number else "Nobody",
            )  # fmt: skip
    with acting(officer):
        assert len(selectors.lookouts().active) == 2
    with acting(_themes(desk, "supervisor", ["passengers"])):
        assert selectors.lookouts().active == []
    with acting(_themes(desk, "officer", ["small_arms"])):
        assert len(selectors.lookouts().active) == 2
    desk.work()
    found = Reason.objects.using("intake").filter(kind="lookout").values_list("theme", flat=True)
    assert set(found) == {"trade"}
    with pytest.raises(ValueError, match="reserved"):
        _import(desk, "Lookouts: goods", PARTY)
