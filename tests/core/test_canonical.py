"""The canonical form: equal objects have equal hashes, and reading and writing changes nothing."""

from __future__ import annotations

import json
import random
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.core import strict_json
from vedette.core.canonical import MOST, NotCanonical, canonical, digest, version
from vedette.core.releasable import TYPES

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MOST, MOST) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(_VALUES)
def test_read_and_written_again_it_is_equal(value: Any) -> None:
    """The strict reader and the canonical form are inverse to each other."""
    form = canonical(value)
    assert canonical(strict_json.loads(form, "form")) == form
    assert canonical(json.loads(json.dumps(value, indent=2))) == form


def test_1000_objects_of_all_types() -> None:
    """1,000 random versions of all releasable types: the form is read and written again, and another order of
    keys has the same hash."""
    rng = random.Random(8)
    for number in range(1_000):
        type_ = list(TYPES)[number % len(TYPES)]
        content = {
            one.name: rng.choice(
                ["é\u0301 \u2028", "0.10", 7, None, ["z", "a"], {"b": 1, "a": "\\"}]
            )
            for one in TYPES[type_].fields
        }
        at = rng.randint(1, 9)
        parent = None if at == 1 else f"{rng.getrandbits(256):064x}"
        made = version(
            type_, uuid.UUID(int=rng.getrandbits(128)), uuid.uuid4(), at, parent, content
        )
        form = canonical(made)
        assert canonical(strict_json.loads(form, "form")) == form
        assert digest(dict(reversed(made.items()))) == digest(made)


def test_rfc_8785_example() -> None:
    """The order of the keys is that of RFC 8785, 3.2.3: by UTF-16 code units."""
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    order = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert list(json.loads(canonical(dict.fromkeys(keys, 1)))) == order


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"quantity": 1.5}, r"\$\.quantity: float"),
        ({"a": [2**53]}, r"\$\.a\[0\]: a number beyond"),
        ({"a": "\ud800"}, "surrogate"),
        ({"\udc00": 1}, "surrogate"),
        ({1: 2}, "not a text"),
        ({"Jean Dupont": {1}}, r"\$\.\?: set"),
    ],
)
def test_what_has_no_canonical_form(value: Any, why: str) -> None:
    """The message names the place and the cause, and no key that could be a name."""
    with pytest.raises(NotCanonical, match=why):
        canonical(value)


def test_depth() -> None:
    """A value of too many levels is refused."""
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(NotCanonical, match="40 levels"):
        canonical(deep)
    while isinstance(deep, list):  # frees the levels one by one
        deep = deep.pop()


def test_versions_name_their_parent() -> None:
    """The first version has no parent, and each other version has one."""
    for number, parent in ((1, "ab"), (2, None), (0, None)):
        with pytest.raises(NotCanonical, match="parent"):
            version("seizure", uuid.uuid4(), uuid.uuid4(), number, parent, {})
