"""The context of the templates of the queue and of a hit, in the reader's language."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext, pgettext

from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User
from vedette.apps.accounts.selectors import colleagues
from vedette.apps.desk import compared
from vedette.apps.display import LEVELS, number
from vedette.apps.enforcement.models import ControlOrder
from vedette.apps.enforcement.selectors import controls as control_orders
from vedette.apps.hits import selectors, wording
from vedette.apps.hits.actions import ASKED, WHY_LEAST, WHY_MOST, shared_with
from vedette.apps.hits.models import Decision, Hit, Reason, Result, SeenHit
from vedette.apps.hits.selectors import Filters, Flood, Page, Row
from vedette.apps.inbox.selectors import waiting_files
from vedette.apps.lists import wording as list_wording
from vedette.apps.lists.models import ListEntry, ListVersion, Lookout
from vedette.apps.profiles import selectors as profile_selectors
from vedette.apps.profiles import wording as profile_wording
from vedette.apps.profiles.models import Version
from vedette.apps.subjects.kinds import AppKind, app_kind, app_kinds
from vedette.core.entries import EntryIdentifier
from vedette.screening.reason import FAVOUR_POINTS

Choice = Decision.Choice
#: Number of further reasons that a row of the queue shows.
MORE = 2
#: Largest number of conditions of a profile that are shown unfolded.
UNFOLDED = 3
#: Period in days of the figures of a profile beside its reason.
PERIOD = 90


#: The group of rows of the queue → the filter that shows it.
DUE_OF = {**{count: due for due, count in selectors.DUE.items()}, "aged": "past"}


def row(found: Row, user: User) -> dict[str, Any]:
    """A row of the queue."""
    kind = app_kind(found.hit.subject.kind)
    lines = [(wording.icon(r), wording.short(r, kind)) for r in found.reasons]
    return {
        "hit": found.hit,
        "shown": found.shown,
        "favour": wording.favour(found.hit.favour, kind),
        "icon": lines[0][0] if lines else "list",
        "why": lines[0][1] if lines else gettext("No open reason"),
        "more": _more([text for _, text in lines[1:]]),
        "mine": found.hit.claimed_by_id == user.pk,
    }


def _more(texts: list[str]) -> list[str]:
    """Returns at most two additional reasons for a row, and the number of reasons that are not returned."""
    others = len(texts) - MORE
    if others <= 1:
        return texts
    last = ngettext("%(n)s more reason", "%(n)s more reasons", others) % {"n": number(others)}
    return [*texts[:MORE], last]


def floods(found: Sequence[Flood], filters: Filters) -> list[dict[str, Any]]:
    """Returns each flood as a row of the queue, with the list entry, the lookout or the profile that caused
    the flood. The largest flood is first.

    A flood of a profile is left out if the user does not have the purpose of the profile. The user sees a hit
    of such a profile only if the hit also has other reasons.
    """
    ids = [one.entry for one in found if one.entry]
    entries: dict[uuid.UUID | None, ListEntry] = {
        **ListEntry.objects.select_related("watchlist").defer("content").in_bulk(ids)
    }
    versions = profile_selectors.shown([one.profile for one in found if one.profile])
    rows = []
    for one in found:
        about: dict[str, Any]
        if version := versions.get(one.profile):
            key = version.profile_id.hex
            what = wording.profile({"ref": version.profile.ref, "title": version.title})
            about = {"profile": version.profile}
        elif entry := entries.get(one.entry):
            key = entry.pk.hex
            lookout = entry.watchlist.lookouts
            what = gettext("lookout %(ref)s") if lookout else gettext("entry %(ref)s, %(list)s")
            what %= {"ref": entry.ref, "list": entry.watchlist.name}
            about = {"lookout": lookout, "watchlist": entry.watchlist_id}
        else:
            continue
        seen, query = filters.flood == key, filters.query(flood=key)
        rows.append({"flood": one, "what": what, **about, "seen": seen, "query": query})
    # Floods with the same number of hits are in the order of their texts: the ids would place them at random.
    return sorted(rows, key=lambda row: (-row["flood"].count, row["what"]))


def queue(page: Page, filters: Filters, user: User) -> dict[str, Any]:
    """The context of the queue."""
    titles = {
        "landed": gettext("Past due for less than two hours: %(n)s"),
        "soon": gettext("To be decided within two hours: %(n)s"),
        "today": gettext("To be decided later today: %(n)s"),
        "later": gettext("To be decided later: %(n)s"),
        "aged": gettext("Past due for more than two hours: %(n)s"),
    }
    sums = {**page.counts, "landed": page.counts["landed"] - page.counts["aged"]}
    groups: list[dict[str, Any]] = []
    base = reverse("queue")
    for found in page.rows:
        name = selectors.group_of(found.hit, page.at) if filters.order == "due" else ""
        if not groups or groups[-1]["name"] != name:
            title = titles[name] % {"n": number(sums[name])} if name else ""
            due = DUE_OF.get(name, "")
            page_ = f"{base}?{filters.query(due=due)}" if due and not filters.due else ""
            groups.append({"name": name, "title": title, "page": page_, "rows": []})
            if name == "landed" and (aged := sums["aged"]):
                groups[-1]["aged"] = ngettext(
                    "%(n)s past due for more than two hours, at the end of the list",
                    "%(n)s past due for more than two hours, at the end of the list",
                    aged,
                ) % {"n": number(aged)}
        groups[-1]["rows"].append(row(found, user))
    flood_rows = floods(page.floods, filters)
    kinds = [kind for kind in app_kinds() if filters.of in ("", kind.name)]
    one = kinds[0] if len(kinds) == 1 else None
    return {
        "heads": one.queue_heads if one else (gettext("Subject"), gettext("Reference")),
        "group_filter": (
            one.group_filter[0] if one else gettext("Reference"),
            ", ".join(kind.group_filter[1] for kind in kinds),
        ),
        "lanes": [(code, word) for kind in kinds for code, word in kind.clearance.items()],
        "notices": [n for kind in kinds for n in kind.queue_notices(user)],
        "filters": filters,
        "here": filters.query(),
        "groups": groups,
        "counts": page.counts,
        "floods": flood_rows,
        "waiting": waiting_files(),
        "flooded": sum(one["flood"].count for one in flood_rows),
        "without_flood": filters.query(flood=""),
        "total": page.total,
        "first": page.first,
        "last": page.first + len(page.rows) - 1,
        "first_page": f"{base}?{filters.query()}" if page.first > 1 else "",
        "next_page": f"{base}?{filters.query()}&after={page.following}" if page.following else "",
        "segments": [
            (
                f"{base}?{filters.query(whose=whose)}",
                word,
                page.counts[whose],
                filters.whose == whose,
            )
            for whose, word in (
                ("all", gettext("All")),
                ("free", gettext("Unclaimed")),
                ("mine", gettext("Mine")),
                ("others", gettext("A colleague’s")),
            )
        ],
        "levels": [
            (number_, "◆▲■○"[4 - number_], word, least, most)
            for number_, (least, most, word) in LEVELS.items()
        ],
        "kinds": Reason.Kind.choices,
        "past_due": f"{base}?{filters.query(due='past')}",
        "times": [
            (due, word, page.counts[selectors.DUE[due]])
            for due, word in (
                ("past", gettext("Past due")),
                ("soon", gettext("Within two hours")),
                ("today", gettext("Later today")),
                ("later", gettext("After today")),
            )
        ],
        "at": page.at,
        "polling": poll_query(filters, page.at, page.at, [r.hit.id.hex for r in page.rows]),
    }


def poll_query(filters: Filters, since: dt.datetime, last: dt.datetime, rows: list[str]) -> str:
    """Returns the query string of the next request by which the page asks for its changes. The query string
    contains the filters, the time of the page, the time of its last change, and its rows."""
    times = f"since={since.timestamp():.6f}&last={last.timestamp():.6f}&rows={'.'.join(rows)}"
    return "&".join(filter(None, (filters.query(), times)))


def hit(found: SeenHit, filters: Filters, user: User, sheet: bool = False) -> dict[str, Any]:
    """Returns the context of the page of a hit, or of its printed page if `sheet` is true."""
    kind = app_kind(found.subject.kind)
    page = kind.panels(found.subject_id, sheet)
    cards = _cards(found, selectors.reasons(found, page.opened), kind, page.identifiers)
    still_open = [c for c in cards if c["open"]]
    differing = compared.differing(
        [c["differing"] for c in still_open if c["entry"] and c["reason"].channel == "name"]
    )
    decisions = selectors.decisions(found, page.opened)
    history = selectors.history(found, page.opened)
    claims = [event for event in history if event.kind in ("claimed", "handed_over", "reopened")]
    last = decisions[0] if decisions else None
    orders = control_orders.of_hit(found.pk)
    # A control may have followed any decision that is not a release.
    controlled = found.state == Hit.State.DECIDED and last and last.choice != Choice.RELEASE
    return {
        **claim(found, filters, user),
        "page": page,
        "pros": [*wording.favour(found.favour, kind), *filter(None, (differing,))],
        "cards": cards,
        "ours_title": kind.ours,
        "seen": [c["reason"].id.hex for c in still_open],
        "asked": any(c["asked"] for c in still_open),
        # Whether colleagues may see only some of the reasons.
        "several": len({(c["reason"].theme, c["reason"].purpose) for c in still_open}) > 1,
        "sum": _sum(found, still_open or [c for c in cards if c["answered"]]),
        "events": [(e, wording.event(e)) for e in history],
        # Whether a colleague has claimed the hit, and the event that handed it over to this colleague.
        "with_colleague": found.claimed_by_id not in (None, user.pk),
        "decides": found.state in Hit.OPEN
        and not found.subject.restricted
        and rules.may(user, "hit.decide"),
        "handed": claims[-1] if claims and claims[-1].kind == "handed_over" else None,
        "decisions": [(one, wording.choice(one.choice)) for one in decisions],
        "choices": wording.CHOICES,
        "second": _second(found, kind),
        "result": selectors.result(found),
        "outcomes": Result.Outcome.choices if controlled else (),
        # The end of an open control order records the result.
        "control_open": any(one.state in ControlOrder.OPEN for one in orders),
        "orders": orders,
        "seizures": control_orders.seizures_of_hit(found.pk),
        "orderable": controlled and not any(one.state in ControlOrder.OPEN for one in orders),
        "why_least": WHY_LEAST,
        "why_most": WHY_MOST,
        "may_reopen": rules.may(user, "hit.reopen_any") or (last and last.by_id == user.pk),
        "now_utc": (now := timezone.now()),
        "printed_at": now,
    }


def claim(found: SeenHit, filters: Filters, user: User) -> dict[str, Any]:
    """Returns the part of the template context that depends on who has claimed the hit."""
    others = list(colleagues(user))
    theirs = shared_with(found, others)
    return {
        "hit": found,
        "here": filters.query(),
        "mine": found.claimed_by_id == user.pk,
        "open": found.state in Hit.OPEN,
        "colleagues": [one for one in others if one.pk in theirs],
        "filters": filters,
        "polling": "&".join(filter(None, (filters.query(), f"claim={claim_mark(found)}"))),
    }


def claim_mark(found: SeenHit) -> str:
    """Returns a text that changes when the state of the hit or its claim changes.

    A request of the notice bar contains the earlier text, and the server compares both texts to detect a
    change.
    """
    at = f"{found.claimed_at.timestamp():.6f}" if found.claimed_at else ""
    by = found.claimed_by_id.hex if found.claimed_by_id else ""
    return f"{found.state}.{by}.{at}"


def _second(found: SeenHit, kind: AppKind) -> list[tuple[str, list[str]]]:
    """Returns the reasons why a second officer must agree, each with the names of the choices that require
    this agreement."""
    why: dict[str, list[str]] = defaultdict(list)
    for choice in Choice.values:
        if reason := kind.second_person(found.subject, choice):
            why[reason].append(wording.choice(choice))
    return list(why.items())


def _cards(
    found: SeenHit,
    reasons: Sequence[Reason],
    kind: AppKind,
    identifiers: Sequence[EntryIdentifier],
) -> list[dict[str, Any]]:
    """The reasons with their list entry and version, lookout or profile.

    If the hit belongs to a flood of a profile, the recent figures of the profile are left out. The queue
    already shows these figures, and counting them again takes a long time.
    """
    ids = [r.entry_id for r in reasons if r.entry_id]
    entries = ListEntry.objects.select_related("watchlist").in_bulk(ids)
    lookouts = Lookout.objects.select_related("created_by").in_bulk(
        [r.entry_id for r in reasons if r.kind == Reason.Kind.LOOKOUT]
    )
    profiles = Version.objects.select_related("author", "approved_by").in_bulk(
        [r.profile_version_id for r in reasons if r.profile_version_id]
    )
    versions = _list_versions(reasons, entries.values())
    # The evidence of a masked reason is empty, and no identifier is then compared.
    more = {
        reason.pk: compared.lines(identifiers, entry.entry, reason.evidence)
        for reason in reasons
        if reason.evidence and (entry := entries.get(reason.entry_id))
    }
    counted = list(profiles) if found.flood_profile_id is None else []
    brought = profile_selectors.brought(counted, PERIOD) if counted else {}
    groups = {
        reason.pk: wording.pairs([*reason.evidence, *more.get(reason.pk, ())], kind)
        for reason in reasons
    }
    return [
        {
            "reason": reason,
            "icon": wording.icon(reason),
            "title": wording.title(reason, kind),
            "groups": groups[reason.pk],
            "folded": rows
            if reason.kind == Reason.Kind.PROFILE
            and (rows := sum(len(group["pairs"]) for group in groups[reason.pk])) > UNFOLDED
            else 0,
            "differing": [line["name"] for line in more.get(reason.pk, ())],
            "score": number(reason.score, 2)
            if reason.score is not None and reason.evidence
            else "",
            "asked": reason.kind in ASKED,
            "open": reason.state == Reason.State.OPEN,
            "answered": reason.state == Reason.State.ANSWERED,
            "version": versions.get((reason.params.get("list_id"), reason.params.get("version"))),
            "lookout": lookouts.get(reason.entry_id),
            "watchlist": entry.watchlist if (entry := entries.get(reason.entry_id)) else None,
            "entry": entry,
            "listed": list_wording.wanted(entry.entry, entry.watchlist.owner)
            if entry and not entry.watchlist.lookouts
            else (),
            "profile": profiles.get(reason.profile_version_id),
            "brought": profile_wording.brought(brought[reason.profile_version_id], PERIOD)
            if reason.profile_version_id in brought
            else "",
            "theirs": _theirs(reason),
            "outcomes": Reason.Outcome.choices,
        }
        for reason in reasons
    ]


def _list_versions(
    reasons: Iterable[Reason], entries: Iterable[ListEntry]
) -> dict[tuple[Any, Any], ListVersion]:
    numbers = {n for r in reasons if isinstance(n := r.params.get("version"), int)}
    found = ListVersion.objects.filter(
        watchlist__in={entry.watchlist_id for entry in entries}, number__in=numbers
    )
    return {(str(v.watchlist_id), v.number): v for v in found.select_related("watchlist")}


def _theirs(reason: Reason) -> str:
    """Returns the heading of the column with the values to which the subject's values are compared."""
    if reason.kind == Reason.Kind.PROFILE:
        return gettext("Required by the profile")
    if reason.kind == Reason.Kind.LOOKOUT:
        return gettext("According to the lookout")
    if reason.kind == Reason.Kind.CONTROL_LIST:
        known = reason.params.get("list_version", "–")
        return gettext("According to version %(n)s of the list") % {"n": known}
    # The entries of some lists have no version.
    if reason.params.get("version"):
        return gettext("According to version %(n)s of the list") % {"n": reason.params["version"]}
    return gettext("According to the list")


