"""Answers to a diagnostic that are entered on a device without a network connection (`apps/offline`): one
form for each area, or for a part of a large area. Each answered question becomes an entry of the
diagnostic."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vedette.apps.accounts.models import User
from vedette.apps.assistance import wording
from vedette.apps.assistance.actions import diagnostics as actions
from vedette.apps.assistance.actions.common import Refused
from vedette.apps.assistance.models import AssistanceRequest, Diagnostic
from vedette.apps.assistance.models import Entry as Answer
from vedette.apps.assistance.selectors import diagnostics as selectors
from vedette.apps.assistance.selectors import requests
from vedette.apps.assistance.views.diagnostics import tongue
from vedette.apps.offline.kinds import EntryKind, Form, Taken, Unfit
from vedette.apps.query import now
from vedette.assistance import banks
from vedette.assistance.sheets import EVIDENCE_FROM, LEVELS, NA, NOT_SEEN
from vedette.formats.field_entries import Entry

#: The name of the device of an answer that was made on the page for field work.
DEVICE = "field"
#: Most questions of one form, and most diagnostics of a person.
MOST, MOST_DIAGNOSTICS = 30, 5


def forms(user: User) -> list[Form]:
    """Returns the forms of the open diagnostics in which the user may answer."""
    found = []
    rows = Diagnostic.objects.filter(state=Diagnostic.State.OPEN).order_by("-opened_at", "pk")
    for one in rows[:MOST_DIAGNOSTICS]:
        of = AssistanceRequest.objects.get(pk=one.request_id)
        if (side := _side(user, of)) is not None:
            found += _forms(of, one, side)
    return found


def _side(user: User, of: AssistanceRequest) -> str | None:
    """Returns the side for which a user answers, which is the Member (self-assessment) or the mission
    (assessment). Returns None if the user may not answer for either side."""
    roles = requests.roles(user, of)
    if "contact" in roles:
        return Answer.Side.SELF
    return Answer.Side.ASSESSED if roles & {"leader", "assessor"} else None


def _parts(
    bank: banks.Bank,
) -> Iterator[tuple[str, str, int, list[tuple[int, banks.BankQuestion]]]]:
    """Returns the forms of a question bank, each with its name, its area, its number in the area, and its
    questions with their numbers."""
    for place, area in enumerate(bank.areas, 1):
        own = [(number, one) for number, one in enumerate(bank.questions, 1) if one.area == area]
        for part, first in enumerate(range(0, len(own), MOST), 1):
            yield f"{place}-{part}", area, part, own[first : first + MOST]


def _forms(of: AssistanceRequest, one: Diagnostic, side: str) -> list[Form]:
    bank, words = selectors.bank_of(one), tongue()
    current = selectors.answers(one, bank, side).merged
    made = []
    for name, area, part, questions in _parts(bank):
        title = bank.areas[area][words] + (f" ({part})" if part > 1 else "")
        # The entries that the author sees: the answers of the device are based on them.
        preset = {
            f"b{number}": " ".join(row.id for row in current[question.id].current[:50])
            for number, question in questions if question.id in current
        }  # fmt: skip
        made.append(Form(
            key=f"{one.pk}:{name}", kind=KIND.name, target=one.pk, form=name, template=one.number,
            group=f"{of.reference} · {gettext('Diagnostic')} {one.number}", title=title,
            preset=preset,
            fields=[field for number, question in questions for field in _fields(number, question, words)],
        ))  # fmt: skip
    return made


def _fields(number: int, question: banks.BankQuestion, words: str) -> list[dict[str, Any]]:
    """Returns the form fields of a question: the choice of a level with its description, and the fields that
    a level or a state requires."""
    level = f"l{number}"
    choices = [[str(step), f"{step} – {question.levels[words][step]}"] for step in LEVELS]
    choices += [[NA, str(wording.ANSWERS[NA])], [NOT_SEEN, str(wording.ANSWERS[NOT_SEEN])]]

    def field(
        name: str, type_: str, label: str, when: list[str] | None, **more: Any
    ) -> dict[str, Any]:
        return {
            "id": name, "type": type_, "label": label, "unit": "", "nominal": False,
            "required": when is not None, "short": True, "length": 2_000, "choices": [],
            "condition": [level, when] if when else None,
        } | more  # fmt: skip

    high = [str(step) for step in LEVELS if step >= EVIDENCE_FROM]
    fields = [
        field(level, "choice", f"{number}. {question.text[words]}", None, choices=choices),
        field(f"e{number}", "long", f"{number}. {gettext('Evidence')}: {question.evidence[words]}", high),
        field(f"r{number}", "text", f"{number}. {gettext('Why the question is not applicable')}", [NA]),
    ]  # fmt: skip
    if "minimum" in question.scoring:
        label = gettext("Role of the second person who confirmed this")
        fields.append(field(f"s{number}", "text", f"{number}. {label}", [NA]))
    return fields


def take(user: User, entry: Entry, ahead: dt.timedelta) -> Taken:
    """Stores each answered question as an entry of the diagnostic.

    The new entry is based on the entries that were stored on the device, and on earlier answers that the same
    person entered on the page for field work. Raises `Unfit`, and then stores no answer, if an answer breaks
    a rule.
    """
    one = Diagnostic.objects.filter(pk=entry.target).first()
    of = AssistanceRequest.objects.filter(pk=one.request_id).first() if one else None
    side = _side(user, of) if of else None
    if one is None or side is None:
        raise Unfit("role")
    found = list(_answers(one, entry))
    if not found:
        raise Unfit("empty")
    problems = {}
    for number, question, value in found:
        try:
            _store(user, one, entry, ahead, side, number, question, value)
        except Refused as refused:
            if refused.code not in ("evidence", "level", "na_reason", "na_second"):
                raise Unfit(refused.code) from refused
            problems[f"l{number}"] = refused.code
    if problems:
        raise Unfit("values", problems)
    # The diagnostic keeps the answers. The time of the device decides nothing about the entry's period.
    return Taken(one.pk, now())


def amend(user: User, result: uuid.UUID, entry: Entry, ahead: dt.timedelta) -> Taken:
    """Stores corrected answers.

    No answer is overwritten: a correction is a later answer that is based on the first answer. An answer
    cannot be taken back, because others may have read it. Raises `Unfit`.
    """
    if entry.what != "correct" or entry.target != result:
        raise Unfit("no_withdrawal")
    return take(user, entry, ahead)


def _answers(one: Diagnostic, entry: Entry) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Returns the answered questions of an entry, each with its number, its id, and its value in the form
    that the page of a question uses."""
    for number, question in enumerate(selectors.bank_of(one).questions, 1):
        chosen = entry.values.get(f"l{number}", "")
        if not chosen:
            continue
        value: dict[str, Any] = {"state": chosen} if chosen in (NA, NOT_SEEN) else {}
        if chosen in {str(level) for level in LEVELS}:
            value["level"] = int(chosen)
        for name, key in (("r", "reason"), ("s", "second_person")):
            if text := entry.values.get(f"{name}{number}", "").strip()[:2_000]:
                value[key] = text
        if text := entry.values.get(f"e{number}", "").strip()[:2_000]:
            value["evidence"] = [f"observation: {text}"]
        yield number, question.id, value


