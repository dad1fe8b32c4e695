"""The operators and functions of the language, in tables that the parser, the readings and the docs share.

`compiling` defines how each runs. If an argument of a function is missing, its result is missing; only
`COALESCE` replaces a missing value.
"""

from __future__ import annotations

from typing import Literal

from vedette.core.records import Record
from vedette.core.texts import Text, gettext_lazy, pgettext_lazy
from vedette.profiles.vocabulary import Type

#: The kind of an argument: a type (`number` includes whole numbers); `any` type, but one for all such
#: arguments; `count`: a whole number written out, from 0 to `MAX_COUNT`.
Kind = Literal["text", "number", "whole", "day", "any", "count"]
MAX_COUNT = 4000
#: The unit of numbers that are written without separators of thousands: years.
PLAIN = "plain"


class Function(Record, frozen=True, kw_only=True):
    """One function: its arguments, its result, its description, and its words in a formula.

    The first `required` arguments must be given; with `repeats` the last one may be given any number of
    times. `result` is a type, or `same`: the type of the arguments. `unit` is one of `vocabulary.UNITS`, or
    `PLAIN`. `says` contains the arguments as `a`, `b`, `c`, or all of them as `all`; `says_all` is used if no
    optional argument is left out.
    """

    name: str
    takes: tuple[Kind, ...]
    required: int
    repeats: bool = False
    result: Type | Literal["same"]
    unit: str = ""
    gives: Text
    says: Text
    says_all: Text | None = None
    example: str


class Operator(Record, frozen=True, kw_only=True):
    """One operator, for the documentation."""

    name: str
    means: Text
    example: str


def _function(
    name: str,
    takes: str,
    result: Type | Literal["same"],
    gives: Text,
    says: Text,
    says_all: Text | None = None,
    *,
    example: str,
    unit: str = "",
) -> Function:
    """One row; `takes` is written as `number [count]` (optional) or `any any…` (repeated)."""
    words = takes.split()
    kinds: tuple[Kind, ...] = tuple(word.strip("[]…") for word in words)  # type: ignore[misc]
    return Function(
        name=name,
        takes=kinds,
        required=sum(not word.startswith("[") for word in words),
        repeats=takes.endswith("…"),
        result=result,
        unit=unit,
        gives=gives,
        says=says,
        says_all=says_all,
        example=example,
    )


_ROWS: tuple[Function, ...] = (
    _function("COALESCE", "any any…", "same",
        pgettext_lazy("function", "the first known value"),
        gettext_lazy("the first known of %(all)s"),
        example="COALESCE(trips_12m, 0) < 6"),
    _function("ABS", "number", "same",
        pgettext_lazy("function", "the absolute value of a number"),
        gettext_lazy("the absolute value of %(a)s"),
        example="ABS(bags - documents) > 2"),
    _function("ROUND", "number [count]", "number",
        pgettext_lazy("function", "rounded, half away from 0; to the given number of decimals, 12 at most"),
        gettext_lazy("%(a)s (rounded)"),
        gettext_lazy("%(a)s (rounded, decimals: %(b)s)"),
        example="ROUND(bag_kg / bags, 1) > 23.5"),
    _function("FLOOR", "number", "number",
        pgettext_lazy("function", "rounded down"),
        gettext_lazy("%(a)s (rounded down)"),
        example="FLOOR(lead_time_h / 24) = 0"),
    _function("CEIL", "number", "number",
        pgettext_lazy("function", "rounded up"),
        gettext_lazy("%(a)s (rounded up)"),
        example="CEIL(lead_time_h / 24) <= 2"),
    _function("LEAST", "number number…", "same",
        pgettext_lazy("function", "the smallest of several values; missing if one is missing"),
        gettext_lazy("the smallest of %(all)s"),
        example="LEAST(trips_12m, documents_12m) >= 3"),
    _function("GREATEST", "number number…", "same",
        pgettext_lazy("function", "the greatest of several values; missing if one is missing"),
        gettext_lazy("the greatest of %(all)s"),
        example="GREATEST(trips_12m, documents_12m) >= 3"),
    _function("LENGTH", "text", "whole",
        pgettext_lazy("function", "number of characters"),
        gettext_lazy("the number of characters of %(a)s"),
        example="LENGTH(agency) < 4"),
    _function("UPPER", "text", "text",
        pgettext_lazy("function", "in capitals"),
        gettext_lazy("%(a)s in capitals"),
        example="UPPER(agency) = 'ACME'"),
    _function("LOWER", "text", "text",
        pgettext_lazy("function", "in small letters"),
        gettext_lazy("%(a)s in small letters"),
        example="LOWER(agency) = 'acme'"),
    _function("TRIM", "text", "text",
        pgettext_lazy("function", "without spaces at both ends"),
        gettext_lazy("%(a)s without spaces around it"),
        example="TRIM(agency) = 'ACME'"),
    _function("LEFT", "text count", "text",
        pgettext_lazy("function", "the first characters"),
        gettext_lazy("the beginning (%(b)s characters) of %(a)s"),
        example="LEFT(route, 3) = 'ADD'"),
    _function("RIGHT", "text count", "text",
        pgettext_lazy("function", "the last characters"),
        gettext_lazy("the end (%(b)s characters) of %(a)s"),
        example="RIGHT(agency, 3) = 'LTD'"),
    _function("SUBSTR", "text count [count]", "text",
        pgettext_lazy("function", "the characters from a position on (1 is the first), as many as given"),
        gettext_lazy("%(a)s (from character %(b)s on)"),
        gettext_lazy("%(a)s (from character %(b)s on, %(c)s characters)"),
        example="SUBSTR(route, 5, 3) = 'IST'"),
    _function("STARTS_WITH", "text text", "yes_no",
        pgettext_lazy("function", "begins with"),
        gettext_lazy("%(a)s begins with %(b)s"),
        example="STARTS_WITH(route, 'ADD')"),
    _function("ENDS_WITH", "text text", "yes_no",
        pgettext_lazy("function", "ends with"),
        gettext_lazy("%(a)s ends with %(b)s"),
        example="ENDS_WITH(email_domain, '.example')"),
    _function("CONTAINS", "text text", "yes_no",
        pgettext_lazy("function", "contains the text"),
        gettext_lazy("%(a)s contains %(b)s"),
        example="CONTAINS(agency, 'TRAVEL')"),
    _function("CONCAT", "text text…", "text",
        pgettext_lazy("function", "the texts joined; also a || b"),
        gettext_lazy("%(all)s put together"),
        example="CONCAT(origin, destination) = 'AAABBB'"),
    _function("DAYS_BETWEEN", "day day", "whole",
        pgettext_lazy("function", "days from the first to the second, below 0 if it is earlier"),
        gettext_lazy("the time from %(a)s to %(b)s"),
        example="DAYS_BETWEEN(DATE '2026-12-01', departure_day) < 30", unit="d"),
    _function("ADD_DAYS", "day whole", "day",
        pgettext_lazy("function", "the day moved by a number of days"),
        gettext_lazy("%(a)s plus %(b)s days"),
        example="ADD_DAYS(departure_day, 180) > DATE '2027-06-30'"),
    _function("YEAR", "day", "whole",
        pgettext_lazy("function", "the year"),
        gettext_lazy("the year of %(a)s"),
        example="YEAR(departure_day) = 2026", unit=PLAIN),
    _function("MONTH", "day", "whole",
        pgettext_lazy("function", "the month, 1 to 12"),
        gettext_lazy("the month of %(a)s"),
        example="MONTH(departure_day) IN (7, 8)"),
    _function("DAY", "day", "whole",
        pgettext_lazy("function", "the day of the month"),
        gettext_lazy("the day of the month of %(a)s"),
        example="DAY(departure_day) = 1"),
    _function("WEEKDAY", "day", "whole",
        pgettext_lazy("function", "the day of the week, Monday 1 to Sunday 7"),
        gettext_lazy("the weekday (Monday 1) of %(a)s"),
        example="WEEKDAY(departure_day) >= 6"),
)  # fmt: skip

