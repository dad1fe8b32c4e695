"""Situation reports. Situation reports are drafted from the records and confirmed by a person. A sent report
does not change.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.db.models import F

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations import figures
from vedette.apps.operations.actions import releasing
from vedette.apps.operations.actions.common import Refused, guarded, home, person, text
from vedette.apps.operations.actions.releasing import Offer
from vedette.apps.operations.models import Operation, Report
from vedette.apps.operations.selectors import operations as selectors
from vedette.apps.operations.selectors import reports as counting
from vedette.apps.release.models import Content

MOST_TEXT = 8_000


def draft(
    user: User, operation: uuid.UUID, consolidated: bool, cutoff: dt.datetime | None = None
) -> Report:
    """Drafts a report of the records up to a cut-off time. The default is the last cut-off time of the plan.
    If a draft for the same cut-off time exists, its figures are counted again. Raises `Refused` if the
    cut-off time is in the future.
    """
    rules.check(user, "operation.plan" if consolidated else "operation.join")
    one = Operation.objects.get(pk=operation)
    plan = selectors.plan(one)
    if plan is None:
        raise Refused("member")
    at = now()
    cutoff = cutoff or counting.cutoff_before(plan, at)
    if cutoff > at:
        raise Refused("future", "cutoff")
    rows = Report.objects.filter(
        operation=one, organisation_id=home(user), consolidated=consolidated
    ).order_by("-number")
    last_sent = rows.filter(state=Report.State.SENT).first()
    if last_sent is not None and cutoff <= last_sent.cutoff_at:
        raise Refused("reported", "cutoff")
    found = rows.filter(state=Report.State.DRAFT).first()
    made = found or Report(
        organisation_id=home(user), operation=one, consolidated=consolidated,
        number=(last_sent.number if last_sent else 0) + 1,
    )  # fmt: skip
    made.cutoff_at = cutoff
    _fill(user, one, made, at, last_sent)
    with guarded():
        if found is None:
            Report.objects.bulk_create([made])
        else:
            Report.objects.filter(pk=made.pk).update(
                figures=made.figures, corrections=made.corrections, late=made.late, known_at=made.known_at,
                at=made.at, by=user, by_name=made.by_name,
            )  # fmt: skip
        acts.write(user, "operation.report_draft", one.pk, report=made.pk)
    return made


def _fill(user: User, one: Operation, made: Report, at: dt.datetime, last: Report | None) -> None:
    whose = None if made.consolidated else user.organisation_id
    rows = counting.counted(one.pk, at, made.cutoff_at)
    made.figures = counting.of(rows, whose).stored()
    made.known_at = made.at = at
    made.by, made.by_name, made.by_organisation = user, person(user), str(user.organisation)[:200]
    made.corrections = []
    if last is not None:
        again = counting.of(counting.counted(one.pk, at, last.cutoff_at), whose).stored()
        made.corrections = [
            {"report": last.number, **change._asdict()}
            for change in figures.corrections(last.figures, again)
        ]
    plan = selectors.plan(one)
    made.late = counting.late(one, plan, made.cutoff_at) if made.consolidated and plan else []


def preview(user: User, report: uuid.UUID, known: dt.datetime, remark: str = "") -> Offer:
    """Returns the content and the recipients of a report before it is sent. Stores nothing. `known` is the
    time at which the figures on the page were counted; if the figures have been counted again since then,
    raises `Refused` (`stale`).
    """
    found = Report.objects.select_related("operation").get(pk=report)
    rules.check(user, "operation.plan" if found.consolidated else "operation.join")
    if found.organisation_id != user.organisation_id:
        raise Refused("own")
    if found.state != Report.State.DRAFT or found.known_at != known:
        raise Refused("stale")
    return releasing.of_report(user, found.operation, found, text(remark, MOST_TEXT, "remark"))


def send(
    user: User, report: uuid.UUID, known: dt.datetime, remark: str = "", token: str = ""
) -> Report:
    """Confirms a report as the page showed it, and releases it as in the preview with this token. A sent
    report does not change."""
    found = Report.objects.select_for_update().get(pk=report)
    offer = preview(user, report, known, remark)
    with guarded():
        Report.objects.filter(pk=report).update(
            state=Report.State.SENT, remark=remark.strip(), at=now(), by=user, by_name=person(user)
        )  # fmt: skip
        releasing.send(user, offer, token)
        acts.write(
            user, "operation.report", found.operation_id, report=found.pk, number=found.number
        )
    found.refresh_from_db()
    return found


def ask(user: User, report: uuid.UUID, known: dt.datetime, remark: str, why: str) -> None:
    """Requests the approval of a second person for the release of a report with this remark."""
    offer = preview(user, report, known, remark)
    with guarded():
        releasing.ask(user, offer, why)


def kept_remark(user: User, report: Report) -> str:
    """Returns the remark of a draft for which the user requested the approval of a second person, or an empty
    text.
    """
    found = Content.objects.filter(
        item__object=report.pk, item__created_by=user, of=F("item_id")
    ).order_by("-item__number").first()  # fmt: skip
    return str(found.data.get("narrative", "")) if found and report.state == "draft" else ""
