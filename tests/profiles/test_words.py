"""Whole readings: whom a profile does not pick, whom it picks, in correct English and French."""

from __future__ import annotations

from tests.profiles.small import FRENCH, tree

from vedette.core.texts import ENGLISH, number, pieces, render
from vedette.profiles import words
from vedette.profiles.check import ExpressionError, error_text
from vedette.profiles.words import amount, one_of

_THIN, _FIXED = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"


def _lines(text: str, language: str) -> list[str]:
    return words.lines(words.reading(tree(text)), FRENCH if language == "fr" else ENGLISH)


def test_a_profile_as_a_lawyer_reads_it() -> None:
    """Negations, and upper limits that only excuse, say whom it spares; the rest whom it picks."""
    text = """NOT is_crew
        AND COALESCE(same_route_12m, 0) < 6
        AND NOT with_child
        AND detour > 2.0
        AND bags >= 2
        AND payer_is_other
        AND lead_time_h < 48"""
    assert _lines(text, "fr") == [
        "Le profil ne signale pas un enregistrement si au moins une condition est remplie",
        f"- membre d’équipage{_THIN};",
        f"- a fait la même route 6 fois ou plus en 12 mois (0 si inconnu){_THIN};",
        "- famille avec un enfant.",
        "Le profil signale un enregistrement si toutes les conditions sont remplies",
        f"- le trajet fait plus de 2,0 fois la route directe{_THIN};",
        f"- nombre de bagages{_FIXED}: 2 ou plus{_THIN};",
        f"- le payeur est une autre personne{_THIN};",
        "- la réservation date de moins de 48 heures.",
    ]
    assert _lines(text, "en") == [
        "The profile does not flag a record if at least one condition is true",
        "- crew member;",
        "- made the same route 6 times or more in 12 months (0 if unknown);",
        "- family with a child.",
        "The profile flags a record if all conditions are true",
        "- the way is more than 2.0 times the direct one;",
        "- number of bags: 2 or more;",
        "- another person pays;",
        "- booked less than 48 hours before departure.",
    ]


def test_the_limit_stands_out() -> None:
    """The value in a sentence is marked, so that a page can print it bold."""
    part = words.reading(tree("lead_time_h < 48")).picks
    assert (
        render(part.heading, FRENCH)
        == "Le profil signale un enregistrement si cette condition est remplie"
    )
    assert [tuple(piece) for piece in pieces(part.bullets[0].text, FRENCH)] == [
        ("la réservation date de ", False), ("moins de 48 heures", True), (".", False),
    ]  # fmt: skip


def test_groups_are_nested_lists() -> None:
    """An OR inside an AND is a list under a sentence, with one full stop at the very end."""
    assert _lines("one_way AND (bags > 1 OR NOT (is_crew OR age < 18))", "en") == [
        "The profile flags a record if all conditions are true",
        "- no return is booked;",
        "- at least one of these conditions:",
        "  - number of bags: more than 1;",
        "  - all of these conditions:",
        "    - not a crew member;",
        "    - is 18 years or more old.",
    ]


def test_an_or_at_the_top_picks_by_any() -> None:
    """A profile of alternatives says so in its heading."""
    assert _lines("one_way OR bags = 1", "fr") == [
        "Le profil signale un enregistrement si au moins une condition est remplie",
        f"- aucun retour n’est réservé{_THIN};",
        f"- nombre de bagages{_FIXED}: exactement 1.",
    ]


def test_only_exceptions_pick_everyone_else() -> None:
    """What is not this nor that is spared by either; a different value, a list one is not on."""
    assert _lines(
        "NOT (is_crew OR with_child) AND origin NOT IN ('AA', 'BB') AND bags <> 3", "en"
    ) == [
        "The profile does not flag a record if at least one condition is true",
        "- crew member;",
        "- family with a child;",
        "- comes from AA or BB;",
        "- number of bags: exactly 3.",
        "Flags",
        "- all other records.",
    ]
    assert _lines("NOT (is_crew AND with_child)", "en") == [
        "The profile does not flag a record if at least one condition is true",
        "- all of these conditions:",
        "  - crew member;",
        "  - family with a child.",
        "Flags",
        "- all other records.",
    ]


def test_what_is_known_is_picked_and_not_spared() -> None:
    """IS NOT MISSING is a condition, no exception; a limit without a default spares nobody."""
    assert _lines("agency IS NOT MISSING AND bags < 3", "en") == [
        "The profile flags a record if all conditions are true",
        "- known: “agency”;",
        "- number of bags: less than 3.",
    ]


def test_numbers_as_each_language_writes_them() -> None:
    """English has commas between thousands, French narrow no-break spaces and a decimal comma; French
    takes the plural from 2 on."""
    assert number(1234567.5) == "1,234,567.5"
    assert number(1234567.5, FRENCH) == f"1{_THIN}234{_THIN}567,5"
    assert [render(amount(value, "h"), FRENCH) for value in (0, 1, 1.5, 2, -1)] == [
        "0 heure", "1 heure", "1,5 heure", "2 heures", "-1 heure",
    ]  # fmt: skip
    assert [render(amount(value, "h")) for value in (0, 1, 1.5, 2)] == [
        "0 hours", "1 hour", "1.5 hours", "2 hours",
    ]  # fmt: skip


def test_enumerations() -> None:
    """Two values are A or B, more A, B or C: in French without an article, which would need a gender."""
    assert render(one_of(["A", "B", "C"], "", False)) == "A, B or C"
    assert render(one_of(["A", "B", "C"], "", False), FRENCH) == "A, B ou C"
    assert render(one_of([1, 2], "h", False)) == "1 or 2 hours"


def test_a_message_keeps_what_was_typed() -> None:
    """What somebody typed is put into a message once, braces and all, and never read as one."""
    try:
        tree("origin = '{type}' + 1 = 2")
    except ExpressionError as error:
        said = render(error_text(error))
    assert said == "+ needs a number, but '{type}' is text."
