"""Logs: one JSON object a line, and nothing personal in it.

A line says when, how bad, where, what happened, in which request, with ids and counts. Words of others
are never printed: the text of an exception or of a library's message may quote a name or a document
("Key (document)=(…) already exists"). Of an error stand type and place; of a library's message, the
place it was written at and the numbers that came with it.
"""

from __future__ import annotations

import contextvars
import datetime as dt
import json
import logging
import sys
import threading
from types import TracebackType
from typing import Any

#: The id of the request at hand, in every line it causes and in the answer's `X-Request-ID`.
REQUEST: contextvars.ContextVar[str] = contextvars.ContextVar("request", default="")

#: Only these speak in sentences of their own; they put ids and counts in, never a value.
_OURS = "vedette"


def kind(error: BaseException) -> str:
    """Type and place of an error: enough to find it, nothing of what it was about."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else ""
    return type(error).__name__ + place


class JsonLines(logging.Formatter):
    """A record as one line of JSON: `time`, `level`, `logger`, `event`, and where there is any
    `request`, `error`, and what a caller passed as `extra={"counts": {…}}`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, always valid JSON, whatever the record holds."""
        ours = record.name.partition(".")[0] == _OURS
        line: dict[str, Any] = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(
                "T", "milliseconds"
            ),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _own(record) if ours else f"{record.module}:{record.lineno}",
        }
        if request := REQUEST.get():
            line["request"] = request
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = kind(record.exc_info[1])
        line.update(_numbers(getattr(record, "counts", None)))
        status = getattr(record, "status_code", None)
        if isinstance(status, int):
            line["status"] = status
        return json.dumps(line)


def _own(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return f"{record.module}:{record.lineno}"


def _numbers(counts: object) -> dict[str, int | float | str]:
    """Numbers and short words (a route's name, a method); anything else a caller slipped in is left out."""
    if not isinstance(counts, dict):
        return {}
    return {
        str(name): value
        for name, value in counts.items()
        if isinstance(value, (int, float)) or (isinstance(value, str) and len(value) <= 60)
    }


def config(level: str = "WARNING") -> dict[str, Any]:
    """`logging.config` for every process of ours: JSON lines on stderr; ours from `level`, others from
    WARNING."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "vedette.server.logs.JsonLines"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            _OURS: {"level": level},
            # It would print whole tracebacks with their texts through a handler of its own.
            "django": {"handlers": [], "level": "WARNING", "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            # What was refused stands in the line of the request (`vedette.access`).
            "django.request": {"level": "ERROR"},
            "_granian": {"handlers": [], "propagate": True},
            # It logs names and addresses; the journal has what is needed.
            "axes": {"level": "CRITICAL"},
        },
    }


def quiet_exceptions() -> None:
    """An error that nobody caught, in any thread, ends as one line of type and place on stderr.

    Python's own report would print the text of the error, and of PostgreSQL's with the row it failed on.
    """
    logging.captureWarnings(True)
    logger = logging.getLogger(_OURS)

    def hook(type_: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(type_, KeyboardInterrupt):
            return
        logger.critical("ended by %s", kind(error.with_traceback(trace)))

    def thread_hook(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            hook(args.exc_type, args.exc_value, args.exc_traceback)

    sys.excepthook = hook
    threading.excepthook = thread_hook
