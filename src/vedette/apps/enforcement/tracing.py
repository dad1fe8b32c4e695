"""Tracing requests: records them and their steps, and reads them for pages and exports.

A request is sent outside vedette: by the national central bureau of INTERPOL, by the national contact point,
or directly. An officer records each step. The states and their actions are those of `core/tracing.py`.
"""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.columns import new_id
from vedette.apps.enforcement import firearms
from vedette.apps.enforcement.firearms import Stale, keep_texts, texts_of
from vedette.apps.enforcement.models import (
    Firearm,
    Seizure,
    SeizureVersion,
    TraceEvent,
    TraceRequest,
)
from vedette.apps.enforcement.selectors import now
from vedette.apps.rendering import say
from vedette.core import tracing as forms
from vedette.core.cells import Table
from vedette.core.texts import Text

PAGE = 50


class Incomplete(Exception):
    """The request lacks required fields, so it cannot be recorded as submitted."""

    def __init__(self, missing: Sequence[forms.Field]) -> None:
        super().__init__("incomplete")
        self.missing = missing


class Taken(Exception):
    """There is an open request to the same State about the same firearm."""


# --- writing --------------------------------------------------------------------------------------


def _seizure(firearm: uuid.UUID) -> Seizure:
    """Locks the seizure of a firearm. Every writer locks the seizure first, so that no two wait for each
    other."""
    return firearms.locked(Firearm.objects.values_list("seizure_id", flat=True).get(pk=firearm))


def ask(user: User, firearm: uuid.UUID, id_: uuid.UUID, values: Mapping[str, str]) -> TraceRequest:
    """Makes a draft of a request. A draft that was sent twice with the same id is stored once. Raises
    `Taken`, `Stale` (the firearm was struck out), and `PermissionDenied`."""
    rules.check(user, "seizure.write")
    with transaction.atomic():
        of = _seizure(firearm)
        stored = TraceRequest.objects.filter(pk=id_).first()
        if stored is not None:
            if stored.firearm_id != firearm:
                raise Stale
            return stored
        weapon = Firearm.objects.get(pk=firearm)
        if weapon.struck_at is not None:
            raise Stale
        at = now()
        row = TraceRequest(
            id=id_, organisation_id=of.organisation_id, firearm=weapon, by=user, at=at,
            changed_at=at, asked_on=timezone.localdate(at), **_codes(values),
        )  # fmt: skip
        _save(row, new=True)
        keep_texts(of, row.text_id, _texts(values))
        acts.write(user, "trace.ask", row.pk, firearm=weapon.pk)
    return row


def edit(user: User, id_: uuid.UUID, version: int, values: Mapping[str, str]) -> TraceRequest:
    """Changes a draft that the user read in the given version. Raises `Taken`, `Stale`, `forms.Refused`, and
    `PermissionDenied`."""
    rules.check(user, "seizure.write")
    with transaction.atomic():
        of, row = _locked(id_, version)
        row.state = forms.step(row.state, "edit")
        for name, value in _codes(values).items():
            setattr(row, name, value)
        row.text_id = new_id()
        row.version, row.changed_at = row.version + 1, now()
        _save(row)
        keep_texts(of, row.text_id, _texts(values))
        acts.write(user, "trace.edit", row.pk, version=row.version)
    return row


def act(
    user: User, id_: uuid.UUID, version: int, action: str, fields: Mapping[str, str]
) -> tuple[TraceRequest, forms.Errors]:
    """Records a step of a request that the user read in the given version. Returns the request, and the
    problems of the fields; with problems, nothing is recorded. Raises `Incomplete`, `Stale`, `forms.Refused`,
    and `PermissionDenied`."""
    rules.check(user, "seizure.write")
    with transaction.atomic():
        of, row = _locked(id_, version)
        state = forms.step(row.state, action)
        if action == "edit":
            raise forms.Refused("edit is no step")
        at = now()
        last = row.events.order_by("-at", "-id").first()
        since = last.day if last is not None else row.asked_on
        step, errors = forms.read_step(action, fields, since, timezone.localdate(at))
        if step is None:
            return row, errors
        if action == "submit":
            lacking = forms.missing(sheet(row))
            if lacking:
                raise Incomplete(lacking)
            row.sent_on = step.day
        row.state = state
        if action in ("answer", "refuse"):
            row.replied_on = step.day
        row.ground = step.codes["ground"] if action in ("delay", "refuse") else ""
        row.expected_on = step.expected_on if action == "delay" else None
        if action == "answer":
            row.result, row.diverted = step.codes["result"], step.codes["diverted"]
            row.found_country = step.codes["found_country"]
        row.version, row.changed_at = row.version + 1, at
        row.save()
        event = TraceEvent.objects.create(
            organisation_id=row.organisation_id, trace=row, action=action, state=state, day=step.day,
            ground=step.codes["ground"], result=step.codes["result"], by=user, at=at,
        )  # fmt: skip
        if step.texts:
            keep_texts(of, event.pk, step.texts)
        acts.write(user, "trace.step", row.pk, action=action, state=state)
    return row, {}


def _locked(id_: uuid.UUID, version: int) -> tuple[Seizure, TraceRequest]:
    of = _seizure(TraceRequest.objects.values_list("firearm_id", flat=True).get(pk=id_))
    row = TraceRequest.objects.select_for_update(of=("self",)).select_related("firearm").get(pk=id_)
    if row.version != version:
        raise Stale
    return of, row


