"""An entry of the directory of contacts, written as a worker would, for tests of every page."""

from __future__ import annotations

import datetime as dt
import uuid

from vedette.apps.accounts.models import Organisation, User
from vedette.apps.cooperation.models import Contact


def fill(home: Organisation, user: User, *, age: int = 0, **columns: object) -> uuid.UUID:
    """An entry that was confirmed some days ago."""
    values = {
        "kind": "point", "name": "A. Contact", "organisation_name": home.name, "country": "SN",
        "post": "Head office", "themes": ["small_arms"], "languages": ["es", "fr"], "zone": "Africa/Dakar",
        "days": [1, 2, 3, 4, 5], "opens": dt.time(8), "closes": dt.time(16, 30),
        "channel": "+221 00 000 00 00",
    } | columns  # fmt: skip
    made = Contact.objects.using("intake").create(
        organisation=home, by_id=user.pk,
        confirmed_at=dt.datetime.now(dt.UTC) - dt.timedelta(days=age), **values,
    )  # fmt: skip
    return made.pk
