"""Django settings, read once from the environment.

Three logins, three aliases: `default` (web: row-level security, never owner), `owner` (migrations
only) and `intake` (workers). `DATABASE_URL`, `DATABASE_URL_OWNER`, `DATABASE_URL_INTAKE` name them;
`VEDETTE_KEYS` the folder of the keys.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from vedette.keys import Keys

HERE = Path(__file__).resolve().parent

#: True in the demonstration and in tests: plain HTTP on this machine, demo logins shown.
DEMO = os.environ.get("VEDETTE_DEMO") == "1"
DEBUG = False


def _database(variable: str) -> dict[str, object]:
    parts = conninfo_to_dict(os.environ.get(variable, "postgresql:///vedette"))
    known = {
        "dbname": "NAME",
        "user": "USER",
        "password": "PASSWORD",
        "host": "HOST",
        "port": "PORT",
    }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "vedette",
        **{django: parts.pop(ours) for ours, django in known.items() if ours in parts},
        # What else the URL says, sslmode above all.
        "OPTIONS": parts,
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {
    "default": _database("DATABASE_URL"),
    "owner": _database("DATABASE_URL_OWNER"),
    "intake": _database("DATABASE_URL_INTAKE"),
}

#: Absent only where nothing is served: type checks, documentation, making messages.
KEYS = Keys.load(Path(os.environ["VEDETTE_KEYS"])) if "VEDETTE_KEYS" in os.environ else None
SECRET_KEY = KEYS.secret("django") if KEYS else os.urandom(32).hex()

ALLOWED_HOSTS = os.environ.get("VEDETTE_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("VEDETTE_ORIGINS", "").split(",") if o]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django_htmx",
    "vedette.web",
    "vedette.apps.accounts",
    "vedette.apps.intake",
    "vedette.apps.knowledge",
    "vedette.apps.targeting",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "vedette.web.middleware.headers",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "vedette.web.middleware.language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "vedette.web.middleware.scope",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "vedette.web.urls"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "vedette.web.context.page",
            ],
        },
    }
]

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "queue"
LOGOUT_REDIRECT_URL = "login"

SESSION_COOKIE_AGE = 10 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = not DEMO
CSRF_COOKIE_SECURE = not DEMO
CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = False  # TLS ends at the proxy; HSTS is sent below.
SECURE_HSTS_SECONDS = 0 if DEMO else 31_536_000
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [HERE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
CSRF_FAILURE_VIEW = "vedette.web.errors.csrf"
#: Not in a cookie: what a toast says stays on the server.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
