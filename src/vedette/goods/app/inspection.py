"""The data for a control of goods: the place, the checks with the declared values, the seals, and the safety
cards. A safety card contains information from public lists, and the same advice for all goods."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from decimal import Decimal
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from vedette.apps.accounts.rules import Request, requires
from vedette.apps.display import number
from vedette.apps.offline.kinds import Card
from vedette.apps.query import plain
from vedette.apps.subjects.kinds import ControlCheck, ControlSheet
from vedette.goods import cards
from vedette.goods.app import items
from vedette.goods.app.disclosure import clear_goods
from vedette.goods.app.models import GoodsItem
from vedette.goods.declarations import Goods

#: Maximum number of containers and seals that the sheet shows.
MOST = 20
#: Maximum number of safety cards of a sheet, and of those that a search finds.
MOST_CARDS, FOUND = 3, 5


def sheet(item_id: uuid.UUID) -> ControlSheet:
    """Returns the sheet for the control of an item. If the values of the item are masked, the declared values
    are empty. Raises `GoodsItem.DoesNotExist` if the reader may not see the item."""
    item = GoodsItem.objects.get(pk=item_id)
    clear = clear_goods([item_id]).get(item_id)
    goods = clear.goods if clear else None
    title = str(items.title(goods, item))
    return ControlSheet(
        title=title,
        lines=_lines(goods),
        checks=_checks(goods),
        seals=_seals(goods)[:MOST],
        declared=_declared(goods),
        cards=_cards(clear.matched if clear else ()),
    )


def _cards(matched: Collection[str]) -> list[tuple[str, str]]:
    """Returns the titles and addresses of the safety cards of the matched entries."""
    known, language = cards.cards(), get_language() or "fr"
    address = reverse("goods-cards")
    return [
        (known[key].title(language[:2]), f"{address}?{urlencode({'key': key})}")
        for key in matched
        if key in known
    ][:MOST_CARDS]


@require_safe
@requires("record.see")
def card_page(request: Request) -> HttpResponse:
    """Shows the safety cards that match a search, or one card. The search text is a name of goods or a
    number, so it contains no personal data."""
    text, key = plain(request.GET.get("q", "")).strip(), plain(request.GET.get("key", ""))
    language = (get_language() or "fr")[:2]
    chosen = cards.cards().get(key)
    found = [chosen] if chosen else cards.search(text, FOUND) if text else []
    context = {
        "text": text,
        "asked": bool(text or key),
        "cards": [(one, one.title(language), _limits(one)) for one in found],
    }
    return render(request, "goods/cards.html", context)


def kept_cards() -> list[Card]:
    """Returns all safety cards in the form in which the page for field work stores them, in the current
    language."""
    language = (get_language() or "fr")[:2]
    return [_kept(card, language) for card in cards.cards().values()]


def _kept(card: cards.Card, language: str) -> Card:
    lines = [
        ("CAS", ", ".join(card.cas)),
        (gettext("UN numbers"), ", ".join(card.un)),
        (gettext("HS codes"), ", ".join(card.hs)),
        (gettext("Limits of the lists"), "; ".join(_limits(card))),
        (gettext("Sources"), "; ".join(card.sources)),
        (gettext("Reviewed by"), card.reviewed or gettext("not reviewed")),
    ]
    colon = pgettext("list follows", ":")
    return Card(
        title=card.title(language),
        lines=[f"{label}{colon} {text}" for label, text in lines if text],
        names=cards.name_parts(card.key),
        numbers=[*card.cas, *card.un, *card.hs],
    )


def _limits(card: cards.Card) -> list[str]:
    """Returns the concentration limit of each list as text."""
    found = []
    for title, limit in card.limits:
        decimals = max(0, -int(limit.normalize().as_tuple().exponent))
        given = {"list": title, "limit": number(limit, decimals)}
        found.append(gettext("%(list)s: more than %(limit)s%%") % given)
    return found


def _lines(goods: Goods | None) -> list[str]:
    if goods is None:
        return []
    containers = ", ".join(goods.containers[:MOST])
    found = [
        gettext("Container %(numbers)s") % {"numbers": containers} if containers else "",
        goods.reference,
        goods.route.means or "",
    ]
    return [one for one in found if one]


def _seals(goods: Goods | None) -> list[str]:
    if goods is None:
        return []
    stated = (*goods.consignment.equipment, *goods.message.equipment)
    own = [seal for one in stated if one.number in goods.containers for seal in one.seals]
    return list(dict.fromkeys((*own, *goods.seals)))


def _declared(goods: Goods | None) -> list[str]:
    if goods is None:
        return []
    item = goods.item
    packages = [
        " ".join(filter(None, (_amount(one.count), one.kind)))
        for one in item.packages
        if one.count is not None
    ]
    masses = [
        gettext("%(mass)s kg net") % {"mass": number(item.net_mass_kg)} if item.net_mass_kg else "",
        gettext("%(mass)s kg gross") % {"mass": number(item.gross_mass_kg)}
        if item.gross_mass_kg
        else "",
    ]
    quantity = " ".join(filter(None, (_amount(item.quantity), item.unit)))
    return [one for one in (*packages, *masses, quantity if item.quantity else "") if one]


def _amount(value: Decimal | None) -> str:
    return "" if value is None else number(float(value))


def _checks(goods: Goods | None) -> list[ControlCheck]:
    """Returns the checks with the declared values."""
    item = goods.item if goods else None
    packages = sum((one.count or Decimal(0) for one in item.packages), Decimal(0)) if item else None
    none = pgettext("danger labels", "none")
    labels = ", ".join(f"UN{one}" for one in item.un_numbers) if item else ""
    return [
        ControlCheck("seal", _("Seals at departure"), ", ".join(_seals(goods)[:MOST])),
        ControlCheck("labels", _("Danger labels"), labels or (none if item else "")),
        ControlCheck("packages", _("Number of packages"), _amount(packages) if packages else ""),
        ControlCheck("goods", _("Nature of the goods"), (item.hs or "") if item else ""),
        ControlCheck("walls", _("Wall, floor, roof")),
    ]
