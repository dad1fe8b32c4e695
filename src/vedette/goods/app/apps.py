"""The Django app of the kind "goods"."""

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


def _cards() -> list[Any]:
    # The search for cards loads a library that most processes do not need.
    from vedette.goods.app.inspection import kept_cards

    return list(kept_cards())


class GoodsConfig(AppConfig):
    """Configuration of the app. The label of the app is `goods`, so the tables of the app are named
    `goods_…`."""

    name = "vedette.goods.app"
    label = "goods"

    def ready(self) -> None:
        """Registers the texts of this kind for the pages of messages and of the journal, and the safety
        cards of the page for field work."""
        from vedette.apps.inbox.wording import register
        from vedette.apps.journal import wording as journal
        from vedette.apps.offline import kinds
        from vedette.goods.app.messages import MESSAGES
        from vedette.goods.kind import NAME

        register(NAME, MESSAGES)
        kinds.register_cards(_cards)
        journal.register(
            {
                "reply.see": _("reply to a declaration read"),
                "licence.change": _("licence changed"),
                "licence.enter": _("licence entered"),
                "licence.import": _("licences imported"),
                "licence.search": _("list of licences searched"),
                "licence.see": _("licence viewed"),
                "notice.act": _("action on a pre-export notice"),
                "notice.desk": _("participation in pre-export notices changed"),
                "notice.draft": _("draft of a pre-export notice saved"),
                "notice.reach": _("action received from another authority on a pre-export notice"),
                "notice.see": _("pre-export notice viewed"),
                "declaration.see": _("declaration and its items viewed"),
                "goods.search": _("goods searched"),
                "party.see": _("declarations of a party viewed"),
                "treaty.export": _("report under the Arms Trade Treaty exported"),
                "treaty.report": _("report under the Arms Trade Treaty viewed"),
                "treaty.rows": _("details of a line of the report viewed"),
                "trade.baseline": _("baseline of ordinary trade requested"),
                "trade.terms": _("rates or thresholds of ordinary trade changed"),
            }
        )
