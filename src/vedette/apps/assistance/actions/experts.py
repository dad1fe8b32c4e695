"""Experts: the user's own profile, the accreditation by the provider, and the proposals of experts for a
mission.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from django.db import transaction

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.assistance.actions.common import Refused, day, guarded, person, text
from vedette.apps.assistance.models import Assignment, Expert, Theme
from vedette.apps.assistance.selectors.requests import home, providers
from vedette.apps.enforcement.selectors.controls import now
from vedette.assistance.experts import Expert as Entry
from vedette.assistance.experts import Period

#: Languages in which a mission is held.
LANGUAGES = ("en", "fr", "es", "ar")


def _codes(typed: str, length: int) -> list[str]:
    found = [one.strip().upper() for one in typed.split(",") if one.strip()]
    if len(found) > 50 or any(
        not (len(one) == length and one.isascii() and one.isalpha()) for one in found
    ):
        raise Refused("country", "conflicts")
    return sorted(set(found))


@transaction.atomic
def save_profile(by: User, given: Mapping[str, str], lists: Mapping[str, Sequence[str]]) -> Expert:
    """Stores the user's own profile in the roster of a provider. A new profile has the lowest state of
    accreditation. Raises `Refused`.
    """
    rules.check(by, "assistance.work")
    one = Expert.objects.filter(user_id=by.pk).first()
    regions = [part.strip()[:40] for part in given.get("regions", "").split(",") if part.strip()]
    first = day(given.get("first", ""), "first", required=False)
    last = day(given.get("last", ""), "last", required=False)
    if (first is None) != (last is None) or (first and last and last < first):
        raise Refused("order_of_days", "last")
    values = {
        "name": person(by),
        "member": "".join(_codes(given.get("member", ""), 2)[:1]),
        "themes": [code for code in Theme.values if code in lists.get("themes", ())],
        "languages": [code for code in LANGUAGES if code in lists.get("languages", ())],
        "regions": regions[:20],
        "conflicts": _codes(given.get("conflicts", ""), 2),
        "available": [[first.isoformat(), last.isoformat()]] if first and last else [],
        "at": now(),
    }
    if not values["themes"] or not values["languages"]:
        raise Refused("missing", "themes")
    if one is None:
        provider = _provider(given.get("provider", ""))
        one = Expert(organisation_id=home(by), provider_id=provider, user_id=by.pk, **values)
        with guarded():
            one.save(force_insert=True)
    else:
        with guarded():
            Expert.objects.filter(pk=one.pk).update(**values)
    acts.write(by, "expert.profile", one.pk)
    return one


def _provider(typed: str) -> uuid.UUID:
    known = {str(id_): id_ for id_, _ in providers()}
    if typed not in known:
        raise Refused("missing", "provider")
    return known[typed]


@transaction.atomic
def accredit(by: User, expert: uuid.UUID, state: str, until: str, reason: str) -> None:
    """Sets the accreditation of an expert, and the last day on which the accreditation is valid. Only the
    provider can do this. Nobody can set his or her own accreditation. Raises `Refused`.
    """
    rules.check(by, "assistance.coordinate")
    one = Expert.objects.get(pk=expert)
    if one.provider_id != by.organisation_id:
        raise Refused("role")
    if one.user_id == by.pk:
        raise Refused("own")
    if state not in Expert.State.values:
        raise Refused("missing", "state")
    text(reason, 300, "reason", required=True)
    with guarded():
        Expert.objects.filter(pk=one.pk).update(
            state=state, state_until=day(until, "until"), referees=[*one.referees[-20:], by.pk],
            at=now(),
        )  # fmt: skip
    acts.write(by, "expert.accredit", one.pk, words={"why": reason}, state=state)


def roster(rows: Sequence[Expert]) -> list[Entry]:
    """Returns the profiles in the form that the matching of experts requires. `engaged` contains the days of
    the missions in which the expert has a role.
    """
    ids = [row.user_id for row in rows]
    engaged: dict[uuid.UUID, list[Period]] = {}
    for user, begin, end in Assignment.objects.filter(user_id__in=ids).values_list(
        "user_id", "request__mission__first", "request__mission__last"
    ):
        if begin and end:
            engaged.setdefault(user, []).append(Period(begin, end))
    return [
        Entry(
            id=str(row.pk), member=row.member, themes=tuple(row.themes), languages=tuple(row.languages),
            regions=tuple(row.regions), state=row.state, state_until=row.state_until,
            conflicts=tuple(row.conflicts),
            available=tuple(Period(*map(dt.date.fromisoformat, pair)) for pair in row.available),
            engaged=tuple(engaged.get(row.user_id, ())),
            referees=tuple(str(row.pk) if one == row.user_id else str(one) for one in row.referees),
        )
        for row in rows
    ]  # fmt: skip
