"""What the templates are given: the queue's rows and the hit's page in the reader's words."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext

from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User
from vedette.apps.accounts.selectors import colleagues
from vedette.apps.display import LEVELS, level, number
from vedette.apps.hits import selectors, wording
from vedette.apps.hits.actions import ASKED, WHY_LEAST, WHY_MOST
from vedette.apps.hits.filtering import Filters
from vedette.apps.hits.flooded import Flood
from vedette.apps.hits.models import Decision, Hit, Reason, Result
from vedette.apps.hits.selectors import Page, Row
from vedette.apps.profiles import statistics
from vedette.apps.profiles import wording as profile_wording
from vedette.screening.priority import FAVOUR_POINTS
from vedette.travellers.app import dossier, drawing

#: Days over which a profile's hits are told beside its reason.
PERIOD = 90


def row(found: Row, user: User) -> dict[str, Any]:
    """A row of the queue. The facts of the joining are fetched with the hit's journey."""
    facts = found.hit.journey.facts
    sentences = wording.favour(found.hit.favour)
    lines = [(wording.icon(r), wording.short(r, facts)) for r in found.reasons]
    return {
        "hit": found.hit,
        "clear": found.clear,
        "masked": not found.clear,
        "flight": found.hit.flight,
        "favour": sentences,
        "icon": lines[0][0] if lines else "list",
        "why": lines[0][1] if lines else gettext("No open reason"),
        "more": [text for _, text in lines[1:]],
        "mine": found.hit.claimed_by_id == user.pk,
    }


def _flood(found: Flood, filters: Filters) -> dict[str, Any]:
    """A flood as a row of the queue: what raised it, and what must not be lost in it."""
    if found.version is not None:
        version, key = found.version, found.version.profile_id.hex
        params = {"ref": version.profile.ref, "title": version.title}
        return {
            "flood": found,
            "what": wording.profile(params),
            "profile": version.profile,
            "seen": filters.flood == key,
            "query": filters.query(flood=key),
        }
    assert found.entry is not None  # noqa: S101  an entry or a profile
    entry, watchlist = found.entry, found.entry.watchlist
    what = gettext("entry %(ref)s, %(list)s") % {"ref": entry.ref, "list": watchlist.name}
    return {
        "flood": found,
        "what": gettext("lookout %(ref)s") % {"ref": entry.ref} if watchlist.lookouts else what,
        "lookout": watchlist.lookouts,
        "watchlist": watchlist.pk,
        "seen": filters.flood == entry.pk.hex,
        "query": filters.query(flood=entry.pk.hex),
    }


def queue(page: Page, filters: Filters, user: User) -> dict[str, Any]:
    """Everything the queue's template shows."""
    groups: list[dict[str, Any]] = []
    for found in page.rows:
        name = selectors.group_of(found.hit, page.at) if filters.order == "due" else ""
        if not groups or groups[-1]["name"] != name:
            title = _group_title(name, page.counts.get(name, 0))
            groups.append({"name": name, "title": title, "rows": []})
        groups[-1]["rows"].append(row(found, user))
    base = reverse("queue")
    return {
        "filters": filters,
        "here": filters.query(),
        "groups": groups,
        "counts": page.counts,
        "floods": [_flood(found, filters) for found in page.floods],
        "flooded": sum(found.count for found in page.floods),
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
        "at": page.at,
        "polling": poll_query(filters, page.at, page.at, [r.hit.id.hex for r in page.rows]),
    }


def _group_title(name: str, count: int) -> str:
    titles = {
        "landed": gettext("Landed, undecided: %(n)s"),
        "soon": gettext("Landing within two hours: %(n)s"),
        "today": gettext("Later today: %(n)s"),
        "later": gettext("Later: %(n)s"),
    }
    return titles[name] % {"n": number(count)} if name else ""


