"""The rules for expressions and their errors. The rules concern names, constants and the types of operands.

The parser and the form create their trees with `Checked`, so every tree follows the rules. A protected
ground, such as religion or health, has no column and must not get one. An expression that names a protected
ground is refused with a specific message. Source: article 6(4) of Directive (EU) 2016/681. Article 6(4)
prohibits criteria based on race or ethnic origin, political opinions, religion or philosophical beliefs,
trade-union membership, health, sexual life or orientation. Facts that reveal a protected ground (meals,
assistance, language, origin of a name) are also refused.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NoReturn

from msgspec.structs import replace
from rapidfuzz import fuzz, process

from vedette.core.texts import Text, gettext_lazy, pgettext_lazy
from vedette.profiles import regexes
from vedette.profiles.tree import (
    FLIPPED,
    And,
    Call,
    Column,
    Compare,
    Constant,
    ListRef,
    Node,
    Operator,
    Or,
    Scalar,
    constant,
    joined,
    opposite,
    text_of,
    type_of,
)
from vedette.profiles.vocabulary import FUNCTIONS, MAX_COUNT, Kind, Type, Vocabulary

# --- errors ---------------------------------------------------------------------------------------

#: Id of an error → the text of the error.
_ERRORS: dict[str, Text] = {
    "empty": gettext_lazy("Write a condition."),
    "too_long": gettext_lazy(
        "The expression has %(length)s characters; the limit is %(limit)s. Split the profile, or"
        " put the values in a code list."
    ),
    "too_deep": gettext_lazy(
        "Conditions are nested more than %(limit)s levels deep. Use fewer parentheses."
    ),
    "too_many": gettext_lazy(
        "The expression has more than %(limit)s parts. Split the profile, or put the values in a"
        " code list."
    ),
    "character": gettext_lazy("“%(text)s” is not allowed here."),
    "control": gettext_lazy(
        "There is an invisible character (U+%(code)s) here. Delete the character."
    ),
    "double_quote": gettext_lazy("Write text between single straight quotes: 'text'."),
    "unclosed_text": gettext_lazy(
        "The text that begins here has no closing quote. To write a quote inside a text, double"
        " the quote: 'l''hiver'."
    ),
    "semicolon": gettext_lazy("A profile has only one condition. Nothing may follow a semicolon."),
    "comment": gettext_lazy(
        "Comments are not allowed in an expression, because they are not kept."
    ),
    "statement": gettext_lazy(
        "%(text)s is not allowed in a condition. SQL statements and subqueries are not supported."
    ),
    "not_offered": gettext_lazy("%(text)s is not supported."),
    "unknown_column": gettext_lazy("The vocabulary has no column %(name)s."),
    "protected": gettext_lazy(
        "There is no column %(name)s. A profile must never be based on race, ethnic origin,"
        " political opinion, religion, trade-union membership, health or sexual life (Article 6(4)"
        " of Directive (EU) 2016/681). Facts that reveal these characteristics are also forbidden."
    ),
    "unknown_function": gettext_lazy("There is no function %(name)s."),
    "unknown_list": gettext_lazy("There is no code list “%(name)s”."),
    "unknown_parameter": gettext_lazy("The parameter :%(name)s is not declared."),
    "function_without": gettext_lazy(
        "%(name)s is a function. Write the arguments of the function in parentheses."
    ),
    "not_function": gettext_lazy(
        "%(name)s is a column, not a function. An operator is missing before the parenthesis."
    ),
    "list_name": gettext_lazy("Write the name of a code list in quotes: IN LIST 'name'."),
    "in_what": gettext_lazy(
        "After IN, write values in parentheses or a code list: IN ('a', 'b') or IN LIST 'name'."
    ),
    "in_empty": gettext_lazy("There is no value in the parentheses."),
    "in_constant": gettext_lazy("IN accepts only constant values."),
    "is_what": gettext_lazy(
        "IS must be followed by MISSING or NOT MISSING. For a yes-or-no column, write the name of"
        " the column, or NOT and the name."
    ),
    "between_what": gettext_lazy("BETWEEN must be followed by two values joined by AND."),
    "null": gettext_lazy(
        "A comparison with a missing value is never true. Write IS MISSING or IS NOT MISSING."
    ),
    "not_what": gettext_lazy("Here, NOT must be followed by IN, LIKE, MATCHES or BETWEEN."),
    "operator_missing": gettext_lazy("An operator (=, <, AND, OR …) is missing before %(text)s."),
    "operand_missing": gettext_lazy("A value or a condition is missing before %(text)s."),
    "ends_early": gettext_lazy("The condition is incomplete after %(text)s."),
    "unclosed": gettext_lazy("This parenthesis is not closed."),
    "unopened": gettext_lazy("This parenthesis was not opened."),
    "comma": gettext_lazy("A comma is allowed only between arguments or values."),
    "not_read": gettext_lazy("This text is not allowed here."),
    "number_size": gettext_lazy("The greatest number allowed is %(limit)s."),
    "day_value": gettext_lazy("“%(text)s” is not a date. Write a date in the form 2026-01-31."),
    "not_condition": gettext_lazy(
        "%(text)s is %(type)s, not a condition. Compare this element with a value."
    ),
    "types": gettext_lazy(
        "%(left)s is %(left_type)s, and %(right)s is %(right_type)s. These two types cannot be"
        " compared."
    ),
    "operand_type": gettext_lazy("%(operator)s needs %(needed)s, but %(text)s is %(type)s."),
    "yes_no_order": gettext_lazy(
        "The values yes and no have no order. Use = or <>, or write only the name of the column."
    ),
    "days_subtracted": gettext_lazy(
        "To count days, use DAYS_BETWEEN(first, second). To add days to a date, use ADD_DAYS(day,"
        " number)."
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
        "The pattern is too large: its compiled form exceeds %(limit)s kB. Use fewer repetitions"
        " or wildcards, and write [0-9A-Za-z] instead of \\w."
    ),
    "regex_slow": gettext_lazy(
        "The pattern could not be checked within %(limit)s seconds. Simplify the pattern, or try"
        " again."
    ),
    "regex_look": gettext_lazy(
        "Regular expressions cannot contain look-ahead or look-behind. Combine "
        "conditions "
        "with AND and NOT instead."
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
    "regex_wrong": gettext_lazy("The regular expression is not valid from here on."),
    "regex_many": gettext_lazy(
        "The expression has more than %(limit)s regular expressions. Use IN LIST or LIKE."
    ),
    "form_operator": gettext_lazy("%(column)s is %(type)s and cannot be used with “%(operator)s”."),
    "form": gettext_lazy("The form cannot be read: %(reason)s."),
}

_SUGGESTION = gettext_lazy("%(what)s Did you mean %(suggestion)s?")

#: Type → the name of the type, with an article if the name needs one.
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
    """The exception for an error in an expression.

    `id` is a key of `_ERRORS`, and `params` are the parameters of the error text. `start` and `end` are
    positions of characters in the expression, and `end` is exclusive. `suggestion` is the word that the
    author of the expression probably meant. `str()` of the error contains only the id and the positions, so
    that no log contains the expression.
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
    """Returns one or two sentences that describe the error, with the suggestion if there is one."""
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


