"""Actions that change profiles, each in one transaction. The actions concern drafts, the approval and the end
of versions, backtests, the random control, and code lists.
"""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy

from vedette.apps import display, query
from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.actions import Asking
from vedette.apps.accounts.models import Approval, User
from vedette.apps.accounts.rules import Coded
from vedette.apps.approvals import actions as approvals
from vedette.apps.profiles import reading
from vedette.apps.profiles.models import (
    OPEN,
    UNDER_WAY,
    Backtest,
    CodeList,
    DrawLane,
    DrawRate,
    Profile,
    ShadowFire,
    Version,
    VersionEvent,
)
from vedette.apps.subjects.kinds import app_kind, app_kinds
from vedette.kinds import default, kind, vocabulary
from vedette.profiles.files import PLACEHOLDER

#: The longest duration of shadow mode.
SHADOW = dt.timedelta(days=30)
#: The longest time from the submission to the day on which a version becomes active.
LATEST = dt.timedelta(days=180)
#: The smallest number of characters of an opinion or a reason, and of a legal basis.
SHORTEST, SHORTEST_BASIS = 20, 3


class Refused(Coded):
    """The exception for an action that is refused. `code` is a key of `wording.REFUSALS`, such as `state`,
    `expired` or `findings`."""


def tell(version: Version, by: User, kind: str, **params: Any) -> None:
    """Stores an event of a version, and writes an entry in the journal."""
    VersionEvent.objects.create(
        organisation_id=version.organisation_id, version=version, by=by, kind=kind, params=params
    )
    acts.write(by, f"profile.{kind}", version.pk, profile=version.profile_id, number=version.number)


def bump(organisation: uuid.UUID, using: str = "default") -> None:
    """Increments an organisation's counter of profile changes, so that workers reload the profiles."""
    query.changed("profiles_profilestate", organisation, using)


def _lock(pk: uuid.UUID, *states: str) -> Version:
    """Locks a version and returns it. Raises `Refused` if the version's state is not in `states`. If `states`
    is empty, any state is accepted."""
    rows = Version.objects.select_for_update(of=("self",)).select_related("profile", "author")
    version = rows.get(pk=pk)
    if states and version.state not in states:
        raise Refused("state")
    return version


def _set(row: Version | Profile | Backtest, **fields: Any) -> None:
    """Sets fields of a row, and stores only these fields."""
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=list(fields))


def wrote(by: User, version: Version) -> bool:
    """Returns whether a user is the author of a version, or has ever created or changed its draft."""
    return (
        version.author_id == by.pk
        or version.events.filter(kind__in=("drafted", "changed"), by=by).exists()
    )


@transaction.atomic
def hear(by: User, pk: uuid.UUID, agrees: bool, said: str) -> None:
    """Stores the opinion of the data-protection officer on a draft or a submitted version."""
    rules.check(by, "profile.hear")
    version = _lock(pk, *OPEN)
    tell(version, by, "heard", agrees=agrees, said=_reason(said), **_heard_on(version))


def heard(version: Version) -> bool:
    """Returns whether the data-protection officer gave an opinion on the present content and the present
    justification of the version."""
    now = _heard_on(version)
    return any(now.items() <= e.params.items() for e in version.events.filter(kind="heard"))


def _heard_on(version: Version) -> dict[str, str]:
    # The query for the table of profiles computes the same hash in SQL.
    hashed = hashlib.sha256(version.justification.encode()).hexdigest()
    return {"hash": version.content_hash, "justification": hashed}


def missing(version: Version) -> list[str]:
    """Returns the codes of the requirements for submission that a version does not meet. `basis` means that
    the legal basis is missing or too short. `untested` means that there is no finished backtest of the
    present content. A backtest is required only if subjects of the profile's kind are stored.
    """
    basis = version.basis.strip().rstrip(".").casefold()
    tests = Backtest.objects.filter(
        version=version, quick=False, state=Backtest.State.DONE, content_hash=version.content_hash
    )
    lacks = {
        "basis": len(basis) < SHORTEST_BASIS or basis == PLACEHOLDER,
        "untested": not tests.exists() and app_kind(version.profile.kind).subjects().exists(),
    }
    return [code for code, lacking in lacks.items() if lacking]


