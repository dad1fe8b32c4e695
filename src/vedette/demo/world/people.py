"""Invented people, with documents and ways to reach them that belong to nobody.

Telephone numbers begin with 000 behind the country, as none does anywhere; e-mail addresses are of
example domains (RFC 2606); document numbers are unique by count.
"""

from __future__ import annotations

import datetime as dt
import random
import re
from dataclasses import dataclass, replace

from vedette.core.parties import Document

from .lexicon import BY_NATIONALITY, CODAS, CULTURES, NUCLEI, ONSETS, Culture

_DOMAINS = ("example.org", "example.com", "example.net", "mail.example", "post.example")
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
#: Calling codes of the lexicon's nationalities (ITU-T E.164).
_CALLING = {
    "FRA": 33, "DZA": 213, "TUN": 216, "MAR": 212, "SEN": 221, "CIV": 225, "NGA": 234, "ETH": 251,
    "TUR": 90, "LBN": 961, "EGY": 20, "IND": 91, "BGD": 880, "VNM": 84, "CHN": 86, "KOR": 82, "BRA": 55,
    "COL": 57, "MEX": 52, "USA": 1, "GBR": 44, "DEU": 49, "SRB": 381, "GEO": 995, "KAZ": 77, "ITA": 39,
}  # fmt: skip
#: Nationality of most who travel from a country (alpha-2 → alpha-3 of the lexicon).
_LOCALS = {
    "DZ": "DZA", "TN": "TUN", "MA": "MAR", "SN": "SEN", "CI": "CIV", "NG": "NGA", "ET": "ETH",
    "TR": "TUR", "LB": "LBN", "EG": "EGY", "IN": "IND", "BD": "BGD", "VN": "VNM", "CN": "CHN",
    "HK": "CHN", "KR": "KOR", "BR": "BRA", "CO": "COL", "MX": "MEX", "US": "USA", "RS": "SRB",
    "GE": "GEO", "KZ": "KAZ",
}  # fmt: skip
#: Nationalities of the country of destination and its neighbours, as often as they travel.
ELSEWHERE = ("FRA", "FRA", "FRA", "FRA", "GBR", "DEU", "ITA")


@dataclass(frozen=True)
class Person:
    """One invented person. `nationality` is ISO alpha-3, as travel documents have it."""

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
    kind: str = "P"

    def document(self) -> Document:
        """The passport as its machine-readable zone reads."""
        return Document(
            type=self.kind,
            number=self.number,
            issuer=self.nationality,
            nationality=self.nationality,
            expiry=self.expiry,
            surname=self.surname.upper(),
            given_names=self.given.upper(),
            date_of_birth=self.born,
            sex=self.sex,
        )

    def but(self, **changes: object) -> Person:
        """The same person with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass
class Registry:
    """Hands out numbers that nobody else has, counting from `serial` and `phones`."""

    serial: int = 0
    phones: int = 0

    def next(self) -> int:
        """The next serial number."""
        self.serial += 1
        return self.serial

    def phone(self, nationality: str) -> str:
        """A telephone number that nobody can have: it begins with 000 behind the country."""
        self.phones += 1
        return f"+{_CALLING.get(nationality, 33)} 000 {self.phones:06d}"

    def document(self) -> str:
        """A passport number."""
        n = self.next()
        return f"{_LETTERS[n % 23]}{n % 7 + 2}{n:07d}"

    def locator(self, rng: random.Random) -> str:
        """A record locator of six signs."""
        n, out = self.next(), ""
        for _ in range(5):
            out += _SIGNS[n % 32]
            n //= 32
        return rng.choice(_LETTERS) + out


def nationality(rng: random.Random, country: str) -> str | None:
    """Most travellers from a country are of it or of the country of destination, the others of any
    (`None`)."""
    chance = rng.random()
    if chance < 0.45:
        return _LOCALS.get(country)
    return rng.choice(ELSEWHERE) if chance < 0.85 else None


def ascii_letters(text: str) -> str:
    """Lower-case letters of a name, for the local part of an e-mail address."""
    return re.sub(r"[^a-z]", "", text.lower())


def make_person(
    rng: random.Random,
    registry: Registry,
    today: dt.date,
    nationality: str | None = None,
    age: tuple[int, int] = (18, 78),
    sex: str | None = None,
    surname: str | None = None,
) -> Person:
    """A person aged between `age` years on `today`; what is not given is chosen by `rng`."""
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
        email=f"{ascii_letters(given)}.{ascii_letters(surname)}{serial}@{rng.choice(_DOMAINS)}",
    )


def _given(rng: random.Random, culture: Culture, sex: str) -> str:
    names = culture.men if sex == "M" else culture.women
    first = rng.choice(names)
    if rng.random() < 0.35:
        second = rng.choice(names)
        return f"{first} {second}" if second != first else first
    return first


def _surname(rng: random.Random, culture: Culture) -> str:
    first = rng.choice(culture.surnames)
    if culture.two_surnames and rng.random() < 0.8:
        return f"{first} {rng.choice(culture.surnames)}"
    return first


def unheard_name(rng: random.Random, syllables: int = 2) -> str:
    """A name made of syllables that no language strings together."""
    parts = (rng.choice(ONSETS) + rng.choice(NUCLEI) + rng.choice(CODAS) for _ in range(syllables))
    return "".join(parts).capitalize()


def relative(
    rng: random.Random, registry: Registry, today: dt.date, of: Person, age: tuple[int, int]
) -> Person:
    """A member of the same family: same surname, nationality and telephone."""
    person = make_person(rng, registry, today, of.nationality, age, surname=of.surname)
    return person.but(phone=of.phone, email=of.email)
