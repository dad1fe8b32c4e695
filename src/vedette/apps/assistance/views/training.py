"""Pages of training: courses, sessions, attendance, tests, certificates and their check."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.assistance import wording
from vedette.apps.assistance.actions import training as actions
from vedette.apps.assistance.actions.common import Refused
from vedette.apps.assistance.models import (
    AssistanceRequest,
    Attendance,
    Certificate,
    Course,
    Participant,
    Session,
    Theme,
)
from vedette.apps.assistance.selectors import training as selectors
from vedette.apps.assistance.selectors.requests import home, people
from vedette.apps.assistance.views.common import said, uuid_of
from vedette.apps.assistance.views.diagnostics import tongue
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.query import keyset
from vedette.assistance import certificates, checker
from vedette.assistance.training import LEAST

#: Rows of a list on one page.
PAGE = 50


def _page(
    request: Request, template: str, context: dict[str, Any], problem: Refused | None = None
) -> HttpResponse:
    whole = {
        "problem": said(problem) if problem else "",
        "typed": request.POST,
        "tongue": tongue(),
        **context,
    }
    return render(request, f"assistance/{template}.html", whole, status=422 if problem else 200)


def _title(course: Course) -> str:
    """Returns the title of a course in the language of the reader."""
    return str(course.title.get(tongue(), ""))


@require_safe
@requires("assistance.see")
def listed(request: Request) -> HttpResponse:
    """Lists courses and sessions, and the certificates of the user."""
    acts.write(request.user, "training.list")
    sessions, next_sessions = keyset(
        selectors.sessions(), "first", request.GET.get("sessions", ""), PAGE
    )
    courses, next_courses = keyset(Course.objects.all(), "at", request.GET.get("courses", ""), PAGE)
    context = {
        "sessions": [
            (row, _title(row.course), wording.LANGUAGES.get(row.language, row.language))
            for row in sessions
        ],
        "next_sessions": next_sessions,
        "courses": [(row, _title(row)) for row in courses],
        "next_courses": next_courses,
        "certificates": list(
            Certificate.objects.filter(participant__user_id=request.user.pk)
            .select_related("participant__session__course")
            .order_by("-proposed_at")[:PAGE]
        ),
    }  # fmt: skip
    return _page(request, "training", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("assistance.coordinate")
def course_new(request: Request) -> HttpResponse:
    """Shows and processes the form of a new course."""
    problem = None
    if request.method == "POST":
        try:
            made = actions.create_course(request.user, request.POST.dict())
        except Refused as refused:
            problem = refused
        else:
            toasts.success(request, gettext("The course is created."))
            return redirect("course", pk=made.pk)
    return _page(request, "course_form", {"themes": Theme.choices}, problem)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("assistance.see", to_post="assistance.coordinate")
def course(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows a course with its modules and sessions, and creates a session."""
    one = get_object_or_404(Course, pk=pk)
    problem = None
    if request.method == "POST":
        if one.organisation_id != request.user.organisation_id:
            raise Http404
        try:
            made = actions.create_session(request.user, pk, request.POST.dict())
        except Refused as refused:
            problem = refused
        else:
            toasts.success(request, gettext("The session is created."))
            return redirect("training-session", pk=made.pk)
    acts.write(request.user, "training.see", one.pk)
    context = {
        "course": one,
        "title": _title(one),
        "minutes": sum(int(module.get("minutes", 0)) for module in one.modules),
        "sessions": list(Session.objects.filter(course=one).order_by("-first", "-pk")[:50]),
        "people": people(),
        "requests": list(AssistanceRequest.objects.order_by("-created_at")[:50]),
        "own": one.organisation_id == request.user.organisation_id,
    }
    return _page(request, "course", context, problem)


def _session(pk: uuid.UUID) -> Session:
    return get_object_or_404(Session.objects.select_related("course"), pk=pk)


