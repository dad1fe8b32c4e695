"""The Django part of the kind "goods": rows of the queue, blocks of the page of a hit, values for the API,
and data for lists and reports. The id of a subject is the id of a goods item. The id of the group of a
subject is the id of a declaration."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from psycopg import Connection

from vedette.apps import display
from vedette.apps.accounts.models import User
from vedette.apps.notices.models import Notice
from vedette.apps.subjects.kinds import (
    AppKind,
    BarPage,
    Dimension,
    Fairness,
    Given,
    GroupMark,
    Help,
    Other,
    Panel,
    Reported,
    SubjectPage,
)
from vedette.apps.subjects.models import Subject
from vedette.goods.app import (
    baselines,
    clearance,
    disclosure,
    inspection,
    items,
    store,
)
from vedette.goods.app.disclosure import clear_goods
from vedette.goods.app.finds import records as finds
from vedette.goods.app.licences import drawing, records
from vedette.goods.app.messages import DOCUMENTS, name_of, references
from vedette.goods.app.models import Declaration, GoodsItem
from vedette.goods.app.notices import actions as noticing
from vedette.goods.app.rows import PRINCIPAL
from vedette.goods.app.tables import TABLES
from vedette.goods.declarations import Goods
from vedette.goods.kind import KIND
from vedette.keys.ring import Keys
from vedette.library.beside import theme_of
from vedette.screening.exact import fold_document, fold_email, fold_phone, linking_address
from vedette.screening.links import RecordOf


def identity(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, RecordOf]:
    """Returns, for each item that is not masked, the name, the numbers and the contacts of the principal
    party: the consignee or, if there is none, the consignor."""
    found = {}
    for id_, clear in clear_goods(list(ids)).items():
        party = clear.goods.party(*PRINCIPAL)
        if party is None or not (party.name or party.identifiers):
            continue
        contacts = [*(f"phone:{fold_phone(one)}" for one in party.phones),
                    *(f"email:{fold_email(one)}" for one in party.emails)]  # fmt: skip
        if party.address is not None:
            contacts.append(f"address:{linking_address(party.address)}")
        found[id_] = RecordOf(
            id_, True, (party.name.lower(),) if party.name else (), "",
            frozenset(fold_document(one.value) for one in party.identifiers) - {""},
            frozenset(one for one in contacts if not one.endswith(":")),
        )  # fmt: skip
    return found


def queue_row(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """Returns the descriptions, codes and declarations of these items. Masked values are None."""
    found = list(GoodsItem.objects.select_related("declaration").filter(pk__in=list(ids)))
    known = references({one.declaration_id for one in found})
    clear = clear_goods([one.pk for one in found])
    lanes = clearance.lanes_of([one.pk for one in found])
    return {
        one.pk: {
            **_row(one, clear[one.pk].goods if one.pk in clear else None, known),
            "lane": lanes.get(one.pk),
        }
        for one in found
    }


def _row(item: GoodsItem, goods: Goods | None, known: Mapping[uuid.UUID, str]) -> dict[str, Any]:
    declaration = item.declaration
    consignee = goods.party("consignee", "importer", "consignor", "exporter") if goods else None
    places = (goods.dispatch or goods.origin, goods.destination) if goods else (None, None)
    return {
        "declaration_id": declaration.pk,
        "item": abs(item.number),
        "description": goods.item.description if goods else None,
        "hs": goods.item.hs if goods else None,
        "origin": goods.origin if goods else None,
        "destination": goods.destination if goods else None,
        "title": items.title(goods, item),
        "masked": goods is None,
        "goods": goods,
        "party": consignee.name if consignee else None,
        "group": name_of(declaration.document, known.get(declaration.pk)),
        "group_more": f"{places[0] or '–'} → {places[1] or '–'}",
        "on": declaration.stated_on,
        "page": reverse("goods-item", args=[item.pk]),
    }


def panels(item_id: uuid.UUID, sheet: bool) -> SubjectPage:
    """Returns the blocks of the page of a hit: description with marked words, codes and amounts, parties,
    documents, route. Raises `GoodsItem.DoesNotExist` if the reader may not see the item."""
    file = items.dossier(item_id)
    about: dict[str, Any] = {
        "file": file,
        "goods": file.goods,
        "title": items.title(file.goods, file.item),
        "reference": name_of(file.declaration.document, items.reference(file.declaration)),
        "sheet": sheet,
        "lane": clearance.lanes_of([item_id]).get(item_id),
    }
    hs = (file.goods.item.hs or "") if file.goods else ""
    return SubjectPage(
        title=str(about["title"]),
        label=gettext("Goods item and declaration"),
        head=Panel("goods/_head.html", about),
        notice=Panel("goods/_masked.html", about),
        first=[
            Panel("goods/_said.html", about, (("said", gettext("Description")),)),
            Panel("goods/_compared.html", about, (("val", gettext("Ordinary trade")),)),
        ],
        panels=[
            Panel("goods/_parties.html", about, (("par", gettext("Parties")),)),
            Panel("goods/_lane.html", about, (("lane", gettext("Lane")),)),
            Panel("goods/_documents.html", about, (("doc", gettext("Documents")),)),
            *(
                [Panel("goods/_notice.html", about, (("note", gettext("Pre-export notice")),))]
                if file.notice
                else []
            ),
            Panel("goods/_route.html", about, (("way", gettext("Route")),)),
            Panel("goods/_equipment.html", about, (("eq", gettext("Containers")),)),
            Panel("library/_beside.html", {"theme": theme_of(hs), "hs": hs, "sheet": sheet}),
        ],
        opened=file.opened,
    )


def hit_values(item_id: uuid.UUID) -> dict[str, Any]:
    """Returns the values of an item that the API returns in addition to the row of the queue (`GoodsHit`)."""
    clear = clear_goods([item_id]).get(item_id)
    goods = clear.goods if clear else None
    return {
        "reference": (goods.reference or None) if goods else None,
        "net_mass_kg": goods.item.net_mass_kg if goods else None,
        "value": goods.item.value if goods else None,
        "currency": goods.item.currency if goods else None,
        "documents": list(goods.document_codes) if goods else [],
        "containers": list(goods.containers) if goods else [],
    }


#: The letter is the first letter of the name of the first party.
FAIRNESS = Fairness(
    query="""
        SELECT left(substring(coalesce(c.names[1], '') FROM '[[:alpha:]]'), 1) AS letter,
               CASE WHEN jsonb_typeof(o.value) = 'string' THEN o.value #>> '{}' END AS country
        FROM goods_itemclear c
        LEFT JOIN LATERAL (
            SELECT g -> 1 -> 'origin' AS value FROM jsonb_array_elements(c.state) WITH ORDINALITY e (g, n)
            WHERE g -> 1 ? 'origin' ORDER BY n DESC LIMIT 1) o ON true
        WHERE c.item_id = h.subject_id AND c.retention_class = h.retention_class AND c.month = h.month
    """,
    words={"country": (_("Country of origin"), {})},
    folded=("country",),
)

DIMENSIONS = (
    Dimension(
        "chapter", _("Results by HS chapter"), _("HS chapter"),
        "SELECT left(g.hs, 2) FROM goods_goodsitem g WHERE g.id = d.subject_id AND g.hs <> ''",
    ),
)  # fmt: skip

REPORTED = Reported(
    query="""
        SELECT count(*) FROM goods_goodsitem WHERE organisation_id = %(org)s
          AND received_at >= %(from)s AND received_at < least(%(to)s, now())
    """,
    label=_("goods items received"),
    heading=_("Goods items"),
)


def labels(groups: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[str, str]]:
    """Returns the name of each declaration and the address of its page."""
    known = references(groups)
    return {
        one.pk: (
            name_of(one.document, known.get(one.pk)), reverse("declaration", args=[one.pk])
        )
        for one in Declaration.objects.filter(pk__in=list(groups))
    }  # fmt: skip


def marks(groups: Collection[uuid.UUID]) -> dict[uuid.UUID, GroupMark]:
    """Returns the name and the kind of each declaration, and the address of its page."""
    known = references(groups)
    return {
        one.pk: GroupMark(
            name_of(one.document, known.get(one.pk)),
            str(DOCUMENTS.get(one.document, "")),
            reverse("declaration", args=[one.pk]),
        )
        for one in Declaration.objects.filter(pk__in=list(groups))
    }


def clear_names(
    connection: Connection[Any], organisation: uuid.UUID, subjects: Sequence[uuid.UUID]
) -> list[tuple[uuid.UUID, Sequence[str | None]]]:
    """Returns the names of the parties of each of these items. Masked items are left out."""
    rows = connection.execute(
        "SELECT item_id, names FROM goods_itemclear WHERE item_id = ANY(%s) AND organisation_id = %s",
        [list(subjects), organisation],
    )
    return [(id_, names) for id_, names in rows]


def filter_groups(text: str) -> list[uuid.UUID]:
    """Returns the declarations that have a hit and an item that contains every word of the text; all such
    declarations are returned, because the filter of the queue must not leave out a hit. The declarations are
    sorted by their newest item.
    """
    return items.groups_with_hits(text)


def lookout(item_id: uuid.UUID) -> dict[str, str]:
    """Returns the initial values of the form for a lookout on the consignor of an item. Returns no values if
    the values of the item are masked. Raises `GoodsItem.DoesNotExist` if the reader may not see the item."""
    GoodsItem.objects.get(pk=item_id)
    clear = clear_goods([item_id]).get(item_id)
    party = clear.goods.party("consignor", "exporter", "consignee", "importer") if clear else None
    if party is None:
        return {}
    return {
        "name": party.name or "",
        "document": next((one.value for one in party.identifiers), ""),
    }


def others(given: Given) -> tuple[Sequence[Other], bool]:
    """Returns the licences whose holder is the person in an access request, and whether there are more
    licences."""
    found, more = records.held_by(given.document, given.given_names, given.surname)
    return [
        Other(_("Licence"), row.number, reverse("licence", args=[row.pk]), [gettext("Holder")])
        for row in found
    ], more


def names(item_id: uuid.UUID) -> list[str]:
    """Returns the names of the parties of an item, or an empty list if they are masked."""
    clear = clear_goods([item_id]).get(item_id)
    return list(clear.names) if clear else []


def search(text: str) -> tuple[int, Panel] | None:
    """Returns the number of items that contain every word of a text (MRN, local reference, container, party,
    words of the description), and the panel that shows them. Returns None if no item was found."""
    found = items.search(text)
    if not found:
        return None
    shown = items.lines(found[: items.FOUND])
    cut = len(found) > items.FOUND
    return len(shown), Panel("goods/_found.html", {"lines": shown, "cut": cut, "most": items.FOUND})


def second_person(subject: Subject, choice: str) -> str | None:
    """Returns None. Returns an empty result. A refusal requires a second officer for every kind of subject;
    there is no additional rule for goods.
    """
    return None


def judge(
    connection: Connection[Any],
    keys: Keys,
    organisation: uuid.UUID,
    now: dt.datetime,
    mark: Callable[[Sequence[uuid.UUID]], None],
) -> None:
    """Checks the stored items that name a changed licence (`drawing.judge`). Marks the stored items to which
    a changed pre-export notice belongs."""

    def made(of: Connection[Any]) -> store.Store:
        return store.Store(of, keys, organisation, now)

    drawing.judge(connection, made, organisation, mark)
    noticing.judge(connection, keys, organisation, mark)


def unjudged(connection: Connection[Any]) -> list[uuid.UUID]:
    """Returns the organisations with a changed licence or a changed pre-export notice."""
    return sorted({*drawing.unjudged(connection), *noticing.unjudged(connection)})


def counted(count: int) -> str:
    """Returns the number of items in words: `12 goods items`."""
    return ngettext("%(n)s goods item", "%(n)s goods items", count) % {"n": display.number(count)}


#: Id of a point in favour → its words.
FAVOUR = {
    "licence_declared": _("An export authorisation is declared"),
    "code_agrees": _("The goods are declared under the code of the list entry"),
}


def favour(name: str, params: Mapping[str, Any]) -> str:
    """Returns the sentence that describes one fact in favour of the goods, identified by its id. Returns an
    empty text if the id is unknown."""
    return str(FAVOUR.get(name, ""))


#: What happened to a pre-export notice → icon and sentence of the notification.
NOTIFIED: Mapping[str, tuple[str, Any]] = {
    "send": ("mail", _("Pre-export notice %(name)s was received and needs an answer")),
    "acknowledge": ("check", _("Pre-export notice %(name)s was acknowledged")),
    "object": ("alert", _("Objection to pre-export notice %(name)s")),
    "ask": ("alert", _("Question about pre-export notice %(name)s")),
    "answer": ("mail", _("The question about pre-export notice %(name)s was answered")),
    "withdraw": ("x", _("Pre-export notice %(name)s was withdrawn")),
    "close": ("check", _("Pre-export notice %(name)s was closed")),
    "expire": ("clock", _("The deadline of pre-export notice %(name)s has passed")),
}


def _no_notices(user: User) -> Sequence[Panel]:
    return ()


APP = AppKind(
    name=KIND.name,
    counted=counted,
    tables=TABLES,
    store=store.Store,
    due=store.due,
    in_clear=store.in_clear,
    population=store.population,
    described=store.described,
    subjects=lambda: GoodsItem.objects.select_related("declaration"),
    compared=lambda: GoodsItem.objects.filter(present=True).count(),
    queue_row=queue_row,
    identity=identity,
    queue_template="goods/_queue_row.html",
    queue_heads=(_("Goods item"), _("Declaration")),
    queue_notices=_no_notices,
    group_filter=(_("Declaration, container or party"), "26SN00417"),
    filter_groups=filter_groups,
    panels=panels,
    favour=favour,
    disagreement=lambda params: "",
    ours=_("According to the declaration"),
    spared=_("The exceptions of the profile do not apply to this goods item"),
    hit_values=hit_values,
    theme=(pgettext_lazy("theme", "Goods"), _("Global Shield, STCE, SALW")),
    nav=(
        BarPage(
            "declarations",
            _("Declarations"),
            "record.see",
            "declaration goods-item goods-party",
            below=(
                BarPage("goods-finds", _("Finds"), "record.see", "goods-find"),
                BarPage("goods-lanes", _("Lanes"), "profile.see"),
                BarPage("goods-trade", _("Ordinary trade"), "profile.see"),
                BarPage("goods-cards", _("Safety cards"), "record.see"),
                BarPage("goods-treaty", _("Arms Trade Treaty"), "record.see"),
            ),
        ),
        BarPage("licences", _("Licences"), "licence.see", "licence"),
        BarPage("notices", _("Notices"), "notice.see", "notice"),
    ),
    clearance=clearance.WORDS,
    lane_subjects=clearance.subjects,
    lanes={
        clearance.RANDOM: (
            _("Red: physical control of goods"),
            _(
                "Each new goods item is selected at random for the red lane with this "
                "probability. The criteria do not influence the random selection."
            ),
        )
    },
    steps=(baselines.STEP,),
    requested=baselines.ask,
    watch=noticing.watch,
    notified={Notice.Kind.EXPORT_NOTICE: NOTIFIED},
    help={
        "declarations": Help("Goods", "Les marchandises"),
        "declaration": Help("Goods", "Les marchandises"),
        "goods-item": Help("Goods", "Les marchandises"),
        "goods-party": Help("Goods", "Les marchandises"),
        "goods-find": Help("Finds", "Les découvertes"),
        "goods-finds": Help("Finds", "Les découvertes"),
        "goods-lanes": Help("Lanes", "Les circuits"),
        "goods-cards": Help("Control orders", "Les ordres de contrôle"),
        "goods-trade": Help("Ordinary trade", "Le commerce habituel"),
        "goods-treaty": Help("Report tables", "Les tableaux de rapport"),
        "licence": Help("Licences", "Les licences"),
        "licences": Help("Licences", "Les licences"),
        "notice": Help("Pre-export notices", "Les préavis d’exportation"),
        "notices": Help("Pre-export notices", "Les préavis d’exportation"),
    },
    lookout=lookout,
    names=names,
    control=inspection.sheet,
    found=finds.about,
    second_person=second_person,
    search_keys=(_("MRN"), _("container"), _("party"), _("words of the description")),
    search_page="search",
    searching=("licences",),
    search=search,
    find=disclosure.find,
    others=others,
    disclose=disclosure.disclose,
    labels=disclosure.LABELS,
    sources=disclosure.SOURCES,
    elements=disclosure.ELEMENTS,
    rectified=disclosure.rectified,
    fairness=FAIRNESS,
    group_labels=labels,
    unjudged=unjudged,
    judge=judge,
    group_marks=marks,
    clear_names=clear_names,
    dimensions=DIMENSIONS,
    reported=REPORTED,
    accesses={"declaration.see": "group", "party.see": "group"},
)