@transaction.atomic
def submit(by: User, pk: uuid.UUID, why: str, start: dt.date | None = None) -> Approval:
    """Submits a draft for approval by a second person. `start` is the day, in the time zone of the workplace,
    on which the version becomes active. If `start` is None, the version becomes active immediately after its
    approval.

    Raises `Refused` if the version is not a draft, has errors in its expression, or does not meet a
    requirement (`missing`). Also raises `Refused` if the version uses restricted columns and the
    data-protection officer gave no opinion. Raises `ValueError` in the same cases as `approvals.ask`. A
    database trigger (`apps/sql/profiles.sql`) prevents changes of a submitted version.
    """
    rules.check(by, "profile.write")
    version = _lock(pk, Version.State.DRAFT)
    if reading.of(version, heard(version)).grave:
        raise Refused("findings")
    for code in missing(version):
        raise Refused(code)
    today = timezone.localdate()
    if start is not None and not today <= start <= today + LATEST:
        raise Refused("start")
    _set(version, state=Version.State.ASKED)
    approval = approvals.ask(
        by, Approval.Kind.PROFILE, version.pk, version.purpose, why,
        detail={
            "name": f"{version.profile.ref} · {version.number}", "basis": version.basis,
            "active_from": start.isoformat() if start is not None else "",
        },
    )  # fmt: skip
    tell(version, by, "asked", approval=str(approval.pk))
    return approval


def carry(approval: Approval) -> None:
    """Carries out the approval of a version. The version becomes active and the previous version ends, either
    immediately or on the requested day.

    Raises `approvals.Refused` with the code `own` if the second person wrote a part of the version. The code
    is also `own` if the second person suspended the profile, because the approval would resume the profile.
    The code is `gone` if the version was withdrawn or its expression can no longer be parsed.
    """
    version = _lock(uuid.UUID(approval.subject))
    by = approval.decided_by
    assert by is not None  # noqa: S101  set when it is approved
    if wrote(by, version) or suspended_by(by, version.profile):
        raise approvals.Refused("own")
    if version.state != Version.State.ASKED or reading.of(version).error is not None:
        raise approvals.Refused("gone")
    now = timezone.now()
    begins = begin_of(approval, now)
    # If the profile is suspended, the previous version ends now, because the approval resumes the profile and
    # the previous version must not become active again.
    ends = now if version.profile.suspended_at else begins
    for other in Version.objects.filter(profile=version.profile, state=Version.State.ACTIVE):
        _end(other, by, ends)
    until = in_months(begins, version.months)
    _set(
        version, state=Version.State.ACTIVE, approved_by=by, active_from=begins, active_until=until,
        shadow_until=now if version.shadow_from else None, screen_stored=True,
    )  # fmt: skip
    told = {"start": timezone.localdate(begins).isoformat()} if begins > now else {}
    tell(version, by, "activated", until=timezone.localdate(until).isoformat(), **told)
    if version.profile.suspended_at:
        _set(version.profile, suspended_at=None, suspended_by=None)
        tell(version, by, "resumed")
    bump(version.organisation_id)


def begin_of(approval: Approval, now: dt.datetime) -> dt.datetime:
    """Returns the time at which a version becomes active if it is approved at the time `now`. The returned
    time is `now` or the start of the requested day, whichever is later.
    """
    asked = approval.detail.get("active_from")
    if not asked:
        return now
    return max(now, display.midnight(dt.date.fromisoformat(asked)))


def in_months(now: dt.datetime, months: int) -> dt.datetime:
    """Adds a number of months to a time. If the resulting month has no such day, returns the last day of this
    month.
    """
    year, month = divmod(now.year * 12 + now.month - 1 + months, 12)
    day = min(now.day, calendar.monthrange(year, month + 1)[1])
    return now.replace(year=year, month=month + 1, day=day)


def _end(version: Version, by: User, at: dt.datetime) -> None:
    _set(version, state=Version.State.ENDED, ended_at=at)
    later = {"on": timezone.localdate(at).isoformat()} if at > timezone.now() else {}
    tell(version, by, "ended", **later)


