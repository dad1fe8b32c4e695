"""An item of the library with a file, written by a worker, for tests that need one of each kind."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from vedette.apps.library.models import Access, File, Item, Variant, Version

AT = dt.datetime(2026, 5, 10, tzinfo=dt.UTC)


def fill(home: uuid.UUID, by: uuid.UUID) -> dict[str, Any]:
    """An item that only its organisation reads, and the variant with its file."""
    own = {"organisation_id": home}
    item = Item.objects.using("intake").create(
        **own, kind="tool", access=Access.ORGANISATION, scope=f"organisation:{home}", created_by_id=by,
        created_at=AT,
    )  # fmt: skip
    version = Version.objects.using("intake").create(**own, item=item, at=AT)
    variant = Variant.objects.using("intake").create(
        **own, item=item, version=version, language="en", title="Note on gloves", file_name="a.txt",
        media="txt", size=4, state="ready", text="text",
    )  # fmt: skip
    File.objects.using("intake").create(**own, variant=variant, data=b"text")
    return {"library item": item.pk, "library file": variant.pk}
