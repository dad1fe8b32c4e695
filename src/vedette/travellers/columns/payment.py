"""Payment of a booking: form, amount and payer."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from rapidfuzz.fuzz import ratio

from vedette.core.names import fold
from vedette.travellers.columns.aboard import Booked
from vedette.travellers.columns.names import ALIKE

#: FOP 9888: cash; a ticket paid elsewhere by another person (prepaid ticket advice).
_CASH, _PREPAID = "CA", "PT"
#: No booking has more payers; further ones are ignored.
_MOST_PAYERS = 20
_WORDS = re.compile(r"[\s/,.\-']+")


def columns(b: Booked) -> dict[str, object]:
    """The columns of ground `payment`; nothing if no payment is stated."""
    paid: list[dict[str, Any]] = b.said.get("payments") or []
    amount, currency = _total(b, paid)
    if not paid:
        return {"paid_amount": amount, "paid_currency": currency}
    kinds = [p["type"].upper() for p in paid]
    return {
        "payment_type": main_type(paid),
        "is_cash": _CASH in kinds,
        "is_prepaid": _PREPAID in kinds,
        "payments": len(paid),
        "payer_is_other": _payer_is_other(b, paid),
        "paid_amount": amount,
        "paid_currency": currency,
    }


def main_type(paid: list[dict[str, Any]]) -> str | None:
    """The form of payment with the greatest amount; if amounts are equal or unknown, the first."""
    if not paid:
        return None
    if len(paid) == 1:
        kind: str = paid[0]["type"]
        return kind.upper()
    most = max(paid, key=lambda p: Decimal(p.get("amount") or 0))
    return str(most["type"]).upper()


def _total(b: Booked, paid: list[dict[str, Any]]) -> tuple[float | None, str | None]:
    """The total amount and its currency; if currencies are mixed or amounts are missing, the stated total, or
    None."""
    currencies = {p.get("currency") for p in paid}
    amounts = [p.get("amount") for p in paid]
    if paid and len(currencies) == 1 and None not in amounts:
        return float(sum(Decimal(a) for a in amounts if a is not None)), currencies.pop()
    total = b.said.get("total")
    return (float(total), b.said.get("currency")) if total is not None else (None, None)


def _payer_is_other(b: Booked, paid: list[dict[str, Any]]) -> bool | None:
    """Whether a stated payer is not a traveller of the booking and does not have the surname of a
    traveller."""
    payers = list(dict.fromkeys(p["payer"] for p in paid if p.get("payer")))[:_MOST_PAYERS]
    travellers = [m for m in b.members if m.surname]
    if not payers or not travellers:
        return None
    return any(not any(_is(payer, m.surname, m.given) for m in travellers) for payer in payers)


def _is(payer: str, surname: str, given: str) -> bool:
    whole = fold(payer)
    words = {fold(word) for word in _WORDS.split(payer)}
    return (
        surname in words
        # Folding removes the spaces in surnames of several words.
        or (len(surname) > 3 and surname in whole)
        or max(ratio(whole, surname + given), ratio(whole, given + surname)) >= ALIKE
    )