#: Functions by name.
TABLE: dict[str, Function] = {row.name: row for row in _ROWS}


#: Operators in the order of the documentation; `NOT` may stand before IN, LIKE, MATCHES, BETWEEN.
OPERATORS: tuple[Operator, ...] = (
    Operator(
        name="= <>", means=pgettext_lazy("operator", "equal, different"), example="origin = 'AAA'"
    ),
    Operator(
        name="< <= > >=",
        means=pgettext_lazy(
            "operator", "less, at most, more, at least; text in the order of its characters"
        ),
        example="lead_time_h < 48",
    ),
    Operator(
        name="BETWEEN … AND …",
        means=pgettext_lazy("operator", "from … to …, both included"),
        example="stay_nights BETWEEN 1 AND 3",
    ),
    Operator(
        name="IN (…)",
        means=pgettext_lazy("operator", "one of the values"),
        example="origin IN ('AAA', 'BBB')",
    ),
    Operator(
        name="IN LIST '…'",
        means=pgettext_lazy(
            "operator",
            "on a code list, in capitals or not; unknown once the list is past its last day",
        ),
        example="origin IN LIST 'conflict_2026'",
    ),
    Operator(
        name="LIKE, ILIKE",
        means=pgettext_lazy(
            "operator", "like a pattern: “%” any characters, “_” one; ILIKE without regard to case"
        ),
        example="agency LIKE 'ACME%'",
    ),
    Operator(
        name="MATCHES",
        means=pgettext_lazy(
            "operator", "a regular expression (Rust’s kind) is found; also REGEXP, RLIKE, ~"
        ),
        example="agency MATCHES '^AC.E$'",
    ),
    Operator(
        name="IS MISSING, IS NOT MISSING",
        means=pgettext_lazy("operator", "not known, known; also IS NULL"),
        example="payer_is_other IS MISSING",
    ),
    Operator(
        name="AND, OR, NOT",
        means=pgettext_lazy(
            "operator", "both, at least one, not; unknown if the result depends on a missing value"
        ),
        example="one_way AND NOT is_crew",
    ),
    Operator(
        name="+ - * / %",
        means=pgettext_lazy(
            "operator",
            "arithmetic; “%” is the remainder, with the sign of the divisor; missing after"
            " division by 0 or overflow",
        ),
        example="bag_kg / bags > 30",
    ),
    Operator(
        name="||",
        means=pgettext_lazy("operator", "texts joined"),
        example="origin || destination = 'AAABBB'",
    ),
    Operator(
        name="'…', DATE '…', TRUE, FALSE",
        means=pgettext_lazy("operator", "text (a quote inside is doubled), a day, yes, no"),
        example="departure_day < DATE '2026-12-31'",
    ),
    Operator(
        name=":name",
        means=pgettext_lazy("operator", "a parameter declared beside the expression"),
        example="lead_time_h < :hours",
    ),
)
