"""Shows the number of unread notifications, their menu in the bar, and the page of all notifications."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages as toasts
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from psycopg import Connection

from vedette.apps import display
from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Approval, User
from vedette.apps.accounts.rules import Request, signed_in
from vedette.apps.approvals.actions import DOINGS, visible
from vedette.apps.assistance.wording import NOTIFIED as ASSISTANCE_NOTIFIED
from vedette.apps.cooperation.models import MutualRequest
from vedette.apps.cooperation.wording import NOTIFIED as MUTUAL_NOTIFIED
from vedette.apps.hits.models import SeenHit
from vedette.apps.notices import actions
from vedette.apps.notices.models import Mail, Notice
from vedette.apps.operations.wording import NOTIFIED
from vedette.apps.release.selectors import organisations
from vedette.apps.subjects.kinds import app_kind, app_kinds, queue_rows
from vedette.apps.upkeep import rates
from vedette.kinds import kinds

#: The numbers of lines in the menu and on a page.
FEW = 6
PAGE = 50

_WORDS = {
    Notice.Kind.HOLD: ("clock", gettext_lazy("Hold until %(until)s, by %(who)s")),
    Notice.Kind.DEADLINE: (
        "clock",
        gettext_lazy("The hold ends at %(until)s; no result is recorded"),
    ),
    Notice.Kind.HANDED_OVER: ("hand", gettext_lazy("%(who)s handed a hit over to you")),
    Notice.Kind.LOOKOUT: ("flag", gettext_lazy("Your lookout of %(on)s matched")),
    Notice.Kind.REOPENED: (
        "refresh",
        gettext_lazy("A hit that you decided is open again: new reasons"),
    ),
    Notice.Kind.ASKED: ("mail", gettext_lazy("%(who)s asks for your approval: %(request)s")),
    Notice.Kind.ALLOWED: ("check", gettext_lazy("%(who)s allowed your request: %(request)s")),
    Notice.Kind.REFUSED: ("x", gettext_lazy("%(who)s refused your request: %(request)s")),
    Notice.Kind.ORDER_DUE: ("clock", gettext_lazy("A control order is past due")),
    Notice.Kind.LATE: ("alert", gettext_lazy("%(name)s: messages are late")),
}
#: What happened to a question to an expert → icon and sentence.
_QUESTION = {
    "ask": ("mail", gettext_lazy("%(who)s consults you as an expert")),
    "further": ("mail", gettext_lazy("%(who)s consults you again as an expert")),
    "answer": ("check", gettext_lazy("%(who)s answered your question")),
    "escalate": ("clock", gettext_lazy("A question to an expert was not answered in time")),
    "close": ("check", gettext_lazy("%(who)s closed a question to an expert")),
}
#: Other sentences for two kinds: a colleague reopened the hit; a hold has no known end.
_REOPENED_BY = gettext_lazy("%(who)s reopened a hit that you decided")
_HELD = gettext_lazy("Hold of more than two hours, by %(who)s")


@dataclass(frozen=True)
class Line:
    """A notification as one line of a page. The line states the event and the subject that it concerns."""

    notice: Notice
    icon: str
    sentence: str
    about: str

    @property
    def unread(self) -> bool:
        """Returns whether the reader has not opened the notification yet."""
        return self.notice.read_at is None


def unread_count(user: User) -> int:
    """Returns the number of notifications that the reader has not read."""
    return shown(user).filter(read_at=None).count()


def shown(user: User) -> QuerySet[Notice]:
    """Returns the notifications that the reader sees. Row-level security hides notifications whose hit or
    approval the reader may not see. This function leaves out notifications whose page only other roles may
    open."""
    found = Notice.objects.filter(user=user)
    if not rules.may(user, "record.see"):
        found = found.filter(hit=None)
    if not rules.may(user, "resend.ask"):
        found = found.exclude(kind=Notice.Kind.LATE)
    approvals = visible(user).values("pk")
    return found.filter(Q(approval=None) | Q(approval__in=approvals))


def latest(user: User, count: int = FEW) -> list[Line]:
    """Returns the latest notifications of the reader."""
    return _lines(user, shown(user).order_by("-at", "-id")[:count])


def _lines(user: User, found: QuerySet[Notice]) -> list[Line]:
    """Returns the lines of these notifications. The journal records the persons whose names are shown."""
    notices = list(found.select_related("by"))
    names: dict[Any, str] = {}
    if rules.may(user, "record.see"):
        ids = [one.hit_id for one in notices if one.hit_id]
        hits = dict(SeenHit.objects.filter(pk__in=ids).values_list("pk", "subject_id"))
        rows = queue_rows(list(hits.values()))
        names = {
            hit: ", ".join(str(part) for part in (row["title"], row["group"]) if part)
            for hit, subject in hits.items()
            if (row := rows.get(subject))
        }
        if names:
            acts.write(user, "queue.see", hits=list(names))
    requests = _mutual(user, notices)
    return [
        Line(
            one, _words(one)[0], _sentence(one),
            names.get(one.hit_id, "") or requests.get(one.params.get("id", ""), ""),
        )
        for one in notices
    ]  # fmt: skip


def _mutual(user: User, notices: list[Notice]) -> dict[str, str]:
    """Returns, for each request for mutual assistance in the notifications, the number of the request and the
    name of the other administration. These data distinguish notifications that have the same sentence."""
    ids = {one.params["id"] for one in notices if one.kind == Notice.Kind.MUTUAL}
    if not ids:
        return {}
    found, administrations = MutualRequest.objects.filter(pk__in=ids), organisations()
    return {
        str(one.pk): ", ".join(
            filter(
                None,
                (
                    one.code,
                    administrations.get(
                        one.requested_id
                        if one.organisation_id == user.organisation_id
                        else one.organisation_id
                    ),
                ),
            )
        )
        for one in found
    }


def _words(notice: Notice) -> tuple[str, Any]:
    """Returns the icon and the sentence of a notification."""
    if notice.kind in _WORDS:
        return _WORDS[Notice.Kind(notice.kind)]
    if notice.kind == Notice.Kind.OPERATION:
        return NOTIFIED[notice.params["what"]]
    if notice.kind == Notice.Kind.MUTUAL:
        return MUTUAL_NOTIFIED[notice.params["what"]]
    if notice.kind == Notice.Kind.ASSISTANCE:
        return ASSISTANCE_NOTIFIED[notice.params["what"]]
    if notice.kind == Notice.Kind.QUESTION:
        return _QUESTION[notice.params["what"]]
    return next(one.notified[notice.kind] for one in app_kinds() if notice.kind in one.notified)[
        notice.params["what"]
    ]


def _sentence(notice: Notice) -> str:
    words = _words(notice)[1]
    if notice.kind == Notice.Kind.REOPENED and notice.by:
        words = _REOPENED_BY
    elif notice.kind == Notice.Kind.HOLD and "until" not in notice.params:
        words = _HELD
    params = notice.params
    mark = gettext("EXERCISE") + " · " if params.get("exercise") else ""
    return mark + str(words) % {
        "who": notice.by.display() if notice.by else "–",
        "until": display.hour(_time(params.get("until"))),
        "on": display.moment(_time(params.get("on"))),
        "day": display.day(dt.date.fromisoformat(params["day"])) if "day" in params else "–",
        "request": dict(Approval.Kind.choices).get(params.get("kind", ""), "–"),
        "name": params.get("name", "–"),
    }


def _time(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def _page(notice: Notice) -> str:
    """Returns the URL of the page to which a notification refers."""
    if notice.hit_id and "page" not in notice.params:
        return reverse("hit", args=[notice.hit_id])
    if notice.approval is not None:
        doing = DOINGS[notice.approval.kind]
        if doing.there:
            return reverse(doing.page, args=[notice.approval.subject])
        return reverse("approval", args=[notice.approval_id])
    params = notice.params
    if "page" in params:
        return reverse(params["page"], args=[params["id"]])
    kind = app_kind(params["subjects"])
    group = params["group"] and uuid.UUID(params["group"])
    if group and (mark := kind.group_marks([group]).get(group)) and mark.page:
        return mark.page
    page, query = kind.late_page
    return f"{reverse(page)}?{query}"


def notify_late(db: Connection[Any], now: dt.datetime) -> None:
    """Notifies users of groups whose messages are late, once for each group. Only users who may request
    missing messages are notified."""
    for (organisation,) in db.execute("SELECT id FROM accounts_organisation").fetchall():
        for kind in app_kinds():
            found = kind.late(db, organisation, now) if kind.late else ()
            themes = kinds()[kind.name].themes
            events = [
                actions.Event(
                    kind=Notice.Kind.LATE, right="resend.ask", ref=one.ref, at=now,
                    params={
                        "name": one.name, "subjects": kind.name, "themes": themes,
                        "unit": one.unit and str(one.unit), "group": one.group and str(one.group),
                    },
                )
                for one in found
            ]  # fmt: skip
            actions.write(db.execute, organisation, events)


@require_safe
@signed_in
def notifications(request: Request) -> HttpResponse:
    """Shows all notifications of the reader, latest first."""
    found = shown(request.user).order_by("-at", "-id")
    before = request.GET.get("before", "")
    lines = _lines(request.user, _before(found, before)[: PAGE + 1])
    last = lines[PAGE - 1].notice if len(lines) > PAGE else None
    context = {
        "lines": lines[:PAGE],
        "unread": unread_count(request.user),
        "first": not before,
        "following": f"{last.at.isoformat()}_{last.pk}" if last else "",
        "days": actions.KEPT.days,
    }
    return render(request, "desk/notifications.html", context)


def _before(found: QuerySet[Notice], key: str) -> QuerySet[Notice]:
    """Returns the notifications after the line with the key `<time>_<id>`. Returns all notifications if the
    key is malformed."""
    at_text, _, id_text = key.partition("_")
    try:
        at, id_ = dt.datetime.fromisoformat(at_text), uuid.UUID(id_text)
    except ValueError:
        return found
    return found.filter(Q(at__lt=at) | Q(at=at, id__lt=id_)) if at.tzinfo else found


@require_safe
@signed_in
def menu(request: Request) -> HttpResponse:
    """Shows the latest notifications in the menu of the bar."""
    return render(request, "desk/notes.html", {"lines": latest(request.user), "menu": True})


@require_safe
@signed_in
def count(request: Request) -> HttpResponse:
    """Shows the number of unread notifications in the bar. Open pages request this number every half
    minute."""
    return render(request, "desk/bell.html")


@require_safe
@signed_in
def opened(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Marks a notification as read and redirects to the page of the notification."""
    notice = get_object_or_404(shown(request.user).select_related("approval"), pk=pk)
    if request.method == "GET":
        actions.read(request.user, notice.pk)
    return redirect(_page(notice))


