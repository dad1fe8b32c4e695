"""Forms of the pages of lists and lookouts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vedette.apps import rendering
from vedette.apps.accounts.models import User
from vedette.apps.columns import Purpose, Theme
from vedette.apps.lists.actions import LONGEST_RULE, UNREVIEWED, reserved
from vedette.apps.lists.fetching import FetchError, check_url
from vedette.apps.lists.models import Watchlist
from vedette.apps.lists.wording import FACTS
from vedette.core import codes
from vedette.kinds import kind

#: The largest number of files in one upload, and their largest total size in bytes.
MOST_FILES = 8
MOST_BYTES = 64 * 1024 * 1024


class SeveralFiles(forms.FileInput):
    """An input for several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """A form field for several files. The value of the field is a list of tuples (name, bytes). The number of
    files and their total size are limited. `none`, `more` and `larger` are the error messages for no files,
    for too many files, and for files that are too large."""

    widget = SeveralFiles

    def __init__(self, number: int, size: int, none: Any, more: Any, larger: Any) -> None:
        super().__init__(error_messages={"none": none, "more": more, "larger": larger})
        self._number, self._size = number, size

    def clean(self, data: Any, initial: Any = None) -> list[tuple[str, bytes]]:
        """Returns the name and the content of each file."""
        uploads = data if isinstance(data, list) else [data] if data else []
        for code, wrong in (
            ("none", not uploads),
            ("more", len(uploads) > self._number),
            ("larger", sum(upload.size for upload in uploads) > self._size),
        ):
            if wrong:
                raise forms.ValidationError(self.error_messages[code])
        return [(upload.name, upload.read()) for upload in uploads]


class FilesForm(forms.Form):
    """Step 1 of an import: the files."""

    #: The field is not named `files`, because Django's forms have an attribute `files`.
    lists = FilesField(
        MOST_FILES,
        MOST_BYTES,
        none=_("Choose the file or files of the list."),
        more=_("Choose at most 8 files of the same list."),
        larger=_(
            "The file is larger than 64 MB. Import the file on the server with “vedette lists"
            " import”."
        ),
    )


