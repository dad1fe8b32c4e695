"""Everything that workers do, with two organisations that hold the same people, and with each alone.

Workers pass row-level security: what keeps organisations apart is that each statement names the
organisation.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.apps.desk.statements import unnamed
from tests.emptying import empty

#: Functions and modules that deal with all organisations in one statement, and why that is right.
ALL_BY_DESIGN = {
    "apps/inbox/claim": "takes the oldest files of any organisation, then those files by id",
    "apps/enforcement/actions/reachback": "finds questions of any organisation that are due, or to be told",
    "goods/app/notices/actions:_escalate": "takes the notices of any organisations whose deadline is over",
    "goods/app/notices/actions:_tell": "takes the events of notices of any two organisations",
    "goods/app/notices/actions:watch": "ends notices of which no organisation keeps a copy",
    "goods/app/notices/actions:unjudged": "finds the organisations with a changed notice",
    "apps/release/actions/returns:carry_out": "takes the recalls of any organisation, and the copies of their"
    " objects in every organisation",
    "apps/release/actions/returns:forget": "released names go by age",
    "apps/hits/floods": "counts by entry and by profile, which belong to one organisation",
    "travellers/app/history:_forget": "periods of retention are those of the installation",
    "apps/lists/actions:expire_lookouts": "finds the organisations with lookouts to end",
    "apps/lists/drafts:waiting": "finds the drafts of any organisation that wait for a process",
    "apps/lists/subscriptions:take": "takes the next subscription of any organisation",
    "apps/profiles/actions:expire": "finds the organisations with versions whose time is over",
    "apps/profiles/actions:_expire": "locks the versions of one organisation, then each by id",
    "apps/profiles/backtesting:run_next": "takes the next backtest of any organisation",
    "apps/profiles/known:forget": "finds what is to be forgotten, by organisation",
    "apps/profiles/backtesting:forget": "quick counts go by age",
    "apps/profiles/draws:keep_promises": "tokens of goods go by age",
    "apps/accounts/acts:close_minutes": "gives the organisation of each account refused",
    "apps/approvals/actions:run_out": "approvals end by age",
    "apps/notices/actions:forget": "notifications go by age",
    "apps/desk/mailing:send_due": "takes the next e-mail of any organisation",
    "apps/oversight/daily:roll": "figures of users go by age",
    "apps/journal/canonical": "the journal is one chain of all organisations: rows by id",
    "apps/operations/actions/watching": "a group has members of several"
    " organisations; a message is found by its sender or its addressee",
    "apps/retention/unmask": "finds allowed approvals and those that ended; the vault by organisation",
    "apps/retention/runs": "a partition holds a month of every organisation, and goes as a whole; words about"
    " lookouts and lists go by age",
    "apps/retention/masking": "the same",
    "apps/retention/deletion": "the same; in batches of journeys by id",
}


@pytest.fixture
def stories(
    database: str, emptier: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """The story told for each organisation alone, and for both."""
    from tests.apps.desk.apart import LEFT, RIGHT, Story

    from vedette.apps.hits import floods
    from vedette.apps.profiles import known
    from vedette.apps.retention.parts import leaves

    monkeypatch.setattr(floods, "STARTS_AT", 2)
    monkeypatch.setattr(floods, "STAYS_AT", 1)
    monkeypatch.setattr(known.compact, "__defaults__", (1,))
    told = {}
    for name, plans in (("Left", [LEFT]), ("Right", [RIGHT]), ("both", [LEFT, RIGHT])):
        empty(emptier)
        for part in leaves(emptier, "retention_vault"):
            emptier.execute("SELECT vedette_drop_vault(%s, %s)", part[1:])
        told[name] = Story(plans, tmp_path / name, database)
    return told


def _differing(beside: list[str], alone: list[str]) -> list[dict[str, Any]]:
    """The values that differ, of each pair of rows that differ, as (beside, alone)."""
    pairs = [(json.loads(a), json.loads(b)) for a, b in zip(beside, alone, strict=False) if a != b]
    return [{k: (a.get(k), b.get(k)) for k in {*a, *b} if a.get(k) != b.get(k)} for a, b in pairs]


def test_workers_keep_organisations_apart(stories: dict[str, Any], database: str) -> None:
    """Equal rows, equal hits, equal values, whether the other is there or not; each job was at work, and
    each of its statements names the organisation."""
    from tests.apps.desk.apart import organised

    from vedette.apps.desk.work import JOBS

    both = stories["both"]
    for name in ("Left", "Right"):
        alone, beside = stories[name].found[name], both.found[name]
        assert set(alone) == set(beside)
        for table in alone:
            differing = _differing(beside[table], alone[table])
            assert beside[table] == alone[table], f"{name}: {table}: {differing}"
            assert "of another organisation" not in str(beside[table])
    assert {job.name for job in JOBS} - both.worked == set(), "jobs that had nothing to do"
    with psycopg.connect(database) as connection:
        columns = organised(connection)
    found: dict[tuple[str, str], set[str]] = {}
    excused = set()
    for statement, place in both.done.statements:
        if tables := unnamed(statement, columns):
            design = {place, place.split(":")[0]} & set(ALL_BY_DESIGN)
            excused |= design
            if not design:
                found[place, statement] = tables
    assert not found, "\n".join(
        f"{place} does not name the organisation of {', '.join(sorted(tables))}: {statement}"
        for (place, statement), tables in sorted(found.items())
    )
    assert set(ALL_BY_DESIGN) == excused, "exceptions that nothing needs"
