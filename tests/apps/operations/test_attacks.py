"""What a member, an invited organisation or one that was excluded tries in an operation."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.apps.operations.scene import TYPED, Scene, given
from tests.clock import ticking

from vedette.apps.columns import new_id
from vedette.apps.operations.actions import group, lifecycle, templates
from vedette.apps.operations.actions.common import Refused, home
from vedette.apps.operations.models import Member, Message, Nominal, Operation, Shown, Template
from vedette.apps.operations.selectors import operations as selectors

pytestmark = pytest.mark.database


def test_an_old_form_does_not_send_what_became_nominal(scene: Scene) -> None:
    """The data-protection officer decides that a field is nominal. A request that states an earlier version
    of the form keeps the value in the own organisation."""
    scene.live()
    with scene.by("aa.dpo") as user:
        first = Template.objects.filter(operation=scene.operation, kind="request").first()
        assert first is not None
        made = templates.decide(user, scene.operation, "request", first.number, "question", True)
    assert made.number == first.number + 1
    sent = scene.send("aa.post", "request", template=first.number)
    stored = Message.objects.using("intake").get(pk=sent.pk)
    assert (stored.template, stored.values) == (first.number, {})
    [secret] = Nominal.objects.using("intake").filter(message_id=sent.pk)
    assert secret.values == TYPED["request"]


def test_who_is_invited_does_not_read_the_persons_of_the_group(scene: Scene) -> None:
    """Names, posts and telephones of the group are for its members, the coordinating organisation and its
    data-protection officer. The organisation that is invited sees its own persons."""
    scene.create()
    scene.state("proposed")
    with scene.by("aa.coordinator") as user:
        group.invite(user, scene.operation, [one.pk for one in scene.homes.values()])
    scene.state("called")
    with scene.by("aa.contact") as user:
        one = Operation.objects.get(pk=scene.operation)
        group.answer_call(user, scene.operation, True, one.plan_version, "Customs act, section 9")
    scene.name("aa")

    def seen(who: str) -> set[str]:
        with scene.by(who):
            rows = Member.objects.filter(operation=scene.operation).select_related(None)
            return {f"{row.organisation_id}" for row in rows}

    home, other = str(scene.homes["aa"].pk), str(scene.homes["bb"].pk)
    assert seen("aa.dpo") == seen("aa.post") == seen("aa.coordinator") == {home}
    for who in ("bb.contact", "bb.coordinator", "bb.dpo", "bb.post"):
        assert seen(who) == set(), who
    assert (
        scene.client("bb.contact").get(f"/operations/{scene.operation}/group/").status_code == 200
    )
    with scene.by("bb.contact") as user:
        group.answer_call(user, scene.operation, True, one.plan_version, "Customs act, section 9")
    scene.name("bb", ("contact",))
    assert seen("bb.contact") == {home, other}


def test_a_message_for_nobody_is_not_sent(scene: Scene) -> None:
    """TLP:RED without a recipient has no reader: it is refused, and nobody is notified."""
    scene.live()
    with pytest.raises(Refused) as refused:
        scene.send("aa.post", "request", marking="red")
    assert refused.value.code == "red"
    assert scene.send(
        "aa.post", "request", marking="red", recipients=[scene.homes["bb"].pk]
    ).sent_at
    assert scene.send("aa.post", "control", marking="red").sent_at


def test_who_was_excluded_offers_nothing_to_the_coordinator(scene: Scene, database: str) -> None:
    """An excluded organisation keeps its entries for itself, also after the end of the live phase."""
    with ticking(database) as clock:
        scene.live()
        with scene.by("aa.coordinator") as user:
            one = Operation.objects.get(pk=scene.operation)
            [whom] = one.participants.filter(organisation=scene.homes["bb"])
            group.exclude(user, scene.operation, whom.pk, "It shared the data of others.")
        clock.passes(days=11)
        kept = scene.send("bb.post", "control")
        offered = scene.send("cc.post", "control")
    assert (kept.sent_at, kept.late_at) == (None, None)
    assert offered.late_at is not None
    with scene.by("aa.coordinator"):
        late = Message.objects.filter(operation=scene.operation, late_at__isnull=False)
        assert [one.pk for one in late] == [offered.pk]


@pytest.mark.parametrize("number", ["9" * 5000, "99999999999999999999", "0", "-1", "²"])
def test_any_number_of_a_page_is_answered(scene: Scene, number: str) -> None:
    """A page number that no database reads is answered like the first page."""
    scene.create()
    client = scene.client("aa.coordinator")
    answer = client.get(f"/operations/{scene.operation}/records/", {"page": number})
    assert answer.status_code == 200


def test_messages_of_another_operation_are_not_shown(scene: Scene) -> None:
    """A row that names a message of another operation opens nothing, whatever the web server writes."""
    scene.live()
    secret = scene.send("bb.post", "request", marking="red", recipients=[scene.homes["cc"].pk])
    with scene.by("aa.coordinator") as user:
        own = new_id()
        lifecycle.create(user, own, False, given())
        group.name_member(user, own, scene.people["aa.second"], "second")
        Shown.objects.bulk_create(
            [
                Shown(
                    organisation_id=home(user), operation_id=own, message_id=secret.pk, user_id=user.pk,
                    at=dt.datetime.now(dt.UTC),
                )
            ]
        )  # fmt: skip
        assert not Message.objects.filter(pk=secret.pk).exists()
        assert selectors.roles(user, Operation.objects.get(pk=own)) == ["coordinator"]


def test_a_nul_character_in_a_form_breaks_no_page(scene: Scene) -> None:
    """The reason of a state is stored without it."""
    scene.create()
    answer = scene.client("aa.coordinator").post(
        f"/operations/{scene.operation}/act/",
        {
            "do": "advance",
            "before": "draft",
            "to": "abandoned",
            "sure": "yes",
            "reason": "Wrong\0 dates.",
        },
    )
    assert answer.status_code == 302
    assert scene.one().reason == "Wrong dates."
