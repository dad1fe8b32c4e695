"""Licences against items of declarations, and the drawing of their quantities."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.core.texts import render
from vedette.goods import licences
from vedette.goods.licences import NAMES, Licence, LicenceLine, Use, balance, draw, judge, plain
from vedette.goods.records import Document, Item

NOON = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
LICENCE = Licence(
    number="BAFA 2026/001", kind="X060", holders=("FR123456789",),
    lines=(LicenceLine(number=1, hs=("310230",), entries=("cas:6484-52-2",), quantity=Decimal(1000)),),
    destinations=("MA", "TN"), valid_from=dt.date(2026, 1, 1), valid_to=dt.date(2026, 12, 31),
)  # fmt: skip


def use(key: str = "1", mass: str | None = "100", at: dt.datetime = NOON, **more: Any) -> Use:
    document = Document(code="X060", reference="bafa-2026/001")
    fields: dict[str, Any] = {
        "hs": "31023090", "entries": ("cas:6484-52-2",), "holders": ("FR 123 456 789",),
        "destination": "MA", "documents": (document,),
        "net_mass_kg": Decimal(mass) if mass is not None else None,
    }  # fmt: skip
    return Use(key=key, at=at, **fields | more)


def states(one: Use, licence: Licence | None = LICENCE, **more: Any) -> list[str]:
    known = {plain(licence.number): licence} if licence is not None else {}
    answers = judge(one, known, **more)
    for answer in answers:
        assert "%(" not in render(answer.sentence)
        assert answer.use == one.key
    return [answer.state for answer in answers]


def changed(**fields: Any) -> Licence:
    values = {name: getattr(LICENCE, name) for name in LICENCE.__struct_fields__}
    return Licence(**values | fields)


def test_a_licence_that_covers_the_item_is_present() -> None:
    assert states(use()) == ["present"]


@pytest.mark.parametrize(
    ("licence", "item", "state"),
    [
        (changed(valid_to=NOON.date()), use(), "present"),  # the last day is included
        (changed(valid_to=NOON.date() - dt.timedelta(days=1)), use(), "expired"),
        (changed(valid_from=NOON.date() + dt.timedelta(days=1)), use(), "not_yet_valid"),
        (changed(revoked=NOON.date()), use(), "revoked"),
        (changed(holders=("DE999",)), use(), "wrong_holder"),
        (changed(holders=()), use(), "present"),
        (changed(lines=(LicenceLine(hs=("2834",), quantity=Decimal(9)),)), use(), "wrong_goods"),
        (changed(lines=(LicenceLine(),)), use(), "wrong_goods"),  # a line that names no goods covers none
        (changed(lines=(LicenceLine(any_goods=True),)), use(), "present"),
        (changed(lines=(LicenceLine(any_goods=True, hs=("2834",)),)), use(), "wrong_goods"),
        (LICENCE, use(entries=("cas:7757-79-1",)), "wrong_goods"),
        (LICENCE, use(destination="LY"), "wrong_destination"),
        (LICENCE, use(destination=None), "wrong_destination"),
        (changed(destinations=()), use(destination=None), "present"),
        (LICENCE, use(mass=None, quantity=Decimal(5), unit="LTR"), "wrong_unit"),
        (LICENCE, use(mass=None, quantity=Decimal("0.5"), unit="TNE"), "present"),
        (LICENCE, use(mass=None), "no_quantity"),
        (LICENCE, use(mass="-5"), "no_quantity"),
        (LICENCE, use(mass="NaN"), "no_quantity"),
        (LICENCE, use(mass="1e40"), "no_quantity"),
        (LICENCE, use(mass="1000"), "present"),
        (LICENCE, use(mass="1000.001"), "exhausted"),
        (None, use(), "unknown"),
        (LICENCE, use(documents=()), "missing"),
        (LICENCE, use(documents=(Document(code="N935", reference="invoice 7"),)), "missing"),
        (LICENCE, use(documents=(Document(code="Y901"),)), "self_declared"),
        (LICENCE, use(documents=(Document(code="Y901"),), entries=()), "not_required"),
        (LICENCE, use(documents=(), entries=()), "not_required"),
        (LICENCE, use(documents=(Document(code="X002", reference="BAFA 2026/001"),)), "code_ended"),
        (LICENCE, use(documents=(Document(code="X060", reference="BAFA 2026/001", previous=True),)),
         "missing"),
    ],
)  # fmt: skip
def test_each_fault_of_a_licence_has_its_state(
    licence: Licence | None, item: Use, state: str
) -> None:
    assert states(item, licence) == [state]


def test_every_state_has_a_name_and_a_sentence() -> None:
    assert set(NAMES) == set(licences._SENTENCES)


@given(st.text(st.characters(max_codepoint=127), max_size=300))
def test_a_number_in_ascii_has_the_same_form_as_in_other_characters(text: str) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)
    assert plain(text) == plain(wide)
    assert plain(text) == "".join(char.upper() for char in text[:200] if char.isalnum())


def test_a_self_declaration_beside_a_licence_in_order_is_no_finding() -> None:
    both = (Document(code="Y901"), Document(code="X060", reference="BAFA 2026/001"))
    assert states(use(documents=both)) == ["present"]
    assert states(use(documents=both, destination="LY")) == ["wrong_destination", "self_declared"]


def test_the_balance_before_the_item_decides() -> None:
    key = plain(LICENCE.number), 1
    assert states(use(), balances={key: Decimal("99.9")}) == ["exhausted"]
    assert states(use(), balances={key: Decimal(100)}) == ["present"]


def test_the_quantity_beside_the_licence_comes_first() -> None:
    stated = Document(code="X060", reference="BAFA 2026/001", quantity=Decimal("1.5"), unit="TNE")
    assert states(use(documents=(stated,))) == ["exhausted"]


def _beside(quantity: str, unit: str = "KGM", reference: str = "BAFA 2026/001") -> Document:
    return Document(code="X060", reference=reference, quantity=Decimal(quantity), unit=unit)


@pytest.mark.parametrize(
    ("documents", "item", "recorded", "asked", "doubt"),
    [
        ((_beside("60"),), {}, (), "100", "larger"),
        ((_beside("100"),), {}, (), "100", ""),
        ((_beside("0.2", "TNE"),), {}, (), "200", ""),
        # Two recorded licences cover the item together; a number that is no licence covers nothing.
        ((_beside("60"), _beside("40", reference="B")), {}, ("B",), "60", ""),
        ((_beside("60"), _beside("40", reference="B")), {}, (), "100", "larger"),
        ((_beside("10"), _beside("10", reference="B")), {}, ("B",), "90", "larger"),
        ((_beside("5"),), {"mass": None, "quantity": Decimal(3), "unit": "LTR"}, (), "5", "compared"),
        ((_beside("5"),), {"mass": None}, (), "5", "compared"),
    ],
)  # fmt: skip
def test_the_quantity_of_the_item_counts_if_it_is_greater(
    documents: tuple[Document, ...], item: dict[str, Any], recorded: tuple[str, ...], asked: str,
    doubt: str,
) -> None:  # fmt: skip
    one = use(documents=documents, **item)
    assert licences.asked_of(one, documents[0], "KGM", recorded) == Decimal(asked)
    known = {plain(name): changed(number=name) for name in (LICENCE.number, *recorded)}
    [answer, *_] = judge(one, known)
    assert answer.state == "present"
    assert doubt in (render(answer.doubt) if answer.doubt else "")
    assert bool(answer.doubt) == bool(doubt)


def test_the_use_of_an_item_has_the_exact_mass() -> None:
    item = Item(hs="310230", net_mass_kg=0.1, documents=(Document(code="X060", reference="A"),))
    made = licences.use_of(item, "k", NOON, documents=(Document(code="Y901"),), destination="MA")
    assert made.net_mass_kg == Decimal("0.1")
    assert [one.code for one in made.documents] == ["X060", "Y901"]
    assert made.destination == "MA"


def test_planted_faults_are_found_and_clean_items_are_not() -> None:
    """40 items with one fault each, and 40 without: all faults found, no clean item reported."""
    chance = random.Random(11)
    found = false = 0
    for number in range(40):
        fault = number % 4
        mass, left = chance.randint(1, 900), Decimal(1000)
        item = use(str(number), str(mass))
        clean = use(f"clean {number}", str(mass))
        if fault == 0:
            item = use(str(number), documents=(Document(code="Y901"),))
        elif fault == 1:
            item = use(str(number), documents=(Document(code="X002", reference="BAFA 2026/001"),))
        elif fault == 2:
            left = Decimal(mass - 1)
        else:
            item = use(str(number), at=NOON + dt.timedelta(days=400))
        balances = {(plain(LICENCE.number), 1): left}
        known = {plain(LICENCE.number): LICENCE}
        found += not any(one.in_order for one in judge(item, known, balances=balances))
        false += not all(one.in_order for one in judge(clean, known))
    assert (found, false) == (40, 0)


# --- drawing ----------------------------------------------------------------------------------------


def test_items_draw_in_the_order_of_time_and_whole() -> None:
    later = [
        use(key, mass, NOON + dt.timedelta(hours=n))
        for n, (key, mass) in enumerate((("c", "600"), ("b", "500"), ("a", "400")))
    ]
    drawings = draw(LICENCE, reversed(later))
    assert [(one.use, one.drawn, one.after) for one in drawings] == [
        ("c", True, Decimal(400)), ("b", False, Decimal(400)), ("a", True, Decimal(0)),
    ]  # fmt: skip
    assert balance(LICENCE, drawings) == {(plain(LICENCE.number), 1): Decimal(0)}


def test_what_the_licence_does_not_cover_draws_nothing() -> None:
    uses = [
        use("1", destination="LY"), use("2", holders=("X",)), use("3", documents=()),
        use("4", at=NOON + dt.timedelta(days=400)), use("5", cancelled=True),
        use("6", mass=None, quantity=Decimal(2), unit="LTR"),
    ]  # fmt: skip
    assert draw(LICENCE, uses) == ()


def test_an_item_draws_from_the_next_line_if_the_first_is_exhausted() -> None:
    lines = tuple(LicenceLine(number=n, hs=("3102",), quantity=Decimal(100)) for n in (1, 2))
    uses = [use(str(n), "80", NOON + dt.timedelta(hours=n)) for n in range(3)]
    drawings = draw(changed(lines=lines), uses)
    assert [(one.line, one.drawn) for one in drawings] == [(1, True), (2, True), (1, False)]


def test_an_item_draws_nothing_from_a_line_after_a_line_without_a_limit() -> None:
    lines = tuple(LicenceLine(number=n, hs=("3102",), quantity=limit) for n, limit in (
        (1, None), (2, Decimal(100))))  # fmt: skip
    assert states(use(), changed(lines=lines)) == ["present"]
    assert draw(changed(lines=lines), [use()]) == ()
    assert [one.line for one in draw(changed(lines=lines[1:]), [use()])] == [2]


def test_an_exhausted_line_is_reported_before_a_line_in_another_unit() -> None:
    lines = (
        LicenceLine(number=1, hs=("3102",), quantity=Decimal(9), unit="LTR"),
        LicenceLine(number=2, hs=("3102",), quantity=Decimal(9)),
    )
    assert states(use(), changed(lines=lines)) == ["exhausted"]
    assert [(one.line, one.drawn) for one in draw(changed(lines=lines), [use()])] == [(2, False)]


_USES = st.lists(
    st.builds(
        lambda key, hour, stamp, mass, cancelled: use(
            str(key), str(mass), NOON + dt.timedelta(hours=hour), stamp=stamp, cancelled=cancelled
        ),
        st.integers(0, 8), st.integers(0, 200), st.integers(0, 3),
        st.decimals("0.001", "700", places=3), st.booleans(),
    ),
    max_size=25,
    unique_by=lambda one: (one.key, one.stamp),
)  # fmt: skip


@given(_USES, st.randoms(use_true_random=False))
def test_no_order_and_no_repetition_changes_the_balance(
    uses: list[Use], chance: random.Random
) -> None:
    once = draw(LICENCE, uses)
    again = [*uses, *chance.sample(uses, len(uses) // 2)]
    chance.shuffle(again)
    assert draw(LICENCE, again) == once


@given(_USES)
def test_no_balance_is_below_zero_and_the_sum_is_exact(uses: list[Use]) -> None:
    drawings = draw(LICENCE, uses)
    left = balance(LICENCE, drawings)[plain(LICENCE.number), 1]
    assert left >= 0
    assert all(one.after >= 0 for one in drawings)
    assert left + sum(one.asked for one in drawings if one.drawn) == Decimal(1000)
    assert len({one.use for one in drawings}) == len(drawings)
    assert all(one.asked > one.before for one in drawings if not one.drawn)


@given(st.text(), st.text(), st.decimals(allow_nan=True, allow_infinity=True))
def test_any_text_and_quantity_is_judged(reference: str, code: str, quantity: Decimal) -> None:
    document = Document(code=code, reference=reference, quantity=quantity, unit=code)
    one = use(documents=(document,), destination=reference, holders=(reference,))
    assert states(one)
    draw(LICENCE, [one])


@given(st.randoms(use_true_random=False))
def test_claims_are_booked_as_the_items_draw(rng: random.Random) -> None:
    """`claimed` and `book`, with which the database draws, give the same drawings as `draw`."""
    lines = tuple(
        LicenceLine(
            number=n, any_goods=True, quantity=rng.choice([None, *map(Decimal, (0, 40, 150, 400))]),
            unit=rng.choice(["KGM", "TNE", "NAR"]),
        )
        for n in range(1, rng.randint(2, 4))
    )  # fmt: skip
    licence = changed(lines=lines, holders=(), destinations=())
    uses = [
        use(f"{n:02d}", str(rng.choice([1, 30, 70])), NOON + dt.timedelta(minutes=rng.randint(0, 9)),
            quantity=rng.choice([None, Decimal(2)]), unit="NAR")
        for n in range(rng.randint(1, 12))
    ]  # fmt: skip
    expected = draw(licence, uses)
    left = {line.number: line.quantity for line in lines if line.quantity is not None}
    claims = []
    for one in sorted(uses, key=lambda one: (one.at, one.key)):
        state, claim = licences.claimed(one, one.documents[0], licence)
        assert (claim is None) == (state != "present")
        if claim is not None:
            claims.append(claim)
    booked = licences.book(claims, left)
    assert [
        (one.key, one.line, one.asked, one.drawn) for one in booked if one.asked is not None
    ] == [(one.use, one.line, one.asked, one.drawn) for one in expected]
    after = balance(licence, expected)
    assert left == {line: amount for (_, line), amount in after.items()}
    assert all(amount >= 0 for amount in left.values())
    for one in booked:
        assert one.fell or not one.before
        assert one.covered or all(
            asked is not None and asked > one.before.get(line, Decimal(0))
            for claim in claims if claim.key == one.key
            for line, asked in claim.wants
        )  # fmt: skip


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (Document(code="X060", reference="A 1"), True),
        (Document(code="1301", reference="A 1"), True),
        (Document(reference="A 1"), True),
        (Document(code="N380", reference="A 1"), False),
        (Document(code="705", reference="A 1"), False),
        (Document(code="X060", reference=" - "), False),
        (Document(code="X060"), False),
        (Document(code="X060", reference="A 1", previous=True), False),
    ],
)
def test_which_documents_can_be_licences(document: Document, named: bool) -> None:
    assert licences.names_licence(document) is named