@require_safe
@requires("assistance.see")
def session(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows a session: its participants, attendance, tests, gain and certificates. A participant sees only
    his or her own line.
    """
    return _shown(request, _session(pk))


def _shown(request: Request, one: Session, problem: Refused | None = None) -> HttpResponse:
    acts.write(request.user, "training.see", one.pk)
    rows, runs = selectors.lines(one), selectors.runs(one.pk)
    gain = selectors.gain(rows) if runs else None
    context = {
        "session": one,
        "title": _title(one.course),
        "lines": rows,
        "runs": runs,
        "language_word": wording.LANGUAGES.get(one.language, one.language),
        "gain": gain,
        "least": LEAST,
        "halves": [
            (day, half, label, (day, half) in records)
            for records in [selectors.attended(one)]
            for day in selectors.held_days(one)
            for half, label in Attendance.Half.choices
        ] if runs else [],
        "eligible": sum(line.eligible and line.certificate is None for line in rows),
        "past": one.last < now().date(),
    }  # fmt: skip
    return _page(request, "session", context, problem)


@require_POST
@requires("assistance.work")
def session_act(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Adds participants, records tests, or proposes certificates."""
    one = _session(pk)
    post, user = request.POST, request.user
    try:
        match post.get("do"):
            case "participants":
                count = actions.add_participants(user, pk, post.get("names", ""))
                sentence = gettext("%(n)s participants added.") % {"n": count}
            case "tests":
                ids = Participant.objects.filter(session=one).values_list("pk", flat=True)
                typed = {
                    id_: (post.get(f"pre-{id_}", ""), post.get(f"post-{id_}", "")) for id_ in ids
                }
                actions.record_tests(user, pk, typed)
                sentence = gettext("The results are stored.")
            case "certificates":
                count = actions.propose_certificates(user, pk)
                sentence = gettext(
                    "%(n)s certificates are proposed. Another person must issue the certificates."
                ) % {"n": count}
            case _:
                raise Http404
    except Refused as refused:
        return _shown(request, one, refused)
    toasts.success(request, sentence)
    return redirect("training-session", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("assistance.see", to_post="assistance.work")
def attendance(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the attendance list of a half-day, for a telephone, with one large check box for each
    participant. No check box is selected before the attendance of the half-day has been recorded.
    """
    one = _session(pk)
    if request.method != "POST" and not selectors.runs(one.pk):
        return redirect("training-session", pk=pk)
    problem = None
    given = request.POST if request.method == "POST" else request.GET
    today = now().date()
    day = _day(given.get("day", ""), min(max(today, one.first), one.last))
    half = given.get("half", "am")
    half = half if half in Attendance.Half.values else "am"
    if request.method == "POST":
        present = {id_ for typed in given.getlist("present")[:1_000] if (id_ := uuid_of(typed))}
        try:
            actions.attend(request.user, pk, day, half, present)
        except Refused as refused:
            problem = refused
        else:
            toasts.success(request, gettext("The attendance is stored."))
            return redirect("training-session", pk=pk)
    acts.write(request.user, "training.see", one.pk)
    known = selectors.attended(one).get((day, half), {})
    context = {
        "session": one,
        "title": _title(one.course),
        "day": day,
        "half": half,
        "half_word": dict(Attendance.Half.choices)[half],
        "recorded": bool(known),
        "rows": [
            (row, known.get(row.pk, False))
            for row in Participant.objects.filter(session=one).order_by("code")
        ],
    }
    return _page(request, "attendance", context, problem)


def _day(typed: str, usual: dt.date) -> dt.date:
    try:
        return dt.date.fromisoformat(typed[:10])
    except ValueError:
        return usual


@require_safe
@requires("assistance.coordinate")
def certificate_list(request: Request) -> HttpResponse:
    """Lists the certificates of the organisation, with the newest signed list and the file that verifies
    certificates.
    """
    acts.write(request.user, "certificate.list_seen")
    own = Certificate.objects.filter(organisation_id=home(request.user))
    rows, following = keyset(
        own.select_related("participant", "course"),
        "proposed_at",
        request.GET.get("before", ""),
        PAGE,
    )
    context = {
        "rows": [(row, _title(row.course)) for row in rows],
        "next": following,
        "newest": selectors.newest_list(home(request.user)),
    }
    return _page(request, "certificates", context)


@require_safe
@requires("assistance.coordinate")
def certificate(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows a certificate: its state, the person who decides, the token and the PDF."""
    return _certificate(request, get_object_or_404(Certificate, pk=pk))


def _certificate(
    request: Request, one: Certificate, problem: Refused | None = None
) -> HttpResponse:
    acts.write(request.user, "certificate.see", one.pk)
    user = request.user
    coordinates = user.role == user.Role.COORDINATOR and one.organisation_id == user.organisation_id
    context = {
        "certificate": one,
        "participant": one.participant,
        "session": one.participant.session,
        "title": _title(one.course),
        "coordinates": coordinates,
        "mine": user.pk in (one.proposed_by_id, one.participant.user_id),
        "asked_by_me": one.revoke_asked_by_id == user.pk,
    }
    return _page(request, "certificate", context, problem)


@require_POST
@requires("assistance.coordinate")
def certificate_act(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Issues a certificate, or requests or confirms its revocation."""
    one = get_object_or_404(Certificate, pk=pk)
    try:
        match request.POST.get("do"):
            case "approve":
                actions.approve_certificate(request.user, pk)
                sentence = gettext("Approved. The certificate is signed within a minute.")
            case "ask":
                actions.ask_revocation(request.user, pk, request.POST.get("why", ""))
                sentence = gettext("Another coordinator must confirm the revocation.")
            case "revoke":
                actions.revoke(request.user, pk)
                sentence = gettext(
                    "The certificate is revoked. The next signed list contains the revocation."
                )
            case _:
                raise Http404
    except Refused as refused:
        return _certificate(request, one, refused)
    toasts.success(request, sentence)
    return redirect("certificate", pk=pk)


@require_safe
@requires("assistance.coordinate")
def certificate_pdf(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns the certificate as a PDF page with its QR code. Before the certificate is signed, redirects to
    the page of the certificate.
    """
    one = get_object_or_404(Certificate, pk=pk)
    return _pdf(request, one) or redirect("certificate", pk=pk)


@require_safe
@requires("assistance.see")
def own_pdf(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns the user's own certificate of a session as a PDF. If there is no certificate, redirects to the
    page of the session.
    """
    one = _session(pk)
    own = Certificate.objects.filter(
        participant__session=one, participant__user_id=request.user.pk
    ).first()
    return (own and _pdf(request, own)) or redirect("training-session", pk=pk)


def _pdf(request: Request, one: Certificate) -> HttpResponse | None:
    """Returns the PDF of a certificate, or None if the certificate was not signed, if the name was deleted,
    or if the font lacks a letter of the name.
    """
    if not one.token or not one.participant.name:
        return None
    # The drawing needs reportlab, which no other page loads.
    from vedette.assistance import certificate_pdf as pdf

    credential = json.loads(certificates.decoded(one.token.split(".")[1]))
    holder = one.participant.name
    if not pdf.can_draw(holder + certificates.course_of(credential) + credential["issuer"]["name"]):
        return None
    acts.write(request.user, "certificate.print", one.pk)
    answer = HttpResponse(
        pdf.draw(one.token, holder, credential, pdf.WORDS[one.language]),
        content_type="application/pdf",
    )
    answer["Content-Disposition"] = f'attachment; filename="certificate-{one.hash[:8]}.pdf"'
    return answer


@require_safe
@requires("assistance.coordinate")
def check_file(request: Request) -> HttpResponse:
    """Returns the HTML file that verifies certificates without a network, as a download. The browser
    downloads the file and does not execute it as a page of vedette. Before the first list is published,
    redirects to the page of the certificates.
    """
    newest = selectors.newest_list(home(request.user))
    if newest is None:
        return redirect("certificates")
    acts.write(request.user, "certificate.checker", newest.pk, number=newest.number)
    trust = certificates.read_trust(newest.trust)
    answer = HttpResponse(
        checker.page(trust, newest.token), content_type="application/octet-stream"
    )
    answer["Content-Disposition"] = 'attachment; filename="check-certificates.html"'
    return answer
