"""Starts the processes that fetch subscribed lists, one for each list. A process imports this module before
Django is set up. Therefore, the module imports no models."""

from __future__ import annotations

import logging.config
import multiprocessing
import os
import uuid
from multiprocessing.process import BaseProcess

from django.conf import settings

from vedette.apps.lists import limits
from vedette.server import logs


class Fetcher:
    """Starts the process when a subscription is due. Each worker has one `Fetcher`."""

    def __init__(self) -> None:
        self._running: tuple[BaseProcess, tuple[uuid.UUID, uuid.UUID]] | None = None

    def look(self) -> None:
        """Starts the process if fetching is switched on, a subscription is due, and this worker has no such
        process yet. If the last process was ended because it took too long, or failed, stores this."""
        if not settings.SUBSCRIPTIONS or (
            self._running is not None and self._running[0].is_alive()
        ):
            return
        # The process imports this module before Django is set up.
        from vedette.apps.lists import subscriptions

        if self._running is not None:
            (process, last), self._running = self._running, None
            if process.exitcode:
                subscriptions.end(*last, "long" if limits.exceeded(process) else "failed")
        taken = subscriptions.take()
        if taken is not None:
            context = multiprocessing.get_context("spawn")
            args = (*taken, (limits.PROCESSOR_S, limits.CLOCK_S))
            process = context.Process(target=serve, args=args, daemon=True)
            process.start()
            self._running = process, taken

    def stop(self) -> None:
        """Ends the process. Another process repeats its fetch later."""
        if self._running is not None and self._running[0].is_alive():
            self._running[0].terminate()
            self._running[0].join(5)


def serve(id_: uuid.UUID, organisation: uuid.UUID, most: tuple[int, float]) -> None:
    """Fetches the list of a subscription, within limits of time. A separate process calls this function."""
    import django

    limits.limit(*most)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vedette.web.settings")
    logging.config.dictConfig(logs.config())
    logs.quiet_exceptions()
    django.setup()
    os.nice(5)
    # Models can be imported only when Django is set up.
    from vedette.apps.lists.subscriptions import fetch_taken

    fetch_taken(id_, organisation)
