"""The page of the random control: the lanes with their rates, and the days whose draw can be verified."""

from __future__ import annotations

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from vedette.apps.accounts.rules import Request, requires
from vedette.apps.profiles.actions.control import lanes, set_lane, used
from vedette.apps.profiles.forms import LaneForm
from vedette.apps.profiles.models import DrawDay, DrawLane, DrawRate
from vedette.apps.profiles.selectors import control

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
        "drawn": control.drawn(),
        "days": [(day, control.holds(day)) for day in days],
        "today": timezone.now().date(),
    }
    return render(request, "profiles/draw.html", context, status=422 if form.is_bound else 200)
