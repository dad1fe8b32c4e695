"""Warnings without an answer: the list and the escalations equal the truth at every hour."""

from __future__ import annotations

import datetime as dt
import random

import psycopg
from django.conf import settings
from tests.apps.operations.scene import Scene, correct, recipient_set
from tests.clock import ticking

from vedette.apps.columns import new_id
from vedette.apps.notices.models import Notice
from vedette.apps.operations import warnings
from vedette.apps.operations.actions import messages, watching
from vedette.apps.operations.models import Answer, Message
from vedette.apps.operations.selectors import operations as selectors

HOURS = 30


def test_a_thousand_warnings_at_every_hour(scene: Scene, database: str) -> None:
    """1,000 warnings with drawn hours and answers: after each hour, the stored level of each, and the list of
    unanswered ones, equal a simulation that shares only the schedule's definition in words."""
    drawn = random.Random(7)
    with ticking(database) as clock:
        scene.live()
        begin = clock.at
        one, sender = scene.one(), scene.people["aa.post"]
        rows, truth, levels = [], {}, {}
        readers = {
            to.pk: recipient_set(one.pk, [scene.homes["aa"], to]) for to in scene.homes.values()
        }
        for _ in range(1_000):
            id_, useful = new_id(), dt.timedelta(minutes=drawn.randint(30, 20 * 60))
            times = warnings.schedule(begin, begin + useful)
            levels[id_] = (times.deputy_at, times.unit_at)
            answered = (
                begin + dt.timedelta(minutes=drawn.randint(1, 28 * 60))
                if drawn.random() < 0.7
                else None
            )
            to = scene.homes[drawn.choice(("bb", "cc"))]
            truth[id_] = (useful, answered, to)
            rows.append(
                Message(
                    id=id_,
                    root=id_,
                    organisation_id=sender.organisation_id,
                    operation_id=one.pk,
                    kind="warning",
                    exercise=False,
                    marking="amber",
                    recipients=[to.pk],
                    recipient_set_id=readers[to.pk],
                    happened_at=begin,
                    by_id=sender.pk,
                    by_name="A",
                    by_organisation="AA",
                    at=begin,
                    sent_at=begin,
                    useful_until=begin + useful,
                    deputy_at=times.deputy_at,
                    unit_at=times.unit_at,
                )
            )
        Message.objects.using("intake").bulk_create(rows)
        watched, runs = begin, 0
        with psycopg.connect(database, autocommit=True) as connection:
            for hour in range(HOURS):
                at = begin + dt.timedelta(hours=hour)
                clock.jumps(seconds=(at - clock.at).total_seconds())
                due = [
                    (id_, when, to)
                    for id_, (_, when, to) in truth.items()
                    if when and at - dt.timedelta(hours=1) < when <= at
                ]
                for id_, when, to in sorted(due, key=lambda row: row[1]):
                    clock.jumps(seconds=(when - clock.at).total_seconds())
                    # The answer ends the warning, so a level that it reached since the last run is due now.
                    # For the other answers, the run at the full hour is enough.
                    if any(watched < level <= when for level in levels[id_]):
                        while watching.watch(connection, settings.KEYS, clock.at):
                            pass
                        watched, runs = when, runs + 1
                    who = scene.people["bb.contact" if to == scene.homes["bb"] else "cc.contact"]
                    Answer.objects.using("intake").create(
                        organisation=to,
                        operation_id=one.pk,
                        message_id=id_,
                        outcome="nothing",
                        reason="r",
                        by_id=who.pk,
                        by_name="n",
                        by_organisation="o",
                        at=when,
                        recipient_set_id=readers[to.pk],
                    )
                clock.jumps(seconds=(at - clock.at).total_seconds())
                while watching.watch(connection, settings.KEYS, at):
                    pass
                watched = at
                stored = dict(
                    Message.objects.using("intake")
                    .filter(kind="warning")
                    .values_list("pk", "escalated")
                )
                assert stored == {id_: _level(begin, *row[:2], at) for id_, row in truth.items()}
                if hour % 6 == 0:
                    with scene.by("aa.coordinator"):
                        listed = set(selectors.unanswered(one).values_list("pk", flat=True))
                    assert listed == {
                        id_ for id_, (_, when, _) in truth.items() if when is None or when > at
                    }
        told = Notice.objects.using("intake").filter(kind="operation")
        reached = sum(_level(begin, useful, when, at) == 2 for useful, when, _ in truth.values())
        assert (
            told.filter(user=scene.people["aa.coordinator"], params__what="warning_unit").count()
            == reached
        )
        assert reached > 100
        assert runs > 10


def _level(
    begin: dt.datetime, useful: dt.timedelta, answered: dt.datetime | None, at: dt.datetime
) -> int:
    """The level by the words of the documentation: two thirds of the time, then the hour itself."""
    last = min(at, answered) if answered else at
    passed = (last - begin).total_seconds() / useful.total_seconds()
    return 2 if passed >= 1 else 1 if passed >= 2 / 3 else 0


def test_a_correction_counts_and_a_withdrawal_ends_it(scene: Scene, database: str) -> None:
    """The latest version of a warning states its hours; a withdrawn one waits for nobody."""
    with ticking(database) as clock:
        scene.live()
        sent = scene.warn(hours=3)
        with scene.by("aa.post") as user:
            entered = messages.Entered(
                new_id(),
                "warning",
                {"means": "transport", "reference": "X", "why": "Later."},
                recipients=[scene.homes["bb"].pk],
                useful_until=clock.at + dt.timedelta(hours=30),
            )
            second = correct(user, sent.pk, 1, "The ship is late.", entered)
        with psycopg.connect(database, autocommit=True) as connection:
            clock.jumps(hours=4)
            watching.watch(connection, settings.KEYS, clock.at)
            assert Message.objects.using("intake").get(pk=sent.pk).escalated == 0
            with scene.by("bb.contact"):
                assert [one.pk for one in selectors.unanswered()] == [second.pk]
            with scene.by("aa.post") as user:
                correct(user, sent.pk, 2, "Found at another post.", None)
            clock.jumps(hours=40)
            watching.watch(connection, settings.KEYS, clock.at)
            assert Message.objects.using("intake").get(pk=sent.pk).escalated == 0
            with scene.by("bb.contact"):
                assert not selectors.unanswered().exists()
                assert Message.objects.filter(root=sent.pk).count() == 3
