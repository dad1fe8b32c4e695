"""Measures the response times of the queue and of the page of a hit while other officers use the queue. The
database contains a million travellers and 20,000 open hits. Every second hit has reasons for two purposes. A
second user may see only the reasons for one of these purposes.

`flood` measures the same pages after a flood of hits: a badly defined profile produces 300,000 reasons within
an hour. All these reasons are stored, and the queue shows them as one row.
"""

from __future__ import annotations

import datetime as dt
import re
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace

from vedette.bench import Figure
from vedette.bench.stage import (
    Reader,
    Stage,
    meanwhile,
    percentile,
    put_in_force,
    running,
    seconds,
    stage,
    timed,
)

FLIGHTS, PER_FLIGHT, HITS = 5_000, 200, 20_000
PEOPLE = FLIGHTS * PER_FLIGHT
PORT = 8718
#: The users who request the pages, with their passwords: with all purposes, and with the purpose "border".
USER = ("bench", "bench-password")
PARTIAL = ("bench-border", "bench-password")
WARM, REQUESTS, OTHERS = 20, 200, 8
_HIT = re.compile(rb'href="(/hits/[0-9a-f-]{36}/)')
_NEXT = re.compile(rb'href="\??([^"]*after=[^"]*)"')

#: Inserts the rows of the tables: flights around the present time and invented travellers. One traveller in
#: fifty has a hit.
_WORLD = """
INSERT INTO travellers_flight (id, organisation_id, carrier, number, origin, destination, departs_on,
  departs_zone, departs_at, arrives_zone, arrives_at, stated, api_count, pnr_count, joined_count)
SELECT md5('f' || n)::uuid, $o, 'XX', n::text, 'ADD', 'DSS', current_date, '', now(), '',
  now() + make_interval(mins => n - 600), '', 200, 200, 200 FROM generate_series(1, $flights) n;
INSERT INTO travellers_traveller (id, organisation_id, theme, purpose, retention_class, month, received_at)
SELECT md5('j' || n)::uuid, $o, 'passengers', 'border', 'passenger', date_trunc('month', now()), now()
FROM generate_series(0, $people - 1) n;
INSERT INTO subjects_subject (id, organisation_id, theme, purpose, retention_class, month, received_at, kind,
  group_id, due_at)
SELECT md5('j' || n)::uuid, $o, 'passengers', 'border', 'passenger', date_trunc('month', now()), now(),
  'traveller', md5('f' || 1 + n / $per)::uuid, now() + make_interval(mins => 1 + n / $per - 600)
FROM generate_series(0, $people - 1) n;
INSERT INTO travellers_journey (id, organisation_id, theme, purpose, retention_class, month, received_at,
  traveller_id, flight_id, role, infant, placeholder, in_api, in_pnr, present, facts)
SELECT md5('j' || n)::uuid, $o, 'passengers', 'border', 'passenger', date_trunc('month', now()), now(),
  md5('j' || n)::uuid, md5('f' || 1 + n / $per)::uuid, 'passenger', false, false, true, true, true, '[]'
FROM generate_series(0, $people - 1) n;
INSERT INTO travellers_journeyclear (journey_id, retention_class, month, organisation_id, surname,
  given_names, name_key, names, date_of_birth, sex, nationality, document, seat, locator, state)
SELECT md5('j' || n)::uuid, 'passenger', date_trunc('month', now()), $o, 'NAME' || n, 'GIVEN',
  'name' || n || ' given', ARRAY['NAME' || n || '|GIVEN'], date '1980-01-01' + n % 9000, 'F', 'SEN',
  'P' || n, (1 + n % 40) || 'A', 'ABC123', '{"api": {}, "pnr": {}}'
FROM generate_series(0, $people - 1) n;
INSERT INTO hits_hit (id, organisation_id, theme, purpose, retention_class, month, received_at,
  subject_id, group_id, state, priority, favour, reason_count, opened_at, changed_at, due_at,
  pairs, open_pairs, parts)
SELECT md5('h' || n)::uuid, $o, 'passengers', 'border', 'passenger', date_trunc('month', now()), now(),
  md5('j' || n * $every)::uuid, md5('f' || 1 + n * $every / $per)::uuid, 'new', 1 + n % 99, favour, 2,
  now(), now() - interval '1 hour', now() + make_interval(mins => 1 + n * $every / $per - 600),
  one | two, one | two,
  CASE WHEN two <> one THEN jsonb_build_object(one, part, two, part) ELSE '{}' END
FROM generate_series(0, $hits - 1) n
CROSS JOIN LATERAL (SELECT vedette_pair('passengers', 'terrorism') AS one,
  vedette_pair('passengers', CASE n % 2 WHEN 0 THEN 'border' ELSE 'terrorism' END) AS two,
  jsonb '[{"id": "return_booked", "params": {}, "points": 2}]' AS favour) p
CROSS JOIN LATERAL jsonb_build_object('state', 'new', 'priority', (1 + n % 99) / 2, 'favour', favour,
  'opened_at', now(), 'changed_at', now() - interval '1 hour') part;
INSERT INTO hits_reason (id, organisation_id, hit_id, kind, key, channel, contribution, score,
  params, entry_hash, knowledge, theme, purpose, state, outcome, created_at)
SELECT md5('r' || n || k)::uuid, $o, md5('h' || n)::uuid, 'watchlist', 'list:' || k, 'name', 30, 0.9,
  '{"list": "Bench", "list_id": "", "ref": "E1", "version": 1, "entry_name": "X"}', 'h', '1',
  'passengers', CASE WHEN k = 2 AND n % 2 = 0 THEN 'border' ELSE 'terrorism' END, 'open', '', now()
FROM generate_series(0, $hits - 1) n, generate_series(1, 2) k;
"""


