"""Every public sample of a message about goods goes through the kind: group, merge, screening input, values,
control lists."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.shared import shared

from vedette.goods import controls, declarations, formats
from vedette.goods.kind import KIND, due_at

NOW = dt.datetime(2026, 11, 27, 8, 0, tzinfo=dt.UTC)
HOME = uuid.UUID(int=7)
FOLDERS = ("wco_dm_hmrc_cds", "ics_ens_ie315", "ics_intervention_ie351", "edifact_cuscar",
           "edifact_d99b", "asycuda_sad_xml", "iata_cargo", "iata_cargo_xml")  # fmt: skip


@dataclass
class Received:
    """A received file."""

    organisation: uuid.UUID = HOME
    received_at: dt.datetime = NOW
    submitter: str = "operator"


@pytest.mark.parametrize("folder", FOLDERS)
def test_samples_become_items_with_their_values(folder: str) -> None:
    known = {column.name for column in KIND.columns().columns}
    items = 0
    for path in sorted(Path(shared(f"data/messages/{folder}")).iterdir()):
        if path.suffix not in (".xml", ".edi", ".txt") or path.name.startswith("OTHER"):
            continue
        for message in formats.read(path.read_bytes()):
            group = KIND.group(message, Received())
            stated = sum(len(one.items) for one in message.consignments)
            if group is None:
                assert message.document == "answer" or message.action in ("request", "answer"), path
                continue
            hold = declarations.Held(group)
            declarations._place(message, ["2026-11-27", "", 0], hold, NOW)
            cancelled = message.action == "cancellation"
            assert len(hold.subjects) == (0 if cancelled else stated), path
            pairs = [(hold, item) for item in hold.subjects]
            for row in KIND.values(pairs, {}, NOW):
                assert set(row) <= known
            for _, item in pairs:
                goods = declarations.read(hold, item)
                asked = KIND.asks(hold, item)
                assert len(asked.parties) <= 40
                if goods.item.description:
                    assert goods.item.description in asked.texts
            controls.reasons(pairs, NOW)
            assert due_at(hold) is not None
            items += len(pairs)
    assert items > 0 or folder == "ics_intervention_ie351"
