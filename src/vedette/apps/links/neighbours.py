"""Reads the neighbourhoods of subjects from the database (`vedette_links_of` in `apps/sql/links.sql`), for
readers and for workers, and applies the purpose matrix (`screening.links.permitted`).

Readers see only subjects, hits and reasons within their scope. Workers see every reason, and each of their
SQL statements names the organisation.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection as web
from psycopg import Connection

from vedette.apps.links.models import Matrix
from vedette.apps.subjects.tables import declared
from vedette.core.themes import same_data
from vedette.screening import links
from vedette.screening.links import Cell, Edge, Graph, Node
from vedette.screening.reason import Reason

#: Maximum number of rows that are read for one identifier, and of subjects of the first step whose links are
#: followed.
READ, BORDER = 150, 40
#: Additional days of a retention period, which starts on the first day of a month.
SLACK = 31
LIMITS = json.dumps(
    {
        "kinds": list(links.WEIGHTS), "common": links.COMMON, "link_days": links.LINK_DAYS,
        "case_days": links.CASE_DAYS, "read": READ, "border": BORDER,
    }
)  # fmt: skip

_SEEN = "SELECT * FROM vedette_links_seen(%s::uuid[], vedette_now(), %s::jsonb)"
_OF = "SELECT * FROM vedette_links_of(%s, %s::uuid[], %s, %s::jsonb, %s, false)"
# A subject that was selected at random and has no hit is a known case if its control found something.
_CASES_SEEN = """
    SELECT o.subject_id, f.offence, r.theme, r.purpose
    FROM hit_outcome o LEFT JOIN links_offence f ON f.subject_id = o.subject_id
    JOIN hits_reason r ON r.hit_id = o.hit_id AND r.state <> 'void'
    WHERE o.subject_id = ANY(%(ids)s::uuid[]) AND o.outcome = 'confirmed'
    UNION
    SELECT c.subject_id, f.offence, s.theme, s.purpose
    FROM enforcement_controlorder c JOIN subjects_subject s ON s.id = c.subject_id
    LEFT JOIN links_offence f ON f.subject_id = c.subject_id
    WHERE c.subject_id = ANY(%(ids)s::uuid[]) AND c.hit_id IS NULL AND c.finding = 'found'
"""
_SUBJECTS_SEEN = """
    SELECT id, theme, purpose FROM subjects_subject WHERE id = ANY(%(ids)s::uuid[]) AND NOT restricted
"""
_SUBJECTS = """
    SELECT id, theme, purpose FROM subjects_subject
    WHERE organisation_id = %(home)s AND id = ANY(%(ids)s) AND NOT restricted
"""
_CASES = """
    SELECT c.subject_id, f.offence, coalesce(r.theme, s.theme), coalesce(r.purpose, s.purpose)
    FROM hits_confirmed c JOIN subjects_subject s ON s.id = c.subject_id
    LEFT JOIN links_offence f ON f.subject_id = c.subject_id
    LEFT JOIN hits_hit h ON h.subject_id = c.subject_id AND h.organisation_id = c.organisation_id
    LEFT JOIN hits_reason r ON r.hit_id = h.id AND r.state <> 'void'
    WHERE c.organisation_id = %(home)s AND c.subject_id = ANY(%(ids)s) AND c.since <= %(as_of)s
      AND (c.until IS NULL OR c.until > %(as_of)s)
"""
_HELD = """
    SELECT subject_id, array_agg(DISTINCT kind) FROM subjects_identifier
    WHERE organisation_id = %(home)s AND subject_id = ANY(%(ids)s) AND at <= %(as_of)s GROUP BY subject_id
"""
_KEPT = """
    SELECT min(p.delete_after), min(p.keep_after) FROM unnest(%s::text[]) class, vedette_periods(class, %s) p
"""
_MATRIX = """
    SELECT version, cells::text FROM links_matrix WHERE organisation_id = %s ORDER BY version DESC LIMIT 1
