"""Every setting of Anteroom; each environment variable is read once, here, and has a default that runs the demo."""

import base64
import hashlib
import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured
from environs import Env

# Lets Django's generic classes be subscripted at run time, as the type checker wants them.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(str(BASE_DIR / ".env"))


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


# The installation

DEBUG = env.bool("DEBUG", default=True)
SITE_URL: str = env.str("SITE_URL", default="http://localhost:8000").rstrip("/")
SITE_HOST = urlsplit(SITE_URL).hostname or "localhost"
COMPANY_NAME: str = env.str("COMPANY_NAME", default="Anteroom")
# Where a zero-configuration installation keeps its database files, queue and logs.
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

if DEBUG and not is_loopback(SITE_URL):
    raise ImproperlyConfigured(f"DEBUG is on while SITE_URL is public ({SITE_URL}): set DEBUG=False.")

DEVELOPMENT_SECRET = "for-development-only-this-key-protects-nothing"  # noqa: S105
SECRET_KEY: str = env.str("SECRET_KEY", default=DEVELOPMENT_SECRET if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set: give it a long random text, or set DEBUG=True for development.")
# Newest first; the first encrypts, all decrypt.
ENCRYPTION_KEYS: list[str] = env.list(
    "ENCRYPTION_KEYS",
    default=[base64.urlsafe_b64encode(hashlib.sha256(DEVELOPMENT_SECRET.encode()).digest()).decode()] if DEBUG else [],
)

ALLOWED_HOSTS: list[str] = sorted({SITE_HOST, "localhost", "127.0.0.1"})
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# Calendly

CALENDLY_SANDBOX = env.bool("CALENDLY_SANDBOX", default=DEBUG and not env.str("CALENDLY_CLIENT_ID", default=""))
_sandbox_url = f"{SITE_URL}/sandbox"
CALENDLY_API_URL: str = env.str(
    "CALENDLY_API_URL", default=f"{_sandbox_url}/api" if CALENDLY_SANDBOX else "https://api.calendly.com"
).rstrip("/")
CALENDLY_AUTH_URL: str = env.str(
    "CALENDLY_AUTH_URL", default=f"{_sandbox_url}/auth" if CALENDLY_SANDBOX else "https://auth.calendly.com"
).rstrip("/")
CALENDLY_CLIENT_ID: str = env.str("CALENDLY_CLIENT_ID", default="anteroom-sandbox" if CALENDLY_SANDBOX else "")
CALENDLY_CLIENT_SECRET: str = env.str(
    "CALENDLY_CLIENT_SECRET", default="anteroom-sandbox-secret" if CALENDLY_SANDBOX else ""
)
# Newest first; deliveries signed with any of them are taken, so that a key can be exchanged without a gap.
CALENDLY_WEBHOOK_SIGNING_KEYS: list[str] = env.list(
    "CALENDLY_WEBHOOK_SIGNING_KEY", default=["anteroom-sandbox-signing-key"] if CALENDLY_SANDBOX else []
)
CALENDLY_WEBHOOK_SIGNING_KEY = next(iter(CALENDLY_WEBHOOK_SIGNING_KEYS), "")
CALENDLY_GATEWAY_URL: str = env.str(
    "CALENDLY_GATEWAY_URL",
    default=f"{_sandbox_url}/gateway/calendly" if CALENDLY_SANDBOX else "https://gateway.maton.ai/calendly",
).rstrip("/")
CALENDLY_GATEWAY_CONTROL_URL: str = env.str(
    "CALENDLY_GATEWAY_CONTROL_URL",
    default=f"{_sandbox_url}/gateway" if CALENDLY_SANDBOX else "https://ctrl.maton.ai",
).rstrip("/")
RECONCILE_MINUTES = env.int("RECONCILE_MINUTES", default=15)
DELIVERY_RETENTION_DAYS = env.int("DELIVERY_RETENTION_DAYS", default=90)
# How long a cancellation can be undone before Calendly hears of it.
CANCEL_UNDO_SECONDS = env.int("CANCEL_UNDO_SECONDS", default=10)
LATE_CANCEL_HOURS = env.int("LATE_CANCEL_HOURS", default=24)
# Calendly counts calls per minute; tests shorten it together with the sandbox's.
CALENDLY_RATE_WINDOW_S = 60

# Applications

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "csp",
    "lucide",
    "phonenumber_field",
    "candidates",
    "scheduling",
    "scheduling.calendly_provider",
    *(["sandbox"] if CALENDLY_SANDBOX else []),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages carry secrets only masked anew for each answer (CSRF tokens), and answers get a random length.
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.errors.FriendlyErrorsMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "scheduling.views.zones.ViewerZoneMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

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
                "scheduling.views.frame.frame",
            ],
            "builtins": [
                "django.templatetags.static",
                "scheduling.templatetags.calendars",
                "scheduling.templatetags.desk",
                "scheduling.templatetags.times",
            ],
        },
    }
]

# Databases

DATABASES = {
    "default": env.dj_db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'anteroom.sqlite3'}", conn_max_age=None)
}
SQLITE_OPTIONS = {
    # DEFERRED, Django's default, fails concurrent read-then-write requests with "database is locked".
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # Pages are read in place instead of copied, two gigabytes of the file, which is SQLite's limit; and what a query
    # keeps for itself, some thousand rows, is not put into a file.
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA mmap_size=2147418112;PRAGMA temp_store=MEMORY;"
    ),
}
if CALENDLY_SANDBOX:
    DATABASES["sandbox"] = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": VAR_DIR / "sandbox.sqlite3",
        "CONN_MAX_AGE": None,
    }
    DATABASE_ROUTERS = ["sandbox.routers.SandboxRouter"]
