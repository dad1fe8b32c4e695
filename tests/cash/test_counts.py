"""Counts: every difference is found, line by line, and none is invented."""

from __future__ import annotations

import random
from decimal import Decimal

import msgspec

from vedette.cash import counts
from vedette.cash.records import Count, Line

NOTES = {"EUR": (500, 200, 100, 50, 20, 10, 5), "USD": (100, 50, 20, 10), "JPY": (10000, 1000)}


def counted(line: Line, chance: random.Random) -> list[Line]:
    """Returns lines of a count that agree with a declared line: notes of several denominations."""
    if line.kind != "currency":
        return [msgspec.structs.replace(line)]
    rest, made = line.amount or Decimal(0), []
    for note in NOTES[line.currency or "EUR"]:
        most = int(rest // note)
        number = most if note == NOTES[line.currency or "EUR"][-1] else chance.randint(0, most)
        if number:
            made.append(
                Line(
                    number=line.number, currency=line.currency, denomination=Decimal(note),
                    quantity=Decimal(number),
                )
            )  # fmt: skip
            rest -= note * number
    if rest:
        made.append(Line(number=line.number, currency=line.currency, amount=rest))
    return made


def declared(chance: random.Random) -> tuple[Line, ...]:
    lines = []
    for number in range(1, chance.randint(2, 6)):
        kind = chance.choice(("currency", "currency", "currency", "instrument", "gold"))
        currency = chance.choice(tuple(NOTES))
        cents = Decimal(chance.randrange(100, 9_000_000))
        amount = cents if currency == "JPY" else cents.scaleb(-2)
        gold = {
            "weight": Decimal(chance.randrange(1, 5000)).scaleb(-1),
            "fineness": Decimal("999.9"),
        }
        lines.append(
            Line(
                kind=kind, number=number, amount=amount, currency=currency,
                type={"instrument": "cheque", "gold": "bullion"}.get(kind),
                quantity=Decimal(1) if kind != "currency" else None,
                **(gold if kind == "gold" else {}),  # type: ignore[arg-type]
            )
        )  # fmt: skip
    return tuple(lines)


def test_a_thousand_records_of_which_half_have_a_difference() -> None:
    chance = random.Random(7)
    for position in range(1000):
        lines = declared(chance)
        answers = {line.number: counted(line, chance) for line in lines}
        expected: dict[int | None, Decimal | None] = {}
        more: list[Line] = []
        if position % 2:
            for line in chance.sample(lines, chance.randint(1, len(lines))):
                change = chance.choice(("less", "more", "lost", "undeclared"))
                amount = line.amount or Decimal(0)
                if change == "lost":
                    answers[line.number] = []
                    expected[line.number] = -amount
                elif change == "undeclared":
                    if None in expected:
                        continue
                    more.append(Line(currency="GBP", amount=Decimal(20)))
                    expected[None] = Decimal(20)
                else:
                    step = Decimal(1 if change == "more" else -1)
                    answers[line.number] = [
                        Line(
                            kind=line.kind, type=line.type, number=line.number, weight=line.weight,
                            fineness=line.fineness, quantity=line.quantity, currency=line.currency,
                            amount=amount + step,
                        )
                    ]  # fmt: skip
                    expected[line.number] = step
        found_lines = [one for some in answers.values() for one in some] + more
        chance.shuffle(found_lines)
        count = Count(lines=tuple(found_lines))
        assert counts.faults(lines, count) == ()
        found = counts.differences(lines, count)
        assert {one.number: one.amount for one in found} == expected
        assert len(found) == len(expected)


def test_another_currency_is_a_lost_line_and_an_undeclared_one() -> None:
    lines = (Line(number=1, amount=Decimal(100), currency="EUR"),)
    count = Count(lines=(Line(number=1, amount=Decimal(100), currency="USD"),))
    found = counts.differences(lines, count)
    assert [(one.state, one.currency, one.amount) for one in found] == [
        ("not_found", "EUR", Decimal(-100)),
        ("not_declared", "USD", Decimal(100)),
    ]
    assert counts.by_currency(found, "currency") == {"EUR": Decimal(-100), "USD": Decimal(100)}


def test_gold_differs_by_weight_and_fineness_apart_from_its_value() -> None:
    bar = Line(
        kind="gold", number=1, type="bullion", weight=Decimal(1000), fineness=Decimal("999.9"),
        quantity=Decimal(1), amount=Decimal(90000), currency="EUR",
    )  # fmt: skip
    light = Line(
        kind="gold", number=1, type="bullion", weight=Decimal("998.5"), fineness=Decimal(995),
        quantity=Decimal(1),
    )  # fmt: skip
    (one,) = counts.differences((bar,), Count(lines=(light,)))
    assert (one.state, one.weight, one.amount) == ("differs", Decimal("-1.5"), None)
    assert one.fine == Decimal("993.5075") - Decimal("999.9")


def test_a_count_that_contradicts_itself_has_faults() -> None:
    lines = (Line(number=1, amount=Decimal(100), currency="EUR"),)
    count = Count(
        lines=(
            Line(number=1, currency="EUR", denomination=Decimal(50), quantity=Decimal(2), amount=Decimal(90)),
            Line(number=1, currency="EUR"),
            Line(number=9, currency="EUR", amount=Decimal(1)),
            Line(number=1, currency="EUR", amount=Decimal(-1)),
        )
    )  # fmt: skip
    assert [(one.position, one.reason) for one in counts.faults(lines, count)] == [
        (1, "product"), (2, "no_amount"), (3, "no_line"), (4, "negative"),
    ]  # fmt: skip


def test_lines_without_numbers_get_free_numbers() -> None:
    lines = (Line(), Line(number=1), Line(number=1), Line(number=3))
    assert [line.number for line in counts.numbered(lines)] == [2, 1, 4, 3]
    assert [line.number for line in counts.numbered((Line(), Line()))] == [1, 2]
