"""Where data lie: the database, files, copies, and what is served as it is."""

from pathlib import Path

from javar.settings.machine import DEVELOPMENT, ROOT, SITE, VAR, env

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
