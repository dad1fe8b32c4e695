"""What a profile raised stays, and stays with the version that made it, whatever the next message brings."""

from __future__ import annotations

import datetime as dt
from typing import Any

import psycopg
import pytest
from django.utils import timezone
from tests.apps.profiles.office import Office
from tests.apps.profiles.story import acting, flown, in_force, person, phone, submitted
from tests.clock import at_once

from vedette.apps.approvals import actions as approvals
from vedette.apps.hits.models import Hit, Reason
from vedette.apps.profiles import actions
from vedette.apps.profiles.models import Version
from vedette.core.parties import Document
from vedette.pipeline import screen as screening
from vedette.profiles.run import Failed, ProfileSet

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
LEAVES = NOW + dt.timedelta(hours=20)


@pytest.fixture
def say(connection: psycopg.Connection[Any], office: Office) -> Any:
    """One traveller's messages, each with another phone."""
    sent = 0

    def next_message(**more: Any) -> None:
        nonlocal sent
        sent += 1
        who = person("DIOP", "AA11", contacts=phone(f"+22177000000{sent}"), **more)
        flown(connection, office, NOW + dt.timedelta(minutes=sent), [who], leaves=LEAVES)

    return next_message


def told() -> list[tuple[int, str]]:
    """Number of the version and state of every reason."""
    numbers = dict(Version.objects.using("intake").values_list("pk", "number"))
    rows = Reason.objects.using("intake").values_list("profile_version_id", "state")
    return sorted((numbers[version], state) for version, state in rows)


def state() -> str:
    """Of the one hit."""
    return Hit.objects.using("intake").get().state


def renewed(office: Office, version: Version, **fields: Any) -> Version:
    """The next version, in force."""
    with acting(office.analyst):
        draft = actions.new_version(office.analyst, version.profile_id)
        actions.change_draft(office.analyst, draft.pk, fields)
    approval = submitted(office, draft)
    with acting(office.supervisor):
        approvals.decide(office.supervisor, approval.pk, True)
    draft.refresh_from_db(using="intake")
    return draft


@pytest.mark.parametrize("how", ["suspended", "ended", "expired", "failed"])
def test_what_it_raised_stays(
    connection: psycopg.Connection[Any], office: Office, say: Any, how: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A profile that is not asked any more, or fails on one frame, has not said no. Others are asked."""
    version = in_force(office, "origin = 'ADD'")
    in_force(office, "origin = 'XXX'")
    say()
    assert (told(), state()) == ([(1, "open")], "new")
    with acting(office.supervisor):
        if how == "suspended":
            actions.suspend(office.supervisor, version.profile_id)
        if how == "ended":
            actions.end(office.supervisor, version.pk)
    if how == "expired":
        connection.execute(
            "UPDATE profiles_version SET active_until = now() - interval '1 minute' WHERE id = %s",
            [version.pk],
        )
        assert actions.expire("intake", timezone.now(), at_once) == 1
    if how == "failed":
        found = ProfileSet.fire

        def broken(self: ProfileSet, frame: Any) -> Any:
            pairs = found(self, frame)
            none = pairs.rows[:0]
            return type(pairs)(none, none, (Failed(id=str(version.pk), error="PanicException"),))

        monkeypatch.setattr(ProfileSet, "fire", broken)
    say()
    assert (told(), state()) == ([(1, "open")], "new")


def test_what_it_says_no_to_falls_away(office: Office, say: Any) -> None:
    """Asked again, and the traveller is not meant any more."""
    in_force(office, "documents = 1")
    say()
    papers = [Document(type="P", number=number, issuer="FRA") for number in ("AA11", "AA12")]
    say(documents=tuple(papers))
    assert (told(), state()) == ([(1, "void")], "void")


def test_an_open_reason_names_the_version_that_made_it(office: Office, say: Any) -> None:
    """The next version holds too: the reason is the first one's, with its conditions and its points."""
    first = in_force(office, "origin = 'ADD'", weight=30)
    say()
    renewed(office, first, expression="origin = 'ADD' AND documents >= 1", weight=60)
    say()
    assert told() == [(1, "open")]
    assert Hit.objects.using("intake").get().priority == 30


def test_an_answer_is_of_the_version_that_asked(office: Office, say: Any) -> None:
    """Another question of a later version opens the hit again by a reason of its own; the same question
    does not, and the answer stays with the first."""
    first = in_force(office, "origin = 'ADD'")
    say()
    Reason.objects.using("intake").update(state="answered", outcome="released")
    Hit.objects.using("intake").update(state="decided")
    second = renewed(office, first, title="Other words, same question")
    say()
    assert (told(), state()) == ([(1, "answered")], "decided")
    renewed(office, second, expression="origin = 'ADD' AND documents >= 1")
    say()
    assert (told(), state()) == ([(1, "answered"), (3, "open")], "reopened")
    say()
    assert (told(), state()) == ([(1, "answered"), (3, "open")], "reopened")


def test_who_is_not_judged_keeps_their_reason(
    connection: psycopg.Connection[Any], office: Office, say: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody was asked about them: their reason is what it was."""
    in_force(office, "origin = 'ADD'")
    say()
    monkeypatch.setattr(screening, "SCREENERS", (screening.by_lists,))
    say()
    assert (told(), state()) == ([(1, "open")], "new")
