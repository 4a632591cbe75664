"""Which machine this is: what it reads from the environment, and what it refuses."""

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent.parent.parent
SITE = ROOT / "site"

env = environ.Env()
environ.Env.read_env(ROOT / ".env", overwrite=False)

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
