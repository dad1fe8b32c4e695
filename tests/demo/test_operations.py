"""The demonstration has a live operation between three organisations, and an exercise in preparation."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from tests.apps.offline.work import work
from tests.apps.operations.scene import acting, build

from vedette.apps.accounts.models import Organisation, User
from vedette.apps.cooperation.models import MutualRequest
from vedette.apps.cooperation.selectors import mutual
from vedette.apps.offline.models import Entry
from vedette.apps.operations.models import Answer, Message, Operation, Report
from vedette.apps.operations.selectors import operations as selectors
from vedette.apps.query import now
from vedette.demo import operations


def test_the_demonstration_has_an_operation_under_way(database: str) -> None:
    """Every step of the live operation was taken; the exercise waits for one organisation's steps."""
    scene = build()

    @contextmanager
    def by(username: str):  # type: ignore[no-untyped-def]
        with acting(User.objects.using("intake").get(username=username)) as user:
            # As a request has it: read by the web role.
            yield User.objects.get(pk=user.pk)

    administrator = User(
        username="aa-administrator",
        organisation=scene.homes["aa"],
        role="administrator",
        password="!",
    )
    administrator.save(using="intake")
    roles = {
        "administrator": "aa-administrator",
        "dpo": "aa-dpo",
        "coordinator": "aa-coordinator",
        "supervisor": "aa-second",
        "contact": "aa-contact",
        "officer": "aa-post",
    }
    operations.plant(by, scene.homes["aa"], roles)
    live, exercise = Operation.objects.using("intake").order_by("exercise")
    assert (live.state, live.exercise, exercise.state, exercise.exercise) == (
        "live", False, "preparing", True,
    )  # fmt: skip
    assert Organisation.objects.using("intake").filter(synthetic=True, kind="foreign").count() == 4
    sent = Message.objects.using("intake").filter(operation=live, sent_at__isnull=False)
    assert sent.filter(kind="warning").count() == 3
    assert Answer.objects.using("intake").count() == 1
    assert Report.objects.using("intake").filter(state="sent").count() == 2
    requests = MutualRequest.objects.using("intake").order_by("state")
    assert [one.state for one in requests] == [
        "draft",
        "partial",
        "refused",
        "sent",
        "sent",
        "sent",
    ]
    with by("aa-post") as post:
        late = mutual.listed(scene.homes["aa"].pk, "overdue", now())
        assert [one.state for one in late] == ["sent"]
    work()
    states = Entry.objects.using("intake").order_by("state").values_list("state", flat=True)
    assert list(states) == ["problem", "stored", "stored"]
    with by("aa-post") as post:
        assert selectors.unsent(post).count() == 2
    with by("contact_brevanie"):
        assert selectors.missing(exercise)
        assert {one.country for one in exercise.participants.all()} == {"SN", "XB", "XC"}
    with by("aa-coordinator"), pytest.raises(Operation.DoesNotExist):
        Operation.objects.get(pk=scene.operation)
