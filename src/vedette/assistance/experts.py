"""Proposals of experts for a request. The function gives reasons; a person chooses the expert.

An expert is excluded for any of these reasons: the accreditation ends before the mission ends; the kind of
accreditation is not accepted by the request; no theme or no language matches; the expert is a national of the
requesting Member or has declared a conflict with it; the expert is engaged on a day of the mission or is not
available on all its days.

The proposals are sorted first by accreditation (recognised, accredited, pre-accredited). Equal proposals are
then sorted by knowledge of the region, by the number of missions in the register (fewest first), and by id.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: The states of an accreditation, from the highest.
STATES = ("recognised", "accredited", "pre-accredited")


@dataclass(frozen=True)
class Period:
    """A period of days, which includes its first and its last day."""

    first: dt.date
    last: dt.date

    def meets(self, other: Period) -> bool:
        """Whether the two periods have a day in common."""
        return self.first <= other.last and other.first <= self.last

    def contains(self, other: Period) -> bool:
        return self.first <= other.first and other.last <= self.last


@dataclass(frozen=True)
class Expert:
    """An expert in the roster. `state_until` is the last day of the accreditation, or None if the
    accreditation does not end. `available` contains the periods in which the expert is available. If
    `available` is empty, the expert is always available. `referees` contains the ids of the persons who
    evaluated the expert.
    """

    id: str
    member: str
    themes: tuple[str, ...]
    languages: tuple[str, ...]
    regions: tuple[str, ...]
    state: str
    state_until: dt.date | None = None
    conflicts: tuple[str, ...] = ()
    available: tuple[Period, ...] = ()
    engaged: tuple[Period, ...] = ()
    referees: tuple[str, ...] = ()


@dataclass(frozen=True)
class Need:
    """A request for an expert."""

    member: str
    theme: str
    language: str
    period: Period
    region: str = ""
    states: tuple[str, ...] = ("recognised", "accredited")


def obstacles(expert: Expert, need: Need) -> list[str]:
    """Returns the reasons why an expert is excluded, as codes. The list is empty if the expert matches."""
    found = {
        "theme": need.theme not in expert.themes,
        "language": need.language not in expert.languages,
        "state": expert.state not in need.states,
        "lapsed": expert.state_until is not None and expert.state_until < need.period.last,
        "own_member": expert.member == need.member,
        "conflict": need.member in expert.conflicts,
        "own_referee": expert.id in expert.referees,
        "engaged": any(one.meets(need.period) for one in expert.engaged),
        "not_available": bool(expert.available)
        and not any(one.contains(need.period) for one in expert.available),
    }
    return [code for code, applies in found.items() if applies]


def reasons(expert: Expert, need: Need) -> list[str]:
    """Returns the reasons in favour of an expert, as codes."""
    found = ["theme", "language", expert.state]
    if need.region and need.region in expert.regions:
        found.append("region")
    if not expert.engaged:
        found.append("no_mission")
    return found


def match(roster: Iterable[Expert], need: Need) -> Sequence[Expert]:
    """Returns the experts who match a request, in the order that the rules for proposals define."""
    fitting = [expert for expert in roster if not obstacles(expert, need)]
    return sorted(
        fitting,
        key=lambda one: (
            STATES.index(one.state),
            not (need.region and need.region in one.regions),
            len(one.engaged),
            one.id,
        ),
    )
