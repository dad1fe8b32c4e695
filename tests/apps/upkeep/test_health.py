"""Probes tell whether we serve, and nothing that helps an attacker."""

from __future__ import annotations

import datetime as dt
import uuid

import psycopg
import pytest
from tests.api.conftest import api  # noqa: F401  the fixture

from vedette.apps.upkeep import beats, health

PLANTED = ("vedette_web", "postgresql", "/", "Traceback", "password")


def now() -> dt.datetime:
    """The time, in UTC."""
    return dt.datetime.now(dt.UTC)


def test_alive_asks_nothing(client, monkeypatch):
    """No database, no session, any host name: a process that answers is alive."""
    from django.db import connection

    monkeypatch.setattr(connection, "ensure_connection", pytest.fail)
    answer = client.get("/healthz", headers={"Host": "10.0.0.7"})
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_ready_with_a_word_on_each_check(database, client):
    """Database, migrations, keys and disk decide; workers and inbox are told."""
    answer = client.get("/readyz")
    told = answer.json()
    assert answer.status_code == 200, told
    assert told["checks"]["workers"] == "none seen"
    assert set(told["checks"]) == {*health.CHECKS, "workers", "inbox", "lists", "tasks"}


def test_a_worker_is_seen_late_and_gone(database, client):
    """A worker writes a beat; one that stopped writing is late, one that left is not waited for."""
    worker = uuid.uuid4()
    with psycopg.connect(database, autocommit=True) as connection:
        beats.beat(connection, worker)
        assert client.get("/readyz").json()["checks"]["workers"] == "ok"
        connection.execute("UPDATE upkeep_beat SET seen_at = now() - interval '5 minutes'")
        assert "late" in client.get("/readyz").json()["checks"]["workers"]
        beats.leave(connection, worker)
        assert client.get("/readyz").json()["checks"]["workers"] == "none seen"
        beats.beat(connection, worker)
        beats.tidy(connection, now() + dt.timedelta(days=2))
        assert connection.execute("SELECT count(*) FROM upkeep_beat").fetchone() == (0,)


@pytest.mark.parametrize("broken", ["database", "keys", "disk", "migrations", "schema"])
def test_not_ready_says_which_and_no_more(database, client, monkeypatch, settings, broken):
    """503 and a word of ours: no path, no login, no text of an error."""
    monkeypatch.setattr(health, "_migrated", [])
    if broken == "disk":
        settings.DISK_FREE_MB = 10**12
    elif broken == "keys":
        monkeypatch.setenv("VEDETTE_KEYS", "/nowhere/at/all")
    elif broken == "migrations":
        monkeypatch.setattr(
            "django.db.migrations.executor.MigrationExecutor.migration_plan", lambda *_: [1, 2]
        )
    elif broken == "schema":
        monkeypatch.setattr(health.fingerprint, "of_code", lambda: "ab12")
        broken = "migrations"
    else:
        from django.db import OperationalError

        def refuse() -> str:
            raise OperationalError('connection to "postgresql://vedette_web:password@x" failed')

        monkeypatch.setitem(health.CHECKS, "database", refuse)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    told = answer.json()
    assert told["ready"] is False
    assert told["checks"][broken] != "ok"
    assert not any(word in str(told) for word in PLANTED)


@pytest.mark.parametrize(
    ("setting", "what"), [("DATA", "the database"), ("CACHE", "the cache"), ("", "temporary files")]
)
def test_each_full_disk_is_named(database, client, settings, monkeypatch, tmp_path, setting, what):
    """The data of the database may be on another disk than the temporary files: each is looked at, and named
    without its path."""
    settings.DATA = settings.CACHE = ""
    full = str(tmp_path) if setting else health.tempfile.gettempdir()
    if setting:
        setattr(settings, setting, full)
    usage = health.shutil.disk_usage

    def measured(folder):
        return usage(folder)._replace(free=(3 if folder == full else 9000) << 20)

    monkeypatch.setattr(health.shutil, "disk_usage", measured)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["disk"] == f"3 MB are free for {what}, 512 MB are required"
    monkeypatch.setattr(health.shutil, "disk_usage", usage)
    assert client.get("/readyz").json()["checks"]["disk"] == "ok"
    if setting:
        setattr(settings, setting, "/nowhere/at/all")
        said = client.get("/readyz").json()["checks"]["disk"]
        assert said == f"the folder for {what} is not there"


def test_metrics_need_their_token(database, client, settings):
    """Nobody reads them unless the operator set a token, and then who brings it."""
    assert client.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "secret"
    assert client.get("/metrics").status_code == 401
    wrong = client.get("/metrics", headers={"Authorization": "Bearer sécret"})
    assert wrong.status_code == 401


def test_every_figure_is_documented_and_there(api, client, settings):  # noqa: F811
    """What `vedette_figures()` gives is what the docs list; counts over all organisations."""
    settings.METRICS_TOKEN = "secret"
    api.officer.get("/watchlists")
    answer = client.get("/metrics", headers={"Authorization": "Bearer secret"})
    assert answer.status_code == 200
    text = answer.content.decode()
    for name in (*health.DATABASE, *health.PROCESS):
        assert f"vedette_{name}" in text, name
    assert {name for name, _ in health.figures()} <= set(health.DATABASE)
    assert "vedette_inbox_depth 0.0" in text


def test_metrics_hold_no_address_and_no_person(api, client, settings):  # noqa: F811
    """Labels are names of routes: an address with an id, or a query, is never one."""
    settings.METRICS_TOKEN = "secret"
    planted = uuid.uuid4()
    api.officer.get(f"/hits/{planted}", q="Lopes")
    client.get(f"/hits/{planted}/?q=Lopes")
    client.get("/nowhere/Lopes")
    text = client.get("/metrics", headers={"Authorization": "Bearer secret"}).content.decode()
    assert str(planted) not in text
    assert "Lopes" not in text


def test_the_web_role_reads_figures_and_no_rows(database):
    """The function gives counts over all organisations; without a scope the tables give nothing."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM vedette_figures()")
        assert cursor.fetchone()[0] > 5
        cursor.execute("SELECT count(*) FROM inbox_inbox")
        assert cursor.fetchone() == (0,)
        with pytest.raises(Exception, match="permission denied"):
            cursor.execute("INSERT INTO upkeep_beat VALUES (gen_random_uuid(), now(), now())")
