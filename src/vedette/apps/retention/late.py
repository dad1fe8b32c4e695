"""What comes for a month that has ended: its key is destroyed, and no new one is made.

Who has an objective link is kept as `linked` all the same, under the keys of that class; the others go.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from psycopg import Connection, sql

from vedette.apps.retention import deletion, masking
from vedette.apps.retention.masking import Apart
from vedette.apps.subjects.tables import LINKED
from vedette.keys.months import MonthKeys


def let_go(connection: Connection[Any], apart: Apart, keys: MonthKeys) -> dict[dt.date, int]:
    """Empties a partition taken apart of rows whose month has ended; gives the months, whose spine rows
    are to follow, and how many subjects of each are kept for a link.

    Raises `KeysError` where the key of the linked is lost: then nothing of that month is changed.
    """
    class_ = apart.part.retention_class
    table = sql.Identifier(apart.table)
    found = {}
    for month in masking.months(connection, apart):
        if not keys.destroyed(class_, month):
            continue
        with connection.transaction():
            found[month] = 0
            if class_ != LINKED:
                found[month] = deletion.keep_linked(connection, keys, class_, month)
                if not keys.destroyed(LINKED, month):
                    _keep(connection, apart, keys, month)
            connection.execute(sql.SQL("DELETE FROM {} WHERE month = %s").format(table), [month])
    return found


def _keep(connection: Connection[Any], apart: Apart, keys: MonthKeys, month: dt.date) -> None:
    """Seals the rows of the linked of that month: of this side table, whichever was dealt with first."""
    subjects = connection.execute(
        "SELECT id FROM subjects_subject WHERE retention_class = %s AND month = %s",
        [LINKED, month],
    ).fetchall()
    if subjects:
        masking.seal_linked(connection, keys, apart, month, [id_ for (id_,) in subjects])
