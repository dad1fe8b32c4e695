"""Operators and functions of the language: the one table that parser, readings and docs share.

How each runs is in `compiling` and `functions`. Whatever a function is given, something missing among
its arguments gives something missing; `COALESCE` alone replaces it.
"""

from __future__ import annotations

from typing import Literal

from vedette.core.records import Record
from vedette.screening.vocabulary import Type

#: What a function takes in a place: a type (`number` takes whole numbers too); `any` of one type for
#: all places of that kind; `count`: a whole number written out, from 0 to `MAX_COUNT`.
Kind = Literal["text", "number", "whole", "day", "any", "count"]
MAX_COUNT = 4000
#: The unit of numbers that are written without marks between thousands: years.
PLAIN = "plain"


class Function(Record, frozen=True, kw_only=True):
    """One function: what it takes and gives, what it is, and how a formula with it reads.

    `required` arguments must be there; with `repeats` the last may be given any number of times.
    `result` is a type, or `same`: that of the arguments. `unit` as in `vocabulary.UNITS`, or `PLAIN`.
    `says_*` are read with the arguments as `{0}`, `{1}` …, or all of them as `{all}`.
    """

    name: str
    takes: tuple[Kind, ...]
    required: int
    repeats: bool = False
    result: Type | Literal["same"]
    unit: str = ""
    en: str
    fr: str
    says_en: str
    says_fr: str
    example: str


class Operator(Record, frozen=True, kw_only=True):
    """One operator, for the documentation."""

    name: str
    en: str
    fr: str
    example: str


def _function(
    name: str,
    takes: str,
    result: Type | Literal["same"],
    english: tuple[str, str],
    french: tuple[str, str],
    example: str,
    *,
    unit: str = "",
) -> Function:
    """One row; `takes` as in `number [count]` (may be left out) or `any any…` (may be repeated)."""
    words = takes.split()
    kinds: tuple[Kind, ...] = tuple(word.strip("[]…") for word in words)  # type: ignore[misc]
    return Function(
        name=name,
        takes=kinds,
        required=sum(not word.startswith("[") for word in words),
        repeats=takes.endswith("…"),
        result=result,
        unit=unit,
        en=english[0],
        says_en=english[1],
        fr=french[0],
        says_fr=french[1],
        example=example,
    )


_ROWS: tuple[Function, ...] = (
    _function("COALESCE", "any any…", "same",
        ("the first that is known", "the first known of {all}"),
        ("le premier qui est connu", "le premier connu de {all}"),
        "COALESCE(trips_12m, 0) < 6"),
    _function("ABS", "number", "same",
        ("the size of a number, without its sign", "the size of {0}"),
        ("la valeur absolue", "la valeur absolue de {0}"),
        "ABS(bags - booking_travellers) > 2"),
    _function("ROUND", "number [count]", "number",
        ("rounded, half away from 0; to so many decimals, 12 at most", "{0} (rounded[, decimals: {1}])"),
        ("arrondi, la moitié s’éloigne de 0 ; à tant de décimales, 12 au plus",
            "{0} (arrondi[, décimales : {1}])"),
        "ROUND(bag_kg / bags, 1) > 23.5"),
    _function("FLOOR", "number", "number",
        ("rounded down", "{0} (rounded down)"),
        ("arrondi vers le bas", "{0} (arrondi vers le bas)"),
        "FLOOR(lead_time_h / 24) = 0"),
    _function("CEIL", "number", "number",
        ("rounded up", "{0} (rounded up)"),
        ("arrondi vers le haut", "{0} (arrondi vers le haut)"),
        "CEIL(lead_time_h / 24) <= 2"),
    _function("LEAST", "number number…", "same",
        ("the least of several; missing if one is", "the least of {all}"),
        ("le plus petit de plusieurs ; inconnu si l’un l’est", "le plus petit de {all}"),
        "LEAST(shared_phone_travellers_90d, shared_card_travellers_90d) >= 3"),
    _function("GREATEST", "number number…", "same",
        ("the greatest of several; missing if one is", "the greatest of {all}"),
        ("le plus grand de plusieurs ; inconnu si l’un l’est", "le plus grand de {all}"),
        "GREATEST(shared_phone_travellers_90d, shared_card_travellers_90d) >= 3"),
    _function("LENGTH", "text", "whole",
        ("number of characters", "the number of characters of {0}"),
        ("nombre de caractères", "le nombre de caractères de {0}"),
        "LENGTH(agency) < 4"),
    _function("UPPER", "text", "text",
        ("in capitals", "{0} in capitals"),
        ("en capitales", "{0} en capitales"),
        "UPPER(agency) = 'ACME'"),
    _function("LOWER", "text", "text",
        ("in small letters", "{0} in small letters"),
        ("en minuscules", "{0} en minuscules"),
        "LOWER(agency) = 'acme'"),
    _function("TRIM", "text", "text",
        ("without spaces at both ends", "{0} without spaces around it"),
        ("sans espaces aux deux bouts", "{0} sans espaces autour"),
        "TRIM(agency) = 'ACME'"),
    _function("LEFT", "text count", "text",
        ("the first characters", "the beginning ({1} characters) of {0}"),
        ("les premiers caractères", "le début ({1} caractères) de {0}"),
        "LEFT(flight, 2) = 'XX'"),
    _function("RIGHT", "text count", "text",
        ("the last characters", "the end ({1} characters) of {0}"),
        ("les derniers caractères", "la fin ({1} caractères) de {0}"),
        "RIGHT(agency, 3) = 'LTD'"),
    _function("SUBSTR", "text count [count]", "text",
        ("from a place on, 1 the first; so many characters", "{0} (from character {1} on[, {2} characters])"),
        ("à partir d’un rang, 1 le premier ; tant de caractères",
            "{0} (à partir du caractère {1}[, {2} caractères])"),
        "SUBSTR(route, 5, 3) = 'IST'"),
    _function("STARTS_WITH", "text text", "yes_no",
        ("begins with", "{0} begins with {1}"),
        ("commence par", "{0} commence par {1}"),
        "STARTS_WITH(route, 'ADD')"),
    _function("ENDS_WITH", "text text", "yes_no",
        ("ends with", "{0} ends with {1}"),
        ("finit par", "{0} finit par {1}"),
        "ENDS_WITH(email_domain, '.example')"),
    _function("CONTAINS", "text text", "yes_no",
        ("has it somewhere", "{0} contains {1}"),
        ("le contient quelque part", "{0} contient {1}"),
        "CONTAINS(agency, 'TRAVEL')"),
    _function("CONCAT", "text text…", "text",
        ("one after the other; also a || b", "{all} put together"),
        ("l’un après l’autre ; aussi a || b", "{all} mis bout à bout"),
        "CONCAT(origin, destination) = 'AAABBB'"),
    _function("DAYS_BETWEEN", "day day", "whole",
        ("days from the first to the second, below 0 if it is earlier", "the time from {0} to {1}"),
        ("jours du premier au second, moins de 0 s’il le précède", "le temps de {0} à {1}"),
        "DAYS_BETWEEN(DATE '2026-12-01', departure_day) < 30", unit="d"),
    _function("ADD_DAYS", "day whole", "day",
        ("so many days later", "{0} plus {1} days"),
        ("tant de jours plus tard", "{0} plus {1} jours"),
        "ADD_DAYS(departure_day, 180) > DATE '2027-06-30'"),
    _function("YEAR", "day", "whole",
        ("the year", "the year of {0}"),
        ("l’année", "l’année de {0}"),
        "YEAR(departure_day) = 2026", unit=PLAIN),
    _function("MONTH", "day", "whole",
        ("the month, 1 to 12", "the month of {0}"),
        ("le mois, de 1 à 12", "le mois de {0}"),
        "MONTH(departure_day) IN (7, 8)"),
    _function("DAY", "day", "whole",
        ("the day of the month", "the day of the month of {0}"),
        ("le jour du mois", "le jour du mois de {0}"),
        "DAY(departure_day) = 1"),
    _function("WEEKDAY", "day", "whole",
        ("the day of the week, Monday 1 to Sunday 7", "the weekday (Monday 1) of {0}"),
        ("le jour de la semaine, de lundi 1 à dimanche 7", "le jour (lundi 1) de {0}"),
        "WEEKDAY(departure_day) >= 6"),
)  # fmt: skip

