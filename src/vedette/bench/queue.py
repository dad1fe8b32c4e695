"""The page of the queue with a million travellers and 20,000 open hits, while other officers use the page."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

from vedette.bench import Figure
from vedette.bench.stage import Reader, Stage, meanwhile, percentile, running, stage

FLIGHTS, PER_FLIGHT, HITS = 5_000, 200, 20_000
PORT = 8718
WARM, REQUESTS, OTHERS = 20, 200, 8
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
  subject_id, group_id, state, priority, favour, reason_count, opened_at, changed_at, due_at)
SELECT md5('h' || n)::uuid, $o, 'passengers', 'border', 'passenger', date_trunc('month', now()), now(),
  md5('j' || n * $every)::uuid, md5('f' || 1 + n * $every / $per)::uuid, 'new', 1 + n % 99,
  '[{"id": "return_booked", "params": {}, "points": 2}]', 2, now(), now() - interval '1 hour',
  now() + make_interval(mins => 1 + n * $every / $per - 600)
FROM generate_series(0, $hits - 1) n;
INSERT INTO hits_reason (id, organisation_id, hit_id, kind, key, channel, contribution, score,
  params, entry_hash, knowledge, theme, purpose, state, outcome, created_at)
SELECT md5('r' || n || k)::uuid, $o, md5('h' || n)::uuid, 'watchlist', 'list:' || k, 'name', 30, 0.9,
  '{"list": "Bench", "list_id": "", "ref": "E1", "version": 1, "entry_name": "X"}', 'h', '1',
  'passengers', 'terrorism', 'open', '', now()
FROM generate_series(0, $hits - 1) n, generate_series(1, 2) k;
"""


def run() -> Iterator[Figure]:
    """Measures the filtered, the sorted and the hundredth page: each page is requested 20 times without
    measurement and then 200 times with measurement. Eight other officers poll the page during the
    measurement."""
    with stage("bench_queue", fresh=False) as on:
        fill(on)
        with running(1, "serve", "--port", str(PORT)):
            yield from measure()


def fill(on: Stage) -> None:
    """Inserts the rows and the user `bench`, unless they exist."""
    if on.one("SELECT count(*) FROM hits_hit") == (HITS,):
        return
    people = FLIGHTS * PER_FLIGHT
    on.run_all(
        _WORLD, o=f"'{on.organisation}'", flights=FLIGHTS, per=PER_FLIGHT, people=people, hits=HITS,
        every=people // HITS,
    )  # fmt: skip
    on.connection.execute("VACUUM ANALYZE")
    from vedette.apps.accounts.models import Organisation, User

    user = User(
        username="bench", organisation=Organisation.objects.using("intake").get(), role="officer"
    )
    user.set_password("bench-password")
    user.save(using="intake")


def measure() -> Iterator[Figure]:
    """Measures the three pages by requests to the server at `PORT`."""
    reader = Reader.signed_in(PORT)

    def poll(stop: threading.Event) -> None:
        """Polls the page every five seconds, as the browser of another officer does."""
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
        }
        for name, path in pages.items():
            asked = [reader.ask(path) for _ in range(WARM + REQUESTS)][WARM:]
            if any(status != 200 for status, *_ in asked):
                raise RuntimeError(f"{path} did not answer 200")
            size = (
                f"{FLIGHTS * PER_FLIGHT:,} travellers, {HITS:,} open hits, {OTHERS} others polling"
            )
            milliseconds = [1000 * took for _, _, took, _ in asked]
            yield Figure(f"{name}_p95", percentile(milliseconds, 0.95), "ms", size, 2, "< 100")
            yield Figure(f"{name}_transferred", asked[-1][3] / 1000, "kB", size, 2, "< 100")


def _follow(reader: Reader, pages: int) -> str:
    """Returns the address of the page that is reached after the link "next" is followed that many times."""
    path = "/"
    for _ in range(pages):
        links = _NEXT.findall(reader.ask(path)[1])
        if not links:
            raise RuntimeError("the queue has no next page")
        path = "/?" + links[-1].decode().replace("&amp;", "&").removeprefix("/?")
    return path
