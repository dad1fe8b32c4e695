"""Django settings of the process of the public cash form. No session, account, model, cookie or script exists
in this process. The configuration of the process is in `configuration.py`.
"""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

from vedette.server import logs

HERE = Path(__file__).resolve().parent

DEBUG = False
#: Nothing is signed with it: the pages have a key of their own.
SECRET_KEY = os.urandom(32).hex()
ALLOWED_HOSTS = os.environ.get("VEDETTE_FORM_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
DATABASES: dict[str, object] = {}
INSTALLED_APPS: list[str] = []
MIDDLEWARE = ["vedette.cash.public.views.guard", "django.middleware.gzip.GZipMiddleware"]
ROOT_URLCONF = "vedette.cash.public.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.filesystem.Loader"],
                )
            ],
            "builtins": ["django.templatetags.i18n"],
        },
    }
]

LANGUAGE_CODE = "en"
#: The languages in which the form exists, each with its name in itself.
LANGUAGES = [("fr", "Français"), ("en", "English"), ("es", "Español"), ("ar", "العربية")]
LOCALE_PATHS = [Path(str(files("vedette.web"))) / "locale"]
USE_TZ = True

# The encrypted field is the largest part of a form (`state.py`).
DATA_UPLOAD_MAX_MEMORY_SIZE = 128 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
APPEND_SLASH = False

LOGGING = logs.config(os.environ.get("VEDETTE_LOG_LEVEL", "WARNING").upper())
