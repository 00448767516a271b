"""All settings. This file alone reads the environment; docs/configuration.md lists every variable."""

import ipaddress
import os
import secrets
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured


class Environment(environ.Env):
    """An empty variable counts as unset, and one that cannot be read is named."""

    def get_value(
        self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, parse_default: bool = False
    ) -> Any:
        if self.ENVIRON.get(var) == "" and default is not self.NOTSET:
            return default
        try:
            return super().get_value(var, cast, default, parse_default)
        except ValueError as error:
            reason = "it must be a whole number" if cast is int else str(error)
            raise ImproperlyConfigured(f"{var} cannot be read: {reason}.") from error

    def list_of(self, cast: Callable[[str], Any], var: str, default: list[str]) -> list[Any]:
        """Each part of a list, read by `cast`."""
        try:
            return [cast(text) for text in self.list(var, default=default)]
        except ValueError as error:
            raise ImproperlyConfigured(f"{var} cannot be read: {error}.") from error

    def database(self, var: str, default: str) -> dict[str, Any]:
        """The values of an address; what is wrong with it is said without showing it, for it holds a password."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                values = dict(self.db_url(var, default=default))
        except ValueError:
            values = {}
        if "ENGINE" not in values:
            raise ImproperlyConfigured(f"{var} cannot be read. It looks like postgres://user:password@host:5432/name")
        return values


env = Environment()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "data"))).resolve()

HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
BASE_URL = env.str("BASE_URL", default=f"http://{'127.0.0.1' if HOST == '0.0.0.0' else HOST}:{PORT}").rstrip("/")  # noqa: S104 - compared, not bound
DEBUG = env.bool("DEBUG", default=False)


def folder(path: Path) -> Path:
    """The folder, made if need be and open to its owner alone."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ImproperlyConfigured(f"The folder {path} cannot be made: {error.strerror}. Set DATA_DIR.") from error
    return path


def own_secret_key() -> str:
    """The key kept in DATA_DIR, made on the first start and readable by its owner alone."""
    path = folder(DATA_DIR) / "secret_key"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    except OSError as error:
        raise ImproperlyConfigured(
            f"{path} cannot be written: {error.strerror}. Set DATA_DIR or SECRET_KEY."
        ) from error
    return path.read_text().strip()


SECRET_KEY = env.str("SECRET_KEY", default="") or own_secret_key()

_hostname = BASE_URL.split("//", 1)[-1].split("/")[0].rsplit(":", 1)[0].strip("[]")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_hostname, "127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [BASE_URL]
HTTPS = BASE_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "heroicons",
    "js_lib_bootstrap5",
    "apps.ui",
    "apps.accounts",
    "apps.projects",
    "apps.jobs",
    "apps.findings",
    "apps.assets",
    "apps.contacts",
    "apps.domains",
    "apps.checklists",
    "apps.cutover",
    "apps.overview",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "apps.ui.middleware.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "apps.ui.middleware.FormsOnly",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "apps.accounts.middleware.PersonOfTheRequest",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "migrator.urls"
WSGI_APPLICATION = "migrator.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.overview.frame.project_frame",
                "apps.projects.bell.notices_count",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Database: SQLite unless DATABASE_URL says PostgreSQL -------------------------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", default="")
DATABASES = {"default": env.database("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'migrator.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # One writer at a time, who waits instead of failing: docs/decisions/.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
            "PRAGMA cache_size=-20000; PRAGMA journal_size_limit=27103364"
        ),
    }
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / f"test-{os.getpid()}.sqlite3"}
else:
    DATABASES["default"].update(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True)
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache: shared by all web processes when there are several (rate limits live in it) -----------------------------
REDIS_URL = env.str("REDIS_URL", default="")


def next_database(url: str) -> str:
    """The same Redis, one database further: clearing the cache must not clear the queues."""
    parts = urlsplit(url)
    number = parts.path.strip("/") or "0"
    return parts._replace(path=f"/{int(number) + 1 if number.isdigit() else 1}").geturl()


if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": next_database(REDIS_URL),
            "KEY_PREFIX": "migrator",
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "migrator"}}

# --- People ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/projects/"
ACCOUNT_ADAPTER = "apps.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # invitations already prove the address
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,5/300s/key",  # the key holds address and name: an owner gets in from another address
    "open_link": "20/m/ip",
    "accept_invitation": "20/m/ip",
    "start": "10/m/ip",
    "invite": "60/h/user",
    "calendar": "120/m/ip",  # calendar services ask for many people from one address
    "unsubscribe": "300/m/ip",  # mail providers ask for many people from one address
}
MFA_TOTP_ISSUER = "Migrator"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)
PASSWORD_RESET_TIMEOUT = 60 * 60 * 24
INVITATION_DAYS = 7
PERSONAL_LINK_DAYS = 30
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "apps.ui.pages.csrf_failure"