@transaction.atomic
def take_back(by: User, pk: uuid.UUID) -> Version:
    """Makes a submitted version a draft again. The author may withdraw the submitted version, and the second
    person may return the version for a correction.
    """
    version = _lock(pk)
    rules.check(by, "profile.write" if wrote(by, version) else "profile.approve")
    if version.state != Version.State.ASKED:
        raise Refused("state")
    _asked(version).update(state=Approval.State.EXPIRED)
    _set(version, state=Version.State.DRAFT)
    tell(version, by, "taken_back")
    return version


@transaction.atomic
def suspend(by: User, profile: uuid.UUID) -> Profile:
    """Suspends a profile immediately, without a second person. The existing hits of the profile are
    kept."""
    rules.check(by, "profile.suspend")
    found = Profile.objects.select_for_update().get(pk=profile)
    if found.suspended_at is None:
        _set(found, suspended_at=timezone.now(), suspended_by=by)
        for version in found.versions.filter(state=Version.State.ACTIVE):
            tell(version, by, "suspended")
        bump(found.organisation_id)
    return found


def suspended_by(by: User, profile: Profile) -> bool:
    """Returns whether this user suspended the profile. If this user suspended the profile, another
    user must resume it."""
    return profile.suspended_at is not None and profile.suspended_by_id == by.pk


@transaction.atomic
def resume(by: User, profile: uuid.UUID) -> Profile:
    """Resumes a suspended profile. Raises `Refused` if the same user suspended the profile."""
    rules.check(by, "profile.approve")
    found = Profile.objects.select_for_update().get(pk=profile)
    if found.suspended_at is None:
        return found
    if suspended_by(by, found):
        raise Refused("own")
    _set(found, suspended_at=None, suspended_by=None)
    for version in found.versions.filter(state=Version.State.ACTIVE):
        tell(version, by, "resumed")
    # A version that stays active until the next version begins already has an end time.
    found.versions.filter(
        Q(ended_at=None) | Q(ended_at__gt=timezone.now()), active_from__isnull=False
    ).update(screen_stored=True)
    bump(found.organisation_id)
    return found


@transaction.atomic
def end(by: User, pk: uuid.UUID) -> Version:
    """Ends an active version permanently."""
    rules.check(by, "profile.suspend")
    version = _lock(pk, Version.State.ACTIVE)
    _end(version, by, timezone.now())
    bump(version.organisation_id)
    return version


@transaction.atomic
def shadow(by: User, pk: uuid.UUID, on: bool) -> Version:
    """Starts or ends shadow mode of a draft or a submitted version. In shadow mode, the version is evaluated
    like active profiles for at most `SHADOW`, but raises no hits."""
    rules.check(by, "profile.write")
    version, now = _lock(pk, *OPEN), timezone.now()
    if on:
        if reading.of(version).error is not None:
            raise Refused("findings")
        _set(version, shadow_from=now, shadow_until=now + SHADOW)
    else:
        _set(version, shadow_until=now)
    tell(version, by, "shadow_on" if on else "shadow_off")
    bump(version.organisation_id)
    return version


def expire(using: str, now: dt.datetime, asking: Asking) -> int:
    """Ends active versions whose last day has passed, and returns the number of these versions. Housekeeping
    calls this function.
    """
    active = Version.objects.using(using).filter(state=Version.State.ACTIVE)
    over = active.filter(active_until__lte=now).order_by()
    ended = 0
    for home in set(over.values_list("organisation", flat=True)):
        mine = active.filter(organisation=home)
        count = mine.filter(active_until__lte=now).count()
        with asking("profiles", home, count, mine.count()) as as_of:
            if as_of is not None:
                ended += _expire(using, home, as_of, now)
    return ended


def _expire(using: str, home: uuid.UUID, as_of: dt.datetime, now: dt.datetime) -> int:
    with transaction.atomic(using=using):
        rows = Version.objects.using(using).filter(organisation=home, state=Version.State.ACTIVE)
        rows = rows.select_for_update(of=("self",), skip_locked=True)
        ended = list(rows.filter(active_until__lte=as_of))
        for version in ended:
            version.state, version.ended_at = Version.State.ENDED, now
            version.save(update_fields=["state", "ended_at"])
            VersionEvent.objects.using(using).create(
                organisation_id=version.organisation_id, version=version, kind="expired"
            )
            bump(version.organisation_id, using)
    return len(ended)


