"""The declaration of the table with the texts and photographs of controls (`vedette.apps.subjects.tables`).
The functions for masking, retention, erasure, restriction and backup use these declarations.

The owner of a row is the subject. A record of another table needs no declaration of its own if its texts are
in `enforcement_clear`. The table of such a record must refer to the subject, or to a table that refers to the
subject."""

from __future__ import annotations

from vedette.apps.subjects.tables import Shared, SideTable

SHARED = Shared(
    side_tables=(
        SideTable(
            table="enforcement_clear",
            owner="subject_id",
            part="record",
            kind="'enforcement'",
            owners="SELECT id FROM subjects_subject WHERE id = ANY({subjects})",
            came="(SELECT received_at FROM subjects_subject WHERE id = t.subject_id)",
        ),
        SideTable(
            table="enforcement_asked",
            owner="subject_id",
            part="record",
            kind="'question'",
            owners="SELECT id FROM subjects_subject WHERE id = ANY({subjects})",
            came="(SELECT received_at FROM subjects_subject WHERE id = t.subject_id)",
        ),
    ),
    # A subject of the random control may have no hit.
    links=(
        "EXISTS (SELECT FROM enforcement_controlorder o WHERE o.subject_id = s.id"
        " AND (o.state IN ('ordered', 'begun') OR o.finding = 'found'))",
        "EXISTS (SELECT FROM enforcement_seizure z WHERE z.subject_id = s.id AND z.state <> 'withdrawn')",
    ),
)
