"""Contains the page of received messages and files, the page of one message, and the page on which a message
is tested."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from vedette import kinds
from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.inbox import actions, trying, wording
from vedette.apps.inbox import selectors as reads
from vedette.apps.inbox.models import Inbox, Message
from vedette.apps.query import page_number

#: Number of warnings on one page of a message.
_WARNINGS = 200
#: The maximum size of a message that may be tested on the page, in bytes.
MOST_TRIED = 1_000_000


class TryForm(forms.Form):
    """The form for a message that the user wants to test, as pasted text or as a file. The message is not
    stored."""

    text = forms.CharField(required=False, strip=False)
    file = forms.FileField(required=False, allow_empty_file=True)

    def clean(self) -> dict[str, Any]:
        """Sets `data` to the bytes of the file or, if there is no file, to the bytes of the text. At most
        `MOST_TRIED` bytes are accepted.
        """
        given = super().clean() or {}
        file, text = given.get("file"), given.get("text") or ""
        size = file.size if file else len(text.encode())
        if not file and not text.strip():
            raise forms.ValidationError(_("Paste a message or choose a file."))
        if size > MOST_TRIED:
            raise forms.ValidationError(
                _(
                    "This message is larger than 1 MB. Import the message with “vedette ingest”,"
                    " or try a part of the message here."
                )
            )
        given["data"] = file.read() if file else text.encode()
        return given


@require_GET
@requires("message.see")
def messages(request: Request) -> HttpResponse:
    """Shows the messages, newest first, or the files that failed, are quarantined or are waiting."""
    show, after = request.GET.get("show", "all"), request.GET.get("after", "")
    if show in reads.FILES:
        page = reads.files(show, after)
    else:
        show = show if show in reads.MESSAGES else "all"
        page = reads.messages(show, after)
    days, dropped = reads.dropped()
    group_head, count_heads = wording.heads()
    context = {
        "group_head": group_head,
        "count_heads": count_heads,
        "show": show,
        "files": show in reads.FILES,
        "lines": page,
        "after": after,
        "summary": reads.summary(),
        "days": days,
        "dropped": dropped,
    }
    return render(request, "inbox/messages.html", context)


@require_GET
@requires("message.see")
def message(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows one message, with its envelope, its warnings and their positions. Also shows the other parts of
    the transfer to which the message belongs, and later messages with the same content."""
    found = get_object_or_404(Message.objects.select_related("inbox", "resend_of"), pk=pk)
    (line,) = wording.lines([found])
    of_kind = wording.REGISTERED[found.kind]
    number = page_number(request.GET.get("page", "1"))
    start = (number - 1) * _WARNINGS
    context = {
        "message": found,
        "group": line["group"],
        "group_head": of_kind.group_head,
        "counts": ", ".join(wording.counted(found)),
        "kind": wording.kind(found.format, found.function),
        "unsampled": kinds.readers().from_specification(found.format),
        "told": [wording.told(w) for w in found.warnings[start : start + _WARNINGS]],
        "page": number,
        "more": start + _WARNINGS < len(found.warnings),
        "first": start + 1,
        "last": min(start + _WARNINGS, len(found.warnings)),
        "parts": [(part, wording.counted(part)[0]) for part in reads.parts(found)],
        "sendings": (sent := reads.sendings(found)),
        "resend": of_kind.resend if any(one.incomplete(timezone.now()) for one in sent) else "",
        "resends": reads.resends(found),
    }
    return render(request, "inbox/message.html", context)


@require_POST
@requires("message.retry")
def retry(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns a failed file to the inbox."""
    try:
        kept = actions.retry(request.user, pk)
    except Inbox.DoesNotExist as error:
        raise Http404 from error
    except actions.Gone:
        toasts.error(
            request,
            gettext(
                "The content of the file was deleted after 72 hours. Ask the carrier to send"
                " the file again."
            ),
        )
    else:
        toasts.success(
            request,
            gettext("%(name)s is in the inbox again and will be read again.")
            % {"name": kept.name or kept.id},
        )
    return redirect("messages")


@require_http_methods(["GET", "POST"])
@requires("message.try")
def try_message(request: Request) -> HttpResponse:
    """Reads a message that the user tests, and shows the result. The message is not stored. The journal entry
    contains only the size of the input and the number of messages that were read."""
    context: dict[str, Any] = {"form": TryForm(), "most": MOST_TRIED}
    if request.method != "POST":
        return render(request, "inbox/try.html", context)
    context["form"] = form = TryForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "inbox/try.html", context, status=422)
    data = form.cleaned_data["data"]
    context["tried"] = tried = trying.tried(data)
    acts.write(request.user, "message.try", size=len(data), read=len(tried.messages))
    return render(request, "inbox/try.html", context, status=422 if tried.refused else 200)
