"""Words of the library for the pages: why an entry or a file is refused, and what to do."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

#: Code of a refusal (`actions.Refused`) → its text: what is wrong, and what to do.
PROBLEMS: dict[str, Any] = {
    "title": _("Title: enter the title of the item, at most 300 characters."),
    "kind": _("Kind: choose the kind of the item."),
    "theme": _("Theme: answer on the page of work that shows the item."),
    "language": _("Language: choose the language of the title and of the file."),
    "access": _("Access: choose who reads the item."),
    "group": _("Group: choose a group that your organisation manages."),
    "address": _("Address: enter an address that begins with https:// or http://."),
    "year": _("Year: enter a year between 1900 and 2199, or nothing."),
    "valid_until": _("Valid until: enter a date, or nothing."),
    "hs": _("HS codes: enter beginnings of codes, 2 to 10 digits each, separated by commas."),
    "successor": _(
        "Replaced by: choose another item of your organisation, which is not replaced by this one."
    ),
    "stale": _(
        "Somebody else has stored a version in the meantime. Read it, then enter yours again."
    ),
    "twice": _("This version already has this language. Enter a new version."),
    "name": _(
        "File: the content is not what the name of the file states. Save it again in its program, "
        "or correct the end of its name."
    ),
    "file_name": _(
        "File: the name of the file contains a folder or invisible characters. Rename the file."
    ),
    "empty": _("File: the file is empty. Choose it again."),
    "large": _(
        "File: the file is larger than 25 MB. Divide it, make its pictures smaller, or enter its "
        "address instead."
    ),
    "film": _(
        "File: films and sounds are not stored in the library. Enter the address of the film "
        "instead."
    ),
    "archive": _("File: the file is a ZIP archive. Unpack it and add each document on its own."),
    "old_office": _(
        "File: old Office files (.doc, .xls, .ppt) are not accepted. Save the document as .docx, "
        ".xlsx, .pptx or PDF."
    ),
    "other": _(
        "File: only PDF, Word, Excel, PowerPoint and text (UTF-8) are accepted. Save the document "
        "in one of these formats."
    ),
    "damaged": _("File: the file is damaged. Open it in its program and save it again."),
    "members": _(
        "Group: enter a name that no other group of your organisation has, and choose at least "
        "one organisation."
    ),
}
