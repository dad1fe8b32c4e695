"""Ways to reach a traveller, and the countries of telephone numbers."""

from __future__ import annotations

import pytest
from tests.travellers.columns.flights import (
    booking,
    held,
    listed,
    named,
    of_booking,
    person,
    push,
    values,
)

from vedette.core.parties import Address, Contacts
from vedette.travellers.columns.contacts import phone_country


def with_contacts(**contacts: object) -> dict[str, object]:
    """The values of somebody whose booking has these contacts."""
    return of_booking(person(), contacts=Contacts(**contacts))  # type: ignore[arg-type]


def test_no_contact_is_known_of_bookings_only() -> None:
    """Passenger lists hardly ever carry contacts: there it is unknown."""
    found = of_booking()
    assert (found["has_phone"], found["has_email"], found["contact_missing"]) == (
        False,
        False,
        True,
    )
    assert not {"has_phone", "has_email", "contact_missing"} & set(values(listed(person())))


def test_what_a_list_states_is_known() -> None:
    """COM of a passenger list."""
    found = values(listed(person(contacts=Contacts(phones=("+221 33 999 00 00",)))))
    assert (found["has_phone"], found["phone_country"]) == (True, "SN")
    assert "has_email" not in found


def test_an_address_is_a_way_to_reach_somebody() -> None:
    """Neither telephone nor e-mail, and not missing."""
    found = with_contacts(addresses=(Address(street="1 RUE A", city="DAKAR"),))
    assert (found["contact_missing"], found["has_phone"]) == (False, False)


def test_refused_contact() -> None:
    """SSR CTCR."""
    assert with_contacts(refused=True)["contact_refused"] is True
    assert of_booking()["contact_refused"] is False


@pytest.mark.parametrize(
    ("email", "domain", "throwaway"),
    [
        ("a.b@Example.ORG", "example.org", False),
        ("x1@throwaway.example", "throwaway.example", True),
        ("x@mailinator.com", "mailinator.com", True),
        ("x@eu.mailinator.com", "eu.mailinator.com", True),
        ("x@notmailinator.com", "notmailinator.com", False),
    ],
)
def test_domains(email: str, domain: str, throwaway: bool) -> None:
    """Lower case; a domain below that of a throw-away service is of it."""
    found = with_contacts(emails=(email,))
    assert (found["email_domain"], found["email_throwaway"]) == (domain, throwaway)


def test_what_is_no_address_has_no_domain() -> None:
    """It does not count as an e-mail either."""
    found = with_contacts(emails=("nobody",))
    assert found["has_email"] is False
    assert "email_domain" not in found


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+33 6 39 98 00 00", "FR"),
        ("0033639980000", "FR"),
        ("+(221) 33 999 00 00", "SN"),
        ("+1 242 555 0100", "BS"),
        ("+1 212 555 0100", None),
        ("+7 701 555 0100", "KZ"),
        ("+7 495 555 0100", "RU"),
        ("+599 9 555 0100", "CW"),
        ("+800 5550 1000", None),
        ("06 39 98 00 00", None),
        ("33639980000", None),
        ("+", None),
        ("", None),
    ],
)
def test_country_of_a_number(number: str, country: str | None) -> None:
    """By the international prefix alone (ITU-T E.164); +1 is of two countries, and a number without a
    prefix of any."""
    assert phone_country(number) == country


def test_a_number_of_no_country_of_the_journey() -> None:
    """One number of the journey's countries is enough; which country the traveller is of is not asked."""
    assert with_contacts(phones=("+86 10 5550 1000",))["phone_country_elsewhere"] is True
    both = with_contacts(phones=("+86 10 5550 1000", "+251 11 555 0100"))
    assert (both["phone_country"], both["phone_country_elsewhere"]) == ("CN", False)
    assert "phone_country_elsewhere" not in with_contacts(phones=("0635550100",))


def test_who_travels_with_somebody_reachable_is_not_unreachable() -> None:
    """The telephone stands with one of two: it is that one's, but the booking gives a way to reach both."""
    own = Contacts(phones=("+251 11 555 0100",))
    both = booking(person("ONE", contacts=own), person("TWO"), contacts=own)
    found = named(held(push(both)))
    assert (found["ONE"]["phone_country"], found["ONE"]["has_phone"]) == ("ET", True)
    assert (found["TWO"]["has_phone"], found["TWO"]["contact_missing"]) == (True, False)
    assert "phone_country" not in found["TWO"]
