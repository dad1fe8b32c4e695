"""The sixty days of work before the first start of the demonstration."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from vedette.commands.demo import LOGINS
from vedette.demo import content
from vedette.demo.feed import Start
from vedette.demo.world import earlier as world


@pytest.fixture
def seeded(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The content of a first start, with fewer flights."""
    monkeypatch.setattr(world, "_EVERY", 400)
    start = content.seed("Douanes (test)", LOGINS, tmp_path)
    assert start is not None
    content.complete("Douanes (test)", LOGINS, start, tmp_path)
    return tmp_path


def test_sixty_days_of_decided_hits_stand_behind_the_first_start(
    seeded: Path, database: str
) -> None:
    """Each decision has its officer, text, events and journal entries; results of controls follow; times are
    in order, and nothing is later than the start. A second start changes nothing."""
    _lists_and_profiles_are_older_than_the_work()
    _what_was_done_is_whole(seeded, database)
    _a_second_start_changes_nothing(seeded)


def _what_was_done_is_whole(seeded: Path, database: str) -> None:
    import psycopg

    from vedette.apps.journal.sealing import seal_all
    from vedette.apps.journal.verify import verify

    start = Start.read(seeded)
    assert start is not None
    with psycopg.connect(database, autocommit=True) as connection:

        def one(query: str) -> tuple[object, ...]:
            row = connection.execute(query).fetchone()  # type: ignore[arg-type]
            assert row is not None
            return row

        hits, decided, first, last = one(
            "SELECT count(*), count(decided_at), min(opened_at), max(decided_at) FROM hits_hit"
        )
        assert isinstance(hits, int)
        assert isinstance(decided, int)
        assert hits > 15
        assert decided >= 0.8 * hits
        assert start.began - first > dt.timedelta(days=50)  # type: ignore[operator]
        assert last < start.began  # type: ignore[operator]
        assert one(
            "SELECT count(*) FROM hits_hit h JOIN hits_decision d ON d.hit_id = h.id"
            " JOIN hits_textclear t ON t.owner_id = d.id AND t.kind = 'why'"
            " WHERE h.opened_at < h.claimed_at AND h.claimed_at < d.at AND d.at = h.decided_at"
            " AND EXISTS (SELECT FROM hits_event e WHERE e.hit_id = h.id AND e.kind = 'decided')"
            " AND EXISTS (SELECT FROM accounts_act a WHERE a.act = 'hit.decided'"
            "  AND a.subject = h.id::text AND a.at = d.at)"
        ) == (decided,)
        assert one(
            "SELECT count(*) FROM hits_reason r JOIN hits_hit h ON h.id = r.hit_id"
            " WHERE h.state = 'decided' AND r.state <> 'answered'"
        ) == (0,)
        assert one(
            "SELECT count(*) FROM hits_decision WHERE second_id = by_id"
            " OR choice = 'refuse' AND second_id IS NULL"
        ) == (0,)
        outcomes = dict(
            connection.execute("SELECT outcome, count(*) FROM hit_outcome GROUP BY 1").fetchall()
        )
        assert {"cleared", "confirmed"} < outcomes.keys()
        confirmed = one("SELECT count(*) FROM hits_confirmed WHERE until IS NULL")
        assert confirmed == (outcomes["confirmed"],)
        # Nothing was stored outside the partitions of its month.
        assert one("SELECT count(*) FROM travellers_journeyclear_passenger_rest") == (0,)
        seal_all(connection, settings.KEYS)
    with psycopg.connect(database, autocommit=True) as connection:
        report = verify(connection, settings.KEYS, None, {})
    assert not [f for f in report.findings if f.what == "backdated"], report.findings


def _lists_and_profiles_are_older_than_the_work() -> None:
    """Rates of hits per active day count the days of the earlier work; requests for approval are fresh."""
    from vedette.apps.accounts.models import Approval
    from vedette.apps.lists.models import ListVersion
    from vedette.apps.profiles.models import Version

    old = timezone.now() - dt.timedelta(days=60)
    active = Version.objects.using("intake").filter(state="active")
    assert active.count() > 25
    assert not active.filter(active_from__gt=old).exists()
    assert not ListVersion.objects.using("intake").filter(imported_at__gt=old).exists()
    waits = Approval.objects.using("intake").filter(state="asked")
    assert waits.count() == len(content.WAITING)
    assert not waits.filter(asked_at__lt=timezone.now() - dt.timedelta(hours=1)).exists()


def _a_second_start_changes_nothing(seeded: Path) -> None:
    """It finds the same world and the same people; an interrupted first start is refused."""
    from vedette.apps.accounts.models import User
    from vedette.apps.hits.models import Hit

    before = (
        Hit.objects.using("intake").count(),
        User.objects.using("intake").count(),
        Start.read(seeded),
    )
    assert content.seed("Douanes (test)", LOGINS, seeded) is None
    assert before == (
        Hit.objects.using("intake").count(),
        User.objects.using("intake").count(),
        Start.read(seeded),
    )
    (seeded / "world.json").unlink()
    with pytest.raises(content.Incomplete):
        content.seed("Douanes (test)", LOGINS, seeded)
