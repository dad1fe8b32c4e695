"""Queries about lists: lists with their results, entries, differences between versions, and lookouts."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import connection, transaction
from django.db.models import Count, Func, IntegerField, Q, QuerySet
from django.utils import timezone

from vedette.apps import query
from vedette.apps.accounts.models import Approval, User
from vedette.apps.columns import pairs_of
from vedette.apps.hits.fairness import SAYS_LITTLE, Groups, report
from vedette.apps.hits.models import Reason
from vedette.apps.hits.selectors import open_hits
from vedette.apps.lists.models import (
    DraftEntry,
    KnowledgeState,
    ListDraft,
    ListEntry,
    ListSubscription,
    ListVersion,
    Lookout,
    Watchlist,
)
from vedette.apps.lists.reading import Expected
from vedette.apps.subjects.kinds import app_kinds
from vedette.core.entries import Entry
from vedette.core.names import fold
from vedette.core.themes import reader_themes
from vedette.formats import lists
from vedette.kinds import kinds as registered

PAGE = 30


@dataclass(frozen=True)
class Entries:
    """One page of entries. `following` is the id of the last entry on the page, after which the next page
    begins. On the last page, `following` is empty. `following` is an id because a URL must not contain a
    name."""

    rows: list[ListEntry]
    total: int
    following: str


def kinds(watchlist: Watchlist) -> list[tuple[str, int]]:
    """Returns the number of current entries of each schema (kind of entity), greatest number first."""
    rows = (
        ListEntry.objects.filter(watchlist=watchlist, until=None)
        .values_list("content__schema")
        .annotate(n=Count("pk"))
        .order_by("-n")
    )
    return [(schema or "Person", n) for schema, n in rows]


def pending(watchlist: Watchlist) -> Approval | None:
    """Returns the undecided request for the approval of a new version of a list."""
    return (
        Approval.objects.select_related("asked_by")
        .filter(kind=Approval.Kind.LIST, state=Approval.State.ASKED, expires_at__gt=timezone.now())
        .filter(organisation=watchlist.organisation_id, detail__name=watchlist.name)
        .order_by("-asked_at")
        .first()
    )


def entry(watchlist: Watchlist, pk: str) -> Entries:
    """Returns one entry, even if a later version of the list removed it."""
    with suppress(ValueError):
        found = list(ListEntry.objects.filter(watchlist=watchlist, pk=uuid.UUID(pk)))
        return Entries(found, len(found), "")
    return Entries([], 0, "")


def version_on(watchlist: Watchlist, day: dt.date) -> ListVersion | None:
    """Returns the version of a list that is in force at the end of a day. A version of a watchlist is in
    force from the day of its import. Returns None if no version was in force."""
    if watchlist.expires_on is not None and watchlist.expires_on < day:
        return None
    begun = Q(active_from__lte=day) | Q(active_from=None, imported_at__date__lte=day)
    found = ListVersion.objects.filter(begun, watchlist=watchlist)
    return found.defer("problems").order_by("number").last()


def entries_on(watchlist: Watchlist, day: dt.date) -> QuerySet[ListEntry]:
    """Returns the entries of a list on a day, sorted by their numbers."""
    return _on(watchlist, day).order_by("ref", "id")


def _on(watchlist: Watchlist, day: dt.date) -> QuerySet[ListEntry]:
    """The entries of a list on a day."""
    version = version_on(watchlist, day)
    if version is None:
        return ListEntry.objects.none()
    found = ListEntry.objects.filter(watchlist=watchlist, since__lte=version.number)
    text = day.isoformat()
    return found.filter(
        Q(until=None) | Q(until__gt=version.number),
        Q(content__valid_from__isnull=True) | Q(content__valid_from__lte=text),
        Q(content__valid_to__isnull=True) | Q(content__valid_to__gte=text),
    )


def entries(
    watchlist: Watchlist, query: str = "", after: str = "", day: dt.date | None = None
) -> Entries:
    """Returns the current entries or, if a day is given, the entries of that day, sorted by name. `query` is
    a part of a name or alias, or an exact id (`ref`) or number."""
    found = (
        ListEntry.objects.filter(watchlist=watchlist, until=None)
        if day is None
        else _on(watchlist, day)
    )
    query = " ".join(query.replace("\0", "").split())[:200]
    if query:
        folded = fold(query)
        match = Q(ref__iexact=query) | Q(content__names__icontains=query)
        match |= Q(content__identifiers__contains=[{"value": query}])
        if folded and not any(c.isdigit() for c in query):  # folding removes digits
            match |= Q(name_key__contains=folded)
        found = found.filter(match)
    total = found.count()
    with suppress(ValueError, ListEntry.DoesNotExist):
        # The last entry of the page before is found even if an import has ended it since.
        last = ListEntry.objects.get(watchlist=watchlist, pk=uuid.UUID(after))
        found = found.filter(
            Q(name_key__gt=last.name_key) | Q(name_key=last.name_key, id__gt=last.pk)
        )
    page = list(found.order_by("name_key", "id")[: PAGE + 1])
    following = str(page[PAGE - 1].pk) if len(page) > PAGE else ""
    return Entries(page[:PAGE], total, following)


#: A list is marked if it expires within this number of days.
SOON = 30
#: The number of days for which the reasons of a list are counted.
PERIOD = 90

_BROUGHT = """
    SELECT e.watchlist_id, r.answer, count(*) AS reasons
    FROM lists_listentry e JOIN reason_answer r ON r.entry_id = e.id AND r.created_at >= %(since)s
    WHERE e.watchlist_id = ANY(%(lists)s) GROUP BY 1, 2