class TermsForm(forms.Form):
    """Step 2 of an import: the name, themes, purpose, legal basis, owner, expiry and weight of the list. For
    a control list (`of_kind`), the form also contains its rule, its first day, and the supplied list that it
    replaces."""

    name = forms.CharField(max_length=100)
    themes = forms.MultipleChoiceField(choices=Theme.choices)
    purpose = forms.ChoiceField(choices=[("", ""), *Purpose.choices])
    basis = forms.CharField(max_length=300)
    owner = forms.CharField(max_length=200)
    expires_on = forms.DateField(required=False)
    weight = forms.IntegerField(min_value=0, max_value=100, initial=70)

    def __init__(self, *args: Any, user: User, of_kind: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.of_kind, self.user = of_kind, user
        mine = [choice for choice in Theme.choices if choice[0] in user.themes]
        self.fields["themes"].choices = mine  # type: ignore[attr-defined]
        formats = kind(of_kind).control_formats if of_kind else None
        if formats is not None:
            self.facts = [(name, FACTS.get(name, words)) for name, words in formats.facts.items()]
            theme_of = formats.supplied_themes()
            supplied = [("", "")] + [
                one for one in formats.supplied().items() if theme_of[one[0]] in user.themes
            ]
            self._theme_of = theme_of
            self.fields["replaces"] = forms.ChoiceField(choices=supplied, required=False)
            self.fields["rule"] = forms.CharField(max_length=LONGEST_RULE, required=False)
            self.fields["active_from"] = forms.DateField()

    def clean_rule(self) -> str:
        """Refuses a rule that cannot be read."""
        formats = kind(self.of_kind).control_formats
        rule = " ".join(self.cleaned_data["rule"].split())
        problem = formats.problem(rule) if formats is not None else None
        if problem is not None:
            why = rendering.say(problem)
            raise forms.ValidationError(_("The rule cannot be read: %(why)s"), params={"why": why})
        return rule

    def clean_active_from(self) -> dt.date | None:
        """Refuses a day in the past, because the entries in force on a past day must not change."""
        day: dt.date = self.cleaned_data["active_from"]
        if day < timezone.now().date():
            raise forms.ValidationError(_("This day is in the past. Choose today or a later day."))
        return day

    def clean_replaces(self) -> str:
        """Refuses a supplied list whose theme was not chosen."""
        key: str = self.cleaned_data["replaces"]
        if key and self._theme_of[key] not in self.cleaned_data.get("themes", ()):
            theme = Theme(self._theme_of[key]).label
            raise forms.ValidationError(
                _("The supplied list belongs to the theme “%(theme)s”. Choose this theme as well."),
                params={"theme": theme},
            )
        return key

    def clean_name(self) -> str:
        """Refuses the name of the list of lookouts, and the name of a list of the other type (watchlist or
        control list)."""
        name = " ".join(self.cleaned_data["name"].split())
        if reserved(name):
            raise forms.ValidationError(
                _("This name is reserved for lookouts. Choose another name.")
            )
        known = Watchlist.objects.filter(name=name, lookouts=False).first()
        if known is not None and known.of_kind != self.of_kind:
            raise forms.ValidationError(
                _("A watchlist and a control list cannot have the same name. Choose another name.")
            )
        own = (None, *self.user.themes)
        if known is not None and self.of_kind and self._theme_of.get(known.replaces) not in own:
            raise forms.ValidationError(
                _(
                    "This list replaces a supplied list of a theme that is not assigned to "
                    "you. Only a person with that theme can change the list."
                )
            )
        return name

    def clean_expires_on(self) -> dt.date | None:
        """Refuses a day in the past, because an expired list raises no hits."""
        day = self.cleaned_data["expires_on"]
        if day is not None and day < timezone.now().date():
            raise forms.ValidationError(
                _("This day is in the past: the list would produce no hits.")
            )
        return day


class SubscriptionForm(TermsForm):
    """A subscription: the address, the time between two fetches, and the attributes of the list."""

    url = forms.CharField(max_length=500)
    every = forms.TypedChoiceField(
        choices=[(6, _("6 hours")), (24, _("1 day")), (168, _("1 week"))], coerce=int, initial=24
    )

    def clean_url(self) -> str:
        """Refuses a URL from which vedette may not fetch files."""
        url: str = self.cleaned_data["url"].strip()
        try:
            check_url(url)
        except FetchError as error:
            raise forms.ValidationError(
                _("Enter an address that begins with https:// and contains no user name.")
            ) from error
        return url


class LookoutForm(forms.Form):
    """A lookout: a document or a name, the duration, the caller and the reason."""

    document = forms.CharField(max_length=35, required=False)
    name = forms.CharField(max_length=200, required=False)
    birth_date = forms.DateField(required=False)
    nationality = forms.CharField(max_length=60, required=False)
    group_label = forms.CharField(max_length=40, required=False)
    hours = forms.TypedChoiceField(
        choices=[(24, ""), (12, ""), (8, ""), (4, ""), (2, "")], coerce=int, required=False
    )
    caller = forms.CharField(max_length=200)
    why = forms.CharField(min_length=20, max_length=4000)

    def clean_hours(self) -> int:
        """Returns the duration, or the longest duration if no duration is chosen."""
        return self.cleaned_data["hours"] or UNREVIEWED

    def clean_nationality(self) -> str:
        """Converts a code or a name of a country to its alpha-2 code."""
        text = self.cleaned_data["nationality"]
        found = codes.country(text)
        if text and not found:
            raise forms.ValidationError(
                _("Unknown country. Enter the three-letter code of the country or its name.")
            )
        return found or ""

    def clean(self) -> dict[str, Any]:
        """Requires a document or a name."""
        data = super().clean() or {}
        if not data.get("document") and not data.get("name"):
            self.add_error("document", _("Enter a document number or a name."))
        return data


class ExtendForm(forms.Form):
    """The form with which a supervisor reviews a lookout: the number of additional hours."""

    hours = forms.TypedChoiceField(choices=[(24, ""), (72, ""), (168, ""), (720, "")], coerce=int)
