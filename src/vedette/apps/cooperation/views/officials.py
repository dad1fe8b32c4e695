"""Page: the officials who receive requests under each agreement."""

from __future__ import annotations

import uuid

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.cooperation import wording
from vedette.apps.cooperation.actions import officials as actions
from vedette.apps.cooperation.actions.common import Refused, home
from vedette.apps.cooperation.selectors import mutual as selectors
from vedette.apps.release import selectors as released


@require_http_methods(["GET", "HEAD", "POST"])
@requires("mutual.see", to_post="official.name")
def listed(request: Request) -> HttpResponse:
    """Shows the officials of all parties of each agreement in force.

    Contact points and the data-protection officer designate the officials of the user's own organisation.
    """
    problem, post, user = None, request.POST, request.user
    if request.method == "POST":
        try:
            if post.get("do") == "end":
                actions.end(user, _id(post.get("id", "")))
                toasts.success(request, gettext("The designation has ended."))
            else:
                actions.designate(
                    user,
                    _id(post.get("agreement", "")),
                    _id(post.get("user", "")),
                    post.get("post", ""),
                )
                toasts.success(request, gettext("The official is designated."))
        except Refused as refused:
            problem = refused
        else:
            return redirect("mutual-officials")
    acts.write(user, "official.list")
    names = released.organisations()
    own = home(user)
    agreements = {one.root: one for one in selectors.grounds(own)}
    context = {
        "agreements": [
            (
                one,
                [
                    (names.get(party, "–"), party == own, selectors.officials(one.root, party))
                    for party in sorted(one.parties, key=lambda id_: (id_ != own, names.get(id_, "")))
                ],
            )
            for one in agreements.values()
        ],
        "names": rules.may(user, "official.name"),
        "people": User.objects.filter(
            organisation_id=own, is_active=True, suspended_at=None, role__in=actions.ROLES
        ).exclude(pk=user.pk).order_by("last_name", "first_name", "username")[:500],
        "typed": post,
        "problem": wording.PROBLEMS[problem.code] if problem else "",
        "wrong": problem.detail if problem else "",
    }  # fmt: skip
    return render(request, "cooperation/officials.html", context, status=422 if problem else 200)


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)
