"""Pages: the forms of messages of an operation, which can be changed on the page or as XLSForm workbooks."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.operations import rights, wording
from vedette.apps.operations.actions import templates
from vedette.apps.operations.actions.common import Refused
from vedette.apps.operations.actions.messages import form_of
from vedette.apps.operations.models import Message, Operation, Template
from vedette.apps.operations.views.common import find, page
from vedette.apps.operations.views.messages import inputs
from vedette.apps.operations.views.values import language
from vedette.core import message_forms
from vedette.core.message_forms import Condition, Field, Form, xlsform
from vedette.formats.edifact import Unreadable
from vedette.formats.tables import read_workbook

#: Limits of an uploaded workbook: bytes, unpacked bytes, cells.
MOST_BYTES, MOST_UNPACKED, MOST_CELLS = 2_000_000, 8_000_000, 200_000


@require_http_methods(["GET", "HEAD", "POST"])
@requires("operation.see")
def forms(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the simplified and the full version of a form side by side. The coordinator can change the form.
    The data-protection officer decides whether a field is nominal.
    """
    one, problem, post = find(pk), None, request.POST
    kinds = [
        kind for kind in rights.KINDS if Template.objects.filter(operation=one, kind=kind).exists()
    ]
    asked = (post if request.method == "POST" else request.GET).get("kind", "")
    kind = asked if asked in kinds else next(iter(kinds), "control")
    if request.method == "POST":
        try:
            _change(request, one, kind)
        except Refused as refused:
            problem = refused
        else:
            toasts.success(request, gettext("The new version of the form is stored."))
            return redirect(f"{reverse('operation-forms', args=[pk])}?kind={kind}")
    number, form = form_of(one, kind)
    words = dict(Message.Kind.choices)
    plannable = one.state in rights.WRITING["template"].states
    context: dict[str, Any] = {
        "kind": kind,
        "kinds": [(code, words[code]) for code in kinds],
        "number": number,
        "fields": [
            (place, each, each.label(language()), wording.TYPES[each.type])
            for place, each in enumerate(form)
        ],
        "short": inputs(one, kind, 0, {}, {}, True),
        "full": inputs(one, kind, 0, {}, {}, False),
        "type_words": wording.TYPES.items(),
        "decides": rules.may(request.user, "operation.protect") and plannable,
        "editable": plannable,
        "conditions": [each for each in form if each.type in ("choice", "yesno")],
        "undecided": [each.label(language()) for each in form if each.nominal],
    }
    return page(request, one, "forms", context, problem)


def _change(request: Request, one: Operation, kind: str) -> None:
    post, user = request.POST, request.user
    stated = post.get("version", "")
    version = int(stated) if stated.isascii() and stated.isdecimal() and len(stated) < 7 else 0
    field, do = post.get("field", ""), post.get("do", "")
    if do in ("nominal", "not_nominal"):
        templates.decide(user, one.pk, kind, version, field, do == "nominal")
        return
    makers: dict[str, Callable[[Form], Form]] = {
        "hide": lambda form: message_forms.hide(form, field),
        "show": lambda form: message_forms.hide(form, field, False),
        "require": lambda form: message_forms.require(form, field),
        "optional": lambda form: message_forms.require(form, field, False),
        "short": lambda form: message_forms.shorten(form, field, True),
        "full": lambda form: message_forms.shorten(form, field, False),
        "up": lambda form: message_forms.move(form, field, _place(form, field) - 1),
        "down": lambda form: message_forms.move(form, field, _place(form, field) + 1),
        "rename": lambda form: message_forms.rename(
            form, field, {"en": post.get("en", ""), "fr": post.get("fr", "")}
        ),
        "limit": lambda form: message_forms.limit(
            form,
            field,
            _decimal(post.get("least", "")),
            _decimal(post.get("most", "")),
            _length(post.get("length", "")),
        ),
        "condition": lambda form: message_forms.show_if(form, field, _condition(request)),
        "add": lambda form: message_forms.add(form, _new(request)),
        "import": lambda form: _imported(request, form),
    }
    if do not in makers:
        raise Refused("state")
    templates.change(user, one.pk, kind, version, makers[do])


