"""Creates assistance for the demonstration: one invented Member, from its request to the comparison of two
diagnostics, and a training with a certificate. Every page marks the Member as invented.

Each step is carried out by the same action as in production. The user `contact_esmarie` belongs to this
Member. The analyst of the demonstration is the leader of the mission, and the officer is an assessor.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import connections

from vedette.apps.accounts.models import Organisation, User
from vedette.apps.assistance.actions import (
    diagnostics,
    equipment,
    plans,
    reports,
    requests,
    results,
    training,
    working,
)
from vedette.apps.assistance.models import (
    Action,
    Assignment,
    Certificate,
    Course,
    Diagnostic,
    Participant,
    Session,
)
from vedette.apps.assistance.selectors import reports as of_reports
from vedette.apps.columns import new_id
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.keyring import keyring
from vedette.assistance import banks
from vedette.demo.controls import Acting

_SEED = 20261203
_MEMBER, _CONTACT = "Douanes d’Esmarie (fictif)", "contact_esmarie"
_TEXTS = {
    "reference": "D-DEMO-11",
    "theme": "global-shield",
    "problem": "Les précurseurs d’explosifs ne sont reconnus que dans 2 des 5 postes (fictif).",
    "tried": "Une note de service en 2025, sans formation (fictif).",
    "evidence": "12 échantillons sur 40 mal classés lors de l’essai de mars (fictif).",
    "expected": "Chaque poste reconnaît les quatorze précurseurs (fictif).",
    "observe": "Nouvel essai avec 40 échantillons après douze mois (fictif).",
    "contribution": "24 agents, une salle, un interprète (fictif).",
    "signatory": "Direction générale (fictif)",
}
_NAMES = (
    "Ada Fictive", "Bruno Fictif", "Chloé Fictive", "Driss Fictif", "Elsa Fictive", "Farid Fictif",
)  # fmt: skip


_AGENDA = (
    "Lundi : siège", "Mardi : port", "Mercredi : aéroport", "Jeudi : laboratoire",
    "Vendredi : réunion de clôture",
)  # fmt: skip
_MODULES = (
    {
        "id": "M1",
        "en": "Precursors and their uses",
        "fr": "Les précurseurs et leurs usages",
        "minutes": 180,
    },
    {"id": "M2", "en": "Chain of custody", "fr": "La chaîne de garde", "minutes": 120},
)


@dataclass
class _Story:
    """Maps the name of each person in this example to the user name of the account."""

    acting: Acting
    names: dict[str, str]
    request: uuid.UUID

    def do(self, who: str, action: Any, *given: Any) -> Any:
        """Carries out an action as a person."""
        with self.acting(self.names[who]) as by:
            return action(by, *given)

    def user(self, who: str) -> User:
        """Returns the account of a person."""
        return User.objects.using("intake").get(username=self.names[who])

    def diagnostic(self) -> Diagnostic:
        """Returns the latest diagnostic of a request."""
        found = Diagnostic.objects.using("intake").filter(request_id=self.request)
        return found.order_by("-number")[0]

    def sign(self) -> None:
        """Signs the documents that a worker would sign within a minute."""
        connections["intake"].ensure_connection()
        working.work(connections["intake"].connection, keyring(), now())


def plant(acting: Acting, owner: Organisation, roles: dict[str, str]) -> None:
    """Creates the Member and carries out all steps of the example. `roles` maps the role of an account of the
    demonstration to its user name.
    """
    member = Organisation.objects.using("intake").create(
        name=_MEMBER, kind=Organisation.Kind.FOREIGN, country="XE", synthetic=True
    )
    contact = User(
        username=_CONTACT, organisation=member, role="contact", first_name="L.", last_name="Ormont"
    )
    contact.set_password(f"demo-{_CONTACT}")
    contact.save(using="intake")
    story = _Story(
        acting,
        {
            "contact": _CONTACT, "coordinator": roles["coordinator"], "second": roles["supervisor"],
            "leader": roles["analyst"], "assessor": roles["officer"],
        },
        new_id(),
    )  # fmt: skip
    _approve(story, owner)
    _diagnose(story, 0)
    _plan(story)
    _report(story)
    _equip(story)
    _train(story)
    _diagnose(story, 1)
    _measure(story)


def _approve(story: _Story, owner: Organisation) -> None:
    story.do("contact", requests.create, story.request, owner.pk, _TEXTS)
    story.do("contact", requests.send, story.request)
    story.do(
        "coordinator", requests.assess, story.request,
        "Premier diagnostic de ce Membre ; aucune formation antérieure (fictif).",
    )  # fmt: skip
    story.do(
        "second",
        requests.decide,
        story.request,
        True,
        "Besoin établi par l’essai de mars (fictif).",
    )
    until = now() + dt.timedelta(days=400)
    for who in ("leader", "assessor"):
        story.do("coordinator", requests.name, story.request, story.user(who).pk, who, until)
        story.do(who, requests.declare, story.request, "Aucun conflit d’intérêts (fictif).")
    for row in Assignment.objects.using("intake").filter(request_id=story.request):
        story.do("coordinator", requests.check_conflict, row.pk)
    today = now().date()
    story.do(
        "coordinator", requests.plan_mission, story.request,
        {
            "first": today.isoformat(), "last": (today + dt.timedelta(days=4)).isoformat(),
            "place": "Esmar (fictif)", "terms": "Visiter cinq postes et le laboratoire (fictif).",
            "agenda": "\n".join(_AGENDA),
            "documents": "Stratégie nationale, registres de 2026 (fictif)",
        },
    )  # fmt: skip


def _diagnose(story: _Story, gain: int) -> None:
    """Creates a diagnostic, answers its questions, freezes it and releases it. `gain` is the number of levels
    by which the answers to some questions are raised.
    """
    story.do("leader", diagnostics.open_new, story.request)
    one = story.diagnostic()
    drawn = random.Random(_SEED)
    for number, question in enumerate(banks.example().questions):
        seen = min(5, drawn.choice((0, 1, 1, 2, 2, 3)) + (gain if number % 3 == 0 else 0))
        own = min(5, seen + drawn.choice((0, 0, 1)))
        for side, who, level in (("self", "contact", own), ("assessed", "assessor", seen)):
            value: dict[str, Any] = {"level": level}
            if level >= 3:
                value["evidence"] = ["document: registre du poste 1 (fictif)"]
            if number % 17 == 5:
                value = {"state": "not_seen"}
            story.do(who, diagnostics.answer, one.pk, side, question.id, value, [])
    if not gain:
        asked = banks.example().questions[7]
        story.do("leader", diagnostics.answer, one.pk, "assessed", asked.id, {"level": 0}, [])
        rows = one.entries.using("intake").filter(question=asked.id, side="assessed")
        if len({row.value.get("level") for row in rows}) > 1:
            story.do(
                "leader", diagnostics.decide, one.pk, asked.id, rows.order_by("pk")[0].pk,
                "Le registre du poste fait foi (fictif).",
            )  # fmt: skip
    story.do("leader", diagnostics.ask_freeze, one.pk)
    story.do("contact", diagnostics.confirm, one.pk)
    story.sign()
    if not gain:
        story.do("contact", diagnostics.share, one.pk)


def _plan(story: _Story) -> None:
    story.do("leader", plans.propose, story.diagnostic().pk)
    drawn, today = random.Random(_SEED), now().date()
    owners = ("Direction juridique (fictif)", "École des douanes (fictif)", "Laboratoire (fictif)")
    donors = ("Aldorie, don bilatéral (fictif)", "Fonds régional (fictif)", "")
    rows = Action.objects.using("intake").filter(request_id=story.request).order_by("position")
    for number, row in enumerate(rows):
        choice = "accepted" if number < 12 else "waived"
        start = today - dt.timedelta(days=drawn.randint(0, 90))
        given = {
            "reason": "Priorité du plan national (fictif)." if number < 12 else "Reporté à 2028 (fictif).",
            "owner": drawn.choice(owners), "start": start.isoformat(),
            "due": (start + dt.timedelta(days=drawn.randint(60, 400))).isoformat(),
            "donor": drawn.choice(donors), "indicator": "Registre vu (fictif)",
        }  # fmt: skip
        if number % 2:
            given |= {"cost": str(drawn.randint(2, 90) * 1_000), "currency": "EUR"}
        story.do("contact", plans.decide, row.pk, choice, given)
    done = rows[1]
    story.do(
        "contact", plans.report_done, done.pk, "Note signée le mois dernier (fictif).",
        today.isoformat(),
    )  # fmt: skip
    story.do("contact", plans.complete, story.request)


def _report(story: _Story) -> None:
    """The report of the mission, whose facts the Member confirmed."""
    one = story.diagnostic()
    words = {
        "summary_en": "The mission visited five posts and the laboratory (invented).",
        "summary_fr": "La mission a visité cinq postes et le laboratoire (fictif).",
        "findings_fr": "Les registres existent, mais ils ne sont pas comparés (fictif).",
        "findings_en": "Registers exist but are not compared (invented).",
        "recommendations_fr": "Former d’abord les agents des deux ports (fictif).",
    }
    story.do("leader", reports.write, one.pk, words)
    with story.acting(story.names["contact"]):
        seen = of_reports.content(Diagnostic.objects.get(pk=one.pk)).digest
    story.do("contact", reports.confirm, one.pk, seen)


def _equip(story: _Story) -> None:
    """Creates the register of equipment: six spectrometers and an X-ray machine. Some devices are in use, one
    is out of order, one was rejected, and one is missing.
    """
    today = now().date()
    kits = [f"RS-DEMO-{number}" for number in range(1, 6)]
    item, machine = "Spectromètre Raman (fictif)", "Appareil à rayons X (fictif)"
    steps: tuple[tuple[str, str, str, int, list[str], str], ...] = (
        ("coordinator", "ordered", item, 300, [], "6"),
        ("coordinator", "ordered", machine, 300, [], "1"),
        ("coordinator", "delivered", item, 240, kits, ""),
        ("contact", "accepted", item, 230, kits[:4], ""),
        ("contact", "rejected", item, 230, kits[4:], ""),
        ("contact", "users_trained", item, 225, kits[:4], "6"),
        ("contact", "in_use", item, 220, kits[:1], ""),
        ("contact", "in_use", item, 12, kits[1:4], ""),
        ("contact", "out_of_order", item, 5, kits[3:4], ""),
        ("coordinator", "delivered", machine, 100, ["RX-DEMO-1"], ""),
        ("contact", "accepted", machine, 95, ["RX-DEMO-1"], ""),
        ("contact", "in_use", machine, 20, ["RX-DEMO-1"], ""),
    )
    for who, event, what, days, serials, number in steps:
        given = {
            "event": event, "item": what, "on": (today - dt.timedelta(days=days)).isoformat(),
            "serials": "\n".join(serials), "number": number,
            "place": "Port d’Esmar (fictif)" if event == "delivered" else "",
        }  # fmt: skip
        story.do(who, equipment.record, story.request, given)


def _measure(story: _Story) -> None:
    """Two indicators, one of them counted, with a value after six months."""
    today = now().date()
    start, end = (today + dt.timedelta(days=days) for days in (-200, 165))
    for code, title_en, title_fr, unit, source, baseline, target in (
        (
            "R1",
            "Posts that recognise precursors (invented)",
            "Postes qui reconnaissent les précurseurs (fictif)",
            "postes",
            "entered",
            "2",
            "5",
        ),
        (
            "R2",
            "Officers trained (invented)",
            "Agents formés (fictif)",
            "agents",
            "trained",
            "0",
            "24",
        ),
    ):
        given = {
            "code": code, "title_en": title_en, "title_fr": title_fr, "unit": unit, "source": source,
            "baseline": baseline, "target": target, "baseline_on": start.isoformat(),
            "target_on": end.isoformat(),
        }  # fmt: skip
        one = story.do("coordinator", results.add, new_id(), story.request, given)
        value = {"period": "m6", "on": today.isoformat(), "value": "4"}
        if source == "entered":
            value["regions"] = "Nord (fictif): 1\nSud (fictif): 3"
        story.do("contact", results.record, one.pk, value)
    story.do("coordinator", results.freeze, story.request, "baseline")


def _train(story: _Story) -> None:
    story.do(
        "coordinator", training.create_course,
        {
            "code": "PGS-DEMO-03", "theme": "global-shield", "attendance": "80", "passing": "60",
            "title_en": "Recognising explosive precursors (invented)",
            "title_fr": "Reconnaître les précurseurs d’explosifs (fictif)",
        },
        _MODULES,
    )  # fmt: skip
    course = Course.objects.using("intake").get(code="PGS-DEMO-03")
    first = now().date() - dt.timedelta(days=3)
    story.do(
        "coordinator", training.create_session, course.pk,
        {
            "first": first.isoformat(), "last": (first + dt.timedelta(days=1)).isoformat(),
            "place": "Esmar (fictif)", "language": "fr", "trainer": str(story.user("leader").pk),
            "request": str(story.request), "trainers": "H. Dassin (fictif)",
        },
    )  # fmt: skip
    session = Session.objects.using("intake").get(course_id=course.pk)
    story.do("leader", training.add_participants, session.pk, "\n".join(_NAMES))
    people = list(
        Participant.objects.using("intake").filter(session_id=session.pk).order_by("code")
    )
    for day in range(2):
        for half in ("am", "pm"):
            present = [row.pk for n, row in enumerate(people) if n != 5 or day == 0]
            story.do(
                "leader", training.attend, session.pk, first + dt.timedelta(days=day), half, present
            )
    results = {
        row.pk: (str(30 + 5 * n), str(55 + 6 * n)) for n, row in enumerate(people)
    }  # fmt: skip
    story.do("leader", training.record_tests, session.pk, results)
    story.do("leader", training.propose_certificates, session.pk)
    for row in (
        Certificate.objects.using("intake").filter(course_id=course.pk).order_by("proposed_at")
    ):
        story.do("coordinator", training.approve_certificate, row.pk)
    story.sign()
