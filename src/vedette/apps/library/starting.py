"""The starting catalogue of a library: policies, standards and tools that the programme names. The items are
references with title, publisher, address and language (`starter.json`). The references contain no text of a
publisher.
"""

from __future__ import annotations

import json
from importlib.resources import files

from vedette.apps.accounts.models import User
from vedette.apps.library import actions
from vedette.apps.library.models import Access, Item


def plant(by: User) -> int:
    """Adds the catalogue as public items of the user's organisation. Items that the library already contains
    are not changed. Returns the number of added items."""
    data = json.loads(files("vedette.apps.library").joinpath("starter.json").read_text("utf-8"))
    known = set(Item.objects.exclude(reference="").values_list("reference", flat=True))
    added = 0
    for one in data["items"]:
        if one["reference"] in known:
            continue
        about = actions.About(
            kind=one["kind"], access=Access.PUBLIC, themes=one["themes"], hs=one["hs"],
            substances=one["substances"], source=one["source"], address=one["address"],
        )  # fmt: skip
        contents = [
            actions.Content(language, words["title"], words["summary"], year=one["year"])
            for language, words in one["variants"].items()
        ]
        item = actions.add(by, about, contents[0], one["reference"])
        for content in contents[1:]:
            actions.add_language(by, item, content)
        added += 1
    return added
