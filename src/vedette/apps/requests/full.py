"""The file for the data-protection officer: all data that is stored about a person, and all journal
entries about this data.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from vedette.apps.accounts.models import Act, Approval
from vedette.apps.enforcement.selectors import full as controlled
from vedette.apps.hits import selectors, wording
from vedette.apps.hits.models import SeenHit
from vedette.apps.requests.corrections import statements
from vedette.apps.requests.releasable import disclosed
from vedette.apps.retention.selectors import masked, periods
from vedette.apps.subjects.kinds import app_kind
from vedette.apps.subjects.models import Subject


def file(subjects: Sequence[uuid.UUID], reference: str) -> dict[str, Any]:
    """Returns the content of the file as nested values. For masked subjects, the file states only
    that they are masked, because unmasking always requires a second person.
    """
    rows = Subject.objects.in_bulk(list(subjects))
    hits = {
        hit.subject_id: hit
        for hit in SeenHit.objects.filter(subject__in=list(subjects)).select_related("subject")
    }
    return {
        "reference": reference,
        "subjects": [
            {"id": id_, **told, **_held(rows[id_], told["masked"]), **_done(id_, hits.get(id_))}
            for id_, told in disclosed(rows.values()).items()
        ],
    }


def _held(subject: Subject, is_masked: bool) -> dict[str, Any]:
    period = periods(subject.retention_class)
    came = subject.received_at.date()
    done = masked(subject.kind, subject.month) if is_masked else None
    return {
        "minor": subject.minor,
        "restricted": subject.restricted,
        "retention": {
            "class": subject.retention_class,
            "month": subject.month,
            "masks_on": came + dt.timedelta(days=period.mask_after),
            "ends_on": came + period.lasts(subject.retention_class),
            **({"masked_at": done.at, "profile": done.profile} if done else {}),
        },
        "rectified": [
            {"element": s.element, "value": s.value, "basis": s.basis, "reference": s.reference, "at": s.at}
            for s in statements(subject)
        ],
    }  # fmt: skip


def _done(subject: uuid.UUID, hit: SeenHit | None) -> dict[str, Any]:
    ids = [str(subject), *([str(hit.pk)] if hit else [])]
    ids += map(str, controlled.ids(subject))
    # The journal entry about a page with several subjects contains the ids of all of them, or of their hits.
    linked = ("hit.see_linked", "link.see")
    about = Q(subject__in=ids) | Q(act__in=linked, detail__subjects__contains=str(subject))
    if hit:
        about |= Q(act="queue.see", detail__hits__contains=str(hit.pk))
    acts = Act.objects.filter(about).select_related("user")
    asked = Approval.objects.filter(kind=Approval.Kind.UNMASK, subject=str(subject))
    return {
        "hit": _hit(hit) if hit else None,
        **controlled.of_subject(subject),
        "viewers": [
            {"at": act.at, "who": act.user.display() if act.user else "", "act": act.act}
            for act in sorted(acts, key=lambda act: (act.at, act.pk))
        ],
        "unmaskings": [
            {
                "at": one.asked_at, "asked_by": one.asked_by.display(), "state": one.state,
                "decided_by": one.decided_by.display() if one.decided_by else "",
                "purpose": one.purpose, "case": one.case, "until": one.expires_at,
            }
            for one in asked.select_related("asked_by", "decided_by").order_by("asked_at")
        ],
    }  # fmt: skip


def _hit(hit: SeenHit) -> dict[str, Any]:
    kind = app_kind(hit.subject.kind)
    return {
        "id": hit.pk,
        "state": hit.state,
        "priority": hit.priority,
        "opened_at": hit.opened_at,
        "favour": wording.favour(hit.favour, kind),
        "reasons": [
            {
                "sentence": wording.short(reason, kind), "state": reason.state,
                "outcome": reason.outcome, "contribution": reason.contribution,
                "score": reason.score, "knowledge": reason.knowledge, "evidence": reason.evidence,
            }
            for reason in selectors.reasons(hit)
        ],
        "decisions": [
            {
                "at": one.at, "choice": one.choice, "by": one.by.display(),
                "second": one.second.display() if one.second else "",
                "why": one.why if one.why is not None else "masked", "basis": one.basis or "",
            }
            for one in selectors.decisions(hit)
        ],
        "history": [
            {"at": e.at, "by": e.by.display() if e.by else "", "what": wording.event(e)}
            for e in selectors.history(hit)
        ],
    }  # fmt: skip
