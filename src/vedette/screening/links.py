"""Links between subjects that share identifiers: their weight, the links that the purpose matrix permits, the
paths to known cases, the values of profile columns, and the reasons for hits.

A *link* is an identifier that two subjects share. A *known case* is a subject with a confirmed result. The
weight of a link decreases as the number of holders of the identifier increases. A holder is a person or a
company, and is counted once, even if it appears several times. For example, the identification number of a
regular importer has one holder, whereas the telephone number of a call centre has many holders. A path has at
most two links. The weight of a path is the product of the weights of its links.

The *purpose matrix* (Directive (EU) 2016/681, articles 1(2) and 6(2)) states which links between data of
different themes and purposes are permitted. A cell consists of the theme and purpose of the subject, and of
the theme, purpose and class of offence of the case. No cell is required for a link between two subjects whose
themes are equal or belong to the same shared theme (`core.themes.same_data`). Any other link is permitted
only if one of its two subjects is a known case, and if cells permit a link to this case both from the other
subject and from the subject whose links are shown. If there is no cell, no link is permitted.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from vedette.core.themes import SHARED, same_data
from vedette.screening.reason import Reason

#: Kind of identifier → the weight of a link between two holders. Kinds that are absent do not link.
WEIGHTS: Mapping[str, float] = {
    "document": 1.0, "person": 0.9, "card": 0.9, "bank": 0.9, "serial": 0.9, "phone": 0.8, "email": 0.8,
    "vehicle": 0.7, "loyalty": 0.7, "licence": 0.6, "container": 0.6, "address": 0.5, "party": 0.5,
    "vessel": 0.2,
}  # fmt: skip
#: An identifier with this number of holders or more is common. A link does not follow a common identifier.
COMMON = 20
#: Maximum number of links of a path.
STEPS = 2
#: Days after which a link expires: to a subject without a confirmed result, and to a known case.
LINK_DAYS, CASE_DAYS = 90, 1095
#: Points that a path of weight 1 to a known case contributes to the priority of a hit.
POINTS = 20
#: Kinds of identifiers with a column `shared_<kind>_hits`.
COUNTED = ("phone", "email", "document", "address", "card", "party", "container", "bank", "vehicle")
#: All columns whose values this module computes.
COLUMNS = (
    *(f"shared_{kind}_hits" for kind in COUNTED),
    "links_to_seizures_1",
    "links_to_seizures_2",
    "link_weight",
)


class Cell(NamedTuple):
    """A cell of the purpose matrix."""

    subject_theme: str
    subject_purpose: str
    case_theme: str
    case_purpose: str
    offence: str


class Matter(NamedTuple):
    """The theme and the purpose of one reason of a known case, and the class of offence of the case. An empty
    class means that the case has not been classified yet. If the class is empty, no cell permits a link to
    the case."""

    theme: str
    purpose: str
    offence: str


@dataclass(frozen=True)
class Node:
    """A subject. `case` contains the matters of a known case, and is empty for any other subject. `known` is
    true for a known case, even if the reader may not see any of its reasons."""

    id: uuid.UUID
    theme: str
    purpose: str
    case: tuple[Matter, ...] = ()
    known: bool = False


@dataclass(frozen=True)
class Edge:
    """A link of two subjects. `token` identifies the shared identifier without revealing its clear-text
    value. `holders` is the number of its holders. `at` is the time at which the identifier of `other` was
    stored."""

    one: uuid.UUID
    other: uuid.UUID
    kind: str
    token: bytes
    holders: int
    at: dt.datetime

    @property
    def weight(self) -> float:
        """Returns the weight of the link, from 0 to 1."""
        return weight(self.kind, self.holders)


def weight(kind: str, holders: int) -> float:
    """Returns the weight of a link, from 0 to 1. The weight is 0 if the identifier is common or is not used
    for links."""
    if holders >= COMMON:
        return 0.0
    return WEIGHTS.get(kind, 0.0) / max(holders - 1, 1)


def matters(pairs: Iterable[tuple[str, str]], offence: str) -> tuple[Matter, ...]:
    """Returns the matters of a case from the themes and purposes of its reasons. A shared theme represents
    all themes that it contains, and results in one matter for each of them."""
    return tuple(
        dict.fromkeys(
            Matter(theme, purpose, offence)
            for shared, purpose in sorted(pairs)
            for theme in sorted(SHARED.get(shared, (shared,)))
        )
    )


def permitting(subject: Node, case: Node, cells: Collection[Cell]) -> Matter | None:
    """Returns the first matter of the case that the subject may be linked with, or None. If the themes of
    both subjects are equal or belong to the same shared theme, no cell is required."""
    for one in case.case:
        inside = same_data(subject.theme, case.theme)
        if inside or Cell(subject.theme, subject.purpose, *one) in cells:
            return one
    return None


@dataclass
class Graph:
    """The neighbourhood of a subject: the subjects and links that may be shown. `cut` is true if the
    neighbourhood has more subjects than were read."""

    root: Node
    nodes: dict[uuid.UUID, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    cut: bool = False

    @property
    def cases(self) -> list[Node]:
        """Returns the known cases, without the subject itself."""
        return [one for id_, one in self.nodes.items() if one.known and id_ != self.root.id]


def permitted(graph: Graph, cells: Collection[Cell], hidden: Collection[uuid.UUID] = ()) -> Graph:
    """Returns the part of a neighbourhood that the matrix permits, up to two steps from its root. `hidden`
    contains subjects that are excluded together with the links through them."""
    root = graph.root

    def allowed(from_: Node, to: Node) -> bool:
        return same_data(from_.theme, to.theme) or permitting(from_, to, cells) is not None

    nodes = {
        id_: one
        for id_, one in graph.nodes.items()
        if id_ == root.id or (id_ not in hidden and allowed(root, one))
    }
    nodes[root.id] = root
    edges = [
        edge
        for edge in graph.edges
        if edge.one in nodes and edge.other in nodes and edge.weight > 0
        and (
            same_data((one := nodes[edge.one]).theme, (other := nodes[edge.other]).theme)
            or permitting(one, other, cells) is not None
            or permitting(other, one, cells) is not None
        )
    ]  # fmt: skip
    steps = distances(root.id, edges)
    # A link between two subjects of the second step would need a third step.
    kept = [
        e
        for e in edges
        if e.one in steps and e.other in steps and min(steps[e.one], steps[e.other]) < STEPS
    ]
    return Graph(root, {id_: one for id_, one in nodes.items() if id_ in steps}, kept, graph.cut)


def distances(root: uuid.UUID, edges: Iterable[Edge], most: int = STEPS) -> dict[uuid.UUID, int]:
    """Returns the number of links between the root and each subject that is at most `most` links away."""
    beside: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for edge in edges:
        beside[edge.one].add(edge.other)
        beside[edge.other].add(edge.one)
    found, border = {root: 0}, [root]
    for step in range(1, most + 1):
        border = [b for a in border for b in sorted(beside[a]) if b not in found]
        found.update(dict.fromkeys(border, step))
    return found


@dataclass(frozen=True)
class Path:
    """A path from the root to a subject: its links in order, each with the two subjects in the order of the
    path."""

    edges: tuple[Edge, ...]

    @property
    def weight(self) -> float:
        """Returns the product of the weights of the links."""
        made = 1.0
        for edge in self.edges:
            made *= edge.weight
        return made

    @property
    def end(self) -> uuid.UUID:
        """Returns the subject at the end of the path."""
        return self.edges[-1].other

    @property
    def kinds(self) -> tuple[str, ...]:
        """Returns the kinds of the shared identifiers, in order."""
        return tuple(edge.kind for edge in self.edges)


def paths(graph: Graph, to: uuid.UUID | None = None) -> list[Path]:
    """Returns the paths from the root with at most two links, the strongest first. If `to` is given, returns
    only the paths to this subject. A path contains no identifier twice and no subject twice.
    """
    beside: dict[uuid.UUID, list[Edge]] = defaultdict(list)
    for edge in graph.edges:
        beside[edge.one].append(edge)
        beside[edge.other].append(replace(edge, one=edge.other, other=edge.one))
    root, found = graph.root.id, []
    for first in beside[root]:
        found.append(Path((first,)))
        found += [
            Path((first, second))
            for second in beside[first.other]
            if second.other != root and second.token != first.token
        ]
    wanted = [one for one in found if to is None or one.end == to]
    return sorted(wanted, key=lambda one: (-one.weight, len(one.edges), one.kinds, one.end.int))


def to_cases(graph: Graph) -> dict[uuid.UUID, Path]:
    """Returns the strongest path to each known case."""
    known = {one.id for one in graph.cases}
    best: dict[uuid.UUID, Path] = {}
    for path in paths(graph):
        if path.end in known:
            best.setdefault(path.end, path)
    return best


def values(graph: Graph, held: Collection[str], whole: bool) -> dict[str, object]:
    """Returns the values of the columns `COLUMNS` of a subject. `held` contains the kinds of identifiers of
    the subject. The counts for all other kinds are missing. `whole` is false if subjects that connected this
    subject with known cases may have been deleted. In this case, the counts over two links would be too low
    and are therefore missing."""
    ends = to_cases(graph)
    made: dict[str, object] = {}
    for kind in COUNTED:
        if kind in held:
            shared = {p.end for p in paths(graph) if p.kinds == (kind,)} & ends.keys()
            made[f"shared_{kind}_hits"] = len(shared)
    if not set(held) & WEIGHTS.keys():
        return made
    steps = distances(graph.root.id, graph.edges)
    made["links_to_seizures_1"] = sum(steps[end] == 1 for end in ends)
    if whole and not graph.cut:
        made["links_to_seizures_2"] = len(ends)
        made["link_weight"] = round(max((one.weight for one in ends.values()), default=0.0), 3)
    return made


def reasons(graph: Graph, cells: Collection[Cell], version: str) -> list[Reason]:
    """Returns the reasons that the known cases of a neighbourhood add to a hit: one for each theme and
    purpose of the cases. Only readers of this theme and purpose see the reason. A link alone does not create
    a hit: the caller adds these reasons only if there are other reasons. `version` identifies the matrix."""
    found: dict[tuple[str, str], list[Path]] = defaultdict(list)
    for id_, path in to_cases(graph).items():
        matter = permitting(graph.root, graph.nodes[id_], cells)
        if matter is not None:
            found[matter.theme, matter.purpose].append(path)
    made = []
    for (theme, purpose), some in sorted(found.items()):
        strongest = max(some, key=lambda one: one.weight)
        made.append(
            Reason(
                kind="link", key=f"link:{theme}:{purpose}", theme=theme, purpose=purpose,
                contribution=max(1, round(POINTS * strongest.weight)), score=round(strongest.weight, 3),
                params={
                    "cases": len(some), "steps": min(len(one.edges) for one in some),
                    "kinds": sorted({kind for one in some for kind in one.kinds}),
                },
                knowledge=version,
            )
        )  # fmt: skip
    return made


# --- resolution -----------------------------------------------------------------------------------

#: Points for each agreement and disagreement of two records. Records with at least `SAME` points are of one
#: person or company.
SAME = 1.0
_NAME, _EXACT, _DOCUMENT, _BIRTH, _CONTACT = 0.6, 0.1, 0.7, 0.4, 0.25
#: Two documents of a person differ more often (a renewal) than two registration numbers of a company.
_OTHER_DOCUMENT, _OTHER_NUMBER, _OTHER_BIRTH = -0.1, -0.5, -0.9
#: Score of names from which they are equal, from which they agree, and below which they contradict each
#: other.
NAMES_EQUAL, NAMES_AGREE, NAMES_DIFFER = 0.95, 0.8, 0.55


@dataclass(frozen=True)
class RecordOf:
    """A record of a person or a company, as a message states it. `documents` contains normalised numbers.
    `contacts` contains normalised telephone numbers, e-mail addresses and addresses."""

    id: uuid.UUID
    company: bool
    names: tuple[str, ...]
    birth: str = ""
    documents: frozenset[str] = frozenset()
    contacts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Agreement:
    """The result of a comparison of two records, which states why they belong, or do not belong, to one
    person or company. `points` is the sum of the contributions in `terms`, which contains pairs of a code
    (`name`, `document`, `birth_date`, `contact`, `other_document`, `other_birth_date`, `other_name`) and the
    points for this code.
    """

    one: uuid.UUID
    other: uuid.UUID
    terms: tuple[tuple[str, float], ...]

    @property
    def points(self) -> float:
        """Returns the sum of the contributions."""
        return round(sum(points for _, points in self.terms), 3)

    @property
    def conflict(self) -> bool:
        """Returns whether the documents of the two records differ."""
        return any(code == "other_document" for code, _ in self.terms)


def agreement(one: RecordOf, other: RecordOf, similar: Callable[[str, str], float]) -> Agreement:
    """Compares two records. `similar` returns the score of two names, from 0 to 1 (the names engine)."""
    terms: list[tuple[str, float]] = []
    score = max(
        (1.0 if a == b else similar(a, b) for a in one.names for b in other.names), default=None
    )
    if score is not None and score >= NAMES_AGREE:
        terms.append(("name", _NAME + (_EXACT if score >= NAMES_EQUAL else 0)))
    elif score is not None and score < NAMES_DIFFER:
        terms.append(("other_name", -_NAME))
    if one.documents & other.documents:
        terms.append(("document", _DOCUMENT))
    elif one.documents and other.documents:
        terms.append(("other_document", _OTHER_NUMBER if one.company else _OTHER_DOCUMENT))
    if one.birth and other.birth:
        if one.birth == other.birth:
            terms.append(("birth_date", _BIRTH))
        else:
            terms.append(("other_birth_date", _OTHER_BIRTH))
    if shared := one.contacts & other.contacts:
        terms.append(("contact", _CONTACT + 0.1 * min(len(shared) - 1, 2)))
    return Agreement(one.id, other.id, tuple(terms))


@dataclass(frozen=True)
class Resolved:
    """Records of one person or company, and the agreements between these records. `conflicts` contains the
    pairs of records with different documents: a person must check them.
    """

    records: tuple[uuid.UUID, ...]
    because: tuple[Agreement, ...] = ()
    conflicts: tuple[Agreement, ...] = ()


def resolve(
    records: Sequence[RecordOf],
    similar: Callable[[str, str], float],
    split: Collection[tuple[uuid.UUID, uuid.UUID]] = (),
) -> list[Resolved]:
    """Groups records by person and company. Records are compared if they share a document, a contact, a birth
    date or a word of a name. The pairs with the most points are joined first. Records that an officer
    separated (`split`) are never in the same result, even if a third record would connect them.

    Pairs of records that are in the same result but have different documents are listed in `conflicts`, so
    that a person can check them.
    """
    by_id = {one.id: one for one in records}
    blocks: dict[tuple[str, str], list[uuid.UUID]] = defaultdict(list)
    for one in records:
        keys = {("d", d) for d in one.documents} | {("c", c) for c in one.contacts}
        if one.birth:
            keys.add(("b", one.birth))
        elif not one.documents or one.company:
            keys |= {("w", word) for name in one.names for word in name.split() if len(word) > 3}
        for key in keys:
            blocks[key].append(one.id)
    compared: dict[tuple[uuid.UUID, uuid.UUID], Agreement] = {}
    for some in blocks.values():
        # A block that many records share identifies nobody.
        for n, a in enumerate(some if len(some) <= 400 else ()):
            for b in some[n + 1 :]:
                pair = (min(a, b), max(a, b))
                if pair not in compared and by_id[a].company == by_id[b].company:
                    compared[pair] = agreement(by_id[pair[0]], by_id[pair[1]], similar)
    apart: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for a, b in split:
        apart[a].add(b)
        apart[b].add(a)
    members = {one.id: {one.id} for one in records}
    because: dict[uuid.UUID, list[Agreement]] = defaultdict(list)
    strong = sorted(
        (one for one in compared.values() if one.points >= SAME),
        key=lambda one: (-one.points, one.one.int, one.other.int),
    )
    for found in strong:
        left, right = members[found.one], members[found.other]
        if left is right or any(apart[a] & right for a in left):
            continue
        # Two people with different birth dates are not joined through a third record.
        births = {by_id[a].birth for a in (*left, *right)} - {""}
        if len(births) > 1:
            continue
        left |= right
        for id_ in right:
            members[id_] = left
        because[found.one].append(found)
    made = []
    for group in {id(one): one for one in members.values()}.values():
        ids = tuple(sorted(group, key=lambda one: one.int))
        why = tuple(found for id_ in ids for found in because[id_])
        conflicts = tuple(
            agreement(by_id[a], by_id[b], similar)
            for n, a in enumerate(ids)
            for b in ids[n + 1 :]
            if by_id[a].documents
            and by_id[b].documents
            and not by_id[a].documents & by_id[b].documents
        )
        made.append(Resolved(ids, why, conflicts))
    return sorted(made, key=lambda one: one.records[0].int)
