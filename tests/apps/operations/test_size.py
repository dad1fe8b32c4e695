"""The figures of a consolidated report equal plain counting, and each figure opens its records."""

from __future__ import annotations

import datetime as dt
import html
import random
import re
from collections import defaultdict
from decimal import Decimal
from typing import Any

import psycopg
from tests.apps.operations.scene import Scene, recipient_set

from vedette.apps.columns import new_id
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations.actions import reports
from vedette.apps.operations.models import Message
from vedette.apps.operations.selectors import reports as counting

RECORDS = 3_000


def _record(drawn: random.Random, scene: Scene, at: dt.datetime, truth: Any) -> Message:
    """One drawn record, which is also counted in `truth`."""
    home = drawn.choice(list(scene.homes))
    id_, user = new_id(), scene.people[f"{home}.post"]
    readers = [one for one in scene.homes.values() if drawn.random() < 0.8] or None
    made = Message(
        id=id_, root=id_, organisation=scene.homes[home], operation_id=scene.operation, exercise=False,
        template=1, marking=drawn.choice(("amber", "amber", "red")), by_id=user.pk, by_name="n",
        by_organisation=home, at=at, sent_at=at,
        # Released to a drawn part of the others, or to nobody.
        recipient_set_id=readers and recipient_set(scene.operation, readers),
        happened_at=at - dt.timedelta(minutes=drawn.randint(1, 9_000)),
    )  # fmt: skip
    if drawn.random() < 0.8:
        made.kind, made.category, made.values = "control", "precursor", {"place": "P"}
        made.controls, made.found = drawn.randint(1, 20), drawn.random() < 0.1
        truth["controls"] += made.controls
        truth["controls.found" if made.found else "controls.nothing"] += made.controls
        return made
    made.kind, made.target = "seizure", drawn.random() < 0.7
    made.category, made.unit = drawn.choice(("precursor", "drug")), drawn.choice(("kg", "piece"))
    made.base = made.unit
    made.quantity = made.amount = Decimal(drawn.randint(1, 99_999)) / 100
    where = "target" if made.target else "other"
    truth[f"seizures.{where}"] += 1
    truth[f"quantity.{where}.{made.category}.{made.base}"] += made.amount
    truth[f"records.{where}.{made.category}.{made.base}"] += 1
    return made


def _store(database: str, rows: list[Message]) -> None:
    with psycopg.connect(database, autocommit=True) as superuser:
        # The rules of writing have tests of their own.
        superuser.execute("ALTER TABLE operations_message DISABLE TRIGGER kept")
        Message.objects.using("intake").bulk_create(rows)
        superuser.execute("ALTER TABLE operations_message ENABLE TRIGGER kept")


def test_each_list_continues_to_its_last_row(scene: Scene, database: str) -> None:
    """The messages, the unanswered warnings, the late entries and the records of a figure: the pages contain
    each row once, also where many rows have the same time."""
    scene.live()
    at, home, user = now(), scene.homes["bb"], scene.people["bb.post"]
    readers, rows = recipient_set(scene.operation, [scene.homes["aa"]]), []
    for number in range(330):
        id_ = new_id()
        kind = ("warning", "control", "control")[number % 3]
        made = Message(
            id=id_, root=id_, organisation=home, operation_id=scene.operation, exercise=False, kind=kind,
            template=1, marking="green", by_id=user.pk, by_name="n", by_organisation="bb", at=at,
            happened_at=at - dt.timedelta(hours=number // 40), values={"place": "P"},
            recipient_set_id=readers,
        )  # fmt: skip
        if kind == "warning":
            made.recipients, made.useful_until = (
                [scene.homes["aa"].pk],
                at + dt.timedelta(hours=number // 99),
            )
        else:
            made.controls, made.found, made.category = 1, False, "precursor"
        if number % 3 == 2:
            made.late_at = at - dt.timedelta(microseconds=number // 70)
        else:
            made.sent_at = at - dt.timedelta(microseconds=number // 70)
        rows.append(made)
    _store(database, rows)
    client = scene.client("aa.coordinator")
    truth = {
        "messages/?kind=warning": {str(one.pk) for one in rows if one.kind == "warning"},
        "messages/?kind=control": {str(one.pk) for one in rows if one.kind == "control" and one.sent_at},
        "messages/?kind=unanswered": {str(one.pk) for one in rows if one.kind == "warning"},
        "messages/?kind=late": {str(one.pk) for one in rows if one.late_at},
        "records/?figure=controls.nothing": {
            str(one.pk) for one in rows if one.kind == "control" and one.sent_at
        },
    }  # fmt: skip
    for list_, expected in truth.items():
        base = f"/operations/{scene.operation}/{list_.partition('?')[0]}"
        query, seen = list_.partition("?")[2], []
        for _ in range(9):
            page = client.get(f"{base}?{query}").content.decode()
            seen += re.findall(r'class="who" href="/operations/messages/([^/"]+)/', page)
            following = re.search(r'rel="next" href="\?([^"]+)"', page)
            if following is None:
                break
            query = html.unescape(following[1])
        assert len(seen) == len(set(seen)), list_
        assert set(seen) == expected, list_
    for bad in ("after=x", "after=2026-01-01_x", "after=2026-01-01T00:00:00_" + str(new_id())):
        assert client.get(f"/operations/{scene.operation}/records/?{bad}").status_code == 200


def test_figures_equal_plain_counting(scene: Scene, database: str) -> None:
    """Every figure, and for every reader the visible records of a figure and those that he may not see."""
    scene.live()
    drawn, at = random.Random(3), now()
    truth: dict[str, Decimal] = defaultdict(Decimal)
    rows = [_record(drawn, scene, at, truth) for _ in range(RECORDS)]
    _store(database, rows)
    with scene.by("aa.coordinator") as user:
        made = reports.draft(user, scene.operation, True, now())
        assert {id_: Decimal(value) for id_, value in made.figures.items()} == dict(truth)
        assert made.late == [home.name for home in scene.homes.values()]
    for who in ("aa.coordinator", "bb.contact", "cc.post"):
        with scene.by(who):
            counted = counting.counted(scene.operation, made.known_at, made.cutoff_at)
            for id_, figure in counting.of(counted, None).figures.items():
                seen = counting.records(scene.one(), id_, made.known_at, made.cutoff_at).count()
                assert seen == figure.records - figure.unseen, (who, id_)
                assert figure.value == truth[id_]
    assert not any(row.unseen < 0 for row in counted)
    # The fields that the records state: each control states its place, and no record states a code.
    with scene.by("aa.coordinator"):
        for row in counting.counted(
            scene.operation, made.known_at, made.cutoff_at, ["hs", "place"]
        ):
            assert list(row.stated) == [0, row.records if row.kind == "control" else 0]
