"""Pages for approvals, for emergency access, and for exports of many records, which need an approval."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps import display
from vedette.apps.accounts import acts
from vedette.apps.accounts.models import Approval, BreakGlass, User
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.approvals import actions, glass
from vedette.apps.columns import Purpose, Theme
from vedette.apps.journal.wording import told

#: Maximum number of decided approvals, and of emergency accesses, that a page shows.
_SHOWN = 50
#: The texts for the codes of `actions.Refused`. The journal entry of the refusal contains the code.
_REFUSALS = {
    "own": _(
        "You made this request yourself. Another person must make the decision. Nothing was done."
    ),
    "decided": _("This request was already decided. Nothing was changed."),
    "gone": _(
        "The object of this request no longer exists. Create the object again, then make a new"
        " request."
    ),
    "changed": _(
        "The object has changed since the request, and the requested change is no longer "
        "possible. Nothing was done."
    ),
    "named": _("Only a second person who is named in the group of the operation can decide this."),
    "late": _("Nobody decided in time. Nothing was done. Make the request again."),
}


@require_safe
@requires("approval.see")
def approvals(request: Request) -> HttpResponse:
    """Shows the approvals that the user may decide, the approvals that the user requested, and recent
    decisions.
    """
    rows = actions.visible(request.user)
    open_ = rows.filter(state=Approval.State.ASKED, expires_at__gt=timezone.now())
    context = {
        "waiting": _rows(actions.waiting(request.user), request.user),
        "asked": _rows(
            open_.filter(asked_by_id=request.user.pk).order_by("asked_at"), request.user
        ),
        "decided": _rows(
            rows.exclude(pk__in=open_.values("pk")).order_by("-asked_at")[:_SHOWN], request.user
        ),
    }
    return render(request, "approvals/approvals.html", context)


def _rows(
    approvals: Iterable[Approval], user: User
) -> list[tuple[Approval, list[tuple[Any, str]]]]:
    """Returns each approval with its details. The name is left out, because it is in the link. Details that
    name persons are shown only on the page of an approval, and the journal records each view of that page."""
    return [
        (one, [pair for pair in details(one, user, listed=True) if pair[0] != DETAILS["name"]])
        for one in approvals
    ]


@require_http_methods(["GET", "POST"])
@requires("approval.see")
def approval(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows one approval, which only the second person can allow or refuse."""
    found = get_object_or_404(actions.visible(request.user), pk=pk)
    doing, refused = actions.DOINGS[found.kind], ""
    if request.method == "POST":
        if doing.there:
            return redirect(doing.page, pk=found.subject)
        try:
            found = actions.decide(request.user, pk, allow=request.POST.get("decide") == "allow")
        except actions.Refused as refusal:
            acts.write(request.user, "approval.stop", pk, reason=refusal.code)
            refused = str(_REFUSALS.get(refusal.code, refusal.code))
        else:
            toasts.success(request, gettext("Decision: %s.") % found.get_state_display())
            return redirect("approvals")
    # The details of a release name persons.
    acts.write(request.user, "approval.read", pk)
    context = {
        "approval": found,
        "why": actions.why(found),
        "details": details(found, request.user),
        "page": doing.page if found.state == found.State.ASKED else "",
        "decides": actions.may_decide(request.user, found),
        "there": doing.there,
        "refused": refused,
    }
    return render(request, "approvals/approval.html", context, status=409 if refused else 200)


class WhyForm(forms.Form):
    """The form for the reason of an emergency access."""

    why = forms.CharField(min_length=glass.SHORTEST, max_length=1000)


@require_http_methods(["GET", "POST"])
@requires("glass.see", to_post="glass.break")
def glass_page(request: Request) -> HttpResponse:
    """Starts an emergency access, and lists the earlier emergency accesses."""
    form = WhyForm(request.POST or None)
    unreviewed = False
    if request.method == "POST" and form.is_valid():
        try:
            glass.break_glass(request.user, form.cleaned_data["why"])
        except glass.Unreviewed:
            acts.write(request.user, "glass.stop", reason="unreviewed")
            unreviewed = True
        else:
            return redirect("glass")
    context = {
        "form": form, "unreviewed": unreviewed, "mine": glass.broken_by(request.user),
        "rows": BreakGlass.objects.select_related("user", "reviewed_by").order_by("-started_at")[:_SHOWN],
    }  # fmt: skip
    status = 409 if unreviewed else 422 if form.is_bound else 200
    return render(request, "approvals/glass.html", context, status=status)


@require_POST
@requires("glass.break")
def mend(request: Request) -> HttpResponse:
    """Ends the user's own emergency access early."""
    glass.mend(request.user)
    return redirect("glass")


