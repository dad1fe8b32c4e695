"""The app part of each kind: what shared code asks of a kind that needs Django or the database.

Each kind's app defines `APP` in its module `kind`. It is imported on first use, so that neither settings
nor `vedette parse` load Django models through it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from ninja import Router
from psycopg import Connection

from vedette.apps.subjects.models import Subject
from vedette.apps.subjects.tables import Tables
from vedette.core.asked import Asked
from vedette.keys.ring import Keys
from vedette.kinds import kinds

if TYPE_CHECKING:
    # The web process loads no pipeline.
    from vedette.pipeline.storage import Storage


@dataclass(frozen=True)
class Panel:
    """A block of a page: its template and context, and the tabs (anchor, title) that lead to it."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    tabs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class SubjectPage:
    """What a kind adds to the page of a hit."""

    #: The subject's name for the title of the page, and what the head holds, for screen readers.
    title: str
    label: str
    #: Who or what it is, beside the priority; then what restricts the use of the data.
    head: Panel
    notice: Panel
    #: The blocks after the reasons, in this order.
    panels: Sequence[Panel]
    #: Rows of the vault that the reader may see for a while (`retention.unmask`).
    opened: Sequence[Any] = ()


@dataclass(frozen=True)
class Fairness:
    """How hits are counted by group of subjects, to reveal unequal treatment."""

    #: SQL query over the row `h` of `hits_hit`: at most one row, with the columns of `Kind.fairness`, each
    #: null if unknown or masked, and `letter`, the first letter of the name of the first party.
    query: str
    #: Column → its label, and the words for its values; a value without a word is shown as it is.
    words: Mapping[str, tuple[Any, Mapping[str, Any]]] = field(default_factory=dict)
    #: Columns with many values, which the card of a backtest shows folded.
    folded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reported:
    """The number of subjects in the statistics of a day."""

    #: SQL query with the parameters `org`, `from` and `to`: their number.
    query: str
    #: What is counted, in a sentence and as the heading of a column.
    label: Any
    heading: Any


@dataclass(frozen=True)
class Given:
    """What a letter says about its person: a document, or a name with the birth date."""

    surname: str = ""
    given_names: str = ""
    birth: dt.date | None = None
    document: str = ""

    def words(self) -> dict[str, str]:
        """The values as text, for the sealed part of an act."""
        return {
            "surname": self.surname,
            "given_names": self.given_names,
            "birth": self.birth.isoformat() if self.birth else "",
            "document": self.document,
        }


@dataclass(frozen=True)
class Element:
    """An element of a subject that a person may have rectified."""

    label: Any
    #: Names of the lines of evidence that are based on it.
    evidence: frozenset[str]
    #: The value as typed, without needless spaces → the value as stored. Raises `ValueError` where it is
    #: not valid for this element.
    fitting: Callable[[str], str] = str.upper
    #: The value as stored → the value as the reader writes it.
    shown: Callable[[str], str] = str


