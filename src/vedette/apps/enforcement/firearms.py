"""Records firearms, parts and ammunition that were seized, and reads them for pages and exports.

A change makes a new version: its texts are a new row of `Clear`, and the texts of earlier versions remain. A
record that was entered by mistake is struck out, not deleted.
"""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils.translation import pgettext

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.columns import new_id
from vedette.apps.enforcement.models import Clear, Seizure, TraceRequest
from vedette.apps.enforcement.models.firearms import Firearm
from vedette.apps.enforcement.selectors import now
from vedette.apps.keyring import keyring
from vedette.core import firearms as forms
from vedette.core import serials
from vedette.core.cells import Table, plain
from vedette.core.codes import country_name
from vedette.core.texts import Text, gettext_lazy
from vedette.formats import tables
from vedette.formats.edifact import Unreadable

#: Number of records on a page, in a file and in a seizure.
PAGE, MAX_ROWS, MAX_RECORDS = 50, 5_000, 10_000
MAX_BYTES = 8 * 1024 * 1024
#: Problems of a file that are kept. The number of all is counted.
MOST_PROBLEMS = 1_000

TOO_LARGE = gettext_lazy("The file is larger than 8 MB. Divide it into several files.")
TOO_MANY = gettext_lazy("The file has more than 5,000 rows. Divide it into several files.")
EMPTY = gettext_lazy("The file has no row with a heading and no record.")
NO_COLUMN = gettext_lazy("Line 1 has no column “%(value)s”. Download the template for the columns.")
COLUMN_TWICE = gettext_lazy("Line 1 has the column “%(value)s” twice.")
TAKEN = gettext_lazy("This serial number is recorded in this seizure already, as number %(n)s.")
TWICE = gettext_lazy("Row %(n)s of the file has the same serial number.")
UNREADABLE = gettext_lazy("The file cannot be read: %(value)s")


class Stale(Exception):
    """Another person changed the record in the meantime, or struck it out."""


class Withdrawn(Exception):
    """The seizure was withdrawn. It takes no records."""


class Taken(Exception):
    """A record with this serial number is in the seizure already."""

    def __init__(self, number: int) -> None:
        super().__init__("taken")
        self.number = number


class BadFile(ValueError):
    """The file cannot be read at all. `text` states the reason and the remedy."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.msgid)
        self.text = text


def nation(code: str) -> str:
    """Returns the name of a country with its code, in the reader's language."""
    name = country_name(code)
    return f"{pgettext('country', name)} ({code})" if name else code


# --- texts of records -----------------------------------------------------------------------------


def keep_texts(seizure: Seizure, record: uuid.UUID, texts: Mapping[str, str]) -> None:
    """Writes the texts of a record of a seizure. Empty texts are left out."""
    subject = seizure.subject
    Clear.objects.create(
        subject_id=subject.pk, record=record, retention_class=subject.retention_class,
        month=subject.month, organisation_id=seizure.organisation_id, hit_id=seizure.hit_id,
        decision_id=seizure.decision_id, restricted=subject.restricted,
        texts={name: text for name, text in texts.items() if text},
    )  # fmt: skip


def texts_of(records: Collection[tuple[uuid.UUID, uuid.UUID]]) -> dict[uuid.UUID, dict[str, str]]:
    """Returns the texts of records, given as (subject, record), as far as they are not masked and the reader
    may see them."""
    found = Clear.objects.filter(
        subject_id__in={subject for subject, _ in records}, record__in=[id_ for _, id_ in records]
    )
    return dict(found.values_list("record", "texts"))


# --- writing --------------------------------------------------------------------------------------


