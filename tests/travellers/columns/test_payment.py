"""How a booking was paid, and by whom."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.travellers.columns.flights import of_booking, person

from vedette.travellers.records import Payment


def paid(kind: str = "CC", amount: str | None = "100.00", **more: object) -> Payment:
    """One form of payment, in euros unless told otherwise."""
    fields = {"currency": "EUR", **more}
    return Payment(type=kind, amount=Decimal(amount) if amount else None, **fields)  # type: ignore[arg-type]


def test_cash() -> None:
    """FOP CA."""
    found = of_booking(payments=(paid("CA"),))
    assert (found["payment_type"], found["is_cash"], found["payments"]) == ("CA", True, 1)
    assert of_booking(payments=(paid(),))["is_cash"] is False


def test_several_payments() -> None:
    """The greatest names the form; part in cash is cash; sums of one currency add up."""
    found = of_booking(payments=(paid("CA", "50.10"), paid("CC", "200.20")))
    assert (found["payment_type"], found["is_cash"], found["payments"]) == ("CC", True, 2)
    assert (found["paid_amount"], found["paid_currency"]) == (250.3, "EUR")


def test_amounts_of_two_currencies_are_no_amount() -> None:
    """Nor is one of which a part is missing."""
    assert "paid_amount" not in of_booking(payments=(paid(), paid(currency="USD")))
    assert "paid_amount" not in of_booking(payments=(paid(), paid(amount=None)))


def test_the_total_stands_in_for_payments_without_amounts() -> None:
    """MON T of the tickets."""
    found = of_booking(payments=(paid(amount=None),), total=Decimal("480.00"), currency="XOF")
    assert (found["paid_amount"], found["paid_currency"]) == (480.0, "XOF")


def test_no_payment_is_unknown_not_unpaid() -> None:
    """A booking that states no FOP says nothing of cash."""
    assert not {"is_cash", "payment_type", "payments", "payer_is_other", "is_prepaid"} & set(
        of_booking()
    )


def test_prepaid_elsewhere() -> None:
    """FOP PT: prepaid ticket advice."""
    assert of_booking(payments=(paid("PT"),))["is_prepaid"] is True


@pytest.mark.parametrize(
    ("payer", "other"),
    [
        ("HANA TESFAYE", False),
        ("TESFAYE/HANA MRS", False),
        ("TESFAYE", False),
        ("ABEBE TESFAYE", False),
        ("HANNA TESFAY", False),
        ("BEKELE", True),
        ("GLOBAL TRADING LTD", True),
        (None, None),
    ],
)
def test_the_payer(payer: str | None, other: bool | None) -> None:
    """Who bears a surname of the booking is of the family; another spelling is the same person."""
    found = of_booking(person("TESFAYE", "HANA"), payments=(paid(payer=payer),))
    assert found.get("payer_is_other") is other


def test_surnames_of_several_words_are_found_glued() -> None:
    """GARCIA LOPEZ paid for GARCIALOPEZ/ANA."""
    found = of_booking(person("GARCIALOPEZ", "ANA"), payments=(paid(payer="LUIS GARCIA LOPEZ"),))
    assert found["payer_is_other"] is False
