"""The report tables about seized firearms and about seized goods.

`iafq`: the tables of the UNODC illicit arms flows questionnaire. `poa`: seized small arms and light weapons
with marking, tracing and disposal, for the report under the UN Programme of Action and the Firearms Protocol.
`goods`: the totals of seized goods, separately for each kind and unit (Programme Global Shield).

Every figure is defined by the conditions of its row and its column. The same conditions select the records
that the link of the figure opens. Row-level security limits every figure to the records that the reader may
see. Records of subjects whose processing is restricted are left out.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from vedette.apps import query
from vedette.apps.enforcement.kinds import KINDS
from vedette.apps.enforcement.models import SeizureItem, SeizureVersion
from vedette.apps.enforcement.selectors import seizures
from vedette.apps.enforcement.selectors.firearms import nation
from vedette.apps.rendering import say
from vedette.core import firearms as forms
from vedette.core.cells import Table as Csv
from vedette.core.texts import Text, gettext_lazy, pgettext_lazy

REPORTS = {
    "iafq": gettext_lazy("UNODC illicit arms flows questionnaire"),
    "poa": gettext_lazy("UN Programme of Action and Firearms Protocol"),
    "goods": gettext_lazy("Seized goods by kind and unit (Programme Global Shield)"),
}
#: Which records are counted.
COUNTED = {
    "validated": gettext_lazy("validated records"),
    "recorded": gettext_lazy("submitted and validated records"),
}
#: Number of records on a page of a figure.
PAGE = 100
FIRST_YEAR, LAST_YEAR = 1990, 2199


def _case(column: str, values: Mapping[str, str]) -> str:
    whens = " ".join(f"WHEN '{key}' THEN '{value}'" for key, value in values.items())
    return f"(CASE {column} {whens} ELSE '' END)"


@dataclass(frozen=True)
class Dimension:
    """The rows of a table: the SQL expression that computes the key of a row, the names of the keys, and
    whether the keys are countries. If no names are given, each key in the records is a row."""

    sql: str
    names: Mapping[str, Any]
    countries: bool = False
    #: Condition of the records that the table counts.
    only: str = "true"


@dataclass(frozen=True)
class Column:
    """A column of a table: its name, the SQL condition of its records, and the SQL expression that is added
    up (1 counts records)."""

    name: Any
    where: str = "true"
    add: str = "1"


_TRACED = "EXISTS (SELECT FROM enforcement_tracerequest t WHERE t.firearm_id = f.id AND {})"
_MARK = {
    "total": Column(gettext_lazy("Seized")),
    "intact": Column(forms.SERIAL_STATES["intact"], "f.serial_state = 'intact'"),
    "altered": Column(forms.SERIAL_STATES["altered"], "f.serial_state = 'altered'"),
    "erased": Column(forms.SERIAL_STATES["erased"], "f.serial_state = 'erased'"),
    "none": Column(forms.SERIAL_STATES["none"], "f.serial_state = 'none'"),
    "imported": Column(gettext_lazy("with an import mark"), "f.import_country <> ''"),
    "asked": Column(gettext_lazy("Tracing requested"), _TRACED.format("t.sent_on IS NOT NULL")),
    "traced": Column(gettext_lazy("Traced"), _TRACED.format("t.result = 'traced'")),
}  # fmt: skip
_FIREARM = "f.item = 'firearm'"
_ATT = {
    "SA1": gettext_lazy("Small arms: revolvers and self-loading pistols"),
    "SA2": gettext_lazy("Small arms: rifles and carbines"),
    "SA3": gettext_lazy("Small arms: sub-machine guns"),
    "SA4": gettext_lazy("Small arms: assault rifles"),
    "SA5": gettext_lazy("Small arms: light machine guns"),
    "SA6": gettext_lazy("Small arms: others"),
    "LW1": gettext_lazy("Light weapons: heavy machine guns"),
    "LW2": gettext_lazy("Light weapons: hand-held under-barrel and mounted grenade launchers"),
    "LW3": gettext_lazy("Light weapons: portable anti-tank guns"),
    "LW4": gettext_lazy("Light weapons: recoilless rifles"),
    "LW5": gettext_lazy("Light weapons: portable anti-tank missile launchers and rocket systems"),
    "LW6": gettext_lazy("Light weapons: mortars of calibres of less than 75 mm"),
    "LW7": gettext_lazy("Light weapons: others"),
}
_COUNT = {"total": Column(gettext_lazy("Seized"))}
_DISPOSALS = {
    value: Column(label, f"c.disposal = '{value}'")
    for value, label in (
        (one.value, one.label) for one in SeizureVersion.Disposal
    )
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A table of a report: its title, rows and columns."""

    report: str
    title: Text
    head: Text
    rows: Dimension
    columns: Mapping[str, Column]


