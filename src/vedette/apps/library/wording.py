"""Texts for the pages of the library: why an item or a file is refused, and what the user can do."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

#: Code of a refusal (`actions.Refused`) → its text: what is wrong, and what to do.
PROBLEMS: dict[str, Any] = {
    "title": _("Title: enter the title of the item, at most 300 characters."),
    "kind": _("Kind: choose the kind of the item."),
    "theme": _(
        "Theme: give your answer on the page that shows the item (hit, goods item, cash "
        "movement or operation)."
    ),
    "language": _("Language: choose the language of the title and of the file."),
    "access": _("Access: choose who can read the item."),
    "group": _("Group: choose a group that your organisation manages."),
    "address": _("Address: enter an address that begins with https:// or http://."),
    "year": _("Year: enter a year between 1900 and 2199, or leave the field empty."),
    "valid_until": _("Valid until: enter a date, or leave the field empty."),
    "hs": _("HS codes: enter the first 2 to 10 digits of each code, separated by commas."),
    "successor": _(
        "Replaced by: choose another item of your organisation that is not itself replaced by "
        "this item."
    ),
    "stale": _(
        "Another person stored a version in the meantime. Read that version, then enter yours "
        "again."
    ),
    "twice": _("This version already has this language. Enter a new version."),
    "name": _(
        "File: the content does not have the format that the file name states. Save the file "
        "again in its program, or correct the extension."
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
        "File: films and sound recordings cannot be stored in the library. Enter the address "
        "of the film instead."
    ),
    "archive": _("File: the file is a ZIP archive. Unpack it and add each document separately."),
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
