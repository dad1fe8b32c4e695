"""Question banks of an organisation: a coordinator imports a new version from an XLSForm workbook."""

from __future__ import annotations

import uuid

from django.db import transaction

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.assistance.actions.common import Refused, guarded, text
from vedette.apps.assistance.models import Bank
from vedette.apps.assistance.selectors.requests import home
from vedette.apps.enforcement.selectors.controls import now
from vedette.assistance import bank_xlsform, banks
from vedette.core.errors import Failure
from vedette.formats.edifact import Unreadable
from vedette.formats.tables import read_workbook


@transaction.atomic
def add(by: User, id_: uuid.UUID, version: str, data: bytes) -> Bank:
    """Adds a version of the question bank from a workbook. An earlier version is never changed, and the
    diagnostics that use it continue to use it. Raises `PermissionDenied`, and raises `Refused` with the sheet
    and the row of a fault."""
    rules.check(by, "assistance.coordinate")
    name = text(version, 40, "version", required=True)
    if name == banks.example().version:
        raise Refused("version", "version")
    if len(data) > bank_xlsform.MOST_BYTES:
        raise Refused("workbook", "workbook")
    try:
        found = read_workbook(data, bank_xlsform.MOST_UNPACKED, bank_xlsform.MOST_CELLS)
        content = bank_xlsform.read([table.rows for table in found], name)
        banks.read_bank(content)
    except (Unreadable, Failure) as error:
        raise Refused("workbook", "workbook") from error
    except bank_xlsform.Unreadable as error:
        place = {"sheet": error.sheet, "row": str(error.row)}
        raise Refused(f"form_{error.code}", "workbook", place) from error
    made = Bank(id=id_, organisation_id=home(by), version=name, content=content, by=by, at=now())
    with guarded():
        made.save(force_insert=True)
    acts.write(by, "bank.add", made.pk, questions=len(content["questions"]))
    return made
