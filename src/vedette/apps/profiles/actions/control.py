"""The lanes of the random control: their minimum rate and its legal basis."""

from __future__ import annotations

from django.db import transaction

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.profiles.models import DrawLane, DrawRate

#: Lanes by what they are for, that of travellers first; the order is that of the page.
LANES = ("physical", "red", "yellow", "green", "blue")


@transaction.atomic
def set_lane(by: User, lane: str, rate: float, basis: str) -> DrawLane:
    """Sets the share of all that is drawn on a lane (0 to 1), and the law it rests on.

    Raises `ValueError` for a lane there is not, a rate out of bounds, or one above 0 without a basis.
    """
    rules.check(by, "profile.write")
    assert by.organisation_id is not None  # noqa: S101  the rule asks for one
    basis = basis.strip()[:300]
    if lane not in LANES or not 0 <= rate <= 1 or (rate > 0 and len(basis) < 3):
        raise ValueError("a lane, a rate from 0 to 1, and its legal basis")
    found, _ = DrawLane.objects.update_or_create(
        organisation_id=by.organisation_id, lane=lane, defaults={"rate": rate, "basis": basis}
    )
    DrawRate.objects.create(
        organisation_id=by.organisation_id, lane=lane, rate=rate, basis=basis, by=by
    )
    acts.write(by, "draw.lane_set", found.pk, lane=lane, rate=rate)
    return found
