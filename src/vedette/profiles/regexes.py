"""Checks regular expressions and patterns of LIKE before they are used.

Polars uses Rust's engine, which searches a text in linear time. However, a short pattern can compile to a
large program: `(a{1000}){1000}` has a million steps. The time of the compilation and of each search grows
with the size of the program. Polars therefore stops the compilation at `MAX_COMPILED` bytes, in every process
that imports this module.

`problem_in_child` compiles a pattern in a child process, which is ended after `MAX_SECONDS`. The web process
calls `problem_in_child`, so it compiles no pattern and does not load Polars. Processes that evaluate profiles
compile every pattern anyway. Processes that evaluate profiles therefore call `problem`, whose result does not
depend on the load of the machine.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import select
import subprocess
import sys
import threading
from functools import lru_cache

from vedette.profiles.tree import Operator

MAX_LENGTH = 200
#: Compiled bytes of a pattern. `\w{10}` has 480 kB. A pattern of this size compiles within 10 ms and needs at
#: most 0.5 ms for a text of 40 characters (measured).
MAX_COMPILED = 1 << 19
#: Seconds for the check of one pattern in the child process, and for the start of the process.
MAX_SECONDS = 2.0
_START_SECONDS = 30.0
#: Seconds without a question after which the child process ends, because Polars occupies 60 MB.
_IDLE_SECONDS = 60.0
# Polars reads this variable at the first pattern that it compiles.
os.environ["POLARS_REGEX_SIZE_LIMIT"] = str(MAX_COMPILED)

#: The id of an error of an expression, and the position in the pattern if it is known.
Problem = tuple[str, int | None]
#: A word in the message of the engine → the id of the error.
_REASONS = {
    "look-around": "regex_look",
    "backreference": "regex_back",
    "size limit": "regex_large",
    "unclosed character class": "regex_class",
    "group": "regex_group",
    "repetition": "regex_repeat",
    "escape": "regex_escape",
}


def regex(operator: Operator, pattern: str) -> str | None:
    """Returns the regular expression for a pattern of LIKE, ILIKE or MATCHES. Returns None for a pattern of
    LIKE with wildcards only at its ends, because such a pattern needs no regular expression.
    """
    if operator == "matches":
        return pattern
    middle = pattern.strip("%")
    if operator == "like" and "%" not in middle and "_" not in middle:
        return None
    # For Rust's engine. (Python's engine needs exponential time for `%a%a%a…`.)
    parts = {"%": ".*", "_": "."}
    flags = "(?is)" if operator == "ilike" else "(?s)"
    return f"{flags}^{''.join(parts.get(letter, re.escape(letter)) for letter in pattern)}$"


@lru_cache(maxsize=4096)
def problem(pattern: str) -> Problem | None:
    """Returns the error that Rust's engine reports for a regular expression, or None if there is no error."""
    import polars as pl

    try:
        pl.Series(["", "a"]).str.contains(pattern, strict=True)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        said = str(error)
        caret = re.search(r"\n    (.*)\n    ( *)\^", said)
        place = len(caret[2]) if caret and caret[1] == pattern else None
        return next((id for word, id in _REASONS.items() if word in said), "regex_wrong"), place
    return None


class _Child:
    """A child process that calls `problem` for one pattern after another. The child process starts when the
    first pattern is checked.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def problem(self, pattern: str) -> Problem | None:
        """Returns the error that was found in a pattern. Raises `TimeoutError` if the process did not answer
        in time."""
        question = json.dumps(pattern).encode() + b"\n"
        with self._lock:
            # After the first answer, the process may have ended, because it was idle.
            answer = self._ask(question, MAX_SECONDS) or self._ask(question, MAX_SECONDS)
        if not answer:
            raise TimeoutError
        found = json.loads(answer)
        return found and (found[0], found[1])

    def _ask(self, question: bytes, seconds: float) -> bytes:
        """Sends a pattern to the child process, and returns the result of the check. If the child process has
        ended, the result is empty. The next call starts another child process.
        """
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "vedette.profiles.regexes"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # No secret of this process. One thread, because one pattern is checked at a time.
                env={"PYTHONPATH": os.pathsep.join(sys.path), "POLARS_MAX_THREADS": "1"},
            )
            self._ask(b'""\n', _START_SECONDS)
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            return b""
        answer = b""
        try:
            process.stdin.write(question)
            process.stdin.flush()
            if select.select([process.stdout], [], [], seconds)[0]:
                answer = process.stdout.readline()
            else:
                raise TimeoutError
        except BrokenPipeError:
            pass
        finally:
            if not answer:
                self.end()
        return answer

    def end(self) -> None:
        """Ends the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


_CHILD = _Child()
atexit.register(_CHILD.end)


@lru_cache(maxsize=4096)
def problem_in_child(pattern: str) -> Problem | None:
    """Returns the result of `problem`, which a child process computes. Raises `TimeoutError` if the check
    takes too long.
    """
    return _CHILD.problem(pattern)


def _serve() -> None:
    """Checks the patterns from the standard input, until the input is closed or no pattern arrives within a
    time limit.
    """
    while select.select([sys.stdin], [], [], _IDLE_SECONDS)[0] and (line := sys.stdin.readline()):
        print(json.dumps(problem(json.loads(line))), flush=True)


if __name__ == "__main__":
    _serve()
