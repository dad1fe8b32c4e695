"""Stores the results of a screening. The code that stores subjects of a kind calls this module.

The results are the hits with their reasons, the values on which profiles were evaluated, and the matches in
shadow mode.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from psycopg import Connection

from vedette.apps.copying import merge_in
from vedette.apps.hits.raising import Favour, Screened, expected, raise_hits
from vedette.apps.subjects.rows import Spine
from vedette.screening.reason import Reason

if TYPE_CHECKING:
    # The web process stores corrections, but must import neither the pipeline nor Polars.
    from vedette.pipeline.screen import Batch


def settle(
    connection: Connection[Any],
    spine: Spine,
    batch: Batch,
    screened: Sequence[Screened],
    reasons: Mapping[uuid.UUID, Sequence[Reason]],
    favour: Favour,
) -> None:
    """Stores the results of the screening of a batch of subjects of one organisation. `screened` contains the
    screened subjects in the order of the batch. If `batch.expect` is set, the function stores nothing and
    calls `batch.expect` with the hits that would be opened or extended."""
    if batch.expect is not None:
        batch.expect(expected(connection, spine, screened, reasons, batch.answered, favour))
        return
    raise_hits(connection, spine, screened, reasons, batch.answered, favour)
    if batch.values is None:
        return
    fires = [
        (spine.organisation, uuid.UUID(reason.version), subject, spine.received_at)
        for subject, some in reasons.items()
        for reason in some
        if reason.shadow
    ]
    columns = ("organisation_id", "version_id", "subject_id", "at")
    merge_in(connection, "profiles_shadowfire", columns, fires, columns[1:3])
    # Imported here, because only workers evaluate profiles. The web process never imports Polars.
    from vedette.apps.profiles import known

    rows: dict[tuple[str, dt.date], list[int]] = {}
    for row, one in enumerate(screened):
        rows.setdefault((one.retention_class, one.month), []).append(row)
    for (class_, month), places in rows.items():
        where = known.Where(spine.organisation, class_, month, batch.kind, spine.received_at.date())
        known.put(connection, where, batch.values[places])
