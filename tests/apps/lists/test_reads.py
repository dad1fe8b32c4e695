"""Reads of lists: differences between any two versions, entries a page at a time, words."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone, translation
from tests.apps.lists.conftest import CHANGED, LIST, scope

from vedette.apps.accounts.models import Act
from vedette.apps.lists import reading, selectors, wording
from vedette.apps.lists.actions import import_list, make_draft
from vedette.apps.lists.models import ListVersion, Watchlist
from vedette.core.entries import Entry


def bring(house: SimpleNamespace, *texts: str) -> None:
    """The versions of one list."""
    for text in texts:
        files = {"l.csv": text.encode()}
        import_list(house.organisation, None, "L", files, "border", "decree")


def client_of(user) -> Client:
    """The user's browser."""
    client = Client()
    client.force_login(type(user).objects.get(pk=user.pk))
    return client


def kinds(changes: Iterable[selectors.Change]) -> list[tuple[str, str]]:
    """Kind and ref of each change."""
    return [(change.kind, change.entry.ref) for change in changes]


def test_difference_of_any_two_versions(house):
    """A change taken back between two versions is no change between them."""
    bring(house, LIST, CHANGED, LIST)
    with scope(house):
        watchlist = Watchlist.objects.get()
        assert kinds(selectors.changes(watchlist, 1, 2)) == [
            ("changed", "A-1"), ("added", "A-4"), ("removed", "A-3"),
        ]  # fmt: skip
        assert not list(selectors.changes(watchlist, 1, 3))
        assert len(list(selectors.changes(watchlist, 0, 1))) == 3


def test_a_page_of_a_difference(house):
    """The numbers are those of all changes; only the entries of the page are read."""
    bring(house, LIST, CHANGED)
    with scope(house):
        watchlist = Watchlist.objects.get()
        found = selectors.difference(watchlist, 1, 2, start=1, most=1)
        assert (found.counts, found.total) == ({"added": 1, "changed": 1, "removed": 1}, 3)
        assert kinds(found.shown) == [("added", "A-4")]
        found = selectors.difference(watchlist, 1, 2, kind="removed")
        assert (found.total, kinds(found.shown)) == (3, [("removed", "A-3")])


def test_a_difference_shows_entries_and_is_a_look_at_them(house):
    """One act a page, of the list's purpose; a page of a list that shows no entry is none."""
    bring(house, LIST, CHANGED)
    version = ListVersion.objects.using("intake").get(number=2)
    reader = client_of(house.officer)
    address = f"/watchlists/{version.watchlist_id}/"
    for path in (address, f"{address}2/", f"{address}?from=2&to=2"):
        assert reader.get(path).status_code == 200
    found = Act.objects.using("intake").filter(act="list.see")
    assert [(a.user_id, a.subject, a.detail) for a in found] == [
        (
            house.officer.pk,
            str(version.watchlist_id),
            {"purpose": "border", "version": 2, "shown": 3},
        )
    ] * 2


def test_the_check_of_an_import_is_a_look_at_entries(house):
    """By whoever prepares it, and by the second person who reads it before allowing it."""
    with scope(house):
        draft = make_draft(house.list_manager, {"l.csv": LIST.encode()})
        draft.terms, draft.asked_at = {"name": "L", "purpose": "border"}, timezone.now()
        draft.save()
    address = f"/watchlists/import/{draft.pk}/"
    client_of(house.supervisor).get(f"{address}asked/")
    [act] = Act.objects.using("intake").filter(act="list.see")
    assert (act.user_id, act.subject) == (house.supervisor.pk, str(draft.pk))
    assert act.detail == {"purpose": "border", "shown": 3}


def test_preview_is_what_the_import_does(house):
    """What the third step shows is what the version then says; nothing is stored by looking."""
    bring(house, LIST)
    with scope(house):
        watchlist = Watchlist.objects.get()
        draft = make_draft(house.list_manager, {"l.csv": CHANGED.encode()})
        shown, effect = selectors.preview(watchlist, draft, 25)
        assert len(list(selectors.changes(watchlist, 0, 1))) == 3
        assert (effect.compared, shown.total) == ({"traveller": 0, "goods": 0, "cash": 0}, 3)
        assert len(selectors.preview(watchlist, draft, 1)[0].shown) == 1
    bring(house, CHANGED)
    with scope(house):
        assert kinds(selectors.changes(watchlist, 1, 2)) == kinds(shown.shown)


