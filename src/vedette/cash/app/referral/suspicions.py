"""Suspicion reports: the decision of an officer, the draft, the file, and the answers of the financial
intelligence
unit.

Row-level security permits access to a report only to the post that made the report and to the data-protection
officer. Every function of this module runs with the web role in the scope of the user. The functions can
therefore not read a report of another post. Journal entries contain the id of the report, but not the id of
the movement. Only the data-protection officer can read these entries (`apps/sql/scope.sql`).
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User
from vedette.apps.accounts.rules import Coded
from vedette.apps.hits.models import SeenHit
from vedette.apps.keyring import lock_bytes, unlock_bytes
from vedette.cash.app.actions import now
from vedette.cash.app.dossier import dossier, hit_of
from vedette.cash.app.models import Movement
from vedette.cash.app.referral import trail
from vedette.cash.app.referral.models import IntelligenceUnit, Suspicion
from vedette.cash.goaml.report import read_mapping, report
from vedette.keys.ring import KeysError

if TYPE_CHECKING:
    # The web process loads the library of schemas only if it builds a report.
    from vedette.cash.goaml.schema import Report, Schema

_USE = "suspicion"
#: Fewest and most characters of the reason of a decision, and of the text of the report.
SHORTEST, LONGEST = 20, 4_000
#: Most indicators, elements that an officer adds, characters of one of them, and answers of the unit.
MOST_INDICATORS, MOST_ADDED, LONGEST_ADDED, MOST_ANSWERS = 20, 30, 255, 50
#: Rows of one page.
PAGE = 50
#: Parts of a report that the record of the movement contains. The officer corrects the record, not the
#: report.
_OF_RECORD = ("report/activity/", "report/transaction/")


class Refused(Coded):
    """The error that is raised if an action on a suspicion report is not possible. `code` identifies the
    reason (`views.REFUSED`).
    """


@dataclass
class Content:
    """The content of a report, which is stored encrypted: the reason for the decision, the text, the
    indicators, and the elements that the officer adds (path → text). Also contains the number that the unit
    gave, and the answers of the unit (day, text).
    """

    why: str = ""
    text: str = ""
    indicators: list[str] = field(default_factory=list)
    added: dict[str, str] = field(default_factory=dict)
    number: str = ""
    answers: list[tuple[str, str]] = field(default_factory=list)

    def sealed(self) -> bytes:
        """Returns the encrypted content."""
        return lock_bytes(json.dumps(vars(self), ensure_ascii=False).encode(), _USE)

    @classmethod
    def of(cls, row: Suspicion) -> Content:
        """Returns the content of a stored report. The content is empty if the report cannot be decrypted."""
        try:
            return cls(**json.loads(unlock_bytes(bytes(row.content), _USE)))
        except KeysError:
            return cls()


def latest() -> IntelligenceUnit | None:
    """Returns the current settings of the unit, or None if the administrator has not stored any settings."""
    return IntelligenceUnit.objects.order_by("-number").first()


@lru_cache(maxsize=8)
def _schema(_: uuid.UUID, content: bytes) -> Schema:
    from vedette.cash.goaml.schema import Schema

    return Schema(content)


def page(state: str, before: tuple[dt.datetime, uuid.UUID] | None) -> tuple[list[Suspicion], bool]:
    """Returns the reports that the reader may see, the latest first, and whether there are more reports."""
    found: QuerySet[Suspicion] = Suspicion.objects.order_by("-created_at", "-pk")
    if state:
        found = found.filter(state=state)
    if before:
        at, id_ = before
        found = found.filter(created_at__lte=at).exclude(created_at=at, pk__gte=id_)
    rows = list(found.defer("content", "file")[: PAGE + 1])
    return rows[:PAGE], len(rows) > PAGE


def of_movement(id_: uuid.UUID) -> list[Suspicion]:
    """Returns the reports about a movement that the reader may see. For an officer, the result contains at
    most one report. For the data-protection officer, the result contains the report of each post.
    """
    return list(Suspicion.objects.filter(subject_id=id_).order_by("created_at", "pk"))


def own(user: User, reports: Sequence[Suspicion]) -> Suspicion | None:
    """Returns the report in `reports` that the user's own post made. Otherwise, returns None."""
    return next((one for one in reports if one.unit_id == user.unit_id), None)


def obstacle(row: Movement) -> str:
    """Returns the code of the reason why no report can be made about a movement. Returns an empty text if a
    report can be made. The result does not depend on whether reports about the movement already exist.
    """
    if row.subject.restricted:
        return "restricted"
    if row.announced:
        return "announced"
    hit = hit_of(row.pk)
    if hit is not None and hit.state in (SeenHit.State.NEW, SeenHit.State.REOPENED):
        return "undecided"
    return "masked" if dossier(row.pk).hidden else ""


@transaction.atomic
def decide(user: User, id_: uuid.UUID, why: str) -> Suspicion:
    """Records the decision of an officer to report a movement, and creates the draft. If the same post has
    already made a report, returns the existing report. Raises `Movement.DoesNotExist`, `Refused` and
    `PermissionDenied`.
    """
    rules.check(user, "suspicion.write")
    row = Movement.objects.select_related("subject").get(pk=id_)
    if found := own(user, of_movement(id_)):
        return found
    if code := obstacle(row):
        raise Refused(code)
    if not SHORTEST <= len(why) <= LONGEST:
        raise Refused("why")
    file = dossier(id_)
    official = file.message.movement.official if file.message else None
    made, created = Suspicion.objects.get_or_create(
        organisation_id=row.organisation_id, unit=user.unit, subject_id=id_,
        defaults={
            "theme": row.theme, "purpose": row.purpose, "created_at": now(), "created_by": user,
            "content": Content(
                why=why, text=(official.circumstances if official else "") or why
            ).sealed(),
        },
    )  # fmt: skip
    if created:
        trail.write(user, "decide", made.pk, made.unit_id)
    return made


