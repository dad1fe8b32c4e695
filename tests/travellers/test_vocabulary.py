"""The travellers' vocabulary: complete in both languages, lawful, and enough for all indicators."""

from __future__ import annotations

import re
import unicodedata

import pytest
from tests.each import each
from tests.french import CATALOGUE, FRENCH

from vedette.kinds import vocabulary
from vedette.profiles import vocabulary as vocabularies
from vedette.profiles.vocabulary import UNITS, Column

TRAVELLER = vocabulary("traveller")
GROUNDS = {
    "person", "journey", "booking", "payment", "contact", "document", "baggage", "agreement", "history",
    "links", "company", "check_in", "rarity", "flight",
}  # fmt: skip
#: Directive (EU) 2016/681 art. 6(4), and what betrays such a ground: beginnings of words, both languages.
PROTECTED = (
    "race", "racia", "ethni", "politic", "politiq", "opinion", "relig", "faith", "croyan", "church", "eglise",
    "muslim", "musulm", "christi", "chretien", "jewish", "juif", "juive", "philosoph", "union", "syndic",
    "health", "sante", "medic", "disab", "handicap", "wheelchair", "fauteuil", "sexual", "sexuel", "orient",
    "meal", "repas", "halal", "kosher", "casher", "diet", "langu", "assist",
)  # fmt: skip
#: Names that other rooms rely on: the history that SQL counts, and what speaks for a traveller.
FIXED = {
    "trips_12m", "trips_30d", "same_route_12m", "same_route_30d", "first_seen_d", "last_seen_d",
    "no_shows_12m", "documents_12m", "document_holders", "journey_bookings", "agency_confirmed_12m",
    "companions_confirmed", "own_confirmed", "cleared_before", "earlier_crossings", "shared_common",
    *(f"shared_{k}_travellers_90d" for k in ("phone", "email", "card", "address", "loyalty", "document")),
    *(f"shared_{k}_confirmed" for k in ("phone", "email", "card", "address", "loyalty", "document")),
}  # fmt: skip
#: What the domain's list of indicators asks to be derived → the column that has it.
DERIVED = {
    "lead_time_h": "lead_time_h", "stay_days": "stay_nights", "one_way": "one_way", "legs": "legs",
    "route_detour_ratio": "route_detour_ratio", "backtracking": "backtracking", "hubs visited": "hubs",
    "n_pax_pnr": "booking_travellers", "n_split": "splits", "n_history_events": "changes",
    "name_change": "name_changes", "payer_is_other": "payer_is_other", "cash": "is_cash",
    "bags_per_pax": "bags_per_traveller", "kg_per_day": "kg_per_night", "doc_age_days": "document_age_d",
    "doc_valid_days": "document_valid_d", "doc_changes_12m": "documents_12m", "trips_12m": "trips_12m",
    "same_route_12m": "same_route_12m", "api_pnr_match score": "agreement", "dwell times": "dwell_max_h",
    "minutes from check-in to departure": "check_in_min",
}  # fmt: skip


def texts(column: Column) -> dict[str, str]:
    """All that is read of a column, by field."""
    english = {
        field: text for field in ("label", "says", "denies") if (text := getattr(column, field))
    }
    french = {f"{field} fr": FRENCH.pgettext("column", text) for field, text in english.items()}
    return english | french


def test_a_column_is_complete_in_both_languages() -> None:
    """Labels, sentences with exactly one place for the value, negations of yes and no, unit and ground."""

    def check(column: Column) -> None:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", column.name)
        assert column.label
        assert column.source
        assert column.unit in ("", *UNITS)
        assert column.ground in GROUNDS
        assert column.serves in ("for", "against", "either")
        places = [re.findall(r"%\((\w+)\)s|%", says) for says in _both(column.says)]
        if column.type == "yes_no":
            assert column.denies
            assert column.denies != column.says
            assert _both(column.denies)[1] != _both(column.says)[1]
            assert places == [[], []]
        else:
            assert column.denies == ""
            assert places == [["value"], ["value"]]

    each(TRAVELLER.columns, check, lambda c: c.name)


def _both(english: str) -> tuple[str, str]:
    return english, FRENCH.pgettext("column", english)


def test_every_text_is_translated() -> None:
    """Labels, sentences and negations are in the French catalogue; units and kinds of fact too."""
    for column in TRAVELLER.columns:
        for english in filter(None, (column.label, column.says, column.denies)):
            assert f"column\x04{english}" in CATALOGUE
    for ground in vocabularies.GROUNDS.values():
        assert f"kind of fact\x04{ground.msgid}" in CATALOGUE


def test_french_is_written_as_french() -> None:
    """Apostrophe ’, « guillemets », no-break spaces before : ; ! ? and inside guillemets."""

    def check(column: Column) -> None:
        for field, text in texts(column).items():
            assert "'" not in text
            assert text == text.strip()
            assert "  " not in text
            if field.endswith("fr"):
                assert '"' not in text
                assert not re.search(r"[^\u00a0]:", text), text
                assert not re.search(r"[^\u202f][;!?]", text), text
                assert not re.search(r"«[^\u00a0]|[^\u00a0]»", text), text

    each(TRAVELLER.columns, check, lambda c: c.name)


