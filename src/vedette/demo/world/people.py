"""Invented people, with documents and ways to reach them that belong to nobody.

Telephone numbers come from ranges set aside for fiction (Arcep decision 2018-0881 for France, Ofcom
for the United Kingdom, 555-01xx in North America); e-mail addresses from example domains (RFC 2606);
document numbers are unique by count.
"""

from __future__ import annotations

import datetime as dt
import random
import re
from dataclasses import dataclass, replace

from vedette.records import Document

from .lexicon import BY_NATIONALITY, CODAS, CULTURES, NUCLEI, ONSETS, Culture

#: French fiction prefixes, 10,000 numbers each.
_FRENCH = ("+33 6 39 98", "+33 1 99 00", "+33 2 61 91", "+33 3 53 01", "+33 4 65 71", "+33 5 36 49")
_NORTH_AMERICAN = tuple(range(201, 990, 7))
_DOMAINS = ("example.org", "example.com", "example.net", "mail.example", "post.example")
#: Letters of a passport number by nationality; the rest are digits.
_DOCUMENT_FORMS = {"FRA": "##@@#####", "DEU": "@########", "ITA": "@@#######", "KOR": "@########"}


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
    """Hands out numbers that nobody else has, counting from `serial`."""

    serial: int = 0
    phones: int = 0

    def next(self) -> int:
        """The next serial number."""
        self.serial += 1
        return self.serial

    def phone(self, nationality: str) -> str:
        """A telephone number of a fiction range; North American for the Americas."""
        self.phones += 1
        n = self.phones * 7919
        if nationality in ("USA", "MEX", "COL", "BRA"):
            area = _NORTH_AMERICAN[n // 100 % len(_NORTH_AMERICAN)]
            return f"+1 {area} 555 01{n % 100:02d}"
        prefix = _FRENCH[n // 10_000 % len(_FRENCH)]
        return f"{prefix} {n // 100 % 100:02d} {n % 100:02d}"

    def document(self, nationality: str) -> str:
        """A passport number in the shape of the country's, unique by count."""
        n = (self.next() * 982_451_653) % 10**9
        form = _DOCUMENT_FORMS.get(nationality, "@########")
        letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
        out = []
        for sign in form:
            if sign == "@":
                out.append(letters[n % len(letters)])
                n = n // len(letters) + self.serial * 31
            else:
                out.append(str(n % 10))
                n //= 10
                n = n or self.serial * 7919
        return "".join(out)

    def locator(self, rng: random.Random) -> str:
        """A record locator of six signs, unique by its serial half."""
        signs = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
        n, out = self.next(), ""
        for _ in range(4):
            out += signs[n % 32]
            n //= 32
        return rng.choice(signs[:23]) + out + rng.choice(signs[:23])


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
        number=registry.document(culture.nationality),
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
