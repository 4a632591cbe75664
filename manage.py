#!/usr/bin/env python
"""Javar's commands. `site/` is a source root: it goes on the path before Django looks there."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "site"))


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "javar.settings")
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as refusal:
        # The settings' own sentence; a trace of the import around it helps nobody.
        sys.exit(str(refusal))


if __name__ == "__main__":
    main()
