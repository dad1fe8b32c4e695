"""Changes of profiles, each in one transaction: drafts, the life of a version, backtests, random control."""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Approval, User
from vedette.apps.approvals import actions as approvals
from vedette.apps.profiles import reading
from vedette.apps.profiles.models import (
    Backtest,
    DrawLane,
    DrawRate,
    Profile,
    ShadowFire,
    Version,
    VersionEvent,
)
from vedette.apps.profiles.state import bump
from vedette.apps.subjects.kinds import app_kind, app_kinds
from vedette.kinds import default, vocabulary
from vedette.profiles.files import PLACEHOLDER

#: Longest that a draft may run in shadow mode at a time.
SHADOW = dt.timedelta(days=30)
#: Furthest ahead that a version may begin.
LATEST = dt.timedelta(days=180)
#: Fewest characters of an opinion, and of a legal basis.
SHORTEST, SHORTEST_BASIS = 20, 3


class Refused(Exception):
    """It may not be done. `code`: state, expired, findings, basis, untested, start, heard, own, suspended."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def tell(version: Version, by: User | None, kind: str, **params: Any) -> None:
    """The event of a version's life, and the act."""
    VersionEvent.objects.create(
        organisation_id=version.organisation_id, version=version, by=by, kind=kind, params=params
    )
    if by is not None:
        acts.write(
            by, f"profile.{kind}", version.pk, profile=version.profile_id, number=version.number
        )


def _lock(pk: uuid.UUID) -> Version:
    rows = Version.objects.select_for_update(of=("self",)).select_related("profile", "author")
    return rows.get(pk=pk)


def wrote(by: User, version: Version) -> bool:
    """Whether somebody wrote any of this version: its author, or anybody who drafted or changed it."""
    written = version.events.filter(kind__in=("drafted", "changed"), by=by)
    return version.author_id == by.pk or written.exists()


@transaction.atomic
def hear(by: User, pk: uuid.UUID, agrees: bool, said: str) -> None:
    """The data-protection officer's opinion on a draft that rests on restricted grounds."""
    rules.check(by, "profile.hear")
    version = _lock(pk)
    if version.state not in (Version.State.DRAFT, Version.State.ASKED):
        raise Refused("state")
    if len(said.strip()) < SHORTEST:
        raise ValueError("an opinion has at least 20 characters")
    tell(version, by, "heard", agrees=agrees, said=said.strip()[:2000], **_heard_on(version))


def heard(version: Version) -> bool:
    """Whether the data-protection officer was heard on what the version says now, and on why it is said
    to need restricted grounds."""
    now = _heard_on(version)
    return any(now.items() <= e.params.items() for e in version.events.filter(kind="heard"))


def _heard_on(version: Version) -> dict[str, str]:
    return {"hash": version.content_hash, "justification": text_hash(version.justification)}


def text_hash(text: str) -> str:
    """SHA-256 of a text, as the table of profiles makes it in SQL."""
    return hashlib.sha256(text.encode()).hexdigest()


def missing(version: Version) -> list[str]:
    """What a version lacks before a second person is asked: `basis`, the law it rests on; `untested`, a
    finished backtest of exactly what it asks now, where there is anybody to ask it of."""
    lacks = []
    basis = version.basis.strip().rstrip(".").casefold()
    if len(basis) < SHORTEST_BASIS or basis == PLACEHOLDER:
        lacks.append("basis")
    tests = Backtest.objects.filter(
        version=version, quick=False, state=Backtest.State.DONE, content_hash=version.content_hash
    )
    if not tests.exists() and app_kind(version.profile.kind).subjects().exists():
        lacks.append("untested")
    return lacks


