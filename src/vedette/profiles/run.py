"""Evaluates many profiles over a data frame of subjects, and explains why a profile matched a
subject. The profiles are compiled once and then evaluated for each data frame.

A profile matches a subject if its expression is true for the subject. In Kleene's three-valued
logic, an expression is true if and only if its normal form (`tree.normal`) is true. In the normal
form, only single conditions are negated. So it is sufficient to know for which subjects each single
condition is true, and for which subjects it is false. Polars evaluates each condition only once for
all profiles together.

The results are sets of rows, which are combined by AND and OR. A set is an integer with one bit for each row.
Python combines two sets of about 10,000 rows in a microsecond. Conditions on text columns are evaluated last,
and only if a profile may still match. If many conditions use the same text column, each condition is
evaluated only once for each distinct value. A text column has few distinct values, even for thousands of
subjects. Backtests use the same compiled conditions, so a backtest evaluates the same expression as the
screening.

The explanation of a match consists of the conditions that were true, each with the value of the
subject and the limit. The explanation uses the values of the same compiled expressions as the
match, so the explanation and the match always agree. The explanation is stored as texts with
parameters, which are rendered in the language of each user.
"""

from __future__ import annotations

import ctypes
import logging
import operator
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from vedette.core.records import Record
from vedette.core.texts import One, Text, pgettext_lazy
from vedette.profiles import regexes
from vedette.profiles import vocabulary as vocabularies
from vedette.profiles.check import ExpressionError
from vedette.profiles.frames import Lists, compiled, fitted, value
from vedette.profiles.parse import parse
from vedette.profiles.tree import (
    And,
    Call,
    Column,
    Compare,
    Constant,
    ListRef,
    Node,
    Not,
    Or,
    Scalar,
    Tree,
    bare,
    columns,
    constants,
    normal,
    opposite,
    singles,
    text_of,
    unnegated,
    walk,
)
from vedette.profiles.vocabulary import Type, Vocabulary
from vedette.profiles.words import (
    PARTS,
    formula,
    in_line,
    label,
    limit,
    sentence,
    shown,
    subject,
    unit,
)
from vedette.screening.reason import Reason

logger = logging.getLogger(__name__)


class _Array(ctypes.Structure):
    """The struct ArrowArray of the Arrow C data interface."""


_Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_Array))),
    ("dictionary", ctypes.c_void_p),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Array))),
    ("private_data", ctypes.c_void_p),
]


class _Stream(ctypes.Structure):
    """The struct ArrowArrayStream of the Arrow C stream interface."""


_Stream._fields_ = [
    ("get_schema", ctypes.c_void_p),
    ("get_next", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Array))),
    ("get_last_error", ctypes.c_void_p),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]
_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype = ctypes.c_void_p
_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


def _true_rows(frame: pl.DataFrame, count: int) -> list[int]:
    """Returns, for each of the first `count` columns, the set of rows in which the column is true.

    Raises `TypeError` if one of the columns is not Boolean, because the buffers of other types have a
    different layout.
    """
    if any(dtype != pl.Boolean for dtype in frame.dtypes[:count]):
        raise TypeError("a column is not Boolean")
    found = [0] * count
    before = 0
    # The stream is released when the capsule object is deleted, so the capsule must exist until the loop
    # ends.
    capsule = frame.__arrow_c_stream__(None)
    stream = _Stream.from_address(_pointer(capsule, b"arrow_array_stream"))
    while True:
        batch = _Array()
        if stream.get_next(ctypes.byref(stream), ctypes.byref(batch)) != 0:
            raise RuntimeError("the Arrow stream ended with an error")
        if not batch.release:
            return found
        try:
            for place in range(count):
                found[place] |= _true_of(batch.children[place].contents) << before
            before += batch.length
        finally:
            batch.release(ctypes.byref(batch))


def _true_of(column: _Array) -> int:
    """Returns the set of true rows of one Boolean array."""
    first, length = int(column.offset), int(column.length)
    size = (first + length + 7) // 8
    known, values = column.buffers[0], column.buffers[1]
    if not length or not values:
        return 0
    true = int.from_bytes(ctypes.string_at(values, size), "little")
    if known:
        true &= int.from_bytes(ctypes.string_at(known, size), "little")
    return true >> first & (1 << length) - 1