def test_fields_in_words(house):
    """Only what differs is shown, item by item: a weak alias says that it is weak."""
    bring(house, LIST, CHANGED)
    with scope(house), translation.override("en"):
        change = wording.change(next(selectors.changes(Watchlist.objects.get(), 1, 2)))
    told = {field.name: (field.gone, field.new) for field in change.fields}
    assert told["Names"] == ([], ["“Djoka” (weak alias)"])
    assert list(told.values())[1] == (["year 1978"], ["12 Mar 1978"])


@pytest.mark.parametrize(
    ("query", "found"),
    [("zivo", ["A-1"]), ("ŽIVODRAGIĆ", ["A-1"]), ("djoka", ["A-1"]), ("P778812", ["A-2"]),
     ("a-4", ["A-4"]), ("%", []), ("\0", ["A-4", "A-1", "A-2"]), ("none", [])],
)  # fmt: skip
def test_entries_are_found(house, query, found):
    """By part of a name in any script, by a weak alias, by number, by id; wildcards are letters."""
    bring(house, LIST, CHANGED)
    with scope(house):
        page = selectors.entries(Watchlist.objects.get(), query)
    assert sorted(row.entry.ref for row in page.rows) == sorted(found)


def test_entries_a_page_at_a_time(house):
    """The key of the next page leads through every entry once; a broken key is no key."""
    rows = "".join(f"B-{n},person,Name {n % 7},Same,,,,,\n" for n in range(70))
    bring(house, LIST.splitlines(keepends=True)[0] + rows)
    with scope(house):
        watchlist = Watchlist.objects.get()
        seen: list[str] = []
        after = ""
        while True:
            page = selectors.entries(watchlist, "", after)
            seen += [row.entry.ref for row in page.rows]
            after = page.following
            if not after:
                break
        assert (len(seen), len(set(seen))) == (70, 70)
        assert selectors.entries(watchlist, "", "garbage").total == 70


def test_what_expires_and_what_it_brings(house):
    """A list that expires within a month is marked; one past its day has expired."""
    import datetime as dt

    today = dt.datetime.now(dt.UTC).date()
    for name, days in (("soon", 9), ("later", 99), ("past", -1)):
        import_list(
            house.organisation, None, name, {"l.csv": LIST.encode()}, "border", "decree",
            expires_on=today + dt.timedelta(days=days),
        )  # fmt: skip
    with scope(house):
        rows = {row.watchlist.name: row for row in selectors.all_lists()}
    assert (rows["soon"].expires_soon, rows["later"].expires_soon) == (True, False)
    assert rows["past"].expired
    assert rows["soon"].brings.raised == 0


def test_no_name_stands_in_an_address(house):
    """Entries are searched by a form that is posted; the next page is named by an id."""
    from django.test import Client

    files = {"l.csv": LIST.encode()}
    done = import_list(house.organisation, None, "L", files, "border", "decree")
    browser = Client()
    browser.force_login(type(house.officer).objects.get(pk=house.officer.pk))
    path = f"/watchlists/{done.version.watchlist_id}/entries/"
    found = browser.post(path, {"q": "zivodragic"}).content.decode()
    assert "A-1" in found
    assert "A-2" not in found
    assert "?q=" not in found
    everything = browser.get(path, {"q": "zivodragic"}).content.decode()
    assert "A-2" in everything


def test_long_ids_that_collide_are_not_searched_for_a_free_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two files have the same ids of 100 characters, which differ at their ends, with other entries."""
    calls: list[str] = []
    real = reading.lists.entry_hash

    def counted(entry: Entry) -> str:
        calls.append(entry.ref)
        return real(entry)

    monkeypatch.setattr(reading.lists, "entry_hash", counted)
    files = {
        f"{name}.csv": (
            "ref,kind,name\n"
            + "".join(f"{'A' * 94}{n:06},person,{name} {'B' * (n % 7)}\n" for n in range(300))
        ).encode()
        for name in ("Abel", "Bo")
    }
    items = list(reading.Reading(files).items())
    assert len({item.entry.ref for item in items}) == 600
    assert max(len(item.entry.ref) for item in items) <= reading.MAX_REF
    assert len(calls) == 900
