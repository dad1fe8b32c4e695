"""Questions to experts: the actions of officers, experts and supervisors, and the escalation by workers. Each
action is one transaction and writes an entry in the journal, which contains only ids and codes.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, connection, transaction
from psycopg import Connection
from psycopg.types.json import Jsonb

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.columns import Theme
from vedette.apps.enforcement.actions.controls import restricted
from vedette.apps.enforcement.models import Asked, Clear, Expert, Question, QuestionMessage
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.enforcement.selectors.reachback import About, is_expert, photos_of
from vedette.apps.hits.models import SeenHit
from vedette.apps.notices import actions as notices
from vedette.apps.notices.models import Notice
from vedette.apps.subjects.models import Subject
from vedette.core.ids import new_id
from vedette.keys.ring import Keys

#: The greatest number of letters of the texts of a question.
LONGEST = {"seen": 2_000, "marks": 500, "question": 2_000, "text": 4_000}
#: The greatest number of photographs of a question, and of messages.
MOST_PHOTOS, MOST_MESSAGES = 12, 200
#: The time to answer. After each escalation, the time begins again.
TIMES: Mapping[str, dt.timedelta] = {
    Question.Urgency.IMMEDIATE: dt.timedelta(minutes=30),
    Question.Urgency.TODAY: dt.timedelta(hours=4),
    Question.Urgency.NORMAL: dt.timedelta(days=2),
}
#: The rank of a question for which no expert is named any more: the supervisors are asked.
SUPERVISORS = 0
#: State → action of a person → the state that follows. What the table does not contain is refused. Only the
#: clock escalates, and only an open question.
TABLE: Mapping[str, Mapping[str, str]] = {
    "open": {"further": "open", "answer": "answered", "close": "closed"},
    "answered": {"further": "open", "answer": "answered", "close": "closed"},
    "closed": {},
}
ACTIONS = ("further", "answer", "close")
#: Number of rows that a worker treats in one transaction.
CHUNK = 500


class Refused(rules.Coded):
    """The error that is raised if an action on a question is not possible. The code of the error is
    `missing`, `long`, `theme`, `state`, `stale`, `expert`, `asker`, `restricted`, `many`, `rank` or `own`.
    """


@dataclass(frozen=True)
class Given:
    """The input of a question."""

    id: uuid.UUID
    theme: str
    urgency: str
    question: str
    seen: str
    marks: str = ""
    photos: Sequence[uuid.UUID] = field(default_factory=tuple)


@transaction.atomic
def ask(user: User, about: About, given: Given) -> Question:
    """Asks the experts of a theme. A second request with the same id returns the same question. Raises
    `Refused` and `PermissionDenied`."""
    rules.check(user, "question.ask")
    subject = about.subject
    if restricted(subject):
        raise Refused("restricted")
    if given.theme not in user.themes or given.theme not in Theme.values:
        raise Refused("theme")
    if given.urgency not in TIMES or not given.question.strip() or not given.seen.strip():
        raise Refused("missing")
    words = {"seen": given.seen, "marks": given.marks, "question": given.question}
    if any(len(text) > LONGEST[name] for name, text in words.items()):
        raise Refused("long")
    if len(given.photos) > MOST_PHOTOS:
        raise Refused("many")
    if found := Question.objects.filter(pk=given.id, asked_by=user).first():
        return found
    at = now()
    due = at + TIMES[given.urgency]
    rank = _first_rank(given.theme)
    made = Question(
        id=given.id, organisation_id=subject.organisation_id, subject=subject, hit_id=about.hit_id,
        decision_id=about.decision_id, order_id=about.order_id, seizure_id=about.seizure_id,
        theme=given.theme, urgency=given.urgency, asked_by=user, asked_at=at, first_due_at=due,
        due_at=due, rank=rank,
        pairs=SeenHit.objects.get(pk=about.hit_id).seen if about.hit_id else 0,
    )  # fmt: skip
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise Refused("stale") from error
    _say(user, made, QuestionMessage.Kind.ASK, at, words)
    _carry(made, given.photos)
    acts.write(
        user, "question.ask", made.pk, about=subject.pk, theme=given.theme, urgency=given.urgency
    )
    return made


def _first_rank(theme: str) -> int:
    ranks = Expert.objects.filter(theme=theme).order_by("rank").values_list("rank", flat=True)
    return ranks[0] if ranks else SUPERVISORS


def _say(
    user: User, question: Question, kind: str, at: dt.datetime, words: Mapping[str, str]
) -> QuestionMessage:
    message = QuestionMessage(
        organisation_id=question.organisation_id, question=question, number=question.version,
        kind=kind, at=at, by=user, rank=question.rank,
    )  # fmt: skip
    message.save(force_insert=True)
    kept = {name: text.replace("\0", "").strip() for name, text in words.items() if text.strip()}
    if kept:
        # An expert does not see the subject, from whose row the function takes the retention.
        with connection.cursor() as cursor:
            values: list[Any] = [question.pk, message.pk, Jsonb(kept)]
            cursor.execute("SELECT vedette_question_text(%s, %s, %s)", values)
            if cursor.fetchone() != (True,):
                raise Refused("restricted")
    return message


def _carry(question: Question, photos: Sequence[uuid.UUID]) -> None:
    """Copies photographs of the subject that the user sees into the question, so that an expert sees them
    without seeing the hit. Photographs of another hit are excluded, because the colleagues who see the
    question may not be allowed to see that hit."""
    known = photos_of(question.subject_id, question.hit_id).filter(pk__in=list(photos))
    clear = Clear.objects.filter(
        subject_id=question.subject_id, record__in=known.values("pk")
    ).exclude(picture=None)
    subject = question.subject
    for record, data in clear.values_list("record", "picture"):
        Asked.objects.create(
            subject_id=subject.pk, record=uuid.uuid5(question.pk, str(record)), question_id=question.pk,
            retention_class=subject.retention_class, month=subject.month,
            organisation_id=subject.organisation_id, picture=data,
        )  # fmt: skip


@transaction.atomic
def act(user: User, id_: uuid.UUID, action: str, version: int, text: str) -> Question:
    """Adds an answer or a further question to a question, or closes it, if it still has the version that the
    user read. Raises `Question.DoesNotExist`, `Refused` and `PermissionDenied`."""
    rules.check(user, "question.answer" if action == "answer" else "question.ask")
    question = Question.objects.select_for_update().get(pk=id_)
    following = TABLE[question.state].get(action)
    if following is None:
        raise Refused("state")
    if question.version != version:
        raise Refused("stale")
    if not (may_answer if action == "answer" else may_follow)(user, question):
        raise Refused("expert" if action == "answer" else "asker")
    if action != "close" and not text.strip():
        raise Refused("missing")
    if len(text) > LONGEST["text"]:
        raise Refused("long")
    if question.version >= MOST_MESSAGES:
        raise Refused("many")
    at = now()
    question.version += 1
    question.state = following
    if action == "answer":
        question.first_answer_at = question.first_answer_at or at
        question.due_at = None
    elif action == "further":
        # The persons who are asked stay the same; only the clock begins again.
        question.due_at = at + TIMES[question.urgency]
    else:
        question.due_at, question.closed_at = None, at
    question.save(update_fields=["version", "state", "first_answer_at", "due_at", "closed_at"])
    _say(user, question, action, at, {"text": text})
    acts.write(user, f"question.{action}", question.pk, about=question.subject_id)
    return question


def may_answer(user: User, question: Question) -> bool:
    """Whether a user may answer a question: an expert of its theme or, after the last rank of experts, a
    supervisor. Users cannot answer their own questions."""
    if not rules.may(user, "question.answer") or user.pk == question.asked_by_id:
        return False
    if is_expert(user, question.theme):
        return True
    return question.rank == SUPERVISORS and rules.may(user, "expert.name")


def may_follow(user: User, question: Question) -> bool:
    """Whether a user may ask a further question or close a question.

    The person who asked the question may do this, and so may a colleague who may see the subject.
    """
    if not rules.may(user, "question.ask"):
        return False
    mine = user.pk == question.asked_by_id
    return mine or Subject.objects.filter(pk=question.subject_id).exists()


@transaction.atomic
def name_expert(user: User, whom: User, theme: str, rank: int) -> None:
    """Names a user of the organisation as an expert of a theme, or changes the rank of the expert. Users
    cannot name themselves, because an expert sees the questions of all units. Raises `Refused` and
    `PermissionDenied`."""
    rules.check(user, "expert.name")
    if whom.pk == user.pk:
        raise Refused("own")
    if theme not in user.themes or theme not in whom.themes:
        raise Refused("theme")
    if not 1 <= rank <= 9:
        raise Refused("rank")
    if whom.organisation_id != user.organisation_id or not rules.may(whom, "question.answer"):
        raise Refused("expert")
    assert user.organisation_id is not None  # noqa: S101  the rule asks for an organisation
    Expert.objects.update_or_create(
        organisation_id=user.organisation_id, theme=theme, user=whom, defaults={"rank": rank}
    )
    acts.write(user, "expert.name", whom.pk, theme=theme, rank=rank)


@transaction.atomic
def end_expert(user: User, expert: uuid.UUID) -> None:
    """Removes a user from the experts of a theme. Raises `Expert.DoesNotExist` and `PermissionDenied`."""
    rules.check(user, "expert.name")
    found = Expert.objects.select_for_update().get(pk=expert)
    acts.write(user, "expert.end", found.user_id, theme=found.theme)
    found.delete()


# --- what workers do ------------------------------------------------------------------------------

_OVERDUE = """
    SELECT q.id, q.organisation_id, q.theme, q.urgency, q.version,
           (SELECT min(e.rank) FROM enforcement_expert e
            WHERE e.organisation_id = q.organisation_id AND e.theme = q.theme AND e.rank > q.rank)
    FROM enforcement_question q
    WHERE q.due_at <= %s AND q.state = 'open'
    ORDER BY q.due_at, q.id LIMIT %s FOR UPDATE OF q SKIP LOCKED
