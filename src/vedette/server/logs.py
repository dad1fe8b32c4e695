"""The log format: one JSON object per line, without personal data.

A line contains the time, level, logger, event, request id, ids and counts. Texts from sources outside vedette
are not logged. The text of an exception or of a library's message may contain a name or a document number,
for example "Key (document)=(…) already exists". For an error, only its type and its place in the code are
logged. For a message of a library, only the place of the log call and the numbers passed to it are logged.
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

#: Only the loggers of this package print the text of a message. Their messages contain ids and counts,
#: and no personal data.
_OURS = "vedette"


def kind(error: BaseException) -> str:
    """Returns the type of an error and its place in the code, without the text of the error."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else ""
    return type(error).__name__ + place


class JsonLines(logging.Formatter):
    """Formats a log record as one line of JSON with `time`, `level`, `logger` and `event`. The line also
    contains `request`, `error`, and the values that a caller passed as `extra={"counts": {…}}`, if they are
    present.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Formats one log record. The line is valid JSON for any record."""
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
            # Only numbers and short texts, for example the name of a route or a method, are logged.
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
    """Returns the `logging.config` of every vedette process. Writes JSON lines to stderr. Loggers of this
    package log messages of `level` and above. Other loggers log messages of WARNING and above.
    """
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
            # The package axes would log user names and addresses. The journal contains the necessary
            # data.
            "axes": {"level": "CRITICAL"},
        },
    }


def quiet_exceptions() -> None:
    """Installs hooks that print an uncaught error of any thread to stderr, as one line with its
    type and place.

    By default, Python would print the text of the error, which may contain personal data. For example, the
    text of a PostgreSQL error contains the row.
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