def run() -> Iterator[Figure]:
    """Measures the response times of the queue (with a filter, with a sort order, and at its hundredth page)
    and of the page of a hit. Each page is requested 20 times without measurement, and then 200 times with
    measurement. During the measurement, eight other officers poll the queue.
    """
    with stage("bench_queue", fresh=False) as on:
        fill(on)
        with running(1, "serve", "--port", str(PORT)):
            yield from _pages()
            for figure in _pages(PARTIAL):
                yield replace(figure, name=f"partial_{figure.name}")


def fill(on: Stage) -> None:
    """Inserts the rows and the users, unless they already exist."""
    if on.one("SELECT count(*) FROM hits_hit") == (HITS,):
        return
    on.run_all(
        _WORLD, o=f"'{on.organisation}'", flights=FLIGHTS, per=PER_FLIGHT, people=PEOPLE, hits=HITS,
        every=PEOPLE // HITS,
    )  # fmt: skip
    on.connection.execute("VACUUM ANALYZE")
    for name, password in (USER, PARTIAL):
        user = on.user(name)
        user.set_password(password)
        if name == PARTIAL[0]:
            user.purposes = ["border"]
        user.save(using="intake")


def _pages(user: tuple[str, str] = USER) -> Iterator[Figure]:
    """Measures the pages. A user sends the requests to the server at `PORT`."""
    reader = Reader.signed_in(PORT, *user)

    def poll(stop: threading.Event) -> None:
        """Requests the page every five seconds, like the browser of another officer."""
        own = Reader(PORT, dict(reader.cookies))
        _, page, _, _ = own.ask("/")
        found = re.search(rb'hx-get="([^"]+)"', page)
        path = found[1].decode().replace("&amp;", "&") if found else "/"
        while not stop.wait(5):
            own.ask(path)

    with meanwhile(poll, OTHERS):
        pages = {
            "queue_filtered": "/?priority=4",
            "queue_sorted": "/?order=priority",
            "queue_page_100": _follow(reader, 99),
            "hit": _HIT.findall(reader.ask("/")[1])[0].decode(),
        }
        for name, path in pages.items():
            p95, transferred = measured(reader, path)
            size = f"{PEOPLE:,} travellers, {HITS:,} open hits, {OTHERS} others polling"
            yield Figure(f"{name}_p95", p95, "ms", size, 2, "< 150" if name == "hit" else "< 100")
            yield Figure(f"{name}_transferred", transferred / 1000, "kB", size, 2, "< 100")


def measured(reader: Reader, path: str, requests: int = REQUESTS) -> tuple[float, int]:
    """Returns the 95th percentile of the response times of a page, in milliseconds, and the number of
    transferred bytes.
    """
    asked = [reader.ask(path) for _ in range(WARM + requests)][WARM:]
    if any(status != 200 for status, *_ in asked):
        raise RuntimeError(f"{path} did not answer 200")
    return percentile([1000 * took for _, _, took, _ in asked], 0.95), asked[-1][3]


