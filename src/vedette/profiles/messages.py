"""The texts of errors in an expression, by id, and the error itself."""

from __future__ import annotations

from collections.abc import Mapping

from vedette.core.texts import Text, gettext_lazy, pgettext_lazy

#: Id → the text.
_ERRORS: dict[str, Text] = {
    "empty": gettext_lazy("Write a condition."),
    "too_long": gettext_lazy(
        "%(length)s characters, the limit is %(limit)s; split the profile, or put values on a code list."
    ),
    "too_deep": gettext_lazy(
        "Conditions are nested more than %(limit)s deep; use fewer parentheses."
    ),
    "too_many": gettext_lazy(
        "More than %(limit)s parts; split the profile, or put values on a code list."
    ),
    "character": gettext_lazy("“%(text)s” has no meaning here."),
    "control": gettext_lazy("An invisible character (U+%(code)s) stands here; delete it."),
    "double_quote": gettext_lazy("Write text in single straight quotes: 'text'."),
    "unclosed_text": gettext_lazy(
        "The text that begins here is not closed; a quote inside is doubled: 'l''hiver'."
    ),
    "semicolon": gettext_lazy("A profile is one condition; nothing follows a semicolon."),
    "comment": gettext_lazy("Comments are not kept; write notes beside the expression."),
    "statement": gettext_lazy(
        "%(text)s is not allowed in a condition: statements and subqueries are not supported."
    ),
    "not_offered": gettext_lazy("%(text)s is not supported."),
    "unknown_column": gettext_lazy("No column %(name)s in the vocabulary."),
    "protected": gettext_lazy(
        "%(name)s has no column: a profile must never be based on race, ethnic"
        " origin, political opinion, religion, trade-union membership, health or"
        " sexual life, or on facts that reveal them (Directive (EU) 2016/681, art."
        " 6(4))."
    ),
    "unknown_function": gettext_lazy("No function %(name)s."),
    "unknown_list": gettext_lazy("No code list “%(name)s”."),
    "unknown_parameter": gettext_lazy("The parameter :%(name)s is not declared."),
    "function_without": gettext_lazy(
        "%(name)s is a function: its arguments follow in parentheses."
    ),
    "not_function": gettext_lazy(
        "%(name)s is a column, not a function; an operator is missing before the parenthesis."
    ),
    "list_name": gettext_lazy("The name of a code list in quotes follows: IN LIST 'name'."),
    "in_what": gettext_lazy(
        "Values in parentheses or a code list follow: IN ('a', 'b') or IN LIST 'name'."
    ),
    "in_empty": gettext_lazy("There is no value in the parentheses."),
    "in_constant": gettext_lazy("IN compares with written-out values only."),
    "is_what": gettext_lazy(
        "IS is followed by MISSING or NOT MISSING; for yes and no write the column, or NOT and the column."
    ),
    "between_what": gettext_lazy("BETWEEN is followed by two values with AND between them."),
    "null": gettext_lazy(
        "A comparison with a missing value is never true; write IS MISSING or IS NOT MISSING."
    ),
    "not_what": gettext_lazy("Here, NOT must be followed by IN, LIKE, MATCHES or BETWEEN."),
    "operator_missing": gettext_lazy("An operator (=, <, AND, OR …) is missing before %(text)s."),
    "operand_missing": gettext_lazy("A value or a condition is missing before %(text)s."),
    "ends_early": gettext_lazy("The condition is incomplete after %(text)s."),
    "unclosed": gettext_lazy("This parenthesis is not closed."),
    "unopened": gettext_lazy("This parenthesis closes nothing."),
    "comma": gettext_lazy("A comma is allowed only between arguments or values."),
    "not_read": gettext_lazy("This cannot be read here."),
    "number_size": gettext_lazy("Numbers go up to %(limit)s."),
    "day_value": gettext_lazy("“%(text)s” is not a date. Write a date as 2026-01-31."),
    "not_condition": gettext_lazy(
        "%(text)s is %(type)s; a condition is needed here: compare it with something."
    ),
    "types": gettext_lazy(
        "%(left)s is %(left_type)s, %(right)s is %(right_type)s: they cannot be compared."
    ),
    "operand_type": gettext_lazy("%(operator)s needs %(needed)s; %(text)s is %(type)s."),
    "yes_no_order": gettext_lazy(
        "Yes and no have no order; use = or <>, or write the column alone."
    ),
    "days_subtracted": gettext_lazy(
        "Days are counted with DAYS_BETWEEN(first, second) and moved with ADD_DAYS(day, number)."
    ),
    "arguments": gettext_lazy("Arguments of %(name)s: %(needed)s needed, %(given)s given."),
    "argument_type": gettext_lazy(
        "%(name)s needs %(needed)s in place %(place)s; %(text)s is %(type)s."
    ),
    "argument_mix": gettext_lazy("%(name)s needs arguments of one type; %(text)s is %(type)s."),
    "pattern_constant": gettext_lazy("The pattern is text in quotes."),
    "regex_long": gettext_lazy(
        "The regular expression has %(length)s characters, the limit is %(limit)s; use IN"
        " LIST for many values."
    ),
    "regex_large": gettext_lazy(
        "The regular expression repeats too much: its repetitions exceed %(limit)s steps."
    ),
    "regex_look": gettext_lazy(
        "Look-ahead and look-behind are not supported in regular expressions; use"
        " AND and NOT around them."
    ),
    "regex_back": gettext_lazy(
        "Backreferences such as \\1 are not supported in regular expressions."
    ),
    "regex_class": gettext_lazy("The regular expression opens a bracket [ that is not closed."),
    "regex_group": gettext_lazy("The parentheses of the regular expression do not match."),
    "regex_repeat": gettext_lazy("The regular expression contains an invalid repetition here."),
    "regex_escape": gettext_lazy(
        "The regular expression contains an invalid escape (backslash) here."
    ),
    "regex_wrong": gettext_lazy("The regular expression cannot be read from here on."),
    "regex_many": gettext_lazy("More than %(limit)s regular expressions; use IN LIST or LIKE."),
    "form_operator": gettext_lazy("%(column)s is %(type)s and does not go with “%(operator)s”."),
    "form": gettext_lazy("The form cannot be read: %(reason)s."),
}

