"""Actions on diagnostics: opening a diagnostic, adding the answers of the Member and of the mission, deciding
between two answers, freezing and releasing the diagnostic.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max

from vedette.apps.accounts import acts
from vedette.apps.accounts.models import User
from vedette.apps.assistance.actions.common import (
    Refused,
    diagnostic,
    guarded,
    locked,
    person,
    same,
    text,
)
from vedette.apps.assistance.models import Bank, Diagnostic, Entry
from vedette.apps.assistance.selectors import diagnostics as selectors
from vedette.apps.assistance.selectors.requests import home
from vedette.apps.columns import new_id
from vedette.apps.enforcement.selectors.controls import now
from vedette.assistance import banks
from vedette.assistance.sheets import read_answer, read_sheet

#: The name of the device of an answer that was typed on a page of the server.
PAGE = "page"


@transaction.atomic
def open_new(by: User, request: uuid.UUID, bank: Bank | None = None) -> Diagnostic:
    """Opens a diagnostic with a question bank, by default the question bank of vedette. Raises `Refused` if a
    diagnostic of the request is not frozen yet.
    """
    one = locked(by, request, "diagnostic")
    if Diagnostic.objects.filter(request=one).exclude(state="frozen").exists():
        raise Refused("open")
    number = Diagnostic.objects.filter(request=one).aggregate(most=Max("number"))["most"] or 0
    version = banks.example().version if bank is None else bank.version
    made = Diagnostic(
        organisation_id=one.organisation_id, request=one, number=number + 1, bank=bank,
        bank_version=version, opened_by=by, opened_at=now(),
    )  # fmt: skip
    with guarded():
        made.save(force_insert=True)
    acts.write(by, "diagnostic.open", made.pk, number=made.number)
    return made


@transaction.atomic
def answer(
    by: User, id_: uuid.UUID, side: str, question: str, value: Mapping[str, Any],
    based_on: Sequence[uuid.UUID], entry: uuid.UUID | None = None, *, device: str = PAGE,
    time: dt.datetime | None = None,
) -> Entry:  # fmt: skip
    """Adds an entry (an answer) for a question. `based_on` contains the ids of the entries that the author
    saw. `entry` is the id that the page or the device created. If the same person sends the same form twice,
    only one entry is added. `time` is the time of the device; without it, the time of the server is used.
    Raises `Refused`.
    """
    if side not in Entry.Side.values:
        raise Refused("missing", "side")
    one = diagnostic(by, id_, "self" if side == Entry.Side.SELF else "answer")
    if one.state != Diagnostic.State.OPEN:
        raise Refused("frozen")
    if entry is not None and (found := Entry.objects.filter(pk=entry).first()) is not None:
        if (found.author_id, found.diagnostic_id, found.side, found.question) != (
            by.pk, one.pk, side, question,
        ):  # fmt: skip
            # Another entry has this id: to return it would lose this answer without a word.
            raise Refused("conflict")
        return found
    bank = selectors.bank_of(one)
    answer_of(bank, question, value, person(by))
    at = now()
    number = Entry.objects.filter(diagnostic=one, author=by, device=device).count()
    known = set(
        Entry.objects.filter(
            diagnostic=one, side=side, question=question, pk__in=list(based_on)
        ).values_list("pk", flat=True)
    )
    made = Entry(
        id=entry or new_id(), organisation_id=home(by), diagnostic=one, side=side, question=question,
        device=device, number=number, author=by, author_name=person(by), time=time or at, at=at,
        based_on=sorted(known), value=dict(value) | {"author": person(by)},
    )  # fmt: skip
    with guarded():
        made.save(force_insert=True)
    acts.write(by, "diagnostic.answer", one.pk, side=side)
    return made


def answer_of(bank: banks.Bank, question: str, value: Mapping[str, Any], author: str) -> None:
    """Checks an answer by the rules of the questionnaire. Raises `Refused`."""
    sheet = read_sheet({"bank": bank.as_sheet(), "answers": []})
    found = next((one for one in sheet.questions if one.id == question), None)
    if found is None:
        raise Refused("missing", "question")
    problems: list[str] = []
    usable = read_answer(
        lambda place, message: problems.append(message), question, found,
        dict(value) | {"author": author},
    )  # fmt: skip
    if usable is None:
        level = value.get("level")
        if value.get("state") == "na":
            raise Refused("na_second" if value.get("reason") else "na_reason", "answer")
        raise Refused("evidence" if isinstance(level, int) and level >= 3 else "level", "answer")


@transaction.atomic
def decide(
    by: User, id_: uuid.UUID, question: str, keep: uuid.UUID, reason: str, side: str = "assessed"
) -> Entry:
    """The team leader decides between differing answers of the mission, and the Member decides between
    differing answers of its self-assessment. The decision is a new entry that is based on all these answers.
    Raises `Refused`.
    """
    one = diagnostic(by, id_, "decide" if side == Entry.Side.ASSESSED else "self")
    words = text(reason, 2_000, "reason", required=True)
    bank = selectors.bank_of(one)
    state = selectors.answers(one, bank, side).merged.get(question)
    if state is None or state.decided:
        raise Refused("decided")
    kept = next((row for row in state.current if row.id == str(keep)), None)
    if kept is None:
        raise Refused("missing", "keep")
    value = dict(kept.value) | {"decision": words, "evidence": state.evidence}
    return answer(by, id_, side, question, value, [uuid.UUID(row.id) for row in state.current])


@transaction.atomic
def hide_self(by: User, id_: uuid.UUID, hide: bool) -> None:
    """Sets whether assessors can see the self-assessment only after the mission has answered."""
    one = diagnostic(by, id_, "decide")
    with guarded():
        Diagnostic.objects.filter(pk=one.pk).update(hide_self=hide)
    acts.write(by, "diagnostic.hide", one.pk, hide=hide)


@transaction.atomic
def ask_freeze(by: User, id_: uuid.UUID) -> None:
    """Requests the freeze of a diagnostic. Raises `Refused` if some answers still differ, or if no question
    was answered.
    """
    one = diagnostic(by, id_, "freeze")
    bank = selectors.bank_of(one)
    found = selectors.answers(one, bank, "assessed")
    if found.conflicts:
        raise Refused("conflicts")
    if not found.sheet.answers:
        raise Refused("empty")
    if one.state != Diagnostic.State.OPEN:
        raise Refused("frozen")
    with guarded():
        Diagnostic.objects.filter(pk=one.pk).update(
            state="asked", asked_by_id=by.pk, asked_at=now()
        )
    acts.write(by, "diagnostic.freeze", one.pk)


@transaction.atomic
def reopen(by: User, id_: uuid.UUID) -> None:
    """Withdraws or refuses the request to freeze a diagnostic. Answers can be added again afterwards."""
    one = diagnostic(by, id_, "confirm")
    if one.state != Diagnostic.State.ASKED:
        raise Refused("frozen")
    with guarded():
        Diagnostic.objects.filter(pk=one.pk).update(state="open", asked_by_id=None, asked_at=None)
    acts.write(by, "diagnostic.reopen", one.pk)


@transaction.atomic
def confirm(by: User, id_: uuid.UUID, seen: str | None = None) -> None:
    """A second person of the Member or the mission confirms the freeze that was requested at the time `seen`,
    which the page showed. A worker then signs the frozen answers and scores. Raises `Refused`.
    """
    one = diagnostic(by, id_, "confirm")
    if one.state != Diagnostic.State.ASKED:
        raise Refused("frozen")
    if one.asked_by_id == by.pk:
        raise Refused("own")
    same(seen, one.asked_at.isoformat() if one.asked_at else "")
    with guarded():
        Diagnostic.objects.filter(pk=one.pk).update(
            state="confirmed", confirmed_by_id=by.pk, confirmed_at=now()
        )
    acts.write(by, "diagnostic.confirm", one.pk)


@transaction.atomic
def share(by: User, id_: uuid.UUID) -> None:
    """Releases the scores and the plan of a diagnostic to the organisation that gives assistance. Only the
    Member can do this.
    """
    one = diagnostic(by, id_, "share")
    at: dt.datetime = now()
    with guarded():
        Diagnostic.objects.filter(pk=one.pk, shared_at__isnull=True).update(shared_at=at)
    acts.write(by, "diagnostic.share", one.pk)
