"""The published results of operation TENTACLE 2024, compared with the facts of the knowledge files."""

from __future__ import annotations

import re
from decimal import Decimal

from tests.shared import shared

from vedette.cash import published


def test_tentacle_2024_is_reproduced_exactly() -> None:
    text = shared("domain", "cash-form-fields.md").read_text(encoding="utf-8")
    found = re.search(
        r"2024 \((\d+) Members\): USD ([\d.]+) M assets, USD ([\d.]+) M undeclared currency, USD ([\d.]+) M"
        r" mis-invoiced goods, ([\d.]+) kg gold, (\d+) arrests",
        text,
    )
    assert found is not None
    regions = re.search(
        r"2024: 39 Members, (\d+) regions",
        shared("domain", "programme.md").read_text(encoding="utf-8"),
    )
    assert regions is not None
    members, assets, undeclared, misinvoiced, gold, arrests = map(Decimal, found.groups())
    million = Decimal(1_000_000)
    [one] = (one for one in published.operations() if (one.name, one.year) == ("TENTACLE", 2024))
    assert {figure.what: (figure.amount, figure.unit) for figure in one.figures} == {
        "members": (members, ""), "regions": (Decimal(regions[1]), ""), "assets": (assets * million, "USD"),
        "undeclared": (undeclared * million, "USD"), "misinvoiced": (misinvoiced * million, "USD"),
        "gold": (gold, "kg"), "arrests": (arrests, ""),
    }  # fmt: skip
    assert all(one.source and one.figure(what) for what in published.WHAT)
