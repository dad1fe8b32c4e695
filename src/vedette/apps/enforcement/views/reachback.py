"""The pages of questions to experts: the queue, one question, the form, and the experts."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.columns import Theme, new_id
from vedette.apps.enforcement.actions import reachback as actions
from vedette.apps.enforcement.models import Expert, Question, QuestionMessage
from vedette.apps.enforcement.selectors import controls
from vedette.apps.enforcement.selectors import reachback as selectors
from vedette.apps.enforcement.selectors.reachback import About
from vedette.apps.hits.models import SeenHit
from vedette.apps.keyring import unlock_bytes
from vedette.apps.query import plain
from vedette.apps.subjects.kinds import queue_rows
from vedette.kinds import kinds

LISTS = {"waiting": _("Waiting"), "mine": _("Asked by me"), "all": _("All")}
#: Use of the key of photographs, as in the records of a control.
_PHOTO = "photo"
PROBLEMS = {
    "missing": _("State the urgency, what you see and your question."),
    "long": _("One of the texts is too long."),
    "theme": _("Choose one of your themes."),
    "state": _("The question is closed."),
    "stale": _(
        "Another message arrived in the meantime. Read that message, then send your message again."
    ),
    "expert": _("Only experts of the theme can answer this question."),
    "asker": _("Only the person who asked, or a colleague who may see the subject, can do this."),
    "restricted": _("The processing of the data is restricted."),
    "many": _("The question has too many photographs or messages."),
    "rank": _("The rank is a number from 1 to 9."),
    "own": _("You cannot name yourself as an expert. Another supervisor can name you."),
}
WORDS = {
    "answer": (_("Answer (required)"), _("Send the answer")),
    "further": (_("Further question (required)"), _("Ask a further question")),
    "close": (_("Remark"), _("Close the question")),
}


@require_safe
@requires("question.see")
def questions(request: Request) -> HttpResponse:
    """Shows the questions that the reader sees: first the questions that wait for an answer, the earliest due
    time first.
    """
    which = request.GET.get("list", "waiting")
    which = which if which in LISTS else "waiting"
    after = plain(request.GET.get("after", ""))
    rows, following = selectors.listed(request.user, which, after)
    if rows:
        acts.write(request.user, "question.list", questions=[one.pk for one in rows])
    words = selectors.texts([one.pk for one in rows])
    asked = {
        one.question_id: words.get(one.pk, {}).get("question", "")
        for one in QuestionMessage.objects.filter(question__in=rows, kind=QuestionMessage.Kind.ASK)
    }
    context = {
        "which": which,
        "lists": LISTS.items(),
        "rows": [(one, asked.get(one.pk, "")) for one in rows],
        "following": following,
        "first": not after,
        "speeds": [
            (Theme(one.theme).label, one) for one in selectors.speeds(controls.now())
        ],
        "days": selectors.DAYS,
    }  # fmt: skip
    return render(request, "enforcement/questions.html", context)


@require_safe
@requires("question.see")
def question(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows one question with its messages and photographs. The access is recorded in the journal."""
    return _page(request, pk)


