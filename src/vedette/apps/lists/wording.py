"""Contains the texts for entries, differences and problems of lists, in the user's language."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext

from vedette.apps import display
from vedette.apps.accounts.models import Approval, User
from vedette.apps.lists import selectors
from vedette.apps.lists.models import ListDraft, ListSubscription
from vedette.apps.lists.selectors import Change
from vedette.apps.lists.subscriptions import ERRORS
from vedette.core import codes
from vedette.core.entries import Entry
from vedette.formats.lists import LISTS, FieldChange
from vedette.kinds import kinds as registered

SCHEMAS = {
    "Person": gettext_lazy("person"),
    "Organization": gettext_lazy("company"),
    "Vessel": gettext_lazy("vessel"),
    "Aircraft": gettext_lazy("aircraft"),
    "Goods": gettext_lazy("goods"),
    "Unknown": gettext_lazy("document, number or other"),
}
FIELDS = {
    "schema": gettext_lazy("Type"),
    "names": gettext_lazy("Names"),
    "birth_dates": gettext_lazy("Birth date"),
    "birth_places": gettext_lazy("Place of birth"),
    "nationalities": gettext_lazy("Nationality"),
    "countries": gettext_lazy("Country"),
    "sex": gettext_lazy("Sex"),
    "identifiers": gettext_lazy("Identifiers"),
    "programmes": gettext_lazy("Programme"),
    "listed": gettext_lazy("Listed on"),
    "remarks": gettext_lazy("Remarks of the list"),
    "limit": gettext_lazy("Limit in percent"),
    "valid_from": gettext_lazy("Entry valid from"),
    "valid_to": gettext_lazy("In the list until"),
}
IDENTIFIERS = {
    "passport": gettext_lazy("passport"),
    "id_card": gettext_lazy("identity card"),
    "document": gettext_lazy("document"),
    "visa": gettext_lazy("visa"),
    "phone": gettext_lazy("telephone"),
    "email": gettext_lazy("e-mail"),
    "address": gettext_lazy("address"),
    "imo": gettext_lazy("IMO number"),
    "mmsi": gettext_lazy("MMSI"),
    "tax": gettext_lazy("tax number"),
    "registration": gettext_lazy("registration number"),
    "lei": gettext_lazy("LEI"),
    "cas": gettext_lazy("CAS number"),
    "un": gettext_lazy("UN number"),
    "hs": gettext_lazy("HS code"),
}
#: Code of a problem → its sentence.
PROBLEMS = {
    "encoding": gettext_lazy(
        "The file is not in UTF-8; it was read with an older encoding. If letters are displayed "
        "incorrectly, save the file in UTF-8 and import it again."
    ),
    "xml_broken": gettext_lazy("The file is not well-formed XML; it was read entry by entry."),
    "entry_repaired": gettext_lazy(
        "An entry contained forbidden characters; it was read without them."
    ),
    "entry_unreadable": gettext_lazy("An entry could not be read; it was skipped."),
    "name_unreadable": gettext_lazy("A name could not be read; the entry is kept without it."),
    "row_broken": gettext_lazy(
        "A row is damaged or empty; it was skipped. Correct the row in the original list."
    ),
    "date_unreadable": gettext_lazy("A date could not be read; the entry is kept without it."),
    "column_unknown": gettext_lazy("A column does not belong to the template; it was ignored."),
    "neighbour_missing": gettext_lazy(
        "A file of the list is missing; choose all files of the list together."
    ),
    "neighbour_orphan": gettext_lazy("A row refers to an entry that the list does not contain."),
    "ref_repeated": gettext_lazy(
        "Two entries had the same identifier; a suffix was added to the second identifier."
    ),
    "number_twice": gettext_lazy(
        "The number of the entry occurs twice in the file; the row was skipped."
    ),
    "cas_wrong": gettext_lazy(
        "A CAS number or its check digit is wrong; the row was skipped. Correct the number in the"
        " original list."
    ),
    "un_wrong": gettext_lazy(
        "A UN number is wrong; the row was skipped. A UN number has four digits, for example UN1090."
    ),
    "hs_wrong": gettext_lazy("A value is not an HS or CN code; the row was skipped."),
    "limit_wrong": gettext_lazy(
        "A limit or a day is wrong; the row was skipped. A limit is a percentage, and a day has the form"
        " 2026-11-27."
    ),
    "more": gettext_lazy("Further problems are not shown."),
}
#: Why expected hits were not counted (`reading.Expected`) → the sentence.
NOT_COUNTED = {
    "memory": gettext_lazy("The count needs too much memory."),
    "time": gettext_lazy("The count was stopped because it takes too long."),
    "lists": gettext_lazy(
        "The current lists are being prepared and cannot be used for the count yet."
    ),
    "error": gettext_lazy("The count failed because of an internal error."),
}
#: Part of the text of `UnknownList` → the sentence for the page.
_REFUSALS = {
    "the files need too much memory": gettext_lazy(
        "The files need too much memory. Split the list, or import it on the server with “vedette lists"
        " import”."
    ),
    "the files take too long": gettext_lazy(
        "The processing of the files was stopped because it takes too long. Split the list, or "
        "import it on the server with “vedette lists import”."
    ),
    "an internal error": gettext_lazy(
        "The files could not be read because of an internal error. Try again later."
    ),
    "may not import lists any more": gettext_lazy(
        "The user who requested the import is no longer allowed to import lists. Import the list"
        " again."
    ),
    "empty;": gettext_lazy("%(file)s is empty. Download the list again."),
    "cells; delete": gettext_lazy(
        "%(file)s has more than 20,000,000 cells. Delete the empty cells, or split the list."
    ),
    "declares a document type": gettext_lazy(
        "The XML file %(file)s declares a document type or entities, which vedette does not accept. Ask the"
        " publisher for a file without these declarations."
    ),
    "larger than": gettext_lazy("%(file)s is larger than 256 MB. Split the list."),
    "the name of the file": gettext_lazy(
        "The name of a file contains a folder path or hidden characters, or is too long. Give"
        " the file a simple name, then send it again."
    ),
    "packed file is damaged": gettext_lazy(
        "The packed file %(file)s is damaged. Download the list again."
    ),
    "no entry of": gettext_lazy(
        "No entry of %(file)s could be read. Check that the file is complete, then try again."
    ),
    "nested too deeply": gettext_lazy(
        "No entry of %(file)s could be read. Check that the file is complete, then try again."
    ),
}
#: What a file is that is not a list (`formats.lists.unpack.what`) → its name on the page.
_FILES = {
    "a photograph (JPEG)": gettext_lazy("a photograph (JPEG)"),
    "a picture (PNG)": gettext_lazy("a picture (PNG)"),
    "a picture (GIF)": gettext_lazy("a picture (GIF)"),
    "a picture (TIFF)": gettext_lazy("a picture (TIFF)"),
    "a photograph, a film or a sound": gettext_lazy("a photograph, a film or a sound recording"),
    "a PDF document": gettext_lazy("a PDF document"),
    "a text document": gettext_lazy("a text document"),
    "a presentation": gettext_lazy("a presentation"),
    "an OpenDocument file or an electronic book": gettext_lazy(
        "an OpenDocument file or an electronic book"
    ),
    "an old Office document or an Outlook mail": gettext_lazy(
        "an old Office document or an Outlook e-mail"
    ),
    "a bzip2 file": gettext_lazy("a bzip2 file (not supported)"),
    "an xz file": gettext_lazy("an xz file (not supported)"),
    "a 7-Zip archive": gettext_lazy("a 7-Zip archive (not supported)"),
    "a RAR archive": gettext_lazy("a RAR archive (not supported)"),
    "a ZIP archive with several files": gettext_lazy("a ZIP archive with several files"),
    "a ZIP archive with a password": gettext_lazy("a ZIP archive with a password"),
    "an empty ZIP archive": gettext_lazy("an empty ZIP archive"),
    "a database": gettext_lazy("a database"),
    "a web page (HTML)": gettext_lazy("a web page (HTML)"),
    "an EDIFACT message": gettext_lazy("an EDIFACT message"),
    "an e-mail": gettext_lazy("an e-mail"),
    "a JSON file with unknown keys": gettext_lazy("a JSON file of another kind"),
    "a binary file": gettext_lazy("a binary file"),
    "a table with an unknown header": gettext_lazy("a table with an unknown header"),
    "a text without a table": gettext_lazy("a text without a table"),
}
_IS = re.compile(r": the file is (.+), not a known list; ")
_ROOT = "an XML file with the unknown root element "
#: Field → the consequence of a change of this field.
_FOLLOWS = {
    "names": gettext_lazy("data already received are compared with the new names"),
    "birth_dates": gettext_lazy("other persons than before may match the entry"),
    "nationalities": gettext_lazy(
        "the value is used as evidence; the matches that officers cleared must be reviewed again"
    ),
    "identifiers": gettext_lazy("removed values no longer produce hits; new values produce hits"),
    "sex": gettext_lazy("the value is used as evidence"),
}


@dataclass(frozen=True)
class FieldWords:
    """One changed field: the removed values, the new values, and the consequence of the change."""

    name: str
    gone: list[str]
    new: list[str]
    follows: str


@dataclass(frozen=True)
class ChangeWords:
    """A change of one entry, as a page shows it."""

    change: Change
    title: str
    fields: list[FieldWords]
    facts: list[tuple[str, str]]


def title(entry: Entry) -> str:
    """Returns the first name of an entry, or its first identifier if it has no name."""
    if not entry.names:
        return _identifier(msgspec.to_builtins(entry.identifiers[0])) if entry.identifiers else "–"
    first = entry.names[0]
    if first.surname and first.given_names:
        return f"{first.surname.upper()} {first.given_names}"
    return first.full


def facts(entry: Entry) -> list[tuple[str, str]]:
    """Returns the label and the text of each field of an entry that is not empty."""
    items = {name: _items(name, msgspec.to_builtins(getattr(entry, name))) for name in FIELDS}
    items["names"] = items["names"][1:]
    labels = {**FIELDS, "names": gettext("Other names")}
    return [(str(labels[name]), "; ".join(texts)) for name, texts in items.items() if texts]


def wanted(entry: Entry, owner: str) -> list[tuple[str, str]]:
    """Returns the facts of an entry for the officer who decides on a match. The reasons for the listing and
    the remarks are first. The other facts and the owner of the list follow.
    """
    known = dict(facts(entry))
    first = {
        gettext("Programme under which the entry is listed"): known.pop(
            str(FIELDS["programmes"]), ""
        ),
        str(FIELDS["remarks"]): known.pop(str(FIELDS["remarks"]), ""),
        gettext("Other names"): known.pop(gettext("Other names"), ""),
    }
    known.pop(str(FIELDS["schema"]), None)
    told = {**first, **known, gettext("Owner of the list"): owner}
    return [(label, text) for label, text in told.items() if text]


def change(one: Change) -> ChangeWords:
    """Returns a change as a page shows it."""
    return ChangeWords(
        change=one,
        title=title(one.entry),
        fields=[_field(field) for field in one.fields],
        facts=facts(one.entry) if one.kind == "added" else [],
    )


def problems(found: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Returns the problems that were found when a list was read. Each problem has a position in the file, and
    a sentence that describes the problem and states how the affected data is treated."""
    return [
        (place(one), str(PROBLEMS.get(str(one.get("code")), one.get("message", ""))))
        for one in found
    ]


