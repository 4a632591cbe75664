"""What is written down about failures."""

from django.core.exceptions import ImproperlyConfigured

from javar.settings.machine import DEVELOPMENT, env

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
