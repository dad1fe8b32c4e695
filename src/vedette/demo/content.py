"""Creates the content of the demonstration: users, synthetic lists, and the starter profiles in several
states.

The analyst of the demonstration writes the profiles, and the supervisor approves them. A few profiles are
drafts, suspended, in shadow mode or awaiting approval, so that no page of profiles is empty. One backtest
covers the last sixty days.

The lists and profiles are dated so that they apply to the hits and decisions of the past sixty days
(`earlier.py`). The journal contains entries about the decisions, and entries about other actions of invented
colleagues. The journal entries of one colleague are unusual. Each journal entry is marked as synthetic. The
entries about other actions refer to records that do not exist.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
from django.db import connections, transaction
from django.utils import timezone

from vedette.apps.accounts import acts
from vedette.apps.accounts.models import Organisation, User
from vedette.apps.accounts.rules import set_scope
from vedette.apps.approvals import actions as approvals
from vedette.apps.columns import new_id
from vedette.apps.copying import copy_in
from vedette.apps.desk.rescreen import rescreen_activated, rescreen_waiting
from vedette.apps.enforcement.actions import reachback
from vedette.apps.enforcement.selectors.reachback import about_hit
from vedette.apps.hits.models import SeenHit
from vedette.apps.keyring import keyring
from vedette.apps.library import starting as library
from vedette.apps.lists.actions import import_list
from vedette.apps.lists.models import Watchlist
from vedette.apps.oversight.name_tokens import tokens
from vedette.apps.profiles import actions, yaml_files
from vedette.apps.profiles.backtesting import run_next
from vedette.apps.profiles.models import Version
from vedette.apps.subjects.kinds import app_kinds
from vedette.cash.starter import WATCHED as WATCHED_CASH
from vedette.cash.starter import starter as of_cash
from vedette.demo import arms, assistance, cash, controls, earlier, operations
from vedette.demo.feed import Start
from vedette.demo.world.declarations import licences
from vedette.demo.world.watchlists import FOLDER, VERSIONS
from vedette.goods.app.licences import records
from vedette.keys.ring import Keys
from vedette.kinds import kinds
from vedette.profiles.files import dump
from vedette.travellers.starter import WATCHED, starter

#: The lists: name → (first part of the file names, purpose, legal basis, weight).
LISTS = {
    "Personnes recherchées (fictif)": ("persons", "terrorism", "RCSNU 2178 (fictif)", 75),
    "Documents volés (fictif)": ("documents", "serious_crime", "Convention SLTD (fictif)", 60),
    "Contacts signalés (fictif)": ("contacts", "serious_crime", "Code des douanes (fictif)", 40),
    "Sociétés surveillées (fictif)": ("companies", "border", "Code des douanes (fictif)", 40),
}
#: The themes of the lists of companies and contacts, which parties of declarations may be on, and the themes
#: of the lists of persons and documents.
OF_TRADE = ("passengers", "global_shield", "strategic", "small_arms")
OF_PERSONS = ("passengers", "cash")
#: The control list of the administration, in the template for control lists.
CONTROL_LIST = "Liste nationale de contrôle (fictif)"
CONTROLLED = (
    "number,text_en,text_fr,names,cas,un,hs,limit\n"
    "N-1,Nitric acid,Acide nitrique,,7697-37-2,UN2031,280800,3\n"
    "N-2,Triethanolamine,Triéthanolamine,,102-71-6,,292215,\n"
    "N-3,Parts of pistols,Parties de pistolets,pistol slide|pistol barrel|glissière de pistolet,,,930510,\n"
)
#: The legal basis of the profiles; the watched places; the number of days for which they are watched.
BASIS = "Code des douanes (fictif), art. 60"
PLACES, DAYS = ("PTY",), 60
#: The countries that profiles for cash watch.
COUNTRIES = ("LB",)
#: Profiles that are not active: waiting for approval, in shadow mode, drafts, suspended.
WAITING, SHADOW, DRAFTS, SUSPENDED = ("P-025", "P-030"), "P-031", ("P-026",), "P-020"
TESTED = "P-005"
_WHY = "Pack de départ, adapté à la démonstration (fictif)."
#: Declarations from which the baseline of ordinary trade is built.
ORDINARY = 1_500
#: Criteria of clearance: title, expression, lane, percentage.
CRITERIA = (
    ("Valeur par kilogramme anormale", "unit_value_low OR unit_value_high", "red", 100.0),
    ("Détour ou embargo sur l’itinéraire", "route_detour OR route_embargo", "yellow", 100.0),
    ("Véhicules et téléphones", "hs_heading IN ('8703', '8517')", "blue", 50.0),
)
_HEARD = "Les mineurs sont à protéger ; deux autres sortes de signes sont exigées (fictif)."


class Incomplete(Exception):
    """The error that is raised if the first start of the demonstration was interrupted before all its content
    was stored.
    """


def seed(
    organisation: str,
    logins: Sequence[tuple[str, str, str, str, str]],
    home: Path,
    ready: Callable[[uuid.UUID, Start], None] = lambda organisation, start: None,
) -> Start | None:
    """At the first start, creates the organisation with its users, lists, profiles, and the hits and
    decisions of the past sixty days. Returns the seed and the time of this first start; the caller then calls
    `complete`. At a later start, changes nothing and returns None. Raises `Incomplete` if the first start was
    interrupted.

    Calls `ready` as soon as messages may be received and users may sign in. Messages may be processed when
    the function has returned: features about earlier journeys count the journeys that the function stores.
    """
    owner, made = Organisation.objects.using("intake").get_or_create(
        name=organisation, defaults={"country": "SN", "synthetic": True}
    )
    if not made:
        known = Start.read(home)
        if known is None:
            raise Incomplete
        ready(owner.id, known)
        return None
    start = Start.first()
    for username, password, role, first, last in logins:
        user = User(
            username=username, organisation=owner, role=role, first_name=first, last_name=last
        )
        user.set_password(password)
        user.save(using="intake")
    by_role = {role: username for username, _, role, *_ in logins}
    analyst, supervisor, dpo = (by_role[role] for role in ("analyst", "supervisor", "dpo"))
    with _ago(dt.timedelta(days=DAYS + 1)):
        _import_lists(owner)
        versions = _plant_profiles(analyst, supervisor, dpo)
        _plant_trade(analyst, supervisor, start)
        _record_licences(supervisor, start)
        if "cash" in kinds():
            cash.import_rates(owner.id, start)
    ready(owner.id, start)
    colleagues = _colleagues(owner)
    officers = [user.pk for user in colleagues] + list(
        User.objects.using("intake").filter(username__in=(by_role["officer"], supervisor))
        .values_list("pk", flat=True)
    ) * 2  # fmt: skip
    worked = _earlier(owner.id, officers, start)
    _journal(owner, [*_acts(colleagues, keyring(), start.began), *worked])
    _leave(versions, analyst, supervisor)
    controls.plant(acting, by_role["officer"], supervisor)
    _plant_questions(by_role["officer"], supervisor, colleagues)
    _plant_notices(owner, by_role["officer"], supervisor)
    arms.plant(acting, by_role["officer"], supervisor)
    if "cash" in kinds():
        cash.plant(acting, by_role["officer"])
        if "administrator" in by_role:
            cash.set_up_unit(acting, by_role["administrator"])
        cash.report(acting, by_role["officer"])
    return start


def complete(
    organisation: str, logins: Sequence[tuple[str, str, str, str, str]], start: Start, home: Path
) -> None:
    """Stores the risk information, the library, the joint operations and the assistance, on which no message
    depends. Then marks the first start as complete in the folder `home`."""
    owner = Organisation.objects.using("intake").get(name=organisation)
    by_role = {role: username for username, _, role, *_ in logins}
    if "cash" in kinds():
        cash.risk_information(acting, by_role["supervisor"])
    if "administrator" in by_role:
        with acting(by_role["administrator"]) as by:
            library.plant(by)
    if {"coordinator", "contact", "administrator", "dpo"} <= set(by_role):
        operations.plant(acting, owner, by_role)
        assistance.plant(acting, owner, by_role)
    start.keep(home)


@contextmanager
def _ago(span: dt.timedelta) -> Iterator[None]:
    """Within this context manager, rows and journal entries are stored with a time in the past."""
    then = f"clock_timestamp() - interval '{span.days} days'"
    insert = acts._INSERT.replace("clock_timestamp()", then)
    with (
        mock.patch.object(timezone, "now", side_effect=lambda: dt.datetime.now(dt.UTC) - span),
        mock.patch.object(acts, "_INSERT", insert),
        # The database compares the end of an approval with its own time.
        mock.patch.object(approvals, "WAITS", approvals.WAITS + span),
    ):
        yield


def _earlier(organisation: uuid.UUID, officers: Sequence[uuid.UUID], start: Start) -> list[Any]:
    """Stores the hits and decisions of the past sixty days, and returns the journal entries about them."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT vedette_make_partitions(c, (%s::timestamptz - interval '63 days')::date, 3)"
            " FROM unnest(%s::text[]) c",
            [start.began, [kind.tables.retention_class for kind in app_kinds()]],
        )
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        # Nothing is stored yet, so no stored subject needs to be compared with the lists.
        rescreen_waiting(connection, keyring())
        rescreen_activated(connection, start.began)
        earlier.store(connection, keyring(), organisation, start.seed, start.began)
        if "cash" in kinds():
            cash.store(connection, keyring(), organisation, start)
        return earlier.decide(connection, organisation, officers, start.seed, start.began)