"""
_UNTOLD = """
    SELECT m.id, q.organisation_id, m.kind, m.by_id, m.rank, q.id, q.theme, q.asked_by_id, q.subject_id,
           q.pairs
    FROM enforcement_questionmessage m JOIN enforcement_question q ON q.id = m.question_id
    WHERE NOT m.told ORDER BY m.at, m.id LIMIT %s FOR UPDATE OF m SKIP LOCKED
"""
#: The experts of a rank, or the supervisors who may see the subject.
_ASKED = """
    SELECT u.id FROM accounts_user u
    WHERE u.organisation_id = %(home)s AND u.is_active AND u.suspended_at IS NULL
      AND %(theme)s = ANY (u.themes) AND CASE WHEN %(rank)s > 0
        THEN EXISTS (SELECT FROM enforcement_expert e WHERE e.organisation_id = %(home)s
                     AND e.user_id = u.id AND e.theme = %(theme)s AND e.rank = %(rank)s)
        ELSE u.role = ANY (%(roles)s) AND EXISTS (
            SELECT FROM subjects_subject s WHERE s.organisation_id = %(home)s AND s.id = %(subject)s
              AND (u.unit_id IS NULL OR u.unit_id = s.unit_id)) AND %(pairs)s = %(pairs)s & (
            SELECT coalesce(bit_or(vedette_pair(theme, purpose)), 0)
            FROM unnest(vedette_reader_themes(u.themes::text[])) theme, unnest(u.purposes) purpose) END
