"""The rules of an operation: its states, the roles in it, and which role may perform which action in which
state.

The module uses neither Django nor a database. The database has the same rules (`apps/sql/operations.sql`),
and a test compares the rules of the module and of the database. The account of a person must have the right
(`accounts/rules.py`), and the person must have a role in the operation that is in force according to the
clock of the database.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

#: The states of an operation, in their order, and the states that may follow each of them.
NEXT: Mapping[str, tuple[str, ...]] = {
    "draft": ("proposed", "abandoned"),
    "proposed": ("draft", "called", "abandoned"),
    "called": ("preparing", "abandoned"),
    "preparing": ("live", "abandoned"),
    "live": ("followup", "abandoned"),
    "followup": ("debrief", "abandoned"),
    "debrief": ("closed",),
    "closed": (),
    "abandoned": (),
}
STATES = tuple(NEXT)
#: The states in which the group is at work. In the other states nothing is written.
OPEN = ("draft", "proposed", "called", "preparing", "live", "followup", "debrief")
#: The phases that a plan shows in time.
PHASES = ("called", "preparing", "live", "followup", "debrief")

#: The roles in an operation, the one that reads most first.
COORDINATOR, SECOND, CONTACT, DEPUTY, OBSERVER, POST = (
    "coordinator", "second", "contact", "deputy", "observer", "post",
)  # fmt: skip
ROLES = (COORDINATOR, SECOND, CONTACT, DEPUTY, OBSERVER, POST)
_REPORTING = (COORDINATOR, CONTACT, DEPUTY, POST)
_NATIONAL = (CONTACT, DEPUTY)

#: The markings of the Traffic Light Protocol 2.0, the strictest first.
MARKINGS = ("red", "amber_strict", "amber", "green", "clear")


class Rule(NamedTuple):
    """The roles that may perform an action, and the states in which they may perform it. If `until_end` is
    true, the action is possible only before the end of the live phase. If `until_end` is false, the action is
    possible until the end of the group."""

    roles: tuple[str, ...]
    states: tuple[str, ...]
    until_end: bool = False


#: Kind of a message → who may send it to the group, and when.
SENDING: Mapping[str, Rule] = {
    "warning": Rule(_REPORTING, ("live",), True),
    "request": Rule(_REPORTING, ("live", "followup")),
    "control": Rule(_REPORTING, ("live",), True),
    "seizure": Rule(_REPORTING, ("live",), True),
    "feedback": Rule(_REPORTING, ("live", "followup", "debrief")),
    "sitrep": Rule((COORDINATOR, *_NATIONAL), ("live", "followup", "debrief")),
    "broadcast": Rule((COORDINATOR,), ("preparing", "live", "followup", "debrief")),
    "help": Rule(_REPORTING, ("live", "followup")),
    "test": Rule((COORDINATOR,), ("preparing", "live")),
}
KINDS = tuple(SENDING)
#: The kinds whose figures a situation report counts.
COUNTED = ("control", "seizure")

#: Table → who may write its rows, and in which states. The coordinator writes them for the operation; the
#: contact point and the deputy write them for their own organisation. `invited` is a contact point by the
#: role of the account, in an organisation that is invited or has accepted.
WRITING: Mapping[str, Rule] = {
    "plan": Rule((COORDINATOR,), ("draft", "proposed", "called", "preparing", "live")),
    "participant": Rule((COORDINATOR, "invited"), OPEN),
    "member": Rule((COORDINATOR, CONTACT, "invited"), OPEN),
    "shown": Rule((COORDINATOR,), OPEN),
    "template": Rule((COORDINATOR, "protection"), ("draft", "proposed", "called", "preparing", "live")),
    "nationalplan": Rule(_NATIONAL, ("called", "preparing", "live")),
    "planreceipt": Rule((*_NATIONAL, POST), ("called", "preparing", "live")),
    "receipt": Rule(ROLES, ("preparing", "live", "followup", "debrief")),
    "answer": Rule(_REPORTING, ("live", "followup", "debrief")),
    "report": Rule((COORDINATOR, *_NATIONAL), ("live", "followup", "debrief")),
    "publication": Rule((COORDINATOR,), ("live", "followup", "debrief")),
    "confirmation": Rule(_NATIONAL, ("followup", "debrief")),
    "comparison": Rule(_REPORTING, ("live", "followup", "debrief")),
    "final": Rule((COORDINATOR, SECOND), ("followup", "debrief")),
}  # fmt: skip

#: The outcomes of a warning.
OUTCOMES = ("found", "nothing", "not_controlled", "too_late")


def may_send(
    kind: str, role: str, state: str, *, ended: bool, closed: bool, correction: bool = False
) -> bool:
    """Whether a member with the role may send a message of the kind. `ended` is true if the planned end of
    the live phase has passed, and `closed` is true if the planned end of the group has passed. A correction
    of a sent message is possible until the end of the group.
    """
    rule = SENDING[kind]
    if correction:
        rule = Rule(rule.roles, ("live", "followup", "debrief"))
    return (
        role in rule.roles
        and state in rule.states
        and not closed
        and not (rule.until_end and ended)
    )


def weaker(before: str, after: str) -> bool:
    """Returns whether a marking permits more readers than another marking."""
    return MARKINGS.index(after) > MARKINGS.index(before)


def reads(
    role: str, kind: str, marking: str, *, addressed: bool, group: bool, observed: Collection[str]
) -> bool:
    """Whether a member with the role may read a message that was released to the member's organisation.
    `addressed` states whether the message is addressed to the organisation; `group` states whether the
    message is addressed to the whole group. `observed` contains the kinds of messages that observers may
    read.
    """
    if role in (COORDINATOR, SECOND):
        return marking != "red" or addressed
    if role == OBSERVER:
        return kind in observed and group and marking != "red"
    if role == POST:
        return addressed or (kind == "broadcast" and group)
    return addressed or (group and marking != "red")


def reads_report(role: str, observed: Collection[str]) -> bool:
    """Whether a member with the role may read a situation report that was released to the member's
    organisation.
    """
    return role in (COORDINATOR, SECOND, CONTACT, DEPUTY) or (
        role == OBSERVER and "sitrep" in observed
    )