def _import_lists(owner: Any) -> None:
    expires = dt.date.today() + dt.timedelta(days=365)
    for name, (stem, purpose, basis, weight) in LISTS.items():
        for version in VERSIONS[stem]:
            path = FOLDER / f"{stem}_{version}.csv"
            import_list(
                owner,
                None,
                name,
                {path.name: path.read_bytes()},
                purpose=purpose,
                basis=basis,
                owner="Cellule de démonstration",
                expires_on=expires,
                weight=weight,
                themes=(*OF_TRADE, "cash") if stem in ("companies", "contacts") else OF_PERSONS,
            )
    import_list(
        owner, None, CONTROL_LIST, {"liste_nationale.csv": CONTROLLED.encode()}, purpose="border",
        basis=BASIS, owner="Cellule de démonstration", themes=OF_TRADE[1:],
        rule="above_limit and not licence",
    )  # fmt: skip
    Watchlist.objects.using("intake").filter(organisation=owner).update(synthetic=True)


def _record_licences(supervisor: str, start: Start) -> None:
    """Records the licences that the declarations of the demonstration name."""
    with acting(supervisor) as by:
        records.import_(by, licences(start.began.date()))


def _plant_profiles(analyst: str, supervisor: str, dpo: str) -> dict[str, Version]:
    """Creates the profiles: active versions, and drafts. The arguments are the user names with which the
    users sign in."""
    with acting(analyst) as by:
        until = dt.date.today() + dt.timedelta(days=DAYS)
        actions.set_list(by, WATCHED, PLACES, "démonstration (fictif)", until)
        actions.set_list(by, WATCHED_CASH, COUNTRIES, "démonstration (fictif)", until)
        files = [*starter(), *(of_cash() if "cash" in kinds() else ())]
        items = [yaml_files.yaml(f"{file.id}.yaml", dump(file)) for file in files]
        for item in items:
            item.fields["basis"] = BASIS
        versions = {one.profile.ref: one for one in yaml_files.take(by, items)}
    with acting(dpo) as by:
        for version in versions.values():
            if version.justification:
                actions.hear(by, version.pk, agrees=True, said=_HEARD)
    with acting(analyst) as by:
        active = [one.pk for ref, one in versions.items() if ref not in (SHADOW, *DRAFTS, *WAITING)]
        for version_id in active:
            actions.submit(by, version_id, _WHY)
    with acting(supervisor) as by:
        for version_id in active:
            actions.allow(by, version_id, _WHY)
    return versions


