"""A generated set of subjects that share identifiers, of three kinds of data, and an independent computation
of the links that a matrix permits.

The subjects have only their rows in the shared tables. The computation reads the generated values, and
neither the database nor the code under test.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from tests.apps.hits.world import World, token

from vedette.apps.accounts.models import User
from vedette.apps.accounts.rules import set_scope
from vedette.apps.approvals import actions as approvals
from vedette.apps.columns import pairs_of
from vedette.apps.hits.models import Decision, Hit, Reason, Result
from vedette.apps.links import actions
from vedette.apps.links.models import Offence
from vedette.apps.subjects.models import Identifier, Subject
from vedette.screening.links import Cell

#: Kind of data → its theme, and the retention class.
DATA = {
    "traveller": ("passengers", "passenger"), "goods": ("global_shield", "goods"),
    "cash": ("cash", "goods"),
}  # fmt: skip
KINDS = ("phone", "email", "document", "address")
CLASSES = ("", "drugs", "arms", "money")
PURPOSES = ("border", "serious_crime", "terrorism")


@dataclass
class One:
    """A generated subject. `case` contains pairs of theme and purpose of a known case, or is None."""

    id: uuid.UUID
    theme: str
    purpose: str
    held: frozenset[tuple[str, str]]
    case: frozenset[tuple[str, str]] | None = None
    offence: str = ""
    restricted: bool = False
    old: bool = False


@dataclass
class Plain:
    """The generated subjects of one organisation."""

    world: World
    some: dict[uuid.UUID, One] = field(default_factory=dict)

    def make(
        self, data: str, held: Collection[tuple[str, str]], *, purpose: str = "border",
        case: Collection[tuple[str, str]] | None = None, offence: str = "", restricted: bool = False,
        old: bool = False, holder: str = "", subject: uuid.UUID | None = None,
    ) -> One:  # fmt: skip
        """Stores a subject with identifiers; with `case`, also its hit with a confirmed result."""
        theme, class_ = DATA[data]
        now = timezone.now()
        at = now - dt.timedelta(days=200) if old else now - dt.timedelta(minutes=5)
        organisation = self.world.organisation
        row = Subject.objects.using("intake").create(
            id=subject or uuid.uuid4(), kind=data if data != "cash" else "goods", organisation=organisation,
            theme=theme, purpose=purpose, retention_class=class_, month=dt.date(2026, 11, 1), received_at=at,
            restricted=restricted, fingerprint=token(holder) if holder else None,
        )  # fmt: skip
        Identifier.objects.using("intake").bulk_create(
            Identifier(
                organisation=organisation, subject=row, kind=kind, token=token(kind + value), at=at,
                holder=token(holder) if holder else None,
            )
            for kind, value in held
        )  # fmt: skip
        if case is not None:
            self.confirm(row, case, offence)
        made = One(
            row.pk, theme, purpose, frozenset(held), frozenset(case) if case is not None else None, offence,
            restricted, old,
        )  # fmt: skip
        self.some[row.pk] = made
        return made

    def confirm(self, row: Subject, case: Collection[tuple[str, str]], offence: str) -> None:
        """Stores a decided hit of a subject with a confirmed result."""
        now, common = timezone.now(), {"organisation": self.world.organisation}
        pairs = 0
        for theme, purpose in case:
            pairs |= pairs_of([theme], [purpose])
        hit = Hit.objects.using("intake").create(
            **common, theme=row.theme, purpose=row.purpose, month=row.month,
            retention_class=row.retention_class, received_at=now, subject=row, group_id=row.group_id,
            priority=50, opened_at=now, changed_at=now, due_at=now, pairs=pairs, state="decided",
            decided_at=now, parts={}, reason_count=len(case),
        )  # fmt: skip
        reasons = [
            Reason.objects.using("intake").create(
                **common, hit=hit, kind="profile", key=f"profile:{uuid.uuid4()}", contribution=50,
                theme=theme, purpose=purpose, created_at=now, state="answered", outcome="",
            )
            for theme, purpose in sorted(case)
        ]  # fmt: skip
        decision = Decision.objects.using("intake").create(
            **common, hit=hit, choice="refer", by_id=self.world.officer.pk, priority=50,
            answers={str(one.pk): "unsure" for one in reasons},
        )  # fmt: skip
        Result.objects.using("intake").create(
            **common, hit=hit, decision=decision, outcome="confirmed", by_id=self.world.officer.pk
        )
        Offence.objects.using("intake").filter(pk=row.pk).update(offence=offence)

    # --- the independent computation ------------------------------------------------------------

    def permitted(
        self, root: uuid.UUID, cells: Collection[Cell], themes: Collection[str], purposes: Collection[str]
    ) -> set[tuple[uuid.UUID, uuid.UUID, str]]:  # fmt: skip
        """Returns the links that a reader of these themes and purposes may see on the page of a subject:
        pairs of subjects in ascending order, with the kind of the shared identifier."""
        mine = [
            one for one in self.some.values()
            if one.theme in themes and one.purpose in purposes and not one.restricted
        ]  # fmt: skip

        def case(one: One) -> list[tuple[str, str]]:
            every = one.case or frozenset()
            # A reader who sees only some reasons of these hits sees no hit.
            if all(theme in themes and purpose in purposes for theme, purpose in every):
                return sorted(every)
            return []

        def cell(from_: One, to: One) -> bool:
            return any(
                Cell(from_.theme, from_.purpose, theme, purpose, to.offence) in cells
                for theme, purpose in case(to)
            )

        me = self.some[root]
        if me not in mine:
            return set()
        nodes = {one.id: one for one in mine if one.theme == me.theme or cell(me, one)}
        nodes[root] = me
        first = {one.id for one in nodes.values() if one.id != root and one.held & me.held} | {root}
        found = set()
        for a in nodes.values():
            for b in nodes.values():
                if a.id.int >= b.id.int or not (a.theme == b.theme or cell(a, b) or cell(b, a)):
                    continue
                for one in a.held & b.held:
                    # An identifier of the subject itself links this subject with the others.
                    if root in (a.id, b.id) or (one not in me.held and first & {a.id, b.id}):
                        found.add((a.id, b.id, one[0]))
        return found


def adopt(world: World, dpo: User, cells: Collection[Cell]) -> None:
    """The supervisor requests a matrix, and the data-protection officer allows it."""
    with world.seen_by(world.users["supervisor"]) as user:
        asked = actions.ask_matrix(user, cells, "Order 2026-17 of the ministry, article 4.")
    with world.seen_by(dpo) as user:
        set_scope(user)
        approvals.decide(user, asked.pk, True)


def scatter(seed: int, plain: Plain) -> None:
    """Subjects of three kinds of data that share few identifiers. Every third is a known case."""
    chance = random.Random(seed)
    for n in range(45):
        data = chance.choice(list(DATA))
        held = {
            (chance.choice(KINDS), str(chance.randrange(14))) for _ in range(chance.randint(1, 3))
        }
        more: dict[str, Any] = {}
        if n % 3 == 0:
            theme = DATA[data][0]
            more["case"] = {(theme, chance.choice(PURPOSES)) for _ in range(chance.randint(1, 2))}
            more["offence"] = chance.choice(CLASSES)
        plain.make(
            data, held, purpose=chance.choice(("border", "border", "serious_crime")),
            restricted=chance.random() < 0.08, **more,
        )  # fmt: skip


def random_cells(chance: random.Random) -> list[Cell]:
    """A matrix with half of the cells that the generated subjects need."""
    every = [
        Cell(a, p, b, q, offence)
        for a in ("passengers", "global_shield", "cash") for p in ("border", "serious_crime")
        for b in ("passengers", "global_shield", "cash") for q in PURPOSES
        for offence in CLASSES[1:] if a != b
    ]  # fmt: skip
    return [one for one in every if chance.random() < 0.5]
