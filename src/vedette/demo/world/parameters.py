"""Contains the parameters of a synthetic data set, such as the shares of the kinds of travellers, and how
clear the signs of risk are.

With fixed parameters, a measurement would only show how well profiles fit one single data set. Each measured
data set therefore has its own random parameters, which its seed determines. The parameters determine who
travels, how travellers pay and book, which data carriers leave out, and how strong the indicators of each
inserted case are. The demonstration and the benchmarks of speed use the fixed parameters `PLAIN`.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, fields, replace
from typing import TypeAlias

from .flights import ORIGINS

Span: TypeAlias = tuple[float, float]

#: Kind of party → its mean weight. The weight in a generated data set differs from it.
KINDS: dict[str, float] = {
    "business": 20, "last_minute": 3, "solo": 22, "couple": 21, "family": 15, "transit": 6, "student": 4,
    "diaspora": 5, "workers": 1.2, "group": 0.8, "staff": 1.5,
}  # fmt: skip
#: Elements that carriers leave out of their messages → two ranges. The share of carriers that never send the
#: element is in the first range. The share of bookings without the element is in the second range, for the
#: other carriers.
LEFT_OUT: dict[str, tuple[Span, Span]] = {
    "payer": ((0.0, 0.25), (0.05, 0.25)),
    "payment": ((0.0, 0.10), (0.01, 0.08)),
    "contacts": ((0.0, 0.08), (0.01, 0.05)),
    "e-mail": ((0.0, 0.15), (0.05, 0.30)),
    "agency": ((0.0, 0.10), (0.01, 0.05)),
    "changes": ((0.05, 0.40), (0.0, 0.05)),
    "check-in": ((0.05, 0.30), (0.0, 0.05)),
    "bags": ((0.0, 0.15), (0.0, 0.05)),
    "weights": ((0.05, 0.30), (0.0, 0.10)),
    "booked documents": ((0.0, 0.15), (0.05, 0.25)),
    "issue dates": ((0.30, 0.70), (0.0, 0.10)),
    "seats": ((0.0, 0.15), (0.02, 0.10)),
    "tickets": ((0.0, 0.10), (0.0, 0.05)),
}


@dataclass(frozen=True)
class Parameters:
    """Contains the parameters of one synthetic data set. Shares are numbers between 0 and 1."""

    start: dt.date
    weeks: int
    routes: int
    carriers: int
    agencies: int
    #: Kind of party → its weight.
    kinds: dict[str, float]
    #: Element → (share of carriers that never send it, share of bookings without it).
    left_out: dict[str, tuple[float, float]]
    #: Shares of ordinary bookings: paid in cash, prepaid elsewhere, paid by another person, made late.
    cash: float
    prepaid: float
    other_payer: float
    late: float
    #: Share of bookings made by an agency. Share of these made by an agency in a third country. Number of
    #: agencies with known cases.
    by_agency: float
    agency_abroad: float
    bad_agencies: int
    #: Shares of ordinary travellers: without a bag, with a new passport, with a passport about to expire,
    #: with a different name in the booking, with mistyped data.
    no_bag: float
    new_document: float
    old_document: float
    name_slips: float
    typing_slips: float
    #: Shares of bookings: changed three times or more, return from another airport, missed, late check-in.
    much_changed: float
    open_jaw: float
    missed: float
    last_at_desk: float
    #: Share of travellers with earlier journeys. Shares of these with a released hit and with a confirmed
    #: result.
    known_before: float
    released: float
    confirmed: float
    #: Share of bookings with a companion who has a separate booking.
    booked_apart: float
    #: Seasonal workers: least and largest size of a group; share paid on account by the employer; share with
    #: a booked return; share with an earlier season; days between booking and departure.
    group_size: tuple[int, int]
    on_account: float
    way_back: float
    earlier_season: float
    notice_d: tuple[int, int]
    #: Share of families who pay for themselves. Share of staff with many earlier journeys.
    family_pays: float
    staff_known: float
    #: Airports that the administration watches.
    watched: tuple[str, ...]
    #: Number of inserted cases for each indicator. Range of the probability of a third and of a fourth
    #: further sign. How weakly signs may show (0 clearly, 1 very weakly).
    cases: int
    shows: Span
    faint: float
    #: Share of people with a surname outside the lexicon. Without such surnames, there would be too many
    #: namesakes among hundreds of thousands of people.
    unheard: float = 0.5
    #: Factor for the frequency of those signs of ordinary travellers that have no share here.
    oddities: float = 1.0

    def lines(self) -> list[str]:
        """Returns all parameters, with one parameter on each line, for the log of a measurement."""
        return [f"{f.name} = {_plain(getattr(self, f.name))}" for f in fields(self)]


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, tuple):
        return " ".join(map(_plain, value))
    if isinstance(value, dict):
        return "; ".join(f"{key} {_plain(one)}" for key, one in value.items())
    return str(value)


def draw(seed: int) -> Parameters:
    """Returns random parameters of a synthetic world. The same seed always gives the same parameters."""
    rng = random.Random(f"{seed}:parameters")

    def share(low: float, high: float) -> float:
        return round(rng.uniform(low, high), 4)

    least = rng.randint(3, 5)
    notice = rng.randint(1, 4)
    weakest = rng.uniform(0.3, 0.6)
    return Parameters(
        start=dt.date(2026, 1, 5) + dt.timedelta(days=rng.randrange(0, 365)),
        weeks=rng.randint(6, 10),
        routes=rng.randint(34, 60),
        carriers=rng.randint(8, 14),
        agencies=rng.randint(24, 80),
        kinds={kind: round(mean * rng.uniform(0.6, 1.5), 2) for kind, mean in KINDS.items()},
        left_out={
            element: (share(*never), share(*lacking))
            for element, (never, lacking) in LEFT_OUT.items()
        },
        cash=share(0.01, 0.05),
        prepaid=share(0.003, 0.015),
        other_payer=share(0.01, 0.05),
        late=share(0.02, 0.06),
        by_agency=share(0.3, 0.65),
        agency_abroad=share(0.02, 0.06),
        bad_agencies=rng.randint(2, 5),
        no_bag=share(0.05, 0.15),
        new_document=share(0.02, 0.06),
        old_document=share(0.01, 0.03),
        name_slips=share(0.01, 0.03),
        typing_slips=share(0.005, 0.02),
        much_changed=share(0.005, 0.03),
        open_jaw=share(0.01, 0.04),
        missed=share(0.01, 0.03),
        last_at_desk=share(0.02, 0.06),
        known_before=share(0.08, 0.2),
        released=share(0.005, 0.02),
        confirmed=share(0.001, 0.003),
        booked_apart=share(0.01, 0.04),
        group_size=(least, least + rng.randint(3, 18)),
        on_account=share(0.4, 0.8),
        way_back=share(0.3, 0.8),
        earlier_season=share(0.3, 0.8),
        notice_d=(notice, notice + rng.randint(5, 30)),
        family_pays=share(0.6, 0.95),
        staff_known=share(0.6, 0.95),
        watched=tuple(sorted(rng.sample(ORIGINS, rng.randint(2, 4)))),
        cases=rng.randint(8, 14),
        shows=(round(weakest, 3), share(weakest + 0.1, 0.9)),
        faint=share(0.0, 1.0),
    )


#: Ordinary travellers show no signs, carriers leave nothing out, and nobody has earlier journeys.
PLAIN = replace(
    draw(0),
    kinds={
        "business": 26, "solo": 22, "couple": 21, "family": 13, "transit": 7, "workers": 4, "student": 4,
        "group": 3,
    },
    left_out={}, cash=0, prepaid=0, other_payer=0, late=0, agency_abroad=0, no_bag=0, new_document=0,
    old_document=0, name_slips=0, typing_slips=0, much_changed=0, open_jaw=0, missed=0, last_at_desk=0,
    known_before=0, released=0, confirmed=0, booked_apart=0, group_size=(4, 7), on_account=1, way_back=1,
    earlier_season=0, notice_d=(9, 120), family_pays=1, staff_known=0, watched=("PTY",), faint=0,
    unheard=0, oddities=0,
)  # fmt: skip
