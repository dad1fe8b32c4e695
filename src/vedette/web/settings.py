"""Django settings, read once from the environment.

There is one database alias for each of three database roles. `default` is for the web role, to which
row-level security applies. `owner` is only for migrations, and `intake` is for workers. `DATABASE_URL`,
`DATABASE_URL_OWNER` and `DATABASE_URL_INTAKE` contain the URLs of the aliases. `VEDETTE_KEYS` names the
folder of the keys.
"""

from __future__ import annotations

import os
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from vedette.apps.upkeep.rates import LIMITS, read_limits
from vedette.keys.ring import Keys
from vedette.kinds import kinds
from vedette.server import logs

HERE = Path(__file__).resolve().parent

#: True in the demonstration and in tests. Cookies are then sent over plain HTTP, and the sign-in page shows
#: the demonstration logins.
DEMO = os.environ.get("VEDETTE_DEMO") == "1"
DEBUG = False


#: Time limits of the database sessions of web requests; imports on the server may take longer.
_PATIENCE = "-c statement_timeout=60s -c idle_in_transaction_session_timeout=5min"


def _database(variable: str, options: str = "") -> dict[str, object]:
    parts = conninfo_to_dict(os.environ.get(variable, "postgresql:///vedette"))
    if options:
        parts.setdefault("options", options)
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
        # The other options in the URL, such as sslmode.
        "OPTIONS": parts,
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {
    "default": _database("DATABASE_URL", _PATIENCE),
    "owner": _database("DATABASE_URL_OWNER"),
    "intake": _database("DATABASE_URL_INTAKE"),
}

#: None only if no requests are served: type checks, documentation, extraction of messages.
KEYS = Keys.load(Path(os.environ["VEDETTE_KEYS"])) if "VEDETTE_KEYS" in os.environ else None
#: The folder in which workers save the data that web processes map (`apps/lists/loading.py`).
CACHE = os.environ.get("VEDETTE_CACHE", "")
#: Folder with the standard of IATI, with which files are checked before they are given.
IATI = os.environ.get("VEDETTE_IATI", "")
# Whether workers fetch the lists that were subscribed to, and the private networks that they may connect to.
SUBSCRIPTIONS = os.environ.get("VEDETTE_SUBSCRIPTIONS") == "1"
SUBSCRIPTION_NETWORKS = [
    ip_network(text)
    for text in os.environ.get("VEDETTE_SUBSCRIPTION_NETWORKS", "").split(",")
    if text
]


def _check_mail(tls: str) -> None:
    """Raises `ImproperlyConfigured` if e-mails would be sent to another machine without TLS.

    This error is also raised if the sender or the address of the pages is missing.
    """
    if tls not in ("starttls", "implicit", "none"):
        raise ImproperlyConfigured("VEDETTE_SMTP_TLS must be starttls, implicit or none")
    if tls == "none" and EMAIL_HOST not in ("localhost", "127.0.0.1", "::1"):
        raise ImproperlyConfigured("VEDETTE_SMTP_TLS can be none only for a server on this machine")
    if "@" not in DEFAULT_FROM_EMAIL or not os.environ.get("VEDETTE_ORIGINS"):
        raise ImproperlyConfigured("VEDETTE_SMTP_HOST needs VEDETTE_SMTP_FROM and VEDETTE_ORIGINS")


#: The server that sends e-mails; without it, none is sent.
EMAIL_HOST = os.environ.get("VEDETTE_SMTP_HOST", "")
_TLS = os.environ.get("VEDETTE_SMTP_TLS", "starttls")
EMAIL_USE_TLS, EMAIL_USE_SSL = _TLS == "starttls", _TLS == "implicit"
EMAIL_PORT = int(os.environ.get("VEDETTE_SMTP_PORT", "465" if EMAIL_USE_SSL else "587"))
EMAIL_HOST_USER = os.environ.get("VEDETTE_SMTP_USER", "")
EMAIL_HOST_PASSWORD = (
    Path(os.environ["VEDETTE_SMTP_PASSWORD"]).read_text("utf-8").strip()
    if "VEDETTE_SMTP_PASSWORD" in os.environ
    else ""
)
#: Seconds to wait for each answer of the server.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("VEDETTE_SMTP_FROM", "")
if EMAIL_HOST:
    _check_mail(_TLS)
