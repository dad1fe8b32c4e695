"""Display texts for the pages of officials and of requests to other administrations."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

#: Code of `Refused` → the sentence.
PROBLEMS: dict[str, Any] = {
    "instrument": _(
        "No agreement in force permits this request. Without an agreement nothing is sent."
    ),
    "itself": _("Choose another administration."),
    "party": _("This administration is not a party to the agreement."),
    "many": _("There are too many: send or delete some first."),
    "long": _("The text is too long."),
    "choice": _("Choose a value of the list."),
    "marking": _("Choose a marking."),
    "unknown": _("Enter the names, or state that they are not known. Both are not possible."),
    "due": _(
        "The time until which an answer is needed must be in the future, at most one year from now."
    ),
    "oral": _("An oral request cannot be in the future."),
    "time": _("This is not a date with a time."),
    "official": _("Choose only officials of the list: nobody else may receive the request."),
    "missing": _("Something is missing: complete the draft first."),
    "state": _("This action is no longer possible: the state of the request changed."),
    "addressee": _("Only an official to whom the request was sent can do this."),
    "changed": _(
        "The answer of the release function changed. Nothing was sent: read the preview again."
    ),
    "nobody": _("Nothing can be sent: no recipient is allowed."),
    "no_second_needed": _("No approval of a second person is needed."),
    "short": _("The reason is too short: enter at least 20 characters."),
    "why": _("Enter a reason of at least 10 characters."),
    "ground": _("A refusal needs a ground of the list."),
    "refusal_names": _("A refusal contains no names of persons."),
    "reminded": _("The administration was already reminded in the last 24 hours."),
    "oneself": _(
        "Nobody designates himself: ask another contact point or the data-protection officer."
    ),
    "person": _("Choose an officer, a supervisor or a contact point of your organisation."),
    "twice": _("This person is already designated for the agreement."),
    "gone": _("This designation has already ended."),
    "text": _("The text was not sent."),
}
#: Fields of a request and of an answer → their labels.
FIELDS: dict[str, Any] = {
    "requested": _("Requested administration"),
    "ground": _("Agreement and legal basis"),
    "addressees": _("Officials who receive the request"),
    "article": _("Article of the agreement"),
    "assistance": _("Type of assistance"),
    "matter": _("Matter"),
    "why": _("Reason of the request"),
    "case": _("Description of the case"),
    "provisions": _("Legal and administrative provisions that apply"),
    "persons": _("Names and addresses of the persons and companies concerned"),
    "procedure": _("Procedure asked for"),
    "reference": _("Your file number"),
    "due_at": _("Answer needed before"),
    "oral_at": _("Made orally on"),
    "marking": _("Marking"),
    "text": _("Text"),
    "what": _("Answer"),
}
#: Fields of an answer whose labels differ from those of a request → their labels.
ANSWER_FIELDS: dict[str, Any] = {
    "ground": pgettext_lazy("field", "Ground of the refusal"),
    "persons": _("Names and addresses of persons and companies, if the answer needs them"),
    "text": _("Text, without names of persons"),
}
#: What a user has to do (`selectors.mutual.to_do`) → the sentence.
TO_DO: dict[str, Any] = {
    "answer": _("Answer a request of another administration"),
    "unanswered": _("Follow up your request: its deadline has passed"),
    "oral": _("Confirm your oral request in writing"),
}
#: The lists of the page.
LISTS: dict[str, Any] = {
    "received": pgettext_lazy("requests", "Received"),
    "sent": pgettext_lazy("requests", "Sent"),
    "drafts": pgettext_lazy("requests", "Drafts"),
    "overdue": pgettext_lazy("requests", "Unanswered after the deadline"),
    "all": pgettext_lazy("requests", "All"),
}
#: What a notification states → icon and sentence.
NOTIFIED: dict[str, tuple[str, Any]] = {
    "sent": ("mail", _("Another administration asks for assistance")),
    "information": ("info", _("Another administration sends you information")),
    "acknowledged": ("check", _("The receipt of your request was confirmed")),
    "partial": ("mail", _("A partial answer to your request is there")),
    "complete": ("check", _("The answer to your request is there")),
    "refused": ("x", _("Your request to another administration was refused")),
    "reminded": ("clock", _("Another administration reminds you of its request")),
    "withdrawn": ("x", _("A request of another administration was withdrawn")),
    "unanswered": ("clock", _("Your request was not answered in time")),
    "overdue": ("clock", _("The deadline of a request to you has passed")),
    "oral": ("clock", _("Your oral request is not confirmed in writing")),
}
