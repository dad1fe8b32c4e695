"""The queries about diagnostics: the answers of the Member and of the mission, their scores, and the figures
of the pages."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Func, IntegerField

from vedette.apps.assistance.models import Bank, Diagnostic, Entry
from vedette.assistance import banks, merging, plans, scores
from vedette.assistance.sheets import Answer, Problem, Sheet, read_answer, read_sheet

SELF, ASSESSED = Entry.Side.SELF, Entry.Side.ASSESSED


def bank_of(diagnostic: Diagnostic) -> banks.Bank:
    """Returns the question bank of a diagnostic."""
    if diagnostic.bank is None:
        return banks.example()
    return banks.read_bank(diagnostic.bank.content)


@dataclass(frozen=True)
class BankLine:
    """A version of a question bank: its name, its number of questions, and when it was added."""

    id: uuid.UUID
    version: str
    questions: int
    at: dt.datetime


#: Versions of question banks on the page.
MOST_BANKS = 100


def banks_seen() -> list[BankLine]:
    """Returns the versions of question banks that the reader sees, the latest first.

    The content of the versions stays in the database.
    """
    count = Func(
        F("content__questions"), function="jsonb_array_length", output_field=IntegerField()
    )
    rows = Bank.objects.annotate(questions=count).order_by("-at", "-pk")
    return [
        BankLine(*row) for row in rows.values_list("pk", "version", "questions", "at")[:MOST_BANKS]
    ]


@dataclass(frozen=True)
class Answers:
    """The answers of one side (the Member or the mission): the state of each answered question, and the sheet
    of the decided answers. A question whose current answers differ is not in the sheet of decided answers.
    A question with differing answers is counted as “not seen” until the team leader decides.
    """

    merged: Mapping[str, merging.Merged]
    sheet: Sheet
    problems: Sequence[Problem]

    @property
    def conflicts(self) -> list[str]:
        """The questions whose answers differ, in the order of the bank."""
        return [
            one.id for one in self.sheet.questions
            if one.id in self.merged and not self.merged[one.id].decided
        ]  # fmt: skip


def answers(diagnostic: Diagnostic, bank: banks.Bank, side: str, using: str = "default") -> Answers:
    """Returns the answers of one side of a diagnostic."""
    return merged_answers(bank, entries(diagnostic, side, using))


def merged_answers(bank: banks.Bank, rows: Sequence[merging.Entry]) -> Answers:
    """Returns the answers that the stored rows contain."""
    merged, problems = merging.merge(rows)
    empty = read_sheet({"bank": bank.as_sheet(), "answers": []})
    by_id = {one.id: one for one in empty.questions}
    found: dict[str, Answer] = {}
    told = list(problems)
    for one in merged:
        if one.question not in by_id or not one.decided:
            continue
        value = dict(one.current[0].value) | {"evidence": one.evidence}
        answer = read_answer(
            lambda place, message: told.append(Problem(place, message)),
            one.question, by_id[one.question], value,
        )  # fmt: skip
        if answer is not None:
            found[one.question] = answer
    sheet = Sheet(empty.areas, empty.questions, found, ())
    return Answers({one.question: one for one in merged}, sheet, told)


def entries(diagnostic: Diagnostic, side: str, using: str = "default") -> list[merging.Entry]:
    """Returns the entries of one side in the form that the merge reads. Workers pass the name of their
    database connection.
    """
    found = Entry.objects.using(using).filter(
        diagnostic_id=diagnostic.pk, diagnostic__organisation_id=diagnostic.organisation_id
    )
    rows = found.filter(side=side).order_by("pk")
    return [
        merging.Entry(
            str(row.pk), row.question, row.device, row.number, row.author_name, row.time.isoformat(),
            tuple(sorted(str(one) for one in row.based_on)), row.value,
        )
        for row in rows
    ]  # fmt: skip


def shown_self(diagnostic: Diagnostic, roles: set[str], own: Answers, mission: Answers) -> Answers:
    """Returns the self-assessment as a reader may see it. If the team leader hid the self-assessment,
    assessors see the Member's answer to a question only after the mission has answered this question. The
    Member always sees its self-assessment.
    """
    if not diagnostic.hide_self or not roles & {"leader", "assessor"} or "contact" in roles:
        return own
    kept = {name: one for name, one in own.merged.items() if name in mission.merged}
    answered = {name: one for name, one in own.sheet.answers.items() if name in mission.merged}
    sheet = Sheet(own.sheet.areas, own.sheet.questions, answered, ())
    return Answers(kept, sheet, own.problems)


def targets(sheet: Sheet) -> scores.Result:
    """Returns the scores that the Member would have if each applicable question reached its target."""
    reached = {
        one.id: Answer(one.id, level=one.target)
        for one in sheet.questions
        if one.id not in sheet.answers or sheet.answers[one.id].state != "na"
    }
    reached |= {name: one for name, one in sheet.answers.items() if one.state == "na"}
    return scores.score(Sheet(sheet.areas, sheet.questions, reached))


def evidence_hashes(sheet: Sheet) -> dict[str, str]:
    """Returns the SHA-256 of each piece of evidence, by its name, for the signed content."""
    found = {}
    for name, answer in sheet.answers.items():
        for number, text in enumerate(answer.evidence, 1):
            found[f"{name}/{number}"] = hashlib.sha256(text.encode()).hexdigest()
    return found


def gaps(sheet: Sheet) -> list[plans.Proposal]:
    """Returns the gaps, largest first; equal gaps are in the order of the rule of the action plan."""
    return sorted(plans.propose(sheet), key=lambda one: -one.gap)


def former(diagnostic: Diagnostic) -> Diagnostic | None:
    """Returns the last frozen diagnostic of the same Member before this one."""
    return (
        Diagnostic.objects.filter(
            request_id=diagnostic.request_id, state="frozen", number__lt=diagnostic.number
        )
        .order_by("-number")
        .first()
    )


def frozen_scores(diagnostic: Diagnostic) -> dict[str, Any]:
    """Returns the scores that are stored with a frozen diagnostic."""
    return dict((diagnostic.snapshot or {}).get("parts", {}).get("scores", {}))
