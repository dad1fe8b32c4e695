"""Compares a count with the declaration, line by line.

A difference is computed for each declared line, and for each counted line without a declared line. Amounts in
different currencies, weights and numbers of pieces are compared separately. A value that only the declaration
or only the count states is not compared. A declared line without a counted line has the result "not found".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal, localcontext
from typing import Any, Literal

import msgspec

from vedette.cash.money import EXACT, added, fine_weight
from vedette.cash.records import Count, Line
from vedette.core.records import Record

#: The result for a line: it differs, it was not found, or it was found and not declared.
State = Literal["differs", "not_found", "not_declared"]


class Difference(Record, frozen=True, kw_only=True):
    """The difference of one line. `number` is the number of the declared line; None for cash that was found
    and not declared. A difference is the counted value minus the declared value. The difference is None if
    the values agree, or if the declaration or the count does not state the value."""

    state: State
    number: int | None = None
    kind: str
    currency: str | None = None
    type: str | None = None
    declared: Decimal | None = None
    counted: Decimal | None = None
    amount: Decimal | None = None
    #: Grams.
    weight: Decimal | None = None
    #: Grams of pure gold.
    fine: Decimal | None = None
    quantity: Decimal | None = None


class Fault(Record, frozen=True, kw_only=True):
    """An inconsistent line of a count: its position, counted from 1, and the reason. The reasons are
    `no_amount`, `product` (the amount is not denomination times quantity), `negative` and `no_line` (there is
    no declared line with this number)."""

    position: int
    reason: str


def numbered(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Returns the lines, each with a number. A line without a number, or with the number of an earlier line,
    gets its position as its number. If another line already has this number, the line gets the next unused
    number.
    """
    taken = {line.number for line in lines if line.number is not None}
    seen: set[int] = set()
    made: list[Line] = []
    for position, line in enumerate(lines, 1):
        number = line.number
        if number is None or number in seen:
            number = position
            while number in seen or (number in taken and number != line.number):
                number += 1
        seen.add(number)
        made.append(line if line.number == number else msgspec.structs.replace(line, number=number))
    return tuple(made)


def amount_of(line: Line) -> Decimal | None:
    """Returns the amount of a counted line: the stated amount, otherwise the denomination times the
    quantity."""
    if line.amount is not None or line.denomination is None or line.quantity is None:
        return line.amount
    return _product(line.denomination, line.quantity)


def faults(declared: Sequence[Line], count: Count) -> tuple[Fault, ...]:
    """Returns the lines of a count that are inconsistent or that refer to no declared line. A count with such
    lines is not stored.
    """
    numbers = {line.number for line in numbered(declared)}
    found: list[Fault] = []
    for position, line in enumerate(count.lines, 1):
        stated = (line.amount, line.quantity, line.denomination, line.weight)
        if any(value is not None and value < 0 for value in stated):
            found.append(Fault(position=position, reason="negative"))
        elif line.kind == "currency" and amount_of(line) is None:
            found.append(Fault(position=position, reason="no_amount"))
        elif (
            line.amount is not None
            and line.denomination is not None
            and line.quantity is not None
            and line.amount != _product(line.denomination, line.quantity)
        ):
            found.append(Fault(position=position, reason="product"))
        if line.number is not None and line.number not in numbers:
            found.append(Fault(position=position, reason="no_line"))
    return tuple(found)


def differences(declared: Sequence[Line], count: Count) -> tuple[Difference, ...]:
    """Returns the differences between the declared lines and a count, in the order of the lines. Lines that
    agree are left out."""
    found: list[Difference] = []
    answers: dict[int | None, list[Line]] = {}
    for line in count.lines:
        answers.setdefault(line.number, []).append(line)
    for line in numbered(declared):
        same: list[Line] = []
        others: list[Line] = []
        for one in answers.pop(line.number, []):
            (same if _alike(line, one) else others).append(one)
        if (made := _compared(line, same)) is not None:
            found.append(made)
        found += _undeclared(others)
    for some in answers.values():
        found += _undeclared(some)
    return tuple(found)


def by_currency(differences: Iterable[Difference], *kinds: str) -> dict[str, Decimal]:
    """Returns, for each currency, the sum of the differences of amounts in the given kinds of cash.

    Currency and instruments are separate kinds; to add their differences, the caller passes both kinds.
    """
    sums: dict[str, list[Decimal]] = {}
    for one in differences:
        if one.amount is not None and one.currency is not None and one.kind in kinds:
            sums.setdefault(one.currency, []).append(one.amount)
    return {currency: added(some) for currency, some in sums.items()}


def _alike(declared: Line, counted: Line) -> bool:
    """Returns whether a counted line has the same kind, currency and type as a declared line. If the
    declaration or the count does not state a type or currency, this type or currency is not compared."""
    return declared.kind == counted.kind and all(
        mine is None or yours is None or mine == yours
        for mine, yours in (
            (declared.currency, counted.currency),
            (declared.type, counted.type),
        )
    )


def _compared(line: Line, found: Sequence[Line]) -> Difference | None:
    about: dict[str, Any] = {
        "number": line.number,
        "kind": line.kind,
        "currency": line.currency or next((one.currency for one in found if one.currency), None),
        "type": line.type,
        "declared": line.amount,
    }
    if not found:
        lost = -line.amount if line.amount is not None else None
        weight = -line.weight if line.weight is not None else None
        fine = fine_weight(line)
        return Difference(
            state="not_found",
            **about,
            amount=lost,
            weight=weight,
            fine=-fine if fine is not None else None,
        )
    counted = _sum(found, amount_of)
    amount = _less(counted, line.amount)
    if line.amount is None and counted is not None:
        # The declaration states no amount, so all that was counted is not declared.
        return Difference(state="not_declared", **about, counted=counted, amount=counted)
    weight = _less(_sum(found, lambda one: one.weight), line.weight)
    fine = _less(_sum(found, fine_weight), fine_weight(line))
    # A declaration states no number of notes.
    quantity = (
        _less(_sum(found, lambda one: one.quantity), line.quantity)
        if line.kind != "currency"
        else None
    )
    if not (amount or weight or fine or quantity):
        return None
    return Difference(
        state="differs",
        **about,
        counted=counted,
        amount=amount or None,
        weight=weight or None,
        fine=fine or None,
        quantity=quantity or None,
    )


def _undeclared(lines: Sequence[Line]) -> list[Difference]:
    """Returns one difference for each kind, currency and type of cash that was found and not declared."""
    groups: dict[tuple[str, str | None, str | None], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.kind, line.currency, line.type), []).append(line)
    made = []
    for (kind, currency, type_), some in groups.items():
        counted = _sum(some, amount_of)
        quantity = _sum(some, lambda one: one.quantity) if kind != "currency" else None
        made.append(
            Difference(
                state="not_declared",
                kind=kind,
                currency=currency,
                type=type_,
                counted=counted,
                amount=counted,
                weight=_sum(some, lambda one: one.weight),
                fine=_sum(some, fine_weight),
                quantity=quantity,
            )
        )
    return made


def _sum(lines: Sequence[Line], value: Callable[[Line], Decimal | None]) -> Decimal | None:
    """Returns the sum of a value over the lines, or None if a line does not state the value."""
    known = [found for one in lines if (found := value(one)) is not None]
    return added(known) if known and len(known) == len(lines) else None


def _less(counted: Decimal | None, declared: Decimal | None) -> Decimal | None:
    if counted is None or declared is None:
        return None
    with localcontext(EXACT):
        return counted - declared


def _product(one: Decimal, other: Decimal) -> Decimal:
    with localcontext(EXACT):
        return one * other
