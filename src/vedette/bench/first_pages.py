"""Measures the response times of the first page of every role and of the statistics pages. The database
contains a million travellers, 20,000 open hits, and the decisions and results of 60 days. Also measures the
memory that the demonstration uses, and the time from the start of the demonstration until a signed-in user
sees a page with hits.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from unittest import mock

from vedette.bench import Figure
from vedette.bench.queue import HITS, PEOPLE, PER_FLIGHT, USER, fill, measured
from vedette.bench.stage import HOME, Reader, Stage, put_in_force, running, stage, wait_until

PORT, DEMO_PORT = 8719, 8717
PATIENCE_S = 120
DAYS, A_DAY = 60, 300
DECIDED = DAYS * A_DAY
ROLES = (
    "officer", "supervisor", "analyst", "list_manager", "dpo", "auditor", "administrator",
)  # fmt: skip

#: Decided hits of travellers who have no open hit: two in five were controlled, one control in eight is
#: confirmed. Each hit has a reason of a list entry and a reason of a profile.
_PAST = """
INSERT INTO lists_watchlist (id, organisation_id, name, purpose, themes, basis, owner, weight, lookouts,
  synthetic, created_at)
SELECT md5('w' || n)::uuid, $o, 'Bench list ' || n, 'terrorism', '{passengers}', 'bench', 'bench', 30, false,
  true, now()
FROM generate_series(1, 10) n;
INSERT INTO lists_listentry (id, organisation_id, watchlist_id, ref, content_hash, content, name_key, since)
SELECT md5('e' || n)::uuid, $o, md5('w' || n)::uuid, 'E' || n, 'h' || n, '{}', 'name', 1
FROM generate_series(1, 10) n;
INSERT INTO hits_hit (id, organisation_id, theme, purpose, retention_class, month, received_at,
  subject_id, group_id, state, priority, favour, reason_count, opened_at, changed_at, due_at, decided_at,
  pairs, parts)
SELECT md5('p' || n)::uuid, $o, 'passengers', 'border', 'passenger', date_trunc('month', now()), now(),
  md5('j' || (n * 50 + 25))::uuid, md5('f' || 1 + (n * 50 + 25) / $per)::uuid, 'decided', 1 + n % 99, '[]', 2,
  opened, now() - interval '1 day', decided, decided, one | two, jsonb_build_object(one, part, two, part)
FROM vedette_pair('passengers', 'terrorism') one, vedette_pair('passengers', 'serious_crime') two,
  generate_series(0, $decided - 1) n
CROSS JOIN LATERAL (SELECT now() - make_interval(secs => (n + 1) * 86400.0 / $day) AS opened,
  now() - make_interval(secs => n * 86400.0 / $day) AS decided) at
CROSS JOIN LATERAL jsonb_build_object('state', 'decided', 'priority', 1 + n % 99, 'favour', '[]'::jsonb,
  'opened_at', opened, 'changed_at', now() - interval '1 day', 'decided_at', decided) part;
INSERT INTO hits_reason (id, organisation_id, hit_id, kind, key, channel, contribution, score,
  params, entry_id, entry_hash, knowledge, theme, purpose, state, outcome, created_at)
SELECT md5('s' || n)::uuid, $o, md5('p' || n)::uuid, 'watchlist', 'list:' || n, 'name', 30, 0.9,
  '{"list": "Bench", "list_id": "", "ref": "E1", "version": 1}', md5('e' || 1 + n % 10)::uuid, 'h', '1',
  'passengers', 'terrorism', 'answered', 'another', now() - make_interval(secs => (n + 1) * 86400.0 / $day)
FROM generate_series(0, $decided - 1) n;
INSERT INTO hits_reason (id, organisation_id, hit_id, kind, key, channel, contribution, params,
  entry_hash, profile_version_id, knowledge, theme, purpose, state, outcome, created_at)
SELECT md5('t' || n)::uuid, $o, md5('p' || n)::uuid, 'profile', 'profile:' || v.profile_id, '', 20,
  '{"ref": "B", "title": "Bench", "number": 1}', 'h', v.id, '1', 'passengers', 'serious_crime', 'answered',
  '', now() - make_interval(secs => (n + 1) * 86400.0 / $day)
FROM generate_series(0, $decided - 1) n
CROSS JOIN LATERAL (SELECT id, profile_id FROM profiles_version ORDER BY id OFFSET n % 20 LIMIT 1) v;
INSERT INTO hits_decision (id, organisation_id, hit_id, choice, by_id, at, answers, priority)
SELECT md5('d' || n)::uuid, $o, md5('p' || n)::uuid, CASE WHEN n % 5 < 2 THEN 'refer' ELSE 'release' END,
  u.id, now() - make_interval(secs => n * 86400.0 / $day), '{}', 1 + n % 99
