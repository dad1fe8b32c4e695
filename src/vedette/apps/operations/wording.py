"""The texts of pages about operations: the reasons why an action is not possible, and the pending tasks."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

#: Code of `Refused` → the sentence.
PROBLEMS: dict[str, Any] = {
    "stale": _(
        "Another person changed this in the meantime. Read the page again before you continue. "
        "The values that you entered are still below."
    ),
    "state": _("This action is not possible in the present phase of the operation."),
    "sending": _("Your role in the operation, or its present phase, does not permit this message."),
    "member": _(
        "Your role in the group of the operation does not permit this, or your membership is "
        "not in force."
    ),
    "writer": _("Only the author can do this."),
    "organisation": _("Choose an organisation from the list."),
    "fixed": _("This can no longer be changed."),
    "second": _("The second person of the operation must approve this."),
    "no_second": _("First name another person as second person of the group."),
    "asked": _("The second person has already been asked and has not decided yet."),
    "missing": _("This field is required."),
    "missing_steps": _("A prerequisite is not met. The table of prerequisites shows which one."),
    "long": _("The text is too long."),
    "order": _(
        "The live phase must end after its start. The group must end at the same time as the "
        "live phase, or later."
    ),
    "past": _("This time has passed. Enter a later time."),
    "future": _("This time is in the future."),
    "too_long": _("An operation lasts at most three years."),
    "exercise": _(
        "State whether the operation is an exercise. This choice cannot be changed later."
    ),
    "agreement": _("Choose an agreement from the list."),
    "reference": _("This reference belongs to another operation. Choose another reference."),
    "zone": _("This is not the name of a time zone. Write for example Africa/Dakar or UTC."),
    "time": _("Write a day and a time."),
    "hs": _("Write HS codes of 2 to 10 digits, separated by commas."),
    "sure": _(
        "This decision concerns all participants and cannot be reversed. Tick "
        "the "
        "confirmation, then send the form again."
    ),
    "reason": _("State the reason."),
    "basis": _("State the national legal basis."),
    "why": _("State the reason in at least 20 characters."),
    "marking": _("Choose a marking that permits this."),
    "weaker": _("The plan does not permit a weaker marking."),
    "purpose": _("Your account may not use the purpose of the operation."),
    "participant": _(
        "A participant that withdrew or was excluded cannot return. This change is not possible."
    ),
    "participant_twice": _(
        "This organisation already takes part, or withdrew or was excluded and cannot return."
    ),
    "invited": _("Your organisation is not invited to this operation."),
    "coordinates": _("The organisation that coordinates cannot be excluded."),
    "person": _("Choose a person of your organisation."),
    "account": _("The role of this account in vedette does not permit this role in the operation."),
    "contact_twice": _("Another person has this role. First end the membership of that person."),
    "member_twice": _("The person has this role already."),
    "last_coordinator": _("An operation needs a coordinator. First name another coordinator."),
    "posts": _("Choose at least one post."),
    "post": _("Only the post that received the plan can confirm the receipt."),
    "kind": _("This kind of message cannot be sent here."),
    "itself": _("You cannot send a warning to your own organisation."),
    "one_addressee": _("A warning has exactly one addressee. Choose one."),
    "recipient": _("Choose only organisations that accepted the operation."),
    "red": _(
        "A message marked TLP:RED is read only by the organisations that you choose. "
        "Choose at least one."
    ),
    "addressee": _("Only the addressee can answer a warning."),
    "outcome": _("Choose an outcome."),
    "values": _("Some fields must be corrected. These fields are marked below."),
    "quantity": _("The quantity must be greater than 0."),
    "own": _("Only the organisation that wrote the message can do this."),
    "withdrawn": _("The message is withdrawn."),
    "many": _("There are too many values."),
    "message": _("Choose messages of this operation."),
    "version": _("The version number does not follow the previous one."),
    "conflict": _("The record was not stored because it contradicts another record."),
    "warning": _("Only the addressee can answer a warning."),
    "changed": _(
        "The decision about a recipient, or the number of readers, has changed in the "
        "meantime. Nothing was sent. Read the preview again."
    ),
    "nobody": _(
        "Nothing was sent, because no recipient is allowed. The preview states the reasons."
    ),
    "recalled": _("The object was recalled in the meantime. Nothing was sent."),
    "second_first": _("First, a second person must approve the disclosure to the addressee."),
    "no_second_needed": _("No recipient needs the approval of a second person."),
    "erase": _("Only the data-protection officer can erase names."),
    "no_names": _("This record has no values that name a person."),
    "reported": _("A report for this cut-off time was already sent."),
    "template": _("This form does not exist."),
    "approved": _("The final report is approved and cannot be changed. Send the report first."),
    "number": _("Write a number, for example 4655.5 or 4 655,5."),
    # Changes of a form (`message_forms.WrongChange`).
    "unknown": _("The form does not have this field."),
    "id": _("An id consists of small letters, digits and underscores, and begins with a letter."),
    "double": _("Two fields have the same id."),
    "type": _("Choose a type."),
    "label": _("State the label in English and in French."),
    "long_label": _("A label has at most 200 letters."),
    "required_hidden": _("A required field cannot be hidden. Make the field optional first."),
    "kept": _("Situation reports use this field. The field cannot be hidden or made optional."),
    "choices": _(
        "A field of the type “choice” must have choices. Other fields cannot have choices."
    ),
    "choice": _(
        "Each choice needs its own code. A code consists of letters, digits, full stops, "
        "hyphens or underscores."
    ),
    "limits": _("The lower limit is above the upper limit, or the length is not valid."),
    "condition": _(
        "A condition needs a field with choices that comes earlier in the form, and "
        "values of this field."
    ),
    "many_fields": _("A form has at most 100 fields."),
    "many_choices": _("A form has at most 8,000 choices."),
    "workbook": _("The workbook cannot be read as a form."),
}
#: Code of a problem of a value (`message_forms.read`) → the sentence.
VALUES: dict[str, Any] = {
    "missing": _("This field is required."),
    "number": _("Write a number, for example 4655.5 or 4 655,5."),
    "integer": _("Write a whole number."),
    "day": _("Write a day."),
    "time": _("Write a day and a time."),
    "choice": _("Choose one of the values."),
    "small": _("The number is too small."),
    "great": _("The number is too large."),
    "long": _("The text is too long."),
    "future": _("This time is in the future."),
}
#: The types of fields (`message_forms.TYPES`).
TYPES: dict[str, Any] = {
    "text": _("text"),
    "long": _("long text"),
    "integer": _("whole number"),
    "number": _("number"),
    "choice": _("choice"),
    "yesno": _("yes or no"),
    "day": _("day"),
    "time": _("day and time"),
}
#: Why two records are proposed as duplicates (`duplicates.pairs`).
REASONS: dict[str, Any] = {
    "same_quantity": _("same quantity"),
    "near_quantity": _("the quantities are nearly equal"),
    "unit": _("quantities that differ by the factor 1,000: perhaps a wrong unit"),
    "same_time": _("times at most two hours apart"),
    "near_time": _("times at most a day and a half apart"),
    "same_reference": _("same number of the means of transport"),
    "near_reference": _("nearly the same number of the means of transport"),
    "place": _("similar place"),
    "text": _("similar words for the goods"),
}
#: What waits for a person → the act.
WAITING: dict[str, Any] = {
    "warning": _("Answer a warning"),
    "test": _("Answer a test message"),
    "national": _("Confirm the receipt of the national plan"),
    "call": _("Accept or decline an operation"),
    "late": _("Late records need your decision"),
    "unsent": _("Check the recipients and send your entries"),
}
#: The steps of the readiness matrix.
STEPS: dict[str, Any] = {
    "contact": _("Contact point"),
    "deputy": _("Deputy"),
    "test_contact": _("Test message of the contact point"),
    "test_deputy": _("Test: deputy"),
    "plan": _("National plan"),
}
#: What a missing step requires.
MISSING: dict[str, Any] = {
    "contact": _("name a contact point"),
    "deputy": _("name a deputy"),
    "test_contact": _("the contact point answers the test message"),
    "test_deputy": _("the deputy answers the test message"),
    "plan": _("send the national plan"),
}
#: State → the text of the button that sets this state.
ADVANCE: dict[str, Any] = {
    "draft": _("Withdraw the proposal"),
    "proposed": _("Propose the operation"),
    "called": _("Invite the participants"),
    "preparing": _("Start the preparation"),
    "followup": _("End the live phase for all"),
    "debrief": _("Begin the debrief"),
    "closed": _("Close the operation permanently"),
    "abandoned": _("Abandon the operation"),
}
#: What an approval of a second person changes.
CHANGES: dict[str, Any] = {
    "live": _("Start the live phase"),
    "extend": _("Extend the operation"),
    "marking": _("Weaken the marking"),
    "final": _("Approve the final report"),
}
#: What happened in an operation → icon and sentence of the notification.
NOTIFIED: dict[str, tuple[str, Any]] = {
    "contact": ("clock", _("Your entry in the directory of contacts must be confirmed again")),
    "call": ("flag", _("Your organisation is invited to a joint operation")),
    "test": ("flag", _("A test message of an operation needs your answer")),
    "broadcast": ("flag", _("A message to all participants of an operation")),
    "request": ("info", _("A request in an operation")),
    "help": ("info", _("Help with an identification is requested")),
    "feedback": ("check", _("Feedback in an operation")),
    "warning": ("alert", _("A warning to your organisation")),
    "warning_deputy": ("clock", _("A warning has not been answered yet; you are the deputy")),
    "warning_late": ("clock", _("A warning to your organisation was not answered in time")),
    "warning_unit": (
        "clock",
        _("A warning was not answered in time; the coordination unit decides"),
    ),
}
#: The labels of figures (`figures.count`).
FIGURES: dict[str, Any] = {
    "controls": _("Controls"),
    "controls.nothing": _("Nothing found"),
    "controls.found": _("Controls in which something was found"),
    "seizures.target": _("Seizures that belong to the target"),
    "seizures.other": _("Seizures outside the target"),
    "participants": _("Participants"),
    "seizures": _("Seizures"),
    "arrests": _("Persons arrested"),
    "messages": _("Messages"),
    "messages.warning": _("Warnings"),
}
#: Whether a participant confirmed its figures.
CONFIRMED: dict[str, Any] = {
    "yes": _("confirmed"),
    "changed": _("changed since the confirmation"),
    "no": _("not confirmed"),
}
