"""The page of the subjects that are linked with the subject of a hit. The page contains a drawing and a table
of the links, and the form to record one decision for several hits.

A link is only a fact that two subjects have in common, and is not a ground for suspicion. No hit is selected
in advance. For several hits together, only a release or a referral can be recorded. Hits with an open
question of identity are excluded.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST

from vedette.apps import display
from vedette.apps.accounts.models import User
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.hits import actions, selectors, wording
from vedette.apps.hits.actions import ASKED, TOGETHER, WHY_LEAST, WHY_MOST
from vedette.apps.hits.models import Hit, SeenHit
from vedette.apps.hits.selectors import Row
from vedette.apps.subjects.kinds import Linked, app_kind, queue_rows

#: Session key: the outcome of the last decision on several hits, which the next page reports.
OUTCOME = "linked"
#: Pixels between two boxes of the drawing, width of a box, and characters that fit in a box.
_STEP, _WIDE, _FIT, _FIT_FACT = 62, 133, 11, 10


@require_http_methods(["GET", "POST"])
@requires("record.see", to_post="hit.decide")
def page(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the subjects that are linked with the subject of a hit. After a POST, checks the form of the
    decision and shows a page that names each subject and the decision. No decision is recorded at this step.
    """
    found = selectors.find(pk)
    context = _context(found, request.user)
    told = request.session.pop(OUTCOME, None)
    if told and told["hit"] == str(pk):
        context["outcome"] = _outcome(told["choice"], told["decided"], told["left"])
    actions.seen_linked(request.user, found, [one["subject"] for one in context["people"]])
    if request.method != "POST":
        return render(request, "desk/linked.html", context)
    context |= _typed(request)
    if "back" in request.POST:
        return render(request, "desk/linked.html", context)
    verdict = _verdict(request)
    missing = actions.missing_together(verdict)
    kind = app_kind(found.subject.kind)
    ticked = [one for one in context["people"] if one["hit"] and one["ticked"] in context["who"]]
    for one in ticked:
        one["lock"] = one["lock"] or kind.second_person(one["hit"].subject, verdict.choice)
    chosen = [one for one in ticked if not one["lock"]]
    left = [(one["title"], one["lock"]) for one in ticked if one["lock"]]
    if missing or not chosen:
        missing += [] if ticked else ["who"]
        context |= {"missing": missing, "refused": left}
        return render(request, "desk/linked.html", context, status=422)
    context |= {
        "chosen": chosen,
        "left": left,
        "word": wording.choice(verdict.choice),
        "verdict": verdict,
        "seen": request.POST.get("seen", ""),
    }
    return render(request, "desk/linked_check.html", context)


