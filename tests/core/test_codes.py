"""Country values."""

from tests.french import FRENCH

from vedette.core import codes


def test_every_code_is_unique() -> None:
    """ISO 3166-1: a code means one country."""
    table = codes.countries()
    assert len({c.alpha2 for c in table}) == len({c.alpha3 for c in table}) == len(table) == 250


def test_countries_are_known_by_either_code_and_by_names_in_two_languages() -> None:
    """Travel documents say DEU or D, goods DE, lists "Syrian Arab Republic" or "Syrie"."""
    for value in ("DE", "deu", "D", "Germany", "Allemagne"):
        assert codes.country(value) == "DE"
    assert codes.country("Syrie") == codes.country("Syrian Arab Republic") == "SY"
    assert codes.alpha3("Côte d’Ivoire") == codes.alpha3("cote d'ivoire") == "CIV"
    assert codes.country_name("RUS") == "Russian Federation"
    assert FRENCH.pgettext("country", "Russian Federation") == "Fédération de Russie"


def test_what_is_no_country_is_nothing() -> None:
    """Hostile or empty values never raise."""
    for value in (None, "", "Atlantis", "\x00", "🛳" * 10_000):
        assert codes.country(value) is None
