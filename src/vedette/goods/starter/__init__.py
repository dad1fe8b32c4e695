"""Reads the starter profiles for goods. The starter profiles are examples that each organisation must adapt.

Each profile is based on a public red flag (a sign of risk) from one of three programmes: Global Shield, STCE
or SALW. Only red flags that the declaration alone can show are used. One red flag alone is weak evidence, so
a profile requires two facts. If an authorisation would explain the facts, the profile excludes goods with a
declared authorisation. The weights are proposals that have not been fitted to data. The weight is 10 if many
lawful consignments show the facts, 20 if few do, and 30 if the declaration contradicts itself.

The legal basis (`basis`) is a placeholder, and the code list `watched_destinations` is empty. The
administration must enter the legal basis and the destinations.
"""

from __future__ import annotations

from pathlib import Path

from vedette.profiles.files import ProfileFile, load

#: The code list of destinations that the profiles use.
WATCHED = "watched_destinations"


def paths() -> list[Path]:
    """Returns the files of the starter profiles, in the order of their numbers."""
    return sorted(Path(__file__).parent.glob("G-*.yaml"))


def starter() -> list[ProfileFile]:
    """Returns the starter profiles."""
    return [load(path.read_bytes()) for path in paths()]