#: If the cost of the conditions on a column times the number of rows reaches this limit, it is faster to find
#: the distinct values of the column first. The cost of a regular expression is three times the cost of a
#: comparison (measured).
_WORTH_DISTINCT = 400_000
_REGEX_WORK = 3


class _Single:
    """A compiled single condition, which may be negated, with its number in a `ProfileSet`. `slow` is true if
    the condition uses a text column. If the condition uses a single text column and no other column, `column`
    is the name of this column. For any other condition, `column` is empty.
    """

    def __init__(self, number: int, node: Node, lists: Lists) -> None:
        read = columns(node)
        self.number = number
        self.expression = compiled(node, lists).alias(str(number))
        self.slow = any(column.type == "text" for column in read)
        self.column = read[0].name if self.slow and len(read) == 1 else ""
        patterns = ("like", "ilike", "matches")
        regexes = sum(isinstance(n, Compare) and n.operator in patterns for n in walk(node))
        self.work = max(_REGEX_WORK * regexes, 1)


def _rows_of(frame: pl.DataFrame, conditions: Sequence[_Single]) -> dict[int, int | str]:
    """Returns the set of true rows of each condition, by the number of the condition. For a condition that
    cannot be evaluated, returns the kind of error. After an error, each condition is evaluated alone, so that
    the error affects no other condition."""
    by_column: dict[str, list[_Single]] = {}
    for condition in conditions:
        by_column.setdefault(condition.column, []).append(condition)
    together = by_column.pop("", [])
    found: dict[int, int | str] = {}
    for column, some in by_column.items():
        if sum(one.work for one in some) * frame.height >= _WORTH_DISTINCT:
            found |= _guarded(frame, some, column)
        else:
            together += some
    return found | _guarded(frame, together, "")


def _guarded(
    frame: pl.DataFrame, conditions: Sequence[_Single], column: str
) -> dict[int, int | str]:
    try:
        true = _by_distinct(frame, conditions, column) if column else _true(frame, conditions)
        return dict(zip((condition.number for condition in conditions), true, strict=True))
    except (Exception, pl.exceptions.PanicException) as error:
        if len(conditions) == 1:
            # Only the kind of error is returned, because error messages of Polars may contain data.
            return {conditions[0].number: type(error).__name__}
        found: dict[int, int | str] = {}
        for condition in conditions:
            found |= _guarded(frame, [condition], "")
        return found


def _true(frame: pl.DataFrame, conditions: Sequence[_Single]) -> list[int]:
    if not conditions:
        return []
    # With the row numbers, Polars repeats the result of a condition without a column for every row of the
    # frame.
    height = pl.int_range(pl.len()).alias("rows")
    made = frame.select(*(condition.expression for condition in conditions), height)
    return _true_rows(made, len(conditions))


def _by_distinct(frame: pl.DataFrame, conditions: Sequence[_Single], column: str) -> list[int]:
    values = frame[column].drop_nulls().unique()
    if 2 * len(values) > frame.height:
        return _true(frame, conditions)
    codes = frame[column].cast(pl.Enum(values)).to_physical().cast(pl.UInt32)
    # The additional place after the last value stands for a missing value.
    places = codes.fill_null(len(values)).to_numpy()
    asked = values.extend_constant(None, 1).to_frame()
    rows = _bytes(_true(asked, conditions), len(values) + 1)
    table = np.unpackbits(rows, axis=1, count=len(values) + 1, bitorder="little")
    packed = np.packbits(np.take(table, places, axis=1), axis=1, bitorder="little")
    width, data = packed.shape[1], packed.tobytes()
    return [
        int.from_bytes(data[start : start + width], "little")
        for start in range(0, len(data), width)
    ]


def _bytes(true: Collection[int], height: int) -> npt.NDArray[np.uint8]:
    """Returns sets of rows as a two-dimensional array of bytes, with one line for each set."""
    width = (height + 7) // 8
    data = b"".join(rows.to_bytes(width, "little") for rows in true)
    return np.frombuffer(data, np.uint8).reshape(len(true), width)


