"""Creates joint operations for the demonstration: one operation in its live phase between three
organisations, and one exercise in preparation. All organisations, persons, places and numbers are synthetic.

The live operation completes all of its steps through the same actions as in production: invitation,
acceptance, naming of persons, test messages, national plans with confirmations of receipt, approval by a
second person, controls, seizures, warnings and situation reports. The users `contact_brevanie` and
`contact_corvalie` belong to other organisations.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import random
import uuid
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from PIL import Image, ImageDraw

from vedette.apps.accounts.models import Approval, Organisation, Unit, User
from vedette.apps.approvals import actions as approvals
from vedette.apps.columns import new_id
from vedette.apps.cooperation.actions import contacts
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.keyring import keyring
from vedette.apps.offline import delivery
from vedette.apps.operations.actions import group, lifecycle, messages, plans, reports
from vedette.apps.operations.models import Message, Operation
from vedette.apps.release.actions import agreements
from vedette.demo import mutual
from vedette.demo.controls import Acting
from vedette.formats import field_entries

_SEED = 20261202
#: The other organisations: short name, name, country.
OTHERS = (
    ("brevanie", "Douanes de Brévanie (fictif)", "XB"),
    ("corvalie", "Douanes de Corvalie (fictif)", "XC"),
)
_PEOPLE = (
    ("contact", "contact", "T.", "Kessoum"),
    ("deputy", "contact", "A.", "Vireux"),
    ("post", "officer", "B.", "Halluin"),
)
_PLACES = (
    "Port de Lanvers (fictif)",
    "Pont de l’Est (fictif)",
    "Centre postal (fictif)",
    "Fret aérien (fictif)",
)
_ZONE = "Africa/Dakar"
_QUIET = "Journée calme (fictif)."
_NEW = "Premier envoi à ces organisations dans l’opération (fictif)."
_TITLE = "Échanges dans les opérations conjointes (fictif)"
_PURPOSE, _BASIS = "précurseurs d’explosifs", "Accord fictif A-B, article 9"
#: Contacts of the directory: organisation, kind, name, role, themes, languages, first and last hour.
_CONTACTS = (
    ("home", "point", "R. Ozanne (fictif)", "Point de contact national (fictif)",
     ("passengers", "cash"), ("fr", "en"), "08:00", "17:30"),
    ("home", "desk", "Permanence du ciblage (fictif)", "Centre de ciblage (fictif)",
     ("passengers", "global_shield", "small_arms"), ("fr", "en", "es"), "00:00", "00:00"),
    ("brevanie", "point", "T. Kessoum (fictif)", "Direction générale (fictif)",
     ("global_shield", "strategic"), ("fr", "pt"), "08:00", "16:00"),
    ("brevanie", "expert", "L. Marrec (fictif)", "Laboratoire des douanes (fictif)",
     ("global_shield",), ("fr", "es"), "09:00", "17:00"),
    ("corvalie", "region", "Bureau de liaison (fictif)", "Échange de renseignements (fictif)",
     ("small_arms", "strategic", "cash"), ("en", "es"), "07:00", "19:00"),
)  # fmt: skip
_WHY = "Tous les préalables sont réunis, les postes sont informés (fictif)."


@dataclass
class _World:
    """The user names of the persons of an operation, by organisation and role."""

    acting: Acting
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    homes: dict[str, uuid.UUID] = field(default_factory=dict)
    units: dict[str, uuid.UUID] = field(default_factory=dict)
    agreement: uuid.UUID | None = None

    def by(self, home: str, role: str) -> Any:
        """Opens a transaction with the rights of this person."""
        return self.acting(self.names[home, role])

    def user(self, home: str, role: str) -> User:
        """Returns the account of this person."""
        return User.objects.get(username=self.names[home, role])


def plant(acting: Acting, owner: Organisation, roles: dict[str, str]) -> None:
    """Creates the other organisations and both operations. `roles` maps the role of an account of the
    demonstration to its user name."""
    world = _people(acting, owner, roles)
    world.agreement = _agree(world, roles)
    _list_contacts(world)
    live = _create(world, "CÔTE CLAIRE (fictif)", "PGS-DEMO-01", exercise=False)
    _call(world, live)
    _prepare(world, live)
    _go_live(world, live)
    _work(world, live)
    _from_device(world, live)
    exercise = _create(world, "VENT D’EST (fictif)", "EX-DEMO-02", exercise=True)
    _call(world, exercise, without="corvalie")
    with world.by("home", "coordinator") as by:
        lifecycle.advance(by, exercise, "called", "preparing")
    _assist_mutually(world, roles)


def _list_contacts(world: _World) -> None:
    """Each contact point enters the contacts of his or her own organisation in the directory."""
    for number, (home, kind, name, post, themes, languages, opens, closes) in enumerate(_CONTACTS):
        given = {
            "kind": kind, "name": name, "post": post, "zone": _ZONE, "opens": opens, "closes": closes,
            "channel": f"+221 33 000 00 0{number} (fictif)",
        }  # fmt: skip
        lists = {"themes": themes, "languages": languages, "days": ("1", "2", "3", "4", "5")}
        with world.by(home, "contact") as by:
            contacts.save(by, None, given, lists)


def _people(acting: Acting, owner: Organisation, roles: dict[str, str]) -> _World:
    world = _World(acting, homes={"home": owner.pk})
    for role, account in (
        ("coordinator", "coordinator"),
        ("second", "supervisor"),
        ("contact", "contact"),
        ("deputy", "coordinator"),
        ("post", "officer"),
    ):
        world.names["home", role] = roles[account]
    unit = Unit.objects.using("intake").filter(organisation=owner).first()
    for short, name, country in OTHERS:
        home = Organisation.objects.using("intake").create(
            name=name, kind=Organisation.Kind.FOREIGN, country=country, synthetic=True
        )
        world.homes[short] = home.pk
        world.units[short] = (
            Unit.objects.using("intake").create(organisation=home, name=_PLACES[0]).pk
        )
        for role, account, first, last in _PEOPLE:
            user = User(
                username=f"{role}_{short}",
                organisation=home,
                role=account,
                first_name=first,
                last_name=last,
            )
            user.set_password(f"demo-{role}_{short}")
            user.save(using="intake")
            world.names[short, role] = user.username
    unit = unit or Unit.objects.using("intake").create(organisation=owner, name=_PLACES[1])
    world.units["home"] = unit.pk
    return world


def _agree(world: _World, roles: dict[str, str]) -> uuid.UUID:
    """Creates an agreement between the organisations. An administrator proposes the agreement, and the
    data-protection officer approves the agreement.
    """
    terms = agreements.Terms(
        title=_TITLE, parties=list(world.homes.values()), purposes=[(_PURPOSE, _BASIS)],
        starts_at=now() - dt.timedelta(days=200),
    )  # fmt: skip
    return _in_force(world, roles, terms)


def _in_force(world: _World, roles: dict[str, str], terms: agreements.Terms) -> uuid.UUID:
    """Puts an agreement into force: an administrator proposes, the data-protection officer approves."""
    with world.acting(roles["administrator"]) as by:
        made = agreements.propose(by, terms, "Base des échanges de l’opération (fictif).")
    with world.acting(roles["dpo"]) as by:
        asked = Approval.objects.get(subject=str(made.pk), state=Approval.State.ASKED)
        approvals.decide(by, asked.pk, True)
    return uuid.UUID(str(made.root))


def _assist_mutually(world: _World, roles: dict[str, str]) -> None:
    """An agreement whose legal instrument permits the exchange of names of persons, and requests under this
    agreement."""
    everybody = list(world.homes.values())
    terms = agreements.Terms(
        title="Assistance administrative mutuelle (fictif)", parties=everybody,
        purposes=[("infractions douanières", "Accord fictif A-B-C, article 4")],
        starts_at=now() - dt.timedelta(days=200), nominal_instrument="Protocole fictif sur les noms",
        designated=everybody,
    )  # fmt: skip
    root = _in_force(world, roles, terms)
    users = {
        key: User.objects.using("intake").get(username=name).pk for key, name in world.names.items()
    }
    mutual.plant(world.by, users, world.homes, root)


def _create(world: _World, name: str, reference: str, *, exercise: bool) -> uuid.UUID:
    at = now().replace(second=0, microsecond=0)
    operation = {
        "name": name,
        "reference": reference,
        "live_from": at - dt.timedelta(days=8),
        "live_until": at + dt.timedelta(days=6),
        "until": at + dt.timedelta(days=40),
        "marking": "amber",
        "readers_after": ["coordinator", "contact"],
        "observed": ["broadcast", "sitrep"],
    }
    plan = {
        "threat": "Précurseurs d’explosifs déclarés comme engrais composés (fictif).",
        "basis": "Accord fictif A-B, article 9",
        "purpose": "serious_crime",
        "agreement": world.agreement,
        "agreement_purpose": _PURPOSE,
        "agreement_basis": _BASIS,
        "hs": ["310520", "310230"],
        "substances": "Nitrate d’ammonium",
        "lists": "Programme Global Shield, liste fictive version 13",
        "targets": ["precursor", "detonator", "ied_component"],
        "modes": ["sea", "road", "post"],
        "places": "Ports maritimes et ponts frontières (fictif)",
        "zone": _ZONE,
        "cutoff": dt.time(18),
        "tasks": "Contrôler chaque conteneur d’engrais composé (fictif).",
        "indicators": "Part des contrôles avec constat, délai de réponse",
        "plans_due": at + dt.timedelta(days=1),
    }
    made = new_id()
    with world.by("home", "coordinator") as by:
        lifecycle.create(by, made, exercise, lifecycle.Given(operation, plan))
        group.name_member(by, made, world.user("home", "second"), "second", "Coordination")
        lifecycle.advance(by, made, "draft", "proposed")
        group.invite(by, made, list(world.homes.values()))
        lifecycle.advance(by, made, "proposed", "called")
    return made


def _call(world: _World, operation: uuid.UUID, without: str = "") -> None:
    for home in world.homes:
        if home == without:
            continue
        with world.by(home, "contact") as by:
            version = Operation.objects.get(pk=operation).plan_version
            group.answer_call(by, operation, True, version, "Code des douanes (fictif), art. 60")
            for role in ("contact", "deputy", "post"):
                group.name_member(by, operation, world.user(home, role), role, "Lanvers (fictif)")


def _prepare(world: _World, operation: uuid.UUID) -> None:
    with world.by("home", "coordinator") as by:
        lifecycle.advance(by, operation, "called", "preparing")
        entered = messages.Entered(
            new_id(), "test", text="Message d’essai (fictif) : merci de répondre."
        )
    test = _send(world, "home", "coordinator", operation, entered)
    for home in world.homes:
        for role in ("contact", "deputy"):
            with world.by(home, role) as by:
                messages.answer_test(by, test.pk)
        with world.by(home, "contact") as by:
            plans.send_plan(
                by,
                operation,
                "Contrôles renforcés à chaque poste (fictif).",
                "P-001 : engrais composés (fictif)",
                [world.units[home]],
                now() + dt.timedelta(days=2),
            )


def _go_live(world: _World, operation: uuid.UUID) -> None:
    with world.by("home", "coordinator") as by:
        asked = lifecycle.ask(by, operation, "live", _WHY)
    with world.by("home", "second") as by:
        approvals.decide(by, asked.pk, True)


def _work(world: _World, operation: uuid.UUID) -> None:
    """Creates controls and seizures of the past days (one record is entered twice), warnings with and without
    an answer, and reports.
    """
    drawn = random.Random(_SEED)
    for home in world.homes:
        for n in range(14):
            _send(world, home, "post", operation, _record(drawn, n))
    twice = _record(drawn, 0).typed
    for role, place in (("post", _PLACES[0]), ("contact", "Port Lanvers (fictif)")):
        entered = messages.Entered(new_id(), "seizure", {**twice, "place": place})
        _send(world, "brevanie", role, operation, entered)
    last = [world.homes["brevanie"], world.homes["corvalie"], world.homes["home"]]
    for n, hours in enumerate((3.0, 1.2, 6.0)):
        sender = "home" if n < 2 else "brevanie"
        entered = messages.Entered(
            new_id(),
            "warning",
            {
                "means": "transport",
                "reference": f"ZZZU 10021{n} 6",
                "goods": "Engrais composé (fictif)",
                "why": "Trois expéditeurs différents, même téléphone, même emballeur (fictif).",
                "mode": "sea",
            },
            recipients=[last[n]],
            useful_until=now() + dt.timedelta(hours=hours),
        )
        sent = _send(world, sender, "post", operation, entered)
        if n == 0:
            _answer(world, "brevanie", sent.pk)
    for home in ("home", "brevanie"):
        with world.by(home, "contact") as by:
            made = reports.draft(by, operation, False)
            seen = reports.preview(by, made.pk, made.known_at, _QUIET).preview
            reports.send(by, made.pk, made.known_at, _QUIET, seen.token)
    with world.by("home", "coordinator") as by:
        reports.draft(by, operation, True)


def _from_device(world: _World, operation: uuid.UUID) -> None:
    """Creates three field entries that the officer recorded on a device without a network. The entries are
    encrypted and sent in the same way as on the page for field work. A worker stores two of the entries,
    which the officer has not sent to the operation yet. The third entry lacks a unit.
    """
    typed = {"place": _PLACES[0], "category": "precursor", "mode": "sea"}
    weighed = typed | {"quantity": "412.5", "target": "yes", "substance": "Nitrate (fictif)"}
    entries: list[tuple[str, dict[str, str], tuple[bytes, ...]]] = [
        ("control", typed | {"controls": "12", "found": "no"}, ()),
        ("seizure", weighed | {"unit": "kg"}, (_photograph(),)),
        ("seizure", weighed, ()),
    ]
    with world.by("home", "post") as by:
        for n, (form, values, photographs) in enumerate(entries):
            at = now() - dt.timedelta(hours=26 - n)
            happened = at.astimezone(ZoneInfo(_ZONE)).strftime("%Y-%m-%dT%H:%M")
            number, _ = messages.form_of(Operation.objects.get(pk=operation), form)
            entry = field_entries.Entry(
                id=uuid.uuid4(), owner=by.pk, made=at, kind="operation", target=operation, form=form,
                template=number, zone=_ZONE, photographs=photographs,
                values=values | {"happened": happened},
            )  # fmt: skip
            blob = keyring().seal(field_entries.write(entry), "field")
            stated = delivery.Stated(
                entry.id, by.pk, len(blob), hashlib.sha256(blob).digest(), at, now()
            )
            delivery.receive(by, stated, 0, blob)


def _photograph() -> bytes:
    """Returns a picture with a drawing of bags on a pallet."""
    picture = Image.new("RGB", (640, 480), "#d8d2c4")
    pen = ImageDraw.Draw(picture)
    for row in range(3):
        for column in range(4):
            left, top = 90 + column * 120, 110 + row * 90
            pen.rounded_rectangle((left, top, left + 110, top + 80), 18, "#f4f0e6", "#6b6250", 3)
    pen.rectangle((70, 385, 590, 415), "#7a5c33")
    pen.text((20, 20), "DEMONSTRATION (FICTIF)", "#333333")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=70)
    return out.getvalue()


def _send(
    world: _World, home: str, role: str, operation: uuid.UUID, entered: messages.Entered
) -> Message:
    """Sends a message after the preview, as on the page. If recipients are new, the second person of the
    organisation approves the release first.
    """
    with world.by(home, role) as by:
        offer = messages.preview(by, operation, entered).offer
        assert offer is not None  # noqa: S101  the operation has not ended
        if not offer.second:
            return messages.send(by, operation, entered, offer.preview.token)
        made = messages.ask(by, operation, entered, _NEW)
    _approve(world, home, made.pk)
    with world.by(home, role) as by:
        ready = messages.waiting(by, Message.objects.select_related("operation").get(pk=made.pk))
        assert ready is not None  # noqa: S101  it was stored just before
        return messages.send_stored(by, made.pk, ready.preview.token)


def _approve(world: _World, home: str, subject: uuid.UUID) -> None:
    with world.by(home, "second" if home == "home" else "deputy") as by:
        asked = Approval.objects.get(subject=str(subject), state=Approval.State.ASKED)
        approvals.decide(by, asked.pk, True)


def _answer(world: _World, home: str, warning: uuid.UUID) -> None:
    given = (warning, "nothing", "Ouvert et pesé : conforme à la déclaration (fictif).")
    with world.by(home, "post") as by:
        _, offer = messages.preview_answer(by, *given)
        messages.answer(by, *given, offer.preview.token)


def _record(drawn: random.Random, n: int) -> messages.Entered:
    happened = timezone.localtime() - dt.timedelta(hours=drawn.randint(3, 150))
    typed = {
        "happened": happened.strftime("%Y-%m-%dT%H:%M"),
        "place": drawn.choice(_PLACES),
        "category": "precursor",
        "mode": drawn.choice(("sea", "road", "post")),
    }
    if n % 7:
        found = n == 8
        typed |= {"controls": str(drawn.randint(1, 20)), "found": "yes" if found else "no"}
        return messages.Entered(new_id(), "control", typed)
    typed |= {
        "quantity": f"{drawn.randint(20, 900)}.5",
        "unit": "kg",
        "target": "yes",
        "substance": "Nitrate (fictif)",
    }
    if n:
        typed |= {"category": "drug", "target": "no", "unit": "g", "substance": "Poudre (fictif)"}
    return messages.Entered(new_id(), "seizure", typed)