# --- Mail: every mail is a row first; the worker hands it to the server that EMAIL_URL names, if there is one -------
EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    vars().update(env.email_url("EMAIL_URL"))
    MAIL_SERVER_BACKEND = vars()["EMAIL_BACKEND"]
EMAIL_BACKEND = "apps.accounts.mail.Outbox"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Migrator <migrator@localhost>")

# --- Files ------------------------------------------------------------------------------------------------------------
FILES_DIR = DATA_DIR / "files"
UPLOAD_LIMIT_MB = env.int("UPLOAD_LIMIT_MB", default=500)
CONTACTS_LIMIT_MB = env.int("CONTACTS_LIMIT_MB", default=2048)  # in parts, each far below UPLOAD_LIMIT_MB
FILE_UPLOAD_HANDLERS = ["apps.projects.uploads.BoundedToDisk"]
FILE_UPLOAD_TEMP_DIR = folder(DATA_DIR / "tmp")
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
STATIC_URL = "/static/"
STATIC_ROOT = folder(DATA_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True  # the embedded start needs no collectstatic
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 3600

# --- Background work: docs/decisions/0002 ---------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost//"
if REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 3600,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 1,
        "socket_timeout": 5,
        # For whoever publishes: give up at once, the sweep sends the job again.
        "max_retries": 1,
        "interval_start": 0.1,
        "connect_retries_timeout": 1,
    }
else:
    CELERY_BROKER_TRANSPORT = "migrator.broker:Transport"
    BROKER_DIR = folder(DATA_DIR / "broker")
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(folder(BROKER_DIR / "queue")),
        "data_folder_out": str(folder(BROKER_DIR / "queue")),
        "control_folder": str(folder(BROKER_DIR / "control")),
        "polling_interval": 0.1,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 1800
CELERY_TASK_SOFT_TIME_LIMIT = 1740
CELERY_TASK_DEFAULT_QUEUE = "io"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_PUBLISH_RETRY = False  # the row is the truth; the sweep sends it again
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_POOL_LIMIT = 10
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
JOB_LEASE_SECONDS = env.int("JOB_LEASE_SECONDS", default=20)
JOB_SWEEP_SECONDS = env.int("JOB_SWEEP_SECONDS", default=5)
JOB_MAX_ATTEMPTS = 3

# A fact that turns ticks or re-opens what waits for it, in the same transaction: docs/decisions/0004.
FACT_LISTENERS = ["apps.checklists.services.settle_fact", "apps.cutover.running.settle_fact"]
FACT_AGAIN_LISTENERS = ["apps.cutover.running.settle_fact"]  # told as well where "ready" is only said again
# Further sheets of the inventory's workbook, for reading: functions (project, role) that give a sheet or None.
INVENTORY_SHEETS = ["apps.domains.sheets.domains_sheet"]
# What a client can be asked to approve, besides single items: functions (project, role) that give an Approvable.
APPROVAL_SOURCES = {
    "plan": "apps.checklists.approvable.plan",
    "inventory": "apps.assets.approvable.decisions",
}
# Planned dates are counted back from go-live, so they move with it, in the same transaction.
GO_LIVE_LISTENERS = ["apps.checklists.services.reschedule", "apps.cutover.holding.publish_hold"]
# What was known about the old target is unknown as soon as there is another, in the same transaction.
TARGET_LISTENERS = ["apps.contacts.reconciling.follow_target"]

# --- The network ------------------------------------------------------------------------------------------------------
DNS_NAMESERVERS = env.list("DNS_NAMESERVERS", default=[])
OUTBOUND_ALLOW = env.list_of(ipaddress.ip_network, "OUTBOUND_ALLOW", default=[])
OUTBOUND_PORTS = env.list_of(int, "OUTBOUND_PORTS", default=["80", "443"])

# --- Time, language, safety -------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked from inside, without TLS
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=False)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31536000 if HTTPS else 0)
SILENCED_SYSTEM_CHECKS = [
    "security.W005",
    "security.W021",
]  # other subdomains of the owner's domain are not ours to bind
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"no_addresses": {"()": "apps.ui.logs.WithoutAddresses"}},
    "formatters": {
        "line": {"()": "apps.ui.logs.LineFormatter", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["no_addresses"]},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.server": {"handlers": ["console"], "propagate": False},
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
    },
}
