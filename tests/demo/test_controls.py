"""The controls of the demonstration: orders, a seizure, a detention, each marked as invented."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def test_every_state_of_a_control_is_shown(database: str) -> None:
    """Two open orders, one nothing found, a validated seizure and an open detention, in words that say that
    they are invented."""
    from tests.apps.enforcement.scene import refer
    from tests.apps.hits import world as worlds

    from vedette.apps.enforcement.models import Clear, ControlOrder, Seizure
    from vedette.demo import controls

    world = worlds.build()
    on = world.flight("YY 417", 41)
    for n in range(5):
        refer(world, worlds.hit(world, worlds.journey(world, on, f"NAME{n}", "ADA")))

    @contextmanager
    def acting(username: str) -> Iterator[Any]:
        with world.seen_by(world.users[username]) as user:
            yield user

    controls.plant(acting, "officer", "supervisor")
    orders = ControlOrder.objects.using("intake").order_by("due_at")
    assert [(one.state, one.finding) for one in orders] == [
        ("ordered", ""), ("ordered", ""), ("done", "nothing"), ("done", "found"), ("done", "found"),
    ]  # fmt: skip
    records = Seizure.objects.using("intake").order_by("measure")
    assert [(one.measure, one.state, one.stage) for one in records] == [
        ("detention", "draft", "authority"), ("seizure", "validated", "detained"),
    ]  # fmt: skip
    texts = [text for one in Clear.objects.using("intake") for text in one.texts.values()]
    assert texts
    assert all("ficti" in str(text) for text in texts)