def _place(form: Form, field: str) -> int:
    return next((place for place, each in enumerate(form) if each.id == field), 0)


def _decimal(text: str) -> Decimal | None:
    if not text.strip():
        return None
    try:
        found = Decimal(text.strip().replace(",", "."))
    except InvalidOperation as error:
        raise Refused("limits") from error
    if not found.is_finite() or abs(found) >= Decimal(10) ** 15:
        raise Refused("limits")
    return found


def _length(text: str) -> int | None:
    if not text.strip():
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise Refused("limits")
    return int(text)


def _condition(request: Request) -> Condition | None:
    other = request.POST.get("other", "")
    values = tuple(one.strip() for one in request.POST.get("values", "").split(",") if one.strip())
    return Condition(other, values[:50]) if other else None


def _new(request: Request) -> Field:
    post = request.POST
    choices = []
    for line in post.get("choices", "").splitlines()[:8_000]:
        if line.strip():
            code, _, words = line.partition("|")
            english, _, french = words.partition("|")
            choices.append((code.strip(), {"en": english.strip(), "fr": french.strip()}))
    return Field(
        post.get("id", "").strip(),
        post.get("type", ""),
        {"en": post.get("en", "").strip(), "fr": post.get("fr", "").strip()},
        unit=post.get("unit", "").strip()[:20],
        short=post.get("in_short") == "yes",
        choices=tuple(choices),
    )


def _imported(request: Request, before: Form) -> Form:
    """Returns the form of an uploaded workbook. The workbook must contain all fields of the system, with
    their types unchanged. A new field, and a text field whose label changed, counts as nominal until the
    data-protection officer decides.
    """
    file = request.FILES.get("workbook")
    if file is None or file.size is None or file.size > MOST_BYTES:
        raise Refused("workbook")
    try:
        tables = read_workbook(file.read(), MOST_UNPACKED, MOST_CELLS)
        found = xlsform.read(xlsform.by_headings([table.rows for table in tables]))
    except Unreadable as error:
        raise Refused("workbook") from error
    except xlsform.Unreadable as error:
        code = error.code if error.code in wording.PROBLEMS else "workbook"
        place = gettext("row %(n)d") % {"n": error.row} if error.row else ""
        raise Refused(code, " ".join(filter(None, (error.field, place)))) from error
    known = {one.id: one for one in before}
    from dataclasses import replace

    result = []
    for one in found:
        old = known.pop(one.id, None)
        if old is None:
            result.append(replace(one, nominal=True, system=False, kept=False))
            continue
        if old.system and old.type != one.type:
            raise Refused("kept", one.id)
        same = (
            old.labels == one.labels and old.type == one.type
        ) or one.type not in message_forms.FREE
        result.append(
            replace(one, nominal=old.nominal or not same, system=old.system, kept=old.kept)
        )
    if missing := [one.id for one in known.values() if one.system]:
        raise Refused("kept", missing[0])
    return message_forms.checked(tuple(result))


@require_safe
@requires("operation.see")
def exported(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns a form as an XLSForm workbook."""
    one = find(pk)
    kind = request.GET.get("kind", "control")
    number, form = form_of(one, kind if kind in rights.KINDS else "control")
    acts.write(
        request.user,
        "operation.form_export",
        one.pk,
        kind=kind if kind in rights.KINDS else "control",
    )
    mark = "EX-" if one.exercise else ""
    data = xlsform.write(
        form, f"{mark}{one.reference}", f"{mark}{one.reference}_{kind}", max(number, 1)
    )
    answer = HttpResponse(
        data, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    safe = "".join(
        sign if sign.isascii() and sign.isalnum() else "-" for sign in f"{mark}{one.reference}"
    )
    answer["Content-Disposition"] = (
        f'attachment; filename="{safe}-{kind if kind in rights.KINDS else "form"}.xlsx"'
    )
    return answer
