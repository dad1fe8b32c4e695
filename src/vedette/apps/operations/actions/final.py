"""The final report. Participants confirm the figures of their organisation. The coordinator drafts the report
and adds publications. A second person approves exactly the content that this person read. The release
function then decides who receives the report.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from decimal import Decimal

from django.db import connection

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Approval, User
from vedette.apps.approvals import actions as approvals
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations.actions import lifecycle, releasing
from vedette.apps.operations.actions.common import Refused, guarded, home, locked, person, text
from vedette.apps.operations.actions.releasing import Offer
from vedette.apps.operations.figures import Published
from vedette.apps.operations.models import Confirmation, Final, Operation, Publication
from vedette.apps.operations.selectors import final as selectors
from vedette.apps.operations.selectors import operations
from vedette.core.message_forms import plain_number
from vedette.core.nonnominal import MAX_LIST

MOST_TEXT, MOST_PUBLICATIONS = 8_000, 200


def confirm(user: User, operation: uuid.UUID, known: dt.datetime) -> Confirmation:
    """Confirms the figures of the user's own organisation. `known` is the time at which the figures on the
    page were counted. Raises `Refused` (`stale`) if the figures have changed since then.
    """
    rules.check(user, "operation.join")
    one = Operation.objects.get(pk=operation)
    at = now()
    if known > at:
        raise Refused("stale")
    shown, again = (
        selectors.own(selectors.detailed(one.pk, when, cutoff(one, when)), home(user)).stored()
        for when in (known, at)
    )
    if shown != again:
        raise Refused("stale")
    made = Confirmation(
        organisation_id=home(user), operation=one, figures=again, by=user, by_name=person(user), at=at
    )  # fmt: skip
    with guarded():
        Confirmation.objects.bulk_create([made])
        acts.write(user, "operation.final_confirm", one.pk)
    return made


def publish(user: User, operation: uuid.UUID, given: Sequence[Published]) -> int:
    """Adds publications that the next draft will contain. A publication that was added before is not added
    again. Returns the number of added publications. Raises `Refused`.
    """
    one = locked(user, operation, "operation.plan")
    if one.organisation_id != user.organisation_id:
        raise Refused("own")
    known = set(selectors.publications(one))
    added = []
    for each in given:
        if not (each.value.is_finite() and 0 <= each.value < Decimal(10) ** 17):
            raise Refused("number", "value")
        # The database has nine decimals. A zero with another exponent becomes this one.
        value = round(each.value, 9)
        if each.value != value:
            raise Refused("number", "value")
        clean = Published(
            text(each.measure, 160, "measure", required=True), text(each.figure, 120, "figure"),
            value, text(each.unit, 40, "unit"), text(each.source, 500, "source", required=True),
            text(each.note, 500, "note"),
        )  # fmt: skip
        if clean not in known:
            known.add(clean)
            added.append(clean)
    if len(known) > MOST_PUBLICATIONS:
        raise Refused("many")
    with guarded():
        Publication.objects.bulk_create([
            Publication(
                organisation_id=home(user), operation=one, measure=each.measure, figure=each.figure,
                value=each.value, unit=each.unit, source=each.source, note=each.note, by=user, at=now(),
            )
            for each in added
        ])  # fmt: skip
        acts.write(user, "operation.publication", one.pk, added=len(added))
    return len(added)


def unpublish(user: User, operation: uuid.UUID, publication: uuid.UUID) -> None:
    """Removes a publication from the next draft."""
    one = locked(user, operation, "operation.plan")
    with guarded():
        rows = Publication.objects.filter(operation=one, pk=publication, removed_at=None)
        if not rows.update(removed_at=now()):
            raise Refused("stale")
        acts.write(user, "operation.publication", one.pk, removed=1)


def draft(
    user: User, operation: uuid.UUID, summary_en: str | None = None, summary_fr: str | None = None
) -> Final:
    """Drafts the final report from the present records, publications and confirmations, or counts the figures
    of a draft again. If the summary is None, the stored summary is kept. After a version was sent, the next
    draft is a new version.
    """
    one = locked(user, operation, "operation.plan")
    if one.organisation_id != user.organisation_id:
        raise Refused("own")
    at = now()
    last = selectors.latest(one)
    if last is not None and last.state == Final.State.APPROVED:
        raise Refused("approved")
    found = last if last is not None and last.state == Final.State.DRAFT else None
    if found is not None and lifecycle.waiting(one.pk) is not None:
        raise Refused("asked")
    made = found or Final(
        organisation_id=home(user), operation=one, number=(last.number if last else 0) + 1,
        summary_en=last.summary_en if last else "", summary_fr=last.summary_fr if last else "",
    )  # fmt: skip
    if summary_en is not None:
        made.summary_en = text(summary_en, MOST_TEXT, "summary_en")
    if summary_fr is not None:
        made.summary_fr = text(summary_fr, MOST_TEXT, "summary_fr")
    fill(one, made, at)
    if len(made.figures) > MAX_LIST:
        # The release function lets at most this many leave, and none is left out silently.
        raise Refused("many")
    made.by, made.by_name, made.at = user, person(user), at
    with guarded():
        if found is None:
            Final.objects.bulk_create([made])
        else:
            Final.objects.filter(pk=made.pk).update(
                figures=made.figures, content=made.content, summary_en=made.summary_en,
                summary_fr=made.summary_fr, cutoff_at=made.cutoff_at, known_at=made.known_at, at=at,
                by=user, by_name=made.by_name,
            )  # fmt: skip
        acts.write(user, "operation.final_draft", one.pk, report=made.pk, version=made.number)
    return made


def cutoff(one: Operation, at: dt.datetime) -> dt.datetime:
    """Returns the cut-off time of the report: the end of the live phase or the time `at`, whichever is
    earlier."""
    return min(one.live_until, at)


def fill(one: Operation, made: Final, at: dt.datetime) -> None:
    """Fills a report with the figures, publications and confirmations as of a given time."""
    made.known_at, made.cutoff_at = at, cutoff(one, at)
    counted = selectors.counted(one, at, made.cutoff_at)
    made.figures = counted.stored()
    made.content = {
        "labels": counted.labels,
        "records": {id_: each.records for id_, each in sorted(counted.figures.items())},
        "participants": selectors.confirmations(
            one, selectors.detailed(one.pk, at, made.cutoff_at)
        ),
        "publications": [
            {
                "measure": each.measure, "figure": each.figure, "value": plain_number(each.value),
                "unit": each.unit, "source": each.source, "note": each.note,
            }
            for each in selectors.publications(one)
        ],
    }  # fmt: skip


def digest(final: Final) -> str:
    """Returns the hash of the content of the report; an approval contains this hash. The database computes
    the hash.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT vedette_final_digest(f) FROM operations_final f WHERE f.id = %s", [final.pk]
        )
        found = cursor.fetchone()
    if found is None:
        raise Refused("stale")
    return str(found[0])


