"""Who writes and reads before, at and after the end, in every state: the database decides, by its clock."""

from __future__ import annotations

import datetime as dt
import itertools

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from tests.apps.operations.scene import Scene, acting
from tests.clock import ticking

from vedette.apps.columns import new_id
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations import rights
from vedette.apps.operations.actions import group, lifecycle, messages
from vedette.apps.operations.actions.common import Refused
from vedette.apps.operations.models import Member, Message, Operation
from vedette.apps.operations.selectors import operations as selectors

#: Raw SQL of the web role, one statement for each table of a group. `now()` is the time of the transaction.
INSERTS = {
    "message": "INSERT INTO operations_message (id, organisation_id, operation_id, kind, exercise,"
    " root, version,"
    " withdraws, why, template, values, text, marking, recipients, happened_at, place, category,"
    " controls, unit,"
    " base, escalated, by_id, by_name, by_organisation, at, sent_at, group_version) VALUES (%(id)s,"
    " %(home)s, %(op)s,"
    " 'control', false, %(id)s, 1, false, '', 1, '{}', '', 'amber', '{}', now(), '', '', 1, '', '', -1,"
    " %(by)s, '',"
    " '', now(), now(), 0)",
    "receipt": "INSERT INTO operations_receipt (id, organisation_id, operation_id, message_id, user_id,"
    " name, what, at)"
    " VALUES (%(id)s, %(home)s, %(op)s, %(message)s, %(by)s, '', 'opened', now())",
    "answer": "INSERT INTO operations_answer (id, organisation_id, operation_id, message_id, outcome,"
    " reason, by_id,"
    " by_name, by_organisation, at) VALUES (%(id)s, %(home)s, %(op)s, %(message)s, 'nothing', 'x',"
    " %(by)s, '', '',"
    " now())",
    "member": "INSERT INTO operations_member (id, organisation_id, operation_id, user_id, role, name,"
    " post, reach,"
    " begins_at, ends_at, since_version) VALUES (%(id)s, %(home)s, %(op)s, %(by)s, 'observer', '', '',"
    " '', now(),"
    " now() + interval '9 years', 0)",
    "nationalplan": "INSERT INTO operations_nationalplan (id, organisation_id, operation_id, number,"
    " text, profiles,"
    " due_at, by_id, at) VALUES (%(id)s, %(home)s, %(op)s, 77, 'x', '', now(), %(by)s, now())",
    "report": "INSERT INTO operations_report (id, organisation_id, operation_id, consolidated, number,"
    " cutoff_at,"
    " known_at, state, figures, corrections, late, remark, by_id, by_name, by_organisation, at) VALUES"
    " (%(id)s,"
    " %(home)s, %(op)s, false, 77, now(), now(), 'draft', '{}', '[]', '[]', '', %(by)s, '', '', now())",
}


def _try(scene: Scene, who: str, table: str, message: object) -> bool:
    """Whether raw SQL of the web role stores a row; what it stored is undone."""
    user = scene.people[who]
    values = {
        "id": new_id(),
        "home": user.organisation_id,
        "op": scene.operation,
        "by": user.pk,
        "message": message,
    }
    try:
        with transaction.atomic():
            with acting(user), connection.cursor() as cursor:
                cursor.execute(INSERTS[table], values)
            transaction.set_rollback(True)
    except DatabaseError:
        return False
    return True


