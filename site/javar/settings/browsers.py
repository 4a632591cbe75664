"""Manners towards browsers: policies, cookies, how long a session lasts."""

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from javar.settings.machine import DEVELOPMENT, env

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
