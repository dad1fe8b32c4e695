"""Retention profiles that ship: what each law says of periods and of what is masked.

Figures and articles are those of `docs/retention.md`, which is made from this table. One marked
"verify" was not read in its source: a legal officer confirms it before the profile is put in force.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

#: What masking takes out of sight, by side table: name → column, and what stands in it. Masking moves
#: whole rows, so every profile masks all of it; the law's own letters are in `Template.fields`.
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
ALL_FIELDS = tuple(FIELDS)


@dataclass(frozen=True)
class Template:
    """A profile as it ships; days count from the receipt."""

    name: str
    trigger: str
    mask_after: int
    delete_after: int
    keep_after: int
    fields: tuple[str, ...]
    basis: str
    source: str


TEMPLATES: dict[str, Template] = {
    "eu_pnr": Template(
        _("EU PNR"), "receipt", 180, 180, 1825, ALL_FIELDS,
        _(
            "Directive (EU) 2016/681 art. 12(1), (2), (4); CJEU C-817/19 §§ 258-262: after six months"
            " only persons with an objective link, five years at most"
        ),
        _("Directive 2016/681 art. 12; C-817/19 (paragraphs to verify)"),
    ),
    "icao": Template(
        _("ICAO Annex 9"), "receipt", 180, 1825, 1825, ALL_FIELDS,
        _(
            "ICAO Annex 9, 9.31 to 9.33: five years at most, depersonalised within six months and at the"
            " latest after two years"
        ),
        _("Annex 9 amendment 28 (paragraph numbers to verify)"),
    ),
    "uk": Template(
        _("United Kingdom"), "receipt", 180, 1825, 1825, ALL_FIELDS,
        _(
            "SI 2018/598 reg. 13(2): the same fields, the number of co-travellers among them, after six"
            " months; five years"
        ),
        _("SI 2018/598; EU-UK TCA, restricted data after departure (to verify)"),
    ),
    "canada": Template(
        _("Canada"), "departure", 30, 30, 1825, ALL_FIELDS,
        _(
            "EU-Canada agreement of 2014: names masked after 30 days, five years; Opinion 1/15: after"
            " departure only with objective evidence"
        ),
        _("Agence Europe 2014; Opinion 1/15 (to verify)"),
    ),
    "national": Template(
        _("National template"), "receipt", 180, 1825, 1825, ALL_FIELDS,
        _("to be named: national law and article"),
        _("figures of ICAO Annex 9 until a national law is entered"),
    ),
}  # fmt: skip
#: In force where an organisation has chosen none; the figures of `vedette_periods` are these.
DEFAULT = "national"
#: Days a period may be: nothing is kept longer than ten years by a slip of the finger.
LONGEST = 3660


@dataclass(frozen=True)
class Terms:
    """A profile as somebody asks for it: what an approval of kind `retention` carries."""

    template: str
    name: str
    trigger: str
    mask_after: int
    delete_after: int
    keep_after: int
    active_from: dt.date
    basis: str
    source: str
    retention_class: str = "passenger"

    def problems(self, today: dt.date) -> list[str]:
        """Codes of what makes no sense: template, name, trigger, periods, active_from, basis, class."""
        found = []
        if self.template not in TEMPLATES:
            found.append("template")
        if not 0 < len(self.name.strip()) <= 100:
            found.append("name")
        if self.trigger not in ("receipt", "departure"):
            found.append("trigger")
        if not 0 < self.mask_after <= self.delete_after <= self.keep_after <= LONGEST:
            found.append("periods")
        if self.active_from < today:
            found.append("active_from")
        if not 3 <= len(self.basis.strip()) <= 300 or len(self.source) > 300:
            found.append("basis")
        if self.retention_class != "passenger":
            found.append("class")
        return found
