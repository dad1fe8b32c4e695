"""The labels of the codes of a declaration (`cash/records.py`), as the form shows them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

DIRECTIONS = {
    "entry": _("I enter the country or the customs territory."),
    "exit": _("I leave the country or the customs territory."),
    "entry_member": _("I enter a Member State from another one."),
    "exit_member": _("I leave a Member State for another one."),
}
MODES = (
    ("air", _("By air")),
    ("sea", _("By sea or river")),
    ("rail", _("By train")),
    ("road", _("By road")),
    ("other", _("In another way")),
)
GENDERS = (("female", _("Female")), ("male", _("Male")), ("other", _("Other")))
DOCUMENTS = (("P", _("Passport")), ("I", _("Identity card")), ("O", _("Another document")))
INSTRUMENTS = {
    "travellers_cheque": _("Traveller’s cheque"),
    "cheque": _("Cheque"),
    "promissory_note": _("Promissory note"),
    "money_order": _("Money order"),
    "prepaid_card": _("Prepaid card"),
    "other": _("Another instrument"),
}
GOLD = (("coin", _("Gold coins")), ("bullion", _("Gold bars, nuggets or clumps")))
PROVENANCE = (
    ("labour", _("Work: wages, fees, income of a business")),
    ("capital", _("Capital: dividends, interest, rents, insurance")),
    ("pension", _("Pension")),
    ("gift_family", _("Gift of the family")),
    ("gift_business", _("Gift of a business")),
    ("inheritance", _("Inheritance")),
    ("gambling", _("Gambling")),
    ("loan_private", _("Loan from a person or a company")),
    ("loan_credit_institution", _("Loan from a bank")),
    ("real_estate", _("Sale of a house, a flat or land")),
    ("movable_property", _("Sale of goods or a vehicle")),
    ("other", _("Other source")),
)
USES = (
    ("real_estate", _("To buy a house, a flat or land")),
    ("movable_property", _("To buy goods or a vehicle")),
    ("holidays", _("Holidays or leisure")),
    ("gift_family", _("Gift to the family")),
    ("gift_business", _("Gift to a business")),
    ("business_investment", _("Investment in a business")),
    ("professional_services", _("To pay professional services")),
    ("payment_of_employees", _("To pay employees")),
    ("loan_repayment", _("To repay a loan")),
    ("gambling", _("Gambling")),
    ("charity", _("Charity")),
    ("transport_of_currency", _("Transport of cash for a business")),
    ("other", _("Other use")),
)
OWNERS = (
    ("me", _("Mine only")),
    ("person", _("Belongs to another person")),
    ("company", _("A company’s")),
    ("several", _("Belongs to several owners")),
)
RECIPIENTS = (
    ("me", _("I keep it or spend it myself")),
    ("person", _("Another person")),
    ("company", _("A company")),
)
KINDS = {
    "currency": _("Banknotes and coins"),
    "instrument": _("Cheques and other bearer instruments"),
    "gold": _("Gold"),
}
MORE = {
    "currency": _("Add a currency"),
    "instrument": _("Add an instrument"),
    "gold": _("Add gold"),
}
