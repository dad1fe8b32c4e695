"""The texts for the codes of records of cash (`cash.records`), for pages and forms."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from vedette.cash.records import Line

#: Source of exchange rates → its word.
RATE_SOURCES: dict[str, Any] = {
    "national": _("national rates"),
    "ecb": _("euro reference rates of the ECB"),
    "un": _("UN operational rates"),
}
#: Texts of data files that pages show: names of national variants, sources of law, and of published results.
OF_DATA: dict[str, Any] = {
    "European Union": _("European Union"),
    "United States": _("United States"),
    "Demonstration country (invented)": _("Demonstration country (invented)"),
    "Regulation (EU) 2018/1672, Article 7": _("Regulation (EU) 2018/1672, Article 7"),
    "invented": _("invented"),
    "World Customs Organization, press release of March 2025": _(
        "World Customs Organization, press release of March 2025"
    ),
}
#: Reason of a pair (`cash.pairs`) → its words.
PAIR_REASONS: dict[str, Any] = {
    "name": _("similar name"),
    "name_differs": _("another name"),
    "document": _("same document"),
    "document_differs": _("another document"),
    "birth_date": _("same birth date"),
    "birth_date_differs": _("another birth date"),
    "consignment": _("same consignment"),
    "consignment_differs": _("another consignment"),
    "phone": _("same telephone"),
    "transport": _("same means of transport"),
    "transport_differs": _("another means of transport"),
    "route": _("same route"),
    "route_differs": _("another route"),
    "amount": _("same amounts"),
    "amount_differs": _("other amounts"),
    "currency_differs": _("another currency"),
    "divided": _("divided into several records"),
}
#: Kind of record → its word.
RECORDS: dict[str, Any] = {
    "declaration": _("declaration (accompanied cash)"),
    "disclosure": _("disclosure (unaccompanied cash)"),
    "ex_officio": _("record of undeclared cash"),
    "below_threshold": _("record of cash below the threshold"),
    "fincen_105": _("FinCEN form 105 (United States)"),
}
DIRECTIONS: dict[str, Any] = {
    "entry": _("entry"),
    "exit": _("exit"),
    "entry_member": _("entry into the Member State"),
    "exit_member": _("exit from the Member State"),
}
SOURCES: dict[str, Any] = {
    "form": _("public form"),
    "officer": _("officer’s form"),
    "csv": _("table"),
    "partner": _("table of a partner"),
}
KINDS: dict[str, Any] = {
    "currency": pgettext_lazy("cash", "currency"),
    "instrument": _("instrument"),
    "gold": _("gold"),
    "other": pgettext_lazy("cash", "other"),
}
INSTRUMENTS: dict[str, Any] = {
    "travellers_cheque": _("traveller’s cheque"),
    "cheque": _("cheque"),
    "promissory_note": _("promissory note"),
    "money_order": _("money order"),
    "prepaid_card": _("prepaid card"),
    "other": pgettext_lazy("cash", "other"),
}
GOLD: dict[str, Any] = {"coin": _("gold coins"), "bullion": _("gold bullion")}
MODES: dict[str, Any] = {
    "air": _("air"),
    "sea": _("sea"),
    "rail": _("rail"),
    "road": _("road"),
    "post": _("post"),
    "other": pgettext_lazy("cash", "other"),
}
MEANS: dict[str, Any] = {
    "commercial_flight": _("commercial flight"),
    "private_jet": _("private jet"),
    "commercial_vessel": _("commercial vessel"),
    "yacht": _("yacht"),
    "cruise": _("cruise"),
    "truck": _("truck"),
    "car": _("car"),
    "bus": _("bus"),
    "letter": _("letter"),
    "parcel": _("parcel"),
    "express": _("express"),
    "other": pgettext_lazy("cash", "other"),
}
PROVENANCE: dict[str, Any] = {
    "labour": _("labour (work, business)"),
    "capital": _("capital (dividends, interest, insurance)"),
    "pension": _("pension"),
    "gift_family": _("gift or loan from the family"),
    "gift_business": _("gift from a company or another person"),
    "inheritance": _("inheritance"),
    "gambling": _("gambling"),
    "loan_private": _("private loan"),
    "loan_credit_institution": _("loan from a credit institution"),
    "real_estate": _("sale of real estate"),
    "movable_property": _("sale of movable property"),
    "other": pgettext_lazy("cash", "other"),
}
USES: dict[str, Any] = {
    "real_estate": _("purchase of real estate"),
    "movable_property": _("purchase of movable property"),
    "holidays": _("holidays, leisure"),
    "gift_family": _("gift to the family"),
    "gift_business": _("gift to a company or another person"),
    "business_investment": _("investment in a business"),
    "professional_services": _("professional services"),
    "payment_of_employees": _("payment of employees"),
    "loan_repayment": _("repayment of a loan"),
    "gambling": _("gambling"),
    "charity": _("charity"),
    "transport_of_currency": _("professional transport of currency"),
    "other": pgettext_lazy("cash", "other"),
}
RELATIONSHIPS: dict[str, Any] = {
    "sender": pgettext_lazy("cash", "sender"),
    "recipient": _("recipient"),
    "owner": pgettext_lazy("cash", "owner"),
    "representative": _("representative"),
}
#: Role of a party of a movement → its word.
ROLES: dict[str, Any] = {
    "carrier": _("Carrier of the cash"),
    "declarant": pgettext_lazy("cash", "Declarant"),
    "representative": pgettext_lazy("cash", "Representative"),
    "owner": _("Owner"),
    "sender": pgettext_lazy("cash", "Sender"),
    "recipient": _("Intended recipient"),
}
DOCUMENTS: dict[str, Any] = {
    "P": _("passport"),
    "I": _("identity card"),
    "O": _("other document"),
}
COUNTERS: dict[str, Any] = {
    "officer": _("officer"),
    "witness": _("witness"),
    "declarant": _("declarant"),
    "interpreter": _("interpreter"),
}
SELECTIONS: dict[str, Any] = {
    "risk": _("risk-based control"),
    "random": _("random control"),
    "other": _("other reason"),
}
REASONS: dict[str, Any] = {
    "not_declared": _("not declared"),
    "incorrect": _("declaration incorrect"),
    "incomplete": _("declaration incomplete"),
    "suspicion": _("suspected link with an offence"),
}


def what(line: Line) -> str:
    """Returns the description of a line of cash: `instrument: cheque`."""
    if line.kind == "gold":
        return str(GOLD.get(line.type or "", KINDS["gold"]))
    if line.kind == "instrument":
        return str(INSTRUMENTS.get(line.type or "", line.type or KINDS["instrument"]))
    if line.kind == "currency":
        return gettext("cash in %(currency)s") % {"currency": line.currency or "–"}
    return line.text or str(KINDS["other"])
