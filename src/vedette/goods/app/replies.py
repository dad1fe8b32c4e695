"""The reply to a declaration: release, documents or control. The reply never contains a reason.

A reply exists only after a person has decided on every hit of the declaration, or if an item was selected at
random for a control. Therefore, the absence of a reply does not reveal whether a hit exists.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User, all_purposes
from vedette.apps.enforcement.models import ControlOrder
from vedette.apps.hits.models import Decision, Result, SeenHit
from vedette.apps.keyring import keyring
from vedette.apps.profiles.models import Drawn
from vedette.apps.subjects.models import Identifier
from vedette.goods.app import clearance
from vedette.goods.app.disclosure import clear_goods
from vedette.goods.app.models import Declaration, GoodsItem
from vedette.goods.formats import cusres
from vedette.goods.formats.cusres import Answer
from vedette.goods.kind import KIND
from vedette.screening.exact import fold_document

#: Reply → its word.
WORDS: dict[Answer, Any] = {
    "release": _("The goods are released."),
    "documents": _("Documents must be presented."),
    "control": _("The goods must be presented for a control."),
}


class Several(Exception):
    """The error that is raised if several declarations have the reference. The caller must then identify the
    declaration by its id.
    """


@dataclass(frozen=True)
class Reply:
    """The reply to a declaration, with the time of the decision or of the selection on which it is based."""

    answer: Answer
    at: dt.datetime
    mrn: str | None
    lrn: str | None
    declarant: str

    @property
    def word(self) -> Any:
        """The reply in words."""
        return WORDS[self.answer]


def may(user: User) -> bool:
    """Returns whether a user may read replies.

    A reply depends on all hits of a declaration. Replies are therefore shown only to users who may see all
    hits: other users would learn from a reply that further hits exist, or would release goods too early.
    """
    return (
        rules.may(user, "reply.see")
        and set(KIND.themes) <= set(user.themes)
        and set(all_purposes()) <= set(user.purposes)
    )


def of_declaration(user: User, declaration: Declaration) -> Reply | None:
    """Returns the reply to a declaration, or None if there is no reply yet.

    The access is recorded in the journal. Raises `PermissionDenied`.
    """
    if not may(user):
        raise PermissionDenied
    items = list(
        GoodsItem.objects.filter(declaration=declaration, present=True).order_by("pk").values_list(
            "pk", flat=True
        )
    )  # fmt: skip
    found = _answer(items)
    acts.write(user, "reply.see", declaration.pk, answer=found[0] if found else None)
    if found is None or not items:
        return None
    goods = next(iter(clear_goods(items[:1]).values()), None)
    message = goods.goods.message if goods else None
    return Reply(
        *found, message.mrn if message else None, message.lrn if message else None,
        (message.declarant or "") if message else "",
    )  # fmt: skip


def _answer(items: list[uuid.UUID]) -> tuple[Answer, dt.datetime] | None:
    """Returns the strictest answer for these items, with the time of the last decision or selection on which
    it is based."""
    hits = SeenHit.objects.filter(subject_id__in=items).exclude(state=SeenHit.State.VOID)
    of_hit = dict(hits.values_list("pk", "subject_id"))
    open_ = hits.exclude(state=SeenHit.State.DECIDED).exists()
    decided: dict[uuid.UUID, Decision] = {}
    for one in Decision.objects.filter(hit__in=list(of_hit)).order_by("at", "pk"):
        decided[one.hit_id] = one
    results: dict[uuid.UUID, Result] = {}
    for result in Result.objects.filter(hit__in=list(of_hit)).order_by("at", "pk"):
        results[result.hit_id] = result
    lanes = clearance.lanes_of(list(of_hit.values()))
    answers: dict[Answer, list[dt.datetime]] = {}
    controlled: set[uuid.UUID] = set()
    for hit, decision in decided.items():
        lane = lanes.get(of_hit[hit])
        answer, at = _of_decision(decision.choice, lane.lane if lane else ""), decision.at
        done = results.get(hit)
        if done is not None and done.at >= decision.at:
            controlled.add(of_hit[hit])
            # The control found nothing: the goods are free.
            answer = "release" if done.outcome == Result.Outcome.NOTHING else "control"
            at = done.at
        answers.setdefault(answer, []).append(at)
    # A control of an item without a hit, which was selected at random.
    orders = ControlOrder.objects.filter(subject__in=items, hit=None, state=ControlOrder.State.DONE)
    ended = {one.subject_id: one for one in orders.order_by("ended_at")}
    for id_, order in ended.items():
        nothing = order.finding == ControlOrder.Finding.NOTHING
        if order.ended_at is not None and id_ not in controlled:
            controlled.add(id_)
            answers.setdefault("release" if nothing else "control", []).append(order.ended_at)
    drawn = Drawn.objects.filter(subject_id__in=items, lane=clearance.RANDOM).exclude(
        subject_id__in=controlled
    )
    times = dict(
        GoodsItem.objects.filter(pk__in=drawn.values("subject_id")).values_list("pk", "received_at")
    )
    if times:
        answers.setdefault("control", []).extend(times.values())
    if "control" in answers:
        return "control", max(answers["control"])
    if open_ or not answers:
        return None
    answer = "documents" if "documents" in answers else "release"
    return answer, max(at for some in answers.values() for at in some)


def _of_decision(choice: str, lane: str) -> Answer:
    """Returns the answer that follows from a decision. Goods that are held or refused must be presented for a
    control. If the item is in the yellow lane, its documents are checked, but the goods are not."""
    if choice == Decision.Choice.RELEASE:
        return "release"
    if choice == Decision.Choice.REFER and lane == "yellow":
        return "documents"
    return "control"


def by_reference(reference: str) -> Declaration:
    """Returns the declaration with an MRN or a local reference.

    Raises `Declaration.DoesNotExist`, and `Several` if several senders submitted a declaration with this
    reference.
    """
    token = keyring().token("reference", fold_document(reference))
    subjects = Identifier.objects.filter(kind="reference", token=token).values("subject_id")
    found = Declaration.objects.filter(
        pk__in=GoodsItem.objects.filter(pk__in=subjects, present=True).values("declaration"),
        joined_to=None, document="declaration",
    )[:2]  # fmt: skip
    rows = list(found)
    if len(rows) > 1:
        raise Several
    if not rows:
        raise Declaration.DoesNotExist
    return rows[0]


def message(user: User, declaration: Declaration, reply: Reply) -> bytes:
    """Returns a reply as a CUSRES message."""
    assert user.organisation is not None  # noqa: S101  the right requires it
    number = f"{int(reply.at.timestamp()) % 10**9:09}{declaration.pk.int % 10**5:05}"
    return cusres.write(
        reply.answer, reply.at, sender=user.organisation.name, recipient=reply.declarant, number=number,
        mrn=reply.mrn, lrn=reply.lrn,
    )  # fmt: skip
