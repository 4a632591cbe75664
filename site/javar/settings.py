"""One file of settings. What differs between machines is read from the environment, typed, and
fails loudly: outside development the site refuses to start with a default secret, with demo
accounts, with DEBUG, or without being told its hosts.

`.env.example` lists every variable with its default.
"""

from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

ROOT = Path(__file__).resolve().parent.parent.parent
SITE = ROOT / "site"

env = environ.Env()
environ.Env.read_env(ROOT / ".env", overwrite=False)

# --- which machine this is -------------------------------------------------------------------
ENVIRONMENT = env.str("JAVAR_ENV", default="development")
if ENVIRONMENT not in {"development", "production"}:
    raise ImproperlyConfigured(
        f"JAVAR_ENV is “{ENVIRONMENT}”; it must be development or production."
    )
DEVELOPMENT = ENVIRONMENT == "development"
DEFAULT_SECRET = "development-only-secret-that-no-installation-may-use"  # noqa: S105

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("JAVAR_DEMO", default=False)
SECRET_KEY = env.str("SECRET_KEY", default=DEFAULT_SECRET)
# Keys the hash under which national codes are stored; changing it orphans those hashes.
NATIONAL_CODE_KEY = env.str("NATIONAL_CODE_KEY", default=SECRET_KEY)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
VAR = Path(env.str("JAVAR_VAR", default=str(ROOT / "var")))

if not DEVELOPMENT:
    refusals = [
        (SECRET_KEY == DEFAULT_SECRET or len(SECRET_KEY) < 50, "SECRET_KEY of 50 signs or more"),
        ("NATIONAL_CODE_KEY" not in env.ENVIRON, "NATIONAL_CODE_KEY of its own"),
        (DEBUG, "DEBUG off"),
        (
            DEMO,
            "JAVAR_DEMO off: its accounts share one public password (`make run` is the demo; "
            "a real site is started by deploy/install.sh)",
        ),
        ("ALLOWED_HOSTS" not in env.ENVIRON, "ALLOWED_HOSTS"),
        (
            env.str("JAVAR_SMS_BACKEND", default="ConsoleSender").endswith(
                ("ConsoleSender", "FileSender")
            ),
            "JAVAR_SMS_BACKEND that sends: the console and the file show the links of guardians",
        ),
        (
            # Django's own that carry nothing; what is not named stands on the console.
            env.str("EMAIL_BACKEND", default="console")
            .removesuffix(".EmailBackend")
            .endswith(("console", "filebased", "locmem", "dummy")),
            "EMAIL_BACKEND that sends: reset links do not belong in a log, a file or nowhere",
        ),
    ]
    wanting = [what for refused, what in refusals if refused]
    if wanting:
        raise ImproperlyConfigured(f"Outside development Javar needs: {'; '.join(wanting)}.")

# --- what the site is made of ----------------------------------------------------------------
INSTALLED_APPS = [
    # the site
    "javar",
    "javar.theme",
    "javar.pages",
    "javar.desk",
    "javar.search",
    # the domain, top floor first
    "courses.matching",
    "courses.learning",
    "courses.enrolment",
    "courses.vacancies",
    "courses.curricula",
    "courses.skills",
    "courses.law",
    "courses.organisations",
    "courses.imports",
    "courses.notices",
    "courses.people",
    "courses.kit",
    # libraries
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "wagtail.contrib.simple_translation",
    "wagtail.embeds",
    "wagtail.sites",
    "javar.editors.EditorsUsersConfig",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.admin",
    "wagtail.search",
    "wagtail.locales",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django_tasks",
    "django_tasks_db",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    # Its widgets' templates, for a form renderer that uses our engine with our tags.
    "django.forms",
]