def _page(
    request: Request, pk: uuid.UUID, problem: str = "", chosen: str = "", text: str = "",
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    found = get_object_or_404(Question.objects.select_related("asked_by"), pk=pk)
    acts.write(request.user, "question.see", found.pk, about=found.subject_id)
    shown = queue_rows([found.subject_id]).get(found.subject_id)
    hit = SeenHit.objects.filter(pk=found.hit_id).first() if found.hit_id else None
    may = {
        "answer": actions.may_answer(request.user, found),
        "further": (follows := actions.may_follow(request.user, found)),
        "close": follows,
    }
    doing = [one for one in actions.ACTIONS if one in actions.TABLE[found.state] and may[one]]
    doing.sort(key=lambda one: one != "answer")
    context: dict[str, Any] = {
        "question": found,
        "theme": Theme(found.theme).label,
        "said": selectors.messages(found),
        "pictures": selectors.pictures(found),
        "shown": shown,
        "hit": hit,
        "asked": [
            one.user.display()
            for one in selectors.experts().filter(theme=found.theme, rank=found.rank)
        ],
        "actions": [
            {
                "name": one,
                "label": WORDS[one][0],
                "word": WORDS[one][1],
                "needed": one != "close",
                "open": one == chosen or (one == "answer" and not chosen),
                "value": text if one == chosen else "",
                "error": problem if one == chosen else "",
            }
            for one in doing
        ],
        "problem": problem,
        "now_utc": controls.now(),
        "longest": actions.LONGEST["text"],
    }
    return render(request, "enforcement/question.html", context, status=status)


@require_POST
@requires("question.see")
def act(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Adds an answer or a further question, or closes a question."""
    get_object_or_404(Question, pk=pk)
    chosen, text = request.POST.get("action", ""), request.POST.get("text", "")
    if chosen not in actions.ACTIONS:
        return _page(request, pk, gettext("Choose an action."), status=422)
    stated = request.POST.get("version", "")
    version = int(stated) if stated.isascii() and stated.isdecimal() and len(stated) < 9 else 0
    try:
        actions.act(request.user, pk, chosen, version, text)
    except actions.Refused as refused:
        missing = refused.code == "missing"
        problem = gettext("Write a text.") if missing else str(PROBLEMS[refused.code])
        status = 422 if refused.code in ("missing", "long", "expert", "asker") else 409
        return _page(request, pk, problem, chosen, text[: actions.LONGEST["text"]], status)
    toasts.success(request, gettext("Your message is sent."))
    return redirect("question", pk=pk)


@require_safe
@requires("question.see")
def photo(request: Request, pk: uuid.UUID, record: uuid.UUID) -> HttpResponse:
    """Sends a photograph of a question. The browser must not keep the photograph."""
    found = get_object_or_404(Question, pk=pk)
    data = selectors.picture(found, record)
    if data is None:
        raise Http404
    acts.write(request.user, "question.photo", found.pk, record=record)
    answer = HttpResponse(unlock_bytes(data, _PHOTO), content_type="image/jpeg")
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Disposition"] = "inline"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@requires("question.ask")
def ask_of_hit(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The form of a question about a hit."""
    return _ask(request, pk, selectors.about_hit(pk))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("question.ask")
def ask_of_control(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The form of a question about a control order."""
    return _ask(request, pk, selectors.about_order(pk))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("question.ask")
def ask_of_seizure(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The form of a question about a seizure."""
    return _ask(request, pk, selectors.about_seizure(pk))


def _ask(request: Request, pk: uuid.UUID, about: About | None) -> HttpResponse:
    if about is None:
        raise Http404
    post, error = request.POST, ""
    chosen = {_uuid(one) for one in post.getlist("photo")} - {None}
    if request.method == "POST":
        given = actions.Given(
            id=_uuid(post.get("id", "")) or new_id(),
            theme=post.get("theme", ""),
            urgency=post.get("urgency", ""),
            question=post.get("question", ""),
            seen=post.get("seen", ""),
            marks=post.get("marks", ""),
            photos=[one for one in chosen if one],
        )
        try:
            made = actions.ask(request.user, about, given)
        except actions.Refused as refused:
            error = refused.code
        else:
            toasts.success(request, gettext("The question is sent to the experts."))
            return redirect("question", pk=made.pk)
    subject = about.subject
    request.shown_kind = subject.kind
    acts.write(request.user, "question.form", pk, about=subject.pk)
    shown = queue_rows([subject.pk]).get(subject.pk)
    of_kind = kinds()[subject.kind].themes
    themes = [(one, Theme(one).label) for one in of_kind if one in request.user.themes]
    context = {
        "about": about,
        "shown": shown,
        "typed": post,
        "id": _uuid(post.get("id", "")) or new_id(),
        "themes": themes,
        "urgencies": Question.Urgency.choices,
        "photos": [(one, one.pk in chosen) for one in selectors.photos(about)],
        "problem": PROBLEMS[error] if error else "",
        "longest": actions.LONGEST,
    }
    return render(request, "enforcement/ask.html", context, status=422 if error else 200)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@requires("question.see", to_post="expert.name")
def experts(request: Request) -> HttpResponse:
    """Shows the experts of each theme with their ranks. A supervisor names the experts."""
    problem = ""
    if request.method == "POST":
        try:
            _name(request)
        except actions.Refused as refused:
            problem = str(PROBLEMS[refused.code])
            if refused.code == "expert":
                problem = gettext("Choose a person whose role permits answers to questions.")
        else:
            return redirect("experts")
    people = User.objects.filter(
        organisation=request.user.organisation, is_active=True, suspended_at=None,
        role__in=sorted(rules.RULES["question.answer"]),
    ).order_by("last_name", "first_name", "pk")  # fmt: skip
    context = {
        "experts": [(Theme(one.theme).label, one) for one in selectors.experts()],
        "people": people[:500],
        "themes": [(one, Theme(one).label) for one in Theme.values if one in request.user.themes],
        "typed": request.POST,
        "problem": problem,
    }
    return render(request, "enforcement/experts.html", context, status=422 if problem else 200)


def _name(request: Request) -> None:
    """Names or removes an expert, as the form states."""
    post = request.POST
    if end := _uuid(post.get("end", "")):
        try:
            actions.end_expert(request.user, end)
        except Expert.DoesNotExist:
            raise Http404 from None
        toasts.success(request, gettext("The person is no longer an expert of this theme."))
        return
    id_ = _uuid(post.get("user", ""))
    people = User.objects.filter(organisation=request.user.organisation)
    whom = people.filter(pk=id_).first() if id_ else None
    rank = post.get("rank", "")
    number = int(rank) if rank.isascii() and rank.isdecimal() and len(rank) == 1 else 0
    if whom is None:
        raise actions.Refused("expert")
    actions.name_expert(request.user, whom, post.get("theme", ""), number)
    toasts.success(request, gettext("The expert is named."))
