"""Measures links between subjects of three kinds of data (travellers, goods and cash). The benchmark measures
the search for records that are one or two links away from a subject (neighbourhood), and the intake of
messages with and without links.

The subjects are generated and stored with the PostgreSQL command COPY. Only their rows in the shared tables
are stored, with identifiers, hits and confirmed results. Persons travel several times. Members of families,
companies and couriers share identifiers. The telephone numbers of call centres and the addresses of service
companies belong to many subjects. All data are synthetic. The full data set has 5,000,000 travellers,
3,000,000 goods items and 500,000 cash movements; `--scale` sets the share of this data set that is generated.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import random
import time
import uuid
from collections.abc import Iterator
from unittest import mock

import psycopg
from psycopg.types.json import Jsonb

from vedette.apps.copying import copy_in
from vedette.bench import Figure
from vedette.bench.pipeline import LISTED
from vedette.bench.stage import Stage, percentile, processor, put_in_force, put_list, stage, timed
from vedette.demo.world import bulk

#: Kind of data → number of subjects, theme and retention class.
SIZES = {
    "traveller": (5_000_000, "passengers", "passenger"),
    "goods": (3_000_000, "global_shield", "goods"),
    "cash": (500_000, "cash", "goods"),
}
#: Random subjects and subjects with most links that are measured; rounds.
RANDOM, MOST_LINKED, TURNS = 1_000, 100, 5
#: Share of subjects with a confirmed result.
CONFIRMED = 0.002
#: Travellers of one turn of the intake.
INTAKE = 1_500
_CHUNK = 50_000
_INDEXES = ("identifier_token", "subject_group", "subject_minor", "subject_screen_again")


def run(scale: float = 0.0) -> Iterator[Figure]:
    """Yields the measured figures. `scale` is the share of the full number of subjects. The value 0 stands
    for the full number."""
    share = scale or 1.0
    with stage("bench_links", fresh=False) as on:
        fill(on, share)
        yield from _neighbourhoods(on, share)
        yield from _screening(on, share)
        yield from _intake(on)


def _token(*parts: object) -> bytes:
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).digest()


def _held(
    chance: random.Random, data: str, number: int, wanted: int
) -> Iterator[tuple[str, bytes, bytes]]:
    """Yields the identifiers of a generated subject. Each identifier has a kind, a token and a holder.
    `wanted` is the number of subjects of this kind of data.
    """
    if data == "goods":
        # A few importers have very many items.
        company = int(wanted / 60 * chance.random() ** 3)
        holder = _token("company", company)
        yield "document", _token("document", "company", company), holder
        yield "party", _token("party", company), holder
        yield (
            "phone",
            _token(
                "phone", "company", company if chance.random() > 0.02 else "broker", company % 40
            ),
            holder,
        )
        # Service addresses with many companies.
        where = company if chance.random() > 0.02 else ("service", company % 200)
        yield "address", _token("address", where), holder
        yield "container", _token("container", number // 3), holder
        return
    # A person travels two and a half times on average; a person who carries cash also travels.
    person = chance.randrange(max(wanted * 4 // 10, 1)) if data == "traveller" else number * 7
    holder = _token("person", person)
    family = person // chance.choice((1, 1, 2, 4))
    yield "document", _token("document", person, chance.random() < 0.1), holder
    yield "person", _token("person", person), holder
    phone = ("family", family)
    which = chance.random()
    if which < 0.03:
        phone = ("call centre", person % 300)
    elif which < 0.032:
        # A courier has the telephone number of a company.
        phone = ("company", person % max(wanted // 60, 1))
    yield (
        "phone",
        _token("phone", *phone) if isinstance(phone, tuple) else _token("phone", phone),
        holder,
    )
    if chance.random() < 0.6:
        yield "email", _token("email", person), holder
    if chance.random() < 0.5:
        yield "address", _token("address", "family", family), holder
    if data == "traveller" and chance.random() < 0.4:
        yield "card", _token("card", family), holder


def fill(on: Stage, share: float) -> None:
    """Stores the generated subjects, unless the database already has the same number of subjects. If the
    database contains a different number of subjects, these subjects are deleted first.
    """
    wanted = {data: max(int(size * share), 10) for data, (size, *_) in SIZES.items()}
    total = sum(wanted.values())
    (stored,) = on.one("SELECT count(*) FROM subjects_subject WHERE retention_class <> ''")
    if stored >= total and stored < total * 1.2 + 50_000:
        return
    with psycopg.connect(on.server.dsn(on.connection.info.dbname), autocommit=True) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute(
            "TRUNCATE subjects_subject, subjects_identifier, hits_hit, hits_reason, hits_confirmed,"
            " links_offence CASCADE"
        )
        owner.execute("SET maintenance_work_mem = '512MB'")
        rows = owner.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indexrelid::regclass::text = ANY(%s)",
            [list(_INDEXES)],
        ).fetchall()
        for name, _ in rows:
            owner.execute(f'DROP INDEX "{name}"'.encode())
        now = dt.datetime.now(dt.UTC)
        for data, count in wanted.items():
            for first in range(0, count, _CHUNK):
                _store(
                    owner,
                    on.organisation,
                    data,
                    range(first, min(first + _CHUNK, count)),
                    count,
                    now,
                )
        for _, definition in rows:
            owner.execute(definition.encode())
        owner.execute(
            "VACUUM ANALYZE subjects_subject, subjects_identifier, hits_confirmed, hits_hit, hits_reason"
        )


def _store(
    owner: psycopg.Connection[tuple[object, ...]],
    home: uuid.UUID,
    data: str,
    numbers: range,
    wanted: int,
    now: dt.datetime,
) -> None:
    _, theme, class_ = SIZES[data]
    chance = random.Random(f"{data}{numbers.start}")  # noqa: S311  chance that repeats from a seed
    subjects, identifiers, cases = [], [], []
    for number in numbers:
        id_ = uuid.UUID(
            bytes=hashlib.blake2b(f"{data}{number}".encode(), digest_size=16).digest(), version=4
        )
        at = now - dt.timedelta(seconds=chance.randrange(85 * 86_400))
        held = list(_held(chance, data, number, wanted))
        about = (home, theme, "border", class_, at.date().replace(day=1), at)
        kind = data if data != "cash" else "goods"
        subjects.append((*about, id_, kind, held[0][2], False, False, False, False))
        identifiers += [(home, id_, kind_, token, at, holder) for kind_, token, holder in held]
        if chance.random() < CONFIRMED:
            cases.append((id_, uuid.uuid4(), about))
    names = ("organisation_id", "theme", "purpose", "retention_class", "month", "received_at")
    flags = ("minor", "restricted", "rectified", "screen_again")
    copy_in(owner, "subjects_subject", (*names, "id", "kind", "fingerprint", *flags), subjects)
    held_names = ("organisation_id", "subject_id", "kind", "token", "at", "holder")
    copy_in(owner, "subjects_identifier", held_names, identifiers)
    copy_in(
        owner, "hits_hit",
        (*names, "id", "subject_id", "state", "priority", "favour", "reason_count", "opened_at", "changed_at",
         "due_at", "decided_at", "pairs", "open_pairs", "parts"),
        (
            (*about, hit, id_, "decided", 50, Jsonb([]), 1, now, now, now, now, 1, 0, Jsonb({}))
            for id_, hit, about in cases
        ),
    )  # fmt: skip
    copy_in(
        owner, "hits_reason",
        ("id", "organisation_id", "hit_id", "kind", "key", "channel", "contribution", "params", "entry_hash",
         "knowledge", "theme", "purpose", "state", "outcome", "created_at"),
        ((uuid.uuid4(), home, hit, "profile", f"profile:{hit}", "", 50, Jsonb({}), "", "", theme, "border",
          "answered", "same", now) for _, hit, _ in cases),
    )  # fmt: skip
    copy_in(
        owner, "hits_confirmed", ("subject_id", "organisation_id", "since"),
        ((id_, home, now - dt.timedelta(days=1)) for id_, *_ in cases),
    )  # fmt: skip
    copy_in(
        owner, "links_offence", ("subject_id", "organisation_id", "offence", "changed"),
        ((id_, home, "money", False) for id_, *_ in cases),
    )  # fmt: skip


def _neighbourhoods(on: Stage, share: float) -> Iterator[Figure]:
    """Yields the time that the web process needs to read the neighbourhood of one subject. The officer has
    access to every theme, and the purpose matrix permits all links."""
    from django.db import transaction

    from vedette.apps.accounts.rules import set_scope
    from vedette.apps.columns import Purpose, Theme
    from vedette.apps.links import neighbours
    from vedette.screening.links import Cell

    user = on.user("bench")
    cells = {
        Cell(a, "border", b, p, "money")
        for a in Theme.values
        for b in Theme.values
        for p in Purpose.values
    }
    chosen = {
        "random subjects": on.connection.execute(
            "SELECT id FROM subjects_subject WHERE organisation_id = %s ORDER BY md5(id::text) LIMIT %s",
            [on.organisation, RANDOM if share >= 0.1 else RANDOM // 10],
        ).fetchall(),
        "subjects with most links": on.connection.execute(
            "WITH shared AS MATERIALIZED (SELECT token, least(count(*), 150) AS n FROM subjects_identifier"
            " WHERE organisation_id = %s GROUP BY token HAVING count(*) > 1)"
            " SELECT i.subject_id FROM subjects_identifier i JOIN shared s ON s.token = i.token"
            " GROUP BY i.subject_id ORDER BY sum(s.n) DESC, i.subject_id LIMIT %s",
            [on.organisation, MOST_LINKED],
        ).fetchall(),
    }
    size = f"{int(sum(one for one, *_ in SIZES.values()) * share):,} subjects"
    database = int((on.server.path / "data" / "postmaster.pid").read_text("utf-8").split()[0])
    with mock.patch.object(neighbours, "in_force", return_value=(1, frozenset(cells))):
        for what, ids in chosen.items():
            rounds = []
            found = 0
            before = processor(database, os.getpid())
            for _ in range(TURNS):
                times = []
                for (id_,) in ids:
                    began = time.perf_counter()
                    with transaction.atomic():
                        set_scope(user)
                        graph = neighbours.permitted_for(id_)
                    times.append((time.perf_counter() - began) * 1000)
                    found += len(graph.nodes) - 1 if graph else 0
                rounds.append(times)
            used = (processor(database, os.getpid()) - before) * 1000 / (TURNS * max(len(ids), 1))
            about = f"{len(ids)} {what} of {size}, {found / TURNS / max(len(ids), 1):.1f} linked on average"
            for name, part in (("p50", 0.5), ("p95", 0.95)):
                median = percentile([percentile(times, part) for times in rounds], 0.5)
                yield Figure(f"neighbourhood_{name}", median, "ms", about, 1, "< 150 (p95)")
            yield Figure("neighbourhood_processor", used, "ms of processor time", about)


def _screening(on: Stage, share: float) -> Iterator[Figure]:
    """Yields the additional time that links cause in the screening of one stored subject. The subjects are
    screened in batches, as in a worker."""
    from vedette.apps.links import neighbours

    ids = [
        id_ for (id_,) in on.connection.execute(
            "SELECT id FROM subjects_subject WHERE organisation_id = %s AND kind = 'traveller'"
            " ORDER BY md5(id::text || 'b') LIMIT 3000",
            [on.organisation],
        )
    ]  # fmt: skip
    now = dt.datetime.now(dt.UTC)

    def work() -> None:
        for first in range(0, len(ids), 150):
            neighbours.of_subjects(on.connection, on.organisation, ids[first : first + 150], now)

    times = sorted(timed(work)[1] for _ in range(3))
    yield Figure(
        "links_of_subject",
        times[1] * 1000 / max(len(ids), 1),
        "ms",
        f"batches of 150, share {share:g}",
    )


def _intake(on: Stage) -> Iterator[Figure]:
    """Yields the processor time of the intake with links and without links. The two measurements are made
    alternately."""
    from vedette.apps.desk.work import Worker
    from vedette.apps.links import neighbours

    if on.one("SELECT count(*) FROM lists_watchlist") == (0,):
        put_list(on, bulk.entries(LISTED))
        put_in_force(on, ("shared_phone_hits >= 1 AND bags >= 1",))
    database = int((on.server.path / "data" / "postmaster.pid").read_text("utf-8").split()[0])
    spent: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    base = time.time_ns() // 10**6 % 10**6
    for turn in range(2 * TURNS):
        with_links = turn % 2 == 0
        on.put_all(bulk.passenger_messages(INTAKE, 150, seed=base + turn // 2 * 2 + (turn % 2)))
        worker = Worker(os.environ["DATABASE_URL_INTAKE"], on.keys)
        before, began = processor(database, os.getpid()), time.perf_counter()
        if with_links:
            worker.drain()
        else:
            with mock.patch.object(neighbours, "of_subjects", return_value={}):
                worker.drain()
        spent[with_links].append(
            (time.perf_counter() - began, processor(database, os.getpid()) - before)
        )
        worker.connection.close()
    # The first turn of each loads lists and compiles the names engine.
    for n, name in enumerate(("wall", "processor")):
        own = percentile([one[n] for one in spent[True][1:]], 0.5)
        without = percentile([one[n] for one in spent[False][1:]], 0.5)
        yield Figure(
            f"intake_slower_{name}", (own / max(without, 1e-9) - 1) * 100, "%",
            f"{INTAKE} travellers a turn, {own:.2f} s with links, {without:.2f} s without", 1, "< 15",
        )  # fmt: skip
