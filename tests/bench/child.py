"""`python -m tests.bench.child <part> <file>`: measure one part on the engine of `DATABASE_URL`."""

import json
import signal
import sys
from importlib import import_module
from pathlib import Path

import django
from django.test.utils import setup_test_environment

from tests.bench.__main__ import stop


def prepare() -> None:
    """Set Django up as pytest does: a test's settings, quick passwords, catalogues."""
    django.setup()
    setup_test_environment()
    from django.conf import settings  # noqa: PLC0415 - after the set-up

    from javar.catalogues import compile_catalogues  # noqa: PLC0415

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    compile_catalogues()


def main(part: str, file: str) -> None:
    """Measure and write the rows to a file; whoever finds something broken raises SystemExit."""
    prepare()
    from django.db import connection  # noqa: PLC0415 - after the set-up

    engine = connection.vendor

    def say(what: str) -> None:
        print(f"{engine}: {part}: {what}", flush=True)

    figures = import_module(f"tests.bench.{part}").measured(say)
    Path(file).write_text(json.dumps([figure.row(engine) for figure in figures]))


if __name__ == "__main__":
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, stop)
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
