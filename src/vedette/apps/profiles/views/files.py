"""Profiles in and out: a look at what files bring, then drafts; and a version as a YAML file."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.columns import Purpose
from vedette.apps.lists.forms import SeveralFiles
from vedette.apps.profiles import carrying, reading
from vedette.apps.profiles.carrying import MOST_CHARACTERS, MOST_FILES, Item
from vedette.apps.profiles.views.profile import find
from vedette.core.filenames import cleaned


class FilesField(forms.FileField):
    """Several files → [(name, text)], bounded in number and size."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[tuple[str, str]]:
        """The text of each file."""
        uploads = data if isinstance(data, list) else [data] if data else []
        if len(uploads) > MOST_FILES or sum(one.size for one in uploads) > MOST_CHARACTERS:
            raise forms.ValidationError(_("At most 100 files at once, and 1 MB in all."))
        return [(cleaned(one.name), one.read().decode("utf-8", "replace")) for one in uploads]


class ImportForm(forms.Form):
    """YAML files, or a text of criteria with what it is for."""

    #: `files` is taken: it is what a form calls its uploads.
    profiles = FilesField(required=False)
    criteria = forms.CharField(required=False, max_length=MOST_CHARACTERS, strip=False)
    purpose = forms.ChoiceField(choices=[("", ""), *Purpose.choices], required=False)
    basis = forms.CharField(max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        """One of both; criteria say nothing of purpose and law."""
        data = super().clean() or {}
        text = data.get("criteria", "").strip()
        if not data.get("profiles") and not text and not self.errors:
            self.add_error("profiles", _("Choose YAML files, or paste criteria."))
        if text:
            for name in ("purpose", "basis"):
                if not data.get(name):
                    self.add_error(name, _("Criteria do not say it: give it for all of them."))
        return data


@require_http_methods(["GET", "POST"])
@requires("profile.write")
def bring(request: Request) -> HttpResponse:
    """First a look at what was read and what was not; then drafts of what can be."""
    again = request.POST.getlist("yaml")
    names = request.POST.getlist("name")
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    context: dict[str, Any] = {
        "form": form,
        "purposes": [("", ""), *(c for c in Purpose.choices if c[0] in request.user.purposes)],
    }
    if request.method == "GET":
        return render(request, "profiles/import.html", context)
    if again and len(again) == len(names) <= MOST_FILES:
        texts = list(zip(names, again, strict=True))
    elif not form.is_valid():
        return render(request, "profiles/import.html", context, status=422)
    else:
        texts = form.cleaned_data["profiles"]
    items, lost = _read(texts, form)
    if request.POST.get("do") == "take" and any(not item.refused for item in items):
        made = carrying.take(request.user, items)
        text = ngettext("%(n)s draft made.", "%(n)s drafts made.", len(made))
        toasts.success(request, text % {"n": len(made)})
        return redirect("profiles")
    context |= {
        "items": items, "lost": lost, "texts": texts,
        "takes": sum(not item.refused for item in items),
    }  # fmt: skip
    return render(request, "profiles/import.html", context)


def _read(texts: list[tuple[str, str]], form: ImportForm) -> tuple[list[Item], list[str]]:
    """Every profile of the files, and of the criteria; what belongs to none of these."""
    items = _once([carrying.yaml(name, text) for name, text in texts])
    text = form.cleaned_data.get("criteria", "") if form.is_valid() else ""
    if not text.strip():
        return items, []
    given = form.cleaned_data
    more, lost = carrying.criteria(text, given["purpose"], given["basis"])
    return [*items, *more], lost


def _once(items: list[Item]) -> list[Item]:
    """The same number in two files is taken from the first."""
    seen: set[str] = set()
    made = []
    for item in items:
        if item.ref and item.ref in seen and not item.refused:
            refused = gettext("%(ref)s stands in another of these files.") % {"ref": item.ref}
            item = Item(item.name, ref=item.ref, title=item.title, refused=refused)
        seen.add(item.ref)
        made.append(item)
    return made


@require_GET
@requires("profile.see")
def export(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """A version as a file, fit for git."""
    version = find(pk, number).version
    acts.write(request.user, "profile.exported", version.pk, number=version.number)
    text = carrying.export(version, reading.of(version))
    response = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{version.profile.ref}.yaml"'
    return response