SECRET_KEY = KEYS.secret("django") if KEYS else os.urandom(32).hex()


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise ImproperlyConfigured(
            "VEDETTE_TIME_ZONE must be the name of a time zone, such as Africa/Dakar"
        ) from error


def _oidc() -> dict[str, str] | None:
    issuer = os.environ.get("VEDETTE_OIDC_ISSUER")
    if not issuer:
        return None
    if not issuer.startswith("https://"):
        raise ImproperlyConfigured("VEDETTE_OIDC_ISSUER must begin with https://")
    return {
        "issuer": issuer,
        "name": os.environ.get("VEDETTE_OIDC_NAME", "OpenID Connect"),
        "client_id": os.environ["VEDETTE_OIDC_CLIENT_ID"],
        "secret": Path(os.environ["VEDETTE_OIDC_CLIENT_SECRET"]).read_text("utf-8").strip(),
    }


def oidc_app(oidc: dict[str, str] | None) -> dict[str, object]:
    """Returns the setting of allauth that describes the sign-in service."""
    if oidc is None:
        return {}
    app = {
        "provider_id": "oidc",
        "name": oidc["name"],
        "client_id": oidc["client_id"],
        "secret": oidc["secret"],
        "settings": {
            "issuer": oidc["issuer"],
            "server_url": oidc["issuer"].rstrip("/"),
            "fetch_userinfo": False,
        },
    }
    return {"oidc": {"APPS": [app]}}


ALLOWED_HOSTS = os.environ.get("VEDETTE_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("VEDETTE_ORIGINS", "").split(",") if o]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "axes",
    "vedette.web",
    "vedette.apps.accounts",
    "vedette.apps.notices",
    "vedette.apps.approvals",
    "vedette.apps.release",
    "vedette.apps.offline",
    "vedette.apps.inbox",
    "vedette.apps.subjects",
    "vedette.apps.lists",
    "vedette.apps.profiles",
    "vedette.apps.hits",
    "vedette.apps.enforcement",
    "vedette.apps.links",
    "vedette.apps.operations",
    "vedette.apps.library",
    "vedette.apps.cooperation",
    "vedette.apps.assistance",
    "vedette.apps.journal",
    "vedette.apps.upkeep",
    "vedette.apps.retention",
    "vedette.apps.oversight",
    "vedette.apps.requests",
    "vedette.apps.sql",
    *(kind.app for kind in kinds().values()),
]

MIDDLEWARE = [
    "vedette.web.middleware.probes",
    "vedette.web.middleware.observe",
    "django.middleware.security.SecurityMiddleware",
    "vedette.web.middleware.headers",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "vedette.web.middleware.language",
    "vedette.web.middleware.limits",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "vedette.web.middleware.scope",
    "vedette.web.middleware.preferences",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
    "vedette.apps.accounts.sessions.Gate",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "vedette.web.middleware.methods",
    "vedette.web.middleware.texts",
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

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "vedette.apps.accounts.passwords.BreachedPasswordValidator"},
]
#: The Pwned Passwords download, sorted by hash; None: only the list of common passwords is checked.
BREACHED_PASSWORDS = os.environ.get("VEDETTE_BREACHED_PASSWORDS") or None
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "vedette.apps.accounts.adapters.Passwords",
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