@transaction.atomic
def submit(by: User, pk: uuid.UUID, why: str, start: dt.date | None = None) -> Approval:
    """Asks for a second person; `start`: the day (UTC) from which it is to run, where that is not at once.
    Raises `Refused` where the expression has errors, restricted grounds
    were not heard, something is `missing`, or it is no draft; `ValueError` as `approvals.ask`."""
    rules.check(by, "profile.write")
    version = _lock(pk)
    if version.state != Version.State.DRAFT:
        raise Refused("state")
    if reading.of(version, heard(version)).grave:
        raise Refused("findings")
    for code in missing(version):
        raise Refused(code)
    today = timezone.now().date()
    if start is not None and not today <= start <= today + LATEST:
        raise Refused("start")
    version.state = Version.State.ASKED
    version.save(update_fields=["state"])
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
    """What an allowed approval does: the version becomes the active one, the one before ends; both on the
    day that was asked for, where it is still to come.

    Raises `approvals.Refused`: `own` where the second person wrote any of it, or suspended the profile,
    which this lets run again; `gone` where it was taken back or does not read any more.
    """
    version = _lock(uuid.UUID(approval.subject))
    by = approval.decided_by
    assert by is not None  # noqa: S101  allowed by somebody
    if wrote(by, version) or suspended_by(by, version.profile):
        raise approvals.Refused("own")
    if version.state != Version.State.ASKED or reading.of(version).error is not None:
        raise approvals.Refused("gone")
    now = timezone.now()
    begins = begin_of(approval, now)
    # What was suspended does not run again until then.
    ends = now if version.profile.suspended_at else begins
    for other in Version.objects.filter(profile=version.profile, state=Version.State.ACTIVE):
        _end(other, by, "ended", ends)
    version.state, version.approved_by, version.active_from = Version.State.ACTIVE, by, begins
    version.active_until = in_months(begins, version.months)
    version.shadow_until = now if version.shadow_from else None
    version.screen_stored = True
    version.save(
        update_fields=[
            "state", "approved_by", "active_from", "active_until", "shadow_until", "screen_stored",
        ]
    )  # fmt: skip
    told = {"until": version.active_until.date().isoformat()}
    if begins > now:
        told["start"] = begins.date().isoformat()
    tell(version, by, "activated", **told)
    if version.profile.suspended_at:
        Profile.objects.filter(pk=version.profile_id).update(suspended_at=None, suspended_by=None)
        tell(version, by, "resumed")
    bump(version.organisation_id)


def begin_of(approval: Approval, now: dt.datetime) -> dt.datetime:
    """When a version begins that is allowed now: at once, or with the day that was asked for."""
    asked = approval.detail.get("active_from")
    if not asked:
        return now
    return max(now, dt.datetime.combine(dt.date.fromisoformat(asked), dt.time(), dt.UTC))


def in_months(now: dt.datetime, months: int) -> dt.datetime:
    """The same day so many months later, or the last of a shorter month."""
    year, month = divmod(now.year * 12 + now.month - 1 + months, 12)
    day = min(now.day, calendar.monthrange(year, month + 1)[1])
    return now.replace(year=year, month=month + 1, day=day)


def _end(version: Version, by: User, kind: str, at: dt.datetime | None = None) -> None:
    now = timezone.now()
    version.state, version.ended_at = Version.State.ENDED, at or now
    version.save(update_fields=["state", "ended_at"])
    later = {"on": version.ended_at.date().isoformat()} if version.ended_at > now else {}
    tell(version, by, kind, **later)


@transaction.atomic
def take_back(by: User, pk: uuid.UUID) -> Version:
    """Back to the draft: by who wrote it, as long as nobody allowed it; or by the second person, who
    asks for a correction."""
    version = _lock(pk)
    mine = wrote(by, version)
    rules.check(by, "profile.write" if mine else "profile.approve")
    if version.state != Version.State.ASKED:
        raise Refused("state")
    Approval.objects.filter(
        kind=Approval.Kind.PROFILE, subject=str(version.pk), state=Approval.State.ASKED
    ).update(state=Approval.State.EXPIRED)
    version.state = Version.State.DRAFT
    version.save(update_fields=["state"])
    tell(version, by, "taken_back")
    return version


@transaction.atomic
def suspend(by: User, profile: uuid.UUID) -> Profile:
    """Stops a profile at once, by one person. What it raised stays."""
    rules.check(by, "profile.suspend")
    found = Profile.objects.select_for_update().get(pk=profile)
    if found.suspended_at is None:
        found.suspended_at, found.suspended_by = timezone.now(), by
        found.save(update_fields=["suspended_at", "suspended_by"])
        for version in found.versions.filter(state=Version.State.ACTIVE).select_related("profile"):
            tell(version, by, "suspended")
        bump(found.organisation_id)
    return found


