"""The Django part of the kind "cash": rows of the queue, blocks of the page of a hit, values for the API, and
data for lists and reports. The id of a subject of this kind is the id of a movement of cash."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from psycopg import Connection

from vedette.apps import display
from vedette.apps.accounts.models import User
from vedette.apps.columns import Theme
from vedette.apps.notices.models import Notice
from vedette.apps.rendering import say
from vedette.apps.subjects.kinds import (
    AppKind,
    BarPage,
    Fairness,
    GroupMark,
    Help,
    Panel,
    Reported,
    SubjectPage,
)
from vedette.apps.subjects.models import Subject
from vedette.cash import receipt
from vedette.cash.app import (
    comparing,
    detaining,
    disclosure,
    dossier,
    ending,
    finding,
    store,
    texts,
)
from vedette.cash.app.disclosure import clear_movements
from vedette.cash.app.messages import name_of, references
from vedette.cash.app.models import Movement, Pair
from vedette.cash.app.referral import batches
from vedette.cash.app.tables import TABLES
from vedette.cash.asking import roles
from vedette.cash.kind import KIND
from vedette.keys.ring import Keys


def queue_row(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """Returns the parties, references and journeys of these movements. Masked values are None."""
    clear = clear_movements(ids)
    rows = {}
    for one in Movement.objects.filter(pk__in=list(ids)):
        values = clear.get(one.pk)
        message = values.state.message if values else None
        way = message.movement.transport if message else None
        name = next((name for name in values.names if name), "") if values else None
        rows[one.pk] = {
            "reference": (values.reference or values.code or None) if values else None,
            "record": one.record,
            "direction": one.direction,
            "announcement": one.announced,
            "value": one.value,
            "currency": one.currency or None,
            "title": _title(name),
            "masked": values is None,
            "movement": message.movement if message else None,
            "what": texts.RECORDS.get(one.record, one.record),
            "way": texts.DIRECTIONS.get(one.direction, ""),
            "group": name_of(one, (values.reference or values.code) if values else None),
            "group_more": f"{way.departure_country or '–'} → {way.arrival_country or '–'}"
            if way
            else "",
            "on": one.crosses_on,
            "page": reverse("cash-movement", args=[one.pk]),
        }
    return rows


def _title(name: str | None) -> str:
    if name is None:
        return gettext("Masked cash movement")
    return name or gettext("Cash without a named person")


def panels(id_: uuid.UUID, sheet: bool) -> SubjectPage:
    """Returns the blocks of the page of a hit: the lines, the count, the parties and the journey. Raises
    `Movement.DoesNotExist` if the reader may not see the movement."""
    file = dossier.dossier(id_)
    title = _title(None if file.hidden else file.title)
    detention = detaining.clock(id_, timezone.localdate())
    about: dict[str, Any] = {
        "file": file,
        "row": file.row,
        "message": file.message,
        "movement": file.message.movement if file.message else None,
        "title": title,
        "reference": name_of(file.row, references([id_]).get(id_)),
        "what": texts.RECORDS.get(file.row.record, file.row.record),
        "way": texts.DIRECTIONS.get(file.row.direction, ""),
        "sheet": sheet,
        "pairs": _pairs(id_),
        "detention": detention,
        "detention_reasons": [
            say(receipt.REASONS[code])
            for code in (detention.detention.reasons if detention else ())
        ],
        "detainable": not file.hidden
        and not file.row.announced
        and not file.row.cancelled
        and not file.row.partner
        and (detention is None or detention.ended),
        "unit": file.valued["to"] if file.valued else file.row.currency,
    }
    return SubjectPage(
        title=title,
        label=gettext("Cash movement"),
        head=Panel("cash/_head.html", about),
        notice=Panel("cash/_notice.html", about),
        first=[Panel("cash/_lines.html", about, (("lines", gettext("Lines of cash")),))],
        panels=[
            Panel("cash/_count.html", about, (("count", pgettext("cash", "Count")),)),
            Panel("cash/_detention.html", about, (("detention", gettext("Detention")),)),
            *(
                [Panel("cash/_pair.html", about, (("pair", gettext("Departure and arrival")),))]
                if about["pairs"]
                else []
            ),
            Panel("cash/_parties.html", about, (("par", gettext("Parties")),)),
            Panel("cash/_journey.html", about, (("way", pgettext("cash", "Journey")),)),
            Panel("library/_beside.html", {"theme": Theme.CASH.value, "sheet": sheet}),
        ],
        opened=file.opened,
    )


def _pairs(id_: uuid.UUID) -> list[tuple[Pair, dict[str, Any] | None, list[str]]]:
    """Returns the pairs of a movement. For each pair, the result contains the row of the other record, and
    the reasons as texts. A pair is left out if the reader may not see the other record.
    """
    found = list(Pair.objects.filter(subject_id=id_).order_by("separated_at", "other_id"))
    others = queue_row([one.other_id for one in found if one.other_id])
    return [
        (
            one,
            others.get(one.other_id) if one.other_id else None,
            [str(texts.PAIR_REASONS.get(code, code)) for code in one.reasons],
        )
        for one in found
        if one.other_id is None or one.other_id in others
    ]


def hit_values(id_: uuid.UUID) -> dict[str, Any]:
    """Returns the values (`CashHit`) that the API returns for a movement in addition to the row of the
    queue."""
    file = dossier.dossier(id_)
    return {
        "lines": None if file.hidden else len(file.lines),
        "counted": file.count is not None,
        "count_differs": file.count.row.differs if file.count else None,
    }


def lookout(id_: uuid.UUID) -> dict[str, str]:
    """Returns the initial values of the form in which a user creates a lookout for the first party of a
    movement. If the values of the movement are masked, the result is empty. Raises `Movement.DoesNotExist` if
    the reader may not see the movement."""
    Movement.objects.get(pk=id_)
    clear = clear_movements([id_]).get(id_)
    message = clear.state.message if clear else None
    party = next((one for _, one in roles(message.movement)), None) if message else None
    if party is None:
        return {}
    return {
        "name": party.full_name,
        "document": party.document.number if party.document else "",
        "birth_date": party.date_of_birth.isoformat() if party.date_of_birth else "",
    }


def names(id_: uuid.UUID) -> list[str]:
    """Returns the names of the parties of a movement, or an empty list if the names are masked."""
    clear = clear_movements([id_]).get(id_)
    message = clear.state.message if clear else None
    if message is None:
        return []
    parts = (
        part
        for _, one in roles(message.movement)
        for part in (one.name, one.last_names, one.first_names)
    )
    return list(dict.fromkeys(part for part in parts if part))


def search(text: str) -> tuple[int, Panel] | None:
    """Returns the number of movements with this code, reference, document or name, and the panel that shows
    these movements. Returns None if no movement was found."""
    found, cut = finding.by_text(text)
    if not found:
        return None
    rows = queue_row(found)
    lines = [rows[id_] for id_ in found if id_ in rows]
    return len(lines), Panel(
        "cash/_found.html", {"lines": lines, "cut": cut, "most": finding.FOUND}
    )


def filter_groups(text: str) -> list[uuid.UUID]:
    """Returns an empty result, because movements have no groups."""
    return []


def second_person(subject: Subject, choice: str) -> str | None:
    """Returns None, because for cash there is no additional rule that requires a second officer. For every
    kind of subject, a refusal requires a second officer.
    """
    return None


def counted(count: int) -> str:
    """Returns a text that states the number of movements, such as `12 cash movements`."""
    return ngettext("%(n)s cash movement", "%(n)s cash movements", count) % {
        "n": display.number(count)
    }


#: Id of a point in favour → its words.
FAVOUR: Mapping[str, Any] = {}


def favour(name: str, params: Mapping[str, Any]) -> str:
    """Returns the sentence that describes a fact in favour of a movement. Returns an empty text if the id of
    the fact is unknown."""
    return str(FAVOUR.get(name, ""))


#: The letter is the first letter of the name of the first party.
FAIRNESS = Fairness(
    query="""
        SELECT left(substring(coalesce(c.names[1], '') FROM '[[:alpha:]]'), 1) AS letter
        FROM cash_movementclear c
        WHERE c.movement_id = h.subject_id AND c.retention_class = h.retention_class AND c.month = h.month
    """,
    words={},
)

REPORTED = Reported(
    query="""
        SELECT count(*) FROM cash_movement WHERE organisation_id = %(org)s AND NOT announced
          AND received_at >= %(from)s AND received_at < least(%(to)s, now())
    """,
    label=_("cash movements received"),
    heading=_("Cash movements"),
)


def labels(groups: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[str, str]]:
    """Returns the name of each movement and the URL of its page."""
    known = references(groups)
    return {
        one.pk: (name_of(one, known.get(one.pk)), reverse("cash-movement", args=[one.pk]))
        for one in Movement.objects.filter(pk__in=list(groups))
    }


def marks(groups: Collection[uuid.UUID]) -> dict[uuid.UUID, GroupMark]:
    """Returns the name, the kind of record and the URL of the page of each movement."""
    known = references(groups)
    return {
        one.pk: GroupMark(
            name_of(one, known.get(one.pk)),
            str(texts.RECORDS.get(one.record, "")),
            reverse("cash-movement", args=[one.pk]),
        )
        for one in Movement.objects.filter(pk__in=list(groups))
    }


def clear_names(
    connection: Connection[Any], organisation: uuid.UUID, subjects: Sequence[uuid.UUID]
) -> list[tuple[uuid.UUID, Sequence[str | None]]]:
    """Returns the names of the parties of each of these movements. Masked movements are excluded."""
    rows = connection.execute(
        "SELECT movement_id, names FROM cash_movementclear"
        " WHERE movement_id = ANY(%s) AND organisation_id = %s",
        [list(subjects), organisation],
    )
    return [(id_, names) for id_, names in rows]


def _no_notices(user: User) -> Sequence[Panel]:
    return ()


_HELP = Help("Cash", "L’argent liquide")
_RISK = Help("Risk information of cash", "Les informations sur les risques liés à l’argent liquide")
_REFERRAL = Help("Referral of cash", "La transmission de l’argent liquide")


def _watch(connection: Connection[Any], keys: Keys, now: dt.datetime) -> int:
    """Performs the tasks of the workers for cash: comparing movements, creating routine batches, deleting
    announcements, and sending notifications before the end of detentions."""
    return sum(one.watch(connection, keys, now) for one in (comparing, batches, ending, detaining))


APP = AppKind(
    name=KIND.name,
    counted=counted,
    tables=TABLES,
    store=store.Store,
    due=store.due,
    in_clear=store.in_clear,
    population=store.population,
    subjects=Movement.objects.all,
    compared=lambda: Movement.objects.filter(cancelled=False).count(),
    queue_row=queue_row,
    queue_template="cash/_queue_row.html",
    queue_heads=(_("Cash movement"), _("Record")),
    queue_notices=_no_notices,
    group_filter=(_("Record"), "2026-117"),
    filter_groups=filter_groups,
    panels=panels,
    favour=favour,
    disagreement=lambda params: "",
    ours=_("According to the declaration"),
    spared=_("The exceptions of the profile do not apply to this movement"),
    hit_values=hit_values,
    theme=(pgettext_lazy("theme", "Cash"), _("Terrorist financing")),
    nav=(
        BarPage(
            "cash-movements",
            _("Movements"),
            "record.see",
            "cash-movement cash-count cash-detain cash-receipt",
            below=(
                BarPage("cash-find", _("Declaration"), "record.see"),
                BarPage("cash-new", _("Form"), "cash.record"),
                BarPage("cash-detentions", _("Detentions"), "record.see"),
                BarPage("cash-rates", _("Exchange rates"), "rates.see"),
                BarPage(
                    "suspicions",
                    _("Suspicion reports"),
                    "suspicion.see",
                    "suspicion cash-suspicion",
                ),
                BarPage("batches", _("Routine batches"), "routine.see", "batch"),
                BarPage(
                    "cash-statistics",
                    _("Statistics"),
                    "record.see",
                    "cash-statistics-rows",
                ),
                BarPage("risk-forms", _("Risk information"), "risk.see", "risk-form"),
            ),
        ),
    ),
    help={
        **dict.fromkeys(
            ("suspicions", "suspicion", "cash-suspicion", "batches", "batch"), _REFERRAL
        ),
        "fiu-setup": Help(
            "The financial intelligence unit",
            "La cellule de renseignement financier",
            files=("roles", "fonctions"),
        ),
        "cash-movements": _HELP,
        "cash-movement": _HELP,
        "cash-statistics": _HELP,
        "cash-statistics-rows": _HELP,
        "cash-statistics-csv": _HELP,
        "cash-results-csv": _HELP,
        **dict.fromkeys(("risk-forms", "risk-form", "risk-file", "risk-picture"), _RISK),
        "cash-find": _HELP,
        "cash-new": _HELP,
        "cash-count": _HELP,
        "cash-accept": _HELP,
        "cash-separate": _HELP,
        "cash-detain": _HELP,
        "cash-detentions": _HELP,
        "cash-extend": _HELP,
        "cash-receipt": _HELP,
        "cash-rates": _HELP,
    },
    lookout=lookout,
    names=names,
    second_person=second_person,
    search_keys=(_("code"), _("reference"), _("document"), _("name")),
    search_page="search",
    searching=("cash-find",),
    search=search,
    find=disclosure.find,
    disclose=disclosure.disclose,
    labels=disclosure.LABELS,
    sources=disclosure.SOURCES,
    elements=disclosure.ELEMENTS,
    rectified=disclosure.rectified,
    fairness=FAIRNESS,
    group_labels=labels,
    group_marks=marks,
    clear_names=clear_names,
    administration=(
        BarPage("cash-rates", _("Rates"), "rates.import"),
        BarPage("fiu-setup", _("Intelligence unit"), "fiu.setup"),
    ),
    reported=REPORTED,
    watch=_watch,
    notified={Notice.Kind.DETENTION: detaining.NOTIFIED},
    accesses={"cash.day": "group", "cash.detentions": "group", "cash.find": "search"},
)
