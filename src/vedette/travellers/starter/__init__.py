"""Reads the starter profiles, which are risk profiles for the 25 passenger indicators. The starter profiles
are examples that each organisation must adapt.

The number of each of the profiles `P-001` to `P-025` is the number of its indicator. The profiles from
`P-026` on are additional profiles for some of the indicators. One indicator alone is weak evidence. A profile
therefore requires the sign of the indicator and at least one further sign. If many innocent travellers show
the sign of the indicator, the profile also requires a rare sign, or two signs of different kinds. The signs
are of three kinds: booking and payment, manner of travel, and documents. A profile excludes travellers for
whom there is an innocent explanation: crew, families with small children, parties of four or more, and
tickets bought on account.

The weight of a profile is greater if its signs are rarer among innocent travellers. If many innocent
travellers show the signs, the weight is 3 to 6. If some innocent travellers show the signs, the weight is 10.
If hardly any innocent travellers show the signs, the weight is 15 to 40. The weight is 20 to 40 if the signs
are a link to a known case, or if they indicate a person who needs protection. The weights were fitted to ten
generated data sets and tested on other data sets (`vedette bench weights`). Weights that depend on policy,
not on data, were not fitted. A traveller with several signs may match several profiles. The priority of a hit
is the sum of the weights of the matching profiles (`screening/reason.py`).

The legal basis (`basis`) is a placeholder, and the code list `watched_places` is empty. The administration
must enter the legal basis and the watched places.
"""

from __future__ import annotations

from pathlib import Path

from vedette.profiles.files import ProfileFile, load

#: The code list of places of departure and transit that the profiles use.
WATCHED = "watched_places"


def paths() -> list[Path]:
    """Returns the files of the starter profiles, in the order of their numbers."""
    return sorted(Path(__file__).parent.glob("P-*.yaml"))


def starter() -> list[ProfileFile]:
    """Returns the starter profiles."""
    return [load(path.read_bytes()) for path in paths()]
