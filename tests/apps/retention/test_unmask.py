"""Unmasking for a while, and the second person for a change of periods."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from typing import Any

import psycopg
import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from tests.apps.journal.scene import signed_in
from tests.apps.retention import old

from vedette.apps.accounts.models import Act, Approval, User
from vedette.apps.accounts.rules import set_scope
from vedette.apps.hits.selectors import decisions, reasons
from vedette.apps.retention import runs, selectors, unmask
from vedette.apps.retention.actions import Terms, Unfit, apply_profile, detail_of
from vedette.apps.retention.models import RetentionProfile
from vedette.apps.retention.parts import periods
from vedette.apps.retention.unmask import NotAllowed
from vedette.keys.months import MonthKeys
from vedette.travellers.app.dossier import dossier

NOW = dt.datetime.now(dt.UTC)
MONTH = old.month_ago(240)


@pytest.fixture
def home(connection: psycopg.Connection[Any]) -> uuid.UUID:
    return old.organisation(connection)


def person(home: uuid.UUID, name: str, role: str = "officer") -> User:
    made = User(username=f"{name}.{home}", role=role, organisation_id=home)
    made.save(using="intake")
    return made


def approval(
    kind: str, subject: object, asked: User, decided: User | None, **values: Any
) -> Approval:
    fields = {
        "purpose": "terrorism", "why": b"", "asked_at": NOW, "decided_at": NOW, "detail": {},
        "state": Approval.State.ALLOWED if decided else Approval.State.ASKED,
        "expires_at": timezone.now() + dt.timedelta(hours=1), **values,
    }  # fmt: skip
    return Approval.objects.using("intake").create(
        organisation_id=asked.organisation_id, kind=kind, subject=str(subject), asked_by=asked,
        decided_by=decided, **fields,
    )  # fmt: skip


@pytest.fixture
def journey(connection: psycopg.Connection[Any], home: uuid.UUID, months: MonthKeys) -> uuid.UUID:
    """A masked traveller with a decided hit, one among three."""
    old.partitions(MONTH)
    journey, *_ = old.travellers(connection, home, MONTH, 3)
    old.hit(journey, "release")
    runs.run(connection, old.keys(), months, NOW)
    return journey


def test_what_was_allowed_opens_for_who_asked_and_nobody_else(
    connection: psycopg.Connection[Any], home: uuid.UUID, months: MonthKeys, journey: uuid.UUID
) -> None:
    """Directive art. 12(3): names, evidence and words come back for one person and one journey."""
    officer, other, chief = (person(home, n) for n in ("one", "two", "chief"))
    asked = approval("unmask", journey, officer, chief)
    assert unmask.open_waiting(connection, old.keys(), months) == 1
    assert unmask.open_waiting(connection, old.keys(), months) == 0
    with transaction.atomic():
        set_scope(officer)
        made = dossier(journey)
        assert made.clear is not None
        assert (made.clear.surname, made.clear.document) == ("OLDNAME1", "D1")
        assert made.opened_until == asked.expires_at
        [card] = reasons(made.journey.hit, made.opened)
        assert card.evidence == [{"name": "name", "ours": "OLDEVIDENCE"}]
        assert "OLDWHY" in str(decisions(made.journey.hit, made.opened)[0].why)
    for user in (other, chief):
        with transaction.atomic():
            set_scope(user)
            hidden = dossier(journey)
            assert hidden.clear is None
            assert hidden.masked is not None
            assert decisions(hidden.journey.hit, hidden.opened)[0].why is None
    rows = connection.execute("SELECT string_agg(u::text, '') FROM retention_unmasked u").fetchone()
    assert rows is not None
    assert b"OLD".hex() not in rows[0]
    assert "OLD" not in rows[0]
    done = connection.execute("SELECT detail FROM accounts_act WHERE act = 'record.unmasked'")
    assert done.fetchone()[0]["approval"] == str(asked.id)


def test_past_its_time_nothing_is_seen(
    connection: psycopg.Connection[Any], home: uuid.UUID, months: MonthKeys, journey: uuid.UUID
) -> None:
    """Expired: the policy hides it at once, housekeeping deletes it, and it does not open again."""
    officer, chief = person(home, "one"), person(home, "chief")
    asked = approval("unmask", journey, officer, chief)
    unmask.open_approved(connection, old.keys(), months, asked.id)
    connection.execute("UPDATE retention_unmasked SET expires_at = now() - interval '1 second'")
    with transaction.atomic():
        set_scope(officer)
        assert unmask.seen_by(journey) == []
    assert unmask.close(connection, dt.datetime.now(dt.UTC)) > 0
    Approval.objects.using("intake").update(expires_at=NOW - dt.timedelta(seconds=1))
    with pytest.raises(NotAllowed, match="late"):
        unmask.open_approved(connection, old.keys(), months, asked.id)
    assert unmask.open_waiting(connection, old.keys(), months) == 0


def test_who_comes_back_after_its_time_leaves_an_act(home: uuid.UUID, journey: uuid.UUID) -> None:
    """An expired unmask that somebody tries to use is told as such; a look without one is a look."""
    officer, chief = person(home, "one"), person(home, "chief")
    approval("unmask", journey, officer, chief)
    acts = Act.objects.using("intake").filter(act="record.unmask_ended")
    for number in (0, 1):
        for reader in (officer, chief):
            assert signed_in(reader).get(f"/travellers/{journey}/").status_code == 200
        assert acts.count() == number
        Approval.objects.using("intake").update(expires_at=NOW - dt.timedelta(seconds=1))
    assert (acts.get().user_id, acts.get().subject) == (officer.pk, str(journey))


def test_an_approval_that_nobody_else_allowed_opens_nothing(
    connection: psycopg.Connection[Any], home: uuid.UUID, months: MonthKeys, journey: uuid.UUID
) -> None:
    """Asked only, refused, of another kind, or none at all."""
    officer, chief = person(home, "one"), person(home, "chief")
    for one in (
        approval("unmask", journey, officer, None),
        approval("unmask", journey, officer, chief, state="refused"),
        approval("export", journey, officer, chief),
    ):
        with pytest.raises(NotAllowed, match="state"):
            unmask.open_approved(connection, old.keys(), months, one.id)
    with pytest.raises(NotAllowed, match="gone"):
        unmask.open_approved(connection, old.keys(), months, uuid.uuid4())


def test_the_vault_of_another_organisation_stays_closed(
    connection: psycopg.Connection[Any], months: MonthKeys, journey: uuid.UUID
) -> None:
    """An approval of one administration for the journey of another opens nothing."""
    stranger = old.organisation(connection)
    asked = approval("unmask", journey, person(stranger, "one"), person(stranger, "chief"))
    assert unmask.open_approved(connection, old.keys(), months, asked.id) == 0


TERMS = Terms(
    template="eu_pnr", name="EU PNR", trigger="receipt", mask_after=180, delete_after=180,
    keep_after=1825, active_from=timezone.now().date(), basis="Directive 2016/681", source="art. 12",
)  # fmt: skip


def test_a_change_of_periods_needs_a_second_person(
    connection: psycopg.Connection[Any], home: uuid.UUID
) -> None:
    """The new version counts at once for the runs; the old one stays to be read."""
    admin, dpo = person(home, "admin", "administrator"), person(home, "dpo", "dpo")
    assert periods(connection, "passenger", NOW.date()) == (180, 1825, 1825)
    asked = approval("retention", "passenger", admin, dpo, detail=detail_of(TERMS))
    alone = approval("retention", "passenger", admin, None, detail=detail_of(TERMS))
    with transaction.atomic():
        set_scope(str(home))
        profile = apply_profile(asked)
        assert (profile.version, profile.fields[0]) == (1, "names")
        assert selectors.in_force() == profile
        for wrong in (asked, alone):
            with pytest.raises(Unfit):
                apply_profile(wrong)
    assert periods(connection, "passenger", NOW.date()) == (180, 180, 1825)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"mask_after": 0}, "periods"), ({"mask_after": 200}, "periods"),
        ({"keep_after": 99_999}, "periods"), ({"template": "none"}, "template"),
        ({"active_from": "2020-01-01"}, "active_from"), ({"basis": " "}, "basis"),
        ({"retention_class": "letters"}, "class"), ({"trigger": "never"}, "trigger"),
        ({"unheard": 1}, "detail"),
    ],
)  # fmt: skip
def test_terms_that_make_no_sense_are_refused(
    connection: psycopg.Connection[Any], home: uuid.UUID, changes: dict[str, Any], code: str
) -> None:
    """A period of zero days would mask the queue; a start in the past would rewrite what was done."""
    admin, dpo = person(home, "admin"), person(home, "dpo")
    asked = approval("retention", "passenger", admin, dpo, detail={**detail_of(TERMS), **changes})
    with transaction.atomic():
        set_scope(str(home))
        with pytest.raises(Unfit) as caught:
            apply_profile(asked)
    assert code in caught.value.codes
    assert not RetentionProfile.objects.using("intake").exists()


def test_a_profile_is_never_changed(connection: psycopg.Connection[Any], home: uuid.UUID) -> None:
    """A version that was in force says for ever what counted then."""
    admin, dpo = person(home, "admin"), person(home, "dpo")
    with transaction.atomic():
        set_scope(str(home))
        apply_profile(approval("retention", "passenger", admin, dpo, detail=detail_of(TERMS)))
    with psycopg.connect(os.environ["DATABASE_URL_OWNER"], autocommit=True) as owner:
        for statement in (
            "UPDATE retention_retentionprofile SET mask_after = 1",
            "DELETE FROM retention_retentionprofile",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
                owner.execute(statement)


def test_asked_on_the_page_allowed_by_another_and_then_seen(
    connection: psycopg.Connection[Any], home: uuid.UUID, months: MonthKeys, journey: uuid.UUID
) -> None:
    """The whole way through pages: purpose and case, a second person, the worker, the traveller."""
    officer, chief = person(home, "one"), person(home, "chief", "supervisor")
    page, second = Client(), Client()
    page.force_login(officer)
    second.force_login(chief)
    address = f"/records/{journey}/unmask/"
    assert f'href="{address}"' in page.get(f"/travellers/{journey}/").content.decode()
    assert page.post(address, {"purpose": "terrorism", "why": "x" * 30}).status_code == 422
    given = {"purpose": "terrorism", "case": "T-2026-7", "why": "Named in the case by a witness."}
    assert page.post(address, given).status_code == 302
    asked = Approval.objects.using("intake").get()
    assert unmask.open_waiting(connection, old.keys(), months) == 0
    decided = f"/approvals/{asked.pk}/"
    assert page.post(decided, {"decide": "allow"}).status_code in (403, 409)
    assert second.post(decided, {"decide": "allow"}).status_code == 302
    assert unmask.open_waiting(connection, old.keys(), months) == 1
    assert "OLDNAME" in page.get(f"/travellers/{journey}/").content.decode()
    assert "OLDNAME" not in second.get(f"/travellers/{journey}/").content.decode()
    asked.refresh_from_db()
    assert asked.expires_at <= timezone.now() + unmask.LONGEST