def _pairs(
    true: Mapping[int, int], height: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Converts a mapping from keys to sets of rows into pairs of a row and a key. Returns an array of the
    rows and an array of the keys. The array of rows and the array of keys are sorted by key, then by row.
    """
    if not true:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    keys, table = np.fromiter(true, np.int64, len(true)), _bytes(true.values(), height)
    # Few bytes contain a bit that is set, so only these bytes are unpacked.
    key, byte = np.nonzero(table)
    bits = np.unpackbits(table[key, byte][:, np.newaxis], axis=1, bitorder="little")
    which, bit = np.nonzero(bits)
    return byte[which] * 8 + bit, keys[key[which]]


# --- explanation ---------------------------------------------------------------------------------


class Held(Record, frozen=True, kw_only=True):
    """A condition that was true for a subject.

    `column` is empty if the condition compares a formula and not a column. `operator` is the operator as
    written in the expression (`<`, `in list`), or `is` if the condition is a yes-or-no value. If the
    condition is negated, `operator` begins with `not`. `limit` is a constant, a tuple of constants, the name
    of a code list, a pattern, or None (if the limit is itself a formula). The other fields of the condition
    are texts. `what` names the column or formula, and `found` is the value of the column or formula. `bound`
    is the limit as a text, or an empty text if there is no limit. `sentence` is the whole condition as a
    sentence.
    """

    condition: str
    column: str
    value: Scalar | None
    operator: str
    limit: Scalar | tuple[Scalar, ...] | None
    what: One
    found: One
    bound: One
    sentence: Text


class Explaining:
    """Explains the results of a tree for many rows. Except for the values, all parts of the
    explanations are computed only once.
    """

    def __init__(self, tree: Tree, lists: Lists | None = None) -> None:
        self._tree = normal(tree)
        self._columns = columns(tree)
        # Nodes are distinguished by their identity, because a tree that was not made by the parser may
        # contain one node in two places.
        alone = {id(node): node for node in singles(self._tree)}.values()
        self._said = {id(node): _said(node) for node in alone}
        #: The texts as data that JSON can represent. They are computed once, because this takes much of the
        #: time needed to store a hit.
        self._plain = {place: msgspec.to_builtins(said) for place, said in self._said.items()}
        self._units = {id(node): unit(_about(node)) for node in alone}
        self._asked = [pl.int_range(pl.len()).alias("row"), compiled(tree, lists).alias("all")]
        for node in alone:
            self._asked += [
                compiled(node, lists).alias(f"held {id(node)}"),
                value(_about(node), lists).alias(f"value {id(node)}"),
            ]

    def rows(self, frame: pl.DataFrame) -> list[tuple[Held, ...]]:
        """Returns the conditions that are true for each row of a data frame. If the whole
        condition is false or unknown for a row, the tuple of this row is empty.
        """
        return [
            tuple(
                msgspec.structs.replace(self._said[place], value=value, found=found)
                for place, value, found in chosen
            )
            for chosen in self._found(frame)
        ]

    def plain_rows(self, frame: pl.DataFrame) -> list[tuple[dict[str, Any], ...]]:
        """Returns the result of `rows` as data that JSON can represent."""
        return [
            tuple(
                self._plain[place] | msgspec.to_builtins({"value": value, "found": found})
                for place, value, found in chosen
            )
            for chosen in self._found(frame)
        ]

    def _found(self, frame: pl.DataFrame) -> Iterator[list[tuple[int, Any, One]]]:
        """Returns the conditions that are true for each row. Each condition is returned with its value and
        the text of this value."""
        fit, _ = fitted(frame, self._columns)
        for row in fit.select(self._asked).iter_rows(named=True):
            chosen = [id(node) for node in _chosen(self._tree, row)] if row["all"] else []
            values = [(place, row[f"value {place}"]) for place in chosen]
            yield [(place, value, _found(value, self._units[place])) for place, value in values]


def _chosen(node: Node, row: Mapping[str, Any]) -> list[Node]:
    """Returns the single conditions that make a node true. For an AND, the result contains all conditions of
    the AND. For an OR, the result contains only the true conditions of the OR.
    """
    if isinstance(node, And | Or):
        return [one for part in node.parts if _holds(part, row) for one in _chosen(part, row)]
    return [node]


def _holds(node: Node, row: Mapping[str, Any]) -> bool:
    if isinstance(node, And | Or):
        join = all if isinstance(node, And) else any
        return join(_holds(part, row) for part in node.parts)
    return row[f"held {id(node)}"] is True


def _about(node: Node) -> Node:
    """Returns the value that a single condition compares. If the condition is a yes-or-no value, returns the
    condition itself."""
    match unnegated(node):
        case Compare(of=of):
            return of
        case Call(name=name, arguments=(of, Constant(parameter=""))) if name in PARTS:
            return of
        case other:
            return other


def _said(node: Node) -> Held:
    """Returns the parts of the explanation of a single condition that are the same for every value."""
    inner, negated, of = unnegated(node), isinstance(node, Not), _about(node)
    about, _ = subject(of)
    operator, bound = _operator(inner)
    return Held(
        condition=text_of(node),
        column=about.name if about else "",
        value=None,
        operator=f"not {operator}" if negated else operator,
        limit=bound,
        what=label(of.about) if isinstance(of, Column) else formula(of),
        found="",
        bound="" if operator == "is missing" else limit(inner, negated)[1],
        sentence=in_line(sentence(node)),
    )


def _operator(node: Node) -> tuple[str, Scalar | tuple[Scalar, ...] | None]:
    match node:
        case Compare(operator="between" | "in" as operator, operands=operands):
            return operator, constants(operands)
        case Compare(operator=operator, operands=(ListRef(name=name),)):
            return operator, name
        case Compare(operator=operator, operands=operands):
            return operator, next(iter(constants(operands)), None)
        case Call(name=name, arguments=(_, Constant(value=part, parameter=""))) if name in PARTS:
            return PARTS[name], part
    return "is", True


def _found(found: Any, unit: str) -> One:
    """Returns a value as a text with at most six digits. Six digits are sufficient to distinguish a value
    from a limit that is almost equal."""
    if found is None:
        return pgettext_lazy("value", "unknown")
    if isinstance(found, float):
        short = float(f"{found:.6g}")
        found = int(short) if short.is_integer() else short
    return shown(found, unit)


# --- sets of profiles ----------------------------------------------------------------------------


class Profile(Record, frozen=True, kw_only=True):
    """A profile to evaluate: its id in results, its tree, and the values of its code lists. The values of a
    code list are None if they are not known.
    """

    id: str
    tree: Tree
    lists: Mapping[str, tuple[Scalar, ...] | None] = msgspec.field(default_factory=dict)


class Failed(Record, frozen=True, kw_only=True):
    """A profile that could not be evaluated, with the kind of error. A profile with an error does
    not match any row.
    """

    id: str
    error: str


class Pairs(msgspec.Struct, frozen=True):
    """The matches of a set of profiles: the profile with the index `profiles[i]` matches the row with the
    index `rows[i]` of the data frame. The matches are sorted by profile, then by row.

    `failed` contains the profiles that could not be evaluated. `absent` contains the columns that are missing
    from the data frame.
    """

    rows: npt.NDArray[np.int64]
    profiles: npt.NDArray[np.int64]
    failed: tuple[Failed, ...] = ()
    absent: tuple[str, ...] = ()


#: The number of a condition, or several formulas that are combined by AND (True) or OR (False).
_Formula: TypeAlias = "int | tuple[bool, tuple[_Formula, ...]]"


class ProfileSet:
    """Profiles that are compiled together for one evaluation.

    `ids` contains the ids of the profiles in the given order. `columns` contains the columns that the
    profiles use.
    """

    def __init__(self, profiles: Iterable[Profile]) -> None:
        self._profiles = tuple(profiles)
        self.ids = tuple(profile.id for profile in self._profiles)
        self._conditions: list[_Single] = []
        self._numbers: dict[object, int] = {}
        self._formulas: dict[int, _Formula] = {}
        self._broken: dict[int, str] = {}
        read: dict[str, vocabularies.Column] = {}
        for place, profile in enumerate(self._profiles):
            try:
                self._formulas[place] = self._formula(normal(profile.tree), profile.lists)
            except (Exception, pl.exceptions.PanicException) as error:
                self._broken[place] = type(error).__name__
                continue
            read |= {column.name: column for column in columns(profile.tree)}
        self.columns = tuple(read.values())
        self._used = {place: _numbers(formula) for place, formula in self._formulas.items()}
        self._slow = frozenset(one.number for one in self._conditions if one.slow)
        self._fast = tuple(one.number for one in self._conditions if not one.slow)
        self._judges: dict[int, ProfileSet] = {}
        self._explained: dict[int, Explaining] = {}

    def _formula(self, node: Node, lists: Lists) -> _Formula:
        if isinstance(node, And | Or):
            return isinstance(node, And), tuple(self._formula(part, lists) for part in node.parts)
        named = sorted({part.name for part in walk(node) if isinstance(part, ListRef)})
        values = (lists.get(name) for name in named)
        key = (bare(node), tuple(None if codes is None else tuple(codes) for codes in values))
        if key not in self._numbers:
            number = len(self._conditions)
            self._conditions.append(_Single(number, node, lists))
            self._numbers[key] = number
        return self._numbers[key]

    def fire(self, frame: pl.DataFrame) -> Pairs:
        """Returns all pairs of a row and a profile that matches the row.

        The data frame may have more columns than `columns`. If the frame does not have a column, the values
        of the column are treated as missing.
        """
        fit, absent = fitted(frame, self.columns)
        every = (1 << fit.height) - 1
        rows: dict[int, int] = dict.fromkeys(self._slow, every)
        broken = dict(self._broken)
        self._evaluate(fit, self._fast, rows, broken)
        may = {place: _rows(formula, rows) for place, formula in self._formulas.items()}
        late = {place: self._used[place] & self._slow for place, found in may.items() if found}
        self._evaluate(fit, set().union(*late.values()), rows, broken)
        for place, used in late.items():
            if used:
                may[place] = _rows(self._formulas[place], rows)
        true = {place: found for place, found in may.items() if found and place not in broken}
        failed = tuple(Failed(id=self.ids[place], error=broken[place]) for place in sorted(broken))
        return Pairs(*_pairs(true, fit.height), failed, absent)

    def _evaluate(
        self,
        frame: pl.DataFrame,
        numbers: Collection[int],
        rows: dict[int, int],
        broken: dict[int, str],
    ) -> None:
        """Evaluates conditions and adds the results to `rows`. If a condition of a profile cannot be
        evaluated, the profile is added to `broken` with the kind of error."""
        asked = [self._conditions[number] for number in numbers]
        for number, found in _rows_of(frame, asked).items():
            if isinstance(found, int):
                rows[number] = found
                continue
            rows[number] = 0
            broken |= {place: found for place, used in self._used.items() if number in used}

    def judge(self, frame: pl.DataFrame, id: str) -> pl.Series:
        """Evaluates one profile over a data frame. The result for each row is true or false, or
        null if the result depends on a missing value.

        If the profile cannot be evaluated, the result is null for every row (`fire` returns the error).
        Raises KeyError if the id is unknown.
        """
        if id not in self.ids:
            raise KeyError(id)
        place = self.ids.index(id)
        if place not in self._judges:
            profile = self._profiles[place]
            other = msgspec.structs.replace(profile, tree=opposite(profile.tree))
            self._judges[place] = ProfileSet((profile, other))
        fired = self._judges[place].fire(frame)
        true = np.zeros(frame.height, dtype=bool)
        known = np.zeros(frame.height, dtype=bool)
        true[fired.rows[fired.profiles == 0]] = True
        known[fired.rows] = True
        return (
            pl.DataFrame({"true": true, "known": known})
            .select(pl.when("known").then("true").alias(id))
            .to_series()
        )

    def explain(
        self,
        frame: pl.DataFrame,
        rows: Sequence[int],
        profiles: Sequence[int],
        explained: Callable[[Explaining, pl.DataFrame], list[Any]] = Explaining.rows,
    ) -> list[tuple[Any, ...]]:
        """Returns the conditions that were true for each pair that `fire` returned. The conditions are `Held`
        objects or, if `explained` is `Explaining.plain_rows`, data that JSON can represent."""
        made: list[tuple[Any, ...]] = [()] * len(rows)
        by_profile: dict[int, list[int]] = {}
        for place, profile in enumerate(profiles):
            by_profile.setdefault(int(profile), []).append(place)
        for profile, places in by_profile.items():
            if profile not in self._explained:
                one = self._profiles[profile]
                self._explained[profile] = Explaining(one.tree, one.lists)
            some = frame[[int(rows[place]) for place in places]]
            for place, held in zip(places, explained(self._explained[profile], some), strict=True):
                made[place] = held
        return made


def _numbers(formula: _Formula) -> frozenset[int]:
    if isinstance(formula, int):
        return frozenset((formula,))
    return frozenset().union(*(_numbers(part) for part in formula[1]))


def _rows(formula: _Formula, rows: Mapping[int, int]) -> int:
    """Returns the set of rows for which a formula is true."""
    if isinstance(formula, int):
        return rows[formula]
    every, parts = formula
    return reduce(operator.and_ if every else operator.or_, (_rows(part, rows) for part in parts))


# --- active profiles -----------------------------------------------------------------------------


class ActiveProfile(Record, frozen=True, kw_only=True):
    """An active version of a profile. `id` is the id of the profile, and `version` is the id of its version.
    A version in shadow mode (`shadow`) is evaluated but raises no hit. Parameters and code lists are inserted
    when the version is compiled.
    """

    id: str
    version: str
    number: int
    ref: str
    title: str
    expression: str
    weight: int
    theme: str
    purpose: str
    hash: str
    shadow: bool = False
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)

    def reason(self, evidence: tuple[dict[str, Any], ...]) -> Reason:
        """Returns the reason of a hit for a subject that matches the profile. `evidence` contains the
        conditions that were true (`Held` as data that JSON can represent). The reason contains the id of the
        version. The texts of the reason are generated from this version of the profile.
        """
        return Reason(
            kind="profile",
            key=f"profile:{self.id}",
            contribution=self.weight,
            params={"ref": self.ref, "number": self.number, "title": self.title},
            evidence=evidence,
            theme=self.theme,
            purpose=self.purpose,
            version=self.version,
            hash=self.hash,
            shadow=self.shadow,
        )


#: All code lists contain texts.
_TEXT: Type = "text"
CodeLists = Mapping[str, tuple[str, ...] | None]


class Answers(NamedTuple):
    """The results of an evaluation of profiles. `fired` contains the row and the reason of each match.
    `asked` contains the ids of the evaluated active profiles. If a profile in `asked` has no match for a row
    in `fired`, the profile is false or unknown for this row.
    """

    fired: list[tuple[int, Reason]]
    asked: frozenset[str]


class Profiles:
    """The active profiles of one organisation and kind of subject."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        profiles: Sequence[ActiveProfile],
        lists: CodeLists | None = None,
    ) -> None:
        self.kind = vocabulary.kind
        self.profiles: list[ActiveProfile] = []
        #: Profiles whose expression is no longer valid. They are not evaluated.
        self.refused: list[ActiveProfile] = []
        made: list[Profile] = []
        types = dict.fromkeys(lists or {}, _TEXT)
        for one in profiles:
            try:
                tree = parse(one.expression, vocabulary, types, one.parameters, regexes.problem)
            except ExpressionError:
                self.refused.append(one)
                continue
            self.profiles.append(one)
            made.append(Profile(id=one.version, tree=tree, lists=dict(lists or {})))
        self._set = ProfileSet(made)

    def ask(self, frame: pl.DataFrame) -> Answers:
        """Evaluates the profiles for each row. Returns the matches with the conditions that were true."""
        if not self.profiles or not frame.height:
            return Answers([], frozenset())
        found = self._set.fire(frame)
        for failed in found.failed:
            # The message contains the kind of error and the id of the version, but no data.
            logger.error("profile version %s could not be evaluated: %s", failed.id, failed.error)
        rows, places = found.rows.tolist(), found.profiles.tolist()
        held = self._set.explain(frame, rows, places, Explaining.plain_rows)
        fired = [
            (row, self.profiles[place].reason(evidence))
            for row, place, evidence in zip(rows, places, held, strict=True)
        ]
        unasked = {failed.id for failed in found.failed}
        asked = (p.id for p in self.profiles if not p.shadow and p.version not in unasked)
        return Answers(fired, frozenset(asked))


class Question:
    """An expression that can be evaluated over stored values, with the columns that it uses."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        expression: str,
        parameters: Mapping[str, Any],
        lists: CodeLists,
    ) -> None:
        self.vocabulary = vocabulary
        types = dict.fromkeys(lists, _TEXT)
        tree = parse(expression, vocabulary, types, parameters, regexes.problem)
        self.columns = tuple(column.name for column in columns(tree))
        self._set = ProfileSet([Profile(id="asked", tree=tree, lists=dict(lists))])

    def judge(self, frame: pl.DataFrame) -> pl.Series:
        """Evaluates the expression. The result for each row is true or false, or null if the result
        depends on a missing value.
        """
        return self._set.judge(frame, "asked")
