"""Pages of agreements, of releases to other organisations, and of received objects."""

from __future__ import annotations

import uuid

from django.contrib import messages as toasts
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps import display
from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.query import plain, read_day
from vedette.apps.release import selectors, wording
from vedette.apps.release.actions import agreements, returns
from vedette.apps.release.models import Agreement, Copy, Feedback, Recall, Release

#: Code of a refusal → its text.
REFUSED = {
    "title": _("The title is missing."),
    "parties": _("Choose your organisation and at least one other party."),
    "purposes": _("Enter at least one purpose with its legal basis, separated by a semicolon."),
    "order": _("The end must be after the start."),
    "designated": _("Choose only organisations that are parties to the agreement."),
    "instrument": _("Enter the legal instrument that permits names to be sent, and choose the "
                    "organisations designated under it."),
    "start": _("The first day of the agreement is missing or is not a date."),
    "short": _("The reason is too short: enter at least 20 characters."),
    "stale": _("A version of this agreement is already awaiting approval."),
    "not_own": _("Only the organisation that proposed the agreement can change it."),
    "why": _("Enter a reason of at least 10 characters."),
    "state": _(
        "This action is no longer possible: the object was recalled, or the state of the object "
        "changed."
    ),
    "what": _("Choose what you report."),
    "not_owner": _("Only the owner of the object can recall it."),
    "never_sent": _("The object was never sent, so it cannot be recalled."),
}  # fmt: skip


@require_safe
@requires("agreement.see")
def listed(request: Request) -> HttpResponse:
    """Shows the versions of agreements."""
    rows, following = selectors.agreements(request.GET.get("before", ""))
    names = selectors.organisations()
    context = {
        "rows": [(row, [names.get(one, "–") for one in row.parties]) for row in rows],
        "following": following,
    }
    return render(request, "release/agreements.html", context)