def _labels(choices: Any) -> dict[str, Any]:
    return {one.value: one.label for one in choices}


TABLES: dict[str, Kind] = {
    "items": Kind(
        "iafq", gettext_lazy("Cases and items seized"), pgettext_lazy("firearm", "Item"),
        Dimension("f.item", forms.ITEMS),
        {
            "cases": Column(gettext_lazy("Seizures"), add="DISTINCT c.id"),
            "records": Column(gettext_lazy("Records")),
            "pieces": Column(gettext_lazy("Pieces"), add="f.quantity"),
        },
    ),
    "types": Kind(
        "iafq", gettext_lazy("Firearms, by type and by state of the serial number"),
        pgettext_lazy("firearm", "Type"),
        Dimension(_case("f.type", {k: v.iafq for k, v in forms.TYPES.items()}), forms.IAFQ, only=_FIREARM),
        _MARK,
    ),
    "made": Kind(
        "iafq", gettext_lazy("Firearms that were illicitly made or modified"),
        forms.LABELS["made"],
        Dimension("m.made", forms.MADE, only=_FIREARM), _COUNT,
    ),
    "country": Kind(
        "iafq", gettext_lazy("Firearms, by country of manufacture"), gettext_lazy("Country"),
        Dimension("f.country", {}, True, _FIREARM), _MARK,
    ),
    "last_country": Kind(
        "iafq", gettext_lazy("Firearms, by last country of legal possession"), gettext_lazy("Country"),
        Dimension("f.last_country", {}, True, _FIREARM), _COUNT,
    ),
    "departure": Kind(
        "iafq", gettext_lazy("Firearms, by country of departure"), gettext_lazy("Country"),
        Dimension("c.departure", {}, True, _FIREARM), _COUNT,
    ),
    "destination": Kind(
        "iafq", gettext_lazy("Firearms, by country of destination"), gettext_lazy("Country"),
        Dimension("c.destination", {}, True, _FIREARM), _COUNT,
    ),
    "place": Kind(
        "iafq", gettext_lazy("Firearms, by kind of place"), gettext_lazy("Kind of place"),
        Dimension("c.place_kind", _labels(SeizureVersion.PlaceKind), only=_FIREARM), _COUNT,
    ),
    "conveyance": Kind(
        "iafq", gettext_lazy("Firearms, by type of means of transport"), gettext_lazy("Means of transport"),
        Dimension("c.conveyance", _labels(SeizureVersion.Conveyance), only=_FIREARM), _COUNT,
    ),
    "weapons": Kind(
        "poa", gettext_lazy("Small arms and light weapons: marking and tracing"),
        pgettext_lazy("firearm", "Type"),
        Dimension(_case("f.type", {k: v.att for k, v in forms.TYPES.items()}), _ATT, only=_FIREARM),
        _MARK,
    ),
    "disposal": Kind(
        "poa", gettext_lazy("Small arms and light weapons: what was done with them"),
        pgettext_lazy("firearm", "Type"),
        Dimension(_case("f.type", {k: v.att for k, v in forms.TYPES.items()}), _ATT, only=_FIREARM),
        {**_COUNT, **_DISPOSALS,
         "unknown": Column(gettext_lazy("not stated"), "c.disposal = ''")},
    ),
    "parts": Kind(
        "poa", gettext_lazy("Parts and components (Firearms Protocol, article 3)"),
        pgettext_lazy("firearm", "Part"),
        Dimension("f.part", forms.PARTS, only="f.item = 'part'"),
        {"records": Column(gettext_lazy("Records")),
         "pieces": Column(gettext_lazy("Pieces"), add="f.quantity")},
    ),
}  # fmt: skip

#: The seizures that are counted, with the version whose values count.
_COUNTED = """
WITH c AS (
    SELECT s.id, s.subject_id, v.id AS version_id, v.number, v.day, v.departure, v.destination, v.place_kind,
           v.conveyance, v.disposal
    FROM enforcement_seizure s
    JOIN subjects_subject j ON j.id = s.subject_id AND NOT j.restricted
    JOIN enforcement_seizureversion v ON v.seizure_id = s.id
     AND v.number = CASE WHEN %(validated)s THEN s.validated_version ELSE s.version END
    WHERE s.organisation_id = (SELECT vedette_scope()) AND s.state <> 'withdrawn' AND s.measure = 'seizure'
      AND (%(validated)s OR s.state IN ('submitted', 'validated'))
      AND v.day BETWEEN %(first)s AND %(last)s
)
"""
#: The firearm records of the counted seizures, with the values that belong to the counted version.
_FIREARMS = """FROM c JOIN enforcement_firearm w ON w.seizure_id = c.id
    JOIN LATERAL (
        SELECT w.id, k.id AS version, k.struck, k.item, k.type, k.part, k.quantity, k.serial_state,
               k.country, k.import_country, k.last_country, k.made
        FROM enforcement_firearmversion k WHERE k.firearm_id = w.id AND k.since <= c.number
        ORDER BY k.number DESC LIMIT 1) f ON NOT f.struck"""


