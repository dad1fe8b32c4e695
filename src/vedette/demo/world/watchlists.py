"""Generates the synthetic watchlists of the demonstration, in the project's own CSV template, in several
versions.

`python -m vedette.demo.world.watchlists` writes the files of `demo/world/lists/`. A test checks that the
files are the same as the output of this module. All people and things in the synthetic lists are invented and
marked SYNTHETIC.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from vedette.core import codes
from vedette.formats.lists.template import write_rows

from .lexicon import BY_NATIONALITY
from .people import Registry, make_person

FOLDER = Path(__file__).parent / "lists"
Row = dict[str, str]

#: Invented surnames that only listed people have, by nationality (alpha-3).
LISTED: dict[str, tuple[str, ...]] = {
    "DZA": ("Benzarqouti", "Takfarilas", "Oumghari"),
    "TUN": ("Qafsaoui", "Mahrezine", "Zitouldi"),
    "LBN": ("Abou Qasrawi", "Harfouchian", "Zghortali"),
    "EGY": ("El Manfalouty", "Sabeqridi", "Abou Dayyah"),
    "TUR": ("Karabogazli", "Tuzluderen", "Yavasoglan"),
    "SRB": ("Vukadrinovic", "Zlatiborac", "Krstomirovic"),
    "GEO": ("Tsqaltubeli", "Khvanchkaridze", "Mtatsmindeli"),
    "KAZ": ("Balqashbayev", "Tarbagatayev", "Zhetisuimov"),
    "NGA": ("Oguntokunbi", "Ezeakolamba", "Dankwarambo"),
    "CIV": ("Zadigbeu", "Tehoua Kpan", "Guehidje"),
    "SEN": ("Ndoumbelane", "Tambacoundou", "Sambagalou"),
    "COL": ("Quimbayarte", "Zipaquirola", "Tundamarin"),
    "MEX": ("Xochimilquez", "Tepozanes", "Zacapoaxtla"),
    "BRA": ("Jequitibares", "Itapetingui", "Urussangalo"),
    "CHN": ("Ouyangxi", "Zhugeng", "Shangguanli"),
    "VNM": ("Khuongdang", "Trieuvinh", "Quachthai"),
    "IND": ("Bhairavanath", "Chandravatekar", "Thiruvengadi"),
    "ITA": ("Scarpalonga", "Mezzavoltore", "Quattropassi"),
    "FRA": ("Chantefoin", "Montreveldu", "Sauvequintal"),
    "GBR": ("Thistlecombe", "Marrowgrave", "Quillfeather"),
}
#: List → dates of its versions, oldest first.
VERSIONS: dict[str, tuple[dt.date, ...]] = {
    "persons": (dt.date(2026, 9, 1), dt.date(2026, 10, 15), dt.date(2026, 11, 20)),
    "documents": (dt.date(2026, 10, 1), dt.date(2026, 11, 20)),
    "contacts": (dt.date(2026, 10, 1), dt.date(2026, 11, 20)),
    "companies": (dt.date(2026, 9, 15), dt.date(2026, 11, 15)),
}
_PROGRAMMES = ("drugs", "arms trafficking", "cash smuggling", "trafficking in persons", "wildlife")
_CITIES = ("Rotterdam", "Anvers", "Marseille", "Dakar", "Bogota", "Istanbul", "Tbilissi", "Genes")
_TRADES = ("Negoce", "Fret", "Import Export", "Maritime", "Logistics", "Trading", "Voyages")
_FORMS = ("SARL", "Ltd", "GmbH", "SA", "LLC", "SRL")


def persons(version: int) -> list[Row]:
    """Returns the listed people of a version (0, 1, 2). From one version to the next, some listed
    people are added, changed or removed."""
    rng, registry = random.Random("persons"), Registry(serial=9_500_000, phones=950_000)
    nationalities = sorted(LISTED)
    rows = [_person(rng, registry, n, nationalities[n % len(nationalities)]) for n in range(174)]
    kept = rows[: (160, 168, 174)[version]]
    for n, row in enumerate(kept):
        if version >= 1 and n % 31 == 5:
            misspelt = row["surname"].replace("ou", "u").replace("q", "k").replace("y", "i")
            row["aliases"] = "; ".join(filter(None, (row["aliases"], misspelt)))
        if version >= 2 and n % 47 == 11:
            row["programme"] = f"{row['programme']}; money laundering"
    gone = ((), (17, 58, 96), (17, 58, 96, 120, 133))[version]
    return [row for n, row in enumerate(kept) if n not in gone]


def _row(letter: str, n: int, kind: str, programme: str = "", **values: str) -> Row:
    return {
        "ref": f"SYN-{letter}-{n + 1:04d}",
        "kind": kind,
        "programme": programme or _PROGRAMMES[n % len(_PROGRAMMES)],
        "remarks": "SYNTHETIC: invented for the demo",
        **values,
    }


def _person(rng: random.Random, registry: Registry, n: int, nationality: str) -> Row:
    surname = LISTED[nationality][n // len(LISTED) % 3]
    today = dt.date(2026, 9, 1)
    who = make_person(rng, registry, today, nationality, (24, 66), surname=surname)
    land = codes.country(nationality) or ""
    born = who.born.isoformat()
    doubt = {3: f"~{born[:4]}", 7: f"{int(born[:4]) - 1}..{int(born[:4]) + 1}", 9: born[:7]}
    other = rng.choice(BY_NATIONALITY[nationality].men)
    return _row(
        "P",
        n,
        "person",
        surname=who.surname,
        given_names=who.given,
        aliases=f"{other} {who.surname}" if n % 4 == 1 else "",
        weak_aliases=f"Abou {other}" if n % 9 == 4 else "",
        birth_date=doubt.get(n % 12, born),
        nationality=land,
        sex=who.sex,
        passport=f"{land}:{who.number}" if n % 3 != 2 else "",
        phone=who.phone if n % 5 == 0 else "",
        listed=(today - dt.timedelta(days=n * 7 % 900)).isoformat(),
    )


def documents(version: int) -> list[Row]:
    """Returns passports reported stolen, lost or revoked. The passport numbers contain zeros, which
    can be misread as O."""
    rng, registry = random.Random("documents"), Registry(serial=9_600_000)
    states = ("stolen", "lost", "revoked", "stolen blank")
    rows = []
    for n in range(132 if version else 120):
        land = codes.country(rng.choice(sorted(BY_NATIONALITY))) or ""
        passport = f"{land}:{registry.document()}"
        rows.append(_row("D", n, "document", f"document {states[n % 4]}", passport=passport))
    return [row for n, row in enumerate(rows) if not (version and n in (40, 77))]


def contacts(version: int) -> list[Row]:
    """Returns telephone numbers and e-mail addresses from earlier cases, with one number or one address in
    each row."""
    registry = Registry(phones=960_000)
    return [
        _row("C", n, "phone", phone=registry.phone("FRA"))
        if n % 3 != 2
        else _row("C", n, "email", email=f"contact.case{n + 1:03d}@drop.example")
        for n in range(86 if version else 80)
    ]


def companies(version: int) -> list[Row]:
    """Returns companies with addresses. Some of the companies are travel agencies."""
    rng = random.Random("companies")
    rows = []
    for n in range(66 if version else 60):
        land, city = rng.choice(sorted(LISTED)), rng.choice(_CITIES)
        rows.append(
            _row(
                "E",
                n,
                "company",
                name=f"{rng.choice(LISTED[land])} {_TRADES[n % 7]} {_FORMS[n % 6]}",
                country=codes.country(land) or "",
                address=f"{100 + n} rue du Bac Imaginaire, {city}",
            )
        )
    if version:
        rows[12]["address"] = f"9 quai de l'Invention, {_CITIES[3]}"
    return rows


_MAKERS = {
    "persons": persons,
    "documents": documents,
    "contacts": contacts,
    "companies": companies,
}


def files() -> Iterator[tuple[str, str]]:
    """Yields the file name (such as `persons_2026-09-01.csv`) and the CSV text of every version of every
    list, oldest first."""
    for name, dates in VERSIONS.items():
        for version, date in enumerate(dates):
            yield f"{name}_{date.isoformat()}.csv", write_rows(_MAKERS[name](version))


@cache
def latest(name: str) -> tuple[Row, ...]:
    """Returns the rows of the newest version of a list."""
    return tuple(_MAKERS[name](len(VERSIONS[name]) - 1))


if __name__ == "__main__":
    for file, text in files():
        (FOLDER / file).write_text(text, encoding="utf-8")