#: Functions by name.
TABLE: dict[str, Function] = {row.name: row for row in _ROWS}


def _operator(name: str, en: str, fr: str, example: str) -> Operator:
    return Operator(name=name, en=en, fr=fr, example=example)


#: Operators in the order of the documentation; `NOT` may stand before IN, LIKE, MATCHES, BETWEEN.
OPERATORS: tuple[Operator, ...] = (
    _operator("= <>", "equal, different", "égal, différent", "origin = 'AAA'"),
    _operator("< <= > >=", "less, at most, more, at least; text in the order of its characters",
        "moins, au plus, plus, au moins ; un texte dans l’ordre de ses caractères",
        "lead_time_h < 48"),
    _operator("BETWEEN … AND …", "from … to …, both included", "de … à …, bornes comprises",
        "stay_nights BETWEEN 1 AND 3"),
    _operator("IN (…)", "one of the values", "l’une des valeurs", "origin IN ('AAA', 'BBB')"),
    _operator("IN LIST '…'", "on a code list, in capitals or not; unknown once the list is past its last day",
        "sur une liste de codes, en capitales ou non ; inconnu dès que la liste est échue",
        "origin IN LIST 'conflict_2026'"),
    _operator("LIKE, ILIKE", "like a pattern: % any characters, _ one; ILIKE without regard to case",
        "comme un modèle : % des caractères quelconques, _ un seul ; ILIKE sans égard à la casse",
        "agency LIKE 'ACME%'"),
    _operator("MATCHES", "a regular expression (Rust’s kind) is found; also REGEXP, RLIKE, ~",
        "une expression rationnelle (celle de Rust) s’y trouve ; aussi REGEXP, RLIKE, ~",
        "agency MATCHES '^AC.E$'"),
    _operator("IS MISSING, IS NOT MISSING", "not known, known; also IS NULL",
        "inconnu, connu ; aussi IS NULL", "payer_is_other IS MISSING"),
    _operator("AND, OR, NOT", "both, one at least, not; unknown where it hangs on what is missing",
        "les deux, l’un au moins, non ; inconnu si cela dépend de ce qui manque",
        "one_way AND NOT is_crew"),
    _operator("+ - * / %",
        "arithmetic; % the remainder, with the sign of the divisor; missing where it divides by 0 or"
        " goes beyond all numbers",
        "calcul ; % le reste, du signe du diviseur ; inconnu s’il divise par 0 ou dépasse tout nombre",
        "bag_kg / bags > 30"),
    _operator("||", "text after text", "un texte après l’autre", "origin || destination = 'AAABBB'"),
    _operator("'…', DATE '…', TRUE, FALSE", "text (a quote inside is doubled), a day, yes, no",
        "un texte (une apostrophe y est doublée), un jour, oui, non",
        "departure_day < DATE '2026-12-31'"),
    _operator(":name", "a parameter declared beside the expression",
        "un paramètre déclaré à côté de l’expression", "lead_time_h < :hours"),
)  # fmt: skip