def _plant_trade(analyst: str, supervisor: str, start: Start) -> None:
    """Sets the thresholds, imports a table of ordinary trade, and activates criteria of clearance. Does
    nothing if goods are not installed."""
    if "goods" not in kinds():
        return
    from vedette.demo.world.declarations import table
    from vedette.goods.app import terms

    with acting(analyst) as by:
        terms.change(by, "EUR", "USD 0.9", "value 150")
        terms.ask(by, table(_SEED, start.began, ORDINARY))
        drafts = [
            actions.begin_draft(
                by,
                {
                    "kind": "goods", "title": title, "expression": expression, "lane": lane, "share": share,
                    "weight": 1, "purpose": "border", "basis": BASIS, "source": "démonstration (fictif)",
                },
            )
            for title, expression, lane, share in CRITERIA
        ]  # fmt: skip
        for draft in drafts:
            actions.submit(by, draft.pk, _WHY)
    with acting(supervisor) as by:
        for draft in drafts:
            actions.allow(by, draft.pk, _WHY)
        actions.set_lane(by, "red", 0.05, BASIS)


def _leave(versions: Mapping[str, Version], analyst: str, supervisor: str) -> None:
    """Tests some profiles and submits these profiles for approval.

    Starts one profile in shadow mode, and suspends another.
    """
    today = dt.datetime.now(dt.UTC).date()
    with acting(analyst) as by:
        actions.shadow(by, versions[SHADOW].pk, on=True)
        for ref in (TESTED, *WAITING):
            actions.ask_backtest(by, versions[ref].pk, today - dt.timedelta(days=DAYS), today)
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        while run_next(connection):
            pass
    with acting(analyst) as by:
        for ref in WAITING:
            actions.submit(by, versions[ref].pk, _WHY)
    with acting(supervisor) as by:
        actions.suspend(by, versions[SUSPENDED].profile_id)


