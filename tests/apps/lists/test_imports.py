"""Import of lists: versions, differences, repeats, broken rows, and what may not be read at all."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client
from tests.apps.lists.conftest import CHANGED, LIST, make_house, scope
from tests.shared import shared

from vedette.apps.accounts.models import Act
from vedette.apps.lists.actions import Imported, import_list
from vedette.apps.lists.models import KnowledgeState, ListEntry, ListVersion, Watchlist
from vedette.formats.lists import UnknownList


def bring(house: SimpleNamespace, text: str | bytes, **more: object) -> Imported:
    """Import one file by the command line's way."""
    data = text.encode() if isinstance(text, str) else text
    terms = {"purpose": "terrorism", "basis": "decree 1", **more}
    return import_list(house.organisation, None, "Test list", {"list.csv": data}, **terms)  # type: ignore[arg-type]


def number(house: SimpleNamespace) -> int:
    """The number of the knowledge that workers watch."""
    state = KnowledgeState.objects.using("intake").filter(organisation_id=house.organisation.pk)
    return sum(state.values_list("number", flat=True))


def test_first_import_is_version_one(house):
    """Each import is a version with a content hash, counts, a purpose and a legal basis (issue, 3)."""
    version, new = bring(house, LIST)
    assert new
    assert (version.number, version.entry_count, version.added) == (1, 3, 3)
    assert version.watchlist.owner == "Ours"
    assert number(house) == 1
    act = Act.objects.using("intake").get(act="list.import")
    assert act.detail["added"] == 3


def test_second_import_ends_what_changed(house):
    """An entry lives from the version that brought it to the one that changed or removed it."""
    bring(house, LIST)
    version, _ = bring(house, CHANGED)
    assert (version.added, version.changed, version.removed) == (1, 1, 1)
    entries = ListEntry.objects.using("intake")
    assert sorted(entries.filter(until=None).values_list("ref", flat=True)) == ["A-1", "A-2", "A-4"]
    assert sorted(entries.filter(until=2).values_list("ref", flat=True)) == ["A-1", "A-3"]
    assert entries.get(ref="A-2").since == 1


def test_a_repeated_import_is_no_version(house):
    """The same content, in another order of rows, changes nothing and wakes no worker."""
    first, _ = bring(house, LIST)
    rows = LIST.splitlines(keepends=True)
    again, new = bring(house, "".join([rows[0], *reversed(rows[1:])]))
    assert not new
    assert again.pk == first.pk
    assert ListVersion.objects.using("intake").count() == 1
    assert number(house) == 1


def test_going_back_to_an_older_content_is_a_version(house):
    """Only the current content is "no change": a list that takes a change back is a new version."""
    bring(house, LIST)
    bring(house, CHANGED)
    version, new = bring(house, LIST)
    assert new
    assert version.number == 3
    assert ListEntry.objects.using("intake").filter(until=None).count() == 3


def test_new_terms_are_kept_without_a_version(house):
    """A list renewed for another year keeps its version and shows its new expiry."""
    bring(house, LIST)
    bring(house, LIST, basis="decree 2", weight=50)
    watchlist = Watchlist.objects.using("intake").get()
    assert (watchlist.basis, watchlist.weight) == ("decree 2", 50)


def test_a_broken_row_is_named_and_the_rest_kept(house):
    """A list with a broken row: the row's line is named, the rest goes on (issue, bad input)."""
    version, _ = bring(house, LIST + "A-9,person,,,,,,,\n" + "A-10,person,GOOD,Name,,,,,\n")
    assert version.entry_count == 4
    assert [p["code"] for p in version.problems] == ["row_broken"]
    assert version.problems[0]["segment"] == "line 5"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\xff\xd8\xff\xe0JFIF", "a photograph"),
        (b"PK\x03\x04zip", "is damaged"),
    ],
)
def test_what_is_no_list_changes_nothing(house, data, says):
    """An unknown format names the file and what to do; nothing is stored."""
    with pytest.raises(UnknownList, match=says) as caught:
        bring(house, data)
    assert "list.csv" in str(caught.value)
    assert not Watchlist.objects.using("intake").exists()


def test_nul_characters_do_not_stop_an_import(house):
    """PostgreSQL's JSON cannot hold NUL; a list with one is stored without it."""
    jsonl = '{"id":"x","schema":"Person","properties":{"name":["Jo\\u0000hn Roe"]},"target":true}\n'
    version = import_list(
        house.organisation, None, "N", {"a.ftm.json": jsonl.encode()}, "border", "b"
    ).version
    assert version.entry_count == 1
    assert "\0" not in str(ListEntry.objects.using("intake").get().content)


def test_web_role_imports_in_its_own_scope_only(house):
    """Row-level security: a list manager's import is invisible to another organisation."""
    theirs = make_house("Theirs")
    with scope(house):
        import_list(
            house.organisation, house.list_manager, "Ours", {"l.csv": LIST.encode()}, "border", "b",
            using="default",
        )  # fmt: skip
        assert ListEntry.objects.count() == 3
    with scope(theirs):
        assert not Watchlist.objects.exists()
        assert not ListEntry.objects.exists()


def test_an_officer_may_not_import(house):
    """Lists are imported by list managers; the action asks again, whoever called it."""
    from django.core.exceptions import PermissionDenied

    with scope(house), pytest.raises(PermissionDenied):
        import_list(
            house.organisation, house.officer, "L", {"l.csv": LIST.encode()}, "border", "b",
            using="default",
        )  # fmt: skip


@pytest.mark.parametrize(
    "terms", [{"purpose": "curiosity"}, {"basis": " "}, {"weight": 101}], ids=str
)
def test_terms_are_required(house, terms):
    """No list without a purpose and a legal basis."""
    with pytest.raises(ValueError):
        bring(house, LIST, **terms)


def test_a_version_is_never_changed(house):
    """List versions are append-only for every role that works (architecture, access and audit)."""
    from django.db import ProgrammingError

    bring(house, LIST)
    with pytest.raises(ProgrammingError, match="permission denied"):
        ListVersion.objects.using("intake").update(entry_count=0)


def test_ofac_three_files_are_one_list(house):
    """OFAC's `_sdn`, `_alt` and `_add` files, handed in together, are one version."""
    folder = shared("data", "watchlists")
    files = {
        f"ofac_sdn_2021-06_{part}.csv": (folder / f"ofac_sdn_2021-06_{part}.csv").read_bytes()
        for part in ("sdn", "alt", "add")
    }
    version = import_list(house.organisation, None, "OFAC", files, "border", "b").version
    assert version.format == "OFAC-CSV"
    assert version.entry_count > 8_000
    aliases = ListEntry.objects.using("intake").filter(content__names__1__isnull=False)
    assert aliases.count() > 3_000


def test_a_hostile_name_is_refused_on_the_page_in_the_readers_language(house):
    """A form that names folders: refused in words that do not quote it, and journalled."""
    client = Client()
    client.force_login(type(house.list_manager).objects.get(pk=house.list_manager.pk))
    body = (
        '--b\r\nContent-Disposition: form-data; name="lists"; filename="../../x"\r\n\r\n'
        f"{LIST}\r\n--b--\r\n"
    )
    answer = client.generic(
        "POST", "/watchlists/import/", body.encode(), "multipart/form-data; boundary=b",
        headers={"Accept-Language": "en"},
    )  # fmt: skip
    assert answer.status_code == 422
    assert "name of a file contains a folder path" in answer.content.decode()
    assert Act.objects.using("intake").filter(act="list.refuse").count() == 1
