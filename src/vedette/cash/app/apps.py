"""The Django app of the kind "cash"."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CashConfig(AppConfig):
    """Configuration of the app. The label of the app is `cash`, so the names of its tables begin with
    `cash_`."""

    name = "vedette.cash.app"
    label = "cash"

    def ready(self) -> None:
        """Registers the texts of this kind for the pages of messages and of the journal."""
        from vedette.apps.inbox.wording import register
        from vedette.apps.journal import wording as journal
        from vedette.cash.app.messages import MESSAGES
        from vedette.cash.kind import NAME

        register(NAME, MESSAGES)
        journal.register(
            {
                "cash.accept": _("cash declaration accepted"),
                "cash.count": _("cash counted"),
                "cash.detain": _("cash detained"),
                "cash.detentions": _("detentions of cash viewed"),
                "cash.expire": _("announcements of cash deleted after their period"),
                "cash.extend": _("detention of cash extended"),
                "cash.receipt": _("receipt for detained cash viewed"),
                "cash.day": _("cash movements of a day viewed"),
                "cash.find": _("cash declaration searched by its code"),
                "cash.form": _("form for cash viewed"),
                "cash.record": _("cash recorded"),
                "cash.statistics": _("statistics of cash viewed"),
                "cash.figure": _("movements of a figure viewed"),
                "rates.import": _("exchange rates imported"),
                "cash.separate": _("two cash records recorded as different movements"),
                "risk.build": _("risk information built from cash movements"),
                "risk.write": _("risk information written"),
                "risk.photograph": _("images of a risk information form changed"),
                "risk.ask": _("confirmation of risk information requested"),
                "risk.confirm": _("risk information confirmed by a second person"),
                "risk.return": _("risk information returned as a draft"),
                "risk.see": _("risk information viewed"),
                "risk.picture": _("picture of risk information viewed"),
                "risk.take": _("file of risk information downloaded"),
                "routine.late": _("late records of the routine transmission viewed"),
                "routine.see": _("routine batch viewed"),
                "routine.take": _("file of a routine batch downloaded"),
                "fiu.setup": _("settings of the financial intelligence unit stored"),
            }
        )