for _database in DATABASES.values():
    if _database["ENGINE"] == "django.db.backends.sqlite3":
        _database["OPTIONS"] = SQLITE_OPTIONS
    elif _database["ENGINE"] == "django.db.backends.postgresql":
        # For the first 25 rows of a list, compiling a query or starting helpers takes longer than answering; and disks
        # that read anywhere as fast as in a row make an index worth its while. What is prepared has one good plan
        # (`compiled.Statement`), so it need not be tried with values first.
        _options = "-c jit=off -c max_parallel_workers_per_gather=0 -c random_page_cost=1.1"
        _options += " -c plan_cache_mode=force_generic_plan"
        _database["OPTIONS"] = {"options": _options, **_database.get("OPTIONS", {})}
        # A pooler that hands connections on keeps neither cursors nor prepared statements.
        _is_pooled = _database["OPTIONS"].pop("disable_server_side_cursors", False)
        _database["DISABLE_SERVER_SIDE_CURSORS"] = str(_is_pooled).lower() in ("true", "1")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Queue and cache. Rows are the truth about work to do; a queue message only wakes a worker.

REDIS_URL: str = env.str("REDIS_URL", default="")
CELERY_BROKER_URL: str = env.str("CELERY_BROKER_URL", default=REDIS_URL or "filesystem://")
if CELERY_BROKER_URL.startswith("filesystem:"):
    for _folder in ("messages", "processed", "control"):
        (VAR_DIR / "queue" / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR_DIR / "queue" / "messages"),
        "data_folder_out": str(VAR_DIR / "queue" / "messages"),
        "processed_folder": str(VAR_DIR / "queue" / "processed"),
        "control_folder": str(VAR_DIR / "queue" / "control"),
        "polling_interval": 0.25,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_WORKER_PREFETCH_MULTIPLIER = 4
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "scheduling.tasks.sweep", "schedule": 10.0},
    "prune": {"task": "scheduling.tasks.prune", "schedule": 24 * 3600.0},
}

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# Sign-in: by invitation only, under Settings, People.

AUTHENTICATION_BACKENDS = ["scheduling.calendly_provider.backends.AccountBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "today"
ACCOUNT_ADAPTER = "scheduling.calendly_provider.adapters.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
MFA_ADAPTER = "scheduling.calendly_provider.adapters.SecondFactorAdapter"
# Addresses come from administrators, so there is nothing for their owners to prove.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_PASSKEY_LOGIN_ENABLED = True
# A code counts for half a minute before and after its own, as RFC 6238 advises for clocks that are off.
MFA_TOTP_TOLERANCE = 1
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# Browsers allow passkeys on localhost without TLS, and so does the demo.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
SOCIALACCOUNT_ADAPTER = "scheduling.calendly_provider.adapters.ConnectAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {
    "calendly": {
        "APPS": [{"client_id": CALENDLY_CLIENT_ID, "secret": CALENDLY_CLIENT_SECRET, "key": ""}],
        "OAUTH_PKCE_ENABLED": True,
    }
}

# E-mail

# Where the sandbox takes mails: without a mail server of its own, nothing a demo sends leaves the machine.
SANDBOX_MAILBOX_URL = f"{_sandbox_url}/mailbox/"
_email = env.dj_email_url("EMAIL_URL", default="")
EMAIL_BACKEND: str = _email.get("EMAIL_BACKEND") or (
    "config.mailbox.EmailBackend" if CALENDLY_SANDBOX else "django.core.mail.backends.console.EmailBackend"
)
EMAIL_HOST: str = _email["EMAIL_HOST"] or "localhost"
EMAIL_PORT: int = _email["EMAIL_PORT"] or 25
EMAIL_HOST_USER: str = _email["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD: str = _email["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS: bool = _email["EMAIL_USE_TLS"]
EMAIL_USE_SSL: bool = _email["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", default="Anteroom <anteroom@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Language and time

LANGUAGE_CODE = "en"
USE_I18N = True
# Of the candidate's pages; the desk is in English.
LANGUAGES = [
    ("en", "English"),
    ("fr", "Français"),
    ("es", "Español"),
    ("de", "Deutsch"),
    ("nl", "Nederlands"),
    ("pt", "Português"),
    ("it", "Italiano"),
    ("uk", "Українська"),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
PHONENUMBER_DEFAULT_FORMAT = "INTERNATIONAL"

# Static files

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Hardening

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        # Calendly's consent page answers the connect form with a redirect, which browsers hold to form-action.
        "form-action": ["'self'", "https://auth.calendly.com", "https://calendly.com"],
        "frame-ancestors": ["'none'"],
    }
}
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
DEFAULT_EXCEPTION_REPORTER = "config.errors.FriendlyExceptionReporter"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 0 if SITE_URL.startswith("http:") else 365 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_URL.startswith("https:")
X_FRAME_OPTIONS = "DENY"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    # The webhook door writes its own line for a refused delivery; Django's would name the subscription's key.
    "filters": {
        "no_webhook_requests": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: (
                not getattr(record, "request", None)
                or not record.request.path.startswith("/webhooks/")
                or record.status_code >= 500
            ),
        }
    },
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["no_webhook_requests"]}
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
