"""The starter pack: the 25 passenger indicators as risk profiles, examples to be adapted.

`P-001` to `P-025` bear the number of their indicator, those from `P-026` on are further profiles of
one. An indicator is weak alone: a profile asks for its sign and at least one further sign. Of signs that
many innocents show it asks for a rare one beside, or for two of different kinds (how it was booked and
paid, how somebody travels, what the papers say). It leaves out whom the innocent explanation fits: crew,
families with small children, parties of four and more, tickets on account.

Weights say how rarely an innocent shows the sign: 3 to 6 many do, 10 some, 15 to 40 hardly any; 20 to 40
a link to a known case or somebody to be protected. They were fitted to ten drawn worlds and tried on
others (`vedette bench weights`), but for those that are a matter of policy. Whoever shows several signs
fires several profiles; the priority adds them up (`screening/priority.py`).

`basis` is a placeholder, the list `watched_places` is empty: both are the administration's to fill in.
"""

from __future__ import annotations

from pathlib import Path

from vedette.profiles.files import ProfileFile, load

#: What a file says of the law until an administration names its own.
PLACEHOLDER = "to be named by the administration"
#: The code list of places of departure and transit that profiles ask for.
WATCHED = "watched_places"


def paths() -> list[Path]:
    """The files, in the order of their numbers."""
    return sorted(Path(__file__).parent.glob("P-*.yaml"))


def starter() -> list[ProfileFile]:
    """The profiles of the pack."""
    return [load(path.read_bytes()) for path in paths()]
