"""Defines `screen`, the only function that screens stored subjects of all kinds.

The function `screen` is used for new messages, a changed list, a rectification, the end of a restriction and
a newly active profile. The function loads the history, runs each screener, and stores the results. This
module imports Polars and the module for matching names. Therefore only workers use this module, and web
processes do not.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
import polars as pl

from vedette.core.entries import ControlLists
from vedette.core.kind import Kind
from vedette.core.parties import Asked
from vedette.profiles.frames import AT, HIGH, LOW, OWN, SCRIPT, frame, halves
from vedette.profiles.run import Profiles
from vedette.screening.knowledge import Knowledge
from vedette.screening.names.fairness import script
from vedette.screening.reason import LISTED, Reason

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
Reasons = list[tuple[uuid.UUID, Reason]]


class Linked(Protocol):
    """The values for screening that result from the links of a subject to known cases."""

    @property
    def values(self) -> Mapping[str, object]:
        """The values of those profile columns that are defined in `screening.links.COLUMNS`."""

    @property
    def reasons(self) -> Sequence[Reason]:
        """Reasons that are added to a hit only if the hit has other reasons. These reasons alone do not
        create a hit."""


@dataclass(frozen=True)
class InForce:
    """The lists and profiles of one organisation that are in force at a certain time. If `profiles` is empty,
    no profile is evaluated. Profiles are grouped by the name of their kind of subject."""

    lists: Knowledge
    now: dt.datetime
    profiles: Mapping[str, Profiles] = field(default_factory=dict)
    #: The control lists of the organisation, by the name of their kind of subject.
    controls: Mapping[str, ControlLists] = field(default_factory=dict)
    #: Ids of stored subjects → what their links to known cases add (`apps.links.neighbours.of_subjects`).
    #: None if links are not computed.
    links: Callable[[Sequence[uuid.UUID]], Mapping[uuid.UUID, Linked]] | None = None


@dataclass(slots=True)
class Batch:
    """Subjects of one kind that are screened together, with their screening input. `ids`, `asked` and the
    rows of `values` are in the order of `subjects`."""

    kind: str
    #: Pairs of the `Held` of the group and the subject, which have the types of the kind.
    subjects: Sequence[tuple[Any, Any]]
    ids: Sequence[uuid.UUID]
    asked: Sequence[Asked]
    #: The input values of the profiles, one row per subject; None if no profiles are evaluated.
    values: pl.DataFrame | None = None
    #: Ids of the profiles that were evaluated for all subjects: a profile that gave no reason counts as "no".
    answered: set[str] = field(default_factory=set)
    #: If set, the expected hits (`apps.hits.raising.Expected`) are passed to this function, and nothing is
    #: stored.
    expect: Callable[[list[Any]], None] | None = None
    #: `Kind.themes` of the kind.
    themes: tuple[str, ...] = ()
    #: `Kind.controls` of the kind.
    controls: (
        Callable[
            [Sequence[tuple[Any, Any]], dt.datetime, pl.DataFrame | None],
            Sequence[Sequence[Reason]],
        ]
        | None
    ) = None


class Storage(Protocol):
    """The store of one kind, in one transaction of one organisation.

    Each kind has its own types for groups, their stored data (`Held`) and subjects. `core.kind.Kind`
    describes the attributes that shared code uses. For a batch of files, the pipeline calls `hold`,
    `Kind.merge`, `keep`, `history`, `settle` and `finish`. For stored subjects, the pipeline calls `groups`,
    `hold`, `history` and `settle`.
    """

    def groups(self, subjects: Sequence[uuid.UUID]) -> Sequence[Any]:
        """Returns the stored groups of the given subjects, in the form that `hold` takes as its argument."""

    def hold(self, groups: Sequence[Any]) -> dict[uuid.UUID, Any]:
        """Locks groups until the transaction ends (`apps.subjects.rows.lock`), and loads their stored data.
        Returns the stored data (`Held`) of each group, by group id. Groups that are not stored yet are
        included.
        """

    def keep(self, held: Mapping[uuid.UUID, Any]) -> None:
        """Stores the changed subjects: their rows in `subjects_subject`, in the tables of the kind and in
        `subjects_identifier`."""

    def history(
        self, subjects: Sequence[tuple[Any, Any]]
    ) -> Mapping[uuid.UUID, Mapping[str, object]]:
        """For each subject, returns the values of those profile columns that are computed by counting earlier
        subjects. `subjects` contains pairs of the stored data of a group (`Held`) and a subject. Subjects of
        the same batch of files are counted too. This method is called only if profiles are evaluated.
        """

    def settle(self, batch: Batch, reasons: Mapping[uuid.UUID, Sequence[Reason]]) -> None:
        """Stores the results of a screening: hits, and the input values of the profiles. Calls
        `apps.profiles.settling.settle` with an `apps.hits.raising.Screened` for each subject."""

    def finish(self) -> None:
        """Completes the processing of a batch of files. Selects subjects for random control among those that
        were received for the first time.
        """


def by_lists(batch: Batch, knowledge: InForce) -> Reasons:
    """Reasons from list entries and lookouts that match subjects."""
    found = knowledge.lists.screen(batch.asked, themes=batch.themes)
    return [(id_, reason) for id_, some in zip(batch.ids, found, strict=True) for reason in some]


def by_control_lists(batch: Batch, knowledge: InForce) -> Reasons:
    """Returns a reason for each entry of a control list that matches a subject."""
    if batch.controls is None:
        return []
    found = batch.controls(batch.subjects, knowledge.now, batch.values)
    return [(id_, reason) for id_, some in zip(batch.ids, found, strict=True) for reason in some]


def by_profiles(batch: Batch, knowledge: InForce) -> Reasons:
    """Reasons from profiles that match subjects."""
    if batch.values is None or batch.kind not in knowledge.profiles:
        return []
    answers = knowledge.profiles[batch.kind].ask(batch.values)
    batch.answered.update(answers.asked)
    return [(batch.ids[row], reason) for row, reason in answers.fired]


#: The screeners, in the order in which reasons are stored.
SCREENERS: tuple[Callable[[Batch, InForce], Reasons], ...] = (
    by_lists,
    by_control_lists,
    by_profiles,
)


def screen(
    kind: Kind,
    ids: Collection[uuid.UUID],
    storage: Storage,
    knowledge: InForce,
    held: Mapping[uuid.UUID, Any] | None = None,
    expect: Callable[[list[Any]], None] | None = None,
    tell: Callable[[Mapping[uuid.UUID, Sequence[Reason]]], None] | None = None,
) -> None:
    """Screens stored subjects of one kind, and stores the results. Subjects with restricted data are not
    screened. If `expect` is given, the results are passed to this function (`Batch.expect`) instead of being
    stored. If the function `tell` is given, it is called with the reasons of each subject.

    If the caller has already locked the groups, `held` contains the stored data of the groups, by group id.
    If `held` is None, this function locks and loads the groups. The function must be called within a
    transaction.
    """
    wanted = set(ids)
    if held is None:
        held = storage.hold(storage.groups(sorted(wanted)))
    subjects = [
        (hold, subject)
        for hold in held.values()
        for subject in hold.subjects
        if subject.id in wanted and not subject.restricted
    ]
    if not subjects:
        return
    if kind.controls is not None:
        for hold, _ in subjects:
            hold.controls = knowledge.controls.get(kind.name)
    batch = Batch(
        kind=kind.name,
        subjects=subjects,
        ids=[subject.id for _, subject in subjects],
        asked=[kind.asks(hold, subject) for hold, subject in subjects],
        expect=expect,
        themes=kind.themes,
        controls=kind.controls,
    )
    linked = knowledge.links(batch.ids) if knowledge.links is not None else {}
    # The rules of control lists may name values, too.
    if kind.name in knowledge.profiles or kind.name in knowledge.controls:
        rows = kind.values(subjects, storage.history(subjects), knowledge.now)
        rows = [
            {**row, **linked[id_].values} if id_ in linked else row
            for id_, row in zip(batch.ids, rows, strict=True)
        ]
        batch.values = frame(kind.columns(), rows).hstack(_own(batch, knowledge.now))
    found: dict[uuid.UUID, list[Reason]] = {id_: [] for id_ in batch.ids}
    for screener in SCREENERS:
        for id_, reason in screener(batch, knowledge):
            found[id_].append(reason)
    if kind.disagreement is not None:
        for _, subject in subjects:
            beside = kind.disagreement(subject)
            if beside is not None and any(r.kind in LISTED for r in found[subject.id]):
                found[subject.id].append(beside)
    for id_, one in linked.items():
        # A link alone gives no hit.
        if any(not reason.shadow for reason in found[id_]):
            found[id_] += one.reasons
    if tell is not None:
        tell(found)
    version = knowledge.lists.version
    storage.settle(
        batch,
        {
            id_: [r if r.knowledge else msgspec.structs.replace(r, knowledge=version) for r in some]
            for id_, some in found.items()
        },
    )


def _own(batch: Batch, now: dt.datetime) -> pl.DataFrame:
    """Returns the columns that a row has in addition to the vocabulary (`profiles/frames.py`)."""
    ids = [halves(id_) for id_ in batch.ids]
    # The first name of each subject.
    names = [
        next((name for party in asked.parties for name in party.names), ()) for asked in batch.asked
    ]
    return pl.DataFrame(
        {
            HIGH: [high for high, _ in ids],
            LOW: [low for _, low in ids],
            AT: [(now - _EPOCH) // _MICROSECOND] * len(ids),
            SCRIPT: [script("".join(filter(None, name))) for name in names],
        },
        schema=OWN,
    )
