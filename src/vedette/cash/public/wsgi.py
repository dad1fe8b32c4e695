"""The WSGI entry point of the process of the public cash form: `vedette.cash.public.wsgi:application`."""

from __future__ import annotations

import gc
import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

from vedette.server import logs

os.environ["DJANGO_SETTINGS_MODULE"] = "vedette.cash.public.settings"

application = get_wsgi_application()
logs.quiet_exceptions()

# Loads the pages before the first request, as the other web server does (`vedette.web.wsgi`).
import_module("vedette.cash.public.urls")
gc.collect()
gc.freeze()
