"""The details of an approval in the reader's language."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vedette.apps import display
from vedette.apps.accounts.models import Approval

#: Key of `Approval.detail` → its label. Other keys are needed only to carry the action out.
DETAILS: dict[str, Any] = {
    "entries": _("Entries"),
    "problems": _("With problems"),
    "rows": _("Rows"),
    "subjects": _("Records"),
    "name": _("Name of the profile"),
    "list": _("Code list"),
    "added": _("Codes added"),
    "removed": _("Codes removed"),
    "uses": _("Profiles that use it"),
    "until": _("Valid until"),
    "mask_after": _("Masked after (days)"),
    "delete_after": _("Deleted after (days), without an objective link"),
    "keep_after": _("Deleted after (days), with an objective link"),
    "active_from": _("In force from"),
    "basis": _("Legal basis"),
    "source": _("Source"),
}


def details(approval: Approval) -> list[tuple[Any, str]]:
    """Label and value of each detail that the second person needs, in the order of `DETAILS`."""
    given = approval.detail
    told = [(label, _value(key, given[key])) for key, label in DETAILS.items() if given.get(key)]
    if approval.kind == Approval.Kind.EXPORT:
        # The subject of an export is a list, or the organisation for its journal.
        journal = approval.subject == str(approval.organisation_id)
        told.insert(
            0, (_("Exported data"), gettext("the journal") if journal else gettext("a list"))
        )
    return told


def _value(key: str, value: Any) -> str:
    if isinstance(value, int):
        return display.number(value)
    day = key in ("active_from", "until")
    return display.day(dt.date.fromisoformat(value)) if day else str(value)
