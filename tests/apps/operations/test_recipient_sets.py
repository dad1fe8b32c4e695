"""The sets of recipients: the copies determine who reads a row, and nobody can widen a release by writing a
set."""

from __future__ import annotations

import random
import threading
import uuid
from collections import defaultdict

import psycopg
import pytest
from django.db import Error, connection
from tests.apps.operations.scene import Scene, recipient_set, when

from vedette.apps.columns import new_id
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations.models import Answer, Final, Message, RecipientSet, Report
from vedette.apps.operations.selectors import operations as selectors
from vedette.apps.release.models import Copy, Item

MESSAGES = 240
KINDS = ("warning", "request", "control", "seizure", "broadcast", "help")
READERS = tuple(
    f"{home}.{role}"
    for home in ("aa", "bb", "cc")
    for role in ("coordinator", "second", "contact", "deputy", "post", "observer", "dpo")
)


def _message(drawn: random.Random, scene: Scene) -> Message:
    """A drawn message of a drawn person, most often sent."""
    home, role = drawn.choice(("aa", "bb", "cc")), drawn.choice(("contact", "post"))
    id_, user, at = new_id(), scene.people[f"{home}.{role}"], now()
    kind = drawn.choice(KINDS)
    others = [one.pk for name, one in scene.homes.items() if name != home]
    return Message(
        id=id_, root=id_, organisation=scene.homes[home], operation_id=scene.operation, exercise=False,
        kind=kind, template=1, marking=drawn.choice(("red", "amber", "green")), by_id=user.pk, by_name="n",
        by_organisation=home, at=at, happened_at=at, useful_until=at if kind == "warning" else None,
        recipients=drawn.sample(others, drawn.randint(0, 2)), sent_at=at if drawn.random() < 0.9 else None,
    )  # fmt: skip


def _copies(drawn: random.Random, scene: Scene, one: Message) -> tuple[Item, list[Copy]]:
    """The object of a message, and its copies for drawn organisations and persons."""
    item = Item(
        organisation_id=one.organisation_id, id=one.pk, object=one.root, type=one.kind, hash="ab" * 32,
        marking=["TLP:GREEN"], exercise=False, nominal=False, passes=3, operation=one.operation_id,
        created_by_id=one.by_id, created_at=one.at,
    )  # fmt: skip
    copies = []
    for name, home in scene.homes.items():
        if home.pk == one.organisation_id:
            continue
        people = [None] if drawn.random() < 0.5 else []
        if drawn.random() < 0.25:
            people.append(scene.people[f"{name}.{drawn.choice(('contact', 'deputy', 'post'))}"].pk)
        copies += [
            Copy(
                organisation=home, item=item, object=one.root, owner_id=one.organisation_id,
                sender_id=one.organisation_id, person_id=person, passes_left=1,
                operation=one.operation_id, received_at=one.at,
            )
            for person in people
        ]  # fmt: skip
    return item, copies


def _visible(
    scene: Scene, who: str, rows: list[Message], held: dict[uuid.UUID, list[Copy]]
) -> set[uuid.UUID]:
    """The rule before the sets existed, in Python: the organisation reads its national record; others read
    what they hold an active copy of, as far as their role in the operation reads it."""
    user = scene.people[who]
    with scene.by(who):
        role = selectors.readings().get(str(scene.operation), {}).get("role")
    national = user.role in ("supervisor", "analyst", "coordinator", "contact", "dpo")
    found = set()
    for one in rows:
        own = one.organisation_id == user.organisation_id
        copies = [c for c in held[one.pk] if c.state in ("active", "kept")]
        reached = own or any(
            c.organisation_id == user.organisation_id
            if c.person_id is None
            else c.person_id == user.pk
            for c in copies
        )
        addressed = user.organisation_id in one.recipients
        reads = {
            None: False,
            "coordinator": one.marking != "red" or addressed,
            "second": one.marking != "red" or addressed,
            "post": addressed or (one.kind == "broadcast" and not one.recipients),
        }.get(role, addressed or (not one.recipients and one.marking != "red"))
        if (own and (one.by_id == user.pk or national)) or (one.sent_at and reached and reads):
            found.add(one.pk)
    return found


