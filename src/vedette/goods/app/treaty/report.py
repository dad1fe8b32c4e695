"""Computes the tables of the annual report under the Arms Trade Treaty.

`actual`: goods of export and import declarations that match the list of arms, without items that were held or
refused by the last decision. A declaration does not prove that the goods crossed the border. `authorised`:
the lines of licences for exports that became valid in the year. The data contain no import licences, and
neither the value nor the State of origin of a licence.

Quantities of different units and amounts of different currencies are never added. Items with masked values
are counted separately.
"""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import pgettext

from vedette.apps import query
from vedette.apps.rendering import say
from vedette.core.cells import Table
from vedette.core.codes import country_name
from vedette.core.texts import gettext_lazy
from vedette.goods.app.disclosure import clear_goods
from vedette.goods.app.models import Licence
from vedette.goods.app.treaty import categories
from vedette.goods.licences import UNITS

FORMS = {"export": gettext_lazy("Exports"), "import": gettext_lazy("Imports")}
BASES = {"actual": gettext_lazy("Actual"), "authorised": gettext_lazy("Authorised")}
WITHHELD = {
    "number": gettext_lazy("numbers of items"),
    "value": gettext_lazy("values"),
    "state": gettext_lazy("States"),
}
#: The sign of a withheld value in a file and on the page.
SIGN = gettext_lazy("withheld, article 13 (3)")
#: Greatest number of items of one year, and number of items that are read at once.
MOST, CHUNK = 50_000, 500
FIRST_YEAR, LAST_YEAR = 2014, 2199

_ITEMS = """
    SELECT g.id, g.hs, d.direction, d.stated_on, c.matched,
           (SELECT o.choice FROM hits_hit h JOIN hits_decision o ON o.hit_id = h.id
            WHERE h.subject_id = g.id ORDER BY o.at DESC, o.id DESC LIMIT 1) AS choice
    FROM goods_goodsitem g
    JOIN subjects_subject s ON s.id = g.id AND NOT s.restricted
    JOIN goods_declaration d ON d.id = g.declaration_id AND d.joined_to IS NULL
    LEFT JOIN goods_itemclear c ON c.item_id = g.id AND c.retention_class = g.retention_class
        AND c.month = g.month
    WHERE g.organisation_id = (SELECT vedette_scope()) AND g.present AND d.document = 'declaration'
      AND d.direction IN ('export', 'import') AND d.stated_on BETWEEN %(first)s AND %(last)s
      AND (g.hs = ANY(%(codes)s) OR c.matched && %(keys)s)
    ORDER BY g.id LIMIT %(most)s
"""


@dataclass(frozen=True)
class Chosen:
    """The year of the report, and the values that the report withholds."""

    year: int
    withheld: frozenset[str] = frozenset()

    @classmethod
    def read(cls, given: Any, today: dt.date) -> Chosen:
        """Reads the selected parameters of the report from the parameters of a request. The default is the
        previous year; the report for that year is due on 31 May. Ignores invalid parameters."""
        text = str(given.get("year", ""))
        year = int(text) if len(text) == 4 and text.isascii() and text.isdecimal() else 0
        return cls(
            year if FIRST_YEAR <= year <= LAST_YEAR else today.year - 1,
            frozenset(given.getlist("withheld")) & WITHHELD.keys(),
        )

    def query(self, **more: str) -> str:
        """Returns the selected parameters of the report as a query string, with further parameters."""
        own = [("year", str(self.year)), *(("withheld", one) for one in sorted(self.withheld))]
        return urlencode([*own, *more.items()])


@dataclass(frozen=True, order=True)
class Key:
    """The key of a line of the report: form, category, basis, partner State and State of origin."""

    form: str
    category: str
    basis: str
    partner: str = ""
    origin: str = ""

    @property
    def name(self) -> str:
        """The key of the line, as a URL parameter."""
        return "_".join((self.form, self.category, self.basis, self.partner, self.origin))


@dataclass
class Line:
    """A line of the report: columns A to E, and the values from which columns F and G are computed. `sources`
    are the ids of the goods items or of the licences."""

    key: Key
    pieces: Decimal = Decimal(0)
    other: dict[str, Decimal] = field(default_factory=dict)
    values: dict[str, Decimal] = field(default_factory=dict)
    sources: list[uuid.UUID] = field(default_factory=list)
    #: Records without a quantity in the data, because it is masked, not stated, or not limited.
    masked: int = 0
    unknown: int = 0

    def add(self, quantity: Decimal | None, unit: str | None) -> None:
        """Adds a quantity in its unit."""
        if quantity is None:
            self.unknown += 1
            return
        known = UNITS.get((unit or "NAR").strip().upper())
        if known is not None and known[0] == "pieces":
            self.pieces += quantity * known[1]
        else:
            name = (unit or "").strip().upper()[:10]
            self.other[name] = self.other.get(name, Decimal(0)) + quantity


@dataclass
class Report:
    """The lines of the report, and the numbers of records that are not in the report."""

    lines: list[Line]
    #: Items that a decision holds or refuses.
    stopped: int = 0
    #: Whether the year has more items than the report reads.
    more: bool = False

    def of(self, form: str) -> list[Line]:
        """Returns the lines of one form."""
        return [one for one in self.lines if one.key.form == form]