@dataclass(frozen=True, kw_only=True)
class AppKind:
    """What one kind brings to the pages and the API. Ids of subjects and groups are those of hits."""

    name: str
    #: A number of subjects → the number with the word of the kind: "12 parcels".
    counted: Callable[[int], str]
    #: Its tables, from which masking, deletion, erasure, restriction and backup are made.
    tables: Tables
    #: (connection of the intake role, keys, organisation, moment) → the rows of the kind, for the pipeline
    #: (`pipeline.storage.Storage`).
    store: Callable[[Connection[Any], Keys, uuid.UUID, dt.datetime], Storage]
    #: (connection, organisation, moment) → ids of the groups on whose subjects a decision is still due (of
    #: subjects, if the kind has no groups).
    due: Callable[[Connection[Any], uuid.UUID, dt.datetime], Sequence[uuid.UUID]]
    #: (connection, organisation, ids of groups) → ids of their subjects of which something is in clear.
    in_clear: Callable[[Connection[Any], uuid.UUID, Sequence[uuid.UUID]], Sequence[uuid.UUID]]
    #: (connection, organisation) → every subject in clear with the names stated of it, some thousands at a
    #: time: a list that changed is asked of them. Restricted ones are left out.
    stated: Callable[[Connection[Any], uuid.UUID], Iterator[list[tuple[uuid.UUID, Asked]]]]
    #: Rows of the kind that the reader may see, by the subject's id.
    subjects: Callable[[], QuerySet[Any]]
    #: How many of them are compared with a list that changes.
    compared: Callable[[], int]

    #: Subjects → `title`, `masked`, `group`, `group_more` and `on` (its group and day), `page` (its own
    #: page), the values of `api_row`, and what `queue_template` shows. The template gives one cell at a time
    #: by `cell`: `due` (below the time left), `subject` (below the name), `found` (below the name, what
    #: tells namesakes apart for whoever answers a letter), `group`.
    queue_row: Callable[[Collection[uuid.UUID]], dict[uuid.UUID, dict[str, Any]]]
    queue_template: str
    #: Headings of the columns of the subject and of its group.
    queue_heads: tuple[Any, Any]
    #: What the head of the queue says beside the counts, for an organisation.
    queue_notices: Callable[[uuid.UUID | None], Sequence[Panel]]
    #: The filter by group: its label, an example, and which groups a text means.
    group_filter: tuple[Any, str]
    filter_groups: Callable[[str], Iterable[uuid.UUID]]

    #: (subject, whether it is for the printed sheet) → its part of the page of a hit.
    panels: Callable[[uuid.UUID, bool], SubjectPage]
    #: The sentence for one fact in its favour; empty where the id is unknown.
    favour: Callable[[str, Mapping[str, Any]], str]
    #: The sentence for messages that disagree.
    disagreement: Callable[[Mapping[str, Any]], str]
    #: Headings: of its values beside those of a list; of conditions of a profile that spare others.
    ours: Any
    spared: Any

    #: Schemas of its part of a row of the queue and of a hit (`api.py` of `desk`), and the values of
    #: the latter; those of the former stand in `queue_row`.
    api_row: type[Any]
    api_hit: type[Any]
    hit_values: Callable[[uuid.UUID], dict[str, Any]]

    #: Its API: (prefix, router). Its entries in the bar: name of the URL, first parts of the names of
    #: URLs that it stands for, word. Its pages stand in the module `urls` of its app.
    routers: Sequence[tuple[str, Router]]
    nav: Sequence[tuple[str, str, Any]]

    #: What a lookout for this subject would be entered with. Raises `ObjectDoesNotExist`.
    lookout: Callable[[uuid.UUID], dict[str, str]]
    #: Names of the subject, which no register that is kept longer may hold; empty once masked.
    names: Callable[[uuid.UUID], list[str]]
    #: (subject, choice of a decision) → why a second officer must agree; None where none is needed.
    second_person: Callable[[Subject, str], str | None]

    #: The search for subjects in clear: the words for what they are found by; the name of the kind's own
    #: page, which takes the text `q` by POST; names of its URLs that search by POST, for the rate limit.
    search_keys: Sequence[Any]
    search_page: str
    searching: Collection[str]
    #: A text → how many are found, and the block that shows them; None where nothing has such a name or
    #: number. The caller writes the act.
    search: Callable[[str], tuple[int, Panel] | None]

    #: What a letter says about its person → the subjects it is about, newest first, each with the words by
    #: what it was found; and whether there are more. Restricted and masked subjects are found as well.
    find: Callable[[Given], tuple[dict[uuid.UUID, list[str]], bool]]
    #: Subjects → what an access request gives of each, in order of time: nested values with `masked` and
    #: `received_on`. Its module imports neither hits nor lists nor profiles, so that nothing of them is
    #: given out; a test checks it. Empty values are left out.
    disclose: Callable[[Collection[uuid.UUID]], dict[uuid.UUID, dict[str, Any]]]
    #: The words for the keys of `disclose`; and a sentence that says where these data come from.
    labels: Mapping[str, Any]
    sources: Any
    #: Elements that a person may have rectified, by name, in the order of the form. The kind screens
    #: rectified values (`requests.corrections.corrected`) in place of what messages state.
    elements: Mapping[str, Element]
    #: (subject, element, its value as stored) changes on the subject what follows from the value; the
    #: caller saves the subject.
    rectified: Callable[[Subject, str, str], None]

    #: Lists, profiles and reports.
    fairness: Fairness
    #: Ids of groups → the text that names the group, and the address of its page (empty: none).
    group_labels: Callable[[Collection[uuid.UUID]], Mapping[uuid.UUID, tuple[str, str]]]
    #: (connection, organisation, ids) → subjects in clear with the parts of their names, to find readers who
    #: open their own record.
    clear_names: Callable[
        [Connection[Any], uuid.UUID, Sequence[uuid.UUID]],
        Iterable[tuple[uuid.UUID, Sequence[str | None]]],
    ]
    #: Lanes of the random control: name → its label and an explanation.
    lanes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    #: None if the statistics do not count this kind.
    reported: Reported | None = None
    #: Act of the kind in the journal → kind of access (`oversight.models.Tally.Kind`). The subject of acts
    #: of the kinds `person` and `unmasked` is the subject.
    accesses: Mapping[str, str] = field(default_factory=dict)


@cache
def app_kind(name: str) -> AppKind:
    """The app part of the kind of that name. Raises `KeyError` where no such kind is installed."""
    found: AppKind = import_module(f"{kinds()[name].app}.kind").APP
    return found


def app_kinds() -> list[AppKind]:
    """The app parts of all kinds, in the order of the list."""
    return [app_kind(name) for name in kinds()]


def kind_of(subject: uuid.UUID) -> AppKind:
    """The kind of a subject. Raises `Subject.DoesNotExist` where it is not in scope."""
    return app_kind(Subject.objects.values_list("kind", flat=True).get(pk=subject))


def by_kind(subjects: Iterable[Subject]) -> list[tuple[AppKind, list[Subject]]]:
    """Each kind with its subjects."""
    of: dict[str, list[Subject]] = {}
    for subject in subjects:
        of.setdefault(subject.kind, []).append(subject)
    return [(app_kind(name), some) for name, some in of.items()]


def queue_rows(subjects: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """What the queue shows of these subjects; each row names its `template`."""
    rows: dict[uuid.UUID, dict[str, Any]] = {}
    for kind, some in by_kind(Subject.objects.filter(pk__in=subjects).only("pk", "kind")):
        found = kind.queue_row([one.pk for one in some]).items()
        rows |= {subject: {**row, "template": kind.queue_template} for subject, row in found}
    return rows
