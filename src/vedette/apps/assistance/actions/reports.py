"""The report of a mission: the team leader writes its words, and the Member confirms its facts."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.db import transaction

from vedette.apps.accounts import acts
from vedette.apps.accounts.models import User
from vedette.apps.assistance import wording
from vedette.apps.assistance.actions.common import Refused, diagnostic, guarded, same, text
from vedette.apps.assistance.models import MissionReport
from vedette.apps.assistance.selectors import reports as selectors
from vedette.apps.enforcement.selectors.controls import now
from vedette.assistance import banks

#: Most characters of a text of the report.
MOST = 8_000


@transaction.atomic
def write(by: User, id_: uuid.UUID, given: Mapping[str, str], seen: str | None = None) -> None:
    """Stores the texts of the report: `given` has a key `PART_LANGUAGE` for each part of `wording.REPORT` and
    each language. The leader cannot change the numbers of the report. If the Member confirmed an earlier
    version of the words, that confirmation becomes invalid. `seen` is the time at which the words that the
    page showed were written. Raises `Refused`."""
    one = diagnostic(by, id_, "write_report")
    words = {
        part: {
            tongue: text(given.get(f"{part}_{tongue}", ""), MOST, part)
            for tongue in banks.LANGUAGES
        }
        for part in wording.REPORT
    }
    found = MissionReport.objects.select_for_update(of=("self",)).filter(diagnostic=one).first()
    same(seen, found.written_at.isoformat() if found else "")
    at = now()
    with guarded():
        if found is None:
            MissionReport(
                organisation_id=one.organisation_id, request_id=one.request_id, diagnostic=one,
                words=words, written_by=by, written_at=at,
            ).save(force_insert=True)  # fmt: skip
        else:
            MissionReport.objects.filter(pk=found.pk).update(
                words=words, written_by_id=by.pk, written_at=at, confirmed="", confirmed_by_id=None,
                confirmed_at=None,
            )  # fmt: skip
    acts.write(by, "report.write", one.pk)


@transaction.atomic
def confirm(by: User, id_: uuid.UUID, seen: str) -> None:
    """The Member confirms the facts of the report: the figures and words with the digest `seen`, which the
    page showed. Raises `Refused`."""
    one = diagnostic(by, id_, "confirm_report")
    found = MissionReport.objects.select_for_update(of=("self",)).filter(diagnostic=one).first()
    if found is None:
        raise Refused("no_report")
    same(seen, selectors.content(one).digest)
    with guarded():
        MissionReport.objects.filter(pk=found.pk).update(
            confirmed=seen, confirmed_by_id=by.pk, confirmed_at=now()
        )
    acts.write(by, "report.confirm", one.pk)