def poll_query(filters: Filters, since: dt.datetime, last: dt.datetime, rows: list[str]) -> str:
    """What the next poll asks with: filters, when the page was made, when it was last told, its rows."""
    parts = [filters.query(), f"since={since.timestamp():.6f}", f"last={last.timestamp():.6f}"]
    return "&".join([p for p in parts if p] + [f"rows={'.'.join(rows)}"])


def hit(found: Hit, filters: Filters, user: User) -> dict[str, Any]:
    """Everything the hit's template shows."""
    file = dossier.dossier(found.journey_id)
    cards = [_card(card, file) for card in dossier.cards(found, file.opened)]
    still_open = [c for c in cards if c["open"]]
    _ask_once(still_open)
    _brought(cards, found)
    stops = [leg.origin for leg in file.legs] + [leg.destination for leg in file.legs[-1:]]
    kilometres = [drawing.distance_km(leg.origin, leg.destination) for leg in file.legs]
    return {
        "hit": found,
        "file": file,
        "flight": found.flight,
        "pros": wording.favour(found.favour),
        "cards": cards,
        "seen": [c["reason"].id.hex for c in still_open],
        "asked": any(c["asked"] for c in still_open),
        "sum": _sum(found, still_open or [c for c in cards if c["answered"]]),
        "map": drawing.route(stops, _now(file), _way(file)),
        "flown": sum(k for k in kilometres if k)
        if len(kilometres) > 1 and all(kilometres)
        else None,
        "direct": drawing.distance_km(stops[0], stops[-1]),
        "seat_map": seat_map(found, file),
        "events": [(e, wording.event(e)) for e in dossier.history(found, file.opened)],
        "decisions": [(d, wording.choice(d.choice)) for d in dossier.decisions(found, file.opened)],
        "others": [(o, _links(o)) for o in file.others],
        "past": [(p, _outcome(p)) for p in file.past],
        "shared": [(one, *wording.shared(one)) for one in file.shared],
        "choices": wording.CHOICES,
        "result": dossier.result(found),
        "outcomes": Result.Outcome.choices if _controlled(found) else (),
        "why_least": WHY_LEAST,
        "why_most": WHY_MOST,
        "here": filters.query(),
        "mine": found.claimed_by_id == user.pk,
        "open": found.state in Hit.OPEN,
        "may_reopen": rules.may(user, "hit.reopen_any") or _decided_by(found, user),
        "now_utc": (now := timezone.now()),
        "printed_at": now,
        "colleagues": colleagues(user),
        "filters": filters,
    }


def _controlled(found: Hit) -> bool:
    """Whether a control may have followed: decided, and by more than a release."""
    last = found.decisions.order_by("at").last() if found.state == Hit.State.DECIDED else None
    return last is not None and last.choice != Decision.Choice.RELEASE


def _decided_by(found: Hit, user: User) -> bool:
    last = found.decisions.order_by("at").last()
    return last is not None and last.by_id == user.pk


def _card(card: dossier.Card, file: dossier.Dossier) -> dict[str, Any]:
    reason = card.reason
    return {
        "reason": reason,
        "icon": wording.icon(reason),
        "title": wording.title(reason, file.journey.facts),
        "groups": wording.pairs(card.evidence),
        "score": number(reason.score, 2) if reason.score is not None and card.evidence else "",
        "asked": reason.kind in ASKED,
        "open": reason.state == Reason.State.OPEN,
        "answered": reason.state == Reason.State.ANSWERED,
        "version": card.version,
        "lookout": card.lookout,
        "watchlist": reason.entry.watchlist if reason.entry else None,
        "profile": reason.profile_version if reason.kind == Reason.Kind.PROFILE else None,
        "theirs": _theirs(reason),
        "outcomes": Reason.Outcome.choices,
    }


def _brought(cards: list[dict[str, Any]], found: Hit) -> None:
    """Beside a profile's reason, what its version brought lately; not while it floods the queue, which
    says it already, and where counting is long."""
    ids = [card["profile"].pk for card in cards if card["profile"] is not None]
    if not ids or found.flood_profile_id is not None:
        return
    brought = statistics.brought(ids, PERIOD)
    for card in cards:
        if card["profile"] is not None:
            card["brought"] = profile_wording.brought(brought[card["profile"].pk], PERIOD)


