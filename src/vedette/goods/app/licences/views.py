"""The pages of licences: the list with its search, one licence with its balance, the form, and the import."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages as toasts
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.query import plain
from vedette.apps.rendering import say
from vedette.core.cells import Table
from vedette.goods import knowledge, licence_files
from vedette.goods.app import items
from vedette.goods.app.licences import records
from vedette.goods.app.models import Licence
from vedette.goods.licence_files import HEAD, LINE, MAX_LINES
from vedette.goods.licences import NAMES, LicenceLine
from vedette.goods.licences import Licence as Recorded

#: Lines of a new form, and empty lines that the button adds.
LINES, MORE = 2, 3
#: Maximum number of problems that the page of an import shows.
MOST_SHOWN = 200
#: Filter of the list → its word.
FILTERS = {
    "all": _("All"),
    "valid": _("Valid"),
    "waiting": _("Not yet valid"),
    "ended": _("Expired or revoked"),
}
FIELDS = {
    "kind": _("Kind of document"),
    "holders": _("Holder"),
    "destinations": _("Destinations"),
    "valid_from": _("Valid from"),
    "valid_to": _("Valid until"),
    "revoked": _("Revoked on"),
    "lines": _("Goods"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@requires("licence.see")
def licences(request: Request) -> HttpResponse:
    """Shows the licences, or only the licences that match a search text.

    The text is sent in the body of the request, because it can be the name of a person.
    """
    text = plain(request.POST.get("q", ""))
    state = request.GET.get("state", "all")
    state = state if state in FILTERS else "all"
    lines, following = records.listed(text, state, plain(request.GET.get("after", "")))
    if text.strip():
        acts.write(request.user, "licence.search", words={"text": text}, found=len(lines))
    context = {
        "q": text,
        "state": state,
        "filters": FILTERS.items(),
        "lines": [(one, say(NAMES[one.state])) for one in lines],
        "following": following,
        "first": not request.GET.get("after"),
        "known": bool(lines) or Licence.objects.exists(),
    }
    return render(request, "goods/licences.html", context)


@require_safe
@requires("licence.see")
def licence(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows one licence: its content, the balance of its lines, the items that name it, and its versions. The
    access is recorded in the journal."""
    found = get_object_or_404(Licence, pk=pk)
    acts.write(request.user, "licence.see", found.pk)
    sees = rules.may(request.user, "record.see")
    uses = records.uses(found, plain(request.GET.get("after", ""))) if sees else None
    code = knowledge.documents().get(found.kind)
    context: dict[str, Any] = {
        "licence": found,
        "state": (state := records.state_of(found, timezone.localdate())),
        "state_word": say(NAMES[state]),
        "balances": records.balances([found])[found.pk],
        "uses": [
            {
                "use": one,
                "title": items.title(one.goods, one.item) if one.item else "",
                "state": say(one.state),
            }
            for one in (uses.rows if uses else ())
        ],
        "sees": sees,
        "hidden": sorted(uses.hidden.items()) if uses else (),
        "following": uses.following if uses else "",
        "first": not request.GET.get("after"),
        "code": code,
        "waiting": found.applied < found.version,
        "history": [
            (version, [(FIELDS[d.name], d.before, d.after) for d in told])
            for version, told in records.history(found)
        ],
    }
    return render(request, "goods/licence.html", context)


@require_http_methods(["GET", "POST"])
@requires("licence.write")
def new(request: Request) -> HttpResponse:
    """The form for a new licence."""
    if request.method != "POST":
        return _form(request, {}, LINES)
    made, fields, errors, count = _posted(request)
    if made is None or "more" in request.POST:
        return _form(request, fields, count, {} if "more" in request.POST else errors)
    try:
        row = records.enter(request.user, made)
    except records.Taken as taken:
        errors = {"number": gettext("A licence with this number is already recorded.")}
        return _form(request, fields, count, errors, taken=taken.id)
    toasts.success(request, gettext("Licence %(number)s is recorded.") % {"number": row.number})
    return redirect("licence", pk=row.pk)