def refusal(text: str) -> str:
    """Returns the reason why a file could not be read. `text` is the text of `UnknownList`."""
    file = text.partition(": ")[0]
    if found := _IS.search(text):
        what = found[1]
        if what.startswith(_ROOT):
            told = gettext("an XML file with the unknown root element %(root)s") % {
                "root": what.removeprefix(_ROOT)
            }
        else:
            told = str(_FILES.get(what, what))
        return gettext(
            "%(file)s is %(what)s, not a list in a known format. Choose the file that the"
            " publisher offers, or use the CSV template."
        ) % {"file": file, "what": told}
    for part, sentence in _REFUSALS.items():
        if part in text:
            return str(sentence) % {"file": file}
    return text


def expected(approval: Approval, user: User) -> list[tuple[Any, str]]:
    """Returns the expected hits of a list, as a detail of the approval of the list."""
    drafts = ListDraft.objects.filter(pk=approval.subject, terms__purpose__in=list(user.purposes))
    draft = drafts.defer("upload", "head").first()
    if draft is None:
        return []
    found = selectors.expected(draft, user)
    if found is None:
        text = gettext("being counted")
    elif found.found.problem:
        text = gettext("not counted")
    else:
        text = gettext(
            "%(total)s (new: %(new)s, with one more reason: %(more)s; not past due: %(due)s), as of %(t)s"
        ) % {
            "total": display.number(found.total) + ("+" if found.found.partial else ""),
            "new": display.number(found.new), "more": display.number(found.more),
            "due": display.number(found.due),
            "t": display.moment(found.found.at),
        }  # fmt: skip
    return [(gettext_lazy("Expected hits"), text)]


