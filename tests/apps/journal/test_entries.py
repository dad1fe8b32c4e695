"""Entries of lists: what a version brought is kept, and what anybody did to it all the same is found."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

import psycopg
import pytest
from tests.apps.journal.scene import Journal
from tests.apps.lists.conftest import make_house

from vedette.apps.lists import actions
from vedette.apps.lists.actions import import_list
from vedette.apps.lists.models import ListEntry
from vedette.apps.retention.runs import forget_words

CHANGES = (
    'content = content || \'{"names": [{"full": "Another"}]}\'',
    "content = jsonb_build_object('ref', ref), name_key = ''",
    "content_hash = repeat('b', 64)",
    "ref = ref || 'x'",
    "since = since - 1",
    "until = NULL",
)


@pytest.fixture
def listed(journal: Journal) -> Journal:
    """A list with three versions, by way of imports: an entry that was changed, one that ended."""
    house = make_house("Lists")
    terms = {"purpose": "border", "basis": "decree 1"}
    for text in (
        "R1,person,Abel\nR2,person,Bea",
        "R1,person,Abel\nR2,person,Beata",
        "R1,person,Abel",
    ):
        file = f"ref,kind,surname\n{text}\n".encode()
        import_list(house.organisation, None, "Ours", {"list.csv": file}, **terms)
    assert ListEntry.objects.using("intake").filter(watchlist__name="Ours").count() == 3
    journal.seal()
    assert journal.found() == set()
    return journal


@pytest.mark.parametrize("login", ["DATABASE_URL", "DATABASE_URL_INTAKE", "DATABASE_URL_OWNER"])
def test_what_a_version_brought_is_kept(listed: Journal, login: str) -> None:
    """Web, workers and the owner alike: no other content, no other hash, no end taken back."""
    home = ListEntry.objects.using("intake").filter(until__isnull=False).first()
    with psycopg.connect(os.environ[login], autocommit=True) as connection:
        connection.execute(
            "SELECT set_config('vedette.organisation', %s, false),"
            " set_config('vedette.themes', 'passengers', false),"
            " set_config('vedette.purposes', 'border,terrorism,serious_crime', false)",
            [str(home.organisation_id)],
        )
        for statement in (
            *(f"UPDATE lists_listentry SET {change} WHERE until IS NOT NULL" for change in CHANGES),
            "DELETE FROM lists_listentry",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
    assert listed.found() == set()


@pytest.mark.parametrize(
    "change",
    [
        *(f"UPDATE lists_listentry SET {change} WHERE ref = 'R1'" for change in CHANGES[:5]),
        "UPDATE lists_listentry SET until = NULL WHERE since = 1 AND ref = 'R2'",
        "UPDATE lists_listentry SET until = 4 WHERE ref = 'R1'",
        "DELETE FROM lists_listentry WHERE ref = 'R1'",
        "INSERT INTO lists_listentry (id, organisation_id, watchlist_id, ref, content_hash, content,"
        " name_key, since) SELECT gen_random_uuid(), organisation_id, watchlist_id, 'new', content_hash,"
        " content, name_key, since + 9 FROM lists_listentry WHERE ref = 'R1'",
    ],
)
def test_what_was_done_to_entries_is_found(listed: Journal, change: str) -> None:
    """By the content's own hash, and by that of the version, whose row is chained."""
    listed.tamper(change)
    assert listed.found() == {"changed"}


def test_an_entry_with_its_hash_is_found_by_the_version(listed: Journal) -> None:
    """Whoever gives another content its right hash has another list."""
    other = ListEntry.objects.using("intake").get(ref="R2", since=2)
    listed.tamper(
        f"UPDATE lists_listentry SET content = (SELECT content FROM lists_listentry WHERE id ="
        f" '{other.pk}'), content_hash = '{other.content_hash}' WHERE ref = 'R2' AND since = 1"
    )
    [finding] = listed.verify().findings
    assert "(number 1) are not the ones it had" in finding.text


def test_a_lookout_that_lost_its_words_is_not_changed(listed: Journal) -> None:
    """Retention takes them a month after the end; before it, nobody does."""
    world = listed.world
    given: dict[str, Any] = {"document": "X0142O7", "caller": "Post 4", "why": "told by phone"}
    with world.seen_by() as officer:
        lookout = actions.create_lookout(officer, name="ZIVODRAGIC", **given)
    assert listed.found() == set()
    listed.tamper(
        "UPDATE lists_lookout SET expires_at = now() - interval '31 days'",
        f"UPDATE lists_listentry SET until = 99 WHERE id = '{lookout.entry_id}'",
    )
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as workers:
        forget_words(workers, dt.datetime.now(dt.UTC))
    listed.seal()
    assert ListEntry.objects.using("intake").get(pk=lookout.entry_id).name_key == ""
    assert listed.found() == set()
