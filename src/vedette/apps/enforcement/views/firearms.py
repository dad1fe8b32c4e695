"""The pages of firearm records: the list with its search, one record, the form, and the import; and the links
between seizures."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages as toasts
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.approvals.views import export_refusal, firearm_register
from vedette.apps.columns import new_id
from vedette.apps.enforcement import firearm_files as files
from vedette.apps.enforcement import wording
from vedette.apps.enforcement.actions import firearms as actions
from vedette.apps.enforcement.actions.controls import Refused
from vedette.apps.enforcement.models import Firearm, Seizure
from vedette.apps.enforcement.selectors import firearms as selectors
from vedette.apps.enforcement.selectors import links
from vedette.apps.query import plain
from vedette.apps.rendering import say
from vedette.core import firearms as forms
from vedette.core import serials
from vedette.core.cells import Table

#: Filter of the list → its word.
FILTERS = {
    "all": _("All"),
    "missing": _("Number missing"),
    "alike": _("Easily confused"),
    "untraced": _("Not traced yet"),
    "parts": _("Parts"),
}
#: The fields of the form by section; lists have a choice of codes.
SECTIONS = (
    (_("What it is"), ("item", "type", "part", "quantity", "make", "model", "calibre")),
    (_("Serial number"), ("serial", "serial_state", "no_serial")),
    (_("Marks and origin"), ("country", "made_year", "import_country", "import_year", "proof_mark",
                             "marks", "last_country", "made")),
    (_("Further"), ("lot", "iarms_on", "remarks")),
)  # fmt: skip
CHOICES: Mapping[str, Mapping[str, Any]] = {
    "item": forms.ITEMS,
    "type": {key: one.name for key, one in forms.TYPES.items()},
    "part": forms.PARTS,
    "serial_state": forms.SERIAL_STATES,
    "no_serial": forms.REASONS,
    "made": forms.MADE,
}
HINTS = {
    "type": _("Required for a firearm, and for a part if the type of its firearm is known"),
    "part": _("Required for a part or component"),
    "quantity": _("For a firearm: 1. For parts and ammunition: the number of pieces."),
    "calibre": _("As it is marked on the item, for example 9x19 or 7.62x39"),
    "serial": _("As it is marked on the item. Write ? for a character that cannot be read."),
    "no_serial": _("Required if the number is missing or cannot be read in full"),
    "country": _("Name or code of the country"),
    "import_country": _("Name or code of the country"),
    "last_country": _("Name or code of the country"),
    "lot": _("Lot number on the package of the ammunition"),
}
#: Maximum number of problems that the page of an import shows.
MOST_SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
@requires("record.see")
def listed(request: Request) -> HttpResponse:
    """Shows the firearm records, or only the records that match a serial number or a lot. The search text is
    sent in the body of the request. The journal records the ids of the records, and every search with its
    text.
    """
    text, which = plain(request.POST.get("q", "")).strip(), request.GET.get("show", "all")
    which = which if which in FILTERS else "all"
    after = plain(request.GET.get("after", ""))
    rows, following = selectors.listed(text, which, after)
    if rows or text:
        acts.write(
            request.user, "firearm.list", words={"text": text},
            records=[one.row.pk for one in rows],
        )  # fmt: skip
    context = {
        "q": text,
        "which": which,
        "filters": FILTERS.items(),
        "rows": rows,
        "following": following,
        "first": not after,
        "known": bool(rows) or Firearm.objects.exists(),
    }
    return render(request, "enforcement/firearms.html", context)


@require_safe
@requires("record.see")
def exported(request: Request) -> HttpResponse:
    """Returns the firearm records of the list as a CSV file. A second person must approve the file, even if
    the file contains few records, because the file is a list of the seized firearms of the organisation.
    """
    which = request.GET.get("show", "all")
    rows, red = selectors.export(which if which in FILTERS else "all")
    assert request.user.organisation_id is not None  # noqa: S101  the right requires one
    register = firearm_register(request.user.organisation_id)
    if rows and (refusal := export_refusal(request, register, len(rows), always=True)):
        return refusal
    return _csv(request, rows, red)


@require_safe
@requires("record.see")
def of_seizure_csv(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns the firearm records of a seizure as a CSV file. The file is not available if the processing of
    the subject is restricted, or if the record is marked TLP:RED. If there are more records than the limit of
    exports, a second person must approve the file.
    """
    seizure = get_object_or_404(Seizure, pk=pk, subject__restricted=False)
    if selectors.is_red(seizure):
        toasts.error(request, str(wording.REFUSED["red"]))
        return redirect("seizure", pk=pk)
    rows = selectors.of_seizure(pk)
    if refusal := export_refusal(request, pk, len(rows)):
        return refusal
    return _csv(request, rows)