#: The expert answers the first of these questions; the second one waits.
QUESTIONS = (
    (
        "Deux téléphones et douze cartes SIM neuves dans la doublure du sac (fictif)",
        "Ces cartes sont-elles connues d’une série de fraudes ? (fictif)",
        "Aucune série connue. Relevez les numéros des cartes, puis laissez passer (fictif).",
    ),
    (
        "Passeport : la couture du livret est plus claire que sur le spécimen (fictif)",
        "Cette couture existe-t-elle pour cette série ? (fictif)",
        "",
    ),
)


def _plant_questions(officer: str, supervisor: str, colleagues: Sequence[User]) -> None:
    """Names two experts, and asks two questions about the latest hits. An expert answers the first
    question."""
    hits = list(SeenHit.objects.using("intake").order_by("-opened_at", "pk")[: len(QUESTIONS)])
    first, second = colleagues[1], colleagues[2]
    for hit, (seen, question, answer) in zip(hits, QUESTIONS, strict=False):
        with acting(supervisor) as by:
            for rank, one in enumerate((first, second), 1):
                whom = User.objects.get(pk=one.pk)
                reachback.name_expert(by, whom, hit.theme, rank)
        with acting(officer) as by:
            about = about_hit(hit.pk)
            if about is None:
                continue
            given = reachback.Given(
                id=new_id(), theme=hit.theme, urgency="normal", question=question, seen=seen
            )
            made = reachback.ask(by, about, given)
        if answer:
            with acting(first.username) as by:
                reachback.act(by, made.pk, "answer", made.version, answer)


#: The authority of another country in the demonstration, and its user, who has no password.
PARTNER, PARTNER_USER = "Autorité partenaire (fictive)", "fictif.partenaire"
#: Substance, quantity in kilograms, what the importer's authority does and says.
NOTICES: tuple[tuple[str, str, Any, str], ...] = (
    ("cas:6484-52-2", "20000", "acknowledge", "Destinataire enregistré, usage agricole (fictif)."),
    ("cas:7697-37-2", "4600", "", ""),
)
OBJECTED = ("cas:67-64-1", "900", "object", "Le destinataire n’est pas enregistré (fictif).")


def _plant_notices(owner: Any, officer: str, supervisor: str) -> None:
    """Creates pre-export notices with the authority of another country: one that the administration
    acknowledged, one near its deadline, and one to which the other authority objected. Does nothing if goods
    are not installed."""
    if "goods" not in kinds():
        return
    from vedette.goods.app.models import ExportNotice
    from vedette.goods.app.notices import actions as noticing
    from vedette.goods.app.notices import states

    partner = Organisation.objects.using("intake").create(
        name=PARTNER, kind=Organisation.Kind.FOREIGN, country="FR", synthetic=True
    )
    other = User(username=PARTNER_USER, organisation=partner, role="supervisor", last_name="Fictif")
    other.set_unusable_password()
    other.save(using="intake")
    for username in (supervisor, PARTNER_USER):
        with acting(username) as by:
            noticing.set_desk(by, True, states.DEFAULT_HOURS)

    def send(
        home: str, to: Any, other: str, row: tuple[str, str, Any, str], names: tuple[str, str]
    ) -> Any:
        substance, quantity, action, text = row
        day = timezone.localdate()
        content, _ = states.read(
            {
                "substance": substance, "quantity": quantity, "unit": "KGM", "mode": "1",
                "means": "MV FICTIF", "place": "SNDKR", "licence": "FICTIF 2026/0417",
                "consignor_name": names[0], "consignor_country": "FR" if to == owner else "SN",
                "consignee_name": names[1], "consignee_country": "SN" if to == owner else "FR",
                "departs": (day + dt.timedelta(days=3)).isoformat(),
                "arrives": (day + dt.timedelta(days=9)).isoformat(),
                "consent_by": "Direction export (fictif)", "consent_basis": "written",
                "consent_on": (day - dt.timedelta(days=4)).isoformat(),
            },
            day,
        )  # fmt: skip
        if content is None:
            raise Incomplete
        with acting(home) as by:
            draft = noticing.save(by, content, to.pk)
            sent = noticing.act(by, draft.pk, "send", draft.version)
        if action:
            with acting(other) as by:
                noticing.act(by, sent.pk, action, sent.version, text)
        return sent

    names = ("Engrais Exemple SAS (fictif)", "Comptoir Modèle SARL (fictif)")
    for row in NOTICES:
        last = send(PARTNER_USER, owner, officer, row, names)
    send(officer, partner, PARTNER_USER, OBJECTED, (names[1], names[0]))
    ExportNotice.objects.using("intake").filter(pk=last.pk).update(
        due_at=dt.datetime.now(dt.UTC) + dt.timedelta(minutes=50)
    )


