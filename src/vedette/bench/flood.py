"""A bad profile that gives 300,000 reasons in an hour. All reasons are stored and shown as one row. The pages
of the queue are measured while the reasons are stored."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace

from vedette.bench import Figure, queue
from vedette.bench.made_profiles import put_in_force
from vedette.bench.stage import Reader, Stage, percentile, running, seconds, stage

REASONS = 300_000
#: The number of journeys in each fifty that the profile hits. None of them has another hit.
OF_FIFTY = REASONS * 50 // (queue.FLIGHTS * queue.PER_FLIGHT)

_POUR = """
INSERT INTO hits_hit (id, organisation_id, theme, purpose, retention_class, month, received_at,
  subject_id, group_id, state, priority, favour, reason_count, opened_at, changed_at, due_at)
SELECT md5('b' || n)::uuid, $o, 'passengers', 'border', 'passenger', date_trunc('month', now()), now(),
  md5('j' || n)::uuid, md5('f' || 1 + n / $per)::uuid, 'new', 20, '[]', 1, now(), now(),
  now() + make_interval(mins => 1 + n / $per - 600)
FROM generate_series(0, $people - 1) n WHERE n % 50 BETWEEN 1 AND $some;
INSERT INTO hits_reason (id, organisation_id, hit_id, kind, key, channel, contribution, params,
  entry_hash, profile_version_id, knowledge, theme, purpose, state, outcome, created_at)
SELECT md5('q' || n)::uuid, $o, md5('b' || n)::uuid, 'profile', 'profile:' || $profile, '', 20,
  '{"ref": "B", "title": "Bad", "number": 1}', 'h', $version, '1',
  'passengers', 'serious_crime', 'open', '', now()
FROM generate_series(0, $people - 1) n WHERE n % 50 BETWEEN 1 AND $some;
"""


def run() -> Iterator[Figure]:
    """Measures how long vedette takes to mark the flood, to show the pages of the queue and of the flood, and
    to end the flood."""
    with stage("bench_flood") as on:
        queue.fill(on)
        profile = _pour(on)
        yield from _marked(on)
        with running(1, "serve", "--port", str(queue.PORT)):
            for figure in queue.measure():
                said = f"{figure.size}, and a flood of {REASONS:,}"
                yield replace(figure, name=f"flood_{figure.name}", size=said)
            yield from _pages(profile)
        yield from _suspended(on, profile)


def _pour(on: Stage) -> uuid.UUID:
    if on.one("SELECT count(*) FROM profiles_profile") == (0,):
        put_in_force(on, ["legs > 9"])
    profile, version = on.one("SELECT profile_id, id FROM profiles_version LIMIT 1")
    if on.one("SELECT count(*) FROM hits_reason WHERE kind = 'profile'") != (REASONS,):
        on.run_all(
            _POUR, per=queue.PER_FLIGHT, people=queue.FLIGHTS * queue.PER_FLIGHT, some=OF_FIFTY,
            o=f"'{on.organisation}'", profile=f"'{profile}'", version=f"'{version}'",
        )  # fmt: skip
        on.connection.execute("VACUUM ANALYZE")
    return uuid.UUID(str(profile))


def _marked(on: Stage) -> Iterator[Figure]:
    from vedette.apps.hits import floods

    for name in ("flood_marked_first", "flood_marked_again"):
        if name == "flood_marked_again":
            time.sleep(35)  # changes of the last half minute are marked a second time
        began = time.perf_counter()
        changed = floods.mark(on.connection, dt.datetime.now(dt.UTC))
        took = time.perf_counter() - began
        yield Figure(name, took, "s", f"{REASONS:,} reasons, {changed:,} hits changed")
    on.connection.execute("VACUUM ANALYZE hits_hit")
    (kept,) = on.one("SELECT sum(count) FROM hits_floodcount WHERE flood_profile_id IS NOT NULL")
    yield Figure("flood_kept", float(kept or 0), "hits", "in one row of the queue")


def _pages(profile: uuid.UUID) -> Iterator[Figure]:
    reader = Reader.signed_in(queue.PORT)
    path = f"/?flood={profile.hex}"
    asked = [reader.ask(path) for _ in range(queue.WARM + 50)][queue.WARM :]
    milliseconds = [1000 * took for _, _, took, _ in asked]
    yield Figure("flood_own_page_p95", percentile(milliseconds, 0.95), "ms", f"{REASONS:,} hits", 2)


def _suspended(on: Stage, profile: uuid.UUID) -> Iterator[Figure]:
    from django.db import transaction

    from vedette.apps.accounts.models import User
    from vedette.apps.accounts.rules import set_scope
    from vedette.apps.profiles import actions

    user = User.objects.get(username="bench-approver")

    def suspend() -> None:
        with transaction.atomic():
            set_scope(user)
            actions.suspend(user, profile)

    yield Figure("flood_suspended", 1000 * seconds(suspend), "ms", "one action, one person")
    on.connection.execute("UPDATE profiles_profile SET suspended_at = NULL, suspended_by_id = NULL")
