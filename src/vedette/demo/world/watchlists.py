"""The synthetic watchlists of the demo, in our own CSV template, in several versions.

`python -m vedette.demo.world.watchlists` writes the files of `demo/world/lists/`; a test holds them to this
module. Everybody and everything in them is invented and marked SYNTHETIC.
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

#: Surnames that only listed people have, by nationality (alpha-3). Invented.
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
    """Listed people as of a version (0, 1, 2): some come, some change, some go."""
    rng, registry = random.Random("persons"), Registry(serial=9_500_000, phones=950_000)
    nationalities = sorted(LISTED)
    rows = []
    for n in range(174):
        nationality = nationalities[n % len(nationalities)]
        rows.append(_person(rng, registry, n, nationality))
    kept = [r for n, r in enumerate(rows) if _since(n, 160, 168) <= version]
    for n, row in enumerate(kept):
        if version >= 1 and n % 31 == 5:
            row["aliases"] = "; ".join(filter(None, (row["aliases"], _misspelt(row["surname"]))))
        if version >= 2 and n % 47 == 11:
            row["programme"] = f"{row['programme']}; money laundering"
    gone = {1: {17, 58, 96}, 2: {17, 58, 96, 120, 133}}.get(version, set())
    return [r for n, r in enumerate(kept) if n not in gone]


def _since(n: int, second: int, third: int) -> int:
    return 0 if n < second else 1 if n < third else 2


def _person(rng: random.Random, registry: Registry, n: int, nationality: str) -> Row:
    surname = LISTED[nationality][n // len(LISTED) % 3]
    today = dt.date(2026, 9, 1)
    who = make_person(rng, registry, today, nationality, (24, 66), surname=surname)
    land = codes.country(nationality) or ""
    born = who.born.isoformat()
    doubt = {3: f"~{born[:4]}", 7: f"{int(born[:4]) - 1}..{int(born[:4]) + 1}", 9: born[:7]}
    other = rng.choice(BY_NATIONALITY[nationality].men)
    return {
        "ref": f"SYN-P-{n + 1:04d}",
        "kind": "person",
        "surname": who.surname,
        "given_names": who.given,
        "aliases": f"{other} {who.surname}" if n % 4 == 1 else "",
        "weak_aliases": f"Abou {other}" if n % 9 == 4 else "",
        "birth_date": doubt.get(n % 12, born),
        "nationality": land,
        "sex": who.sex,
        "passport": f"{land}:{who.number}" if n % 3 != 2 else "",
        "phone": who.phone if n % 5 == 0 else "",
        "programme": _PROGRAMMES[n % len(_PROGRAMMES)],
        "listed": (today - dt.timedelta(days=n * 7 % 900)).isoformat(),
        "remarks": "SYNTHETIC: invented for the demo",
    }


def _misspelt(name: str) -> str:
    return name.replace("ou", "u").replace("q", "k").replace("y", "i")


def documents(version: int) -> list[Row]:
    """Passports reported stolen, lost or revoked. Their numbers have zeros, which are easily read as O."""
    rng, registry = random.Random("documents"), Registry(serial=9_600_000)
    rows = []
    for n in range(132 if version else 120):
        nationality = rng.choice(sorted(BY_NATIONALITY))
        number = registry.document()
        land = codes.country(nationality) or ""
        state = ("stolen", "lost", "revoked", "stolen blank")[n % 4]
        rows.append(
            {
                "ref": f"SYN-D-{n + 1:04d}",
                "kind": "document",
                "passport": f"{land}:{number}",
                "programme": f"document {state}",
                "remarks": "SYNTHETIC: invented for the demo",
            }
        )
    return [r for n, r in enumerate(rows) if not (version and n in (40, 77))]


def contacts(version: int) -> list[Row]:
    """Telephone numbers and e-mail addresses seen in earlier cases, one a row."""
    registry = Registry(phones=960_000)
    rows = []
    for n in range(86 if version else 80):
        phone = n % 3 != 2
        row = {
            "ref": f"SYN-C-{n + 1:04d}",
            "kind": "phone" if phone else "email",
            "programme": _PROGRAMMES[n % len(_PROGRAMMES)],
            "remarks": "SYNTHETIC: invented for the demo",
        }
        row["phone" if phone else "email"] = (
            registry.phone("FRA") if phone else f"contact.case{n + 1:03d}@drop.example"
        )
        rows.append(row)
    return rows


def companies(version: int) -> list[Row]:
    """Companies, travel agencies among them, with addresses."""
    rng = random.Random("companies")
    rows = []
    for n in range(66 if version else 60):
        land = rng.choice(sorted(LISTED))
        city = rng.choice(_CITIES)
        name = f"{rng.choice(LISTED[land])} {_TRADES[n % 7]} {_FORMS[n % 6]}"
        rows.append(
            {
                "ref": f"SYN-E-{n + 1:04d}",
                "kind": "company",
                "name": name,
                "country": codes.country(land) or "",
                "address": f"{100 + n} rue du Bac Imaginaire, {city}",
                "programme": _PROGRAMMES[n % len(_PROGRAMMES)],
                "remarks": "SYNTHETIC: invented for the demo",
            }
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
    """(file name, CSV text) of every list and version, oldest first: `persons_2026-09-01.csv` …"""
    for name, dates in VERSIONS.items():
        for version, date in enumerate(dates):
            yield f"{name}_{date.isoformat()}.csv", write_rows(_MAKERS[name](version))


@cache
def latest(name: str) -> tuple[Row, ...]:
    """The rows of a list's newest version."""
    return tuple(_MAKERS[name](len(VERSIONS[name]) - 1))


if __name__ == "__main__":
    for file, text in files():
        (FOLDER / file).write_text(text, encoding="utf-8")
