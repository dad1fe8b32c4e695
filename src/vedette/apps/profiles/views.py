"""Pages of profiles: the table, one profile, backtests, files, the report by group, the random control, the
vocabulary, and the code lists. The pages of the editor are in `editor`."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.dateparse import parse_date
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from vedette.apps import rendering
from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Approval
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.accounts.sessions import session_purpose
from vedette.apps.approvals import actions as approvals
from vedette.apps.lists.forms import FilesField
from vedette.apps.profiles import (
    actions,
    present,
    reading,
    selectors,
    wording,
    yaml_files,
)
from vedette.apps.profiles.actions import Refused
from vedette.apps.profiles.forms import LaneForm, ListForm, PeriodForm
from vedette.apps.profiles.models import (
    Backtest,
    CodeList,
    DrawDay,
    DrawLane,
    DrawRate,
    Profile,
    Version,
)
from vedette.apps.profiles.selectors import File, Filters
from vedette.apps.profiles.yaml_files import MOST_CHARACTERS, MOST_FILES
from vedette.apps.subjects.kinds import app_kind, app_kinds
from vedette.core.filenames import cleaned
from vedette.kinds import default, kinds, vocabulary
from vedette.profiles import words as readings
from vedette.profiles.tree import quoted
from vedette.profiles.vocabulary import FUNCTIONS, OPERATORS, UNIT_NAMES, Column

#: Filters that are shown only while they are selected.
_MARKS = ("ending", "hear")


@require_GET
@requires("profile.see")
def profiles(request: Request) -> HttpResponse:
    """Shows all profiles with their state, weight and results, and highlights the profiles that need
    attention.
    """
    filters = Filters.read(request.GET)
    page = selectors.page(filters)
    last = page.first + len(page.rows) - 1
    context = {
        "page": page,
        "filters": filters,
        "last": last,
        "segments": [
            (code, word, page.counts[code or "all"])
            for code, word in wording.FILTERS.items()
            if code not in _MARKS or code == filters.state
        ],
        "first_page": f"?{filters.query()}" if filters.page > 1 else "",
        "next_page": f"?{filters.query(page=filters.page + 1)}" if last < page.total else "",
    }
    return render(request, "profiles/profiles.html", context)


@require_GET
@requires("profile.see")
def standing_report(request: Request) -> HttpResponse:
    """Shows the hits of all profiles by group of subjects, with the share of hits for which nothing was
    found."""
    periods = {str(days): days for days in selectors.REPORT_PERIODS}
    days = periods.get(request.GET.get("days", ""), selectors.REPORT_PERIODS[1])
    found = selectors.report(days)
    acts.write(request.user, "profile.standing_seen", days=days)
    whole = found.all.share
    context = {
        "days": days,
        "periods": selectors.REPORT_PERIODS,
        "report": found,
        "by": [
            (one.label, [(word, group, _drawn(group, whole)) for word, group in one.rows])
            for one in found.by
        ],
    }
    return render(request, "profiles/standing.html", context)


def _drawn(group: selectors.Group, whole: float | None) -> dict[str, Any]:
    """Returns a drawing of the share of a group and the share of all hits. Also returns whether the share of
    all hits is outside the interval of the group."""
    # If a hit of the group is answered, the share of all hits is known too.
    if group.share is None or whole is None:
        return {"span": "–", "outside": False}
    low, high = group.interval
    words = wording.between(low, high)
    return {
        "span": present.interval_drawn(low, group.share, high, 1.0, whole, words),
        "outside": not group.says_little and not low <= whole <= high,
    }


def find(pk: uuid.UUID, number: int | None = None) -> File:
    """Returns the profile and the version that a URL identifies. Raises `Http404` if the version does not
    exist or the user may not see it."""
    try:
        return selectors.file(pk, number)
    except (Profile.DoesNotExist, Version.DoesNotExist) as error:
        raise Http404 from error


def page(request: Request, found: File, status: int = 200, **extra: Any) -> HttpResponse:
    """Shows the page of a version. `extra` may contain a refusal of an action and the input of the user."""
    context = present.page(found, request.user, request.GET.get("read", ""))
    return render(request, "profiles/profile.html", {**context, **extra}, status=status)


@require_GET
@requires("profile.see")
def profile(request: Request, pk: uuid.UUID, number: int | None = None) -> HttpResponse:
    """Shows the version with the number. If no number is given, shows the draft or submitted version. If no
    such version exists, shows the active version. If no version is active, shows the last version.
    """
    found = find(pk, number)
    acts.write(request.user, "profile.see", found.version.pk)
    return page(request, found)


@require_GET
@requires("profile.see")
def asked(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Redirects from a request for approval to the page of the version."""
    found = get_object_or_404(Version, pk=pk)
    return redirect("profile-version", pk=found.profile_id, number=found.number)


