"""The texts of errors in an expression, by id, and the error itself."""

from __future__ import annotations

from collections.abc import Mapping

from vedette.core.texts import Text, gettext_lazy, pgettext_lazy

#: Id → the text.
_ERRORS: dict[str, Text] = {
    "empty": gettext_lazy("Write a condition."),
    "too_long": gettext_lazy(
        "The expression has %(length)s characters; the limit is %(limit)s. Split the profile, or"
        " put values on a code list."
    ),
    "too_deep": gettext_lazy(
        "Conditions are nested more than %(limit)s levels deep. Use fewer parentheses."
    ),
    "too_many": gettext_lazy(
        "The expression has more than %(limit)s parts. Split the profile, or put values on a code"
        " list."
    ),
    "character": gettext_lazy("“%(text)s” has no meaning here."),
    "control": gettext_lazy("There is an invisible character (U+%(code)s) here. Delete it."),
    "double_quote": gettext_lazy("Write text between single straight quotes: 'text'."),
    "unclosed_text": gettext_lazy(
        "The text that begins here has no closing quote. Write a quote inside a text twice:"
        " 'l''hiver'."
    ),
    "semicolon": gettext_lazy("A profile is one condition. Nothing may follow a semicolon."),
    "comment": gettext_lazy("Comments are not kept. Write notes beside the expression."),
    "statement": gettext_lazy(
        "%(text)s is not allowed in a condition. Statements and subqueries are not supported."
    ),
    "not_offered": gettext_lazy("%(text)s is not supported."),
    "unknown_column": gettext_lazy("The vocabulary has no column %(name)s."),
    "protected": gettext_lazy(
        "%(name)s has no column. A profile must never be based on race, ethnic origin, political"
        " opinion, religion, trade-union membership, health or sexual life, or on facts that"
        " reveal them (Directive (EU) 2016/681, art. 6(4))."
    ),
    "unknown_function": gettext_lazy("There is no function %(name)s."),
    "unknown_list": gettext_lazy("There is no code list “%(name)s”."),
    "unknown_parameter": gettext_lazy("The parameter :%(name)s is not declared."),
    "function_without": gettext_lazy("%(name)s is a function. Write its arguments in parentheses."),
    "not_function": gettext_lazy(
        "%(name)s is a column, not a function. An operator is missing before the parenthesis."
    ),
    "list_name": gettext_lazy("Write the name of a code list in quotes: IN LIST 'name'."),
    "in_what": gettext_lazy(
        "Write values in parentheses or a code list: IN ('a', 'b') or IN LIST 'name'."
    ),
    "in_empty": gettext_lazy("There is no value in the parentheses."),
    "in_constant": gettext_lazy("IN compares only with constant values."),
    "is_what": gettext_lazy(
        "MISSING or NOT MISSING must follow IS. For yes and no, write the column, or NOT and the"
        " column."
    ),
    "between_what": gettext_lazy("Two values with AND between them must follow BETWEEN."),
    "null": gettext_lazy(
        "A comparison with a missing value is never true. Write IS MISSING or IS NOT MISSING."
    ),
    "not_what": gettext_lazy("Here, IN, LIKE, MATCHES or BETWEEN must follow NOT."),
    "operator_missing": gettext_lazy("An operator (=, <, AND, OR …) is missing before %(text)s."),
    "operand_missing": gettext_lazy("A value or a condition is missing before %(text)s."),
    "ends_early": gettext_lazy("The condition is incomplete after %(text)s."),
    "unclosed": gettext_lazy("This parenthesis is not closed."),
    "unopened": gettext_lazy("This parenthesis was not opened."),
    "comma": gettext_lazy("A comma is allowed only between arguments or values."),
    "not_read": gettext_lazy("This cannot be read here."),
    "number_size": gettext_lazy("The greatest number allowed is %(limit)s."),
    "day_value": gettext_lazy("“%(text)s” is not a date. Write a date as 2026-01-31."),
    "not_condition": gettext_lazy(
        "%(text)s is %(type)s. A condition is needed here: compare it with a value."
    ),
    "types": gettext_lazy(
        "%(left)s is %(left_type)s, and %(right)s is %(right_type)s. They cannot be compared."
    ),
    "operand_type": gettext_lazy("%(operator)s needs %(needed)s, but %(text)s is %(type)s."),
    "yes_no_order": gettext_lazy(
        "Yes and no have no order. Use = or <>, or write the column alone."
    ),
    "days_subtracted": gettext_lazy(
        "Count days with DAYS_BETWEEN(first, second). Move a day with ADD_DAYS(day, number)."
    ),
    "arguments": gettext_lazy(
        "Number of arguments of %(name)s: %(needed)s needed, %(given)s given."
    ),
    "argument_type": gettext_lazy(
        "Argument %(place)s of %(name)s must be %(needed)s, but %(text)s is %(type)s."
    ),
    "argument_mix": gettext_lazy(
        "The arguments of %(name)s must have the same type, but %(text)s is %(type)s."
    ),
    "pattern_constant": gettext_lazy("The pattern must be a text in quotes."),
    "regex_long": gettext_lazy(
        "The regular expression has %(length)s characters; the limit is %(limit)s. For many"
        " values, use IN LIST."
    ),
    "regex_large": gettext_lazy(
        "The regular expression has too many repetitions: they exceed %(limit)s steps."
    ),
    "regex_look": gettext_lazy(
        "Look-ahead and look-behind are not supported in regular expressions. Combine conditions"
        " with AND and NOT instead."
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
    "regex_many": gettext_lazy(
        "The expression has more than %(limit)s regular expressions. Use IN LIST or LIKE."
    ),
    "form_operator": gettext_lazy("%(column)s is %(type)s and cannot be used with “%(operator)s”."),
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