@require_http_methods(["GET", "POST"])
@requires("licence.write")
def edit(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The form for changing a licence. The number of a licence cannot be changed."""
    found = get_object_or_404(Licence, pk=pk)
    if request.method != "POST":
        acts.write(request.user, "licence.see", found.pk)
        fields = _fields(records.recorded(found))
        return _form(request, fields, len(found.lines) + 1, found=found, version=found.version)
    made, fields, errors, count = _posted(request, found.number)
    version = request.POST.get("version", "")
    number = int(version) if version.isascii() and version.isdecimal() and len(version) < 9 else 0
    if made is None or "more" in request.POST:
        errors = {} if "more" in request.POST else errors
        return _form(request, fields, count, errors, found=found, version=number)
    try:
        changed = records.change(request.user, found.pk, number, made)
    except records.Stale:
        found.refresh_from_db()
        errors = {
            "": gettext(
                "Another person changed this licence in the meantime. Compare your values with "
                "the current values, then save again."
            )
        }
        return _form(request, fields, count, errors, found=found, version=found.version, status=409)
    if changed:
        toasts.success(
            request,
            gettext(
                "Licence %(number)s is changed. The declarations that name the licence are checked again."
            )
            % {"number": found.number},
        )
    return redirect("licence", pk=found.pk)


def _fields(made: Recorded) -> dict[str, str]:
    """Returns the values of the form for a licence."""
    fields = {
        "number": made.number,
        "kind": made.kind,
        "holders": "\n".join(made.holders),
        "destinations": " ".join(made.destinations),
        **{
            name: getattr(made, name).isoformat() if getattr(made, name) else ""
            for name in ("valid_from", "valid_to", "revoked")
        },
    }
    for n, line in enumerate(made.lines):
        fields |= {
            f"hs-{n}": ", ".join(line.hs),
            f"entries-{n}": ", ".join(line.entries),
            f"quantity-{n}": "" if line.quantity is None else f"{line.quantity.normalize():f}",
            f"unit-{n}": line.unit,
            f"any_goods-{n}": "1" if line.any_goods else "",
        }
    return fields


def _posted(
    request: Request, number: str | None = None
) -> tuple[Recorded | None, dict[str, str], dict[str, str], int]:
    """Returns the licence of a posted form or None, its fields, its errors, and its number of lines."""
    stated = request.POST.get("lines", "")[:9]
    count = min(int(stated) if stated.isascii() and stated.isdecimal() else LINES, MAX_LINES)
    names = [*HEAD, *(f"{name}-{n}" for n in range(count) for name in LINE)]
    fields = {name: request.POST.get(name, "")[:10_000] for name in names}
    if number is not None:
        fields["number"] = number
    head, wrong = licence_files.head_of(fields)
    errors = {name: say(text) for name, text in wrong.items()}
    lines: list[LicenceLine] = []
    for n in range(count):
        of_line = {name: fields[f"{name}-{n}"] for name in LINE}
        line, wrong = licence_files.line_of(of_line, len(lines) + 1)
        errors |= {f"{name}-{n}": say(text) for name, text in wrong.items()}
        if line is not None:
            lines.append(line)
    if not lines and not errors:
        errors["hs-0"] = say(licence_files.NO_LINE)
    made = licence_files.whole(head, lines) if head is not None and not errors else None
    return made, fields, errors, count


def _form(
    request: Request, fields: Mapping[str, str], count: int, errors: Mapping[str, str] | None = None,
    *, found: Licence | None = None, version: int = 0, taken: uuid.UUID | None = None, status: int = 0,
) -> HttpResponse:  # fmt: skip
    if "more" in request.POST:
        count = min(count + MORE, MAX_LINES)
    errors = errors or {}

    def one(name: str) -> dict[str, str]:
        return {"value": fields.get(name, ""), "error": errors.get(name, "")}

    context = {
        "found": found,
        "version": version,
        "taken": taken,
        "head": {name: one(name) for name in HEAD},
        "rows": [{"n": n, **{name: one(f"{name}-{n}") for name in LINE}} for n in range(count)],
        "count": count,
        "most": count >= MAX_LINES,
        "errors": errors,
        "problem": errors.get("", ""),
        "codes": [
            (code, items.code_meaning(code), one.valid_from, one.valid_to)
            for code, one in knowledge.documents().items()
            if one.licence
        ],
    }
    return render(
        request, "goods/licence_form.html", context, status=status or (422 if errors else 200)
    )


@require_http_methods(["GET", "POST"])
@requires("licence.write")
def import_(request: Request) -> HttpResponse:
    """Reads a CSV file of licences: checks it, or records its licences. Rows with problems are shown, and the
    other licences are recorded."""
    context: dict[str, Any] = {"columns": licence_files.COLUMNS}
    if request.method != "POST":
        return render(request, "goods/licence_import.html", context)
    upload = request.FILES.get("file")
    if upload is None or upload.size is None:
        context["refused"] = gettext("Choose a CSV file.")
        return render(request, "goods/licence_import.html", context, status=422)
    only_try = "check" in request.POST
    try:
        if upload.size > licence_files.MAX_BYTES:
            raise licence_files.BadFile(licence_files.TOO_LARGE)
        read = licence_files.read(upload.read())
    except licence_files.BadFile as error:
        context["refused"] = say(error.text)
        return render(request, "goods/licence_import.html", context, status=422)
    try:
        made = records.import_(request.user, read.licences, only_try)
    except IntegrityError:
        context["refused"] = gettext(
            "Another person recorded a licence of this file at the same moment. Nothing was recorded;"
            " import the file again."
        )
        return render(request, "goods/licence_import.html", context, status=409)
    context |= {
        "made": made,
        "only_try": only_try,
        "problems": [(one.row, one.field, say(one.text)) for one in read.problems[:MOST_SHOWN]],
        "total": read.total,
        "name": str(upload.name)[:200],
    }
    return render(request, "goods/licence_import.html", context)


@require_safe
@requires("licence.write")
def template(request: Request) -> HttpResponse:
    """Returns the CSV template for an import, with an example."""
    text = io.StringIO()
    table = Table(text)
    table.row(licence_files.COLUMNS)
    table.row(
        ["EX-2026-001", "X060", "FR123456789000;Exemple Chimie SARL", "SN;MA", "2026-01-01",
         "2026-12-31", "", "280800", "cas:7697-37-2", "10000", "KGM", ""]
    )  # fmt: skip
    answer = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="licences.csv"'
    return answer
