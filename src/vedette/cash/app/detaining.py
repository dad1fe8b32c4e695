"""The detention of cash: the time limit, the extension of the period, and the notifications before the end of
the period. The record of the detained goods, its validation, and the end of the detention with a legal basis
are in `apps/enforcement`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from psycopg import Connection

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.enforcement.actions import seizures
from vedette.apps.enforcement.actions.controls import Refused as EnforcementRefused
from vedette.apps.enforcement.actions.seizures import Given, Item, Origin
from vedette.apps.enforcement.models import Seizure
from vedette.apps.hits.models import SeenHit
from vedette.apps.notices import actions as notices
from vedette.apps.notices.models import Notice
from vedette.cash.app import texts
from vedette.cash.app.actions import Refused, _locked, now
from vedette.cash.app.dossier import Dossier, dossier
from vedette.cash.app.models import Detention
from vedette.cash.counts import amount_of
from vedette.cash.money import added
from vedette.cash.receipt import LANGUAGES, REASONS
from vedette.cash.records import Line
from vedette.cash.valuing import variant_of
from vedette.cash.variants import Limit, Variant
from vedette.keys.ring import Keys

_CENT = Decimal("0.01")
#: Greatest number of characters of a text.
MOST_TEXT = 2_000
#: Days before the last day of a period from which its end is announced.
WARNED_DAYS = 5
#: What is announced → icon and sentence.
NOTIFIED = {
    "soon": ("clock", _("The period of a detention of cash ends on %(day)s")),
    "over": (
        "alert",
        _("The period of a detention of cash ended on %(day)s. Release or seize the cash"),
    ),
}
#: The detentions without an end whose period ends soon or ended lately. The persons who see the movement: the
#: officer who ordered the detention, and the supervisors of its unit, theme and purpose.
_ENDING = """
    SELECT d.id, d.subject_id, d.due_on, ARRAY(
        SELECT u.id FROM accounts_user u
        WHERE u.organisation_id = d.organisation_id AND (u.id = d.by_id OR u.role = ANY(%(roles)s))
          AND (u.unit_id IS NULL OR u.unit_id = s.unit_id) AND s.purpose = ANY(u.purposes)
          AND s.theme = ANY(vedette_data_themes(u.themes::text[])) ORDER BY u.id)
    FROM cash_detention d
    JOIN subjects_subject s ON s.id = d.subject_id AND s.organisation_id = d.organisation_id
    JOIN enforcement_seizure z ON z.id = d.id AND z.organisation_id = d.organisation_id
    WHERE d.organisation_id = %(of)s AND d.due_on BETWEEN %(first)s AND %(last)s AND NOT s.restricted
      AND z.measure = 'detention' AND z.closed_at IS NULL AND z.state <> 'withdrawn'
    ORDER BY d.due_on, d.id