MIDDLEWARE = [
    # Before all others: a monitor has no session, no host of ours, and asks every few seconds.
    "javar.web.health_doors.health_doors",
    "javar.web.request_id.request_id",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "javar.middleware.admin_content_policy",
    "javar.middleware.nothing_is_asked_of_the_device",
    "javar.web.sessions.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "javar.middleware.private_pages_are_not_stored",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "javar.web.sign_in_log.turned_away",
    "javar.web.session_ends.sessions_end",
    "javar.web.second_factor.second_factor_asked",
    "javar.admin.gate.admin_gate",
    "javar.admin.trail.downloads_are_recorded",
    "javar.middleware.wrong_input_is_422",
    "javar.middleware.refusals_become_sentences",
    "javar.web.outage.outages_become_words",
    "javar.web.limits.limits_hold",
]

ROOT_URLCONF = "javar.urls"
WSGI_APPLICATION = "javar.wsgi.application"
ASGI_APPLICATION = "javar.asgi.application"
FORM_RENDERER = "javar.theme.forms.ThemeFormRenderer"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # The site's apps stand first, so that their templates win; no folder is named twice, or a
        # template that extends the one it replaces would do so twice.
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "javar.frame.frame",
            ],
            "builtins": ["javar.theme.templatetags.theme"],
        },
    }
]

# --- data ------------------------------------------------------------------------------------
VAR.mkdir(parents=True, exist_ok=True)
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR / 'javar.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE takes the one writer's lock at the start of a transaction; with Django's default
    # DEFERRED a read that later writes fails at once under load. FULL keeps every acknowledged
    # write through a power cut. `javar.checks` asserts the live values. The backend is Django's,
    # but for one thing: it never makes a file where one is missing.
    DATABASES["default"]["ENGINE"] = "javar.upkeep.sqlite"
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-20000;"
            "PRAGMA mmap_size=134217728; PRAGMA temp_store=MEMORY;"
        ),
    }
    # A file, not memory: threads and processes of the tests must meet on one database.
    DATABASES["default"]["TEST"] = {"NAME": VAR / "test.sqlite3"}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # As SQLite's timeout: who waits longer for somebody's lock hears that the site is busy.
    # A server that does not answer is given up soon, one that fell silent is noticed.
    DATABASES["default"]["OPTIONS"] = {
        "options": "-c lock_timeout=20s",
        "connect_timeout": 5,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        **DATABASES["default"].get("OPTIONS", {}),
    }

# Megabytes that stay free where the data lie; with less the site says that it is not ready.
JAVAR_LEAST_DISK = env.int("JAVAR_LEAST_DISK", default=200)
# Requests after which a process of the web server is born anew, give or take a fifth; 0: never.
JAVAR_MAX_REQUESTS = env.int("JAVAR_MAX_REQUESTS", default=10_000)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = VAR / "media"
# What people hand in: no web server may serve it, views give it out.
PRIVATE_ROOT = VAR / "private"
MEDIA_URL = "/media/"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# Where limits are counted; without it, in the database.
JAVAR_REDIS_URL = env.str("JAVAR_REDIS_URL", default="")
TASKS = {
    "default": {
        "BACKEND": env.str("JAVAR_TASKS", default="django_tasks_db.DatabaseBackend"),
        "QUEUES": ["default"],
    }
}

# --- copies ------------------------------------------------------------------------------------
# Where copies lie (another disk), the key that seals them, and how many stay. Without a folder
# nothing is copied at night. The journal lies beside the copies: it must outlive the database.
JAVAR_BACKUP_DIR = env.str("JAVAR_BACKUP_DIR", default="")
JAVAR_BACKUP_KEY_FILE = env.str("JAVAR_BACKUP_KEY_FILE", default="")
JAVAR_BACKUP_KEEP_DAILY = env.int("JAVAR_BACKUP_KEEP_DAILY", default=7)
JAVAR_BACKUP_KEEP_WEEKLY = env.int("JAVAR_BACKUP_KEEP_WEEKLY", default=5)
JAVAR_JOURNAL_DIR = Path(
    env.str("JAVAR_JOURNAL_DIR", default="") or Path(JAVAR_BACKUP_DIR or VAR / "backups", "journal")
)

