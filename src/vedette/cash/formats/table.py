"""Reads tables of cash (CSV): declarations, disclosures and records of the user's own administration, and the
departure declarations of a partner.

Each row of the table describes one line of cash. Rows with the same reference and the same action are one
statement. The headings are the keys of `FIELDS`, in any order, and columns may be missing. The columns of a
party begin with its role: `carrier_last_names`, `owner_name`. If the column `partner` names a country, the
statement was made by that partner. Each row with the action `count` is a line of a count of the cash.

An invalid value is left out or kept as stated, and a warning states its row. All other values are kept.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache

import msgspec

from vedette.cash import money, records
from vedette.cash.records import Line, Moment, Party, Warning
from vedette.core import codes
from vedette.core.parties import Address, Document
from vedette.core.records import Envelope, day_of
from vedette.formats.edifact import Unreadable
from vedette.formats.tables import head, read_csv

NAME = "CASH-CSV"
ROLES = ("carrier", "declarant", "representative", "owner", "sender", "recipient")
#: The columns of a party, after its role.
PARTY = (
    "legal", "first_names", "last_names", "personal_number", "gender", "nationality", "birth_date",
    "birth_town", "birth_country", "document_type", "document", "document_country", "document_issued",
    "occupation", "name", "registration_number", "register_name", "registration_country", "vat", "eori",
    "street", "postcode", "city", "country", "phone", "email", "business_activity", "bank",
)  # fmt: skip
#: The columns of a line of cash.
LINE = (
    "line", "kind", "type", "amount", "currency", "denomination", "quantity", "weight", "fineness", "issuer",
    "serial", "day", "text",
)  # fmt: skip
#: The columns of a statement.
STATEMENT = (
    "reference", "action", "amends", "record", "direction", "declared", "office", "partner", "variant",
    "language", "relationship", "carrier_is_owner", "carrier_is_recipient", "departure_country",
    "departure_place", "departure", "arrival_country", "arrival_place", "arrival", "via", "border_point",
    "mode", "means", "transport", "plate_country", "company", "consignment", "container", "stated_contents",
    "provenance", "provenance_text", "uses", "use_text", "signed_by", "signed_place", "signed_day",
    "authority", "official_reason", "concealment", "counted_at", "counted_place", "counted_by",
)  # fmt: skip
#: Every heading that a table may have.
FIELDS: tuple[str, ...] = (
    *STATEMENT,
    *(f"{role}_{part}" for role in ROLES for part in PARTY),
    *LINE,
)
#: Headings that only a table of cash has. One of them, `currency` and `amount` identify the format.
_MARKS = frozenset({"carrierlastnames", "declarantlastnames", "sendername", "senderlastnames"})
#: Longest text of a value and of a free text, in characters.
MAX_NAME, MAX_TEXT = 300, 10_000
_FREE = frozenset({"provenance_text", "use_text", "text", "concealment", "stated_contents"})
#: The number of warnings of one code that state their row. Others are counted.
_NAMED = 100
_MOST_LINES = 1_000
_YES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_SEVERAL = re.compile(r"[;|]")
_CONTROL = dict.fromkeys((*range(32), *range(127, 160)))
_PLAIN = re.compile(r"-?\d{1,18}(?:\.\d{1,9})?")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?", re.ASCII)
_SLASHED = re.compile(
    r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?", re.ASCII
)
#: Days before this one are errors of typing, and so are days more than this time ahead.
_FIRST_DAY = dt.date(1900, 1, 1)
_AHEAD = dt.timedelta(days=366)


# --- recognition --------------------------------------------------------------------------------


def key(heading: str) -> str:
    """Returns the letters and digits of a heading, in lower case and without accents."""
    bare = unicodedata.normalize("NFKD", heading[:200]).casefold()
    return "".join(c for c in bare if c.isalnum())


_KEYS: dict[str, str] = {key(name): name for name in FIELDS}


def sniff(first: bytes, data: bytes) -> bool:
    """Returns whether a file is a table of cash, that is, whether its first row has the headings of the
    template."""
    if first.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"{", b"[")):
        return False
    rows = head(data, 1)
    keys = {key(cell) for cell in rows[0]} if rows else set()
    return {"currency", "amount"} <= keys and bool(keys & _MARKS)


def template() -> str:
    """Returns the row of headings of the template, as CSV text."""
    return ",".join(FIELDS) + "\r\n"


# --- reading ------------------------------------------------------------------------------------


def read(data: bytes) -> list[records.Message]:
    """Reads a table with the headings of the template. Raises `Unreadable` if the table does not contain
    movements of cash."""
    return read_columns(data, {})


def read_columns(data: bytes, columns: Mapping[str, str]) -> list[records.Message]:
    """Reads a table. `columns` maps a field of `FIELDS` to the heading of the table, for a table with other
    headings. Raises `Unreadable` if the table exceeds the limits or has none of the required columns."""
    table = read_csv(data)
    if not table.rows:
        raise Unreadable("the table has no rows; send it again")
    places, unknown = placed(table.rows[0][1], columns)
    common = Reading()
    for number, problem in table.problems:
        common.warn("row_unreadable", f"row {number}: {problem}")
    for heading in unknown[:20]:
        common.warn("column_unknown", f"the template has no column {heading[:60]!r}")
    made = list(messages(places, table.rows[1:]))
    if not made:
        raise Unreadable("the table has headings and no rows that can be read; check the file")
    if common.warnings:
        made[0] = _warned(made[0], common.warnings)
    return made


def read_rows(lines: Iterable[str]) -> Iterator[records.Message]:
    """Reads a table of any length from its lines, and yields the messages of the table. All rows of a
    reference are consecutive."""
    rows = csv.reader(lines)
    places, _ = placed(next(rows), {})
    yield from _grouped(places, ((number, row) for number, row in enumerate(rows, 2) if row))


def placed(headings: Sequence[str], columns: Mapping[str, str]) -> tuple[dict[str, int], list[str]]:
    """Returns, for each field, the position of its column. Also returns the unknown headings. Raises
    `Unreadable` if the table has no column for amounts."""
    by_key: dict[str, int] = {}
    for place, heading in enumerate(headings):
        by_key.setdefault(key(heading), place)
    named = {
        field: by_key[key(heading)] for field, heading in columns.items() if key(heading) in by_key
    }
    taken = set(named.values())
    own = {
        _KEYS[found]: place
        for found, place in by_key.items()
        if found in _KEYS and place not in taken
    }
    places = {**own, **named}
    if "amount" not in places or "currency" not in places:
        raise Unreadable(
            "no table of cash: the first row has no headings 'amount' and 'currency'; use the template"
        )
    unknown = [
        heading
        for place, heading in enumerate(headings)
        if heading.strip() and place not in places.values()
    ]
    return places, unknown


def messages(
    places: Mapping[str, int], rows: Iterable[tuple[int, list[str]]]
) -> Iterator[records.Message]:
    """Builds messages from the rows, and yields them in the order of their first rows. Rows of a reference
    need not be consecutive."""
    groups: dict[tuple[str, str], list[tuple[int, dict[str, str]]]] = {}
    for number, row in rows:
        stated = _stated(places, row)
        if not stated:
            continue
        reference = stated.get("reference")
        name = (reference, stated.get("action", "")) if reference else (f"\0{number}", "")
        groups.setdefault(name, []).append((number, stated))
    for group in groups.values():
        yield _message(group)


def _grouped(
    places: Mapping[str, int], rows: Iterable[tuple[int, list[str]]]
) -> Iterator[records.Message]:
    group: list[tuple[int, dict[str, str]]] = []
    last: tuple[str | None, str | None] | None = None
    for number, row in rows:
        stated = _stated(places, row)
        if not stated:
            continue
        name = (stated.get("reference"), stated.get("action"))
        if group and (name != last or name[0] is None):
            yield _message(group)
            group = []
        group.append((number, stated))
        last = name
    if group:
        yield _message(group)


def _stated(places: Mapping[str, int], row: Sequence[str]) -> dict[str, str]:
    width = len(row)
    return {
        name: text
        for name, place in places.items()
        if place < width and (text := row[place].strip())
    }


class Reading:
    """Collects the warnings of one message, and reads the values of a row."""

    def __init__(self) -> None:
        self.found: list[Warning] = []
        self.counts: Counter[str] = Counter()
        self.row = 0

    def warn(self, code: str, message: str) -> None:
        """Adds a warning with the number of its row. After a hundred warnings with the same code, further
        warnings with this code are only counted.
        """
        self.counts[code] += 1
        if self.counts[code] <= _NAMED:
            place = f"row {self.row}: " if self.row else ""
            segment = f"row {self.row}" if self.row else None
            self.found.append(Warning(code=code, message=f"{place}{message}", segment=segment))

    @property
    def warnings(self) -> tuple[Warning, ...]:
        """All warnings.

        If a code has more than a hundred warnings, the result also contains the number of the further
        warnings.
        """
        more = (
            Warning(code=code, message=f"{n - _NAMED} more warnings of this code")
            for code, n in self.counts.items()
            if n > _NAMED
        )
        return (*self.found, *more)

    def text(self, stated: Mapping[str, str], name: str) -> str | None:
        """Returns a text without control characters, or None. A long text is cut."""
        text = stated.get(name)
        if text is None:
            return None
        most = MAX_TEXT if name in _FREE else MAX_NAME
        if len(text) > most:
            self.warn("text_cut", f"{name}: a text of {len(text)} characters was cut")
            text = text[:most]
        if not text.isprintable():
            text = " ".join(text.replace("\n", " ").translate(_CONTROL).split())
        return text or None

    def code(self, stated: Mapping[str, str], name: str, known: Sequence[str]) -> str | None:
        """Returns the code that a cell states, or None if the list does not contain the code. An unknown code
        is left out.
        """
        text = stated.get(name)
        if text is None:
            return None
        found = text.casefold().replace(" ", "_").replace("-", "_")
        if found in known:
            return found
        self.warn("code_unknown", f"{name}: the value is none of {', '.join(known)}")
        return None

    def several(
        self, stated: Mapping[str, str], name: str, known: Sequence[str]
    ) -> tuple[str, ...]:
        """Returns the codes of a list that a cell states, separated by semicolons."""
        parts = _SEVERAL.split(stated.get(name, ""))[:50]
        found = (self.code({name: part.strip()}, name, known) for part in parts if part.strip())
        return tuple(dict.fromkeys(one for one in found if one))

    def yes(self, stated: Mapping[str, str], name: str) -> bool | None:
        """Returns the value of a cell that states yes or no, or None."""
        text = stated.get(name)
        if text is None:
            return None
        found = _YES.get(text.casefold())
        if found is None:
            self.warn("code_unknown", f"{name}: the value is neither yes nor no")
        return found

    def country(self, stated: Mapping[str, str], name: str) -> str | None:
        """Returns the alpha-2 code of a country. An unknown country is kept as stated."""
        text = stated.get(name)
        if text is None:
            return None
        found = _country(text[:60])
        if found is None:
            self.warn("country_unknown", f"{name}: the country is not in ISO 3166")
        return found or text[:60]

    def currency(self, stated: Mapping[str, str], day: dt.date | None) -> str | None:
        """Returns a currency. An unknown currency, or a currency that is no longer in use, is kept as stated,
        with a warning."""
        text = stated.get("currency")
        if text is None:
            return None
        found = text.upper()[:20]
        if found not in money.currencies():
            self.warn("currency_unknown", "the currency is not in ISO 4217")
        elif day is not None and (end := money.ended(found, day)) is not None:
            self.warn("currency_ended", f"{found} ended on {end.isoformat()}")
        return found

    def number(self, stated: Mapping[str, str], name: str, places: int = 2) -> Decimal | None:
        """Returns a number. A text that is not a number is left out; a negative number is kept. `places` is
        the number of decimals that the value can have."""
        text = stated.get(name)
        if text is None:
            return None
        found = number(text, places)
        if found is None:
            self.warn(
                "number_impossible",
                f"{name}: the value is not a number, or it can mean two numbers",
            )
        elif found < 0:
            self.warn("number_negative", f"{name}: the number is negative")
        return found

    def moment(self, stated: Mapping[str, str], name: str) -> Moment | None:
        """Reads a day or a time from a cell. A date that does not exist, or that is more than a year in the
        future, is left out."""
        text = stated.get(name)
        if text is None:
            return None
        found = _moment(text[:40])
        if found is None:
            self.warn("date_impossible", f"{name}: the value is no day from 1900 on")
            return None
        if day_of(found) > today() + _AHEAD:
            self.warn("date_future", f"{name}: the day is more than a year ahead; it was left out")
            return None
        return found

    def day(self, stated: Mapping[str, str], name: str) -> dt.date | None:
        """Reads a day from a cell (`moment`)."""
        found = self.moment(stated, name)
        return day_of(found) if found is not None else None


def today() -> dt.date:
    """Returns the present day in UTC. Readers do not know the time of receipt, so they refuse only days that
    are more than a year in the future.
    """
    return dt.datetime.now(dt.UTC).date()


@lru_cache(maxsize=4096)
def _country(text: str) -> str | None:
    return codes.country(text)


@lru_cache(maxsize=65536)
def number(text: str, places: int = 2) -> Decimal | None:
    """Parses a number: `10000.50`, `10 000,50`, `10,000.50`, `10.000,50`. A single separator before exactly
    three digits is a thousands separator if the value has fewer than three decimals (`places`). Otherwise the
    separator is ambiguous, and the result is None. Returns None if the text is not a number.
    """
    bare = (
        text.strip()[:40]
        .replace("\u00a0", "")
        .replace("\u202f", "")
        .replace(" ", "")
        .replace("'", "")
    )
    if not bare.isascii():
        return None
    points, commas = bare.count("."), bare.count(",")
    if commas and points:
        last = max(bare.rfind("."), bare.rfind(","))
        decimal_sign = bare[last]
        if bare.count(decimal_sign) > 1:
            return None
        whole = bare[:last]
        if not re.fullmatch(r"-?\d{1,3}(?:[.,]\d{3})+", whole):
            return None
        bare = whole.replace(".", "").replace(",", "") + "." + bare[last + 1 :]
    elif commas + points > 1:
        if not re.fullmatch(r"-?\d{1,3}(?:[.,]\d{3})+", bare):
            return None
        bare = bare.replace(".", "").replace(",", "")
    elif commas + points == 1:
        whole, _, rest = bare.replace(",", ".").partition(".")
        grouped = len(rest) == 3 and re.fullmatch(r"-?[1-9]\d{0,2}", whole) is not None
        if grouped and (places >= 3 or not rest.isdigit()) and commas:
            return None
        bare = f"{whole}{rest}" if grouped and places < 3 else f"{whole}.{rest}"
    if not _PLAIN.fullmatch(bare):
        return None
    try:
        found = Decimal(bare)
    except InvalidOperation:
        return None
    return found if abs(found) <= money.MOST else None


@lru_cache(maxsize=16384)
def _moment(text: str) -> Moment | None:
    try:
        if found := _ISO.fullmatch(text):
            year, month, day, *time = found.groups()
        elif found := _SLASHED.fullmatch(text):
            day, month, year, *time = found.groups()
        else:
            return None
        made = dt.date(int(year), int(month), int(day))
        if made < _FIRST_DAY:
            return None
        if time[0] is None:
            return made
        return dt.datetime.combine(made, dt.time(int(time[0]), int(time[1]), int(time[2] or 0)))
    except ValueError:
        return None


# --- messages -----------------------------------------------------------------------------------


def _message(rows: Sequence[tuple[int, dict[str, str]]]) -> records.Message:
    """Builds the message from the rows of one statement. The value of a field is taken from the first row
    that states it.
    """
    reading = Reading()
    reading.row = rows[0][0]
    stated: dict[str, str] = {}
    for _, row in rows:
        for name, text in row.items():
            stated.setdefault(name, text)
    action = reading.code(stated, "action", records.ACTIONS) or "original"
    declared = reading.moment(stated, "declared")
    day = day_of(declared) if declared is not None else None
    lines: list[Line] = []
    for number_, row in rows[:_MOST_LINES]:
        reading.row = number_
        line = _line(row, reading, day, len(lines) + 1 if action != "count" else None)
        if line is not None:
            lines.append(line)
    reading.row = rows[0][0]
    if len(rows) > _MOST_LINES:
        reading.warn("row_unreadable", f"only {_MOST_LINES} lines of one statement are read")
    partner = reading.country(stated, "partner")
    reference = reading.text(stated, "reference")
    amends = reading.text(stated, "amends")
    count = None
    movement = records.Movement()
    if action == "count":
        count = _count(stated, reading, tuple(lines))
        amends, reference = amends or reference, None
    elif action != "cancellation":
        movement = _movement(stated, reading, tuple(lines))
        if not lines:
            reading.warn("row_unreadable", "the statement has no line with an amount or a weight")
    else:
        amends, reference = amends or reference, None
    prepared = declared if isinstance(declared, dt.datetime) else None
    if prepared is None and declared is not None:
        prepared = dt.datetime.combine(declared, dt.time())
    body = "\x1e".join(
        "\x1f".join(f"{name}={text}" for name, text in row.items()) for _, row in rows
    ).encode("utf-8", "replace")
    return records.Message(
        format=NAME,
        envelope=Envelope(
            sender=f"partner {partner}" if partner else None, prepared=prepared,
            message_ref=reference or amends, sequence=1, last=True,
        ),
        action=action,
        amends=amends,
        reference=reference or (None if amends else f"row-{hashlib.sha256(body).hexdigest()[:16]}"),
        source="partner" if partner else "csv",
        variant=(reading.text(stated, "variant") or "").casefold() or None,
        language=(reading.text(stated, "language") or "").casefold()[:8] or None,
        declared=declared,
        office=reading.text(stated, "office"),
        partner=partner,
        movement=movement,
        count=count,
        warnings=reading.warnings,
        body=body,
    )  # fmt: skip


def _warned(message: records.Message, warnings: tuple[Warning, ...]) -> records.Message:
    return msgspec.structs.replace(message, warnings=(*warnings, *message.warnings))


def _line(
    row: Mapping[str, str], reading: Reading, day: dt.date | None, position: int | None
) -> Line | None:
    """Returns the line of a row, or None if the row states no amount, no weight and no quantity."""
    if not any(name in row for name in ("amount", "weight", "quantity")):
        return None
    currency = reading.currency(row, day)
    places = money.decimals(currency) if currency else 2
    kind = reading.code(row, "kind", records.KINDS_OF_CASH)
    if kind is None:
        kind = "other" if "kind" in row else "gold" if "weight" in row else "currency"
    types = {"instrument": records.INSTRUMENTS, "gold": records.FORMS_OF_GOLD}.get(kind)
    number_ = reading.number(row, "line", 0)
    whole = number_ is not None and number_ == number_.to_integral_value() and 0 < number_ < 100_000
    amount = reading.number(row, "amount", places)
    if amount is not None and currency in money.currencies():
        unit = Decimal(1).scaleb(-places)
        if amount % unit:
            reading.warn(
                "amount_decimals", f"{currency} has {places} decimals; it was kept as stated"
            )
    return Line(
        kind=kind,
        number=int(number_) if whole and number_ is not None else position,
        type=reading.code(row, "type", types) if types else None,
        amount=amount,
        currency=currency,
        denomination=reading.number(row, "denomination", 2),
        quantity=reading.number(row, "quantity", 0),
        weight=reading.number(row, "weight", 3),
        fineness=reading.number(row, "fineness", 1),
        issuer=reading.text(row, "issuer"),
        serial=reading.text(row, "serial"),
        day=reading.day(row, "day"),
        text=reading.text(row, "text"),
    )


def _count(stated: Mapping[str, str], reading: Reading, lines: tuple[Line, ...]) -> records.Count:
    at = reading.moment(stated, "counted_at")
    if at is not None and not isinstance(at, dt.datetime):
        at = dt.datetime.combine(at, dt.time())
    names = _SEVERAL.split(reading.text(stated, "counted_by") or "")
    return records.Count(
        at=at,
        place=reading.text(stated, "counted_place"),
        persons=tuple(records.Counter(name=name.strip()) for name in names[:20] if name.strip()),
        lines=lines,
    )


def _movement(
    stated: Mapping[str, str], reading: Reading, lines: tuple[Line, ...]
) -> records.Movement:
    parties = {role: _party(stated, role, reading) for role in ROLES}
    owner, recipient = parties["owner"], parties["recipient"]
    signature = records.Signature(
        name=reading.text(stated, "signed_by"),
        place=reading.text(stated, "signed_place"),
        day=reading.day(stated, "signed_day"),
    )
    official = records.Official(
        authority=reading.text(stated, "authority"),
        reason=reading.text(stated, "official_reason"),
        concealment=reading.text(stated, "concealment"),
    )
    return records.Movement(
        record=reading.code(stated, "record", records.RECORDS) or "declaration",
        direction=reading.code(stated, "direction", records.DIRECTIONS),
        carrier=parties["carrier"],
        declarant=parties["declarant"],
        relationship=reading.code(stated, "relationship", records.RELATIONSHIPS),
        representative=parties["representative"],
        carrier_is_owner=reading.yes(stated, "carrier_is_owner"),
        carrier_is_recipient=reading.yes(stated, "carrier_is_recipient"),
        owners=(owner,) if owner is not None else (),
        sender=parties["sender"],
        recipients=(recipient,) if recipient is not None else (),
        transport=_transport(stated, reading),
        lines=lines,
        provenance=reading.several(stated, "provenance", records.PROVENANCE),
        provenance_text=reading.text(stated, "provenance_text"),
        uses=reading.several(stated, "uses", records.USES),
        use_text=reading.text(stated, "use_text"),
        signature=signature if signature != records.Signature() else None,
        official=official if official != records.Official() else None,
    )


def _transport(stated: Mapping[str, str], reading: Reading) -> records.Transport:
    mode = reading.code(stated, "mode", records.MODES)
    means = records.MEANS.get(mode or "", ())
    via = _SEVERAL.split(stated.get("via", ""))[:10]
    return records.Transport(
        departure_country=reading.country(stated, "departure_country"),
        departure_place=reading.text(stated, "departure_place"),
        departure=reading.moment(stated, "departure"),
        arrival_country=reading.country(stated, "arrival_country"),
        arrival_place=reading.text(stated, "arrival_place"),
        arrival=reading.moment(stated, "arrival"),
        via=tuple(
            records.Transit(country=reading.country({"via": one.strip()}, "via"))
            for one in via
            if one.strip()
        ),
        border_point=reading.text(stated, "border_point"),
        mode=mode,
        means=reading.code(stated, "means", means) if means else None,
        reference=reading.text(stated, "transport"),
        plate_country=reading.country(stated, "plate_country"),
        company=reading.text(stated, "company"),
        consignment=reading.text(stated, "consignment"),
        container=reading.text(stated, "container"),
        stated_contents=reading.text(stated, "stated_contents"),
    )


def _party(stated: Mapping[str, str], role: str, reading: Reading) -> Party | None:
    """Returns the party of a role, or None if the row states no data about it."""
    names = (f"{role}_{part}" for part in PARTY)
    own = {name: stated[name] for name in names if name in stated}
    if not own:
        return None

    def text(part: str) -> str | None:
        return reading.text(own, f"{role}_{part}")

    def country(part: str) -> str | None:
        return reading.country(own, f"{role}_{part}")

    number_ = text("document")
    issuer = country("document_country")
    document = None
    if number_:
        kind = (text("document_type") or "").upper()[:1] or None
        document = Document(
            type=kind if kind in ("P", "I", "O") else None,
            number=number_,
            issuer=codes.alpha3(issuer) or issuer if issuer else None,
            issued=reading.day(own, f"{role}_document_issued"),
        )
    address = Address(
        kind="residence", street=text("street"), city=text("city"), postcode=text("postcode"),
        country=country("country"),
    )  # fmt: skip
    name = text("name")
    legal = reading.yes(own, f"{role}_legal")
    nationalities = _SEVERAL.split(own.get(f"{role}_nationality", ""))[:5]
    return Party(
        legal=legal if legal is not None else (True if name else None),
        first_names=text("first_names"),
        last_names=text("last_names"),
        personal_number=text("personal_number"),
        gender=reading.code(own, f"{role}_gender", ("female", "male", "other")),
        nationalities=tuple(
            found
            for one in nationalities
            if one.strip()
            and (found := reading.country({"nationality": one.strip()}, "nationality"))
        ),
        date_of_birth=reading.day(own, f"{role}_birth_date"),
        birth_town=text("birth_town"),
        birth_country=country("birth_country"),
        document=document,
        occupation=text("occupation"),
        name=name,
        registration_number=text("registration_number"),
        register_name=text("register_name"),
        registration_country=country("registration_country"),
        vat=text("vat"),
        eori=text("eori"),
        addresses=(address,) if address != Address(kind="residence") else (),
        phones=(phone,) if (phone := text("phone")) else (),
        emails=(email,) if (email := text("email")) else (),
        business_activity=text("business_activity"),
        bank=reading.yes(own, f"{role}_bank"),
    )