def fetch_error(one: ListSubscription) -> str:
    """Returns the reason why the last fetch of a subscription failed; empty if it did not fail."""
    if one.error == "list":
        return refusal(one.error_detail)
    sentence = str(ERRORS.get(one.error, ""))
    return f"{sentence} ({one.error_detail})" if one.error_detail else sentence


def place(one: Mapping[str, Any]) -> str:
    """Returns the place of a problem in the file: the line or the entry."""
    segment = str(one.get("segment") or "")
    word, _, number = segment.partition(" ")
    if word in ("line", "entry") and number.isdigit():
        text = gettext("Line %(number)s") if word == "line" else gettext("Entry %(number)s")
        return text % {"number": number}
    return segment


def format_name(name: str) -> str:
    """Returns the title of a format."""
    if name == "supplied":
        return gettext("supplied with vedette")
    titles = {one: known.title for one, known in LISTS.items()}
    for kind in registered().values():
        if kind.control_formats is not None:
            titles.update({one: title for one, (title, _) in kind.control_formats.formats.items()})
    return pgettext("list format", titles[name]) if name in titles else name


#: Fact of a rule of a control list → its words.
FACTS = {
    "above_limit": gettext_lazy(
        "the concentration of the goods is above the limit of the list, or is not stated"
    ),
    "listed_destination": gettext_lazy("the destination is one of the destinations of the list"),
    "embargo": gettext_lazy("the destination is under an arms embargo of the United Nations"),
    "licence": gettext_lazy(
        "the declaration names a licence that is valid on the day of the declaration"
    ),
    "ended_licence": gettext_lazy("the declaration names a document code that is no longer valid"),
    "declared_not_listed": gettext_lazy(
        "the declaration states with code Y901 that the goods are not on the list"
    ),
    "cas_against_text": gettext_lazy("the CAS number and the name belong to different substances"),
    "un_against_text": gettext_lazy("the UN number and the name belong to different substances"),
    "hs_against_text": gettext_lazy(
        "the declared HS code does not cover the goods that the text names"
    ),
    "residual_code": gettext_lazy("the declared HS code is a residual or dummy code"),
}


