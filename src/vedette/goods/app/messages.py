"""The texts, declarations and counts of goods messages, for the pages and the message API that all kinds of
subject share."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from vedette.apps.display import number
from vedette.apps.inbox.wording import GroupLabel, MessageKind
from vedette.goods.app.models import Declaration, DeclarationClear
from vedette.goods.records import Message

#: Kind of document → its word.
DOCUMENTS = {
    "declaration": _("declaration"),
    "entry_summary": _("entry summary declaration"),
    "manifest": _("manifest"),
    "waybill": _("waybill"),
    "report": _("report"),
    "find": _("find by a control"),
    "answer": _("answer of customs"),
}

#: Code of a warning → the defect, and the part of the message that was kept.
_WARNINGS: dict[str, tuple[Any, Any]] = {
    "group_masked": (
        _("The number is that of a declaration whose data are already masked"),
        _("only the message is stored; the goods of the message were not added or screened"),
    ),
    "reference_contested": (
        _("Another sender has submitted a declaration with the same reference"),
        _("both declarations are kept; each can be changed only by messages of its own sender"),
    ),
}


def references(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Returns the references of the declarations that are not masked."""
    rows = DeclarationClear.objects.filter(declaration_id__in=list(ids), reference__isnull=False)
    return {id_: text or "" for id_, text in rows.values_list("declaration_id", "reference")}


def name_of(document: str, reference: str | None) -> str:
    """Returns the name of a declaration: its reference. A masked declaration has no reference."""
    if reference:
        return reference
    return gettext("%(document)s, masked") % {
        "document": str(DOCUMENTS.get(document, document)).capitalize()
    }


def groups(ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, GroupLabel]:
    """Returns the declarations with these ids, if the reader may see them."""
    known = references(ids)
    return {
        one.pk: GroupLabel(
            name_of(one.document, known.get(one.pk)),
            one.stated_on,
            str(DOCUMENTS.get(one.document, "")),
            reverse("declaration", args=[one.pk]),
            "record.see",
        )
        for one in Declaration.objects.filter(pk__in=list(ids))
    }


def tried(message: Message, most: int) -> Mapping[str, Any]:
    """Returns the context of the template `goods/_tried.html`, with at most `most` items."""
    items = [(one, item) for one in message.consignments for item in one.items]
    return {
        "message": message,
        "document": DOCUMENTS.get(message.document, message.document),
        "items": items[:most],
        "total": len(items),
    }


MESSAGES = MessageKind(
    word=lambda _format, _function: "",
    counts={
        "subjects": (
            _("Goods items"),
            lambda n: (
                ngettext("%(number)s goods item", "%(number)s goods items", n)
                % {"number": number(n)}
            ),
        ),
        "consignments": (
            _("Consignments"),
            lambda n: (
                ngettext("%(number)s consignment", "%(number)s consignments", n)
                % {"number": number(n)}
            ),
        ),
    },
    warnings=_WARNINGS,
    group_head=_("Declaration"),
    groups=groups,
    tried_template="goods/_tried.html",
    tried=tried,
    api_values=lambda message: {
        "declaration_id": message.group_id,
        "items": message.counts.get("subjects", 0),
        "consignments": message.counts.get("consignments", 0),
    },
)
