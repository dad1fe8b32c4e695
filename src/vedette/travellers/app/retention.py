"""The retention profiles for travellers that are delivered with the product: the periods of each law, and the
values that masking removes.

The figures and articles are the same as in `docs/retention.md`, which is generated from this table. The text
of a source that is marked "verify" has not been checked yet. A legal officer must confirm the source before
the retention profile is put in force.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from vedette.apps.subjects.tables import Template

#: Values that masking removes from the side tables: name → content. Masking moves whole rows. Every profile
#: therefore masks all these values.
FIELDS: dict[str, str] = {
    "names": "names of the traveller, all spellings and sources, and the search key",
    "birth_date": "birth date, sex, nationality",
    "document": "documents with number, issuer, expiry and the name on them",
    "seat_and_bags": "seat, bag tags and bags of the traveller",
    "locator": "booking references",
    "contacts": "addresses, telephones, e-mails of traveller and booking",
    "payment": "forms of payment with the billing address",
    "loyalty": "frequent-flyer numbers",
    "remarks": "general remarks, if they were stored",
    "api": "all values of the passenger list",
    "evidence": "the compared values of every reason of a hit",
    "co_travellers": "number of people who travel together, if a hit states it",
    "words": "reasons and legal bases of decisions, notes; names of files",
}

TEMPLATES: dict[str, Template] = {
    "eu_pnr": Template(
        _("EU PNR"), "receipt", 180, 180, 1825,
        _(
            "Article 12(1), (2) and (4) of Directive (EU) 2016/681; CJEU judgment C-817/19,"
            " paragraphs 258 to 262. After six months, only the data of persons with an objective"
            " link are kept. These data are deleted after five years at the latest"
        ),
        _("Article 12 of Directive (EU) 2016/681; CJEU judgment C-817/19 (paragraph"
            " numbers to verify)"),
    ),
    "icao": Template(
        _("ICAO Annex 9"), "receipt", 180, 1825, 1825,
        _(
            "ICAO Annex 9, 9.31 to 9.33: data are kept for five years at most. Data should be"
            " depersonalised within six months, and after two years at the latest"
        ),
        _("Annex 9 amendment 28 (paragraph numbers to verify)"),
    ),
    "uk": Template(
        _("United Kingdom"), "receipt", 180, 1825, 1825,
        _(
            "SI 2018/598, regulation 13(2): the fields masked under EU law, including the number"
            " of co-travellers, are masked after six months. Data are kept for five years"
        ),
        _("SI 2018/598; EU-UK Trade and Cooperation Agreement: limited use of data after"
            " departure (to verify)"),
    ),
    "canada": Template(
        _("Canada"), "departure", 30, 30, 1825,
        _(
            "EU-Canada agreement of 2014: names are masked after 30 days, and data are deleted"
            " after five years. Opinion 1/15: data are kept after departure only if there is"
            " objective evidence"
        ),
        _("Agence Europe 2014; Opinion 1/15 (to verify)"),
    ),
}  # fmt: skip
