"""The texts of the pages of field entries: the texts of the script, and the reasons why an entry is not
accepted or not stored.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

#: The texts of the script (`web/static/field.js`). Words in braces are replaced by values.
TEXTS: dict[str, Any] = {
    "connected": _("{who}: the server answered at {at}."),
    "no_network": _("No answer from the server since {at}. You can go on entering."),
    "signed_out": _("Your session has ended. Nothing is lost: sign in to send."),
    "unsigned": _("You are not signed in."),
    "nothing_waits": _("No entry waits on this device."),
    "waits": _("{n} entry waits on this device, made at {at}."),
    "wait": _("{n} entries wait on this device, the oldest since {at}."),
    "others": _(
        "Entries of other persons that wait on this device: {n}. Only these persons "
        "can send the entries."
    ),
    "sealed": _("encrypted, waits to be sent"),
    "arrived": _("received by the server"),
    "correct": _("Correct…"),
    "withdraw": _("Withdraw…"),
    "correcting": _("Correction of the entry e-{id}"),
    "withdrawing": _("Withdrawal of the entry e-{id}"),
    "form_gone": _("The form of this entry is no longer on this device. Correct the entry online."),
    "why": _("Reason (required)"),
    "required": _("(required)"),
    "nominal": _("is not sent to other organisations"),
    "choose": _("Choose"),
    "not_kept": _(
        "The device could not store the entry: its storage is full or not "
        "accessible. Do not leave the page. Free some storage, then change a field "
        "or send again."
    ),
    "not_taken": _(
        "The server could not take an entry (error {n}). The entry is kept on this "
        "device and will be sent again."
    ),
    "queued": _("The entry e-{id} is encrypted and waits until the server confirms it."),
    "received": _(
        "The server received the entry e-{id}. Other organisations read it only after you have looked at the"
        " recipients and sent it."
    ),
    "next": _("Recipients and sending"),
    "draft_of": _("the draft was stored on this device, {at}"),
    "picture": _("Photograph {n}: draw a box over a face, or use the arrow keys and Enter"),
    "pictures_n": _("{n} of 5"),
    "remove": _("Remove"),
    "five": _("An entry has at most five photographs."),
    "no_picture": _("This file is not a picture that the device can read."),
    "unlock": _("Your passphrase"),
    "choose_phrase": _("Choose a passphrase for this device, of at least 10 characters"),
    "short_phrase": _("The passphrase needs at least 10 characters."),
    "wrong_phrase": _("Incorrect passphrase."),
    "forget": _(
        "Your drafts on this device are deleted. Entries that wait stay and are sent. Continue?"
    ),
    "persisted": _("The browser keeps these entries until they are sent."),
    "not_persisted": _(
        "The browser may delete these entries when its data are cleared. If you will "
        "be without a network for a long time, save the entries to a file."
    ),
    "works_offline": _("This page also opens without a network."),
    "no_worker": _("This browser cannot open the page without a network."),
    "old_browser": _(
        "This browser is too old for entries without a network, or the connection is not secure. Use the"
        " pages of the operation."
    ),
}
#: Code of a refusal (`delivery.Refused`) or of an entry that is not stored (`taking`) → the sentence. The
#: other codes belong to the kind of entry.
PROBLEMS: dict[str, Any] = {
    "person": _("Another person is signed in. Only the person who made an entry can send it."),
    "id": _("Another entry has this number. Enter it again."),
    "damaged": _("The entry is damaged. Enter it again."),
    "installation": _(
        "The entry was encrypted for another installation. Send the entry to that installation."
    ),
    "large": _("The entry is too large."),
    "full": _("Too many entries wait to be stored. Try again in a few minutes."),
    "request": _("The request is not complete."),
    "file": _(
        "This is not a file of field entries. Choose the file that the page for field work saved."
    ),
    "file_large": _("The file is larger than 60 MB. Save the entries in several files."),
    "file_many": _("The file has more than 2,000 entries. The rest is not read."),
    "owner": _("The entry belongs to a person of another organisation, or to an unknown person."),
    "sure": _("This action cannot be reversed. Tick the box that you are sure, then confirm."),
    "sealed": _("The entry is not open yet. Look again in a few seconds."),
    "state": _("The entry does not wait for a decision any more."),
    "other": _(
        "Another person handed the entry in. The person who made the entry, or a "
        "supervisor, "
        "must accept the entry."
    ),
    "suspended": _("The account of the person is suspended. A supervisor decides."),
    "unreadable": _("The content of the entry cannot be read. Enter it again."),
    "sender": _("The number or the person in the content of the entry differs from the delivery."),
    "kind": _("The account may not make this kind of entry."),
    "first": _("The entry waits for the entry that it corrects."),
    "failed": _("The database refused the entry."),
    "photograph": _("The entry is stored without the files that are not valid pictures."),
}