def _follow(reader: Reader, pages: int) -> str:
    """Follows the link "next" the given number of times. Returns the path of the last page."""
    path = "/"
    for _ in range(pages):
        links = _NEXT.findall(reader.ask(path)[1])
        if not links:
            raise RuntimeError("the queue has no next page")
        path = "/?" + links[-1].decode().replace("&amp;", "&").removeprefix("/?")
    return path


# --- flood ---------------------------------------------------------------------------------------

REASONS = 300_000
#: The number of journeys in each fifty that the profile hits. None of them has another hit.
OF_FIFTY = REASONS * 50 // PEOPLE

_POUR = """
INSERT INTO hits_hit (id, organisation_id, theme, purpose, retention_class, month, received_at,
  subject_id, group_id, state, priority, favour, reason_count, opened_at, changed_at, due_at,
  pairs, open_pairs)
SELECT md5('b' || n)::uuid, $o, 'passengers', 'border', 'passenger', date_trunc('month', now()), now(),
  md5('j' || n)::uuid, md5('f' || 1 + n / $per)::uuid, 'new', 20, '[]', 1, now(), now(),
  now() + make_interval(mins => 1 + n / $per - 600), p, p
FROM vedette_pair('passengers', 'serious_crime') p, generate_series(0, $people - 1) n
WHERE n % 50 BETWEEN 1 AND $some;
INSERT INTO hits_reason (id, organisation_id, hit_id, kind, key, channel, contribution, params,
  entry_hash, profile_version_id, knowledge, theme, purpose, state, outcome, created_at)
SELECT md5('q' || n)::uuid, $o, md5('b' || n)::uuid, 'profile', 'profile:' || $profile, '', 20,
  '{"ref": "B", "title": "Bad", "number": 1}', 'h', $version, '1',
  'passengers', 'serious_crime', 'open', '', now()
FROM generate_series(0, $people - 1) n WHERE n % 50 BETWEEN 1 AND $some;
"""


def flood() -> Iterator[Figure]:
    """Measures how long vedette takes to mark the hits that belong to the flood, to show the pages, and to
    end the flood.
    """
    with stage("bench_flood") as on:
        fill(on)
        profile = _pour(on)
        yield from _marked(on)
        with running(1, "serve", "--port", str(PORT)):
            for figure in _pages():
                said = f"{figure.size}, and a flood of {REASONS:,}"
                yield replace(figure, name=f"flood_{figure.name}", size=said)
            p95, _ = measured(Reader.signed_in(PORT, *USER), f"/?flood={profile.hex}", 50)
            yield Figure("flood_own_page_p95", p95, "ms", f"{REASONS:,} hits", 2)
        yield from _suspended(on, profile)


def _pour(on: Stage) -> uuid.UUID:
    if on.one("SELECT count(*) FROM profiles_profile") == (0,):
        put_in_force(on, ["legs > 9"])
    profile, version = on.one("SELECT profile_id, id FROM profiles_version LIMIT 1")
    if on.one("SELECT count(*) FROM hits_reason WHERE kind = 'profile'") != (REASONS,):
        on.run_all(
            _POUR, per=PER_FLIGHT, people=PEOPLE, some=OF_FIFTY,
            o=f"'{on.organisation}'", profile=f"'{profile}'", version=f"'{version}'",
        )  # fmt: skip
        on.connection.execute("VACUUM ANALYZE")
    return uuid.UUID(str(profile))


def _marked(on: Stage) -> Iterator[Figure]:
    from vedette.apps.hits import floods

    # Changes of the last half minute are marked a second time.
    for name, pause in (("flood_marked_first", 0), ("flood_marked_again", 35)):
        time.sleep(pause)
        changed, took = timed(lambda: floods.mark(on.connection, dt.datetime.now(dt.UTC)))
        yield Figure(name, took, "s", f"{REASONS:,} reasons, {changed:,} hits changed")
    on.connection.execute("VACUUM ANALYZE hits_hit")
    (kept,) = on.one("SELECT sum(count) FROM hits_floodcount WHERE flood_profile_id IS NOT NULL")
    yield Figure("flood_kept", float(kept or 0), "hits", "in one row of the queue")


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