_SUGGESTION = gettext_lazy("%(what)s Did you mean %(suggestion)s?")

#: Type → its name with an article.
TYPES: dict[str, Text] = {
    "text": pgettext_lazy("type", "text"),
    "number": pgettext_lazy("type", "a number"),
    "whole": pgettext_lazy("type", "a whole number"),
    "yes_no": pgettext_lazy("type", "yes or no"),
    "day": pgettext_lazy("type", "a day"),
    "count": pgettext_lazy("type", "a constant whole number from 0 to 4000"),
    "any": pgettext_lazy("type", "a value of any type"),
}


class ExpressionError(Exception):
    """An expression that is not accepted: the broken rule (`id` of this module, `params`), the place
    (characters `start` to `end`, end exclusive), and a suggestion.

    `str()` of it states only the rule and the place, so that no log contains what was typed.
    """

    def __init__(
        self,
        id: str,
        start: int,
        end: int,
        params: Mapping[str, str] | None = None,
        suggestion: str | None = None,
    ) -> None:
        super().__init__(f"{id} at {start}:{end}")
        self.id = id
        self.start = start
        self.end = end
        self.params = dict(params or {})
        self.suggestion = suggestion


def error_text(error: ExpressionError) -> Text:
    """The error in one or two sentences, with the suggestion if there is one."""
    text = _ERRORS[error.id].given(
        **{
            key: TYPES[value]
            if key.endswith("type") or (key == "needed" and value in TYPES)
            else value
            for key, value in error.params.items()
        }
    )
    if error.suggestion:
        return _SUGGESTION.given(what=text, suggestion=error.suggestion)
    return text