@require_GET
@requires("profile.see")
def compare(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the differences between two versions. By default, compares the version that the page of the
    profile shows with the version before this version.
    """
    found = find(pk)
    numbers = {str(version.number): version for version in found.versions}
    later = numbers.get(request.GET.get("to", ""), found.version)
    before = [v for v in found.versions if v.number < later.number]
    earlier = numbers.get(request.GET.get("from", ""), before[0] if before else later)
    acts.write(request.user, "profile.see", later.pk)
    context = {
        "profile": found.profile,
        "versions": found.versions,
        **present.comparison(earlier, later),
    }
    return render(request, "profiles/compare.html", context)


def _do(
    request: Request, found: File, done: Any, act: Callable[[], object], short: str = "short"
) -> HttpResponse:
    """Carries out an action on a version and shows a confirmation. If the action is refused, the page shows
    the refusal and keeps the input."""
    try:
        act()
    except (Refused, approvals.Refused) as refusal:
        # The version has changed in the meantime, so the page shows its present state.
        return _refused(request, find(found.profile.pk, found.version.number), refusal.code, 409)
    except ValueError:
        return _refused(request, found, short)
    toasts.success(request, done)
    return redirect("profile-version", pk=found.profile.pk, number=found.version.number)


def _refused(request: Request, found: File, code: str, status: int = 422) -> HttpResponse:
    return page(request, found, status, refused=wording.REFUSALS[code], typed=request.POST)


@require_POST
@requires("profile.write")
def submit(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Submits a draft."""
    found, why = find(pk, number), request.POST.get("why", "")
    try:
        start = parse_date(request.POST.get("start", ""))
    except ValueError:
        return _refused(request, found, "start")
    done = gettext("Submitted. The version is active only after another person approves it.")
    act = partial(actions.submit, request.user, found.version.pk, why, start)
    return _do(request, found, done, act, short="purpose")


@require_POST
@requires("profile.approve")
def decide(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Approves a version or requests a correction, with a reason."""
    found = find(pk, number)
    decisions: dict[str, tuple[Callable[..., Version], str]] = {
        "correct": (
            actions.correct,
            gettext("The version is returned to its author with your remark."),
        ),
        "allow": (actions.allow, gettext("Approved: the version is active.")),
    }
    decision = request.POST.get("decision", "")
    if decision not in decisions:
        return _refused(request, found, "choice")
    act, done = decisions[decision]
    why = request.POST.get("why", "")
    return _do(request, found, done, partial(act, request.user, found.version.pk, why))


@require_POST
@requires("profile.hear")
def hear(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Stores the opinion of the data-protection officer."""
    found, opinion = find(pk, number), request.POST.get("opinion")
    if opinion not in ("objects", "agrees"):
        return _refused(request, found, "choice")
    said = request.POST.get("said", "")
    act = partial(actions.hear, request.user, found.version.pk, opinion == "agrees", said)
    return _do(request, found, gettext("Your opinion is recorded."), act)


@require_POST
@requires("profile.write")
def shadow(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Starts or ends shadow mode."""
    on, found = request.POST.get("do") == "on", find(pk, number)
    done = (
        gettext("Shadow mode started. The version raises no hits.")
        if on
        else gettext("Shadow mode ended.")
    )
    return _do(request, found, done, partial(actions.shadow, request.user, found.version.pk, on))


def _without_input(right: str, act: Callable[[Any, uuid.UUID], object], done: Any) -> Any:
    """Returns the view of an action that needs no input. If the URL contains no version number, the action
    concerns the whole profile, and the page shows the active version."""

    @require_POST
    @requires(right)
    def view(request: Request, pk: uuid.UUID, number: int | None = None) -> HttpResponse:
        found = find(pk, number)
        if number is None:
            found = replace(found, version=found.active or found.version)
        subject = pk if number is None else found.version.pk
        return _do(request, found, done, partial(act, request.user, subject))

    return view


take_back = _without_input("profile.write", actions.take_back, _("The version is a draft again."))
throw_away = _without_input("profile.write", actions.discard_draft, _("Draft discarded."))
end = _without_input(
    "profile.suspend", actions.end, _("The version was ended. No new hits are raised from now on.")
)
suspend = _without_input(
    "profile.suspend",
    actions.suspend,
    _("The profile is suspended. No new hits are raised from now on. Existing hits remain."),
)
resume = _without_input("profile.approve", actions.resume, _("The profile is active again."))


@require_POST
@requires("profile.write")
def another(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Creates a draft of a new version and opens it in the editor."""
    found = find(pk)
    draft = actions.new_version(request.user, found.profile.pk)
    name = "profile-edit" if draft.state == draft.State.DRAFT else "profile-version"
    return redirect(name, pk=found.profile.pk, number=draft.number)


#: The time from the first to the last day of a backtest in the empty form.
USUAL = dt.timedelta(days=89)


@require_http_methods(["GET", "POST"])
@requires("profile.see", to_post="profile.write")
def ask(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Shows the form of a backtest. A request with the method POST requests the backtest. A separate process
    runs the backtest.
    """
    found = find(pk, number)
    bounds = first, last = selectors.reachable_days()
    initial = {"first": max(first, last - USUAL), "last": last}
    form = PeriodForm(bounds, request.POST or None, initial=initial)
    refused: Any = ""
    if request.method == "POST" and form.is_valid():
        try:
            actions.ask_backtest(request.user, found.version.pk, **form.cleaned_data)
        except Refused as refusal:
            refused = wording.REFUSALS[refusal.code]
        else:
            return redirect("profile-version", pk=pk, number=number)
    context = {
        "profile": found.profile, "listed": found.version, "form": form, "refused": refused,
        "earliest": first, "latest": last,
    }  # fmt: skip
    status = 409 if refused else 422 if form.is_bound else 200
    return render(request, "profiles/backtest.html", context, status=status)


@require_GET
@requires("profile.see")
def state(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the progress of a backtest, or the whole card if the backtest is finished."""
    test, version = _find(pk)
    card = present.card(test, version)
    if card["moving"]:
        return render(request, "profiles/_progress.html", {"card": card})
    may_test = rules.may(request.user, "profile.write")
    answer = render(request, "profiles/_backtest.html", {"card": card, "may_test": may_test})
    answer["HX-Retarget"], answer["HX-Reswap"] = "#backtest", "outerHTML"
    return answer


@require_POST
@requires("profile.write")
def stop(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Cancels a backtest."""
    test, version = _find(pk)
    actions.cancel_backtest(request.user, test.pk)
    return redirect("profile-version", pk=version.profile_id, number=version.number)


@require_http_methods(["GET", "POST"])
@requires("record.see")
def sample(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the sample of a backtest. The user must state a purpose and a case. The page contains only
    subjects that the user may see.
    """
    test, _version = _find(pk)
    purpose, purpose_form = session_purpose(request)
    context: dict[str, Any] = {"test": test, "purpose": purpose, "purpose_form": purpose_form}
    if purpose is None:
        status = 422 if request.method == "POST" else 200
        return render(request, "profiles/sample.html", context, status=status)
    rows = selectors.sample(test)
    acts.write(
        request.user, "profile.sample_seen", test.pk, purpose=purpose["purpose"],
        words={"case": purpose["case"]}, shown=len(rows),
    )  # fmt: skip
    context["rows"], context["hidden"] = rows, len(test.result.get("sample", [])) - len(rows)
    context["no_hit"] = gettext("no hit")
    context["heads"] = app_kind(test.kind).queue_heads
    return render(request, "profiles/sample.html", context)


def _find(pk: uuid.UUID) -> tuple[Backtest, Version]:
    """Returns a backtest and its version. Raises `Http404` for a quick count, which has no version."""
    found = get_object_or_404(
        Backtest.objects.select_related("version__profile", "asked_by"), pk=pk
    )
    if found.version is None:
        raise Http404
    return found, found.version


class ImportForm(forms.Form):
    """The form for YAML files."""

    #: The field is not named `files`, because Django's forms have an attribute `files`.
    profiles = FilesField(
        MOST_FILES,
        MOST_CHARACTERS,
        none=_("Choose YAML files."),
        more=_("At most 100 files at once, with 1 MB in total."),
        larger=_("At most 100 files at once, with 1 MB in total."),
    )


@require_http_methods(["GET", "POST"])
@requires("profile.write")
def bring(request: Request) -> HttpResponse:
    """Imports profiles in two steps. The first step shows the profiles that were read from the files, and the
    second step creates drafts."""
    if request.method == "GET":
        return render(request, "profiles/import.html", {"form": ImportForm()})
    form = ImportForm(request.POST, request.FILES)
    again, names = request.POST.getlist("yaml"), request.POST.getlist("name")
    if again and len(again) == len(names) <= MOST_FILES:
        texts = list(zip(names, again, strict=True))
    elif form.is_valid():
        files = form.cleaned_data["profiles"]
        texts = [(cleaned(name), data.decode("utf-8", "replace")) for name, data in files]
    else:
        return render(request, "profiles/import.html", {"form": form}, status=422)
    items = yaml_files.read(texts)
    takes = sum(not item.refused for item in items)
    if request.POST.get("do") == "take" and takes:
        made = yaml_files.take(request.user, items)
        text = ngettext("%(n)s draft created.", "%(n)s drafts created.", len(made))
        toasts.success(request, text % {"n": len(made)})
        return redirect("profiles")
    return render(
        request,
        "profiles/import.html",
        {"form": form, "items": items, "texts": texts, "takes": takes},
    )


@require_GET
@requires("profile.see")
def export(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Downloads a version as a YAML file."""
    version = find(pk, number).version
    acts.write(request.user, "profile.exported", version.pk, number=version.number)
    text = yaml_files.export(version, reading.of(version))
    response = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{version.profile.ref}.yaml"'
    return response


#: The number of latest days, and the number of latest past rates, that the page shows.
SHOWN = 31


@require_http_methods(["GET", "POST"])
@requires("profile.see", to_post="profile.write")
def draw(request: Request) -> HttpResponse:
    """Shows the random control. A POST request changes the rate and the legal basis of the random control on
    a lane."""
    form, used, labels = LaneForm(request.POST or None), actions.used(), actions.lanes()
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        actions.set_lane(request.user, given["lane"], given["rate"] / 100, given["basis"])
        done = (
            gettext("Lane changed. The change applies from the next random draw.")
            if given["lane"] in used
            else gettext(
                "Lane changed. No random draw takes place before data on goods are received."
            )
        )
        toasts.success(request, done)
        return redirect("profile-draw")
    lanes = {lane.lane: lane for lane in DrawLane.objects.all()}
    rates = DrawRate.objects.select_related("by").order_by("-at", "-id")[:SHOWN]
    context = {
        "form": form,
        "lanes": [(name, word, lanes.get(name)) for name, word in labels.items()],
        "used": used,
        "rates": [(labels.get(rate.lane, rate.lane), rate) for rate in rates],
        "drawn": selectors.drawn(),
        "days": [(day, selectors.holds(day)) for day in DrawDay.objects.order_by("-day")[:SHOWN]],
        "today": timezone.now().date(),
    }
    return render(request, "profiles/draw.html", context, status=422 if form.is_bound else 200)


#: The tab of the operators and functions, beside the tabs of the kinds of fact.
LANGUAGE = "language"
#: The largest number of codes that are shown in the row of a list.
CODES_SHOWN = 12


@require_GET
@requires("profile.see")
def words(request: Request) -> HttpResponse:
    """Shows a part of the vocabulary. The part contains one of these: the columns of one kind of fact, the
    columns that match a search, or the operators and functions.
    """
    kind = request.GET.get("kind", "")
    known = vocabulary(kind if kind in kinds() else default())
    counts = Counter(column.ground for column in known.columns)
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
        "functions": FUNCTIONS.values(),
        "languages": [code for code, _ in settings.LANGUAGES],
    }
    return render(request, "profiles/vocabulary.html", context)


def _labels(column: Column) -> dict[str, str]:
    """Returns the label of a column in every language."""
    found = {}
    for code in dict(settings.LANGUAGES):
        with translation.override(code):
            found[code] = rendering.say(readings.label(column))
    return found


@require_GET
@requires("profile.see")
def lists(request: Request) -> HttpResponse:
    """Shows each code list with its codes, its last day, and the profiles that use the list."""
    today = timezone.now().date()
    running = Version.objects.select_related("profile").exclude(state=Version.State.ENDED)
    versions = running.filter(expression__icontains=" list ").order_by("profile__ref")
    rows = [
        {
            "list": one,
            "shown": one.codes[:CODES_SHOWN],
            "more": max(len(one.codes) - CODES_SHOWN, 0),
            "over": one.until is not None and one.until < today,
            "uses": [version for version in versions if quoted(one.name) in version.expression],
        }
        for one in CodeList.objects.order_by("name")
    ]
    return render(request, "profiles/lists.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@requires("profile.write")
def list_edit(request: Request) -> HttpResponse:
    """Creates or changes a code list. If versions depend on the list, a second person must approve the
    change."""
    known, initial = None, {}
    if name := request.GET.get("name", ""):
        known = get_object_or_404(CodeList, name=name.replace("\0", ""))
        initial = {"name": known.name, "codes": "\n".join(known.codes), "source": known.source,
                   "until": known.until}  # fmt: skip
    form = ListForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = {**form.cleaned_data, "name": known.name if known else form.cleaned_data["name"]}
        try:
            done = actions.set_list(request.user, **given)
        except ValueError:
            form.add_error("why", gettext("State a reason of at least 20 characters."))
        else:
            asked = gettext(
                "Request sent. The list changes only after another person approves the request."
            )
            saved = gettext("Code list saved. Profiles use the new codes at once.")
            toasts.success(request, asked if isinstance(done, Approval) else saved)
            return redirect("profile-lists")
    stands = actions.stands(str(form["name"].value() or (known.name if known else "")))
    context = {"form": form, "known": known, "stands": stands}
    return render(request, "profiles/list.html", context, status=422 if form.is_bound else 200)
