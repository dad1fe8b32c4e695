"""Runs a function in a separate process that uses Django, if required with time limits."""

from __future__ import annotations

import gc
import importlib
import logging.config
import multiprocessing
import os
import resource
import signal
from collections.abc import Callable
from multiprocessing.process import BaseProcess

from vedette.server import logs

#: Limits of a process that reads a list: seconds of processor time, and of wall-clock time.
PROCESSOR_S, CLOCK_S = 20 * 60, 40 * 60


def start(function: str, *args: object) -> BaseProcess:
    """Starts a process that calls the function `module:name`.

    The new process imports the module only after it has set Django up, because the modules of models need
    this.
    """
    return _started(run, function, *args)


def start_limited(function: str, *args: object) -> BaseProcess:
    """Starts the same process with time limits. The kernel ends a process that exceeds a limit, even while
    the process executes code of a library."""
    return _started(run_limited, PROCESSOR_S, CLOCK_S, function, *args)


def _started(target: Callable[..., None], *args: object) -> BaseProcess:
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=target, args=args, daemon=True)
    process.start()
    return process


def run_limited(processor_s: int, clock_s: float, function: str, *args: object) -> None:
    """Sets the limits of the new process, then calls `run`."""
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (processor_s, most))
    signal.setitimer(signal.ITIMER_REAL, clock_s)
    run(function, *args)


def exceeded(process: BaseProcess) -> bool:
    """Returns whether the process was ended because it exceeded a limit."""
    return process.exitcode in (-signal.SIGXCPU, -signal.SIGALRM)


def run(function: str, *args: object) -> None:
    """In the new process, sets up Django and calls the function `module:name`."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vedette.web.settings")
    logging.config.dictConfig(logs.config())
    logs.quiet_exceptions()
    # As in `cli.start`.
    gc.set_threshold(100_000, 10, 10)
    django.setup()
    os.nice(5)
    module, name = function.split(":")
    try:
        getattr(importlib.import_module(module), name)(*args)
    finally:
        gc.freeze()