#: The largest number of characters of a reason that are stored.
LONGEST = 2000


def _asked(version: Version) -> QuerySet[Approval]:
    return Approval.objects.filter(
        kind=Approval.Kind.PROFILE, subject=str(version.pk), state=Approval.State.ASKED
    )


def waiting(version: Version) -> Approval | None:
    """Returns the pending request for the approval of a version, or None if the request expired or was
    refused.
    """
    return _asked(version).order_by("-asked_at").first()


@transaction.atomic
def allow(by: User, pk: uuid.UUID, why: str) -> Version:
    """Approves a submitted version.

    Raises `approvals.Refused` in the same cases as `approvals.decide`. Raises `Refused` with the code
    `expired` if the request for approval has expired. The code is `state` if the version no longer waits for
    approval. Raises `ValueError` if the reason is too short.
    """
    rules.check(by, "profile.approve")
    said = _reason(why)
    version = Version.objects.select_related("profile").get(pk=pk)
    approval = waiting(version)
    if version.state != Version.State.ASKED:
        raise Refused("state")
    if approval is None or approval.expires_at <= timezone.now():
        raise Refused("expired")
    approvals.decide(by, approval.pk, allow=True)
    tell(version, by, "allowed", said=said)
    version.refresh_from_db()
    return version


@transaction.atomic
def correct(by: User, pk: uuid.UUID, why: str) -> Version:
    """Requests a correction of a submitted version, which becomes a draft again. Raises the same exceptions
    as `allow`, except `Refused` with the code `expired`."""
    rules.check(by, "profile.approve")
    said = _reason(why)
    version = Version.objects.select_related("profile").get(pk=pk)
    if wrote(by, version):
        raise approvals.Refused("own")
    version = take_back(by, pk)
    tell(version, by, "refused", said=said)
    return version


def _reason(why: str) -> str:
    if len(why.strip()) < SHORTEST:
        raise ValueError("a text of at least 20 characters is needed")
    return why.strip()[:LONGEST]


#: The fields of a version that its author sets.
FIELDS = (
    "title", "expression", "parameters", "weight", "theme", "purpose", "basis",
    "source", "indicators", "justification", "note_for", "note_against", "floor", "months", "lane",
    "share",
)  # fmt: skip


def content_hash(fields: Mapping[str, Any]) -> str:
    """Returns the hash of the content of a version. Each reason, backtest and opinion stores a content hash
    and applies only to the content with this hash.
    """
    asked = [fields["expression"].strip(), fields.get("parameters") or {}, fields["weight"]]
    if fields.get("lane"):
        asked += [fields["lane"], fields.get("share", 100.0)]
    return hashlib.sha256(msgspec.json.encode(asked, order="deterministic")).hexdigest()


@transaction.atomic
def begin_draft(
    by: User, fields: Mapping[str, Any], ref: str = "", example: bool = False
) -> Version:
    """Creates a profile with its first draft. Without `ref`, the profile gets the next free reference, such
    as P-001."""
    rules.check(by, "profile.write")
    assert by.organisation_id is not None  # noqa: S101  the rule requires it
    profile = Profile.objects.create(
        organisation_id=by.organisation_id, kind=fields.get("kind") or default(), example=example,
        ref=ref or _next_ref(by.organisation_id),
    )  # fmt: skip
    return _new_draft(by, profile, fields, 1)


def _next_ref(organisation: uuid.UUID) -> str:
    # `bump` locks a row of the organisation until the end of the transaction, so that two profiles do not get
    # the same reference.
    bump(organisation)
    taken = Profile.objects.filter(ref__regex=r"^P-[0-9]+$").values_list("ref", flat=True)
    return f"P-{max((int(ref[2:]) for ref in taken), default=0) + 1:03d}"


def themes_for(by: User, of: str) -> list[str]:
    """Returns the themes that a user may give to a profile of a kind of subject. The result contains the
    themes of the kind that the user also has. A user who has none of these themes may use only the first
    theme of the kind."""
    themes = kind(of).themes
    return [theme for theme in themes if theme in by.themes] or [themes[0]]


