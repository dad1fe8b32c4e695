"""Pages of profiles: the table, one profile, backtests, files, the report by group, the random control."""

from __future__ import annotations

import uuid
from collections.abc import Callable
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
from vedette.apps.accounts.purposes import session_purpose
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.approvals import actions as approvals
from vedette.apps.lists.forms import SeveralFiles
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

#: Segments that are shown only while they are selected.
_MARKS = ("ending", "hear")


@require_GET
@requires("profile.see")
def profiles(request: Request) -> HttpResponse:
    """All profiles with state, weight, results, and notes on those that need attention."""
    filters = Filters.read(request.GET)
    page = selectors.page(filters)
    now = timezone.now()
    rows = [
        {
            "version": row.version,
            "open": row.open,
            "state": row.state,
            "brought": row.brought,
            "days_left": selectors.ends_within(row.version, now) if "ends" in row.review else None,
            "below": "precision" in row.review,
        }
        for row in page.rows
    ]
    last = page.first + len(rows) - 1
    context = {
        "page": page,
        "rows": rows,
        "filters": filters,
        "last": last,
        "segments": _segments(page.counts, filters),
        "first_page": f"?{filters.query()}" if filters.page > 1 else "",
        "next_page": f"?{filters.query(page=filters.page + 1)}" if last < page.total else "",
    }
    return render(request, "profiles/profiles.html", context)


def _segments(counts: dict[str, int], filters: Filters) -> list[tuple[str, Any, int]]:
    return [
        (code, word, counts[code or "all"])
        for code, word in wording.FILTERS.items()
        if code not in _MARKS or code == filters.state
    ]


@require_GET
@requires("profile.see")
def standing_report(request: Request) -> HttpResponse:
    """Hits and false hits of all profiles, by group of subjects."""
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
    """The drawing of the share of a group beside that of all, and whether the intervals differ."""
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
    """The profile and version of an address; 404 if there is none in the reader's scope."""
    try:
        return selectors.file(pk, number)
    except (Profile.DoesNotExist, Version.DoesNotExist) as error:
        raise Http404 from error


def page(request: Request, found: File, status: int = 200, **extra: Any) -> HttpResponse:
    """The page of a version, with a refusal and the input."""
    context = present.page(found, request.user, request.GET.get("read", ""))
    return render(request, "profiles/profile.html", {**context, **extra}, status=status)


