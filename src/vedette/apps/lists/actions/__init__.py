"""What changes knowledge: imports of lists, drafts of imports, lookouts. One transaction each."""

from __future__ import annotations

from vedette.apps.lists.actions.drafts import (
    apply_draft,
    ask_to_apply,
    make_draft,
    read_draft,
    set_terms,
)
from vedette.apps.lists.actions.imports import Imported, import_list, store_list
from vedette.apps.lists.actions.lookouts import (
    create_lookout,
    end_lookout,
    expire_lookouts,
    extend_lookout,
)

__all__ = [
    "Imported",
    "apply_draft",
    "ask_to_apply",
    "create_lookout",
    "end_lookout",
    "expire_lookouts",
    "extend_lookout",
    "import_list",
    "make_draft",
    "read_draft",
    "set_terms",
    "store_list",
]