def test_the_visible_rows_equal_the_rule_on_the_copies(scene: Scene, database: str) -> None:
    """Random messages with random copies, of which some are recalled, and some of these then kept: each of 21
    persons sees exactly the rows that the copies permit, after each change."""
    scene.live()
    drawn = random.Random(11)
    rows = [_message(drawn, scene) for _ in range(MESSAGES)]
    made = [_copies(drawn, scene, one) for one in rows]
    held: dict[uuid.UUID, list[Copy]] = defaultdict(list)
    for one, (_, copies) in zip(rows, made, strict=True):
        held[one.pk] = copies
    with psycopg.connect(database, autocommit=True) as superuser:
        # The rules of writing have tests of their own.
        superuser.execute("ALTER TABLE operations_message DISABLE TRIGGER kept")
        Message.objects.using("intake").bulk_create(rows)
        superuser.execute("ALTER TABLE operations_message ENABLE TRIGGER kept")
    Item.objects.using("intake").bulk_create([item for item, _ in made])
    everything = [copy for _, copies in made for copy in copies]
    Copy.objects.using("intake").bulk_create(everything)
    pks, reached = {one.pk for one in rows}, 0
    for state in ("active", "recalled", "kept"):
        if state != "active":
            changed = drawn.sample(everything, len(everything) // 3)
            for copy in changed:
                copy.state = state
            ids = [copy.pk for copy in changed]
            Copy.objects.using("intake").filter(pk__in=ids).update(state=state)
        for who in READERS:
            with scene.by(who):
                seen = set(Message.objects.filter(pk__in=pks).values_list("pk", flat=True))
            assert seen == _visible(scene, who, rows, held), (state, who)
            reached += len(seen)
    assert reached > MESSAGES
    # What is stored are the sets, once each.
    sets = RecipientSet.objects.using("intake").values_list("organisations", "persons")
    assert len({(*homes, None, *people) for homes, people in sets}) == len(sets)


def test_all_recipients_of_a_release_are_one_set(scene: Scene) -> None:
    """Messages of two organisations to the group name the same set; no set is stored for a part of it. A
    recall makes the row name another set, for this row alone."""
    scene.live()
    before = set(RecipientSet.objects.using("intake").values_list("pk", flat=True))
    sent = [scene.send(who, "control", {"happened": when()}) for who in ("aa.post", "bb.post")]
    first, second = (
        Message.objects.using("intake").select_related("recipient_set").get(pk=one.pk)
        for one in sent
    )
    assert first.recipient_set_id == second.recipient_set_id
    assert first.recipient_set.organisations == sorted(one.pk for one in scene.homes.values())
    after = set(RecipientSet.objects.using("intake").values_list("pk", flat=True))
    assert after - before <= {first.recipient_set_id}
    Copy.objects.using("intake").filter(item_id=first.pk, organisation=scene.homes["bb"]).update(
        state="recalled"
    )
    with scene.by("bb.contact"):
        assert not Message.objects.filter(pk=first.pk).exists()
        assert Message.objects.filter(pk=second.pk).exists()
    with scene.by("cc.contact"):
        assert Message.objects.filter(pk__in=[first.pk, second.pk]).count() == 2


def test_the_web_role_neither_reads_nor_writes_a_set(scene: Scene) -> None:
    """By SQL of the web role, as a member of the group and as an organisation that received nothing."""
    scene.live()
    sent = scene.send("bb.post", "request", recipients=[scene.homes["aa"].pk])
    there = RecipientSet.objects.using("intake").get(
        pk=Message.objects.using("intake").get(pk=sent.pk).recipient_set_id
    )
    assert scene.homes["cc"].pk not in there.organisations
    home, id_ = scene.homes["cc"].pk, there.pk
    for who in ("bb.contact", "aa.coordinator", "cc.contact"):
        for statement, values in (
            ("SELECT FROM operations_recipientset", []),
            ("SELECT FROM operations_recipientset WHERE id = %s FOR SHARE", [id_]),
            ("UPDATE operations_recipientset SET organisations = organisations || %s", [home]),
            ("DELETE FROM operations_recipientset", []),
            (
                "INSERT INTO operations_recipientset (id, operation_id, organisations, persons, digest)"
                " VALUES (%s, %s, ARRAY[%s]::uuid[], '{}', '')", [new_id(), scene.operation, home],
            ),
            ("SELECT vedette_recipient_set(%s, ARRAY[%s]::uuid[], '{}')", [scene.operation, home]),
            ("UPDATE operations_message SET recipient_set_id = %s", [id_]),
            ("UPDATE operations_answer SET recipient_set_id = %s", [id_]),
            ("UPDATE operations_report SET recipient_set_id = %s", [id_]),
            ("UPDATE operations_final SET recipient_set_id = %s", [id_]),
        ):  # fmt: skip
            with (
                scene.by(who),
                connection.cursor() as cursor,
                pytest.raises(Error, match="permission denied"),
            ):
                cursor.execute(statement, values)
    sets = {}
    for who in ("aa.coordinator", "aa.post", "cc.contact", "cc.post"):
        with scene.by(who), connection.cursor() as cursor:
            cursor.execute("SELECT vedette_recipient_sets()")
            sets[who] = {row[0] for row in cursor.fetchall()}
    assert id_ in sets["aa.coordinator"] & sets["aa.post"]
    assert id_ not in sets["cc.contact"] | sets["cc.post"]


def test_the_role_of_the_reader_is_read_once_for_all_sets(scene: Scene, database: str) -> None:
    """3,000 sets with the organisation of the reader: the number of reads of the accounts does not depend on
    the number of sets."""
    scene.create()
    with psycopg.connect(database) as superuser:
        superuser.execute("SELECT set_config('vedette.organisation', %s, true),"
                          " set_config('vedette.user', %s, true)",
                          [str(scene.homes["aa"].pk), str(scene.people["aa.dpo"].pk)])  # fmt: skip
        superuser.execute(
            "INSERT INTO operations_recipientset (id, operation_id, organisations, persons, digest)"
            " SELECT gen_random_uuid(), %s, ARRAY[%s::uuid], '{}', sha256(n::text::bytea)"
            " FROM generate_series(1, 3000) n", [scene.operation, scene.homes["aa"].pk],
        )  # fmt: skip
        superuser.execute("SET LOCAL track_functions = 'all'")
        before = (
            "SELECT coalesce(sum(calls), 0) FROM pg_stat_xact_user_functions WHERE funcname = %s"
        )
        (calls,) = superuser.execute(before, ["vedette_reads_national"]).fetchone()
        assert len(superuser.execute("SELECT vedette_recipient_sets()").fetchall()) >= 3_000
        (after,) = superuser.execute(before, ["vedette_reads_national"]).fetchone()
        assert after - calls <= 1
        superuser.rollback()


def test_nobody_changes_a_set(scene: Scene, database: str) -> None:
    """Neither workers nor the owner of the table: the rows that name the set would be released with it."""
    scene.create()
    id_ = recipient_set(scene.operation, [scene.homes["aa"]])
    assert recipient_set(scene.operation, [scene.homes["aa"], scene.homes["aa"]]) == id_
    with pytest.raises(Error, match="permission denied"):
        RecipientSet.objects.using("intake").filter(pk=id_).update(organisations=[])
    with (
        psycopg.connect(database, autocommit=True) as superuser,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="fixed"),
    ):
        superuser.execute("UPDATE operations_recipientset SET organisations = '{}'")


