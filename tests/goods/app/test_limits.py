"""Values at the limits of what messages may state do not stop the pages, and clearings apply narrowly."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.goods.declared import ACID

pytestmark = pytest.mark.database


@pytest.mark.parametrize(
    ("mass", "expected"), [(1e-99, None), (4.0, Decimal("0.25")), (None, None)]
)
def test_a_very_small_mass_gives_no_value_per_kilogram(
    database: str, mass: float | None, expected: Decimal | None
) -> None:
    """A ratio with more digits than a page can show is left out."""
    from vedette.goods import declarations
    from vedette.goods.app.items import Line

    item = msgspec.structs.replace(ACID, net_mass_kg=mass, value=Decimal(1))
    goods = msgspec.structs.replace(declarations.goods_of({}, "", {}), item=item)
    unused: Any = None
    assert Line(unused, goods, None).value_per_kg == expected
