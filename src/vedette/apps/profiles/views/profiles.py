"""Pages of profiles: the table, one profile, backtests, files, the report by group, and the random
control."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.accounts.sessions import session_purpose
from vedette.apps.approvals import actions as approvals
from vedette.apps.lists.forms import FilesField
from vedette.apps.profiles import (
    actions,
    differences,
    figures,
    present,
    reading,
    selectors,
    wording,
    yaml_files,
)
from vedette.apps.profiles import fairness as profile_fairness
from vedette.apps.profiles.actions import Refused, lanes, set_lane, used
from vedette.apps.profiles.forms import LaneForm, PeriodForm
from vedette.apps.profiles.models import Backtest, DrawDay, DrawLane, DrawRate, Profile, Version
from vedette.apps.profiles.selectors import File, Filters
from vedette.apps.profiles.yaml_files import MOST_CHARACTERS, MOST_FILES, Item
from vedette.apps.subjects.kinds import app_kind
from vedette.core.filenames import cleaned

#: Filters that are shown only while they are selected.
_MARKS = ("ending", "hear")


@require_GET
@requires("profile.see")
def profiles(request: Request) -> HttpResponse:
    """Shows all profiles with their state, weight and results, and marks the profiles that need attention."""
    filters = Filters.read(request.GET)
    page = selectors.page(filters)
    last = page.first + len(page.rows) - 1
    context = {
        "page": page,
        "rows": page.rows,
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
    """Shows the hits of all profiles by group of subjects, with the share of hits where nothing was found."""
    asked = request.GET.get("days", "")
    days = (
        int(asked) if asked in map(str, profile_fairness.PERIODS) else profile_fairness.PERIODS[1]
    )
    found = profile_fairness.report(days)
    acts.write(request.user, "profile.standing_seen", days=days)
    share = found.all.share
    context = {
        "days": days,
        "periods": profile_fairness.PERIODS,
        "report": found,
        "by": [
            (one.label, [(word, group, _drawn(group, share)) for word, group in one.rows])
            for one in found.by
        ],
    }
    return render(request, "profiles/standing.html", context)


def _drawn(group: profile_fairness.Group, whole: float | None) -> dict[str, Any]:
    """Returns a drawing of the share of a group and the share of all hits, and whether the share of all hits
    is outside the interval of the group."""
    if group.share is None:
        return {"span": "–", "outside": False}
    low, high = group.interval
    words = wording.between(low, high)
    outside = whole is not None and not group.says_little and not low <= whole <= high
    return {
        "span": figures.interval_drawn(
            low, group.share, high, 1.0, -1 if whole is None else whole, words
        ),
        "outside": outside,
    }


def find(pk: uuid.UUID, number: int | None = None) -> File:
    """Returns the profile and the version of a URL. Raises `Http404` if the reader can see no such
    version."""
    try:
        return selectors.file(pk, number)
    except (Profile.DoesNotExist, Version.DoesNotExist) as error:
        raise Http404 from error


def page(request: Request, found: File, status: int = 200, **extra: Any) -> HttpResponse:
    """Shows the page of a version. `extra` may contain a refusal and the input."""
    context = present.page(found, request.user, request.GET.get("read", ""))
    return render(request, "profiles/profile.html", {**context, **extra}, status=status)


@require_GET
@requires("profile.see")
def profile(request: Request, pk: uuid.UUID, number: int | None = None) -> HttpResponse:
    """Shows the version with the number. If no number is given, shows the open version, else the
    active version, else the last version."""
    found = find(pk, number)
    acts.write(request.user, "profile.see", found.version.pk)
    return page(request, found)


@require_GET
@requires("profile.see")
def asked(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Redirects from an approval to its version."""
    found = get_object_or_404(Version, pk=pk)
    return redirect("profile-version", pk=found.profile_id, number=found.number)


