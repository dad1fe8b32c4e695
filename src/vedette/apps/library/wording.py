"""Texts for the pages of the library: the reasons why an item or a file is refused, and what the
user can do.
"""

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
        "File: the file is larger than 25 MB. Divide the file, make the pictures in the file smaller,"
        " or enter the address of the file instead."
    ),
    "film": _(
        "File: films and sound recordings cannot be stored in the library. Enter the address "
        "of the film instead."
    ),
    "archive": _(
        "File: the file is a ZIP archive, and not a course package (cmi5). Unpack the archive and add"
        " each document separately."
    ),
    "old_office": _(
        "File: old Office files (.doc, .xls, .ppt) are not accepted. Save the document as .docx, "
        ".xlsx, .pptx or PDF."
    ),
    "other": _(
        "File: only PDF, Word, Excel, PowerPoint, text (UTF-8) and course packages (cmi5) are accepted. "
        "Save the document in one of these formats."
    ),
    "damaged": _(
        "File: the file is damaged. Open the file in its program and save the file again."
    ),
    "cmi5_zip": _("%(place)s: the course package is not a readable ZIP. Create it again."),
    "cmi5_manifest": _(
        "%(place)s: the file is not at the root of the course package. Create the package again."
    ),
    "cmi5_large": _("%(place)s: the manifest of the course package has more than 2 MB."),
    "cmi5_many": _("%(place)s: the course package contains too many files."),
    "cmi5_path": _("%(place)s: the path leads out of the course package."),
    "cmi5_link": _("%(place)s: the course package contains a symbolic link."),
    "cmi5_encrypted": _("%(place)s: the file in the course package is encrypted."),
    "cmi5_file_twice": _("%(place)s: the file is in the course package twice."),
    "cmi5_xml": _(
        "%(place)s: the manifest of the course package is not valid XML, or contains a document type."
    ),
    "cmi5_structure": _("%(place)s: the manifest is not a course structure of cmi5."),
    "cmi5_course": _("%(place)s: the element must occur once in the course package."),
    "cmi5_no_unit": _("%(place)s: the course package contains no assignable unit."),
    "cmi5_objective": _("%(place)s: the course package refers to an unknown objective."),
    "cmi5_id_twice": _("%(place)s: the id occurs twice in the course package."),
    "cmi5_block": _(
        "%(place)s: the block of the course package contains neither a unit nor a block."
    ),
    "cmi5_iri": _("%(place)s: the id in the course package is not an absolute IRI."),
    "cmi5_title": _("%(place)s: a title or a description is missing in the course package."),
    "cmi5_language": _("%(place)s: a language in the course package is not valid or occurs twice."),
    "cmi5_value": _("%(place)s: moveOn, launchMethod or masteryScore is not a value of cmi5."),
    "cmi5_url": _("%(place)s: the address of the unit is missing or is not valid."),
    "cmi5_relative": _(
        "%(place)s: the address of the unit is relative. Add the package (ZIP) that contains its file."
    ),
    "cmi5_file": _("%(place)s: the file of the unit is not in the course package."),
    "cmi5_reserved": _(
        "%(place)s: the address of the unit contains a parameter that cmi5 reserves."
    ),
    "members": _(
        "Group: enter a name that no other group of your organisation has, and choose at least "
        "one organisation."
    ),
}
