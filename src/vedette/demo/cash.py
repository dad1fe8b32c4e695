"""Stores the movements of cash of the days before the demonstration. Then carries out the actions of an
officer on an announcement: acceptance against the identity document, and a count with a difference. All texts
are invented."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from decimal import Decimal
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db import transaction
from psycopg import Connection

from vedette.apps.columns import new_id
from vedette.apps.desk.rescreen import in_force
from vedette.cash.records import Count, Counter, Line
from vedette.demo.earlier import take_in
from vedette.demo.feed import Start
from vedette.demo.world.cash import rates
from vedette.demo.world.cash_days import AUTHORITY, ROOM, CashDays
from vedette.demo.world.earlier import Sent
from vedette.keys.ring import Keys
from vedette.kinds import all_readers
from vedette.pipeline.screen import InForce

if TYPE_CHECKING:
    from vedette.apps.accounts.models import User
    from vedette.cash.app.models import Suspicion

#: Name of the user → a transaction with the access rights of the user (`content.acting`).
Acting = Callable[[str], AbstractContextManager[Any]]


def import_rates(organisation: uuid.UUID, start: Start) -> None:
    """Imports invented exchange rates."""
    from vedette.cash.app.rate_files import import_file

    year = start.began.year
    with transaction.atomic(using="intake"):
        import_file(organisation, rates((year - 1, year, year + 1)).encode(), using="intake")


def store(connection: Connection[Any], keys: Keys, organisation: uuid.UUID, start: Start) -> None:
    """Reads the tables of the days before the demonstration, and stores and screens their movements, in one
    transaction for each day. The present lists and profiles are applied to all days."""
    with connection.transaction():
        known = in_force(connection, organisation, dt.datetime.now(dt.UTC))
    for at, sent in groupby(_sent(start), lambda one: one.at):
        with connection.transaction():
            knowledge = InForce(known.lists, min(at, start.began), known.profiles)
            take_in(connection, keys, knowledge, organisation, list(sent))


def _sent(start: Start) -> Iterator[Sent]:
    readers = all_readers()
    for due in CashDays(start.seed, start.began).earlier():
        for number, message in enumerate(readers.read(due.data, None), 1):
            yield Sent(f"{number}-{due.filename}", message, due.at)


#: What the officer states about the detention of the counted cash.
_DETENTION = {
    "reasons": ("obligation",), "basis": "Code des douanes (fictif), art. 60", "country": "SN",
    "office": "", "place": ROOM, "remedy_body": "Tribunal de démonstration (fictif)", "remedy_days": 30,
    "language": "fr", "facts": "Montant compté supérieur au montant déclaré (fictif).",
}  # fmt: skip


def plant(acting: Acting, officer: str) -> None:
    """Accepts the stored announcement, counts its cash (1,500 euros more than declared), and detains it."""
    from vedette.cash.app import actions, detaining
    from vedette.cash.app.dossier import dossier
    from vedette.cash.app.models import Movement

    with acting(officer) as by:
        row = Movement.objects.filter(announced=True).order_by("received_at").first()
        if row is None:
            return
        actions.accept(by, row.pk, row.stated)
        [declared] = dossier(row.pk).lines
        found = Count(
            at=actions.now(),
            place=ROOM,
            persons=(Counter(name="Awa Sarr (fictif)"), Counter(name="J. Morel (fictif)")),
            lines=(
                Line(
                    number=declared.number, kind="currency", currency=declared.currency,
                    denomination=Decimal(200), quantity=Decimal(80), amount=Decimal(16_000),
                ),
            ),
            remark="Enveloppe trouvée dans la doublure du sac (fictif).",
        )  # fmt: skip
        actions.count(by, row.pk, new_id(), found, 0)
        detaining.detain(by, row.pk, new_id(), detaining.Terms(**_DETENTION))  # type: ignore[arg-type]


#: The texts of the patterns with the most movements, and of the other information.
_CASES = (
    "Exemple fictif : espèces trouvées dans la doublure d’un bagage après une réponse négative à la question "
    "posée.",
    "Exemple fictif : plusieurs passages sous le seuil, répartis sur quelques jours.",
)
_OTHER = (
    "Exemple fictif : coupures neuves, mêmes liasses et mêmes bandes dans plusieurs constatations."
)


def risk_information(acting: Acting, supervisor: str) -> None:
    """Builds the anonymised risk information of the half-year, completes it with invented texts, and requests
    confirmation by a second person. Another user can confirm the risk information or return the risk
    information as a draft."""
    from vedette.cash.app import actions
    from vedette.cash.app.risk import forms

    with acting(supervisor) as by:
        today = actions.now().date()
        row = forms.begin(by, today.year, "A" if today.month < 7 else "B")
        given = {"authority": AUTHORITY, "email": "risques.fictif@douanes.example"}
        for one, text in zip(forms.content(row).entries, _CASES, strict=False):
            given |= {f"{one.id}-included": "yes", f"{one.id}-cases": text}
        forms.write(by, row.pk, row.version, given, "D")
        row.refresh_from_db()
        other = forms.content(row).entries[-1]
        given |= {f"{other.id}-included": "yes", f"{other.id}-other": _OTHER}
        forms.write(by, row.pk, row.version, given)
        forms.ask(by, row.pk, row.version + 1)


#: The reasons of the decisions to report a movement, from the latest movement on, each with the state that
#: its report reaches.
_SUSPICIONS = (
    ("Montant compté supérieur au montant déclaré, enveloppe dissimulée (cas fictif).", "draft"),
    ("Plusieurs passages rapprochés sous le seuil, par la même personne (cas fictif).", "sent"),
    (
        "Provenance déclarée sans rapport avec la profession indiquée (cas fictif).",
        "acknowledged",
    ),
    ("Bénéficiaire déjà cité dans une procédure close (cas fictif).", "feedback"),
)
#: What the invented unit answers.
_ANSWER = "Analyse ouverte ; merci de signaler tout nouveau passage de la même personne (réponse fictive)."


def set_up_unit(acting: Acting, administrator: str) -> None:
    """Stores the settings that an invented financial intelligence unit prescribes: the schema `unit.xsd`, and
    the examples of the mappings.
    """
    from vedette.cash.app.referral import setup

    with acting(administrator) as by:
        setup.store(
            by,
            {
                "name": "Cellule de renseignement financier (fictive)",
                "schema": (files("vedette.demo") / "unit.xsd").read_bytes(),
                "mapping": setup.example().decode(),
                "columns": setup.example("batch.toml").decode(),
                "holidays": [],
                "sends_on": [2],
                "variant": "eu",
            },
        )


def report(acting: Acting, officer: str) -> None:
    """Decides to report some movements to the financial intelligence unit, and brings each report to its
    intended state. The counted movement is reported first. Without a schema of the unit, all reports remain
    drafts. Only the post of the officer and the data-protection officer can see the reports.
    """
    from vedette.cash.app.models import Movement
    from vedette.cash.app.referral import suspicions

    with acting(officer) as by:
        counted = Movement.objects.filter(accepted_at__isnull=False, announced=False)
        others = Movement.objects.filter(announced=False, cancelled=False, partner="")
        rows = [*counted.order_by("pk")[:1], *others.order_by("-crosses_on", "pk")[:20]]
        reports = iter(_SUSPICIONS)
        for row in {one.pk: one for one in rows}.values():
            if suspicions.obstacle(row):
                continue
            why, state = next(reports, ("", ""))
            if not why:
                return
            made = suspicions.decide(by, row.pk, why)
            if suspicions.latest() is not None:
                _carry(by, made, why, state)


def _carry(by: User, made: Suspicion, why: str, state: str) -> None:
    """Brings a report to its intended state. A report that the schema does not accept remains a draft."""
    from vedette.cash.app.referral import suspicions

    made = suspicions.write(by, made.pk, made.version, why, [], {})
    if state == "draft" or made.file is None:
        return
    made = suspicions.send(by, made.pk, made.version)
    if state in ("acknowledged", "feedback"):
        number = f"CRF-{made.created_at:%Y}-{made.pk.hex[-4:]}"
        made = suspicions.acknowledge(by, made.pk, made.version, number)
    if state == "feedback":
        suspicions.feedback(by, made.pk, made.version, _ANSWER)
