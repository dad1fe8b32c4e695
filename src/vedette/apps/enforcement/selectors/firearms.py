"""Reads firearm records for pages and exports."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import pgettext

from vedette.apps.enforcement.models import (
    Firearm,
    FirearmVersion,
    Seizure,
    SeizureVersion,
    TraceRequest,
)
from vedette.apps.enforcement.selectors import seizures
from vedette.apps.enforcement.selectors.controls import PAGE, positioned, texts
from vedette.apps.keyring import keyring
from vedette.core import firearms as forms
from vedette.core import serials
from vedette.core.cells import Table
from vedette.core.codes import country_name
from vedette.core.texts import Text

#: Number of records of an export that are read at once.
CHUNK = 1_000


def nation(code: str) -> str:
    """Returns the name of a country with its code, in the reader's language."""
    name = country_name(code)
    return f"{pgettext('country', name)} ({code})" if name else code


@dataclass(frozen=True)
class Shown:
    """A record with its values in clear text. The values are None if they are masked or if the reader may not
    see them."""

    row: Firearm
    values: forms.Firearm | None
    traces: Sequence[TraceRequest] = ()

    @property
    def named(self) -> Text:
        """The name of the type, of the part, or of ammunition."""
        row = self.row
        return forms.Firearm(item=row.item, type=row.type, part=row.part).named

    @property
    def state(self) -> Text:
        """The state of the serial number."""
        return forms.SERIAL_STATES[self.row.serial_state]

    @property
    def reason(self) -> Text | None:
        """Why the serial number is missing."""
        return forms.REASONS.get(self.row.no_serial)

    @property
    def warned(self) -> serials.Warned | None:
        """The warning about the serial number."""
        return serials.warning(self.values.serial) if self.values else None


def shown(rows: Sequence[Firearm]) -> list[Shown]:
    """Returns records with their values and tracing requests. The caller must have loaded `seizure` of the
    rows."""
    known = texts([one.seizure.subject_id for one in rows], [one.text_id for one in rows])
    traces: dict[uuid.UUID, list[TraceRequest]] = {}
    for trace in TraceRequest.objects.filter(firearm__in=[one.pk for one in rows]).order_by("at"):
        traces.setdefault(trace.firearm_id, []).append(trace)
    return [Shown(one, _values(known.get(one.text_id)), traces.get(one.pk, ())) for one in rows]


def _values(stored: Mapping[str, str] | None) -> forms.Firearm | None:
    return forms.read(stored)[0] if stored else None


def of_seizure(seizure: uuid.UUID, most: int | None = None) -> list[Shown]:
    """Returns the records of a seizure, in their order, without the records that were struck out.

    `most` is the greatest number of records; None means all records.
    """
    found = Firearm.objects.select_related("seizure").filter(seizure=seizure, struck_at=None)
    return shown(list(found.order_by("number")[:most]))


def counted_items(seizure: uuid.UUID) -> dict[str, int]:
    """Returns the number of records of a seizure by item, without the records that were struck out."""
    found = Firearm.objects.filter(seizure=seizure, struck_at=None)
    return dict(found.values_list("item").annotate(count=Count("pk")))


def counted(versions: Mapping[uuid.UUID, uuid.UUID]) -> list[Shown]:
    """Returns records in their order, with the values of the given versions. `versions` maps the id of a
    record to the id of its version."""
    stored = Firearm.objects.select_related("seizure").in_bulk(list(versions))
    values = FirearmVersion.objects.in_bulk(list(versions.values()))
    rows = []
    for id_, version in versions.items():
        if (row := stored.get(id_)) and (then := values.get(version)):
            for name in Firearm.COLUMNS:
                setattr(row, name, getattr(then, name))
            rows.append(row)
    return shown(rows)


def export(which: str) -> tuple[list[Shown], int]:
    """Returns all records of the list, the newest first, for a file, and the number of records that are left
    out because their seizure is marked TLP:RED. Records of subjects whose processing is restricted are left
    out and not counted."""
    found = (
        _of_list(which)
        .filter(seizure__subject__restricted=False)
        .alias(red=Exists(seizures.red().filter(pk=OuterRef("seizure"))))
    )
    rows = list(found.filter(red=False).order_by("-at", "-id"))
    chunks = [one for n in range(0, len(rows), CHUNK) for one in shown(rows[n : n + CHUNK])]
    return chunks, found.filter(red=True).count()


def is_red(seizure: Seizure) -> bool:
    """Whether a seizure is marked TLP:RED (`seizures.red`)."""
    return seizures.red().filter(pk=seizure.pk).exists()


def _of_list(which: str) -> QuerySet[Firearm]:
    found = Firearm.objects.select_related("seizure").filter(FILTERS[which], struck_at=None)
    return found.exclude(seizure__state=Seizure.State.WITHDRAWN)


#: Filter of the list → its condition.
FILTERS: dict[str, Q] = {
    "all": Q(),
    "missing": Q(serial_token=None) & ~Q(item="ammunition"),
    "alike": Q(alike="mixed"),
    "untraced": Q(traces=None, item="firearm"),
    "parts": Q(item="part"),
}


def listed(text: str, which: str, after: str) -> tuple[list[Shown], str]:
    """Returns one page of the records, the newest first, and the position of the next page. A search text is
    compared with serial numbers and lots. In serial numbers, characters that look alike count as equal."""
    found = _of_list(which)
    if text:
        token = keyring().token
        possible, lot = serials.possible(text), forms.lot_form(text)
        if not possible:
            return [], ""
        # A match would reveal the restricted value.
        found = found.filter(
            Q(possible_token=token("serial_alike", possible)) | Q(lot_token=token("lot", lot)),
            seizure__subject__restricted=False,
        )
    found = positioned(found.order_by("-at", "-id"), "at", "lt", after)
    rows = list(found[: PAGE + 1])
    page = rows[:PAGE]
    last = page[-1] if len(rows) > PAGE else None
    return shown(page), f"{last.at.isoformat()}_{last.pk.hex}" if last else ""


#: Columns of an export before those of the record.
EXPORT_HEAD = ("seizure", "marking", "number", "day", "alike_digits", "alike_letters")


def csv_of(rows: Sequence[Shown]) -> str:
    """Returns the records as a CSV file with a column for each field. If a serial number has characters that
    are easily confused, the file contains both readings. Masked values are marked."""
    text = io.StringIO()
    table = Table(text)
    table.row([*EXPORT_HEAD, *forms.FIELDS])
    markings = {
        one.seizure_id: one.get_marking_display()
        for one in SeizureVersion.objects.filter(
            seizure__in={one.row.seizure_id for one in rows}, number=F("seizure__version")
        )
    }
    for one in rows:
        row, values = one.row, one.values
        warned = serials.warning(values.serial) if values else None
        head = [
            row.seizure.reference, markings.get(row.seizure_id, ""), row.number, row.at.date().isoformat(),
            warned.digits if warned else "", warned.letters if warned else "",
        ]  # fmt: skip
        if values is not None:
            table.row([*head, *forms.given(values).values()])
        else:
            known = {
                "item": row.item, "type": row.type, "part": row.part, "quantity": row.quantity,
                "serial_state": row.serial_state, "no_serial": row.no_serial, "country": row.country,
                "import_country": row.import_country, "last_country": row.last_country,
                "made": ";".join(row.made), "iarms_on": row.iarms_on,
            }  # fmt: skip
            table.row([*head, *(known.get(name, "masked") for name in forms.FIELDS)])
    return text.getvalue()