"""


@dataclass(frozen=True)
class Terms:
    """The data of a detention that an officer enters."""

    reasons: tuple[str, ...]
    basis: str
    country: str
    office: str
    place: str
    remedy_body: str
    remedy_days: int
    language: str
    facts: str = ""


@dataclass(frozen=True)
class Clock:
    """The state of the time limit of a detention on a given day."""

    detention: Detention
    seizure: Seizure
    today: dt.date

    @property
    def left(self) -> int:
        """Returns the number of days until the end of the period. The number is negative if the period has
        ended.
        """
        return (self.detention.due_on - self.today).days

    @property
    def over(self) -> int:
        """Returns the number of days since the end of the period."""
        return -self.left

    @property
    def ended(self) -> bool:
        """Returns whether the detention has ended: the cash was released or seized, or the record was
        withdrawn."""
        return (
            self.seizure.closed_at is not None
            or self.seizure.measure == Seizure.Measure.SEIZURE
            or self.seizure.state == Seizure.State.WITHDRAWN
        )

    @property
    def extendable(self) -> bool:
        """Returns whether the period may be extended."""
        return (
            not self.ended
            and self.detention.extended_at is None
            and self.detention.due_on < self.detention.latest_on
        )


def limit_of(variant: Variant) -> Limit | None:
    """Returns the time limit of a detention, or None if the variant states no limit."""
    return variant.limits.get("detention")


def days_of(limit: Limit) -> tuple[int, int]:
    """Returns the number of days of the period, and the maximum number of days after an extension."""
    return limit.amount, limit.most or limit.amount


def clock(id_: uuid.UUID, today: dt.date) -> Clock | None:
    """Returns the last detention of a movement with its time limit, or None if there is no detention."""
    found = Detention.objects.filter(subject_id=id_).order_by("-began_on", "-pk").first()
    seizure = Seizure.objects.filter(pk=found.pk).first() if found else None
    return Clock(found, seizure, today) if found and seizure else None


def open_clocks(today: dt.date, most: int) -> list[Clock]:
    """Returns the detentions that have not ended, sorted by the end of their periods."""
    seizures_ = {
        one.pk: one
        for one in Seizure.objects.filter(
            measure=Seizure.Measure.DETENTION, closed_at=None, subject__kind="cash"
        ).exclude(state=Seizure.State.WITHDRAWN)
    }
    found = Detention.objects.filter(pk__in=list(seizures_)).order_by("due_on", "pk")[:most]
    return [Clock(one, seizures_[one.pk], today) for one in found]


@transaction.atomic
def detain(user: User, id_: uuid.UUID, form: uuid.UUID, terms: Terms) -> Detention:
    """Detains the cash of a movement. Creates a detention record with the counted or declared cash and with
    the time limit of the variant. A second request with the same `form` returns the same detention. Raises
    `Refused`."""
    rules.check(user, "seizure.write")
    found = _locked(user, id_)
    if stored := Detention.objects.filter(pk=form, subject_id=id_).first():
        return stored
    file = dossier(id_)
    if found.announced:
        raise Refused("announced")
    if file.message is None:
        raise Refused("masked")
    at = now()
    last = clock(id_, at.date())
    if last is not None and not last.ended:
        raise Refused("detained")
    limit = limit_of(variant_of(file.message))
    if limit is None:
        raise Refused("no_limit")
    if (
        not terms.reasons
        or not set(terms.reasons) <= set(REASONS)
        or terms.language not in LANGUAGES
    ):
        raise Refused("reasons")
    items = goods(file)
    if not items:
        raise Refused("no_cash")
    days, most = days_of(limit)
    day = at.date()
    seizures.create(
        user, _origin(file), form, Seizure.Measure.DETENTION,
        Given(
            {
                "day": day, "country": terms.country, "office": terms.office[:17], "basis": terms.basis,
                "direction": "export" if file.row.direction.startswith("exit") else "import",
            },
            {"place": terms.place, "narrative": terms.facts},
            items,
        ),
    )  # fmt: skip
    made = Detention.objects.create(
        id=form, organisation_id=found.organisation_id, subject_id=id_, began_on=day,
        due_on=day + dt.timedelta(days=days), latest_on=day + dt.timedelta(days=most),
        reasons=list(dict.fromkeys(terms.reasons)), remedy_body=terms.remedy_body,
        remedy_until=day + dt.timedelta(days=terms.remedy_days), language=terms.language, by=user,
    )  # fmt: skip
    acts.write(user, "cash.detain", id_, detention=str(form))
    return made


def _origin(file: Dossier) -> Origin:
    """If the decision on the hit of the movement permits a seizure, returns this decision; otherwise returns
    None."""
    hit = SeenHit.objects.filter(subject_id=file.row.pk).first()
    if hit is not None:
        try:
            return seizures.of_hit(hit)
        except EnforcementRefused:
            pass
    return Origin(file.row.subject)


def goods(file: Dossier) -> list[Item]:
    """Returns the counted cash as goods of a record, with one entry for each kind of cash and currency. If
    there is no count, returns the declared cash."""
    lines: Sequence[Line] = file.count.count.lines if file.count else file.lines
    sums: dict[tuple[str, str, str], list[Line]] = {}
    for line in lines:
        if line.kind == "gold":
            key = ("gold", line.type or "", "g")
        else:
            key = (line.kind, line.type or "", line.currency or "")
        sums.setdefault(key, []).append(line)
    made = [_item(kind, sub, unit, some) for (kind, sub, unit), some in sums.items()]
    return [one for one in made if one is not None][: seizures.MOST_ITEMS]


def _item(kind: str, sub: str, unit: str, lines: Sequence[Line]) -> Item | None:
    text = texts.what(lines[0])
    if kind == "gold":
        weight = added(line.weight for line in lines if line.weight is not None)
        return Item("cash", weight, "g", sub=sub, text=text) if weight > 0 else None
    amounts = [amount for line in lines if (amount := amount_of(line)) is not None]
    if not amounts:
        return None
    total = added(amounts)
    pieces = [line.quantity for line in lines]
    known = [one for one in pieces if one is not None]
    quantity = added(known) if known and len(known) == len(pieces) else Decimal(1)
    if total <= 0 or quantity <= 0:
        return None
    return Item(
        "cash", quantity, "piece" if quantity != 1 else "package", sub=sub, value=total.quantize(_CENT),
        currency=unit, text=text,
    )  # fmt: skip


@transaction.atomic
def extend(user: User, id_: uuid.UUID, why: str) -> Detention:
    """Extends the period of a detention to the maximum period, after a supervisor has confirmed that the
    extension is necessary. A detention can be extended only once, and only before its period has ended.
    Raises `Refused`.
    """
    rules.check(user, "seizure.validate")
    _locked(user, id_)
    found = clock(id_, now().date())
    if found is None or found.ended:
        raise Refused("not_detained")
    if not found.extendable:
        raise Refused("extended")
    if found.left < 0:
        raise Refused("over")
    if not 3 <= len(why.strip()) <= MOST_TEXT:
        raise Refused("why")
    seizures.extended(user, found.seizure.pk, found.seizure.version, why)
    detention = found.detention
    Detention.objects.filter(pk=detention.pk).update(
        due_on=detention.latest_on, extended_at=now(), extended_by=user
    )
    acts.write(user, "cash.extend", id_, detention=str(detention.pk))
    return Detention.objects.get(pk=detention.pk)


def watch(connection: Connection[Any], keys: Keys, now: dt.datetime) -> int:
    """Notifies the users who may end a detention. The first notification is sent some days before the last
    day of the period, and the second when the period has ended. Each of the two notifications is sent only
    once, or once more if the period is extended. Returns 0, because the function changes no record. `now` is
    the time of the database.

    A notification that is older than `notices.KEPT` is deleted, and is not written again."""
    today = timezone.localdate(now)
    values = {
        "roles": sorted(rules.RULES["seizure.validate"]),
        "first": today - notices.KEPT + dt.timedelta(days=1),
        "last": today + dt.timedelta(days=WARNED_DAYS),
    }
    for (organisation,) in connection.execute(
        "SELECT id FROM accounts_organisation ORDER BY id"
    ).fetchall():
        found = connection.execute(_ENDING, values | {"of": organisation}).fetchall()
        events = []
        for id_, subject, due, to in found:
            what = "soon" if today <= due else "over"
            params = {
                "what": what, "page": "cash-movement", "id": str(subject), "detention": str(id_),
                "day": due.isoformat(),
            }  # fmt: skip
            ref = f"{id_.hex}:{due.isoformat()}:{what}"
            events.append(
                notices.Event(kind=Notice.Kind.DETENTION, to=to, ref=ref, params=params, at=now)
            )
        notices.write(connection.execute, organisation, events)
    return 0
