"""The retention profiles for goods that are supplied with vedette, and the values that masking removes.

The figures and articles are the same as in `docs/retention.md`, which is generated from this table. The text
of a source that is marked "verify" has not been checked yet. A legal officer must confirm the source before
the retention profile comes into force.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from vedette.apps.subjects.tables import Template

#: Values that masking removes from the side tables: name → content. Masking moves whole rows. Every profile
#: therefore masks all these values.
FIELDS: dict[str, str] = {
    "references": "MRN, local reference and references of transport documents",
    "descriptions": "descriptions of goods, marks, notes, and the words of the search",
    "parties": "parties of the declaration with names, numbers, addresses, telephones and e-mails",
    "route": "means of transport, places, containers and seals",
    "goods_documents": "numbers of documents and authorisations",
    "amounts": "masses, quantities, values and codes of the goods",
    "goods_evidence": "the compared values of every reason of a hit of a goods item",
}

TEMPLATES: dict[str, Template] = {
    "eu_customs": Template(
        _("EU customs declarations"), "receipt", 365, 1095, 3650,
        _(
            "Articles 51 and 103 of Regulation (EU) No 952/2013: documents are kept for three years,"
            " the period in which a customs debt may be notified. The period is five to ten years if"
            " the act may lead to criminal proceedings. Masking after one year is a proposal"
        ),
        _("Union Customs Code (paragraph numbers and national periods to verify)"),
    ),
    "arms_records": Template(
        _("Records of arms transfers"), "receipt", 1095, 3653, 3653,
        _(
            "Article 12 of the Arms Trade Treaty and article 7 of the UN Firearms Protocol: records of "
            "arms transfers are kept for at least ten years. The periods apply to all goods of the "
            "installation. Masking after three years is a proposal"
        ),
        _("Arms Trade Treaty; UN Firearms Protocol (paragraph numbers to verify)"),
    ),
}  # fmt: skip
