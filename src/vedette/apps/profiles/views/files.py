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
        if not uploads:
            raise forms.ValidationError(_("Choose YAML files."))
        if len(uploads) > MOST_FILES or sum(one.size for one in uploads) > MOST_CHARACTERS:
            raise forms.ValidationError(_("At most 100 files at once, and 1 MB in all."))
        return [(cleaned(one.name), one.read().decode("utf-8", "replace")) for one in uploads]


class ImportForm(forms.Form):
    """YAML files."""

    #: `files` is taken: it is what a form calls its uploads.
    profiles = FilesField()


@require_http_methods(["GET", "POST"])
@requires("profile.write")
def bring(request: Request) -> HttpResponse:
    """First a look at what was read and what was not; then drafts of what can be."""
    if request.method == "GET":
        return render(request, "profiles/import.html", {"form": ImportForm()})
    form = ImportForm(request.POST, request.FILES)
    again, names = request.POST.getlist("yaml"), request.POST.getlist("name")
    if again and len(again) == len(names) <= MOST_FILES:
        texts = list(zip(names, again, strict=True))
    elif form.is_valid():
        texts = form.cleaned_data["profiles"]
    else:
        return render(request, "profiles/import.html", {"form": form}, status=422)
    items = _once([carrying.yaml(name, text) for name, text in texts])
    takes = sum(not item.refused for item in items)
    if request.POST.get("do") == "take" and takes:
        made = carrying.take(request.user, items)
        text = ngettext("%(n)s draft created.", "%(n)s drafts created.", len(made))
        toasts.success(request, text % {"n": len(made)})
        return redirect("profiles")
    context = {"form": form, "items": items, "texts": texts, "takes": takes}
    return render(request, "profiles/import.html", context)


def _once(items: list[Item]) -> list[Item]:
    """The same number in two files is taken from the first."""
    seen: set[str] = set()
    made = []
    for item in items:
        if item.ref and item.ref in seen and not item.refused:
            refused = gettext("%(ref)s is also in another of these files.") % {"ref": item.ref}
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
