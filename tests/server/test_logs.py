"""What stands in a log, and what never does."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest

from vedette.server import logs

PLANTED = "Lopes Ferreira 1969-04-02 AB1234567"


def line(record: logging.LogRecord) -> dict[str, object]:
    """A record as it is written."""
    text = logs.JsonLines().format(record)
    assert "\n" not in text
    assert PLANTED not in text
    return json.loads(text)


def record(name: str, message: str, *args: object, **more: object) -> logging.LogRecord:
    """A record of that logger."""
    made = logging.LogRecord(name, logging.ERROR, "/x/store.py", 12, message, args, None)
    made.__dict__.update(more)
    return made


def test_our_lines_say_what_happened():
    """Time, level, logger, event, and the numbers that came with it."""
    told = line(record("vedette.apps.desk.work", "frame of %d files", 3, counts={"ms": 1.5}))
    assert told["event"] == "frame of 3 files"
    assert (told["level"], told["ms"]) == ("error", 1.5)
    assert str(told["time"]).endswith("+00:00")


@pytest.mark.parametrize(
    ("message", "args"), [(PLANTED, ()), ("failed: %s", (PLANTED,)), (f"{PLANTED} %s", (1,))]
)
def test_libraries_words_are_not_printed(message, args):
    """A library's message may quote a row, in its text or among its arguments: its place is enough."""
    told = line(record("psycopg.pool", message, *args, status_code=500))
    assert (told["event"], told["status"]) == ("store:12", 500)


def test_of_an_error_type_and_place():
    """`Key (document)=(…) already exists` is the kind of text that a traceback would print."""
    with pytest.raises(ValueError) as caught:
        raise ValueError(PLANTED)
    error = caught.value
    made = record("vedette.x", "failed", exc_info=(ValueError, error, error.__traceback__))
    assert line(made)["error"] == f"ValueError at {logs_place(error)}"


def logs_place(error: BaseException) -> str:
    """`function:line` where it was raised."""
    trace = error.__traceback__
    return f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"


def test_what_is_no_number_is_left_out():
    """A caller who passes a record instead of counts prints nothing of it."""
    told = line(record("vedette.x", "done", counts={"n": 1, "who": {"name": PLANTED}}))
    assert told["n"] == 1
    assert "who" not in told
    assert "bad" in line(record("vedette.x", "bad", counts=PLANTED))["event"]


def test_a_broken_message_is_still_a_line():
    """Arguments that do not fit: the line says where, and logging goes on."""
    assert line(record("vedette.x", "%d and %d", PLANTED))["event"] == "store:12"


def test_the_request_stands_in_its_lines():
    """All lines of one request carry its id."""
    token = logs.REQUEST.set("abc")
    try:
        assert line(record("vedette.x", "done"))["request"] == "abc"
    finally:
        logs.REQUEST.reset(token)


@pytest.mark.parametrize("where", ["main", "thread"])
def test_an_uncaught_error_prints_no_text(where):
    """A worker that dies of PostgreSQL's refusal does not print the row it was refused with."""
    code = f"""
import logging.config, threading
from vedette.server import logs
logging.config.dictConfig(logs.config())
logs.quiet_exceptions()
def fail():
    raise ValueError({PLANTED!r})
if {where!r} == "main":
    fail()
thread = threading.Thread(target=fail); thread.start(); thread.join()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert PLANTED not in done.stderr + done.stdout
    assert json.loads(done.stderr)["event"].startswith("ended by ValueError at fail:")