"""


#: The reasons of one list in `PERIOD` days, with the hits that they belong to.
_REASONS = """
    SELECT r.hit_id AS hit, r.answer FROM lists_listentry e
    JOIN reason_answer r ON r.entry_id = e.id AND r.created_at >= %(since)s
    WHERE e.watchlist_id = %(watchlist)s
"""


@dataclass(frozen=True)
class Group:
    """The number of reasons of a list or of a group of subjects, by answer. Reasons that are not decided
    count as open."""

    raised: int
    another: int
    unsure: int
    same: int
    open: int

    @property
    def other(self) -> int:
        """The number of reasons that need no answer or no longer apply, which are counted neither as answered
        nor as open."""
        return self.raised - self.another - self.unsure - self.same - self.open

    @property
    def share(self) -> int | None:
        """Returns the percentage of answers that are “another person”, or None if there are too few
        answers."""
        answered = self.another + self.unsure + self.same
        return round(100 * self.another / answered) if answered >= SAYS_LITTLE else None


def _group(answers: Counter[str]) -> Group:
    return Group(
        raised=answers.total(),
        another=answers["another"],
        unsure=answers["unsure"],
        same=answers["same"],
        open=answers["open"],
    )


@dataclass(frozen=True)
class ListRow:
    """A list as a row of the page of lists."""

    watchlist: Watchlist
    version: ListVersion | None
    brings: Group
    #: The number of days until the list expires, negative after that; None if it does not expire.
    days_left: int | None
    #: The last version that stored subjects were compared with; 0 before the first.
    compared: int = 0

    @property
    def waits(self) -> bool:
        """Whether the last version of the list is not completely in force yet."""
        return self.version is not None and self.version.number > self.compared

    @property
    def expired(self) -> bool:
        """Whether the last day of the list is over."""
        return self.days_left is not None and self.days_left < 0

    @property
    def expires_soon(self) -> bool:
        """Whether the list expires within a month."""
        return self.days_left is not None and 0 <= self.days_left <= SOON


def groups(watchlist: uuid.UUID) -> list[Groups[Group]]:
    """Returns, for each group of subjects, the number of reasons that the list gave in the last `PERIOD`
    days."""
    since = timezone.now() - dt.timedelta(days=PERIOD)
    return report(_REASONS, {"watchlist": watchlist, "since": since}, _group)


def all_lists() -> list[ListRow]:
    """Returns all lists except the list of lookouts, sorted by name."""
    return list_rows(list(Watchlist.objects.filter(lookouts=False).order_by("name")))


@dataclass(frozen=True)
class SuppliedList:
    """A control list that is supplied with vedette.

    `in_place` is the list of the organisation that replaces the supplied list.
    """

    of_kind: str
    key: str
    title: str
    in_place: Watchlist | None


def supplied(themes: Collection[str], rows: Iterable[ListRow] = ()) -> list[SuppliedList]:
    """Returns the control lists that are supplied with vedette, for the kinds of subject with one of the
    themes. `rows` contains the lists that the user may see."""
    own = {row.watchlist.replaces: row.watchlist for row in rows if row.watchlist.replaces}
    return [
        SuppliedList(kind.name, key, title, own.get(key))
        for kind in registered().values()
        if kind.control_formats is not None and set(kind.themes) & set(themes)
        for key, title in kind.control_formats.supplied().items()
        if kind.control_formats.supplied_themes()[key] in themes
    ]


def supplied_title(watchlist: Watchlist) -> str:
    """Returns the title of the supplied list that a control list replaces."""
    if not watchlist.of_kind:
        return ""
    formats = registered()[watchlist.of_kind].control_formats
    return formats.supplied().get(watchlist.replaces, "") if formats is not None else ""


def problem() -> KnowledgeState | None:
    """Returns the row with the reason why the last change of the lists is not in force, or None if it is in
    force."""
    return KnowledgeState.objects.exclude(problem="").first()


def approved(purposes: Collection[str]) -> list[ListDraft]:
    """Returns the approved imports that no worker has finished, for lists with these purposes."""
    rows = ListDraft.objects.filter(approved_at__isnull=False, terms__purpose__in=list(purposes))
    return list(rows.defer("head", "upload").order_by("approved_at"))


def list_rows(lists: list[Watchlist]) -> list[ListRow]:
    """Returns these lists as rows of the table."""
    ids = [watchlist.pk for watchlist in lists]
    latest = ListVersion.objects.filter(watchlist__in=ids).order_by("watchlist", "-number")
    current = {version.watchlist_id: version for version in latest.distinct("watchlist")}
    now = timezone.now()
    state = KnowledgeState.objects.first()
    compared: dict[str, int] = state.compared if state else {}
    answers: dict[uuid.UUID, Counter[str]] = defaultdict(Counter)
    for row in query.dicts(_BROUGHT, {"lists": ids, "since": now - dt.timedelta(days=PERIOD)}):
        answers[row["watchlist_id"]][row["answer"]] = row["reasons"]
    return [
        ListRow(
            watchlist=watchlist,
            version=current.get(watchlist.pk),
            brings=_group(answers[watchlist.pk]),
            days_left=(watchlist.expires_on - now.date()).days if watchlist.expires_on else None,
            compared=compared.get(str(watchlist.pk), 0),
        )
        for watchlist in lists
    ]


@dataclass(frozen=True)
class Subscribed:
    """A subscription, and whether a version waits for a second person."""

    subscription: ListSubscription
    waits: bool


def subscriptions() -> list[Subscribed]:
    """Returns the subscriptions that have not ended, sorted by the names of their lists."""
    rows = list(ListSubscription.objects.filter(ended_at=None).select_related("created_by"))
    asked = set(
        Approval.objects.filter(
            subject__in=[str(row.offered) for row in rows], state=Approval.State.ASKED
        ).values_list("subject", flat=True)
    )
    return [
        Subscribed(row, str(row.offered) in asked)
        for row in sorted(rows, key=lambda row: str(row.terms["name"]))
    ]


def versions(watchlist: Watchlist) -> QuerySet[ListVersion]:
    """Returns the versions of a list, latest first. The problems of the versions are not loaded."""
    return (
        ListVersion.objects.filter(watchlist=watchlist)
        .select_related("imported_by")
        .annotate(
            problem_count=Func(
                "problems", function="jsonb_array_length", output_field=IntegerField()
            )
        )
        .defer("problems")
        .order_by("-number")
    )


KINDS = ("added", "changed", "removed")


@dataclass(frozen=True)
class Change:
    """An entry that is added, changed or removed. `fields` are the fields that changed."""

    kind: str
    entry: Entry
    fields: tuple[lists.FieldChange, ...] = ()
    #: The open hits that are based on the changed or removed entry.
    hits: Sequence[uuid.UUID] = ()


@dataclass(frozen=True)
class Effect:
    """The effect of a change of an entry on hits.

    `compared` maps each kind of subject to the number of its subjects that are compared with the list.
    `open_hits` is the number of open hits that are based on a changed entry.
    """

    compared: dict[str, int]
    open_hits: int


@dataclass(frozen=True)
class ExpectedHits:
    """The hits that the import of a draft would raise, as the reader sees them. `new` is the number of hits
    that would be opened, and `more` is the number of existing hits to which a reason would be added. `due` is
    the number of these hits that are not past due. `levels` contains the number of hits of each level,
    highest level first."""

    found: Expected
    new: int
    more: int
    due: int
    levels: list[tuple[int, int]]
    #: The alarms of the whole control list, or the hits of a watchlist; and the stored subjects that the
    #: reader may see, and their days, from which they were counted.
    alarms: int
    stored: int
    days: int

    @property
    def daily(self) -> float | None:
        """The expected number of alarms per day, or None if no subject is stored."""
        return self.alarms / self.days if self.days else None

    @property
    def total(self) -> int:
        """The number of hits."""
        return self.new + self.more


def expected(draft: ListDraft, user: User) -> ExpectedHits | None:
    """Returns the hits that the import of the draft would raise, or None if the hits are not counted yet."""
    if draft.expected is None:
        return None
    found = msgspec.convert(draft.expected, Expected)
    levels: Counter[int] = Counter()
    hits = found.seen_by(pairs_of(reader_themes(user.themes), user.purposes))
    for one in hits:
        levels[one.level] += one.count
    new = sum(one.count for one in hits if one.new)
    due = sum(one.count for one in hits if one.due)
    total = levels.total()
    kinds = [found.of_kind] if found.of_kind else [
        name for name, kind in registered().items() if set(kind.themes) & set(user.themes)
    ]  # fmt: skip
    stored = [found.stored[name] for name in kinds if name in found.stored]
    return ExpectedHits(
        found, new, total - new, due, sorted(levels.items(), reverse=True),
        alarms=total if found.alarms is None else found.alarms,
        stored=sum(one.subjects for one in stored),
        days=max((one.days for one in stored), default=0),
    )  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """The number of changes of each kind, and some of the changes."""

    counts: dict[str, int]
    shown: list[Change]

    @property
    def total(self) -> int:
        """Returns the number of changes of all kinds."""
        return sum(self.counts.values())


#: The changes between the entries `before` and `after`: kind, id before, id after. The database compares
#: them, so that this process needs no memory for the entries that are not shown.
_CHANGES = """
    WITH changes AS MATERIALIZED (
        SELECT CASE WHEN b.id IS NULL THEN 'added' WHEN a.id IS NULL THEN 'removed' ELSE 'changed' END
               AS kind, b.id AS old, a.id AS new, coalesce(a.ref, b.ref) AS ref
        FROM (SELECT id, ref, content_hash FROM {after}) a
        FULL JOIN (SELECT id, ref, content_hash FROM {before}) b ON b.ref = a.ref
        WHERE a.content_hash IS DISTINCT FROM b.content_hash
    )
