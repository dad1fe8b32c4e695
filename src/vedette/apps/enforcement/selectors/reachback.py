"""The queries about questions to experts."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from vedette.apps import query
from vedette.apps.accounts.models import User
from vedette.apps.enforcement.models import (
    Asked,
    ControlOrder,
    Expert,
    Photo,
    Question,
    QuestionMessage,
    Seizure,
)
from vedette.apps.enforcement.selectors import seizures
from vedette.apps.hits.models import SeenHit

#: Number of questions on a page, and of questions that the page of a hit shows.
PAGE, OF_SUBJECT = 50, 20
#: The lists of questions.
LISTS = ("waiting", "mine", "all")
#: The days of which the statistics count the questions.
DAYS = 90


def listed(user: User, which: str, after: str) -> tuple[list[Question], str]:
    """Returns a page of the questions that the reader sees, and the position of the next page. The list
    `waiting` begins with the earliest due time; the other lists begin with the newest question."""
    first = which == "waiting"
    found = Question.objects.select_related("asked_by").annotate(
        sorted_at=Coalesce("due_at", "asked_at") if first else F("asked_at")
    )
    if first:
        found = found.filter(state=Question.State.OPEN)
    elif which == "mine":
        found = found.filter(asked_by=user)
    if (key := _key(after)) is not None:
        at, id_ = key
        later = Q(sorted_at__gt=at) | Q(sorted_at=at, pk__gt=id_)
        earlier = Q(sorted_at__lt=at) | Q(sorted_at=at, pk__lt=id_)
        found = found.filter(later if first else earlier)
    found = found.order_by("sorted_at" if first else "-sorted_at", "pk" if first else "-pk")
    rows: list[Any] = list(found[: PAGE + 1])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return rows[:PAGE], f"{last.sorted_at.isoformat()}_{last.pk}" if last else ""


def _key(text: str) -> tuple[dt.datetime, uuid.UUID] | None:
    at_text, _, id_text = text.partition("_")
    try:
        at, id_ = dt.datetime.fromisoformat(at_text), uuid.UUID(id_text)
    except ValueError:
        return None
    return (at, id_) if at.tzinfo else None


def texts(questions: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, str]]:
    """Returns the texts of questions by the id of the message, without masked or restricted texts."""
    found = Asked.objects.filter(question_id__in=list(questions), picture=None)
    return dict(found.values_list("record", "texts"))


@dataclass(frozen=True)
class Said:
    """A message of a question. `texts` is empty if the texts are masked or restricted."""

    message: QuestionMessage
    texts: dict[str, str]

    @property
    def masked(self) -> bool:
        """Whether the message has texts that are hidden from the reader."""
        return not self.texts and self.message.kind != QuestionMessage.Kind.ESCALATE


def messages(question: Question) -> list[Said]:
    """Returns the messages of a question, the oldest first."""
    found = question.messages.select_related("by").order_by("number")[:500]
    known = texts([question.pk])
    return [Said(one, known.get(one.pk, {})) for one in found]


@dataclass(frozen=True)
class Brief:
    """The data of the block that shows a question with its latest answer on the page of a hit or control."""

    question: Question
    asked: dict[str, str]
    answer: Said | None


def of_subject(subject: uuid.UUID) -> list[Brief]:
    """Returns the latest questions about a subject that the reader sees, the newest first."""
    found = list(Question.objects.filter(subject_id=subject).order_by("-asked_at")[:OF_SUBJECT])
    known = texts([one.pk for one in found])
    last: dict[uuid.UUID, QuestionMessage] = {}
    first: dict[uuid.UUID, uuid.UUID] = {}
    kinds = (QuestionMessage.Kind.ASK, QuestionMessage.Kind.ANSWER)
    some = QuestionMessage.objects.filter(question__in=found, kind__in=kinds)
    for one in some.select_related("by").order_by("number"):
        if one.kind == QuestionMessage.Kind.ASK:
            first[one.question_id] = one.pk
        else:
            last[one.question_id] = one
    return [
        Brief(
            one,
            known.get(first.get(one.pk, one.pk), {}),
            Said(last[one.pk], known.get(last[one.pk].pk, {})) if one.pk in last else None,
        )
        for one in found
    ]


def pictures(question: Question) -> list[uuid.UUID]:
    """Returns the ids of the copies of photographs that a question contains."""
    found = Asked.objects.filter(question_id=question.pk).exclude(picture=None)
    return list(found.order_by("record").values_list("record", flat=True))


def picture(question: Question, record: uuid.UUID) -> bytes | None:
    """Returns a photograph of a question in encrypted form.

    Returns None if the reader may not see the photograph.
    """
    found = Asked.objects.filter(question_id=question.pk, record=record)
    data = found.values_list("picture", flat=True).first()
    return bytes(data) if data else None


def photos_of(subject: uuid.UUID, hit: uuid.UUID | None) -> QuerySet[Photo]:
    """Returns the valid photographs of a subject that belong either to no hit or to the given hit.
    Photographs of a seizure that is marked TLP:RED, and of its control, are excluded, because experts are not
    named recipients."""
    red = seizures.red().filter(subject_id=subject).exclude(state=Seizure.State.WITHDRAWN)
    marked = list(red.values_list("pk", "order_id"))
    found = Photo.objects.filter(subject_id=subject, struck_at=None)
    found = found.exclude(seizure_id__in=[pk for pk, _ in marked])
    found = found.exclude(order_id__in=[order for _, order in marked if order])
    return found.filter(Q(hit=None) | Q(hit=hit)) if hit else found.filter(hit=None)


def photos(about: About) -> list[Photo]:
    """Returns the photographs from which the user can select some for a question, the newest first."""
    return list(photos_of(about.subject.pk, about.hit_id).order_by("-at", "pk")[:24])


@dataclass(frozen=True)
class About:
    """The record (hit, control order or seizure) to which a question refers."""

    subject: Any
    hit_id: uuid.UUID | None
    decision_id: uuid.UUID | None
    order_id: uuid.UUID | None = None
    seizure_id: uuid.UUID | None = None


def about_hit(pk: uuid.UUID) -> About | None:
    """Returns a hit as the record to which a question refers, or None if the reader may not see the hit."""
    hit = SeenHit.objects.select_related("subject").filter(pk=pk).first()
    return About(hit.subject, hit.pk, None) if hit else None


def about_order(pk: uuid.UUID) -> About | None:
    """Returns a control order as the record to which a question refers, or None if the reader may not see the
    order.
    """
    one = ControlOrder.objects.select_related("subject").filter(pk=pk).first()
    return About(one.subject, one.hit_id, one.decision_id, order_id=one.pk) if one else None


def about_seizure(pk: uuid.UUID) -> About | None:
    """Returns a seizure as the record to which a question refers, or None if the reader may not see the
    seizure.
    """
    one = Seizure.objects.select_related("subject").filter(pk=pk).first()
    if one is None:
        return None
    return About(one.subject, one.hit_id, one.decision_id, one.order_id, one.pk)


def experts() -> QuerySet[Expert]:
    """Returns the experts of the organisation by theme and rank."""
    return Expert.objects.select_related("user").order_by("theme", "rank", "user__last_name", "pk")


def is_expert(user: User, theme: str) -> bool:
    """Whether the theme is one of the user's themes and the user is an expert of the theme."""
    return theme in user.themes and Expert.objects.filter(user=user, theme=theme).exists()


@dataclass(frozen=True)
class Speed:
    """The times to the first answer to the questions of a theme. If a question has no answer at its due time,
    it is counted as not answered in time."""

    theme: str
    asked: int
    answered: int
    #: The median of the time to the first answer, in seconds; None if no question is answered.
    median: float | None
    due: int
    in_time: int


def speeds(at: dt.datetime) -> list[Speed]:
    """Returns the statistics of the last days about the questions that the reader sees."""
    rows = query.dicts(
        """
        SELECT theme, count(*) AS asked, count(first_answer_at) AS answered,
               percentile_cont(0.5) WITHIN GROUP (
                   ORDER BY extract(epoch FROM first_answer_at - asked_at)::double precision) AS median,
               count(*) FILTER (WHERE first_answer_at IS NOT NULL OR first_due_at <= %(at)s) AS due,
               count(*) FILTER (WHERE first_answer_at <= first_due_at) AS in_time
        FROM enforcement_question
        WHERE asked_at > %(at)s - make_interval(days => %(days)s)
          AND NOT (state = 'closed' AND first_answer_at IS NULL)
        GROUP BY theme ORDER BY theme
        """,
        {"at": at, "days": DAYS},
    )
    return [Speed(**row) for row in rows]