# --- rules ----------------------------------------------------------------------------------------

MAX_CHARACTERS = 4000
MAX_REGEXES = 20
#: Whole numbers up to this limit can be represented exactly as real numbers.
MAX_NUMBER = 2**53

_STATEMENTS = frozenset((
    "SELECT", "INSERT", "UPDATE", "DELETE", "DROP", "CREATE", "ALTER", "TRUNCATE", "GRANT", "REVOKE",
    "COPY", "EXECUTE", "CALL", "WITH", "UNION", "INTERSECT", "EXCEPT", "FROM", "WHERE", "JOIN", "GROUP",
    "HAVING", "ORDER", "LIMIT", "FUNCTIONS", "VALUES", "EXISTS", "MERGE", "SET",
))  # fmt: skip
_NOT_OFFERED = frozenset((
    "CASE", "WHEN", "THEN", "ELSE", "CAST", "CONVERT", "TRY_CAST", "EXTRACT", "INTERVAL", "TIMESTAMP",
    "ESCAPE", "SIMILAR", "GLOB", "XOR", "ANY", "ALL", "SOME", "DISTINCT", "OVER", "NULLIF", "IF", "IIF",
))  # fmt: skip

#: Beginnings of English and French words that name a protected ground, without accents.
_PROTECTED: tuple[str, ...] = (
    "racial", "racis", "ethni", "tribe", "tribu", "caste", "skin", "peau", "complexion",
    "politic", "politiq", "opinion", "partisan",
    "relig", "faith", "belief", "creed", "croyan", "confession", "church", "eglise", "mosque",
    "muslim", "musulm", "islam", "christian", "chretien", "jewish", "judai", "juif", "juive", "hindu",
    "philosoph", "syndic", "health", "sante", "medic", "disab", "handicap", "invalid", "wheelchair",
    "fauteuil", "disease", "illness", "malad", "pregnan", "grossess", "enceinte",
    "sexual", "sexuel", "homosex", "lesbi", "transgend", "transgenre",
    "meal", "repas", "halal", "kosher", "casher", "vegetarian", "language", "langue", "mothertongue",
    "dialect", "assistance",
)  # fmt: skip
#: Whole words that name a protected ground.
_PROTECTED_WORDS = frozenset(
    {"race", "races", "union", "unions", "gay", "foi", "diet", "regime", "wchr", "moml"}
)


