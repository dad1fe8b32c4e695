"""Who is kept for an objective link is still worked on: decided, noted, rectified; the words go as well."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from typing import Any

import psycopg
import pytest
from django.db import transaction
from tests.apps.retention import old
from tests.apps.retention.test_runs import put_in_force

from vedette.apps.accounts.models import User
from vedette.apps.accounts.rules import set_scope
from vedette.apps.hits import actions
from vedette.apps.hits.models import Hit
from vedette.apps.requests import corrections
from vedette.apps.requests.corrections import statements
from vedette.apps.requests.models import SubjectRequest
from vedette.apps.retention import masking, runs
from vedette.keys.months import MonthKeys

YEAR_AGO = old.month_ago(400)


@pytest.fixture
def home(connection: psycopg.Connection[Any]) -> uuid.UUID:
    """An administration under the periods of the EU."""
    made = old.organisation(connection)
    put_in_force(made)
    return made


def user(home: uuid.UUID, role: str) -> User:
    """Somebody of that role, as a request has him."""
    User(username=f"{role}.{home}", role=role, organisation_id=home).save(using="intake")
    return User.objects.get(username=f"{role}.{home}")


def run(connection: psycopg.Connection[Any], months: MonthKeys) -> None:
    """One retention run."""
    runs.run(connection, old.keys(), months, dt.datetime.now(dt.UTC))


def linked(connection: psycopg.Connection[Any], home: uuid.UUID, months: MonthKeys) -> Hit:
    """A hit that nobody decided in half a year: masked, and kept for its link."""
    old.partitions(YEAR_AGO)
    [journey] = old.travellers(connection, home, YEAR_AGO, 1)
    hit = old.hit(journey)
    run(connection, months)
    found = Hit.objects.using("intake").get(pk=hit.pk)
    assert found.retention_class == "linked"
    return found


def opened(connection: psycopg.Connection[Any], months: MonthKeys) -> list[tuple[str, str]]:
    """Kind and text of the words in the vault."""
    rows = connection.execute(
        "SELECT owner, part, kind, retention_class, month, sealed FROM retention_vault"
    ).fetchall()
    return sorted(
        (kind, values["text"])
        for subject, part, kind, class_, month, sealed in rows
        if "text" in (values := masking.open_row(months.get(class_, month), kind, subject, part, sealed))
    )  # fmt: skip


def test_a_linked_hit_is_decided_and_noted_and_its_words_are_masked(
    connection: psycopg.Connection[Any], home: uuid.UUID, months: MonthKeys
) -> None:
    """An open hit is an objective link (C-817/19): after half a year it is decided like any other; what
    was written meanwhile is masked with the next run, and ends with the linked."""
    hit = linked(connection, home, months)
    with transaction.atomic():
        officer = user(home, "officer")
        set_scope(officer)
        seen = frozenset(hit.reasons.values_list("pk", flat=True))
        actions.note(officer, hit.pk, "Called the carrier.")
        verdict = actions.Verdict(
            "refer", "Told by the passport.", seen, dict.fromkeys(seen, "same")
        )
        actions.decide(officer, hit.pk, verdict)
    run(connection, months)
    assert "hits_textclear" not in old.counts(connection)
    words = opened(connection, months)
    assert ("note", "Called the carrier.") in words
    assert ("why", "Told by the passport.") in words
    with psycopg.connect(os.environ["DATABASE_URL_OWNER"], autocommit=True) as owner:
        # Five years are over: by the shortest profile in force everybody of that month ends.
        owner.execute("ALTER TABLE retention_retentionprofile DISABLE TRIGGER append_only")
        owner.execute("UPDATE retention_retentionprofile SET keep_after = 200")
        owner.execute("ALTER TABLE retention_retentionprofile ENABLE TRIGGER append_only")
    run(connection, months)
    assert old.counts(connection) == {}
    assert months.ids() == []


def test_what_is_rectified_of_the_masked_again_and_again_is_all_kept(
    connection: psycopg.Connection[Any], home: uuid.UUID, months: MonthKeys
) -> None:
    """GDPR art. 16 has no last day: each statement goes to the vault beside those before it, no run
    fails, and who may see them sees them all."""
    hit = linked(connection, home, months)
    for element, value in (("surname", "NOVAK"), ("surname", "NOWAK"), ("sex", "F")):
        with transaction.atomic():
            officer = User.objects.filter(username=f"dpo.{home}").first() or user(home, "dpo")
            set_scope(officer)
            asked = SubjectRequest.objects.create(
                organisation_id=home, kind="rectified", received_on="2026-11-20", due_on="2026-12-20",
                reference="1", subjects=[hit.subject_id], by_id=officer.pk,
            )  # fmt: skip
            corrections.rectify(officer, asked, element, value, "passport")
        run(connection, months)
    words = [text for kind, text in opened(connection, months) if kind == "rectified"]
    assert len(words) == 3
    rows = [as_opened(text, hit.subject_id) for text in words]  # as `unmask.seen_by` gives them
    subject = Hit.objects.using("intake").select_related("subject").get(pk=hit.pk).subject
    with transaction.atomic():
        set_scope(officer)
        said = statements(subject, rows)
    assert [one.value for one in said] == ["NOVAK", "NOWAK", "F"]


def as_opened(text: str, journey: uuid.UUID) -> Any:
    """A row of the vault as it is opened for somebody."""
    from vedette.apps.retention.unmask import Row

    return Row("rectified", journey, uuid.uuid4(), {"text": text}, dt.datetime.now(dt.UTC))