@require_GET
@requires("profile.see")
def profile(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The open, active or last version of a profile."""
    found = find(pk)
    acts.write(request.user, "profile.see", found.version.pk)
    return page(request, found)


@require_GET
@requires("profile.see")
def version(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """One version, in any state."""
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
    """The differences between two versions; by default the last two."""
    found = find(pk)
    later = _chosen(found.versions, request.GET.get("to", "")) or found.version
    before = [v for v in found.versions if v.number < later.number]
    earlier = _chosen(found.versions, request.GET.get("from", ""))
    earlier = earlier or (before[0] if before else later)
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


def _chosen(versions: list[Version], number: str) -> Version | None:
    return next((v for v in versions if str(v.number) == number), None)


def _do(
    request: Request,
    found: File,
    act: Callable[[], Any],
    done: str,
    refused_short: str = "short",
) -> HttpResponse:
    """Does an action and confirms it; a refusal is shown on the page, which keeps the input."""
    try:
        act()
    except (actions.Refused, approvals.Refused) as refusal:
        # The version has changed in the meantime: the page shows its present state.
        now = find(found.profile.pk, found.version.number)
        return page(request, now, 409, refused=wording.REFUSALS[refusal.code], typed=request.POST)
    except ValueError:
        refused = wording.REFUSALS[refused_short]
        return page(request, found, 422, refused=refused, typed=request.POST)
    toasts.success(request, done)
    return redirect("profile-version", pk=found.profile.pk, number=found.version.number)


@require_POST
@requires("profile.write")
def submit(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Submits a draft."""
    found, why = find(pk, number), request.POST.get("why", "")
    try:
        start = parse_date(request.POST.get("start", ""))
    except ValueError:
        refused = wording.REFUSALS["start"]
        return page(request, found, 422, refused=refused, typed=request.POST)
    return _do(
        request, found, lambda: actions.submit(request.user, found.version.pk, why, start),
        gettext("Submitted: another person decides. The version is not active before."), "purpose",
    )  # fmt: skip


@require_POST
@requires("profile.write")
def take_back(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Makes a submitted version a draft again."""
    found = find(pk, number)
    return _do(
        request, found, lambda: actions.take_back(request.user, found.version.pk),
        gettext("The version is a draft again."),
    )  # fmt: skip


@require_POST
@requires("profile.approve")
def decide(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Approves a version or requests a correction, with a reason."""
    found, why = find(pk, number), request.POST.get("why", "")
    match request.POST.get("decision"):
        case "correct":
            act, done = actions.correct, gettext("Returned to its author with your remark.")
        case "allow":
            act, done = actions.allow, gettext("Approved: the version is active.")
        case _:
            refused = wording.REFUSALS["choice"]
            return page(request, found, 422, refused=refused, typed=request.POST)
    return _do(request, found, lambda: act(request.user, found.version.pk, why), done)


@require_POST
@requires("profile.hear")
def hear(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Stores the opinion of the data-protection officer."""
    found, said = find(pk, number), request.POST.get("said", "")
    opinion = request.POST.get("opinion")
    if opinion not in ("objects", "agrees"):
        refused = wording.REFUSALS["choice"]
        return page(request, found, 422, refused=refused, typed=request.POST)
    return _do(
        request, found,
        lambda: actions.hear(request.user, found.version.pk, opinion == "agrees", said),
        gettext("Your opinion is recorded."),
    )  # fmt: skip


@require_POST
@requires("profile.write")
def shadow(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Starts or ends shadow mode."""
    found, on = find(pk, number), request.POST.get("do") == "on"
    done = (
        gettext("Shadow mode started: the version raises no hits.")
        if on
        else gettext("Shadow mode ended.")
    )
    return _do(
        request, found, lambda: actions.shadow(request.user, found.version.pk, on), done
    )  # fmt: skip


@require_POST
@requires("profile.write")
def throw_away(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Discards a draft."""
    found = find(pk, number)
    return _do(
        request, found, lambda: actions.discard_draft(request.user, found.version.pk),
        gettext("Draft discarded."),
    )  # fmt: skip


@require_POST
@requires("profile.suspend")
def end(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Ends an active version."""
    found = find(pk, number)
    return _do(
        request, found, lambda: actions.end(request.user, found.version.pk),
        gettext("The version was ended and raises no more hits."),
    )  # fmt: skip


@require_POST
@requires("profile.suspend")
def suspend(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Suspends a profile."""
    found = find(pk)
    now = found.active or found.version
    return _do(
        request, File(found.profile, now, found.versions),
        lambda: actions.suspend(request.user, found.profile.pk),
        gettext("The profile is suspended and raises no more hits. Its existing hits stay."),
    )  # fmt: skip


@require_POST
@requires("profile.approve")
def resume(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Resumes a suspended profile."""
    found = find(pk)
    now = found.active or found.version
    return _do(
        request, File(found.profile, now, found.versions),
        lambda: actions.resume(request.user, found.profile.pk),
        gettext("The profile is active again."),
    )  # fmt: skip


@require_POST
@requires("profile.write")
def another(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Creates a draft of a new version and opens the editor."""
    found = find(pk)
    draft = actions.new_version(request.user, found.profile.pk)
    name = "profile-edit" if draft.state == draft.State.DRAFT else "profile-version"
    return redirect(name, pk=found.profile.pk, number=draft.number)


@require_http_methods(["GET", "POST"])
@requires("profile.see", to_post="profile.write")
def ask(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """The form of a backtest; posting requests it."""
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
    """The progress of a backtest; once it is finished, the whole card."""
    test = _find(pk)
    version = test.version
    assert version is not None  # noqa: S101  `_find` asks for one
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
    test = _find(pk)
    actions.cancel_backtest(request.user, test.pk)
    version = test.version
    assert version is not None  # noqa: S101  `_find` asks for one
    return redirect("profile-version", pk=version.profile_id, number=version.number)


@require_http_methods(["GET", "POST"])
@requires("record.see")
def sample(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The sample of a backtest, as far as the reader may see it, for a purpose and a case."""
    test = _find(pk)
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


def _find(pk: uuid.UUID) -> Backtest:
    rows = Backtest.objects.select_related("version__profile", "asked_by")
    return get_object_or_404(rows.exclude(version=None), pk=pk)


class FilesField(forms.FileField):
    """Converts several files to [(name, text)], limited in number and size."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[tuple[str, str]]:
        """The name and text of each file."""
        uploads = data if isinstance(data, list) else [data] if data else []
        if not uploads:
            raise forms.ValidationError(_("Choose YAML files."))
        if len(uploads) > MOST_FILES or sum(one.size for one in uploads) > MOST_CHARACTERS:
            raise forms.ValidationError(_("At most 100 files at once, and 1 MB in all."))
        return [(cleaned(one.name), one.read().decode("utf-8", "replace")) for one in uploads]


class ImportForm(forms.Form):
    """A form for YAML files."""

    #: Not `files`, which is an attribute of Django's forms.
    profiles = FilesField()


@require_http_methods(["GET", "POST"])
@requires("profile.write")
def bring(request: Request) -> HttpResponse:
    """Imports profiles in two steps: shows what was read, then creates drafts."""
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
    """Refuses a profile whose number is also in an earlier file."""
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


#: Number of days and of past rates shown, the latest first.
SHOWN = 31


@require_http_methods(["GET", "POST"])
@requires("profile.see", to_post="profile.write")
def draw(request: Request) -> HttpResponse:
    """The random control; posting sets a lane."""
    form, in_use, labels = LaneForm(request.POST or None), used(), lanes()
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        set_lane(request.user, given["lane"], given["rate"] / 100, given["basis"])
        if given["lane"] in in_use:
            done = gettext("Lane set: it counts from the next draw on.")
        else:
            done = gettext("Lane set: it draws nothing before goods are taken in.")
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
