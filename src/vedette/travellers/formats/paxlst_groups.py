"""Splits a PAXLST message into its parts: the header with the flights, one group for each person, and the
trailer.

Segment group 4 of PAXLST (UN/EDIFACT D.02B to D.17A; WCO/IATA/ICAO API guide) begins with NAD and has a fixed
order. A damaged message must never cause data of one person to be assigned to another. The order of the
segments is therefore used to recognise damage:

- A segment with a destroyed tag and the qualifier of a person is treated as a damaged NAD.
- If two segments are swapped, segments of a person may be before the NAD of this person and break the order.
  The misplaced segments are moved to their person, with the warning `segment_unexpected`.
- A second set of personal data without a NAD becomes a separate traveller, with the warning
  `traveller_unclear`.
- Segments before the first NAD usually belong to no person, because senders write LOC+22 or RFF+ABO of the
  whole message there. Segments before the first NAD become a person only if they contain at least two kinds
  of data that only a person has (`_OWN`).

A sender that uses a different order uses this order for every person. A deviation that is repeated is
therefore not treated as damage.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from vedette.formats.edifact import MessageText, Seg

#: NAD 3035 → role of the person. VW means the driver and the crew in lists of road vehicles (US ACE).
ROLES = {"FL": "passenger", "FM": "crew", "DDU": "transit", "DDT": "transit_crew", "VW": "crew"}
#: Position of a segment in group 4. MEA, GEI and FTX all describe bags and checks, in any order.
_RANK = {
    "ATT": 1,
    "DTM": 2,
    "MEA": 3,
    "GEI": 3,
    "FTX": 3,
    "LOC": 4,
    "COM": 5,
    "EMP": 5,
    "NAT": 6,
    "RFF": 7,
    "DOC": 8,
    "CPI": 8,
    "QTY": 8,
}
_DOCUMENT = 8
#: Qualifiers of the issuer and the dates of a document.
_OF_DOCUMENT = {"LOC": ("91",), "DTM": ("36", "182")}
#: Groups with more segments than this are not searched for two swapped segments.
_MOST_SWAPPED = 30
#: Maximum number of attempts per message to move segments back.
_MOST_REPAIRS = 50
_TRAILER = frozenset({"CNT", "AUT"})
_HEADER = frozenset({"BGM", "RFF", "DTM", "CTA", "COM", "TDT", "LOC", "GEI", "FTX", "UNS"})
_KNOWN = _TRAILER | _HEADER | frozenset(_RANK)
_PERSONAL = frozenset({"ATT", "MEA", "EMP", "NAT", "DOC", "CPI", "QTY"})
#: Facts that only a person has.
_OWN = frozenset({"ATT", "NAT", "DOC", "EMP", "DTM329"})
_PERSONAL_QUALIFIERS = {
    "LOC": frozenset({"178", "179", "174", "180", "22", "91"}),
    "DTM": frozenset({"329", "36", "182"}),
    "RFF": frozenset({"AVF", "ABO", "SEA", "AEA", "CR", "YZY"}),
    "FTX": frozenset({"BAG"}),
}


@dataclass(slots=True)
class Group:
    """Contains the segments of a person. `nad` is the NAD segment, or None if this segment is lost. `segs`
    contains the segments after the NAD segment. `damaged` is true if the NAD segment does not follow the
    standard. `steps` contains the positions at which the segments deviate from the standard order."""

    nad: Seg | None
    damaged: bool = False
    segs: list[Seg] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    rank: int = 0
    #: The keys of the current document that occurred already; None before the first document.
    document: set[str] | None = None

    def fill(self, segs: Iterable[Seg]) -> None:
        """Sets the segments of the group, and finds the positions at which the segments deviate from the
        standard order."""
        self.segs, self.steps, self.rank, self.document = [], [], 0, None
        for seg in segs:
            rank = _rank(seg, self.rank)
            if rank < self.rank or (rank == _DOCUMENT and self._strange(seg)):
                self.steps.append(len(self.segs))
            self.rank = rank
            self.segs.append(seg)

    def _strange(self, seg: Seg) -> bool:
        """Returns whether a date or issuer belongs to no document, or to a document that already has such a
        date or issuer."""
        if seg.tag == "DOC":
            self.document = set()
        if seg.tag not in ("DTM", "LOC"):
            return False
        # A subdivision (163) may be stated as the issuer, in addition to the country.
        fact = seg.tag + qualifier(seg) + (":163" if seg.get(2, 1) == "163" else "")
        if self.document is None or fact in self.document:
            return True
        self.document.add(fact)
        return False


@dataclass
class Parts:
    """Contains the parts of a passenger list: the header with the flights, the groups of people, the trailer,
    and the unknown segments (`debris`)."""

    header: list[Seg] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    trailer: list[Seg] = field(default_factory=list)
    debris: list[Seg] = field(default_factory=list)


def qualifier(seg: Seg) -> str:
    """Returns the first component after the tag. In a LOC, DTM or RFF segment, the first component is the
    kind of the segment."""
    text = seg.text
    if seg.elements is None and text[3:4] == seg.syntax.element:
        return text[4:8].split(seg.syntax.element)[0].split(seg.syntax.component)[0].strip()
    return seg.get(1).strip()


def split(message: MessageText) -> Parts:
    """Splits a message into its parts, and corrects groups with swapped segments."""
    parts = Parts()
    groups = parts.groups
    segments = message.segments
    first = next((at for at in range(len(segments)) if _first_person(segments, at)), len(segments))
    _lead(parts, segments[:first])
    group: Group | None = None
    flights = any(seg.tag == "TDT" for seg in parts.header)
    for seg in segments[first:]:
        tag = seg.tag
        if group is not None and tag in _RANK:
            group.segs.append(seg)
        elif tag == "NAD" and qualifier(seg) == "MS":
            parts.header.append(seg)
            group = None
        elif tag == "NAD" or (tag not in _KNOWN and _damaged_nad(seg)):
            group = Group(seg, damaged=tag != "NAD" or qualifier(seg) not in ROLES)
            groups.append(group)
        elif tag in _TRAILER:
            parts.trailer.append(seg)
            group = None
        elif tag in _HEADER and not _personal(seg, flights):
            if groups:
                message.warn("segment_unexpected", "segment of the header after the people", seg)
            parts.header.append(seg)
            flights = flights or tag == "TDT"
            group = None
        elif tag in _RANK:
            # Before the first NAD or after CNT: segments of a person whose NAD is misplaced or lost.
            group = Group(None, damaged=True, segs=[seg])
            groups.append(group)
        else:
            parts.debris.append(seg)
    _find_steps(groups)
    _repair(message, groups)
    if groups and groups[0].nad is None and len(_own_facts(groups[0].segs)) < 2:
        lost = groups.pop(0).segs
        message.warn("segment_unexpected", "facts of a person before any person; left out", lost[0])
    return parts


def _first_person(segments: list[Seg], at: int) -> bool:
    """Returns whether the segment is the NAD of a person, intact or damaged. A NAD with an unknown role
    belongs to a person if data of a person follows this NAD. If no data of a person follows, the NAD with an
    unknown role belongs to a party of the message."""
    seg = segments[at]
    if seg.tag != "NAD":
        return seg.tag not in _KNOWN and _damaged_nad(seg)
    role = qualifier(seg)
    if role in ROLES or role == "MS":
        return role in ROLES
    following = itertools.takewhile(
        lambda other: other.tag not in ("NAD", "TDT"), segments[at + 1 : at + 20]
    )
    return bool(_own_facts(following))


def _own_facts(segs: Iterable[Seg]) -> set[str]:
    return {seg.tag + (qualifier(seg) if seg.tag == "DTM" else "") for seg in segs} & _OWN


def _lead(parts: Parts, segments: list[Seg]) -> None:
    """Assigns the segments before the first NAD to the header, or to a person whose NAD is lost or comes too
    late."""
    lead: list[Seg] = []
    flights = False
    for seg in segments:
        if _own_facts((seg,)) or (lead and _personal(seg, flights)):
            lead.append(seg)
        elif seg.tag in _HEADER or seg.tag in _RANK or seg.tag == "NAD":
            parts.header.append(seg)
            flights = flights or seg.tag == "TDT"
        else:
            (parts.trailer if seg.tag in _TRAILER else parts.debris).append(seg)
    if lead:
        parts.groups.append(Group(None, damaged=True, segs=lead))


def _find_steps(groups: list[Group]) -> None:
    """Finds the positions at which each group deviates from the standard order. The positions of deviations
    depend only on the first characters of each segment. Groups with the same first characters are therefore
    examined only once."""
    known: dict[tuple[str, ...], list[int]] = {}
    for group in groups:
        shape = tuple([seg.text[:7] if seg.tag == "DTM" else seg.text[:6] for seg in group.segs])
        steps = known.get(shape)
        if steps is None:
            group.fill(group.segs)
            known[shape] = group.steps
        else:
            group.steps = steps.copy() if steps else steps


def _personal(seg: Seg, flights: bool) -> bool:
    return (
        seg.tag in _PERSONAL
        or (seg.tag == "COM" and flights)
        or qualifier(seg) in _PERSONAL_QUALIFIERS.get(seg.tag, ())
    )


def _damaged_nad(seg: Seg) -> bool:
    el = seg.split()
    return el[0][0].strip().endswith(tuple(ROLES)) or any(part[0] in ROLES for part in el[1:4])


def _rank(seg: Seg, rank: int) -> int:
    """Returns the position of a segment in the standard order. `rank` is the position of the previous
    segment."""
    own, in_document = _RANK[seg.tag], rank == _DOCUMENT
    match seg.tag:
        case "GEI":  # describes the segment before it; senders place it anywhere
            return rank or own
        case "LOC" | "DTM":
            code = qualifier(seg)
            about_document = code in _OF_DOCUMENT[seg.tag] or (
                in_document and code not in _PERSONAL_QUALIFIERS[seg.tag]
            )
        case "RFF":
            about_document = in_document and qualifier(seg) not in _PERSONAL_QUALIFIERS["RFF"]
        case _:
            about_document = False
    return _DOCUMENT if about_document else own


# --- repair -------------------------------------------------------------------------------------


def _key(seg: Seg) -> str:
    """Returns a key for a segment that a person has only once, or an empty string for a segment that may be
    repeated."""
    if seg.tag in ("ATT", "NAT", "EMP"):
        return seg.tag
    if seg.tag in ("DTM", "LOC", "RFF"):
        found = qualifier(seg)
        return "" if found in ("36", "91", "CR") else f"{seg.tag}{found}"
    return ""


def _regular(segs: list[Seg], habits: frozenset[str]) -> bool:
    """Returns whether the segments can be the segments of one person.

    The segments must be in the standard order or in the sender's usual order. No field may occur twice, and
    an expiry date or issuer must come after the document to which it belongs.
    """
    keys = [key for key in map(_key, segs) if key]
    if len(set(keys)) < len(keys):
        return False
    group = Group(None)
    group.fill(segs)
    return all(_step(group, step) in habits for step in group.steps)


def _repair(message: MessageText, groups: list[Group]) -> None:
    counts = Counter(step for group in groups for step in {_step(group, at) for at in group.steps})
    habits = frozenset(step for step, count in counts.items() if count > 1)
    at = 0
    tries = _MOST_REPAIRS
    while at < len(groups):
        group = groups[at]
        after = groups[at + 1] if at + 1 < len(groups) else None
        steps = [step for step in group.steps if _step(group, step) not in habits]
        suspect = steps or group.nad is None or (after is not None and _incomplete(group, after))
        if after is not None and suspect and tries:
            tries -= 1
            cut = _swapped(group, after, steps, habits)
            if cut is not None and not _own(groups, at, cut, habits):
                _give_back(message, groups, at, cut)
                continue
        if steps:
            cut = _second_person(group, steps)
            if cut is not None:
                groups.insert(at + 1, _cut_off(group, cut))
            else:
                seg = group.segs[steps[0]]
                message.warn("segment_unexpected", "segment out of its order; it was read", seg)
        at += 1


def _step(group: Group, at: int) -> str:
    before = group.segs[at - 1].tag if at else "NAD"
    here = group.segs[at]
    return f"{before}>{here.tag}{qualifier(here) if here.tag in ('LOC', 'DTM', 'RFF') else ''}"


def _incomplete(group: Group, after: Group) -> bool:
    """Quickly checks for signs that a NAD was swapped with an adjacent segment. One sign is that `after`
    begins with an expiry date or issuer that is not preceded by a document. Another sign is that `group` ends
    with a repeated field."""
    if not group.segs:
        return False
    if after.segs:
        first = after.segs[0]
        if first.tag in ("DTM", "LOC") and _rank(first, 0) == _DOCUMENT:
            return True
    last = _key(group.segs[-1])
    return bool(last) and any(_key(seg) == last for seg in group.segs[:-1])


def _swapped(group: Group, after: Group, steps: list[int], habits: frozenset[str]) -> int | None:
    """Finds a swap of the NAD of `after` with one of the segments of its person: X, A…, NAD, B… instead of
    NAD, A…, X, B…. Returns the index in `group` at which the segments of the person of `after` begin. Returns
    None if no such swap explains the order of the segments."""
    segs = group.segs
    if group.nad is None:
        cuts = [0]
    elif steps:
        cuts = [max(steps[0] - 1, 0), steps[0]]
    else:
        cuts = list(range(len(segs) - 1, max(len(segs) - 12, -1), -1))
    found: int | None = None
    for cut in cuts:
        if _regular([*segs[cut + 1 :], segs[cut], *after.segs], habits):
            if found is None:
                found = cut
            if _regular(segs[:cut], habits):
                return cut
    return found


def _own(groups: list[Group], at: int, cut: int, habits: frozenset[str]) -> bool:
    """Returns whether the order of the segments can be explained equally well by a swap of two segments
    within one person and by a swapped NAD. If this function returns true, no segment is moved, unless the
    next person clearly lacks a segment."""
    group, after = groups[at], groups[at + 1]
    segs = group.segs
    if group.nad is None or len(segs) > _MOST_SWAPPED:
        return False
    said = {_key(seg) for seg in segs[:cut]} - {""}
    if any(_key(seg) in said for seg in segs[cut:]):
        return False
    first = after.segs[0] if after.segs else None
    if first is not None and first.tag in ("DTM", "LOC") and _rank(first, 0) == _DOCUMENT:
        return False
    starts = {
        other.segs[0].tag for n, other in enumerate(groups) if other.segs and n not in (at, at + 1)
    }
    if cut and (first is None or first.tag not in starts):
        return False
    for low, high in itertools.combinations(range(len(segs)), 2):
        tried = segs.copy()
        tried[low], tried[high] = segs[high], segs[low]
        if _regular(tried, habits):
            return True
    return False


def _give_back(message: MessageText, groups: list[Group], at: int, cut: int) -> None:
    group, after = groups[at], groups[at + 1]
    moved = group.segs[cut:]
    message.warn("segment_unexpected", "segments are before the NAD of their person", moved[0])
    after.fill([*moved[1:], moved[0], *after.segs])
    if group.nad is None:
        del groups[at]
    else:
        _cut_off(group, cut)


def _second_person(group: Group, steps: list[int]) -> int | None:
    """Returns the index at which the segments of a second person begin in a group, or None. A second person
    begins at the first deviation from the standard order, if at least two fields before this position are
    repeated after it."""
    cut = steps[0]
    before = {_key(seg) for seg in group.segs[:cut]} - {""}
    again = {_key(seg) for seg in group.segs[cut:]} & before
    return cut if len(again) >= 2 else None


def _cut_off(group: Group, cut: int) -> Group:
    """Removes the segments from index `cut` to the end of `group`, and returns these segments as the group of
    an unknown person."""
    rest = Group(None, damaged=True)
    rest.fill(group.segs[cut:])
    group.segs = group.segs[:cut]
    group.steps = [step for step in group.steps if step < cut]
    return rest
