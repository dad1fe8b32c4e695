"""What came in a request, made safe to use; and for which purpose it came."""

from __future__ import annotations

from vedette.apps.accounts.rules import Request
from vedette.travellers.app.forms import PurposeForm

#: In the session: the case given for each purpose, and the purpose of now.
CASES, PURPOSE = "cases", "purpose"


def session_purpose(request: Request) -> tuple[dict[str, str] | None, PurposeForm]:
    """Purpose and case of this session, asked once for each purpose: None where they are still to be
    given, or the purpose is no longer the user's."""
    cases = request.session.get(CASES, {})
    own = request.user.purposes
    if request.method == "POST" and "purpose" in request.POST:
        form = PurposeForm(own, cases, request.POST)
        if not form.is_valid():
            return None, form
        now = form.cleaned_data["purpose"]
        cases = {**cases, now: form.cleaned_data["case"]}
        request.session[CASES], request.session[PURPOSE] = cases, now
    now = request.session.get(PURPOSE)
    given = {"purpose": now, "case": cases[now]} if now in cases and now in own else None
    return given, PurposeForm(own, cases)


def plain(text: str) -> str:
    """Short, and without the NUL that PostgreSQL refuses."""
    return text[:100].replace("\0", "")


def page_number(text: str) -> int:
    """The number of a page, 1 where it is none."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 1
    return max(number, 1)
