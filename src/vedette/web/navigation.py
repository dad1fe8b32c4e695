"""The navigation bar: themes, the pages of the current theme, and the pages below one of these pages.

The page *Home* is the first page of every theme. The help of a page is in `web/help.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User
from vedette.apps.subjects.kinds import AppKind, BarPage, app_kind
from vedette.kinds import kinds

HOME = BarPage("home", _("Home"), "")
_APPROVALS = BarPage(
    "approvals", _("Approvals"), "approval.see", "approval export unmask record",
    below=(
        BarPage("glass", _("Alone on duty"), "glass.see"),
        BarPage("releases", _("Disclosures to other organisations"), "release.see", "release"),
        BarPage("received", _("Received objects"), "release.see"),
        BarPage("agreements", _("Agreements"), "agreement.see", "agreement"),
    ),
)  # fmt: skip
_USERS = BarPage(
    "users", _("Users"), "account.see", "user",
    below=(BarPage("units", _("Units"), "account.see", "unit"),),
)  # fmt: skip
_RETENTION = BarPage("retention", _("Retention"), "retention.see")
_STATUS = BarPage("status", pgettext_lazy("bar", "Status"), "status.see", "pause")
_MESSAGES = BarPage(
    "messages", _("Messages"), "message.see", "message inbox",
    below=(BarPage("try-message", _("Try a message"), "message.try"),),
    own_word=_("Received messages"),
)  # fmt: skip


@dataclass(frozen=True)
class Area:
    """A theme in the navigation bar: its name, a line that describes its content, and its pages. A user needs
    at least one of the rights of a theme to see the theme.
    """

    word: Any
    line: Any
    rights: tuple[str, ...]
    pages: tuple[BarPage, ...]
    #: The kinds of subject of the theme.
    kinds: tuple[str, ...] = ()


_OVERSIGHT = Area(
    _("Data protection"),
    _("Accesses, requests from persons, retention, journal"),
    ("report.read",),
    (
        HOME,
        BarPage(
            "oversight", pgettext_lazy("bar", "Oversight"), "report.read",
            below=(BarPage("matrix", _("Purpose matrix"), "matrix.see", "matrix"),),
            own_word=pgettext_lazy("bar", "Oversight"),
        ),
        BarPage("subjects", pgettext_lazy("bar", "Requests"), "subject.answer", "subject"),
        _RETENTION,
        BarPage("journal", _("Journal"), "journal.read"),
        _USERS, _STATUS, _APPROVALS,
    ),
)  # fmt: skip
_ADMINISTRATION = Area(
    _("Administration"),
    _("Users, messages, retention, status"),
    ("account.manage",),
    (
        HOME, _USERS,
        BarPage("tokens", pgettext_lazy("bar", "Tokens"), "account.manage", "token"),
        _MESSAGES, _RETENTION, _STATUS, _APPROVALS,
    ),
)  # fmt: skip
_OPERATIONS = Area(
    _("Joint operations"),
    _("Plans, groups, warnings, situation reports"),
    ("operation.see",),
    (
        HOME,
        BarPage("operations", pgettext_lazy("bar", "Operations"), "operation.see", "operation"),
        BarPage("entries", pgettext_lazy("bar", "Entries"), "field.enter", "entry"),
        BarPage(
            "mutual",
            pgettext_lazy("mutual assistance", "Requests"),
            "mutual.see",
            "mutual",
            below=(BarPage("mutual-officials", pgettext_lazy("bar", "Officials"), "mutual.see"),),
            own_word=_("Mutual assistance"),
        ),
        BarPage("contacts", pgettext_lazy("bar", "Contacts"), "contact.see", "contact"),
        _APPROVALS,
    ),
)
_LIBRARY = Area(
    _("Library"),
    _("Policies, standards, tools, training material"),
    ("library.see",),
    (
        HOME,
        BarPage(
            "library", pgettext_lazy("bar", "Library"), "library.see", "library",
            below=(BarPage("library-groups", _("Groups of readers"), "library.write"),),
            own_word=_("Items"),
        ),
        _APPROVALS,
    ),
)  # fmt: skip
_ASSISTANCE = Area(
    _("Assistance"),
    _("Requests, diagnostics, plans, training"),
    ("assistance.see",),
    (
        HOME,
        BarPage(
            "assistance", pgettext_lazy("assistance", "Requests"), "assistance.see",
            "assistance diagnostic",
        ),
        BarPage(
            "training", _("Training"), "assistance.see", "training course",
            below=(
                BarPage("training-pack", _("Training pack"), "assistance.coordinate"),
                BarPage("certificates", _("Certificates"), "assistance.coordinate", "certificate"),
            ),
            own_word=_("Sessions"),
        ),
        BarPage("equipment", _("Equipment"), "assistance.see", "equipment"),
        BarPage("roster", pgettext_lazy("assistance", "Experts"), "assistance.see", "expert"),
    ),
)  # fmt: skip
_QUEUE = BarPage(
    "queue",
    pgettext_lazy("bar", "Queue"),
    "record.see",
    "hit linked take-next search transfers",
    below=(
        BarPage("controls", _("Control orders"), "record.see", "control"),
        BarPage("questions", _("Questions to experts"), "question.see", "question experts"),
        BarPage("seizures", _("Seizures and detentions"), "record.see", "seizure"),
        BarPage("firearm-links", _("Links between seizures"), "record.see"),
        BarPage("firearms", _("Firearms"), "record.see", "firearm"),
        BarPage("traces", _("Tracing requests"), "record.see", "trace"),
        BarPage("arms-report", _("Report tables"), "record.see"),
        BarPage("matrix", _("Purpose matrix"), "matrix.see", "matrix links"),
    ),
    own_word=_("Hits"),
    key="q",
)
_KNOWLEDGE = (
    BarPage(
        "watchlists", _("Watchlists"), "list.see", "watchlist list",
        below=(BarPage("lookouts", _("Lookouts"), "record.see", "lookout"),),
        own_word=pgettext_lazy("bar", "All lists"),
    ),
    BarPage("profiles", pgettext_lazy("bar", "Profiles"), "profile.see", "profile"),
    _MESSAGES,
    BarPage("statistics", _("Statistics"), "record.see"),
    _APPROVALS,
)  # fmt: skip


def areas(user: User) -> list[Area]:
    """Returns the themes that the user may see. The themes for data protection and administration come first,
    followed by the themes of the kinds of subject.
    """
    own_pages = [page for name in kinds() for page in app_kind(name).administration]
    messages = replace(_MESSAGES, below=(*_MESSAGES.below, *own_pages))
    pages_of = tuple(messages if one is _MESSAGES else one for one in _ADMINISTRATION.pages)
    found = [_OVERSIGHT, replace(_ADMINISTRATION, pages=pages_of)]
    pages: dict[str, tuple[Any, list[str], list[BarPage]]] = {}
    for name, kind in kinds().items():
        if set(kind.themes) & set(user.themes):
            word, line = app_kind(name).theme
            _, names, own = pages.setdefault(str(word), (line, [], []))
            names.append(name)
            own.extend(app_kind(name).nav)
    for shown, (line, names, own) in pages.items():
        rights = ("record.see", "list.see", "profile.see")
        # Each theme shows its own hits. With one theme, the queue needs no filter.
        queue = replace(_QUEUE, query=f"of={names[0]}") if len(pages) > 1 else _QUEUE
        found.append(Area(shown, line, rights, (HOME, queue, *own, *_KNOWLEDGE), tuple(names)))
    found += [_OPERATIONS, _ASSISTANCE, _LIBRARY]
    return [one for one in found if any(rules.may(user, right) for right in one.rights)]


@dataclass(frozen=True)
class Link:
    """A link of the bar. `current` is true on the page of the link, and on the pages that belong to that
    page.
    """

    word: Any
    href: str
    current: bool
    line: Any = ""
    key: str = ""
    #: Whether the link shows how many approvals wait for the user.
    waits: bool = False


@dataclass(frozen=True)
class Bar:
    """The links of the navigation bar: the themes, the pages of the current theme, and the pages beside the
    current page.
    """

    themes: list[Link] = field(default_factory=list)
    pages: list[Link] = field(default_factory=list)
    beside: list[Link] = field(default_factory=list)
    #: The kinds of subject in which the search field searches: those of the current theme. A theme without a
    #: kind searches in all kinds that the user may see.
    searched: Sequence[AppKind] = ()
    #: Whether the user may see kinds that are not among `searched`.
    elsewhere: bool = False

    @property
    def search_page(self) -> str:
        """Returns the name of the URL to which the search field sends its text."""
        return self.searched[0].search_page if len(self.searched) == 1 else "search"

    @property
    def search_keys(self) -> list[str]:
        """Returns the display names of the elements by which the search finds subjects, without
        duplicates."""
        return list(dict.fromkeys(str(key) for kind in self.searched for key in kind.search_keys))

    @property
    def theme(self) -> Link | None:
        """Returns the current theme, or None if the user may see no theme."""
        return next((one for one in self.themes if one.current), None)


def bar(request: HttpRequest) -> Bar:
    """Returns the navigation bar for the page of a request."""
    user = request.user
    if not user.is_authenticated:
        return Bar()
    match = request.resolver_match
    name = (match.url_name if match else "") or ""
    seen = areas(user)
    having = [one for one in seen if _of(name, one.pages)]
    # Several themes have the same pages. The filter of the queue states the theme, and so does the page of a
    # hit.
    asked = request.GET.get("of") or getattr(request, "shown_kind", "")
    area = next((one for one in having if asked in one.kinds), None)
    area = area or next(iter(having or seen), None)
    pages = area.pages if area else (HOME, _APPROVALS)
    now = _of(name, pages)
    every = [kind for one in seen for kind in one.kinds]
    searched = (area.kinds if area else ()) or every
    return Bar(
        themes=[Link(one.word, _opens(user, one.pages), one is area, one.line) for one in seen],
        pages=[
            Link(one.word, _href(user, one), one is now, key=one.key, waits=one is _APPROVALS)
            for one in pages
            if _href(user, one)
        ],
        beside=_beside(user, now, name) if now else [],
        searched=[app_kind(kind) for kind in searched],
        elsewhere=set(searched) < set(every),
    )


def _of(name: str, pages: Iterable[BarPage]) -> BarPage | None:
    """Returns the page of the bar to which a URL name belongs."""
    return next((one for one in pages if _is(name, one) or _of(name, one.below)), None)


def _is(name: str, page: BarPage) -> bool:
    return any(
        name == one or name.startswith(one + "-") for one in (page.name, *page.names.split())
    )


def _may(user: User, page: BarPage) -> bool:
    return not page.right or rules.may(user, page.right)


def _href(user: User, page: BarPage) -> str:
    """Returns the address of a page or, if the user may not open this page, the address of its first subpage.
    The result is empty if the user may open none of these pages.
    """
    found = (one for one in (page, *page.below) if _may(user, one))
    return next((reverse(one.name) + (f"?{one.query}" if one.query else "") for one in found), "")


def _opens(user: User, pages: Sequence[BarPage]) -> str:
    """Returns the address of the first page of a theme after *Home*."""
    return next((href for one in pages[1:] if (href := _href(user, one))), reverse(HOME.name))


def _beside(user: User, page: BarPage, name: str) -> list[Link]:
    """Returns the page and its subpages, if the user may open several of these pages."""
    below = _of(name, page.below)
    found = [
        Link(
            one.own_word or one.word,
            reverse(one.name),
            one is below if below else one is page,
        )
        for one in (page, *page.below)
        if _may(user, one)
    ]
    return found if len(found) > 1 else []
