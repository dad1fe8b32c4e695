"""The Django part of each kind (`AppKind`): the parts of a kind that need Django or the database.

The app of each kind defines `APP` in its module `kind`. The module is imported at the first use, so that
neither the settings nor `vedette parse` load Django models. The parts that a kind adds to the pages of
messages and of the journal are not in `APP`: the `ready` of its app registers them
(`apps.inbox.wording.register`, `apps.journal.wording.register`).
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
from vedette.core.parties import Asked
from vedette.keys.ring import Keys
from vedette.kinds import kinds

if TYPE_CHECKING:
    # The web process loads no pipeline.
    from vedette.pipeline.screen import Storage


@dataclass(frozen=True)
class Panel:
    """A block of a page: its template, its context, and its tabs (anchor, title)."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    tabs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class SubjectPage:
    """The parts that a kind adds to the page of a hit."""

    #: The subject's name for the title of the page.
    title: str
    #: The name of the head of the page, for screen readers.
    label: str
    #: The block beside the priority that shows who or what the subject is.
    head: Panel
    #: The block below the head that states restrictions on the use of the data.
    notice: Panel
    #: The blocks after the reasons, in this order.
    panels: Sequence[Panel]
    #: Rows of the vault that the reader may see for a limited time (`retention.unmask`).
    opened: Sequence[Any] = ()


@dataclass(frozen=True)
class Fairness:
    """How hits are counted by group of subjects, to reveal unequal treatment."""

    #: SQL query over the row `h` of `hits_hit`: at most one row, with the columns of `Kind.fairness`, each
    #: null if unknown or masked, and `letter`, the first letter of the name of the first party.
    query: str
    #: Column → its label, and the words for its values; a value without a word is shown as it is.
    words: Mapping[str, tuple[Any, Mapping[str, Any]]] = field(default_factory=dict)
    #: Columns with many values. The card of a backtest shows them folded.
    folded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reported:
    """The number of subjects in the statistics of a day."""

    #: SQL query for the number of subjects, with the parameters `org`, `from` and `to`.
    query: str
    #: The name of the counted things, in a sentence and as the heading of a column.
    label: Any
    heading: Any


@dataclass(frozen=True)
class Given:
    """The details in a letter by which the person is found: a document, or a name with the birth
    date.
    """

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
    """An element of a subject whose rectification a person may request."""

    label: Any
    #: Names of the lines of evidence that are based on it.
    evidence: frozenset[str]
    #: The value as typed, without needless spaces → the value as stored. Raises `ValueError` if it is not
    #: valid for this element.
    fitting: Callable[[str], str] = str.upper
    #: The value as stored → the value as the reader writes it.
    shown: Callable[[str], str] = str