"""


def watch(connection: Connection[Any], keys: Keys, at: dt.datetime) -> int:
    """Passes the questions that were not answered in time to the experts of the next rank. Notifies the
    persons who are asked and the person who asked. Returns the number of changes."""
    with connection.transaction():
        rows = connection.execute(_OVERDUE, [at, CHUNK]).fetchall()
        for id_, home, theme, urgency, version, following in rows:
            # After the last expert, the supervisors are asked, and nobody after them.
            upper = following or SUPERVISORS
            connection.execute(
                "UPDATE enforcement_question SET rank = %s, due_at = %s, escalations = escalations + 1,"
                " version = version + 1 WHERE organisation_id = %s AND id = %s",
                [upper, None if upper == SUPERVISORS else at + TIMES[urgency], home, id_],
            )
            connection.execute(
                "INSERT INTO enforcement_questionmessage (id, organisation_id, question_id, number, kind, at,"
                " rank, told) VALUES (%s, %s, %s, %s, 'escalate', %s, %s, false)",
                [new_id(), home, id_, version + 1, at, upper],
            )
            detail: dict[str, acts.Detail] = {"theme": theme, "rank": upper}
            entry = acts.Entry(home, None, "question.escalate", str(id_), detail)
            acts.write_many(connection, keys, [entry])
    with connection.transaction():
        told = _tell(connection, at)
    return len(rows) + told


def _tell(connection: Connection[Any], at: dt.datetime) -> int:
    """Sends the notifications about questions. The experts who are asked are notified of the question, of
    further questions and of the end of the question. The person who asked is notified of an answer. Both the
    experts and the person who asked are notified of an escalation.
    """
    rows = connection.execute(_UNTOLD, [CHUNK]).fetchall()
    roles = sorted(rules.RULES["expert.name"])
    for id_, home, kind, by, rank, question, theme, asker, subject, pairs in rows:
        values = {
            "home": home, "theme": theme, "rank": rank, "roles": roles, "subject": subject, "pairs": pairs,
        }  # fmt: skip
        asked = [one for (one,) in connection.execute(_ASKED, values)]
        to = {"answer": [asker], "escalate": [*asked, asker]}.get(kind, asked)
        event = notices.Event(
            kind=Notice.Kind.QUESTION, to=to, by=by, ref=str(id_), at=at,
            params={"what": kind, "page": "question", "id": str(question), "themes": [theme]},
        )  # fmt: skip
        notices.write(connection.execute, home, [event])
        connection.execute(
            "UPDATE enforcement_questionmessage SET told = true WHERE organisation_id = %s AND id = %s",
            [home, id_],
        )
    return len(rows)
