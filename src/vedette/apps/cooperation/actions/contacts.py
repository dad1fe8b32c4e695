"""Changes the entries of the user's own organisation in the directory of contacts, and asks the persons who
keep the entries to confirm them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import available_timezones

from django.db import connection
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from psycopg import Connection

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.columns import Theme
from vedette.apps.cooperation.models import Contact
from vedette.apps.cooperation.selectors.contacts import CONFIRMED_FOR
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.notices import actions as notices
from vedette.apps.notices.models import Notice

#: The languages of the directory, with their names: those of the WCO and of the UN, and Portuguese.
LANGUAGES: dict[str, Any] = {
    "ar": _("Arabic"), "en": _("English"), "es": _("Spanish"), "fr": _("French"), "pt": _("Portuguese"),
    "ru": _("Russian"), "zh": pgettext_lazy("language", "Chinese"),
}  # fmt: skip
#: Code of `Refused` → the sentence.
PROBLEMS: dict[str, Any] = {
    "missing": _("This field is required."),
    "long": _("The text is too long."),
    "choice": _("Choose at least one value of the list."),
    "zone": _("This is not the name of a time zone. Write for example Africa/Dakar or UTC."),
    "hours": _("Write two times, for example 08:00 and 16:30."),
    "stale": _("This entry is not there any more."),
}
#: Most entries of an organisation.
MOST = 500


class Refused(rules.Coded):
    """The error that is raised if an entry cannot be stored. `detail` is the name of the field."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.detail = detail


def _is_zone(name: str) -> bool:
    """Whether both Python and the database know the time zone. Python and the database each know some names
    that the other does not know, such as `localtime`.
    """
    if name not in available_timezones():
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_timezone_names WHERE name = %s", [name])
        return cursor.fetchone() is not None


def save(
    user: User, id_: uuid.UUID | None, given: Mapping[str, str], lists: Mapping[str, Sequence[str]]
) -> Contact:
    """Stores a new entry, or changes an entry of the user's own organisation. Storing an entry also confirms
    it. Raises `Refused`.
    """
    rules.check(user, "contact.keep")
    home = user.organisation
    assert home is not None  # noqa: S101  every right requires one
    columns: dict[str, Any] = {
        "kind": _one(given.get("kind", ""), Contact.Kind.values, "kind"),
        "name": _text(given, "name", 160), "post": _text(given, "post", 160, required=False),
        "channel": _text(given, "channel", 200),
        "themes": _some(lists.get("themes", ()), Theme.values, "themes"),
        "languages": _some(lists.get("languages", ()), LANGUAGES, "languages"),
        "days": [int(one) for one in _some(lists.get("days", ()), "1234567", "days")],
        "zone": given.get("zone", "").strip(), "opens": _time(given, "opens"),
        "closes": _time(given, "closes"), "organisation_name": str(home)[:200], "country": home.country,
        "by": user, "confirmed_at": now(), "asked_at": None,
    }  # fmt: skip
    if not _is_zone(columns["zone"]):
        raise Refused("zone", "zone")
    if id_ is None:
        if Contact.objects.filter(organisation_id=home.pk).count() >= MOST:
            raise Refused("long", "name")
        made = Contact.objects.create(organisation_id=home.pk, **columns)
    else:
        if not Contact.objects.filter(pk=id_, organisation_id=home.pk).update(**columns):
            raise Refused("stale")
        made = Contact.objects.get(pk=id_)
    acts.write(user, "contact.save", made.pk)
    return made


def confirm(user: User, id_: uuid.UUID) -> None:
    """Confirms that an entry of the user's own organisation is still correct. Raises `Refused`."""
    rules.check(user, "contact.keep")
    rows = Contact.objects.filter(pk=id_, organisation_id=_home(user))
    if not rows.update(confirmed_at=now(), asked_at=None, by=user):
        raise Refused("stale")
    acts.write(user, "contact.confirm", id_)


def remove(user: User, id_: uuid.UUID) -> None:
    """Deletes an entry of the user's own organisation. Raises `Refused`."""
    rules.check(user, "contact.keep")
    if not Contact.objects.filter(pk=id_, organisation_id=_home(user)).delete()[0]:
        raise Refused("stale")
    acts.write(user, "contact.remove", id_)


def ask_again(connection: Connection[Any], at: dt.datetime) -> int:
    """Asks the persons who keep entries to confirm those that were not confirmed for six months. Each person
    is asked once for each entry. The person who last confirmed the entry is asked. If that account is closed,
    all persons who keep entries of the organisation are asked. This function is a job of the workers. Returns
    how many.
    """
    done = 0
    for (home,) in connection.execute(
        "SELECT id FROM accounts_organisation ORDER BY id"
    ).fetchall():
        with connection.transaction():
            rows = connection.execute(
                "UPDATE cooperation_contact c SET asked_at = %(at)s WHERE organisation_id = %(home)s"
                " AND confirmed_at <= %(before)s AND asked_at IS NULL RETURNING c.id, (SELECT u.id FROM"
                " accounts_user u WHERE u.id = c.by_id AND u.organisation_id = %(home)s AND u.is_active"
                " AND u.suspended_at IS NULL)",
                {"home": home, "at": at, "before": at - CONFIRMED_FOR},
            ).fetchall()
            for id_, keeper in rows:
                event = notices.Event(
                    kind=Notice.Kind.OPERATION, to=[keeper] if keeper else [],
                    right="" if keeper else "contact.keep", at=at, ref=f"contact:{id_}:{at.date()}",
                    params={"what": "contact", "page": "contact", "id": str(id_)},
                )  # fmt: skip
                notices.write(connection.execute, home, [event])
            done += len(rows)
    return done


def _home(user: User) -> uuid.UUID:
    assert user.organisation_id is not None  # noqa: S101  every right requires one
    return user.organisation_id


def _text(given: Mapping[str, str], name: str, most: int, *, required: bool = True) -> str:
    value = given.get(name, "").strip()
    if required and not value:
        raise Refused("missing", name)
    if len(value) > most:
        raise Refused("long", name)
    return value


def _one(value: str, allowed: Sequence[str], name: str) -> str:
    if value not in allowed:
        raise Refused("choice", name)
    return value


def _some(values: Sequence[str], allowed: Any, name: str) -> list[str]:
    found = [one for one in dict.fromkeys(values) if one and one in allowed]
    if not found or len(found) != len(set(values)):
        raise Refused("choice", name)
    return found


def _time(given: Mapping[str, str], name: str) -> dt.time:
    try:
        found = dt.time.fromisoformat(given.get(name, "").strip()[:5])
    except ValueError:
        raise Refused("hours", name) from None
    return found
