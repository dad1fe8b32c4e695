"""Pages of the vocabulary, of the operators and functions, and of code lists."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from vedette.apps import rendering
from vedette.apps.accounts.models import Approval
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.profiles import code_lists, wording
from vedette.apps.profiles.forms import ListForm
from vedette.apps.profiles.models import CodeList, Version
from vedette.apps.subjects.kinds import app_kinds
from vedette.kinds import default, kinds, vocabulary
from vedette.profiles import words as readings
from vedette.profiles.operators import OPERATORS, TABLE
from vedette.profiles.vocabulary import UNIT_NAMES, Column

#: The tab beside the kinds of fact.
LANGUAGE = "language"
#: Maximum number of codes shown in the row of a list.
SHOWN = 12


@require_GET
@requires("profile.see")
def words(request: Request) -> HttpResponse:
    """The columns of one kind of fact, those that contain a text, or the operators and functions."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in kinds() else default()
    known = vocabulary(kind)
    counts: dict[str, int] = {}
    for column in known.columns:
        counts[column.ground] = counts.get(column.ground, 0) + 1
    text = " ".join(request.GET.get("q", "").split())[:60]
    asked = request.GET.get("ground", "")
    ground = asked if asked in counts or asked == LANGUAGE else next(iter(counts))
    chosen = [
        column
        for column in known.columns
        if (
            text.casefold() in " ".join((column.name, *_labels(column).values())).casefold()
            if text
            else column.ground == ground
        )
    ]
    context = {
        "vocabulary": known,
        "kinds": [(one.name, one.queue_heads[0]) for one in app_kinds()],
        "grounds": list(counts.items()),
        "ground": "" if text else ground,
        "text": text,
        "columns": [
            {
                "column": column,
                "labels": _labels(column).items(),
                "type": wording.TYPES[column.type],
                "unit": rendering.say(UNIT_NAMES.get(column.unit, "")),
                "serves": wording.SERVES[column.serves],
            }
            for column in chosen[:60]
        ],
        "found": len(chosen),
        "operators": OPERATORS,
        "functions": TABLE.values(),
        "languages": [code for code, _ in settings.LANGUAGES],
    }
    return render(request, "profiles/vocabulary.html", context)


def _labels(column: Column) -> dict[str, str]:
    """The label of a column in every language."""
    found = {}
    for code, _ in settings.LANGUAGES:
        with translation.override(code):
            found[code] = rendering.say(readings.label(column))
    return found


@require_GET
@requires("profile.see")
def lists(request: Request) -> HttpResponse:
    """Code lists with their codes, last days, and the profiles that name them."""
    today = timezone.now().date()
    found = list(CodeList.objects.order_by("name"))
    uses = _uses([one.name for one in found])
    rows = [
        {
            "list": one,
            "shown": one.codes[:SHOWN],
            "more": max(len(one.codes) - SHOWN, 0),
            "over": one.until is not None and one.until < today,
            "uses": uses.get(one.name, []),
        }
        for one in found
    ]
    return render(request, "profiles/lists.html", {"rows": rows})


def _uses(names: list[str]) -> dict[str, list[Version]]:
    """Name of a list → the active or open versions that name it."""
    found: dict[str, list[Version]] = {}
    if not names:
        return found
    running = Version.objects.select_related("profile").exclude(state=Version.State.ENDED)
    for version in running.filter(expression__icontains=" list ").order_by("profile__ref"):
        for name in names:
            if f"'{name.replace(chr(39), chr(39) * 2)}'" in version.expression:
                found.setdefault(name, []).append(version)
    return found


@require_http_methods(["GET", "POST"])
@requires("profile.write")
def list_edit(request: Request) -> HttpResponse:
    """Creates or changes a code list; if versions depend on it, a second person must approve."""
    known = None
    if name := request.GET.get("name", ""):
        known = get_object_or_404(CodeList, name=name.replace("\0", ""))
    initial = {"name": known.name, "codes": "\n".join(known.codes), "source": known.source,
               "until": known.until} if known else {}  # fmt: skip
    form = ListForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = {**form.cleaned_data, **({"name": known.name} if known else {})}
        try:
            done = code_lists.set_list(request.user, **given)
        except ValueError:
            form.add_error("why", gettext("Give a reason of at least 20 characters."))
        else:
            asked = gettext("Request sent. Another person decides. The list has not changed yet.")
            saved = gettext("Code list saved. Profiles use the new codes at once.")
            toasts.success(request, asked if isinstance(done, Approval) else saved)
            return redirect("profile-lists")
    stands = code_lists.stands(str(form["name"].value() or (known.name if known else "")))
    context = {"form": form, "known": known, "stands": stands}
    return render(request, "profiles/list.html", context, status=422 if form.is_bound else 200)
