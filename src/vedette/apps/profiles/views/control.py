"""The random control: the lanes with their rates, and the days whose draw anybody can check."""

from __future__ import annotations

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from vedette.apps.accounts.rules import Request, requires
from vedette.apps.profiles import wording
from vedette.apps.profiles.actions import control as actions
from vedette.apps.profiles.draws import TRAVELLERS
from vedette.apps.profiles.forms import LaneForm
from vedette.apps.profiles.selectors import control as selectors


@require_http_methods(["GET", "POST"])
@requires("profile.see", to_post="profile.write")
def draw(request: Request) -> HttpResponse:
    """What is drawn by chance; posting sets a lane."""
    form = LaneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        actions.set_lane(request.user, given["lane"], given["rate"] / 100, given["basis"])
        done = gettext("Lane set: it counts from the next draw on.")
        if given["lane"] != TRAVELLERS:
            done = gettext("Lane set: it draws nothing before goods are taken in.")
        toasts.success(request, done)
        return redirect("profile-draw")
    context = {
        "form": form,
        "lanes": [(name, wording.LANES[name], lane) for name, lane in selectors.lanes()],
        "travellers": TRAVELLERS,
        "rates": [(wording.LANES[rate.lane], rate) for rate in selectors.rates()],
        "drawn": selectors.drawn(),
        "days": selectors.days(),
        "today": timezone.now().date(),
    }
    return render(request, "profiles/draw.html", context, status=422 if form.is_bound else 200)
