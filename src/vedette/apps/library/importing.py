"""Imports a collection of items (`vedette.library.items.Item`). Each item gets one version in one language.
Workers and commands use this module to write many rows at once.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from vedette.apps.columns import new_id
from vedette.apps.copying import copy_in
from vedette.library.items import GROUP, ORGANISATION, Item

_ITEM = (
    "id", "organisation_id", "reference", "kind", "themes", "audience", "access", "group_id", "scope", "hs",
    "substances", "source", "address", "licence", "valid_until", "number", "created_at",
)  # fmt: skip
_VERSION = ("id", "organisation_id", "item_id", "number", "label", "at")
_VARIANT = (
    "id", "organisation_id", "item_id", "version_id", "language", "title", "summary", "keywords",
    "file_name", "media", "size", "sha256", "state", "attempts", "text", "to_index",
)  # fmt: skip
_SUPERSEDE = """
    UPDATE library_item o SET superseded_by_id = n.id FROM library_item n
    WHERE o.organisation_id = %s AND o.reference = %s AND n.organisation_id = o.organisation_id
      AND n.reference = %s
"""


def store(
    connection: Connection[Any],
    organisation: uuid.UUID,
    items: Sequence[Item],
    groups: dict[str, uuid.UUID],
    at: dt.datetime,
) -> int:
    """Stores the items whose id the organisation does not have yet, in one transaction. `groups` maps the
    names of groups to their ids. An item is not imported if it belongs to an unknown group, or if its
    language is not supported by the library. Returns the number of stored items. A worker later indexes the
    items.
    """
    from vedette.apps.library.models import LANGUAGES

    with connection.transaction():
        known = {
            reference
            for (reference,) in connection.execute(
                "SELECT reference FROM library_item WHERE organisation_id = %s", [organisation]
            )
        }
        fresh = [
            one for one in items
            if one.id[:120] not in known and one.language in LANGUAGES
            and (one.access != GROUP or one.group in groups)
        ]  # fmt: skip
        ids = [(new_id(), new_id(), new_id()) for _ in fresh]
        copy_in(connection, "library_item", _ITEM, [
            (
                item, organisation, one.id[:120], one.kind, [name[:20] for name in one.themes],
                one.audience[:200], one.access, groups[one.group] if one.access == GROUP else None,
                _scope(one, organisation, groups), [code[:10] for code in one.hs],
                [name[:120] for name in one.substances], "", "", "", one.valid_until, 1, at,
            )
            for one, (item, _, _) in zip(fresh, ids, strict=True)
        ])  # fmt: skip
        copy_in(connection, "library_version", _VERSION, [
            (version, organisation, item, 1, "", at) for item, version, _ in ids
        ])  # fmt: skip
        copy_in(connection, "library_variant", _VARIANT, [
            (
                variant, organisation, item, version, one.language, one.title[:300], one.summary,
                [word[:120] for word in one.keywords], "", "", 0, "", "none", 0, one.text, True,
            )
            for one, (item, version, variant) in zip(fresh, ids, strict=True)
        ])  # fmt: skip
        for one in fresh:
            if one.superseded_by:
                connection.execute(
                    _SUPERSEDE, [organisation, one.id[:120], one.superseded_by[:120]]
                )
    return len(fresh)


def _scope(item: Item, organisation: uuid.UUID, groups: dict[str, uuid.UUID]) -> str:
    """The scope of an imported item (`models.scope_of`). The field `organisation` of the item is ignored,
    because an imported item belongs to the organisation that imports it.
    """
    if item.access == ORGANISATION:
        return f"organisation:{organisation}"
    return f"group:{groups[item.group]}" if item.access == GROUP else item.access
