"""Starts the process that fetches subscribed lists. That process imports this module before Django is set up.
Therefore this module imports no models."""

from __future__ import annotations

import logging.config
import multiprocessing
import os
from multiprocessing.process import BaseProcess

from django.conf import settings
from django.db import connections

from vedette.server import logs

_DUE = (
    "SELECT EXISTS (SELECT FROM lists_listsubscription WHERE ended_at IS NULL"
    " AND next_at <= statement_timestamp())"
)


class Fetcher:
    """Starts the process when a subscription is due. Each worker has one `Fetcher`."""

    def __init__(self) -> None:
        self._process: BaseProcess | None = None

    def look(self) -> None:
        """Starts the process that fetches lists if fetching is switched on, a subscription is due, and this
        worker has no such process yet."""
        if not settings.SUBSCRIPTIONS or (self._process is not None and self._process.is_alive()):
            return
        with connections["intake"].cursor() as cursor:
            cursor.execute(_DUE)
            if cursor.fetchone() != (True,):
                return
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(target=serve, daemon=True)
        self._process.start()

    def stop(self) -> None:
        """Ends the process. Another process repeats its fetch later."""
        if self._process is not None and self._process.is_alive():
            self._process.terminate()
            self._process.join(5)


def serve() -> None:
    """Fetches the subscribed lists that are due. This function is called in a separate process."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vedette.web.settings")
    logging.config.dictConfig(logs.config())
    logs.quiet_exceptions()
    django.setup()
    os.nice(5)
    # Models can be imported only when Django is set up.
    from vedette.apps.lists.subscriptions import fetch_next

    while fetch_next():
        pass