def _new_draft(by: User, profile: Profile, fields: Mapping[str, Any], number: int) -> Version:
    given = {name: fields[name] for name in FIELDS if name in fields}
    # The author must see the profile, so its theme is one of the author's.
    own = themes_for(by, profile.kind)
    given["theme"] = fields["theme"] if fields.get("theme") in own else own[0]
    version = Version.objects.create(
        organisation_id=profile.organisation_id, profile=profile, number=number, author=by,
        content_hash=content_hash(given), vocabulary=vocabulary(profile.kind).version, **given,
    )  # fmt: skip
    tell(version, by, "drafted")
    return version


@transaction.atomic
def change_draft(by: User, pk: uuid.UUID, fields: Mapping[str, Any]) -> Version:
    """Changes a draft, and makes the user its author. If the content changes, shadow mode ends and its counts
    are deleted, because they belong to the previous content."""
    rules.check(by, "profile.write")
    version = _lock(pk, Version.State.DRAFT)
    for name in FIELDS:
        if name == "theme" and fields.get("theme") not in themes_for(by, version.profile.kind):
            continue
        if name in fields:
            setattr(version, name, fields[name])
    now_asked = content_hash({name: getattr(version, name) for name in FIELDS})
    if now_asked != version.content_hash and version.shadow_from is not None:
        version.shadow_from = version.shadow_until = None
        ShadowFire.objects.filter(version=version).delete()
        bump(version.organisation_id)
    version.content_hash, version.author = now_asked, by
    version.vocabulary = vocabulary(version.profile.kind).version
    version.save()
    tell(version, by, "changed")
    return version


@transaction.atomic
def new_version(by: User, profile: uuid.UUID) -> Version:
    """Creates a draft as a copy of the latest version. If the profile already has a draft or a submitted
    version, returns that version instead."""
    rules.check(by, "profile.write")
    found = Profile.objects.select_for_update().get(pk=profile)
    latest = found.versions.order_by("-number").first()
    if latest is None:
        raise Refused("state")
    if latest.state in OPEN:
        return latest
    copied = {name: getattr(latest, name) for name in FIELDS}
    return _new_draft(by, found, copied, latest.number + 1)


@transaction.atomic
def discard_draft(by: User, pk: uuid.UUID) -> None:
    """Discards a draft that was never submitted. The draft stays in the history of the profile."""
    rules.check(by, "profile.write")
    version = _lock(pk, Version.State.DRAFT)
    if version.events.filter(kind="asked").exists():
        raise Refused("state")
    acts.write(
        by, "profile.thrown_away", version.pk, profile=version.profile_id, number=version.number
    )
    _set(version, state=Version.State.ENDED, ended_at=timezone.now())


#: The number of days that a quick count covers. A quick count reads only the latest rows of these days.
COUNTED = 30
#: The largest age at which an earlier count is shown again instead of a new count.
FRESH = dt.timedelta(minutes=10)
#: The largest number of waiting backtests of one user.
MOST_WAITING = 5


@transaction.atomic
def ask_backtest(by: User, pk: uuid.UUID, first: dt.date, last: dt.date) -> Backtest:
    """Requests a backtest of a version from the first day to the last day, inclusive. If the same backtest is
    already waiting or running, returns that backtest.

    Raises `Refused` with the code `state` if the version ended before it was active. The code is `busy` if
    the user already has `MOST_WAITING` waiting backtests.
    """
    rules.check(by, "profile.write")
    version = Version.objects.select_related("profile").get(pk=pk)
    if version.state == Version.State.ENDED and version.active_from is None:
        raise Refused("state")
    waiting = Backtest.objects.filter(quick=False, state__in=UNDER_WAY)
    wanted = {
        "version": version, "content_hash": version.content_hash, "first_day": first, "last_day": last
    }  # fmt: skip
    if (same := waiting.filter(**wanted).first()) is not None:
        return same
    if waiting.filter(asked_by=by).count() >= MOST_WAITING:
        raise Refused("busy")
    made = Backtest.objects.create(
        organisation_id=version.organisation_id, kind=version.profile.kind, asked_by=by,
        expression=version.expression, parameters=version.parameters, **wanted,
    )  # fmt: skip
    tell(version, by, "tested", backtest=str(made.pk))
    return made