@dataclass(frozen=True, kw_only=True)
class AppKind:
    """The Django part of one kind. Ids are those of `subjects_subject`, and of its column `group_id`. A kind
    without groups has no `group_id`: where this class says "ids of groups", its subjects count as groups."""

    #: The same name as in its `Kind`.
    name: str
    #: A number of subjects → the number with the word of the kind: "12 parcels".
    counted: Callable[[int], str]
    #: Its tables, from which masking, deletion, erasure, restriction and backup are made.
    tables: Tables
    #: (connection of the intake role, keys, organisation, moment) → the store of the kind, for the pipeline.
    #: A store is made for each transaction.
    store: Callable[[Connection[Any], Keys, uuid.UUID, dt.datetime], Storage]
    #: (connection, organisation, moment) → ids of the groups on whose subjects a decision is still due. A
    #: profile that becomes active is applied to these subjects.
    due: Callable[[Connection[Any], uuid.UUID, dt.datetime], Sequence[uuid.UUID]]
    #: (connection, organisation, ids of groups) → ids of their subjects that have clear values.
    in_clear: Callable[[Connection[Any], uuid.UUID, Sequence[uuid.UUID]], Sequence[uuid.UUID]]
    #: (connection, organisation) → every subject in clear with its names, dates and nationalities, in batches
    #: of some thousands. They are compared with changed entries of a list. Restricted subjects are left out.
    #: Identifiers are not needed, because their tokens are compared.
    population: Callable[[Connection[Any], uuid.UUID], Iterator[list[tuple[uuid.UUID, Asked]]]]
    #: Rows of the kind's own table that the reader may see; their key is the id of the subject.
    subjects: Callable[[], QuerySet[Any]]
    #: The number of subjects that are compared with a list that changes.
    compared: Callable[[], int]

    #: Subjects → the row of each that the reader may see: `title` (its name), `masked`, `group` and
    #: `group_more` (name of its group, and more about it), `on` (day of its group, or None), `page` (address
    #: of its own page), every field of `api_row`, and what `queue_template` needs.
    queue_row: Callable[[Collection[uuid.UUID]], dict[uuid.UUID, dict[str, Any]]]
    #: The template for one cell of the row, which is `shown` in the context. `cell` is the name of the cell:
    #: `due` (below the time left), `subject` (below the name), `group`, or `found`. The cell `found` is below
    #: the name in the list of subjects found for a letter; it distinguishes persons with the same name. For
    #: `found`, the context contains no hit; for the others it contains `hit` and `at`, the present time.
    queue_template: str
    #: Headings of the columns of the subject and of its group.
    queue_heads: tuple[Any, Any]
    #: Organisation → notices in the head of the queue, beside the counts.
    queue_notices: Callable[[uuid.UUID | None], Sequence[Panel]]
    #: The label of the filter of the queue by group, and an example.
    group_filter: tuple[Any, str]
    #: Text of the filter → ids of the groups to which it refers. The filter compares them with `group_id`, so
    #: it finds no subject of a kind without groups.
    filter_groups: Callable[[str], Iterable[uuid.UUID]]

    #: (subject, whether for the printed sheet) → its part of the page of a hit.
    panels: Callable[[uuid.UUID, bool], SubjectPage]
    #: (id, parameters) of a fact in its favour, as the function `favour` of its store returns them
    #: (`apps.hits.raising.Favour`) → the sentence; empty if the id is unknown.
    favour: Callable[[str, Mapping[str, Any]], str]
    #: Parameters of the reason that `Kind.disagreement` returns → its sentence.
    disagreement: Callable[[Mapping[str, Any]], str]
    #: Heading of its values beside those of a list.
    ours: Any
    #: Heading of the conditions that exempt subjects from a profile.
    spared: Any

    #: Schema of its part of a row of the queue in the API; `queue_row` gives the values.
    api_row: type[Any]
    #: Schema of its part of a hit in the API, and its values.
    api_hit: type[Any]
    hit_values: Callable[[uuid.UUID], dict[str, Any]]

    #: Its own API: (prefix, router).
    routers: Sequence[tuple[str, Router]]
    #: Its entries in the navigation bar: name of the URL; first parts of the names of the URLs (`parcel` for
    #: `parcel-export`) under which the entry is marked as current, separated by spaces; text.
    nav: Sequence[tuple[str, str, Any]]

    #: Subject → the values with which the form of a lookout is filled: `document`, `name`, `birth_date`,
    #: `nationality`, `group_label`. Raises `ObjectDoesNotExist`.
    lookout: Callable[[uuid.UUID], dict[str, str]]
    #: Subject → its names, empty if masked. They are used for the check that a text that is kept longer
    #: contains none of them.
    names: Callable[[uuid.UUID], list[str]]
    #: (subject, choice of a decision) → why a second officer must agree; None if none is needed.
    second_person: Callable[[Subject, str], str | None]

    #: The words for the elements by which the search finds subjects (name, document).
    search_keys: Sequence[Any]
    #: Name of the URL to which the search field of every page posts the text `q` if this is the only kind. It
    #: is `search`, the page for all kinds, if the kind has no page of its own for the search.
    search_page: str
    #: Names of its URLs that search by POST, for the rate limit.
    searching: Collection[str]
    #: Text → the number of subjects found, and the block that shows them; None if there are none. The caller
    #: writes the act.
    search: Callable[[str], tuple[int, Panel] | None]

    #: Details in a letter about its person → the subjects found, newest first, each with the words for the
    #: elements by which it was found; and whether there are more. Restricted and masked subjects are found
    #: too.
    find: Callable[[Given], tuple[dict[uuid.UUID, list[str]], bool]]
    #: Subjects → the values of each for the answer to an access request, in order of time: nested values with
    #: `masked` and `received_on`. Neither its module nor a module that it imports may import hits, lists or
    #: profiles, so that nothing of them is disclosed; a test checks it. Empty values are left out.
    disclose: Callable[[Collection[uuid.UUID]], dict[uuid.UUID, dict[str, Any]]]
    #: Key of the values of `disclose` → its word.
    labels: Mapping[str, Any]
    #: A sentence that states where these data come from.
    sources: Any
    #: Elements whose rectification a person may request, by name, in the order of the form. Its store loads
    #: the rectified values with `apps.requests.corrections.corrected`, and `Kind.asks` uses them.
    elements: Mapping[str, Element]
    #: (subject, element, its value as stored): sets `minor` of the subject if it follows from the value. The
    #: caller saves this column.
    rectified: Callable[[Subject, str, str], None]

    #: The query and the words for the counts by the columns of `Kind.fairness`.
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
    #: Act of the kind in the journal → kind of access (`oversight.models.Tally.Kind`). The field `subject` of
    #: acts of the kinds `person` and `unmasked` is the id of the subject.
    accesses: Mapping[str, str] = field(default_factory=dict)


@cache
def app_kind(name: str) -> AppKind:
    """The Django part of the kind of that name. Raises `KeyError` if it is not installed."""
    found: AppKind = import_module(f"{kinds()[name].app}.kind").APP
    return found


def app_kinds() -> list[AppKind]:
    """The Django parts of all kinds, in the order of `VEDETTE_KINDS`."""
    return [app_kind(name) for name in kinds()]


def kind_of(subject: uuid.UUID) -> AppKind:
    """The kind of a subject. Raises `Subject.DoesNotExist` if it is not in scope."""
    return app_kind(Subject.objects.values_list("kind", flat=True).get(pk=subject))


def by_kind(subjects: Iterable[Subject]) -> list[tuple[AppKind, list[Subject]]]:
    """Returns each kind with its subjects."""
    of: dict[str, list[Subject]] = {}
    for subject in subjects:
        of.setdefault(subject.kind, []).append(subject)
    return [(app_kind(name), some) for name, some in of.items()]


def queue_rows(subjects: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """Returns the rows of these subjects for the queue; each row contains the name of its `template`."""
    return {
        subject: {**row, "template": kind.queue_template}
        for kind, some in by_kind(Subject.objects.filter(pk__in=subjects).only("pk", "kind"))
        for subject, row in kind.queue_row([one.pk for one in some]).items()
    }