def test_labels_begin_with_a_capital_and_sentences_do_not() -> None:
    """Labels head tables; sentences are joined by and, or, not."""

    def check(column: Column) -> None:
        for field, text in texts(column).items():
            if field.startswith("label"):
                assert text[0].isupper()
            else:
                assert text[0] == "%" or text[0].islower()
            assert not text.endswith(".")

    each(TRAVELLER.columns, check, lambda c: c.name)


def test_no_column_rests_on_a_protected_ground() -> None:
    """Directive (EU) 2016/681, art. 6(4): nor on what betrays one (meals, assistance, language)."""

    def check(column: Column) -> None:
        words = re.split(
            r"[\W_]+", _plain(" ".join((column.name, *texts(column).values(), column.source)))
        )
        assert not [word for word in words if word.startswith(PROTECTED)]

    each(TRAVELLER.columns, check, lambda c: c.name)


def _plain(text: str) -> str:
    """Lower case, without accents."""
    apart = unicodedata.normalize("NFD", text.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))


def test_the_restricted_columns_are_the_personal_ones() -> None:
    """Nationality, residence, sex, age, minority and what amounts to it, birthplace, issuer of the
    document; nothing else."""
    restricted = {column.name for column in TRAVELLER.columns if column.restricted}
    assert restricted == {
        "nationality", "residence", "sex", "age", "is_minor", "birthplace", "document_issuer",
        "alone_minor", "minor_unrelated", "booking_adults", "booking_minors",
    }  # fmt: skip
    assert restricted == {column.name for column in TRAVELLER.columns if column.ground == "person"}


def test_every_indicator_is_served() -> None:
    """The 25 passenger indicators."""

    def check(indicator: int) -> None:
        assert [column.name for column in TRAVELLER.columns if indicator in column.indicators]

    each(range(1, 26), check)


def test_indicators_are_those_of_the_list() -> None:
    """Numbered 1 to 25, each once a column."""
    for column in TRAVELLER.columns:
        assert set(column.indicators) <= set(range(1, 26))
        assert len(set(column.indicators)) == len(column.indicators)


def test_what_the_domain_asks_to_be_derived_is_a_column() -> None:
    """passenger-indicators.md, “derived features needed”, and what history is counted under."""
    names = {column.name for column in TRAVELLER.columns}
    assert set(DERIVED.values()) <= names
    assert names >= FIXED


def test_history_is_named_as_such() -> None:
    """The grounds `history` and `links` are counted from earlier journeys, and nothing else is. The
    columns of links to known cases are counted from all kinds."""
    for column in TRAVELLER.columns:
        if column.link:
            continue
        assert (column.ground in ("history", "links")) == column.source.startswith("history: ")


def test_sentences_read_with_a_phrase() -> None:
    """As they stand in a plain reading of a profile."""
    said = {
        "lead_time_h": ("less than 48 hours", "moins de 48 heures"),
        "trips_12m": ("6 journeys or more", "6 voyages ou plus"),
        "carrier": ("one of: AF, BA", "l’un de : AF, BA"),
    }
    read = {}
    for name, phrases in said.items():
        column = TRAVELLER.column(name)
        assert column is not None
        english, french = _both(column.says)
        read[name] = (english % {"value": phrases[0]}, french % {"value": phrases[1]})
    assert read == {
        "lead_time_h": (
            "the booking was made less than 48 hours before departure",
            "le dossier a été créé moins de 48 heures avant le départ",
        ),
        "trips_12m": (
            "the same person made 6 journeys or more in the 12 months before departure",
            "la même personne a fait 6 voyages ou plus dans les 12\u00a0mois qui précèdent le départ",
        ),
        "carrier": ("the carrier is one of: AF, BA", "le transporteur est l’un de : AF, BA"),
    }


def test_names_are_unique_and_found() -> None:
    """By name, or None."""
    names = [column.name for column in TRAVELLER.columns]
    assert len(set(names)) == len(names)
    assert TRAVELLER.column("lead_time_h") is TRAVELLER.columns[names.index("lead_time_h")]
    assert TRAVELLER.column("unheard_of") is None
    assert TRAVELLER.version == "2026-11"


def test_another_kind_has_no_vocabulary_yet() -> None:
    """Goods and cash get a file of their own."""
    with pytest.raises(KeyError):
        vocabulary("goods item")


def test_the_language_is_shown_with_columns_that_there_are() -> None:
    """Whoever copies an example of the documentation into a profile gets one that reads."""
    from vedette.profiles.parse import parse
    from vedette.profiles.vocabulary import FUNCTIONS, OPERATORS

    for row in (*OPERATORS, *FUNCTIONS.values()):
        values = {"days": 3, "hours": 48, "limit": 2}
        lists = {"conflict_2026": "text", "watched": "text"}
        assert parse(row.example, TRAVELLER, lists, values), row.name  # type: ignore[arg-type]
