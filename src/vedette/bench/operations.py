"""Measures the pages of a joint operation: the overview, the records that a figure counts, the messages, the
unanswered warnings and the situation reports. By default, the operation has 90 participants and 60,000
records from 30 days. The rows are inserted directly into the database. The copies that are normally created
when a record is released to participants are not inserted.
"""

from __future__ import annotations

import datetime as dt
import html
import re
import uuid
from collections.abc import Iterator
from urllib.parse import urlencode

import psycopg
from django.db import transaction

from vedette.bench import Figure
from vedette.bench.stage import Reader, Stage, percentile, running, stage

RECORDS, HOMES, WARNINGS = 60_000, 90, 1_000
PORT = 8723
PASSWORD = "bench-password"  # noqa: S105  an account of the benchmark
WARM, REQUESTS = 3, 20
#: The operation and its messages. Each record is released to all participants, as the sending does it.
_FILL = """
INSERT INTO accounts_organisation (id, name, kind, country, synthetic)
SELECT md5('o' || n)::uuid, 'Bench ' || n, 'foreign', 'SN', true FROM generate_series(2, $homes) n;
UPDATE operations_operation SET state = 'live', exercise = false WHERE id = '$one';
INSERT INTO operations_member (id, organisation_id, operation_id, user_id, role, name, post, reach,
  begins_at, ends_at, since_version)
SELECT gen_random_uuid(), md5('o2')::uuid, '$one', '$contact', 'contact', 'Bench', '', '',
  now() - interval '31 days', now() + interval '30 days', 1;
UPDATE operations_member SET begins_at = now() - interval '31 days' WHERE operation_id = '$one';
UPDATE accounts_user SET organisation_id = md5('o2')::uuid WHERE id = '$contact';
INSERT INTO operations_participant (id, organisation_id, operation_id, name, country, state, plan_version,
  part, basis, reason, at, told)
SELECT gen_random_uuid(), h.id, '$one', h.name, h.country, 'accepted', 1, '', 'bench', '', now(), true
FROM accounts_organisation h;
CREATE TEMPORARY TABLE bench_set AS
SELECT n, vedette_recipient_set('$one', CASE n WHEN 0 THEN h.ids
  ELSE ARRAY[h.ids[1], h.ids[n], h.ids[1 + (n + 6) % $homes]] END, '{}') AS set
FROM (SELECT array_agg(id ORDER BY name) AS ids FROM accounts_organisation) h, generate_series(0, $homes) n;
INSERT INTO operations_message (id, root, organisation_id, operation_id, kind, exercise, version, withdraws,
  why, template, values, stated, text, marking, recipients, happened_at, place, category, controls, found,
  quantity, unit, amount, base, target, useful_until, escalated, by_id, by_name, by_organisation, at, sent_at,
  group_version, recipient_set_id)
SELECT md5('m' || n)::uuid, md5('m' || n)::uuid, h.ids[1 + n % $homes], '$one', k.kind, false, 1, false, '',
  1, v.values, f.stated,
  '', 'green', CASE WHEN k.kind = 'warning' THEN ARRAY[h.ids[1 + (n + 7) % $homes]] ELSE '{}' END, t.at,
  'Post ' || n % 60, CASE n % 3 WHEN 0 THEN 'drug' ELSE 'precursor' END,
  CASE k.kind WHEN 'control' THEN 1 + n % 9 ELSE 0 END, CASE k.kind WHEN 'control' THEN n % 11 = 0 END,
  q.amount, CASE k.kind WHEN 'seizure' THEN 'kg' ELSE '' END, q.amount,
  CASE k.kind WHEN 'seizure' THEN 'kg' ELSE '' END, CASE k.kind WHEN 'seizure' THEN n % 5 > 0 END,
  CASE k.kind WHEN 'warning' THEN t.at + interval '6 hours' END, 2, '$by', 'Bench', 'Bench', t.at, t.at, 1,
  CASE WHEN k.kind = 'warning' THEN s.pairs[1 + n % $homes] ELSE s.whole END
FROM (SELECT array_agg(id ORDER BY name) AS ids FROM accounts_organisation) h,
  (SELECT array_agg(set ORDER BY n) FILTER (WHERE n > 0) AS pairs,
     (array_agg(set) FILTER (WHERE n = 0))[1] AS whole FROM bench_set) s,
  generate_series(1, $records + $warnings) n
CROSS JOIN LATERAL (SELECT jsonb_build_object('place', 'Post ' || n % 60, 'category', 'precursor',
  'mode', 'sea', 'origin', 'SN', 'destination', 'FR', 'hs', '310520', 'concealment', 'cargo',
  'detection', 'profile', 'target', 'yes', 'reference', 'ZZZU ' || n) AS values) v
CROSS JOIN LATERAL (SELECT ',' || string_agg(f, ',' ORDER BY f) || ',' AS stated
  FROM jsonb_object_keys(v.values) f) f
CROSS JOIN LATERAL (SELECT CASE WHEN n > $records THEN 'warning' WHEN n % 5 = 0 THEN 'seizure'
  ELSE 'control' END AS kind) k
CROSS JOIN LATERAL (SELECT now() - make_interval(secs => (1 + (n * 7919) % 2592000)) AS at) t
CROSS JOIN LATERAL (SELECT CASE k.kind WHEN 'seizure' THEN (1 + n % 977) / 10.0 END AS amount) q;
INSERT INTO operations_message SELECT (jsonb_populate_record(m, jsonb_build_object(
  'id', md5('v' || m.id)::uuid, 'version', 2, 'why', 'bench', 'sent_at', m.sent_at + interval '1 hour'))).*
FROM operations_message m WHERE m.kind <> 'warning' AND substr(m.id::text, 1, 2) = '00';
INSERT INTO operations_answer (id, organisation_id, operation_id, message_id, outcome, reason, by_id, by_name,
  by_organisation, at, recipient_set_id)
SELECT md5('a' || m.id)::uuid, m.recipients[1], m.operation_id, m.id, 'nothing', 'bench', m.by_id, 'Bench',
  'Bench', m.sent_at + interval '2 hours',
  vedette_recipient_set(m.operation_id, ARRAY[m.organisation_id, m.recipients[1]], '{}')
FROM operations_message m WHERE m.kind = 'warning' AND substr(m.id::text, 1, 1) < 'b';
"""


