"""The page for field work, the transfer of encrypted entries, and the pages of entries on the server."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import uuid
from functools import cache
from importlib.resources import files
from typing import Any

from django.conf import settings
from django.contrib import messages as toasts
from django.http import Http404, HttpResponse, JsonResponse, UnreadablePostError
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext, override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.rules import Request, public, requires
from vedette.apps.keyring import keyring
from vedette.apps.offline import delivery, selectors
from vedette.apps.offline.delivery import Refused
from vedette.apps.offline.kinds import CARDS, KINDS
from vedette.apps.offline.models import Entry, Photograph
from vedette.apps.offline.wording import PROBLEMS, TEXTS
from vedette.core import pictures
from vedette.formats import field_entries


@cache
def _worker() -> bytes:
    return (files("vedette.web") / "static/field-worker.js").read_bytes()


@require_safe
@public
def shell(request: Request) -> HttpResponse:
    """Returns the page for field work. The page is the same for all users and contains no personal data. The
    device keeps a copy of the page.
    """
    texts = {key: str(text) for key, text in TEXTS.items()}
    language = get_language() or settings.LANGUAGE_CODE
    _, digest = _cards(language)
    address = reverse("field-cards", args=[language, digest]) if CARDS else ""
    return render(request, "offline/field.html", {"texts": texts, "cards": address})


@cache
def _cards(language: str) -> tuple[bytes, str]:
    """Returns the safety cards in a language as JSON, and the hash that is a part of their address."""
    with override(language):
        found = [dataclasses.asdict(card) for cards in CARDS for card in cards()]
    content = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
    return content, hashlib.sha256(content).hexdigest()[:12]


@require_safe
@public
def cards(request: Request, language: str, digest: str) -> HttpResponse:
    """The safety cards that the page for field work stores on the device.

    The URL of the safety cards contains a hash of their content, so the URL changes when the content changes.
    """
    if language not in dict(settings.LANGUAGES) or digest != _cards(language)[1]:
        raise Http404
    response = HttpResponse(_cards(language)[0], content_type="application/json")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@require_safe
@public
def worker(request: Request) -> HttpResponse:
    """Returns the service worker of the page for field work. The service worker controls the URLs below its
    own URL.
    """
    response = HttpResponse(_worker(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
@requires("field.enter")
def state(request: Request) -> HttpResponse:
    """Returns the data that the page for field work needs from the server: the signed-in user, the key of the
    installation, and the forms that this user may currently fill in. The device stores these data encrypted.
    """
    key = keyring().ids("field.pub")[-1]
    found = [
        dataclasses.asdict(form)
        for kind in KINDS.values()
        if rules.may(request.user, kind.right)
        for form in kind.forms(request.user)
    ]
    return JsonResponse(
        {
            "owner": str(request.user.pk),
            "name": request.user.display(),
            "X-CSRFToken": get_token(request),
            "key": {"id": key.removesuffix(".pub"), "public": keyring().key(key).hex()},
            "forms": found,
        }
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("field.enter")
def send(request: Request) -> HttpResponse:
    """Receives a part of an encrypted entry, or returns the number of bytes that have arrived. If the
    response contains `stored`, it is the acknowledgement of the entry, and repeats the id and the hash of the
    entry.
    """
    try:
        stated, start = _stated(request)
        if request.method == "POST":
            length = request.headers.get("Content-Length", "")
            if not length.isdecimal() or int(length) > delivery.MOST_PART:
                raise Refused("large")
            answer = delivery.receive(request.user, stated, start, request.body)
        else:
            answer = delivery.have(request.user, stated.id, stated.digest)
    except Refused as refused:
        return JsonResponse({"problem": str(PROBLEMS[refused.code]), "code": refused.code})
    except UnreadablePostError:
        # The connection was cut within a part. Nobody reads this answer, and the device sends the part again.
        return HttpResponse(status=400)
    told: dict[str, Any] = {"have": answer.have, "stored": answer.stored}
    if answer.stored:
        told |= {"id": str(stated.id), "hash": stated.digest.hex()}
    return JsonResponse(told)


def _stated(request: Request) -> tuple[delivery.Stated, int]:
    given = request.GET
    try:
        numbers = [given.get(name, "") for name in ("size", "from")]
        if not all(one.isascii() and one.isdecimal() and len(one) < 10 for one in numbers):
            raise ValueError
        digest = bytes.fromhex(given.get("hash", ""))
        if len(digest) != 32:
            raise ValueError
        stated = delivery.Stated(
            uuid.UUID(given.get("id", "")), uuid.UUID(given.get("owner", "")), int(numbers[0]), digest,
            field_entries.time(given.get("made")), field_entries.time(given.get("now")),
        )  # fmt: skip
    except (ValueError, field_entries.Unreadable) as error:
        raise Refused("request") from error
    return stated, int(numbers[1])


@require_safe
@requires("field.enter")
def listed(request: Request) -> HttpResponse:
    """Shows the user's own entries, or the entries of other persons that the user may accept."""
    others = request.GET.get("of") == "others" and rules.may(request.user, "field.accept")
    rows = selectors.waiting(request.user) if others else selectors.own(request.user)
    found, following = selectors.page(rows, request.GET.get("before", ""))
    acts.write(request.user, "field.list", shown=len(found))
    unsent = selectors.unsent(request.user, found)
    context = {
        "rows": [
            (
                one,
                selectors.said(one),
                unsent.get(one.result) if one.result else None,
                KINDS[one.kind].word if one.kind in KINDS else "",
            )
            for one in found
        ],
        "following": following,
        "others": others,
        "waiting": selectors.waiting(request.user).count()
        if rules.may(request.user, "field.accept")
        else None,
    }
    return render(request, "offline/entries.html", context)