def columns(one: forms.Firearm) -> dict[str, Any]:
    """Returns the values of the columns of a record: its codes, and the tokens of the forms of its values."""
    token = keyring().token

    def of(kind: str, form: str) -> bytes | None:
        return token(kind, form) if form else None

    number = serials.form(one.serial)
    warned = serials.warning(one.serial)
    return {
        "item": one.item, "type": one.type, "part": one.part, "quantity": one.quantity,
        "serial_state": one.serial_state, "no_serial": one.no_serial,
        "serial_given": bool(one.serial),
        "alike": "" if warned is None else "digits" if warned.plain else "mixed",
        "serial_token": of("serial", number),
        "possible_token": of("serial_alike", serials.possible(one.serial)),
        "lot_token": of("lot", forms.lot_form(one.lot)),
        "make_token": of("make", forms.make_form(one.make)),
        "model_token": of("model", forms.model_form(one.model)),
        "calibre_token": of("calibre", forms.calibre_form(one.calibre)),
        "country": one.country, "import_country": one.import_country,
        "last_country": one.last_country, "made": list(one.made), "iarms_on": one.iarms_on,
    }  # fmt: skip


def locked(seizure: uuid.UUID) -> Seizure:
    """Locks a seizure, so that two records cannot get the same number. Raises `Seizure.DoesNotExist`, and
    `Withdrawn`."""
    found = (
        Seizure.objects.select_for_update(of=("self",)).select_related("subject").get(pk=seizure)
    )
    if found.state == Seizure.State.WITHDRAWN:
        raise Withdrawn
    return found


def record(user: User, seizure: uuid.UUID, id_: uuid.UUID, one: forms.Firearm) -> Firearm:
    """Adds a record to a seizure. A record that was sent twice with the same id is stored once. Raises
    `Taken`, `Withdrawn`, and `PermissionDenied`."""
    rules.check(user, "seizure.write")
    with transaction.atomic():
        of = locked(seizure)
        stored = Firearm.objects.filter(pk=id_).first()
        if stored is not None:
            if stored.seizure_id != of.pk:
                raise Stale
            return stored
        _check_taken(of.pk, columns(one), None)
        [row] = _add(user, of, [(id_, one)])
        acts.write(user, "firearm.record", row.pk, seizure=of.pk, number=row.number)
    return row


def record_all(user: User, seizure: uuid.UUID, some: Sequence[forms.Firearm]) -> list[Firearm]:
    """Adds the records of a file to a seizure. The caller has checked them with `duplicates` in the same
    transaction. Raises `Withdrawn`, and `PermissionDenied`."""
    rules.check(user, "seizure.write")
    with transaction.atomic():
        of = locked(seizure)
        rows = _add(user, of, [(new_id(), one) for one in some])
        acts.write(user, "firearm.import", of.pk, records=len(rows))
    return rows


def _add(user: User, of: Seizure, some: Iterable[tuple[uuid.UUID, forms.Firearm]]) -> list[Firearm]:
    at = now()
    last = Firearm.objects.filter(seizure=of).aggregate(last=Max("number"))["last"] or 0
    pairs = [
        (
            Firearm(
                id=id_, organisation_id=of.organisation_id, seizure=of, number=last + n, by=user, at=at,
                **columns(one),
            ),
            one,
        )
        for n, (id_, one) in enumerate(some, 1)
    ]  # fmt: skip
    rows = Firearm.objects.bulk_create([row for row, _ in pairs], batch_size=500)
    subject = of.subject
    Clear.objects.bulk_create(
        [
            Clear(
                subject_id=subject.pk, record=row.text_id, retention_class=subject.retention_class,
                month=subject.month, organisation_id=of.organisation_id, hit_id=of.hit_id,
                decision_id=of.decision_id, restricted=subject.restricted, texts=written(one),
            )
            for row, one in pairs
        ],
        batch_size=500,
    )  # fmt: skip
    return rows