# --- static files ----------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
FONT_FILES = ROOT / "node_modules" / "@fontsource-variable" / "vazirmatn" / "files"
STATICFILES_DIRS = [
    SITE / "javar" / "theme" / "static",
    *([("fonts", FONT_FILES)] if FONT_FILES.is_dir() else []),
]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "javar.theme.sheets.ThemeSheetFinder",
]
STORAGES = {
    # Redraws every picture on its way in.
    "default": {"BACKEND": "courses.kit.uploads.PublicStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Development serves straight from the sources, so that a start needs no collecting.
WHITENOISE_USE_FINDERS = DEVELOPMENT
WHITENOISE_MAX_AGE = 600 if DEVELOPMENT else 60 * 60 * 24

# --- languages -------------------------------------------------------------------------------
LANGUAGE_CODE = "fa"
LANGUAGES = [("fa", _("Persian")), ("en", _("English"))]
LOCALE_PATHS = [SITE / "locale", SITE / "locale_upstream"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Tehran"

# --- accounts --------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "courses.notices.backend.ProvenContactBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk:my_page"
LOGOUT_REDIRECT_URL = "/"
# Whoever has just signed up may prove the number or the e-mail; without one it leads on.
ACCOUNT_SIGNUP_REDIRECT_URL = "accounts:contact_check"
ACCOUNT_ADAPTER = "javar.web.adapter.SiteAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email", "phone"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_FORMS = {
    "login": "javar.accounts.SignInForm",
    "signup": "javar.accounts.SignUpForm",
    "reauthenticate": "javar.web.second_factor_forms.PasswordAgainForm",
}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
# Whoever types a stranger's address makes the site write to nobody.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
# No “remember me”: a session ends with the browser.
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_USERNAME_MIN_LENGTH = 4
ACCOUNT_PRESERVE_USERNAME_CASING = False
# The number of proxies in front whose forwarded address may be believed; without it the limits
# on sign-in would count everybody as one visitor, or believe a forged header.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
# Tests sign in many people from one address; the real limits stand in `javar.web.limits`, and
# allauth's, which every process counts for itself, are off.
JAVAR_RATE_LIMITS = env.bool("JAVAR_RATE_LIMITS", default=True)
ACCOUNT_RATE_LIMITS = False
MFA_RATE_LIMITS = False

# --- second factors --------------------------------------------------------------------------
# Demanded of editors, registrars, counsellors, officers and keepers; a demo's password is public.
JAVAR_MFA = env.bool("JAVAR_MFA", default=not DEMO)
# Seal the secrets of apps and recovery codes; the first seals, every one opens.
JAVAR_SECOND_FACTOR_KEYS = env.list("JAVAR_SECOND_FACTOR_KEYS", default=[SECRET_KEY])
MFA_ADAPTER = "javar.web.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "javar.web.second_factor_forms.AuthenticateForm",
    "reauthenticate": "javar.web.second_factor_forms.ReauthenticateForm",
    "activate_totp": "javar.web.second_factor_forms.ActivateTOTPForm",
}
# A cheap telephone's clock is half a minute wrong.
MFA_TOTP_TOLERANCE = 1

# --- mail ------------------------------------------------------------------------------------
EMAIL_BACKEND = env.str("EMAIL_BACKEND", default="django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = env.str("EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", default=False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="javar@localhost")

# --- messages out of the site ----------------------------------------------------------------
# Who carries SMS: ConsoleSender, FileSender or HttpSender of courses.notices.senders, or your own.
JAVAR_SMS_BACKEND = env.str(
    "JAVAR_SMS_BACKEND", default="courses.notices.senders.ConsoleSender"
)  # fmt: skip
JAVAR_SMS_FILE = Path(env.str("JAVAR_SMS_FILE", default=str(VAR / "sms.jsonl")))
JAVAR_SMS_URL = env.str("JAVAR_SMS_URL", default="")
JAVAR_SMS_METHOD = env.str("JAVAR_SMS_METHOD", default="POST")
JAVAR_SMS_HEADERS = env.str("JAVAR_SMS_HEADERS", default="{}")
JAVAR_SMS_BODY = env.str(
    "JAVAR_SMS_BODY", default='{"to": "{to}", "text": "{text}", "id": "{id}"}'
)  # fmt: skip
# How many one-time codes a day: to one number, asked for from one address, from the whole site.
# They cost money and wake people; whoever keeps the site is told when one of these is reached.
JAVAR_CODES_PER_NUMBER = env.int("JAVAR_CODES_PER_NUMBER", default=10)
JAVAR_CODES_PER_ADDRESS = env.int("JAVAR_CODES_PER_ADDRESS", default=500)
JAVAR_CODES_A_DAY = env.int("JAVAR_CODES_A_DAY", default=5000)
# From when until when nobody is sent what can wait, in Tehran; the same minute twice means never.
JAVAR_QUIET_HOURS = env.str("JAVAR_QUIET_HOURS", default="21:30-08:00").split("-")
# Seconds: how long a relay holds a message, and how long one rests after its first failure.
JAVAR_RELAY_LEASE = env.float("JAVAR_RELAY_LEASE", default=300.0)
JAVAR_RELAY_REST = env.float("JAVAR_RELAY_REST", default=60.0)

# --- the audit trail -------------------------------------------------------------------------
# A folder outside the database that keeps the daily head of the trail's chain, best on another
# disk; and who gets it by mail, best somebody without access to this machine.
JAVAR_TRAIL_DIR = Path(env.str("JAVAR_TRAIL_DIR", default=str(VAR / "trail")))
JAVAR_TRAIL_MAIL = env.str("JAVAR_TRAIL_MAIL", default="")
# How long a line of the sign-in log is kept.
JAVAR_SIGN_IN_LOG = timedelta(days=env.int("JAVAR_SIGN_IN_LOG_DAYS", default=90))

# --- enrolment -------------------------------------------------------------------------------
# How many places and applications one person may have open at a time.
JAVAR_MOST_OPEN_ENROLMENTS = env.int("JAVAR_MOST_OPEN_ENROLMENTS", default=5)

# --- weaknesses ------------------------------------------------------------------------------
# Where they are reported: what security.txt shows; a mailto:, https: or tel: address.
JAVAR_SECURITY_CONTACT = env.str("JAVAR_SECURITY_CONTACT", default="")
if JAVAR_SECURITY_CONTACT and not JAVAR_SECURITY_CONTACT.startswith(("mailto:", "https:", "tel:")):
    raise ImproperlyConfigured(
        f"JAVAR_SECURITY_CONTACT is “{JAVAR_SECURITY_CONTACT}”; "
        "it begins with mailto:, https: or tel:."
    )

# --- Wagtail ---------------------------------------------------------------------------------
WAGTAIL_SITE_NAME = "جوار"
WAGTAILADMIN_BASE_URL = env.str("BASE_URL", default="http://127.0.0.1:8000")
WAGTAIL_I18N_ENABLED = True
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAILADMIN_PERMITTED_LANGUAGES = [("fa", "فارسی"), ("en", "English")]
# One country, one clock: what an editor types and what the admin shows is Tehran's.
WAGTAIL_USER_TIME_ZONES = [TIME_ZONE]
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
# One sign-in for everybody, and no passwords beside it: not of pages and documents, which are
# private to signed-in people or not at all, nor of accounts, which their owners alone choose.
WAGTAIL_FRONTEND_LOGIN_URL = "account_login"
WAGTAILADMIN_LOGIN_URL = "account_login"
WAGTAIL_PRIVATE_PAGE_OPTIONS = {"SHARED_PASSWORD": False}
WAGTAILDOCS_PRIVATE_COLLECTION_OPTIONS = {"SHARED_PASSWORD": False}
WAGTAILUSERS_PASSWORD_ENABLED = False
# An address that is typed stays an address: looking for its page would show other people's.
WAGTAILADMIN_EXTERNAL_LINK_CONVERSION = ""
# Whoever writes may publish: there is nobody in between to approve, so nothing waits for approval.
WAGTAIL_WORKFLOW_ENABLED = False
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_EXTENSIONS = ["pdf", "docx", "xlsx", "odt", "ods", "csv", "txt", "zip"]
WAGTAILIMAGES_EXTENSIONS = ["jpg", "jpeg", "png", "webp"]
WAGTAILIMAGES_IMAGE_FORM_BASE = "javar.admin.pictures.PictureForm"
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 8 * 1024 * 1024
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 25_000_000
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
TAGGIT_CASE_INSENSITIVE = True

# --- manners towards browsers ----------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [SELF],
    }
}
# The editor shows a page's preview in a frame of our own.
X_FRAME_OPTIONS = "SAMEORIGIN"
SILENCED_SYSTEM_CHECKS = ["security.W019"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# A telephone is lent and lost: the cookie ends with the browser, and before it by the clock.
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = 60 * 60 * 12
# Minutes without a press, minutes in all; of several roles the strictest counts.
SESSION_MINUTES = {
    # Shared telephones, but a long lesson or a list of wishes is read and thought about.
    "student": (120, 720),
    # A class of an hour and a half stands between two presses; marks and progress are all they see.
    "teacher": (100, 720),
    # The tablet on a bench: applicants under a code, no names before a match.
    "owner": (60, 720),
    "mentor": (60, 720),
    # A long text is written in the admin, whose own pings keep nothing alive.
    "editor": (60, 600),
    # Papers, birth dates, guardians, results: a desk somebody walks away from.
    "registrar": (30, 600),
    "counsellor": (30, 600),
    "officer": (30, 600),
    # Everything.
    "keeper": (30, 480),
}
# For example `student=60/480,keeper=15/240`.
for _role, _minutes in env.dict("JAVAR_SESSION_MINUTES", default={}).items():
    if _role not in SESSION_MINUTES:
        raise ImproperlyConfigured(f"JAVAR_SESSION_MINUTES names no role: {_role}.")
    _idle, _all = _minutes.split("/")
    SESSION_MINUTES[_role] = (int(_idle), int(_all))
# By it a browser is known again at the next sign-in; it opens nothing.
JAVAR_DEVICE_COOKIE = "device"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "javar.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
if not DEVELOPMENT:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    if env.bool("BEHIND_TLS_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
    SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=True)
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_SECURE = True
    CSRF_COOKIE_NAME = "__Host-csrf"
    JAVAR_DEVICE_COOKIE = "__Host-device"

# --- what is written down about failures -----------------------------------------------------
# json, a line an object for machines, or text; `javar.web.logs` scrubs both.
LOG_FORMAT = env.str("JAVAR_LOG_FORMAT", default="text" if DEVELOPMENT else "json")
if LOG_FORMAT not in {"json", "text"}:
    raise ImproperlyConfigured(f"JAVAR_LOG_FORMAT is “{LOG_FORMAT}”; it must be json or text.")
DEFAULT_EXCEPTION_REPORTER = "javar.web.error_reports.Report"
DEFAULT_EXCEPTION_REPORTER_FILTER = "javar.web.error_reports.ReportFilter"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"()": "javar.web.logs.LineFormatter"},
        "json": {"()": "javar.web.logs.JsonFormatter"},
    },
    "filters": {"faults": {"()": "javar.upkeep.quiet.FaultsAreCounted"}},
    "handlers": {
        "console": {
            "class": "javar.web.logs.Handler",
            "formatter": LOG_FORMAT,
            "filters": ["faults"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
    "loggers": {
        # Django's own handlers would write a second time, unscrubbed.
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # Two lines for every page that was saved tell nobody anything; failures are told by us.
        "django_tasks": {"level": "CRITICAL"},
        "django_tasks_db": {"level": "WARNING"},
    },
}