@require_GET
@requires("profile.see")
def compare(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the differences between two versions. By default, the two versions are the open, active or last
    version and the previous version."""
    found = find(pk)
    numbers = {str(version.number): version for version in found.versions}
    later = numbers.get(request.GET.get("to", ""), found.version)
    before = [v for v in found.versions if v.number < later.number]
    earlier = numbers.get(request.GET.get("from", ""), before[0] if before else later)
    acts.write(request.user, "profile.see", later.pk)
    tests = selectors.done_backtests([earlier, later])
    said = [reading.of(earlier), reading.of(later)]
    context = {
        "profile": found.profile,
        "versions": found.versions,
        "earlier": earlier,
        "later": later,
        "fields": differences.fields(earlier, later),
        "expression": differences.expression(*said),
        "same": differences.same(*said),
        "sides": [
            {"version": version, "said": one, "test": figures.card(tests.get(version.pk), version)}
            for version, one in zip((earlier, later), said, strict=True)
        ],
    }
    return render(request, "profiles/compare.html", context)


def _do(
    request: Request,
    found: File,
    act: Callable[..., Any],
    done: str,
    *given: Any,
    short: str = "short",
) -> HttpResponse:
    """Calls an action with the user, the id of the version and the given values, and confirms it. If the
    action is refused, the page shows the refusal and keeps the input."""
    try:
        act(request.user, found.version.pk, *given)
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
    done = gettext("Submitted. Another person decides. The version is not active before that.")
    return _do(request, found, actions.submit, done, why, start, short="purpose")


@require_POST
@requires("profile.write")
def take_back(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Makes a submitted version a draft again."""
    done = gettext("The version is a draft again.")
    return _do(request, find(pk, number), actions.take_back, done)


@require_POST
@requires("profile.approve")
def decide(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Approves a version or requests a correction, with a reason."""
    found, why = find(pk, number), request.POST.get("why", "")
    match request.POST.get("decision"):
        case "correct":
            done = gettext("Returned to its author with your remark.")
            return _do(request, found, actions.correct, done, why)
        case "allow":
            done = gettext("Approved: the version is active.")
            return _do(request, found, actions.allow, done, why)
    return _refused(request, found, "choice")


@require_POST
@requires("profile.hear")
def hear(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Stores the opinion of the data-protection officer."""
    found, opinion = find(pk, number), request.POST.get("opinion")
    if opinion not in ("objects", "agrees"):
        return _refused(request, found, "choice")
    done, said = gettext("Your opinion is recorded."), request.POST.get("said", "")
    return _do(request, found, actions.hear, done, opinion == "agrees", said)


@require_POST
@requires("profile.write")
def shadow(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Starts or ends shadow mode."""
    on = request.POST.get("do") == "on"
    done = (
        gettext("Shadow mode started. The version raises no hits.")
        if on
        else gettext("Shadow mode ended.")
    )
    return _do(request, find(pk, number), actions.shadow, done, on)


@require_POST
@requires("profile.write")
def throw_away(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Discards a draft."""
    return _do(request, find(pk, number), actions.discard_draft, gettext("Draft discarded."))


@require_POST
@requires("profile.suspend")
def end(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Ends an active version."""
    done = gettext("The version was ended. It raises no hits from now on.")
    return _do(request, find(pk, number), actions.end, done)


@require_POST
@requires("profile.suspend")
def suspend(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Suspends a profile."""
    done = gettext(
        "The profile is suspended. It raises no hits from now on. Its existing hits stay."
    )
    return _whole(request, pk, actions.suspend, done)


@require_POST
@requires("profile.approve")
def resume(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Resumes a suspended profile."""
    return _whole(request, pk, actions.resume, gettext("The profile is active again."))


def _whole(request: Request, pk: uuid.UUID, act: Callable[..., Any], done: str) -> HttpResponse:
    """Calls an action on the whole profile as `_do` does, on the page of the active version."""
    found = find(pk)
    found = replace(found, version=found.active or found.version)
    return _do(request, found, lambda user, _: act(user, pk), done)


@require_POST
@requires("profile.write")
def another(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Creates a draft of a new version and opens it in the editor."""
    found = find(pk)
    draft = actions.new_version(request.user, found.profile.pk)
    name = "profile-edit" if draft.state == draft.State.DRAFT else "profile-version"
    return redirect(name, pk=found.profile.pk, number=draft.number)


@require_http_methods(["GET", "POST"])
@requires("profile.see", to_post="profile.write")
def ask(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Shows the form of a backtest. A POST request requests the backtest, which a separate process runs."""
    found = find(pk, number)
    first, last = selectors.usual_days()
    bounds = selectors.reachable_days()
    form = PeriodForm(bounds, request.POST or None, initial={"first": first, "last": last})
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
        "earliest": bounds[0], "latest": bounds[1],
    }  # fmt: skip
    status = 409 if refused else 422 if form.is_bound else 200
    return render(request, "profiles/backtest.html", context, status=status)


@require_GET
@requires("profile.see")
def state(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the progress of a backtest, or the whole card if the backtest is finished."""
    test, version = _find(pk)
    card = figures.card(test, version)
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
    """Shows the sample of a backtest, for a purpose and a case. The page contains only subjects
    that the reader may see."""
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
    """Imports profiles in two steps. The first step shows what was read, and the second step
    creates drafts."""
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
    items = _once([yaml_files.yaml(name, text) for name, text in texts])
    takes = sum(not item.refused for item in items)
    if request.POST.get("do") == "take" and takes:
        made = yaml_files.take(request.user, items)
        text = ngettext("%(n)s draft created.", "%(n)s drafts created.", len(made))
        toasts.success(request, text % {"n": len(made)})
        return redirect("profiles")
    context = {"form": form, "items": items, "texts": texts, "takes": takes}
    return render(request, "profiles/import.html", context)


def _once(items: list[Item]) -> list[Item]:
    """Refuses a profile whose reference is also in an earlier file."""
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
    """Downloads a version as a YAML file."""
    version = find(pk, number).version
    acts.write(request.user, "profile.exported", version.pk, number=version.number)
    text = yaml_files.export(version, reading.of(version))
    response = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{version.profile.ref}.yaml"'
    return response


#: The number of days, and the number of past rates, that are shown, latest first.
SHOWN = 31


@require_http_methods(["GET", "POST"])
@requires("profile.see", to_post="profile.write")
def draw(request: Request) -> HttpResponse:
    """Shows the random control. A POST request sets a lane."""
    form, in_use, labels = LaneForm(request.POST or None), used(), lanes()
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        set_lane(request.user, given["lane"], given["rate"] / 100, given["basis"])
        if given["lane"] in in_use:
            done = gettext("Lane set. It applies from the next draw on.")
        else:
            done = gettext("Lane set. No draw takes place before goods are received.")
        toasts.success(request, done)
        return redirect("profile-draw")
    set_lanes = {lane.lane: lane for lane in DrawLane.objects.all()}
    rates = DrawRate.objects.select_related("by").order_by("-at", "-id")[:SHOWN]
    days = DrawDay.objects.order_by("-day")[:SHOWN]
    context = {
        "form": form,
        "lanes": [(name, word, set_lanes.get(name)) for name, word in labels.items()],
        "used": in_use,
        "rates": [(labels.get(rate.lane, rate.lane), rate) for rate in rates],
        "drawn": selectors.drawn(),
        "days": [(day, selectors.holds(day)) for day in days],
        "today": timezone.now().date(),
    }
    return render(request, "profiles/draw.html", context, status=422 if form.is_bound else 200)
