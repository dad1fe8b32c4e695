"""What an organisation, or two persons at the same time, try with releases."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections
from tests.apps.profiles.story import acting
from tests.apps.release.offices import BASIS, PURPOSE, WHY, Party, agree
from tests.apps.release.test_releases import RECORD, World, intake, world

from vedette.apps.accounts.models import Approval

pytestmark = pytest.mark.database
__all__ = ["intake", "world"]
BEGIN = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def _again(proposer: Party, root: uuid.UUID, *parties: Party, **more: Any) -> None:
    """The proposer brings a further version of an agreement into force, with its own people only."""
    from vedette.apps.approvals import actions as approvals
    from vedette.apps.release.actions.agreements import Terms, propose

    terms = Terms(
        title="Exchange", parties=[one.id for one in (proposer, *parties)], purposes=[(PURPOSE, BASIS)],
        starts_at=BEGIN, **more,
    )  # fmt: skip
    made = proposer.do("administrator", propose, terms, WHY, root)
    (asked,) = proposer.read(Approval, "dpo", subject=str(made.pk))
    proposer.do("dpo", approvals.decide, asked.pk, allow=True)


def test_a_later_version_does_not_open_the_objects_of_others(world: World) -> None:
    """BB released an object to AA under an agreement that names nobody for passing on. AA, which proposed the
    agreement, adds CC with its own people. AA still may not pass on the object of BB, and BB sees no wider
    agreement for it. A narrower version applies at once."""
    from vedette.apps.release.actions.releases import add

    root = agree(world.aa, world.bb, world.cc)
    item = world.bb.do(
        "officer", add, "warning", RECORD, marking="GREEN", purpose=PURPOSE, legal_basis=BASIS,
        agreement=root,
    )  # fmt: skip
    assert world.send(world.bb, item, world.aa)
    _again(world.aa, root, world.bb, world.cc, onward=[world.cc.id])
    copy = world.copy(world.aa, item)
    seen, _, _ = world.preview(world.aa, item, world.cc, copy=copy)
    assert [line.decision.ground for line in seen.lines] == ["not_named"]
    seen, _, _ = world.preview(world.bb, item, world.cc)
    assert [line.decision.allow for line in seen.lines] == [True]
    _again(world.aa, root, world.bb)
    seen, _, _ = world.preview(world.bb, item, world.cc)
    assert [line.decision.allow for line in seen.lines] == [False]


def test_a_copy_that_is_made_during_a_recall_does_not_escape(world: World) -> None:
    """The recall waits for a sending that has begun, and a sending that begins later is refused."""
    from vedette.apps.release.actions import returns
    from vedette.apps.release.actions.releases import Refused, send
    from vedette.apps.release.models import Copy

    item = world.item("GREEN")
    world.send(world.aa, item, world.bb)
    seen, group, recipients = world.preview(world.aa, item, world.cc)
    done: list[int] = []

    def recall() -> None:
        try:
            world.aa.do("supervisor", returns.recall, item.object, "The source was wrong.")
            done.append(world.work())
        finally:
            connections.close_all()

    owner = threading.Thread(target=recall)
    user = world.aa.people["officer"]
    with acting(user):
        send(user, item, recipients, group, token=seen.token)
        owner.start()
        while (
            owner.is_alive()
            and not world.intake.execute("SELECT FROM pg_locks WHERE NOT granted").fetchall()
        ):
            owner.join(0.01)
    owner.join()
    assert done == [2]
    assert not Copy.objects.using("intake").filter(object=item.object, state="active").exists()
    seen, group, recipients = world.preview(world.aa, item, world.bb)
    with pytest.raises(Refused) as refused:
        world.aa.do("officer", send, item, recipients, group, token=seen.token)
    assert refused.value.code == "recalled"


def test_no_sql_of_the_web_server_approves_an_agreement(world: World) -> None:
    """A version without the approval of a second person does not come into force, whatever row it states."""
    from vedette.apps.release.actions.agreements import Terms, propose
    from vedette.apps.release.models import Agreement

    terms = Terms("Exchange", [world.aa.id, world.bb.id], [(PURPOSE, BASIS)], BEGIN)
    made = world.aa.do("administrator", propose, terms, WHY)
    with (
        pytest.raises(DatabaseError),
        acting(world.aa.people["administrator"]),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE release_agreement SET state = 'approved', approved_by_id = %s, approved_at = now()"
            " WHERE id = %s",
            [world.aa.people["dpo"].pk, made.pk],
        )
    assert Agreement.objects.using("intake").get(pk=made.pk).state == "proposed"
