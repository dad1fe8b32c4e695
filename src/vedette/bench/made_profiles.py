"""Profiles generated from a seed. Each profile has three to six conditions on facts of several kinds, and
every tenth profile has a regular expression. Profiles that hit many travellers are left out."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from vedette.bench.stage import Stage
from vedette.kinds import vocabulary
from vedette.profiles.run import Question

_AIRPORTS = ("ADD", "CDG", "IST", "BOG", "PTY", "DXB", "LIS", "CMN", "JNB", "GRU", "FRA", "NBO")
_Rng = random.Random

#: Each entry makes one condition. The numbers in it are drawn, so that profiles differ.
_CONDITIONS: tuple[Callable[[_Rng], str], ...] = (
    lambda r: f"lead_time_h < {r.randint(2, 72)}",
    lambda r: f"stay_nights BETWEEN {r.randint(0, 3)} AND {r.randint(4, 9)}",
    lambda r: "one_way",
    lambda r: f"route_detour_ratio > {r.uniform(1.2, 3):.2f}",
    lambda r: f"legs >= {r.randint(2, 5)}",
    lambda r: "is_cash",
    lambda r: "payer_is_other",
    lambda r: f"paid_amount > {r.randint(200, 4000)}",
    lambda r: f"origin IN ('{r.choice(_AIRPORTS)}', '{r.choice(_AIRPORTS)}')",
    lambda r: f"destination_country <> '{r.choice(('FR', 'SN', 'CI', 'MA'))}'",
    lambda r: f"bags_per_traveller > {r.randint(2, 6)}",
    lambda r: f"document_valid_d < {r.randint(10, 200)}",
    lambda r: f"COALESCE(trips_12m, 0) >= {r.randint(2, 20)}",
    lambda r: f"COALESCE(same_route_12m, 0) < {r.randint(1, 6)}",
    lambda r: f"shared_phone_travellers_90d >= {r.randint(1, 6)}",
    lambda r: f"shared_card_travellers_90d >= {r.randint(1, 6)}",
    lambda r: "NOT is_crew",
    lambda r: "NOT with_child_under_12",
    lambda r: f"booking_travellers <= {r.randint(1, 4)}",
    lambda r: f"changes > {r.randint(3, 12)}",
    lambda r: "name_differs OR document_differs",
    lambda r: f"departure_hour < {r.randint(3, 22)}",
    lambda r: f"combination_rarity > {r.uniform(1.5, 4):.2f}",
)
_REGULAR: tuple[Callable[[_Rng], str], ...] = (
    lambda r: f"route MATCHES '(^|-){r.choice(_AIRPORTS)}(-|$)'",
    lambda r: f"email_domain MATCHES '{r.choice(('mail', 'post', 'box'))}[0-9]*\\.(com|net|org)$'",
    lambda r: f"flight MATCHES '^[A-Z]{{2}}{r.randint(1, 9)}[0-9]{{1,3}}$'",
)


def expressions(count: int, seed: int = 0) -> list[str]:
    """Returns `count` different expressions. Every tenth expression also contains a regular expression."""
    rng = random.Random(seed)  # noqa: S311  a benchmark draws the same profiles every time
    made: dict[str, None] = {}
    while len(made) < count:
        some = [f"({c(rng)})" for c in rng.sample(_CONDITIONS, rng.randint(3, 6))]
        if len(made) % 10 == 0:
            some.append(rng.choice(_REGULAR)(rng))
        made[" AND ".join(some)] = None
    return list(made)


def rare(count: int, frame: pl.DataFrame, share: float, seed: int = 0) -> list[str]:
    """Returns `count` of these expressions. Each expression is true for at most `share` of the travellers in
    a frame."""
    kept: list[str] = []
    for text in expressions(3 * count, seed):
        said = Question(vocabulary("traveller"), text, {}, {}).judge(frame)
        if said.sum() <= share * frame.height:
            kept.append(text)
        if len(kept) == count:
            return kept
    raise RuntimeError("too few rare profiles: draw more")


def put_in_force(on: Stage, texts: Sequence[str], weight: int = 20) -> None:
    """Stores active versions of these expressions in the state that they have after approval."""
    if not texts:
        return
    author, approver = (_user(on, name) for name in ("author", "approver"))
    for number, text in enumerate(texts, 1):
        profile, version = uuid.uuid4(), uuid.uuid4()
        on.connection.execute(
            "INSERT INTO profiles_profile (id, organisation_id, kind, ref, example, created_at)"
            " VALUES (%s, %s, 'traveller', %s, false, now())",
            [profile, on.organisation, f"B-{uuid.uuid4().hex[:12]}"],
        )
        on.connection.execute(
            "INSERT INTO profiles_version (id, organisation_id, profile_id, number, state, title,"
            " expression, parameters, weight, theme, purpose, basis, source, indicators,"
            " justification, note_for, note_against, months, author_id, created_at, changed_at,"
            " approved_by_id, active_from, active_until, vocabulary, content_hash)"
            " VALUES (%s, %s, %s, 1, 'active', %s, %s, '{}', %s, 'passengers', 'serious_crime', 'b',"
            " '', '{}', '', '', '', 6, %s, now(), now(), %s, now(), now() + interval '90 days', '', %s)",
            [
                version, on.organisation, profile, f"Bench {number}", text, weight,
                author, approver, version.hex,
            ],
        )  # fmt: skip
    on.connection.execute(
        "INSERT INTO profiles_profilestate (organisation_id, number) VALUES (%s, 1)"
        " ON CONFLICT (organisation_id) DO UPDATE SET number = profiles_profilestate.number + 1",
        [on.organisation],
    )


def _user(on: Stage, name: str) -> Any:
    from vedette.apps.accounts.models import User

    found, _ = User.objects.using("intake").get_or_create(
        username=f"bench-{name}", defaults={"organisation_id": on.organisation, "role": "analyst"}
    )
    return found.pk
