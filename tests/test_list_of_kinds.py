"""`VEDETTE_KINDS`: which kinds of subject an installation has."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from tests.parcels.kind import KIND as PARCELS

from vedette import kinds
from vedette.core.errors import Failure
from vedette.travellers.kind import KIND as TRAVELLERS


def read(monkeypatch: pytest.MonkeyPatch, text: str, **modules: Any) -> list[str]:
    """The names of the kinds of that list; `modules` define the kind that is given."""
    for name, kind in modules.items():
        module = ModuleType(name)
        module.__dict__["KIND"] = kind
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setenv("VEDETTE_KINDS", text)
    return list(kinds.kinds.__wrapped__())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["traveller", "goods", "cash"]),
        ("  ", ["traveller", "goods", "cash"]),
        ("vedette.travellers.kind", ["traveller"]),
        (" vedette.goods.kind ,", ["goods"]),
    ],
)
def test_an_empty_list_means_the_kinds_that_ship(
    monkeypatch: pytest.MonkeyPatch, text: str, found: list[str]
) -> None:
    """As files of settings pass a variable that is left empty."""
    assert read(monkeypatch, text) == found


def test_the_order_of_the_list_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, "a,b", a=PARCELS, b=TRAVELLERS) == ["parcel", "traveller"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (",", "names no kind"),
        ("a,a", "more than one kind is called parcel"),
        ("a,b", "more than one kind is called parcel"),
        ("a,c", "more than one format of files is called PARCELS"),
        ("d", "Parcel-1"),
        ("e", "up to 20"),
    ],
)
def test_a_list_that_is_not_clear_is_refused(
    monkeypatch: pytest.MonkeyPatch, text: str, why: str
) -> None:
    """The later of two kinds of one name took the place of the other without a word."""
    with pytest.raises(Failure, match=why):
        read(
            monkeypatch, text, a=PARCELS, b=replace(PARCELS, themes=("cash",)),
            c=replace(PARCELS, name="letter"), d=replace(PARCELS, name="Parcel-1"),
            e=replace(PARCELS, name="p" * 21),
        )  # fmt: skip


def test_a_module_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"vedette\.travellers\.knd"):
        read(monkeypatch, "vedette.travellers.knd")