@require_safe
@requires("field.enter")
def entry(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the state of an entry. An entry that could not be stored is shown with its values."""
    return _entry(request, get_object_or_404(Entry, pk=pk))


def _entry(request: Request, row: Entry, problem: str = "") -> HttpResponse:
    acts.write(request.user, "field.see", row.pk)
    kind = KINDS.get(row.kind)
    own = row.author_id == request.user.pk
    held = row.state == Entry.State.HELD
    gone = row.state in (Entry.State.DISCARDED, Entry.State.REPLACED)
    context = {
        "row": row,
        "short": f"e-{str(row.pk)[-6:]}",
        "problem": problem,
        "wrong_clock": selectors.wrong_clock(row),
        "said": selectors.said(row),
        "wrong": selectors.wrong(request.user, row),
        "values": selectors.shown(request.user, row),
        "kind": kind,
        "unsent": next(iter(selectors.unsent(request.user, [row]).values()), ""),
        "photographs": [] if gone else list(row.photographs.defer("picture").order_by("number")),
        "digest": bytes(row.digest).hex(),
        "sealed": held and row.content is None,
        "acceptable": held
        and row.content is not None
        and (row.code == "other" if own else rules.may(request.user, "field.accept")),
        "correctable": own and row.state == Entry.State.PROBLEM and row.code != "photograph",
        "discardable": row.state in (Entry.State.HELD, Entry.State.PROBLEM)
        and (own or rules.may(request.user, "field.accept")),
    }
    return render(request, "offline/entry.html", context, status=422 if problem else 200)


@require_POST
@requires("field.enter")
def act(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Accepts or discards an entry."""
    row = get_object_or_404(Entry, pk=pk)
    try:
        if request.POST.get("do") == "accept":
            delivery.accept(request.user, pk)
            toasts.success(request, gettext("Accepted. The entry is stored within a few seconds."))
        else:
            if not request.POST.get("sure"):
                raise Refused("sure")
            delivery.discard(request.user, pk)
            toasts.success(request, gettext("Discarded."))
    except Refused as refused:
        return _entry(request, row, str(PROBLEMS[refused.code]))
    return redirect("entry", pk=pk)


@require_safe
@requires("field.enter")
def photo(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Sends a photograph, or a small copy of it with `?small=1`. The browser must not keep the photograph."""
    found = get_object_or_404(Photograph, pk=pk)
    data = selectors.picture(found)
    if request.GET.get("small"):
        data = pictures.small(data)
    else:
        acts.write(request.user, "field.photo", found.entry_id)
    response = HttpResponse(data, content_type="image/jpeg")
    response["Content-Disposition"] = f'inline; filename="{found.pk}.jpg"'
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@requires("field.enter")
def hand_in(request: Request) -> HttpResponse:
    """Receives a file that the page for field work saved on a device."""
    problem, done = "", None
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if file is None:
                raise Refused("file")
            if (file.size or 0) > delivery.MOST_FILE:
                raise Refused("file_large")
            done = delivery.hand_in(request.user, file.read())
        except Refused as refused:
            problem = str(PROBLEMS[refused.code])
    context = {
        "problem": problem,
        "done": done,
        "refused": [(number, PROBLEMS[code]) for number, code in done.refused] if done else [],
    }
    return render(request, "offline/hand_in.html", context, status=422 if problem else 200)
