"""The content of a mission report: its figures, calculated from the answers, and the words of the team
leader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vedette.apps.assistance.models import Diagnostic, MissionReport
from vedette.apps.assistance.selectors import diagnostics as selectors
from vedette.assistance import banks, reports


@dataclass(frozen=True)
class Content:
    """The content of a report: its bank, its figures by id, its words (part → language → text), and the
    digest of all figures and words, which does not depend on the reader."""

    bank: banks.Bank
    figures: Mapping[str, reports.Figure]
    words: Mapping[str, Any]
    digest: str
    stored: MissionReport | None

    @property
    def confirmed(self) -> bool:
        """Whether the Member confirmed exactly these figures and words."""
        return self.stored is not None and self.stored.confirmed == self.digest

    @property
    def outdated(self) -> bool:
        """Whether figures have changed since the Member confirmed the report."""
        return self.stored is not None and bool(self.stored.confirmed) and not self.confirmed


def content(one: Diagnostic, roles: set[str] | None = None) -> Content:
    """Returns the content of the report of a diagnostic.

    `roles` are the roles of the reader: an assessor who may not read the self-assessment does not read
    figures of the self-assessment. Without `roles`, no figure is hidden.
    """
    bank = selectors.bank_of(one)
    mission = selectors.answers(one, bank, selectors.ASSESSED)
    own = selectors.answers(one, bank, selectors.SELF)
    target = selectors.targets(mission.sheet)
    whole = reports.figures(mission.sheet, own.sheet, target)
    shown = whole
    if roles is not None:
        seen = selectors.shown_self(one, roles, own, mission)
        if seen is not own:
            shown = reports.figures(mission.sheet, seen.sheet, target)
    stored = MissionReport.objects.filter(diagnostic=one).first()
    words = stored.words if stored else {}
    return Content(bank, shown, words, reports.digest(whole, words), stored)