"""


def cells_of(stored: Iterable[Sequence[str]]) -> frozenset[Cell]:
    """Returns the stored cells of the purpose matrix."""
    return frozenset(Cell(*one) for one in stored)


def in_force() -> tuple[int, frozenset[Cell]]:
    """Returns the number and the cells of the matrix of the reader's organisation. If there is no matrix, the
    number is 0 and no link is permitted."""
    found = Matrix.objects.order_by("-version").first()
    return (found.version, cells_of(found.cells)) if found else (0, frozenset())


def seen(root: uuid.UUID) -> Graph | None:
    """Returns the links of a subject as the reader may see them, before the matrix is applied. Returns None
    if the reader does not see the subject, or if its processing is restricted."""
    with web.cursor() as cursor:
        cursor.execute(_SEEN, [[root], LIMITS])
        rows = cursor.fetchall()
        ids = list({root, *(row[2] for row in rows), *(row[3] for row in rows)})
        cursor.execute(_SUBJECTS_SEEN, {"ids": ids})
        subjects = cursor.fetchall()
        cursor.execute(_CASES_SEEN, {"ids": ids})
        cases = cursor.fetchall()
    return _graphs([root], rows, subjects, cases).get(root)


def permitted_for(root: uuid.UUID, hidden: Collection[uuid.UUID] = ()) -> Graph | None:
    """Returns the links of a subject that the reader may see and that the matrix permits."""
    graph = seen(root)
    return links.permitted(graph, in_force()[1], hidden) if graph else None


def _graphs(
    roots: Iterable[uuid.UUID],
    rows: Iterable[Sequence[Any]],
    subjects: Iterable[Sequence[Any]],
    cases: Iterable[Sequence[Any]],
) -> dict[uuid.UUID, Graph]:
    pairs: dict[uuid.UUID, set[tuple[str, str]]] = defaultdict(set)
    offences: dict[uuid.UUID, str] = {}
    for id_, offence, theme, purpose in cases:
        pairs[id_].add((theme, purpose))
        offences[id_] = offence or ""
    nodes = {
        id_: Node(
            id_, theme, purpose, links.matters(pairs[id_], offences[id_]) if id_ in pairs else (),
            id_ in pairs,
        )
        for id_, theme, purpose in subjects
    }  # fmt: skip
    graphs = {root: Graph(nodes[root]) for root in roots if root in nodes}
    first: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    #: (root, token) → its subjects of the first step, and the other rows with the identifier.
    second: dict[tuple[uuid.UUID, bytes], tuple[set[uuid.UUID], list[Edge]]] = {}
    for root, step, one, other, kind, token, holders, at, cut in rows:
        graph = graphs.get(root)
        if graph is None or one not in nodes or other not in nodes:
            continue
        graph.nodes[one], graph.nodes[other] = nodes[one], nodes[other]
        graph.cut |= cut
        edge = Edge(one, other, kind, bytes(token), holders, at)
        if step == 1:
            first[root].add(other)
            graph.edges.append(_counted(graph, edge))
        else:
            ones, some = second.setdefault((root, edge.token), (set(), []))
            ones.add(one)
            some.append(edge)
    for (root, _), (ones, some) in second.items():
        graph = graphs[root]
        ones |= {edge.other for edge in some} & first[root]
        graph.edges += [
            _counted(graph, replace(edge, one=one))
            for edge in some
            for one in ones
            # Two subjects of the first step are linked once.
            if one != edge.other and (edge.other not in ones or one.int < edge.other.int)
        ]
        if not any(one.other in ones for one in some):
            continue
        # The subject that the rows name has no row of its own.
        (named,) = {edge.one for edge in some}
        last = some[-1]
        graph.edges += [
            _counted(graph, Edge(one, named, last.kind, last.token, last.holders, last.at))
            for one in ones
            if one.int < named.int
        ]
    return graphs


def _counted(graph: Graph, edge: Edge) -> Edge:
    """Returns a link with the number of holders that the reader of the first subject may know: the holders
    with the same theme and purpose, and the known case with another theme or purpose.
    """
    ends = (graph.nodes[edge.one], graph.nodes[edge.other])
    inside = all(same_data(graph.root.theme, one.theme) for one in ends)
    return edge if inside else replace(edge, holders=edge.holders + 1)


@dataclass(frozen=True)
class Found:
    """The values that the links of a subject add to its screening: values of profile columns, and reasons."""

    values: Mapping[str, object]
    reasons: Sequence[Reason]


def of_subjects(
    connection: Connection[Any],
    organisation: uuid.UUID,
    ids: Sequence[uuid.UUID],
    as_of: dt.datetime,
) -> dict[uuid.UUID, Found]:
    """Returns, for stored subjects, the profile values and the reasons that result from their links, as known
    at the time `as_of`.

    Profile columns count only known cases with the same theme and purpose. A profile has one theme, and its
    readers may not see the cases of other themes. Cases of other themes that the matrix permits become
    reasons, which only the readers of the theme of the case see.
    """
    about = {"home": organisation, "ids": list(ids), "as_of": as_of}
    held = dict(connection.execute(_HELD, about))
    classes = list(declared().classes)
    deleted, kept = connection.execute(_KEPT, [classes, as_of.date()]).fetchone() or (0, 0)
    if kept < links.CASE_DAYS + SLACK:
        return {}
    whole = deleted >= links.LINK_DAYS + SLACK
    any_case = "SELECT EXISTS (SELECT FROM hits_confirmed WHERE organisation_id = %(home)s)"
    if connection.execute(any_case, about).fetchone() != (True,):
        none = Node(uuid.UUID(int=0), "", "")
        return {id_: Found(links.values(Graph(none), held.get(id_, ()), whole), ()) for id_ in ids}
    number, cells = matrix(connection, organisation)
    graphs = all_of(connection, organisation, ids, as_of)
    made = {}
    for id_, graph in graphs.items():
        inside = links.permitted(graph, ())
        made[id_] = Found(
            links.values(inside, held.get(id_, ()), whole),
            links.reasons(links.permitted(graph, cells), cells, f"matrix {number}"),
        )
    return made


#: Organisations with a changed case, a new version of the matrix, or a cleared identifier.
_CHANGED = """
    SELECT o.id FROM accounts_organisation o LEFT JOIN links_state s ON s.organisation_id = o.id
    WHERE EXISTS (SELECT FROM links_offence f WHERE f.organisation_id = o.id AND f.changed)
       OR s.changed
       OR EXISTS (SELECT FROM links_matrix m WHERE m.organisation_id = o.id AND m.version >
       coalesce(s.version, 0))
    ORDER BY o.id