def _save(row: TraceRequest, new: bool = False) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=new)
    except IntegrityError as error:
        if "trace_open_once" in str(error):
            raise Taken from None
        raise


def _codes(values: Mapping[str, str]) -> dict[str, str]:
    return {name: values[name] for name in ("to_country", "channel", "illicit", "use")}


def _texts(values: Mapping[str, str]) -> dict[str, str]:
    return {
        name: values[name]
        for name in ("authority", "contact", "basis", "circumstances", "use_note")
    }


# --- reading --------------------------------------------------------------------------------------


def given(row: TraceRequest) -> dict[str, str]:
    """Returns the values that the officer entered (`forms.ASKED`). Masked texts are missing."""
    texts = texts_of([(row.firearm.seizure.subject_id, row.text_id)]).get(row.text_id, {})
    return {name: texts.get(name, "") for name in forms.ASKED} | {
        name: getattr(row, name) for name in ("to_country", "channel", "illicit", "use")
    }


def _version(seizure: Seizure) -> SeizureVersion | None:
    return SeizureVersion.objects.filter(seizure=seizure, number=seizure.version).first()


def sheet(row: TraceRequest) -> list[forms.Cell]:
    """Returns every field of the export of a request with its value: those of the request, of the firearm,
    and of the seizure. The record holds no suspects, and the export contains none."""
    weapon, seizure = row.firearm, row.firearm.seizure
    [one] = firearms.shown([weapon])
    values: dict[str, str | Text] = {}
    if one.values is not None:
        values |= forms.of_weapon(one.values)
    asked = given(row)
    values |= {
        name: asked[name] for name in ("authority", "contact", "basis", "circumstances", "use_note")
    }
    for name, known in (
        ("channel", forms.CHANNELS),
        ("illicit", forms.ILLICIT),
        ("use", forms.USES),
    ):
        values[name] = known.get(asked[name], "")
    values |= {
        "reference": row.reference, "day": row.asked_on.isoformat(), "to_country": asked["to_country"],
        "seizure": seizure.reference,
    }  # fmt: skip
    if (version := _version(seizure)) is not None:
        place = " ".join(filter(None, (version.office, version.get_place_kind_display())))
        values |= {
            "seized_on": version.day.isoformat(), "place": place or version.country,
            "departure": version.departure, "destination": version.destination,
        }  # fmt: skip
    for name in (
        "to_country",
        "country",
        "import_country",
        "last_country",
        "departure",
        "destination",
    ):
        code = values.get(name)
        if isinstance(code, str) and code:
            values[name] = firearms.nation(code)
    return forms.sheet(values)


def csv_of(row: TraceRequest) -> str:
    """Returns the export of a request as a CSV file with one line a field: its key, its name in the language
    of the reader, its value, and whether a required value is missing."""
    text = io.StringIO()
    table = Table(text)
    table.row(["field", "name", "required", "value", "missing"])
    for cell in sheet(row):
        table.row(
            [
                cell.field.key, say(cell.field.label), "1" if cell.field.required else "0",
                say(cell.value), "1" if cell.missing else "0",
            ]
        )  # fmt: skip
    return text.getvalue()


@dataclass(frozen=True)
class Told:
    """A step of a request with its texts. They are None if they are masked."""

    event: TraceEvent
    texts: Mapping[str, str]

    @property
    def action(self) -> Text:
        """The name of the action."""
        return forms.ACTIONS[self.event.action]

    @property
    def ground(self) -> Text | None:
        """The ground of a delay or of a refusal."""
        return forms.GROUNDS.get(self.event.ground)

    @property
    def result(self) -> Text | None:
        """The result of an answer."""
        return forms.RESULTS.get(self.event.result)


def history(row: TraceRequest) -> list[Told]:
    """Returns the steps of a request, the oldest first."""
    events = list(row.events.select_related("by").order_by("at", "id"))
    subject = row.firearm.seizure.subject_id
    texts = texts_of([(subject, one.pk) for one in events])
    return [Told(one, texts.get(one.pk, {})) for one in events]


#: Filter of the list → the states that it shows.
FILTERS: dict[str, tuple[str, ...]] = {
    "open": ("draft", *forms.WAITING, "answered", "refused"),
    "waiting": tuple(forms.WAITING),
    "ended": tuple(forms.ENDED),
    "all": tuple(forms.STATES),
}


def listed(which: str, after: str) -> tuple[list[TraceRequest], str]:
    """Returns one page of the requests, those that were changed last first, and the position of the next
    page."""
    found: QuerySet[Any] = TraceRequest.objects.select_related("firearm__seizure", "by")
    found = found.filter(state__in=FILTERS[which])
    at, _, id_ = after.partition("_")
    try:
        place = dt.datetime.fromisoformat(at), uuid.UUID(id_)
    except ValueError:
        place = None
    if place is not None and place[0].tzinfo is not None:
        found = found.filter(Q(changed_at__lt=place[0]) | Q(changed_at=place[0], id__lt=place[1]))
    rows = list(found.order_by("-changed_at", "-id")[: PAGE + 1])
    page = rows[:PAGE]
    last = page[-1] if len(rows) > PAGE else None
    return page, f"{last.changed_at.isoformat()}_{last.pk.hex}" if last else ""
