"""All settings, in sections; every value that differs between deployments comes through config.env."""

from datetime import timedelta
from pathlib import Path

from django.urls import reverse_lazy

from config import document, env, look, parts

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Identity -----------------------------------------------------------------------------------
DEMO = env.flag("DEMO", default=False)
DEMO_EMAIL = env.text("DEMO_EMAIL", "staff@sextant.example")
DEMO_PASSWORD = env.text("DEMO_PASSWORD", "")
DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = USE_I18N = True
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Applications -------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "ontology.apps.AccountsConfig",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_celery_beat",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "csp",
    "monitoring",
    "archival",
    "quotas",
    "ontology",
]

MIDDLEWARE = [
    "config.queueing.Queueing",
    "config.requests.RequestIds",
    "config.watching.WatchFromWeb",
    "config.fallback.ReadsGoOn",
    "django.middleware.security.SecurityMiddleware",
    "config.policies.Policies",
    "monitoring.requests.WatchedRequests",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "ontology.sessions.SessionLife",
    "ontology.sessions.SecondFactorGuard",
    "ontology.session_scope.SessionScopeMiddleware",
    "axes.middleware.AxesMiddleware",
]

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
            ],
        },
    },
]

# --- Database -----------------------------------------------------------------------------------
DATABASE_ROLES = {role: env.database(role)["USER"] for role in env.ROLE_ADDRESSES}
DATABASE_ROLE = env.role()
DATABASE_ADMIN_URL = env.text("DATABASE_ADMIN_URL", "")
"""Where a release is rehearsed, as the server's administrator signs in; of no use to what serves people."""
DATABASES = env.databases(DATABASE_ROLE)
DATABASE_ROUTERS = ["ontology.replica.Router"]
REPLICA_LAG_SECONDS = env.number("REPLICA_LAG_SECONDS", 5)  # reads go to the primary while the replica shows what is older

# --- Accounts -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "ontology.Person"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
LOGIN_URL = reverse_lazy("account:sign_in")
LOGIN_REDIRECT_URL = reverse_lazy("front")
PASSWORD_RESET_TIMEOUT = 7 * 24 * 3600  # seconds: the longest life of any one-time link; an invitation's
PASSWORD_RESET_SECONDS = 2 * 3600
API_TOKEN_DAYS = 90
API_TOKEN_DAYS_MAX = 366

# --- Signing in: a second factor for staff, an end for sessions, patience with guessers ------------
SECOND_FACTOR_REQUIRED = not DEMO
OTP_TOTP_ISSUER = "Sextant"
SESSION_COOKIE_AGE_SECONDS = 12 * 3600
SESSION_COOKIE_AGE = SESSION_COOKIE_AGE_SECONDS
SESSION_IDLE_SECONDS = 2 * 3600
SESSION_SEEN_STEP_SECONDS = 60
CONFIRMATION_SECONDS = 600
BEHIND_PROXY = env.flag("BEHIND_PROXY", default=False)
AXES_ENABLE_ADMIN = False
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
SIGN_INS_KEPT_DAYS = 90
AXES_HANDLER = "ontology.throttling.AccountHandler"
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "ontology.throttling.account_tried"
AXES_LOCKOUT_CALLABLE = "ontology.throttling.blocked"
AXES_CLIENT_IP_CALLABLE = "config.requests.client_address"
AXES_SENSITIVE_PARAMETERS = [
    *("username", "email", "ip_address", "password", "password1", "password2", "old_password", "new_password1", "new_password2"),
    *("confirming_password", "code", "csrfmiddlewaretoken"),
]

# --- E-mail ---------------------------------------------------------------------------------------
_MAIL = env.mail("EMAIL_URL")
EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = _MAIL.backend, _MAIL.host, _MAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL.user, _MAIL.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _MAIL.starts_tls, _MAIL.is_tls
EMAIL_TIMEOUT = 10  # seconds
EMAIL_IS_SENT = bool(_MAIL.host)  # whether a server for e-mail is configured; else letters are printed into the log, and notices stay in the admin
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "Sextant <sextant@localhost>")

# --- Transport security: on unless this is the demo or a developer's machine ---------------------
_PLAIN_HTTP = DEBUG or DEMO or env.flag("PLAIN_HTTP", default=False)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not _PLAIN_HTTP
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not _PLAIN_HTTP
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 0 if _PLAIN_HTTP else 31_536_000
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}
ADMIN_SECURITY_POLICY = {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}
"""What the pages of the admin need besides: Unfold's Alpine evaluates its attributes, and its widths are inline styles."""
DEFAULT_EXCEPTION_REPORTER_FILTER = "config.reports.SecretsFilter"

# --- Static files -------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "templates" / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# --- Workers and clock --------------------------------------------------------------------------
CELERY_BROKER_URL = env.broker()
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}  # seconds: four times the longest slice of a run
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"*.maintenance_*": {"queue": "maintenance"}}
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SYNC_EVERY = 1  # starts, so that a task's last one is known at once
CELERY_TIMEZONE = "UTC"
DJANGO_CELERY_BEAT_TZ_AWARE = True

