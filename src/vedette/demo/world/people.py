"""Generates invented people, with documents, telephone numbers and addresses that belong to nobody.

Telephone numbers have 000 after the country code, which no real number has. E-mail addresses are in example
domains (RFC 2606). Document numbers are unique.
"""

from __future__ import annotations

import datetime as dt
import random
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Any

from vedette.core.parties import Document
from vedette.travellers.records import Traveller

from .lexicon import BY_NATIONALITY, CODAS, CULTURES, NUCLEI, ONSETS, Culture

_DOMAINS = ("example.org", "example.com", "example.net", "mail.example", "post.example")
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
#: Calling codes of the nationalities in the lexicon (ITU-T E.164).
_CALLING = {
    "FRA": 33, "DZA": 213, "TUN": 216, "MAR": 212, "SEN": 221, "CIV": 225, "NGA": 234, "ETH": 251,
    "TUR": 90, "LBN": 961, "EGY": 20, "IND": 91, "BGD": 880, "VNM": 84, "CHN": 86, "KOR": 82, "BRA": 55,
    "COL": 57, "MEX": 52, "USA": 1, "GBR": 44, "DEU": 49, "SRB": 381, "GEO": 995, "KAZ": 77, "ITA": 39,
}  # fmt: skip
#: Country (alpha-2) → nationality of most travellers from it (alpha-3, in the lexicon).
_LOCALS = {
    "DZ": "DZA", "TN": "TUN", "MA": "MAR", "SN": "SEN", "CI": "CIV", "NG": "NGA", "ET": "ETH",
    "TR": "TUR", "LB": "LBN", "EG": "EGY", "IN": "IND", "BD": "BGD", "VN": "VNM", "CN": "CHN",
    "HK": "CHN", "KR": "KOR", "BR": "BRA", "CO": "COL", "MX": "MEX", "US": "USA", "RS": "SRB",
    "GE": "GEO", "KZ": "KAZ",
}  # fmt: skip
#: Nationalities of the country of destination and of its neighbours. A nationality whose citizens travel more
#: often is repeated.
ELSEWHERE = ("FRA", "FRA", "FRA", "FRA", "GBR", "DEU", "ITA")


@dataclass(frozen=True)
class Person:
    """Represents an invented person. `nationality` is an ISO alpha-3 code, as in travel documents."""

    surname: str
    given: str
    sex: str
    born: dt.date
    nationality: str
    number: str
    issued: dt.date
    expiry: dt.date
    phone: str
    email: str

    def document(self) -> Document:
        """Returns the passport with the data of its machine-readable zone."""
        return Document(
            type="P",
            number=self.number,
            issuer=self.nationality,
            nationality=self.nationality,
            expiry=self.expiry,
            surname=self.surname.upper(),
            given_names=self.given.upper(),
            date_of_birth=self.born,
            sex=self.sex,
        )

    def traveller(self, shows_issue: bool = False, **more: Any) -> Traveller:
        """Returns the record of the person in a passenger or crew list."""
        return Traveller(
            surname=self.surname.upper(),
            given_names=self.given.upper(),
            date_of_birth=self.born,
            sex=self.sex,
            nationality=self.nationality,
            documents=(
                Document(
                    type="P",
                    number=self.number,
                    issuer=self.nationality,
                    issued=self.issued if shows_issue else None,
                    expiry=self.expiry,
                ),
            ),
            **more,
        )

    def but(self, **changes: Any) -> Person:
        """Returns the same person with some fields changed. If the name is changed, the e-mail address of the
        person contains the new name.
        """
        if changes.keys() & {"surname", "given"} and "email" not in changes:
            names = changes.get("given", self.given), changes.get("surname", self.surname)
            number, domain = re.fullmatch(r"\D*(\d*)@(.*)", self.email).groups()  # type: ignore[union-attr]
            changes["email"] = f"{local_part(*names)}{number}@{domain}"
        return replace(self, **changes)


@dataclass
class Registry:
    """Provides unique serial numbers and telephone numbers. The serial numbers start at `serial`, and the
    telephone numbers at `phones`."""

    serial: int = 0
    phones: int = 0

    def next(self) -> int:
        """Returns the next serial number."""
        self.serial += 1
        return self.serial

    def phone(self, nationality: str) -> str:
        """Returns a telephone number that nobody can have: it has 000 after the country code."""
        self.phones += 1
        return f"+{_CALLING.get(nationality, 33)} 000 {self.phones:06d}"

    def document(self) -> str:
        """Returns a passport number: a letter and eight digits. Passport numbers are unique up to the serial
        number 230 million.
        """
        n = self.next()
        millions, rest = divmod(n, 10_000_000)
        return f"{_LETTERS[(n + millions) % 23]}{rest % 7 + 2}{rest:07d}"

    def locator(self, rng: random.Random) -> str:
        """Returns a record locator of six characters."""
        n = self.next()
        return rng.choice(_LETTERS) + "".join(_SIGNS[n // 32**place % 32] for place in range(5))


def nationality(rng: random.Random, country: str) -> str | None:
    """Returns a random nationality for a traveller who departs from `country`. Most travellers have the
    nationality of `country` or of the country of destination. Returns None if any nationality may be used.
    """
    chance = rng.random()
    if chance < 0.45:
        return _LOCALS.get(country)
    return rng.choice(ELSEWHERE) if chance < 0.85 else None


def local_part(given: str, surname: str) -> str:
    """Returns the local part of an e-mail address for a name, in lower case without accents."""
    return ".".join(
        re.sub(r"[^a-z]", "", unicodedata.normalize("NFKD", name).lower())
        for name in (given, surname)
    )


def make_person(
    rng: random.Random,
    registry: Registry,
    today: dt.date,
    nationality: str | None = None,
    age: tuple[int, int] = (18, 78),
    sex: str | None = None,
    surname: str | None = None,
) -> Person:
    """Returns a person whose age on `today`, in years, is in the range `age`. Values that are None are chosen
    at random with `rng`.
    """
    culture = BY_NATIONALITY[nationality] if nationality else rng.choice(CULTURES)
    sex = sex or rng.choice("MF")
    given = _given(rng, culture, sex)
    surname = surname or _surname(rng, culture)
    days = rng.randint(age[0] * 365 + 10, age[1] * 365 + 350)
    expires_in = rng.randint(120, 3500)
    serial = registry.next()
    return Person(
        surname=surname,
        given=given,
        sex=sex,
        born=today - dt.timedelta(days=days),
        nationality=culture.nationality,
        number=registry.document(),
        issued=today - dt.timedelta(days=3650 - expires_in),
        expiry=today + dt.timedelta(days=expires_in),
        phone=registry.phone(culture.nationality),
        email=f"{local_part(given, surname)}{serial}@{rng.choice(_DOMAINS)}",
    )


def _given(rng: random.Random, culture: Culture, sex: str) -> str:
    names = culture.men if sex == "M" else culture.women
    first = rng.choice(names)
    second = rng.choice(names) if rng.random() < 0.35 else first
    return first if second == first else f"{first} {second}"


def _surname(rng: random.Random, culture: Culture) -> str:
    first = rng.choice(culture.surnames)
    if culture.two_surnames and rng.random() < 0.8:
        return f"{first} {rng.choice(culture.surnames)}"
    return first


def unheard_name(rng: random.Random, syllables: int = 2) -> str:
    """Returns a name made of syllables that no language combines."""
    parts = (rng.choice(ONSETS) + rng.choice(NUCLEI) + rng.choice(CODAS) for _ in range(syllables))
    return "".join(parts).capitalize()
