"""At which account somebody was refused, and who reads of it: the account by id, never what was typed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import psycopg
from django.db import transaction
from django.test import Client
from django.utils import timezone
from tests.apps.journal.scene import signed_in
from tests.clock import at_once

from vedette.apps.accounts.acts import refused
from vedette.apps.accounts.rules import set_scope

if TYPE_CHECKING:
    from vedette.apps.accounts.models import Act, User


def _acts(what: str) -> list[Act]:
    from vedette.apps.accounts.models import Act

    return list(Act.objects.using("intake").filter(act=what).order_by("id"))


def _watcher(of: User, kind: str = "administration") -> User:
    """An auditor of the user's organisation, or of another of that kind."""
    from vedette.apps.accounts.models import Organisation, User

    home = of.organisation
    if kind != "administration":
        home = Organisation.objects.using("intake").create(name=kind, kind=kind, country="FR")
    made = User.objects.using("intake").create(
        username=f"auditor.{kind}", role="auditor", organisation=home
    )
    return User.objects.get(pk=made.pk)


def test_a_failed_sign_in_belongs_to_the_account(user: User) -> None:
    """A name that is one's, however it is written, and one that is nobody's: the same answer outside,
    another act inside."""
    answers = [
        Client().post("/login/", {"username": name, "password": "wrong wrong"})
        for name in ("M.Sarr", "somebody.else")
    ]
    assert [a.status_code for a in answers] == [422, 422]
    known, unknown = _acts("account.sign_in_failed")
    assert (known.organisation_id, known.subject) == (user.organisation_id, str(user.pk))
    assert (unknown.organisation_id, unknown.subject) == (None, "")
    assert {known.user_id, unknown.user_id} == {None}
    assert "somebody" not in str([vars(known), vars(unknown)])


def test_a_token_that_ended_is_told_of_its_owner(user: User) -> None:
    """One that never was is nobody's."""
    from vedette.apps.accounts import actions
    from vedette.apps.accounts.models import ApiToken

    value = "vedette_" + "a" * 43
    ApiToken.objects.using("intake").create(
        user=user, name="x", digest=actions.digest(value), rights=["record.see"],
        expires_at=timezone.now() - dt.timedelta(days=1),
    )  # fmt: skip
    for token in (value, "vedette_" + "b" * 43):
        Client().get("/api/queue", headers={"Authorization": f"Bearer {token}"})
    assert [(a.organisation_id, a.subject) for a in _acts("token.refused")] == [
        (user.organisation_id, str(user.pk)), (None, ""),
    ]  # fmt: skip


def test_a_flood_is_counted_at_each_account(user: User, boss: User) -> None:
    """Two acts a minute and account, however many; the second with the number, where it belongs."""
    from vedette.apps.accounts.actions import keep_accounts
    from vedette.apps.accounts.models import Refusal

    for who in (user, boss, None) * 20:
        refused("account.locked_out", who)
    Refusal.objects.update(minute=timezone.now() - dt.timedelta(minutes=2))
    keep_accounts("intake", timezone.now(), at_once)
    found = _acts("account.locked_out")
    assert len(found) == 6
    assert {(a.subject, a.organisation_id, a.detail["count"]) for a in found[3:]} == {
        (str(user.pk), user.organisation_id, 19),
        (str(boss.pk), user.organisation_id, 19),
        ("", None, 19),
    }


def test_who_watches_over_the_administration_reads_of_them(user: User) -> None:
    """Those of its accounts, and those of no account; a partner agency's auditor of neither, by page
    or by SQL."""
    from vedette.apps.accounts.models import Act

    Client().post("/login/", {"username": "m.sarr", "password": "wrong wrong"})
    Client().post("/login/", {"username": "nobody", "password": "wrong wrong"})
    for kind, number in (("administration", 2), ("partner", 0)):
        watcher = _watcher(user, kind)
        page = signed_in(watcher).get("/journal/?what=account.sign_in_failed")
        assert [row["act"].subject for row in page.context["acts"]] == ["", str(user.pk)][:number]
        with transaction.atomic():
            set_scope(watcher)
            assert Act.objects.filter(act="account.sign_in_failed").count() == number


def test_monitoring_counts_them_wherever_they_belong(user: User, database: str) -> None:
    """Somebody who tries passwords shows in the figures, whether the names exist or not."""
    Client().post("/login/", {"username": "m.sarr", "password": "wrong wrong"})
    Client().post("/login/", {"username": "nobody", "password": "wrong wrong"})
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT label, value FROM vedette_figures() WHERE figure = 'refusals_hour'"
        ).fetchall()
    assert rows == [("account.sign_in_failed", 2.0)]