def _is_protected(name: str) -> bool:
    plain = unicodedata.normalize("NFD", name.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = [word for word in re.split(r"[\W_]+", plain) if word]
    return any(word in _PROTECTED_WORDS or word.startswith(_PROTECTED) for word in words)


def _nearest(name: str, among: Iterable[str]) -> str | None:
    """Returns the name in `among` that is most similar to an unknown name, or None if no name is
    similar.
    """
    folded = {choice.casefold(): choice for choice in among}
    found = process.extractOne(name.casefold()[:80], list(folded), scorer=_alike, score_cutoff=65)
    return folded[found[0]] if found else None


def _alike(typed: str, known: str, **_: object) -> float:
    """Returns the similarity of two names, from 0 to 100. A part of a known name also counts as similar to
    the known name, unless the part is very short."""
    whole = fuzz.ratio(typed, known)
    return whole if len(typed) < 4 else max(whole, 0.8 * fuzz.partial_ratio(typed, known))


class Checked:
    """Creates and checks the nodes of one expression. The class has a method for each kind of node.
    Each method raises `ExpressionError` if the node violates a rule.

    `lists` maps each code list that the expression may use to the type of its values. `parameters` contains
    the values of the parameters (`:name`) in the expression. `start` and `end` are positions in `text`, and
    messages quote the text between them. Without a text, messages quote the canonical expression. `check` is
    the function of `regexes` that checks a pattern.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        lists: Mapping[str, Type] | None = None,
        parameters: Mapping[str, Scalar] | None = None,
        text: str = "",
        check: Callable[[str], regexes.Problem | None] = regexes.problem_in_child,
    ) -> None:
        self._check = check
        self._regexes = 0
        self._vocabulary = vocabulary
        self._lists = lists or {}
        self._parameters = parameters or {}
        self._text = text

    # --- names and constants ---------------------------------------------------------------------

    def column(self, name: str, start: int = 0, end: int = 0) -> Column:
        """Returns the column of the vocabulary with the given name."""
        about = self._vocabulary.column(name) or self._vocabulary.column(name.lower())
        if about is not None:
            return Column(about, start=start, end=end)
        _refuse_word(name, start, end)
        if name.upper() in FUNCTIONS:
            raise ExpressionError("function_without", start, end, {"name": name.upper()})
        params = {"name": name[:80]}
        if _is_protected(name):
            raise ExpressionError("protected", start, end, params)
        known = (column.name for column in self._vocabulary.columns)
        raise ExpressionError("unknown_column", start, end, params, _nearest(name, known))

    def function(self, name: str, start: int, end: int) -> str:
        """Returns the name of a function as it is spelled in `FUNCTIONS`."""
        if name.upper() in FUNCTIONS:
            return name.upper()
        if self._vocabulary.column(name.lower()):
            raise ExpressionError("not_function", start, end, {"name": name})
        _refuse_word(name, start, end)
        near = _nearest(name.upper(), FUNCTIONS)
        raise ExpressionError("unknown_function", start, end, {"name": name[:80]}, near)

    def named_list(self, name: str, start: int = 0, end: int = 0, quoted_at: int = 0) -> ListRef:
        """Returns the code list with the given name. `quoted_at` is the position at which the name begins."""
        if name not in self._lists:
            near = _nearest(name, self._lists)
            raise ExpressionError("unknown_list", quoted_at, end, {"name": name[:80]}, near)
        return ListRef(name, self._lists[name], start=start, end=end)

    def parameter(self, name: str, start: int, end: int) -> Constant:
        """Returns the constant for a declared parameter."""
        if name not in self._parameters:
            near = _nearest(name, self._parameters)
            raise ExpressionError(
                "unknown_parameter", start, end, {"name": name}, near and f":{near}"
            )
        return self.literal(self._parameters[name], start, end, name)

    def literal(self, value: Scalar, start: int = 0, end: int = 0, parameter: str = "") -> Constant:
        """Returns the constant for a literal of the expression."""
        if isinstance(value, int | float) and not abs(value) <= MAX_NUMBER:
            raise ExpressionError("number_size", start, end, {"limit": str(MAX_NUMBER)})
        return Constant(value, parameter, start=start, end=end)

    def day(self, text: str, start: int, end: int) -> dt.date:
        """Returns the day for a text such as 2026-01-31."""
        try:
            if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
                raise ValueError
            return dt.date.fromisoformat(text)
        except ValueError:
            raise ExpressionError("day_value", start, end, {"text": text[:40]}) from None

    # --- conditions ------------------------------------------------------------------------------

    def condition(self, node: Node) -> Node:
        """Returns the node unchanged if the node is a condition. Raises `ExpressionError` if the
        node is not a condition.
        """
        if type_of(node) != "yes_no":
            self._fail("not_condition", node)
        return node

    def joined(self, kind: type[And] | type[Or], parts: Iterable[Node]) -> Node:
        """Joins conditions into one `And` or `Or`. An `And` inside an `And`, or an `Or` inside an
        `Or`, is replaced by its parts.
        """
        return joined(kind, map(self.condition, parts))

    def negated(self, of: Node) -> Node:
        """Returns the negation of a condition."""
        return opposite(self.condition(of))

    def compare(self, operator: Operator, of: Node, *operands: Node) -> Node:
        """Returns a single condition. A comparison of a condition with TRUE or FALSE becomes the
        condition itself or its negation.
        """
        start = min(node.start for node in (of, *operands))
        end = max(node.end for node in (of, *operands))
        if operator in ("like", "ilike", "matches"):
            self._need("MATCHES" if operator == "matches" else "LIKE", "text", of)
            (pattern,) = operands
            if not isinstance(pattern, Constant) or not isinstance(pattern.value, str):
                self._fail("pattern_constant", pattern)
            self._check_pattern(operator, pattern.value, pattern.start, pattern.end)
            return Compare(operator, of, (Constant(pattern.value),), start=start, end=end)
        if operator in FLIPPED and constant(of) is not None and constant(operands[0]) is None:
            of, operands, operator = operands[0], (of,), FLIPPED[operator]
        fitting: list[Node] = []
        for node in operands:
            if operator == "in" and constant(node) is None:
                self._fail("in_constant", node)
            of, fit = self._same_kind(of, node)
            fitting.append(fit)
        if type_of(of) == "yes_no" and operator in (*FLIPPED, "between"):
            if operator not in ("=", "<>"):
                self._fail("yes_no_order", of if operator == "between" else fitting[0])
            if (value := constant(fitting[0])) is not None:
                return of if (operator == "=") == value else opposite(of)
        return Compare(operator, of, tuple(fitting), start=start, end=end)

    def _check_pattern(self, operator: Operator, pattern: str, start: int, end: int) -> None:
        """Raises `ExpressionError` if a pattern cannot be used. `start` and `end` are the positions of the
        pattern in the text."""
        if operator == "matches":
            self._regexes += 1
            if self._regexes > MAX_REGEXES:
                raise ExpressionError("regex_many", start, end, {"limit": str(MAX_REGEXES)})
            if len(pattern) > regexes.MAX_LENGTH:
                params = {"length": str(len(pattern)), "limit": str(regexes.MAX_LENGTH)}
                raise ExpressionError("regex_long", start, end, params)
        regex = regexes.regex(operator, pattern)
        if regex is None:
            return
        try:
            problem = self._check(regex)
        except TimeoutError:
            limit = f"{regexes.MAX_SECONDS:g}"
            raise ExpressionError("regex_slow", start, end, {"limit": limit}) from None
        if problem is not None:
            id, place = problem
            # The 1 is for the opening quote. Each doubled quote before the place makes the real position one
            # larger than `at`. A pattern of LIKE is not the regular expression that has the place.
            at = (
                min(start + 1 + place, end - 1) if place is not None and regex == pattern else start
            )
            raise ExpressionError(id, at, end, {"limit": f"{regexes.MAX_COMPILED >> 10}"})

    # --- values ----------------------------------------------------------------------------------

    def arithmetic(self, sign: str, left: Node, right: Node) -> Node:
        """Returns a call of an arithmetic operator with two numbers. The type of the result is `whole` if
        both numbers are whole and the operator is not `/`."""
        for node in (left, right):
            if type_of(node) == "day" and sign in "+-":
                self._fail("days_subtracted", node)
            self._need(sign, "number", node)
        whole = type_of(left) == type_of(right) == "whole" and sign != "/"
        made: Type = "whole" if whole else "number"
        return Call(sign, (left, right), made, start=left.start, end=right.end)

    def negative(self, of: Node) -> Node:
        """Returns the negative of a number. The negative of a constant is a constant."""
        self._need("-", "number", of)
        start = max(of.start - 1, 0)
        match of:
            case Constant(value=int() | float() as value, parameter=""):
                return Constant(-value, start=start, end=of.end)
            case Call(name="-", arguments=(inner,)):
                return inner
        return Call("-", (of,), type_of(of), start=start, end=of.end)

    def call(self, name: str, arguments: Sequence[Node], start: int = 0, end: int = 0) -> Node:
        """Returns a call of a function in `FUNCTIONS`. All arguments of the kind `any` must have the same
        type."""
        row, given = FUNCTIONS[name], len(arguments)
        least, most = row.required, len(row.takes)
        if given < least or (given > most and not row.repeats):
            exactly = str(least) if least == most else f"{least}–{most}"
            needed = f"≥ {least}" if row.repeats else exactly
            params = {"name": name, "needed": needed, "given": str(given)}
            raise ExpressionError("arguments", start, end, params)
        kinds: list[Kind] = [row.takes[min(place, most - 1)] for place in range(given)]
        if any(k == "any" and type_of(n) == "day" for k, n in zip(kinds, arguments, strict=True)):
            arguments = [self._as_day(node) for node in arguments]
        first: Node | None = None
        fitting: list[Node] = []
        for place, (kind, node) in enumerate(zip(kinds, arguments, strict=True), 1):
            fitting.append(node := self._as_day(node) if kind == "day" else node)
            value, type_ = constant(node), type_of(node)
            if kind == "any":
                first = first or node
                if not _alike_types(type_of(first), type_):
                    self._fail("argument_mix", node, name=name)
            elif not (
                type(value) is int and 0 <= value <= MAX_COUNT
                if kind == "count"
                else _alike_types(kind, type_)
                if kind == "number"
                else kind == type_
            ):  # fmt: skip
                self._fail("argument_type", node, name=name, needed=kind, place=str(place))
        types = {type_of(node) for node in fitting}
        # The type is a real number if at least one of several numbers is real.
        same: Type = "number" if len(types) > 1 else types.pop()
        result = same if row.result == "same" else row.result
        return Call(name, tuple(fitting), result, start=start, end=end)

    # --- how operands fit ------------------------------------------------------------------------

    def _same_kind(self, left: Node, right: Node) -> tuple[Node, Node]:
        """Returns both sides of a comparison if their types can be compared. If one side is a day and the
        other side is a constant text that contains a day, the text is converted.
        """
        if type_of(left) == "day":
            right = self._as_day(right)
        elif type_of(right) == "day" and not isinstance(right, ListRef):
            left = self._as_day(left)
        if not _alike_types(type_of(left), type_of(right)):
            self._fail("types", right, left=self._said(left), left_type=type_of(left),
                right=self._said(right), right_type=type_of(right))  # fmt: skip
        return left, right

    def _as_day(self, node: Node) -> Node:
        """Converts a constant text to the day that the text contains.

        Returns any other node of the tree unchanged.
        """
        if not isinstance(node, Constant) or not isinstance(node.value, str):
            return node
        return replace(node, value=self.day(node.value, node.start, node.end))

    def _need(self, operator: str, needed: Type, node: Node) -> None:
        if not _alike_types(type_of(node), needed):
            self._fail("operand_type", node, operator=operator, needed=needed)

    def _said(self, node: Node) -> str:
        said = self._text[node.start : node.end] or text_of(node)
        return said if len(said) <= 40 else said[:39] + "…"

    def _fail(self, id: str, node: Node, **params: str) -> NoReturn:
        params = {"text": self._said(node), "type": type_of(node), **params}
        raise ExpressionError(id, node.start, node.end, params)


def _alike_types(left: str, right: str) -> bool:
    return left == right or {left, right} == {"number", "whole"}


def _refuse_word(text: str, start: int, end: int) -> None:
    """Raises `ExpressionError` if the text is a keyword of SQL that does not exist in the language
    of profiles.
    """
    for id, words in (("statement", _STATEMENTS), ("not_offered", _NOT_OFFERED)):
        if text.upper() in words:
            raise ExpressionError(id, start, end, {"text": text.upper()})