def report(chosen: Chosen) -> Report:
    """Returns the report of a year, from the data that the reader may see."""
    first, last = dt.date(chosen.year, 1, 1), dt.date(chosen.year, 12, 31)
    lines: dict[Key, Line] = {}
    codes = list(categories.entries())
    rows = query.dicts(
        _ITEMS,
        {
            "first": first,
            "last": last,
            "codes": codes,
            "keys": [f"salw:{code}" for code in codes],
            "most": MOST + 1,
        },
    )
    found = Report([], more=len(rows) > MOST)
    wanted = []
    for row in rows[:MOST]:
        category = categories.category_of(row["hs"], row["matched"] or ())
        if category is None:
            continue
        if row["choice"] in ("hold", "refuse"):
            found.stopped += 1
            continue
        wanted.append((row, category))
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        clear = clear_goods([row["id"] for row, _ in part])
        for row, category in part:
            one = clear.get(row["id"])
            goods = one.goods if one else None
            outward = row["direction"] == "export"
            partner = (goods.destination if outward else goods.dispatch) if goods else None
            origin = goods.origin if goods else None
            key = Key(
                row["direction"], category, "actual", partner or "",
                origin if origin and (outward or origin != partner) else "",
            )  # fmt: skip
            line = lines.setdefault(key, Line(key))
            line.sources.append(row["id"])
            if goods is None:
                line.masked += 1
                continue
            line.add(goods.item.quantity, goods.item.unit)
            if goods.item.value is not None and goods.item.currency:
                currency = goods.item.currency
                line.values[currency] = line.values.get(currency, Decimal(0)) + goods.item.value
    for key, licence, quantity, unit in _authorised(first, last):
        line = lines.setdefault(key, Line(key))
        if licence not in line.sources:
            line.sources.append(licence)
        line.add(quantity, unit)
    order = list(categories.CATEGORIES)
    found.lines = sorted(
        lines.values(), key=lambda x: (x.key.form, order.index(x.key.category), x.key)
    )
    return found


def _authorised(
    first: dt.date, last: dt.date
) -> Iterator[tuple[Key, uuid.UUID, Decimal | None, str]]:
    for row in Licence.objects.filter(valid_from__range=(first, last)).order_by("key"):
        for line in row.lines:
            category = categories.category_of_line(line.get("hs", ()), line.get("entries", ()))
            if category is None:
                continue
            stated = line.get("quantity")
            key = Key("export", category, "authorised", " ".join(sorted(row.destinations)))
            yield (
                key,
                row.pk,
                Decimal(str(stated)) if stated is not None else None,
                line.get("unit", "KGM"),
            )


# --- the form -------------------------------------------------------------------------------------

#: The columns of the template (2017): a letter and a text for each form.
COLUMNS = (
    ("A", gettext_lazy("Category of arms")),
    ("B", gettext_lazy("Authorised or actual")),
    ("C", gettext_lazy("Number of items")),
    ("C", gettext_lazy("Value")),
    ("D", gettext_lazy("Final importing State or exporting State")),
    ("E", gettext_lazy("State of origin, if not the exporter")),
    ("F", gettext_lazy("Remarks: description of items")),
    ("G", gettext_lazy("Remarks: comments on the transfer")),
)


def amount(value: Decimal) -> str:
    """Writes an amount without an exponent and without zeros at the end."""
    return f"{value.normalize():f}"


def _nations(codes: str) -> str:
    def one(code: str) -> str:
        name = country_name(code)
        return f"{pgettext('country', name)} ({code})" if name else code

    return (
        ", ".join(one(code) for code in codes.split()) if codes else say(gettext_lazy("not stated"))
    )


def cells(line: Line, chosen: Chosen) -> list[str]:
    """Returns the columns A to G of a line, with a symbol instead of withheld values."""
    key, sign = line.key, say(SIGN)
    known = len(line.sources) > line.masked + line.unknown
    numbers = [amount(line.pieces)] if line.pieces or (known and not line.other) else []
    numbers += [f"{amount(value)} {unit}" for unit, value in sorted(line.other.items())]
    comments = []
    if line.masked:
        comments.append(
            say(gettext_lazy("%(n)s records are masked and are not counted", n=line.masked))
        )
    if line.unknown:
        comments.append(say(gettext_lazy("%(n)s records have no quantity", n=line.unknown)))
    return [
        say(categories.CATEGORIES[key.category]),
        say(BASES[key.basis]),
        sign if "number" in chosen.withheld else "; ".join(numbers) or "–",
        sign if "value" in chosen.withheld
        else "; ".join(f"{amount(v)} {c}" for c, v in sorted(line.values.items())) or "–",
        sign if "state" in chosen.withheld else _nations(key.partner),
        (sign if "state" in chosen.withheld else _nations(key.origin)) if key.origin else "–",
        "",
        "; ".join(comments),
    ]  # fmt: skip


def csv_of(found: Report, chosen: Chosen) -> str:
    """Returns the report as a CSV file: the year, the form, the columns of the template, and the number of
    records."""
    text = io.StringIO()
    table = Table(text)
    table.row(["year", "form", *(f"{letter} {say(name)}" for letter, name in COLUMNS), "records"])
    for form, word in FORMS.items():
        lines = found.of(form)
        for line in lines:
            table.row([chosen.year, say(word), *cells(line, chosen), len(line.sources)])
        if not lines:
            table.row([chosen.year, say(word), say(NIL)])
    return text.getvalue()


NIL = gettext_lazy("The data contain no record for this year: a nil report is possible.")