def _sum(found: SeenHit, cards: list[dict[str, Any]]) -> dict[str, Any]:
    """The calculation of the priority, as a bar and in words."""
    names = {
        Reason.Kind.WATCHLIST: pgettext("short", "List"),
        Reason.Kind.LOOKOUT: pgettext("short", "Lookout"),
        Reason.Kind.PROFILE: pgettext("short", "Profile"),
        Reason.Kind.DISAGREEMENT: pgettext("short", "Messages"),
        Reason.Kind.CONTROL_LIST: pgettext("short", "Control list"),
        Reason.Kind.LINK: pgettext("short", "Link"),
    }
    parts = [(names[c["reason"].kind], c["reason"].contribution) for c in cards]
    off = sum(item.get("points", FAVOUR_POINTS.get(item["id"], 0)) for item in found.favour)
    against = " + ".join(str(points) for _, points in parts) or "0"
    if sum(points for _, points in parts) > 100:
        against = gettext("%(sum)s (at most 100)") % {"sum": against}
    sentence = (
        gettext("Priority %(priority)d = %(against)s − %(off)d in their favour")
        if off
        else gettext("Priority %(priority)d = %(against)s, nothing in their favour")
    )
    words = sentence % {"priority": found.priority, "against": against, "off": off}
    return {"words": words, "bar": priority_sum(parts, off, found.priority, words)}


