"""Contains the codes and meanings of the warnings that readers of messages add.

The table in the documentation is generated from this module (`python -m scripts.docs_tables`). A correct
message has no warning. A warning never contains personal data. All readers of messages use the same codes.
"""

from __future__ import annotations

#: code → the error found and how it was handled, in one sentence.
WARNINGS: dict[str, str] = {
    "amount_decimals": "An amount has more decimals than its currency; it was kept as stated.",
    "cells_merged": "A number stands in a merged cell of a workbook; it was kept on its first row only.",
    "charset_unclear": (
        "The message has bytes that its declared character set does not contain, or declares no set "
        "and has letters that are not Western European; letters of names may be wrong."
    ),
    "cnt_count": "CNT states another number of people than the message contains; all people were read.",
    "cnt_missing": "CNT, which closes a list of people, is absent; the message may be cut off.",
    "code_unknown": "A value is none of the codes of its list; it was left out.",
    "column_missing": "The table lacks a column that the mapping names; its values are missing.",
    "column_unknown": "The template does not contain a column of the table; the column was not read.",
    "country_unknown": (
        "A country is not a code of ISO 3166 or of customs nomenclatures; it was kept as stated."
    ),
    "currency_ended": "A currency was no longer in use on the day of the statement; it was kept as stated.",
    "currency_unknown": "A currency is not a code of ISO 4217; it was kept as stated.",
    "date_future": "A date is more than a year ahead; it was left out.",
    "date_impossible": (
        "A date or time does not exist, or a birth date is later than the message; it was left out."
    ),
    "document_unclear": "A document has values but no number; the document was left out.",
    "eqn_count": "EQN states another number of records than the message contains; all records were read.",
    "flight_missing": "The means of transport could not be read; the people were read nevertheless.",
    "group_masked": "The data to which the message belongs are masked; nothing was added and screened.",
    "hs_unknown": "A commodity code is not in the Harmonized System of 2022 or 2017; it was kept as stated.",
    "item_count": "The message states another number of items or records than it contains.",
    "item_unreadable": "An item is damaged and was left out; all other items were read.",
    "mass_order": "The net mass of an item is greater than its gross mass; both were kept.",
    "not_all_screened": "An item has more parties or texts than are screened; all were kept.",
    "number_impossible": "A quantity, weight or amount is not a number; the value was left out.",
    "number_negative": "A mass, quantity or amount is negative; it was kept as stated.",
    "part_missing": "A message is one of several parts, and some of the other parts were not read.",
    "qualifier_unknown": "A segment has a qualifier outside the code list; the segment was left out.",
    "reference_contested": (
        "Another sender states a declaration with the same reference; both are kept and screened."
    ),
    "row_unreadable": "A row of a table cannot be read; it was left out.",
    "row_width": "A row has more cells than the table has headings; the other cells were left out.",
    "segment_unexpected": "A segment is where the structure does not allow it, or its tag is unknown.",
    "segment_unreadable": "A segment lacks an element that is needed to read it; the segment was left out.",
    "terminator_missing": "A segment has no terminator; it was read up to the start of the next segment.",
    "text_cut": "A text is longer than 10,000 characters; the rest was left out.",
    "text_outside": "Text before, between or after the segments belongs to no segment; it was skipped.",
    "traveller_unclear": "The name segment of a person is damaged; readable values were kept as a person.",
    "una_invalid": "UNA does not state the separators in use; they were inferred from UNB.",
    "unb_missing": "The message has no interchange header UNB; sender and recipient are unknown.",
    "une_count": "UNE states another number of messages than its group contains.",
    "une_missing": "A group was opened by UNG and never closed by UNE.",
    "une_reference": "The reference of UNE is not that of UNG.",
    "unit_unknown": "The unit of a mass is unknown; the number was kept as kilograms.",
    "unt_count": "UNT states another number of segments than the message contains.",
    "unt_missing": "The message has no UNT; it may be cut off.",
    "unt_reference": "The reference of UNT is not that of UNH.",
    "unz_count": "UNZ states another number of messages or groups than the interchange contains.",
    "unz_missing": "An interchange was opened by UNB and never closed by UNZ; it may be cut off.",
    "unz_reference": "The reference of UNZ is not that of UNB.",
    "xml_cut_off": "The XML ends before its root element is closed; everything before was read.",
    "xml_repaired": "The XML has stray ampersands or control characters; they were repaired.",
}