"""
_OF_DRAFT = _CHANGES.format(
    after="lists_draftentry WHERE draft_id = %(draft)s",
    before="lists_listentry WHERE watchlist_id = %(watchlist)s AND until IS NULL",
)
#: Version 0 is the empty list before the first version.
_OF_VERSIONS = _CHANGES.format(
    after="lists_listentry WHERE watchlist_id = %(watchlist)s AND since > %(earlier)s"
    " AND since <= %(later)s AND coalesce(until > %(later)s, true)",
    before="lists_listentry WHERE watchlist_id = %(watchlist)s AND since <= %(earlier)s"
    " AND until > %(earlier)s AND until <= %(later)s",
)
_COUNTS = "SELECT kind, count(*) AS number FROM changes GROUP BY kind"
_SOME = """
    SELECT old, new FROM changes WHERE %(kind)s IN ('', kind)
    ORDER BY array_position(ARRAY['changed', 'added', 'removed'], kind), ref
"""
_PAGE = _SOME + " LIMIT %(most)s OFFSET %(start)s"
_WITH_REASONS = "SELECT DISTINCT c.old FROM changes c JOIN hits_reason r ON r.entry_id = c.old"
#: The number of changes whose entries are read at a time.
_BATCH = 1000


def difference(
    watchlist: Watchlist, earlier: int, later: int, kind: str = "", start: int = 0, most: int = PAGE
) -> Difference:
    """Returns the changes from version `earlier` to version `later`. The first `start` changes of the given
    kind are skipped, and at most `most` changes are returned."""
    values = {
        **_between(watchlist, earlier, later),
        "kind": kind if kind in KINDS else "",
        "start": start,
        "most": most,
    }
    return _difference(_OF_VERSIONS, values)


def changes(watchlist: Watchlist, earlier: int, later: int) -> Iterator[Change]:
    """Yields all changes from version `earlier` to version `later`."""
    values = {**_between(watchlist, earlier, later), "kind": ""}
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(_OF_VERSIONS + _SOME, values)
        while rows := cursor.fetchmany(_BATCH):
            old = ListEntry.objects.filter(pk__in=[row[0] for row in rows if row[0]])
            new = ListEntry.objects.filter(pk__in=[row[1] for row in rows if row[1]])
            yield from _changes(
                list(old.order_by("ref")), [row.entry for row in new.order_by("ref")]
            )


def _between(watchlist: Watchlist, earlier: int, later: int) -> dict[str, Any]:
    return {"watchlist": watchlist.pk, "earlier": earlier, "later": later}


def _difference(
    sql: str, values: dict[str, Any], of: type[ListEntry | DraftEntry] = ListEntry
) -> Difference:
    rows = query.dicts(sql + _PAGE, values)
    old = ListEntry.objects.filter(pk__in=[row["old"] for row in rows if row["old"]])
    new = of._default_manager.filter(pk__in=[row["new"] for row in rows if row["new"]])
    counts = {row["kind"]: row["number"] for row in query.dicts(sql + _COUNTS, values)}
    return Difference(
        counts={kind: counts.get(kind, 0) for kind in KINDS},
        shown=_changes(list(old.order_by("ref")), [row.entry for row in new.order_by("ref")]),
    )


def preview(watchlist: Watchlist | None, draft: ListDraft, most: int) -> tuple[Difference, Effect]:
    """Returns the changes that an import of the draft would make, and their effect. At most `most` changes
    are returned with their entries. A worker counts the expected hits (`ListDraft.expected`)."""
    values = {
        "draft": draft.pk,
        "watchlist": watchlist.pk if watchlist else None,
        "kind": "",
        "start": 0,
        "most": most,
    }
    based = Reason.objects.filter(
        entry_id__in=[row["old"] for row in query.dicts(_OF_DRAFT + _WITH_REASONS, values)],
        hit_id__in=open_hits().values("pk"),
    )
    effect = Effect(
        compared={kind.name: kind.compared() for kind in app_kinds()},
        open_hits=based.values("hit").distinct().count(),
    )
    return _difference(_OF_DRAFT, values, DraftEntry), effect


def _changes(old: list[ListEntry], new: list[Entry]) -> list[Change]:
    refs: dict[uuid.UUID | None, str] = {row.pk: row.ref for row in old}
    reasons = Reason.objects.filter(entry_id__in=list(refs), hit_id__in=open_hits().values("pk"))
    hits: dict[str, list[uuid.UUID]] = defaultdict(list)
    for entry, hit in reasons.values_list("entry_id", "hit").distinct().order_by("entry_id", "hit"):
        hits[refs[entry]].append(hit)
    found = lists.diff([row.entry for row in old], new)
    return [
        *(Change("changed", c.after, c.fields, hits[c.after.ref]) for c in found.changed),
        *(Change("added", entry) for entry in found.added),
        *(Change("removed", entry, (), hits[entry.ref]) for entry in found.removed),
    ]


#: The number of ended lookouts that are shown, latest first.
SHOWN = 50


@dataclass(frozen=True)
class Row:
    """A lookout with its entry and the number of its hits."""

    lookout: Lookout
    entry: Entry
    hits: int


@dataclass(frozen=True)
class Lookouts:
    """Lookouts by state. `review` contains the expired lookouts that no supervisor has reviewed."""

    review: list[Row]
    active: list[Row]
    ended: list[Row]
    ended_total: int


def lookouts() -> Lookouts:
    """Returns all lookouts that are active or wait for review, and the last `SHOWN` lookouts that have
    ended."""
    now = timezone.now()
    rows = Lookout.objects.select_related("entry", "created_by", "reviewed_by")
    going = rows.filter(ended_at=None)
    ended = rows.exclude(ended_at=None)
    return Lookouts(
        review=_lookout_rows(going.filter(expires_at__lte=now).order_by("expires_at")),
        active=_lookout_rows(going.filter(expires_at__gt=now).order_by("-created_at")),
        ended=_lookout_rows(ended.order_by("-ended_at")[:SHOWN]),
        ended_total=ended.count(),
    )


def _lookout_rows(found: Iterable[Lookout]) -> list[Row]:
    held = list(found)
    hits: dict[uuid.UUID, int] = dict(
        Reason.objects.filter(entry_id__in=[lookout.pk for lookout in held])
        .values_list("entry_id")
        .annotate(n=Count("hit", distinct=True))
        .order_by()
    )
    return [Row(one, one.entry.entry, hits.get(one.pk, 0)) for one in held]