@dataclass(frozen=True)
class Chosen:
    """The report, the period and the records that the reader chose."""

    report: str = "iafq"
    first: dt.date = dt.date(2000, 1, 1)
    last: dt.date = dt.date(2000, 12, 31)
    counted: str = "validated"

    @classmethod
    def read(cls, given: Mapping[str, Any], today: dt.date) -> Chosen:
        """Reads the choice from the parameters of a request. If no period is given, the previous year is used
        until the end of May, because annual reports are due then. From June, the current year is used.
        Ignores invalid parameters of the URL."""
        report = str(given.get("report", ""))
        first, last = query.read_day(given.get("first")), query.read_day(given.get("last"))
        if first is None or last is None or last < first:
            year = today.year - 1 if today.month <= 5 else today.year
            first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
        counted = str(given.get("counted", ""))
        return cls(
            report if report in REPORTS else "iafq", first, last,
            counted if counted in COUNTED else "validated",
        )  # fmt: skip

    def query(self, **changes: Any) -> str:
        """Returns the choice as a query string.

        `changes` contains parameters that replace or supplement the parameters of the choice.
        """
        own = {name: changes.pop(name) for name in ("report", "counted") if name in changes}
        one = replace(self, **own)
        return urlencode(
            {"report": one.report, "first": one.first.isoformat(), "last": one.last.isoformat(),
             "counted": one.counted, **changes}
        )  # fmt: skip

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of the queries."""
        return {"validated": self.counted == "validated", "first": self.first, "last": self.last}


@dataclass(frozen=True)
class Figure:
    """A figure with the query string of the page that shows its records. The link is empty if the figure is
    0."""

    value: Decimal | int
    link: str


@dataclass(frozen=True)
class Line:
    """A row of a table."""

    name: str
    figures: Sequence[Figure]
    total: bool = False


@dataclass(frozen=True)
class Table:
    """A table of a report with its figures."""

    key: str
    title: str
    head: str
    columns: Sequence[str]
    lines: Sequence[Line]


# --- tables of firearms ---------------------------------------------------------------------------


def _source(rows: Dimension) -> str:
    """The FROM clause of a table. A firearm for which several methods of making are recorded is counted once
    for each method."""
    unnested = " CROSS JOIN LATERAL unnest(f.made) m (made)" if "m.made" in rows.sql else ""
    return f"{_FIREARMS}{unnested} WHERE {rows.only}"


def _sum(column: Column) -> str:
    if column.add == "1":
        return f"count(*) FILTER (WHERE {column.where})"
    if column.add.startswith("DISTINCT"):
        return f"count({column.add}) FILTER (WHERE {column.where})"
    return f"coalesce(sum({column.add}) FILTER (WHERE {column.where}), 0)"


def table(key: str, chosen: Chosen) -> Table:
    """Returns a table with its figures. The last line contains the totals. There are no totals if rows
    overlap or have different units."""
    kind = TABLES[key]
    sums = ", ".join(f"{_sum(one)} AS c{n}" for n, one in enumerate(kind.columns.values()))
    found = query.dicts(
        f"{_COUNTED} SELECT {kind.rows.sql} AS row, {sums} {_source(kind.rows)} GROUP BY 1",
        chosen.params,
    )
    by_row = {row["row"]: row for row in found}
    names = _names(kind.rows, by_row)

    def line(name: str, row: Mapping[str, Any], about: Mapping[str, str], total: bool) -> Line:
        figures = []
        for n, column in enumerate(kind.columns):
            value = row.get(f"c{n}") or 0
            link = (
                chosen.query(report=kind.report, table=key, column=column, **about) if value else ""
            )
            figures.append(Figure(value, link))
        return Line(name, figures, total)

    lines = [
        line(name, by_row.get(value, {}), {"row": value or "-"}, False) for value, name in names
    ]
    # Rows that overlap (how a firearm was made) or have different units (pieces) have no total.
    if key not in ("made", "items"):
        total = {
            f"c{n}": sum(row[f"c{n}"] for row in found) for n in range(len(kind.columns))
        }  # fmt: skip
        lines.append(line(say(gettext_lazy("Total")), total, {}, True))
    return Table(
        key,
        say(kind.title),
        say(kind.head),
        [_word(one.name) for one in kind.columns.values()],
        lines,
    )


def _word(text: Any) -> str:
    return say(text) if isinstance(text, Text) else str(text)


def _names(rows: Dimension, found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Returns the keys and names of the rows: first all keys that have a name in the list, then the keys
    without a name.

    Countries are sorted by name; only countries with a record are listed.
    """
    if rows.countries:
        named = sorted((nation(key), key) for key in found if key)
        keys = [(key, name) for name, key in named]
    else:
        keys = [(key, _word(name)) for key, name in rows.names.items()]
    known = {key for key, _ in keys}
    rest = [key for key in found if key not in known]
    return keys + [(key, key if key else say(gettext_lazy("not stated"))) for key in rest]