def run(items: int = 0) -> Iterator[Figure]:
    """Yields the response times of the pages, as the coordinator and as the contact point of a participant.
    `items` is the number of stored records."""
    count = items or RECORDS
    with stage("bench_operations", fresh=False) as on:
        one = _fill(on, count)
        with running(1, "serve", "--port", str(PORT)):
            yield from _pages(one, f"{count:,} records of {HOMES} participants")


def _fill(on: Stage, count: int) -> uuid.UUID:
    """Stores the operation, unless an operation with the given number of records is already stored. Returns
    the id of the operation."""
    from vedette.apps.operations.models import Operation

    if found := Operation.objects.using("intake").filter(reference=f"B-{count}").first():
        return found.pk
    people = {}
    for role in ("coordinator", "contact"):
        people[role] = on.user(f"bench-{role}", role)
        people[role].set_password(PASSWORD)
        people[role].save(using="intake")
    one = _operation(people["coordinator"], f"B-{count}")
    values = {
        "one": one, "by": people["coordinator"].pk, "contact": people["contact"].pk, "homes": HOMES,
        "records": count, "warnings": WARNINGS,
    }  # fmt: skip
    # The rules of writing have tests of their own.
    with psycopg.connect(on.server.dsn(on.connection.info.dbname), autocommit=True) as superuser:
        superuser.execute("SET session_replication_role = replica")
        Stage(superuser, on.keys, on.organisation, on.server).run_all(_FILL, **values)
        # Only the owner of a table analyses it; without statistics, the database reads whole tables.
        superuser.execute("VACUUM ANALYZE")
    return one


def _operation(coordinator: object, reference: str) -> uuid.UUID:
    """Creates the joint operation with its plan and its forms."""
    from vedette.apps.accounts.models import User
    from vedette.apps.accounts.rules import set_scope
    from vedette.apps.columns import new_id
    from vedette.apps.enforcement.selectors.controls import now
    from vedette.apps.operations.actions import lifecycle

    assert isinstance(coordinator, User)  # noqa: S101
    with transaction.atomic():
        set_scope(coordinator)
        at = now()
        operation = {
            "name": "BENCH", "reference": reference, "marking": "green", "observed": [],
            "live_from": at - dt.timedelta(days=30), "live_until": at + dt.timedelta(days=2),
            "until": at + dt.timedelta(days=30), "readers_after": ["coordinator"],
        }  # fmt: skip
        plan = {
            "threat": "", "basis": "bench", "purpose": "border", "hs": ["310520"], "substances": "",
            "lists": "", "targets": ["precursor"], "modes": ["sea"], "places": "", "zone": "UTC",
            "cutoff": dt.time(18), "tasks": "", "indicators": "",
            "plans_due": at + dt.timedelta(days=1),
        }  # fmt: skip
        return lifecycle.create(coordinator, new_id(), False, lifecycle.Given(operation, plan)).pk


def _pages(one: uuid.UUID, size: str) -> Iterator[Figure]:
    base = f"/operations/{one}/"
    for role in ("coordinator", "contact"):
        reader = Reader.signed_in(PORT, f"bench-{role}", PASSWORD)
        records = f"{base}records/?{urlencode({'figure': 'controls.nothing'})}"
        pages = {
            "overview": base, "records": records, "records, page 2": _next(reader, records),
            "messages": f"{base}messages/", "messages, page 2": _next(reader, f"{base}messages/"),
            "unanswered": f"{base}messages/?kind=unanswered", "reports": f"{base}reports/",
        }  # fmt: skip
        for name, path in pages.items():
            times, most = [], 0
            for number in range(WARM + REQUESTS):
                status, _, took, transferred = reader.ask(path)
                if status != 200:
                    raise RuntimeError(f"{path} answered {status}")
                most = max(most, transferred)
                if number >= WARM:
                    times.append(took * 1000)
            yield Figure(
                f"operations, {name}, {role}, p95", percentile(times, 0.95), "ms",
                f"{size}; median {percentile(times, 0.5):.0f} ms; {most / 1000:.0f} kB", 2, "< 150",
            )  # fmt: skip


_NEXT = re.compile(rb'rel="next" href="([^"]+)"')


def _next(reader: Reader, path: str) -> str:
    """Returns the path of the next page of a list. If the current page is the last page, returns the path of
    the current page."""
    found = _NEXT.search(reader.ask(path)[1])
    return path.partition("?")[0] + html.unescape(found[1].decode()) if found else path