def ask(user: User, operation: uuid.UUID, known: dt.datetime, why: str) -> Approval:
    """Asks the second person to approve a draft. `known` is the time at which the figures on the page were
    counted.
    """
    one = locked(user, operation, "operation.plan")
    found = selectors.latest(one)
    if found is None or found.state != Final.State.DRAFT or found.known_at != known:
        raise Refused("stale")
    if not operations.seconds(one).exclude(user_id=user.pk).exists():
        raise Refused("no_second")
    if lifecycle.waiting(one.pk) is not None:
        raise Refused("asked")
    if len(why.strip()) < approvals.SHORTEST:
        raise Refused("why", "why")
    return approvals.ask(
        user, Approval.Kind.OPERATION, one.pk, lifecycle.purpose(user, one), why,
        detail={"what": "final", "final": str(found.pk), "digest": digest(found)},
    )  # fmt: skip


def carry(approval: Approval) -> None:
    """Approves the final report. The database checks that the content of the report is the content that the
    second person approved."""
    by = approval.decided_by
    with guarded():
        Final.objects.filter(pk=uuid.UUID(approval.detail["final"])).update(
            state=Final.State.APPROVED, approved_at=now(), approved_by_name=person(by) if by else "",
        )  # fmt: skip


def preview(user: User, operation: uuid.UUID, final: uuid.UUID) -> Offer:
    """Returns the content and the recipients of an approved final report before it is sent. Stores
    nothing."""
    rules.check(user, "operation.plan")
    found = Final.objects.select_related("operation").get(pk=final, operation_id=operation)
    if found.state != Final.State.APPROVED:
        raise Refused("second")
    return releasing.of_final(user, found.operation, found)


def send(user: User, operation: uuid.UUID, final: uuid.UUID, token: str) -> None:
    """Sends an approved final report, and releases it exactly as the preview with this token showed it."""
    Final.objects.select_for_update().get(pk=final, operation_id=operation)
    offer = preview(user, operation, final)
    with guarded():
        Final.objects.filter(pk=final).update(state=Final.State.SENT, at=now())
        releasing.send(user, offer, token)
        acts.write(user, "operation.final", operation, report=final)


def ask_release(user: User, operation: uuid.UUID, final: uuid.UUID, why: str) -> None:
    """Requests the approval of a second person for the recipients of the report who need it."""
    offer = preview(user, operation, final)
    with guarded():
        releasing.ask(user, offer, why)
