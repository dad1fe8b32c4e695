"""The web server's entry: `vedette.web.wsgi:application`."""

from __future__ import annotations

import gc
import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

from vedette.server import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vedette.web.settings")

application = get_wsgi_application()
logs.quiet_exceptions()

# Every page before the first request, which would wait for them; then the collector is told that they
# stay. It walked all of them whenever a page had made enough: the slowest of twenty requests waited.
import_module("vedette.web.urls")
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 10, 10)
