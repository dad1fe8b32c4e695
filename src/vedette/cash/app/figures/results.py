"""Computes the results of the user's own administration. The figures are the same as in the published results
of operation TENTACLE: undeclared cash, gold by weight, detained cash and seized cash.

- *Undeclared* cash means all lines of records of undeclared cash. For other records, *undeclared* cash means
  the cash that was found in the last count in addition to the declared cash.
- *Detained* cash and *seized* cash mean the goods in the validated records of detentions and seizures
  (`apps/enforcement`).

Amounts in different currencies are never added together, and amounts are never added to weights. Amounts are
not converted. The results are based on the same movements as the statistics (`report`). The records of cash
contain no data about wrongly invoiced goods and arrests, so the cells for these results are empty in the
file.
"""

from __future__ import annotations

import io
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from vedette.apps import query
from vedette.apps.rendering import say
from vedette.cash.app import texts
from vedette.cash.app.figures.report import FROM, WHERE, Chosen, params
from vedette.core.cells import Table
from vedette.core.small_cells import LEAST
from vedette.core.texts import gettext_lazy

#: What became of the cash → its name.
WHAT: dict[str, Any] = {
    "undeclared": gettext_lazy("Undeclared"),
    "surplus": gettext_lazy("Cash found in addition to the declared cash"),
    "detained": gettext_lazy("Detained"),
    "seized": gettext_lazy("Seized"),
}
#: A published result (`cash.published`) → its name.
PUBLISHED: dict[str, Any] = {
    "members": gettext_lazy("Members that took part"),
    "regions": gettext_lazy("Regions"),
    "assets": gettext_lazy("Assets"),
    "undeclared": gettext_lazy("Undeclared currency"),
    "misinvoiced": gettext_lazy("Goods invoiced with a wrong value"),
    "gold": gettext_lazy("Gold"),
    "arrests": gettext_lazy("Arrests"),
}
#: Results of an operation that are not part of the records of cash.
OTHER = (gettext_lazy("Goods invoiced with a wrong value"), gettext_lazy("Arrests"))
_CLEAR = """
    JOIN cash_movementclear c ON c.movement_id = f.id AND c.retention_class = f.retention_class
     AND c.month = f.month
"""
_SUM = """
    SELECT {what} AS what, {kind} AS kind,
           CASE WHEN {kind} = 'gold' THEN 'g' ELSE coalesce({currency}, '') END AS unit,
           array_agg(DISTINCT f.id) AS ids,
           sum(CASE WHEN {kind} = 'gold' THEN {weight} ELSE {amount} END) AS amount
"""
_LINES = (
    _SUM.format(
        what="'undeclared'",
        kind="coalesce(l ->> 'kind', 'currency')",
        currency="l ->> 'currency'",
        weight="(l ->> 'weight')::numeric",
        amount="coalesce((l ->> 'amount')::numeric,"
        " (l ->> 'denomination')::numeric * (l ->> 'quantity')::numeric)",
    )
    + FROM
    + _CLEAR
    + " CROSS JOIN jsonb_array_elements(c.state -> 'message' -> 'movement' -> 'lines') l"
    + WHERE
    + " AND f.record = 'ex_officio' GROUP BY 1, 2, 3"
)
_SURPLUS = "".join(
    (
        _SUM.format(
            what="'surplus'",
            kind="coalesce(l ->> 'kind', 'currency')",
            currency="l ->> 'currency'",
            weight="(l ->> 'weight')::numeric",
            amount="(l ->> 'amount')::numeric",
        ),
        # The last count of each movement.
        f"FROM (SELECT DISTINCT ON (f.id) f.id, c.differences {FROM}",
        """
    JOIN cash_count n ON n.subject_id = f.id
    JOIN cash_countclear c ON c.movement_id = f.id AND c.count_id = n.id
     AND c.retention_class = f.retention_class AND c.month = f.month
    """,
        WHERE,
        " AND f.differs AND f.record <> 'ex_officio' ORDER BY f.id, n.number DESC) f",
        " CROSS JOIN jsonb_array_elements(f.differences) l"
        " WHERE (l ->> 'amount')::numeric > 0 OR (l ->> 'weight')::numeric > 0 GROUP BY 1, 2, 3",
    )
)
_RECORDED = "".join(
    (
        """
    SELECT CASE WHEN z.measure = 'seizure' OR z.outcome IN ('seized', 'forfeited') THEN 'seized'
                ELSE 'detained' END AS what,
           CASE WHEN i.unit = 'g' THEN 'gold' WHEN coalesce(i.sub, '') = '' THEN 'currency'
                ELSE 'instrument' END AS kind,
           CASE WHEN i.unit = 'g' THEN 'g' ELSE coalesce(i.currency, '') END AS unit,
           array_agg(DISTINCT f.id) AS ids,
           sum(CASE WHEN i.unit = 'g' THEN i.quantity ELSE i.value END) AS amount
    """,
        FROM,
        """
    JOIN enforcement_seizure z ON z.subject_id = f.id AND z.state = 'validated'
    JOIN enforcement_seizureversion v ON v.seizure_id = z.id AND v.number = z.validated_version
    JOIN enforcement_seizureitem i ON i.version_id = v.id AND i.kind = 'cash'
    """,
        WHERE,
        " GROUP BY 1, 2, 3",
    )
)


@dataclass(frozen=True)
class Line:
    """One line of the results with its movements. If fewer than three movements are counted for a line,
    `records` and `amount` are None, and `ids` is empty.
    """

    what: str
    kind: str
    unit: str
    records: int | None
    amount: Decimal | None
    ids: tuple[uuid.UUID, ...] = ()

    @property
    def key(self) -> str:
        """Returns the key of the line for a URL."""
        return f"{self.what}.{self.kind}.{self.unit}"


def results(chosen: Chosen) -> list[Line]:
    """Returns the results of the period, which are computed from the movements that the reader may see."""
    found = [
        row for sql in (_LINES, _SURPLUS, _RECORDED) for row in query.dicts(sql, params(chosen))
    ]
    order = list(WHAT)
    found.sort(key=lambda row: (order.index(row["what"]), row["kind"], row["unit"]))
    return [
        Line(row["what"], row["kind"], row["unit"], None, None)
        if chosen.small and len(row["ids"]) < LEAST
        else Line(
            row["what"], row["kind"], row["unit"], len(row["ids"]), row["amount"], tuple(row["ids"])
        )
        for row in found
    ]


def csv_of(found: list[Line], chosen: Chosen, member: str) -> str:
    """Returns the results as a CSV file. Cells that are suppressed are empty. `member` is the name of the
    administration."""
    out = io.StringIO()
    table = Table(out)
    heads = (
        gettext_lazy("Member"), gettext_lazy("from"), gettext_lazy("to"), gettext_lazy("Result"),
        gettext_lazy("kind of cash"), gettext_lazy("unit or currency"), gettext_lazy("Records"),
        gettext_lazy("amount"),
    )  # fmt: skip
    table.row([say(one) for one in heads])
    for line in found:
        amount = None if line.amount is None else f"{line.amount:f}"
        table.row(
            [member, chosen.first, chosen.last, say(WHAT[line.what]),
             str(texts.KINDS.get(line.kind, line.kind)), line.unit, line.records, amount]
        )  # fmt: skip
    for other in OTHER:
        table.row([member, chosen.first, chosen.last, say(other), "", "", "", ""])
    return out.getvalue()
