"""Describes the tables of goods for masking, retention, erasure, restriction and backup
(`vedette.apps.subjects.tables`)."""

from __future__ import annotations

from vedette.apps.subjects.tables import Above, SideTable, Tables
from vedette.goods.app.retention import FIELDS, TEMPLATES

TABLES = Tables(
    table="goods_goodsitem",
    retention_class="goods",
    templates=TEMPLATES,
    masked=FIELDS,
    reassign="vedette_reassign_declarations",
    side_tables=(
        SideTable(
            table="goods_itemclear",
            owner="item_id",
            kind="'goods_item'",
            owners="SELECT id FROM subjects_subject WHERE id = ANY({subjects})",
            came="(SELECT received_at FROM subjects_subject WHERE id = t.item_id)",
            derived=("word_keys", "further"),
        ),
    ),
    above=(
        Above(
            table="goods_declaration",
            column="declaration_id",
            users=(("goods_goodsitem", "declaration_id"),),
            hanging=(("goods_declarationname", "declaration_id"),),
            side_tables=(
                # The time of receipt is that of the last item or, if no item is left, that of the
                # declaration. A declaration is restricted as long as one of its items is restricted.
                SideTable(
                    table="goods_declarationclear",
                    owner="declaration_id",
                    kind="'declaration'",
                    owners="SELECT declaration_id FROM goods_goodsitem WHERE id = ANY({subjects})",
                    came="coalesce((SELECT max(received_at) FROM goods_goodsitem"
                    " WHERE declaration_id = t.declaration_id),"
                    " (SELECT received_at FROM goods_declaration WHERE id = t.declaration_id))",
                    restricted="EXISTS (SELECT FROM goods_goodsitem g"
                    " JOIN subjects_subject s ON s.id = g.id"
                    " WHERE g.declaration_id = t.declaration_id AND s.restricted)",
                ),
            ),
        ),
        # The copy of a pre-export notice ends with the last item to which it belongs, or with its own period.
        Above(
            table="goods_noticecopy",
            column="notice_id",
            users=(("goods_goodsitem", "notice_id"),),
            side_tables=(
                SideTable(
                    table="goods_noticeclear",
                    owner="copy_id",
                    part="part",
                    kind="'export_notice'",
                    owners="SELECT notice_id FROM goods_goodsitem"
                    " WHERE id = ANY({subjects}) AND notice_id IS NOT NULL",
                    came="(SELECT received_at FROM goods_noticecopy WHERE id = t.copy_id)",
                    restricted="EXISTS (SELECT FROM goods_goodsitem g"
                    " JOIN subjects_subject s ON s.id = g.id"
                    " WHERE g.notice_id = t.copy_id AND s.restricted)",
                ),
            ),
        ),
    ),
)