@transaction.atomic
def count_matches(by: User, kind: str, expression: str, parameters: Mapping[str, Any]) -> Backtest:
    """Requests a quick count: a backtest that only counts the recent subjects that match an expression. The
    expression must be valid.

    If the user has a recent count (`FRESH`) of the same expression, returns this count. If no recent count
    belongs to the present form, the function stops the user's other unfinished quick counts, which belong to
    an earlier state of the form.
    """
    rules.check(by, "profile.write")
    assert by.organisation_id is not None  # noqa: S101  the rule requires it
    hash_ = content_hash({"expression": expression, "parameters": dict(parameters), "weight": 0})
    today = timezone.now().date()
    mine = Backtest.objects.filter(asked_by=by, quick=True)
    known = mine.filter(
        kind=kind, content_hash=hash_, last_day=today, asked_at__gt=timezone.now() - FRESH,
        state__in=(*UNDER_WAY, Backtest.State.DONE),
    )  # fmt: skip
    if (found := known.order_by("-asked_at").first()) is not None:
        return found
    mine.filter(state__in=UNDER_WAY).update(
        state=Backtest.State.CANCELLED, finished_at=timezone.now()
    )
    made = Backtest.objects.create(
        organisation_id=by.organisation_id, quick=True, kind=kind, expression=expression,
        parameters=dict(parameters), content_hash=hash_, asked_by=by,
        first_day=today - dt.timedelta(days=COUNTED), last_day=today,
    )  # fmt: skip
    acts.write(by, "profile.counted", made.pk)
    return made


@transaction.atomic
def cancel_backtest(by: User, pk: uuid.UUID) -> Backtest:
    """Stops a backtest that is not finished."""
    rules.check(by, "profile.write")
    found = Backtest.objects.select_for_update().get(pk=pk)
    if found.state in UNDER_WAY:
        _set(found, state=Backtest.State.CANCELLED, finished_at=timezone.now())
        acts.write(by, "profile.test_stopped", found.pk)
    return found


#: The lanes for goods. No subject is drawn at random on these lanes until a kind of subject lists them
#: (`AppKind.lanes`).
_GOODS: dict[str, Any] = {
    "red": gettext_lazy("Red: physical control of goods"),
    "yellow": gettext_lazy("Yellow: documentary check"),
    "green": gettext_lazy("Green: released"),
    "blue": gettext_lazy("Blue: control after the release of the goods"),
}


def used() -> dict[str, tuple[Any, Any]]:
    """Returns the lanes (channels of customs clearance) that have a random control. Each key of the result is
    the name of a lane, and each value is the label and the explanation of the lane.
    """
    return {name: about for kind in app_kinds() for name, about in kind.lanes.items()}


def lanes() -> dict[str, Any]:
    """Returns the label of every lane by the name of the lane, in the order of the page."""
    return {name: label for name, (label, _) in used().items()} | _GOODS


@transaction.atomic
def set_lane(by: User, lane: str, rate: float, basis: str) -> DrawLane:
    """Sets the rate of the random control on a lane (channel of customs clearance). The rate is the share (0
    to 1) of subjects that are selected at random. Also sets the legal basis of the random control on this
    lane.

    Raises `ValueError` if the lane is unknown or the rate is not between 0 and 1. Also raises `ValueError` if
    the rate is above 0 and the legal basis is missing.
    """
    rules.check(by, "profile.write")
    assert by.organisation_id is not None  # noqa: S101  the rule requires it
    basis = basis.strip()[:300]
    if lane not in lanes() or not 0 <= rate <= 1 or (rate > 0 and len(basis) < 3):
        raise ValueError("unknown lane, rate not from 0 to 1, or no legal basis")
    found, _ = DrawLane.objects.update_or_create(
        organisation_id=by.organisation_id, lane=lane, defaults={"rate": rate, "basis": basis}
    )
    DrawRate.objects.create(
        organisation_id=by.organisation_id, lane=lane, rate=rate, basis=basis, by=by
    )
    acts.write(by, "draw.lane_set", found.pk, lane=lane, rate=rate)
    return found


