"""Contact data of a traveller: whether any are stated, and their countries and domains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vedette.core.parties import Contacts
from vedette.travellers.columns.calling_codes import phone_country

if TYPE_CHECKING:
    from vedette.travellers.columns.aboard import Member

#: Services that give out temporary mailboxes without registration, according to their own front pages; chosen
#: by hand, 2026-11. `throwaway.example` belongs to the demo.
THROWAWAY = frozenset(
    "10minutemail.com 33mail.com burnermail.io dispostable.com emailondeck.com fakeinbox.com getnada.com "  # noqa: SIM905
    "guerrillamail.biz guerrillamail.com guerrillamail.de guerrillamail.info guerrillamail.net "
    "guerrillamail.org guerrillamailblock.com incognitomail.org inboxkitten.com mailcatch.com "
    "maildrop.cc mailinator.com mailnesia.com mailsac.com mintemail.com mohmal.com moakt.com "
    "mytemp.email sharklasers.com spam4.me spamgourmet.com temp-mail.io temp-mail.org tempail.com "
    "tempinbox.com tempmail.dev tempmailo.com tempr.email throwawaymail.com trashmail.com "
    "trashmail.de trashmail.net yopmail.com yopmail.fr yopmail.net throwaway.example".split()
)


_NONE = Contacts()
_BELOW = tuple(f".{domain}" for domain in THROWAWAY)


def columns(member: Member) -> dict[str, object]:
    """The columns of ground `contact`. Absence is known for booked travellers only, because passenger lists
    rarely contain contact data."""
    api, pnr, booked = member.api, member.pnr, member.booked
    if pnr is None or booked is None or (api is not None and api.contacts != _NONE):
        return _columns(member)
    # A booking gives its contacts to each of its travellers, so most values are the same and are reused.
    if booked.contacts is None or booked.contacts[0] != pnr.contacts:
        booked.contacts = (pnr.contacts, _columns(member))
    return booked.contacts[1]


def _columns(member: Member) -> dict[str, object]:
    phones: list[str] = []
    domains: list[str] = []
    addresses = refused = False
    for traveller in member.said:
        contacts = traveller.contacts
        phones += contacts.phones
        domains += [_domain(email) for email in contacts.emails]
        addresses = addresses or bool(contacts.addresses)
        refused = refused or contacts.refused
    domains = [domain for domain in domains if domain]
    booked = member.pnr is not None
    any_email = bool(domains) or any(map(_domain, _shared(member, "emails")))
    found: dict[str, object] = {
        "has_phone": True if phones or _shared(member, "phones") else False if booked else None,
        "has_email": True if any_email else False if booked else None,
    }
    if domains:
        found["email_domain"] = domains[0]
        found["email_throwaway"] = any(d in THROWAWAY or d.endswith(_BELOW) for d in domains)
    if booked:
        found["contact_missing"] = not (
            found["has_phone"] or any_email or addresses or _shared(member, "addresses")
        )
        found["contact_refused"] = refused
    lands = [land for phone in phones if (land := phone_country(phone))]
    if lands:
        found["phone_country"] = lands[0]
        places = member.booked.trip.countries if member.booked is not None else None
        found["phone_country_elsewhere"] = places.isdisjoint(lands) if places else None
    return found


def _shared(member: Member, kind: str) -> list[str]:
    """The contacts of a kind in the whole booking, including those of fellow travellers: they can reach the
    traveller, although they belong to others."""
    start = f"contacts.{kind}:"
    said = member.booked.said if member.booked is not None else ()
    return [key.removeprefix(start) for key in said if key.startswith(start)]


def _domain(email: str) -> str:
    """The domain of an e-mail address in lower case; empty if the text is not an address."""
    name, _, domain = email.rpartition("@")
    return domain.strip().lower() if name else ""
