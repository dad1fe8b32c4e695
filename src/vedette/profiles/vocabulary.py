"""The vocabulary of the language of profiles. The vocabulary consists of the named and typed
columns of each kind of subject, and of the operators and functions.

Profiles, the form, CSV mappings, stored values and the documentation all use the columns of the vocabulary. A
data file (`columns.toml`) defines the columns of a kind of subject, so that a lawyer can check the columns
without reading code.

Protected grounds have no column and must not get one: race, ethnic origin, religion, opinion, trade-union
membership, health and sexual life. Facts that reveal a protected ground (meals, assistance, language, origin
of a name) must not get a column either. Nationality, sex, age and birthplace have columns that are marked
`restricted`. `profiles/lint.py` defines when a profile may use restricted columns.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from vedette.core.records import Record
from vedette.core.texts import Text, gettext_lazy, ngettext_lazy, pgettext_lazy

#: The type of a column: `text`, `number` (a real number), `whole` (an integer), `yes_no`, or `day` (a date).
#: The values of `number` and `whole` have a `unit`.
Type = Literal["text", "number", "whole", "yes_no", "day"]
#: Whether a fact can count in favour of a person (`for`), against the person (`against`), or both (`either`).
Serves = Literal["for", "against", "either"]

#: Unit → the text for a number with this unit. Numbers that are only counts have no unit. A kind of subject
#: adds its own units with `add_words`.
UNITS: dict[str, Text] = {
    "h": ngettext_lazy("%(n)s hour", "%(n)s hours"),
    "d": ngettext_lazy("%(n)s day", "%(n)s days"),
    "night": ngettext_lazy("%(n)s night", "%(n)s nights"),
    "min": ngettext_lazy("%(n)s minute", "%(n)s minutes"),
    "km": ngettext_lazy("%(n)s km", "%(n)s km"),
    "kg": ngettext_lazy("%(n)s kg", "%(n)s kg"),
    "year": ngettext_lazy("%(n)s year", "%(n)s years"),
    "times": ngettext_lazy("%(n)s time", "%(n)s times"),
    "document": ngettext_lazy("%(n)s document", "%(n)s documents"),
    "bag": ngettext_lazy("%(n)s bag", "%(n)s bags"),
    "payment": ngettext_lazy("%(n)s payment", "%(n)s payments"),
}
#: Unit → the name of the unit, which is shown beside an input field.
UNIT_NAMES: dict[str, Text] = {
    "h": pgettext_lazy("unit", "hours"),
    "d": pgettext_lazy("unit", "days"),
    "night": pgettext_lazy("unit", "nights"),
    "min": pgettext_lazy("unit", "minutes"),
    "km": pgettext_lazy("unit", "km"),
    "kg": pgettext_lazy("unit", "kg"),
    "year": pgettext_lazy("unit", "years"),
    "times": pgettext_lazy("unit", "times"),
    "document": pgettext_lazy("unit", "documents"),
    "bag": pgettext_lazy("unit", "bags"),
    "payment": pgettext_lazy("unit", "payments"),
}

#: Kind of fact → the name of this kind. A kind of subject adds its own kinds of fact with `add_words`.
GROUNDS: dict[str, Text] = {
    "payment": pgettext_lazy("kind of fact", "payment"),
    "contact": pgettext_lazy("kind of fact", "contact"),
    "document": pgettext_lazy("kind of fact", "document"),
    "baggage": pgettext_lazy("kind of fact", "baggage"),
    "agreement": pgettext_lazy("kind of fact", "agreement between the messages"),
    "check_in": pgettext_lazy("kind of fact", "check-in and seat"),
    "company": pgettext_lazy("kind of fact", "companions"),
    "rarity": pgettext_lazy("kind of fact", "rarity"),
    "person": pgettext_lazy("kind of fact", "person"),
    "history": pgettext_lazy("kind of fact", "history"),
    "links": pgettext_lazy("kind of fact", "links"),
}


class Column(Record, frozen=True, kw_only=True):
    """One named fact about a subject.

    `label` is the name of the column in tables. `says` is a sentence about the fact, in which `%(value)s`
    stands for the value ("booked %(value)s before departure"). For a `yes_no` column, `says` contains no
    value, and `denies` is the negated sentence. `label`, `says` and `denies` are in English, and the function
    `text` makes them translatable. `ground` is the kind of fact to which the column belongs. `lint` counts
    the kinds of fact in a profile. `source` names the origin of the fact: elements of the messages, or the
    history. If `often_missing` is true, `lint` reports a warning for a negated condition on the column.
    """

    name: str
    type: Type
    unit: str = ""
    label: str
    says: str
    denies: str = ""
    ground: str
    source: str
    serves: Serves = "either"
    restricted: bool = False
    #: Whether the column is strongly correlated with a restricted column (for example, the country of a
    #: telephone number). Such a column does not count as another fact beside a restricted fact.
    proxy: bool = False
    often_missing: bool = False
    #: The lower and the upper limit of a number; None if there is no limit.
    least: float | None = None
    most: float | None = None
    #: Whether the column counts links to known cases. A profile must not use such columns alone (`lint`).
    link: bool = False
    #: The numbers of the published indicators for which the column is used (docs/vocabulary.md).
    indicators: tuple[int, ...] = ()


class Vocabulary(Record, frozen=True, kw_only=True):
    """The columns of one kind of subject. `version` changes whenever the meaning of a column changes."""

    kind: str
    version: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column | None:
        """Returns the column with the given name, or None if there is no such column."""
        return _by_name(self).get(name)


def text(english: str) -> Text:
    """Returns the label or a sentence of a column as a translatable text. The modules named `data_texts` add
    the texts of the data files to the translation catalogue.
    """
    return Text(msgid=english, context="column")


@cache
def _by_name(vocabulary: Vocabulary) -> dict[str, Column]:
    return {column.name: column for column in vocabulary.columns}


def add_words(
    units: Mapping[str, Text], unit_names: Mapping[str, Text], grounds: Mapping[str, Text]
) -> None:
    """Registers the units and the kinds of fact that a kind of subject defines."""
    UNITS.update(units)
    UNIT_NAMES.update(unit_names)
    GROUNDS.update(grounds)


@cache
def load(kind: str, package: str) -> Vocabulary:
    """Returns the vocabulary of a kind of subject from the file `columns.toml` of the kind's
    package, with the columns of `links.toml`, which all kinds have.

    If only the name of the kind is known, `vedette.kinds.vocabulary` returns the vocabulary.
    """
    found: dict[str, Any] = tomllib.loads((files(package) / "columns.toml").read_text("utf-8"))
    # The columns about links to known cases are the same for every kind.
    shared = tomllib.loads((files("vedette.profiles") / "links.toml").read_text("utf-8"))
    found["column"] |= shared["column"]
    columns = tuple(
        Column(name=name, **{**about, "indicators": tuple(about.get("indicators", ()))})
        for name, about in found["column"].items()
    )
    return Vocabulary(kind=kind, version=found["version"], columns=columns)


# --- operators and functions ---------------------------------------------------------------------
# The parser, the sentences about conditions and the documentation use these tables. `frames` defines how each
# operator and each function is evaluated. If an argument of a function is missing, its result is missing.
# Only `COALESCE` replaces a missing value.

#: The kind of an argument: a type of column, `any`, or `count`. `number` includes whole numbers. `any` stands
#: for any type, but all arguments of the kind `any` have the same type. `count` stands for a constant whole
#: number from 0 to `MAX_COUNT`.
Kind = Literal["text", "number", "whole", "day", "any", "count"]
MAX_COUNT = 4000
#: The unit of numbers that are written without thousands separators, such as years.
PLAIN = "plain"


class Function(Record, frozen=True, kw_only=True):
    """One function of the profile language: its arguments, its result, its description, and the
    text that represents a call in a sentence.

    The first `required` arguments must be given. If `repeats` is true, the last argument may be given any
    number of times. `result` is a type, or `same` for the type of the arguments. `unit` is one of
    `vocabulary.UNITS`, or `PLAIN`. `says` is the text that represents a call. The text contains the arguments
    as the parameters `a`, `b` and `c`, or all arguments as the parameter `all`. If all optional arguments are
    given, `says_all` replaces `says`.
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
    """Returns one function of the profile language. `takes` lists the kinds of the arguments. In `number
    [count]`, the second argument is optional. In `any any…`, the last argument may be repeated.
    """
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
            "function",
            "the number rounded to a number of decimals, 12 at most"
            " (2.5 becomes 3, and −2.5 becomes −3)"),
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
        pgettext_lazy(
            "function", "the smallest of several values (the result is missing if one of the values is"
            " missing)"),
        gettext_lazy("the smallest of %(all)s"),
        example="LEAST(trips_12m, documents_12m) >= 3"),
    _function("GREATEST", "number number…", "same",
        pgettext_lazy(
            "function", "the greatest of several values (the result is missing if one of the values is"
            " missing)"),
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
            "the characters from a given position (1 is the first), up to a given number of characters"),
        gettext_lazy("%(a)s (from character %(b)s on)"),
        gettext_lazy("%(a)s (from character %(b)s on, %(c)s characters)"),
        example="SUBSTR(route, 5, 3) = 'IST'"),
    _function("STARTS_WITH", "text text", "yes_no",
        pgettext_lazy("function", "true if the text begins with another text"),
        gettext_lazy("%(a)s begins with %(b)s"),
        example="STARTS_WITH(route, 'ADD')"),
    _function("ENDS_WITH", "text text", "yes_no",
        pgettext_lazy("function", "true if the text ends with another text"),
        gettext_lazy("%(a)s ends with %(b)s"),
        example="ENDS_WITH(email_domain, '.example')"),
    _function("CONTAINS", "text text", "yes_no",
        pgettext_lazy("function", "true if the text contains another text"),
        gettext_lazy("%(a)s contains %(b)s"),
        example="CONTAINS(agency, 'TRAVEL')"),
    _function("CONCAT", "text text…", "text",
        pgettext_lazy("function", "the texts joined together (also written a || b)"),
        gettext_lazy("the text formed by %(all)s"),
        example="CONCAT(origin, destination) = 'AAABBB'"),
    _function("DAYS_BETWEEN", "day day", "whole",
        pgettext_lazy(
            "function",
            "the number of days from the first day to the second day (a negative number if the"
            " second day is earlier)"),
        gettext_lazy("the time from %(a)s to %(b)s"),
        example="DAYS_BETWEEN(DATE '2026-12-01', departure_day) < 30", unit="d"),
    _function("ADD_DAYS", "day whole", "day",
        pgettext_lazy(
            "function", "the day plus a number of days (an earlier day if the number is negative)"),
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
FUNCTIONS: dict[str, Function] = {row.name: row for row in _ROWS}


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
            "less than, at most, more than, at least; texts are compared character by character",
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
            "on a code list, whether in capitals or small letters;"
            " the result is unknown if the list has expired",
        ),
        example="origin IN LIST 'conflict_2026'",
    ),
    Operator(
        name="LIKE, ILIKE",
        means=pgettext_lazy(
            "operator",
            "matches a pattern: “%” stands for any characters, and “_” stands for one character;"
            " ILIKE does not distinguish capitals from small letters",
        ),
        example="agency LIKE 'ACME%'",
    ),
    Operator(
        name="MATCHES",
        means=pgettext_lazy(
            "operator",
            "contains text that matches a regular expression (Rust syntax; also written REGEXP,"
            " RLIKE or ~)",
        ),
        example="agency MATCHES '^AC.E$'",
    ),
    Operator(
        name="IS MISSING, IS NOT MISSING",
        means=pgettext_lazy("operator", "is unknown, is known (also written IS NULL, IS NOT NULL)"),
        example="payer_is_other IS MISSING",
    ),
    Operator(
        name="AND, OR, NOT",
        means=pgettext_lazy(
            "operator",
            "AND: both conditions are true; OR: at least one condition is true; NOT: the"
            " condition is not true; the result is unknown if it depends on a missing value",
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
        means=pgettext_lazy(
            "operator", "a text (double each quotation mark inside it), a date, yes, no"
        ),
        example="departure_day < DATE '2026-12-31'",
    ),
    Operator(
        name=":name",
        means=pgettext_lazy("operator", "parameter declared next to the expression"),
        example="lead_time_h < :hours",
    ),
)