def _store(
    user: User, one: Diagnostic, entry: Entry, ahead: dt.timedelta, side: str, number: int,
    question: str, value: dict[str, Any],
) -> None:  # fmt: skip
    based = []
    for text in entry.values.get(f"b{number}", "").split()[:50]:
        try:
            based.append(uuid.UUID(text))
        except ValueError as error:
            raise Unfit("values") from error
    own = Answer.objects.filter(
        diagnostic=one, side=side, question=question, author=user, device=DEVICE,
        time__lt=entry.made - ahead,
    )  # fmt: skip
    based += own.values_list("pk", flat=True)
    # The same entry received twice has the same ids, and is stored once.
    actions.answer(
        user, one.pk, side, question, value, based, uuid.uuid5(entry.id, question),
        device=DEVICE, time=entry.made - ahead,
    )  # fmt: skip


def shown(user: User, entry: Entry) -> list[tuple[str, str]]:
    """Returns the values of an entry that could not be stored, with the texts of their questions."""
    fields = _fields_of(entry)
    found = []
    for key, value in entry.values.items():
        if value and not key.startswith("b"):
            field = fields.get(key, {"label": key, "choices": []})
            found.append((field["label"], dict(field["choices"]).get(value, value)))
    return found


def _fields_of(entry: Entry) -> dict[str, dict[str, Any]]:
    """Returns the fields of all questions of the diagnostic to which an entry belongs."""
    one = Diagnostic.objects.filter(pk=entry.target).first()
    questions = enumerate(selectors.bank_of(one).questions, 1) if one else ()
    return {
        field["id"]: field
        for number, question in questions
        for field in _fields(number, question, tongue())
    }


def labels(user: User, entry: Entry) -> dict[str, str]:
    """Returns the labels of the fields of the questions."""
    return {name: field["label"] for name, field in _fields_of(entry).items()}


def said(code: str) -> str:
    """Returns the sentence for the code of a reason, or for the code of a problem with a field."""
    return str(wording.PROBLEMS.get(code, ""))


def unsent(user: User, results: list[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The mission can read the answers at once: no answer waits to be sent."""
    return {}


KIND = EntryKind(
    name="diagnostic", word=_("answers to a diagnostic"), right="assistance.work", forms=forms, take=take,
    amend=amend, shown=shown, said=said, unsent=unsent, labels=labels, page="diagnostic",
)  # fmt: skip