@require_safe
@requires("agreement.see")
def agreement(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows one version of an agreement."""
    # A join with the users would hide the agreements that another organisation proposed: the web role reads
    # only the users of its own organisation.
    row = get_object_or_404(Agreement, pk=pk)
    names = selectors.organisations()
    own = row.organisation_id == request.user.organisation_id
    context = {
        "row": row,
        "own": own,
        "parties": [names.get(one, "–") for one in row.parties],
        "designated": [names.get(one, "–") for one in row.designated],
        "onward": [names.get(one, "–") for one in row.onward],
        "refusals": [wording.value("ground", one) for one in row.refusals],
        "proposer": names.get(row.organisation_id, "–"),
    }
    return render(request, "release/agreement.html", context)


@require_http_methods(["GET", "POST"])
@requires("agreement.propose")
def new(request: Request) -> HttpResponse:
    """Proposes an agreement, or a new version of an agreement."""
    typed: QueryDict = request.POST
    problem = ""
    before = _before(request)
    if request.method == "POST":
        try:
            made = agreements.propose(
                request.user,
                _terms(typed),
                plain(typed.get("why", "")),
                before.root if before else None,
            )
        except agreements.Refused as refused:
            problem = str(REFUSED[refused.code])
        except ValueError:
            problem = str(REFUSED["short"])
        else:
            toasts.success(
                request,
                gettext(
                    "The proposal is stored. The data-protection officer decides on the proposal."
                ),
            )
            return redirect("agreement", pk=made.pk)
    elif before is not None:
        typed = _filled(before)
    names = selectors.organisations()
    home = request.user.organisation_id
    chosen = {
        name: set(typed.getlist(name)) | ({str(home)} if name == "parties" else set())
        for name in ("parties", "designated", "onward")
    }
    context = {
        "typed": typed,
        "problem": problem,
        "before": before,
        "refusals": [
            (code, word, code in typed.getlist("refusals"))
            for code, word in wording.VALUES["ground"].items()
        ],
        "groups": [
            (name, word, [(str(id_), one, str(id_) in chosen[name]) for id_, one in names.items()])
            for name, word in (
                ("parties", _("Parties")),
                (
                    "onward",
                    _(
                        "Organisations that may receive objects from an organisation "
                        "other than the owner"
                    ),
                ),
                ("designated", _("Organisations designated to receive names")),
            )
        ],
    }
    return render(request, "release/agreement_form.html", context, status=422 if problem else 200)


def _home(request: Request) -> uuid.UUID:
    home = request.user.organisation_id
    assert home is not None  # noqa: S101  the right requires one
    return home


def _before(request: Request) -> Agreement | None:
    """Returns the agreement of which a new version is proposed (parameter `of` of the URL)."""
    try:
        root = uuid.UUID(request.GET.get("of", ""))
    except ValueError:
        return None
    found = Agreement.objects.filter(root=root, organisation_id=_home(request))
    return found.order_by("-number").first()


def _terms(typed: QueryDict) -> agreements.Terms:
    start, until = read_day(typed.get("starts")), read_day(typed.get("until"))
    if start is None or (typed.get("until") and until is None):
        raise agreements.Refused("start" if start is None else "order")
    pairs = [
        (purpose.strip()[:100], basis.strip()[:200])
        for line in typed.get("purposes", "").replace("\0", "").splitlines()[:50]
        if line.strip()
        for purpose, _, basis in [line.partition(";")]
    ]
    chosen = {name: _ids(typed, name) for name in ("parties", "designated", "onward")}
    return agreements.Terms(
        title=plain(typed.get("title", "")), purposes=pairs, starts_at=display.midnight(start),
        until=display.midnight(until) if until else None,
        nominal_instrument=plain(typed.get("instrument", "")), refusals=typed.getlist("refusals")[:50],
        **chosen,
    )  # fmt: skip


def _ids(typed: QueryDict, name: str) -> list[uuid.UUID]:
    known = selectors.organisations()
    return [id_ for id_ in known if str(id_) in typed.getlist(name)]


def _filled(before: Agreement) -> QueryDict:
    typed = QueryDict(mutable=True)
    typed["title"], typed["instrument"] = before.title, before.nominal_instrument
    typed["purposes"] = "\n".join(
        f"{one['purpose']}; {one['legal_basis']}" for one in before.purposes
    )
    typed["starts"] = display.local(before.starts_at).date().isoformat()
    if before.until:
        typed["until"] = display.local(before.until).date().isoformat()
    for name, ids in (
        ("parties", before.parties), ("designated", before.designated), ("onward", before.onward),
    ):  # fmt: skip
        typed.setlist(name, [str(one) for one in ids])
    typed.setlist("refusals", before.refusals)
    return typed


@require_safe
@requires("release.see")
def register(request: Request) -> HttpResponse:
    """Shows the releases: the data sent, the recipient and the reason. For each recipient, shows how often
    each field was sent."""
    filters = selectors.Filters.read(request.GET)
    rows, following = selectors.register(filters, request.GET.get("before", ""))
    names = selectors.organisations()
    acts.write(request.user, "release.list", shown=len(rows))
    context = {
        "rows": [
            (one, names.get(one.organisation_id), names.get(one.recipient_id)) for one in rows
        ],
        "following": following,
        "filters": filters,
        "names": names,
        "fields": sorted(
            ((one, wording.label(one)) for one in selectors.fields()), key=lambda pair: pair[1]
        ),
        "totals": selectors.by_recipient(_home(request)),
    }
    return render(request, "release/register.html", context)


@require_safe
@requires("release.see")
def release(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows one release with its confirmations of receipt, sightings and recalls."""
    return _release(request, _found(pk))


def _found(pk: uuid.UUID) -> Release:
    return get_object_or_404(Release.objects.select_related("item"), pk=pk)


def _release(request: Request, row: Release, problem: str = "") -> HttpResponse:
    names = selectors.organisations()
    acts.write(request.user, "release.see", row.pk)
    context = {
        "row": row,
        "fields": [wording.label(one) for one in row.fields],
        "problem": problem,
        "names": names,
        "sender": names.get(row.organisation_id),
        "recipient": names.get(row.recipient_id),
        "owner": names.get(row.owner_id),
        "own": row.owner_id == request.user.organisation_id,
        "feedback": [
            (one, names.get(one.organisation_id)) for one in selectors.feedback(row.object)
        ],
        "recalls": list(Recall.objects.filter(object=row.object).order_by("-at")[:50]),
        "holders": [
            (str(one), names.get(one))
            for one in sorted(
                set(
                    Release.objects.filter(object=row.object).values_list("recipient_id", flat=True)
                ),
                key=str,
            )
        ],
    }
    return render(request, "release/release.html", context, status=422 if problem else 200)


@require_POST
@requires("release.send")
def recall(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Recalls the object of a release."""
    row = _found(pk)
    try:
        returns.recall(
            request.user, row.object, plain(request.POST.get("why", "")), _ids(request.POST, "keep")
        )
    except returns.Refused as refused:
        return _release(request, row, str(REFUSED[refused.code]))
    toasts.success(
        request, gettext("The object is recalled. The copies are removed within a minute.")
    )
    return redirect("release", pk=pk)


@require_safe
@requires("release.see")
def received(request: Request) -> HttpResponse:
    """Shows the objects that the organisation received."""
    names = selectors.organisations()
    rows, following = selectors.received(_home(request), request.GET.get("before", ""))
    context = {"rows": [(one, names.get(one.sender_id)) for one in rows], "following": following}
    return render(request, "release/received.html", context)


@require_safe
@requires("release.see")
def copy(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows a received object, and records that it was opened."""
    row = _copy(request, pk)
    if row.state == Copy.State.ACTIVE:
        returns.record(request.user, row, Feedback.What.OPENED)
    acts.write(request.user, "release.open", row.pk)
    return _received(request, row)


def _copy(request: Request, pk: uuid.UUID) -> Copy:
    own = Copy.objects.filter(organisation_id=_home(request))
    return get_object_or_404(own.select_related("item"), pk=pk)


def _received(request: Request, row: Copy, problem: str = "") -> HttpResponse:
    names = selectors.organisations()
    found = selectors.content(row.pk)
    context = {
        "row": row,
        "problem": problem,
        "sender": names.get(row.sender_id),
        "owner": names.get(row.owner_id),
        "content": None if found is None else wording.lines(found),
        "sightings": [(one.value, one.label) for one in Feedback.SIGHTINGS],
        "feedback": [one for one in selectors.feedback(row.object) if one.copy_id == row.pk],
        "recalls": list(Recall.objects.filter(object=row.object).order_by("-at")[:50]),
    }
    return render(request, "release/copy.html", context, status=422 if problem else 200)


@require_POST
@requires("release.send")
def copy_act(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Records a sighting, or an objection to the removal of the content."""
    row = _copy(request, pk)
    do = request.POST.get("do", "")
    try:
        if do == "object":
            returns.object_to_removal(request.user, row, plain(request.POST.get("why", "")))
        elif do in Feedback.SIGHTINGS:
            returns.record(request.user, row, do)
        else:
            raise returns.Refused("what")
    except returns.Refused as refused:
        return _received(request, row, str(REFUSED[refused.code]))
    toasts.success(request, gettext("Recorded."))
    return redirect("received-copy", pk=pk)


@require_POST
@requires("release.keep")
def copy_decide(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Records the decision of the data-protection officer on locked content."""
    row = _copy(request, pk)
    try:
        returns.decide_sealed(request.user, row, keep=request.POST.get("do") == "keep")
    except returns.Refused as refused:
        return _received(request, row, str(REFUSED[refused.code]))
    toasts.success(request, gettext("Recorded."))
    return redirect("received-copy", pk=pk)
