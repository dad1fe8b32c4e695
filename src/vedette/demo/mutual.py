"""Creates requests for mutual assistance between the organisations of the demonstration.

One request is answered in part, one is unanswered after its deadline, one contains names that a second person
approved, one has been received, one was refused, and an oral request awaits confirmation. All organisations,
persons and facts are synthetic.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from vedette.apps.accounts.models import Approval
from vedette.apps.approvals import actions as approvals
from vedette.apps.cooperation.actions import mutual, officials
from vedette.apps.cooperation.models import MutualEvent, MutualRequest
from vedette.apps.cooperation.selectors import mutual as selectors
from vedette.apps.query import now

#: By organisation and role: a transaction as this person; the ids of persons; the ids of organisations.
By = Callable[[str, str], Any]

_POST = "Échange de renseignements (fictif)"
_TEXTS = {
    "matter": "Engrais composé déclaré sous une autre position (fictif)",
    "why": "La déclaration d’exportation est nécessaire pour établir la valeur et le destinataire (fictif).",
    "case": "Un camion contrôlé au pont de l’Est transportait 12 tonnes d’engrais composé. Les documents"
    " présentés mentionnent un autre produit (fictif).",
    "provisions": "Code des douanes, articles 60 et 414 (fictif)",
    "procedure": "Copies certifiées de la déclaration d’exportation et de la facture (fictif)",
    "marking": "TLP:GREEN",
    "unknown": "yes",
}
_PERSONS = "Société Transports Mirabel, 4 quai Nord, Lanvers (fictif) ; gérant : P. Ossard (fictif)"
_WHY = "Le nom du transporteur est nécessaire pour trouver la déclaration (fictif)."


def plant(
    by: By,
    users: Mapping[tuple[str, str], uuid.UUID],
    homes: Mapping[str, uuid.UUID],
    root: uuid.UUID,
) -> None:
    """Designates officials under an agreement whose legal instrument permits the exchange of names, and
    creates the requests."""
    for home, keeper, role in (
        ("home", "contact", "post"), ("home", "contact", "second"), ("brevanie", "contact", "deputy"),
        ("brevanie", "deputy", "contact"), ("corvalie", "contact", "deputy"),
    ):  # fmt: skip
        with by(home, keeper) as user:
            officials.designate(user, root, users[home, role], _POST)

    def draft(
        home: str, role: str, to: str, official: str, days: int, oral: int = 0, **texts: str
    ) -> uuid.UUID:
        with by(home, role) as user:
            ground = next(one for one in selectors.grounds(homes[home]) if one.root == root)
            made = mutual.create(user, ground.key, homes[to])
            at = now()
            typed = mutual.Typed(
                _TEXTS | texts, "documents", [users[to, official]], at + dt.timedelta(days=days),
                at - dt.timedelta(hours=oral) if oral else None,
            )  # fmt: skip
            mutual.save(user, made.pk, typed)
        return made.pk

    def send(id_: uuid.UUID, home: str, role: str) -> None:
        with by(home, role) as user:
            found = mutual.offer(user, MutualRequest.objects.get(pk=id_))
            mutual.send(user, id_, found.preview.token)

    def answer(id_: uuid.UUID, home: str, role: str, **given: str) -> None:
        with by(home, role) as user:
            mutual.save_answer(user, id_, {"marking": "TLP:GREEN", **given})
            found = mutual.offer_answer(user, MutualRequest.objects.get(pk=id_))
            mutual.send_answer(user, id_, found.preview.token)

    one = draft("home", "post", "brevanie", "deputy", 6, reference="LV-2026-118 (fictif)")
    send(one, "home", "post")
    with by("brevanie", "deputy") as user:
        mutual.acknowledge(user, one)
    answer(
        one, "brevanie", "deputy", what="partial",
        text="La facture est jointe au dossier ; la déclaration d’exportation suit (fictif).",
    )  # fmt: skip

    late = draft("home", "post", "corvalie", "deputy", 1, reference="LV-2026-097 (fictif)")
    send(late, "home", "post")
    at = now()
    # The demonstration begins after the deadline of this request.
    MutualRequest.objects.using("intake").filter(pk=late).update(
        at=at - dt.timedelta(days=9),
        sent_at=at - dt.timedelta(days=9),
        due_at=at - dt.timedelta(days=2),
    )
    MutualEvent.objects.using("intake").filter(request=late).update(at=at - dt.timedelta(days=9))

    named = draft("home", "post", "brevanie", "deputy", 10, persons=_PERSONS, unknown="")
    with by("home", "post") as user:
        asked = mutual.ask(user, named, _WHY)
    with by("home", "second") as user:
        approvals.decide(user, Approval.objects.get(pk=asked.pk).pk, True)
    send(named, "home", "post")

    for home, days in (("brevanie", 4), ("corvalie", 12)):
        received = draft(home, "deputy", "home", "post", days)
        send(received, home, "deputy")
        if home == "corvalie":
            answer(
                received, "home", "post", what="refused", ground="investigation",
                text="Une procédure est en cours ; la demande pourra être renouvelée ensuite (fictif).",
            )  # fmt: skip

    draft("home", "post", "brevanie", "contact", 3, oral=20)
