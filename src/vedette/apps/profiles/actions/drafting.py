"""Drafts of profiles: begun, changed, thrown away; a new version of what is active; imported."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Approval, User
from vedette.apps.profiles.actions import lists
from vedette.apps.profiles.actions.life import Refused, tell
from vedette.apps.profiles.models import CodeList, Profile, ShadowFire, Version
from vedette.apps.profiles.state import bump
from vedette.kinds import default, vocabulary

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
def begin(by: User, fields: Mapping[str, Any], ref: str = "", example: bool = False) -> Version:
    """A new profile with a first draft; without `ref` it gets the next number (P-001)."""
    rules.check(by, "profile.write")
    assert by.organisation_id is not None  # noqa: S101  the rule asks for one
    kind = fields.get("kind") or default()
    profile = Profile.objects.create(
        organisation_id=by.organisation_id, kind=kind, example=example,
        ref=ref or _next_ref(by.organisation_id),
    )  # fmt: skip
    return _draft(by, profile, fields, 1)


def _next_ref(organisation: uuid.UUID) -> str:
    # Two at once would get the same: the number of the profiles is their lock.
    bump(organisation)
    taken = Profile.objects.filter(ref__regex=r"^P-[0-9]+$").values_list("ref", flat=True)
    return f"P-{max((int(ref[2:]) for ref in taken), default=0) + 1:03d}"


def _draft(by: User, profile: Profile, fields: Mapping[str, Any], number: int) -> Version:
    given = {name: fields[name] for name in FIELDS if name in fields}
    version = Version.objects.create(
        organisation_id=profile.organisation_id, profile=profile, number=number, author=by,
        content_hash=content_hash(given), vocabulary=vocabulary(profile.kind).version, **given,
    )  # fmt: skip
    tell(version, by, "drafted")
    return version


@transaction.atomic
def change(by: User, pk: uuid.UUID, fields: Mapping[str, Any]) -> Version:
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
def another(by: User, profile: uuid.UUID) -> Version:
    """A draft that begins as the latest version; the open draft, where there is one."""
    rules.check(by, "profile.write")
    found = Profile.objects.select_for_update().get(pk=profile)
    latest = found.versions.order_by("-number").first()
    if latest is None:
        raise Refused("state")
    if latest.state in (Version.State.DRAFT, Version.State.ASKED):
        return latest
    number = found.versions.aggregate(last=Max("number"))["last"] + 1
    return _draft(by, found, {name: getattr(latest, name) for name in FIELDS}, number)


@transaction.atomic
def throw_away(by: User, pk: uuid.UUID) -> None:
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


@transaction.atomic
def set_list(
    by: User, name: str, codes: Sequence[str], source: str = "", until: Any = None, why: str = ""
) -> CodeList | Approval:
    """Makes or changes a code list. Profiles that ask for it ask for the new codes at once; where a
    version stands for what it said, nothing changes yet, and the approval that waits is given.

    Raises `ValueError` where a second person is to be asked and the reason `why` is too short.
    """
    rules.check(by, "profile.write")
    assert by.organisation_id is not None  # noqa: S101  the rule asks for one
    kept = list(dict.fromkeys(code.strip().upper() for code in codes if code.strip()))
    known = CodeList.objects.select_for_update().filter(name=name).first()
    if known is not None and lists.differs(known, kept, until) and lists.stands(name):
        return lists.ask(by, known, kept, source, until, why)
    return lists.put(by, name, kept, source, until)
