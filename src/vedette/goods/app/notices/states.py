"""Pre-export notices for explosive precursors: the states of a notice, the actions of each authority in each
state, and the fields of the form.

An exporter's authority sends a notice to the importer's authority before the goods leave. The authority of
the importer acknowledges the notice, objects to it, or asks a question. The authority that must act next has
a deadline. If the deadline passes, the supervisors of both authorities are notified (escalation). The
procedure is modelled on the pre-export notifications of the INCB (PEN Online), which do not cover explosive
precursors.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Literal, get_args

from vedette.core.codes import alpha3
from vedette.core.records import Record
from vedette.core.texts import Text, gettext_lazy, pgettext_lazy
from vedette.goods import cards, knowledge
from vedette.goods.licences import MAX_QUANTITY

State = Literal[
    "draft", "sent", "question", "answered", "expired", "acknowledged", "objected", "withdrawn", "closed"
]  # fmt: skip
Action = Literal[
    "edit", "send", "acknowledge", "object", "ask", "answer", "expire", "withdraw", "close"
]  # fmt: skip
#: The authority of the exporter, that of the importer, or the worker that watches the deadlines.
Side = Literal["exporter", "importer", "clock"]

STATES: tuple[State, ...] = get_args(State)
ACTIONS: tuple[Action, ...] = get_args(Action)
_EXPORTER_MAY: dict[Action, State] = {"withdraw": "withdrawn"}
_IMPORTER_MAY: dict[Action, State] = {
    "acknowledge": "acknowledged",
    "object": "objected",
    "ask": "question",
}
#: State → side → action → the state that follows. What the table does not contain is refused. An answer that
#: comes late still counts, and the importer's authority may change its answer until the notice is closed.
TABLE: Mapping[State, Mapping[Side, Mapping[Action, State]]] = {
    "draft": {"exporter": {"edit": "draft", "send": "sent", **_EXPORTER_MAY}},
    "sent": {"exporter": _EXPORTER_MAY, "importer": _IMPORTER_MAY, "clock": {"expire": "expired"}},
    "question": {
        "exporter": {"answer": "answered", **_EXPORTER_MAY},
        "importer": {"acknowledge": "acknowledged", "object": "objected"},
        "clock": {"expire": "expired"},
    },
    "answered": {
        "exporter": _EXPORTER_MAY,
        "importer": _IMPORTER_MAY,
        "clock": {"expire": "expired"},
    },
    "expired": {"exporter": {"answer": "answered", **_EXPORTER_MAY}, "importer": _IMPORTER_MAY},
    "acknowledged": {
        "exporter": {"close": "closed", **_EXPORTER_MAY},
        "importer": {"object": "objected"},
    },
    "objected": {
        "exporter": {"close": "closed", **_EXPORTER_MAY},
        "importer": {"acknowledge": "acknowledged"},
    },
    "withdrawn": {},
    "closed": {},
}
#: States with a deadline → the side that must act.
WAITS_FOR: Mapping[State, Side] = {
    "sent": "importer",
    "question": "exporter",
    "answered": "importer",
}
#: States without a final answer of the importer's authority.
UNANSWERED = frozenset[State](("sent", "question", "answered", "expired"))
#: States in which nothing can happen any more.
ENDED = frozenset[State](("withdrawn", "closed"))
#: Actions that need a text.
NEEDS_TEXT = frozenset[Action](("object", "ask", "answer", "withdraw"))

STATE_NAMES: Mapping[State, Text] = {
    "draft": pgettext_lazy("pre-export notice", "draft"),
    "sent": pgettext_lazy("pre-export notice", "sent, not yet answered"),
    "question": pgettext_lazy("pre-export notice", "question asked"),
    "answered": pgettext_lazy("pre-export notice", "question answered"),
    "expired": pgettext_lazy("pre-export notice", "deadline passed, supervisors notified"),
    "acknowledged": pgettext_lazy("pre-export notice", "acknowledged"),
    "objected": pgettext_lazy("pre-export notice", "objection"),
    "withdrawn": pgettext_lazy("pre-export notice", "withdrawn"),
    "closed": pgettext_lazy("pre-export notice", "closed"),
}
ACTION_NAMES: Mapping[Action, Text] = {
    "edit": gettext_lazy("Change the notice…"),
    "send": gettext_lazy("Send the notice"),
    "acknowledge": gettext_lazy("Acknowledge"),
    "object": gettext_lazy("Object to the pre-export notice"),
    "ask": gettext_lazy("Ask a question"),
    "answer": gettext_lazy("Answer the question"),
    "withdraw": gettext_lazy("Withdraw the notice"),
    "close": gettext_lazy("Close the notice"),
}
DONE_NAMES: Mapping[Action, Text] = {
    "edit": gettext_lazy("Notice changed"),
    "send": gettext_lazy("Notice sent"),
    "acknowledge": gettext_lazy("Acknowledged"),
    "object": gettext_lazy("Objection"),
    "ask": gettext_lazy("Question"),
    "answer": gettext_lazy("Answer"),
    "expire": gettext_lazy("The deadline has passed; the supervisors of both authorities were notified"),
    "withdraw": gettext_lazy("Notice withdrawn"),
    "close": gettext_lazy("Notice closed"),
}  # fmt: skip

#: Unit → its name. Quantities of different units are never added.
UNITS: Mapping[str, Text] = {
    "KGM": gettext_lazy("kilograms"),
    "GRM": gettext_lazy("grams"),
    "TNE": gettext_lazy("tonnes"),
    "LTR": gettext_lazy("litres"),
    "NAR": gettext_lazy("pieces"),
}
#: Mode of transport (UN/ECE Recommendation 19).
MODES = ("1", "2", "3", "4", "5", "8")
#: On what the consent of the exporter rests.
BASES: Mapping[str, Text] = {
    "written": gettext_lazy("written statement of the exporter"),
    "licence": gettext_lazy("condition of the licence or registration"),
    "agreement": gettext_lazy("agreement between the exporter and the authority"),
}
#: The time to answer that an authority may set, and its default, in hours.
LEAST_HOURS, MOST_HOURS, DEFAULT_HOURS = 1, 24 * 60, 24 * 7
MAX_TEXT, MAX_NAME = 2_000, 200
_QUANTITY = re.compile(r"\d{1,15}(?:[.,]\d{1,9})?", re.ASCII)
#: Letters and digits of a number, without those that look alike.
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_NUMBER = re.compile(rf"PN\d\d[{_LETTERS}]{{8}}")
#: Days that a notice may state.
_DAYS = (dt.date(2000, 1, 1), dt.date(2199, 12, 31))


def next_state(state: State, side: Side, action: Action) -> State | None:
    """Returns the state after an action, or None if this authority cannot carry it out in this state."""
    return TABLE[state].get(side, {}).get(action)


def actions_of(state: State, side: Side, asked: bool) -> list[Action]:
    """Returns the actions of an authority in a state. `asked` is true if a question is open. Only an open
    question can be answered. While a question is open, no further question can be asked.
    """
    return [
        one
        for one in TABLE[state].get(side, {})
        if not (one == "answer" and not asked) and not (one == "ask" and asked)
    ]


def new_number(year: int) -> str:
    """Returns a new number, such as `PN-26-7K3M9QXT`.

    The number is random, because a sequential number would reveal to each authority how many notices other
    authorities send.
    """
    return f"PN-{year % 100:02}-{''.join(secrets.choice(_LETTERS) for _ in range(8))}"


def number_key(text: str | None) -> str:
    """Returns the number of a notice in the form in which it is compared. If the text is not such a number,
    returns an empty text."""
    plain = "".join(one for one in (text or "")[:40].upper() if one.isalnum())
    return plain if _NUMBER.fullmatch(plain) else ""


class Party(Record, frozen=True, kw_only=True):
    """A party to the export: the consignor or the consignee."""

    name: str
    number: str = ""
    address: str = ""
    country: str


class Content(Record, frozen=True, kw_only=True):
    """The content of a notice. The texts about parties and the person who consented are personal data."""

    substance: str
    quantity: Decimal
    unit: str
    consignor: Party
    consignee: Party
    mode: str = ""
    means: str = ""
    place: str = ""
    departs: dt.date | None = None
    arrives: dt.date | None = None
    licence: str = ""
    consent_by: str = ""
    consent_on: dt.date | None = None
    consent_basis: str = ""


#: The fields of the form that describe a party.
PARTY = ("name", "number", "address", "country")
SIDES: tuple[Literal["consignor", "consignee"], ...] = ("consignor", "consignee")
FIELDS = (
    "substance", "quantity", "unit", *(f"{side}_{name}" for side in SIDES for name in PARTY),
    "mode", "means", "place", "departs", "arrives", "licence", "consent_by", "consent_on", "consent_basis",
)  # fmt: skip

MISSING = gettext_lazy("This value is missing.")
NOT_LISTED = gettext_lazy("Choose a substance from the control lists.")
BAD_QUANTITY = gettext_lazy(
    "Write a quantity above zero, in digits and without thousands separators, for example 1000.5."
)
BAD_CHOICE = gettext_lazy("Choose one of the values.")
BAD_COUNTRY = gettext_lazy("Write a two-letter country code, such as FR.")
BAD_DAY = gettext_lazy("Write a date.")
LATER = gettext_lazy("The arrival is before the departure.")
TOO_LONG = gettext_lazy("The text is too long.")
TOO_MANY = gettext_lazy(
    "This notice has too many questions and answers. Acknowledge the notice, or object and state the reason."
)
FUTURE = gettext_lazy("The date of the consent is in the future.")
NO_CONSENT = gettext_lazy(
    "A notice is voluntary. A notice can be sent only if the consent of the exporter is recorded."
)
Errors = dict[str, Text]


def substances(query: str, limit: int = 8) -> list[cards.Card]:
    """Returns the substances of the lists of explosive precursors that best match a name, a CAS number, a UN
    number or an HS code."""
    return [one for one in cards.search(query, 50) if one.key in listed()][:limit]


def listed() -> frozenset[str]:
    """Returns the keys of the substances for which a notice can be sent: those of the lists that belong to
    Programme Global Shield."""
    shipped = knowledge.shipped()
    lists = {one.key for one in shipped.lists if one.theme == "global_shield"}
    return frozenset(
        one.key for one in shipped.entries if one.list in lists and one.key.startswith("cas:")
    )


def read(fields: Mapping[str, str], today: dt.date) -> tuple[Content | None, Errors]:
    """Returns the content entered in the fields of a form, and the problems by field. A draft may lack the
    consent of the exporter (`unsent`)."""
    errors: Errors = {}

    def text(name: str, most: int = MAX_NAME, needed: bool = False) -> str:
        value = " ".join(fields.get(name, "").replace("\0", "").split())
        if len(value) > most:
            errors[name] = TOO_LONG
        elif needed and not value:
            errors[name] = MISSING
        return value

    def day(name: str) -> dt.date | None:
        value = text(name, 10)
        try:
            found = dt.date.fromisoformat(value) if value else None
        except ValueError:
            found = dt.date.min
        if found is not None and not _DAYS[0] <= found <= _DAYS[1]:
            errors[name] = BAD_DAY
            return None
        return found

    def choice(name: str, values: Mapping[str, object] | tuple[str, ...], needed: bool) -> str:
        value = text(name, needed=needed)
        if value and value not in values:
            errors[name] = BAD_CHOICE
        return value

    def party(side: str) -> Party:
        country = text(f"{side}_country", needed=True).upper()
        if country and (len(country) != 2 or alpha3(country) is None):
            errors[f"{side}_country"] = BAD_COUNTRY
        return Party(
            name=text(f"{side}_name", needed=True),
            number=text(f"{side}_number"),
            address=text(f"{side}_address"),
            country=country,
        )

    substance = text("substance", 60, needed=True)
    if substance and substance not in listed():
        errors["substance"] = NOT_LISTED
    content = Content(
        substance=substance,
        quantity=_quantity(text("quantity", 30, needed=True), errors),
        unit=choice("unit", UNITS, True),
        consignor=party("consignor"),
        consignee=party("consignee"),
        mode=choice("mode", MODES, False),
        means=text("means"),
        place=text("place"),
        departs=day("departs"),
        arrives=day("arrives"),
        licence=text("licence", 60),
        consent_by=text("consent_by"),
        consent_on=day("consent_on"),
        consent_basis=choice("consent_basis", BASES, False),
    )
    if content.departs and content.arrives and content.arrives < content.departs:
        errors["arrives"] = LATER
    if content.consent_on and content.consent_on > today:
        errors["consent_on"] = FUTURE
    return (None if errors else content), errors


def _quantity(text: str, errors: Errors) -> Decimal:
    try:
        found = Decimal(text.replace(",", ".")) if _QUANTITY.fullmatch(text) else Decimal(0)
    except InvalidOperation:
        found = Decimal(0)
    if text and not 0 < found <= MAX_QUANTITY:
        errors["quantity"] = BAD_QUANTITY
    return found


def unsent(content: Content) -> Errors:
    """Returns the missing fields of the consent, without which a notice cannot be sent."""
    return {
        name: NO_CONSENT
        for name in ("consent_by", "consent_on", "consent_basis")
        if not getattr(content, name)
    }
