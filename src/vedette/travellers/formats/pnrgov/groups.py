"""Splits the segments of a message into bookings, and corrects the order of a traveller's segments.

PADIS 13.1 prescribes the order TIF FTI IFT REF EBD FAR SSR ADD, then for each ticket TKT MON PTK TXD DAT FOP
IFT. Some senders use variants of the prescribed order. A deviation is therefore treated as damage only if it
occurs once in a message.
"""

from __future__ import annotations

import itertools
from collections import Counter

from vedette.formats.edifact import TAGS, Seg
from vedette.travellers.formats.pnrgov.drafts import Context

#: Position of a segment among the segments of a traveller.
RANK = {
    "TIF": 0, "FTI": 1, "IFT": 2, "REF": 3, "EBD": 4, "FAR": 5, "SSR": 6, "TKT": 8, "MON": 9, "PTK": 10,
    "TXD": 11, "DAT": 12, "FOP": 13,
}  # fmt: skip
#: Segments that occur only among the segments of a traveller, and never before the first traveller.
PERSONAL = frozenset({"FTI", "REF", "FAR", "TKT", "MON", "PTK", "TXD", "FOP"})
_REPEATED = frozenset({1, 2, 4, 6, 8, 11, 13})
_AFTER_PEOPLE = frozenset({"EQN", "MSG", "ABI", "LTS", "RPI", "TRI"})
#: If more segments than this are between two travellers, their order is not changed.
_WINDOW = 300

Jump = tuple[int, int]


def is_flight(seg: Seg) -> bool:
    """Returns whether a TVL describes a flight. A flight has a date, an airport, a carrier or a number."""
    return any(map(any, seg.el[1:]))


def split(segments: list[Seg], context: Context) -> tuple[list[Seg], list[list[Seg]]]:
    """Returns the segments before the first booking, and the segments of each booking."""
    starts: list[int] = []
    for at in [at for at, seg in enumerate(segments) if seg.tag == "SRC"]:
        before = segments[starts[-1] : at] if starts else []
        if _accidental(segments, at, before):
            context.warn("segment_unexpected", "SRC inside a traveller's group", segments[at])
        else:
            starts.append(at)
    head = segments[: starts[0]] if starts else segments
    lost = next((at for at, seg in enumerate(head) if seg.tag in ("RCI", "TIF")), None)
    if lost is not None:
        context.warn("segment_unexpected", "a booking without its SRC", segments[lost])
        starts.insert(0, lost)
    ends = itertools.pairwise([*starts, len(segments)])
    return head[:lost], [segments[start:end] for start, end in ends]


def _accidental(segments: list[Seg], at: int, current: list[Seg]) -> bool:
    """Returns whether an SRC is in the middle of a traveller's segments: no flight precedes the SRC, and a
    segment of a traveller follows."""
    if at + 1 == len(segments) or segments[at + 1].tag not in PERSONAL:
        return False
    tags = {seg.tag for seg in current}
    return "TIF" in tags and not tags & {"TVL", "ABI", "LTS"}


def _rank(seg: Seg) -> int | None:
    rank = RANK.get(seg.tag)
    return None if rank == 2 and seg.get(1, 1) != "28" else rank


def _jumps(segs: list[Seg], start: int, end: int) -> list[tuple[Jump, int]]:
    """Returns the deviations from the order in `segs[start:end]`, with their positions. A segment in
    `PERSONAL` before the first traveller is a deviation. Any segment may follow an unknown segment, because
    an unknown segment may be a damaged TIF."""
    found: list[tuple[Jump, int]] = []
    before = -1
    ranks = RANK.get
    for at in range(start, end):
        seg = segs[at]
        rank = ranks(seg.tag)
        if rank is None and seg.tag not in TAGS:
            before = 0
            continue
        if rank is None or (rank == 2 and seg.get(1, 1) != "28"):
            continue
        if before == -1:
            if rank == 0:
                before = 0
            elif seg.tag in PERSONAL:
                found.append(((-1, rank), at))
            continue
        if rank and (
            (rank < before and not (rank == 8 and before > 8))
            or (rank == before and rank not in _REPEATED)
        ):
            found.append(((before, rank), at))
        before = rank
    return found


