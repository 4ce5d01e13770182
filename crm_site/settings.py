"""All settings, read top to bottom. Values of the machine come from the environment (prefix CRM_);
business settings live in a table (core.business)."""

import sys
from datetime import timedelta
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from core.csp import POLICY
from crm_site import env

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = env.folder("CRM_VAR", BASE_DIR / "var")
PROCESS = env.text("CRM_PROCESS", "manage")  # web, worker, bulk, beat or manage: decides time limits
TESTING = env.flag("CRM_TESTING")

# --- machine and secrets
SECRET_KEY = env.text("CRM_SECRET_KEY")
FIELD_KEY = env.text("CRM_FIELD_KEY")  # encrypts channel secrets at rest
DEBUG = env.flag("CRM_DEBUG")
DEMO = env.flag("CRM_DEMO")
PUBLIC_URL = env.text("CRM_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
BIND = env.text("CRM_BIND", "127.0.0.1")
if DEMO and BIND not in {"127.0.0.1", "localhost", "::1"}:
    raise ImproperlyConfigured(
        "CRM_DEMO lets anybody sign in with one click, so it only runs on a loopback address. "
        "Set CRM_DEMO=0 or CRM_BIND=127.0.0.1."
    )
SECURE = PUBLIC_URL.startswith("https://")
_host = PUBLIC_URL.split("://", 1)[-1].split("/")[0].rsplit(":", 1)[0].strip("[]")
ALLOWED_HOSTS = env.words("CRM_ALLOWED_HOSTS", ",".join({_host, "127.0.0.1", "localhost", "[::1]"}))
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# --- apps, from the top of the map to its foundation
INSTALLED_APPS = [
    "crm_site",
    "workspace",
    "capture",
    "assignment",
    "scoring",
    "correspondence",
    "opportunities",
    "leads",
    "customers",
    "teams",
    "core",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "import_export",
    "pghistory",
    "pgtrigger",
    "core.set_up.SetUpConfig",  # django.contrib.admin with our own site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
]
FORM_RENDERER = "core.forms.Renderer"
INSTALLED_APPS.append("django.forms")

MIDDLEWARE = [
    "core.middleware.OutageMiddleware",
    "core.middleware.UnreadableMiddleware",
    "core.middleware.RequestIdMiddleware",
    "core.middleware.ServerTimingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "core.middleware.HeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "teams.middleware.SignInMiddleware",
    "teams.middleware.SecondFactorMiddleware",
    "teams.middleware.PersonMiddleware",
    "core.middleware.CountsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "core.notices.presence.PresenceMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "core.middleware.WrongMethodMiddleware",  # innermost: its page is drawn with all that pages are drawn with
]
ROOT_URLCONF = "crm_site.urls"
ASGI_APPLICATION = "crm_site.asgi.application"
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
                "core.shell.shell",
                "teams.demo.people",
            ],
        },
    }
]

# --- database: the app's role by default, the owner's for migrations (the launcher swaps the URL)
_web = PROCESS == "web"
_limits = f"-c lock_timeout={2000 if _web else 10000} -c idle_in_transaction_session_timeout=60000"
if _web:
    _limits = "-c statement_timeout=5000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000"
DATABASES = {"default": env.database("CRM_DATABASE_URL")}
DATABASES["default"]["OPTIONS"] |= {"options": _limits, "application_name": f"crm-{PROCESS}"}
if _web:
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 8, "timeout": 10}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = not _web
DATABASES["default"]["CONN_MAX_AGE"] = 0 if _web else None
APP_ROLE = env.text("CRM_APP_ROLE", "crm_app")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATE_LOCK_TIMEOUT = timedelta(seconds=2)

# --- broker and cache: a hint and a convenience; everything works on without them
BROKER_URL, _cache_url = env.redis("CRM_REDIS_URL")
BROKER_PATIENCE = 60 if TESTING else 1  # seconds for an answer; in the tests a machine that stands still is not a broker that is away
CACHES = {
    "default": {
        "BACKEND": "core.cache.ForgivingRedisCache",
        "LOCATION": _cache_url,
        "OPTIONS": {"socket_timeout": BROKER_PATIENCE, "socket_connect_timeout": BROKER_PATIENCE},
        "KEY_PREFIX": "crm",
    },
    # parts of pages that read alike for everybody, in the process itself: a new release draws its own
    "parts": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 2000}, "TIMEOUT": 3600},
}
LIVE_URL = _cache_url  # says to open pages what changed
LIVE_EVENTS = "/events/" if _web else ""  # only the ASGI entry answers it; elsewhere pages ask by themselves
TASKS_APP = "crm_site.celery.app"
CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "max_retries": 0 if _web else 3,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10  # well before the supervisor's 20 s
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_PUBLISH_RETRY = False  # a request never waits for the broker: the sweep finds what was not said
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "interactive"
CELERY_TASK_ROUTES = {"*.bulk_*": {"queue": "bulk"}}
CELERY_BEAT_SCHEDULE = {
    # every job only says "sweep"; the rows say what is due
    "captured submissions and leads waiting for a decision": {"task": "capture.sweep", "schedule": 3.0},
    "imports, in leased chunks": {"task": "capture.bulk_sweep_imports", "schedule": 3.0},
    "words for searches with a slip": {"task": "leads.bulk_learn_words", "schedule": 30.0},
    "acts over all leads of a list": {"task": "leads.bulk_sweep_acts", "schedule": 2.0},
    "outgoing mail": {"task": "correspondence.send_due_mail", "schedule": 5.0},
    "notices by mail for who is away": {"task": "core.mail_notices", "schedule": 30.0},
    "old notices": {"task": "core.bulk_forget_notices", "schedule": 3600.0},
    "first replies and activities of leads that fall due": {"task": "leads.watch", "schedule": 10.0},
    "activities of deals that fall due": {"task": "opportunities.remind", "schedule": 10.0},
    "undo in the background": {"task": "core.bulk_undo", "schedule": 5.0},
    "leads nobody had room for": {"task": "assignment.drain_queue", "schedule": 5.0},
    "response clocks, offers, absence": {"task": "assignment.sweep_clocks", "schedule": 10.0},
    "scores: leads edited or engaged": {"task": "scoring.refresh", "schedule": 3.0},
    "scores: retrain when enough has closed": {"task": "scoring.bulk_train", "schedule": 900.0},
    "scores: leads scored by an older model": {"task": "scoring.bulk_rescore", "schedule": 30.0},
    "possible duplicates among what came in": {"task": "customers.bulk_find_duplicates", "schedule": 60.0},
    "invariants": {"task": "core.bulk_check_invariants", "schedule": 3600.0},
    "board totals that count nothing any more": {"task": "opportunities.bulk_tidy_totals", "schedule": 3600.0},
}