def kinds(counted: list[tuple[str, int]]) -> str:
    """Returns the numbers of entries in words, such as `861 persons, 297 companies …`."""
    plural: dict[str, Callable[[int], str]] = {
        "Person": lambda n: ngettext("%(n)s person", "%(n)s persons", n),
        "Organization": lambda n: ngettext("%(n)s company", "%(n)s companies", n),
        "Vessel": lambda n: ngettext("%(n)s vessel", "%(n)s vessels", n),
        "Aircraft": lambda n: ngettext("%(n)s aircraft", "%(n)s aircraft", n),
    }
    others = lambda n: ngettext("%(n)s other", "%(n)s others", n)  # noqa: E731
    return ", ".join(
        plural.get(schema, others)(n) % {"n": display.number(n)} for schema, n in counted
    )


def _field(field: FieldChange) -> FieldWords:
    before, after = (_items(field.field, value) for value in (field.before, field.after))
    return FieldWords(
        name=str(FIELDS.get(field.field, field.field)),
        gone=[item for item in before if item not in after],
        new=[item for item in after if item not in before],
        follows=str(_FOLLOWS.get(field.field, "")),
    )


def _items(field: str, value: Any) -> list[str]:
    """Returns the values of a field of an entry as texts. `value` is an unformatted value."""
    if value in (None, "", [], ()):
        return []
    tellers: dict[str, Callable[[Any], str]] = {
        "names": _name,
        "birth_dates": _birth,
        "identifiers": _identifier,
        "nationalities": _country,
        "countries": _country,
        "schema": lambda v: str(SCHEMAS.get(v, v)),
        "listed": lambda v: display.day(dt.date.fromisoformat(v)),
        "valid_from": lambda v: display.day(dt.date.fromisoformat(v)),
        "valid_to": lambda v: display.day(dt.date.fromisoformat(v)),
    }
    tell = tellers.get(field, str)
    return [tell(item) for item in value] if isinstance(value, (list, tuple)) else [tell(value)]


def _country(code: str) -> str:
    """Returns the alpha-3 code of a country, which documents use."""
    return codes.alpha3(code) or code


def _name(name: Mapping[str, Any]) -> str:
    full = str(name.get("full", ""))
    return gettext("“%(name)s” (weak alias)") % {"name": full} if name.get("weak") else full


def _identifier(one: Mapping[str, Any]) -> str:
    kind = str(IDENTIFIERS.get(one["kind"], one["kind"]))
    return " ".join(filter(None, (kind, one.get("country") or "", one["value"])))


def _birth(one: Mapping[str, Any]) -> str:
    """Returns `12 Mar 1978`, `year 1978` or `between … and …`, with "about" before it if the date is
    approximate."""
    first, last = dt.date.fromisoformat(one["from_"]), dt.date.fromisoformat(one["to"])
    if first == last:
        text = display.day(first)
    elif (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        years = str(first.year) if first.year == last.year else f"{first.year}–{last.year}"
        text = gettext("year %(years)s") % {"years": years}
    else:
        span = {"first": display.day(first), "last": display.day(last)}
        text = gettext("between %(first)s and %(last)s") % span
    return gettext("about %(date)s") % {"date": text} if one.get("approximate") else text