def suspended_by(by: User, profile: Profile) -> bool:
    """Whether a profile is suspended, by this person: then another lets it run again."""
    return profile.suspended_at is not None and profile.suspended_by_id == by.pk


@transaction.atomic
def resume(by: User, profile: uuid.UUID) -> Profile:
    """Lets a suspended profile run again: somebody else than who suspended it, as for an approval."""
    rules.check(by, "profile.approve")
    found = Profile.objects.select_for_update().get(pk=profile)
    if found.suspended_at is None:
        return found
    if suspended_by(by, found):
        raise Refused("own")
    found.suspended_at, found.suspended_by = None, None
    found.save(update_fields=["suspended_at", "suspended_by"])
    for version in found.versions.filter(state=Version.State.ACTIVE).select_related("profile"):
        tell(version, by, "resumed")
    # A version that runs until its successor begins is ended already.
    found.versions.filter(
        Q(ended_at=None) | Q(ended_at__gt=timezone.now()), active_from__isnull=False
    ).update(screen_stored=True)
    bump(found.organisation_id)
    return found


@transaction.atomic
def end(by: User, pk: uuid.UUID) -> Version:
    """Ends an active version for good."""
    rules.check(by, "profile.suspend")
    version = _lock(pk)
    if version.state != Version.State.ACTIVE:
        raise Refused("state")
    _end(version, by, "ended")
    bump(version.organisation_id)
    return version


@transaction.atomic
def shadow(by: User, pk: uuid.UUID, on: bool) -> Version:
    """Runs a draft beside the live ones without raising a hit, for at most `SHADOW`; or ends that."""
    rules.check(by, "profile.write")
    version = _lock(pk)
    if version.state not in (Version.State.DRAFT, Version.State.ASKED):
        raise Refused("state")
    if on and reading.of(version).error is not None:
        raise Refused("findings")
    now = timezone.now()
    version.shadow_from = now if on else version.shadow_from
    version.shadow_until = now + SHADOW if on else now
    version.save(update_fields=["shadow_from", "shadow_until"])
    tell(version, by, "shadow_on" if on else "shadow_off")
    bump(version.organisation_id)
    return version


def expire(using: str) -> int:
    """Ends active versions whose time is over. For housekeeping; gives how many."""
    with transaction.atomic(using=using):
        due = Version.objects.using(using).select_for_update(of=("self",), skip_locked=True).filter(
            state=Version.State.ACTIVE, active_until__lte=timezone.now()
        )  # fmt: skip
        ended = list(due)
        for version in ended:
            version.state, version.ended_at = Version.State.ENDED, timezone.now()
            version.save(using=using, update_fields=["state", "ended_at"])
            VersionEvent.objects.using(using).create(
                organisation_id=version.organisation_id, version=version, kind="expired"
            )
            bump(version.organisation_id, using)
    return len(ended)


#: Most characters of a reason.
LONGEST = 2000


def waiting(version: Version) -> Approval | None:
    """The approval that a version waits for; None where it ran out, or was refused elsewhere."""
    rows = Approval.objects.filter(kind=Approval.Kind.PROFILE, subject=str(version.pk))
    return rows.filter(state=Approval.State.ASKED).order_by("-asked_at").first()


@transaction.atomic
def allow(by: User, pk: uuid.UUID, why: str) -> Version:
    """Approves: the version becomes the active one. Raises `approvals.Refused`; `Refused`: `expired`
    where nobody decided in time, `state` where it waits no more; `ValueError` for a short reason."""
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
    """Asks for a correction: the version is a draft again, with what was said. Raises as `allow`."""
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
        raise ValueError("say why, in at least 20 characters")
    return why.strip()[:LONGEST]


#: What the form gives; everything else of a version is not its author's to set.
FIELDS = (
    "title", "expression", "parameters", "weight", "theme", "purpose", "basis",
    "source", "indicators", "justification", "note_for", "note_against", "floor", "months",
)  # fmt: skip