# --- people and sign-in
AUTH_USER_MODEL = "teams.User"
AUTHENTICATION_BACKENDS = ["teams.backends.SignInBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TESTING:
    PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "workspace:today"
ACCOUNT_ADAPTER = "teams.adapter.AccountAdapter"
# managers, operations and administrators set up a second factor before anything else
REQUIRE_MFA = env.flag("CRM_REQUIRE_MFA", not (DEMO or TESTING))
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # invitations prove the address: the link is sent to it
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {"login_failed": "100/15m/ip", "login": "60/m/ip"}  # by account: teams.tries, in the database
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env.flag("CRM_BEHIND_PROXY") else 0
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True  # the adapter does the same work for them and sends nothing
ACCOUNT_EMAIL_NOTIFICATIONS = False  # the adapter audits instead
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # allauth's writes rows
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600
ACCOUNT_SESSION_REMEMBER = None  # asked on the sign-in page
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses are those an administrator wrote down
MFA_ADAPTER = "teams.adapter.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "teams.forms.CodeForm",
    "reauthenticate": "teams.forms.CodeAgainForm",
}
MFA_TOTP_ISSUER = "Catchment"
MFA_TOTP_TOLERANCE = 1  # half a minute either way: phones' clocks drift
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_NAME = "crm_session"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "core.errors.csrf_failure"

# --- transport and content security
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("CRM_BEHIND_PROXY") else None
SECURE_HSTS_SECONDS = 63072000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {directive: [CSP.NONE if s == "none" else CSP.SELF if s == "self" else s for s in sources]
              for directive, sources in POLICY.items()}

# --- limits of a request (the rest of the limits: core/limits.py)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_TEMP_DIR = None

# --- files
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not STATIC_ROOT.exists()
WHITENOISE_AUTOREFRESH = False
_static = "whitenoise.storage.CompressedManifestStaticFilesStorage" if STATIC_ROOT.exists() and not TESTING else (
    "core.static.VersionedStaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": VAR / "files"}},
    "staticfiles": {"BACKEND": _static},
}
MEDIA_ROOT = VAR / "files"

# --- mail: `default` for people, `nurture` for sequences
_mail_host = env.text("CRM_SMTP_HOST", "")
_smtp = {
    "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "OPTIONS": {
        "host": _mail_host,
        "port": env.number("CRM_SMTP_PORT", 587),
        "username": env.text("CRM_SMTP_USER", ""),
        "password": env.text("CRM_SMTP_PASSWORD", ""),
        "use_tls": env.flag("CRM_SMTP_TLS", True),
        "timeout": 10,
    },
}
_to_folder = {"BACKEND": "django.core.mail.backends.filebased.EmailBackend", "OPTIONS": {"file_path": str(VAR / "mail")}}
_mailer = _smtp if _mail_host else _to_folder
MAIL_LEAVES = bool(_mail_host)
if TESTING:
    _mailer = {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}
MAILERS = {"default": _mailer, "nurture": _mailer}
DEFAULT_FROM_EMAIL = env.text("CRM_MAIL_FROM", "Catchment <crm@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- language and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["crm_site.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- history
PGHISTORY_APPEND_ONLY = True
PGHISTORY_ADMIN_CLASS = None
PGHISTORY_CREATED_AT_FUNCTION = "CLOCK_TIMESTAMP()"

# --- admin tables only; leads are imported by capture.imports
IMPORT_EXPORT_USE_TRANSACTIONS = True

# --- logs: one JSON object per line, with the request's id and without personal data
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "core.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": sys.stderr}},
    "root": {"handlers": ["stderr"], "level": env.text("CRM_LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.db.backends": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
        "allauth": {"level": "WARNING"},
    },
}
