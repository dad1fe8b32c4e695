"""The Django part of each kind of subject (`AppKind`): the functions and values of a kind that need
Django or the database.

The app of each kind defines `APP` in its module `kind`. The module is imported at its first use, so that
neither the settings nor the command `vedette parse` load Django models. The module `api` of the app defines
`API` (`KindApi`). The texts that a kind adds to the pages of messages and of the journal are not in `APP`.
The method `ready` of the app registers these texts (`apps.inbox.wording.register`,
`apps.journal.wording.register`).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import QuerySet
from psycopg import Connection

from vedette.apps.accounts.models import User
from vedette.apps.subjects.models import Subject
from vedette.apps.subjects.tables import Tables
from vedette.core.entries import EntryIdentifier
from vedette.core.parties import Asked
from vedette.keys.ring import Keys
from vedette.kinds import kinds
from vedette.screening.links import RecordOf

if TYPE_CHECKING:
    # The worker does not load the library of the API, and the web process does not load the pipeline.
    from ninja import Router

    from vedette.pipeline.screen import Storage


@dataclass(frozen=True)
class Panel:
    """A block of a page: its template, the context of the template, and its tabs, each with an anchor and a
    title.
    """

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    tabs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class KindApi:
    """The API of a kind of subject. Only the web process imports the module that contains it, because the
    library of the API needs 12 MB of memory."""

    #: Schema of the fields that the kind adds to a row of the queue. `AppKind.queue_row` returns the values.
    row: type[Any]
    #: Schema of the fields that the kind adds to a hit. `AppKind.hit_values` returns the values.
    hit: type[Any]
    #: Schema of the fields that the kind adds to a message. `MessageKind.api_values` returns the values.
    message: type[Any]
    #: Pairs of prefix and router.
    routers: Sequence[tuple[str, Router]] = ()


@dataclass(frozen=True)
class SubjectPage:
    """The content that a kind of subject adds to the page of a hit."""

    #: The subject's name for the title of the page.
    title: str
    #: The accessible name of the page header, for screen readers.
    label: str
    #: The block beside the priority that shows who or what the subject is.
    head: Panel
    #: The block below the head that states restrictions on the use of the data.
    notice: Panel
    #: The blocks after the reasons, in this order.
    panels: Sequence[Panel]
    #: The blocks between the facts in favour and the reasons.
    first: Sequence[Panel] = ()
    #: Rows of the vault that the reader may see for a limited time (`retention.unmask`).
    opened: Sequence[Any] = ()
    #: The identifiers of the subject in clear, as far as the reader may see them. The page compares them with
    #: the entry of a list.
    identifiers: Sequence[EntryIdentifier] = ()


@dataclass(frozen=True)
class BarPage:
    """A page in the navigation bar, with its subordinate pages."""

    #: Name of its URL.
    name: str
    #: The text of the link: one word.
    word: Any
    #: The right that the page requires; empty if every signed-in user may open it.
    right: str
    #: Prefixes of the URL names for which the page is shown as current (`parcel` for `parcel-export`;
    #: separated by spaces), in addition to `name`.
    names: str = ""
    #: Pages of the same topic. The bar shows one link for all of them; each page links to the others.
    below: tuple[BarPage, ...] = ()
    #: The text of the link beside the links of `below`; the default is `word`.
    own_word: Any = ""
    #: Letter of its access key.
    key: str = ""
    #: The query of its URL.
    query: str = ""


@dataclass(frozen=True)
class Help:
    """A section of the documentation, identified by its heading in an English and in a French file of
    `docs/`.
    """

    english: str
    french: str
    #: The files, without the ending `.md`.
    files: tuple[str, str] = ("officers", "officiers")


@dataclass(frozen=True)
class GroupMark:
    """The text with which a chart shows a group: its name, further details such as the origin, and the URL of
    its page. If the group has no page, the URL is empty.
    """

    name: str
    more: str = ""
    page: str = ""


@dataclass(frozen=True)
class Fact:
    """A rare fact that several subjects share, for example a telephone number."""

    #: The name of an icon (`web.assets`).
    icon: str
    #: A text of about ten characters for the drawing, and the full text for the table.
    label: str
    title: str
    #: The subjects that share the fact, in the order of the group.
    subjects: Sequence[uuid.UUID]


@dataclass(frozen=True)
class Linked:
    """A group of subjects that are linked with one subject by rare facts."""

    #: The number of subjects in words, such as "4 linked parcels".
    title: str
    #: Subjects → a short name and a short mark, such as a position, for the drawing. At most `MOST`.
    names: Mapping[uuid.UUID, tuple[str, str]]
    #: At most `MOST_FACTS`. The fact that most subjects share is first.
    facts: Sequence[Fact]
    #: A sentence that states which facts link.
    note: str
    #: How many more subjects and facts the group has.
    more: int = 0
    more_facts: int = 0

    MOST: ClassVar[int] = 40
    MOST_FACTS: ClassVar[int] = 20


@dataclass(frozen=True)
class ControlCheck:
    """One check that an officer carries out during a control: its code, its text, and the declared value."""

    code: str
    label: Any
    declared: str = ""


@dataclass(frozen=True)
class ControlSheet:
    """The data that a kind of subject provides to the officer who carries out a control."""

    #: What is controlled, such as a container, and lines about where it is.
    title: str = ""
    lines: Sequence[str] = ()
    checks: Sequence[ControlCheck] = ()
    #: The declared seals, and the declared quantities in words.
    seals: Sequence[str] = ()
    declared: Sequence[str] = ()
    #: Safety advice: a title and the address of its page.
    cards: Sequence[tuple[str, str]] = ()


def no_control_sheet(_: uuid.UUID) -> ControlSheet:
    """Returns an empty sheet, because this kind has no checks."""
    return ControlSheet()


def not_found(_: uuid.UUID) -> None:
    """Returns None, because this kind of subject does not include goods that customs found without a
    declaration."""


def no_identity(_: Collection[uuid.UUID]) -> dict[uuid.UUID, RecordOf]:
    """Returns an empty result, because the records of this kind are not grouped by person and company."""
    return {}


def not_linked(_: uuid.UUID) -> None:
    """Returns None, because the subjects of this kind are not linked."""


@dataclass(frozen=True)
class Late:
    """A group whose messages are late. `ref` identifies the report, so that users are notified of it only
    once. `group` is None if no message was received at all. `unit` is the unit that may see the group, or
    None."""

    ref: str
    name: str
    unit: uuid.UUID | None
    group: uuid.UUID | None = None


@dataclass(frozen=True)
class Dimension:
    """A dimension by which the statistics group the hits of a kind, for example a route."""

    #: Identifies the dimension in its kind, in addresses and files.
    key: str
    #: The title of the table, and the heading of its first column.
    title: Any
    head: Any
    #: SQL query that refers to a row `d` with `subject_id` and `group_id` and returns at most one row with
    #: one text, which is not null. Contains no personal data and no `%`.
    sql: str


@dataclass(frozen=True)
class Fairness:
    """Defines how the hits of a kind are counted by groups of persons, to detect unequal treatment."""

    #: SQL query that refers to a row `h` of `hits_hit` and returns at most one row. Its columns are
    #: those of `Kind.fairness`, which are null if unknown or masked, and `letter`, the first letter of
    #: the name of the first party.
    query: str
    #: Maps a column to its label and to the display texts of its values. A value without a display text
    #: is shown unchanged.
    words: Mapping[str, tuple[Any, Mapping[str, Any]]] = field(default_factory=dict)
    #: Columns with many values. The report of a backtest shows them collapsed.
    folded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reported:
    """Defines how the subjects of a kind are counted in the daily statistics."""

    #: SQL query for the number of subjects, with the parameters `org`, `from` and `to`.
    query: str
    #: The display name of the counted subjects in a sentence, and as the heading of a column.
    label: Any
    heading: Any


@dataclass(frozen=True)
class Given:
    """The details in a person's letter that are used to search for the data about this person. The person's
    details are a document, or a name with the birth date.
    """

    surname: str = ""
    given_names: str = ""
    birth: dt.date | None = None
    document: str = ""

    def words(self) -> dict[str, str]:
        """Returns the values as text, for the encrypted part of a journal entry."""
        return {
            "surname": self.surname,
            "given_names": self.given_names,
            "birth": self.birth.isoformat() if self.birth else "",
            "document": self.document,
        }


@dataclass(frozen=True)
class Other:
    """A record that names a person but is not a subject: its type, its title, the URL of its page, and the
    elements that match."""

    what: Any
    title: str
    url: str
    by: Sequence[str]


def no_others(_: Given) -> tuple[Sequence[Other], bool]:
    """Returns an empty result, because in this kind only subjects name a person."""
    return (), False


@dataclass(frozen=True)
class Element:
    """A data element of a subject. A person may request the rectification of a data element that concerns the
    person."""

    label: Any
    #: Names of the lines of evidence that are based on the element.
    evidence: frozenset[str]
    #: Converts the typed value, without surplus spaces, to the stored value. Raises `ValueError` if the
    #: value is not valid for this element.
    fitting: Callable[[str], str] = str.upper
    #: Converts the stored value to the form in which the user writes it.
    shown: Callable[[str], str] = str


@dataclass(frozen=True, kw_only=True)
class AppKind:
    """The Django part of one kind of subject. An id of a subject is `subjects_subject.id`, and an id of a
    group is `subjects_subject.group_id`. If a kind has no groups, each subject is the only member of a group,
    and the id of the group is the id of the subject.
    """

    #: The same name as in its `Kind`.
    name: str
    #: Converts a number of subjects to a text such as "12 parcels".
    counted: Callable[[int], str]
    #: Its tables. Masking, deletion, erasure, restriction and backup use these declarations.
    tables: Tables
    #: (connection of the intake role, keys, organisation, moment) → the store of the kind, for the pipeline.
    #: A store is made for each transaction.
    store: Callable[[Connection[Any], Keys, uuid.UUID, dt.datetime], Storage]
    #: (connection, organisation, moment) → ids of the groups whose subjects still need a decision. A
    #: risk profile that becomes active is applied to these subjects.
    due: Callable[[Connection[Any], uuid.UUID, dt.datetime], Sequence[uuid.UUID]]
    #: (connection, organisation, ids of groups) → ids of the subjects in these groups whose values are
    #: not masked.
    in_clear: Callable[[Connection[Any], uuid.UUID, Sequence[uuid.UUID]], Sequence[uuid.UUID]]
    #: (connection, organisation) → every subject that is not masked, with its names, dates and
    #: nationalities, in batches of some thousands. These values are compared with changed entries of a
    #: watchlist. Restricted subjects are left out. Identifiers are not returned, because they are
    #: compared by their tokens.
    population: Callable[[Connection[Any], uuid.UUID], Iterator[list[tuple[uuid.UUID, Asked]]]]
    #: (connection, organisation) → every subject that is not masked, with a text by which control lists find
    #: it and its code, in batches of some thousands. A subject may have several texts. Restricted subjects
    #: are left out. A kind without control lists has none.
    described: Callable[
        [Connection[Any], uuid.UUID], Iterator[list[tuple[uuid.UUID, str, str]]]
    ] = lambda connection, organisation: iter(())
    #: Returns the rows of the kind's own table that the user may see. The key of a row is the id of the
    #: subject.
    subjects: Callable[[], QuerySet[Any]]
    #: Returns the number of subjects that are compared with a changed watchlist.
    compared: Callable[[], int]

    #: Subjects → for each subject that the user may see, a row with `title` (its name), `masked`,
    #: `group` and `group_more` (the name of its group, and further details), `on` (the day of its
    #: group, or None), `page` (the address of its own page), every field of `api_row`, and the values
    #: that `queue_template` needs.
    queue_row: Callable[[Collection[uuid.UUID]], dict[uuid.UUID, dict[str, Any]]]
    #: The template for one cell of the row, which is `shown` in the context. `cell` is the name of the
    #: cell: `due` (below the time left), `subject` (below the name), `group`, or `found`. The cell
    #: `found` is below the name in the list of subjects that were found for a letter. It distinguishes
    #: persons with the same name. For `found`, the context contains no hit. For the other cells, it
    #: contains `hit` and `at`, the current time.
    queue_template: str
    #: Headings of the columns of the subject and of its group.
    queue_heads: tuple[Any, Any]
    #: Reader → notices in the header of the queue, beside the counts.
    queue_notices: Callable[[User], Sequence[Panel]]
    #: The label of the field that filters the queue by group, and an example of its content.
    group_filter: tuple[Any, str]
    #: Text of the filter → ids of the groups to which it refers. The filter compares them with `group_id`, so
    #: it finds no subject of a kind without groups.
    filter_groups: Callable[[str], Iterable[uuid.UUID]]

    #: (subject, whether for the printed sheet) → the content that the kind adds to the page of a hit.
    panels: Callable[[uuid.UUID, bool], SubjectPage]
    #: Id and parameters of a fact in favour of the subject → the sentence that is shown; empty if the
    #: id is unknown. The function `favour` of the store returns these facts
    #: (`apps.hits.raising.Favour`).
    favour: Callable[[str, Mapping[str, Any]], str]
    #: Parameters of the reason that `Kind.disagreement` returns → the sentence that is shown.
    disagreement: Callable[[Mapping[str, Any]], str]
    #: Heading of the column with the values of the subject, beside the values of the list entry.
    ours: Any
    #: Heading of the conditions that exempt subjects from a profile.
    spared: Any

    #: Subject → the values that the kind adds to a hit in the API.
    hit_values: Callable[[uuid.UUID], dict[str, Any]]
    #: The theme of the kind in the navigation bar: one word, and a line that states what it holds.
    #: Kinds with the same word share one entry.
    theme: tuple[Any, Any]
    #: The pages of the kind in the navigation bar.
    nav: Sequence[BarPage]
    #: Names of its URLs, or prefixes of them → the help for these pages.
    help: Mapping[str, Help]

    #: Subject → the values with which the form of a lookout is filled: `document`, `name`, `birth_date`,
    #: `nationality`, `group_label`. Raises `ObjectDoesNotExist`.
    lookout: Callable[[uuid.UUID], dict[str, str]]
    #: Subject → its names, empty if masked. They are used for the check that a text that is kept longer
    #: contains none of them.
    names: Callable[[uuid.UUID], list[str]]
    #: Subject → what the officer who carries out a control needs.
    control: Callable[[uuid.UUID], ControlSheet] = no_control_sheet
    #: Subject → None, or, for goods that customs found without a declaration, the values that a record of the
    #: control takes over: `place`, `conveyance` (a means of a seizure) and `conveyance_id`.
    #: Such a subject is controlled without a hit and without a random selection.
    found: Callable[[uuid.UUID], Mapping[str, str] | None] = not_found
    #: (subject, choice of a decision) → the reason why a second officer must agree, or None if no
    #: second officer is needed.
    second_person: Callable[[Subject, str], str | None]

    #: Display names of the elements by which the search finds subjects, for example name and document.
    search_keys: Sequence[Any]
    #: Name of the URL to which the search field posts the text `q` if this is the only kind of the current
    #: theme. It is `search`, the page for all kinds, if the kind has no page of its own for the search.
    search_page: str
    #: Names of its URLs that search by POST, for the rate limit.
    searching: Collection[str]
    #: Text → the number of subjects found, and the block that shows them; None if no subject is found.
    #: The caller writes the journal entry.
    search: Callable[[str], tuple[int, Panel] | None]

    #: Details in a letter → the subjects that match them, and whether there are more. The subjects are
    #: sorted newest first, each with the display names of the elements that match. Restricted and
    #: masked subjects are also found.
    find: Callable[[Given], tuple[dict[uuid.UUID, list[str]], bool]]
    #: Subjects → the values of each for the answer to an access request, in order of time: nested
    #: values with `masked` and `received_on`. Neither the module of the function nor a module that it
    #: imports may import hits, lists or profiles, so that no data of these is disclosed. A test checks
    #: this rule. Empty values are left out.
    disclose: Callable[[Collection[uuid.UUID]], dict[uuid.UUID, dict[str, Any]]]
    #: Maps a key in the values of `disclose` to its display name.
    labels: Mapping[str, Any]
    #: A sentence that states from where the disclosed data comes.
    sources: Any
    #: Elements whose rectification a person may request, by name, in the order of the form. Its store loads
    #: the rectified values with `apps.requests.corrections.corrected`, and `Kind.asks` uses them.
    elements: Mapping[str, Element]
    #: (subject, element, its value as stored): sets `minor` of the subject if it follows from the value. The
    #: caller saves this column.
    rectified: Callable[[Subject, str, str], None]

    #: The query and the words for the counts by the columns of `Kind.fairness`.
    fairness: Fairness
    #: Ids of groups → the display name of each group and the address of its page, which is empty if
    #: there is no page.
    group_labels: Callable[[Collection[uuid.UUID]], Mapping[uuid.UUID, tuple[str, str]]]
    #: Ids of groups → the text of each group in a chart.
    group_marks: Callable[[Collection[uuid.UUID]], Mapping[uuid.UUID, GroupMark]]
    #: (connection, organisation, moment) → the groups whose messages are late now. `late_page` is the page
    #: (name of the URL, query) for those that no message has named yet.
    late: Callable[[Connection[Any], uuid.UUID, dt.datetime], Sequence[Late]] | None = None
    late_page: tuple[str, str] = ("home", "")
    #: (connection, organisation, ids) → the subjects that are not masked, with the parts of their
    #: names, to find users who open their own record.
    clear_names: Callable[
        [Connection[Any], uuid.UUID, Sequence[uuid.UUID]],
        Iterable[tuple[uuid.UUID, Sequence[str | None]]],
    ]
    #: connection → the organisations with subjects that must be judged again, because records of the kind
    #: (such as licences) changed without a message. None if the kind has no such records.
    unjudged: Callable[[Connection[Any]], Sequence[uuid.UUID]] | None = None
    #: (connection, keys, organisation, moment, function that marks subjects to be screened again): judges the
    #: stored subjects of an organisation again. No other transaction still uses the earlier records.
    judge: (
        Callable[
            [
                Connection[Any],
                Keys,
                uuid.UUID,
                dt.datetime,
                Callable[[Sequence[uuid.UUID]], None],
            ],
            None,
        ]
        | None
    ) = None
    #: Subject → the subjects of its group that are linked with it, as the user may see them. None if there
    #: are none. Masked and restricted subjects are left out, and change no number.
    linked: Callable[[uuid.UUID], Linked | None] = not_linked
    #: Subjects → the record of the person or company of each subject that is not masked and that the user
    #: may see. The page of links resolves several records of one person or company to one.
    identity: Callable[[Collection[uuid.UUID]], Mapping[uuid.UUID, RecordOf]] = no_identity
    #: Lanes of clearance, the strictest first: code → word. Criteria (`profiles.models.Version.lane`) send
    #: subjects to them. `lane_subjects` returns a query of the ids of the subjects in a lane, as the user may
    #: see it, for the filter of the queue.
    clearance: Mapping[str, Any] = field(default_factory=dict)
    lane_subjects: Callable[[str], QuerySet[Any]] | None = None
    #: Rows of the kind that wait for a process of their own (`apps.lists.drafts.Step`), and the function that
    #: a worker calls regularly to request such rows: (connection, moment) → the number of new requests.
    steps: Sequence[Any] = ()
    requested: Callable[[Connection[Any], dt.datetime], int] | None = None
    #: (connection, keys, moment) → the number of changes: carries out what is due at this moment, such as the
    #: escalation of a request that nobody answered.
    watch: Callable[[Connection[Any], Keys, dt.datetime], int] | None = None
    #: Pages of the administrator for this kind, beside the page of messages.
    administration: Sequence[BarPage] = ()
    #: Kind of notification of this kind of subject → what happened → icon and sentence.
    notified: Mapping[str, Mapping[str, tuple[str, Any]]] = field(default_factory=dict)
    #: Lanes of the random control. Maps the name of a lane to its label and an explanation.
    lanes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    #: Dimensions of the statistics of decided hits.
    dimensions: Sequence[Dimension] = ()
    #: Details in a letter → the records of the kind other than subjects that name the person, such as
    #: licences, and whether there are more.
    others: Callable[[Given], tuple[Sequence[Other], bool]] = no_others
    #: None if the statistics do not count this kind.
    reported: Reported | None = None
    #: Maps a journal entry of the kind to the kind of access (`oversight.models.Tally.Kind`). For the
    #: kinds of access `person` and `unmasked`, the field `subject` of the entry is the id of the
    #: subject.
    accesses: Mapping[str, str] = field(default_factory=dict)


@cache
def app_kind(name: str) -> AppKind:
    """Returns the Django part of the kind with this name. Raises `KeyError` if the kind is not installed."""
    found: AppKind = import_module(f"{kinds()[name].app}.kind").APP
    return found


def kind_api(name: str) -> KindApi:
    """Returns the API of the kind with this name. Raises `KeyError` if the kind is not installed."""
    found: KindApi = import_module(f"{kinds()[name].app}.api").API
    return found


def app_kinds() -> list[AppKind]:
    """Returns the Django parts of all kinds, in the order of `VEDETTE_KINDS`."""
    return [app_kind(name) for name in kinds()]


def kind_of(subject: uuid.UUID) -> AppKind:
    """Returns the kind of a subject. Raises `Subject.DoesNotExist` if the user may not see the subject."""
    return app_kind(Subject.objects.values_list("kind", flat=True).get(pk=subject))


def by_kind(subjects: Iterable[Subject]) -> list[tuple[AppKind, list[Subject]]]:
    """Returns the given subjects, grouped by kind."""
    of: dict[str, list[Subject]] = {}
    for subject in subjects:
        of.setdefault(subject.kind, []).append(subject)
    return [(app_kind(name), some) for name, some in of.items()]


def queue_rows(subjects: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """Returns the rows of the queue for these subjects. Each row contains the name of its template as
    `template`.
    """
    return {
        subject: {**row, "template": kind.queue_template}
        for kind, some in by_kind(Subject.objects.filter(pk__in=subjects).only("pk", "kind"))
        for subject, row in kind.queue_row([one.pk for one in some]).items()
    }