FROM generate_series(0, $decided - 1) n
CROSS JOIN LATERAL (SELECT id FROM accounts_user WHERE role = 'officer' ORDER BY id OFFSET n % 8 LIMIT 1) u;
INSERT INTO hits_result (id, organisation_id, hit_id, outcome, by_id, at)
SELECT md5('u' || n)::uuid, $o, md5('p' || n)::uuid, CASE WHEN n % 8 = 0 THEN 'confirmed' ELSE 'nothing' END,
  u.id, now() - make_interval(secs => (n - 0.5) * 86400.0 / $day)
FROM generate_series(1, $decided - 1) n
CROSS JOIN LATERAL (SELECT id FROM accounts_user WHERE role = 'officer' ORDER BY id LIMIT 1) u
WHERE n % 5 < 2;
"""


def run() -> Iterator[Figure]:
    """Measures the page `/home/` for each role, and the statistics of 30 days and of 365 days for a
    supervisor."""
    with stage("bench_first_pages", fresh=False) as on:
        _fill(on)
        with running(1, "serve", "--port", str(PORT)):
            size = f"{PEOPLE:,} travellers, {HITS:,} open hits, {DECIDED:,} decided in {DAYS} days"
            for role in ROLES:
                reader = Reader.signed_in(PORT, f"bench-{role}", USER[1])
                paths = {f"home_{role}": "/home/"}
                if role == "supervisor":
                    paths |= {
                        "statistics_30": "/statistics/?days=30",
                        "statistics_365": "/statistics/?days=365",
                    }
                for name, path in paths.items():
                    p95, transferred = measured(reader, path, 60)
                    yield Figure(f"{name}_p95", p95, "ms", size, 2, "< 150")
                    yield Figure(f"{name}_transferred", transferred / 1000, "kB", size, 2, "< 100")


def _fill(on: Stage) -> None:
    """Inserts the rows and one user for each role, unless they already exist."""
    if on.one("SELECT count(*) FROM hits_hit WHERE state = 'decided'") == (DECIDED,):
        return
    fill(on)
    for number in range(8):
        on.user(f"bench-officer-{number}")
    for role in ROLES:
        user = on.user(f"bench-{role}", role)
        user.set_password(USER[1])
        user.save(using="intake")
    if on.one("SELECT count(*) FROM profiles_profile") == (0,):
        put_in_force(on, [f"legs > {9 + number}" for number in range(20)])
    on.run_all(_PAST, o=f"'{on.organisation}'", per=PER_FLIGHT, day=A_DAY, decided=DECIDED)
    on.connection.execute("VACUUM ANALYZE")


def demo_start() -> Iterator[Figure]:
    """Measures the duration of the first start of the demonstration. Then measures the memory use after one
    minute in which live messages and page requests are processed.
    """
    home = HOME / "demo"
    shutil.rmtree(home, ignore_errors=True)
    # The demonstration must not use a database or settings of the user who runs the benchmarks.
    others = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE_URL", "VEDETTE_"))}
    began = time.monotonic()
    with (
        mock.patch.dict(os.environ, others, clear=True),
        running(1, "demo", "--port", str(DEMO_PORT), VEDETTE_HOME=str(home)) as (demo,),
    ):
        reader = Reader.signed_in(DEMO_PORT, "officer", "demo-officer", PATIENCE_S)
        wait_until(lambda: b"/hits/" in reader.ask("/")[1], 0.1, PATIENCE_S)
        took = time.monotonic() - began
        yield Figure("demo_start", took, "s", "from nothing to hits behind the sign-in", 2, "≤ 30")
        time.sleep(60)
        memory = _memory(demo.pid, home) / 1e6
        yield Figure(
            "demo_memory", memory, "MB", "all processes, proportional set size", 2, "≤ 700"
        )


def _memory(root: int, home: Path) -> float:
    """Returns the memory, in bytes, of the process `root` with all its descendants, and of the database
    server in `home`. A shared memory page is counted only once."""
    data = str((home / "server" / "data").resolve())
    parents: dict[int, int] = {}
    ours = {root}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            stat = (entry / "stat").read_text().rpartition(")")[2]
            parents[int(entry.name)] = int(stat.split()[1])
            if os.readlink(entry / "cwd") == data:
                ours.add(int(entry.name))
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return sum(map(_pss, ours))


def _pss(pid: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return float(line.split()[1]) * 1024
    return 0.0
