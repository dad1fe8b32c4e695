"""How a booked name departs from a document's: what is a sign, and what is ordinary."""

from __future__ import annotations

import pytest

from vedette.travellers.columns.documents import agree, cut, name, respelt, turned

Pair = tuple[str, str]


@pytest.mark.parametrize(
    ("booked", "shown", "is_turned", "is_cut", "is_respelt"),
    [
        (("TESFAYE", "HANA"), ("TESFAYE", "HANA"), False, False, False),
        (("TESFAYE", "HANAMRS"), ("TESFAYE", "HANA MARIAM"), False, False, False),
        (("HANA", "TESFAYE"), ("TESFAYE", "HANA"), True, False, False),
        (("HANA", "TESFAYE"), ("TESFAYE", "HANA MARIAM"), True, False, False),
        (("TESFAYE", "MOHAM"), ("TESFAYE", "MOHAMMED"), False, True, False),
        (("TESF", "HANA"), ("TESFAYE", "HANA"), False, True, False),
        (("GARCIA", "ANA"), ("GARCIA LOPEZ", "ANA"), False, False, False),
        (("TESFAJE", "HANNA"), ("TESFAYE", "HANA"), False, False, True),
        (("MULLER", "JORG"), ("MUELLER", "JOERG"), False, False, True),
        (("HADDAD", "MUHAMMAD"), ("HADDAD", "MOHAMED"), False, False, True),
        (("BEKELE", "SARA"), ("TESFAYE", "HANA"), False, False, False),
        (("TESFAYE", "SARA"), ("TESFAYE", "HANA"), False, False, False),
        (("O'NEIL", "SEAN"), ("ONEIL", "SEAN"), False, False, False),
        (("ПЕТРОВ", "ИВАН"), ("PETROV", "IVAN"), False, False, False),
    ],
)
def test_what_became_of_a_name(
    booked: Pair, shown: Pair, is_turned: bool, is_cut: bool, is_respelt: bool
) -> None:
    """A second name left out, a title, a blank, another script are no differences: they are customary,
    and of some countries' travellers the rule."""
    one, two = name(*booked), name(*shown)
    assert (turned(one, two), cut(one, two)) == (is_turned, is_cut)
    assert respelt(one, two) is is_respelt


def test_agreement_is_that_of_the_joining() -> None:
    """The same surname, given names of which one begins with the other."""
    assert agree(name("TESFAYE", "HANA"), name("Tesfaye", "Hana Mariam"))
    assert not agree(name("TESFAYE", "HANA"), name("TESFAJE", "HANA"))


def test_empty_names_are_nothing() -> None:
    """A surname alone is neither turned nor cut."""
    alone, full = name("TESFAYE", None), name("TESFAYE", "HANA")
    assert not turned(alone, full)
    assert not cut(alone, full)
    assert not respelt(alone, full)
    assert not turned(name(None, None), full)