@require_POST
@signed_in
def read(request: Request) -> HttpResponse:
    """Marks all notifications of the reader as read."""
    actions.read(request.user)
    return redirect("notifications")


class MailForm(forms.Form):
    """The form for the e-mail address."""

    address = forms.EmailField(max_length=254)


@require_http_methods(["GET", "POST"])
@signed_in
def mail(request: Request) -> HttpResponse:
    """Switches e-mails on or off for the user, and confirms the address with the code that was sent to it."""
    if not settings.EMAIL_HOST:
        return redirect("account")
    user, sent = request.user, request.POST
    if "off" in sent:
        actions.set_mail(user, "")
        toasts.success(request, gettext("You no longer receive e-mails about notifications."))
        return redirect("account")
    wrong = "code" in sent and not actions.confirm_mail(user, sent["code"])
    form = MailForm(sent if "address" in sent else None)
    done = "code" in sent and not wrong
    if form.is_valid():
        if rates.take("code", str(user.pk)):
            text = gettext("Too many attempts. Wait a few minutes, then try again.")
            form.add_error("address", text)
        elif actions.set_mail(user, form.cleaned_data["address"]):
            return redirect("notifications-mail")
        else:
            done = True
    if done:
        toasts.success(request, gettext("E-mails about notifications are switched on."))
        return redirect("account")
    now = Mail.objects.filter(user=user).first()
    context = {
        "form": form, "wrong": wrong, "now": now, "on": now is not None and actions.in_use(user, now),
        "address": sent.get("address") or (now.address if now else user.email),
    }  # fmt: skip
    return render(request, "desk/mail.html", context, status=422 if wrong or form.errors else 200)