def people_end(segs: list[Seg]) -> int:
    """Returns the index of the first segment after the segments of travellers: the first flight, or a segment
    that occurs only after flights."""
    ends = (
        at
        for at, seg in enumerate(segs)
        if seg.tag in _AFTER_PEOPLE or (seg.tag == "TVL" and is_flight(seg))
    )
    return next(ends, len(segs))


def mend(bookings: list[list[Seg]], context: Context) -> None:
    """Moves a TIF back if it was swapped with another segment of its traveller. Without this correction,
    segments of the traveller would be assigned to the previous traveller. The TIF is moved only if the move
    corrects every deviation from the segment order that occurs only once in the message."""
    all_jumps = [_jumps(segs, 0, people_end(segs)) for segs in bookings]
    counted = Counter(jump for jumps in all_jumps for jump, _ in jumps)
    for segs, jumps in zip(bookings, all_jumps, strict=True):
        rare = [at for jump, at in jumps if counted[jump] == 1]
        if rare:
            _mend(segs, rare, counted, context)


def _mend(segs: list[Seg], rare: list[int], counted: Counter[Jump], context: Context) -> None:
    end = people_end(segs)
    tifs = [at for at in range(end) if segs[at].tag == "TIF"]
    for place in rare:
        later = next((at for at in tifs if at > place), None)
        if later is None:
            return
        earlier = max((at for at in tifs if at < place), default=-1)
        stop = next((at for at in tifs if at > later), end)
        if stop - earlier > _WINDOW:
            continue
        fits = _fits(segs, earlier, later, stop, counted)
        other = next((at for at in fits if _belongs(segs, earlier, at, later, stop)), None)
        if other is not None:
            segs[other], segs[later] = segs[later], segs[other]
            context.warn(
                "segment_unexpected",
                "TIF was inside its own group",
                segs[other],
            )
            return
        if earlier >= 0:
            _quarantine(segs, earlier, min([place, *fits[:1]]), later, context)


def _fits(
    segs: list[Seg], earlier: int, later: int, stop: int, counted: Counter[Jump]
) -> list[int]:
    """Returns the positions with which the TIF at `later` may have been swapped, the nearest position first.
    When the swap is undone, every remaining deviation from the order occurs more than once in the message."""
    found = []
    for other in range(later - 1, earlier, -1):
        segs[other], segs[later] = segs[later], segs[other]
        if all(counted[jump] > 1 for jump, _ in _jumps(segs, max(earlier, 0), stop)):
            found.append(other)
        segs[other], segs[later] = segs[later], segs[other]
    return found


def _quarantine(segs: list[Seg], earlier: int, start: int, later: int, context: Context) -> None:
    """Marks segments that may belong to the previous or to the next traveller, so that their position is not
    used to find the owner. A marked segment that names its owner is assigned to this owner. Contact data in
    marked segments is assigned to the booking. All other marked segments are left out."""
    context.warn(
        "segment_unexpected",
        "segments between two travellers whose owner is unclear",
        segs[start],
    )
    context.unowned.update(seg.offset for seg in segs[start:later])
    context.loose.update(seg.offset for seg in segs[earlier + 1 : later])


def _belongs(segs: list[Seg], earlier: int, other: int, later: int, stop: int) -> bool:
    """Returns whether the previous traveller already has the kinds of segments in `segs[other:later]`, and
    the traveller of the TIF at `later` lacks them."""
    moved = _once(segs[other:later])
    if not moved or moved & _once(segs[later + 1 : stop]):
        return False
    return earlier < 0 or bool(moved & _once(segs[earlier + 1 : other]))


def _once(segs: list[Seg]) -> set[int]:
    """Returns the ranks of the segments that a traveller usually has only once. The rank of SSR is not
    returned, because a traveller often has several SSR."""
    return {rank for seg in segs if (rank := _rank(seg)) is not None} - {0, 4, 6}