def _theirs(reason: Reason) -> str:
    """What the traveller's values are compared with."""
    if reason.kind == Reason.Kind.PROFILE:
        return gettext("Required by the profile")
    if reason.kind == Reason.Kind.LOOKOUT:
        return gettext("Theirs: lookout")
    if "version" in reason.params:
        return gettext("Theirs: list, version %(n)s") % {"n": reason.params["version"]}
    return gettext("Theirs: list")


def _ask_once(cards: list[dict[str, Any]]) -> None:
    """Two reasons of one entry ask one question, at the first; the answer counts for both."""
    entries = set()
    for card in cards:
        entry = card["reason"].entry_hash
        card["asked_above"] = card["asked"] and entry in entries
        entries |= {entry} - {""}


def _sum(found: Hit, cards: list[dict[str, Any]]) -> dict[str, Any]:
    """How the priority is worked out: the bar, and the same in words."""
    parts = [
        (
            {
                Reason.Kind.WATCHLIST: pgettext("short", "List"),
                Reason.Kind.LOOKOUT: pgettext("short", "Lookout"),
                Reason.Kind.PROFILE: pgettext("short", "Profile"),
            }.get(c["reason"].kind, pgettext("short", "Messages")),
            c["reason"].contribution,
        )
        for c in cards
    ]
    off = sum(item.get("points", FAVOUR_POINTS.get(item["id"], 0)) for item in found.favour)
    against = " + ".join(str(points) for _, points in parts) or "0"
    if sum(points for _, points in parts) > 100:
        against = gettext("%(sum)s, at most 100,") % {"sum": against}
    sentence = (
        gettext("Priority %(priority)d = %(against)s − %(off)d in favour")
        if off
        else gettext("Priority %(priority)d = %(against)s, nothing in favour")
    )
    words = sentence % {
        "priority": found.priority,
        "against": against,
        "off": off,
    }
    return {"words": words, "bar": drawing.priority_sum(parts, off, found.priority, words)}


def _now(file: dossier.Dossier) -> tuple[str, str]:
    return file.journey.flight.origin, file.journey.flight.destination


def _way(file: dossier.Dossier) -> str:
    codes = [leg.origin for leg in file.legs] + [leg.destination for leg in file.legs[-1:]]
    return gettext("Map of the journey: %(stops)s") % {"stops": " → ".join(c for c in codes if c)}


def seat_map(found: Hit, file: dossier.Dossier) -> str:
    """The seats round the traveller's, with those linked; nothing where no seat is known."""
    own = dossier.SEAT.fullmatch(file.seat)
    if not own:
        return ""
    marked = {}
    for other in file.others:
        seat = dossier.SEAT.fullmatch(other.clear.get("seat") or "")
        if seat:
            marked[(int(seat[1]), seat[2])] = level(other.hit.priority) if other.hit else 0
    marked[(int(own[1]), own[2])] = level(found.priority)
    label = gettext("Seats around %(seat)s: this traveller and those linked") % {"seat": file.seat}
    return drawing.seats(marked, int(own[1]), label)


def _links(other: dossier.Other) -> str:
    words = {
        "phone": gettext("same telephone"),
        "email": gettext("same e-mail"),
        "card": gettext("same card"),
        "address": gettext("same address"),
        "document": gettext("same document"),
        "loyalty": gettext("same loyalty number"),
    }
    found = [gettext("same booking") if other.same_booking else gettext("other booking")]
    return ", ".join(found + [words[kind] for kind in other.links])


def _outcome(past: dossier.Past) -> str:
    if past.decision:
        return wording.choice(past.decision.choice)
    return gettext("hit, undecided") if past.hit else gettext("no hit")