def content_hash(fields: Mapping[str, Any]) -> str:
    """What a version asks, as a hash: a reason, a backtest and an opinion are bound to it."""
    asked = [fields["expression"].strip(), fields.get("parameters") or {}, fields["weight"]]
    return hashlib.sha256(msgspec.json.encode(asked, order="deterministic")).hexdigest()


@transaction.atomic
def begin_draft(
    by: User, fields: Mapping[str, Any], ref: str = "", example: bool = False
) -> Version:
    """A new profile with a first draft; without `ref` it gets the next number (P-001)."""
    rules.check(by, "profile.write")
    assert by.organisation_id is not None  # noqa: S101  the rule asks for one
    kind = fields.get("kind") or default()
    profile = Profile.objects.create(
        organisation_id=by.organisation_id, kind=kind, example=example,
        ref=ref or _next_ref(by.organisation_id),
    )  # fmt: skip
    return _new_draft(by, profile, fields, 1)


def _next_ref(organisation: uuid.UUID) -> str:
    # Two at once would get the same: the number of the profiles is their lock.
    bump(organisation)
    taken = Profile.objects.filter(ref__regex=r"^P-[0-9]+$").values_list("ref", flat=True)
    return f"P-{max((int(ref[2:]) for ref in taken), default=0) + 1:03d}"


def _new_draft(by: User, profile: Profile, fields: Mapping[str, Any], number: int) -> Version:
    given = {name: fields[name] for name in FIELDS if name in fields}
    version = Version.objects.create(
        organisation_id=profile.organisation_id, profile=profile, number=number, author=by,
        content_hash=content_hash(given), vocabulary=vocabulary(profile.kind).version, **given,
    )  # fmt: skip
    tell(version, by, "drafted")
    return version


@transaction.atomic
def change_draft(by: User, pk: uuid.UUID, fields: Mapping[str, Any]) -> Version:
    """Changes a draft; whoever changes it is its author from now on. The second person is none of those
    who ever wrote it (`life.wrote`). What ran in shadow mode was another draft: it stops, its counts go."""
    rules.check(by, "profile.write")
    rows = Version.objects.select_for_update(of=("self",)).select_related("profile")
    version = rows.get(pk=pk)
    if version.state != Version.State.DRAFT:
        raise Refused("state")
    for name in FIELDS:
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
    """A draft that begins as the latest version; the open draft, where there is one."""
    rules.check(by, "profile.write")
    found = Profile.objects.select_for_update().get(pk=profile)
    latest = found.versions.order_by("-number").first()
    if latest is None:
        raise Refused("state")
    if latest.state in (Version.State.DRAFT, Version.State.ASKED):
        return latest
    number = found.versions.aggregate(last=Max("number"))["last"] + 1
    return _new_draft(by, found, {name: getattr(latest, name) for name in FIELDS}, number)


@transaction.atomic
def discard_draft(by: User, pk: uuid.UUID) -> None:
    """Ends a draft that was never submitted. It stays for the history of its profile, and is shown no
    more among those that wait."""
    rules.check(by, "profile.write")
    rows = Version.objects.select_for_update(of=("self",)).select_related("profile")
    version = rows.get(pk=pk)
    if version.state != Version.State.DRAFT or version.events.filter(kind="asked").exists():
        raise Refused("state")
    acts.write(
        by, "profile.thrown_away", version.pk, profile=version.profile_id, number=version.number
    )
    version.state, version.ended_at = Version.State.ENDED, timezone.now()
    version.save(update_fields=["state", "ended_at"])


#: Days that the count beside the form looks back; it reads the latest rows of them.
COUNTED = 30
#: How long a count stays true enough to be shown again.
FRESH = dt.timedelta(minutes=10)
#: Backtests of one person that wait at a time.
MOST_WAITING = 5
UNDER_WAY = (Backtest.State.WAITING, Backtest.State.RUNNING)