def _csv(request: Request, rows: list[selectors.Shown], red: int = 0) -> HttpResponse:
    """Returns the file. `red` is the number of records that were left out because they are marked TLP:RED."""
    acts.write(request.user, "firearm.export", records=len(rows), left_out=red)
    answer = HttpResponse(selectors.csv_of(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="firearms.csv"'
    return answer


@require_safe
@requires("record.see")
def firearm(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows one record. The access is recorded in the journal."""
    row = get_object_or_404(Firearm.objects.select_related("seizure", "by"), pk=pk)
    acts.write(request.user, "firearm.see", row.pk)
    [one] = selectors.shown([row])
    return render(
        request, "enforcement/firearm.html",
        {
            "one": one, "values": _values(one), "seizure": row.seizure, "links": links.of_firearm(row),
            "edits": row.seizure.may_change,
        },
    )  # fmt: skip


def _values(one: selectors.Shown) -> list[tuple[str, str]]:
    """Returns the names and values of the stated fields of a record. If the values are masked, returns only
    the values of the fields that are codes."""
    if one.values is not None:
        given = forms.given(one.values)
    else:
        row = one.row
        names = ("item", "type", "part", "serial_state", "no_serial", "country", "import_country",
                 "last_country")  # fmt: skip
        given = {name: getattr(row, name) for name in names} | {
            "quantity": str(row.quantity), "made": ";".join(row.made),
        }  # fmt: skip
    found = []
    for name in forms.FIELDS:
        value = given.get(name, "")
        if not value or name in ("item", "serial"):
            continue
        if name in CHOICES:
            value = ", ".join(say(CHOICES[name][key]) for key in value.split(";"))
        elif name.endswith("country"):
            value = selectors.nation(value)
        found.append((say(forms.LABELS[name]), value))
    return found


# --- forms ----------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@requires("seizure.write")
def new(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The form for a new record of a seizure. A serial number with characters that are easily confused is
    shown with both readings, and must be confirmed."""
    seizure = get_object_or_404(Seizure, pk=pk)
    if request.method != "POST":
        return _form(request, seizure, {"quantity": "1"}, new_id())
    fields = _fields(request)
    made, errors = forms.read(fields)
    id_ = _id(request.POST.get("id", ""))
    if made is None or _unconfirmed(request, made):
        return _form(request, seizure, fields, id_, errors, made=made)
    try:
        row = actions.record(request.user, seizure.pk, id_, made)
    except actions.Taken as taken:
        errors = {"serial": files.TAKEN.given(n=taken.number)}
        return _form(request, seizure, fields, id_, errors)
    except (actions.Withdrawn, actions.Stale):
        return _form(request, seizure, fields, id_, {"": _withdrawn()}, status=409)
    except Refused as refused:
        error = wording.REFUSED[refused.code]
        return _form(request, seizure, fields, id_, {"": error}, status=409)
    toasts.success(request, gettext("Record %(n)s is stored.") % {"n": row.number})
    if "again" in request.POST:
        return redirect("firearm-new", pk=seizure.pk)
    return redirect("firearm", pk=row.pk)


@require_http_methods(["GET", "POST"])
@requires("seizure.write")
def edit(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The form for a change of a record."""
    row = get_object_or_404(Firearm.objects.select_related("seizure"), pk=pk)
    [one] = selectors.shown([row])
    if one.values is None or row.struck_at is not None:
        toasts.warning(
            request, gettext("The record is masked or struck out and cannot be changed.")
        )
        return redirect("firearm", pk=row.pk)
    if request.method != "POST":
        acts.write(request.user, "firearm.see", row.pk)
        return _form(request, row.seizure, forms.given(one.values), row.pk, row=row)
    fields = _fields(request)
    made, errors = forms.read(fields)
    if made is None or _unconfirmed(request, made):
        return _form(request, row.seizure, fields, row.pk, errors, made=made, row=row)
    try:
        actions.change(request.user, row.pk, _number(request.POST.get("version", "")), made)
    except actions.Taken as taken:
        errors = {"serial": files.TAKEN.given(n=taken.number)}
        return _form(request, row.seizure, fields, row.pk, errors, row=row)
    except actions.Stale:
        row.refresh_from_db()
        error = gettext(
            "Another person changed this record in the meantime. Compare your values with the current ones, "
            "then save again."
        )
        return _form(request, row.seizure, fields, row.pk, {"": error}, row=row, status=409)
    except actions.Withdrawn:
        return _form(request, row.seizure, fields, row.pk, {"": _withdrawn()}, row=row, status=409)
    except Refused as refused:
        error = wording.REFUSED[refused.code]
        return _form(request, row.seizure, fields, row.pk, {"": error}, row=row, status=409)
    return redirect("firearm", pk=row.pk)


@require_POST
@requires("seizure.write")
def strike(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Strikes out a record that was entered by mistake."""
    row = get_object_or_404(Firearm, pk=pk)
    try:
        actions.strike(request.user, row.pk, _number(request.POST.get("version", "")))
    except (actions.Stale, actions.Withdrawn):
        toasts.error(request, gettext("Another person changed this record in the meantime."))
    except Refused as refused:
        toasts.error(request, str(wording.REFUSED[refused.code]))
    return redirect("firearm", pk=row.pk)


def _withdrawn() -> str:
    return gettext(
        "Records cannot be added to this seizure: it was withdrawn, or the processing of its data is "
        "restricted."
    )


def _fields(request: Request) -> dict[str, str]:
    fields = {name: request.POST.get(name, "")[:10_000] for name in forms.FIELDS}
    fields["made"] = ";".join(one[:20] for one in request.POST.getlist("made")[:10])
    return fields


def _id(text: str) -> uuid.UUID:
    """The id of a new record. The form contains the id, so that the record is stored once."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return new_id()


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def _unconfirmed(request: Request, made: forms.Firearm) -> bool:
    """Whether the number has characters that are easily confused and was not confirmed in this form."""
    warned = serials.warning(made.serial)
    return warned is not None and not warned.plain and request.POST.get("confirmed") != made.serial


def _form(
    request: Request, seizure: Seizure, fields: Mapping[str, str], id_: uuid.UUID,
    errors: Mapping[str, Any] | None = None, *, made: forms.Firearm | None = None,
    row: Firearm | None = None, status: int = 0,
) -> HttpResponse:  # fmt: skip
    errors = errors or {}
    chosen = set(fields.get("made", "").split(";"))

    def one(name: str) -> dict[str, Any]:
        value = fields.get(name, "")
        choices = [
            (key, say(text), key in chosen if name == "made" else key == value)
            for key, text in CHOICES.get(name, {}).items()
        ]
        error = errors.get(name)
        return {
            "name": name, "label": say(forms.LABELS[name]), "value": value, "choices": choices,
            "many": name == "made", "error": say(error) if error else "", "hint": HINTS.get(name, ""),
            "area": name == "remarks", "day": name == "iarms_on",
        }  # fmt: skip

    warned = serials.warning(serials.clean(fields.get("serial", "")))
    context = {
        "seizure": seizure,
        "row": row,
        "id": id_,
        "sections": [(title, [one(name) for name in names]) for title, names in SECTIONS],
        "errors": errors,
        "problem": errors.get("", ""),
        "warned": warned,
        "serial": fields.get("serial", ""),
        # The number that the officer has now seen with both readings.
        "confirm": made.serial if made is not None and _unconfirmed(request, made) else "",
        "confirmed": request.POST.get("confirmed", "")[:100],
    }
    if not status:
        status = 422 if errors or context["confirm"] else 200
    return render(request, "enforcement/firearm_form.html", context, status=status)


@require_http_methods(["GET", "POST"])
@requires("seizure.write")
def import_(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Reads a file of records for a seizure: checks it, or stores its records. Rows with problems are shown,
    and the other records are stored."""
    seizure = get_object_or_404(Seizure, pk=pk)
    context: dict[str, Any] = {"seizure": seizure, "columns": forms.FIELDS}
    if request.method != "POST":
        return render(request, "enforcement/firearm_import.html", context)
    upload = request.FILES.get("file")
    if upload is None or upload.size is None:
        context["refused"] = gettext("Choose a CSV file.")
        return render(request, "enforcement/firearm_import.html", context, status=422)
    only_try = "check" in request.POST
    try:
        if upload.size > files.MAX_BYTES:
            raise files.BadFile(files.TOO_LARGE)
        read = files.read_file(upload.read())
        with transaction.atomic():
            # A check without the lock would compare the file with the records of a restricted subject.
            actions.locked(seizure.pk)
            files.duplicates(seizure.pk, read)
            if not only_try and read.records:
                actions.record_all(request.user, seizure.pk, [one for _, one in read.records])
    except files.BadFile as error:
        context["refused"] = say(error.text)
        return render(request, "enforcement/firearm_import.html", context, status=422)
    except Refused as refused:
        context["refused"] = wording.REFUSED[refused.code]
        return render(request, "enforcement/firearm_import.html", context, status=409)
    except actions.Withdrawn:
        context["refused"] = _withdrawn()
        return render(request, "enforcement/firearm_import.html", context, status=409)
    alike = sum(1 for _, one in read.records if (w := serials.warning(one.serial)) and not w.plain)
    context |= {
        "read": read,
        "stored": len(read.records),
        "alike": alike,
        "only_try": only_try,
        "problems": [(one.row, one.field, say(one.text)) for one in read.problems[:MOST_SHOWN]],
        "name": str(upload.name)[:200],
    }
    return render(request, "enforcement/firearm_import.html", context)


@require_safe
@requires("seizure.write")
def template(request: Request) -> HttpResponse:
    """Returns the CSV template for an import, with an example."""
    text = io.StringIO()
    table = Table(text)
    table.row(forms.FIELDS)
    example = {
        "item": "firearm", "type": "pistol", "quantity": "1", "make": "Exemple", "model": "M1",
        "calibre": "9x19", "serial": "AB4377", "serial_state": "intact", "country": "FR",
    }  # fmt: skip
    table.row([example.get(name, "") for name in forms.FIELDS])
    answer = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="firearms.csv"'
    return answer


# --- links ----------------------------------------------------------------------------------------

LEVELS = {"certain": _("Certain"), "possible": _("Possible too"), "route": _("Same route too")}


@require_safe
@requires("record.see")
def linked(request: Request) -> HttpResponse:
    """Shows the links between seizures, the newest first. The journal records the ids of the seizures."""
    level = request.GET.get("level", "possible")
    level = level if level in LEVELS else "possible"
    after = plain(request.GET.get("after", ""))
    rows, following = links.listed(level, after)
    if rows:
        ids = sorted({id_ for one in rows for id_ in (one.one, one.other)})
        acts.write(request.user, "firearm.links", seizures=ids)
    context = {
        "rows": [links.named(one) for one in rows],
        "level": level,
        "levels": LEVELS.items(),
        "following": following,
        "first": not after,
    }
    return render(request, "enforcement/links.html", context)


#: Maximum number of records that the page of a seizure shows. The CSV file contains all of them.
MOST_RECORDS = 200
#: The kinds of goods of which a seizure has records.
ARMS = {"firearm", "firearm_part", "ammunition"}


def panel(seizure: Seizure, kinds: set[str]) -> dict[str, Any]:
    """Returns the values for the template `enforcement/_firearms.html`: the records and the links of a
    seizure. `kinds` are the kinds of the seized goods."""
    counts = selectors.counted_items(seizure.pk)
    records = selectors.of_seizure(seizure.pk, MOST_RECORDS) if counts else []
    found = links.of_seizure(seizure.pk) if records else []
    return {
        "arms": bool(records or kinds & ARMS),
        "firearms": records,
        "links": [links.named(one) for one in found],
        "parts_only": set(counts) == {"part"},
        "all_firearms": sum(counts.values()),
    }