def test_a_stored_set_does_not_make_an_own_row_visible(scene: Scene) -> None:
    """A member inserts an answer and a report that name a known set: the database empties the column."""
    scene.live()
    warning = scene.warn()
    group = recipient_set(scene.operation, scene.homes.values())
    at = now()
    columns = {"operation_id": scene.operation, "by_organisation": "BB", "by_name": "B", "at": at,
               "recipient_set_id": group, "organisation": scene.homes["bb"]}  # fmt: skip
    with scene.by("bb.contact") as user:
        Answer.objects.bulk_create(
            [Answer(message_id=warning.pk, outcome="nothing", reason="r", by_id=user.pk, **columns)]
        )
        Report.objects.bulk_create([
            Report(consolidated=False, number=1, cutoff_at=at, known_at=at, figures={}, state="sent",
                   by_id=user.pk, **columns)
        ])  # fmt: skip
    assert Answer.objects.using("intake").get().recipient_set_id is None
    assert Report.objects.using("intake").get().recipient_set_id is None
    scene.state("followup")
    with scene.by("aa.coordinator") as user:
        Final.objects.bulk_create([
            Final(operation_id=scene.operation, organisation=scene.homes["aa"], number=1, cutoff_at=at,
                  known_at=at, figures={}, content={}, by_id=user.pk, by_name="A", at=at,
                  recipient_set_id=group)
        ])  # fmt: skip
    assert Final.objects.using("intake").get().recipient_set_id is None


def test_two_releases_at_the_same_moment_both_reach_the_row(scene: Scene, database: str) -> None:
    """The second transaction waits for the first, and then counts the copies of both."""
    scene.live()
    sent = scene.send("aa.post", "request", recipients=[scene.homes["aa"].pk])
    item, _ = _copies(random.Random(1), scene, Message.objects.using("intake").get(pk=sent.pk))
    item.save(using="intake", force_insert=True)

    def insert(connection: psycopg.Connection, home: str) -> None:
        connection.execute(
            "INSERT INTO release_copy (id, organisation_id, item_id, object, owner_id, sender_id,"
            " passes_left, operation, state, received_at, objection)"
            " VALUES (%s, %s, %s, %s, %s, %s, 0, %s, 'active', now(), '')",
            [new_id(), scene.homes[home].pk, item.pk, item.object, item.organisation_id,
             item.organisation_id, scene.operation],
        )  # fmt: skip

    with psycopg.connect(database) as one, psycopg.connect(database) as other:
        insert(one, "bb")
        insert(other, "cc")
        one.execute("SET CONSTRAINTS ALL IMMEDIATE")
        waiting = threading.Thread(target=other.commit)
        waiting.start()
        with psycopg.connect(database, autocommit=True) as watching:
            while not watching.execute(
                "SELECT cardinality(pg_blocking_pids(%s)) > 0", [other.info.backend_pid]
            ).fetchone()[0]:
                assert waiting.is_alive()
        one.commit()
        waiting.join()
    found = Message.objects.using("intake").select_related("recipient_set").get(pk=sent.pk)
    assert found.recipient_set.organisations == sorted(one.pk for one in scene.homes.values())