@dataclass(frozen=True)
class Checked:
    """A report, and the result of checking the report against the schema of the unit. If no report can be
    built, `problem` is the code of the reason. `fillable` contains the missing paths whose values the officer
    can enter in the draft. `of_record` contains the missing paths whose values must be added to the record of
    the movement.
    """

    problem: str = ""
    built: Report | None = None
    fillable: Sequence[str] = ()
    of_record: Sequence[str] = ()
    of_setup: Sequence[str] = ()


def checked(row: Suspicion, content: Content, at: dt.datetime) -> Checked:
    """Builds the report from the current record, and checks it against the schema of the unit."""
    unit = latest()
    if unit is None:
        return Checked("no_unit")
    file = dossier(row.subject_id)
    if file.message is None:
        return Checked("masked")
    tree = report(
        file.message,
        read_mapping(unit.mapping.encode()),
        at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        content.indicators,
        content.text,
        {path.removeprefix("report/"): value for path, value in content.added.items()},
    )
    built = _schema(unit.pk, bytes(unit.schema)).build(tree)
    missing = [path for path in built.missing if not path.startswith(_OF_RECORD)]
    fixed = [path for path in missing if "|" in path or "/indicator" in path]
    return Checked(
        built=built,
        fillable=[path for path in missing if path not in fixed][:MOST_ADDED],
        of_record=[path for path in built.missing if path.startswith(_OF_RECORD)],
        of_setup=fixed,
    )


def _locked(user: User, id_: uuid.UUID, version: int, *states: str) -> tuple[Suspicion, Content]:
    rules.check(user, "suspicion.write")
    row = Suspicion.objects.select_for_update().get(pk=id_)
    if row.unit_id != user.unit_id:
        raise Refused("post")
    if row.version != version:
        raise Refused("stale")
    if row.state not in states:
        raise Refused("state")
    return row, Content.of(row)


def _store(user: User, row: Suspicion, content: Content, what: str) -> Suspicion:
    row.version += 1
    row.content = content.sealed()
    row.save()
    trail.write(user, what, row.pk, row.unit_id)
    return row


@transaction.atomic
def write(
    user: User, id_: uuid.UUID, version: int, text: str, indicators: Sequence[str],
    added: dict[str, str],
) -> Suspicion:  # fmt: skip
    """Stores the draft. If the report is valid according to the schema, also stores the file. Raises
    `Suspicion.DoesNotExist` and `Refused`."""
    row, content = _locked(user, id_, version, Suspicion.State.DRAFT)
    content.text = text[:LONGEST]
    content.indicators = [one[:60] for one in indicators if one][:MOST_INDICATORS]
    kept = {path: value[:LONGEST_ADDED] for path, value in added.items() if value}
    content.added = dict(list(kept.items())[:MOST_ADDED])
    _build(row, content)
    return _store(user, row, content, "write")


def _build(row: Suspicion, content: Content) -> Checked:
    """Builds the file of a draft. If the report is not valid, removes the file."""
    made = checked(row, content, now())
    valid = made.built is not None and made.built.valid
    row.file = lock_bytes(made.built.xml, _USE) if valid and made.built else None
    row.prescribed = latest()
    return made


@transaction.atomic
def send(user: User, id_: uuid.UUID, version: int) -> Suspicion:
    """Records that the officer sent the file of the draft. The file can no longer be changed. Raises
    `Refused` if the draft has no valid file.
    """
    row, content = _locked(user, id_, version, Suspicion.State.DRAFT)
    if row.file is None:
        raise Refused("invalid")
    row.state, row.sent_at = Suspicion.State.SENT, now()
    return _store(user, row, content, "send")


@transaction.atomic
def acknowledge(user: User, id_: uuid.UUID, version: int, number: str) -> Suspicion:
    """Records that the unit acknowledged the report, and stores the number that the unit gave to the
    report."""
    row, content = _locked(user, id_, version, Suspicion.State.SENT)
    if not number:
        raise Refused("number")
    content.number = number[:LONGEST_ADDED]
    row.state, row.acknowledged_at = Suspicion.State.ACKNOWLEDGED, now()
    return _store(user, row, content, "acknowledge")


@transaction.atomic
def feedback(user: User, id_: uuid.UUID, version: int, text: str) -> Suspicion:
    """Records feedback from the unit on a report. The unit can give feedback on a report several times."""
    row, content = _locked(
        user, id_, version, Suspicion.State.ACKNOWLEDGED, Suspicion.State.FEEDBACK
    )
    if not text:
        raise Refused("feedback")
    if len(content.answers) >= MOST_ANSWERS:
        raise Refused("many")
    content.answers.append((now().isoformat(timespec="seconds"), text[:LONGEST]))
    row.state, row.feedback_at = Suspicion.State.FEEDBACK, now()
    return _store(user, row, content, "feedback")


def xml(row: Suspicion) -> bytes | None:
    """Returns the file of a report, or None if the report has no file or the file cannot be decrypted."""
    try:
        return unlock_bytes(bytes(row.file), _USE) if row.file is not None else None
    except KeysError:
        return None


def age(row: Suspicion, at: dt.datetime | None = None) -> int:
    """Returns the number of whole days since the decision to make the report."""
    return ((at or timezone.now()) - row.created_at).days
