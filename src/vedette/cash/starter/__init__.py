"""Reads the starter profiles for cash. The starter profiles are examples that each organisation must adapt.

Each profile is based on a public red flag (a sign of risk) about cash couriers: CASH-01 to CASH-05 and
CASH-07 to CASH-11 of the collection of red flags. CASH-06 needs data of passengers, and CASH-12 is the
comparison with lists. A profile requires at least two facts. Profiles exclude some cash that they would
otherwise match every day: cash moved by a company with a stated business, such as payroll and the cash of
exchange offices, and disclosed parcels. The weights are proposals that have not been fitted to data. The
weight is 20 if the facts are rare among lawful movements, and 30 if statements contradict each other or the
cash is divided.

The legal basis (`basis`) is a placeholder, and the code list `watched_countries` is empty. The administration
must enter the legal basis and the countries.
"""

from __future__ import annotations

from pathlib import Path

from vedette.profiles.files import ProfileFile, load

#: The code list of countries that the profiles use.
WATCHED = "watched_countries"


def paths() -> list[Path]:
    """Returns the files of the starter profiles, in the order of their numbers."""
    return sorted(Path(__file__).parent.glob("C-*.yaml"))


def starter() -> list[ProfileFile]:
    """Returns the starter profiles."""
    return [load(path.read_bytes()) for path in paths()]
