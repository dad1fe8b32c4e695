"""The starter pack in the demonstration: written by its analyst, approved by its supervisor, with a few
in other states, so that every page of profiles shows something. And one backtest of the day.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from vedette.travellers.starter import WATCHED, starter

#: Legal basis of the demonstration's profiles, and the places that it watches for two months.
BASIS = "Code des douanes (fictif), art. 60"
PLACES, DAYS = ("PTY",), 60
#: What is not active: waiting for the second person, in shadow mode, a mere draft, suspended.
WAITING, SHADOW, DRAFTS, SUSPENDED = ("P-025", "P-030"), "P-031", ("P-026",), "P-020"
TESTED = "P-005"
_WHY = "Pack de départ, adapté à la démonstration (fictif)."
_HEARD = "Les mineurs sont à protéger ; deux autres sortes de signes sont exigées (fictif)."


def plant(organisation: uuid.UUID, analyst: str, supervisor: str, dpo: str) -> None:
    """Makes the profiles, once; the people are named by their sign-in names."""
    from vedette.apps.profiles import actions, code_lists
    from vedette.apps.profiles.models import Profile

    if Profile.objects.using("intake").filter(organisation_id=organisation).exists():
        return
    with acting(analyst) as by:
        until = dt.date.today() + dt.timedelta(days=DAYS)
        code_lists.set_list(by, WATCHED, PLACES, "démonstration (fictif)", until)
        versions = {one.profile.ref: one for one in _drafts(by)}
        actions.shadow(by, versions[SHADOW].pk, on=True)
    with acting(dpo) as by:
        for version in versions.values():
            if version.justification:
                actions.hear(by, version.pk, agrees=True, said=_HEARD)
    with acting(analyst) as by:
        for ref, version in versions.items():
            if ref not in (SHADOW, *DRAFTS):
                actions.submit(by, version.pk, _WHY)
    _approve(supervisor, [v for r, v in versions.items() if r not in (SHADOW, *DRAFTS, *WAITING)])


def _drafts(by: Any) -> list[Any]:
    from vedette.apps.profiles import yaml_files
    from vedette.profiles.files import dump

    items = [yaml_files.yaml(f"{file.id}.yaml", dump(file)) for file in starter()]
    for item in items:
        item.fields["basis"] = BASIS
    return yaml_files.take(by, items)


def _approve(supervisor: str, versions: list[Any]) -> None:
    from vedette.apps.profiles import actions

    with acting(supervisor) as by:
        for version in versions:
            actions.allow(by, version.pk, _WHY)
            if version.profile.ref == SUSPENDED:
                actions.suspend(by, version.profile_id)


@contextmanager
def acting(username: str) -> Iterator[Any]:
    """Somebody of the demonstration at work: a transaction of the web role with their scope."""
    from django.db import transaction

    from vedette.apps.accounts.models import User
    from vedette.apps.accounts.scope import set_scope

    known = User.objects.using("intake").get(username=username)
    with transaction.atomic():
        set_scope(known)
        yield User.objects.get(pk=known.pk)


def backtest(analyst: str) -> None:
    """Asks one profile of the day's travellers, once; the worker sees to it."""
    from vedette.apps.profiles import actions
    from vedette.apps.profiles.models import Backtest, Version

    version = Version.objects.using("intake").filter(profile__ref=TESTED).first()
    if version is None or Backtest.objects.using("intake").exists():
        return
    today = dt.datetime.now(dt.UTC).date()
    with acting(analyst) as by:
        actions.ask_backtest(by, version.pk, today - dt.timedelta(days=1), today)
