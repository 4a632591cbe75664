"""How a line of the log looks: one line of text or of JSON, scrubbed, with what it belongs to.

Scrubbing is done by the formatter, on the finished line: message, arguments, traceback and all.
A filter would see the record before its exception is put into words. What Python would print by
itself (an error nobody caught, a line that cannot be written) goes the same way.

This module is read by gunicorn before Django's settings are, so it reads the environment itself.
"""

import json
import logging
import os
import sys
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger as GunicornBase

from courses.kit.scrubbing import scrub
from courses.kit.tracing import trace

logger = logging.getLogger("javar")


class LineFormatter(logging.Formatter):
    """A line for people: time, level, logger, what it belongs to, message; tracebacks follow."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take the arguments of a formatter, which `dictConfig` may give, and use our own form."""
        super().__init__("%(asctime)s %(levelname)s %(name)s%(trace)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the scrubbed line."""
        name = trace()
        record.trace = f" [{name}]" if name else ""
        # Digits of the time are no secret, but look like one: the time goes before the scrubbing.
        time = self.formatTime(record)
        whole = super().format(record)
        rest = whole.removeprefix(time)
        return time + scrub(rest) if len(rest) < len(whole) else scrub(whole)


class JsonFormatter(logging.Formatter):
    """A line for machines: one JSON object."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take the arguments of a formatter, which `dictConfig` may give, and need none."""
        super().__init__()

    def format(self, record: logging.LogRecord) -> str:
        """Return the scrubbed object on one line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": scrub(record.getMessage()),
            "request": trace(),
            "process": record.process,
        }
        if record.exc_info:
            line["traceback"] = scrub(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def formatter() -> logging.Formatter:
    """Return the formatter this installation asks for."""
    production = os.environ.get("JAVAR_ENV", "development") == "production"
    form = os.environ.get("JAVAR_LOG_FORMAT", "json" if production else "text")
    return JsonFormatter() if form == "json" else LineFormatter()


class Handler(logging.StreamHandler[Any]):
    """Writes to the standard error; a line that cannot be written shows nothing of its values."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Say where the line came from; Python's own words would repeat its arguments."""
        sys.stderr.write(f"a line of {record.name}, line {record.lineno}, could not be logged\n")


class GunicornLogger(GunicornBase):
    """Gunicorn's own log, access log included, through our formatter."""

    def setup(self, cfg: Config) -> None:
        """Let every handler write our way."""
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                handler.setFormatter(formatter())


def log_uncaught() -> None:
    """Let what nobody caught, in any process or thread, be logged instead of printed raw."""

    def uncaught(
        kind: type[BaseException], error: BaseException, where: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        logger.critical("nobody caught this", exc_info=(kind, error, where))

    def in_thread(found: threading.ExceptHookArgs) -> None:
        if found.exc_value is not None and not isinstance(found.exc_value, SystemExit):
            uncaught(found.exc_type, found.exc_value, found.exc_traceback)

    sys.excepthook, threading.excepthook = uncaught, in_thread
