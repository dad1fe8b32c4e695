"""The retention profile for cash that is part of vedette, and the values that masking removes.

The periods and legal articles are the same as in `docs/retention.md`, which is generated from this table. A
legal officer must confirm the legal source before the retention profile is put into force.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from vedette.apps.subjects.tables import Template

#: Values that masking removes from the side tables: name → content.
FIELDS: dict[str, str] = {
    "cash_references": "codes of the public form, and references of records of cash",
    "cash_parties": "carrier, declarant, owners, sender and recipients: names, numbers, addresses, contacts",
    "cash_lines": "lines of cash as declared and as counted, and the persons of a count; the total values by"
    " currency and by kind of cash stay for the statistics",
    "cash_journey": "means of transport, places, provenance and use of the cash",
    "cash_evidence": "the compared values of every reason of a hit of a movement of cash",
}

TEMPLATES: dict[str, Template] = {
    "eu_cash": Template(
        _("EU cash controls"), "receipt", 730, 1826, 2922,
        _(
            "Article 13 of Regulation (EU) 2018/1672: data are kept for five years. After an "
            "assessment of the need, they are kept for one further period of at most three "
            "years. The further period applies to movements with an objective link. Masking "
            "after two years is a proposal"
        ),
        _("Regulation (EU) 2018/1672"),
    ),
}  # fmt: skip
