"""The texts of findings in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vedette.apps import display
from vedette.apps.accounts.models import User
from vedette.apps.oversight.models import Finding


def why(finding: Finding, colleagues: Mapping[Any, User]) -> str:
    """The explanation of a finding: the observed and the usual values."""
    told = finding.params
    match finding.kind:
        case Finding.Kind.OWN_NAME:
            if told["opened"]:
                return _("Saw the record of a person who bears the user’s own name.")
            return _("Searched for the user’s own name.")
        case Finding.Kind.COLLEAGUE:
            of = next((u for k, u in colleagues.items() if str(k) == told["of"]), None)
            return _("Searched for the name of a colleague: %(who)s.") % {
                "who": of.display() if of else "–"
            }
        case Finding.Kind.MANY:
            return _many(told)
        case Finding.Kind.VOLUME:
            return _volume(told)
        case Finding.Kind.HOURS:
            return _("%(count)s records seen at %(hours)s UTC; usual hours: %(usual)s UTC.") % {
                "count": display.number(told["count"]),
                "hours": spans(told["hours"]),
                "usual": spans(told["usual"]),
            }
    return ""


def _many(told: Mapping[str, Any]) -> str:
    text = ngettext(
        "%(readers)s user saw the same record within %(days)s days.",
        "%(readers)s users saw the same record within %(days)s days.",
        told["readers"],
    ) % {"readers": display.number(told["readers"]), "days": told["days"]}
    if told["usual"] is None:
        return text
    return f"{text} " + _("The usual number is %(usual)s.") % {
        "usual": display.number(told["usual"])
    }


def _volume(told: Mapping[str, Any]) -> str:
    values = {
        key: display.number(told[key]) if told[key] is not None else ""
        for key in ("count", "own", "role")
    }
    if values["own"] and values["role"]:
        return (
            _(
                "%(count)s records seen on this day; usual: %(own)s for the user, %(role)s for"
                " the role.")
            % values
        )  # fmt: skip
    if values["own"]:
        return _("%(count)s records seen on this day; usual: %(own)s for the user.") % values
    return _("%(count)s records seen on this day; usual: %(role)s for the role.") % values


def spans(hours: list[int]) -> str:
    """`02:00–05:00, 23:00–24:00` of the hours [2, 3, 4, 23]."""
    found: list[list[int]] = []
    for hour in sorted(hours):
        if found and found[-1][1] == hour:
            found[-1][1] = hour + 1
        else:
            found.append([hour, hour + 1])
    return ", ".join(f"{first:02d}:00–{end:02d}:00" for first, end in found)
