"""Masking, erasure and the merging of subjects cover the records of a control."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
from django.db import transaction
from tests.apps.enforcement.scene import Scene, photo, values
from tests.apps.hits import world as worlds
from tests.apps.retention import old
from tests.apps.retention.test_runs import put_in_force

from vedette.apps.accounts.models import User
from vedette.apps.accounts.rules import set_scope
from vedette.apps.enforcement.actions import controls, reachback, seizures
from vedette.apps.enforcement.following import follow
from vedette.apps.enforcement.models import (
    Asked,
    Clear,
    ControlOrder,
    Entry,
    Photo,
    Seizure,
    SeizureItem,
)
from vedette.apps.enforcement.models.controls import Recorded
from vedette.apps.enforcement.selectors.reachback import About
from vedette.apps.hits.models import Hit
from vedette.apps.requests import full
from vedette.apps.retention import masking, runs
from vedette.apps.subjects.models import Subject

_TABLES = (
    "enforcement_controlorder", "enforcement_entry", "enforcement_photo", "enforcement_seizure",
    "enforcement_seizureversion", "enforcement_seizureitem", "enforcement_step", "enforcement_clear",
)  # fmt: skip


def _recorded(scene: Scene) -> ControlOrder:
    """A control with an entry, a photograph and a seizure."""
    order = scene.order(instructions="Open drum 7.")
    with scene.world.seen_by() as user:
        seal = controls.Entered(uuid.uuid4(), "seal", "placed", text="S-1")
        controls.enter(user, order.pk, [seal])
        controls.photograph(user, order, [(uuid.uuid4(), photo(40, 30))], "photo")
        order = ControlOrder.objects.select_related("subject", "decision").get(pk=order.pk)
        seizures.create(user, seizures.of_order(order), uuid.uuid4(), "seizure", values())
    return order


def _counts(connection: psycopg.Connection[Any]) -> dict[str, int]:
    found = {t: connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in _TABLES}
    return {table: n for table, n in found.items() if n}


def test_an_erased_subject_leaves_no_record(scene: Scene) -> None:
    """Rows, texts and photographs go with the subject; the records of others stay."""
    _recorded(scene)
    on = scene.world.flight("YY 440", 60)
    other = worlds.hit(scene.world, worlds.journey(scene.world, on, "OTHER", "ADA"))
    with psycopg.connect(os.environ["DATABASE_URL_OWNER"], autocommit=True) as owner:
        assert set(_counts(owner)) == set(_TABLES)
        owner.execute("ALTER TABLE hits_decision DISABLE TRIGGER append_only")
        owner.execute("SELECT vedette_erase_subjects(%s)", [[scene.hit.subject_id]])
        owner.execute("ALTER TABLE hits_decision ENABLE TRIGGER append_only")
        assert _counts(owner) == {}
    assert Hit.objects.using("intake").get().pk == other.pk


def test_the_file_of_the_data_protection_officer_has_the_controls(scene: Scene) -> None:
    """With texts and goods."""
    order = _recorded(scene)
    with scene.world.seen_by():
        [told] = full.file([scene.hit.subject_id], "1")["subjects"]
    assert [one["id"] for one in told["controls"]] == [order.pk]
    assert told["controls"][0]["instructions"] == "Open drum 7."
    assert told["controls"][0]["entries"][0]["text"] == "S-1"
    [seizure] = told["seizures"]
    assert seizure["goods"][0]["quantity"] == Decimal(4600)
    assert seizure["narrative"] == "Twenty drums."


def test_masking_seals_texts_and_photographs(database: str, tmp_path: Path) -> None:
    """After its period, the subject is kept for its control without a hit; its texts and its photograph are
    in the vault, under the key of the month."""
    month, months = old.month_ago(400), old.month_keys(tmp_path)
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        home = old.organisation(connection)
        put_in_force(home)
        old.partitions(month)
        journey, released = old.travellers(connection, home, month, 2)
        User(username=f"o{home}", role="officer", organisation_id=home).save(using="intake")
        user = User.objects.get(username=f"o{home}")
        for id_ in (journey, released):
            connection.execute(
                "INSERT INTO profiles_drawn (organisation_id, subject_id, lane, day, rate)"
                " VALUES (%s, %s, 'x', %s, 1)",
                [home, id_, month],
            )
        with transaction.atomic():
            set_scope(user)
            due = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
            given = controls.Ordered(uuid.uuid4(), due, "Gate 9", instructions="OPENTHEBAG")
            order = controls.order(user, journey, None, given)
            [made] = controls.photograph(user, order, [(uuid.uuid4(), photo(40, 30))], "photo")
            other = controls.Ordered(uuid.uuid4(), due, "Gate 9")
            done = controls.order(user, released, None, other)
            controls.finish(user, done.pk, "nothing")
        sealed = bytes(Clear.objects.using("intake").get(record=made.pk).picture)
        runs.run(connection, old.keys(), months, dt.datetime.now(dt.UTC))
        assert not Clear.objects.using("intake").exists()
        kept = Subject.objects.using("intake").get(pk=journey)
        assert kept.retention_class == "linked"
        # “Nothing found” is no objective link.
        assert not Subject.objects.using("intake").filter(pk=released).exists()
        rows = connection.execute(
            "SELECT kind, owner, part, retention_class, month, sealed FROM retention_vault"
            " WHERE kind = 'enforcement' AND owner = %s",
            [journey],
        ).fetchall()
        opened = {
            part: masking.open_row(months.get(class_, first), kind, owner, part, bytes(data))
            for kind, owner, part, class_, first, data in rows
        }
    assert opened[order.pk]["texts"]["instructions"] == "OPENTHEBAG"
    assert opened[made.pk]["picture"] == f"\\x{sealed.hex()}"
    with transaction.atomic():
        set_scope(user)
        assert ControlOrder.objects.filter(subject_id=journey).count() == 1


def test_the_records_follow_a_subject_that_becomes_another(scene: Scene) -> None:
    """Records of the random control go to the subject that remains, with their texts; every table of records
    is moved."""
    gone = scene.drawn()
    kept = scene.hit.subject_id
    due = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    with scene.world.seen_by() as user:
        given = controls.Ordered(uuid.uuid4(), due, "Gate 1")
        order = controls.order(user, gone, None, given)
        controls.photograph(user, order, [(uuid.uuid4(), photo(40, 30))], "photo")
        order.refresh_from_db()
        seizures.create(user, seizures.of_order(order), uuid.uuid4(), "detention", values())
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        follow(connection, scene.world.organisation.pk, kept, gone)
        tables = {model._meta.db_table for model in Recorded.__subclasses__()} | {
            "enforcement_clear"
        }
        for table in tables:
            left = connection.execute(
                f"SELECT count(*) FROM {table} WHERE subject_id = %s", [gone]
            ).fetchone()
            assert left == (0,), table
    texts = Clear.objects.using("intake").get(record=order.pk)
    assert (texts.subject_id, texts.texts["place"]) == (kept, "Gate 1")
    assert SeizureItem.objects.using("intake").count() == 1
    assert Photo.objects.using("intake").get().subject_id == kept
    assert not Entry.objects.using("intake").exists()
    assert Seizure.objects.using("intake").get().subject_id == kept


def test_the_texts_of_a_question_follow_its_subject(scene: Scene) -> None:
    """Otherwise they would outlive the erasure of the subject that remains. Texts that move to a restricted
    subject are restricted."""
    gone, kept = scene.drawn(), scene.hit.subject_id
    due = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    with scene.world.seen_by() as user:
        order = controls.order(user, gone, None, controls.Ordered(uuid.uuid4(), due, "Gate 1"))
        about = About(order.subject, None, None, order_id=order.pk)
        reachback.ask(
            user,
            about,
            reachback.Given(uuid.uuid4(), "passengers", "today", "What is it?", "A bag"),
        )
    Subject.objects.using("intake").filter(pk=kept).update(restricted=True)
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        follow(connection, scene.world.organisation.pk, kept, gone)
    assert [(row.subject_id, row.restricted) for row in Asked.objects.using("intake").all()] == [
        (kept, True)
    ]
    assert Clear.objects.using("intake").get(record=order.pk).restricted
