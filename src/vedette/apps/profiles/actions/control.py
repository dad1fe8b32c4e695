"""The lanes of the random control: their minimum rate and its legal basis."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.profiles.models import DrawLane, DrawRate
from vedette.apps.subjects.kinds import app_kinds

#: Lanes of goods, on which nothing is drawn until a kind lists them.
_GOODS: dict[str, Any] = {
    "red": gettext_lazy("Red: physical control of goods"),
    "yellow": gettext_lazy("Yellow: documents"),
    "green": gettext_lazy("Green: released"),
    "blue": gettext_lazy("Blue: control after release"),
}


def used() -> dict[str, tuple[Any, Any]]:
    """The lanes on which the installed kinds are drawn: label and explanation by name."""
    return {name: about for kind in app_kinds() for name, about in kind.lanes.items()}


def lanes() -> dict[str, Any]:
    """The label of every lane by its name, in the order of the page."""
    return {name: label for name, (label, _) in used().items()} | _GOODS


@transaction.atomic
def set_lane(by: User, lane: str, rate: float, basis: str) -> DrawLane:
    """Sets the share that is drawn on a lane (0 to 1), and its legal basis.

    Raises `ValueError` for an unknown lane, a rate out of bounds, or a rate above 0 without a basis.
    """
    rules.check(by, "profile.write")
    assert by.organisation_id is not None  # noqa: S101  the rule asks for one
    basis = basis.strip()[:300]
    if lane not in lanes() or not 0 <= rate <= 1 or (rate > 0 and len(basis) < 3):
        raise ValueError("a lane, a rate from 0 to 1, and its legal basis")
    found, _ = DrawLane.objects.update_or_create(
        organisation_id=by.organisation_id, lane=lane, defaults={"rate": rate, "basis": basis}
    )
    DrawRate.objects.create(
        organisation_id=by.organisation_id, lane=lane, rate=rate, basis=basis, by=by
    )
    acts.write(by, "draw.lane_set", found.pk, lane=lane, rate=rate)
    return found