@require_POST
@requires("hit.decide")
def decide(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Records the decision for each selected hit of the group. Hits that changed in the meantime are left
    out, and the next page names their subjects."""
    found = selectors.find(pk)
    context = _context(found, request.user) | _typed(request)
    group = {one["hit"].pk for one in context["people"] if one["hit"]}
    # A hit that is no longer in the group is left out, like one that the user no longer sees.
    asked = [one for text in context["who"] if (one := _uuid(text))]
    verdict = _verdict(request)
    try:
        decided, refused = actions.decide_together(
            request.user, [one for one in asked if one in group], verdict
        )
    except actions.Incomplete as incomplete:
        context["missing"] = incomplete.missing
        actions.seen_linked(request.user, found, [one["subject"] for one in context["people"]])
        return render(request, "desk/linked.html", context, status=422)
    left = [(str(hit), _why(reason)) for hit, reason in refused.items()]
    left += [(str(hit), _why(None)) for hit in asked if hit not in group]
    if decided:
        request.session[OUTCOME] = {
            "hit": str(pk), "choice": verdict.choice, "decided": len(decided), "left": left,
        }  # fmt: skip
        return redirect("linked", pk)
    context = _context(selectors.find(pk), request.user) | _typed(request)
    context["outcome"] = _outcome(verdict.choice, 0, left)
    actions.seen_linked(request.user, found, [one["subject"] for one in context["people"]])
    return render(request, "desk/linked.html", context, status=409)


def _context(found: SeenHit, user: User) -> dict[str, Any]:
    kind = app_kind(found.subject.kind)
    linked = kind.linked(found.subject_id)
    people = _people(linked, user) if linked else []
    marks = kind.group_marks([found.group_id]) if found.group_id else {}
    return {
        "hit": found,
        "title": linked.title if linked else queue_rows([found.subject_id])[found.subject_id]["title"],
        "group": marks.get(found.group_id) if found.group_id else None,
        "linked": linked,
        "people": people,
        "at": found.due_at,
        "open": sum(one["open"] for one in people),
        "highest": max((one["hit"].priority for one in people if one["open"]), default=None),
        "picture": draw(linked, {one["subject"]: one["hit"] for one in people}) if linked else "",
        "facts": [
            (fact, [linked.names[one][0] for one in fact.subjects]) for fact in linked.facts
        ] if linked else [],
        "seen": ".".join(reason.id.hex for one in people for reason in one["asked_of"]),
        "heads": kind.queue_heads,
        "choices": [one for one in wording.CHOICES if one[0] in TOGETHER],
        "why_least": WHY_LEAST,
        "why_most": WHY_MOST,
        "who": [],
    }  # fmt: skip


def _people(linked: Linked, user: User) -> list[dict[str, Any]]:
    """Returns the subjects in the order of the group, each with its hit if it has one. `lock` is the reason
    why the hit cannot be decided together with other hits, or an empty text."""
    subjects = list(linked.names)
    hits = (
        SeenHit.objects.filter(subject_id__in=subjects)
        .exclude(state=Hit.State.VOID)
        .select_related("subject", "claimed_by")
    )
    rows = {row.hit.subject_id: row for row in selectors.rows(list(hits))}
    shown = queue_rows(subjects)
    return [
        _person(one, shown[one], rows.get(one), user, linked) for one in subjects if one in shown
    ]


def _person(
    subject: uuid.UUID, shown: Mapping[str, Any], row: Row | None, user: User, linked: Linked
) -> dict[str, Any]:
    made = {
        "subject": subject,
        "shown": shown,
        "title": shown["title"],
        "mark": linked.names[subject][1],
        "hit": None,
        "open": False,
        "lock": "",
        "ticked": "",
        "asked_of": [],
    }
    if row is None:
        return made
    kind = app_kind(row.hit.subject.kind)
    return made | {
        "hit": row.hit,
        "open": row.hit.state in Hit.OPEN,
        "lock": _lock(row, user),
        "ticked": row.hit.pk.hex,
        "favour": wording.favour(row.hit.favour, kind),
        "reasons": [wording.short(reason, kind) for reason in row.reasons],
        "asked_of": row.reasons,
    }


def _lock(row: Row, user: User) -> str:
    hit = row.hit
    if hit.state not in Hit.OPEN:
        return str(hit.get_state_display()).capitalize()
    if hit.claimed_by and hit.claimed_by_id != user.pk:
        return gettext("claimed by %(who)s") % {"who": hit.claimed_by.display()}
    if any(reason.kind in ASKED for reason in row.reasons):
        return gettext(
            "One question is open: is this the same person? You must decide this hit separately."
        )
    return ""


def _typed(request: Request) -> dict[str, Any]:
    """Returns the values that the user entered in the form. At most `Linked.MOST` hits are read."""
    return {"typed": request.POST, "who": request.POST.getlist("who")[: Linked.MOST]}


def _verdict(request: Request) -> actions.Verdict:
    post = request.POST
    return actions.Verdict(
        choice=post.get("choice", ""),
        why=post.get("why", "")[:10_000],
        seen=frozenset(x for part in post.get("seen", "").split(".") if (x := _uuid(part))),
    )


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _why(reason: actions.Conflict | actions.Incomplete | None) -> str:
    """Returns a code for the reason why a hit was left out."""
    if reason is None:
        return "gone"
    return reason.what if isinstance(reason, actions.Conflict) else reason.missing[0]


def _outcome(choice: str, decided: int, left: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Returns the recorded decision, and the names of the subjects whose hits were left out. The names are
    read from the database and are never stored in the session."""
    words = {
        "claimed": gettext("claimed by a colleague in the meantime"),
        "decided": gettext("decided in the meantime"),
        "reasons": gettext("a new reason was added in the meantime"),
        "restricted": gettext("the processing of the data is restricted"),
        "same": gettext("a question of identity has not been answered"),
        "second": gettext("the approval of a second officer is needed"),
    }
    hits = SeenHit.objects.filter(pk__in=[hit for hit, _ in left])
    subjects = {str(hit): subject for hit, subject in hits.values_list("pk", "subject_id")}
    rows = queue_rows(list(subjects.values()))
    gone = gettext("the hit is no longer in this group")
    return {
        "word": wording.choice(choice),
        "decided": decided,
        "left": [
            (rows[subjects[hit]]["title"] if hit in subjects else gettext("a hit"), words.get(why, gone))
            for hit, why in left
        ],
    }  # fmt: skip


def draw(linked: Linked, hits: Mapping[uuid.UUID, SeenHit | None]) -> SafeString:
    """Draws the subjects on the left, the shared facts on the right, and a line for each link.

    Every line runs between the two columns, so that no line crosses a label. The x coordinates are
    percentages or relative to a box, so that the text has the same size at every width.
    """
    rows = max(len(linked.names), len(linked.facts))
    heights = {one: _y(n, len(linked.names), rows) for n, one in enumerate(linked.names)}
    lines, things, nodes = [], [], []
    for n, fact in enumerate(linked.facts):
        y = _y(n, len(linked.facts), rows)
        lines += [(_WIDE + 1, heights[one], y) for one in fact.subjects]
        things.append((y, fact.icon, _cut(fact.label or fact.title, _FIT_FACT)))
    for one, (name, mark) in linked.names.items():
        hit = hits.get(one)
        level = display.level(hit.priority) if hit else 0
        sign = format_html(
            '<use href="#p{0}" class="s{0}" x="12" y="-15" width="12" height="12"/>', level
        ) if level else ""  # fmt: skip
        below = " · ".join(filter(None, (str(hit.priority) if hit else "", mark))) or "–"
        short = _cut(name, _FIT)
        nodes.append((heights[one], sign, 32 if level else 12, short, 32 if level else 12, below))
    label = gettext("Links: %(facts)s") % {
        "facts": "; ".join(
            pgettext("link", "%(fact)s: %(names)s")
            % {"fact": fact.title, "names": ", ".join(linked.names[o][0] for o in fact.subjects)}
            for fact in linked.facts
        )
    }
    return format_html(
        '<svg class="ch" width="100%" height="{}" role="img" aria-label="{}">{}{}{}</svg>',
        rows * _STEP,
        label,
        format_html_join("", '<line class="edge" x1="{}" y1="{}" x2="64%" y2="{}"/>', lines),
        format_html_join(
            "",
            '<svg x="64%" y="{}" overflow="visible"><rect class="thing" y="-18" width="112" height="36"'
            ' rx="18"/><use class="ico" href="#i-{}" x="12" y="-8" width="16" height="16"/>'
            '<text class="b" x="34" y="4">{}</text></svg>',
            things,
        ),
        format_html_join(
            "",
            '<svg y="{}" overflow="visible"><rect class="node" x="1" y="-25" width="133" height="50"'
            ' rx="4"/>{}<text class="b" x="{}" y="-4">{}</text><text x="{}" y="15">{}</text></svg>',
            nodes,
        ),
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _y(place: int, count: int, rows: int) -> int:
    """Returns the y coordinate of the middle of a box. The shorter column of the drawing is centred."""
    return _STEP * place + _STEP // 2 + _STEP * (rows - count) // 2