@transaction.atomic
def ask_backtest(by: User, pk: uuid.UUID, first: dt.date, last: dt.date) -> Backtest:
    """Asks for a backtest of a version over these days, both included. The same asked twice while it
    waits is one. Raises `Refused`: `state` for a version that ended, `busy` where five wait."""
    rules.check(by, "profile.write")
    version = Version.objects.select_related("profile").get(pk=pk)
    if version.state == Version.State.ENDED and version.active_from is None:
        raise Refused("state")
    waiting = Backtest.objects.filter(quick=False, state__in=UNDER_WAY)
    same = waiting.filter(
        version=version, content_hash=version.content_hash, first_day=first, last_day=last
    ).first()
    if same is not None:
        return same
    if waiting.filter(asked_by=by).count() >= MOST_WAITING:
        raise Refused("busy")
    made = Backtest.objects.create(
        organisation_id=version.organisation_id, version=version, kind=version.profile.kind,
        expression=version.expression,
        parameters=version.parameters, content_hash=version.content_hash, first_day=first,
        last_day=last, asked_by=by,
    )  # fmt: skip
    tell(version, by, "tested", backtest=str(made.pk))
    return made


@transaction.atomic
def count_matches(by: User, kind: str, expression: str, parameters: Mapping[str, Any]) -> Backtest:
    """A quick backtest: the number of subjects of the last days that a valid expression matches.

    One that its writer asked a moment ago is given again; those that still wait, and are no longer
    what stands in the form, are stopped.
    """
    rules.check(by, "profile.write")
    assert by.organisation_id is not None  # noqa: S101  the rule asks for one
    hash_ = content_hash({"expression": expression, "parameters": dict(parameters), "weight": 0})
    today = timezone.now().date()
    mine = Backtest.objects.filter(asked_by=by, quick=True)
    known = mine.filter(
        kind=kind, content_hash=hash_, last_day=today, asked_at__gt=timezone.now() - FRESH,
        state__in=(*UNDER_WAY, Backtest.State.DONE),
    )  # fmt: skip
    found = known.order_by("-asked_at").first()
    if found is not None:
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
    """Stops a backtest; one that is over stays as it ended."""
    rules.check(by, "profile.write")
    found = Backtest.objects.select_for_update().get(pk=pk)
    if found.state in UNDER_WAY:
        found.state, found.finished_at = Backtest.State.CANCELLED, timezone.now()
        found.save(update_fields=["state", "finished_at"])
        acts.write(by, "profile.test_stopped", found.pk)
    return found


#: Lanes of goods, on which nothing is drawn until a kind lists them.
_GOODS: dict[str, Any] = {
    "red": gettext_lazy("Red: physical control of goods"),
    "yellow": gettext_lazy("Yellow: documents"),
    "green": gettext_lazy("Green: released"),
    "blue": gettext_lazy("Blue: control after release"),
}


def used() -> dict[str, tuple[Any, Any]]:
    """The lanes on which the installed kinds are drawn: label and explanation by name."""
    return {name: about for kind in app_kinds() for name, about in kind.lanes.items()}


def lanes() -> dict[str, Any]:
    """The label of every lane by its name, in the order of the page."""
    return {name: label for name, (label, _) in used().items()} | _GOODS


@transaction.atomic
def set_lane(by: User, lane: str, rate: float, basis: str) -> DrawLane:
    """Sets the share that is drawn on a lane (0 to 1), and its legal basis.

    Raises `ValueError` for an unknown lane, a rate out of bounds, or a rate above 0 without a basis.
    """
    rules.check(by, "profile.write")
    assert by.organisation_id is not None  # noqa: S101  the rule asks for one
    basis = basis.strip()[:300]
    if lane not in lanes() or not 0 <= rate <= 1 or (rate > 0 and len(basis) < 3):
        raise ValueError("a lane, a rate from 0 to 1, and its legal basis")
    found, _ = DrawLane.objects.update_or_create(
        organisation_id=by.organisation_id, lane=lane, defaults={"rate": rate, "basis": basis}
    )
    DrawRate.objects.create(
        organisation_id=by.organisation_id, lane=lane, rate=rate, basis=basis, by=by
    )
    acts.write(by, "draw.lane_set", found.pk, lane=lane, rate=rate)
    return found