def change(user: User, id_: uuid.UUID, version: int, one: forms.Firearm) -> Firearm:
    """Changes a record that the user read in the given version. Raises `Stale`, `Taken`, `Withdrawn`, and
    `PermissionDenied`."""
    rules.check(user, "seizure.write")
    with transaction.atomic():
        of = locked(Firearm.objects.values_list("seizure_id", flat=True).get(pk=id_))
        row = Firearm.objects.select_for_update().get(pk=id_)
        if row.version != version or row.struck_at is not None:
            raise Stale
        found = columns(one)
        before = texts_of([(of.subject_id, row.text_id)]).get(row.text_id)
        if before == written(one):
            return row
        _check_taken(of.pk, found, row.pk)
        for name, value in found.items():
            setattr(row, name, value)
        row.version += 1
        row.text_id = new_id()
        row.at, row.by = now(), user
        row.save()
        keep_texts(of, row.text_id, written(one))
        acts.write(user, "firearm.change", row.pk, version=row.version)
    return row


def strike(user: User, id_: uuid.UUID, version: int) -> None:
    """Strikes out a record that was entered by mistake. Raises `Stale`, `Withdrawn`, and
    `PermissionDenied`."""
    rules.check(user, "seizure.write")
    with transaction.atomic():
        locked(Firearm.objects.values_list("seizure_id", flat=True).get(pk=id_))
        row = Firearm.objects.select_for_update().get(pk=id_)
        if row.version != version or row.struck_at is not None:
            raise Stale
        row.struck_at, row.version = now(), row.version + 1
        row.save(update_fields=["struck_at", "version"])
        acts.write(user, "firearm.strike", row.pk)


def written(one: forms.Firearm) -> dict[str, str]:
    """Returns the values of a record as they are stored in clear text: those that are stated."""
    return {name: text for name, text in forms.given(one).items() if text}


def _check_taken(seizure: uuid.UUID, found: Mapping[str, Any], own: uuid.UUID | None) -> None:
    if found["serial_token"] is None:
        return
    same = Firearm.objects.filter(
        seizure=seizure, struck_at=None, item=found["item"], serial_token=found["serial_token"]
    )
    if own is not None:
        same = same.exclude(pk=own)
    if found["make_token"] is not None:
        same = same.filter(Q(make_token=None) | Q(make_token=found["make_token"]))
    if (number := same.values_list("number", flat=True).first()) is not None:
        raise Taken(number)


# --- files ----------------------------------------------------------------------------------------


@dataclass
class Problem:
    """A problem of a row, and the column with the problem."""

    row: int
    field: str
    text: Text


@dataclass
class File:
    """The records of a file with their rows, and the problems of the other rows. `total` counts all
    problems."""

    records: list[tuple[int, forms.Firearm]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    total: int = 0

    def add(self, row: int, name: str, text: Text) -> None:
        """Adds a problem."""
        self.total += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(row, name, text))


def read_file(data: bytes) -> File:
    """Reads a CSV file or a workbook with the columns `forms.FIELDS`. Only the column `item` is required.
    Raises `BadFile`."""
    if len(data) > MAX_BYTES:
        raise BadFile(TOO_LARGE)
    try:
        if tables.is_workbook(data[:4096]):
            sheets = tables.read_workbook(data)
            table = sheets[0] if sheets else tables.Table([])
        else:
            table = tables.read_csv(data)
    except Unreadable as error:
        raise BadFile(UNREADABLE.given(value=str(error)[:200])) from error
    if not table.rows:
        raise BadFile(EMPTY)
    if len(table.rows) > MAX_ROWS + 1:
        raise BadFile(TOO_MANY)
    names = [plain(cell).strip().lower().replace(" ", "_") for cell in table.rows[0][1]]
    if "item" not in names:
        raise BadFile(NO_COLUMN.given(value="item"))
    if twice := next((one for one in names if one in forms.FIELDS and names.count(one) > 1), None):
        raise BadFile(COLUMN_TWICE.given(value=twice))
    found = File()
    for row, text in table.problems:
        found.add(row, "", UNREADABLE.given(value=text[:200]))
    for row, cells in table.rows[1:]:
        values = {name: plain(cell) for name, cell in zip(names, cells, strict=False)}
        one, errors = forms.read(values)
        for name, problem in errors.items():
            found.add(row, name, problem)
        if one is not None:
            found.records.append((row, one))
    return found