SESSION_ENGINE = "vedette.apps.accounts.sessions"
#: A session ends after this time without use, and after a maximum time from sign-in even if in use.
SESSION_IDLE = timedelta(minutes=int(os.environ.get("VEDETTE_SESSION_IDLE_MINUTES", "30")))
SESSION_LONGEST = timedelta(hours=int(os.environ.get("VEDETTE_SESSION_HOURS", "10")))
SESSION_COOKIE_AGE = int(SESSION_LONGEST.total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = not DEMO
CSRF_COOKIE_SECURE = not DEMO
CSRF_COOKIE_HTTPONLY = True
if not DEMO:
    # Browsers accept these cookies from this host only, over TLS only.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
# The proxy terminates TLS, so Django does not redirect to HTTPS (`SECURE_SSL_REDIRECT`).
SECURE_HSTS_SECONDS = 0 if DEMO else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"

#: An account that is not used for this long is suspended.
UNUSED = timedelta(days=int(os.environ.get("VEDETTE_UNUSED_DAYS", "90")))
#: Period in days for the answer to a person's request.
SUBJECT_DAYS = int(os.environ.get("VEDETTE_SUBJECT_DAYS", "30"))
#: Proxies whose X-Forwarded-For is trusted: addresses and networks.
TRUSTED_PROXIES = os.environ.get("VEDETTE_PROXIES", "127.0.0.1,::1").split(",")

# A name is locked at an address after this many failures, for this long.
AXES_FAILURE_LIMIT = int(os.environ.get("VEDETTE_LOCKOUT_FAILURES", "5"))
AXES_COOLOFF_TIME = timedelta(minutes=int(os.environ.get("VEDETTE_LOCKOUT_MINUTES", "15")))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username", "next", "code", "credential", "state"]
AXES_USERNAME_CALLABLE = "vedette.apps.accounts.passwords.counted_name"
AXES_CLIENT_IP_CALLABLE = "vedette.apps.accounts.passwords.client_address"
AXES_LOCKOUT_CALLABLE = "vedette.apps.accounts.passwords.unchanged"

#: Users with these roles must set up a second factor before they can use any other page.
SECOND_FACTOR_ROLES = os.environ.get(
    "VEDETTE_SECOND_FACTOR", "" if DEMO else "dpo,auditor,administrator,supervisor"
).split(",")
ACCOUNT_ADAPTER = "vedette.apps.accounts.adapters.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_METHODS = {"username"}
MFA_ADAPTER = "vedette.apps.accounts.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
#: The name of this system in the code apps of users.
MFA_TOTP_ISSUER = "vedette"
#: A clock may differ by one step (30 s).
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
# The demonstration has no TLS.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO
#: The organisation's own sign-in service, or None.
OIDC = _oidc()
SOCIALACCOUNT_ADAPTER = "vedette.apps.accounts.adapters.OidcAdapter"
SOCIALACCOUNT_PROVIDERS = oidc_app(OIDC)

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [HERE / "locale"]
#: The time zone of the workplace, in which pages and reports show times. Stored times are in UTC.
TIME_ZONE = _zone(os.environ.get("VEDETTE_TIME_ZONE") or "UTC")
#: The name of the workplace beside the time; by default the city of the time zone.
TIME_ZONE_NAME = os.environ.get("VEDETTE_TIME_ZONE_NAME", "")

STATIC_URL = "/static/"
CSRF_FAILURE_VIEW = "vedette.web.errors.csrf"
#: Messages are stored in the session and not in a cookie, so that their text stays on the server.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["vedette.web.bodies.BoundedFiles"]

#: `vedette upgrade` makes partitions for this number of months after the present month. Rows of later months
#: are stored in the partition `rest` of their retention class.
MONTHS_AHEAD = int(os.environ.get("VEDETTE_MONTHS_AHEAD", "23"))
#: An export with more rows than this needs a second person.
EXPORT_ROWS = int(os.environ.get("VEDETTE_EXPORT_ROWS", "1000"))
#: Rate limits by kind: `VEDETTE_RATES="api=1200/60,upload=300/60"` changes some.
RATES = read_limits(os.environ.get("VEDETTE_RATES", ""), LIMITS)
#: The token that gives access to /metrics; without it, /metrics is closed.
METRICS_TOKEN = os.environ.get("VEDETTE_METRICS_TOKEN", "")
#: Below this free space the machine is not ready; above this age a waiting message is late.
DISK_FREE_MB = int(os.environ.get("VEDETTE_DISK_FREE_MB", "512"))
#: The folder of the data of PostgreSQL, whose disk `/readyz` checks; empty if it is on another machine.
DATA = os.environ.get("VEDETTE_DATA", "")
if not DATA and str(DATABASES["default"].get("HOST", "")).startswith(
    ("/", "localhost", "127.", "::1")
):
    DATA = "/var/lib/postgresql" if Path("/var/lib/postgresql").is_dir() else ""
INBOX_LATE_S = int(os.environ.get("VEDETTE_INBOX_LATE_S", "900"))
#: The agreed times of PNR messages in hours before departure (0: at closure), the earliest first.
PNR_PUSHES = sorted(
    {int(h) for h in os.environ.get("VEDETTE_PNR_PUSHES", "24,0").split(",")}, reverse=True
)
#: The agreed share of carriers' message sets that are complete and in time, in per cent.
CARRIER_LEVEL = int(os.environ.get("VEDETTE_CARRIER_LEVEL", "95"))

LOGGING = logs.config("WARNING" if DEMO else os.environ.get("VEDETTE_LOG_LEVEL", "INFO").upper())
