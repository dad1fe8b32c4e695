"""The data of the page of links: the linked records that the reader may see, grouped by person and company,
with their paths and times, and the number of masked records."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vedette.apps.hits.models import Hit, SeenHit
from vedette.apps.links import neighbours
from vedette.apps.links.models import Offence, Split
from vedette.apps.subjects.kinds import by_kind, queue_rows
from vedette.apps.subjects.models import Subject
from vedette.screening import links
from vedette.screening.links import Agreement, Graph, Path, RecordOf, Resolved

#: Maximum number of persons and companies in the drawing, and of records in the table.
MOST_DRAWN, MOST = 36, 100


@dataclass
class Row:
    """A linked record of the table."""

    id: uuid.UUID
    title: str
    page: str
    kind: str
    at: dt.datetime
    day: dt.date | None
    group: str
    step: int
    #: The strongest path from the subject of the page.
    path: Path | None
    hit: SeenHit | None = None
    #: The class of offence of a known case; None for any other record.
    offence: str | None = None
    #: The other records of the same person or company, and the agreements with them.
    same: Sequence[uuid.UUID] = ()
    because: Sequence[Agreement] = ()
    conflicts: Sequence[Agreement] = ()

    @property
    def case(self) -> bool:
        """Whether the record is a known case."""
        return self.offence is not None


@dataclass
class Seen:
    """The links of a subject, as the page shows them. If the subject itself is masked, `masked` is true and
    no link is shown. `hidden` is the number of linked known cases that are masked."""

    root: uuid.UUID
    masked: bool = False
    graph: Graph | None = None
    rows: dict[uuid.UUID, Row] = field(default_factory=dict)
    resolved: Sequence[Resolved] = ()
    hidden: int = 0
    more: int = 0
    version: int = 0

    @property
    def others(self) -> list[Row]:
        """Returns the linked records, known cases and strong links first."""
        return [one for one in self.rows.values() if one.id != self.root]

    @property
    def cases(self) -> list[Row]:
        """Returns the linked known cases."""
        return [one for one in self.others if one.case]

    def paths(self, to: uuid.UUID) -> list[Path]:
        """Returns the paths to a record, the strongest first."""
        return links.paths(self.graph, to)[:20] if self.graph and to in self.rows else []

    @property
    def timeline(self) -> list[Row]:
        """Returns the records in the order of their time."""
        return sorted(self.rows.values(), key=lambda one: (one.at, one.id.int))


def of(root: uuid.UUID, resolve: bool = True) -> Seen:
    """Returns the links of a subject. If `resolve` is false, the records are not grouped by person and
    company, and the names engine does not have to be loaded. Raises `Subject.DoesNotExist` if the reader does
    not see the subject. The links of a masked or restricted subject are empty.
    """
    subject = Subject.objects.only("pk", "restricted").get(pk=root)
    version, cells = neighbours.in_force()
    seen = Seen(root, version=version)
    graph = None if subject.restricted else neighbours.seen(root)
    shown = queue_rows([root]) if graph else {}
    if graph is None or root not in shown or shown[root]["masked"]:
        seen.masked = True
        return seen
    every = links.permitted(graph, cells)
    shown |= queue_rows(list(every.nodes.keys() - {root}))
    # A masked record is not shown beside a named one, and its identifiers lead nowhere: both would name it.
    hidden = {id_ for id_ in every.nodes if id_ not in shown or shown[id_]["masked"]}
    seen.graph = links.permitted(graph, cells, hidden)
    seen.hidden = sum(one.id in hidden for one in every.cases)
    _fill(seen, shown, resolve)
    return seen


def _fill(seen: Seen, shown: Mapping[uuid.UUID, Mapping[str, Any]], resolve: bool) -> None:
    graph = seen.graph
    assert graph is not None  # noqa: S101  the caller set it
    strongest: dict[uuid.UUID, Path] = {}
    for path in links.paths(graph):
        strongest.setdefault(path.end, path)
    known = {one.id for one in graph.cases}
    order = sorted(strongest, key=lambda one: (one not in known, -strongest[one].weight, one.int))
    seen.more = max(len(order) - MOST, 0)
    kept = [seen.root, *order[:MOST]]
    if seen.more:
        within = set(kept)
        graph = seen.graph = Graph(
            graph.root, {id_: graph.nodes[id_] for id_ in kept},
            [e for e in graph.edges if e.one in within and e.other in within], True,
        )  # fmt: skip
    steps = links.distances(seen.root, graph.edges)
    hits = {
        one.subject_id: one
        for one in SeenHit.objects.filter(subject_id__in=kept).exclude(state=Hit.State.VOID)
    }
    times = dict(Subject.objects.filter(pk__in=kept).values_list("pk", "received_at"))
    offences = dict(Offence.objects.filter(pk__in=kept).values_list("pk", "offence"))
    if resolve:
        splits = Split.objects.filter(subject_id__in=kept, other__in=kept)
        seen.resolved = resolved(kept, [(one.subject_id, one.other) for one in splits])
    of_record = {id_: one for one in seen.resolved for id_ in one.records}
    words = _kind_words(kept)
    for id_ in kept:
        about, person = shown[id_], of_record.get(id_)
        mine = [id_] if person is None else person.records
        seen.rows[id_] = Row(
            id_, about["title"], about["page"], words.get(id_, ""), times[id_], about.get("on"),
            about.get("group") or "", steps.get(id_, 0), strongest.get(id_), hits.get(id_),
            offences.get(id_, "") if id_ in known or (id_ == seen.root and graph.root.known) else None,
            [one for one in mine if one != id_],
            [one for one in person.because if id_ in (one.one, one.other)] if person else (),
            [one for one in person.conflicts if id_ in (one.one, one.other)] if person else (),
        )  # fmt: skip


def _kind_words(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    found = by_kind(Subject.objects.filter(pk__in=ids).only("pk", "kind"))
    return {one.pk: str(kind.theme[0]) for kind, some in found for one in some}


def records(ids: Collection[uuid.UUID]) -> list[RecordOf]:
    """Returns the records of the persons and companies of these subjects, without masked records."""
    return [
        record
        for kind, some in by_kind(Subject.objects.filter(pk__in=ids).only("pk", "kind"))
        for record in kind.identity([one.pk for one in some]).values()
    ]


def resolved(
    ids: Collection[uuid.UUID], split: Collection[tuple[uuid.UUID, uuid.UUID]]
) -> list[Resolved]:
    """Returns the persons and companies to which these records belong."""
    found = records(ids)
    return links.resolve(found, similar, split)


def similar(one: str, other: str) -> float:
    """Returns the similarity score of two names, which the names engine computes."""
    # The engine needs 80 MB, so a web process loads it at the first use.
    from vedette.screening.names.compare import compare

    return compare(one, other).score


@dataclass
class Person:
    """The records of one person or company in the drawing."""

    id: uuid.UUID
    rows: list[Row]
    step: int

    @property
    def case(self) -> bool:
        """Whether one of the records is a known case."""
        return any(one.case for one in self.rows)


def persons(seen: Seen) -> dict[uuid.UUID, Person]:
    """Maps the id of each record on the page to the person or company to which the record belongs."""
    found: dict[uuid.UUID, Person] = {}
    for row in seen.rows.values():
        mine = next((found[one] for one in row.same if one in found), None)
        if mine is None:
            mine = Person(row.id, [], row.step)
        mine.rows.append(row)
        mine.step = min(mine.step, row.step)
        found[row.id] = mine
    return found


def drawn(seen: Seen, opened: Collection[uuid.UUID]) -> tuple[list[Person], dict[uuid.UUID, int]]:
    """Returns the persons and companies that the drawing shows. For each person that is one link away, also
    returns the number of neighbours that are not drawn. The drawing contains the persons that are one link
    away, the known cases, and the neighbours of the persons that the reader opened.
    """
    of_record = persons(seen)
    people = list({id(one): one for one in of_record.values()}.values())
    beside: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for edge in seen.graph.edges if seen.graph else ():
        one, other = of_record[edge.one], of_record[edge.other]
        if one is not other:
            beside[one.id].add(other.id)
            beside[other.id].add(one.id)
    by_id = {one.id: one for one in people}
    shown = [
        one for one in people
        if one.step < links.STEPS or one.case
        or any(of_record[o].id in beside[one.id] for o in opened if o in of_record)
    ]  # fmt: skip
    shown.sort(key=lambda one: (one.step, not one.case))
    # The subject itself, then known cases: they stay if the drawing has no more room.
    kept = sorted(shown, key=lambda one: (one.step > 0, not one.case, one.step))[:MOST_DRAWN]
    ids = {one.id for one in kept}
    shown = [one for one in shown if one.id in ids]
    left = {
        one.id: len([o for o in beside[one.id] if o not in ids and by_id[o].step == links.STEPS])
        for one in shown
        if one.step == 1
    }
    return shown, left
