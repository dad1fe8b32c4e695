"""The operators and functions of the language, in tables that the parser, the sentences and the documentation
share.

`compiling` defines how each operator and each function is evaluated. If an argument of a function is missing,
its result is missing. Only `COALESCE` replaces a missing value.
"""

from __future__ import annotations

from typing import Literal

from vedette.core.records import Record
from vedette.core.texts import Text, gettext_lazy, pgettext_lazy
from vedette.profiles.vocabulary import Type

#: The kind of an argument. It is a type (`number` includes whole numbers), `any` (any type, but all such
#: arguments have the same type), or `count` (a written whole number from 0 to `MAX_COUNT`).
Kind = Literal["text", "number", "whole", "day", "any", "count"]
MAX_COUNT = 4000
#: The unit of numbers that are written without thousands separators, such as years.
PLAIN = "plain"


class Function(Record, frozen=True, kw_only=True):
    """One function: its arguments, its result, its description, and its words in a formula.

    The first `required` arguments must be given. With `repeats`, the last argument may be given any number of
    times. `result` is a type, or `same` for the type of the arguments. `unit` is one of `vocabulary.UNITS`,
    or `PLAIN`. `says` contains the arguments as `a`, `b` and `c`, or all arguments together as `all`.
    `says_all` is used if no optional argument is left out.
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
    """One operator, as the documentation shows it."""

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
    """Returns one function of the table. `takes` is written as `number [count]` (the second is optional) or
    `any any…` (the last may be repeated)."""
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
        gettext_lazy("the first known value of %(all)s"),
        example="COALESCE(trips_12m, 0) < 6"),
    _function("ABS", "number", "same",
        pgettext_lazy("function", "the absolute value of a number"),
        gettext_lazy("the absolute value of %(a)s"),
        example="ABS(bags - documents) > 2"),
    _function("ROUND", "number [count]", "number",
        pgettext_lazy(
            "function", "rounded to a number of decimals (12 at most); a half is rounded away from 0"),
        gettext_lazy("%(a)s (rounded)"),
        gettext_lazy("%(a)s (rounded, decimals: %(b)s)"),
        example="ROUND(bag_kg / bags, 1) > 23.5"),
    _function("FLOOR", "number", "number",
        pgettext_lazy("function", "the number rounded down"),
        gettext_lazy("%(a)s (rounded down)"),
        example="FLOOR(lead_time_h / 24) = 0"),
    _function("CEIL", "number", "number",
        pgettext_lazy("function", "the number rounded up"),
        gettext_lazy("%(a)s (rounded up)"),
        example="CEIL(lead_time_h / 24) <= 2"),
    _function("LEAST", "number number…", "same",
        pgettext_lazy("function", "the smallest of several values; missing if one of the values is missing"),
        gettext_lazy("the smallest of %(all)s"),
        example="LEAST(trips_12m, documents_12m) >= 3"),
    _function("GREATEST", "number number…", "same",
        pgettext_lazy("function", "the greatest of several values; missing if one of the values is missing"),
        gettext_lazy("the greatest of %(all)s"),
        example="GREATEST(trips_12m, documents_12m) >= 3"),
    _function("LENGTH", "text", "whole",
        pgettext_lazy("function", "the number of characters"),
        gettext_lazy("the number of characters of %(a)s"),
        example="LENGTH(agency) < 4"),
    _function("UPPER", "text", "text",
        pgettext_lazy("function", "the text in capitals"),
        gettext_lazy("%(a)s in capitals"),
        example="UPPER(agency) = 'ACME'"),
    _function("LOWER", "text", "text",
        pgettext_lazy("function", "the text in small letters"),
        gettext_lazy("%(a)s in small letters"),
        example="LOWER(agency) = 'acme'"),
    _function("TRIM", "text", "text",
        pgettext_lazy("function", "the text without spaces at the beginning and the end"),
        gettext_lazy("%(a)s without spaces at the beginning and the end"),
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
        pgettext_lazy(
            "function",
            "the characters from a position (1 is the first); at most the given number of characters"),
        gettext_lazy("%(a)s (from character %(b)s on)"),
        gettext_lazy("%(a)s (from character %(b)s on, %(c)s characters)"),
        example="SUBSTR(route, 5, 3) = 'IST'"),
    _function("STARTS_WITH", "text text", "yes_no",
        pgettext_lazy("function", "whether the text begins with another"),
        gettext_lazy("%(a)s begins with %(b)s"),
        example="STARTS_WITH(route, 'ADD')"),
    _function("ENDS_WITH", "text text", "yes_no",
        pgettext_lazy("function", "whether the text ends with another"),
        gettext_lazy("%(a)s ends with %(b)s"),
        example="ENDS_WITH(email_domain, '.example')"),
    _function("CONTAINS", "text text", "yes_no",
        pgettext_lazy("function", "whether the text contains another"),
        gettext_lazy("%(a)s contains %(b)s"),
        example="CONTAINS(agency, 'TRAVEL')"),
    _function("CONCAT", "text text…", "text",
        pgettext_lazy("function", "the texts joined together; can also be written a || b"),
        gettext_lazy("%(all)s joined together"),
        example="CONCAT(origin, destination) = 'AAABBB'"),
    _function("DAYS_BETWEEN", "day day", "whole",
        pgettext_lazy(
            "function",
            "the number of days from the first day to the second; negative if the second is earlier"),
        gettext_lazy("the time from %(a)s to %(b)s"),
        example="DAYS_BETWEEN(DATE '2026-12-01', departure_day) < 30", unit="d"),
    _function("ADD_DAYS", "day whole", "day",
        pgettext_lazy(
            "function", "the day that is a number of days later (earlier if the number is negative)"),
        gettext_lazy("%(a)s plus %(b)s days"),
        example="ADD_DAYS(departure_day, 180) > DATE '2027-06-30'"),
    _function("YEAR", "day", "whole",
        pgettext_lazy("function", "the year"),
        gettext_lazy("the year of %(a)s"),
        example="YEAR(departure_day) = 2026", unit=PLAIN),
    _function("MONTH", "day", "whole",
        pgettext_lazy("function", "the month, from 1 to 12"),
        gettext_lazy("the month of %(a)s"),
        example="MONTH(departure_day) IN (7, 8)"),
    _function("DAY", "day", "whole",
        pgettext_lazy("function", "the day of the month"),
        gettext_lazy("the day of the month of %(a)s"),
        example="DAY(departure_day) = 1"),
    _function("WEEKDAY", "day", "whole",
        pgettext_lazy("function", "the day of the week, from 1 (Monday) to 7 (Sunday)"),
        gettext_lazy("the weekday (1 is Monday) of %(a)s"),
        example="WEEKDAY(departure_day) >= 6"),
)  # fmt: skip

#: Functions by name.
TABLE: dict[str, Function] = {row.name: row for row in _ROWS}


#: Operators in the order of the documentation. `NOT` may be written before IN, LIKE, MATCHES and BETWEEN.
OPERATORS: tuple[Operator, ...] = (
    Operator(
        name="= <>",
        means=pgettext_lazy("operator", "equal to, different from"),
        example="origin = 'AAA'",
    ),
    Operator(
        name="< <= > >=",
        means=pgettext_lazy(
            "operator",
            "less than, at most, more than, at least; texts are compared"
            " in the order of their characters",
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
            "on a code list, in capitals or small letters; unknown after the last day of the list",
        ),
        example="origin IN LIST 'conflict_2026'",
    ),
    Operator(
        name="LIKE, ILIKE",
        means=pgettext_lazy(
            "operator",
            "like a pattern: “%” stands for any characters, “_” for one character;"
            " ILIKE accepts capitals and small letters",
        ),
        example="agency LIKE 'ACME%'",
    ),
    Operator(
        name="MATCHES",
        means=pgettext_lazy(
            "operator",
            "contains text that matches a regular expression (Rust syntax);"
            " can also be written REGEXP, RLIKE or ~",
        ),
        example="agency MATCHES '^AC.E$'",
    ),
    Operator(
        name="IS MISSING, IS NOT MISSING",
        means=pgettext_lazy(
            "operator", "is unknown, is known; can also be written IS NULL, IS NOT NULL"
        ),
        example="payer_is_other IS MISSING",
    ),
    Operator(
        name="AND, OR, NOT",
        means=pgettext_lazy(
            "operator",
            "both are true, at least one is true, is not true; unknown"
            " if the result depends on a missing value",
        ),
        example="one_way AND NOT is_crew",
    ),
    Operator(
        name="+ - * / %",
        means=pgettext_lazy(
            "operator",
            "arithmetic; “%” gives the remainder, with the sign of the divisor; the result is"
            " missing after a division by 0 or an overflow",
        ),
        example="bag_kg / bags > 30",
    ),
    Operator(
        name="||",
        means=pgettext_lazy("operator", "the texts joined together"),
        example="origin || destination = 'AAABBB'",
    ),
    Operator(
        name="'…', DATE '…', TRUE, FALSE",
        means=pgettext_lazy("operator", "a text (write a quote inside it twice), a day, yes, no"),
        example="departure_day < DATE '2026-12-31'",
    ),
    Operator(
        name=":name",
        means=pgettext_lazy("operator", "a parameter declared beside the expression"),
        example="lead_time_h < :hours",
    ),
)
