"""All settings, read from the environment; a wrong value stops the start with its name."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
import environ
import structlog
from csp.constants import NONE, SELF
from structlog.typing import Processor

from preo import embedded_postgres
from preo.encryption import key_from, require_keys

# Lets admin classes name their model, ModelAdmin[Order], at run time too.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()

LOCAL_DIR = Path(env.str("PREO_LOCAL_DIR", default=str(BASE_DIR / ".local"))).resolve()

DEBUG = env.bool("DEBUG", default=False)
# Without a DATABASE_URL this is the demo or a developer's machine, which gets a key of its own.
IS_EMBEDDED = "DATABASE_URL" not in env.ENVIRON
SECRET_KEY = embedded_postgres.local_secret(LOCAL_DIR) if IS_EMBEDDED else env.str("SECRET_KEY")
# What credentials of merchant accounts are encrypted under: urlsafe base64 of 32 bytes, the newest first.
ENCRYPTION_KEYS = [key_from(SECRET_KEY)] if IS_EMBEDDED else require_keys(env.list("ENCRYPTION_KEYS"))
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
IS_BEHIND_TLS = env.bool("BEHIND_TLS", default=not IS_EMBEDDED)

INSTALLED_APPS = [
    "preo.backoffice.apps.BackofficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_filters",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "csp",
    "pgtrigger",
    # Only what earlier migrations name.
    "pghistory",
    "procrastinate.contrib.django",
    "preo.idempotency",
    "preo.accounts",
    "preo.audit",
    "preo.files",
    "preo.mail",
    "preo.webhooks",
    "preo.payments",
    "preo.imports",
    "editions",
    "consents",
    "orders",
    "refunds",
    "preo.customers",
    "preo.demo",
]

MIDDLEWARE = [
    "preo.api.request_ids.RequestIdMiddleware",
    "preo.api.reasons.ReasonMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]

ROOT_URLCONF = "preo.urls"
WSGI_APPLICATION = "preo.wsgi.application"
APPEND_SLASH = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
            "libraries": {"backoffice": "preo.backoffice.template_tags"},
        },
    },
]

DATABASES = {
    "default": {
        **env.db_url_config(
            embedded_postgres.url(LOCAL_DIR, role=env.str("PREO_DATABASE_ROLE", default=embedded_postgres.USER))
            if IS_EMBEDDED
            else env.str("DATABASE_URL"),
            engine="django.db.backends.postgresql",
        ),
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
    }
}

AUTH_USER_MODEL = "accounts.StaffUser"
AUTHENTICATION_BACKENDS = ["preo.accounts.sign_in.EmailBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# A constraint on the address in any case makes it unique; the check knows only of the column's own.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
FORMAT_MODULE_PATH = "preo.backoffice.formats"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = LOCAL_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "preo" / "backoffice" / "assets"]
# With a host it is a bucket or CDN, and this server hands out no images itself.
MEDIA_URL = env.str("MEDIA_URL", default="/media/")
MEDIA_HOSTS = [host] if (host := urlsplit(MEDIA_URL).netloc) else []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": LOCAL_DIR / "media"}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "preo.accounts.sign_in.ServiceTokenAuthentication",
        "preo.accounts.sign_in.JwtAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["preo.api.json.JsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["preo.api.json.JsonRenderer"],
    "DEFAULT_PAGINATION_CLASS": "preo.api.pagination.Pagination",
    "DEFAULT_SCHEMA_CLASS": "preo.api.schema.Schema",
    "EXCEPTION_HANDLER": "preo.api.errors.answer",
    # Otherwise ?format=x is a 404 before anything can name the unknown parameter.
    "URL_FORMAT_OVERRIDE": None,
    # How many proxies of ours stand in front; what a client says of itself beyond those is not believed.
    "NUM_PROXIES": env.int("NUM_PROXIES", default=0),
    "DEFAULT_THROTTLE_RATES": {"sign_in": "30/min", "test_mail": "20/hour"},
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=10),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "CHECK_REVOKE_TOKEN": True,
    "UPDATE_LAST_LOGIN": False,
    "SIGNING_KEY": SECRET_KEY,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Preo back office",
    "DESCRIPTION": "Editions, orders and refunds of the organizations that a staff user works for.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/v1",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "LanguageEnum": "editions.choices.Language",
        "EditionStatusEnum": "editions.choices.DateStatus",
        "HealthStatusEnum": "editions.choices.HealthStatus",
        "CheckCategoryEnum": "editions.healthcheck.Category",
        "OrderStatusEnum": "orders.states.OrderStatus",
        "CartStatusEnum": "orders.states.CartStatus",
        "TransactionStatusEnum": "orders.states.TransactionStatus",
        "PurchaseStatusEnum": "orders.states.PurchaseStatus",
        "RefundStatusEnum": "refunds.states.RefundStatus",
        "RefundBatchStatusEnum": "refunds.states.BatchStatus",
        "ScopeEnum": "refunds.states.RefundScope",
        "TypeEnum": "orders.states.OrderType",
        "EmailScopeEnum": "editions.choices.EmailScope",
        "EmailTypeEnum": "editions.choices.EmailType",
        "ConsentScopeEnum": "consents.choices.ConsentScope",
        "AnswerStateEnum": "consents.choices.AnswerState",
        "StateEnum": "refunds.states.ItemState",
        "ConsentTypeEnum": "consents.choices.ConsentType",
    },
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", *MEDIA_HOSTS],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_BEHIND_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_BEHIND_TLS else None
SECURE_HSTS_SECONDS = 31_536_000 if IS_BEHIND_TLS else 0
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# A machine of its own puts mails into files, where nobody gets them.
EMAIL_FILES = {
    "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
    "EMAIL_FILE_PATH": str(LOCAL_DIR / "mail"),
}
vars().update(EMAIL_FILES if IS_EMBEDDED and "EMAIL_URL" not in env.ENVIRON else env.email_url("EMAIL_URL"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Preo <preo@localhost>" if IS_EMBEDDED else env.NOTSET)
# How many calls to payment providers one worker has under way at once.
REFUND_CONCURRENCY = env.int("REFUND_CONCURRENCY", default=4)
# Seconds that a payment provider has for an answer. Whether a refund was taken is unknown after that, not refused.
PROVIDER_TIMEOUT = env.int("PROVIDER_TIMEOUT", default=20)
# Empty for the providers' own addresses; tests point at a server of theirs.
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="")
ADYEN_CHECKOUT_BASE = env.str("ADYEN_CHECKOUT_BASE", default="")

# Under what address this server is reached from elsewhere: images in mails are seen there.
PUBLIC_URL = env.str("PUBLIC_URL", default="http://127.0.0.1:8000")

# How many days of the audit trail `prune_audit_trail` leaves; nothing is removed without it.
AUDIT_TRAIL_DAYS = env.int("AUDIT_TRAIL_DAYS", default=3650)
# Jobs are told apart in the audit trail.
PROCRASTINATE_ON_APP_READY = "preo.jobs.name_jobs"

LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}


LOG_PROCESSORS: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.format_exc_info,
]

structlog.configure(
    processors=[*LOG_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "structlog.stdlib.ProcessorFormatter",
            "processor": structlog.processors.JSONRenderer(),
            "foreign_pre_chain": LOG_PROCESSORS,
        },
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        **{
            name: {"level": "WARNING"}
            for name in ("procrastinate.blueprints", "procrastinate.periodic", "procrastinate.worker")
        },
        # It writes two lines a call, and repeats what it sent.
        "stripe": {"level": "WARNING"},
        # Each refusal would be a line, and each 403 a traceback.
        "django.request": {"level": "ERROR"},
    },
}