def priority_sum(parts: Sequence[tuple[str, int]], off: int, total: int, label: str) -> SafeString:
    """Draws the priority as a bar from 0 to 100. The bar has a block for each reason, and then a dashed block
    for the points that are deducted because of facts in favour of the subject."""
    blocks, x = [], 0.0
    against = sum(points for _, points in parts)
    squeeze = 100 / max(100, against)
    for n, (word, points) in enumerate(parts):
        width = points * squeeze
        rect = '<rect class="v{}" x="{}%" width="{}%" height="22"/>'
        shown = f"{max(0.2, width - 0.2):.1f}"
        blocks.append(format_html(rect, 2 + n % 2 if n else 1, f"{x:.1f}", shown))
        text = f"{word} {points}" if width > 2.2 * len(f"{word} {points}") else str(points)
        if width > 2.2 * len(text):
            on = '<text class="on" x="{}%" y="15.5">{}</text>'
            blocks.append(format_html(on, f"{x + 1:.1f}", text))
        x += width
    if off:
        gap = (
            f'<rect class="v4" x="{max(0.0, x - off * squeeze):.1f}%" width="{off * squeeze:.1f}%"'
        )
        blocks.append(mark_safe(gap + ' height="21" y=".5"/>'))  # noqa: S308
    return format_html(
        '<svg class="screen" width="100%" height="22" role="img" aria-label="{}">'
        '<rect class="v0" width="100%" height="22" rx="4"/>{}'
        '<text x="99%" y="15.5" text-anchor="end">{}</text></svg>',
        label, mark_safe("".join(blocks)), 100 if total <= 100 and x < 92 else "",  # noqa: S308
    )  # fmt: skip
