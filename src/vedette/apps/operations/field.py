"""Entries of an operation that are recorded on a device without a network: controls and seizures
(`apps/offline`).
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from vedette.apps import display
from vedette.apps.accounts.models import User
from vedette.apps.offline.kinds import EntryKind, Form, Taken, Unfit
from vedette.apps.operations import rights, wording
from vedette.apps.operations.actions import messages
from vedette.apps.operations.actions.common import Refused
from vedette.apps.operations.models import Message, Operation
from vedette.apps.operations.selectors import operations as selectors
from vedette.core import message_forms
from vedette.formats.field_entries import Entry

#: The kinds of messages that a device can enter.
_KINDS = rights.COUNTED
#: The values that the next entry keeps.
_KEPT = ("place", "category", "mode")
#: Type of a field → what the page states about its input.
_INPUTS = {
    "day": {"type": "date"}, "time": {"type": "datetime-local"}, "integer": {"inputMode": "numeric"},
    "number": {"inputMode": "decimal"},
}  # fmt: skip


def forms(user: User) -> list[Form]:
    """Returns the forms of the operations in which the user may currently report."""
    live = Operation.objects.filter(state=Operation.State.LIVE).order_by("name", "pk")
    mine = [
        one
        for one in live
        if any(
            rights.may_send("control", role, one.state, ended=False, closed=False)
            for role in selectors.roles(user, one)
        )
    ]
    return [
        _form(one, kind, f"{title}, {one.name}" if len(mine) > 1 else title, **preset)
        for one in mine
        for kind, title, preset in (
            ("control", gettext("Nothing found"), {"found": "no"}),
            ("seizure", gettext("Seizure"), {}),
            ("control", gettext("Control"), {}),
        )
    ]


def _form(one: Operation, kind: str, title: str, **preset: str) -> Form:
    number, form = messages.form_of(one, kind)
    group = f"{gettext('EXERCISE')} · {one.name}" if one.exercise else one.name
    return Form(
        key=f"{one.pk}:{kind}:{'-'.join(preset)}", kind=KIND.name, target=one.pk, form=kind,
        template=number, group=group, title=title, preset=preset,
        kept=_KEPT, fields=[_field(each) for each in form if not each.hidden],
    )  # fmt: skip


def _field(one: message_forms.Field) -> dict[str, Any]:
    language = "fr" if (get_language() or "fr").startswith("fr") else "en"
    label = one.label(language)
    choices = [[code, one.word(code, language)] for code, _ in one.choices]
    if one.type == "yesno":
        choices = [["no", gettext("no")], ["yes", gettext("yes")]]
    return {
        "id": one.id, "long": one.type == "long", "input": _INPUTS.get(one.type, {}),
        "label": f"{label} ({one.unit})" if one.unit else label, "nominal": one.nominal,
        "required": one.required, "short": one.short or one.required, "length": one.length,
        "choices": choices,
        "condition": one.condition and [one.condition.field, list(one.condition.values)],
    }  # fmt: skip


def _entered(entry: Entry, ahead: dt.timedelta) -> messages.Entered:
    if entry.form not in _KINDS:
        raise Unfit("kind")
    return messages.Entered(
        id=entry.id, kind=entry.form, typed=entry.values, template=entry.template,
        zone=entry.zone or None, ahead=ahead,
    )  # fmt: skip


def take(user: User, entry: Entry, ahead: dt.timedelta) -> Taken:
    """Stores an entry as a message, with the version of the form in which it was recorded."""
    try:
        made = messages.take_entry(user, entry.target, _entered(entry, ahead))
    except Operation.DoesNotExist as error:
        raise Unfit("member") from error
    except Refused as refused:
        raise _unfit(refused) from refused
    if made.by_id != user.pk or made.operation_id != entry.target:
        # Another message has this id.
        raise Unfit("stale")
    return _taken(made)


def amend(user: User, result: uuid.UUID, entry: Entry, ahead: dt.timedelta) -> Taken:
    """Stores a correction or a withdrawal of a message that was stored from an entry."""
    last = Message.objects.filter(root=result).order_by("-version").first()
    if last is None:
        raise Unfit("message")
    entered = _entered(entry, ahead) if entry.what == "correct" else None
    why = entry.why.strip() or gettext("Corrected on the device")
    try:
        return _taken(messages.take_correction(user, last.pk, last.version, why, entered))
    except Refused as refused:
        raise _unfit(refused) from refused


def _taken(made: Message) -> Taken:
    until = max(made.operation.until, made.at) + messages.NOMINAL_KEPT
    return Taken(made.root, until)


def _unfit(refused: Refused) -> Unfit:
    problems = refused.problems if isinstance(refused, messages.Invalid) else {}
    return Unfit(refused.code, problems)


def shown(user: User, entry: Entry) -> list[tuple[str, str]]:
    """Returns the values of an entry, with the labels, units and words of its form."""
    one, fields = _form_of(entry)
    found = [_line(fields.get(key), key, value) for key, value in entry.values.items() if value]
    kind = dict(Message.Kind.choices).get(entry.form, entry.form)
    return [(gettext("Operation"), one.name if one else "–"), (gettext("Form"), str(kind)), *found]


def _form_of(entry: Entry) -> tuple[Operation | None, dict[str, dict[str, Any]]]:
    """Returns the operation of an entry, and the fields of the version of the form that was filled in."""
    one = Operation.objects.filter(pk=entry.target).first()
    if one is None or entry.form not in _KINDS:
        return one, {}
    try:
        _, form = messages.form_of(one, entry.form, entry.template)
    except Refused:
        _, form = messages.form_of(one, entry.form)
    return one, {str(each["id"]): each for each in map(_field, form)}


def labels(user: User, entry: Entry) -> dict[str, str]:
    """Returns the labels of the fields of the form that was filled in."""
    return {name: field["label"] for name, field in _form_of(entry)[1].items()}


def _line(field: dict[str, Any] | None, key: str, value: str) -> tuple[str, str]:
    if field is None:
        return key, value
    if field["input"].get("type") == "datetime-local":
        value = _moment(value)
    return field["label"], dict(field["choices"]).get(value, value)


def _moment(text: str) -> str:
    """Returns the date and the time that were entered on the device, without a conversion to another time
    zone."""
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{display.day(at.date())} {at:%H:%M}"


def said(code: str) -> str:
    """Returns the sentence for a reason, or for the problem of a field."""
    if code == "values":
        # The sentence of a form says that the fields are marked below.
        return gettext("Some fields must be corrected.")
    return str(wording.PROBLEMS.get(code) or wording.VALUES.get(code) or "")


def unsent(user: User, results: list[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Returns the messages that the user has not sent yet, each with the address of the page that sends it. A
    correction is sent together with the other entries of the operation."""
    rows = selectors.unsent(user).filter(root__in=results)
    return {
        root: reverse("operation-message", args=[root])
        if version == 1
        else reverse("operation-send", args=[operation])
        for root, version, operation in rows.values_list("root", "version", "operation")
    }


KIND = EntryKind(
    name="operation", word=_("entry of an operation"), right="operation.report", forms=forms, take=take,
    amend=amend, shown=shown, said=said, unsent=unsent, labels=labels, page="operation-message",
)  # fmt: skip
