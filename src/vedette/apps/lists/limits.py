"""Limits of the time of a process that reads a list. The kernel ends a process that exceeds a limit, also
inside a library."""

from __future__ import annotations

import resource
import signal
from multiprocessing.process import BaseProcess

#: Seconds of processor time, and of wall-clock time.
PROCESSOR_S, CLOCK_S = 20 * 60, 40 * 60


def limit(processor_s: int, clock_s: float) -> None:
    """Sets the limits of this process."""
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (processor_s, most))
    signal.setitimer(signal.ITIMER_REAL, clock_s)


def exceeded(process: BaseProcess) -> bool:
    """Whether the process was ended because it exceeded a limit."""
    return process.exitcode in (-signal.SIGXCPU, -signal.SIGALRM)
