"""Display texts for the pages of assistance, by code."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

#: Code of a refusal (`actions.common.Refused`, and the words of `apps/sql/assistance.sql`) → its text.
PROBLEMS: dict[str, Any] = {
    "role": _("Your role in this request does not permit this."),
    "order": _("This action is not possible in the present state of the request."),
    "reference": _("This reference is already in use. Choose another one."),
    "conflict": _("The data changed in the meantime, or a value is not valid. Check the values "
                  "and send the form again."),
    "missing": _("A required value is missing."),
    "long": _("A text is too long."),
    "short": _("The reason is too short: enter at least 20 characters."),
    "day": _("A date is missing or is not valid."),
    "order_of_days": _("The last day is before the first day."),
    "past": _("The end must be in the future."),
    "assessment": _(
        "There is no assessment on file. Without an assessment on file, no decision on the request is"
        " possible."
    ),
    "own": _("You took part in an earlier step. Another person must decide."),
    "named_twice": _("This person already has this role."),
    "leader": _("First, name a team leader."),
    "unchecked": _("The leader's declaration of conflicts of interest has not been checked yet."),
    "undeclared": _("The person has not declared conflicts of interest yet."),
    "open": _("A diagnostic of this request is still open. Freeze it first."),
    "frozen": _("The diagnostic is not open, so no answer can be added."),
    "conflicts": _("Some answers differ. The team leader must decide which ones are kept "
                   "before the freeze."),
    "empty": _("No question has been answered."),
    "decided": _("No decision is needed: the answers do not differ."),
    "evidence": _(
        "A level of 3 or more needs evidence. Describe what was seen, or state the role of the "
        "person who was interviewed."
    ),
    "level": _("Choose a level, “not applicable” or “not seen”."),
    "na_reason": _("State why the question is not applicable."),
    "na_second": _(
        "This question is critical: name the role of the second person who confirmed that it is not"
        " applicable."
    ),
    "early": _("The follow-up question has not been sent yet."),
    "certificate_long": _(
        "The title and the name of your organisation are too long for the QR code of a certificate. Shorten"
        " the title."
    ),
    "letters": _("A name contains no letters. Enter one name in each line."),
    "no_action": _("Tick at least one action for which you can do this."),
    "no_standard": _(
        "The IATI standard is not installed, so the file cannot be checked. The administrator "
        "must set VEDETTE_IATI."
    ),
    "nothing_released": _("No action is released for publication. The Member must release each "
                          "action first."),
    "not_valid": _("The file would not comply with a rule of IATI. Check the dates and the "
                   "identifier."),
    "reference_iati": _("Enter the IATI identifier of your organisation, for example "
                        "XM-DAC-12345."),
    "no_report": _("The team leader has not written the report yet."),
    "version": _("This version is in use by the example of vedette. Choose another name."),
    "workbook": _("The file is not a readable workbook (.xlsx) of at most 4 MB."),
    **{
        f"form_{code}": text
        for code, text in {
            "sheet": _("sheet %(sheet)s: the sheets survey, choices and areas, each with its headings, are "
                       "needed. Start from the workbook of the example."),
            "empty": _("sheet %(sheet)s: there is no question."),
            "many": _("sheet %(sheet)s: there are too many rows. A question bank has at most 1,000 "
                      "questions."),
            "type": _("sheet %(sheet)s, row %(row)s: the type must be select_one. Other types, groups, "
                      "repeats and calculations are not read."),
            "name": _("sheet %(sheet)s, row %(row)s: the name is missing, is not valid or occurs twice."),
            "choices": _("sheet %(sheet)s, row %(row)s: the list needs the levels 0 to 5, in this order."),
            "text": _("sheet %(sheet)s, row %(row)s: a text is missing in English or in French, or has more "
                      "than 2,000 characters."),
            "area": _("sheet %(sheet)s, row %(row)s: the area is missing in the sheet areas, or occurs "
                      "twice."),
            "number": _("sheet %(sheet)s, row %(row)s: a number is not within its limits (weight 0 to 1,000, "
                        "minimum and target 0 to 5, risk and effort 1 to 5)."),
            "relevant": _("sheet %(sheet)s, row %(row)s: conditions, constraints and calculations are not "
                          "read. Delete the condition."),
            "theme": _("sheet %(sheet)s, row %(row)s: the theme or the source is missing or too long."),
        }.items()
    },
    "many_indicators": _("A request has at most 50 indicators."),
    "many_regions": _("Enter at most 100 regions."),
    "region_twice": _("A region occurs twice."),
    "adds_up": _("The parts do not add up to the value."),
    "baseline_late": _("The baseline must be before the target."),
    "before_baseline": _("The day must be after the baseline."),
    "frozen_period": _("The period is frozen. The values of the period can no longer change."),
    "no_value": _("Each indicator needs a value in this period before the freeze."),
    "values": _("Some values are missing or not valid."),
    "no_withdrawal": _("An answer cannot be taken back. Answer the question again instead."),
    "unanswered": _("A follow-up has not been answered yet."),
    "not_frozen": _("The diagnostic is not frozen yet."),
    "undecided": _("Some proposals have no decision yet, or there are no proposals."),
    "number": _("The number is not within the permitted limits."),
    "no_number": _("This is not a number."),
    "currency": _("Enter the currency of the cost as a three-letter code, for example EUR."),
    "long_session": _("A session lasts at most 60 days."),
    "half_day": _("This half-day does not belong to the session."),
    "percent": _("Enter a result from 0 to 100. Leave the field empty if the person missed the "
                 "test."),
    "many": _("A session has at most 200 participants."),
    "code_twice": _("Another person added participants at the same time. Send the form again."),
    "nobody": _("Every participant who meets the conditions already has a certificate."),
    "country": _("Enter countries as two-letter codes, separated by commas."),
    "future": _("This day has not come yet."),
    "many_serials": _("Enter at most 500 serial numbers at once."),
    "many_events": _("The register of a request has at most 20,000 events."),
    "equipment_other_item": _("The serial number %(serial)s belongs to another item: %(item)s."),
    "equipment_not_possible": _(
        "%(serial)s: the event “%(event)s” is not possible on this day. State of the piece: %(state)s."
    ),
    "equipment_no_place": _("Enter the new place of the piece."),
    "equipment_elsewhere": _(
        "%(serial)s is at another place: %(place)s. First record that this piece was moved to %(other)s."
    ),
    "equipment_too_many": _(
        "More pieces would have arrived (%(arrived)s) than were ordered (%(ordered)s). The coordinator"
        " records the purchase first."
    ),
}  # fmt: skip

#: What a reader of a request would ask (`selectors.requests.clarity`).
CLARITY: dict[str, Any] = {
    "problem": _("What exactly is the problem, where, and since when?"),
    "tried": _("Which solutions have been tried, and with which result?"),
    "evidence": _("On which facts is the request based?"),
    "expected": _("What should change as a result of the assistance?"),
    "observe": _("How will the change be observed?"),
    "contribution": _("What does your administration contribute (people, rooms, time)?"),
    "signatory": _("Who signs the request?"),
    "number": _("Can the problem be described with a number?"),
}
ROLES: dict[str, Any] = {
    "contact": _("Member's contact point"),
    "coordinator": _("coordinator"),
    "second": _("second person"),
    "leader": _("team leader"),
    "assessor": _("assessor"),
}
#: Sources of facts in an assessment on file.
FACTS: dict[str, Any] = {
    "request": _("earlier request"),
    "diagnostic": _("earlier diagnostic"),
    "plan": _("action plan"),
    "training": _("training"),
}
#: State of a fact or of an answer → its word.
ANSWERS: dict[str, Any] = {
    "na": _("not applicable"),
    "not_seen": pgettext_lazy("diagnostic", "not seen"),
}
#: Kinds of evidence.
EVIDENCE: dict[str, Any] = {
    "observation": _("observation"),
    "interview": _("interview, by role"),
    "document": _("document"),
}
#: Parts of a mission report that the team leader writes.
REPORT: dict[str, Any] = {
    "summary": _("Summary"),
    "findings": _("Findings"),
    "recommendations": _("Recommendations"),
}
#: Field → the label of its input. The message of a refusal names it.
FIELDS: dict[str, Any] = {
    "provider": _("Organisation from which assistance is requested"),
    "reference": pgettext_lazy("assistance", "Reference"),
    "theme": _("Theme"),
    "problem": _("The problem"),
    "tried": _("What was tried"),
    "evidence": _("Facts and evidence"),
    "expected": _("Expected result"),
    "observe": _("How the result can be observed"),
    "contribution": _("Own contribution"),
    "signatory": _("Signatory"),
    "answer": _("Answer"),
    "text": _("Text"),
    "reason": _("Reason"),
    "first": _("First day"),
    "last": _("Last day"),
    "until": _("Until"),
    "terms": _("Terms of reference"),
    "conflict": _("Conflicts of interest"),
    "user": _("Person"),
    "role": _("Role"),
    "owner": pgettext_lazy("plan", "Owner"),
    "start": _("First day"),
    "due": _("Due day"),
    "cost": _("Cost"),
    "currency": _("Currency (ISO 4217)"),
    "done_on": _("Done on"),
    "choice": pgettext_lazy("assistance", "Decision"),
    "title": _("Title"),
    "code": _("Code"),
    "place": _("Place"),
    "language": _("Language"),
    "names": _("Participants"),
    "results": _("Results"),
    "themes": _("Themes and languages"),
    "state": _("State"),
    "why": _("Reason"),
    "item": pgettext_lazy("equipment", "Item"),
    "event": pgettext_lazy("equipment", "Event"),
    "on": pgettext_lazy("equipment", "Day"),
    "serials": _("Serial numbers"),
    "number": _("Number"),
    "note": _("Note"),
    "workbook": _("Workbook"),
    "source": _("Actual values"),
    "baseline": pgettext_lazy("indicator", "Baseline"),
    "target": pgettext_lazy("indicator", "Target"),
    "baseline_on": _("Day of the baseline"),
    "target_on": _("Day of the target"),
    "value": _("Value"),
    "period": _("Period"),
    "women": _("Women"),
    "men": _("Men"),
    "regions": _("By region"),
    "version": _("Version"),
    **REPORT,
}
#: States of a piece of equipment (`equipment.STATES`), in the order of the columns.
PIECES: dict[str, Any] = {
    "delivered": pgettext_lazy("piece", "delivered"),
    "accepted": pgettext_lazy("piece", "accepted after a test"),
    "in_use": pgettext_lazy("piece", "in use"),
    "maintenance": pgettext_lazy("piece", "in maintenance"),
    "out_of_order": pgettext_lazy("piece", "out of order"),
    "lost": pgettext_lazy("piece", "lost"),
    "rejected": pgettext_lazy("piece", "rejected after a test"),
}
#: Words of a refused event of equipment that are no states.
EVENTS: dict[str, Any] = {
    "not delivered": pgettext_lazy("piece", "not delivered"),
    "no place": pgettext_lazy("piece", "no place"),
    "users_trained": pgettext_lazy("equipment", "users trained"),
    "moved": pgettext_lazy("equipment", "moved"),
}
#: Languages of missions and of experts.
LANGUAGES: dict[str, Any] = {
    "en": _("English"),
    "fr": _("French"),
    "es": _("Spanish"),
    "ar": _("Arabic"),
}
#: What speaks for an expert (`experts.reasons`).
REASONS: dict[str, Any] = {
    "theme": _("knows the theme"),
    "language": _("speaks the language"),
    "recognised": pgettext_lazy("expert", "recognised"),
    "accredited": pgettext_lazy("expert", "accredited"),
    "pre-accredited": pgettext_lazy("expert", "pre-accredited"),
    "region": _("knows the region"),
    "no_mission": _("has no mission"),
}
#: Gaps and reasons of a pack, by the beginning of the message (`training.pack`).
PACK: dict[str, Any] = {
    "has no material in": _("the module has no training material in this language"),
    "has no material": _("the module has no training material"),
    "has no trainer in": _("the module has no trainer in this language"),
    "has no trainer": _("the module has no trainer"),
    "is a prerequisite of itself": _("this module has itself as a prerequisite"),
    "is a prerequisite and": _("this prerequisite is not in the catalogue"),
    "is not in the catalogue": _("this module is not in the catalogue"),
}
#: The description of an activity in a file of IATI, which is in English.
PUBLISHED = "Actions of a plan for border security that the Member released for publication."
#: What happened in a request → icon and sentence of the notification.
NOTIFIED: dict[str, tuple[str, Any]] = {
    "followup": ("clock", _("Assistance: state what changed since the action plan")),
    "reminder": ("clock", _("Reminder: state what changed since the action plan")),
    "overdue": ("clock", _("A follow-up of assistance was not answered in time")),
    "frozen": ("check", _("The snapshot of a diagnostic has been signed")),
    "certificate": ("check", _("A certificate of training is issued")),
}
