"""Contains the status page of an installation. On this page, an administrator confirms scheduled tasks that
wait."""

from __future__ import annotations

import uuid

from django.contrib import messages as toasts
from django.db import connection
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from vedette.apps.accounts.rules import Request, requires
from vedette.apps.upkeep import health, pauses
from vedette.apps.upkeep.beats import LATE_S
from vedette.apps.upkeep.models import Pause


@require_safe
@requires("status.see")
def status(request: Request) -> HttpResponse:
    """Shows the time of the database, the waiting scheduled tasks, and the state of the workers, the inbox
    and the journal."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT vedette_now()")
        now = cursor.fetchone()[0]
    figures = {name: value for (name, label), value in health.figures().items() if not label}
    beat = figures.get("worker_beat_seconds")
    context = {
        "now": now,
        "pauses": pauses.waiting(request.user),
        "figures": {name: int(value) for name, value in figures.items()},
        "workers_late": beat is None or beat > LATE_S,
    }
    return render(request, "upkeep/status.html", context)


@require_POST
@requires("status.confirm")
def confirm(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Confirms a waiting scheduled task."""
    get_object_or_404(Pause, pk=pk)
    if pauses.confirm(request.user, pk):
        toasts.success(request, gettext("Confirmed. The workers continue within a minute."))
    else:
        toasts.info(
            request,
            gettext(
                "Nothing to confirm: another person has confirmed the tasks, or the tasks no"
                " longer wait for a confirmation."
            ),
        )
    return redirect("status")
