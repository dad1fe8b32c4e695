"""Pre-export notices: every state with every action of every side, the fields of the form, the number."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal

import pytest

from vedette.goods.app.notices import states
from vedette.goods.app.notices.states import Action, Side, State

TODAY = dt.date(2026, 11, 27)
FIELDS = {
    "substance": "cas:6484-52-2", "quantity": "20000,5", "unit": "KGM",
    "consignor_name": "Engrais  Démo SA", "consignor_country": "fr", "consignor_number": "FR 1",
    "consignee_name": "Demo Farms Ltd", "consignee_country": "SN", "consignee_address": "Dakar",
    "mode": "1", "means": "MV EXEMPLE", "departs": "2026-12-01", "arrives": "2026-12-09",
    "licence": "EX-1", "consent_by": "A. Démo", "consent_on": "2026-11-20", "consent_basis": "written",
}  # fmt: skip
#: What is possible, written independently of the table: state → "side action → state".
POSSIBLE: dict[State, tuple[str, ...]] = {
    "draft": ("exporter edit draft", "exporter send sent", "exporter withdraw withdrawn"),
    "sent": (
        "exporter withdraw withdrawn", "importer acknowledge acknowledged", "importer object objected",
        "importer ask question", "clock expire expired",
    ),
    "question": (
        "exporter answer answered", "exporter withdraw withdrawn",
        "importer acknowledge acknowledged", "importer object objected", "clock expire expired",
    ),
    "answered": (
        "exporter withdraw withdrawn", "importer acknowledge acknowledged", "importer object objected",
        "importer ask question", "clock expire expired",
    ),
    "expired": (
        "exporter answer answered", "exporter withdraw withdrawn",
        "importer acknowledge acknowledged", "importer object objected", "importer ask question",
    ),
    "acknowledged": (
        "exporter close closed", "exporter withdraw withdrawn", "importer object objected"
    ),
    "objected": (
        "exporter close closed", "exporter withdraw withdrawn", "importer acknowledge acknowledged"
    ),
    "withdrawn": (),
    "closed": (),
}  # fmt: skip
SIDES: tuple[Side, ...] = ("exporter", "importer", "clock")
EVERY = [
    pytest.param(state, side, action, id=f"{state}-{side}-{action}")
    for state, side, action in itertools.product(states.STATES, SIDES, states.ACTIONS)
]


@pytest.mark.parametrize(("state", "side", "action"), EVERY)
def test_every_state_with_every_action_of_every_side(
    state: State, side: Side, action: Action
) -> None:
    """What is not listed above is refused; what is listed leads to the state that is written there."""
    following = {
        tuple(line.split()[:2]): line.split()[2] for line in POSSIBLE[state]
    }.get((side, action))  # fmt: skip
    assert states.next_state(state, side, action) == following


def test_every_state_that_waits_can_expire_and_no_other() -> None:
    """A deadline belongs to the states in which somebody must act."""
    assert {s for s in states.STATES if "clock" in states.TABLE[s]} == set(states.WAITS_FOR)
    assert set(states.TABLE) == set(states.STATES) == set(states.STATE_NAMES)
    assert all(not states.TABLE[state] for state in states.ENDED)


def test_a_question_is_answered_before_the_next_is_asked() -> None:
    """After a passed deadline, what is possible depends on whether a question is open."""
    assert "answer" in states.actions_of("expired", "exporter", asked=True)
    assert "answer" not in states.actions_of("expired", "exporter", asked=False)
    assert "ask" not in states.actions_of("expired", "importer", asked=True)


def test_a_complete_form_is_read() -> None:
    """Names without doubled spaces, country codes in capitals, a comma as decimal sign."""
    content, errors = states.read(FIELDS, TODAY)
    assert errors == {}
    assert content is not None
    assert (content.quantity, content.consignor.name) == (Decimal("20000.5"), "Engrais Démo SA")
    assert content.consignor.country == "FR"
    assert states.unsent(content) == {}


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("substance", "", states.MISSING),
        ("substance", "cas:50-00-0", states.NOT_LISTED),
        ("quantity", "0", states.BAD_QUANTITY),
        ("quantity", "-3", states.BAD_QUANTITY),
        ("quantity", "1e9", states.BAD_QUANTITY),
        ("quantity", "٣", states.BAD_QUANTITY),
        ("quantity", "1,000.5", states.BAD_QUANTITY),
        ("unit", "XXX", states.BAD_CHOICE),
        ("consignor_name", " ", states.MISSING),
        ("consignee_country", "XX", states.BAD_COUNTRY),
        ("consignee_country", "FRA", states.BAD_COUNTRY),
        ("mode", "9", states.BAD_CHOICE),
        ("departs", "1.12.2026", states.BAD_DAY),
        ("departs", "0001-01-01", states.BAD_DAY),
        ("arrives", "2026-11-30", states.LATER),
        ("consent_on", "2026-11-28", states.FUTURE),
        ("consent_basis", "rumour", states.BAD_CHOICE),
        ("means", "x" * 201, states.TOO_LONG),
    ],
)
def test_a_field_that_cannot_be_used_is_named(field: str, value: str, problem: object) -> None:
    """Each field has a problem of its own, and nothing is read."""
    content, errors = states.read({**FIELDS, field: value}, TODAY)
    assert content is None
    assert errors == {field: problem}


def test_a_draft_lacks_the_consent_and_cannot_be_sent() -> None:
    """The three parts of the consent are named."""
    fields = {**FIELDS, "consent_by": "", "consent_on": "", "consent_basis": ""}
    content, errors = states.read(fields, TODAY)
    assert errors == {}
    assert content is not None
    assert set(states.unsent(content)) == {"consent_by", "consent_on", "consent_basis"}


def test_substances_are_found_by_name_and_number_in_the_lists_of_the_programme() -> None:
    """With typing errors, in French, by CAS, UN and HS number; other listed goods are not offered."""
    for query in ("ammonium nitrat", "nitrate d'ammonium", "6484-52-2"):
        assert states.substances(query)[0].key == "cas:6484-52-2", query
    assert "cas:67-64-1" in {one.key for one in states.substances("UN1090")}
    assert states.substances("280800")[0].key == "cas:7697-37-2"
    assert states.substances("pistol") == [] or all(
        one.key in states.listed() for one in states.substances("pistol")
    )
    assert states.substances("sarin") == [] or "cas:107-44-8" not in {
        one.key for one in states.substances("sarin")
    }


def test_a_number_is_recognised_as_people_write_it() -> None:
    """It contains no letters that look alike, and no count of notices."""
    number = states.new_number(2026)
    key = states.number_key(number)
    assert number.startswith("PN-26-")
    assert len({states.new_number(2026) for _ in range(50)}) == 50
    for text in (number.lower(), number.replace("-", " "), key):
        assert states.number_key(text) == key
    for text in ("", None, "PN-26", "EX-2026-001", number + "X", "PN-26-OOOOIIII"):
        assert states.number_key(text) == ""
