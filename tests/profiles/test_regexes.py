"""The check of regular expressions: bounded by compiled size and by time, in a process that can be ended."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest
from tests.profiles.small import VOCABULARY

from vedette.profiles import regexes
from vedette.profiles.check import MAX_REGEXES, ExpressionError
from vedette.profiles.parse import parse

#: Patterns that are short and compile to a large program.
LARGE = (
    r"(?x)\w{ 180}",
    r"\w{180}",
    r"(a{1000}){1000}",
    r"(?x)(\w{ 9 }){ 9 }",
    r"(?i)[^a]{1000}",
    r"((((\pL{9}){9}){9}){9}){9}",
    r"(?x: \w # {1}" + "\n" + r"{ 9 9 } )",
)


def refused(text: str) -> str:
    """The id of the error of an expression."""
    with pytest.raises(ExpressionError) as error:
        parse(text, VOCABULARY, {})
    return error.value.id


@pytest.mark.parametrize("pattern", LARGE)
def test_a_pattern_is_bounded_by_its_compiled_size(pattern: str) -> None:
    """The engine measures the size itself: no way to write a repetition evades it."""
    began = time.monotonic()
    assert refused(f"origin MATCHES '{pattern}'") == "regex_large"
    assert time.monotonic() - began < 20
    assert regexes.problem(pattern) == ("regex_large", None)


def test_a_pattern_of_like_is_bounded_as_well() -> None:
    """A wildcard of LIKE is compiled as well."""
    assert refused(f"origin LIKE '{'_%' * 900}'") == "regex_large"
    assert refused(f"origin ILIKE '{'_' * 900}'") == "regex_large"
    parse(f"origin LIKE '{'a' * 900}%'", VOCABULARY, {})


@pytest.mark.parametrize(
    "pattern",
    [r"^\w{10}$", r"^[A-Z]{2}\d{6}[0-9A-Z]{0,3}$", r"(?i)@(gmail|yahoo)\.(com|fr)$", ".{100}"],
)
def test_usual_patterns_are_far_from_the_bound(pattern: str) -> None:
    """Letters, digits and repetitions as analysts write them are accepted."""
    parse(f"origin MATCHES '{pattern}'", VOCABULARY, {})


def test_a_hundred_patterns_in_one_expression_are_refused_early(monkeypatch) -> None:
    """The expression is refused at the first pattern too many, not after all have been compiled."""
    large = " OR ".join(r"origin ~ '(?x)\w{ 180}'" for _ in range(100))
    assert refused(large) == "regex_large"
    asked: list[str] = []
    monkeypatch.setattr(regexes, "_CHILD", _Counting(asked))
    text = " OR ".join(f"origin ~ 'a{number}'" for number in range(100))
    assert refused(text) == "regex_many"
    assert len(asked) <= MAX_REGEXES


class _Counting:
    def __init__(self, asked: list[str]) -> None:
        self.asked = asked

    def problem(self, pattern: str) -> None:
        self.asked.append(pattern)


def test_a_check_that_takes_too_long_is_ended(monkeypatch) -> None:
    """The process is ended, the author is told so, the answer is not kept, and the next check works."""
    child = regexes._Child()
    monkeypatch.setattr(regexes, "_CHILD", child)
    regexes.problem_in_child("started once")
    process = child._process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    monkeypatch.setattr(regexes, "MAX_SECONDS", 0.2)
    assert refused("origin MATCHES 'too slow'") == "regex_slow"
    assert process.returncode == -signal.SIGKILL
    monkeypatch.setattr(regexes, "MAX_SECONDS", 20.0)
    parse("origin MATCHES 'too slow'", VOCABULARY, {})
    child.end()


def test_a_process_that_ended_is_started_again(monkeypatch) -> None:
    """The process ends after a minute without a question; the next question starts another."""
    child = regexes._Child()
    assert child.problem("first") is None
    process = child._process
    assert process is not None
    process.kill()
    process.wait()
    assert child.problem("(") == ("regex_group", 0)
    child.end()


def test_the_process_has_no_secret_of_the_server(monkeypatch) -> None:
    """Neither addresses of databases nor folders of keys are in its environment."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://name:secret@host/base")
    child = regexes._Child()
    child.problem("a")
    assert child._process is not None
    with open(f"/proc/{child._process.pid}/environ", "rb") as file:
        assert b"secret" not in file.read()
    child.end()


def test_a_process_that_checks_expressions_loads_no_engine() -> None:
    """The web process checks patterns without Polars."""
    code = (
        "import sys; from vedette.profiles import regexes\n"
        "assert regexes.problem_in_child('[A-Z]') is None\n"
        "print('polars' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_no_pattern_of_the_permitted_length_takes_seconds() -> None:
    """Patterns drawn from the costly parts of the language, at the permitted length, compile or are refused
    within the limit of time."""
    rng = random.Random(20261127)
    parts = (
        r"\w", r"\W", r"\pL", r"[^a]", ".", "(", ")", "{9}", "{0,99}", "{ 99 }", "*", "|", "a", r"[\w--\d]",
        r"[\w&&\W]", "[[^a]~~[^b]]", "(?i)", "(?x)", r"\b", "é",
    )  # fmt: skip
    for _ in range(300):
        pattern = "".join(rng.choices(parts, k=60))[: regexes.MAX_LENGTH]
        regexes.problem_in_child(pattern)
