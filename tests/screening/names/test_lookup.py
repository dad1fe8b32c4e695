"""The keys by which stored names are looked up."""

import pytest

from vedette.screening.names import lookup


def _shares(typed: str, name: str) -> int:
    """The number of typed words that share a key with a stored name."""
    stored = set(lookup.stored([name]))
    return sum(bool(stored & set(word)) for word in lookup.asked(typed))


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Benzarqoti Karim", "Karim BENZARQOUTI"),
        ("Benzarkuti Kareem", "Karim BENZARQOUTI"),
        ("Max Muster", "Maximilian MUSTER"),
        ("Вагиф Гусейнов", "Vaqif HÜSEYNOV"),
        ("Schevchenko Olexandr", "Oleksandr SHEVCHENKO"),
    ],
)
def test_names_that_sound_alike_share_keys(typed: str, name: str) -> None:
    """Each of two typed words shares a key with the stored name."""
    assert _shares(typed, name) == 2
    assert lookup.scores(typed, [[name], ["Somebody Else"]])[0] >= 0.7


def test_one_word_is_compared_with_each_word() -> None:
    """An officer types a surname; the screening would call one word of two too little."""
    best = lookup.scores("Benzarqoti", [["Karim BENZARQOUTI"], ["Karim BENSALEM"], []])
    assert best[0] >= 0.9
    assert best[1:] == [0.0, 0.0] or best[1] < 0.7


def test_what_would_match_everybody_is_not_looked_up() -> None:
    """A frequent name alone, initials, titles, marks."""
    for typed in ("Muhammad", "Dr", "A. B.", "!?", ""):
        assert lookup.asked(typed) == []
        assert lookup.scores(typed, []) == []
    assert len(lookup.asked("Muhammad Diop")) == 2


def test_hostile_names_are_bounded() -> None:
    """Long names have a bounded number of keys; a typed text a bounded number of words."""
    long = " ".join(f"{a}{b}nda" for a in "bdfgklm" for b in "aeiou")
    assert len(lookup.stored([long] * 50)) <= lookup.MOST_KEYS
    assert len(lookup.asked(long)) == lookup.WORDS
    assert all(-(2**31) <= key < 2**31 for key in lookup.stored([long]))
