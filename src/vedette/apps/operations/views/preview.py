"""The preview of a release: the recipients, the reasons for refusals, and the exact content that is sent."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse

from vedette.apps.accounts.models import Approval
from vedette.apps.accounts.rules import Request
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations.actions.common import Refused
from vedette.apps.operations.actions.messages import form_of
from vedette.apps.operations.actions.releasing import Offer
from vedette.apps.operations.models import Operation
from vedette.apps.operations.views.common import page
from vedette.apps.operations.views.values import language, value_of
from vedette.apps.release import selectors as released
from vedette.apps.release import wording
from vedette.apps.release.models import Feedback, Release
from vedette.core.message_forms import Field

#: The steps of a form with a preview: the first request shows it, and the next one states what to do.
SEND, ASK, CHANGE = "send", "ask", "change"
_OWN = ("csrfmiddlewaretoken", "token", "step", "switch", "release_why")


def words_of(one: Operation, kind: str, template: int) -> wording.Form:
    """Returns a function that formats the values of a form and uses the labels of the version of the form."""
    fields: dict[str, Field] = {each.id: each for each in form_of(one, kind, template)[1]}

    def write(field: str, value: str) -> tuple[str, str]:
        known = fields.get(field)
        return (known.label(language()), value_of(known, value)) if known else (field, value)

    return write


def context_of(offer: Offer, form: wording.Form | None = None) -> dict[str, Any]:
    """Returns the data that the part `release/_preview.html` shows."""
    content = offer.made.content
    return {
        "preview": offer.preview,
        "offer": offer,
        "sent_to": len(offer.preview.allowed),
        "content": wording.lines(content, form) if form else wording.lines(content),
        "asked": asked(offer.made.item.pk),
    }


def asked(item: uuid.UUID) -> Approval | None:
    """Returns the pending request for the approval of this version by a second person."""
    return Approval.objects.filter(
        kind=Approval.Kind.RELEASE, subject=str(item), state=Approval.State.ASKED, expires_at__gt=now()
    ).first()  # fmt: skip


def shown(
    request: Request, one: Operation, offer: Offer, form: wording.Form | None = None,
    kept: Sequence[str] = (), problem: Refused | None = None,
) -> HttpResponse:  # fmt: skip
    """Shows the content and the recipients of a form before it is sent. The page keeps the values that the
    user entered."""
    hidden = [
        (name, value)
        for name in request.POST
        if name not in _OWN
        for value in request.POST.getlist(name)
    ]
    context = context_of(offer, form) | {"hidden": hidden, "kept": kept}
    return page(request, one, "preview", context, problem)


def sent_to(version: uuid.UUID, object_: uuid.UUID) -> list[dict[str, Any]]:
    """Returns the recipients to whom a version was released, with their confirmations of receipt."""
    return _rows(Release.objects.filter(item_id=version), object_)


def sent_to_object(object_: uuid.UUID) -> list[dict[str, Any]]:
    """Returns the recipients to whom an object was released, with their confirmations of receipt."""
    return _rows(Release.objects.filter(object=object_), object_)


def _rows(rows: QuerySet[Release], object_: uuid.UUID) -> list[dict[str, Any]]:
    names = released.organisations()
    receipts: dict[uuid.UUID, list[Feedback]] = {}
    for one in released.feedback(object_):
        receipts.setdefault(one.copy_id, []).append(one)
    return [
        {
            "release": row,
            "name": names.get(row.recipient_id, "–"),
            "receipts": receipts.get(row.copy_id, []),
        }
        for row in rows.order_by("at", "pk")[:400]
    ]
