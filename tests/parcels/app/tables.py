"""The tables of parcels, as masking, retention, erasure, restriction and backup read them."""

from __future__ import annotations

from vedette.apps.subjects.tables import SideTable, Tables

TABLES = Tables(
    table="parcels_parcel",
    retention_class="parcel",
    side_tables=(
        SideTable(
            table="parcels_parcelclear",
            owner="parcel_id",
            kind="'parcel'",
            owners="SELECT id FROM subjects_subject WHERE id = ANY({subjects})",
            came="(SELECT received_at FROM subjects_subject WHERE id = t.parcel_id)",
        ),
    ),
)
