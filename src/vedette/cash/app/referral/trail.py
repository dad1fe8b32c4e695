"""The log of suspicion reports (trail). Each action on a report and each view of a report is recorded with
the user and the time.

Auditors can read the journal of the organisation, and the numbers of the journal entries show how many
entries exist. Actions on suspicion reports are therefore not recorded in the journal. These actions are
recorded in a separate log, under the same row-level security as the reports. Each post has its own sequence
of numbers. Each entry contains a keyed hash of its own content and of the previous entry. The function
`checked` uses this hash to detect a changed or removed entry.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import connection as web
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from vedette.apps.accounts.models import User
from vedette.apps.keyring import keyring
from vedette.cash.app.actions import now
from vedette.cash.app.referral.models import SuspicionAct

#: Code of an act → its words.
WORDS: Mapping[str, Any] = {
    "acknowledge": _("acknowledgement recorded"),
    "decide": _("report decided"),
    "feedback": _("feedback recorded"),
    "list": _("list of reports viewed"),
    "see": _("report viewed"),
    "send": _("report recorded as sent"),
    "take": _("file downloaded"),
    "write": _("draft stored"),
}
#: Entries of one page.
PAGE = 100


def write(user: User, what: str, report: uuid.UUID | None, unit: uuid.UUID | None) -> SuspicionAct:
    """Adds an entry to the log of suspicion reports of a post, in the current transaction."""
    assert user.organisation_id is not None  # noqa: S101  the rights ask for an organisation
    with web.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"suspicion {user.organisation_id} {unit}"],
        )
    last = _of(unit).order_by("-number").first()
    made = SuspicionAct(
        organisation_id=user.organisation_id, unit_id=unit, number=last.number + 1 if last else 1,
        at=now(), by=user, what=what, report_id=report,
    )  # fmt: skip
    made.mark = _mark(made, last, keyring().epoch)
    made.save(force_insert=True)
    return made


def _of(unit: uuid.UUID | None) -> QuerySet[SuspicionAct]:
    return SuspicionAct.objects.filter(
        **({"unit_id": unit} if unit is not None else {"unit__isnull": True})
    )


def _mark(entry: SuspicionAct, before: SuspicionAct | None, epoch: str) -> bytes:
    values = (
        bytes(before.mark).hex() if before else "", str(entry.organisation_id),
        str(entry.unit_id), str(entry.number), entry.at.isoformat(), str(entry.by_id), entry.what,
        str(entry.report_id),
    )  # fmt: skip
    data = json.dumps(values).encode()
    key = keyring().key(epoch)
    return hashlib.blake2b(data, key=key, digest_size=16, person=b"vedette-trail").digest()


def page(
    report: uuid.UUID | None, unit: uuid.UUID | None, below: int
) -> list[tuple[SuspicionAct, bool]]:
    """Returns at most `PAGE` entries of a post about one report or about all reports, latest first. Only
    entries with a number below `below` are returned. If `below` is 0, there is no limit. Each entry is
    returned with the result of the check of its hash.
    """
    found = _of(unit).order_by("-number")
    if report is not None:
        found = found.filter(report_id=report)
    if below:
        found = found.filter(number__lt=below)
    rows = list(found[:PAGE])
    former = {
        one.number: one for one in _of(unit).filter(number__in=[one.number - 1 for one in rows])
    }
    return [(one, checked(one, former.get(one.number - 1))) for one in rows]


def checked(entry: SuspicionAct, before: SuspicionAct | None) -> bool:
    """Returns whether the stored hash of an entry matches the entry and the previous entry."""
    return (before is not None or entry.number == 1) and any(
        bytes(entry.mark) == _mark(entry, before, epoch) for epoch in keyring().ids("token")
    )
