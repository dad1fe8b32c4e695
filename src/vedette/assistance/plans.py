"""Proposals for an action plan. A person accepts, changes or waives each proposal. No proposal is accepted
automatically.

A question has a gap if its level is below its target. The priority of a gap is

    gap × risk ÷ effort

where `gap` = target − level. A question that is not seen or not answered has level 0. The priority is
calculated as an exact fraction. It is displayed with two decimal places, rounded half to even. Proposals are
sorted by priority, highest first. Proposals with the same priority are in the order of the questions. A
question that is not applicable has no gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from vedette.assistance.sheets import NA, Question, Sheet

#: The decisions about a proposal.
ACCEPTED, CHANGED, WAIVED = "accepted", "changed", "waived"


@dataclass(frozen=True)
class Proposal:
    """A proposed action: the question with its gap, and the help that may close the gap."""

    question: Question
    level: int
    seen: bool

    @property
    def gap(self) -> int:
        return self.question.target - self.level

    @property
    def priority(self) -> Fraction:
        """Returns the value of gap × risk ÷ effort, as an exact fraction."""
        return Fraction(self.gap * self.question.risk, self.question.effort)

    @property
    def shown(self) -> Decimal:
        """Returns the priority rounded to two decimal places."""
        exact = Decimal(self.priority.numerator) / Decimal(self.priority.denominator)
        return exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN)


def propose(sheet: Sheet) -> list[Proposal]:
    """Returns a proposal for each gap, in the order that is described at the top of this module."""
    proposals = []
    for question in sheet.questions:
        answer = sheet.answers.get(question.id)
        if answer is not None and answer.state == NA:
            continue
        level = None if answer is None else answer.level
        if (level or 0) < question.target:
            proposals.append(Proposal(question, level or 0, level is not None))
    return sorted(proposals, key=lambda one: -one.priority)


def open_gaps(proposals: Iterable[Proposal], decisions: Mapping[str, str]) -> list[str]:
    """Returns the questions with a proposal that no person has decided yet. The plan is complete if the
    returned list is empty. `decisions` maps the id of a question to `accepted`, `changed` or `waived`.
    """
    decided = {ACCEPTED, CHANGED, WAIVED}
    return [p.question.id for p in proposals if decisions.get(p.question.id) not in decided]
