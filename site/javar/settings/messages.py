"""What goes out of the site, and what is kept of what happened in it."""

from datetime import timedelta
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from javar.settings.machine import VAR, env

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
# Beside what strangers ask for, each browser a number knows has some of its own there; and of the
# whole site's, so many per cent are kept for each: known browsers, strangers, confirming a number.
JAVAR_CODES_PER_NUMBER = env.int("JAVAR_CODES_PER_NUMBER", default=10)
JAVAR_CODES_PER_ADDRESS = env.int("JAVAR_CODES_PER_ADDRESS", default=500)
JAVAR_CODES_PER_KNOWN_BROWSER = env.int("JAVAR_CODES_PER_KNOWN_BROWSER", default=10)
JAVAR_CODES_A_DAY = env.int("JAVAR_CODES_A_DAY", default=5000)
JAVAR_CODES_SHARE = env.int("JAVAR_CODES_SHARE", default=25)
if not 0 <= JAVAR_CODES_SHARE <= 33:
    raise ImproperlyConfigured(
        f"JAVAR_CODES_SHARE is {JAVAR_CODES_SHARE}; three shares are kept, so it is 33 at most."
    )
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