def duplicates(seizure: uuid.UUID, found: File) -> None:
    """Moves the records whose serial number is in the seizure already, or in an earlier row of the file, to
    the problems. The caller holds the lock of the seizure if the records are stored afterwards."""
    stored: dict[tuple[str, bytes], list[tuple[bytes | None, int]]] = {}
    rows = Firearm.objects.filter(seizure=seizure, struck_at=None, serial_token__isnull=False)
    for item, serial, make, number in rows.values_list(
        "item", "serial_token", "make_token", "number"
    ):
        key = item, bytes(serial or b"")
        stored.setdefault(key, []).append((bytes(make) if make else None, -number))
    kept = []
    for row, one in found.records:
        tokens = columns(one)
        serial, make = tokens["serial_token"], tokens["make_token"]
        if serial is not None:
            others = stored.setdefault((one.item, serial), [])
            same = next((n for m, n in others if m is None or make is None or m == make), None)
            if same is not None:
                problem = TAKEN.given(n=-same) if same < 0 else TWICE.given(n=same)
                found.add(row, "serial", problem)
                continue
            others.append((make, row))
        kept.append((row, one))
    found.records = kept


#: Columns of an export before those of the record.
EXPORT_HEAD = ("seizure", "number", "day", "alike_digits", "alike_letters")


def csv_of(rows: Sequence[Shown]) -> str:
    """Returns the records as a CSV file: a column for each field, and both readings of a serial number with
    characters that are easily confused. Masked values are marked."""
    text = io.StringIO()
    table = Table(text)
    table.row([*EXPORT_HEAD, *forms.FIELDS])
    for one in rows:
        row, values = one.row, one.values
        warned = serials.warning(values.serial) if values else None
        head = [
            row.seizure.reference, row.number, row.at.date().isoformat(),
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


# --- reading --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """A record with its values in clear text. They are None if they are masked or may not be seen."""

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
    """Returns records with their values and tracing requests. `seizure` of the rows is loaded."""
    texts = texts_of([(one.seizure.subject_id, one.text_id) for one in rows])
    traces: dict[uuid.UUID, list[TraceRequest]] = {}
    for trace in TraceRequest.objects.filter(firearm__in=[one.pk for one in rows]).order_by("at"):
        traces.setdefault(trace.firearm_id, []).append(trace)
    return [Shown(one, _values(texts.get(one.text_id)), traces.get(one.pk, ())) for one in rows]


def _values(texts: Mapping[str, str] | None) -> forms.Firearm | None:
    return forms.read(texts)[0] if texts else None


def of_seizure(seizure: uuid.UUID) -> list[Shown]:
    """Returns the records of a seizure, in their order, without those that were struck out."""
    found = Firearm.objects.select_related("seizure").filter(seizure=seizure, struck_at=None)
    return shown(list(found.order_by("number")[:MAX_RECORDS]))


def export(which: str) -> list[Shown]:
    """Returns the records of the list, the newest first, for a file."""
    found = _of_list(which)
    return shown(list(found.order_by("-at", "-id")[:MAX_RECORDS]))


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
    """Returns one page of the records, the newest first, and the position of the next page. A text finds
    records by serial number, also with characters that look alike, and by lot."""
    found = _of_list(which)
    if text:
        token = keyring().token
        possible, lot = serials.possible(text), forms.lot_form(text)
        if not possible:
            return [], ""
        found = found.filter(
            Q(possible_token=token("serial_alike", possible)) | Q(lot_token=token("lot", lot))
        )
    at, _, id_ = after.partition("_")
    try:
        place = dt.datetime.fromisoformat(at), uuid.UUID(id_)
    except ValueError:
        place = None
    if place is not None and place[0].tzinfo is not None:
        found = found.filter(Q(at__lt=place[0]) | Q(at=place[0], id__lt=place[1]))
    rows = list(found.order_by("-at", "-id")[: PAGE + 1])
    page = rows[:PAGE]
    last = page[-1] if len(rows) > PAGE else None
    return shown(page), f"{last.at.isoformat()}_{last.pk.hex}" if last else ""