"""
_TAKE_CASES = """
    SELECT subject_id FROM links_offence WHERE organisation_id = %s AND changed
    ORDER BY subject_id LIMIT %s FOR UPDATE
"""
_OPEN = """
    SELECT subject_id FROM hits_hit
    WHERE organisation_id = %(home)s AND state IN ('new', 'reopened')
      AND (%(every)s OR subject_id = ANY(%(ids)s))
"""
_DONE = """
    INSERT INTO links_state (organisation_id, version, changed) VALUES (%s, %s, false)
    ON CONFLICT (organisation_id) DO UPDATE SET version = EXCLUDED.version, changed = false
"""
#: Maximum number of changed cases that one transaction follows.
CASES = 100


def changed(connection: Connection[Any]) -> list[uuid.UUID]:
    """Returns the organisations with open hits whose links may have changed since the screening."""
    return [id_ for (id_,) in connection.execute(_CHANGED)]


def follow(
    connection: Connection[Any],
    organisation: uuid.UUID,
    now: dt.datetime,
    mark: Callable[[Sequence[uuid.UUID]], None],
) -> None:
    """Marks the subjects with open hits whose links may have changed.

    The marked subjects are at most two links away from a changed case. If the matrix changed, or if an
    identifier is no longer used for links, all subjects with open hits are marked.
    """
    with connection.transaction():
        cases = [id_ for (id_,) in connection.execute(_TAKE_CASES, [organisation, CASES])]
        graphs = all_of(connection, organisation, cases, now, across=True) if cases else {}
        near = {id_ for graph in graphs.values() for id_ in graph.nodes}
        row = connection.execute(
            "SELECT version, changed FROM links_state WHERE organisation_id = %s FOR UPDATE",
            [organisation],
        ).fetchone()
        version, _ = matrix(connection, organisation)
        every = (row[0] if row else 0) != version or bool(row and row[1])
        about = {"home": organisation, "every": every, "ids": list(near)}
        mark([id_ for (id_,) in connection.execute(_OPEN, about)])
        connection.execute(
            "UPDATE links_offence SET changed = false WHERE organisation_id = %s AND subject_id = ANY(%s)",
            [organisation, cases],
        )
        connection.execute(_DONE, [organisation, version])


def matrix(connection: Connection[Any], organisation: uuid.UUID) -> tuple[int, frozenset[Cell]]:
    """Returns the number and the cells of the matrix of an organisation, for workers."""
    row = connection.execute(_MATRIX, [organisation]).fetchone()
    return (row[0], cells_of(json.loads(row[1]))) if row else (0, frozenset())


def all_of(
    connection: Connection[Any],
    organisation: uuid.UUID,
    ids: Sequence[uuid.UUID],
    as_of: dt.datetime,
    across: bool = False,
) -> dict[uuid.UUID, Graph]:
    """Returns the links of subjects with every known case, before the matrix is applied, for workers. If
    `across` is true, also returns links to subjects that have another theme or purpose and are not known
    cases.
    """
    rows = connection.execute(_OF, [organisation, list(ids), as_of, LIMITS, across]).fetchall()
    every = list({*ids, *(row[2] for row in rows), *(row[3] for row in rows)})
    about = {"home": organisation, "ids": every, "as_of": as_of}
    subjects = connection.execute(_SUBJECTS, about).fetchall()
    cases = connection.execute(_CASES, about).fetchall()
    return _graphs(ids, rows, subjects, cases)
