"""Assigns items to lanes of clearance by the criteria of an organisation (risk profiles with a lane), and
selects items at random for a control in the red lane.

Workers call `assign`. Pages read the lanes with `lanes_of`, which uses only the criteria that the reader may
see.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import msgspec
from django.db.models import Min, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from psycopg import Connection

from vedette.apps.copying import copy_in
from vedette.apps.profiles import draws
from vedette.apps.profiles.models import Drawn, DrawRate, Version
from vedette.goods.app.models import GoodsItem, Lane
from vedette.goods.criteria import LANES, Criterion
from vedette.goods.criteria import Lane as LaneName
from vedette.goods.kind import NAME
from vedette.keys.ring import Keys

if TYPE_CHECKING:
    import polars as pl

    from vedette.goods.lanes import Lanes

#: Lane → its word.
WORDS = {
    "red": _("red: physical control of the goods"),
    "yellow": _("yellow: control of the documents"),
    "blue": _("blue: release, with a control after release"),
    "green": _("green: release"),
}
#: The lane of the random control.
RANDOM = "red"
RANDOM_WORD = _("red lane: selected at random")
_COLUMNS = ("organisation_id", "subject_id", "version_id", "lane", "selected", "theme", "purpose")

_compiled: dict[uuid.UUID, tuple[object, Lanes, Lanes]] = {}


def assign(
    connection: Connection[Any],
    keys: Keys,
    organisation: uuid.UUID,
    now: dt.datetime,
    values: pl.DataFrame,
    items: Sequence[tuple[uuid.UUID, bool]],
) -> None:
    """Stores the criteria that these items fulfil, and selects new items at random for the red lane. `items`
    contains the id of each row of `values`, and whether the item was already stored."""
    from vedette.apps.profiles import loading

    new = [id_ for id_, stored in items if not stored]
    row = connection.execute(
        "SELECT country FROM accounts_organisation WHERE id = %s", [organisation]
    ).fetchone()
    home = row[0] if row else ""
    draws.draw_arrivals(connection, keys, organisation, RANDOM, [(home, id_) for id_ in new], now)
    criteria = loading.criteria(connection, organisation, NAME, now)
    old = [id_ for id_, stored in items if stored]
    if old:
        connection.execute(
            "DELETE FROM goods_lane WHERE organisation_id = %s AND subject_id = ANY(%s)",
            [organisation, old],
        )
    if not criteria:
        return
    drawn, whole = _lanes(connection, organisation, criteria, now)
    shares = any(share < 100 for _, _, _, share, _, _ in criteria)
    days = _days(connection, organisation, now, items) if shares else {}
    day_keys = draws.day_keys(connection, keys, organisation, sorted(set(days.values())))
    about = {
        str(id_): (id_, theme, purpose)
        for id_, theme, purpose in connection.execute(
            "SELECT id, theme, purpose FROM profiles_version WHERE organisation_id = %s AND id = ANY(%s)",
            [organisation, [one[0] for one in criteria]],
        )
    }
    versions = {ref: about[str(id_)] for id_, ref, *_ in criteria}
    rows: list[tuple[Any, ...]] = []
    ids = [id_ for id_, _ in items]
    groups: dict[bytes | None, list[int]] = {}
    for n, id_ in enumerate(ids):
        groups.setdefault(day_keys.get(days.get(id_, dt.date.min)), []).append(n)
    for key, places in groups.items():
        # Without a key that was published, nobody could verify a draw: then the whole share is selected.
        lanes = whole if key is None else drawn
        assigned = lanes.assign(values[places], [ids[n] for n in places], key or b"")
        for n, one in zip(places, assigned, strict=True):
            for met in one.criteria:
                version, theme, purpose = versions[met.name]
                rows.append((organisation, ids[n], version, met.lane, met.selected, theme, purpose))
    copy_in(connection, "goods_lane", _COLUMNS, rows)


def _lanes(
    connection: Connection[Any],
    organisation: uuid.UUID,
    criteria: Sequence[tuple[uuid.UUID, str, str, float, str, dict[str, Any]]],
    now: dt.datetime,
) -> tuple[Lanes, Lanes]:
    """Returns the compiled criteria twice: with their own percentages, and with all percentages set to
    100."""
    from vedette.apps.profiles.backtesting import code_lists
    from vedette.goods.lanes import Lanes
    from vedette.kinds import vocabulary

    lists = code_lists(connection.cursor(), organisation)
    state = ([(*one[:4], one[4]) for one in criteria], lists, now.date())
    held = _compiled.get(organisation)
    if held is None or held[0] != state:
        made = [
            Criterion(
                name=ref,
                lane=cast("LaneName", lane),
                expression=expression,
                rate=share / 100,
                parameters=parameters,
            )
            for _, ref, lane, share, expression, parameters in criteria
        ]
        known = {name: codes for name, codes in lists.items() if codes is not None}
        all_ = [msgspec.structs.replace(one, rate=1.0) for one in made]
        columns = vocabulary(NAME)
        held = _compiled[organisation] = (
            state,
            Lanes(columns, made, now.date(), minimum=0.0, lists=known),
            Lanes(columns, all_, now.date(), minimum=0.0, lists=known),
        )
    return held[1], held[2]


def _days(
    connection: Connection[Any],
    organisation: uuid.UUID,
    now: dt.datetime,
    items: Sequence[tuple[uuid.UUID, bool]],
) -> dict[uuid.UUID, dt.date]:
    """Returns the UTC day on which each item was first received."""
    today = now.astimezone(dt.UTC).date()
    found = {id_: today for id_, stored in items if not stored}
    rows = connection.execute(
        "SELECT id, (received_at AT TIME ZONE 'UTC')::date FROM goods_goodsitem"
        " WHERE organisation_id = %s AND id = ANY(%s)",
        [organisation, [id_ for id_, stored in items if stored]],
    )
    return found | dict(rows.fetchall())


# --- pages ------------------------------------------------------------------------------------------


@dataclass
class Cleared:
    """The lane of an item, according to the criteria that the reader may see. `decided` contains the
    fulfilled criteria of this lane, and `others` contains the other fulfilled criteria. `random` is true if
    the item was selected at random for the red lane.
    """

    lane: str
    random: bool = False
    decided: list[Lane] = field(default_factory=list)
    others: list[Lane] = field(default_factory=list)

    @property
    def word(self) -> Any:
        """The label of the lane."""
        return WORDS[self.lane]

    @property
    def short(self) -> str:
        """The colour of the lane: the first word of the label of the lane."""
        return str(self.word).partition(":")[0].strip()


def since() -> dt.datetime | None:
    """Returns the time from which items have a lane: the first time at which a criterion that the reader may
    see, or a random rate, came into force. Returns None if no such criterion or rate came into force."""
    criteria = Version.objects.filter(profile__kind=NAME, active_from__isnull=False).exclude(
        lane=""
    )
    rates = DrawRate.objects.filter(lane=RANDOM, rate__gt=0)
    found = [
        criteria.aggregate(at=Min("active_from"))["at"], rates.aggregate(at=Min("at"))["at"]
    ]  # fmt: skip
    return min((at for at in found if at is not None), default=None)


def lanes_of(ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Cleared]:
    """Returns the lane of each item that has a lane. The result contains the items that were screened since
    the first criterion or random rate came into force, and those that a criterion selected later."""
    first = since()
    if first is None:
        return {}
    known = list(ids)
    rows: dict[uuid.UUID, list[Lane]] = {}
    for one in Lane.objects.filter(subject_id__in=known).select_related("version__profile"):
        rows.setdefault(one.subject_id, []).append(one)
    drawn = set(
        Drawn.objects.filter(subject_id__in=known, lane=RANDOM).values_list("subject_id", flat=True)
    )
    screened = GoodsItem.objects.filter(pk__in=known, subject__screened_at__gte=first)
    found = {}
    for id_ in {*screened.values_list("pk", flat=True), *rows, *drawn}:
        some = rows.get(id_, [])
        selected = [one.lane for one in some if one.selected]
        lanes = ("green", *selected, *((RANDOM,) if id_ in drawn else ()))
        lane = min(lanes, key=LANES.index)
        decided = [one for one in some if one.selected and one.lane == lane]
        others = [one for one in some if one not in decided]
        found[id_] = Cleared(lane, id_ in drawn, decided, others)
    return found


def subjects(lane: str) -> QuerySet[Any]:
    """Returns a query of the ids of the items in a lane, according to the criteria that the reader may
    see."""
    selected: dict[str, QuerySet[Any]] = {
        one: Lane.objects.filter(lane=one, selected=True).values("subject_id") for one in LANES
    }
    drawn = Drawn.objects.filter(lane=RANDOM).values("subject_id")
    found = GoodsItem.objects.all()
    for one in LANES[: LANES.index(cast("LaneName", lane))]:
        found = found.exclude(pk__in=selected[one])
    if lane == RANDOM:
        return found.filter(Q(pk__in=selected[lane]) | Q(pk__in=drawn)).values("pk")
    found = found.exclude(pk__in=drawn)
    if lane != "green":
        return found.filter(pk__in=selected[lane]).values("pk")
    first = since()
    later = Q(subject__screened_at__gte=first) if first is not None else Q(pk__in=())
    return found.filter(later | Q(pk__in=selected["green"])).values("pk")
