"""The declarations of the tables of hits (`vedette.apps.subjects.tables`). The functions for masking,
retention, erasure, restriction and backup use these declarations."""

from __future__ import annotations

from vedette.apps.subjects.tables import VAULT, Shared, SideTable

_HITS = "SELECT id FROM hits_hit WHERE subject_id = ANY({subjects})"
_REASONS = "SELECT id FROM hits_reason WHERE hit_id IN ({hits})"
_TEXTS = (
    "SELECT id FROM hits_decision WHERE hit_id IN ({hits}) UNION SELECT (params ->> 'text')::uuid"
    " FROM hits_event WHERE hit_id IN ({hits}) AND params ? 'text'"
)
#: (table, condition) of the rows that are deleted with a hit, after its decisions.
_ROWS = (
    ("hits_event", "hit_id IN ({hits})"),
    ("hits_reason", "hit_id IN ({hits})"),
    ("hits_hit", "id IN ({hits})"),
)
_EVIDENCE = (
    b'{"reason_id":"","retention_class":"","month":"20-01","organisation_id":"","restricted":false,"evidence":'
    b'[{"name":"birth_date","ours":"theirs":"relation":"=","contribution":0.'
)
#: SQL expression: the time at which the subject of a hit was received. The condition selects the row `r`,
#: which refers to the hit.
_CAME = (
    "(SELECT s.received_at FROM {} JOIN hits_hit h ON h.id = r.hit_id"
    " JOIN subjects_subject s ON s.id = h.subject_id WHERE {})"
)


def _of_subjects(text: str) -> str:
    return text.replace("{hits}", _HITS)


SHARED = Shared(
    side_tables=(
        SideTable(
            table="hits_reasonclear", owner="reason_id", kind="'reason'",
            owners=_of_subjects(_REASONS), came=_CAME.format("hits_reason r", "r.id = t.reason_id"),
            words=_EVIDENCE,
        ),
        # The vault stores a text under its own kind. The owner of a text is a decision, the event of a note,
        # or the subject.
        SideTable(
            table="hits_textclear", owner="owner_id", kind="t.kind",
            owners="SELECT id FROM subjects_subject WHERE id = ANY({subjects}) UNION "
            + _of_subjects(_TEXTS),
            came="coalesce((SELECT received_at FROM subjects_subject WHERE id = t.owner_id), "
            + _CAME.format("hits_decision r", "r.id = t.owner_id") + ", "
            + _CAME.format(
                "hits_event r", "r.params ? 'text' AND r.params ->> 'text' = t.owner_id::text"
            ) + ")",
        ),
    ),
    rows=tuple((table, _of_subjects(which)) for table, which in _ROWS),
    dated=(("hits_hit", "subject_id = ANY({subjects})"),),
)  # fmt: skip


def deletion_of_hits() -> tuple[list[str], list[str]]:
    """Returns the statements that delete the hits `%(hits)s` and keep their subjects. The statements of the
    first list are executed before the decisions are deleted, and the statements of the second list
    afterwards."""
    hits = "SELECT unnest(%(hits)s)"
    owners = f"{_REASONS} UNION {_TEXTS}".replace("{hits}", hits)
    clear = [
        *((side.table, f"{side.owner} IN ({owners})") for side in SHARED.side_tables),
        (VAULT, f"owner IN ({owners})"),
    ]
    rows = [(table, which.replace("{hits}", hits)) for table, which in _ROWS]
    return [f"DELETE FROM {t} WHERE {w}" for t, w in clear], [
        f"DELETE FROM {t} WHERE {w}" for t, w in rows
    ]
