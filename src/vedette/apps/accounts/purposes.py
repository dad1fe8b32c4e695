"""The purpose and the case for which a user searches for people: asked once a session, and stored in it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from vedette.apps.accounts.rules import Request
from vedette.apps.columns import Purpose

#: A case is a reference and never a name: letters, digits and separators, with at least one digit.
_CASE = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9 ./_-]{1,39}")
#: Session keys: the case given for each purpose, and the current purpose.
CASES, PURPOSE = "cases", "purpose"


class PurposeForm(forms.Form):
    """The form for the purpose and the case of a search for people.

    Offers only purposes of the user. `cases` are those given in this session, by purpose: a purpose that has
    one needs no case again.
    """

    purpose = forms.ChoiceField(
        error_messages={
            "required": _("Choose a purpose."),
            "invalid_choice": _("Choose a purpose."),
        },
    )
    case = forms.RegexField(
        _CASE,
        max_length=40,
        required=False,
        error_messages={
            "invalid": _(
                "A case is a reference with a number, for example 2026-114. It is never a name."
            ),
        },
    )

    def __init__(
        self, purposes: Collection[str], cases: Mapping[str, str], data: Any = None
    ) -> None:
        super().__init__(data)
        self.cases = cases
        offered: Any = self.fields["purpose"]
        own = [(value, word) for value, word in Purpose.choices if value in purposes]
        offered.choices = [("", _("Choose")), *own]

    def clean(self) -> dict[str, Any]:
        """Adds the case given before for this purpose if none is given now."""
        given = super().clean() or {}
        if not given.get("case") and "case" not in self.errors:
            given["case"] = self.cases.get(given.get("purpose", ""), "")
            if not given["case"]:
                self.add_error("case", _("Give the reference of the case."))
        return given


def session_purpose(request: Request) -> tuple[dict[str, str] | None, PurposeForm]:
    """The purpose and the case of this session, with the form that asks for them. None in place of the first
    if they have not been given yet or are to be changed, or if the user no longer has that purpose."""
    cases = request.session.get(CASES, {})
    own = request.user.purposes
    if request.method == "POST" and "change" in request.POST:
        request.session.pop(PURPOSE, None)
    if request.method == "POST" and "purpose" in request.POST:
        form = PurposeForm(own, cases, request.POST)
        if not form.is_valid():
            return None, form
        now = form.cleaned_data["purpose"]
        cases = {**cases, now: form.cleaned_data["case"]}
        request.session[CASES], request.session[PURPOSE] = cases, now
    now = request.session.get(PURPOSE)
    given = {"purpose": now, "case": cases[now]} if now in cases and now in own else None
    return given, PurposeForm(own, cases)