# --- code lists ----------------------------------------------------------------------------------
# If submitted or active versions depend on a code list, a change of this list needs the approval of a second
# person. Each change is recorded in the history of every version that names the list.

#: The largest number of added codes, and of removed codes, that are shown to the second person.
CODES_SHOWN = 60


def stands(name: str) -> int:
    """Returns the number of versions that depend on the present content of a code list. The counted versions
    are active versions, submitted versions, and versions on which the data-protection officer gave an
    opinion."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT vedette_list_stands(%s)", [name])
        return int(cursor.fetchone()[0])


def _put_list(
    by: User, name: str, codes: Sequence[str], source: str, until: dt.date | None
) -> CodeList:  # fmt: skip
    """Stores a code list, and records the change in the history of the versions that use the list."""
    assert by.organisation_id is not None  # noqa: S101  the right requires it
    before = CodeList.objects.filter(name=name).first()
    found, _ = CodeList.objects.update_or_create(
        organisation_id=by.organisation_id, name=name,
        defaults={"codes": list(codes), "source": source, "until": until},
    )  # fmt: skip
    acts.write(by, "profile.list_set", found.pk, codes=len(codes))
    if before is None or _list_hash(before) != _list_hash(found):
        had = set(before.codes) if before is not None else set()
        told = {"list": name, "added": len(set(codes) - had), "removed": len(had - set(codes))}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT vedette_list_changed(%s, %s, %s::jsonb)", [name, by.pk, json.dumps(told)]
            )
    bump(found.organisation_id)
    return found


def _ask_list(
    by: User, known: CodeList, codes: Sequence[str], source: str, until: dt.date | None, why: str
) -> Approval:
    """Requests the approval of a change of a code list. Raises `ValueError` in the same cases as
    `approvals.ask`."""
    had, given = set(known.codes), set(codes)
    return approvals.ask(
        by, Approval.Kind.CODES, known.pk, by.purposes[0] if by.purposes else "", why,
        detail={
            "list": known.name, "uses": stands(known.name),
            "added": _shown_codes([code for code in codes if code not in had]),
            "removed": _shown_codes([code for code in known.codes if code not in given]),
            "until": until.isoformat() if until else "",
            "source": source, "codes": list(codes), "was": _list_hash(known),
        },
    )  # fmt: skip


def carry_list(approval: Approval) -> None:
    """Carries out an approved change of a code list. Raises `approvals.Refused` with the code `gone` if the
    list was changed after the request."""
    known = CodeList.objects.select_for_update().filter(pk=approval.subject).first()
    asked, by = approval.detail, approval.decided_by
    if known is None or by is None or _list_hash(known) != asked["was"]:
        raise approvals.Refused("gone")
    until = dt.date.fromisoformat(asked["until"]) if asked["until"] else None
    _put_list(by, known.name, asked["codes"], asked["source"], until)


def _list_hash(known: CodeList) -> str:
    said = "\n".join([*sorted(known.codes), str(known.until or "")])
    return hashlib.sha256(said.encode()).hexdigest()


def _shown_codes(codes: Sequence[str]) -> str:
    more = f" … (+{len(codes) - CODES_SHOWN})" if len(codes) > CODES_SHOWN else ""
    return " ".join(codes[:CODES_SHOWN]) + more


@transaction.atomic
def set_list(
    by: User, name: str, codes: Sequence[str], source: str = "", until: Any = None, why: str = ""
) -> CodeList | Approval:
    """Creates or changes a code list, and returns the list. Profiles use the changed list immediately. If
    versions depend on the content of the code list, only requests the approval of the change, and returns
    this request.

    Raises `ValueError` if an approval is needed and the reason `why` is too short.
    """
    rules.check(by, "profile.write")
    kept = list(dict.fromkeys(code.strip().upper() for code in codes if code.strip()))
    known = CodeList.objects.select_for_update().filter(name=name).first()
    # The order of the codes and the source have no effect on the results of profiles.
    changes = known is not None and (set(known.codes) != set(kept) or known.until != until)
    if known is not None and changes and stands(name):
        return _ask_list(by, known, kept, source, until, why)
    return _put_list(by, name, kept, source, until)
