"""Settings of the bureau; everything that differs between installations comes from the environment or the data folder.

| variable | meaning | default |
|---|---|---|
| QINGSHAN_DATA | data folder | ``<checkout>/data``; installed from a wheel, ``qingshan`` in the home folder |
| QINGSHAN_DATABASE_URL | ``postgresql://user:password@host:port/name`` | SQLite in the data folder |
| QINGSHAN_HOSTS | further host names answered, with commas | |
| QINGSHAN_HTTPS | ``1`` where a proxy in front speaks https | ``0`` |
| QINGSHAN_PROXIES | addresses of proxies whose X-Forwarded-For is believed | |
| QINGSHAN_TILES | map tile origins the pages may fetch | none |
| QINGSHAN_DEBUG | ``1`` only while developing | ``0`` |
| QINGSHAN_LOG | log level | ``INFO`` |
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

HOUSE = Path(__file__).resolve().parents[1]
CHECKOUT = HOUSE.parents[1]
DEFAULT_DATA = CHECKOUT / "data" if (CHECKOUT / "pyproject.toml").is_file() else Path.home() / "qingshan"


def _flag(name: str) -> bool:
    return os.environ.get(name, "0").strip().lower() in ("1", "true", "yes", "on")


def _names(name: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


DATA_FOLDER = Path(os.environ.get("QINGSHAN_DATA") or DEFAULT_DATA).expanduser().resolve()
DATA_FOLDER.mkdir(parents=True, exist_ok=True)
ATTACHMENTS_FOLDER = DATA_FOLDER / "attachments"
PACK_FOLDERS = [HOUSE / "packs" / "national"]
BUREAU_PACKS = DATA_FOLDER / "packs"
DEMO_MARK = DATA_FOLDER / "demo.json"


def _secret_key() -> str:
    """The installation's own key, made at first start and readable by its owner only."""
    path = DATA_FOLDER / "secret.key"
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        key = path.read_text("ascii").strip()
        if len(key) < 50:
            raise SystemExit(f"密钥文件 {path} 不完整：删掉它，下次启动会另生成一个（所有人须重新登录）") from None
        return key
    key = secrets.token_urlsafe(60)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key)
    return key


def _database(url: str) -> dict:
    """Connection settings out of a URL; without one, SQLite in the data folder (WAL, writers queue up to 20 s)."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_FOLDER / "bureau.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise SystemExit("QINGSHAN_DATABASE_URL 应写成 postgresql://用户:口令@主机:端口/库名")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


SECRET_KEY = _secret_key()
DEBUG = _flag("QINGSHAN_DEBUG")
HTTPS = _flag("QINGSHAN_HTTPS")
TRUSTED_PROXIES = _names("QINGSHAN_PROXIES")
TILE_ORIGINS = _names("QINGSHAN_TILES")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *_names("QINGSHAN_HOSTS")]
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in _names("QINGSHAN_HOSTS") if not host.startswith("*")] if HTTPS else []

DATABASES = {"default": _database(os.environ.get("QINGSHAN_DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "qingshan.bureau.base",
    "qingshan.bureau.notices",
    "qingshan.bureau.sites",
    "qingshan.bureau.ledger",
    "qingshan.bureau.cases",
    "qingshan.bureau.registers",
    "qingshan.bureau.returns",
    "qingshan.bureau.meetings",
    "qingshan.bureau.monitor",
    "qingshan.bureau.indicators",
    "qingshan.bureau.bulletins",
    "qingshan.bureau.web",
    "qingshan.bureau.api",
]

MIDDLEWARE = [
    "qingshan.bureau.web.middleware.number_and_headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "qingshan.bureau.web.middleware.whole_text",
    "qingshan.bureau.web.middleware.session_limits",
    "qingshan.bureau.web.middleware.audit_context",
    "qingshan.bureau.web.middleware.steady_declarations",
    "qingshan.bureau.web.middleware.steady_numbers",
    "qingshan.bureau.web.middleware.refusals",
]

ROOT_URLCONF = "qingshan.bureau.urls"
WSGI_APPLICATION = "qingshan.bureau.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "qingshan.bureau.web.context.frame",
            ],
            "builtins": ["qingshan.bureau.web.templatetags.words"],
        },
    }
]

AUTH_USER_MODEL = "base.Person"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "qingshan.bureau.base.passwords.Rules"}]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"

LOGIN_FAILURES_PER_ACCOUNT = 5
LOGIN_FAILURES_PER_ADDRESS = 30
LOGIN_LOCK_MINUTES = 15
SESSION_IDLE_MINUTES = 30
SESSION_LIFE_HOURS = 12

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "qingshan"
SESSION_COOKIE_AGE = SESSION_LIFE_HOURS * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_NAME = "qingshan_csrf"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "qingshan.bureau.web.errors.csrf"
X_FRAME_OPTIONS = "DENY"
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20
REQUEST_MAX_BYTES = 64 * 2**20
FILE_UPLOAD_PERMISSIONS = 0o600

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
USE_I18N = True
USE_TZ = False
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": ATTACHMENTS_FOLDER}},
    "staticfiles": {"BACKEND": "qingshan.bureau.web.statics.Versioned"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 0 if DEBUG else 86400
WHITENOISE_ALLOW_ALL_ORIGINS = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("QINGSHAN_LOG", "INFO")},
    "loggers": {
        "django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        "django.security.DisallowedHost": {"handlers": ["console"], "level": "CRITICAL", "propagate": False},
    },
}
