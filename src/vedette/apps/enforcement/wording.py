"""Display texts for records of a control."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

#: Code of a refused action → its sentence.
REFUSED: dict[str, Any] = {
    "restricted": _("The processing of the data is restricted. No control can be recorded."),
    "not_drawn": _(
        "Without a hit, a control can be ordered only for a subject selected at random, or for goods that "
        "were found without a declaration."
    ),
    "not_referred": _(
        "A control can be ordered only after a decision other than “release”. Load the page of the hit "
        "again."
    ),
    "ordered": _("A control was already ordered."),
    "due": _("The due time must be in the future, and at most 90 days from now."),
    "place": _("State the place of the control."),
    "long_place": _("The place can have at most 120 characters."),
    "long_instructions": _("The instructions can have at most 2,000 characters."),
    "long_text": _("The text is too long. Shorten it."),
    "why": _("State the reason in a few words."),
    "done": _("The control has ended. No further entries are possible."),
    "withdrawn": _("The order was withdrawn. No further entries are possible."),
    "ordered_only": _("The control has not begun."),
    "begun": _("The control has already begun."),
    "too_late": _("The result “nothing found” can be cancelled only within ten minutes."),
    "finding": _("Choose a finding."),
    "sure": _(
        "Tick the box above “End the control with a finding”: this result cannot be cancelled."
    ),
    "entry": _("This entry is unknown. Load the page again."),
    "answer": _("Choose an answer for each check that you made."),
    "quantity": _(
        "Write the quantity as a number, such as 4655 or 4.5. Do not write 4,655, which can be read in two "
        "ways."
    ),
    "unit": _("Choose the unit of the quantity."),
    "seal": _("Write the number of the seal."),
    "sample": _("Write what was sampled, or to which laboratory the sample was sent."),
    "many": _("The control has too many entries."),
    "red": _(
        "The record is marked TLP:RED: only the named recipients may read it. The content of the "
        "record cannot be exported or copied. If the record may be shared, change the marking. "
        "Another person "
        "must validate the change."
    ),
    "many_items": _(
        "A record can have at most 50 goods. Create another record for the other goods."
    ),
    "many_versions": _("The record has been changed 200 times and cannot be changed again."),
    "many_steps": _(
        "The record has too many steps. You can still submit, validate or close it, but you "
        "cannot return it for correction or add another step."
    ),
    "many_firearms": _(
        "A seizure can have at most 20,000 records of firearms, parts and ammunition. For "
        "parts and ammunition of one kind, make one record and state the number of pieces."
    ),
    "many_photos": _("Send at most 12 photographs at once, and at most 60 for one control."),
    "id": _("This entry could not be stored. Load the page again."),
    "nothing_sent": _("Choose a photograph first."),
    "kind": _("Choose the kind of goods."),
    "stale": _("Another person changed this record in the meantime. Load the page again."),
    "measure": _("Choose “seizure” or “detention”."),
    "is_draft": _("The record is a draft."),
    "is_submitted": _(
        "The record is submitted. The record must be returned for correction before it can be "
        "changed."
    ),
    "is_validated": _("The record is already validated."),
    "is_withdrawn": _("The record was withdrawn."),
    "is_closed": _("The case is closed. The record can no longer be changed."),
    "incomplete": _("Some values are missing. Complete the record before you submit it."),
    "own": _("The person who wrote or submitted a record cannot validate it. Ask a colleague."),
    "was_validated": _("A validated record cannot be withdrawn. Close the case of the record."),
    "stage": _(
        "This step is not possible now. A detention can end only after the verification and, "
        "if the licensing authority was consulted, after its answer."
    ),
    "outcome": _("Choose how the case ended."),
    "basis": _(
        "State the legal basis, in 3 to 200 characters. A case cannot be closed without a "
        "legal basis."
    ),
    "basis_names": _(
        "The legal basis and the offence are kept longer than names. Remove the name of the "
        "person or company from these fields."
    ),
}
#: Code of an unreadable picture → its sentence.
UNREADABLE: dict[str, Any] = {
    "format": _("The file is not a readable photograph. Send a JPEG, PNG or WebP file."),
    "large": _("The photograph is larger than 20 MB. Reduce its size."),
    "pixels": _("The photograph has too many pixels. Reduce the resolution of the camera."),
    "damaged": _("The photograph is damaged. Take it again."),
}
#: State of a record → the class of its tag.
STATES: dict[str, str] = {"validated": "pro", "submitted": "p3"}
#: What was counted, done with a seal, or done with a sample → its word.
WHAT: dict[str, Any] = {
    "counted": _("Counted"),
    "weighed": _("Weighed"),
    "measured": _("Measured"),
    "removed": pgettext_lazy("seal", "Removed"),
    "placed": pgettext_lazy("seal", "Placed"),
    "taken": pgettext_lazy("sample", "Taken"),
    "sent": pgettext_lazy("sample", "Sent to the laboratory"),
}
