"""The rules of a request for assistance: its states, the roles in it, and which role may perform which action
in which state.

The module uses neither Django nor a database. The database also checks the rules whose violation would do
harm (`apps/sql/assistance.sql`). A person needs the right of the account (`accounts/rules.py`) and also a
role in the request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

#: The states of a request, in their order, and the states that may follow each of them.
NEXT: Mapping[str, tuple[str, ...]] = {
    "draft": ("sent",),
    "sent": ("approved", "refused"),
    "refused": ("sent",),
    "approved": ("mission",),
    "mission": ("plan",),
    "plan": ("followup",),
    "followup": ("closed",),
    "closed": (),
}
STATES = tuple(NEXT)

#: The contact point of the Member, the coordinator of the organisation that gives assistance, a second person
#: of that organisation, the leader and the assessors of the mission.
CONTACT, COORDINATOR, SECOND, LEADER, ASSESSOR = (
    "contact", "coordinator", "second", "leader", "assessor",
)  # fmt: skip
ROLES = (CONTACT, COORDINATOR, SECOND, LEADER, ASSESSOR)


class Rule(NamedTuple):
    """The roles that may perform an action, and the states of the request in which they may perform it."""

    roles: tuple[str, ...]
    states: tuple[str, ...]


_WORK = ("approved", "mission", "plan", "followup")
#: Act → who may do it, and when.
ACTS: Mapping[str, Rule] = {
    "edit": Rule((CONTACT,), ("draft", "refused")),
    "send": Rule((CONTACT,), ("draft", "refused")),
    "assess": Rule((COORDINATOR,), ("sent",)),
    "approve": Rule((COORDINATOR, SECOND), ("sent",)),
    "refuse": Rule((COORDINATOR, SECOND), ("sent",)),
    "team": Rule((COORDINATOR,), _WORK),
    "mission": Rule((COORDINATOR, LEADER), ("approved", "mission")),
    "diagnostic": Rule((CONTACT, LEADER), _WORK),
    "self": Rule((CONTACT,), _WORK),
    "answer": Rule((LEADER, ASSESSOR), _WORK),
    "decide": Rule((LEADER,), _WORK),
    "freeze": Rule((LEADER,), _WORK),
    "confirm": Rule((CONTACT, LEADER, ASSESSOR), _WORK),
    "write_report": Rule((LEADER,), _WORK),
    "confirm_report": Rule((CONTACT,), _WORK),
    "share": Rule((CONTACT,), STATES[3:]),
    "propose": Rule((COORDINATOR, LEADER), ("mission", "plan", "followup")),
    "action": Rule((CONTACT,), ("plan", "followup")),
    "complete": Rule((CONTACT,), ("plan",)),
    "ask_release": Rule((COORDINATOR,), ("plan", "followup", "closed")),
    "release": Rule((CONTACT,), ("plan", "followup", "closed")),
    "follow": Rule((CONTACT,), ("followup",)),
    "close": Rule((COORDINATOR,), ("followup",)),
    "indicator": Rule((CONTACT, COORDINATOR), STATES[3:]),
    "measure": Rule((CONTACT,), STATES[3:]),
    "freeze_results": Rule((COORDINATOR,), STATES[3:]),
    "order": Rule((COORDINATOR,), STATES[3:]),
    "deliver": Rule((COORDINATOR, CONTACT), STATES[3:]),
    "equipment": Rule((CONTACT,), STATES[3:]),
}

#: Days within which the next person must act, by the state of the request.
DAYS: Mapping[str, int] = {"sent": 30, "refused": 30, "approved": 60, "mission": 90, "plan": 45}
#: Months after the plan at which the system asks what changed.
FOLLOW_UPS = (6, 12)


def may(act: str, roles: set[str], state: str) -> bool:
    """Whether a person with these roles may perform an action in a state of the request."""
    rule = ACTS[act]
    return state in rule.states and bool(roles & set(rule.roles))


def who(state: str) -> tuple[str, ...]:
    """Returns the roles that must act next in a state."""
    return {
        "draft": (CONTACT,), "sent": (COORDINATOR, SECOND), "refused": (CONTACT,),
        "approved": (COORDINATOR,), "mission": (LEADER,), "plan": (CONTACT,), "followup": (CONTACT,),
    }.get(state, ())  # fmt: skip
