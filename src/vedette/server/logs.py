"""Logs: one JSON object per line, without personal data.

A line contains the time, level, logger, event, request id, ids and counts. Texts from outside vedette are
never printed, because the text of an exception or of a library's message may quote a name or a document ("Key
(document)=(…) already exists"). For an error, only its type and place are logged. For a message of a library,
only the place of the log call and the numbers passed to it are logged.
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

#: The id of the current request. It is in every log line of the request and in the header `X-Request-ID`.
REQUEST: contextvars.ContextVar[str] = contextvars.ContextVar("request", default="")

#: Only loggers of this package print their message text; they pass ids and counts, never a personal value.
_OURS = "vedette"


def kind(error: BaseException) -> str:
    """Type and place of an error, without its text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else ""
    return type(error).__name__ + place


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON: `time`, `level`, `logger`, `event`, and if present `request`,
    `error`, and the value that a caller passed as `extra={"counts": {…}}`."""

    def format(self, record: logging.LogRecord) -> str:
        """Formats one line, which is valid JSON for any record."""
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
        counts = getattr(record, "counts", None)
        if isinstance(counts, dict):
            # Only numbers and short words (the name of a route, a method) are logged.
            line |= {
                str(name): value
                for name, value in counts.items()
                if isinstance(value, (int, float)) or (isinstance(value, str) and len(value) <= 60)
            }
        status = getattr(record, "status_code", None)
        if isinstance(status, int):
            line["status"] = status
        return json.dumps(line)


def _own(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return f"{record.module}:{record.lineno}"


def config(level: str = "WARNING") -> dict[str, Any]:
    """The `logging.config` of every vedette process: JSON lines on stderr, from `level` for loggers of this
    package and from WARNING for others."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "vedette.server.logs.JsonLines"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            _OURS: {"level": level},
            # Django's own handler would print tracebacks with their texts.
            "django": {"handlers": [], "level": "WARNING", "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            # The access line (`vedette.access`) records a refused request.
            "django.request": {"level": "ERROR"},
            "_granian": {"handlers": [], "propagate": True},
            # The package axes would log user names and addresses; the journal contains the necessary data.
            "axes": {"level": "CRITICAL"},
        },
    }


def quiet_exceptions() -> None:
    """Prints an uncaught error, in any thread, as one line with type and place on stderr.

    Python's default report would print the text of the error, which for PostgreSQL includes the row.
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
