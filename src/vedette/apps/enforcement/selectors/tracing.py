"""Reads tracing requests for pages and exports."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from vedette.apps.enforcement.models import Seizure, SeizureVersion, TraceEvent, TraceRequest
from vedette.apps.enforcement.selectors.controls import PAGE, positioned, texts
from vedette.apps.enforcement.selectors.firearms import nation, shown
from vedette.apps.rendering import say
from vedette.core import tracing as forms
from vedette.core.cells import Table
from vedette.core.texts import Day, Text


def given(row: TraceRequest) -> dict[str, str]:
    """Returns the values that the officer entered (`forms.ASKED`). Masked texts are left out."""
    known = texts([row.firearm.seizure.subject_id], [row.text_id]).get(row.text_id, {})
    return {name: known.get(name, "") for name in forms.ASKED} | {
        name: getattr(row, name) for name in ("to_country", "channel", "illicit", "use")
    }


def _version(seizure: Seizure) -> SeizureVersion | None:
    return SeizureVersion.objects.filter(seizure=seizure, number=seizure.version).first()


def sheet(row: TraceRequest) -> list[forms.Cell]:
    """Returns every field of the export with its value: the fields of the request, of the firearm, and of the
    seizure. Neither the record nor the export contains data about suspects."""
    weapon, seizure = row.firearm, row.firearm.seizure
    [one] = shown([weapon])
    values: dict[str, forms.Value] = {}
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
        "reference": row.reference, "day": Day(row.asked_on), "to_country": asked["to_country"],
        "seizure": seizure.reference,
    }  # fmt: skip
    if (version := _version(seizure)) is not None:
        named = texts([seizure.subject_id], [version.pk]).get(version.pk, {}).get("place", "")
        kind = str(version.get_place_kind_display()) if version.place_kind else ""
        place = ", ".join(filter(None, (named, version.office, kind)))
        values |= {
            "seized_on": Day(version.day), "place": place or version.country,
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
            values[name] = nation(code)
    return forms.sheet(values)


def csv_of(row: TraceRequest) -> str:
    """Returns the export of a request as a CSV file. Each line contains the key of a field, its name in the
    language of the reader, its value, and whether a required value is missing."""
    text = io.StringIO()
    table = Table(text)
    table.row(["field", "name", "required", "value", "missing"])
    for cell in sheet(row):
        table.row(
            [
                cell.field.key, say(cell.field.label), "1" if cell.field.required else "0",
                _plain(cell.value), "1" if cell.missing else "0",
            ]
        )  # fmt: skip
    return text.getvalue()


def _plain(value: forms.Value) -> str:
    """Returns a value as text for a file, with days in ISO 8601 format."""
    return value.value.isoformat() if isinstance(value, Day) else say(value)


@dataclass(frozen=True)
class Told:
    """A step of a request with its texts. The values are None if they are masked."""

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
    known = texts([subject], [one.pk for one in events])
    return [Told(one, known.get(one.pk, {})) for one in events]


#: Filter of the list → the states that it shows.
FILTERS: dict[str, tuple[str, ...]] = {
    "open": ("draft", *forms.WAITING, "answered", "refused"),
    "waiting": tuple(forms.WAITING),
    "ended": tuple(forms.ENDED),
    "all": tuple(forms.STATES),
}


def listed(which: str, after: str) -> tuple[list[TraceRequest], str]:
    """Returns one page of the requests, the most recently changed first, and the position of the next
    page."""
    found: QuerySet[Any] = TraceRequest.objects.select_related("firearm__seizure", "by")
    found = found.filter(state__in=FILTERS[which])
    found = positioned(found.order_by("-changed_at", "-id"), "changed_at", "lt", after)
    rows = list(found[: PAGE + 1])
    page = rows[:PAGE]
    last = page[-1] if len(rows) > PAGE else None
    return page, f"{last.changed_at.isoformat()}_{last.pk.hex}" if last else ""
