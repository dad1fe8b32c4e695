"""The terms of a retention profile, and the templates to choose from: those of the kinds, and a general
one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.utils.translation import gettext_noop as _

from vedette.apps.subjects.tables import Template, declared

#: The template in force if an organisation has chosen none; `vedette_periods` has the same figures.
DEFAULT = "national"
_NATIONAL = Template(
    _("National template"), "receipt", 180, 1825, 1825,
    _("to be stated: national law and article"),
    _("periods of ICAO Annex 9 until a national law is entered"),
)  # fmt: skip


def templates() -> dict[str, Template]:
    """All templates by key."""
    of_kinds = {key: one for kind in declared().kinds for key, one in kind.templates.items()}
    return {**of_kinds, DEFAULT: _NATIONAL}


#: The maximum of a period in days, so that a typing error cannot keep data for longer than ten years.
LONGEST = 3660


@dataclass(frozen=True)
class Terms:
    """A profile as it is requested: the content of an approval of kind `retention`."""

    template: str
    name: str
    trigger: str
    mask_after: int
    delete_after: int
    keep_after: int
    active_from: dt.date
    basis: str
    source: str
    retention_class: str = field(default_factory=lambda: declared().classes[0])

    def problems(self, today: dt.date) -> list[str]:
        """Returns codes for the invalid terms: template, name, trigger, periods, active_from, basis,
        class."""
        found = []
        if self.template not in templates():
            found.append("template")
        if not 0 < len(self.name.strip()) <= 100:
            found.append("name")
        if self.trigger not in ("receipt", "departure"):
            found.append("trigger")
        if not 0 < self.mask_after <= self.delete_after <= self.keep_after <= LONGEST:
            found.append("periods")
        if self.active_from < today:
            found.append("active_from")
        if not 3 <= len(self.basis.strip()) <= 300 or len(self.source) > 300:
            found.append("basis")
        if self.retention_class not in declared().classes:
            found.append("class")
        return found
