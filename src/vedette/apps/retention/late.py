"""Rows that arrive for a month whose key is destroyed: no new key is made for it.

Rows of subjects with an objective link are kept under the keys of class `linked`; the others are deleted.
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
    """Deletes from a detached partition the rows whose month has ended. Returns these months, whose spine
    rows are to be deleted next, with the number of subjects of each that are kept for a link.

    Raises `KeysError` if the key of class `linked` is lost: then nothing of that month is changed.
    """
    class_ = apart.part.retention_class
    found = {}
    for month in masking.months(connection, apart):
        if not keys.destroyed(class_, month):
            continue
        with connection.transaction():
            found[month] = 0
            if class_ != LINKED:
                found[month] = deletion.keep_linked(connection, keys, class_, month)
                if not keys.destroyed(LINKED, month):
                    # Also those of subjects that were kept with a side table handled before.
                    masking.seal_linked(connection, keys, apart, month)
            connection.execute(
                sql.SQL("DELETE FROM {} WHERE month = %s").format(sql.Identifier(apart.table)),
                [month],
            )
    return found