@contextmanager
def acting(username: str) -> Iterator[Any]:
    """Yields a user of the demonstration, in a database transaction of the web role with the access rights of
    this user."""
    known = User.objects.using("intake").get(username=username)
    with transaction.atomic():
        set_scope(known)
        yield User.objects.get(pk=known.pk)


# --- invented colleagues ---------------------------------------------------------------------------

#: Sign-in name (without a password), first name, last name. The first colleague is the unusual one.
PEOPLE = (
    ("fictif.toure", "Rokhaya", "Touré"),
    ("fictif.kante", "Mamadou", "Kanté"),
    ("fictif.bah", "Salimata", "Bah"),
    ("fictif.lopes", "Dulce", "Lopes"),
    ("fictif.keita", "Ibrahima", "Keïta"),
    ("fictif.mendy", "Rose", "Mendy"),
    ("fictif.barry", "Oumar", "Barry"),
    ("fictif.cisse", "Nafi", "Cissé"),
)
ACT_DAYS = 60
#: Number of days since the unusual night, and since the day on which all colleagues open the same record.
NIGHT, STAR = 2, 5
_SEED = 20261124


def _colleagues(organisation: Any) -> list[User]:
    """Creates the invented colleagues."""
    users = []
    for username, first, last in PEOPLE:
        user = User(
            username=username, first_name=first, last_name=last, role="officer",
            organisation_id=organisation.pk,
        )  # fmt: skip
        user.set_unusable_password()
        user.save(using="intake")
        users.append(user)
    return users


def _journal(organisation: Any, entries: Iterable[earlier.Act]) -> None:
    """Writes journal entries in chronological order. No entry may have an earlier time than the previous
    entry, because `vedette journal verify` would report this as an error.
    """
    rows = [
        (at, organisation.pk, user, act, subject, json.dumps({"synthetic": True, **detail}))
        for at, user, act, subject, detail in sorted(entries, key=lambda entry: entry[0])
    ]
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        columns = ("at", "organisation_id", "user_id", "act", "subject", "detail")
        copy_in(connection, "accounts_act", columns, rows)


def plant(organisation: Any, keys: Keys) -> None:
    """Creates the invented colleagues, and the journal entries that do not concern the hits of the past sixty
    days."""
    _journal(organisation, _acts(_colleagues(organisation), keys, dt.datetime.now(dt.UTC)))


def _acts(users: Sequence[User], keys: Keys, now: dt.datetime) -> Iterator[earlier.Act]:
    drawn = random.Random(_SEED)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)

    def record() -> str:
        return str(uuid.UUID(int=drawn.getrandbits(128), version=4))

    for ago in range(ACT_DAYS, 0, -1):
        day = today - dt.timedelta(days=ago)
        for user in users:
            if drawn.random() < 2 / 7:
                continue
            for _ in range(drawn.randint(5, 13)):
                at = day + dt.timedelta(hours=7 + drawn.random() * 9)
                act = drawn.choice(("hit.see", "hit.see", "record.see", "record.search"))
                yield at, user.pk, act, record() if act != "record.search" else "", {}
    unusual, star = users[0], record()
    night = today - dt.timedelta(days=NIGHT)
    for minute in range(140):
        at = night + dt.timedelta(hours=2, minutes=minute)
        yield at, unusual.pk, "record.see", record(), {}
    name = tokens(keys, unusual.first_name, unusual.last_name)
    yield night + dt.timedelta(hours=4, minutes=25), unusual.pk, "record.search", "", {"name": name}
    for n, user in enumerate(users):
        at = today - dt.timedelta(days=STAR) + dt.timedelta(hours=8 + n)
        yield at, user.pk, "record.see", star, {}