# --- Cold storage -------------------------------------------------------------------------------
ARCHIVE_URL = env.text("ARCHIVE_URL", f"file://{BASE_DIR / 'var' / 'archive'}")
ARCHIVE_CACHE = BASE_DIR / "var" / "cache" / "archive"
ARCHIVE_CACHE_BYTES = env.number("ARCHIVE_CACHE_MB", 1_000) * 1_000_000
ARCHIVE_HOT_DAYS = 365
ARCHIVE_WARM_DAYS = 90
ARCHIVE_RETENTION_DAYS = 2_555
ARCHIVE_GRACE_DAYS = 30
ARCHIVE_BATCH_ROWS = env.number("ARCHIVE_BATCH_ROWS", 50_000)
ARCHIVE_BATCH_BYTES_MAX = 256_000_000  # of events as text: what a batch may need of memory
ARCHIVE_LEASE_SECONDS = env.number("ARCHIVE_LEASE_SECONDS", 600)
ARCHIVE_READ_SECONDS = 10.0
ARCHIVE_PLACE = env.database_host("owner")  # by which host the database is reached: a copy of the database lies elsewhere, and is told by it
CRON_SECRET = env.text("CRON_SECRET", "")
FAIL_AT = env.text("FAIL_AT", "")

# --- Files of imports -----------------------------------------------------------------------------
IMPORT_BYTES_MAX = 5_000_000_000
UPLOADS_KEPT_DAYS = 30
UNDO_KEPT_DAYS = 30
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": env.folder("UPLOADS_DIR", BASE_DIR / "var" / "uploads"),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# --- Limits of one call -------------------------------------------------------------------------
BULK_ITEMS_MAX = 10_000
STATEMENT_SECONDS = env.number("STATEMENT_SECONDS", 120)  # a statement of a request that takes longer is broken off, and the request answered 503
QUEUE_SECONDS = env.number("QUEUE_SECONDS", 5)  # a request that waited longer for a thread is refused with 503, rather than served to nobody
DATA_UPLOAD_MAX_MEMORY_SIZE = 50 * 1000 * 1000  # bytes: api.md's 50 MB a call
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
EVENT_PARTITIONS_AHEAD_MONTHS = 3

# --- Quotas -------------------------------------------------------------------------------------
UPGRADE_PAGE = "admin:ontology_group_plan"  # takes a group's id
API_CALL_METER = "quotas.services.calls.call_count"
QUOTA_WARNING_PERCENT = 80
QUOTA_CRITICAL_PERCENT = 95

# --- Alerts -------------------------------------------------------------------------------------
SITE_URL = env.text("SITE_URL", "").rstrip("/")
"""By which address people reach this installation, for links in messages; without it messages hold none."""
ALERT_QUIET_SECONDS = env.number("ALERT_QUIET_SECONDS", 600)
"""How long a condition must have been healthy before its episode ends: what is crossed again meanwhile is not told again."""
WATCH_FROM_WEB = env.flag("WATCH_FROM_WEB", default=True)
"""Whether requests look, once a minute at most, if clock and worker live: nobody else can tell once all of them are dead."""
OUTGOING_TEST_RECEIVERS: dict[str, str] = {}
"""host:port of receivers that tests start on this machine, and the file of their authority; everywhere else it is empty, which `check --deploy` demands."""

# --- The database underneath --------------------------------------------------------------------
WATCH_STATEMENTS = env.flag("WATCH_STATEMENTS", default=True)
SLOW_STATEMENT_MS = (100, 500, 1_000)  # from how many ms on a statement is slow, very slow, far too slow
SLOW_STATEMENT_DAYS = 30
REPEATED_STATEMENTS = 20  # how often a request may make the same statement before it is taken for N+1
AVAILABILITY_PROMISED = 99.9  # percent of requests that do not fail; reviews are held against it
SAMPLE_SECONDS = 60
CAPACITY_DISK_GB = env.number("CAPACITY_DISK_GB", 0)  # how large the database may grow (decimal); 0: not known, so no day is told on which it is full
PARTITION_ROWS = 10_000_000  # from how many rows on a table is looked at for partitioning
MAINTENANCE_FULL = env.flag("MAINTENANCE_FULL", default=False)
MAINTENANCE_WINDOW = (env.number("MAINTENANCE_WINDOW_BEGINS", 2), env.number("MAINTENANCE_WINDOW_ENDS", 5))
"""The hours of the day (UTC) between which tables may be rewritten."""
MAINTENANCE_DISK = env.text("MAINTENANCE_DISK", "")
"""A folder on the disk of the database, to know its free room by; empty where that is another machine's."""
METRICS_TOKEN = env.text("METRICS_TOKEN", "")  # what a Prometheus server shows to read /metrics; without one the page is for staff alone

IS_PLAYGROUND = DEMO or DEBUG or env.is_embedded()  # where a simulation of load takes nothing from anybody
WEB_SERVER, ELASTICITY = parts.SERVER, "config.elasticity.measure"  # what simulations start: apps below know no processes

# --- API ----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["ontology.api.answers.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = document.SPECTACULAR

# --- Logs ---------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "config.requests.RequestIdFilter"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {request_id} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request"]}},
    "loggers": {"axes": {"level": "WARNING"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
}

# --- Admin --------------------------------------------------------------------------------------
UNFOLD = look.UNFOLD