def test_one_second_before_at_and_after_the_end(scene: Scene, database: str) -> None:
    """Operational messages end with the live phase, and everything else with the group: to the second, by
    action and by SQL. A text that could not be sent is kept in the national record and offered."""
    with ticking(database) as clock:
        scene.live()
        warning = scene.warn(to="bb")
        one = scene.one()
        second = dt.timedelta(seconds=1)
        for end, open_tables in (
            (one.live_until, set(INSERTS) - {"message"}),
            (one.until, set[str]()),
        ):
            clock.jumps(seconds=(end - clock.at - second).total_seconds())
            before = {table for table in INSERTS if _try(scene, "bb.contact", table, warning.pk)}
            clock.jumps(seconds=1)
            at_end = {table for table in INSERTS if _try(scene, "bb.contact", table, warning.pk)}
            clock.jumps(seconds=1)
            after = {table for table in INSERTS if _try(scene, "bb.contact", table, warning.pk)}
            if end == one.live_until:
                assert before == set(INSERTS)
            assert at_end == after == open_tables
            late = scene.send("bb.contact", "control")
            assert late.sent_at is None
            assert late.late_at is not None
            assert late.values["place"] == "Post 1"
        with psycopg.connect(database) as superuser:
            (count,) = superuser.execute(
                "SELECT count(*) FROM operations_message WHERE sent_at >= %s", [one.live_until]
            ).fetchone() or (None,)
            assert count == 0
        # Reading after the end is as the plan says: coordinators and contact points.
        for who, reads in (
            ("aa.coordinator", True),
            ("bb.contact", True),
            ("bb.deputy", False),
            ("cc.post", False),
        ):
            with scene.by(who):
                assert bool(selectors.readings()) is reads, who
                sent = Message.objects.filter(operation_id=scene.operation, sent_at__isnull=False)
                assert sent.exists() is reads, who
        with scene.by("aa.coordinator"):
            assert Message.objects.filter(late_at__isnull=False).count() == 2


def test_each_kind_role_and_state_is_as_declared(scene: Scene, database: str) -> None:
    """The database permits a message exactly if `rights.may_send` does; both tables are equal."""
    with psycopg.connect(database) as superuser:
        sending = {
            kind: rights.Rule(tuple(roles), tuple(states), until_end)
            for kind, roles, states, until_end in superuser.execute(
                "SELECT * FROM vedette_operation_sending()"
            )
        }
        following = {
            before: tuple(after)
            for before, after in superuser.execute("SELECT * FROM vedette_operation_next()")
        }
    assert {kind: (set(r.roles), set(r.states), r.until_end) for kind, r in sending.items()} == {
        kind: (set(r.roles), set(r.states), r.until_end) for kind, r in rights.SENDING.items()
    }
    assert following == dict(rights.NEXT)
    scene.live()
    with scene.by("aa.coordinator") as user:
        group.name_member(user, scene.operation, scene.people["aa.observer"], "observer")
    people = {role: f"aa.{role}" for role in rights.ROLES}
    wrong = []
    for state in rights.STATES:
        with psycopg.connect(database, autocommit=True) as superuser:
            superuser.execute("SET session_replication_role = replica")
            superuser.execute("UPDATE operations_operation SET state = %s", [state])
        for role, kind in itertools.product(rights.ROLES, rights.KINDS):
            user = scene.people[people[role]]
            values = {
                "id": new_id(),
                "home": user.organisation_id,
                "op": scene.operation,
                "by": user.pk,
            }
            statement = INSERTS["message"].replace("'control'", f"'{kind}'")
            if kind == "warning":
                continue
            try:
                with transaction.atomic():
                    with acting(user), connection.cursor() as cursor:
                        cursor.execute(statement, values)
                    transaction.set_rollback(True)
                stored = True
            except DatabaseError:
                stored = False
            if stored != rights.may_send(kind, role, state, ended=False, closed=False):
                wrong.append((state, role, kind, stored))
    assert wrong == []


def test_no_operation_is_live_while_a_prerequisite_is_missing(scene: Scene) -> None:
    """Each prerequisite of each participant is taken away in turn; the request, and SQL, are refused."""
    scene.prepare()
    for home, role in itertools.product(scene.homes, ("contact", "deputy")):
        with scene.by(f"{home}.contact") as user, transaction.atomic():
            member = Member.objects.get(user=scene.people[f"{home}.{role}"], role=role)
            group.end_member(user, scene.operation, member.pk)
            with acting(scene.people["aa.coordinator"]) as other:
                lacking = selectors.missing(scene_one := Operation.objects.get(pk=scene.operation))
                assert {step for _, step in lacking} == {role, f"test_{role}"}, scene_one
                with pytest.raises(Refused, match="missing_steps"):
                    lifecycle.ask(
                        other, scene.operation, "live", "Every prerequisite is met, really."
                    )
                with pytest.raises(DatabaseError, match="missing"), transaction.atomic():
                    Operation.objects.filter(pk=scene.operation).update(state="live")
            transaction.set_rollback(True)
    # Nothing is missing, and nobody approved.
    with (
        scene.by("aa.coordinator"),
        pytest.raises(DatabaseError, match="second"),
        transaction.atomic(),
    ):
        Operation.objects.filter(pk=scene.operation).update(state="live")