@require_http_methods(["GET", "POST"])
@requires("glass.review")
def glass_review(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the journal entries of an emergency access, and the form for the result of its review."""
    found = get_object_or_404(BreakGlass.objects.select_related("user", "reviewed_by"), pk=pk)
    if request.method == "POST" and request.POST.get("finding") in glass.FINDINGS:
        glass.review(request.user, pk, request.POST["finding"])
        toasts.success(request, gettext("The review is recorded in the journal."))
        return redirect("glass")
    context = {
        "glass": found,
        "why": glass.why(found),
        "done": [told(act) for act in glass.done_under(found)[:500]],
    }
    return render(request, "approvals/glass_review.html", context)


#: Maps a key of `Approval.detail` to its label. Other keys are needed only to carry out the action.
DETAILS: dict[str, Any] = {
    "name": _("Name"),
    "themes": _("Themes"),
    "rule": _("Rule"),
    "from": _("In force from"),
    "entries": _("Entries"),
    "entries_added": _("Entries added"),
    "entries_changed": _("Entries changed"),
    "entries_removed": _("Entries removed"),
    "problems": _("With problems"),
    "rows": _("Rows"),
    "subjects": _("Records"),
    "list": _("Code list"),
    "added": _("Codes added"),
    "removed": _("Codes removed"),
    "uses": _("Profiles that use the list"),
    "until": _("Valid until"),
    "mask_after": _("Masked after (days)"),
    "delete_after": _("Deleted after (days), without an objective link"),
    "keep_after": _("Deleted after (days), with an objective link"),
    "active_from": _("In force from"),
    "basis": _("Legal basis"),
    "source": _("Source"),
}


def details(approval: Approval, user: User, listed: bool = False) -> list[tuple[Any, str]]:
    """Returns the label and the value of each detail that the second person needs. The details are in the
    order of `DETAILS`. Details that were not known at the time of the request are last. If `listed` is true,
    returns only the details that a list of approvals shows.
    """
    given = approval.detail
    told = [
        (label, _value(key, given[key], user)) for key, label in DETAILS.items() if given.get(key)
    ]
    if approval.kind == Approval.Kind.EXPORT:
        return [(_("Exported data"), _exported(approval)), *told]
    doing = actions.DOINGS[approval.kind]
    later = (listed and doing.listed) or doing.later
    waits = approval.state == Approval.State.ASKED
    return [*told, *(later(approval, user) if later and waits else ())]


def _exported(approval: Approval) -> str:
    """Returns what an export contains. The subject of an export of the journal is the organisation. The
    subject of another export is the id of the organisation's firearm records, of a seizure, or of a list."""
    organisation = approval.organisation_id
    if approval.subject == str(organisation):
        return gettext("the journal")
    if approval.subject == str(firearm_register(organisation)):
        return gettext("all firearm records")
    return gettext("a list")


def _value(key: str, value: Any, user: User) -> str:
    if isinstance(value, int):
        return display.number(value)
    if key == "themes":
        return ", ".join(str(Theme(one).label) for one in value if one in user.themes)
    day = key in ("active_from", "until", "from")
    return display.day(dt.date.fromisoformat(value)) if day else str(value)


def firearm_register(organisation: uuid.UUID) -> uuid.UUID:
    """Returns the id of the subject of an export of all firearm records of an organisation."""
    return uuid.uuid5(organisation, "firearms")


def export_refusal(
    request: Request, subject: uuid.UUID, rows: int, *, always: bool = False
) -> HttpResponse | None:
    """Returns None if the user may export `rows` records of `subject`, which is the id of a list, of a
    seizure, of an organisation, or of the firearm records of an organisation. If an approval is required,
    returns the form to request the approval of a second person, with status 403. If `always` is true, an
    approval is required even for a small number of records, and the status of the form is 200.
    """
    if rows <= settings.EXPORT_ROWS and not always:
        return None
    if actions.holds(request.user, Approval.Kind.EXPORT, subject):
        return None
    form = AskForm(request.user, initial={"subject": subject, "rows": rows})
    # The right to see the records exists; a request for an approval is the way to the file.
    return _export_page(request, form, 200 if always else 403, always)


class AskForm(forms.Form):
    """The form to request an export: the subject, the number of rows, the purpose, and the reason."""

    subject = forms.UUIDField()
    rows = forms.IntegerField(min_value=1)
    why = forms.CharField(min_length=actions.SHORTEST, max_length=1000)

    def __init__(self, by: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        own = [choice for choice in Purpose.choices if choice[0] in by.purposes]
        self.fields["purpose"] = forms.ChoiceField(choices=own)


@require_POST
@requires("export.ask")
def export_ask(request: Request) -> HttpResponse:
    """Requests the approval of an export. After the approval, the user may make the export for one day."""
    form = AskForm(request.user, request.POST)
    if not form.is_valid():
        return _export_page(request, form, 422)
    given = form.cleaned_data
    actions.ask(
        request.user, Approval.Kind.EXPORT, given["subject"], given["purpose"], given["why"],
        detail={"rows": given["rows"]},
    )  # fmt: skip
    toasts.success(
        request,
        gettext(
            "Request sent. After another person approves the request, start the export again"
            " within 24 hours."
        ),
    )
    return redirect("approvals")


def _export_page(
    request: Request, form: AskForm, status: int, always: bool = False
) -> HttpResponse:
    context = {"form": form, "most": settings.EXPORT_ROWS, "always": always}
    return render(request, "approvals/export.html", context, status=status)
