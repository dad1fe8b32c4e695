"""The bar of the priority, drawn on the server."""

from __future__ import annotations

import itertools
import re

from vedette.apps.desk import present


def test_the_sum_fits_when_reasons_exceed_a_hundred() -> None:
    """Three strong reasons are shown in proportion; nothing runs out of the bar."""
    svg = present.priority_sum([("List", 90), ("<b>", 80), ("Lookout", 70)], 6, 94, "Sum")
    ends = [float(x) + float(w) for x, w in re.findall(r' x="([\d.]+)%" width="([\d.]+)%"', svg)]
    assert max(ends) <= 100
    assert "<b>" not in svg


def test_no_later_block_has_the_colour_of_the_first() -> None:
    """A fourth reason is not taken for the first one, and no block has the colour of its neighbour."""
    svg = present.priority_sum([("List", 20)] * 5, 0, 100, "Sum")
    [first, *others] = re.findall(r'class="(v[1-9])"', svg)
    assert first not in others
    assert all(one != other for one, other in itertools.pairwise(others))
