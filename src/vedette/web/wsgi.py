"""The WSGI entry point of the web server: `vedette.web.wsgi:application`."""

from __future__ import annotations

import gc
import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

from vedette.server import logs
from vedette.server.memory import trim
from vedette.web.bodies import with_length

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vedette.web.settings")

application = with_length(get_wsgi_application())
logs.quiet_exceptions()

# Loads every page before the first request, which would otherwise wait for it. Then excludes the loaded
# objects from garbage collection, which scanned all of them repeatedly: the slowest of twenty requests waited
# for it.
import_module("vedette.web.urls")
gc.collect()
gc.freeze()
trim()
gc.set_threshold(20_000, 10, 10)