def test_who_left_reads_and_approves_nothing(scene: Scene) -> None:
    """A participant that withdraws loses its persons at once and for good; a second person whose membership
    has ended cannot approve, also by SQL."""
    from vedette.apps.accounts.models import Approval

    scene.live()
    sent = scene.send("aa.coordinator", "broadcast", text="To all.")
    with scene.by("cc.contact") as user:
        assert Message.objects.filter(pk=sent.pk).exists()
        group.withdraw(user, scene.operation, "No staff.")
    with scene.by("cc.contact") as user:
        assert not Message.objects.filter(pk=sent.pk).exists()
        with pytest.raises(Refused):
            group.answer_call(user, scene.operation, True, 1, "Customs act")
    with scene.by("aa.coordinator") as user:
        one = Operation.objects.get(pk=scene.operation)
        with pytest.raises(Refused, match="participant_twice"):
            group.invite(user, scene.operation, [scene.homes["cc"].pk])
        asked = lifecycle.ask(
            user,
            scene.operation,
            "extend",
            "Two more days are needed at sea.",
            live_until=one.live_until + dt.timedelta(days=2),
            until=one.until,
        )
        member = Member.objects.get(role="second", until_version=None)
        group.end_member(user, scene.operation, member.pk)
    with scene.by("aa.second") as user, pytest.raises(DatabaseError), transaction.atomic():
        Approval.objects.filter(pk=asked.pk).update(
            state="done", decided_by=user, decided_at=now(), expires_at=asked.expires_at
        )
    with scene.by("aa.coordinator"):
        # A live operation is not extended without the approval.
        with pytest.raises(DatabaseError, match="second"), transaction.atomic():
            Operation.objects.filter(pk=scene.operation).update(
                live_until=one.live_until + dt.timedelta(days=1)
            )
        with pytest.raises(DatabaseError, match="permission"), transaction.atomic():
            Operation.objects.filter(pk=scene.operation).update(exercise=True)


def test_a_new_member_reads_what_comes_after(scene: Scene) -> None:
    """Earlier messages are read only if the coordinator names them."""
    scene.live()
    early = scene.send("aa.coordinator", "broadcast", text="Before.")
    with scene.by("bb.contact") as user:
        group.name_member(user, scene.operation, scene.people["bb.observer"], "observer")
    later = scene.send("aa.coordinator", "broadcast", text="After.")
    with scene.by("bb.observer"):
        assert set(Message.objects.values_list("pk", flat=True)) == {later.pk}
    with scene.by("aa.coordinator") as user:
        member = Member.objects.get(user=scene.people["bb.observer"])
        group.show_earlier(user, scene.operation, member.pk, [early.pk])
    with scene.by("bb.observer"):
        assert set(Message.objects.values_list("pk", flat=True)) == {early.pk, later.pk}


def test_bad_input(scene: Scene) -> None:
    """An operation that ends before it begins, a warning to oneself, a text that is too long."""
    from tests.apps.operations.scene import given

    at = now()
    with scene.by("aa.coordinator") as user:
        with pytest.raises(Refused, match="order"):
            lifecycle.create(user, new_id(), False, given(live_until=at - dt.timedelta(days=1)))
        with pytest.raises(Refused, match="exercise"):
            lifecycle.create(user, new_id(), None, given())
    scene.live()
    with pytest.raises(Refused, match="itself"):
        scene.warn(to="aa")
    with pytest.raises(Refused, match="past"):
        scene.warn(hours=-1)
    with pytest.raises(messages.Invalid) as raised:
        scene.send("aa.post", "seizure", {"quantity": "4,655", "unit": "stone"})
    assert raised.value.problems == {"quantity": "number", "unit": "choice"}