@dataclass(frozen=True)
class Opened:
    """One page of the records of a figure, and the position of the next page. `ids` contains the ids of the
    records and of their versions that are counted."""

    table: str
    title: str
    row: str
    column: str
    ids: Mapping[uuid.UUID, uuid.UUID]
    following: str


def opened(chosen: Chosen, given: Mapping[str, str]) -> Opened | None:
    """Returns a page of the records of a figure, or None if the parameters do not identify a figure."""
    key, name = given.get("table", ""), given.get("column", "")
    kind = TABLES.get(key)
    if kind is None or name not in kind.columns:
        return None
    column = kind.columns[name]
    row = given.get("row")
    after = given.get("after", "")
    try:
        place = uuid.UUID(after) if after else None
    except ValueError:
        place = None
    own = "" if row is None else f"AND {kind.rows.sql} = %(row)s"
    found = query.dicts(
        f"{_COUNTED} SELECT DISTINCT f.id, f.version {_source(kind.rows)} AND {column.where} {own}"
        " AND (%(place)s::uuid IS NULL OR f.id > %(place)s::uuid) ORDER BY f.id LIMIT %(limit)s",
        {**chosen.params, "row": "" if row == "-" else row, "place": place, "limit": PAGE + 1},
    )
    ids = [one["id"] for one in found[:PAGE]]
    words = dict(_names(kind.rows, {row: 1} if row and row != "-" else {"": 1}))
    return Opened(
        key, say(kind.title), words.get("" if row == "-" else row or "", row or "") if row else "",
        _word(column.name), {one["id"]: one["version"] for one in found[:PAGE]},
        ids[-1].hex if len(found) > PAGE else "",
    )  # fmt: skip


# --- seized goods ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Total:
    """The total of the seized goods of one kind in one unit, with the link to its records."""

    of: seizures.Total
    link: str


def totals(chosen: Chosen) -> list[Total]:
    """Returns the totals of the seized goods for each kind, substance or type, and unit. Quantities of
    different units are never added together."""
    found = seizures.totals(chosen.first, chosen.last, recorded=chosen.counted == "recorded")
    return [
        Total(one, chosen.query(report="goods", kind=one.kind, sub=one.sub, base=one.base))
        for one in found
    ]


def opened_goods(
    chosen: Chosen, kind: str, sub: str, base: str, after: str
) -> tuple[list[SeizureItem], str]:
    """Returns a page of the goods of a total with their seizures, and the position of the next page."""
    found = seizures.counted(chosen.first, chosen.last, recorded=chosen.counted == "recorded")
    found = found.filter(kind=kind, sub=sub, base=base).select_related("version__seizure")
    with contextlib.suppress(ValueError):
        found = found.filter(pk__gt=uuid.UUID(after)) if after else found
    rows = list(found.order_by("pk")[: PAGE + 1])
    return rows[:PAGE], rows[PAGE - 1].pk.hex if len(rows) > PAGE else ""


def goods_name(kind: str, sub: str) -> str:
    """Returns the name of a kind of seized goods, with its substance or type."""
    name = str(KINDS.get(kind, kind))
    return f"{name} · {sub}" if sub else name


# --- the whole report -----------------------------------------------------------------------------


def tables_of(chosen: Chosen) -> list[Table]:
    """Returns the tables of the chosen report that are about firearms."""
    return [table(key, chosen) for key, kind in TABLES.items() if kind.report == chosen.report]


def csv_of(chosen: Chosen) -> str:
    """Returns the chosen report as a CSV file with a line for each figure."""
    text = io.StringIO()
    csv = Csv(text)
    csv.row(["report", "first", "last", "counted", "table", "row", "column", "unit", "figure"])
    head = [chosen.report, chosen.first.isoformat(), chosen.last.isoformat(), chosen.counted]
    for line in _lines(chosen):
        csv.row([*head, *line])
    return text.getvalue()


def _lines(chosen: Chosen) -> Iterator[list[object]]:
    for one in tables_of(chosen):
        for line in one.lines:
            for column, figure in zip(one.columns, line.figures, strict=True):
                yield [one.title, line.name, column, "", figure.value]
    if chosen.report == "goods":
        title, cases, amount = REPORTS["goods"], gettext_lazy("Seizures"), gettext_lazy("Amount")
        for of in (total.of for total in totals(chosen)):
            head = [say(title), goods_name(of.kind, of.sub)]
            yield [*head, say(cases), "", of.seizures]
            yield [*head, say(amount), of.base, f"{of.amount.normalize():f}"]
