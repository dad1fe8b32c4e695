"""The forms of the anonymised risk information: the content of the forms, the creation of a form from the
stored movements, and the steps until a second person confirms the form. Each function writes in one
transaction and records the action in the journal.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Max

from vedette.apps import query
from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.accounts.rules import Coded
from vedette.apps.columns import new_id
from vedette.apps.keyring import lock_bytes, unlock_bytes
from vedette.cash import risk
from vedette.cash.app.actions import now
from vedette.cash.app.disclosure import Clear, clear_movements
from vedette.cash.app.figures import report
from vedette.cash.app.risk.models import RiskForm, RiskPicture
from vedette.cash.records import Count, Message
from vedette.core import pictures
from vedette.core.cells import Table
from vedette.core.records import Record, decode
from vedette.keys.ring import KeysError

_USE = "risk"
#: Most patterns and other entries of a form, characters of a text, pictures of a form, and forms of a
#: half-year.
MOST_PATTERNS, MOST_OTHERS, LONGEST, MOST_PICTURES, MOST_FORMS = 100, 20, 4_000, 24, 20
#: Movements that are read at once.
_CHUNK = 1_000
#: The texts of an entry, in the order of the file.
TEXTS = ("cases", "cash", "other")
#: The columns of the file, in their order (`docs/officers.md`).
COLUMNS = (
    "part", "reference", "member_state", "authority", "email", "made_on", "period_from", "period_to",
    "shared", "pages", "cash_movement", "trend", "selection", "direction", "mode", "kinds_of_cash",
    "movements", "movements_before", "means", "types", "currencies", "notes", "routes", "grounds",
    "classes_of_value", "cases", "kind_of_cash_text", "other_information", "pictures",
)  # fmt: skip


class Refused(Coded):
    """The error that is raised if an action on a form is not possible. `code` identifies the reason
    (`views.REFUSED`). `found` contains the parts of the texts that make a person recognisable. For each part,
    the result also contains the number of the entry in which the part occurs.
    """

    def __init__(self, code: str, found: Sequence[tuple[int, str]] = ()) -> None:
        super().__init__(code)
        self.found = found


class Entry(Record, frozen=True, kw_only=True):
    """One entry of part B, C or D. `pattern` is None for an entry that a person added."""

    id: str
    part: str = "B"
    included: bool = False
    pattern: risk.Pattern | None = None
    #: A code of `risk.TRENDS`, and of `risk.SELECTIONS` if there is no pattern.
    trend: str = ""
    selection: str = ""
    cases: str = ""
    cash: str = ""
    other: str = ""

    @property
    def text(self) -> str:
        """Returns all texts of the entry as one text."""
        return "\n".join((self.cases, self.cash, self.other))


class Content(Record, frozen=True, kw_only=True):
    """The content of a form. `masked` is the number of movements that are not included in any pattern,
    because their values are masked. `left_out` is the number of patterns that were left out because a form
    contains at most `MOST_PATTERNS` patterns.
    """

    authority: str = ""
    email: str = ""
    entries: tuple[Entry, ...] = ()
    movements: int = 0
    masked: int = 0
    left_out: int = 0

    def sealed(self) -> bytes:
        """Returns the encrypted content."""
        return lock_bytes(msgspec.json.encode(self), _USE)

    @property
    def shared(self) -> tuple[Entry, ...]:
        """Returns the entries that are included when the form is sent."""
        return tuple(one for one in self.entries if one.included)


def content(row: RiskForm) -> Content:
    """Returns the content of a stored form. The content is empty if the form cannot be decrypted."""
    try:
        return msgspec.json.decode(unlock_bytes(bytes(row.content), _USE), type=Content)
    except KeysError:
        return Content()


def reference(row: RiskForm, country: str) -> str:
    """Returns the reference number of a form: the Member State, the year, and A or B (first or second
    half-year). If there are several forms for the same half-year, the number of the form is added at the end.
    """
    return f"{country} {row.year} {row.half}" + (f" {row.number}" if row.number > 1 else "")


# --- from the stored movements ------------------------------------------------------------------


def _rows(first: dt.date, last: dt.date) -> list[dict[str, Any]]:
    """Returns the movements of a period that the reader may see and to which a ground in `risk.GROUNDS`
    applies.
    """
    grounds = {name: report.COLUMNS[name][1] for name in risk.GROUNDS}
    columns = ", ".join(f"({sql}) AS {name}" for name, sql in grounds.items())
    return query.dicts(
        f"SELECT * FROM (SELECT f.id, f.value, {columns} {report.FROM}{report.WHERE}) r"  # noqa: S608
        f" WHERE {' OR '.join(grounds)} ORDER BY id",
        report.params(report.Chosen(first, last)),
    )


def _read(rows: Sequence[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], Clear, Count | None]]:
    """For each movement in `rows`, yields its values and its last count. Masked movements are left out."""
    for start in range(0, len(rows), _CHUNK):
        part = {row["id"]: row for row in rows[start : start + _CHUNK]}
        counts: dict[uuid.UUID, tuple[int, str]] = {}
        for one in query.dicts(
            "SELECT n.subject_id, n.number, c.content FROM cash_count n JOIN cash_countclear c"
            " ON c.count_id = n.id AND c.movement_id = n.subject_id WHERE n.subject_id = ANY(%(ids)s)",
            {"ids": list(part)},
        ):
            if one["number"] > counts.get(one["subject_id"], (0, ""))[0]:
                counts[one["subject_id"]] = one["number"], one["content"]
        for id_, clear in sorted(clear_movements(part).items()):
            if clear.state.message is not None:
                counted = counts.get(id_)
                yield part[id_], clear, _count(counted[1]) if counted else None


def _count(stored: str) -> Count:
    # A query without a model returns JSON as text.
    return msgspec.convert(json.loads(stored), Count, dec_hook=decode)


def _risks(first: dt.date, last: dt.date) -> tuple[list[risk.Risk], int]:
    """Returns the risk records of a period, and the number of movements that were left out because they are
    masked.
    """
    rows = _rows(first, last)
    made = [
        risk.risk(
            clear.state.message.movement,
            count.lines if count else (),
            grounds=[name for name in risk.GROUNDS if row[name]],
            value=row["value"],
        )
        for row, clear, count in _read(rows)
        if clear.state.message is not None
    ]
    return made, len(rows) - len(made)


def _before(first: dt.date) -> tuple[dt.date, dt.date]:
    """Returns the half-year before the half-year that begins on this day."""
    last = first - dt.timedelta(days=1)
    return last.replace(month=1 if last.month < 7 else 7, day=1), last


def built(row: RiskForm, old: Content) -> Content:
    """Returns the content with patterns that are built from the currently stored movements. The texts that a
    person wrote about a pattern are kept. A pattern that no longer exists is kept only if the pattern has a
    text or a picture.
    """
    first, last = row.days
    made, masked = _risks(first, last)
    earlier, _masked = _risks(*_before(first))
    patterns = risk.patterns(made, earlier)
    left_out = max(len(patterns) - MOST_PATTERNS, 0)
    known = {one.pattern.key: one for one in old.entries if one.pattern is not None}
    with_pictures = set(RiskPicture.objects.filter(form=row).values_list("entry", flat=True))
    entries = []
    for pattern in patterns[:MOST_PATTERNS]:
        stored = known.pop(pattern.key, None) or Entry(id=_entry_id())
        entries.append(msgspec.structs.replace(stored, pattern=pattern))
    entries += [
        msgspec.structs.replace(one, pattern=_none(one.pattern))
        for one in known.values()
        if one.pattern is not None and (one.included or one.text.strip() or one.id in with_pictures)
    ]
    entries += [one for one in old.entries if one.pattern is None]
    return msgspec.structs.replace(
        old, entries=tuple(entries), movements=len(made) + masked, masked=masked, left_out=left_out
    )


def _none(pattern: risk.Pattern) -> risk.Pattern:
    return msgspec.structs.replace(pattern, movements=0, details={})


def _entry_id() -> str:
    return uuid.uuid4().hex[:12]


# --- changes ------------------------------------------------------------------------------------


def _whole(user: User) -> None:
    """Raises `Refused` if the user belongs to one unit, because a form covers the movements of all units."""
    if user.unit_id is not None:
        raise Refused("whole")


@transaction.atomic
def begin(user: User, year: int, half: str) -> RiskForm:
    """Stores a new form for a half-year that has already begun, with the patterns of the movements. Raises
    `Refused` with the code `half`, `whole`, `open` (another form for this half-year is not yet confirmed) or
    `many`.
    """
    rules.check(user, "risk.write")
    _whole(user)
    assert user.organisation_id is not None  # noqa: S101  the right asks for an organisation
    at = now()
    made = RiskForm(
        id=new_id(), organisation_id=user.organisation_id, year=year, half=half, writers=[user.pk],
        created_at=at, changed_at=at,
    )  # fmt: skip
    if half not in ("A", "B") or not 2000 <= year <= at.year or made.days[0] > at.date():
        raise Refused("half")
    others = RiskForm.objects.select_for_update().filter(
        organisation_id=user.organisation_id, year=year, half=half
    )
    if others.filter(confirmed_at=None).exists():
        raise Refused("open")
    made.number = (others.order_by().aggregate(last=Max("number"))["last"] or 0) + 1
    if made.number > MOST_FORMS:
        raise Refused("many")
    organisation = user.organisation
    start = Content(authority=organisation.name if organisation else "")
    made.content = built(made, start).sealed()
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        # A colleague began a form of this half-year at the same moment.
        raise Refused("open") from None
    acts.write(user, "risk.build", made.pk, year=year, half=half.lower(), number=made.number)
    return made


def _draft(user: User, pk: uuid.UUID, version: int) -> RiskForm:
    """Locks a draft and returns the draft. The draft must still have the version that the user saw."""
    rules.check(user, "risk.write")
    row = RiskForm.objects.select_for_update().get(pk=pk)
    if row.confirmed_at is not None or row.asked_at is not None:
        raise Refused("state")
    if row.version != version:
        raise Refused("stale")
    return row


def _store(user: User, row: RiskForm, new: Content) -> None:
    row.content, row.version, row.changed_at = new.sealed(), row.version + 1, now()
    row.writers = [*(one for one in row.writers if one != user.pk), user.pk]
    row.save(update_fields=["content", "version", "writers", "changed_at"])


def typed(old: Content, given: Mapping[str, str]) -> Content:
    """Returns the content with the values that were entered on the page. Unknown field names and unknown
    codes are ignored. Texts are cut after `LONGEST` + 1 characters.
    """

    def text(name: str, most: int = LONGEST) -> str:
        return given.get(name, "").replace("\0", "").strip()[: most + 1]

    entries = tuple(
        msgspec.structs.replace(
            one,
            included=given.get(f"{one.id}-included") == "yes",
            trend=_code(given.get(f"{one.id}-trend"), risk.TRENDS),
            selection=one.selection
            if one.pattern
            else _code(given.get(f"{one.id}-selection"), risk.SELECTIONS),
            **{name: text(f"{one.id}-{name}") for name in TEXTS},
        )
        for one in old.entries
    )
    return msgspec.structs.replace(
        old, authority=text("authority", 200), email=text("email", 200), entries=entries
    )


def _code(value: str | None, codes: Sequence[str]) -> str:
    return value if value in codes and value is not None else ""


@transaction.atomic
def write(user: User, pk: uuid.UUID, version: int, given: Mapping[str, str], add: str = "") -> None:
    """Stores the values that were entered on the page. `add` is the part of the form to which a new empty
    entry is added. Raises `Refused` with the code `state`, `stale`, `long` or `many`.
    """
    row = _draft(user, pk, version)
    new = typed(content(row), given)
    if any(len(getattr(one, name)) > LONGEST for one in new.entries for name in TEXTS):
        raise Refused("long")
    if add in risk.PARTS:
        if sum(one.pattern is None for one in new.entries) >= MOST_OTHERS:
            raise Refused("many")
        entries = (*new.entries, Entry(id=_entry_id(), part=add, included=True))
        new = msgspec.structs.replace(new, entries=tuple(sorted(entries, key=lambda one: one.part)))
    _store(user, row, new)
    acts.write(user, "risk.write", row.pk, version=row.version)


@transaction.atomic
def build(user: User, pk: uuid.UUID, version: int) -> None:
    """Builds the patterns again from the currently stored movements."""
    row = _draft(user, pk, version)
    _whole(user)
    _store(user, row, built(row, content(row)))
    acts.write(user, "risk.build", row.pk, year=row.year, half=row.half.lower(), number=row.number)


@transaction.atomic
def photograph(user: User, pk: uuid.UUID, version: int, entry: str, files: Sequence[bytes]) -> None:
    """Adds pictures to an entry, after removing their metadata. Raises `Refused` and
    `pictures.Unreadable`."""
    row = _draft(user, pk, version)
    old = content(row)
    if entry not in {one.id for one in old.entries}:
        raise Refused("entry")
    numbers = RiskPicture.objects.filter(form=row).values_list("number", flat=True)
    if not files or len(numbers) + len(files) > MOST_PICTURES or len(files) > pictures.MOST_FILES:
        raise Refused("pictures")
    for number, data in enumerate(files, max(numbers, default=0) + 1):
        made = pictures.read(data)
        RiskPicture.objects.create(
            organisation_id=row.organisation_id, form=row, entry=entry, number=number,
            data=lock_bytes(made.data, _USE), width=made.width, height=made.height, at=now(), by=user,
        )  # fmt: skip
    _store(user, row, old)
    acts.write(user, "risk.photograph", row.pk, pictures=len(files))


@transaction.atomic
def remove(user: User, pk: uuid.UUID, version: int, picture: uuid.UUID) -> None:
    """Deletes a picture of a draft."""
    row = _draft(user, pk, version)
    RiskPicture.objects.filter(form=row, pk=picture).delete()
    _store(user, row, content(row))
    acts.write(user, "risk.photograph", row.pk, pictures=-1)


def recognised(row: RiskForm, new: Content) -> list[tuple[int, str]]:
    """Returns the parts of the texts that make a person recognisable. For each part of a text, the result
    also contains the number of the entry in which the part occurs. The function compares the texts with the
    movements in the half-year that the user may see.
    """
    texts = [(n, one.text) for n, one in enumerate(new.shared, 1) if one.text.strip()]
    if not texts:
        return []
    known = risk.persons(_messages(_rows(*row.days)))
    return [(n, part) for n, text in texts for part in risk.recognised(text, known)]


def _messages(rows: Sequence[dict[str, Any]]) -> Iterator[Message]:
    for _, clear, count in _read(rows):
        if clear.state.message is not None:
            yield msgspec.structs.replace(
                clear.state.message, count=count, code=clear.code or None,
                reference=clear.reference or None,
            )  # fmt: skip


@transaction.atomic
def ask(user: User, pk: uuid.UUID, version: int) -> None:
    """Requests that a second person confirms the form. Raises `Refused` with the code `email` (part A is not
    complete) or `recognised`.
    """
    row = _draft(user, pk, version)
    _whole(user)
    new = content(row)
    if not new.authority or "@" not in new.email:
        raise Refused("email")
    if found := recognised(row, new):
        raise Refused("recognised", found)
    row.asked_at, row.asked_by_id = now(), user.pk
    row.save(update_fields=["asked_at", "asked_by"])
    acts.write(user, "risk.ask", row.pk, version=version)


def may_confirm(user: User, row: RiskForm) -> bool:
    """Returns whether the user may confirm the form as the second person. The form must be waiting for
    confirmation."""
    return (
        rules.may(user, "risk.confirm")
        and row.asked_at is not None
        and row.confirmed_at is None
        and row.asked_by_id != user.pk
        and user.pk not in row.writers
    )


@transaction.atomic
def answer(user: User, pk: uuid.UUID, version: int, confirmed: bool) -> None:
    """Stores the answer to a request for confirmation. The second person confirms that no person is
    recognisable, or returns the form to the state "draft". The user who requested the confirmation can also
    withdraw this request. Raises `Refused` with the code `state`, `stale` or `own`.
    """
    row = RiskForm.objects.select_for_update().get(pk=pk)
    if row.asked_at is None or row.confirmed_at is not None:
        raise Refused("state")
    if row.version != version:
        raise Refused("stale")
    if confirmed or user.pk != row.asked_by_id:
        rules.check(user, "risk.confirm")
        if not may_confirm(user, row):
            raise Refused("own")
    if confirmed:
        row.confirmed_at, row.confirmed_by_id = now(), user.pk
        row.save(update_fields=["confirmed_at", "confirmed_by"])
        acts.write(user, "risk.confirm", row.pk, version=version)
    else:
        row.asked_at = row.asked_by = None
        row.save(update_fields=["asked_at", "asked_by"])
        acts.write(user, "risk.return", row.pk, version=version)


# --- what leaves --------------------------------------------------------------------------------


def numbers_of_pictures(row: RiskForm) -> dict[str, list[RiskPicture]]:
    """Returns the pictures of the entries of a form without the image data."""
    found: dict[str, list[RiskPicture]] = {}
    for one in RiskPicture.objects.filter(form=row).defer("data").order_by("number"):
        found.setdefault(one.entry, []).append(one)
    return found


def picture(one: RiskPicture) -> bytes | None:
    """Returns the image data of a picture, or None if the picture cannot be decrypted."""
    try:
        return unlock_bytes(bytes(one.data), _USE)
    except KeysError:
        return None


def table(row: RiskForm, country: str) -> str:
    """Returns a confirmed form as a CSV file with the columns `COLUMNS`. The file has one row for each entry.
    If the form has no entry, the file has a single row, which contains part A. Raises `Refused` if the form
    is not confirmed.
    """
    if row.confirmed_at is None:
        raise Refused("state")
    new, taken = content(row), numbers_of_pictures(row)
    first, last = row.days
    head: dict[str, Any] = {
        "reference": reference(row, country), "member_state": country, "authority": new.authority,
        "email": new.email, "made_on": row.confirmed_at.date(), "period_from": first, "period_to": last,
        "shared": "yes" if new.shared else "no", "pages": 1 + len(new.shared),
    }  # fmt: skip
    out = io.StringIO()
    cells = Table(out)
    cells.row(list(COLUMNS))
    for one in new.shared:
        values = head | _cells(one) | {"pictures": len(taken.get(one.id, []))}
        cells.row([values.get(name) for name in COLUMNS])
    if not new.shared:
        cells.row([(head | {"part": "A"}).get(name) for name in COLUMNS])
    return out.getvalue()


def _cells(one: Entry) -> dict[str, Any]:
    found: dict[str, Any] = {
        "part": one.part, "trend": one.trend, "selection": one.selection, "cases": one.cases,
        "kind_of_cash_text": one.cash, "other_information": one.other,
    }  # fmt: skip
    pattern = one.pattern
    if pattern is not None:
        found |= {
            "cash_movement": "accompanied" if pattern.accompanied else "unaccompanied",
            "selection": pattern.selection, "direction": pattern.direction, "mode": pattern.mode,
            "kinds_of_cash": " ".join(pattern.kinds), "movements": pattern.movements,
            "movements_before": pattern.before,
        }  # fmt: skip
        names = {"route": "routes", "worth": "classes_of_value"}
        for name, values in pattern.details.items():
            found[names.get(name, name)] = "; ".join(
                f"{class_of_value(value) if name == 'worth' else value}: {n}"
                for value, n in values.items()
            )
    return found


def class_of_value(number: str) -> str:
    """Returns the lower and upper limit of a value class (`risk.CLASSES`), for example `10000-20000`."""
    n = int(number)
    below = Decimal(0) if n == 0 else risk.CLASSES[n - 1]
    return f"{below}-{risk.CLASSES[n]}" if n < len(risk.CLASSES) else f"{below}-"
